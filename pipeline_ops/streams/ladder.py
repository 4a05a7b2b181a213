"""Which sizes of a picture are offered, and how many bits each may take at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SHORT_SIDES_PX = (240, 360, 480, 720, 1080)
"""Of the rungs: what players' menus know as 240p to 1080p. Upright video is counted by its width."""

LEAST_STEP = 1.25
"""A rung that is less than this much smaller than the next one brings nothing that the next one does not."""

MOST_BITS_PER_S_AT_1080P = 6_000_000
"""What Apple's authoring specification gives H.264 of 1920x1080 at 30 frames a second, about."""
FULL_HD_PX = 1920 * 1080
USUAL_RATE_HZ = 30.0
SIZE_POWER = 0.75
"""Bits grow slower than pixels: doubling the area takes about 2^0.75 as many at the same quality, a rule of
thumb that Apple's fixed ladder follows."""
RATE_POWER = 0.5
"""Twice as many frames differ half as much from each other."""

SOURCE_BITS = 1.5
"""Times the source's own bit rate: sources of HEVC and AV1 need as much more as H.264; beyond it bits only
copy the source's own faults."""
FEWEST_BITS_PER_S = 100_000
EVEN = 2  # H.264 in 4:2:0 takes even sizes


@dataclass(frozen=True, slots=True)
class Rung:
    """One size of the picture, as shown upright, in coded pixels of the source's shape.

    Attributes:
        width_px: Even, never above the source's.
        height_px: Even, never above the source's.
        most_bits_per_s: What no stretch of it may exceed.
    """

    width_px: int
    height_px: int
    most_bits_per_s: int

    @property
    def short_side_px(self) -> int:
        """What it is called by: 720 for 720p."""
        return min(self.width_px, self.height_px)


def ladder(
    size_px: tuple[int, int],
    *,
    frame_rate_hz: float,
    source_bits_per_s: float,
    short_sides_px: Sequence[int] = SHORT_SIDES_PX,
) -> tuple[Rung, ...]:
    """Return the rungs for a picture, the smallest first; at least one.

    The largest is the source's own size where no listed one is as large; none is larger than the source.

    Args:
        size_px: Width and height of the upright source.
        frame_rate_hz: Of the source.
        source_bits_per_s: Of the source file.
        short_sides_px: What may be offered; the largest also bounds the source's own size.
    """
    short_px, most_px = min(size_px), max(short_sides_px)
    top_px = min(short_px, most_px)
    sides = [top_px]
    for side in sorted((each for each in set(short_sides_px) if each < top_px), reverse=True):
        if sides[-1] >= LEAST_STEP * side:
            sides.append(side)
    sizes = dict.fromkeys(_scaled(size_px, Fraction(side, short_px)) for side in reversed(sides))
    return tuple(
        rung_at(size, frame_rate_hz=frame_rate_hz, source_bits_per_s=source_bits_per_s) for size in sizes
    )


def rung_at(size_px: tuple[int, int], *, frame_rate_hz: float, source_bits_per_s: float) -> Rung:
    """Return the rung of a size, which is even, with the most bits that it may take."""
    width_px, height_px = size_px
    share = (width_px * height_px / FULL_HD_PX) ** SIZE_POWER * (frame_rate_hz / USUAL_RATE_HZ) ** RATE_POWER
    most = min(MOST_BITS_PER_S_AT_1080P * share, SOURCE_BITS * source_bits_per_s)
    return Rung(width_px, height_px, max(FEWEST_BITS_PER_S, round(most)))


def _scaled(size_px: tuple[int, int], scale: Fraction) -> tuple[int, int]:
    width_px, height_px = size_px
    return _even(width_px * scale, most_px=width_px), _even(height_px * scale, most_px=height_px)


def _even(length_px: Fraction, *, most_px: int) -> int:
    """Return the even length next to one, not above `most_px`; at least 2."""
    nearest = EVEN * round(length_px / EVEN)
    return max(EVEN, min(nearest, most_px - most_px % EVEN))
