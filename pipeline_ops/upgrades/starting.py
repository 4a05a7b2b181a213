"""Writes an upgrade into the catalog as it was planned: who is the canary, which waves follow, run by run."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.tables import OPEN_UPGRADES, UpgradeItemRow, UpgradeRow, UpgradeRunRow
from pipeline_ops.errors import SettingsError
from pipeline_ops.settings import MOST_MAPPED
from pipeline_ops.upgrades.judge import tolerances_with
from pipeline_ops.upgrades.plan import PlannedRun, UpgradePlan

RUN_DIGITS = 16
"""Of the digest of the run that is replaced, in the new run's id: 64 bits, within one upgrade."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How an upgrade goes about it.

    Attributes:
        canary_share: Which share of the runs is tried first; at least one is.
        per_wave: At most how many runs are started at a time.
        at_most: At most how many runs in all; None for no limit. What is over it stays as it is.
        approval_wanted: Whether a person decides after the canary.
        tolerances: Metric -> by how much it may get worse, in the place of the usual ones.
    """

    canary_share: float = 0.05
    per_wave: int = 50
    at_most: int | None = None
    approval_wanted: bool = False
    tolerances: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            SettingsError: a number is out of range, or a tolerance names no metric.
        """
        if not 0 < self.canary_share <= 1:
            message = f"The canary is a share above 0 and up to 1, not {self.canary_share:g}."
            raise SettingsError(message)
        if not 1 <= self.per_wave <= MOST_MAPPED or (self.at_most is not None and self.at_most < 1):
            message = f"A wave has 1 to {MOST_MAPPED} runs, and an upgrade at least one."
            raise SettingsError(message)
        tolerances_with(self.tolerances)


def start_upgrade(session: Session, plan: UpgradePlan, terms: Terms, now: datetime | None = None) -> str:
    """Write an upgrade that is about to start; return its id.

    Raises:
        SettingsError: there is nothing to do, or another upgrade that goes on holds some of it.
    """
    if not plan.runs:
        message = "There is nothing to upgrade: dubwright upgrade plan says what is left out, and why."
        raise SettingsError(message)
    _refuse_overlap(session, plan)
    moment = now or datetime.now(UTC)
    upgrade_id = f"upgrade-{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    waves = split_into_waves(plan.runs, terms, upgrade_id)
    wish = plan.wish
    session.add(
        UpgradeRow(
            id=upgrade_id,
            capability=wish.capability,
            model_id=wish.model_id,
            old_model_id=wish.old_model_id,
            creator_id=wish.creator_id,
            languages=list(wish.languages),
            approval_wanted=terms.approval_wanted,
            tolerances=terms.tolerances,
            waves=len(waves),
            state="running",
            created_at=moment,
        )
    )
    session.flush()
    for number, wave in enumerate(waves, start=1):
        for run in wave:
            _add_run(session, upgrade_id, number, run)
    session.flush()
    return upgrade_id


def split_into_waves(
    runs: Sequence[PlannedRun], terms: Terms, upgrade_id: str
) -> tuple[tuple[PlannedRun, ...], ...]:
    """Draw the canary, and cut the rest into waves.

    The order is drawn by a digest of upgrade and run, so that nobody chooses the canary and every upgrade has
    another one.
    """
    drawn = sorted(runs, key=lambda run: _digest(upgrade_id, run.replaces))[: terms.at_most]
    canary = min(math.ceil(terms.canary_share * len(drawn)), terms.per_wave)
    rest = drawn[canary:]
    waves = [drawn[:canary]]
    waves += [rest[first : first + terms.per_wave] for first in range(0, len(rest), terms.per_wave)]
    return tuple(tuple(wave) for wave in waves)


def _add_run(session: Session, upgrade_id: str, wave: int, run: PlannedRun) -> None:
    run_id = f"{upgrade_id}-{_digest(upgrade_id, run.replaces)[:RUN_DIGITS]}"
    session.add(
        UpgradeRunRow(
            run_id=run_id,
            upgrade_id=upgrade_id,
            replaces=run.replaces,
            wave=wave,
            conf=run.conf,
            planned_stages=[stage.place for stage in run.stages],
            estimated_cpu_s=run.cpu_s,
        )
    )
    session.flush()
    session.add_all(
        UpgradeItemRow(run_id=run_id, language=language, state="planned") for language in run.languages
    )


def _refuse_overlap(session: Session, plan: UpgradePlan) -> None:
    statement = (
        select(UpgradeRunRow.replaces, UpgradeRow.id)
        .join(UpgradeRow, UpgradeRow.id == UpgradeRunRow.upgrade_id)
        .where(UpgradeRow.state.in_(OPEN_UPGRADES))
    )
    taken = {row.replaces: row.id for row in session.execute(statement)}
    for run in plan.runs:
        if run.replaces in taken:
            message = (
                f"{taken[run.replaces]} goes on and is making {run.replaces} anew. Wait for its end, or take"
                f" it back: dubwright upgrade roll-back {taken[run.replaces]}"
            )
            raise SettingsError(message)


def _digest(upgrade_id: str, run_id: str) -> str:
    return hashlib.sha256(f"{upgrade_id} {run_id}".encode()).hexdigest()
