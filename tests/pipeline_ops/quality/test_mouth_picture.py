"""Sharpness and steadiness of drawn mouths."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.quality.mouth_picture import flicker_ratio, jerkiness, sharpness_ratio


def skin(seed: int) -> np.ndarray:
    """Grain over broad light and shade, with a dark opening: shape (80, 120, 3), 0 to 255."""
    rng = np.random.default_rng(seed)
    picture = cv2.GaussianBlur(rng.normal(0, 300, (80, 120)), (0, 0), 5) + 130
    picture += cv2.GaussianBlur(rng.normal(0, 12, (80, 120)), (0, 0), 0.8)
    cv2.ellipse(picture, (60, 40), (30, 3 + seed % 10), 0, 0, 360, 40.0, -1, cv2.LINE_AA)
    return np.repeat(picture[:, :, None], 3, axis=2)


def test_a_mouth_is_as_sharp_as_itself() -> None:
    pictures = [skin(seed) for seed in range(4)]
    assert sharpness_ratio(pictures, pictures) == pytest.approx(1.0)


def test_other_mouths_of_the_same_grain_are_as_sharp() -> None:
    assert sharpness_ratio([skin(seed) for seed in range(9)], [skin(seed) for seed in range(9, 18)]) == (
        pytest.approx(1.0, abs=0.1)
    )


@pytest.mark.parametrize("blur_px", [0.5, 0.8, 1.5])
def test_blurred_mouths_are_less_sharp(blur_px: float) -> None:
    pictures = [skin(seed) for seed in range(5)]
    blurred = [cv2.GaussianBlur(picture, (0, 0), blur_px) for picture in pictures]
    assert sharpness_ratio(blurred, pictures) < 0.93


def test_the_mean_of_two_frames_is_less_sharp() -> None:
    pictures = [skin(seed) for seed in range(6)]
    mixed = [(one + other) / 2 for one, other in itertools.pairwise(pictures)]
    assert sharpness_ratio(mixed, pictures) < 0.97


@given(gain=st.floats(0.2, 3.0), offset=st.floats(-50, 50))
@settings(max_examples=20, deadline=None)
def test_light_and_contrast_do_not_count_as_sharpness(gain: float, offset: float) -> None:
    pictures = [skin(seed) for seed in range(3)]
    lit = [gain * picture + offset for picture in pictures]
    assert sharpness_ratio(lit, pictures) == pytest.approx(1.0, rel=1e-3)


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="one side has none"):
        sharpness_ratio([], [skin(0)])


SPEECH = np.sin(np.arange(200) / 3.0)[:, None] * np.linspace(0.5, 1.5, 8)


@given(scale=st.floats(0.1, 10.0))
def test_a_mouth_that_moves_more_does_not_flicker_for_that(scale: float) -> None:
    assert flicker_ratio(scale * SPEECH, SPEECH) == pytest.approx(1.0)


@pytest.mark.parametrize("tremble", [0.1, 0.3, 1.0])
def test_what_trembles_flickers(tremble: float) -> None:
    random = np.random.default_rng(0)
    assert flicker_ratio(SPEECH + tremble * random.normal(size=SPEECH.shape), SPEECH) > 1.0 + tremble


def test_what_jumps_to_and_fro_flickers_most() -> None:
    to_and_fro = np.tile([[0.0], [1.0]], (20, 1))
    assert jerkiness(to_and_fro) == pytest.approx(2.0)


@given(speed=st.floats(1, 20), start=st.floats(-100, 100))
def test_even_movement_is_no_flicker(speed: float, start: float) -> None:
    assert jerkiness(start + speed * np.arange(30)[:, None]) == pytest.approx(0.0, abs=1e-9)


def test_frames_without_a_face_do_not_count() -> None:
    gap = SPEECH.copy()
    gap[10] = np.nan
    assert flicker_ratio(gap, SPEECH) == pytest.approx(1.0, abs=0.05)


def test_two_frames_are_too_few_for_flicker() -> None:
    with pytest.raises(ValueError, match="3 frames"):
        flicker_ratio(np.zeros((2, 4)), np.ones((5, 4)))
