"""How far each frame's mouth is changed: fully where somebody is heard, not at all in silence.

A mouth must be changed while the dub speaks, and also where only the original speaks: it would move without
a sound. Where neither does, the picture is the creator's own. Between the two the mouth needs time to go from
one shape to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.types import TimeSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAD_S = 0.12
"""Before a sound the mouth is already on its way: lips part 100 to 200 ms before the first vowel is heard."""

RAMP_S = 0.16
"""What a hand-over takes: a mouth closes in 100 to 200 ms; faster looks like a jump."""


def change_strength(
    times_s: NDArray[np.float64],
    spoken: Sequence[TimeSpan],
    usable: NDArray[np.bool_],
    *,
    begins_at_cut: bool,
    ends_at_cut: bool,
) -> NDArray[np.float32]:
    """Return for each frame of a track how far its mouth is changed, shape (frames,), 0 to 1.

    It is 1 from `LEAD_S` before until `LEAD_S` after each span, with ramps outside of that; 0 where the face
    is not usable, with ramps towards such frames, so that no mouth jumps as it is let go. A cut hides a jump,
    so there is no ramp towards one.

    Args:
        times_s: When each frame is shown; at least one.
        spoken: When the dub or the original is heard, in any order; they may overlap.
        usable: Shape (frames,): where a mouth can be changed.
        begins_at_cut: Whether a cut comes before the first frame; else the face is unusable there.
        ends_at_cut: Whether a cut follows the last one.
    """
    heard = np.zeros(len(times_s))
    for span in spoken:
        early_s, late_s = span.start_s - LEAD_S - times_s, times_s - span.end_s - LEAD_S
        away_s = np.maximum(np.maximum(early_s, late_s), 0.0)
        heard = np.maximum(heard, 1.0 - away_s / RAMP_S)
    frame_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0
    bad_s = np.concatenate(
        [
            [] if begins_at_cut else [times_s[0] - frame_s],
            times_s[~usable],
            [] if ends_at_cut else [times_s[-1] + frame_s],
        ]
    )
    strength = np.minimum(heard, np.where(usable, _distance_s(times_s, bad_s) / RAMP_S, 0.0))
    # A raised cosine, so that neither the shape nor its speed jumps.
    eased = 0.5 - 0.5 * np.cos(np.pi * np.clip(strength, 0.0, 1.0))
    return eased.astype(np.float32)


def _distance_s(times_s: NDArray[np.float64], others_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each time is from the nearest of others, which rise; inf where there are none."""
    bounded = np.concatenate([[-np.inf], others_s, [np.inf]])
    after = np.searchsorted(bounded, times_s)
    nearest: NDArray[np.float64] = np.minimum(times_s - bounded[after - 1], bounded[after] - times_s)
    return nearest
