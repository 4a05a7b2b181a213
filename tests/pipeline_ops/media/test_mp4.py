from __future__ import annotations

from pathlib import Path

from pipeline_ops.media.mp4 import clear_dates, top_level_boxes
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip

WRITTEN = ("-metadata", "creation_time=2026-01-01T00:00:00Z")


def test_dates_of_writing_are_cleared_and_nothing_else_changes(tmp_path: Path) -> None:
    plain = make_clip(
        tmp_path / "plain.mp4", *PICTURE, *SOUND, *H264_AAC, "-fflags", "+bitexact", "-t", "0.2"
    )
    dated = make_clip(
        tmp_path / "dated.mp4", "-i", str(plain), "-c", "copy", "-fflags", "+bitexact", *WRITTEN
    )
    undated = make_clip(tmp_path / "undated.mp4", "-i", str(plain), "-c", "copy", "-fflags", "+bitexact")
    assert dated.read_bytes() != undated.read_bytes()
    clear_dates(dated)
    assert dated.read_bytes() == undated.read_bytes()


def test_boxes_cover_the_file(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *PICTURE, *SOUND, *H264_AAC, "-t", "0.2")
    boxes = top_level_boxes(clip)
    assert {box.kind for box in boxes} >= {b"ftyp", b"moov", b"mdat"}
    assert boxes[0].first_byte == 0
    assert boxes[-1].first_byte + boxes[-1].size_bytes == clip.stat().st_size


def test_a_file_that_is_cut_off_or_no_mp4_ends_the_reading(tmp_path: Path) -> None:
    for content in (b"", b"\0\0\0", b"\0\0\0\4moov" + bytes(20), b"\xff" * 40):
        path = tmp_path / "odd"
        path.write_bytes(content)
        assert len(top_level_boxes(path)) <= 1
