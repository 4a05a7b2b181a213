"""The embedded profile's engines, loaded from their real weights, and the project's own clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.base import Capability
from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import ResolvedModel, resolve
from models.weights import WeightsStore
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg

CLIP = Path(__file__).parents[2] / "demo" / "talking_head.mp4"
SPOKEN_S = (0.6, 4.0, 7.9, 12.3)
"""When the demo clip's four lines begin."""


def engine(capability: Capability, language: str | None = None) -> Any:
    catalog = load_catalog()
    return resolve(
        catalog,
        load_profile("embedded", catalog),
        capability,
        source_language=language,
        target_language=language,
        weights=WeightsStore.from_environment(),
    ).load()


def model(model_id: str) -> Any:
    """One model of the catalog, whichever the profile prefers."""
    return ResolvedModel((load_catalog().entry(model_id),), WeightsStore.from_environment()).load()


def sound(rate_hz: int, channels: int) -> np.ndarray:
    """The demo clip's sound, shape (channels, frames)."""
    raw = run_ffmpeg(
        [*own_input(CLIP), "-ac", str(channels), "-ar", str(rate_hz), "-f", "f32le", "pipe:1"],
        task="decode the demo clip",
        timeout_s=60,
    ).output
    return np.frombuffer(raw, np.float32).reshape(-1, channels).T.copy()
