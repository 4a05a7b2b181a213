"""How a coded picture is turned and mirrored to stand upright: views of arrays, so nothing is lost.

A file says it as a display matrix (ISO/IEC 14496-12, 8.5.2): a, b, u, c, d, v, x, y, w in fixed point, which
takes a coded point (x, y) to (a x + c y, b x + d y). Only quarter turns and mirrorings occur in practice;
anything between is taken for the nearest of them, as `probe` and players do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ONE = 1 << 16  # 16.16 fixed point
_W = 1 << 30  # 2.30 fixed point
_TURNS: dict[int, tuple[int, int, int, int]] = {  # a, b, c, d for clockwise degrees
    0: (1, 0, 0, 1),
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A rectangle of whole pixels."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @property
    def right_px(self) -> int:
        """The first column after it."""
        return self.left_px + self.width_px

    @property
    def bottom_px(self) -> int:
        """The first row after it."""
        return self.top_px + self.height_px


@dataclass(frozen=True, slots=True)
class Orientation:
    """The way from the coded picture to the upright one.

    Attributes:
        matrix: The nine numbers of the display matrix, as the file has them.
    """

    matrix: tuple[int, ...] = (_ONE, 0, 0, 0, _ONE, 0, 0, 0, _W)

    @property
    def transposed(self) -> bool:
        """Whether rows become columns."""
        return abs(self.matrix[1]) > abs(self.matrix[0])

    @property
    def flipped(self) -> tuple[bool, bool]:
        """Whether the upright picture's columns and its rows run backwards, after transposing."""
        a, b, _, c, d = self.matrix[:5]
        return (c < 0, b < 0) if self.transposed else (a < 0, d < 0)

    @property
    def rotation_deg(self) -> int:
        """The turn that `probe` reads from this matrix, clockwise: 0, 90, 180 or 270."""
        a, b = self.matrix[:2]
        if self.transposed:
            return 90 if b > 0 else 270
        return 0 if a > 0 else 180

    def upright(self, coded: NDArray[Any]) -> NDArray[Any]:
        """Return a view of (height, width, ...) as shown."""
        columns, rows = self.flipped
        turned = coded.swapaxes(0, 1) if self.transposed else coded
        return turned[_step(rows), _step(columns)]

    def coded(self, upright: NDArray[Any]) -> NDArray[Any]:
        """Return a view of (height, width, ...) as coded: what `upright` does, undone."""
        columns, rows = self.flipped
        turned = upright[_step(rows), _step(columns)]
        return turned.swapaxes(0, 1) if self.transposed else turned

    def coded_box(self, box: PixelBox, upright_size_px: tuple[int, int]) -> PixelBox:
        """Return where a box of the upright picture (its width and height given) lies in the coded one."""
        width_px, height_px = upright_size_px
        columns, rows = self.flipped
        left_px = width_px - box.right_px if columns else box.left_px
        top_px = height_px - box.bottom_px if rows else box.top_px
        if self.transposed:
            return PixelBox(top_px, left_px, box.height_px, box.width_px)
        return PixelBox(left_px, top_px, box.width_px, box.height_px)


def orientation_of(matrix: bytes | None, rotation_deg: int) -> Orientation:
    """Return a frame's orientation.

    Args:
        matrix: The display matrix that came with the frame, nine native 32-bit numbers; None without one.
        rotation_deg: What `probe` measured. It counts where the frame says something else: a file may turn
            its frames one by one, and then all are taken as the first one was.
    """
    if matrix is not None:
        own = Orientation(tuple(int(number) for number in np.frombuffer(matrix, np.int32)[:9]))
        if own.rotation_deg == rotation_deg:
            return own
    a, b, c, d = (_ONE * number for number in _TURNS[rotation_deg])
    return Orientation((a, b, 0, c, d, 0, 0, 0, _W))


def _step(backwards: bool) -> slice:
    return slice(None, None, -1 if backwards else 1)
