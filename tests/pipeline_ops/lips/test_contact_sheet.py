"""Close-ups to look at."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.faces.points import CHIN_TIP, MOUTH_LEFT, MOUTH_RIGHT, NOSE_TIP, POINT_COUNT
from models.types import FaceFrame
from pipeline_ops.lips.contact_sheet import (
    CELL_PX,
    COLUMNS,
    CloseUp,
    close_up,
    moments_of,
    write_contact_sheet,
)


def face_at(left_px: int, top_px: int) -> FaceFrame:
    """A grey face with a white mouth, in a frame where it lies at (left_px, top_px)."""
    landmarks = np.zeros((POINT_COUNT, 3), np.float32)
    for point, place in {
        NOSE_TIP: (50, 40),
        CHIN_TIP: (50, 80),
        MOUTH_LEFT: (40, 60),
        MOUTH_RIGHT: (60, 60),
    }.items():
        landmarks[point, :2] = place
    pixels = np.full((100, 100, 3), 0.5, np.float32)
    pixels[57:64, 40:61] = 1.0
    corner = np.array([left_px, top_px, 0.0], np.float32)
    return FaceFrame(0, landmarks + corner, pixels, left_px, top_px)


def test_a_close_up_has_the_mouth_in_its_middle_wherever_the_face_is() -> None:
    here, there = face_at(0, 0), face_at(300, 200)
    picture = close_up(here, here.landmarks)
    assert picture.shape == (CELL_PX, CELL_PX, 3)
    assert (picture[CELL_PX // 2, CELL_PX // 2] == 255).all()
    assert (picture[5, 5] == 128).all()
    np.testing.assert_array_equal(picture, close_up(there, there.landmarks))


@given(drawn=st.sets(st.integers(0, 10_000), min_size=1), count=st.integers(1, 20))
def test_moments_are_drawn_frames_from_the_first_to_the_last(drawn: set[int], count: int) -> None:
    moments = moments_of(sorted(drawn), count)
    assert len(moments) == min(count, len(drawn))
    assert set(moments) <= drawn
    assert moments[0] == min(drawn)
    assert count == 1 or moments[-1] == max(drawn)


def test_the_sheet_shows_original_above_rendered(tmp_path: Path) -> None:
    dark, light = (np.full((CELL_PX, CELL_PX, 3), level, np.uint8) for level in (40, 200))
    write_contact_sheet(
        [CloseUp(0.1 * number, dark, light) for number in range(COLUMNS + 1)], tmp_path / "sheet.jpg"
    )
    sheet = cv2.imread(str(tmp_path / "sheet.jpg"))
    height, width = sheet.shape[:2]
    assert width == COLUMNS * CELL_PX
    assert abs(int(sheet[height // 4 - CELL_PX // 2 + 11, 100, 0]) - 40) < 4
    assert abs(int(sheet[height // 2 - CELL_PX // 2, 100, 0]) - 200) < 4
