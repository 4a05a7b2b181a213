"""The same mouth in two pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline_ops.lips.mouth_looks import MouthLooks
from tests.pipeline_ops.faces.made_faces import face_at

FRAMES = 24


def film(*, blur_px: float = 0.0, tremble_px: float = 0.0) -> list[np.ndarray]:
    """A grainy picture that moves with a head, frame by frame."""
    random = np.random.default_rng(3)
    grain = cv2.GaussianBlur(random.normal(0, 40, (320, 320, 3)), (0, 0), 1.0) + 120
    frames = []
    for number in range(FRAMES):
        aside = 2.0 * number + tremble_px * random.normal()
        moved = cv2.warpAffine(
            grain, np.float32([[1, 0, aside], [0, 1, 0]]), (320, 320), borderMode=cv2.BORDER_WRAP
        )
        softened = cv2.GaussianBlur(moved, (0, 0), blur_px) if blur_px else moved
        frames.append(np.clip(softened, 0, 255).astype(np.uint8))
    return frames


def landmarks() -> np.ndarray:
    return np.stack([face_at(160 + 2.0 * number, 160, size_px=120) for number in range(FRAMES)])


def looked_at(original: list[np.ndarray], rendered: list[np.ndarray], points: np.ndarray) -> MouthLooks:
    looks = MouthLooks(points)
    for number, (one, other) in enumerate(zip(original, rendered, strict=True)):
        looks.look(number, one, other)
    return looks


def test_an_unchanged_mouth_is_as_sharp_and_as_steady() -> None:
    looks = looked_at(film(), film(), landmarks())
    assert looks.sharpness() == pytest.approx(1.0)
    assert looks.flicker() == pytest.approx(1.0)


def test_a_softened_mouth_is_less_sharp() -> None:
    sharpness = looked_at(film(), film(blur_px=1.2), landmarks()).sharpness()
    assert sharpness is not None
    assert sharpness < 0.9


def test_nothing_is_compared_across_frames_that_were_not_changed() -> None:
    looks = MouthLooks(landmarks())
    for number, picture in enumerate(film()):
        if number % 3 == 2:
            looks.skip()
        else:
            looks.look(number, picture, picture)
    assert looks.flicker() is None
    assert looks.sharpness() == pytest.approx(1.0)


def test_frames_without_a_face_are_left_out() -> None:
    points = landmarks()
    points[::2] = np.nan
    looks = looked_at(film(), film(), points)
    assert looks.flicker() is None


def test_a_mouth_at_the_edge_of_the_picture_is_cut_off_there() -> None:
    points = landmarks() - np.array([150.0, 0.0, 0.0], np.float32)
    assert looked_at(film(), film(), points).sharpness() == pytest.approx(1.0)
