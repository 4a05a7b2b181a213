"""How many ratings are still needed: for an interval of a wanted width, for a difference worth telling."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, isfinite, sqrt

from pipeline_ops.ratings.table import Z_95

Z_POWER_80 = 0.841621
"""The difference is found four times in five: the customary power (Cohen 1988)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What makes a mean unsure, in points of the scale.

    Attributes:
        rating_variance: Of one rating by a typical rater around the clip's score.
        clip_variance: Of true scores of one system's clips, or of two systems' differences clip by clip.
        bias_variance: Of raters' biases; 0 for a difference of systems that the same raters rated.
    """

    rating_variance: float
    clip_variance: float = 0.0
    bias_variance: float = 0.0


def ratings_for_clip(half_width: float, spread: Spread) -> int:
    """Return how many ratings one clip needs until its 95 % interval is that narrow.

    Args:
        half_width: Half the width of the interval, in points, above 0.
        spread: Of raters; that of clips does not matter here.
    """
    return ceil(Z_95**2 * (spread.rating_variance + spread.bias_variance) / half_width**2)


def half_width_of_mean(spread: Spread, *, clips: int, ratings_per_clip: float, raters: int) -> float:
    """Return half the 95 % interval's width of a system's mean, for such clips and such raters."""
    variance = (
        spread.clip_variance / clips
        + spread.rating_variance / (clips * ratings_per_clip)
        + spread.bias_variance / raters
    )
    return Z_95 * sqrt(variance)


def smallest_difference(spread: Spread, *, clips: int, ratings_per_clip: float) -> float:
    """Return the difference of two systems' means that is found four times in five with so many ratings.

    Args:
        spread: With the variance of differences, clip by clip.
        clips: Contents that both systems were rated on.
        ratings_per_clip: Of each system's clip.
    """
    return (Z_95 + Z_POWER_80) * sqrt(_difference_variance(spread, clips, ratings_per_clip))


def ratings_for_difference(difference: float, spread: Spread, *, clips: int) -> int | None:
    """Return how many ratings each clip needs until a difference is found four times in five.

    None where no number of ratings is enough, since the clips themselves differ too much: take more clips.
    """
    allowed = (difference / (Z_95 + Z_POWER_80)) ** 2 * clips
    left = allowed - spread.clip_variance
    return ceil(2 * spread.rating_variance / left) if left > 0 else None


def clips_for_difference(difference: float, spread: Spread, *, ratings_per_clip: float) -> int:
    """Return how many contents are needed until a difference is found four times in five."""
    return ceil(_difference_variance(spread, 1, ratings_per_clip) * ((Z_95 + Z_POWER_80) / difference) ** 2)


def comparisons_for_preference(share: float) -> int | None:
    """Return how many independent comparisons tell a preference of `share` from an even one.

    Args:
        share: How often one of the two is preferred, between 0 and 1; None comes back for exactly 0.5.
    """
    distance = abs(share - 0.5)
    needed = inf if distance == 0 else ((Z_95 * 0.5 + Z_POWER_80 * sqrt(share * (1 - share))) / distance) ** 2
    return ceil(needed) if isfinite(needed) else None


def _difference_variance(spread: Spread, clips: int, ratings_per_clip: float) -> float:
    return (spread.clip_variance + 2 * spread.rating_variance / ratings_per_clip) / clips
