"""What an engine learns a person from: where they speak, one piece after another, and their sound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.types import FaceFootage, FaceFrame, HeardSpeech, SpeechEncoding
from pipeline_ops.faces.heard_speech import HEARD_AROUND_S, SPEECH_RATE_HZ, SpeechInParts
from pipeline_ops.faces.records import FaceTrack, TrackReader
from pipeline_ops.lips.face_frames import lift_face
from pipeline_ops.media.frames import read_frames
from pipeline_ops.quality.speaking_face import Turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.media.frame_times import FrameTimes
    from pipeline_ops.media.probe import MediaInfo

MOST_FOOTAGE_S = 180.0
"""Of one person: memory and time must not grow with a talk's length. Twice as much footage, of 5 s and 10 s,
foretold held-out speech no better already (0.524 against 0.526 in the mean of two speakers' halves)."""

PIECE_S = 15.0
"""Long against what is lost at its ends (0.6 s of sound's context), short against `MOST_FOOTAGE_S`, so that
the footage comes from all over the video."""


def best_pieces(tracks: Sequence[FaceTrack], reader: TrackReader) -> tuple[FaceTrack, ...]:
    """Return the tracks; of more than `MOST_FOOTAGE_S` the pieces in which the person speaks most.

    Args:
        tracks: Of one person, in the order of time.
        reader: Their records.
    """
    if sum(_length_s(track, reader) for track in tracks) <= MOST_FOOTAGE_S:
        return tuple(tracks)
    pieces = [piece for track in tracks for piece in _pieces(track, reader)]
    spoken = sorted(pieces, key=lambda each: (-each.speaking_s, each.first_frame))
    best = spoken[: int(MOST_FOOTAGE_S // PIECE_S)]
    return tuple(sorted(best, key=lambda each: each.first_frame))


def _length_s(track: FaceTrack, reader: TrackReader) -> float:
    times_s = reader.times_s(track)
    return float(times_s[-1] - times_s[0])


def _pieces(track: FaceTrack, reader: TrackReader) -> Iterator[FaceTrack]:
    """Cut a track into pieces; each says how long the person is seen well while they speak."""
    times_s, marks = reader.times_s(track), reader.marks(track)
    count = max(1, round(_length_s(track, reader) / PIECE_S))
    frame_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0
    edges = track.first_frame + np.linspace(0, len(times_s), count + 1).round().astype(int)
    for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        begin, stop = (int(place) for place in np.searchsorted(marks["frame"], [first, end]))
        seen = marks[begin:stop]
        if len(seen):
            yield replace(
                track,
                first_frame=first,
                end_frame=end,
                first_record=track.first_record + begin,
                record_count=stop - begin,
                speaking_s=round(
                    frame_s * np.count_nonzero((seen["speaking"] > 0) & (seen["faults"] == 0)), 3
                ),
            )


@dataclass(frozen=True)
class _Part:
    """A piece with its sound, on a clock that begins at a whole second of the video."""

    start_s: int
    times_s: NDArray[np.float64]
    landmarks: NDArray[np.float32]
    usable: NDArray[np.bool_]
    speech: HeardSpeech

    @property
    def length_s(self) -> int:
        return len(self.speech.samples) // SPEECH_RATE_HZ


def person_footage(
    pieces: Sequence[FaceTrack],
    reader: TrackReader,
    turns: Sequence[Turn],
    speech: SpeechInParts,
    source_digest: str | None = None,
) -> FaceFootage:
    """Return all pieces of one person's tracks as one footage, on a clock without what lies between them.

    A frame without a face stands between any two, so that nothing is smoothed over a cut; every piece has the
    sound around it. Frames in which somebody else is heard do not count as usable: their words teach this
    mouth nothing.

    Args:
        pieces: From `best_pieces`, in the order of time.
        reader: Their records.
        turns: Who speaks when.
        speech: The video's own, moved back by its offset.
        source_digest: sha256 of the video.
    """
    parts = [_part(piece, reader, turns, speech) for piece in pieces]
    begins_s = np.cumsum([0, *(part.length_s for part in parts[:-1])])
    times: list[NDArray[np.float64]] = []
    landmarks: list[NDArray[np.float32]] = []
    usable: list[NDArray[np.bool_]] = []
    for begin_s, part in zip(begins_s.tolist(), parts, strict=True):
        times_s = part.times_s - part.start_s + begin_s
        if times:
            times.append((times[-1][-1:] + times_s[:1]) / 2)
            landmarks.append(np.full_like(part.landmarks[:1], np.nan))
            usable.append(np.zeros(1, bool))
        times.append(times_s)
        landmarks.append(part.landmarks)
        usable.append(part.usable)
    heard = HeardSpeech(
        np.concatenate([part.speech.samples for part in parts]),
        SpeechEncoding(
            np.concatenate([part.speech.encoding.moments for part in parts]), parts[0].speech.encoding.start_s
        ),
    )
    return FaceFootage(
        np.concatenate(times), np.concatenate(landmarks), np.concatenate(usable), heard, source_digest
    )


def _part(piece: FaceTrack, reader: TrackReader, turns: Sequence[Turn], speech: SpeechInParts) -> _Part:
    face = reader.face(piece)
    others = [turn for turn in turns if turn.track != piece.id]
    foreign = np.any(
        [(face.times_s >= turn.start_s) & (face.times_s < turn.end_s) for turn in others], axis=0
    )
    start_s = max(0, math.floor(face.times_s[0] - HEARD_AROUND_S))
    end_s = math.ceil(face.times_s[-1] + HEARD_AROUND_S)
    return _Part(
        start_s, face.times_s, face.landmarks, face.usable & ~foreign, speech.between(start_s, end_s)
    )


def person_frames(
    source: Path, media: MediaInfo, times: FrameTimes, pieces: Sequence[FaceTrack], footage: FaceFootage
) -> Iterator[FaceFrame]:
    """Yield the pictures of a footage's usable frames, in order, decoded one by one."""
    start = 0
    for piece in pieces:
        for frame in read_frames(source, media, times, first=piece.first_frame, last=piece.end_frame):
            number = start + frame.index - piece.first_frame
            if footage.usable[number]:
                face = lift_face(frame, footage.landmarks[number], number)
                if face is not None:
                    yield face
        start += piece.end_frame - piece.first_frame + 1
