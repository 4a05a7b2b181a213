"""The faces of a video as they are stored: shots, tracks, and a file of one record a face and frame.

The file is NumPy's own format, version 1 (`numpy.lib.format`), with all records of a track together, so that
a part of it is read without the rest. Equal records are equal bytes.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from models.faces.points import POINT_COUNT
from models.types import SeenFace
from pipeline_ops.errors import StageOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

TrackReason = Literal["too_small", "too_short", "seldom_seen_well", "does_not_speak"]
"""Why a track's lips are left alone."""


class Fault(enum.IntFlag):
    """What keeps a mouth of one frame from being changed, as bits."""

    COVERED = 1
    BLURRED = 2
    TURNED = 4
    TILTED = 8
    OUTSIDE = 16


RECORD = np.dtype(
    [
        ("frame", "<i4"),
        ("track", "<i4"),
        ("landmarks", "<f4", (POINT_COUNT, 3)),  # pixels of the upright frame: x right, y down, z away
        ("presence", "<f4"),  # how sure it is that it is a face, 0 to 1
        ("yaw_deg", "<f4"),  # against the camera
        ("pitch_deg", "<f4"),
        ("sharpness_db", "<f4"),
        (
            "mouth_unlikeness",
            "<f4",
        ),  # lips' colours against their usual ones; beyond 1.15 it counts as covered
        ("faults", "<u4"),  # `Fault`; 0 is usable
        ("speaking", "<u4"),  # 1 where this face is heard
    ]
)


MARKS = np.dtype([(name, RECORD[name]) for name in RECORD.names or () if name != "landmarks"])
"""A record without its landmarks, which are all but 36 bytes of it."""

BLOCK_RECORDS = 256
"""Read at a time: a megabyte and a half."""


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames between two cuts: from `first_frame` on, before `end_frame`."""

    first_frame: int
    end_frame: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face throughout one shot.

    Attributes:
        id: Its number, rising with its first frame.
        shot: Position of its shot among the shots.
        first_frame: The first frame in which it is seen.
        end_frame: The frame after the last one in which it is seen.
        first_record: Where its records begin in the file.
        record_count: How many there are: frames in which it was lost have none.
        face_size_px: Median side of the square around it.
        eye_distance_px: Median distance of the eyes' outer corners.
        yaw_deg: Median turn of the head against the camera.
        usable_share: Frames without a fault over all frames from first to last.
        speech_s: How long somebody speaks while it is seen.
        speaking_s: How long it is this face that speaks.
        sync_score: Mean agreement of its lips with the speech while it is seen, about 0.15 for foreign sound
            and 0.35 for its own; None where there was too little to tell.
        reasons: Why its lips are left alone; none where they can be changed.
    """

    id: int
    shot: int
    first_frame: int
    end_frame: int
    first_record: int
    record_count: int
    face_size_px: float
    eye_distance_px: float
    yaw_deg: float
    usable_share: float
    speech_s: float
    speaking_s: float
    sync_score: float | None
    reasons: tuple[TrackReason, ...]

    @property
    def usable(self) -> bool:
        """Whether its lips can be changed."""
        return not self.reasons


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFace:
    """A track's frames, those included in which it was lost.

    Attributes:
        track: Whose they are.
        times_s: Shape (frames,): when each is shown.
        landmarks: Shape (frames, 468, 3), float32, pixels of the upright frame; NaN where it was lost.
        usable: Shape (frames,), bool: seen well.
        speaking: Shape (frames,), bool: heard.
    """

    track: FaceTrack
    times_s: NDArray[np.float64]
    landmarks: NDArray[np.float32]
    usable: NDArray[np.bool_]
    speaking: NDArray[np.bool_]


class TrackReader:
    """Reads tracks out of a file of records, a part at a time.

    Parts are read and not mapped: pages of a mapped file count as this process's memory.
    """

    def __init__(
        self, path: Path, first_byte: int, record_count: int, frame_times_s: Sequence[float]
    ) -> None:
        self._path, self._first_byte, self._count = path, first_byte, record_count
        self._times_s = np.asarray(frame_times_s, dtype=np.float64)

    def records(self, track: FaceTrack, first_frame: int = 0, end_frame: int = sys.maxsize) -> NDArray[Any]:
        """Return a track's records as they are stored (`RECORD`), of all frames or of some.

        Args:
            track: Whose.
            first_frame: The first frame of the video that counts.
            end_frame: The frame after the last one that counts.
        """
        frames = self.marks(track)["frame"]
        first, last = np.searchsorted(frames, [first_frame, end_frame])
        return self._read(track.first_record + int(first), int(last - first))

    def marks(self, track: FaceTrack) -> NDArray[Any]:
        """Return all that is stored of a track but the landmarks, shape (records,)."""
        marks = np.empty(track.record_count, MARKS)
        for first in range(0, track.record_count, BLOCK_RECORDS):
            block = self._read(track.first_record + first, min(BLOCK_RECORDS, track.record_count - first))
            for name in MARKS.names or ():
                marks[name][first : first + len(block)] = block[name]
        return marks

    def landmarks(self, track: FaceTrack, places: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return the landmarks of some of a track's records, shape (places, 468, 3)."""
        some = [self._read(track.first_record + int(place), 1)["landmarks"] for place in places]
        return np.concatenate(some) if some else np.zeros((0, POINT_COUNT, 3), np.float32)

    def times_s(self, track: FaceTrack) -> NDArray[np.float64]:
        """Return when each frame of a track is shown, shape (frames,)."""
        return self._times_s[track.first_frame : track.end_frame]

    def usable(self, track: FaceTrack) -> NDArray[np.bool_]:
        """Return in which frames of a track its face is seen well, shape (frames,)."""
        usable = np.zeros(track.end_frame - track.first_frame, dtype=bool)
        marks = self.marks(track)
        usable[marks["frame"] - track.first_frame] = marks["faults"] == 0
        return usable

    def _read(self, first: int, count: int) -> NDArray[Any]:
        # Within the file: NumPy answers with fewer where it ends.
        count = max(0, min(count, self._count - first))
        place = self._first_byte + first * RECORD.itemsize
        return np.fromfile(self._path, RECORD, count, offset=place)

    def seen(self, track: FaceTrack, first: int, last: int) -> SeenFace:
        """Return a part of a track, frames counted from the track's first one."""
        begin = track.first_frame + first
        records = self.records(track, begin, track.first_frame + last)
        landmarks = np.full((last - first, POINT_COUNT, 3), np.nan, dtype=np.float32)
        landmarks[records["frame"] - begin] = records["landmarks"]
        return SeenFace(self.times_s(track)[first:last], landmarks)

    def face(self, track: FaceTrack) -> TrackedFace:
        """Return all frames of a track."""
        records = self.records(track)
        places = records["frame"] - track.first_frame
        count = track.end_frame - track.first_frame
        landmarks = np.full((count, POINT_COUNT, 3), np.nan, dtype=np.float32)
        landmarks[places] = records["landmarks"]
        usable, speaking = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        usable[places] = records["faults"] == 0
        speaking[places] = records["speaking"] > 0
        return TrackedFace(track, self.times_s(track), landmarks, usable, speaking)


def open_tracks(records: Path, frame_times_s: Sequence[float]) -> TrackReader:
    """Open a file of records; nothing is read before it is asked for.

    Args:
        records: The file, from `write_records`.
        frame_times_s: When each frame of the video is shown.

    Raises:
        StageOutputError: the file holds something else.
    """
    try:
        stored = np.load(records, mmap_mode="r" if _has_records(records) else None, allow_pickle=False)
    except ValueError as error:
        message = f"{records.name} is no file of faces ({error}). Let the stage that made it run again."
        raise StageOutputError(message) from error
    if stored.dtype != RECORD:
        message = f"{records.name} holds other records than faces. Let the stage that made it run again."
        raise StageOutputError(message)
    first_byte = records.stat().st_size - len(stored) * RECORD.itemsize
    return TrackReader(records, first_byte, len(stored), frame_times_s)


def _has_records(path: Path) -> bool:
    """Return whether there is more than a header: an empty file cannot be mapped into memory."""
    return path.stat().st_size > RECORD.itemsize


def write_records(path: Path, blocks: Iterable[NDArray[Any]], count: int) -> None:
    """Write a file of records, a block at a time.

    Args:
        path: Where to write.
        blocks: Arrays of `RECORD`.
        count: How many records they hold together.

    Raises:
        StageOutputError: they hold another number.
    """
    written = 0
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(RECORD), "fortran_order": False, "shape": (count,)}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(block.astype(RECORD, copy=False).tobytes())
            written += len(block)
    if written != count:
        message = f"{written} records were written to {path.name} instead of {count}"
        raise StageOutputError(message)
