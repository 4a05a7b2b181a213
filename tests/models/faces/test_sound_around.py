"""What a mouth knows of speech."""

from __future__ import annotations

import numpy as np
import pytest

from models.faces.mouth_motion import RATE_HZ
from models.faces.sound_around import TAPS, moments_at, sound_around
from models.types import SpeechEncoding

TIMES_S = np.arange(25, 75) / RATE_HZ


def waves(frequency_hz: float, start_s: float = 0.0) -> SpeechEncoding:
    """Four seconds of one slow or fast movement in each of two values."""
    times_s = start_s + (np.arange(200) + 0.5) / 50.0
    phase = 2.0 * np.pi * frequency_hz * times_s
    return SpeechEncoding(np.stack([np.sin(phase), np.cos(phase)], axis=1).astype(np.float32), start_s)


def test_moments_are_read_at_their_middles_and_between_them_by_a_line() -> None:
    encoding = SpeechEncoding(np.array([[0.0], [1.0], [3.0]], np.float32))
    read = moments_at(encoding, np.array([0.01, 0.02, 0.03, 0.05]))
    np.testing.assert_allclose(read[:, 0], [0.0, 0.5, 1.0, 3.0], atol=1e-6)


def test_beyond_its_ends_speech_goes_on_as_it_began_and_ended() -> None:
    encoding = SpeechEncoding(np.array([[2.0], [5.0]], np.float32))
    np.testing.assert_allclose(moments_at(encoding, np.array([-9.0, 9.0]))[:, 0], [2.0, 5.0])


def test_one_moment_is_enough() -> None:
    encoding = SpeechEncoding(np.array([[2.0]], np.float32))
    np.testing.assert_allclose(moments_at(encoding, np.array([0.0, 1.0]))[:, 0], [2.0, 2.0])


def test_a_sound_that_starts_earlier_is_read_as_much_earlier() -> None:
    late, moved = waves(3.0), waves(3.0, start_s=-0.3)
    np.testing.assert_allclose(moments_at(late, TIMES_S), moments_at(moved, TIMES_S), atol=0.02)


def test_syllables_stay_and_voices_do_not() -> None:
    voice = np.array([7.0, -4.0], np.float32)
    syllables = waves(4.0)
    around = sound_around(SpeechEncoding(syllables.moments + voice), TIMES_S)
    np.testing.assert_allclose(around, sound_around(syllables, TIMES_S), atol=1e-5)
    assert around.std() > 0.5
    assert sound_around(waves(0.2), TIMES_S).std() < 0.1


def test_each_frame_hears_its_neighbours_as_well() -> None:
    around = sound_around(waves(4.0), TIMES_S)
    assert around.shape == (len(TIMES_S), 2 * (2 * TAPS + 1))
    before, at, after = np.split(around, 3, axis=1)
    np.testing.assert_allclose(before[1:], at[:-1], atol=1e-6)
    np.testing.assert_allclose(after[:-1], at[1:], atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, 10])
def test_few_frames_are_heard_as_within_many(frames: int) -> None:
    many = sound_around(waves(4.0), TIMES_S)
    np.testing.assert_allclose(
        sound_around(waves(4.0), TIMES_S[20 : 20 + frames]), many[20 : 20 + frames], atol=1e-9
    )
