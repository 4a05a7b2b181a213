"""The file that holds what was learnt of one speaker: arrays and pictures in one archive.

A zip of `.npy` arrays and `.png` pictures, stored without compression and without dates: the same content is
the same bytes. Nothing in it is ever executed; arrays of objects are refused.
"""

from __future__ import annotations

import functools
import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from models.errors import ModelOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 1
"""Raise it when the meaning of a field changes: older files are then refused."""

KEPT_DECODED = 48
"""Pictures kept decoded; mouths are played in runs, so that few are asked for again much later."""


def encode_picture(pixels: NDArray[np.float32]) -> bytes:
    """Return R'G'B' of shape (height, width, 3), 0 to 1, as an 8-bit PNG.

    Eight bits lose under a third of the step of 8-bit video.
    """
    import cv2

    rounded = np.round(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
    done, encoded = cv2.imencode(
        ".png",
        rounded[:, :, ::-1],
        [cv2.IMWRITE_PNG_COMPRESSION, 4, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_FILTERED],
    )
    if not done:
        raise ModelOutputError(
            f"A mouth of {rounded.shape[1]} x {rounded.shape[0]} pixels cannot be encoded."
        )
    return encoded.tobytes()


def write_library(path: Path, arrays: Mapping[str, NDArray[np.generic]], pictures: Sequence[bytes]) -> None:
    """Write arrays and PNG pictures into one file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in sorted({**arrays, "format": np.array(FORMAT)}.items()):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), (1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())
        for number, picture in enumerate(pictures):
            archive.writestr(zipfile.ZipInfo(f"{number:04d}.png"), picture)


class Library:
    """An opened file: its arrays, and its pictures as they are asked for."""

    def __init__(self, path: Path) -> None:
        """Read the arrays of the file at `path`.

        Raises:
            ModelOutputError: the file is damaged, or of another version of this code.
        """
        self._path = path
        try:
            # Kept open: reading the directory again for each picture would cost more than decoding it.
            self._archive = zipfile.ZipFile(path)
            self.arrays = {
                name.removesuffix(".npy"): np.lib.format.read_array(
                    io.BytesIO(self._archive.read(name)), allow_pickle=False
                )
                for name in self._archive.namelist()
                if name.endswith(".npy")
            }
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise ModelOutputError(f"The lips in {path} cannot be read ({error}); fit them again.") from error
        if int(self.arrays.get("format", -1)) != FORMAT:
            raise ModelOutputError(f"The lips in {path} are of another version; fit them again.")
        # Bound to the archive, not to this object: a circle would keep many plans' libraries in memory.
        picture = functools.partial(_picture, self._archive, path)
        self.picture = functools.lru_cache(maxsize=KEPT_DECODED)(picture)

    def __reduce__(self) -> tuple[Callable[[Path], Library], tuple[Path]]:
        """Travel to another process as the file's place: it is opened there, once for all plans."""
        return open_library, (self._path,)


@functools.lru_cache(maxsize=2)
def open_library(path: Path) -> Library:
    """Open a file that does not change while this process runs; see `Library`."""
    return Library(path)


def _picture(archive: zipfile.ZipFile, path: Path, number: int) -> NDArray[np.float32]:
    """Return one picture, R'G'B', shape (height, width, 3), 0 to 1."""
    import cv2

    encoded = np.frombuffer(archive.read(f"{number:04d}.png"), np.uint8)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB)
    if decoded is None:
        raise ModelOutputError(f"Mouth {number} in {path} is damaged; fit the lips again.")
    return decoded.astype(np.float32) * np.float32(1.0 / 255.0)
