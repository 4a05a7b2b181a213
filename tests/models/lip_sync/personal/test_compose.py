"""Laying a mouth into another picture."""

from __future__ import annotations

import numpy as np

from models.lip_sync.personal.compose import blend, match_tones, mouth_mask, tones
from models.lip_sync.personal.warp import Window

EYES_PX = 90.0
WINDOW = Window(30, 40, 120, 90)
TURN = np.linspace(0, 2 * np.pi, 20, endpoint=False)
EDGE = np.stack([90 + 48 * np.cos(TURN), 85 + 36 * np.sin(TURN)], axis=1)


def skin(seed: int, light: float = 1.0) -> np.ndarray:
    grain = np.random.default_rng(seed).normal(0.0, 0.02, (90, 120, 3))
    return (light * (0.5 + grain)).astype(np.float32)


def mask() -> np.ndarray:
    return mouth_mask(EDGE, WINDOW, EYES_PX)


def test_the_mask_is_whole_inside_and_nothing_from_its_edge_outwards() -> None:
    found = mask()
    assert found.shape == (90, 120)
    assert found[45, 60] == 1.0
    columns, rows = np.meshgrid(np.arange(120) + 30, np.arange(90) + 40)
    outside = ((columns - 90) / 48) ** 2 + ((rows - 85) / 36) ** 2 > 1.0
    assert (found[outside] == 0.0).all()
    assert np.abs(np.diff(found, axis=1)).max() < 0.2


def test_pixels_outside_of_the_mask_keep_their_bits() -> None:
    own, found = skin(1), mask()
    drawn = blend(skin(2, 0.6), own, found, EYES_PX)
    np.testing.assert_array_equal(drawn[found == 0.0], own[found == 0.0])


def test_where_the_mask_is_whole_the_new_mouth_is_shown_as_it_is() -> None:
    mouth, found = skin(2), mask()
    drawn = blend(mouth, skin(1), found, EYES_PX)
    np.testing.assert_allclose(drawn[found == 1.0], mouth[found == 1.0], atol=1e-6)


def test_skin_is_nowhere_blurred_by_blending() -> None:
    drawn = blend(skin(2), skin(1), mask(), EYES_PX)
    detail = drawn - tones(drawn, 3)
    usual = skin(1) - tones(skin(1), 3)
    columns = np.std(detail, axis=(0, 2)) / np.std(usual, axis=(0, 2))
    assert columns.min() > 0.8


def test_a_mouth_filmed_in_other_light_gets_the_light_of_the_frame_and_stays_dark_inside() -> None:
    own, mouth = skin(1), skin(2, 0.8)
    mouth[40:50, 50:70] = 0.01
    matched = match_tones(mouth, own, mask(), EYES_PX)
    assert abs(matched[20:35, 40:80].mean() - 0.5) < 0.02
    assert matched[43:47, 55:65].mean() < 0.02
