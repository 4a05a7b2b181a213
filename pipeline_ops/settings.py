"""What a deployment decides: where things lie, which profile is the default, limits of stages.

Read from the environment, and from one YAML file that the environment may name; never from code.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline_ops.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one deployment.

    Attributes:
        home: Folder for everything that this machine keeps (DUBWRIGHT_HOME, default `var`).
        store_url: The checkpoint store: a folder or `s3://bucket/prefix` (DUBWRIGHT_STORE_URL).
        catalog_url: The catalog's database: SQLite or PostgreSQL (DUBWRIGHT_CATALOG_URL, default
            `catalog.db` below the home). May hold a password.
        media_dir: The folder that requests may name files in (DUBWRIGHT_MEDIA_DIR).
        scratch_dir: Where stages keep files while they run (DUBWRIGHT_SCRATCH_DIR): best on a local disk.
        profile: The default profile (DUBWRIGHT_PROFILE, default `embedded`).
        stage_parameters: Stage name -> parameter -> value, from the `stages` key of the YAML file that
            DUBWRIGHT_SETTINGS names: limits of length, size and resolution among them.
    """

    home: Path
    store_url: str
    media_dir: Path
    scratch_dir: Path
    catalog_url: str = field(repr=False)
    profile: str = "embedded"
    stage_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: the settings file cannot be read or has another shape.
        """
        variables = os.environ if environment is None else environment
        home = Path(variables.get("DUBWRIGHT_HOME", "var")).absolute()
        return cls(
            home=home,
            store_url=variables.get("DUBWRIGHT_STORE_URL", str(home / "store")),
            media_dir=Path(variables.get("DUBWRIGHT_MEDIA_DIR", str(home / "media"))).absolute(),
            scratch_dir=Path(variables.get("DUBWRIGHT_SCRATCH_DIR", str(home / "scratch"))).absolute(),
            catalog_url=variables.get("DUBWRIGHT_CATALOG_URL", f"sqlite:///{home / 'catalog.db'}"),
            profile=variables.get("DUBWRIGHT_PROFILE", "embedded"),
            stage_parameters=_stage_parameters(variables.get("DUBWRIGHT_SETTINGS")),
        )


def _stage_parameters(file: str | None) -> Mapping[str, Mapping[str, Any]]:
    if file is None:
        return {}
    try:
        content = yaml.safe_load(Path(file).read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        message = f"The settings file {file} (DUBWRIGHT_SETTINGS) cannot be read: {error}"
        raise SettingsError(message) from error
    stages = content.get("stages", {}) if isinstance(content, dict) else None
    if not isinstance(stages, dict) or not all(isinstance(value, dict) for value in stages.values()):
        message = f"The settings file {file} should hold `stages: {{stage: {{parameter: value}}}}`."
        raise SettingsError(message)
    return stages
