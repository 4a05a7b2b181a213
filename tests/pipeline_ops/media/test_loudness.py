from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import TimeSpan
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.media.loudness import (
    LoudnessMeter,
    brought_to,
    measure_blocks,
    measure_file,
    measure_samples,
)
from tests.pipeline_ops.media.clips import shared_clip

RATES_HZ = (16_000, 22_050, 24_000, 44_100, 48_000)


def babble(sample_rate_hz: int, channels: int, seconds: float, level: float = 0.1) -> np.ndarray:
    """Noise that swells and falls silent, as speech does."""
    generator = np.random.default_rng(7)
    frames = round(seconds * sample_rate_hz)
    noise = generator.standard_normal((channels, frames))
    swell = np.clip(np.sin(2 * np.pi * np.arange(frames) / sample_rate_hz / 1.7), 0, None)
    return np.clip(level * noise * swell, -1, 1).astype(np.float32)


def ffmpeg_loudness(path: Path) -> tuple[float, float]:
    """Return integrated loudness to a thousandth, and true peak to a tenth."""
    running = "ebur128=peak=true:metadata=1:framelog=quiet,ametadata=print:key=lavfi.r128.I:file=-"
    report = run_ffmpeg(
        [*own_input(path), "-af", running, "-f", "null", "-"],
        task="measure loudness",
        timeout_s=60,
        log_level="info",
    )
    loudness_lufs = report.output.decode().rsplit("lavfi.r128.I=", maxsplit=1)[-1]
    return float(loudness_lufs), float(re.findall(r"Peak: +(\S+)", report.log)[-1])


@pytest.mark.parametrize("sample_rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_agrees_with_ffmpeg_at_every_rate(sample_rate_hz: int, channels: int, tmp_path: Path) -> None:
    path = tmp_path / "babble.wav"
    soundfile.write(path, babble(sample_rate_hz, channels, 8.0).T, sample_rate_hz, subtype="FLOAT")
    measured = measure_file(path)
    lufs, peak_dbtp = ffmpeg_loudness(path)
    assert measured.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert measured.true_peak_dbtp == pytest.approx(peak_dbtp, abs=0.2)


@pytest.mark.parametrize("name", ["audio/fw_jfk.flac", "music/bk_music_30s.mp3", "audio/sadtalker_deyu.wav"])
def test_agrees_with_pyloudnorm_and_ffmpeg_on_real_sound(name: str) -> None:
    path = shared_clip(name)
    samples, sample_rate_hz = soundfile.read(path)
    measured = measure_file(path)
    reference = pyloudnorm.Meter(sample_rate_hz).integrated_loudness(samples)
    assert measured.integrated_lufs == pytest.approx(reference, abs=0.1)
    assert measured.integrated_lufs == pytest.approx(ffmpeg_loudness(path)[0], abs=0.1)


def test_a_full_scale_tone_has_the_standards_loudness() -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(48_000 * 5) / 48_000).astype(np.float32)
    assert measure_samples(tone, 48_000).integrated_lufs == pytest.approx(-3.01, abs=0.02)


def test_the_true_peak_lies_between_the_samples() -> None:
    # A quarter of the sampling rate, 45 degrees out of phase: every sample is 3 dB below the crest.
    tone = np.sin(2 * np.pi * np.arange(48_000) / 4 + np.pi / 4).astype(np.float32)
    assert measure_samples(tone, 48_000).true_peak_dbtp == pytest.approx(0.0, abs=0.2)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=12))
def test_the_size_of_blocks_changes_nothing(cuts: list[int]) -> None:
    sound = babble(16_000, 2, 4.0)
    edges = np.clip(np.cumsum([0, *cuts]), 0, sound.shape[1])
    blocks = [sound[:, a:b] for a, b in zip(edges, [*edges[1:], sound.shape[1]], strict=True)]
    whole, parts = measure_samples(sound, 16_000), measure_blocks(blocks, 16_000)
    assert parts.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-9)
    assert parts.true_peak_dbtp == pytest.approx(whole.true_peak_dbtp, abs=0.05)


def test_spans_leave_out_what_lies_between_them(tmp_path: Path) -> None:
    loud, quiet = babble(48_000, 1, 3.0, 0.3), babble(48_000, 1, 3.0, 0.03)
    path = tmp_path / "both.wav"
    soundfile.write(path, np.concatenate([loud, quiet], axis=1).T, 48_000, subtype="FLOAT")
    meter = LoudnessMeter.of_file(path)
    assert meter.integrated_lufs([TimeSpan(0.0, 3.0)]) == pytest.approx(
        measure_samples(loud, 48_000).integrated_lufs, abs=0.1
    )
    assert meter.integrated_lufs([TimeSpan(3.0, 6.0)]) == pytest.approx(
        measure_samples(quiet, 48_000).integrated_lufs, abs=0.1
    )


@pytest.mark.parametrize("frames", [0, 1, 100, 19_199])
def test_sound_shorter_than_a_block_has_no_loudness(frames: int) -> None:
    assert measure_samples(np.full((1, frames), 0.5, np.float32), 48_000).integrated_lufs == -math.inf


def test_silence_has_neither_loudness_nor_peak() -> None:
    silence = measure_samples(np.zeros((2, 96_000), np.float32), 48_000)
    assert (silence.integrated_lufs, silence.true_peak_dbtp) == (-math.inf, -math.inf)


@pytest.mark.parametrize("wanted_lufs", [-40.0, -23.0, -12.0])
def test_sound_is_brought_to_a_loudness(wanted_lufs: float) -> None:
    louder = brought_to(wanted_lufs, babble(16_000, 1, 3.0)[0], 16_000)
    assert louder is not None
    assert louder.dtype == np.float32
    assert measure_samples(louder, 16_000).integrated_lufs == pytest.approx(wanted_lufs, abs=0.1)


def test_what_has_no_loudness_is_brought_to_none() -> None:
    speech, silence = babble(16_000, 1, 3.0)[0], np.zeros(48_000, np.float32)
    assert brought_to(-23.0, silence, 16_000) is None
    assert brought_to(-math.inf, speech, 16_000) is None
    assert brought_to(-math.inf, silence, 16_000) is None
