"""How a stream writes R'G'B' as Y'CbCr numbers (ITU-T H.273, 8.3), there and back in floating point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.media.probe import VideoTrack

RGB = 0  # code points of H.273, table 4
BT709 = 1
UNSPECIFIED = 2
BT601 = 6
BT2020 = 9

LIMITED_RANGE = 1  # code points of FFmpeg's colour range
FULL_RANGE = 2

HIGH_DEFINITION_LINES = 720  # FFmpeg's scaler and players guess BT.709 from here upwards

_WEIGHTS = {  # of red and blue in luma
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601 of 625 lines
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),  # SMPTE 240M
    BT2020: (0.2627, 0.0593),
    10: (0.2627, 0.0593),  # BT.2020 with constant luminance, taken for the usual kind
}


@dataclass(frozen=True, slots=True)
class ColourCoding:
    """The matrix and the range of a stream.

    Attributes:
        matrix: The code point that is computed with; one of those whose weights are known.
        full_range: Whether numbers go from 0 to the highest, instead of 16 to 235 (of 8 bits).
        declared_matrix: The code point that a file with such pictures states; 2 where it states none.
        declared_range: The same of the range; 0 where it states none.
    """

    matrix: int
    full_range: bool
    declared_matrix: int
    declared_range: int

    @property
    def scaler_matrix(self) -> int:
        """The matrix as FFmpeg's scaler numbers it."""
        return {BT601: 5, 10: BT2020}.get(self.matrix, self.matrix)

    @property
    def scaler_range(self) -> int:
        """The range as FFmpeg numbers it."""
        return FULL_RANGE if self.full_range else LIMITED_RANGE

    def to_rgb(
        self, luma: NDArray[np.float32], blue: NDArray[np.float32], red: NDArray[np.float32], bits: int
    ) -> NDArray[np.float32]:
        """Return R'G'B', nominally 0 to 1 and not clipped, from code values.

        Args:
            luma: Y', shape (height, width).
            blue: Cb at the same places.
            red: Cr at the same places.
            bits: Of a code value.

        Returns:
            Shape (height, width, 3), float32.
        """
        zero, luma_span, middle, chroma_span = self._levels(bits)
        red_weight, blue_weight = _WEIGHTS[self.matrix]
        import cv2

        y = (luma - zero) / luma_span
        reds = y + (red - middle) * np.float32(2 * (1 - red_weight) / chroma_span)
        blues = y + (blue - middle) * np.float32(2 * (1 - blue_weight) / chroma_span)
        coloured = np.float32(red_weight) * reds + np.float32(blue_weight) * blues
        greens = (y - coloured) / np.float32(1 - red_weight - blue_weight)
        # Three planes merged at the end: writing every third number of one array takes twice as long.
        pixels: NDArray[np.float32] = cv2.merge((reds, greens, blues)).reshape((*luma.shape, 3))
        return pixels

    def to_ycbcr(
        self, pixels: NDArray[np.float32], bits: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return Y', Cb and Cr as code values, neither rounded nor clipped: `to_rgb` undone."""
        zero, luma_span, middle, chroma_span = self._levels(bits)
        red_weight, blue_weight = _WEIGHTS[self.matrix]
        red, green, blue = (np.ascontiguousarray(pixels[..., channel]) for channel in range(3))
        y = np.float32(red_weight) * red + np.float32(blue_weight) * blue
        y += np.float32(1 - red_weight - blue_weight) * green
        blue = (blue - y) * np.float32(chroma_span / (2 * (1 - blue_weight))) + middle
        red = (red - y) * np.float32(chroma_span / (2 * (1 - red_weight))) + middle
        return y * luma_span + zero, blue, red

    def _levels(self, bits: int) -> tuple[np.float32, np.float32, np.float32, float]:
        """Return black, white less black, no colour, and the span of chroma."""
        step = 2 ** (bits - 8)
        middle = np.float32(128 * step)
        if self.full_range:
            return np.float32(0), np.float32(256 * step - 1), middle, float(256 * step - 1)
        return np.float32(16 * step), np.float32(219 * step), middle, float(224 * step)


def colour_coding_of(video: VideoTrack, *, is_rgb: bool) -> ColourCoding:
    """Return how the planar pictures made of a stream are coded.

    A stream that states no matrix, or one whose weights are not known (YCgCo, ICtCp), is taken for what
    players guess by its height. What is lifted and put back with a wrong matrix still comes back exactly.

    Args:
        video: The stream.
        is_rgb: Whether its pictures are R'G'B' and become Y'CbCr only here: then as BT.709, limited range.
    """
    if is_rgb:
        return ColourCoding(BT709, False, BT709, LIMITED_RANGE)
    guess = BT709 if video.height_px >= HIGH_DEFINITION_LINES else BT601
    return ColourCoding(
        matrix=video.colour_space if video.colour_space in _WEIGHTS else guess,
        full_range=video.colour_range == FULL_RANGE or video.pixel_format.startswith("yuvj"),
        declared_matrix=UNSPECIFIED if video.colour_space == RGB else video.colour_space,
        declared_range=FULL_RANGE if video.pixel_format.startswith("yuvj") else video.colour_range,
    )
