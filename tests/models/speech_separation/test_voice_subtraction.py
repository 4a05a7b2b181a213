from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.speech_separation.voice_subtraction import HOP_FRAMES, WINDOW_FRAMES, VoiceSubtractor

RATE_HZ = 48_000
NOTHING = np.zeros(0, np.float32)


def subtracted(mix: np.ndarray, voice: np.ndarray, cuts: tuple[int, ...] = ()) -> np.ndarray:
    """The whole background, taken out in pieces cut at `cuts`."""
    subtractor = VoiceSubtractor(RATE_HZ)
    pieces = zip(np.split(mix, cuts), np.split(voice, cuts), strict=True)
    return np.concatenate([*(subtractor.push(*piece) for piece in pieces), subtractor.finish()])


def noise(seed: int, frames: int, level: float) -> np.ndarray:
    return level * np.random.default_rng(seed).normal(0, 1, frames).astype(np.float32)


def tone(frequency_hz: float, frames: int, level: float) -> np.ndarray:
    times_s = np.arange(frames) / RATE_HZ
    return (level * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32)


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 40_000), st.lists(st.integers(0, 40_000), max_size=6))
def test_the_background_is_as_long_as_the_mix_whatever_the_pieces(frames: int, cuts: list[int]) -> None:
    mix, voice = noise(1, frames, 0.1), noise(2, frames, 0.05)
    assert subtracted(mix, voice, tuple(sorted(cuts))).shape == (frames,)


def test_the_answer_does_not_depend_on_the_pieces() -> None:
    mix, voice = noise(1, RATE_HZ, 0.1), noise(2, RATE_HZ, 0.05)
    whole = subtracted(mix, voice)
    pieces = subtracted(mix, voice, tuple(range(100, RATE_HZ, 1234)))
    assert np.abs(whole - pieces).max() < 1e-6


@pytest.mark.parametrize("frames", [1, HOP_FRAMES, WINDOW_FRAMES, RATE_HZ + 17])
def test_where_nobody_speaks_the_mix_is_left_as_it_is(frames: int) -> None:
    mix = noise(1, frames, 0.1)
    assert np.abs(subtracted(mix, np.zeros(frames, np.float32)) - mix).max() < 1e-5


def test_an_estimate_far_below_the_voice_is_no_speech() -> None:
    # The estimate of the pause lies 40 dB below that of the speech before it: room noise, not a voice.
    frames = 2 * RATE_HZ
    mix = noise(1, frames, 0.1)
    voice = np.concatenate([noise(2, RATE_HZ, 0.1), noise(2, RATE_HZ, 0.001)])
    pause = slice(round(1.5 * RATE_HZ), None)
    assert np.abs(subtracted(mix, voice)[pause] - mix[pause]).max() < 1e-5


def test_a_voice_alone_is_gone() -> None:
    voice = noise(2, 2 * RATE_HZ, 0.1)
    assert level_db(subtracted(voice, voice)) < level_db(voice) - 60


def test_what_the_enhancer_missed_of_the_voice_is_taken_out_too() -> None:
    # An estimate 10 dB too low holds 1/10 of the energy: more than twice what empties a cell.
    voice = noise(2, 2 * RATE_HZ, 0.1)
    assert level_db(subtracted(voice, voice * np.float32(10 ** (-10 / 20)))) < level_db(voice) - 40


def test_music_beside_the_voice_in_frequency_stays() -> None:
    frames = 2 * RATE_HZ
    voice, music = tone(300.0, frames, 0.2), tone(3_000.0, frames, 0.1)
    background = subtracted(voice + music, voice)
    middle = slice(RATE_HZ // 2, -RATE_HZ // 2)
    assert np.abs(background - music)[middle].max() < 0.01


def test_music_20_db_above_an_estimate_loses_less_than_3_db() -> None:
    music = noise(1, 2 * RATE_HZ, 0.1)
    background = subtracted(music, music * np.float32(0.1))
    assert level_db(background) > level_db(music) - 3


def test_a_partial_of_music_25_hz_beside_a_voices_harmonic_stays() -> None:
    frames = 2 * RATE_HZ
    voice, music = tone(300.0, frames, 0.1), tone(325.0, frames, 0.1)
    background = subtracted(voice + music, voice)
    middle = slice(RATE_HZ // 2, -RATE_HZ // 2)
    assert np.abs(background - music)[middle].max() < 0.01


def test_speech_is_taken_out_a_little_beyond_its_edges_and_the_mix_comes_back_after_them() -> None:
    # Onsets and reverberation last longer than what the enhancer is sure of: 150 ms are held.
    frames = 3 * RATE_HZ
    mix = noise(1, frames, 0.1)
    voice = np.zeros(frames, np.float32)
    spoken = slice(RATE_HZ, 2 * RATE_HZ)
    voice[spoken] = mix[spoken]
    background = subtracted(mix, voice)
    assert level_db(background[spoken]) < level_db(mix[spoken]) - 40
    for untouched in (slice(0, round(0.6 * RATE_HZ)), slice(round(2.4 * RATE_HZ), None)):
        assert np.abs(background - mix)[untouched].max() < 1e-5


def test_a_quieter_speaker_is_taken_out_once_the_louder_one_is_forgotten() -> None:
    # 26 dB below the remembered peak is half believed; that falls by 1 dB a second, so 9 s later it is 17 dB.
    frames = 12 * RATE_HZ
    voice = np.concatenate([noise(2, RATE_HZ, 0.3), noise(3, frames - RATE_HZ, 0.3 * 10 ** (-26 / 20))])
    background = subtracted(voice, voice)
    early, late = slice(round(1.5 * RATE_HZ), 2 * RATE_HZ), slice(10 * RATE_HZ, 11 * RATE_HZ)
    assert level_db(background[early]) > level_db(voice[early]) - 12
    assert level_db(background[late]) < level_db(voice[late]) - 40


def test_silence_gives_silence() -> None:
    silence = np.zeros(RATE_HZ, np.float32)
    assert not subtracted(silence, silence).any()
    assert subtracted(NOTHING, NOTHING).shape == (0,)
