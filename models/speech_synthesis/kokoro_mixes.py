"""Mixes of Kokoro's voices that were said once, and where Resemblyzer hears them.

`kokoro_mixes.npz` is written by `scripts/hear_voice_mixes.py`: who looks for the mix that sounds like
somebody starts from there, and has to say far fewer of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.types import HeardMixes

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIXES_FILE = Path(__file__).with_name("kokoro_mixes.npz")


def heard_mixes_of(places: Mapping[str, NDArray[np.float32]]) -> HeardMixes | None:
    """Return the mixes of these voices alone; None where there are none.

    Args:
        places: Where each voice's timbre and manner lie, shape (2, dimensions).
    """
    with np.load(MIXES_FILE, allow_pickle=False) as content:
        names = [str(name) for name in content["voice_ids"]]
        weights = content["weights"].astype(np.float32)
        points = content["points"].astype(np.float32)
        space = str(content["space"])
    here = np.array([name in places for name in names])
    usable = ~np.any(weights[:, :, ~here] != 0.0, axis=(1, 2))
    if not usable.any():
        return None
    norms = np.linalg.norm(points[usable], axis=1, keepdims=True)
    voice_ids = tuple(name for name, is_here in zip(names, here, strict=True) if is_here)
    return HeardMixes(
        space=space,
        voice_ids=voice_ids,
        voice_places=np.stack([places[name] for name in voice_ids], axis=1),
        weights=weights[usable][:, :, here],
        points=points[usable] / norms,
    )
