from __future__ import annotations

import librosa
import numpy as np
import pytest
import soundfile

from pipeline_ops.errors import SettingsError
from pipeline_ops.media.stretch import stretch
from tests.pipeline_ops.media.clips import shared_clip

TEMPOS = (0.5, 0.85, 1.15, 1.3, 2.0)


@pytest.mark.parametrize("sample_rate_hz", [16_000, 24_000, 48_000])
@pytest.mark.parametrize("tempo", TEMPOS)
def test_the_length_is_exact_and_clicks_land_where_they_should(tempo: float, sample_rate_hz: int) -> None:
    clicks_s = np.arange(0.3, 2.8, 0.317)
    sound = np.zeros((2, 3 * sample_rate_hz), np.float32)
    width = sample_rate_hz // 1000
    for click_s in clicks_s:
        start = round(click_s * sample_rate_hz)
        sound[:, start : start + width] = np.hanning(width)
    target = round(sound.shape[1] / tempo) - 1 if tempo < 1 else round(sound.shape[1] / tempo) + 1
    stretched = stretch(sound, sample_rate_hz, target)
    assert stretched.shape == (2, target)
    assert stretched.dtype == np.float32
    for click_s in clicks_s:
        expected = click_s / tempo * sample_rate_hz
        start = round(expected - 0.05 * sample_rate_hz)
        found = start + np.argmax(np.abs(stretched[0, start : start + sample_rate_hz // 10])) - width / 2
        # Beyond what a dub may use, Rubber Band changes its windows.
        assert abs(found - expected) / sample_rate_hz < (0.002 if 0.8 < tempo <= 1.3 else 0.015)


@pytest.mark.parametrize("tempo", TEMPOS)
def test_the_pitch_is_kept(tempo: float) -> None:
    times_s = np.arange(48_000) / 24_000
    tone = sum(np.sin(2 * np.pi * 120 * k * times_s) / k for k in range(1, 12)).astype(np.float32)[np.newaxis]
    stretched = stretch(0.2 * tone, 24_000, round(48_000 / tempo))[0]
    middle = stretched[len(stretched) // 4 : 3 * len(stretched) // 4]
    found_hz = np.median(librosa.yin(middle, fmin=60, fmax=400, sr=24_000))
    assert found_hz == pytest.approx(120, rel=0.005)


@pytest.mark.parametrize("tempo", [0.85, 1.2, 1.3])
def test_speech_keeps_its_level_and_its_colour(tempo: float) -> None:
    speech, sample_rate_hz = soundfile.read(shared_clip("speech/LJ001-0002.wav"), dtype="float32")
    stretched = stretch(speech[np.newaxis], sample_rate_hz, round(len(speech) / tempo))[0]
    level_db = 20 * np.log10(np.std(stretched) / np.std(speech))
    assert abs(level_db) < 1.0
    bands_db = []
    for sound in (speech, stretched):
        spectrum = np.abs(np.fft.rfft(sound, 1 << 18)) ** 2
        bands_db.append([10 * np.log10(band.mean()) for band in np.array_split(spectrum[: 1 << 16], 16)])
    difference_db = np.subtract(bands_db[1], bands_db[0])
    assert np.max(np.abs(difference_db - np.median(difference_db))) < 2.5


def test_no_change_of_length_changes_no_sample() -> None:
    sound = np.random.default_rng(1).standard_normal((1, 5000)).astype(np.float32)
    assert np.array_equal(stretch(sound, 24_000, 5000), sound)


@pytest.mark.parametrize("frames", [1, 30, 500])
def test_very_short_sound_comes_out_at_the_length_asked_for(frames: int) -> None:
    sound = np.full((1, frames), 0.1, np.float32)
    assert stretch(sound, 24_000, frames + frames // 2 + 1).shape == (1, frames + frames // 2 + 1)


@pytest.mark.parametrize("target", [0, 4999, 20_001])
def test_a_change_beyond_the_limits_is_refused(target: int) -> None:
    with pytest.raises(SettingsError, match="tempo"):
        stretch(np.zeros((1, 10_000), np.float32), 24_000, target)
