"""Measures how late a video's own sound is against its lips, so that new lips do not inherit it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.faces.mouth_motion import RATE_HZ, MouthMotion, mouth_motion
from pipeline_ops.artefacts import NumpyFile, SourceFile
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.faces.heard_speech import read_encoding
from pipeline_ops.faces.records import FaceTrack, TrackReader, open_tracks
from pipeline_ops.quality.lip_sync import FURTHEST_OFFSET_S, LIPS_NOISE_PEAK, LipSync, judge
from pipeline_ops.quality.lip_sync_model import model_without
from pipeline_ops.stage import Resources, stage

LEAST_SPEECH_S = 3.0
"""Of a speaking face in all: with less, own sound is no more above the noise than wrong sound often is."""

EDGE_S = 0.04
"""A peak within a frame of the furthest offset may be the flank of one beyond."""

OffsetReason = Literal["measured", "too_little_speech", "within_noise", "beyond_range"]
"""Why an offset is trusted, or is not."""


@dataclass(frozen=True, slots=True)
class AvOffset:
    """How far a video's sound and picture are apart.

    Attributes:
        offset_s: How late the sound is against the lips, in seconds; negative where it is early. 0 where it
            is not trusted.
        confidence: Correlation of lips and sound at the best offset above the median of all offsets; higher
            is surer.
        trusted: Whether it is clearly above the noise.
        reason: Why it is trusted, or is not.
        measured: All that was measured, trusted or not; None where there was too little to measure.
    """

    offset_s: float
    confidence: float
    trusted: bool
    reason: OffsetReason
    measured: LipSync | None


@dataclass(frozen=True, slots=True)
class MeasuredOffset:
    """The video's own offset."""

    offset: AvOffset


@stage(version=2, resources=Resources(memory_mb=1500, timeout_s=1800))
def measure_av_offset(
    *,
    source: SourceFile,
    tracks: tuple[FaceTrack, ...],
    frame_times_s: tuple[float, ...],
    records: NumpyFile,
    encoding: NumpyFile,
) -> MeasuredOffset:
    """Measure how late the sound is against the lips of whoever speaks.

    Args:
        source: The creator's file: who was trained on is recognised by its digest and left out.
        tracks: Its faces.
        frame_times_s: When each frame is shown.
        records: Their landmarks.
        encoding: What is said, from `encode_speech`.
    """
    reader = open_tracks(records, frame_times_s)
    large = [track for track in tracks if "too_small" not in track.reasons]
    mouths = _mouths(reader, large, heard=True)
    if seen_s(mouths) < LEAST_SPEECH_S:
        # Where sound is far off, no lips seem to go with it; but whoever is alone in the picture may speak.
        mouths = _mouths(reader, alone_in_their_shots(large), heard=False)
    speech, model = read_encoding(encoding), model_without(sha256_of_file(source))
    enough = seen_s(mouths) >= LEAST_SPEECH_S
    return MeasuredOffset(decide(judge(mouths, speech, model) if enough else None))


def decide(measured: LipSync | None) -> AvOffset:
    """Trust what was measured, or do not.

    Args:
        measured: None where there was too little to measure.
    """
    if measured is None:
        return AvOffset(0.0, 0.0, trusted=False, reason="too_little_speech", measured=None)
    reason: OffsetReason = "measured"
    if measured.best_above_noise < LIPS_NOISE_PEAK:
        reason = "within_noise"
    elif abs(measured.offset_s) > FURTHEST_OFFSET_S - EDGE_S:
        reason = "beyond_range"
    trusted = reason == "measured"
    offset_s = round(measured.offset_s, 3) if trusted else 0.0
    return AvOffset(offset_s, measured.confidence, trusted, reason, measured)


def alone_in_their_shots(tracks: Sequence[FaceTrack]) -> list[FaceTrack]:
    """Return the tracks beside which their shot shows no other."""
    shots = Counter(track.shot for track in tracks)
    return [track for track in tracks if shots[track.shot] == 1]


def seen_s(mouths: Sequence[MouthMotion]) -> float:
    """Return for how long mouths are seen, together."""
    return sum(np.count_nonzero(mouth.seen) for mouth in mouths) / RATE_HZ


def _mouths(reader: TrackReader, tracks: Sequence[FaceTrack], *, heard: bool) -> list[MouthMotion]:
    """Return how the tracks' mouths move where they are seen well, and, if asked, where they are heard."""
    mouths = []
    for track in tracks:
        face = reader.face(track)
        counts = face.usable & face.speaking if heard else face.usable
        mouth = mouth_motion(face.landmarks, face.times_s, counts)
        if mouth is not None:
            mouths.append(mouth)
    return mouths
