"""The working file gives back what was written, a face at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline_ops.errors import StageOutputError
from pipeline_ops.faces.sightings import BLOCK_RECORDS, SightingFile
from tests.pipeline_ops.faces.made_faces import face_at


def filled(path: Path, frames: dict[int, list[int]]) -> SightingFile:
    """A file of faces, each seen in certain frames, its place telling which."""
    sightings = SightingFile(path, 4)
    for frame, face in sorted((frame, face) for face, seen in frames.items() for frame in seen):
        sightings.write(
            frame=frame,
            face=face,
            presence=0.5,
            landmarks=face_at(frame, face),
            colours=np.full((4, 3), face, np.uint8),
        )
    sightings.finish()
    return sightings


def test_each_face_comes_back_whole_in_bounded_blocks_among_others(tmp_path: Path) -> None:
    frames = {0: list(range(1000)), 3: list(range(200, 700, 2))}
    with filled(tmp_path / "seen", frames) as sightings:
        assert sightings.faces == (0, 3)
        for face, seen in frames.items():
            blocks = list(sightings.blocks(face, 0, 1000))
            assert all(len(block) <= BLOCK_RECORDS for block in blocks)
            records = np.concatenate(blocks)
            assert records["frame"].tolist() == sightings.frames(face).tolist() == seen
            np.testing.assert_array_equal(records["landmarks"][7], face_at(seen[7], face))
            assert (records["colours"] == face).all()


def test_a_range_of_frames_is_read_without_the_rest(tmp_path: Path) -> None:
    with filled(tmp_path / "seen", {0: [1, 2, 5, 6, 9]}) as sightings:
        (block,) = sightings.blocks(0, 2, 6)
        assert block["frame"].tolist() == [2, 5]
        assert list(sightings.blocks(0, 7, 9)) == []


def test_a_spread_is_even_and_never_larger_than_asked(tmp_path: Path) -> None:
    with filled(tmp_path / "seen", {0: list(range(100))}) as sightings:
        assert len(sightings.spread(0, 0, 100, 30)) == 25
        some = sightings.spread(0, 10, 14, 30)
        np.testing.assert_array_equal(some, np.stack([face_at(frame, 0) for frame in range(10, 14)]))


def test_the_file_is_gone_in_the_end(tmp_path: Path) -> None:
    with filled(tmp_path / "seen", {0: [0]}):
        assert (tmp_path / "seen").exists()
    assert not (tmp_path / "seen").exists()


def test_a_file_that_was_cut_short_is_no_silent_loss(tmp_path: Path) -> None:
    with filled(tmp_path / "seen", {0: [0, 1]}) as sightings:
        with (tmp_path / "seen").open("r+b") as file:
            file.truncate(6000)
        with pytest.raises(StageOutputError, match="disk full"):
            list(sightings.blocks(0, 0, 2))
