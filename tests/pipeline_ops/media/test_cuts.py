"""Cuts are found; pans, flashes, light and titles are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.media.cuts import AROUND, UNLIKE, change_between, edges_of, mark_cuts, unlike_around

WIDTH_PX, HEIGHT_PX = 256, 144


def scene(seed: int, *, width_px: int = 3 * WIDTH_PX) -> np.ndarray:
    """A landscape of soft shapes, three pictures wide, unlike any other seed's."""
    shapes = np.random.default_rng(seed).integers(30, 200, (9, width_px // 16, 3), dtype=np.uint8)
    return cv2.resize(shapes, (width_px, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)


def shot(seed: int, frames: int, *, first_px: int = 0, speed_px: int = 0) -> list[np.ndarray]:
    """A camera looking at a scene, still or moving sideways, with the grain of a sensor."""
    grain = np.random.default_rng(1000 + seed)
    view = scene(seed)
    pictures = []
    for frame in range(frames):
        left = first_px + speed_px * frame
        picture = view[:, left : left + WIDTH_PX].astype(float) + grain.normal(0, 4, (HEIGHT_PX, WIDTH_PX, 3))
        pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
    return pictures


def cuts(frames: list[np.ndarray]) -> list[int]:
    marked = list(mark_cuts(frames, lambda frame: frame))
    assert [frame for frame, _ in marked] == frames
    assert not marked or marked[0][1]
    return [index for index, (_, begins) in enumerate(marked) if begins][1:]


def titled(frame: np.ndarray) -> np.ndarray:
    return cv2.putText(frame.copy(), "SUBSCRIBE", (10, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (255,) * 3, 4)


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_begins_a_shot_at_its_very_frame(seed: int) -> None:
    assert cuts(shot(2 * seed, 12) + shot(2 * seed + 1, 12, speed_px=4)) == [12]


def test_cuts_in_quick_succession_are_all_found() -> None:
    assert cuts(shot(0, 10) + shot(1, AROUND + 1) + shot(2, AROUND + 1) + shot(3, 10)) == [10, 14, 18]


@pytest.mark.parametrize("white_frames", [1, 2])
def test_white_frames_between_two_shots_are_one_cut(white_frames: int) -> None:
    white = [np.full((HEIGHT_PX, WIDTH_PX, 3), 255, np.uint8)] * white_frames
    found = cuts(shot(0, 10) + white + shot(1, 10))
    assert len(found) == 1
    assert 10 <= found[0] <= 10 + white_frames


@pytest.mark.parametrize("speed_px", [1, 5, 12, 25])
def test_a_panning_camera_cuts_nothing(speed_px: int) -> None:
    assert cuts(shot(0, 20, speed_px=speed_px)) == []


def test_a_camera_that_is_swung_around_cuts_nothing() -> None:
    assert cuts(shot(0, 8) + shot(0, 8, speed_px=60) + shot(0, 8, first_px=420)) == []


@pytest.mark.parametrize("frames_lit", [1, 2])
def test_a_flash_cuts_nothing(frames_lit: int) -> None:
    frames = shot(0, 20)
    for index in range(10, 10 + frames_lit):
        frames[index] = np.clip(frames[index].astype(int) * 3 + 80, 0, 255).astype(np.uint8)
    assert cuts(frames) == []


@pytest.mark.parametrize("gain", [0.3, 1.3])
def test_a_light_that_goes_on_or_off_cuts_nothing(gain: float) -> None:
    frames = shot(0, 10) + [np.clip(frame * gain, 0, 255).astype(np.uint8) for frame in shot(0, 10)]
    assert cuts(frames) == []


def test_a_title_that_appears_cuts_nothing() -> None:
    assert cuts(shot(0, 10) + [titled(frame) for frame in shot(0, 10)]) == []


def test_grain_in_the_dark_cuts_nothing() -> None:
    grain = np.random.default_rng(0)
    assert cuts([grain.integers(0, 24, (HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8) for _ in range(12)]) == []


def test_a_picture_after_black_begins_a_shot() -> None:
    assert cuts([np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)] * 8 + shot(0, 8)) == [8]


def test_a_video_without_frames_has_no_shots() -> None:
    assert cuts([]) == []


@settings(deadline=None, max_examples=25)
@given(seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)), width_px=st.integers(64, 400))
def test_change_is_between_nothing_and_everything_whichever_way_and_nothing_to_itself(
    seeds: tuple[int, int], width_px: int
) -> None:
    one, other = (edges_of(scene(seed, width_px=width_px)) for seed in seeds)
    assert 0.0 <= change_between(one, other) <= 1.0
    assert change_between(one, other) == pytest.approx(change_between(other, one), abs=0.02)
    assert change_between(one, one) < 1e-6


@given(st.lists(st.floats(0, 1), min_size=2 * AROUND + 1, max_size=2 * AROUND + 1))
def test_turmoil_is_short_and_peaks_in_the_middle(changes: list[float]) -> None:
    turmoil = unlike_around(changes)
    if turmoil is not None:
        first, last = turmoil
        assert first <= AROUND <= last
        assert changes[AROUND] == max(changes)
        assert changes[first] >= UNLIKE
        assert sum(change >= UNLIKE for change in changes) <= AROUND
