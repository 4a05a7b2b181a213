"""An upgrade wave by wave: begun, judged, published, and taken back. Every step may be taken twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline_ops.catalog.lost_runs import give_up
from pipeline_ops.catalog.publishing import UNDECIDED, approve, obstacle_to, refuse, withdraw
from pipeline_ops.catalog.recorder import record_asked
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.tables import (
    LONGEST_MESSAGE,
    OPEN_UPGRADES,
    CreatorRow,
    ItemState,
    OutcomeRow,
    TranslationRow,
    UpgradeItemRow,
    UpgradeRow,
    UpgradeRunRow,
    UpgradeState,
)
from pipeline_ops.errors import SettingsError
from pipeline_ops.upgrades.judge import Judged, compare_wave, judge, tolerances_with, why_stop
from pipeline_ops.upgrades.report import report_of

CANARY = 1
"""The number of the wave that is tried first."""

UNDECIDED_ITEMS: tuple[ItemState, ...] = ("planned", "started", "accepted")


@dataclass(frozen=True, slots=True)
class WaveRun:
    """A run of a wave: its id, and the parameters of `translate_video` that it is started with."""

    run_id: str
    conf: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WaveVerdict:
    """What a wave came to.

    Attributes:
        wave: Its number.
        stopped: Why the upgrade is stopped, None where it may go on.
        lines: A sentence a translation, then one a dimension of the wave as a whole.
        approval_wanted: Whether a person has to say so before it is published.
    """

    wave: int
    stopped: str | None
    lines: tuple[str, ...]
    approval_wanted: bool


def get_upgrade(session: Session, upgrade_id: str) -> UpgradeRow:
    """Return an upgrade, held against others who would change it.

    Raises:
        SettingsError: there is none of that id.
    """
    row = session.get(UpgradeRow, upgrade_id, with_for_update=True)
    if row is None:
        message = f"The catalog knows no upgrade {upgrade_id[:100]!r}. List them: dubwright upgrade status"
        raise SettingsError(message)
    return row


def decisions(session: Session, upgrade_id: str) -> tuple[UpgradeItemRow, ...]:
    """Return what was decided about each translation, the canary first."""
    return tuple(_all_items(session, upgrade_id))


def current_wave(session: Session, upgrade_id: str) -> int | None:
    """Return the first wave in which something is undecided, None where all is decided."""
    statement = (
        select(func.min(UpgradeRunRow.wave))
        .join(UpgradeItemRow, UpgradeItemRow.run_id == UpgradeRunRow.run_id)
        .where(UpgradeRunRow.upgrade_id == upgrade_id, UpgradeItemRow.state.in_(UNDECIDED_ITEMS))
    )
    return session.scalar(statement)


def begin_wave(session: Session, upgrade_id: str, now: datetime) -> tuple[WaveRun, ...]:
    """Note the runs of the wave that is next, or go on with the one that is under way; return them.

    Nothing where the upgrade is paused or over. Translations that have been replaced since the plan was made
    are left alone.
    """
    upgrade = get_upgrade(session, upgrade_id)
    if upgrade.state not in ("running", "awaiting_approval"):
        return ()
    while (wave := current_wave(session, upgrade_id)) is not None:
        runs = []
        for row in _runs_of(session, upgrade_id, wave):
            languages = _begin_items(session, row)
            if languages:
                order = RunOrder(
                    row.run_id,
                    requested_at=now,
                    origin="upgrade",
                    creator_id=row.conf["creator"],
                    upload_id=row.conf["upload"],
                    held=True,
                    started_by=upgrade_id,
                )
                record_asked(session, order, row.conf["target_languages"])
                runs.append(WaveRun(row.run_id, dict(row.conf)))
        if runs:
            return tuple(runs)
    _close(session, upgrade, "finished", None, now)
    return ()


def judge_wave(session: Session, upgrade_id: str, now: datetime) -> WaveVerdict:
    """Judge the translations of the wave that is under way; stop the upgrade where they are no good.

    An upgrade that has been stopped or rolled back meanwhile takes nothing.
    """
    upgrade = get_upgrade(session, upgrade_id)
    wave = current_wave(session, upgrade_id)
    if upgrade.state not in OPEN_UPGRADES or wave is None:
        _refuse_held(session, upgrade_id, f"{upgrade_id} is {upgrade.state}.")
        return WaveVerdict(wave or upgrade.waves, f"The upgrade is {upgrade.state}.", (), False)
    tolerances = tolerances_with(upgrade.tolerances)
    judged, lines = [], []
    for row in _runs_of(session, upgrade_id, wave):
        # Nobody calls this before Airflow is done with the run: one that is open will never report.
        give_up(session, row.run_id, "failed", "It ended without a report; its tasks tell why.", now)
        for item in _items_of(session, row.run_id):
            if item.state in UNDECIDED_ITEMS:
                verdict = _judge_item(session, row, item.language, tolerances)
                _decide(session, upgrade_id, item, verdict.choice, verdict.reason)
                judged.append(verdict)
                lines.append(f"{row.replaces} into {item.language}: {verdict.choice}. {verdict.reason}")
    compared = compare_wave(judged)
    lines += compared.in_words() if compared is not None else ()
    stopped = why_stop(judged, tolerances, is_canary=wave == CANARY)
    approval_wanted = stopped is None and wave == CANARY and upgrade.approval_wanted
    if stopped is not None:
        stop(session, upgrade_id, stopped, now)
    elif approval_wanted and upgrade.state == "running":
        upgrade.state = "awaiting_approval"
    session.flush()
    return WaveVerdict(wave, stopped, tuple(lines), approval_wanted)


def publish_wave(session: Session, upgrade_id: str, now: datetime) -> int | None:
    """Put what was accepted in the place of the old versions; return the wave that is next, if one is.

    Where a creator wants review the new version waits for that, and the old one stays as long.
    """
    upgrade = get_upgrade(session, upgrade_id)
    if upgrade.state not in OPEN_UPGRADES:
        return None
    for row in session.scalars(select(UpgradeRunRow).where(UpgradeRunRow.upgrade_id == upgrade_id)).all():
        for item in _items_of(session, row.run_id):
            if item.state == "accepted":
                _publish_item(session, upgrade_id, row, item)
    if upgrade.state == "awaiting_approval":
        upgrade.state = "running"
    following = current_wave(session, upgrade_id)
    if following is None:
        _close(session, upgrade, "finished", None, now)
    session.flush()
    return following if upgrade.state == "running" else None


def stop(session: Session, upgrade_id: str, reason: str, now: datetime) -> None:
    """End an upgrade before its time: what is published stays, all the rest keeps its old version."""
    upgrade = get_upgrade(session, upgrade_id)
    for item in _all_items(session, upgrade_id):
        if item.state in UNDECIDED_ITEMS:
            _decide(session, upgrade_id, item, "kept", f"The upgrade was stopped: {reason}")
    if upgrade.state in OPEN_UPGRADES:
        _close(session, upgrade, "stopped", reason, now)


def pause(session: Session, upgrade_id: str) -> None:
    """Let the wave that is under way come to its end, and start no other.

    Raises:
        SettingsError: it is over.
    """
    upgrade = _open_upgrade(session, upgrade_id)
    upgrade.state = "paused"


def resume(session: Session, upgrade_id: str) -> int | None:
    """Let an upgrade go on, one that was paused or whose run came to grief; return the wave to go on with.

    Raises:
        SettingsError: it is over.
    """
    upgrade = _open_upgrade(session, upgrade_id)
    upgrade.state = "running"
    session.flush()
    return current_wave(session, upgrade_id)


def roll_back(session: Session, upgrade_id: str, now: datetime) -> tuple[TranslationRow, ...]:
    """Put the earlier versions back before viewers; nothing is recomputed. Return what is published again."""
    upgrade = get_upgrade(session, upgrade_id)
    back = []
    for item in _all_items(session, upgrade_id):
        if item.state in UNDECIDED_ITEMS:
            _decide(session, upgrade_id, item, "kept", "The upgrade was rolled back.")
        elif item.state in ("published", "in_review"):
            translation = session.get_one(TranslationRow, (item.run_id, item.language))
            if translation.state in UNDECIDED:
                refuse(
                    session, item.run_id, item.language, by=upgrade_id, note="The upgrade was rolled back."
                )
            elif translation.state in ("published", "replaced"):
                earlier = withdraw(session, translation, now)
                translation.decided_by, translation.decided_at = upgrade_id, now
                translation.note = "The upgrade was rolled back."
                back += [earlier] if earlier is not None else []
            item.state, item.reason = "rolled_back", "The upgrade was rolled back."
    _close(session, upgrade, "rolled_back", None, now)
    return tuple(back)


def _open_upgrade(session: Session, upgrade_id: str) -> UpgradeRow:
    upgrade = get_upgrade(session, upgrade_id)
    if upgrade.state not in OPEN_UPGRADES:
        message = f"{upgrade_id} is over: {upgrade.state}."
        raise SettingsError(message)
    return upgrade


def _runs_of(session: Session, upgrade_id: str, wave: int) -> Sequence[UpgradeRunRow]:
    statement = (
        select(UpgradeRunRow)
        .where(UpgradeRunRow.upgrade_id == upgrade_id, UpgradeRunRow.wave == wave)
        .order_by(UpgradeRunRow.run_id)
    )
    return session.scalars(statement).all()


def _items_of(session: Session, run_id: str) -> Sequence[UpgradeItemRow]:
    statement = (
        select(UpgradeItemRow).where(UpgradeItemRow.run_id == run_id).order_by(UpgradeItemRow.language)
    )
    return session.scalars(statement).all()


def _all_items(session: Session, upgrade_id: str) -> Sequence[UpgradeItemRow]:
    statement = (
        select(UpgradeItemRow)
        .join(UpgradeRunRow, UpgradeRunRow.run_id == UpgradeItemRow.run_id)
        .where(UpgradeRunRow.upgrade_id == upgrade_id)
        .order_by(UpgradeRunRow.wave, UpgradeItemRow.run_id, UpgradeItemRow.language)
    )
    return session.scalars(statement).all()


def _begin_items(session: Session, row: UpgradeRunRow) -> list[str]:
    """Mark the translations of a run as started; return the languages of those that still are to be."""
    languages = []
    for item in _items_of(session, row.run_id):
        if item.state == "planned" and not _is_published(session, row.replaces, item.language):
            item.state, item.reason = "kept", "What it was to replace is no longer published."
        elif item.state in UNDECIDED_ITEMS:
            item.state = "started" if item.state == "planned" else item.state
            languages.append(item.language)
    session.flush()
    return languages


def _judge_item(session: Session, row: UpgradeRunRow, language: str, tolerances: dict[str, float]) -> Judged:
    old = session.get(OutcomeRow, (row.replaces, language))
    new = session.get(OutcomeRow, (row.run_id, language))
    done = new is not None and new.status == "done"
    return judge(
        old=old.metrics if old is not None else {},
        new=new.metrics if new is not None and done else None,
        tolerances=tolerances,
        video=row.replaces,
        language=language,
        failure=(new.message or "") if new is not None else "",
    )


def _decide(session: Session, upgrade_id: str, item: UpgradeItemRow, state: ItemState, reason: str) -> None:
    """Keep a decision; a new version that is not accepted will not be published."""
    item.state, item.reason = state, reason[:LONGEST_MESSAGE]
    if state == "accepted":
        return
    translation = session.get(TranslationRow, (item.run_id, item.language))
    if translation is not None and translation.state in UNDECIDED:
        refuse(session, item.run_id, item.language, by=upgrade_id, note=reason)


def _publish_item(session: Session, upgrade_id: str, row: UpgradeRunRow, item: UpgradeItemRow) -> None:
    translation = session.get_one(TranslationRow, (item.run_id, item.language))
    if not _is_published(session, row.replaces, item.language):
        _decide(session, upgrade_id, item, "kept", "What it was to replace is no longer published.")
        return
    creator = session.get(CreatorRow, translation.creator_id) if translation.creator_id else None
    reviewed = creator is not None and creator.review_wanted
    if reviewed or translation.held_because is not None:
        translation.state, item.state = "awaiting_review", "in_review"
    elif (reason := obstacle_to(session, translation)) is not None:
        _decide(session, upgrade_id, item, "kept", reason)
    else:
        approve(session, item.run_id, item.language, by=upgrade_id, note=item.reason or "")
        item.state = "published"
    session.flush()


def _is_published(session: Session, run_id: str, language: str) -> bool:
    translation = session.get(TranslationRow, (run_id, language))
    return translation is not None and translation.state == "published"


def _refuse_held(session: Session, upgrade_id: str, note: str) -> None:
    for item in _all_items(session, upgrade_id):
        translation = session.get(TranslationRow, (item.run_id, item.language))
        if translation is not None and translation.state == "held":
            refuse(session, item.run_id, item.language, by=upgrade_id, note=note)


def _close(
    session: Session, upgrade: UpgradeRow, state: UpgradeState, reason: str | None, now: datetime
) -> None:
    upgrade.state = state
    upgrade.reason = reason[:LONGEST_MESSAGE] if reason else upgrade.reason
    upgrade.ended_at = now.astimezone(UTC)
    session.flush()
    upgrade.report = dataclasses.asdict(report_of(session, upgrade.id))
    session.flush()
