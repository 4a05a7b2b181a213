"""Chroma planes brought to the size of luma and back, without loss.

Chroma is sited as in MPEG-2, H.264 and HEVC by default (H.273, chroma sample location type 0): along a row
each sample lies on the first of its pixels, along a column midway between its pixels. Plain interpolation and
its matching low-pass would blur colour each time a patch is lifted and put back. The filters here come in
pairs where bringing down undoes bringing up exactly, since each is the low band of a biorthogonal wavelet:

* on the first pixel: linear interpolation up, (-1 2 6 2 -1)/8 down (the 5/3 filters of Le Gall and Tabatabai,
  1988, which JPEG 2000 uses);
* midway: a slope through the neighbours up, the mean down (the 2/6 filters).

Both let a flat colour through as it is. A subsampling by four is two by two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipeline_ops.media.planar import PlanarFormat

    Plane = NDArray[np.float32]


def upsample_chroma(samples: Plane, size: tuple[int, int], planar: PlanarFormat) -> Plane:
    """Return chroma for every pixel.

    Args:
        samples: A chroma plane or a part of it that begins at the first of a sample's pixels.
        size: Height and width in pixels.
        planar: Says how far it is subsampled.

    Returns:
        Shape `size`, float32.
    """
    height, width = size
    wide = _up(samples, width, planar.chroma_shift_x, _double_on_first)
    return _up(wide.T, height, planar.chroma_shift_y, _double_midway).T


def downsample_chroma(pixels: Plane, planar: PlanarFormat) -> Plane:
    """Return the samples of which `upsample_chroma` makes `pixels`, or of the part of it that they can hold.

    Args:
        pixels: Chroma of every pixel; it begins at the first of a sample's pixels.
        planar: Says how far it is subsampled.
    """
    low = _down(pixels.T, planar.chroma_shift_y, _halve_midway).T
    return _down(low, planar.chroma_shift_x, _halve_on_first)


def _up(samples: Plane, length: int, shift: int, double: Callable[[Plane, int], Plane]) -> Plane:
    for halvings in reversed(range(shift)):
        samples = double(samples, -(-length >> halvings))
    return samples


def _down(pixels: Plane, shift: int, halve: Callable[[Plane], Plane]) -> Plane:
    for _ in range(shift):
        pixels = halve(pixels)
    return pixels


def _double_on_first(samples: Plane, length: int) -> Plane:
    pixels = np.empty((len(samples), length), np.float32)
    pixels[:, 0::2] = samples
    following = np.concatenate([samples[:, 1:], samples[:, -1:]], axis=1)
    pixels[:, 1::2] = ((samples + following) * np.float32(0.5))[:, : length // 2]
    return pixels


def _halve_on_first(pixels: Plane) -> Plane:
    # Mirrored at the ends, as the wavelet is (ITU-T T.800, F.3.7): it undoes `_double_on_first` there, too.
    padded = np.pad(pixels, ((0, 0), (2, 2)), mode="reflect")
    count = -(-pixels.shape[1] // 2)
    outer, inner, centre, after, last = (padded[:, start::2][:, :count] for start in range(5))
    low: Plane = centre * np.float32(0.75) + (inner + after) * np.float32(0.25)
    return low - (outer + last) * np.float32(0.125)


def _double_midway(samples: Plane, length: int) -> Plane:
    padded = np.pad(samples, ((0, 0), (1, 1)), mode="edge")
    slope = (padded[:, :-2] - padded[:, 2:]) * np.float32(0.125)
    if length % 2:
        slope[:, -1] = 0  # the last sample has one pixel only
    pixels = np.empty((len(samples), length), np.float32)
    pixels[:, 0::2] = samples + slope
    pixels[:, 1::2] = (samples - slope)[:, : length // 2]
    return pixels


def _halve_midway(pixels: Plane) -> Plane:
    padded = np.pad(pixels, ((0, 0), (0, pixels.shape[1] % 2)), mode="edge")
    return (padded[:, 0::2] + padded[:, 1::2]) * np.float32(0.5)
