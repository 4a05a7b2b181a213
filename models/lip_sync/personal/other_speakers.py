"""What other people's mouths let expect of a speaker's, before any of their own footage was seen.

Of ten seconds of a stranger's speech one learns little about how mouths go with sounds; other people have
taught most of it before. Their regression is the mean of the prior to which a speaker's own footage is added
(ridge regression towards what is known; Evgeniou and Pontil, "Regularized multi-task learning", 2004).
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.faces.talking_speakers import speakers_without

if TYPE_CHECKING:
    from numpy.typing import NDArray

RIDGE = 160.0
"""Added to sound's second moments; 80 to 320 foretell speakers left out equally well."""

DATA = Path(__file__).parent / "other_speakers.npz"


@functools.lru_cache(maxsize=4)
def mouths_of_others(digest: str | None, data: Path = DATA) -> NDArray[np.float64]:
    """Return the regression from sound to the motion of a mouth, shape (sound values, 6).

    Args:
        digest: sha256 of the video of whoever is to be learnt; they are left out.
        data: What `scripts/learn_talking_mouths.py` wrote.
    """
    speakers = speakers_without(digest, data)
    sound = np.sum([each.sound for each in speakers], axis=0)
    joint = np.sum([each.joint for each in speakers], axis=0)
    weights: NDArray[np.float64] = np.linalg.solve(sound + RIDGE * np.eye(len(sound)), joint)
    return weights
