"""Gives each viewer or request to an arm: always the same one, without a table of who got what.

Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by Schindelhauer and Schomaker 2005): each
arm draws a number for each unit from a salted hash, and the best one has the unit. When an arm is added,
units move to it alone, and as many as its weight says; between other arms nobody moves.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

_HASH_SPAN = 2**64

LOTS = 65_536
"""Viewers are assigned by lots: so few that a lot names nobody where many watch, so many that a difference of
one percentage point at 10 % shows once all of them have been met."""


def assign(unit: str, weights: Mapping[str, float], salt: str) -> str:
    """Return the arm of a unit.

    Args:
        unit: Who or what is assigned, such as a viewer's pseudonym or a request's id.
        weights: Arm -> its share, above 0; shares need not add up to 1.
        salt: The experiment's own: two experiments with different salts assign independently.

    Raises:
        ValueError: there is no arm, or a weight is not above 0.
    """
    if not weights:
        message = "An experiment needs at least one arm."
        raise ValueError(message)
    for arm, weight in weights.items():
        if not (weight > 0 and math.isfinite(weight)):
            message = f"The arm {arm!r} has the weight {weight}; weights lie above 0."
            raise ValueError(message)
    # -log of a uniform number over a weight is a waiting time: the shortest wins as often as its weight says.
    return min(weights, key=lambda arm: (-math.log(_uniform(salt, arm, unit)) / weights[arm], arm))


def _uniform(*parts: str) -> float:
    """Return a number above 0 and below 1 that follows from the parts alone."""
    # Lengths stand before the parts, so that no two lists of parts are one text.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(text.encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 0.5) / _HASH_SPAN
