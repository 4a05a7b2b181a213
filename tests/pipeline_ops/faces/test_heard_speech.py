"""A voice as engines and measures take it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline_ops.faces.heard_speech import SPEECH_RATE_HZ, read_encoding, read_heard_speech, read_speech


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_speech_becomes_mono_at_16_khz_of_the_same_length(tmp_path: Path, rate_hz: int) -> None:
    times_s = np.arange(2 * rate_hz) / rate_hz
    tone = 0.5 * np.sin(2 * np.pi * 440 * times_s)
    soundfile.write(tmp_path / "speech.flac", np.stack([tone, tone], axis=1), rate_hz)
    samples = read_speech(tmp_path / "speech.flac")
    assert samples.shape == (2 * SPEECH_RATE_HZ,)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("offset_s", [0.2, -0.2])
def test_late_speech_is_moved_back_and_early_speech_is_held_back(tmp_path: Path, offset_s: float) -> None:
    samples = np.zeros(SPEECH_RATE_HZ)
    samples[SPEECH_RATE_HZ // 2] = 1.0
    soundfile.write(tmp_path / "speech.flac", samples, SPEECH_RATE_HZ)
    moved = read_speech(tmp_path / "speech.flac", offset_s)
    assert np.argmax(moved) == round((0.5 - offset_s) * SPEECH_RATE_HZ)


def test_an_encoding_comes_back_moved_back_by_how_late_the_sound_is(tmp_path: Path) -> None:
    np.save(tmp_path / "encoding.npy", np.full((100, 64), 0.5, np.float16))
    encoding = read_encoding(tmp_path / "encoding.npy", 0.12)
    assert encoding.start_s == -0.12
    assert encoding.moments.dtype == np.float32
    assert encoding.moments.shape == (100, 64)


def test_sound_and_encoding_are_moved_alike(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "speech.flac", np.zeros(2 * SPEECH_RATE_HZ), SPEECH_RATE_HZ)
    np.save(tmp_path / "encoding.npy", np.zeros((100, 64), np.float16))
    heard = read_heard_speech(tmp_path / "speech.flac", tmp_path / "encoding.npy", 0.5)
    assert len(heard.samples) == 1.5 * SPEECH_RATE_HZ
    assert heard.encoding.start_s == -0.5
