"""What is said, moment by moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.base import SpeechEncoder
from models.faces.sound_around import sound_around
from models.lip_sync.personal.other_speakers import mouths_of_others
from models.speech_encoding.whisper import DIRECTIONS, WINDOW_S
from models.types import ENCODING_RATE_HZ, SpeechEncoding
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from tests.models.embedded import CLIP, engine

RATE_HZ = 16_000
LARGEST_FILE_BYTES = 200_000


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    found: SpeechEncoder = engine("speech_encoding")
    assert isinstance(found, SpeechEncoder)
    return found


@pytest.fixture(scope="module")
def spoken() -> np.ndarray:
    decode = [*own_input(CLIP), "-ac", "1", "-ar", str(RATE_HZ), "-f", "f32le", "pipe:1"]
    return np.frombuffer(run_ffmpeg(decode, task="decode a clip", timeout_s=60).output, np.float32)


def encoded(encoder: SpeechEncoder, *blocks: np.ndarray) -> np.ndarray:
    return np.concatenate(list(encoder.encode(blocks)))


@pytest.mark.models
@pytest.mark.parametrize("samples", [1, 319, 320, 16_000, 22 * RATE_HZ, 22 * RATE_HZ + 1])
def test_there_is_a_moment_for_each_fiftieth_of_a_second_begun(encoder: SpeechEncoder, samples: int) -> None:
    moments = encoded(encoder, np.zeros(samples, np.float32))
    assert moments.shape == (-(-samples * ENCODING_RATE_HZ // RATE_HZ), encoder.width)
    assert moments.dtype == np.float32


@pytest.mark.models
def test_no_sound_has_no_moments(encoder: SpeechEncoder) -> None:
    assert list(encoder.encode([])) == []


@pytest.mark.models
def test_how_sound_is_cut_into_blocks_changes_nothing(encoder: SpeechEncoder, spoken: np.ndarray) -> None:
    whole, cut = encoded(encoder, spoken), encoded(encoder, *np.array_split(spoken, 7))
    np.testing.assert_array_equal(whole, cut)


@pytest.mark.models
def test_mouths_are_foretold_alike_wherever_in_a_video_something_is_said(
    encoder: SpeechEncoder, spoken: np.ndarray
) -> None:
    thrice = np.concatenate([spoken, spoken, spoken])
    assert len(thrice) > WINDOW_S * RATE_HZ  # the second and third time lie in several windows
    encoding, length_s = SpeechEncoding(encoded(encoder, thrice)), len(spoken) / RATE_HZ
    times_s = np.arange(10, 365) / 25.0
    first, second, third = (
        sound_around(encoding, times_s + copy * length_s) @ mouths_of_others(None) for copy in range(3)
    )
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.95
    assert np.corrcoef(first.ravel(), third.ravel())[0, 1] > 0.95


@pytest.mark.models
def test_another_level_is_heard_as_the_same(encoder: SpeechEncoder, spoken: np.ndarray) -> None:
    loud, quiet = encoded(encoder, spoken), encoded(encoder, 0.2 * spoken)
    assert np.corrcoef(loud.ravel(), quiet.ravel())[0, 1] > 0.95


def test_the_shipped_directions_are_small() -> None:
    assert Path(DIRECTIONS).stat().st_size < LARGEST_FILE_BYTES
