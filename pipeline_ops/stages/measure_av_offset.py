"""Measures how late a video's own sound is against its lips, so that new lips do not inherit it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.faces.speech_features import RATE_HZ
from pipeline_ops.artefacts import FlacFile, NumpyFile, SourceFile
from pipeline_ops.faces.records import FaceTrack, TrackReader, open_tracks
from pipeline_ops.media.audio_blocks import read_blocks
from pipeline_ops.quality.lip_sync import FURTHEST_OFFSET_S, LIPS_NOISE_PEAK, LipSync, judge
from pipeline_ops.quality.lip_sync_model import model_without
from pipeline_ops.quality.mouth_motion import RATE_HZ as MOTION_RATE_HZ
from pipeline_ops.quality.mouth_motion import MouthMotion, mouth_motion
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


@stage(version=1, resources=Resources(memory_mb=1500, timeout_s=1800))
def measure_av_offset(
    *,
    source: SourceFile,
    tracks: tuple[FaceTrack, ...],
    frame_times_s: tuple[float, ...],
    records: NumpyFile,
    speech: FlacFile,
) -> MeasuredOffset:
    """Measure how late the sound is against the lips of whoever speaks.

    Args:
        source: The creator's file: who was trained on is recognised by its digest and left out.
        tracks: Its faces.
        frame_times_s: When each frame is shown.
        records: Their landmarks.
        speech: The voice alone, any rate, one or two channels, on the video's timeline.
    """
    reader = open_tracks(records, frame_times_s)
    large = [track for track in tracks if "too_small" not in track.reasons]
    mouths = _mouths(reader, large, heard=True)
    if seen_s(mouths) < LEAST_SPEECH_S:
        # Where sound is far off, no lips seem to go with it; but whoever is alone in the picture may speak.
        mouths = _mouths(reader, alone_in_their_shots(large), heard=False)
    blocks = [block[0] for block in read_blocks(speech, sample_rate_hz=RATE_HZ, mono=True)]
    samples = np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    enough = seen_s(mouths) >= LEAST_SPEECH_S
    return MeasuredOffset(decide(judge(mouths, samples, model_without(digest)) if enough else None))


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
    return sum(np.count_nonzero(mouth.seen) for mouth in mouths) / MOTION_RATE_HZ


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
