"""The tasks of `housekeeping`: what each looks after, and what it says of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from pipeline_ops.operators.backlog import TRANSLATE_VIDEO
from pipeline_ops.operators.cpu_operator import CpuOperator
from pipeline_ops.operators.failures import failure_told
from pipeline_ops.settings import MINIMUM_GRACE_DAYS, Settings

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from pipeline_ops.housekeeping.orphaned_runs import Standing
    from pipeline_ops.platform import Platform

MOST_NAMED = 50
"""As many as somebody looks through; the task's log names all."""

ENDED_STATES = ["success", "failed"]
"""Airflow's words for a run that is over."""


def housekeeping_params() -> dict[str, Param]:
    """Return the parameters of `housekeeping` by name; scheduled runs take the defaults."""
    settings = Settings.from_environment().housekeeping
    return {
        "dry_run": Param(
            False,
            type="boolean",
            title="Only report",
            description_md="Whether to change nothing, and only say what would be done.",
        ),
        "grace_days": Param(
            settings.grace_days,
            type="number",
            minimum=MINIMUM_GRACE_DAYS,
            title="Days of grace",
            description_md="No checkpoint that was made or used within so many days is removed.",
        ),
        "scrub_share": Param(
            settings.scrub_share,
            type="number",
            exclusiveMinimum=0,
            maximum=1,
            title="Share that is verified",
            description_md="Which share of all checkpoints is read in full: 1 reads every one.",
        ),
    }


@dataclass(frozen=True, slots=True)
class Findings:
    """What a task of housekeeping came to.

    Attributes:
        sentence: For people.
        figures: Name -> number, for graphs and alerts.
        named: Runs, checkpoints or problems, one a line.
    """

    sentence: str
    figures: Mapping[str, float]
    named: tuple[str, ...] = ()


class HousekeepingOperator(CpuOperator):
    """Looks after one thing, hands on what it came to, and keeps its figures for those who watch."""

    ui_color = "#f0ece4"

    def execute(self, context: Context) -> dict[str, Any]:
        """Do it, or where the run is a dry one, only say what would be done."""
        from pipeline_ops.housekeeping.records import HousekeepingRecord, write_record
        from pipeline_ops.platform import Platform

        dry_run: bool = context["params"]["dry_run"]
        with failure_told(context):
            platform, now = Platform.from_environment(), datetime.now(UTC)
            findings = self.look_after(platform, context, dry_run=dry_run, now=now)
            if not dry_run:
                record = HousekeepingRecord(self.task_id, datetime.now(UTC), findings.figures)
                write_record(platform.store.storage, record)
        for line in findings.named:
            self.log.info(line)
        self.log.info(findings.sentence)
        return {
            "sentence": findings.sentence,
            "dry_run": dry_run,
            **findings.figures,
            "named": list(findings.named[:MOST_NAMED]),
        }

    @abstractmethod
    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Do it, and return what came of it."""


class EndOrphanedRunsOperator(HousekeepingOperator):
    """Ends the runs that the catalog takes to be going on although nobody works at them any more."""

    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Ask Airflow about every open run.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.housekeeping.orphaned_runs import end_orphaned_runs

        count = context["ti"].get_dr_count

        def standing_of(run_id: str) -> Standing:
            if count(TRANSLATE_VIDEO, run_ids=[run_id], states=ENDED_STATES):
                return "ended"
            return "goes_on" if count(TRANSLATE_VIDEO, run_ids=[run_id]) else "unknown"

        lost_after = timedelta(hours=platform.settings.housekeeping.lost_after_hours)
        with open_catalog(platform.settings) as catalog:
            runs = end_orphaned_runs(catalog, standing_of, lost_after=lost_after, dry_run=dry_run, now=now)
        failed = sum(run.status == "failed" for run in runs)
        return Findings(
            f"{_done('ended', dry_run=dry_run)} {failed} runs as failed and {len(runs) - failed} as lost.",
            {"failed_runs": failed, "lost_runs": len(runs) - failed},
            tuple(f"{run.run_id}: {run.status}. {run.message}" for run in runs),
        )


class FinishTakedownsOperator(HousekeepingOperator):
    """Goes on with deletions that were interrupted."""

    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Carry them out.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
            StorageUnavailableError: the store does not answer.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.takedown.work import carry_out, unfinished

        with open_catalog(platform.settings) as catalog:
            with catalog.reading() as session:
                jobs = unfinished(session)
            for job in () if dry_run else jobs:
                carry_out(job, catalog, platform)
        return Findings(
            f"{_done('finished', dry_run=dry_run)} {len(jobs)} interrupted deletions.",
            {"finished_takedowns": len(jobs)},
            jobs,
        )


class CollectCheckpointsOperator(HousekeepingOperator):
    """Lets go of the checkpoints of runs past their retention, and of what nothing names any more."""

    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Mark and sweep.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
            StorageUnavailableError: the store does not answer.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.catalog.retention import Retention
        from pipeline_ops.housekeeping.collect import retire_and_collect

        limits = platform.settings.housekeeping
        retention = Retention(
            rejected=timedelta(days=limits.rejected_days),
            failed=timedelta(days=limits.failed_days),
            replaced=timedelta(days=limits.replaced_days),
        )
        grace_period = timedelta(days=context["params"]["grace_days"])
        with open_catalog(platform.settings) as catalog:
            report = retire_and_collect(
                platform.store, catalog, retention, grace_period=grace_period, dry_run=dry_run, now=now
            )
        garbage = report.garbage
        removed = (garbage.checkpoints, garbage.blobs, garbage.unfinished_uploads, garbage.quarantined)
        removed_bytes = sum(tally.size_bytes for tally in removed)
        return Findings(
            f"{_done('let go of', dry_run=dry_run)} {len(report.retired_runs)} runs and"
            f" {garbage.checkpoints.count} checkpoints ({removed_bytes / 1e6:.1f} MB in all);"
            f" {garbage.kept_checkpoints.count} checkpoints stay.",
            {
                "retired_runs": len(report.retired_runs),
                "removed_checkpoints": garbage.checkpoints.count,
                "removed_bytes": removed_bytes,
                "kept_checkpoints": garbage.kept_checkpoints.count,
                "kept_bytes": garbage.kept_checkpoints.size_bytes + garbage.kept_blobs.size_bytes,
                "unreadable_checkpoints": len(report.set_aside or garbage.problems),
            },
            (
                *(report.set_aside or garbage.problems),
                *report.retired_runs,
                *map(str, garbage.removed_references),
            ),
        )


class SweepScratchOperator(HousekeepingOperator):
    """Removes what killed processes left in the scratch folder of the machine that it runs on."""

    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Remove what no living process holds; a dry run looks at nothing, since looking takes the locks."""
        from pipeline_ops.scratch import sweep

        place = platform.settings.scratch_dir
        if dry_run:
            return Findings(f"Did not look at {place}.", {"swept_folders": 0})
        swept = sweep(place)
        return Findings(f"Removed {swept} left-over folders from {place}.", {"swept_folders": swept})


class ClearAbandonedUploadsOperator(HousekeepingOperator):
    """Gives up the uploads to the studio that nobody goes on with, and gives back their space."""

    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Look at every upload that has not ended.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
            StorageUnavailableError: the media bucket does not answer.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.housekeeping.abandoned_arrivals import clear_abandoned_arrivals
        from pipeline_ops.incoming.storage import open_incoming

        silent_for = timedelta(hours=platform.settings.housekeeping.abandoned_upload_hours)
        incoming = open_incoming(platform.settings.media_url)
        with open_catalog(platform.settings) as catalog:
            given_up = clear_abandoned_arrivals(
                catalog, incoming, silent_for=silent_for, dry_run=dry_run, now=now
            )
        return Findings(
            f"{_done('given up', dry_run=dry_run)} {len(given_up)} uploads that nobody goes on with.",
            {"abandoned_uploads": len(given_up)},
            tuple(f"{each.id} of {each.creator_id}, silent since {each.active_at}" for each in given_up),
        )


class FoldPlaybacksOperator(HousekeepingOperator):
    """Keeps of old views the totals of their day, and no single ones."""

    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Fold them, but those of the experiment that runs.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.housekeeping.old_playbacks import fold_old_playbacks

        kept_for = timedelta(days=platform.settings.housekeeping.playback_days)
        with open_catalog(platform.settings) as catalog:
            folded = fold_old_playbacks(catalog, kept_for=kept_for, dry_run=dry_run, now=now)
        return Findings(
            f"{_done('folded', dry_run=dry_run)} {folded} playbacks into totals of their day.",
            {"folded_playbacks": folded},
        )


class ScrubCheckpointsOperator(HousekeepingOperator):
    """Verifies the checkpoints whose turn it is, and sets damaged ones aside, to be computed again."""

    def look_after(self, platform: Platform, context: Context, *, dry_run: bool, now: datetime) -> Findings:
        """Read them in full, and those that the catalog counts on too where they are missing.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
            StorageUnavailableError: the store does not answer.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.catalog.retention import needed_checkpoints
        from pipeline_ops.checkpoints.scrub import has_its_turn, scrub

        share: float = context["params"]["scrub_share"]
        with open_catalog(platform.settings) as catalog, catalog.reading() as session:
            needed = needed_checkpoints(session)
        everything = needed.union(platform.store.references())
        chosen = sorted(each for each in everything if has_its_turn(each, share, now.date()))
        report = scrub(platform.store, chosen, set_aside=not dry_run)
        if report.damaged:
            self.log.error("%d checkpoints are damaged.", len(report.damaged))
        fate = ", set aside to be computed again" if report.damaged and report.were_set_aside else ""
        return Findings(
            f"Verified {report.verified} of {len(everything)} checkpoints: {len(report.damaged)} are damaged"
            f"{fate}.",
            {"verified_checkpoints": report.verified, "damaged_checkpoints": len(report.damaged)},
            tuple(_sentences(problem for each in report.damaged for problem in each.problems)),
        )


def _done(words: str, *, dry_run: bool) -> str:
    return f"Would have {words}" if dry_run else words.capitalize()


def _sentences(problems: Iterable[str]) -> Iterable[str]:
    return (f"{problem}." for problem in problems)
