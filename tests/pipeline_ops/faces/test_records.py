"""Records are written in blocks, read in part, and equal ones are equal bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline_ops.errors import StageOutputError
from pipeline_ops.faces.records import RECORD, FaceTrack, Fault, TrackReason, open_tracks, write_records
from tests.pipeline_ops.faces.made_faces import face_at

TIMES_S = [0.04 * frame for frame in range(20)]


def some_records(track: int, frames: list[int]) -> np.ndarray:
    records = np.zeros(len(frames), RECORD)
    records["frame"], records["track"] = frames, track
    records["landmarks"] = [face_at(frame, 50 * track) for frame in frames]
    return records


def track(
    number: int, first_record: int, frames: list[int], reasons: tuple[TrackReason, ...] = ()
) -> FaceTrack:
    return FaceTrack(
        number,
        0,
        frames[0],
        frames[-1] + 1,
        first_record,
        len(frames),
        100.0,
        50.0,
        0.0,
        1.0,
        1.0,
        1.0,
        0.3,
        reasons,
    )


def test_a_track_comes_back_with_the_frames_in_which_it_was_lost(tmp_path: Path) -> None:
    first, second = some_records(0, [0, 1, 2]), some_records(1, [4, 5, 8])
    second["faults"][1], second["speaking"][2] = Fault.COVERED | Fault.TURNED, 1
    write_records(tmp_path / "faces.npy", [first, second], 6)
    face = open_tracks(tmp_path / "faces.npy", TIMES_S).face(track(1, 3, [4, 5, 8]))
    np.testing.assert_allclose(face.times_s, TIMES_S[4:9])
    assert np.isnan(face.landmarks[:, 0, 0]).tolist() == [False, False, True, True, False]
    np.testing.assert_array_equal(face.landmarks[4], face_at(8, 50))
    assert face.usable.tolist() == [True, False, False, False, True]
    assert face.speaking.tolist() == [False, False, False, False, True]
    assert face.landmarks.dtype == np.float32
    assert len(face.times_s) == len(face.landmarks) == len(face.usable) == 5


def test_a_part_of_a_track_is_what_the_whole_holds_there(tmp_path: Path) -> None:
    write_records(tmp_path / "faces.npy", [some_records(0, [0, 1, 2]), some_records(1, [4, 5, 8])], 6)
    reader, lost = open_tracks(tmp_path / "faces.npy", TIMES_S), track(1, 3, [4, 5, 8])
    whole, part = reader.face(lost), reader.seen(lost, 1, 5)
    np.testing.assert_array_equal(part.landmarks, whole.landmarks[1:5])
    np.testing.assert_array_equal(part.times_s, whole.times_s[1:5])
    np.testing.assert_array_equal(reader.usable(lost), whole.usable)
    np.testing.assert_array_equal(reader.records(lost, 5, 8), reader.records(lost)[1:2])
    np.testing.assert_array_equal(reader.marks(lost)["frame"], [4, 5, 8])
    np.testing.assert_array_equal(reader.landmarks(lost, np.array([2, 0])), whole.landmarks[[4, 0]])


def test_however_they_are_cut_into_blocks_equal_records_are_equal_bytes(tmp_path: Path) -> None:
    records = some_records(0, list(range(9)))
    write_records(tmp_path / "one.npy", [records], 9)
    write_records(tmp_path / "other.npy", np.array_split(records, 4), 9)
    assert (tmp_path / "one.npy").read_bytes() == (tmp_path / "other.npy").read_bytes()
    np.testing.assert_array_equal(np.load(tmp_path / "one.npy"), records)


def test_a_video_without_faces_has_an_empty_file(tmp_path: Path) -> None:
    write_records(tmp_path / "faces.npy", [], 0)
    assert len(np.load(tmp_path / "faces.npy")) == 0
    open_tracks(tmp_path / "faces.npy", TIMES_S)


def test_records_that_are_missing_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(StageOutputError, match="2 records were written"):
        write_records(tmp_path / "faces.npy", [some_records(0, [0, 1])], 3)


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros(4000, np.int64)], ids=["small", "large"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "faces.npy", array)
    with pytest.raises(StageOutputError, match="other records than faces"):
        open_tracks(tmp_path / "faces.npy", TIMES_S)


def test_what_is_no_array_is_refused(tmp_path: Path) -> None:
    (tmp_path / "faces.npy").write_bytes(b"no array")
    with pytest.raises(StageOutputError, match="no file of faces"):
        open_tracks(tmp_path / "faces.npy", TIMES_S)


def test_lips_are_changed_where_nothing_speaks_against_it() -> None:
    assert track(0, 0, [0, 1]).usable
    assert not track(0, 0, [0, 1], ("too_small",)).usable
