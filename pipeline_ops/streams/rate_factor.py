"""Finds how finely a title must be encoded: the CRF at which a sample of it reaches a quality target.

A talking head before a wall and a dance under confetti need very different bits for the same quality
(per-title encoding: Aaron et al., Netflix, 2015). Quality is VMAF (Li et al., Netflix, 2016), at each rung's
own size against the source scaled to it. It falls by about 1.5 a step of CRF near the target, so two trials
and a line through them are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline_ops.errors import MediaToolError
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.streams.encode_picture import PictureSettings, encode_picture
from pipeline_ops.streams.ladder import Rung
from pipeline_ops.streams.timeline import TIMESCALE_HZ, Schedule

if TYPE_CHECKING:
    from pipeline_ops.media.frame import Frame
    from pipeline_ops.streams.picture_source import PictureSource

FIRST_RATE_FACTOR = 23.0  # x264's own default
FINEST_RATE_FACTOR = 18.0  # beyond it nobody sees a difference
COARSEST_RATE_FACTOR = 32.0  # beyond it flat walls show blocks, which VMAF hardly minds
USUAL_SLOPE = -1.5  # of VMAF over CRF, where the two trials do not tell

SAMPLE_STRETCHES = 3
STRETCH_FRAMES = 24
"""Three stretches of under a second: at 1080p each trial costs about 10 s of CPU."""
SAMPLE_RATE_TICKS = TIMESCALE_HZ // 30
LOSSLESS = 0.0
UNBOUNDED_BITS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class FoundRate:
    """What was found for a rung: its CRF, and the VMAF to be expected; None where nothing was measured."""

    rate_factor: float
    quality: float | None


def find_rate_factor(
    source: PictureSource, rung: Rung, *, target: float, preset: str, scratch: Path
) -> FoundRate:
    """Return the CRF at which a rung of this title reaches a quality.

    Args:
        source: The picture.
        rung: Its size and its most bits.
        target: The VMAF to reach.
        preset: Of x264.
        scratch: Holds sample encodings while they are compared.

    Raises:
        MediaToolError: a sample cannot be encoded or measured.
    """
    stretches = sample_stretches(len(source.times))
    reference = scratch / "sample_reference.mp4"
    unbounded = Rung(rung.width_px, rung.height_px, UNBOUNDED_BITS_PER_S)
    _encode_sample(source, stretches, reference, PictureSettings(unbounded, LOSSLESS, "ultrafast"))
    trials: list[tuple[float, float]] = []
    factor = FIRST_RATE_FACTOR
    for _ in range(2):
        trial = scratch / "sample_trial.mp4"
        _encode_sample(source, stretches, trial, PictureSettings(rung, factor, preset))
        trials.append((factor, measure_vmaf(trial, reference)))
        factor = next_rate_factor(trials, target)
        if factor == trials[-1][0]:
            break
    for path in (reference, trial):
        path.unlink()
    return FoundRate(factor, round(_expected(trials, factor), 1))


def sample_stretches(frame_count: int) -> tuple[tuple[int, int], ...]:
    """Return the (first, last) frames that are looked at: spread over the video, or all of a short one."""
    if frame_count <= SAMPLE_STRETCHES * STRETCH_FRAMES:
        return ((0, frame_count),)
    middles = [frame_count * (2 * number + 1) // (2 * SAMPLE_STRETCHES) for number in range(SAMPLE_STRETCHES)]
    return tuple((middle - STRETCH_FRAMES // 2, middle + STRETCH_FRAMES // 2) for middle in middles)


def next_rate_factor(trials: Sequence[tuple[float, float]], target: float) -> float:
    """Return the CRF, in halves, where a line through (CRF, VMAF) trials meets the target, within bounds."""
    factor, quality = trials[-1]
    wanted = factor + (target - quality) / _slope(trials)
    return float(min(max(round(2 * wanted) / 2, FINEST_RATE_FACTOR), COARSEST_RATE_FACTOR))


def measure_vmaf(encoded: Path, reference: Path) -> float:
    """Return the mean VMAF of a file against another of the same size and frames, 0 to 100.

    Raises:
        MediaToolError: FFmpeg failed or reported no figure.
    """
    measuring = [*own_input(encoded), *own_input(reference)]
    # Every second frame is enough for a mean. One thread: the machine has other work.
    graph = "[0:v][1:v]libvmaf=n_threads=1:n_subsample=2"
    task = f"measure the quality of {encoded.name}"
    result = run_ffmpeg(
        [*measuring, "-lavfi", graph, "-f", "null", "-"], task=task, timeout_s=600.0, log_level="info"
    )
    score = re.search(r"VMAF score: ([\d.]+)", result.log)
    if score is None:
        message = f"FFmpeg had to {task} and reported no figure: {result.log}"
        raise MediaToolError(message)
    return float(score.group(1))


def _slope(trials: Sequence[tuple[float, float]]) -> float:
    """Return VMAF over CRF; the usual one where trials are one, or too near each other to tell."""
    (first, first_quality), (last, last_quality) = trials[0], trials[-1]
    measured = (last_quality - first_quality) / (last - first) if last != first else USUAL_SLOPE
    return min(measured, USUAL_SLOPE / 3)


def _expected(trials: Sequence[tuple[float, float]], factor: float) -> float:
    last, quality = trials[-1]
    return min(100.0, quality + (factor - last) * _slope(trials))


def _encode_sample(
    source: PictureSource, stretches: tuple[tuple[int, int], ...], output: Path, settings: PictureSettings
) -> None:
    frames = np.concatenate([np.arange(first, last) for first, last in stretches]).astype(np.int64)
    ticks = np.arange(len(frames), dtype=np.int64) * SAMPLE_RATE_TICKS
    firsts = np.isin(frames, [first for first, _ in stretches])
    schedule = Schedule(frames, ticks, firsts, len(frames) * SAMPLE_RATE_TICKS)
    encode_picture(_sampled(source, stretches), schedule, output, media=source.media, settings=settings)


def _sampled(source: PictureSource, stretches: tuple[tuple[int, int], ...]) -> Iterator[Frame]:
    for first, last in stretches:
        yield from source.frames(first, last)
