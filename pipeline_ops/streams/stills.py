"""Pictures that stand for a video before it plays: a poster, and small ones for the seek bar."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import StageOutputError
from pipeline_ops.streams.description import Poster, StoredFile, Storyboard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from pipeline_ops.media.frame import Frame

JPEG = "image/jpeg"
JPEG_QUALITY = 82
TILE_LONGEST_PX = 160
"""What players show above the seek bar: 160x90."""
COLUMNS = 5
ROWS = 5
LEAST_INTERVAL_S = 1.0
MOST_TILES = 200
"""A long video's pictures lie further apart, so that all sheets together stay under a megabyte or so."""
POSTER_LONGEST_PX = 1280
POSTER_FROM = 0.05  # of the duration: what comes before is often a fade or a title
POSTER_TO = 0.6  # what comes after may give an end away, or say good-bye


@dataclass
class StoryboardPainter:
    """Collects small pictures as frames go by, and writes the sheets.

    Attributes:
        duration_s: Of the presentation.
        pixel_aspect: Width over height of one coded pixel, as the file has it, before rotation.
    """

    duration_s: float
    pixel_aspect: float
    interval_s: float = field(init=False)
    _tiles: list[NDArray[np.uint8]] = field(default_factory=list)
    _best: tuple[float, int] = (-1.0, 0)
    _shown: Frame | None = None

    def __post_init__(self) -> None:
        self.interval_s = max(LEAST_INTERVAL_S, self.duration_s / MOST_TILES)

    @property
    def tile_count(self) -> int:
        """How many pictures there will be."""
        return max(1, -(-round(self.duration_s * 1000) // round(self.interval_s * 1000)))

    def watch(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Pass frames on, keeping a small picture of what is on screen at each interval."""
        for frame in frames:
            if self._shown is not None:
                self._keep_until(frame.time_s, self._shown)
            self._shown = frame
            yield frame

    @property
    def poster_frame(self) -> int:
        """The index of the frame that stands for the video: the one with the most contrast and detail."""
        return self._best[1]

    def write(self, folder: Path) -> tuple[Storyboard, dict[str, Path]]:
        """Write the sheets, and return what they are and the files by name.

        Raises:
            StageOutputError: no frame went by.
        """
        if self._shown is None:
            message = "a storyboard was to be made of no frames"
            raise StageOutputError(message)
        self._keep_until(float("inf"), self._shown)
        height_px, width_px = self._tiles[0].shape[:2]
        files: dict[str, Path] = {}
        stored: list[StoredFile] = []
        for first in range(0, len(self._tiles), COLUMNS * ROWS):
            sheet = np.zeros((ROWS * height_px, COLUMNS * width_px, 3), np.uint8)
            for place, tile in enumerate(self._tiles[first : first + COLUMNS * ROWS]):
                top, left = place // COLUMNS * height_px, place % COLUMNS * width_px
                sheet[top : top + height_px, left : left + width_px] = tile
            name = f"storyboard_{len(stored):03}"
            files[name] = folder / f"{name}.jpg"
            stored.append(_write_jpeg(sheet, files[name], f"stills.{name}"))
        storyboard = Storyboard(
            tuple(stored), width_px, height_px, COLUMNS, ROWS, len(self._tiles), self.interval_s
        )
        return storyboard, files

    def _keep_until(self, time_s: float, shown: Frame) -> None:
        """Keep a frame for every interval that begins while it is on screen."""
        tile: NDArray[np.uint8] | None = None
        while len(self._tiles) < self.tile_count and len(self._tiles) * self.interval_s < time_s:
            tile = _seen(shown, TILE_LONGEST_PX, self.pixel_aspect) if tile is None else tile
            if POSTER_FROM <= len(self._tiles) * self.interval_s / self.duration_s <= POSTER_TO:
                self._best = max(self._best, (_interest(tile), shown.index))
            self._tiles.append(tile)


def write_poster(frame: Frame, path: Path, artefact: str, pixel_aspect: float) -> Poster:
    """Write a frame as JPEG, upright, its pixels made square, at most 1280 of them long."""
    pixels = _seen(frame, POSTER_LONGEST_PX, pixel_aspect)
    stored = _write_jpeg(pixels, path, artefact)
    return Poster(stored, pixels.shape[1], pixels.shape[0], frame.time_s)


def _seen(frame: Frame, longest_side_px: int, pixel_aspect: float) -> NDArray[np.uint8]:
    """Return a frame as it looks: upright, its pixels made square by shortening the side that is too long."""
    import cv2

    pixels = frame.rgb(longest_side_px)
    height_px, width_px = pixels.shape[:2]
    aspect = 1 / pixel_aspect if frame.format.orientation.transposed else pixel_aspect
    size = (round(width_px * min(1.0, aspect)), round(height_px * min(1.0, 1 / aspect)))
    if size == (width_px, height_px):
        return pixels
    resized: NDArray[np.uint8] = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return resized


def _interest(pixels: NDArray[np.uint8]) -> float:
    """Return how much is to be seen: the spread of brightness times the strength of edges."""
    luma = pixels.mean(axis=2)
    edges = np.abs(np.diff(luma, axis=0)).mean() + np.abs(np.diff(luma, axis=1)).mean()
    return float(luma.std() * edges)


def _write_jpeg(pixels: NDArray[np.uint8], path: Path, artefact: str) -> StoredFile:
    import cv2

    encoded, content = cv2.imencode(
        ".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    )
    if not encoded:
        message = f"{path.name} could not be encoded"
        raise StageOutputError(message)
    path.write_bytes(content.tobytes())
    return StoredFile(artefact, sha256_of_file(path), path.stat().st_size, JPEG)
