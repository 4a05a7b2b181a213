"""How a face is cut out for Wav2Lip, and how its new mouth gets back into the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.faces.points import LIPS, MOUTH
from models.lip_sync.wav2lip_picture import (
    FEATHER,
    FaceCut,
    blend_mouth,
    cut_face,
    face_boxes,
    match_tone,
)
from models.types import FaceFrame
from tests.models.lip_sync.wav2lip_support import (
    FACE_CENTRE,
    FACE_RADII,
    MOUTH_CENTRE,
    draw_face,
    draw_picture,
    frame_of,
)

TIMES_S = np.arange(20) / 25


def cut_of(frame: FaceFrame) -> FaceCut:
    cut = cut_face(frame, face_boxes(frame.landmarks[None], np.zeros(1))[0])
    assert cut is not None
    return cut


def test_a_box_reaches_from_the_forehead_to_below_the_chin() -> None:
    left, top, right, bottom = face_boxes(draw_face()[None], np.zeros(1))[0]
    assert (left, right) == pytest.approx((FACE_CENTRE[0] - FACE_RADII[0], FACE_CENTRE[0] + FACE_RADII[0]))
    assert top == pytest.approx(FACE_CENTRE[1] - FACE_RADII[1])
    assert FACE_CENTRE[1] + FACE_RADII[1] < bottom < FACE_CENTRE[1] + 1.1 * FACE_RADII[1]


def test_the_mouth_lies_in_the_half_that_the_generator_draws() -> None:
    _, top, _, bottom = face_boxes(draw_face()[None], np.zeros(1))[0]
    assert (draw_face()[list(LIPS), 1] > (top + bottom) / 2).all()


def test_boxes_tremble_less_than_the_landmarks() -> None:
    chance = np.random.default_rng(0)
    faces = np.stack([draw_face((chance.normal(0, 2), chance.normal(0, 2))) for _ in TIMES_S])
    raw = np.concatenate([face_boxes(face[None], np.zeros(1)) for face in faces])
    smooth = face_boxes(faces, TIMES_S)
    assert np.diff(smooth, axis=0).std() < 0.5 * np.diff(raw, axis=0).std()


def test_a_box_is_the_mean_of_the_frames_within_a_tenth_of_a_second() -> None:
    times_s = np.array([0.0, 0.02, 0.11, 0.19, 0.5])
    faces = np.stack([draw_face((shift, 0.0)) for shift in (0.0, 1.0, 2.0, 3.0, 9.0)])
    raw = np.concatenate([face_boxes(face[None], np.zeros(1)) for face in faces])
    smooth = face_boxes(faces, times_s)
    neighbours = ([0, 1], [0, 1, 2], [1, 2, 3], [2, 3], [4])
    for box, around in zip(smooth, neighbours, strict=True):
        np.testing.assert_allclose(box, raw[around].mean(axis=0))


def test_a_cut_to_another_shot_is_not_smoothed_over() -> None:
    faces = np.stack([draw_face() if index < 10 else draw_face((80.0, 20.0)) for index in range(20)])
    boxes = face_boxes(faces, TIMES_S)
    np.testing.assert_allclose(boxes[:10], np.repeat(boxes[:1], 10, axis=0))
    np.testing.assert_allclose(boxes[10:], np.repeat(boxes[-1:], 10, axis=0))


def test_frames_without_a_face_have_no_box_and_leave_their_neighbours_alone() -> None:
    faces = np.repeat(draw_face()[None], 20, axis=0)
    faces[5:8] = np.nan
    boxes = face_boxes(faces, TIMES_S)
    assert np.isnan(boxes[5:8]).all()
    np.testing.assert_allclose(np.delete(boxes, [5, 6, 7], axis=0), np.repeat(boxes[:1], 17, axis=0))


@given(left_px=st.integers(0, 60), top_px=st.integers(0, 60))
def test_where_the_frames_part_begins_changes_only_what_is_cut_off(left_px: int, top_px: int) -> None:
    whole, part = cut_of(frame_of(0, draw_face())), cut_of(frame_of(0, draw_face(), left_px, top_px))
    np.testing.assert_array_equal(part.box, whole.box)
    np.testing.assert_allclose(part.face[48:, 48:], whole.face[48:, 48:], atol=1e-6)


def test_a_face_that_is_not_in_the_picture_is_not_cut_out() -> None:
    frame = frame_of(0, draw_face((-500.0, 0.0)))
    assert cut_face(frame, face_boxes(frame.landmarks[None], np.zeros(1))[0]) is None


@pytest.mark.parametrize("shift_px", [(-70.0, 0.0), (90.0, 0.0), (0.0, 40.0), (0.0, -150.0)])
def test_a_face_at_the_pictures_edge_changes_inside_the_picture(shift_px: tuple[float, float]) -> None:
    frame = frame_of(0, draw_face(shift_px))
    blended = blend_mouth(frame, cut_of(frame), np.zeros((96, 96, 3), np.float32), 1.0)
    assert blended is not None
    pixels, changed = blended
    assert pixels.shape == frame.pixels.shape
    assert changed.shape == frame.pixels.shape[:2]
    assert changed.any()


def test_a_mouth_outside_the_picture_changes_nothing() -> None:
    frame = frame_of(0, draw_face((0.0, 150.0)))
    assert blend_mouth(frame, cut_of(frame), np.zeros((96, 96, 3), np.float32), 1.0) is None


def test_only_the_mouth_and_chin_with_a_soft_edge_change() -> None:
    frame = frame_of(0, draw_face())
    cut = cut_of(frame)
    blended = blend_mouth(frame, cut, np.zeros((96, 96, 3), np.float32), 1.0)
    assert blended is not None
    pixels, changed = blended
    feather_px = FEATHER * (cut.box[3] - cut.box[1])
    rows, columns = np.nonzero(changed)
    mouth = frame.landmarks[list(MOUTH), :2]
    assert rows.min() >= mouth[:, 1].min() - feather_px - 1
    assert rows.max() <= mouth[:, 1].max() + feather_px + 1
    assert columns.min() >= mouth[:, 0].min() - feather_px - 1
    assert columns.max() <= mouth[:, 0].max() + feather_px + 1
    np.testing.assert_array_equal(pixels[~changed], frame.pixels[~changed])
    lips = np.round(frame.landmarks[list(LIPS), :2]).astype(int)
    assert (pixels[lips[:, 1], lips[:, 0]] == 0.0).all()
    # No step between neighbours is a visible seam: black on skin falls over the feather.
    assert np.abs(np.diff(pixels[:, round(MOUTH_CENTRE[0])].mean(axis=1))).max() < 0.25


def test_strength_goes_from_the_old_mouth_to_the_new_one() -> None:
    frame = frame_of(0, draw_face())
    generated = np.random.default_rng(0).uniform(0, 1, (96, 96, 3)).astype(np.float32)
    full, half = (blend_mouth(frame, cut_of(frame), generated, strength) for strength in (1.0, 0.5))
    assert full is not None
    assert half is not None
    np.testing.assert_allclose(half[0], (frame.pixels + full[0]) / 2, atol=1e-6)


def test_a_generator_that_changes_nothing_changes_nearly_nothing_in_the_picture() -> None:
    frame = frame_of(0, draw_face())
    cut = cut_of(frame)
    blended = blend_mouth(frame, cut, match_tone(cut.face, cut, frame.landmarks), 1.0)
    assert blended is not None
    pixels, changed = blended
    # What 96 pixels cannot hold is the grain, of 0.01.
    assert np.sqrt(np.mean((pixels - frame.pixels)[changed] ** 2)) < 0.012


def test_another_light_and_skin_tone_are_taken_back() -> None:
    frame = frame_of(0, draw_face())
    cut = cut_of(frame)
    rows = np.linspace(-0.05, 0.1, 96)[:, None, None]
    tinted = np.clip(cut.face + rows * [1.0, 0.4, -0.6], 0, 1).astype(np.float32)
    matched = match_tone(tinted, cut, frame.landmarks)
    inside = np.s_[50:90, 30:66]
    assert np.abs(matched - cut.face)[inside].max() < 0.03
    assert np.abs(tinted - cut.face)[inside].max() > 0.08


def test_a_new_mouth_keeps_its_own_colours_through_the_matching_of_tone() -> None:
    frame = frame_of(0, draw_face())
    cut = cut_of(frame)
    opened = cut.face.copy()
    opened[72:80, 36:60] = [0.2, 0.02, 0.02]
    matched = match_tone(opened, cut, frame.landmarks)
    np.testing.assert_allclose(matched[72:80, 36:60], opened[72:80, 36:60], atol=0.02)


def test_pictures_are_not_written_to() -> None:
    frame = frame_of(0, draw_face())
    blend_mouth(frame, cut_of(frame), np.zeros((96, 96, 3), np.float32), 1.0)
    np.testing.assert_array_equal(frame.pixels, draw_picture(0))
