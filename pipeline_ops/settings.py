"""What a deployment decides: where things lie, which profile is the default, limits of stages.

Read from the environment, and from one YAML file that the environment may name; never from code.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from annotated_types import Ge, Gt, Le

from pipeline_ops.errors import SettingsError

Section = TypeVar("Section")

MOST_MAPPED = 1024
"""Over how many things Airflow maps one task, as it comes (`[core] max_map_length`)."""

MINIMUM_GRACE_DAYS = 0.125
"""Three hours: a collection beside runs that go on is safe above an hour (`checkpoints/blobs.py`)."""

MINIMUM_PLAYBACK_DAYS = 3
"""A page tells of its view for up to two days (`delivery/service.py`): what is folded must change no more."""


@dataclass(frozen=True, slots=True)
class BacklogSettings:
    """How creators' uploads are worked through.

    Attributes:
        schedule: When, as cron writes it, in UTC; what was uploaded between two times is one interval.
        per_creator: How many runs one backlog run may start for one creator.
        in_all: How many it may start in all; at most `MOST_MAPPED`.
    """

    schedule: str = "0 1 * * *"
    per_creator: Annotated[int, Ge(1)] = 20
    in_all: Annotated[int, Ge(1), Le(MOST_MAPPED)] = 200


@dataclass(frozen=True, slots=True)
class HousekeepingSettings:
    """How long things are kept, and what is looked after every day.

    Attributes:
        schedule: When, as cron writes it, in UTC.
        rejected_days: How long the checkpoints of a run are kept whose video was rejected.
        failed_days: Of one that failed: it may be cleared in Airflow, and goes on from them.
        replaced_days: Of one of which viewers get nothing any more: as long, an upgrade can be taken back.
        grace_days: Nothing younger than this is removed.
        lost_after_hours: A run that Airflow does not know is lost where it was asked for longer ago.
        abandoned_upload_hours: An upload of which nothing was heard for so long is given up.
        playback_days: For how long each view is kept by itself; then only the totals of its day are.
        scrub_share: The share of all checkpoints that is read and compared with its digests each day.
    """

    schedule: str = "0 4 * * *"
    rejected_days: Annotated[float, Ge(0)] = 30
    failed_days: Annotated[float, Ge(0)] = 30
    replaced_days: Annotated[float, Ge(0)] = 90
    grace_days: Annotated[float, Ge(MINIMUM_GRACE_DAYS)] = 7
    lost_after_hours: Annotated[float, Gt(0)] = 24
    abandoned_upload_hours: Annotated[float, Ge(1)] = 48
    playback_days: Annotated[float, Ge(MINIMUM_PLAYBACK_DAYS)] = 90
    scrub_share: Annotated[float, Gt(0), Le(1)] = 0.04


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What is expected of a run.

    Attributes:
        late_after_hours: How long after it was queued a run that has not ended is told of.
    """

    late_after_hours: Annotated[float, Gt(0)] = 6


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How viewers are served.

    Attributes:
        files: Who sends segments: `served` by the delivery service, or the `bucket` itself, by addresses that
            S3 signs; the bucket must then allow the service's origin (CORS), and be reachable for viewers.
        address_hours: How long an address of a segment holds at least; twice as long at most.
        events_per_minute: How many reports of watch time one network address may send.
        reports_per_hour: How many complaints about translations one network address may send.
    """

    files: Literal["served", "bucket"] = "served"
    address_hours: Annotated[float, Gt(0), Le(84)] = 6
    events_per_minute: Annotated[int, Ge(1)] = 600
    reports_per_hour: Annotated[int, Ge(1)] = 10


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """How creators are served.

    Attributes:
        consent_texts: What creators are asked to agree to, a YAML file (docs/studio.md); the texts that come
            with the release where none is named.
    """

    consent_texts: Path | None = None


@dataclass(frozen=True, slots=True)
class SigningSettings:
    """Who signs the manifests of finished translations (docs/provenance.md).

    Attributes:
        command: What signs: it reads what is to be signed and writes the ES256 signature. Empty: the
            development chain below the home, which nobody else trusts.
        certificate_chain: The certificates that go with it, PEM, the signer's first.
        trust_anchors: Whom to trust when what was signed is checked, PEM; the chain where none is named.
        timestamp_authority: The address of an RFC 3161 authority.
    """

    command: tuple[str, ...] = ()
    certificate_chain: Path | None = None
    trust_anchors: Path | None = None
    timestamp_authority: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one deployment.

    Attributes:
        home: Folder for everything that this machine keeps (DUBWRIGHT_HOME, default `var`).
        store_url: The checkpoint store: a folder or `s3://bucket/prefix` (DUBWRIGHT_STORE_URL).
        catalog_url: The catalog's database: SQLite or PostgreSQL (DUBWRIGHT_CATALOG_URL, default
            `catalog.db` below the home). May hold a password.
        media_dir: The folder that requests may name files in (DUBWRIGHT_MEDIA_DIR).
        media_url: Where creators' uploads lie: that folder, another, or `s3://bucket/prefix`
            (DUBWRIGHT_MEDIA_URL).
        scratch_dir: Where stages keep files while they run (DUBWRIGHT_SCRATCH_DIR): best on a local disk.
        profile: The default profile (DUBWRIGHT_PROFILE, default `embedded`).
        signing_dir: Where the development chain lies (DUBWRIGHT_SIGNING_DIR, default `signing` below the
            home): one place for all machines that share a store.
        stage_parameters: Stage name -> parameter -> value, from the `stages` key of the YAML file that
            DUBWRIGHT_SETTINGS names: limits of length, size and resolution among them.
        backlog: The file's `backlog` key.
        housekeeping: The file's `housekeeping` key.
        runs: The file's `runs` key.
        delivery: The file's `delivery` key.
        studio: The file's `studio` key.
        signing: The file's `signing` key.
    """

    home: Path
    store_url: str
    media_dir: Path
    media_url: str
    scratch_dir: Path
    catalog_url: str = field(repr=False)
    profile: str = "embedded"
    signing_dir: Path = Path("var/signing")
    stage_parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    backlog: BacklogSettings = field(default_factory=BacklogSettings)
    housekeeping: HousekeepingSettings = field(default_factory=HousekeepingSettings)
    runs: RunSettings = field(default_factory=RunSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    studio: StudioSettings = field(default_factory=StudioSettings)
    signing: SigningSettings = field(default_factory=SigningSettings)

    @property
    def inspection_cache(self) -> Path:
        """Where the inspection pages keep copies of a remote store's artefacts."""
        return self.home / "cache" / "inspection"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: the settings file cannot be read or has another shape.
        """
        variables = os.environ if environment is None else environment
        home = Path(variables.get("DUBWRIGHT_HOME", "var")).absolute()
        media_dir = Path(variables.get("DUBWRIGHT_MEDIA_DIR", str(home / "media"))).absolute()
        file = variables.get("DUBWRIGHT_SETTINGS")
        content = _read_file(file)
        return cls(
            home=home,
            store_url=variables.get("DUBWRIGHT_STORE_URL", str(home / "store")),
            media_dir=media_dir,
            media_url=variables.get("DUBWRIGHT_MEDIA_URL", str(media_dir)),
            scratch_dir=Path(variables.get("DUBWRIGHT_SCRATCH_DIR", str(home / "scratch"))).absolute(),
            catalog_url=variables.get("DUBWRIGHT_CATALOG_URL", f"sqlite:///{home / 'catalog.db'}"),
            profile=variables.get("DUBWRIGHT_PROFILE", "embedded"),
            signing_dir=Path(variables.get("DUBWRIGHT_SIGNING_DIR", str(home / "signing"))).absolute(),
            stage_parameters=content.get("stages", {}),
            backlog=_section("backlog", BacklogSettings, content, file),
            housekeeping=_section("housekeeping", HousekeepingSettings, content, file),
            runs=_section("runs", RunSettings, content, file),
            delivery=_section("delivery", DeliverySettings, content, file),
            studio=_section("studio", StudioSettings, content, file),
            signing=_section("signing", SigningSettings, content, file),
        )


def _read_file(file: str | None) -> Mapping[str, Any]:
    """Return what the settings file says, nothing where there is none."""
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
    return content


def _section(name: str, shape: type[Section], content: Mapping[str, Any], file: str | None) -> Section:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(shape).validate_python(content.get(name) or {})
    except ValidationError as error:
        message = f"The settings file {file} says of `{name}` what makes no sense: {error}"
        raise SettingsError(message) from error
