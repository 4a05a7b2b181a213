"""Laying the base of the nose on its typical look."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.lip_sync.personal.anchor import SPACING, Anchor, learn_anchor, register, shifted

ROWS, COLUMNS = 25, 65


def look(seed: int = 0) -> np.ndarray:
    grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(ROWS, COLUMNS)), (0, 0), 2.5)
    return (grain - grain.mean()) / grain.std()


def anchor(typical: np.ndarray) -> Anchor:
    return Anchor(np.zeros((ROWS, COLUMNS, 3)), typical, np.ones((ROWS, COLUMNS)))


@pytest.mark.parametrize("moved", [(0.0, 0.0), (0.7, -0.4), (-1.6, 1.1)])
def test_a_shift_is_found_to_a_twentieth_of_a_sample_in_other_light(moved: tuple[float, float]) -> None:
    seen = 1.3 * shifted(look(), -np.array(moved)) + 0.2
    offset, laid = register(seen, anchor(look()))
    np.testing.assert_allclose(offset / SPACING, moved, atol=0.05)
    inside = np.s_[5:-5, 5:-5]
    assert np.corrcoef(laid[inside].ravel(), look()[inside].ravel())[0, 1] > 0.99


def test_a_nose_that_is_covered_moves_nothing() -> None:
    offset, laid = register(look(7), anchor(look()))
    np.testing.assert_array_equal(offset, [0.0, 0.0])
    np.testing.assert_array_equal(laid, look(7))


def test_looks_that_tremble_are_laid_on_each_other() -> None:
    random = np.random.default_rng(3)
    moved = random.uniform(-1.0, 1.0, (12, 2))
    looks = np.stack([shifted(look(), -each) + 0.05 * random.normal(size=(ROWS, COLUMNS)) for each in moved])
    _, offsets = learn_anchor(np.zeros((ROWS, COLUMNS, 3)), looks)
    found = offsets / SPACING
    np.testing.assert_allclose(found - found.mean(axis=0), moved - moved.mean(axis=0), atol=0.12)
