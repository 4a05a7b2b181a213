"""Which of the faces in a picture is the one that is heard.

Two things tell: the lips of who is silent hardly move, and those of who moves them to other words, or eats or
laughs, do not go with the sound. How well lips go with sound is told by what other speakers' mouths do
(`lip_sync_model.py`). Over four seconds, of two people who both talk, the one who is heard was found in 96 of
100 cases and the other one in none of 3000; the rest stays open, and then nobody's lips are taken for the
speaker's.

The idea of choosing the speaker by agreement of sound and lips: Chung and Zisserman, "Out of time: automated
lip sync in the wild", 2016, section 5.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.mouth_motion import RATE_HZ, mouth_motion
from models.faces.points import LEFT_EYE_OUTER, LOWER_LIP_BOTTOM, RIGHT_EYE_OUTER, UPPER_LIP_TOP
from models.faces.sound_around import sound_around
from models.types import SpeechEncoding, TimeSpan
from pipeline_ops.quality.lip_sync import correlations
from pipeline_ops.quality.lip_sync_model import model_without

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_PIECE_S = 4.0
"""Speech is judged in pieces: longer ones may hold two people's turns."""

WINDOW_S = 4.0
"""What a piece is judged by, with what is around it where it is shorter: half of it tells little."""

PAUSE_S = 0.3
"""A pause within one turn: speech on both sides is judged together."""

FURTHEST_SHIFT = 5
"""Frames at 25 Hz that lips may be early or late by: files are often off by a tenth of a second."""

FEWEST_FRAMES = 75
"""Three seconds at 25 Hz: over two, chance alone agrees by 0.23 in half of the windows."""

LEAST_AGREEMENT = 0.3
"""Over four seconds, eight speakers' lips agreed with their own sound by more in 95 of 100 windows, and with
other people's in 4."""

CLEAR_LEAD = 0.1
"""Of two faces that both move, the one heard leads by this in 96 of 100 windows; the other one never did."""

SLIGHT_LEAD = 0.05
"""The one heard leads by this in 98 of 100 windows, the other one in 0.1: enough for whoever speaks right
before or after."""

LEAST_ACTIVITY = 0.025
"""Eye distances a second by which the distance of the lips' outer edges changes, on average. Lips of pictures
that stand still tremble by up to 0.02; the laziest of twelve talkers moves them by 0.04."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a face's lips do while somebody speaks.

    Attributes:
        activity: Eye distances a second; see `LEAST_ACTIVITY`.
        agreement: Correlation with what the sound lets expect, -1 to 1; None where it is seen too briefly.
    """

    activity: float
    agreement: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A piece of speech and the track of the face that speaks; None where no face in the picture does."""

    start_s: float
    end_s: float
    track: int | None


def speech_pieces(regions: Sequence[TimeSpan], edges_s: Sequence[float]) -> tuple[TimeSpan, ...]:
    """Cut speech into pieces to be judged, in order, disjoint.

    Args:
        regions: When somebody speaks, in order, disjoint.
        edges_s: When shots begin: no piece reaches over such a moment.
    """
    joined: list[TimeSpan] = []
    for region in regions:
        if joined and region.start_s - joined[-1].end_s <= PAUSE_S:
            joined[-1] = TimeSpan(joined[-1].start_s, region.end_s)
        else:
            joined.append(region)
    pieces: list[TimeSpan] = []
    for span in joined:
        inner = sorted({edge_s for edge_s in edges_s if span.start_s < edge_s < span.end_s})
        for start_s, end_s in itertools.pairwise([span.start_s, *inner, span.end_s]):
            count = max(1, int(np.ceil((end_s - start_s) / LONGEST_PIECE_S)))
            cuts_s = np.linspace(start_s, end_s, count + 1)
            pieces.extend(TimeSpan(float(one), float(other)) for one, other in itertools.pairwise(cuts_s))
    return tuple(pieces)


def window_of(piece: TimeSpan, within: TimeSpan) -> TimeSpan:
    """Return the time by which a piece is judged: at least `WINDOW_S` around it, as far as there is."""
    missing_s = max(0.0, WINDOW_S - piece.duration_s) / 2
    start_s = max(within.start_s, piece.start_s - missing_s)
    end_s = min(within.end_s, max(piece.end_s + missing_s, start_s + WINDOW_S))
    return TimeSpan(max(within.start_s, min(start_s, end_s - WINDOW_S)), end_s)


def weigh(
    landmarks: NDArray[np.float32],
    times_s: NDArray[np.float64],
    usable: NDArray[np.bool_],
    speech: SpeechEncoding,
) -> Evidence | None:
    """Hold a face's lips against what is said; None where it is hardly seen.

    Args:
        landmarks: Shape (frames, 468, 3), pixels; NaN where it is not seen.
        times_s: Shape (frames,): when each frame is shown.
        usable: Shape (frames,), bool: seen well.
        speech: Encoded, on the video's timeline.
    """
    mouth = mouth_motion(landmarks, times_s, usable)
    if mouth is None:
        return None
    seen = usable & np.isfinite(landmarks[:, 0, 0])
    activity = lip_activity(landmarks[seen], times_s[seen])
    if np.count_nonzero(mouth.seen) < FEWEST_FRAMES or not len(speech.moments):
        return Evidence(activity, None)
    margin_s = np.arange(1, FURTHEST_SHIFT + 1) / RATE_HZ
    wider_s = np.concatenate([mouth.times_s[0] - margin_s[::-1], mouth.times_s, mouth.times_s[-1] + margin_s])
    model = model_without(None)
    expected = model.expected(sound_around(speech, wider_s))
    shown = model.shown(mouth.motion)[mouth.seen]
    agreements = [
        correlations(expected[first : first + len(mouth.seen)][mouth.seen], shown) @ model.weights
        for first in range(2 * FURTHEST_SHIFT + 1)
    ]
    return Evidence(activity, float(max(agreements)))


def lip_activity(landmarks: NDArray[np.float32], times_s: NDArray[np.float64]) -> float:
    """Return how fast lips part and close, in eye distances a second, on average.

    Args:
        landmarks: Shape (frames, 468, 3), pixels, at least two frames.
        times_s: Shape (frames,), rising.
    """

    def distance(one: int, other: int) -> NDArray[np.float64]:
        apart: NDArray[np.float64] = landmarks[:, one].astype(np.float64) - landmarks[:, other]
        return np.asarray(np.linalg.norm(apart, axis=1))

    height = distance(UPPER_LIP_TOP, LOWER_LIP_BOTTOM) / np.median(distance(LEFT_EYE_OUTER, RIGHT_EYE_OUTER))
    # A mean over an eighth of a second takes the tremble of landmarks, and leaves syllables.
    grid_s = np.arange(times_s[0], times_s[-1], 1.0 / RATE_HZ)
    course = np.interp(grid_s, times_s, height)
    smooth = np.convolve(course, np.ones(3) / 3, mode="valid")
    return float(np.mean(np.abs(np.diff(smooth)))) * RATE_HZ if len(smooth) > 1 else 0.0


def speaker_of(
    evidence: Mapping[int, Evidence], usual_agreement: float | None, *, lead: float = CLEAR_LEAD
) -> int | None:
    """Return which of the faces that are seen speaks, or None where none does for sure.

    Args:
        evidence: Of each face's track; at least one.
        usual_agreement: Where one face is alone: its mean agreement in this shot, None where it has none. A
            piece is short, and what the rest of the shot says counts as much.
        lead: By how much the lips of the speaker agree better than all others that move.
    """
    moving = {track: one for track, one in evidence.items() if one.activity >= LEAST_ACTIVITY}
    if not moving:
        return None
    if len(moving) == 1:
        ((track, one),) = moving.items()
        told = [one.agreement, usual_agreement if len(evidence) == 1 else None]
        known = [agreement for agreement in told if agreement is not None]
        return track if not known or np.mean(known) >= LEAST_AGREEMENT else None
    agreements = {track: one.agreement for track, one in moving.items() if one.agreement is not None}
    ranked = sorted(agreements, key=lambda track: -agreements[track])
    if len(ranked) < len(moving) or agreements[ranked[0]] < LEAST_AGREEMENT:
        return None  # one of them is seen too briefly to be told from the others
    return ranked[0] if agreements[ranked[0]] - agreements[ranked[1]] >= lead else None
