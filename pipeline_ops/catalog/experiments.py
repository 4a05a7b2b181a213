"""Experiments on viewers: one begins, runs and ends; which version its arms get; what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.playback_tables import ExperimentRow, PlaybackRow
from pipeline_ops.catalog.playbacks import reporter_of
from pipeline_ops.catalog.publishing import obstacle_to
from pipeline_ops.catalog.tables import (
    ONCE_PER_VIDEO,
    CreatorRow,
    StageRow,
    TranslationRow,
    TranslationState,
)
from pipeline_ops.catalog.trust_tables import ReportRow
from pipeline_ops.errors import SettingsError
from pipeline_ops.experiments.definition import ExperimentDefinition, ShownVersion
from pipeline_ops.experiments.outcomes import Exposure, OutcomeEvent
from pipeline_ops.experiments.playbacks import REPORTED, events_of, exposures_of

SHOWABLE: tuple[TranslationState, ...] = ("published", "held", "replaced")
"""What viewers got before, get now, or would get if an upgrade decided so."""

RunsByArm = Mapping[str, Mapping[str, str]]
"""Arm -> language -> the run whose dub the arm's viewers get."""


def start_experiment(
    session: Session, definition: ExperimentDefinition, *, by: str, now: datetime | None = None
) -> ExperimentRow:
    """Begin an experiment: from now on viewers get the version of their arm.

    Raises:
        SettingsError: another one runs, there was one of that name, or nothing would be shown or measured.
    """
    if not definition.shows or not definition.metrics:
        message = f"The experiment {definition.name} does not say what its arms show, or what is measured."
        raise SettingsError(message)
    running = running_experiment(session)
    if running is not None:
        message = f"The experiment {running.name} runs; stop it first: dubwright experiments stop"
        raise SettingsError(message)
    if session.get(ExperimentRow, definition.name) is not None:
        message = f"There was an experiment {definition.name} before; give this one another name."
        raise SettingsError(message)
    row = ExperimentRow(
        name=definition.name,
        definition=definition.model_dump(mode="json"),
        is_running=True,
        started_by=by[:200],
        started_at=now or datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    _log(session, row, "experiment_started", by, row.started_at)
    return row


def stop_experiment(session: Session, *, by: str, now: datetime | None = None) -> ExperimentRow:
    """End the experiment that runs: all viewers get what is published. Its report stays.

    Raises:
        SettingsError: none runs.
    """
    row = session.scalar(select(ExperimentRow).where(ExperimentRow.is_running.is_(True)).with_for_update())
    if row is None:
        message = "No experiment runs."
        raise SettingsError(message)
    row.is_running, row.ended_by, row.ended_at = None, by[:200], now or datetime.now(UTC)
    session.flush()
    _log(session, row, "experiment_stopped", by, row.ended_at)
    return row


def running_experiment(session: Session) -> ExperimentDefinition | None:
    """Return the experiment that runs, None where none does."""
    statement = select(ExperimentRow.definition).where(ExperimentRow.is_running.is_(True))
    definition = session.scalar(statement)
    return None if definition is None else ExperimentDefinition.model_validate(definition)


def list_experiments(session: Session) -> Sequence[ExperimentRow]:
    """Return all experiments in the order in which they began."""
    return session.scalars(select(ExperimentRow).order_by(ExperimentRow.started_at)).all()


def get_experiment(session: Session, name: str) -> ExperimentRow:
    """Return an experiment.

    Raises:
        SettingsError: there was none of that name.
    """
    row = session.get(ExperimentRow, name)
    if row is None:
        message = f"There was no experiment {name[:80]!r}."
        raise SettingsError(message)
    return row


def versions_by_arm(session: Session, media_id: str, experiment: ExperimentDefinition) -> RunsByArm:
    """Return whose dubs each arm gets of a video, in the languages in which arms differ; empty for none.

    A language counts where it is published, and where there is a version for every arm: viewers of all arms
    are then offered the same languages. A version that nobody has published yet is one only where publishing
    it would need no person's word, and its creator agrees to what it uses.
    """
    rows = session.scalars(
        select(TranslationRow)
        .where(TranslationRow.media_id == media_id, TranslationRow.state.in_(SHOWABLE))
        .order_by(TranslationRow.made_at.desc(), TranslationRow.run_id)
    ).all()
    models = _models(session, rows, experiment)
    versions: dict[str, dict[str, str]] = {arm: {} for arm in experiment.arms}
    for published in (row for row in rows if row.state == "published"):
        language = published.language
        others = [row for row in rows if row.language == language and row is not published]
        found = {
            arm: _version(session, models, experiment.shows.get(arm), published, others)
            for arm in experiment.arms
        }
        runs = {arm: run_id for arm, run_id in found.items() if run_id is not None}
        if len(runs) == len(found) and len(set(runs.values())) > 1:
            for arm, run_id in runs.items():
                versions[arm][language] = run_id
    return {arm: languages for arm, languages in versions.items() if languages}


def exposures_and_events(session: Session, name: str) -> tuple[list[Exposure], list[OutcomeEvent]]:
    """Return what is recorded of an experiment: which arm each viewer's lot met, and what came of it."""
    rows = session.scalars(
        select(PlaybackRow).where(PlaybackRow.experiment == name).order_by(PlaybackRow.began_at)
    ).all()
    return list(exposures_of(rows)), [*events_of(rows), *_reports_of(session, name, rows)]


_Models = Mapping[tuple[str, str, str], str | None]
"""Run, stage and language -> model."""


def _models(session: Session, rows: Sequence[TranslationRow], experiment: ExperimentDefinition) -> _Models:
    stages = {shown.stage for shown in experiment.shows.values() if shown.model is not None}
    if not stages:
        return {}
    statement = select(StageRow.run_id, StageRow.stage, StageRow.language, StageRow.model_id).where(
        StageRow.run_id.in_({row.run_id for row in rows}), StageRow.stage.in_(stages)
    )
    return {(run_id, stage, language): model for run_id, stage, language, model in session.execute(statement)}


def _version(
    session: Session,
    models: _Models,
    shown: ShownVersion | None,
    published: TranslationRow,
    others: Sequence[TranslationRow],
) -> str | None:
    """Return the run of the version that an arm gets: what is published if that is one, else the latest."""
    if shown is None or _is_shown(models, shown, published):
        return published.run_id
    for row in others:
        if _is_shown(models, shown, row) and _may_be_shown(session, row):
            return row.run_id
    return None


def _is_shown(models: _Models, shown: ShownVersion, row: TranslationRow) -> bool:
    if shown.lips is not None and shown.lips != ("lips" in row.uses):
        return False
    if shown.model is None:
        return True
    languages = (row.language, ONCE_PER_VIDEO)
    return any(models.get((row.run_id, shown.stage, each)) == shown.model for each in languages)


def _may_be_shown(session: Session, row: TranslationRow) -> bool:
    if row.state == "held" and row.creator_id is not None:
        creator = session.get(CreatorRow, row.creator_id)
        if creator is not None and creator.review_wanted:
            return False
    return obstacle_to(session, row) is None


def _reports_of(session: Session, name: str, rows: Sequence[PlaybackRow]) -> Iterator[OutcomeEvent]:
    lots = {reporter_of(row.view_id): str(row.lot) for row in rows if row.lot is not None}
    runs = select(PlaybackRow.run_id).where(PlaybackRow.experiment == name, PlaybackRow.run_id.is_not(None))
    reports = select(ReportRow.reporter, ReportRow.reported_at).where(ReportRow.run_id.in_(runs))
    for reporter, reported_at in session.execute(reports):
        if reporter in lots:
            yield OutcomeEvent(lots[reporter], REPORTED, 1.0, reported_at)


def _log(session: Session, row: ExperimentRow, what: str, by: str, now: datetime) -> None:
    audit.append(
        session, who=by, what=what, subject=f"experiment {row.name}", details=row.definition, now=now
    )
