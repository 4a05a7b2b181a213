"""A voice as engines and measures take it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.faces.sound_around import moments_at
from pipeline_ops.faces.heard_speech import (
    SPEECH_RATE_HZ,
    SpeechInParts,
    read_encoding,
    read_speech,
)


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


@pytest.mark.parametrize("offset_s", [0.5, -0.5, 0.0])
def test_a_part_of_a_moved_voice_is_what_the_moved_whole_holds_there(tmp_path: Path, offset_s: float) -> None:
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "speech.flac", rng.uniform(-0.5, 0.5, 16_000 * 4), 16_000)
    np.save(tmp_path / "encoding.npy", rng.normal(size=(200, 64)).astype(np.float16))
    samples = read_speech(tmp_path / "speech.flac", offset_s)
    encoding = read_encoding(tmp_path / "encoding.npy", offset_s)
    scratch = tmp_path / "speech.f32"
    voice = SpeechInParts(tmp_path / "speech.flac", tmp_path / "encoding.npy", scratch, offset_s)
    part = voice.between(1, 3)
    np.testing.assert_array_equal(part.samples, samples[16_000:48_000])
    times_s = np.arange(0.6, 1.4, 0.04)
    np.testing.assert_allclose(moments_at(part.encoding, times_s), moments_at(encoding, 1.0 + times_s))


def test_a_part_of_a_voice_is_what_the_whole_holds_there(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "speech.flac", rng.uniform(-0.5, 0.5, 24_000 * 4), 24_000)
    np.save(tmp_path / "encoding.npy", rng.normal(size=(200, 64)).astype(np.float16))
    samples = read_speech(tmp_path / "speech.flac")
    moments = read_encoding(tmp_path / "encoding.npy").moments
    voice = SpeechInParts(tmp_path / "speech.flac", tmp_path / "encoding.npy", tmp_path / "speech.f32")
    for start_s, end_s in ((0, 4), (1, 3)):
        part = voice.between(start_s, end_s)
        np.testing.assert_array_equal(part.samples, samples[start_s * 16_000 : end_s * 16_000])
        np.testing.assert_array_equal(part.encoding.moments, moments[start_s * 50 : end_s * 50])
        assert part.encoding.start_s == 0.0


def test_beyond_the_end_of_a_voice_is_silence_in_which_the_last_moment_goes_on(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "speech.flac", np.full(16_000, 0.5), 16_000)
    np.save(tmp_path / "encoding.npy", np.arange(100, dtype=np.float16).reshape(50, 2))
    voice = SpeechInParts(tmp_path / "speech.flac", tmp_path / "encoding.npy", tmp_path / "speech.f32")
    beyond = voice.between(8, 10)
    np.testing.assert_array_equal(beyond.samples, np.zeros(32_000, np.float32))
    np.testing.assert_array_equal(beyond.encoding.moments, np.tile([[98.0, 99.0]], (100, 1)))
