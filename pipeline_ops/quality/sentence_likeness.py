"""Does a line of the dub mean what the original's does? By a sentence encoder.

BLASER 2.0 (Dale and Costa-jussà, 2024) and COMET (Rei et al., 2020) rank good translations, which this does
not: their weights fit no test here. One of them comes in as another engine of `sentence_similarity`, or as a
capability of its own with a figure beside this one in `Metrics`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.base import SentenceEncoder

FINAL_MARKS = ".!…。！।"
"""Not the question mark: what is asked is not what is said."""


def sentence_likenesses(
    sources: Sequence[str], targets: Sequence[str], encoder: SentenceEncoder
) -> tuple[float | None, ...]:
    """Return for each line how alike the two sentences are in meaning; None where one of them is empty.

    What it is: the dot product of the two sentences' points. Unit: none, at most 1. Direction: higher is
    better. Source: Yang et al., ACL 2020. Noise: good translations of short lines lie between 0.55 and 0.95,
    other lines of the same talk between 0 and 0.5, so a mean over lines tells gross errors only.
    """
    both = [
        place
        for place, pair in enumerate(zip(sources, targets, strict=True))
        if all(text.strip().rstrip(FINAL_MARKS) for text in pair)
    ]
    # A full stop for an exclamation mark cost 0.09 of a likeness, and means nothing.
    one, other = (
        encoder.embed_sentences([texts[place].strip().rstrip(FINAL_MARKS) for place in both])
        for texts in (sources, targets)
    )
    found = dict(zip(both, np.sum(one * other, axis=1), strict=True))
    return tuple(round(float(found[place]), 4) if place in found else None for place in range(len(sources)))
