"""Profiles: which models answer for which capability, in order of preference."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pydantic

from models.base import Capability
from models.catalog import Catalog, CatalogError, ModelEntry, read_yaml, unknown_name
from models.errors import UnknownModelError
from models.languages import normalise_language

__all__ = [
    "CAPABILITIES",
    "Profile",
    "load_profile",
    "normalise_language",
    "profile_names",
]

PROFILES_FOLDER = Path(__file__).with_name("profiles")
CAPABILITIES: tuple[Capability, ...] = typing.get_args(Capability)


class _ProfileFile(pydantic.BaseModel):
    """The shape of a profile's YAML file."""

    model_config = pydantic.ConfigDict(extra="forbid")

    name: str
    description: str
    forbid_non_commercial: bool = False
    needs: str = ""
    models: dict[str, list[str]]


@dataclass(frozen=True)
class Profile:
    """Capability -> model ids, the preferred first; the first that serves the language(s) answers.

    Attributes:
        name: Its name, as `--profile` takes it.
        description: One sentence for people who choose among profiles.
        models: The ids by capability.
        forbid_non_commercial: Whether models with a non-commercial licence are refused.
        catalog: Where the ids are looked up.
        requested: Ids that a request put first (`with_model`); they are never silently passed over.
    """

    name: str
    description: str
    models: Mapping[Capability, tuple[str, ...]]
    forbid_non_commercial: bool
    catalog: Catalog = field(repr=False)
    requested: frozenset[str] = frozenset()

    def entries(self, capability: Capability) -> tuple[ModelEntry, ...]:
        """Return the models that may answer for a capability, the preferred first."""
        return tuple(self.catalog.entry(model_id) for model_id in self.models.get(capability, ()))

    @property
    def all_entries(self) -> tuple[ModelEntry, ...]:
        """Every model it names, each once."""
        ids = dict.fromkeys(model_id for ids in self.models.values() for model_id in ids)
        return tuple(self.catalog.entry(model_id) for model_id in ids)

    def with_model(self, capability: Capability, model_id: str) -> Profile:
        """Return the same profile with `model_id` first for a capability.

        Raises:
            UnknownModelError: there is no such model or capability.
            CatalogError: the model has another capability, or a licence that the profile forbids.
        """
        _check(capability, model_id, self.catalog, self.forbid_non_commercial, f"profile {self.name}")
        others = tuple(other for other in self.models.get(capability, ()) if other != model_id)
        return dataclasses.replace(
            self,
            models={**self.models, capability: (model_id, *others)},
            requested=self.requested | {model_id},
        )


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with Dubwright."""
    return tuple(sorted(path.stem for path in PROFILES_FOLDER.glob("*.yaml")))


def load_profile(name_or_path: str | Path, catalog: Catalog) -> Profile:
    """Read a profile by the name of one that comes with Dubwright, or by the path of a YAML file.

    Raises:
        UnknownModelError: no such profile, or it names a model or a capability that does not exist.
        CatalogError: the file is no profile, or names a model that it may not.
    """
    path = _find(name_or_path)
    try:
        document = _ProfileFile.model_validate(read_yaml(path))
    except pydantic.ValidationError as error:
        mistakes = "; ".join(f"{'.'.join(map(str, m['loc']))}: {m['msg']}" for m in error.errors())
        message = f"{path} is not a valid profile: {mistakes}"
        raise CatalogError(message) from error
    models: dict[Capability, tuple[str, ...]] = {}
    for capability, ids in document.models.items():
        for model_id in ids:
            try:
                _check(capability, model_id, catalog, document.forbid_non_commercial, str(path))
            except UnknownModelError as error:
                if not document.needs:
                    raise
                message = f"{error}. This profile needs models of your own catalog: {document.needs}"
                raise UnknownModelError(message) from error
        models[typing.cast("Capability", capability)] = tuple(ids)
    return Profile(document.name, document.description, models, document.forbid_non_commercial, catalog)


def _find(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path) or name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    if name_or_path not in profile_names():
        raise UnknownModelError(unknown_name("profile", name_or_path, profile_names()))
    return PROFILES_FOLDER / f"{name_or_path}.yaml"


def _check(capability: str, model_id: str, catalog: Catalog, forbid_non_commercial: bool, where: str) -> None:
    """Refuse a model that cannot stand at this place."""
    if capability not in CAPABILITIES:
        raise UnknownModelError(f"{where}: {unknown_name('capability', capability, CAPABILITIES)}")
    try:
        entry = catalog.entry(model_id)
    except UnknownModelError as error:
        message = f"{where}, {capability}: {error}"
        raise UnknownModelError(message) from error
    if entry.capability != capability:
        message = f"{where}: model {model_id} is for {entry.capability}, not for {capability}"
        raise CatalogError(message)
    if forbid_non_commercial and entry.licence.non_commercial:
        message = (
            f"{where} forbids non-commercial licences, and model {model_id} has one"
            f" ({entry.licence.spdx}); take another model, or a profile that allows it"
        )
        raise CatalogError(message)
