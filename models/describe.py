"""Writes catalog entries for files that somebody fetched: `undigested.yaml`, completed with their digests.

An entry pins every file by its full sha256. Where no such digests could be had and checked, the entry cannot
come with Dubwright; whoever has the files makes it, and from then on they are pinned like all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from models.catalog import Catalog, read_yaml, unknown_name
from models.errors import FaultError, UnknownModelError
from models.weights_sources.base import sha256_of

UNDIGESTED_FILE = Path(__file__).with_name("undigested.yaml")
OPTIONAL_MARK = "?"
_OWN_FIELDS = ("group", "address", "files")
_HEAD = "# Written by `dubwright models describe`. Name it by DUBWRIGHT_CATALOG, as an absolute path.\n"


def describable() -> tuple[str, ...]:
    """Return what can be described."""
    return tuple(dict.fromkeys(entry["group"] for entry in _undigested()))


def describe(
    name: str, folder: Path, *, revision: str | None = None, options: Mapping[str, Any] | None = None
) -> str:
    """Return a catalog, as YAML, with the entries of a model whose files lie in a folder.

    Args:
        name: One of `describable`.
        folder: Where the files lie, under the publisher's names.
        revision: The publisher's revision that they were fetched from, if it is known: then they can be
            fetched again from there. Without it they come from a local folder or the deployment's mirror
            alone.
        options: For the engines, as `{"device": "cuda"}`; each has defaults.

    Raises:
        UnknownModelError: there is no such model.
        FaultError: the folder lacks a file.
    """
    entries = [entry for entry in _undigested() if entry["group"] == name]
    if not entries:
        raise UnknownModelError(unknown_name("model to describe", name, describable()))
    digested: dict[Path, tuple[str, int]] = {}
    models = [_completed(entry, folder, revision, dict(options or {}), digested) for entry in entries]
    document = {"models": models}
    Catalog.model_validate(document)
    return _HEAD + yaml.dump(document, sort_keys=False, allow_unicode=True, width=110, Dumper=_Plain)


def _completed(
    entry: Mapping[str, Any],
    folder: Path,
    revision: str | None,
    options: dict[str, Any],
    digested: dict[Path, tuple[str, int]],
) -> dict[str, Any]:
    """Return one entry of the catalog; what was hashed for another one is not hashed again."""
    files: list[dict[str, Any]] = []
    for path in _found(entry["files"], folder):
        if path not in digested:
            digested[path] = (sha256_of(path), path.stat().st_size)
        digest, size_bytes = digested[path]
        url = entry["address"].format(revision=revision, name=path.name)
        sources = [{"kind": "hub", "url": url}] if revision else []
        files.append({"name": path.name, "sha256": digest, "size_bytes": size_bytes, "sources": sources})
    kept = {field: value for field, value in entry.items() if field not in _OWN_FIELDS}
    head = {field: kept.pop(field) for field in ("id", "capability")}
    version = str(revision or files[0]["sha256"])
    return {**head, "version": version[:12], **kept, "options": options, "files": files}


def _found(patterns: list[str], folder: Path) -> list[Path]:
    found: list[Path] = []
    for pattern in patterns:
        matching = sorted(folder.glob(pattern.removesuffix(OPTIONAL_MARK)))
        if not matching and not pattern.endswith(OPTIONAL_MARK):
            message = f"{folder} has no {pattern}; fetch all files of the model into it first"
            raise FaultError(message)
        found += [path for path in matching if path not in found]
    return found


def _undigested() -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = read_yaml(UNDIGESTED_FILE)["models"]
    return models


class _Plain(yaml.SafeDumper):
    """Writes values that occur twice twice: anchors help nobody who reads the file."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
