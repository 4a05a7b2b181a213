"""The tasks of `upgrade_backfill`: begin a wave, wait for its runs, judge it, ask a person, publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import BaseSensorOperator, Param, TriggerRule
from airflow.sdk.exceptions import AirflowSkipException

from pipeline_ops.operators.backlog import TRANSLATE_VIDEO
from pipeline_ops.operators.cpu_operator import CpuOperator
from pipeline_ops.operators.failures import failure_told
from pipeline_ops.operators.placement import CPU_QUEUE
from pipeline_ops.operators.retries import RETRY_SETTINGS, WorldRetryPolicy
from pipeline_ops.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

BEGIN_WAVE = "begin_wave"
JUDGE_WAVE = "judge_wave"

UNDER_WAY = ["queued", "running"]
"""States of a Dag run that is not over."""

LOOK_EVERY_S = 10.0
"""How often a wave's runs are looked at: a look costs a second of a worker, the shortest run takes longer."""

LONGEST_WAVE = timedelta(days=60)
"""A wave of a thousand long videos on one machine; what takes longer hangs."""


def upgrade_params() -> dict[str, Param]:
    """Return the parameters of `upgrade_backfill` by name."""
    return {
        "upgrade": Param(
            type="string",
            title="Upgrade",
            minLength=1,
            maxLength=100,
            description_md="The id that *dubwright upgrade start* prints.",
        )
    }


class BeginWaveOperator(CpuOperator):
    """Notes the runs of the next wave in the catalog, and hands on what to trigger them with.

    Their ids follow from the upgrade and what they replace: a task that is killed and tried again, or another
    run of this Dag for the same wave, starts nothing twice.
    """

    ui_color = "#e8f0ea"

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Begin the wave, or go on with it.

        Raises:
            AirflowSkipException: the upgrade is paused or over.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.upgrades.waves import begin_wave

        with (
            failure_told(context),
            open_catalog(Settings.from_environment()) as catalog,
            catalog.writing() as session,
        ):
            runs = begin_wave(session, context["params"]["upgrade"], datetime.now(UTC))
        if not runs:
            message = "There is no wave to begin: the upgrade is paused or over."
            raise AirflowSkipException(message)
        for run in runs:
            self.log.info("%s: %s", run.run_id, run.conf)
        return [{"trigger_run_id": run.run_id, "conf": run.conf} for run in runs]


class WaitForWaveOperator(BaseSensorOperator):
    """Waits until no run of the wave is under way, without holding a worker between two looks.

    A run that ended without a report counts as failed; nothing waits for it.
    """

    begun_by = BEGIN_WAVE
    """The task that handed on which runs were started."""

    ui_color = "#e8f0ea"

    def __init__(self, **kwargs: Any) -> None:
        settings = {
            "mode": "reschedule",
            "poke_interval": LOOK_EVERY_S,
            "timeout": LONGEST_WAVE.total_seconds(),
            "trigger_rule": TriggerRule.NONE_FAILED,  # runs that are there already count as skipped
            "queue": CPU_QUEUE,
        }
        super().__init__(retry_policy=WorldRetryPolicy(), **{**RETRY_SETTINGS, **settings, **kwargs})

    def poke(self, context: Context) -> bool:
        """Look.

        Raises:
            AirflowSkipException: no wave was begun.
        """
        task_instance = context["ti"]
        begun = task_instance.xcom_pull(task_ids=self.begun_by)
        if not begun:
            message = "No run was begun."
            raise AirflowSkipException(message)
        run_ids = [run["trigger_run_id"] for run in begun]
        under_way = task_instance.get_dr_count(TRANSLATE_VIDEO, run_ids=run_ids, states=UNDER_WAY)
        self.log.info("%d of %d runs are under way.", under_way, len(run_ids))
        return bool(under_way == 0)


class JudgeWaveOperator(CpuOperator):
    """Compares every new version with the old one, and stops the upgrade where the wave is no good.

    It hands on what a person needs to decide.
    """

    ui_color = "#e8f0ea"

    def execute(self, context: Context) -> dict[str, Any]:
        """Judge.

        Raises:
            AirflowSkipException: the upgrade is stopped; the message says why.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.upgrades.waves import judge_wave

        upgrade_id = context["params"]["upgrade"]
        with (
            failure_told(context),
            open_catalog(Settings.from_environment()) as catalog,
            catalog.writing() as session,
        ):
            verdict = judge_wave(session, upgrade_id, datetime.now(UTC))
        for line in verdict.lines:
            self.log.info(line)
        if verdict.stopped is not None:
            message = f"{upgrade_id} ends with wave {verdict.wave}: {verdict.stopped}"
            raise AirflowSkipException(message)
        return {
            "wave": verdict.wave,
            "approval_wanted": verdict.approval_wanted,
            "summary": "\n".join(f"- {line}" for line in verdict.lines),
        }


class ApproveCanaryOperator(ApprovalOperator):
    """Asks a person after the canary, where the upgrade wants that; a wave of which nobody asks goes on.

    It waits as Airflow's `awaiting_input`: no worker and no triggerer is held. Airflow takes the task for
    lost where the answer comes in the second in which it began to wait; then it asks again.
    """

    ui_color = "#f7efe0"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            subject="Is the new model to answer in all of {{ params.upgrade }}?",
            body=f"{{{{ ti.xcom_pull(task_ids='{JUDGE_WAVE}')['summary'] }}}}",
            retry_policy=WorldRetryPolicy(),
            **{**RETRY_SETTINGS, "queue": CPU_QUEUE, **kwargs},
        )

    def execute(self, context: Context) -> Any:
        """Ask, or pass."""
        judged = context["ti"].xcom_pull(task_ids=JUDGE_WAVE)
        if not judged["approval_wanted"]:
            self.log.info("Nobody has to approve wave %d.", judged["wave"])
            return None
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take the answer: a refusal stops the upgrade, and every translation keeps its old version."""
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.upgrades.waves import stop

        if event.get("chosen_options") == [self.REJECT]:
            who = (event.get("responded_by_user") or {}).get("name") or "somebody"
            with open_catalog(Settings.from_environment()) as catalog, catalog.writing() as session:
                reason = f"{who} refused the canary."
                stop(session, context["params"]["upgrade"], reason, datetime.now(UTC))
        return super().execute_complete(context, event)


class PublishWaveOperator(CpuOperator):
    """Puts the accepted versions before viewers, and hands on what to trigger the next wave with.

    After the last wave it logs the report, which the catalog keeps.
    """

    ui_color = "#e8f0ea"

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Publish."""
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.upgrades.naming import wave_run_id
        from pipeline_ops.upgrades.report import in_words, report_of
        from pipeline_ops.upgrades.waves import get_upgrade, publish_wave

        upgrade_id = context["params"]["upgrade"]
        with failure_told(context), open_catalog(Settings.from_environment()) as catalog:
            with catalog.writing() as session:
                following = publish_wave(session, upgrade_id, datetime.now(UTC))
            with catalog.reading() as session:
                for line in in_words(get_upgrade(session, upgrade_id), report_of(session, upgrade_id)):
                    self.log.info(line)
        if following is None:
            return []
        return [{"trigger_run_id": wave_run_id(upgrade_id, following), "conf": {"upgrade": upgrade_id}}]
