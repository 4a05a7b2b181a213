"""How well a dub keeps the original's times: starts, paces, ends. Plain numbers in, plain numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

PERCENTILE = 95
"""The field states sync by it: one line in twenty may be worse (see `TimingRules.start_tolerance_s`)."""


def start_error_p95_s(starts_s: Sequence[float], original_starts_s: Sequence[float]) -> float | None:
    """Return the 95th percentile of how far lines start from the original's.

    Unit: s. Direction: lower is better; a viewer notices from 0.125 on. Source: onset error as in Brannon et
    al., TACL 2023. Noise: that of the recogniser's word times, about 0.05 s. None without lines.
    """
    errors = [abs(start - original) for start, original in zip(starts_s, original_starts_s, strict=True)]
    return round(float(np.percentile(errors, PERCENTILE)), 4) if errors else None


def hurried_share(speeds: Sequence[float], unnoticed_fastest: float) -> float | None:
    """Return the share of lines that are said faster than a listener lets pass.

    Unit: none, 0 to 1. Direction: lower is better. Source: the limits of `TimingRules`. Noise: none.
    """
    return round(fmean(speed > unnoticed_fastest for speed in speeds), 4) if speeds else None


def overflow_max_s(ends_s: Sequence[float], original_ends_s: Sequence[float]) -> float | None:
    """Return how far the furthest line runs past the end of its original; negative where none does.

    Unit: s. Direction: lower is better. Source: Brannon et al., TACL 2023, find that dubbers let ends run
    loosely. Noise: that of the recogniser's word times, to 0.4 s for the ends of lines.
    """
    over = [end - original for end, original in zip(ends_s, original_ends_s, strict=True)]
    return round(max(over), 4) if over else None
