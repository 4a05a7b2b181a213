"""What an upgrade came to: decisions, and the planned stages and CPU seconds against the real ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.tables import RunRow, StageRow, UpgradeItemRow, UpgradeRow, UpgradeRunRow
from pipeline_ops.upgrades.plan import place_of


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run of an upgrade, planned against real.

    Attributes:
        run_id: The run.
        replaces: The run that it replaces.
        wave: In which wave it was; 1 is the canary.
        planned: Stages that were to run.
        made: Stages that ran.
        cut_off: Planned ones that were found after all: a stage before them answered as before.
        unforeseen: Stages that ran and were not planned.
        estimated_cpu_s: What the planned ones were to cost.
        cpu_s: What the ones that ran did cost.
    """

    run_id: str
    replaces: str
    wave: int
    planned: tuple[str, ...]
    made: tuple[str, ...]
    cut_off: tuple[str, ...]
    unforeseen: tuple[str, ...]
    estimated_cpu_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """The sums.

    Attributes:
        decisions: State of a translation -> how many are in it.
        planned: Stages that the runs which have ended were to run.
        made: Those that did run.
        cut_off: Planned ones that were found after all.
        unforeseen: Stages that ran and were not planned.
        estimated_cpu_s: Of the runs that have ended.
        cpu_s: The same, real.
    """

    decisions: dict[str, int]
    planned: int
    made: int
    cut_off: int
    unforeseen: int
    estimated_cpu_s: float
    cpu_s: float


def list_upgrades(session: Session) -> tuple[UpgradeRow, ...]:
    """Return all upgrades, the latest first."""
    return tuple(session.scalars(select(UpgradeRow).order_by(UpgradeRow.created_at.desc(), UpgradeRow.id)))


def figures(session: Session, upgrade_id: str) -> tuple[RunFigures, ...]:
    """Return the runs of an upgrade that have ended, the canary first."""
    statement = (
        select(UpgradeRunRow)
        .join(RunRow, RunRow.id == UpgradeRunRow.run_id)
        .where(UpgradeRunRow.upgrade_id == upgrade_id, RunRow.report.is_not(None))
        .order_by(UpgradeRunRow.wave, UpgradeRunRow.run_id)
    )
    return tuple(_figures(session, row) for row in session.scalars(statement).all())


def report_of(session: Session, upgrade_id: str) -> UpgradeReport:
    """Sum up an upgrade as it stands."""
    runs = figures(session, upgrade_id)
    states = session.scalars(
        select(UpgradeItemRow.state).join(UpgradeRunRow).where(UpgradeRunRow.upgrade_id == upgrade_id)
    )
    return UpgradeReport(
        decisions=dict(sorted(Counter(states).items())),
        planned=sum(len(run.planned) for run in runs),
        made=sum(len(run.made) for run in runs),
        cut_off=sum(len(run.cut_off) for run in runs),
        unforeseen=sum(len(run.unforeseen) for run in runs),
        estimated_cpu_s=round(sum(run.estimated_cpu_s for run in runs), 3),
        cpu_s=round(sum(run.cpu_s for run in runs), 3),
    )


def in_words(upgrade: UpgradeRow, report: UpgradeReport) -> list[str]:
    """Return a report as sentences."""
    decisions = ", ".join(f"{count} {state}" for state, count in report.decisions.items())
    sentences = [
        f"{upgrade.id}: {upgrade.state}" + (f" ({upgrade.reason})" if upgrade.reason else ""),
        f"Translations: {decisions}.",
        f"Stages: {report.planned} planned, {report.made} made, {report.cut_off} cut off since the answer was"
        f" the same, {report.unforeseen} unforeseen.",
    ]
    if report.estimated_cpu_s:
        share = report.cpu_s / report.estimated_cpu_s
        sentences.append(
            f"CPU: {report.estimated_cpu_s:.1f} s estimated, {report.cpu_s:.1f} s used ({share:.0%})."
        )
    return sentences


def _figures(session: Session, row: UpgradeRunRow) -> RunFigures:
    stages = session.scalars(select(StageRow).where(StageRow.run_id == row.run_id)).all()
    # A stage that failed has no checkpoint: it ran, though nobody knows at what cost.
    ran = [stage for stage in stages if not stage.reused]
    made = {place_of(stage.stage, stage.language or None) for stage in ran}
    seen = {place_of(stage.stage, stage.language or None) for stage in stages}
    planned = set(row.planned_stages)
    return RunFigures(
        run_id=row.run_id,
        replaces=row.replaces,
        wave=row.wave,
        planned=tuple(row.planned_stages),
        made=tuple(sorted(made)),
        cut_off=tuple(sorted((planned & seen) - made)),
        unforeseen=tuple(sorted(made - planned)),
        estimated_cpu_s=row.estimated_cpu_s,
        cpu_s=sum(stage.cpu_s or 0.0 for stage in ran),
    )
