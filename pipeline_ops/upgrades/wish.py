"""What an operator asks for: which model is to answer from now on, and in whose translations."""

from __future__ import annotations

from dataclasses import dataclass

from models.base import Capability
from models.catalog import Catalog
from models.profile import CAPABILITIES
from pipeline_ops.errors import SettingsError
from pipeline_ops.request import parse_languages


@dataclass(frozen=True, slots=True)
class UpgradeWish:
    """An upgrade as it is asked for.

    Attributes:
        capability: What the model does.
        model_id: The model that is to answer.
        old_model_id: The only one that it replaces; None where it replaces whatever answered before.
        creator_id: Whose translations; None for everybody's.
        languages: Into which ones; empty for all.
    """

    capability: Capability
    model_id: str
    old_model_id: str | None = None
    creator_id: str | None = None
    languages: tuple[str, ...] = ()


def read_wish(
    catalog: Catalog,
    *,
    capability: str,
    to: str,
    old: str | None = None,
    creator: str | None = None,
    languages: str | None = None,
) -> UpgradeWish:
    """Check what an operator wrote.

    Raises:
        SettingsError: there is no such capability, the model has another one, or a language makes no sense.
        UnknownModelError: there is no such model.
    """
    if capability not in CAPABILITIES:
        message = f"There is no capability {capability!r}; there are {', '.join(CAPABILITIES)}."
        raise SettingsError(message)
    entry = catalog.entry(to)
    if entry.capability != capability:
        message = f"Model {to} is for {entry.capability}, not for {capability}."
        raise SettingsError(message)
    if old == to:
        message = f"{to} is to replace itself. Leave --from out to replace its earlier versions."
        raise SettingsError(message)
    wanted = parse_languages(languages) if languages else ()
    return UpgradeWish(entry.capability, to, old, creator, wanted)
