"""The tasks of `creator_backlog` on a real bucket and a real catalog; the scheduler is in tests/e2e."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator

from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.history import run
from pipeline_ops.errors import StorageUnavailableError
from pipeline_ops.operators.backlog import ChooseUploadsOperator, FindUploadsOperator, interval_of
from pipeline_ops.settings import Settings
from tests.pipeline_ops.operators.running import StateStore, TaskInstance

NIGHT, DAY = datetime(2026, 3, 2, 1, tzinfo=UTC), timedelta(days=1)
HOUR = timedelta(hours=1)
BEGINNING_OF_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass
class KnowingTaskInstance(TaskInstance):
    """Knows which runs of other Dags there are."""

    known_runs: set[str] = field(default_factory=set)

    def get_dr_count(self, _dag_id: str, run_ids: list[str]) -> int:
        return len(self.known_runs & set(run_ids))


def backlog_context(
    task_instance: TaskInstance | None = None,
    *,
    run_id: str = "night-1",
    run_type: str = "scheduled",
    since: datetime | None = NIGHT - DAY,
    until: datetime | None = NIGHT,
    last_good_end: datetime | None = None,
    **params: Any,
) -> Any:
    return {
        "params": {"per_creator": 20, "in_all": 200, "profile": "embedded", **params},
        "ti": task_instance or KnowingTaskInstance("choose_uploads"),
        "run_id": run_id,
        "dag_run": SimpleNamespace(
            run_type=run_type, data_interval_start=since, data_interval_end=until, run_after=NIGHT + HOUR
        ),
        "prev_data_interval_end_success": last_good_end,
        "task_state_store": StateStore(),
    }


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A deployment of its own, two creators served and one not, each with a file of the night."""
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    for name in ("DUBWRIGHT_MEDIA_DIR", "DUBWRIGHT_MEDIA_URL", "DUBWRIGHT_CATALOG_URL", "DUBWRIGHT_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings.from_environment()
    with open_catalog(settings) as catalog, catalog.writing() as session:
        for name, consented_at in (("ann", NIGHT), ("bob", NIGHT), ("eve", None)):
            put_creator(session, Creator(name, name, True, ("pt", "es"), consented_at))
    for name in ("ann", "bob", "eve"):
        upload(settings, f"{name}/talk.mp4", NIGHT - HOUR)
    return settings


@pytest.fixture
def catalog(settings: Settings) -> Iterator[CatalogDatabase]:
    with open_catalog(settings) as opened:
        yield opened


def upload(settings: Settings, name: str, moment: datetime) -> None:
    file = settings.media_dir / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(name)
    os.utime(file, (moment.timestamp(), moment.timestamp()))


def perform(operator: type[BaseOperator], context: Any) -> Any:
    """Do what a task does, in a Dag of its own."""
    with DAG("test", schedule=None):
        return operator(task_id="task").execute(context)


def find(**conf: Any) -> None:
    perform(FindUploadsOperator, backlog_context(**conf))


def choose(*known_runs: str, **conf: Any) -> list[dict[str, Any]]:
    task_instance = KnowingTaskInstance("choose_uploads", known_runs=set(known_runs))
    chosen: list[dict[str, Any]] = perform(ChooseUploadsOperator, backlog_context(task_instance, **conf))
    return chosen


def videos(triggers: list[dict[str, Any]]) -> list[str]:
    return sorted(trigger["conf"]["video"] for trigger in triggers)


def test_uploads_of_the_interval_by_creators_who_are_served_get_a_run(settings: Settings) -> None:
    upload(settings, "ann/of_the_night_before.mp4", NIGHT - 2 * DAY)
    upload(settings, "ann/of_this_morning.mp4", NIGHT + HOUR)
    find()
    assert videos(choose()) == ["ann/talk.mp4", "bob/talk.mp4"]


def test_a_run_is_told_whose_upload_it_translates_into_what(settings: Settings) -> None:
    find()
    [trigger] = choose(per_creator=1, in_all=1, profile="standard")
    conf = trigger["conf"]
    assert set(trigger) == {"trigger_run_id", "conf"}
    assert trigger["trigger_run_id"].startswith("backlog-ann-")
    assert (conf["creator"], conf["target_languages"], conf["profile"]) == ("ann", ["es", "pt"], "standard")
    assert len(conf["upload"]) == 32


def test_what_is_over_a_cap_waits_for_the_next_run(settings: Settings) -> None:
    find()
    first = choose(in_all=1)
    later = choose(*(each["trigger_run_id"] for each in first), run_id="night-2", in_all=1)
    assert videos(first + later) == ["ann/talk.mp4", "bob/talk.mp4"]


def test_a_task_that_is_tried_again_chooses_the_same(settings: Settings) -> None:
    find()
    find()
    assert choose() == choose()


def test_what_was_noted_and_never_triggered_is_chosen_again_under_its_id(
    settings: Settings, catalog: CatalogDatabase
) -> None:
    find()
    noted = choose()
    triggered, never = noted[0]["trigger_run_id"], noted[1]["trigger_run_id"]
    again = choose(triggered, run_id="night-2")
    assert [each["trigger_run_id"] for each in again] == [never]
    with catalog.reading() as session:
        found = run(session, never)
    assert found is not None
    assert found.status == "requested"


def test_a_bucket_that_does_not_answer_fails_the_task_with_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBWRIGHT_MEDIA_URL", "s3://uploads/all?endpoint=http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tester-secret")
    context = backlog_context()
    with pytest.raises(StorageUnavailableError):
        perform(FindUploadsOperator, context)
    assert "StorageUnavailableError" in context["task_state_store"]["failure"]


def test_a_scheduled_run_looks_back_to_where_the_last_good_one_ended() -> None:
    before = NIGHT - 3 * DAY
    assert interval_of(backlog_context(last_good_end=before)) == (before, NIGHT)
    assert interval_of(backlog_context(last_good_end=NIGHT - HOUR)) == (NIGHT - DAY, NIGHT)
    assert interval_of(backlog_context()) == (NIGHT - DAY, NIGHT)


def test_a_backfill_keeps_to_its_own_interval() -> None:
    context = backlog_context(run_type="backfill", last_good_end=NIGHT - 3 * DAY)
    assert interval_of(context) == (NIGHT - DAY, NIGHT)


@pytest.mark.parametrize(("since", "until"), [(None, None), (NIGHT, NIGHT)])
def test_a_run_by_hand_looks_at_everything_there_is(since: datetime | None, until: datetime | None) -> None:
    context = backlog_context(run_type="manual", since=since, until=until)
    assert interval_of(context) == (BEGINNING_OF_TIME, NIGHT + HOUR)
