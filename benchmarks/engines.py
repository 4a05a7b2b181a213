"""The embedded profile's engines, each loaded once, for benchmarks that ask models without a run."""

from __future__ import annotations

from functools import cache
from typing import Any

from models.base import Capability
from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import resolve
from models.weights import WeightsStore


@cache
def engine(capability: Capability, language: str | None = None) -> Any:
    """Return an engine of the embedded profile.

    Raises:
        UnsupportedLanguageError: none serves the language.
    """
    catalog = load_catalog()
    profile = load_profile("embedded", catalog)
    weights = WeightsStore.from_environment()
    return resolve(
        catalog, profile, capability, source_language=language, target_language=language, weights=weights
    ).load()
