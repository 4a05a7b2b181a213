"""The tasks of `creator_backlog`: which uploads are new, and for which of them a run is started."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from models.profile import profile_names
from pipeline_ops.operators.cpu_operator import CpuOperator
from pipeline_ops.operators.failures import failure_told
from pipeline_ops.settings import MOST_MAPPED, Settings

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from pipeline_ops.catalog.database import CatalogDatabase
    from pipeline_ops.catalog.uploads import Start

TRANSLATE_VIDEO = "translate_video"
SCHEDULED = "scheduled"


def backlog_params() -> dict[str, Param]:
    """Return the parameters of `creator_backlog` by name; scheduled runs take the defaults."""
    settings = Settings.from_environment()
    return {
        "per_creator": Param(
            settings.backlog.per_creator,
            type="integer",
            minimum=1,
            maximum=MOST_MAPPED,
            title="At most for one creator",
            description_md="How many runs are started for one creator; the rest waits for a later run.",
        ),
        "in_all": Param(
            settings.backlog.in_all,
            type="integer",
            minimum=1,
            maximum=MOST_MAPPED,
            title="At most in all",
            description_md="How many runs are started in all; creators take turns.",
        ),
        "profile": Param(
            settings.profile,
            type="string",
            title="Profile",
            enum=list(profile_names()),
            description_md="Which models translate.",
        ),
    }


class FindUploadsOperator(CpuOperator):
    """Writes the uploads of this run's data interval, of creators who are served, into the catalog."""

    ui_color = "#e8f0ea"

    def execute(self, context: Context) -> None:
        """List the media bucket, one creator's folder after the other.

        Raises:
            StorageUnavailableError: the bucket does not answer.
            CatalogUnavailableError: the catalog does not.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.catalog.uploads import note_uploads, served_creators
        from pipeline_ops.media_bucket import open_media_bucket

        settings = Settings.from_environment()
        since, until = interval_of(context)
        with failure_told(context), open_catalog(settings) as catalog:
            bucket = open_media_bucket(settings.media_url)
            with catalog.reading() as session:
                creators = served_creators(session)
            for creator in creators:
                files = [file for file in bucket.files(creator.id) if since <= file.uploaded_at < until]
                with catalog.writing() as session:
                    new = note_uploads(session, creator.id, files, datetime.now(UTC))
                self.log.info("%s: %d uploads, %d of them new.", creator.id, len(files), new)
        self.log.info("Looked from %s until %s in %s.", since, until, bucket.location)


class ChooseUploadsOperator(CpuOperator):
    """Chooses the uploads that get a run, and hands on what to trigger it with.

    They are noted in the catalog before they are triggered, under run ids that follow from the upload and its
    languages: a task that is killed and tried again starts nothing twice. What was noted by an earlier
    backlog run that ended before it could trigger it counts as lost, and is chosen again.
    """

    ui_color = "#e8f0ea"

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Choose within the caps.

        Raises:
            CatalogUnavailableError: the catalog does not answer.
        """
        from pipeline_ops.catalog.database import open_catalog
        from pipeline_ops.catalog.uploads import Caps, choose_uploads

        params = context["params"]
        caps = Caps(params["per_creator"], params["in_all"])
        _, until = interval_of(context)
        with failure_told(context), open_catalog(Settings.from_environment()) as catalog:
            self._give_up_what_was_never_triggered(context, catalog)
            with catalog.writing() as session:
                starts = choose_uploads(session, context["run_id"], caps, until=until, now=datetime.now(UTC))
        for start in starts:
            self.log.info("%s: %s into %s", start.run_id, start.address, ", ".join(start.languages))
        return [_trigger(start, params["profile"]) for start in starts]

    def _give_up_what_was_never_triggered(self, context: Context, catalog: CatalogDatabase) -> None:
        from pipeline_ops.catalog.lost_runs import give_up, open_runs

        with catalog.reading() as session:
            suspects = [
                run.run_id
                for run in open_runs(session)
                if run.status == "requested" and run.started_by not in (None, context["run_id"])
            ]
        count = context["ti"].get_dr_count
        never = [run_id for run_id in suspects if count(TRANSLATE_VIDEO, run_ids=[run_id]) == 0]
        with catalog.writing() as session:
            for run_id in never:
                give_up(session, run_id, "lost", "It was never triggered.", datetime.now(UTC))
                self.log.warning("%s was noted by an earlier backlog run and never triggered.", run_id)


def interval_of(context: Context) -> tuple[datetime, datetime]:
    """Return from when until when a backlog run looks for uploads.

    A scheduled run looks back to where the last good one ended, so that an outage of the scheduler leaves no
    gap; a backfill keeps to its own interval. A run that was triggered by hand looks at everything there is.
    """
    run = context["dag_run"]
    since, until = run.data_interval_start, run.data_interval_end
    if since is None or until is None or since == until:
        return datetime.min.replace(tzinfo=UTC), run.run_after
    if run.run_type == SCHEDULED:
        before = context.get("prev_data_interval_end_success")
        if before:
            since = min(since, before)
    return since, until


def _trigger(start: Start, profile: str) -> dict[str, Any]:
    languages: Sequence[str] = start.languages
    conf = {
        "video": start.address,
        "target_languages": list(languages),
        "profile": profile,
        "creator": start.creator_id,
        "upload": start.upload_id,
    }
    return {"trigger_run_id": start.run_id, "conf": conf}
