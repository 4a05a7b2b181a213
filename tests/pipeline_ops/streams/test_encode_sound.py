from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from pipeline_ops.errors import StageOutputError
from pipeline_ops.streams.encode_sound import encode_sound

RATE_HZ = 48_000


def clicks(path: Path, channels: int, duration_s: float) -> Path:
    """Write quiet noise with a click every half second."""
    count = round(duration_s * RATE_HZ)
    samples = 0.001 * np.random.default_rng(0).standard_normal((count, channels))
    samples[RATE_HZ // 2 :: RATE_HZ // 2] = 0.8
    soundfile.write(str(path), samples, RATE_HZ, subtype="PCM_24")
    return path


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    assert frames[0].pts == 0
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


@pytest.mark.parametrize("channels", [1, 2])
def test_every_sample_is_heard_exactly_when_it_was_and_no_edit_list_is_needed(
    tmp_path: Path, channels: int
) -> None:
    sound = clicks(tmp_path / "sound.flac", channels, 2.2)
    output = tmp_path / "sound.mp4"
    assert encode_sound(sound, output, bits_a_channel=64_000, duration_s=Fraction(11, 5)) == channels
    heard = decoded(output)
    assert heard.shape[0] == channels
    for moment in (24_000, 48_000, 72_000, 96_000):
        near = np.abs(heard[0, moment - 500 : moment + 500])
        assert int(near.argmax()) + moment - 500 == moment
    assert b"elst" not in output.read_bytes()


def test_only_whole_frames_are_written_and_no_sound_is_lost(tmp_path: Path) -> None:
    sound = clicks(tmp_path / "sound.flac", 1, 1.0)
    encode_sound(sound, tmp_path / "sound.mp4", bits_a_channel=64_000, duration_s=Fraction(1))
    assert decoded(tmp_path / "sound.mp4").shape[1] == 47 * 1024  # 48128 samples, the last 128 silent


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path) -> None:
    sound = clicks(tmp_path / "sound.flac", 2, 1.0)
    for name in ("one.mp4", "two.mp4"):
        encode_sound(sound, tmp_path / name, bits_a_channel=32_000, duration_s=Fraction(1))
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_sound_of_another_rate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.flac"
    soundfile.write(str(path), np.zeros(1600), 16_000)
    with pytest.raises(StageOutputError, match="16000 Hz"):
        encode_sound(path, tmp_path / "sound.mp4", bits_a_channel=32_000, duration_s=Fraction(1))
