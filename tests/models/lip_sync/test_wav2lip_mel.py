"""Speech as Wav2Lip hears it, against librosa, which its authors used."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lip_sync.wav2lip_mel import SILENCE, first_steps, mel_spectrogram, windows_at
from tests.models.lip_sync.wav2lip_support import RATE_HZ, speech_like


def reference(speech: np.ndarray) -> np.ndarray:
    """The authors' spectrogram, put together from librosa's parts."""
    emphasised = librosa.effects.preemphasis(speech, coef=0.97, zi=[0.0])
    magnitudes = np.abs(librosa.stft(emphasised, n_fft=800, hop_length=200, win_length=800))
    bank = librosa.filters.mel(sr=RATE_HZ, n_fft=800, n_mels=80, fmin=55, fmax=7600)
    level_db = 20 * np.log10(np.maximum(1e-5, bank @ magnitudes)) - 20
    return np.clip(8 * (level_db + 100) / 100 - 4, -4, 4)


@pytest.mark.parametrize("seconds", [0.06, 1.0, 3.337, 55.0])
def test_levels_are_those_of_librosa(seconds: float) -> None:
    speech = speech_like(seconds)
    np.testing.assert_allclose(mel_spectrogram(speech), reference(speech), atol=1e-4)


def test_levels_of_a_tone_and_of_a_whisper_are_those_of_librosa() -> None:
    times_s = np.arange(RATE_HZ) / RATE_HZ
    for speech in (0.9 * np.sin(2 * np.pi * 440 * times_s), 1e-4 * speech_like(1.0)):
        spoken = speech.astype(np.float32)
        np.testing.assert_allclose(mel_spectrogram(spoken), reference(spoken), atol=2e-3)


@pytest.mark.parametrize("samples", [0, 1, 200, 16_000])
def test_silence_of_any_length_is_the_lowest_level(samples: int) -> None:
    mel = mel_spectrogram(np.zeros(samples, np.float32))
    assert mel.shape == (80, 1 + samples // 200)
    assert (mel == SILENCE).all()


@pytest.mark.parametrize("frames_a_second", [25.0, 24.0, 30.0, 30_000 / 1001, 50.0])
def test_at_a_steady_rate_windows_begin_80_steps_a_second_apart(frames_a_second: float) -> None:
    frames = np.arange(1000)
    expected = [int(frame * 80 / frames_a_second + 1e-6) for frame in frames]
    assert first_steps(frames / frames_a_second).tolist() == expected


def test_at_25_frames_a_second_windows_begin_at_every_frame() -> None:
    assert first_steps(np.arange(6) / 25).tolist() == [0, 3, 6, 9, 12, 16]


@given(st.lists(st.floats(0.0, 36_000.0), min_size=1, max_size=20))
def test_at_any_frame_times_a_window_begins_within_a_step_before_its_frame(times: list[float]) -> None:
    times_s = np.array(times)
    begins_s = first_steps(times_s) / 80
    assert (begins_s <= times_s + 1e-6).all()
    assert (begins_s > times_s - 1 / 80).all()


def test_an_offset_moves_every_window() -> None:
    times_s = np.array([0.0, 0.1, 0.75])
    assert (first_steps(times_s, -0.05) == first_steps(times_s) - 4).all()


def test_windows_are_16_steps_and_silence_beyond_the_sound() -> None:
    mel = np.arange(80 * 40, dtype=np.float32).reshape(80, 40) / 1000
    windows = windows_at(mel, np.array([-3, 10, 30, 50, -40]))
    assert windows.shape == (5, 80, 16)
    assert (windows[0, :, :3] == SILENCE).all()
    np.testing.assert_array_equal(windows[0, :, 3:], mel[:, :13])
    np.testing.assert_array_equal(windows[1], mel[:, 10:26])
    np.testing.assert_array_equal(windows[2, :, :10], mel[:, 30:])
    assert (windows[2, :, 10:] == SILENCE).all()
    assert (windows[3:] == SILENCE).all()
