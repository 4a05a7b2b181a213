"""What is compared: a profile, or a profile with other models and other parameters of stages."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from annotated_types import MinLen

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import NODES
from pipeline_ops.request import Request


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a comparison.

    Attributes:
        profile: A profile's name, or the path of its file.
        title: For people; the profile where it is empty.
        models: Capability -> model id, put before the profile's.
        stage_parameters: Stage -> parameter -> value, over the deployment's settings.
    """

    profile: Annotated[str, MinLen(1)]
    title: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    stage_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.title or self.profile

    def request(
        self,
        source: CheckpointReference,
        languages: tuple[str, ...],
        attachments: Mapping[str, CheckpointReference],
    ) -> Request:
        """Return the request that makes this version of a clip's translations."""
        return Request(source, languages, self.profile, self.models, self.stage_parameters, attachments)


def read_version(text: str) -> Version:
    """Read what `--a` and `--b` say: a profile's name or file, or a YAML file with `profile` in it.

    Raises:
        SettingsError: the file cannot be read, or holds something else.
    """
    path = Path(text)
    if path.suffix not in {".yaml", ".yml"}:
        return Version(text)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"{path} cannot be read: {error}"
        raise SettingsError(message) from error
    if isinstance(document, dict) and "profile" not in document:
        return Version(text, path.stem)  # the file is a profile's own
    return parse_version({"title": path.stem, **document} if isinstance(document, dict) else document, text)


def parse_version(document: Any, where: str) -> Version:
    """Make a version of a map with `profile` and perhaps `title`, `models` and `stage_parameters`.

    Raises:
        SettingsError: it is none, or gives parameters to a stage that there is not.
    """
    from pydantic import TypeAdapter, ValidationError

    known = [each.name for each in dataclasses.fields(Version)]
    if isinstance(document, dict) and (unknown := sorted(set(document) - set(known))):
        message = f"{where} says {unknown[0]!r}; a version to compare has {', '.join(known)}."
        raise SettingsError(message)
    try:
        version = TypeAdapter(Version).validate_python(document)
    except ValidationError as error:
        mistakes = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        message = f"{where} is no version to compare: {mistakes}"
        raise SettingsError(message) from error
    if strange := sorted(set(version.stage_parameters) - set(NODES)):
        message = f"{where}: there is no stage {strange[0]!r}; there are {', '.join(NODES)}."
        raise SettingsError(message)
    return version
