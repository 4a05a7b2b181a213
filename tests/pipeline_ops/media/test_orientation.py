from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline_ops.media.ffmpeg import ffmpeg_path
from pipeline_ops.media.orientation import Orientation, PixelBox, orientation_of
from tests.pipeline_ops.media.clips import make_clip
from tests.pipeline_ops.media.made_frames import TURNS, orientation

CODED = np.arange(3 * 5 * 2).reshape(3, 5, 2)


@pytest.mark.parametrize("turn", TURNS)
def test_what_is_turned_upright_turns_back(turn: str) -> None:
    assert (orientation(turn).coded(orientation(turn).upright(CODED)) == CODED).all()


@pytest.mark.parametrize("turn", TURNS)
def test_nothing_is_copied(turn: str) -> None:
    assert np.shares_memory(orientation(turn).upright(CODED), CODED)


@pytest.mark.parametrize("turn", TURNS)
def test_a_box_of_the_upright_picture_holds_the_same_pixels_in_the_coded_one(turn: str) -> None:
    upright = orientation(turn).upright(CODED)
    box = PixelBox(left_px=1, top_px=0, width_px=2, height_px=3)
    coded = orientation(turn).coded_box(box, (upright.shape[1], upright.shape[0]))
    found = CODED[coded.top_px : coded.bottom_px, coded.left_px : coded.right_px]
    wanted = upright[box.top_px : box.bottom_px, box.left_px : box.right_px]
    assert (orientation(turn).upright(found) == wanted).all()


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_quarter_turn_is_clockwise(degrees: int) -> None:
    assert (orientation_of(None, degrees).upright(CODED) == np.rot90(CODED, -degrees // 90)).all()
    assert orientation_of(None, degrees).rotation_deg == degrees


def test_the_files_own_matrix_is_kept() -> None:
    matrix = (0, 65536, 0, -65536, 0, 0, 1080 << 16, 0, 1 << 30)
    assert orientation_of(np.array(matrix, np.int32).tobytes(), 90).matrix == matrix


def test_a_matrix_that_contradicts_the_first_frame_does_not_count() -> None:
    stray = np.array(orientation("180").matrix, np.int32).tobytes()
    assert orientation_of(stray, 90) == orientation("90")


@pytest.mark.parametrize(
    "flags",
    [
        ("-display_rotation", "90"),
        ("-display_rotation", "180"),
        ("-display_hflip",),
        ("-display_rotation", "90", "-display_hflip"),
        ("-display_vflip",),
    ],
)
def test_a_frame_stands_as_ffmpeg_shows_it(flags: tuple[str, ...], tmp_path: Path) -> None:
    plain = make_clip(
        tmp_path / "plain.mp4",
        *["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=0.2", "-c:v", "libx264", "-pix_fmt", "yuv444p"],
    )
    turned = make_clip(tmp_path / "turned.mp4", *flags, "-i", str(plain), "-c", "copy")
    with av.open(str(turned)) as container:
        picture = next(container.decode(video=0))
        matrix = next(bytes(data) for data in picture.side_data if data.type.name == "DISPLAYMATRIX")
        found = orientation_of(matrix, round(-picture.rotation / 90) * 90 % 360)
        upright = found.upright(picture.to_ndarray(format="yuv444p")[0])
    raw = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv444p", "-")
    command = [ffmpeg_path(), "-v", "error", "-i", str(turned), *raw]
    shown = subprocess.run(command, check=True, capture_output=True)
    wanted = np.frombuffer(shown.stdout, np.uint8)[: upright.size].reshape(upright.shape)
    assert (upright == wanted).all()


def test_an_upright_picture_needs_no_matrix() -> None:
    assert Orientation() == orientation_of(None, 0)
