"""An experiment as it is written down: a YAML file, and its exposures and events as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline_ops.errors import SettingsError
from pipeline_ops.experiments.assignment import assign
from pipeline_ops.experiments.outcomes import Aggregate, Exposure, OutcomeEvent, OutcomeMetric

Row = TypeVar("Row")

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class MetricDefinition(BaseModel):
    """One outcome, as the file has it; `outcomes.OutcomeMetric` says what each key means."""

    model_config = ConfigDict(extra="forbid")

    event: Name
    aggregate: Aggregate = "any"
    within_hours: Annotated[float, Field(gt=0)] = 24.0
    highest: Annotated[float, Field(gt=0)] | None = 1.0
    higher_is_better: bool = True


class ShownVersion(BaseModel):
    """Which version of a dub the viewers of an arm get.

    Attributes:
        model: The id of the model that made it; None for any.
        stage: Of which stage it is the model.
        lips: Whether its lips were changed; None for either.
    """

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    stage: Name = "translate"
    lips: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ShownVersion:
        if self.model is None and self.lips is None:
            message = (
                "name the model or whether lips are changed; an arm that shows what is published is left out"
            )
            raise ValueError(message)
        return self


class ExperimentDefinition(BaseModel):
    """The whole file.

    Attributes:
        name: Also the salt of its assignment, unless `salt` says another.
        arms: Arm -> share; the first one is the control.
        shows: Arm -> what its viewers get; an arm that is not named gets what is published.
        metrics: Name -> what is counted.
        salt: Change it to assign everybody anew.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    arms: Annotated[dict[Name, Annotated[float, Field(gt=0)]], Field(min_length=2)]
    shows: dict[Name, ShownVersion] = {}
    metrics: dict[Name, MetricDefinition] = {}
    salt: str | None = None

    @model_validator(mode="after")
    def _shows_its_arms(self) -> ExperimentDefinition:
        if unknown := sorted(set(self.shows) - set(self.arms)):
            message = f"`shows` names {unknown[0]!r}, which is no arm"
            raise ValueError(message)
        return self

    def arm_of(self, unit: str) -> str:
        """Return the arm of a unit: always the same one."""
        return assign(unit, self.arms, self.salt or self.name)

    def outcome_metrics(self) -> tuple[OutcomeMetric, ...]:
        """Return the outcomes in the file's order."""
        return tuple(
            OutcomeMetric(
                name,
                metric.event,
                metric.aggregate,
                timedelta(hours=metric.within_hours),
                metric.highest,
                metric.higher_is_better,
            )
            for name, metric in self.metrics.items()
        )


def read_definition(file: Path) -> ExperimentDefinition:
    """Read an experiment.

    Raises:
        SettingsError: the file cannot be read, or says what makes no sense.
    """
    try:
        return ExperimentDefinition.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        message = f"The experiment {file} cannot be read: {error}"
        raise SettingsError(message) from error


def read_exposures(file: Path) -> tuple[Exposure, ...]:
    """Read a CSV with the columns unit, arm, at.

    Raises:
        SettingsError: it cannot be read; the message names the line.
    """
    return tuple(
        _rows(file, ("unit", "arm", "at"), lambda row: Exposure(row["unit"], row["arm"], _moment(row["at"])))
    )


def read_events(file: Path) -> tuple[OutcomeEvent, ...]:
    """Read a CSV with the columns unit, name, value, at.

    Raises:
        SettingsError: it cannot be read; the message names the line.
    """
    return tuple(
        _rows(
            file,
            ("unit", "name", "value", "at"),
            lambda row: OutcomeEvent(row["unit"], row["name"], float(row["value"]), _moment(row["at"])),
        )
    )


def _rows(file: Path, columns: tuple[str, ...], read: Callable[[dict[str, Any]], Row]) -> Iterator[Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                message = f"{file} lacks the columns {', '.join(sorted(missing))}."
                raise SettingsError(message)
            for row in reader:
                try:
                    yield read(row)
                except (TypeError, ValueError) as error:
                    message = f"{file}, line {reader.line_num}: {error}"
                    raise SettingsError(message) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{file} cannot be read: {error}"
        raise SettingsError(message) from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"{text!r} has no time zone; write 2026-11-26T12:00:00+00:00"
        raise ValueError(message)
    return moment
