from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.frame import Frame
from pipeline_ops.media.orientation import PixelBox
from pipeline_ops.media.patches import lift_patch, put_patch
from tests.pipeline_ops.media.made_frames import (
    PLANAR_FORMATS,
    TURNS,
    made_frame,
    planes,
    same_planes,
)

WIDTH, HEIGHT = 37, 29  # odd, so that last samples cover less

frames = st.builds(
    made_frame,
    st.sampled_from(PLANAR_FORMATS),
    st.integers(WIDTH - 1, WIDTH),
    st.integers(HEIGHT - 1, HEIGHT),
    turn=st.sampled_from(sorted(TURNS)),
    matrix=st.sampled_from([1, 6, 9]),
    full_range=st.booleans(),
    seed=st.integers(0, 1000),
)


@st.composite
def boxes(draw: st.DrawFn) -> PixelBox:
    """A box that lies within a frame of either orientation."""
    left, top = draw(st.integers(0, HEIGHT - 2)), draw(st.integers(0, HEIGHT - 2))
    return PixelBox(
        left, top, draw(st.integers(1, HEIGHT - 1 - left)), draw(st.integers(1, HEIGHT - 1 - top))
    )


def everything(box: PixelBox) -> NDArray[np.bool_]:
    return np.ones((box.height_px, box.width_px), np.bool_)


@given(frame=frames, box=boxes())
@settings(deadline=None)
def test_a_patch_put_back_as_it_was_lifted_changes_nothing(frame: Frame, box: PixelBox) -> None:
    assert same_planes(put_patch(frame, box, lift_patch(frame, box), everything(box)), frame)


@given(frame=frames, box=boxes(), seed=st.integers(0, 1000))
@settings(deadline=None)
def test_nothing_changes_outside_the_mask(frame: Frame, box: PixelBox, seed: int) -> None:
    numbers = np.random.default_rng(seed)
    shape = (box.height_px, box.width_px)
    changed = numbers.random(shape) < 0.8
    result = put_patch(frame, box, numbers.random((*shape, 3), np.float32), changed)
    whole = np.zeros(frame.format.upright_size_px[::-1], np.bool_)
    whole[box.top_px : box.bottom_px, box.left_px : box.right_px] = changed
    kept = ~frame.format.orientation.coded(whole)
    planar = frame.format.planar
    before, after = planes(frame), planes(result)
    assert (before[0] == after[0])[kept].all()
    rows, columns = np.nonzero(kept)
    samples = (rows >> planar.chroma_shift_y, columns >> planar.chroma_shift_x)
    for index in (1, 2):
        assert (before[index] == after[index])[samples].all()


@given(frame=frames, colour=st.tuples(*[st.floats(0.1, 0.9)] * 3))
@settings(deadline=None)
def test_a_flat_colour_comes_back_as_that_colour(frame: Frame, colour: tuple[float, float, float]) -> None:
    width_px, height_px = frame.format.upright_size_px
    box = PixelBox(0, 0, width_px, height_px)
    flat = np.full((height_px, width_px, 3), colour, np.float32)
    result = put_patch(frame, box, flat, everything(box))
    wanted = frame.format.colour.to_ycbcr(flat, frame.format.planar.bits)
    for plane, own in zip(planes(result), wanted, strict=True):
        assert np.abs(plane - np.clip(own[0, 0], 0, np.inf)).max() <= 0.51


@given(frame=frames)
@settings(deadline=None, max_examples=30)
def test_a_flat_patch_is_flat_up_to_where_chroma_mixes(frame: Frame) -> None:
    # Of a box that cuts through samples of four pixels, up to three keep their colour; six more mix with it.
    box = PixelBox(2, 2, 24, 24)
    flat = np.full((24, 24, 3), (0.7, 0.5, 0.4), np.float32)
    result = lift_patch(put_patch(frame, box, flat, everything(box)), PixelBox(12, 12, 4, 4))
    found = frame.format.colour.to_ycbcr(result, frame.format.planar.bits)
    wanted = frame.format.colour.to_ycbcr(flat[:4, :4], frame.format.planar.bits)
    assert np.abs(np.array(found) - np.array(wanted)).max() <= 0.51


@given(frame=frames, box=boxes())
@settings(deadline=None, max_examples=30)
def test_a_box_is_lifted_as_the_same_pixels_of_the_whole_frame(frame: Frame, box: PixelBox) -> None:
    whole = lift_patch(frame, PixelBox(0, 0, *frame.format.upright_size_px))
    part = whole[box.top_px : box.bottom_px, box.left_px : box.right_px]
    assert lift_patch(frame, box) == pytest.approx(part, abs=1e-5)


@pytest.mark.parametrize("turn", TURNS)
def test_a_patch_lies_where_the_upright_picture_shows_it(turn: str) -> None:
    frame = made_frame("yuv444p", 20, 12, turn=turn)
    box = PixelBox(2, 3, 4, 5)
    frame = put_patch(frame, PixelBox(0, 0, *frame.format.upright_size_px), *grey(frame, 0.2))
    white = put_patch(frame, box, np.ones((5, 4, 3), np.float32), everything(box))
    bright = white.rgb()[..., 1] > 200
    assert np.argwhere(bright).min(axis=0).tolist() == [3, 2]
    assert np.argwhere(bright).max(axis=0).tolist() == [7, 5]


def grey(frame: Frame, level: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    width_px, height_px = frame.format.upright_size_px
    return (
        np.full((height_px, width_px, 3), level, np.float32),
        np.ones((height_px, width_px), np.bool_),
    )


def test_the_frame_that_was_lifted_from_stays_as_it_was() -> None:
    frame = made_frame("yuv420p", 16, 16)
    before = planes(frame)
    put_patch(frame, PixelBox(0, 0, 16, 16), *grey(frame, 0.5))
    assert all((own == then).all() for own, then in zip(planes(frame), before, strict=True))


def test_two_patches_of_one_frame_both_stay() -> None:
    frame = made_frame("yuv420p", 32, 16)
    left, right = PixelBox(0, 0, 8, 8), PixelBox(16, 0, 8, 8)
    black, white = np.zeros((8, 8, 3), np.float32), np.ones((8, 8, 3), np.float32)
    frame = put_patch(put_patch(frame, left, black, everything(left)), right, white, everything(right))
    luma = planes(frame)[0]
    assert (luma[:8, :8] == 16).all()
    assert (luma[:8, 16:24] == 235).all()


def test_a_colour_beyond_what_numbers_hold_is_cut_off() -> None:
    frame = made_frame("yuv420p", 16, 16)
    box = PixelBox(0, 0, 16, 16)
    assert (planes(put_patch(frame, box, *grey(frame, 9.0)))[0] == 255).all()
    assert (planes(put_patch(frame, box, *grey(frame, -9.0)))[0] == 0).all()


def test_pixels_that_do_not_count_may_be_anything() -> None:
    frame = made_frame("yuv420p", 16, 16)
    box = PixelBox(0, 0, 16, 16)
    pixels, changed = grey(frame, 0.5)
    pixels[:, 8:] = np.nan
    changed[:, 8:] = False
    assert (planes(put_patch(frame, box, pixels, changed))[0][:, 8:] == planes(frame)[0][:, 8:]).all()


def test_a_changed_pixel_that_is_no_number_is_refused() -> None:
    frame = made_frame("yuv420p", 16, 16)
    pixels, changed = grey(frame, 0.5)
    pixels[3, 3] = np.nan
    with pytest.raises(StageOutputError, match="frame 0 is not a number"):
        put_patch(frame, PixelBox(0, 0, 16, 16), pixels, changed)


@pytest.mark.parametrize("box", [PixelBox(-1, 0, 4, 4), PixelBox(13, 0, 4, 4), PixelBox(0, 0, 0, 4)])
def test_a_box_outside_the_frame_is_refused(box: PixelBox) -> None:
    with pytest.raises(ValueError, match="not within a frame of 16x16"):
        lift_patch(made_frame("yuv420p", 16, 16), box)


def test_a_patch_of_another_size_than_its_box_is_refused() -> None:
    frame = made_frame("yuv420p", 16, 16)
    with pytest.raises(ValueError, match="does not fit"):
        put_patch(frame, PixelBox(0, 0, 8, 8), *grey(frame, 0.5))
