"""Dubwright's one tree of errors.

    DubwrightError
    ├── RejectedInputError         what the input did: a verdict with a reason code, never retried
    │   └── (reason codes: `pipeline_ops/verdicts.py`)
    ├── WorldError                 what the world did: retried with back-off
    │   ├── WeightsUnavailableError    no source of a model's file could be reached
    │   ├── ModelProcessError          the process in which a model runs died, hung, or found no memory
    │   ├── ModelUnavailableError      a model on another machine did not answer
    │   ├── StorageUnavailableError    the checkpoint store did not answer
    │   ├── CatalogUnavailableError    the catalog's database did not answer
    │   ├── DamagedArtefactError       a stored artefact is missing or has another digest
    │   ├── AirflowUnavailableError    Airflow did not answer (`airflow_control/client.py`)
    │   ├── SigningUnavailableError    whoever signs manifests did not answer
    │   └── ProcessKilledError         a child process was ended by a signal
    └── FaultError                 what we did: fails loudly, never retried
        ├── WeightsDigestError         a model's file has another sha256 than the catalog pins
        ├── UnknownModelError          no such model, capability or profile
        ├── CatalogError               the catalog or a profile is wrong (`models/catalog.py`)
        ├── UnsupportedLanguageError   a model was asked for a language it does not serve
        ├── ModelRefusedError          a model on another machine refused a question
        ├── ModelOutputError           a model returned something unusable
        ├── AirflowRefusedError        Airflow refused a request (`airflow_control/client.py`)
        ├── SettingsError              a setting or a request makes no sense
        ├── MediaToolError             FFmpeg refused a job that Dubwright gave it
        └── StageOutputError           a stage's result failed its validation

Messages say what happened, to which file, and what to do.
"""

from __future__ import annotations

from models.errors import (
    DubwrightError,
    FaultError,
    ModelOutputError,
    ModelProcessError,
    ModelRefusedError,
    ModelUnavailableError,
    RejectedInputError,
    UnknownModelError,
    UnsupportedLanguageError,
    WeightsDigestError,
    WeightsUnavailableError,
    WorldError,
)

__all__ = [
    "CatalogUnavailableError",
    "DamagedArtefactError",
    "DubwrightError",
    "FaultError",
    "MediaToolError",
    "ModelOutputError",
    "ModelProcessError",
    "ModelRefusedError",
    "ModelUnavailableError",
    "ProcessKilledError",
    "RejectedInputError",
    "SettingsError",
    "SigningUnavailableError",
    "StageOutputError",
    "StorageUnavailableError",
    "UnknownModelError",
    "UnsupportedLanguageError",
    "WeightsDigestError",
    "WeightsUnavailableError",
    "WorldError",
]


class StorageUnavailableError(WorldError):
    """The checkpoint store did not answer, or answered with a server error."""


class CatalogUnavailableError(WorldError):
    """The catalog's database did not answer, or stayed locked."""


class DamagedArtefactError(WorldError):
    """A stored artefact is missing or does not have the digest that its manifest states.

    Attributes:
        reference: The checkpoint, as `stage/key`.
        artefact: The artefact's name within it.
    """

    def __init__(self, reference: str, artefact: str, detail: str) -> None:
        super().__init__(f"Artefact {artefact!r} of checkpoint {reference} is damaged: {detail}")
        self.reference = reference
        self.artefact = artefact
        self.detail = detail

    def __reduce__(self) -> tuple[type[DamagedArtefactError], tuple[str, str, str]]:
        """Survive pickling between processes."""
        return type(self), (self.reference, self.artefact, self.detail)


class SigningUnavailableError(WorldError):
    """Whoever signs manifests, or says when they were signed, did not answer."""


class ProcessKilledError(WorldError):
    """A child process was ended by a signal (out of memory, or an operator)."""


class SettingsError(FaultError):
    """A setting, a profile or a request makes no sense."""


class MediaToolError(FaultError):
    """FFmpeg refused a job that Dubwright gave it; the message holds its last lines."""


class StageOutputError(FaultError):
    """A stage's result failed its validation (empty, silent, too short, overlapping)."""
