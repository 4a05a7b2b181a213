"""Covered, blurred, turned and cut-off mouths are told from those that are seen well."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.faces.points import OUTER_LIPS
from pipeline_ops.quality.face_visibility import (
    COVERING_S,
    LARGEST_UNLIKENESS,
    SAMPLED,
    judge_visibility,
    look_of,
    mouth_inside,
    mouth_unlikeness,
)
from tests.pipeline_ops.faces.made_faces import face_at

FRAMES = 50
TIMES_S = 0.04 * np.arange(FRAMES)
SKIN, LIPS, BLACK = (190, 140, 120), (170, 90, 95), (25, 25, 28)


def talking(seed: int = 0) -> np.ndarray:
    """Colours of a face that speaks: each point keeps its own, and moves about it by a twentieth."""
    chance = np.random.default_rng(seed)
    colours = np.empty((FRAMES, len(SAMPLED), 3))
    colours[:, : len(OUTER_LIPS)], colours[:, len(OUTER_LIPS) :] = LIPS, SKIN
    colours *= chance.normal(1.0, 0.1, (1, len(SAMPLED), 1))
    return np.clip(colours * chance.normal(1.0, 0.05, colours.shape), 0, 255).astype(np.uint8)


def judged(**changed: np.ndarray):
    straight = {"sharpness_db": np.zeros(FRAMES), "yaw_deg": np.zeros(FRAMES), "pitch_deg": np.zeros(FRAMES)}
    return judge_visibility(TIMES_S, **{"colours": talking(), **straight, **changed})


def test_a_face_that_talks_has_nothing_wrong() -> None:
    sight = judged()
    assert not (sight.covered | sight.blurred | sight.turned | sight.tilted).any()


@pytest.mark.parametrize("covered_points", [len(OUTER_LIPS), len(OUTER_LIPS) // 2], ids=["all", "half"])
def test_a_mouth_behind_a_microphone_is_covered_and_so_are_the_frames_beside_it(covered_points: int) -> None:
    colours = talking()
    colours[20:30, :covered_points] = BLACK
    covered = judged(colours=colours).covered
    beside = round(COVERING_S / 0.04)
    assert np.flatnonzero(covered).tolist() == list(range(20 - beside, 30 + beside))


@settings(max_examples=30)
@given(gain=st.floats(0.5, 1.3), seed=st.integers(0, 99))
def test_light_that_changes_covers_nothing(gain: float, seed: int) -> None:
    colours = talking(seed)
    colours[25:] = np.clip(colours[25:] * gain, 0, 255)
    assert mouth_unlikeness(colours).max() < LARGEST_UNLIKENESS


def test_what_covers_a_mouth_most_of_the_time_is_how_that_face_looks() -> None:
    colours = talking()
    colours[5:, : len(OUTER_LIPS)] = BLACK
    covered = judged(colours=colours).covered
    assert covered[:5].all()
    assert not covered[10:].any()


def test_a_frame_that_is_much_softer_than_the_others_is_blurred() -> None:
    sharpness_db = np.full(FRAMES, -20.0)
    sharpness_db[7] -= 5.0
    assert np.flatnonzero(judged(sharpness_db=sharpness_db).blurred).tolist() == [7]


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_profile_and_a_head_thrown_back_are_beyond_reach(sign: int) -> None:
    angles = sign * np.linspace(0, 60, FRAMES)
    turned, tilted = judged(yaw_deg=angles).turned, judged(pitch_deg=angles).tilted
    assert (turned == (np.abs(angles) > 40)).all()
    assert (tilted == (np.abs(angles) > 30)).all()


def test_a_mouth_that_the_edge_of_the_picture_cuts_is_outside() -> None:
    faces = np.stack([face_at(200, 200), face_at(10, 200), face_at(200, 395), face_at(-500, 200)])
    assert mouth_inside(faces, 400, 400).tolist() == [True, False, False, False]


@pytest.mark.parametrize("size_px", [60.0, 400.0])
def test_colours_are_those_under_the_points(size_px: float) -> None:
    image = np.zeros((600, 600, 3), np.uint8)
    image[:, :300], image[:, 300:] = SKIN, LIPS
    face = face_at(300, 300, size_px=size_px)
    colours = look_of(image, face).colours.astype(int)
    away = np.abs(face[list(SAMPLED), 0] - 300) > 0.06 * size_px
    right = face[list(SAMPLED), 0] > 300
    assert colours.shape == (len(SAMPLED), 3)
    np.testing.assert_allclose(colours[away & right], np.broadcast_to(LIPS, (sum(away & right), 3)), atol=2)
    np.testing.assert_allclose(colours[away & ~right], np.broadcast_to(SKIN, (sum(away & ~right), 3)), atol=2)


@pytest.mark.parametrize("size_px", [80.0, 300.0])
def test_a_smeared_face_is_less_sharp_and_a_darker_one_is_not(size_px: float) -> None:
    texture = np.random.default_rng(0).integers(60, 200, (150, 150, 3), dtype=np.uint8)
    image = cv2.resize(texture, (600, 600), interpolation=cv2.INTER_CUBIC)
    face = face_at(300, 300, size_px=size_px)
    width = round(size_px / 12)
    smeared = cv2.blur(image, (width, width))
    sharp_db = look_of(image, face).sharpness_db
    assert look_of(smeared, face).sharpness_db < sharp_db - 3.0
    assert look_of((image * 0.6).astype(np.uint8), face).sharpness_db == pytest.approx(sharp_db, abs=0.5)
