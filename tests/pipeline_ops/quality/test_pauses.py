from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.types import TimeSpan
from pipeline_ops.quality.pauses import correlation_in_pauses, level_change_in_pauses_db, pauses_between

RATE_HZ = 8000


def write(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    return path


def test_pauses_are_what_speech_leaves_without_its_edges() -> None:
    spoken = [TimeSpan(3.0, 4.0), TimeSpan(1.0, 2.0), TimeSpan(1.5, 2.9)]
    pauses = pauses_between(spoken, 5.0)
    assert [(round(p.start_s, 2), round(p.end_s, 2)) for p in pauses] == [(0.05, 0.95), (4.05, 4.95)]


def test_the_same_background_at_another_level_correlates_fully(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (RATE_HZ * 2, 2))
    original = write(tmp_path / "a.wav", noise)
    dub = write(tmp_path / "b.wav", noise * 0.5)
    assert correlation_in_pauses(original, dub, [TimeSpan(0.5, 1.5)]) == pytest.approx(1.0)


def test_another_background_does_not_correlate(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    original = write(tmp_path / "a.wav", random.normal(0, 0.1, RATE_HZ * 2))
    dub = write(tmp_path / "b.wav", random.normal(0, 0.1, RATE_HZ * 2))
    correlation = correlation_in_pauses(original, dub, [TimeSpan(0.0, 2.0)])
    assert correlation is not None
    assert abs(correlation) < 0.05


def test_without_pauses_there_is_nothing_to_say(tmp_path: Path) -> None:
    sound = write(tmp_path / "a.wav", np.zeros(100))
    assert correlation_in_pauses(sound, sound, []) is None


@pytest.mark.parametrize(("gain", "change_db"), [(1.0, 0.0), (2.0, 6.02), (0.1, -20.0)])
def test_a_background_that_is_louder_or_lost_is_told_in_decibels(
    tmp_path: Path, gain: float, change_db: float
) -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.05, 48_000)
    for name, samples in (("original", noise), ("dub", gain * noise)):
        soundfile.write(str(tmp_path / f"{name}.wav"), samples, 16_000, subtype="FLOAT")
    pauses = [TimeSpan(0.2, 1.0), TimeSpan(2.0, 2.8)]
    found = level_change_in_pauses_db(tmp_path / "original.wav", tmp_path / "dub.wav", pauses)
    assert found == pytest.approx(change_db, abs=0.01)
    assert level_change_in_pauses_db(tmp_path / "original.wav", tmp_path / "dub.wav", []) is None
