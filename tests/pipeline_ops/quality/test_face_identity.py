"""Is it still the same person?"""

from __future__ import annotations

import numpy as np

from models.faces.points import LIPS, POINT_COUNT
from pipeline_ops.quality.face_identity import colour_change, identity_change


def faces(person: int, frames: int = 20) -> np.ndarray:
    """A face of random shape, moved about."""
    shape = np.random.default_rng(person).normal(0.0, 60.0, (POINT_COUNT, 3))
    moves = np.random.default_rng(99).normal(0.0, 20.0, (frames, 1, 3))
    return (shape + moves).astype(np.float32)


def test_other_lips_are_the_same_person() -> None:
    before, after = faces(1), faces(1)
    after[:, list(LIPS), 1] += 15.0
    change = identity_change(before, after, colour=0.4)
    assert change.same_person
    assert change.shape < 0.001


def test_another_face_is_another_person() -> None:
    before, other = faces(1), faces(1)
    other[:, 10:] += np.random.default_rng(5).normal(0.0, 3.0, (1, POINT_COUNT - 10, 3)).astype(np.float32)
    assert not identity_change(before, other).same_person


def test_another_skin_is_another_person() -> None:
    assert not identity_change(faces(1), faces(1), colour=6.0).same_person


def test_a_face_that_is_not_found_again_is_not_the_same_person() -> None:
    gone = np.full_like(faces(1), np.nan)
    assert not identity_change(faces(1), gone).same_person


def test_colours_differ_by_their_distance_in_cielab() -> None:
    grey, brighter = np.full((4, 4, 3), 119, np.uint8), np.full((4, 4, 3), 144, np.uint8)
    # By the formulas of sRGB (IEC 61966-2-1) and CIELAB, 119 is L* 50.03 and 144 is L* 59.79.
    np.testing.assert_allclose(colour_change(grey, brighter), 9.76, atol=0.2)  # OpenCV works by tables
    assert colour_change(grey, grey) == 0.0
