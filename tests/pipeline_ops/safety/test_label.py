from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.media.frame import Frame
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.safety.label import PQ, Place, VisibleLabel, _cover, label_box, put_label
from pipeline_ops.safety.label_texts import LABEL_TEXTS
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip, measured

BT709 = 1
PLACES: tuple[Place, ...] = ("top_left", "top_right", "bottom_left", "bottom_right")


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Frame:
    clip = make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    media = measured(clip)
    return next(read_frames(clip, media, read_frame_times(clip, media), first=0, last=1))


def changed(frame: Frame, labelled: Frame) -> np.ndarray:
    return np.abs(labelled.rgb().astype(int) - frame.rgb().astype(int)).max(axis=2) > 6


@pytest.mark.parametrize("place", PLACES)
def test_the_label_stands_in_its_corner_and_the_rest_stays(frame: Frame, place: Place) -> None:
    rows, columns = np.nonzero(changed(frame, put_label(frame, VisibleLabel("pt", place), BT709)))
    width_px, height_px = frame.format.upright_size_px
    assert (rows.max() < height_px / 4) == place.startswith("top")
    assert (rows.min() > height_px * 3 / 4) == place.startswith("bottom")
    assert columns.min() > 0
    assert columns.max() < width_px - 1
    assert (columns.min() < width_px / 10) == place.endswith("left")


def test_white_text_stands_on_a_dark_ground(frame: Frame) -> None:
    size = frame.format.upright_size_px
    cover = _cover("hi", *size)
    box = label_box(size, (cover.shape[1], cover.shape[0]), "top_left")
    drawn = put_label(frame, VisibleLabel("hi"), BT709).rgb()
    label = drawn[box.top_px : box.bottom_px, box.left_px : box.right_px].mean(axis=2)
    assert label[cover > 0.95].mean() > 200
    assert label[cover == 0].max() < 140


def test_it_goes_when_it_should(frame: Frame) -> None:
    label = VisibleLabel("pt", until_s=2.0)
    assert put_label(replace(frame, time_s=2.0), label, BT709).picture is frame.picture
    assert put_label(replace(frame, time_s=1.9), label, BT709).picture is not frame.picture


def test_in_hdr_the_text_is_as_bright_as_paper_and_no_brighter(frame: Frame) -> None:
    plain, dimmed = (put_label(frame, VisibleLabel("en"), transfer).rgb().max() for transfer in (BT709, PQ))
    assert plain > 230
    where = changed(frame, put_label(frame, VisibleLabel("en"), PQ))
    assert put_label(frame, VisibleLabel("en"), PQ).rgb()[where].max() < 180
    assert dimmed <= plain


@pytest.mark.parametrize("language", sorted(LABEL_TEXTS))
def test_every_language_has_a_text_of_its_own_that_was_drawn(language: str) -> None:
    cover = _cover(language, 1920, 1080)
    assert cover.max() > 0.9
    assert cover.shape[0] == 54
    others = [other for other in LABEL_TEXTS if other != language]
    assert not any(
        _cover(other, 1920, 1080).shape == cover.shape and np.array_equal(_cover(other, 1920, 1080), cover)
        for other in others
    )


def test_a_language_without_a_text_gets_english() -> None:
    assert np.array_equal(_cover("la", 640, 360), _cover("en", 640, 360))


@given(
    width_px=st.integers(32, 4096),
    height_px=st.integers(32, 4096),
    language=st.sampled_from(["hi", "sw", "zh"]),
    place=st.sampled_from(PLACES),
)
def test_it_fits_any_picture(width_px: int, height_px: int, language: str, place: Place) -> None:
    cover = _cover.__wrapped__(language, width_px, height_px)
    box = label_box((width_px, height_px), (cover.shape[1], cover.shape[0]), place)
    assert box.left_px >= 0
    assert box.top_px >= 0
    assert box.right_px <= width_px
    assert box.bottom_px <= height_px
    assert box.width_px % 2 == box.height_px % 2 == 0


def test_the_drawn_texts_come_with_the_package() -> None:
    with np.load(Path(__file__).parents[3] / "pipeline_ops" / "safety" / "data" / "labels.npz") as drawn:
        assert set(drawn.files) == set(LABEL_TEXTS)
