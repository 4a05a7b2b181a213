"""The face mesh on the demo clip's face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.base import FaceLandmarker
from models.errors import FaultError
from models.face_landmarks.boxes import box_around, overlap, rotation
from models.face_landmarks.mediapipe_mesh import MediaPipeFaceMesh, views_of
from models.faces.points import (
    CHIN_TIP,
    LEFT_EYE_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_TIP,
    POINT_COUNT,
    RIGHT_EYE_OUTER,
)
from models.types import FaceBox
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from tests.models.embedded import CLIP, engine

SIDE_PX = 512
FACE = FaceBox(247, 203, 176, 1.0)
"""Where the face of the demo clip is: seen by eye."""

CLOSE_PX = 1.6
"""Three hundredths of the distance of the clip's eyes: a hair more than the network's own tremble."""


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    raw = run_ffmpeg(
        [*own_input(CLIP), "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"],
        task="decode a frame of the demo clip",
        timeout_s=60,
    ).output
    return np.frombuffer(raw, np.uint8).reshape(SIDE_PX, SIDE_PX, 3)


@pytest.fixture(scope="module")
def mesh() -> FaceLandmarker:
    found: FaceLandmarker = engine("face_landmarks")
    return found


def mean_distance_px(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one[:, :2] - other[:, :2], axis=1).mean())


@pytest.mark.models
def test_the_one_face_is_found_once_and_its_points_are_in_order(
    picture: np.ndarray, mesh: FaceLandmarker
) -> None:
    (face,) = mesh.detect_faces(picture)
    assert overlap(face, FACE) > 0.7
    points, score = mesh.locate_landmarks(picture, face)
    assert points.shape == (POINT_COUNT, 3)
    assert points.dtype == np.float32
    assert score > 0.99
    assert points[LEFT_EYE_OUTER, 0] < points[NOSE_TIP, 0] < points[RIGHT_EYE_OUTER, 0]
    assert points[MOUTH_LEFT, 0] < points[MOUTH_RIGHT, 0]
    assert points[NOSE_TIP, 1] < points[MOUTH_LEFT, 1] < points[CHIN_TIP, 1]
    assert points[NOSE_TIP, 2] < points[LEFT_EYE_OUTER, 2], "the nose is nearer than the eyes"


@pytest.mark.models
def test_a_second_look_from_the_points_themselves_finds_the_same_points(
    picture: np.ndarray, mesh: FaceLandmarker
) -> None:
    first, score = mesh.locate_landmarks(picture, box_around(*mesh.locate_landmarks(picture, FACE)))
    again, _ = mesh.locate_landmarks(picture, box_around(first, score))
    assert mean_distance_px(first, again) < CLOSE_PX


@pytest.mark.models
@pytest.mark.parametrize("lean_deg", [-60, 25, 75])
def test_a_leaning_face_is_found_with_its_lean_and_the_same_points(
    picture: np.ndarray, mesh: FaceLandmarker, lean_deg: float
) -> None:
    import cv2

    middle = np.array([FACE.centre_x_px, FACE.centre_y_px])
    turn = rotation(lean_deg)
    leaning = cv2.warpAffine(picture, np.column_stack([turn, middle - turn @ middle]), (SIDE_PX, SIDE_PX))
    face = mesh.detect_faces(leaning)[0]
    assert face.roll_deg == pytest.approx(lean_deg, abs=20)
    found, score = mesh.locate_landmarks(leaning, face)
    found, _ = mesh.locate_landmarks(leaning, box_around(found, score))
    upright, score = mesh.locate_landmarks(picture, FACE)
    upright, _ = mesh.locate_landmarks(picture, box_around(upright, score))
    turned = (upright[:, :2] - middle) @ turn.T + middle
    assert mean_distance_px(found, turned) < CLOSE_PX


@pytest.mark.models
def test_a_face_of_60_pixels_in_a_phone_video_is_found(picture: np.ndarray, mesh: FaceLandmarker) -> None:
    import cv2

    small = cv2.resize(
        picture, None, fx=60 / FACE.size_px, fy=60 / FACE.size_px, interpolation=cv2.INTER_AREA
    )
    phone = np.full((1920, 1080, 3), 120, np.uint8)
    phone[1500 : 1500 + len(small), 700 : 700 + len(small)] = small
    (face,) = mesh.detect_faces(phone)
    scale = len(small) / SIDE_PX
    wanted = FaceBox(700 + scale * FACE.centre_x_px, 1500 + scale * FACE.centre_y_px, 60, 1.0)
    assert overlap(face, wanted) > 0.5
    assert mesh.locate_landmarks(phone, face)[1] > 0.99


@pytest.mark.models
def test_where_no_face_is_none_is_found_and_the_mesh_says_so(mesh: FaceLandmarker) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    assert mesh.detect_faces(noise) == ()
    assert mesh.locate_landmarks(noise, FaceBox(600, 300, 200, 1.0))[1] < 0.5


@pytest.mark.parametrize(
    ("width_px", "height_px"), [(1080, 1920), (1920, 1080), (640, 480), (512, 500), (3000, 90)]
)
def test_tiles_cover_the_picture_and_overlap(width_px: int, height_px: int) -> None:
    whole, *tiles = views_of(width_px, height_px)
    assert (whole.width, whole.height) == (width_px, height_px)
    short_px = min(width_px, height_px)
    firsts = [tile.left + tile.top for tile in tiles]
    if tiles:
        assert all((tile.width, tile.height) == (short_px, short_px) for tile in tiles)
        assert (firsts[0], firsts[-1]) == (0, max(width_px, height_px) - short_px)
        assert max(np.diff(firsts)) <= 0.9 * short_px + 1
    else:
        assert max(width_px, height_px) <= 1.1 * short_px


def test_an_option_that_it_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="speed"):
        MediaPipeFaceMesh.load({"face_landmark.tflite": tmp_path}, {"speed": 2})
