from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline_ops.errors import SettingsError, StageOutputError
from pipeline_ops.stages.separate import STEP, SeparatedAudio, fit_24_bits, listening_gain, separate
from tests.models.embedded import CLIP, engine
from tests.pipeline_ops.stages.sounds import decoded

RATE_HZ = 48_000
Blocks = Iterator[tuple[np.ndarray, np.ndarray]]


class Halving:
    """Calls a share of every sample speech, in blocks of its own; may lose samples, or add some."""

    sample_rate_hz = RATE_HZ

    def __init__(self, share: float = 0.3, lost_frames: int = 0) -> None:
        self.share = share
        self.lost_frames = lost_frames

    def separate(self, blocks: Iterable[np.ndarray], channels: int) -> Blocks:
        whole = np.concatenate(list(blocks), axis=1)
        assert whole.shape[0] == channels
        padded = np.pad(whole, ((0, 0), (0, max(0, -self.lost_frames))))
        for piece in np.array_split(padded[:, : whole.shape[1] - self.lost_frames], 5, axis=1):
            background = piece * np.float32(1 - self.share)
            yield piece - background, background


def clip_of(folder: Path, channels: int = 2, rate_hz: int = RATE_HZ) -> Path:
    numbers = np.random.default_rng(2).integers(-(2**23), 2**23, (30_001, channels))
    soundfile.write(folder / "audio.flac", numbers * 2.0**-23, rate_hz, subtype="PCM_24")
    return folder / "audio.flac"


def read(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="int32", always_2d=True)[0]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0, 2.5])
def test_speech_and_background_add_up_to_the_input_to_the_bit(
    tmp_path: Path, channels: int, share: float
) -> None:
    audio = clip_of(tmp_path, channels)
    result = separate(audio=audio, model=Halving(share), scratch=tmp_path)
    assert np.array_equal(read(result.speech) + read(result.background), read(audio))
    assert {path.name for path in tmp_path.iterdir()} == {"audio.flac", "speech.flac", "background.flac"}


def test_another_rate_than_the_separators_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"audio\.flac has 44100 Hz; the separator works at 48000 Hz"):
        separate(audio=clip_of(tmp_path, rate_hz=44_100), model=Halving(), scratch=tmp_path)


@pytest.mark.parametrize(("lost_frames", "became"), [(2, 29_999), (-7, 30_008)])
def test_a_separator_that_loses_or_adds_samples_is_refused_and_leaves_nothing(
    tmp_path: Path, lost_frames: int, became: int
) -> None:
    audio = clip_of(tmp_path)
    with pytest.raises(StageOutputError, match=rf"30001 samples of audio\.flac became {became}"):
        separate(audio=audio, model=Halving(lost_frames=lost_frames), scratch=tmp_path)
    assert list(tmp_path.iterdir()) == [audio]


mixes = st.integers(-(2**23), 2**23 - 1).map(lambda number: np.float32(number * 2.0**-23))


@given(
    arrays(np.float32, (1, 20), elements=mixes),
    arrays(np.float32, (1, 20), elements=st.floats(-9, 9, width=32)),
)
@example(np.array([[-1.0]], np.float32), np.array([[3.0]], np.float32))
@example(np.array([[1.0 - 2.0**-23]], np.float32), np.array([[-3.0]], np.float32))
def test_fitting_to_24_bits_keeps_the_sum_exactly(mix: np.ndarray, background: np.ndarray) -> None:
    parts = fit_24_bits(mix, background)
    assert np.array_equal(parts[0] + parts[1], mix)
    for part in parts:
        assert np.array_equal(part, np.round(part / STEP) * STEP)
        assert part.min() >= -1.0
        assert part.max() <= 1.0 - STEP


@given(
    arrays(np.float32, (2, 20), elements=mixes),
    arrays(np.float32, (2, 20), elements=st.floats(-1, 1, width=32)),
)
def test_a_background_that_fits_is_only_rounded(mix: np.ndarray, share: np.ndarray) -> None:
    background = mix * np.abs(share)
    _, fitted = fit_24_bits(mix, background)
    assert np.abs(fitted - background).max() <= STEP / 2


@pytest.mark.models
def test_the_real_separator_parts_the_demo_clip_to_the_bit(tmp_path: Path) -> None:
    audio = decoded(CLIP, tmp_path / "audio.flac", RATE_HZ, 2, seconds=3.0)
    result: SeparatedAudio = separate(audio=audio, model=engine("speech_separation"), scratch=tmp_path)
    speech, background = read(result.speech), read(result.background)
    assert np.array_equal(speech + background, read(audio))
    # Somebody speaks from 0.6 s to 3 s: there most of the sound is speech.
    line = slice(round(0.8 * RATE_HZ), round(2.5 * RATE_HZ))
    assert np.square(speech[line] / 2.0**31).sum() > 3 * np.square(background[line] / 2.0**31).sum()


@pytest.mark.parametrize(
    ("level", "gain"),
    [(0.2, 1.0), (0.02, 1.0), (0.01, 2.0), (0.001, 32.0), (0.0, 1.0)],
)
def test_quiet_sound_is_raised_by_a_power_of_two(tmp_path: Path, level: float, gain: float) -> None:
    square = level * np.sign(np.sin(np.arange(RATE_HZ * 2) * 0.05) + 1e-9)
    soundfile.write(tmp_path / "audio.flac", square, RATE_HZ, subtype="PCM_24")
    assert listening_gain(tmp_path / "audio.flac") == gain


def test_no_peak_is_raised_beyond_full_scale(tmp_path: Path) -> None:
    quiet = np.full(RATE_HZ * 2, 0.001)
    quiet[100] = 0.3
    soundfile.write(tmp_path / "audio.flac", quiet, RATE_HZ, subtype="PCM_24")
    assert listening_gain(tmp_path / "audio.flac") == 2.0


@pytest.mark.models
def test_speech_that_is_hardly_loud_enough_to_hear_is_kept(tmp_path: Path) -> None:
    whole, _ = soundfile.read(decoded(CLIP, tmp_path / "loud.flac", RATE_HZ, 1, seconds=6.0))
    faint = tmp_path / "faint.flac"
    soundfile.write(faint, whole * 2.0**-9, RATE_HZ, subtype="PCM_24")
    result = separate(audio=faint, model=engine("speech_separation"), scratch=tmp_path)
    voice, background = (soundfile.read(path)[0] for path in (result.speech, result.background))
    assert np.sum(voice**2) > 10 * np.sum(background**2)
