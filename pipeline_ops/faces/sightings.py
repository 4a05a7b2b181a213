"""A working file of all faces of all frames, written while a video is watched and read a face at a time.

Ten minutes of one face weigh 100 MB: memory holds eight bytes a sighting, and of the rest what is worked on.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.faces.points import POINT_COUNT
from pipeline_ops.errors import StageOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_RECORDS = 256
"""Read at a time: one and a half megabytes."""


def sighting_dtype(colour_count: int) -> np.dtype[Any]:
    """Return the layout of one face in one frame.

    Args:
        colour_count: How many points' colours are kept.
    """
    return np.dtype(
        [
            ("frame", "<i4"),
            ("face", "<i4"),
            ("presence", "<f4"),
            ("sharpness_db", "<f4"),
            ("landmarks", "<f4", (POINT_COUNT, 3)),
            ("colours", "u1", (colour_count, 3)),
        ]
    )


class SightingFile:
    """Sightings in the order of their frames; written first, then read."""

    def __init__(self, path: Path, colour_count: int) -> None:
        self._path = path
        self._dtype = sighting_dtype(colour_count)
        self._file = path.open("wb")
        self._count = 0
        self._places: dict[int, array[int]] = {}
        self._frames: dict[int, array[int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file and delete it."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, **fields: Any) -> None:
        """Append one sighting, its fields by name; frames do not go back."""
        record = np.zeros(1, self._dtype)
        for name, value in fields.items():
            record[name] = value
        self._file.write(record.tobytes())
        face, frame = int(record["face"][0]), int(record["frame"][0])
        self._places.setdefault(face, array("q")).append(self._count)
        self._frames.setdefault(face, array("q")).append(frame)
        self._count += 1

    def finish(self) -> None:
        """Write what is still held: reading comes next."""
        self._file.flush()

    @property
    def faces(self) -> tuple[int, ...]:
        """All faces, in the order of their first frames."""
        return tuple(self._frames)

    def frames(self, face: int) -> NDArray[np.int64]:
        """Return the frames in which a face was seen, rising."""
        return np.array(self._frames[face], dtype=np.int64)

    def blocks(self, face: int, first_frame: int, end_frame: int) -> Iterator[NDArray[Any]]:
        """Yield a face's sightings from a frame on and before another, as structured arrays, in order.

        Raises:
            StageOutputError: the file is shorter than what was written.
        """
        frames = self.frames(face)
        first, end = np.searchsorted(frames, [first_frame, end_frame])
        places = np.array(self._places[face], dtype=np.int64)[first:end]
        start = 0
        while start < len(places):
            # As many as lie within a block of the file, where other faces' sightings stand between them.
            stop = int(np.searchsorted(places, places[start] + BLOCK_RECORDS))
            yield self._read(int(places[start]), int(places[stop - 1]) + 1)[
                places[start:stop] - places[start]
            ]
            start = stop

    def _read(self, first: int, end: int) -> NDArray[Any]:
        with self._path.open("rb") as file:
            file.seek(first * self._dtype.itemsize)
            data = file.read((end - first) * self._dtype.itemsize)
        if len(data) != (end - first) * self._dtype.itemsize:
            message = f"{self._path.name} is shorter than what was written to it: is the disk full?"
            raise StageOutputError(message)
        return np.frombuffer(data, self._dtype)

    def spread(self, face: int, first_frame: int, end_frame: int, most: int) -> NDArray[np.float32]:
        """Return the landmarks of at most so many sightings, evenly spread, shape (sightings, 468, 3)."""
        frames = self.frames(face)
        first, end = np.searchsorted(frames, [first_frame, end_frame])
        step = 1 + (int(end) - int(first) - 1) // most
        kept = [
            self._read(place, place + 1)["landmarks"][0]
            for place in self._places[face][int(first) : int(end) : step]
        ]
        return np.stack(kept)
