"""Exact figures from a catalog whose rows are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.recorder import record_asked, record_end
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.uploads import note_uploads
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.graph import GRAPH, nodes_of
from pipeline_ops.housekeeping.records import HousekeepingRecord, write_record
from pipeline_ops.media_bucket import MediaFile
from pipeline_ops.monitoring.measure import read_catalog, read_housekeeping
from tests.pipeline_ops.catalog.making import ANN, CPU_S, NOW, facts

HOUR = timedelta(hours=1)
ENDED = NOW + timedelta(minutes=1)
LATER = NOW + 10 * HOUR


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogDatabase]:
    with CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db") as database:
        database.migrate()
        yield database


def figures(catalog: CatalogDatabase) -> dict[tuple[str, ...], float]:
    """Return every figure, by its name and its labels' values."""
    with catalog.reading() as session:
        readings = list(read_catalog(session, LATER))
    found = {(reading.gauge.name, *reading.labels): reading.value for reading in readings}
    assert len(found) == len(readings)
    assert all(len(reading.labels) == len(reading.gauge.labels) for reading in readings)
    return found


@pytest.fixture
def known(catalog: CatalogDatabase) -> dict[tuple[str, ...], float]:
    """One video of a minute into two languages, one rejected, one upload and one run that wait."""
    with catalog.writing() as session:
        put_creator(session, ANN)
        note_uploads(session, "ann", [MediaFile("ann/new.mp4", 1, NOW - HOUR)], NOW)
        record_end(
            session,
            facts("good", done=("pt", "es"), reused=frozenset({"probe"}), metrics={"timing_flagged": 0.25}),
        )
        record_end(session, facts("quiet", "quiet", done=(), rejected={"pt": "no_speech"}))
        record_asked(session, RunOrder("asked", NOW), ("pt",))
    return figures(catalog)


def test_videos_stand_where_they_stand(known: dict[tuple[str, ...], float]) -> None:
    standing = {key[1:]: value for key, value in known.items() if key[0] == "dubwright_videos" and value}
    assert standing == {
        ("pt", "published"): 1,
        ("es", "published"): 1,
        ("pt", "rejected"): 1,
        ("pt", "in_progress"): 1,
        ("pt", "not_started"): 1,
        ("es", "not_started"): 1,
    }
    assert known["dubwright_translations", "pt", "published"] == 1


def test_eligibility_and_outcomes_tell_the_reason(known: dict[tuple[str, ...], float]) -> None:
    assert known["dubwright_eligibility_ratio", "1d"] == pytest.approx(2 / 3)
    assert known["dubwright_judged_videos", "7d"] == 3
    assert known["dubwright_rejected_videos", "pt", "no_speech"] == 1
    assert known["dubwright_outcomes", "1d", "pt", "rejected", "no_speech"] == 1
    assert known["dubwright_outcomes", "1d", "es", "done", ""] == 1


def test_durations_reuse_and_cost_follow_from_the_stages(known: dict[tuple[str, ...], float]) -> None:
    of_video, of_language = len(nodes_of("video")), len(nodes_of("language"))
    stages = 2 * of_video + 2 * of_language
    assert known["dubwright_stage_runs", "1d", "probe", "yes"] == 1
    assert known["dubwright_stage_runs", "1d", "probe", "no"] == 1
    assert known["dubwright_stage_runs", "1d", "mix", "no"] == 2
    for node in GRAPH:
        assert known["dubwright_stage_cpu_seconds", "1d", node.name] == CPU_S
        assert known["dubwright_stage_wall_seconds", "1d", node.name] == CPU_S / 2
    assert known["dubwright_reused_ratio", "1d"] == pytest.approx(1 / stages)
    assert known["dubwright_cpu_seconds_per_video_minute", "1d"] == CPU_S * (stages - 1) / 2


def test_what_waits_is_as_old_as_it_is(known: dict[tuple[str, ...], float]) -> None:
    assert known["dubwright_oldest_waiting_upload_seconds",] == 11 * 3600
    assert known["dubwright_oldest_open_run_seconds", "requested"] == 10 * 3600
    assert known["dubwright_open_runs", "requested"] == 1
    assert known["dubwright_open_runs", "running"] == 0
    assert known["dubwright_last_published_timestamp_seconds",] == ENDED.timestamp()
    assert known["dubwright_quality", "1d", "pt", "timing_flagged"] == 0.25


def test_no_figure_names_anybody(known: dict[tuple[str, ...], float]) -> None:
    labels = {label for key in known for label in key[1:]}
    assert labels.isdisjoint({"ann", "good", "quiet", "asked"})
    assert not any("ann/" in label for label in labels)


def test_an_empty_catalog_has_nothing_waiting_and_no_shares(catalog: CatalogDatabase) -> None:
    found = figures(catalog)
    assert set(found.values()) == {0.0}
    assert ("dubwright_eligibility_ratio", "1d") not in found
    assert ("dubwright_cpu_seconds_per_video_minute", "7d") not in found


def test_what_housekeeping_came_to_last_is_told(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "store"))
    assert list(read_housekeeping(storage)) == []
    write_record(storage, HousekeepingRecord("scrub_checkpoints", NOW, {"damaged_checkpoints": 2}))
    found = {(each.gauge.name, *each.labels): each.value for each in read_housekeeping(storage)}
    assert found == {
        ("dubwright_housekeeping_last_end_timestamp_seconds", "scrub_checkpoints"): NOW.timestamp(),
        ("dubwright_housekeeping_figure", "scrub_checkpoints", "damaged_checkpoints"): 2,
    }
