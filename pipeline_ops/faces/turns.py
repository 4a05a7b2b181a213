"""Who speaks when: each piece of speech held against the faces that are in the picture meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.types import SpeechEncoding, TimeSpan
from pipeline_ops.quality.speaking_face import (
    CLEAR_LEAD,
    SLIGHT_LEAD,
    Evidence,
    Turn,
    speaker_of,
    weigh,
    window_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.faces.seen_tracks import SeenTrack
    from pipeline_ops.faces.sightings import SightingFile

LEAST_PRESENT = 0.5
"""A face that is in the picture for less of a piece of speech is no witness to it."""

LONG_PAUSE_S = 1.0
"""After a longer one, somebody else is as likely to go on."""


def find_turns(
    sightings: SightingFile,
    tracks: Sequence[SeenTrack],
    times_s: NDArray[np.float64],
    pieces: Sequence[TimeSpan],
    speech: SpeechEncoding,
) -> tuple[tuple[Turn, ...], dict[int, float]]:
    """Return the pieces with who speaks, and each track's mean agreement with the speech.

    Args:
        sightings: All of them.
        tracks: All faces in all shots; a track's number is its position.
        times_s: When each frame is shown.
        pieces: Of speech, in order, disjoint, none over a cut (`speech_pieces`).
        speech: What is said, encoded.
    """
    witnesses = [_witnesses(piece, tracks, times_s) for piece in pieces]
    evidence = [
        {
            track: found
            for track in present
            if (found := _weigh(sightings, tracks[track], times_s, piece, speech)) is not None
        }
        for piece, present in zip(pieces, witnesses, strict=True)
    ]
    scores = _mean_agreements(evidence)
    turns = tuple(
        Turn(round(piece.start_s, 6), round(piece.end_s, 6), speaker)
        for piece, speaker in zip(pieces, settle(pieces, evidence, scores), strict=True)
    )
    return turns, scores


def settle(
    pieces: Sequence[TimeSpan], evidence: Sequence[Mapping[int, Evidence]], scores: Mapping[int, float]
) -> list[int | None]:
    """Return who speaks in each piece: whoever clearly does, or slightly and right before or after as well.

    Args:
        pieces: Of speech, in order, disjoint.
        evidence: For each piece, of each track that is in the picture.
        scores: Each track's mean agreement.
    """

    def speaker(place: int, lead: float) -> int | None:
        found = evidence[place]
        return speaker_of(found, scores.get(next(iter(found))), lead=lead) if found else None

    clear = [speaker(place, CLEAR_LEAD) for place in range(len(pieces))]
    settled = list(clear)
    for place, decided in enumerate(clear):
        if decided is None:
            slight = speaker(place, SLIGHT_LEAD)
            if slight is not None and slight in _speakers_beside(place, pieces, clear):
                settled[place] = slight
    return settled


def _speakers_beside(
    place: int, pieces: Sequence[TimeSpan], speakers: Sequence[int | None]
) -> set[int | None]:
    """Return who speaks in the pieces before and after one, where no long pause lies between."""
    beside: set[int | None] = set()
    if place > 0 and pieces[place].start_s - pieces[place - 1].end_s <= LONG_PAUSE_S:
        beside.add(speakers[place - 1])
    if place + 1 < len(pieces) and pieces[place + 1].start_s - pieces[place].end_s <= LONG_PAUSE_S:
        beside.add(speakers[place + 1])
    return beside


def _mean_agreements(evidence: Sequence[Mapping[int, Evidence]]) -> dict[int, float]:
    agreements: dict[int, list[float]] = {}
    for each in evidence:
        for track, found in each.items():
            if found.agreement is not None:
                agreements.setdefault(track, []).append(found.agreement)
    return {track: float(np.mean(values)) for track, values in agreements.items()}


def _span(track: SeenTrack, times_s: NDArray[np.float64]) -> TimeSpan:
    last = track.end_frame - 1
    usual_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0
    following_s = times_s[last + 1] if last + 1 < len(times_s) else times_s[last] + usual_s
    return TimeSpan(float(times_s[track.first_frame]), float(following_s))


def _witnesses(piece: TimeSpan, tracks: Sequence[SeenTrack], times_s: NDArray[np.float64]) -> list[int]:
    """Return the tracks that are in the picture during most of a piece."""
    present = []
    for number, track in enumerate(tracks):
        span = _span(track, times_s)
        shared_s = min(piece.end_s, span.end_s) - max(piece.start_s, span.start_s)
        if shared_s >= LEAST_PRESENT * piece.duration_s:
            present.append(number)
    return present


def _weigh(
    sightings: SightingFile,
    track: SeenTrack,
    times_s: NDArray[np.float64],
    piece: TimeSpan,
    speech: SpeechEncoding,
) -> Evidence | None:
    window = window_of(piece, _span(track, times_s))
    first, end = (int(frame) for frame in np.searchsorted(times_s, [window.start_s, window.end_s]))
    blocks = list(sightings.blocks(track.face, max(first, track.first_frame), min(end, track.end_frame)))
    if not blocks:
        return None
    seen = np.concatenate(blocks)
    usable = track.faults[np.searchsorted(track.frames, seen["frame"])] == 0
    return weigh(seen["landmarks"], times_s[seen["frame"]], usable, speech)
