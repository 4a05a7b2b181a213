"""From sound to shapes: others' habits, corrected by a speaker's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.faces.mouth_motion import MouthMotion
from models.faces.talking_speakers import SpeakerMoments, load_speakers, save_speakers
from models.lip_sync.personal.other_speakers import DATA, mouths_of_others
from models.lip_sync.personal.sound_to_shape import hold_out, learn_sound_to_shape

TRUTH = np.random.default_rng(5).normal(size=(12, 6)) / 3.5


def footage(frames: int, seed: int = 0, noise: float = 0.5) -> tuple[np.ndarray, MouthMotion]:
    """Sound of twelve values, and a mouth that follows it by `TRUTH`."""
    random = np.random.default_rng(seed)
    heard = random.normal(size=(frames, 12))
    motion = heard @ TRUTH + noise * random.normal(size=(frames, 6))
    return heard, MouthMotion(np.arange(frames) / 25.0, motion, np.ones(frames, bool))


def test_more_footage_corrects_what_others_taught_wrongly() -> None:
    others = np.zeros_like(TRUTH)
    correlations = [hold_out(*footage(frames), others).correlation for frames in (250, 1000, 8000)]
    errors = []
    for frames in (250, 1000, 8000):
        heard, mouth = footage(frames)
        learnt = learn_sound_to_shape(heard, mouth, mouth.motion, others, np.ones(6))
        errors.append(np.abs(learnt.weights - TRUTH).mean())
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.2 * np.abs(TRUTH).mean()
    assert correlations[2] > 0.8


def test_what_others_taught_rightly_foretells_ten_seconds_better_than_these_alone() -> None:
    heard, mouth = footage(250, noise=2.0)
    with_others = hold_out(heard, mouth, TRUTH)
    alone = hold_out(heard, mouth, np.zeros_like(TRUTH))
    assert with_others.correlation > alone.correlation
    assert with_others.correlation > with_others.chance + 0.1


def test_foreign_sound_foretells_nothing() -> None:
    heard, _ = footage(500, seed=1)
    _, mouth = footage(500, seed=2)
    assert abs(hold_out(heard, mouth, np.zeros_like(TRUTH)).correlation) < 0.15


def test_timid_predictions_are_enlarged_within_reason() -> None:
    gains = hold_out(*footage(250, noise=3.0), TRUTH).gains
    assert (gains >= 1.0).all()
    assert (gains <= 2.5).all()
    assert gains.mean() > 1.5


def test_whoever_is_learnt_is_not_among_the_others(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    several = []
    for number in range(3):
        sound, mouth = random.normal(size=(4000, 12)), random.normal(size=(4000, 6))
        digests = frozenset([f"{number}" * 64])
        several.append(SpeakerMoments(digests, 4000, sound.T @ sound, sound.T @ mouth, mouth.T @ mouth))
    save_speakers(several, tmp_path / "others.npz")
    save_speakers(several[1:], tmp_path / "without.npz")
    left_out = mouths_of_others("0" * 64, tmp_path / "others.npz")
    np.testing.assert_array_equal(left_out, mouths_of_others(None, tmp_path / "without.npz"))
    assert not np.allclose(left_out, mouths_of_others(None, tmp_path / "others.npz"))


def test_the_prior_that_comes_with_the_engine_leaves_out_each_of_its_speakers() -> None:
    whole = mouths_of_others(None)
    speakers = load_speakers(DATA)
    assert len(speakers) >= 3
    for speaker in speakers:
        for digest in speaker.digests:
            assert not np.allclose(mouths_of_others(digest), whole)
    assert whole.shape == (3 * 64, 6)
    assert whole == pytest.approx(mouths_of_others("f" * 64))
