"""A box of a frame lifted as R'G'B' in floating point, and put back so that nothing else changes.

What stays as it is, to the bit:

* luma of every pixel outside the box, and of every pixel in it that is not marked as changed;
* every chroma sample of whose pixels any one stays unchanged: a sample that covers two by two pixels is
  replaced only where all four are. So no unchanged pixel loses its own chroma, and a changed pixel at the
  border of what changes may keep its old one: let patches fade out towards their border.

A patch that is put back as it was lifted gives the same numbers everywhere (see `chroma.py`). A flat colour
comes back as that colour, to half a code value; only within two pixels (six where a sample covers four by
four) of a chroma sample that stays is it mixed with that, as low-pass filters do.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.chroma import downsample_chroma, upsample_chroma
from pipeline_ops.media.orientation import PixelBox
from pipeline_ops.media.planar import copy_of, plane_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.media.frame import Frame
    from pipeline_ops.media.planar import PlanarFormat

_CHROMA_PLANES = (1, 2)  # Cb, Cr

MARGIN_SAMPLES = 3
"""Chroma samples read around a box: going up reaches one further, going down two (where there are four pixels
a sample), and those must not meet the edge of what was read."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of rows or columns: the pixels of whole chroma samples."""

    first_px: int
    last_px: int
    first_sample: int
    last_sample: int

    @property
    def pixels(self) -> slice:
        return slice(self.first_px, self.last_px)

    @property
    def samples(self) -> slice:
        return slice(self.first_sample, self.last_sample)


@dataclass(frozen=True, slots=True)
class _Window:
    """A box of a coded picture with the chroma around it that its filters reach."""

    box: PixelBox
    rows: _Span
    columns: _Span

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of what is read."""
        return self.rows.last_px - self.rows.first_px, self.columns.last_px - self.columns.first_px

    @property
    def inner(self) -> tuple[slice, slice]:
        """The box within what is read."""
        top, left = self.box.top_px - self.rows.first_px, self.box.left_px - self.columns.first_px
        return slice(top, top + self.box.height_px), slice(left, left + self.box.width_px)

    @property
    def luma(self) -> tuple[slice, slice]:
        """The box within the luma plane."""
        return slice(self.box.top_px, self.box.bottom_px), slice(self.box.left_px, self.box.right_px)


def lift_patch(frame: Frame, box: PixelBox) -> NDArray[np.float32]:
    """Return a box of a frame as R'G'B'.

    Args:
        frame: From `read_frames`.
        box: Within the upright frame, of at least one pixel.

    Returns:
        Upright, shape (height, width, 3), float32, nominally 0 to 1 and not clipped.

    Raises:
        ValueError: the box reaches outside the frame.
    """
    window = _window(frame, box)
    planar = frame.format.planar
    luma = plane_of(frame.picture, 0, planar)[window.luma].astype(np.float32)
    blue, red = (_chroma_pixels(frame, index, window)[window.inner] for index in _CHROMA_PLANES)
    pixels = frame.format.colour.to_rgb(luma, blue, red, planar.bits)
    return np.ascontiguousarray(frame.format.orientation.upright(pixels))


def put_patch(frame: Frame, box: PixelBox, pixels: NDArray[np.float32], changed: NDArray[np.bool_]) -> Frame:
    """Return a frame with a box of it replaced, in planes of its own.

    Args:
        frame: From `read_frames`, or from here.
        box: Within the upright frame.
        pixels: Upright R'G'B', shape (height, width, 3), float32.
        changed: Shape (height, width): where False, `pixels` do not count and the frame stays as it is.

    Raises:
        StageOutputError: a changed pixel is not a number.
        ValueError: the box reaches outside the frame, or an array has another shape than it.
    """
    if pixels.shape != (box.height_px, box.width_px, 3) or changed.shape != pixels.shape[:2]:
        message = f"a patch of {pixels.shape} with a mask of {changed.shape} does not fit {box}"
        raise ValueError(message)
    used = np.where(changed[..., np.newaxis], pixels, np.float32(0))
    if not np.isfinite(used).all():
        message = f"A changed pixel of frame {frame.index} is not a number"
        raise StageOutputError(message)
    window = _window(frame, box)
    planar, orientation = frame.format.planar, frame.format.orientation
    mask = orientation.coded(changed)
    luma, *chroma = frame.format.colour.to_ycbcr(orientation.coded(used), planar.bits)
    picture = copy_of(frame.picture, planar)
    _write(plane_of(picture, 0, planar)[window.luma], luma, mask, planar)
    samples = _whole_samples(mask, window, planar)
    for index, new in zip(_CHROMA_PLANES, chroma, strict=True):
        field = _chroma_pixels(frame, index, window)
        np.copyto(field[window.inner], new, where=mask)
        plane = plane_of(picture, index, planar)[window.rows.samples, window.columns.samples]
        _write(plane, downsample_chroma(field, planar), samples, planar)
    return dataclasses.replace(frame, picture=picture)


def _chroma_pixels(frame: Frame, index: int, window: _Window) -> NDArray[np.float32]:
    """Return one chroma plane, a value a pixel, over all that the window reads."""
    planar = frame.format.planar
    samples = plane_of(frame.picture, index, planar)[window.rows.samples, window.columns.samples]
    return upsample_chroma(samples.astype(np.float32), window.size, planar)


def _whole_samples(mask: NDArray[np.bool_], window: _Window, planar: PlanarFormat) -> NDArray[np.bool_]:
    """Return for each chroma sample of the window whether all its pixels change."""
    step_y, step_x = 1 << planar.chroma_shift_y, 1 << planar.chroma_shift_x
    changed = np.zeros(window.size, np.bool_)
    changed[window.inner] = mask
    # Pixels that a last sample lacks, in a picture of odd size, keep nothing from changing.
    missing = ((0, -window.size[0] % step_y), (0, -window.size[1] % step_x))
    cells = np.pad(changed, missing, constant_values=True)
    height, width = cells.shape
    by_sample = cells.reshape(height // step_y, step_y, width // step_x, step_x)
    whole: NDArray[np.bool_] = np.logical_and.reduce(by_sample, axis=(1, 3))
    return whole


def _write(
    plane: NDArray[Any], values: NDArray[np.float32], mask: NDArray[np.bool_], planar: PlanarFormat
) -> None:
    """Round code values into a view of a plane where the mask is True."""
    numbers = np.clip(np.rint(values), 0, (1 << planar.bits) - 1)
    np.copyto(plane, numbers, where=mask, casting="unsafe")  # whole numbers within the plane's range


def _window(frame: Frame, box: PixelBox) -> _Window:
    width_px, height_px = frame.format.upright_size_px
    inside = 0 <= box.left_px < box.right_px <= width_px and 0 <= box.top_px < box.bottom_px <= height_px
    if not inside:
        message = f"{box} is not within a frame of {width_px}x{height_px}"
        raise ValueError(message)
    coded = frame.format.orientation.coded_box(box, (width_px, height_px))
    planar = frame.format.planar
    return _Window(
        box=coded,
        rows=_span(coded.top_px, coded.bottom_px, frame.format.height_px, planar.chroma_shift_y),
        columns=_span(coded.left_px, coded.right_px, frame.format.width_px, planar.chroma_shift_x),
    )


def _span(start_px: int, end_px: int, length_px: int, shift: int) -> _Span:
    first_sample = max(0, (start_px >> shift) - MARGIN_SAMPLES)
    last_sample = min(-(-length_px >> shift), -(-end_px >> shift) + MARGIN_SAMPLES)
    return _Span(first_sample << shift, min(length_px, last_sample << shift), first_sample, last_sample)
