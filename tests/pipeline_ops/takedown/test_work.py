"""What is deleted is gone for good, whenever its job is killed, and nothing of anybody else goes with it."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pipeline_ops.catalog import audit
from pipeline_ops.catalog.consents import deleted_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.history import translations
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.catalog.tables import Base, RunRow, TranslationRow
from pipeline_ops.catalog.tokens import create_token, find_token
from pipeline_ops.catalog.trust_tables import TakedownRow, TakedownStep
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import SettingsError, StorageUnavailableError
from pipeline_ops.request import Request
from pipeline_ops.run_lifecycle import begin_run
from pipeline_ops.takedown import work
from pipeline_ops.takedown.request import lift, take_down_creator, take_down_translation
from pipeline_ops.takedown.work import carry_out, tombstone_is_genuine, unfinished
from tests.pipeline_ops.catalog.making import NOW
from tests.pipeline_ops.takedown.deployment import Deployment

SECRETS_OF_TALK_PT = ("lines of talk pt", "say talk pt", "film talk pt", "segment of talk pt")


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    made = Deployment.at(tmp_path_factory.mktemp("beginning"))
    for creator_id in ("ann", "bob"):
        made.add_creator(creator_id)
    made.translate("run-1", "talk", "pt", "es", creator_id="ann")
    made.translate("run-2", "walk", "pt", creator_id="ann")
    made.translate("run-3", "song", "pt", creator_id="bob")
    for creator_id in ("ann", "bob"):
        made.upload(creator_id, "talk.mp4")
        made.upload(creator_id, "2026/odd name\n.mp4")
    return made


@pytest.fixture
def deployment(beginning: Deployment, tmp_path: Path) -> Deployment:
    return beginning.copy_to(tmp_path)


def media_of(deployment: Deployment, run_id: str) -> str:
    with deployment.catalog.reading() as session:
        return session.get_one(RunRow, run_id).media_id or ""


def delete_translation(deployment: Deployment, run_id: str = "run-1") -> str:
    media = media_of(deployment, run_id)
    with deployment.catalog.writing() as session:
        return take_down_translation(session, media, "pt", by="ann", reason="I misspoke.").id


def finish(deployment: Deployment, job: str) -> None:
    carry_out(job, deployment.catalog, deployment.platform)


def states(deployment: Deployment) -> dict[tuple[str, str], str]:
    with deployment.catalog.reading() as session:
        return {(each.run_id, each.language): each.state for each in translations(session)}


def check_talk_in_portuguese_is_gone(deployment: Deployment) -> None:
    """Nothing of it can be fetched, and nothing of others is lost."""
    assert not any(deployment.is_there(each) for each in deployment.made["run-1", "pt"])
    everything = "\n".join([*deployment.contents(), deployment.copies()])
    assert not any(secret in everything for secret in SECRETS_OF_TALK_PT)
    assert all(f"segment of {kept}" in deployment.copies() for kept in ("talk es", "walk pt", "song pt"))
    assert len(deployment.uploads()) == 4, "the video is not deleted with a translation of it"
    others = [references for place, references in deployment.made.items() if place != ("run-1", "pt")]
    assert all(deployment.is_there(reference) for references in others for reference in references)
    assert deployment.is_whole()
    assert states(deployment) == {
        ("run-1", "es"): "published",
        ("run-2", "pt"): "published",
        ("run-3", "pt"): "published",
    }


def test_a_deleted_translation_is_shown_to_nobody_from_the_first_moment(deployment: Deployment) -> None:
    delete_translation(deployment)
    assert states(deployment)["run-1", "pt"] == "withdrawn"
    assert all(deployment.is_there(each) for each in deployment.made["run-1", "pt"]), "not erased yet"


def test_a_deleted_translation_is_erased_with_all_that_only_it_was_made_of(deployment: Deployment) -> None:
    job = delete_translation(deployment)
    finish(deployment, job)
    check_talk_in_portuguese_is_gone(deployment)
    with deployment.catalog.reading() as session:
        row = session.get_one(TakedownRow, job)
        assert (row.step, row.plan, row.tombstone["checkpoints"] > 0) == ("done", {}, True)
        assert tombstone_is_genuine(row)
        told = [entry.what for entry in audit.entries(session, subject="translation")]
        assert told[-2:] == ["takedown_begun", "takedown_done"]
        assert list(audit.problems(session)) == []
    with deployment.catalog.writing() as session:
        row = session.get_one(TakedownRow, job)
        row.tombstone = {**row.tombstone, "checkpoints": 0}
        assert not tombstone_is_genuine(row)


def test_the_last_translation_of_a_video_takes_what_was_heard_with_it_but_not_the_video(
    deployment: Deployment,
) -> None:
    finish(deployment, delete_translation(deployment, "run-2"))
    everything = deployment.contents()
    assert not any("walk" in text for text in everything - {"video walk"})
    assert "video walk" in everything
    assert deployment.is_whole()


def test_a_deleted_creator_takes_models_of_voice_and_lips_and_remembered_lines_along(
    deployment: Deployment,
) -> None:
    with deployment.catalog.writing() as session:
        job = take_down_creator(session, "ann", by="ann", reason="I leave.").id
    finish(deployment, job)
    check_ann_is_gone(deployment)
    theirs = [each for (run_id, _), each in deployment.made.items() if run_id == "run-3"]
    assert all(deployment.is_there(reference) for references in theirs for reference in references)
    kept = {"audit_log", "audit_head", "takedowns"}
    with deployment.catalog.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.execute(select(table)).all() if table.name not in kept else []
            assert not any("ann" in map(str, row) for row in rows), table.name
        assert deleted_creator(session, "ann") is not None


def check_ann_is_gone(deployment: Deployment) -> None:
    """Nothing of hers can be fetched, and nothing of others is lost."""
    everything = "\n".join([*deployment.contents(), deployment.copies()])
    assert "talk" not in everything
    assert "walk" not in everything
    assert "segment of song pt" in deployment.copies()
    assert deployment.uploads() == ["bob/2026/odd name\n.mp4", "bob/talk.mp4"]
    assert states(deployment) == {("run-3", "pt"): "published"}
    assert deployment.is_whole()


def test_a_deleted_creator_sends_nothing_more_and_what_was_on_its_way_goes(deployment: Deployment) -> None:
    with deployment.catalog.writing() as session:
        _, secret = create_token(session, "ann", name="studio")
    sending, others = deployment.begin_sending("ann"), deployment.begin_sending("bob")
    with deployment.catalog.writing() as session:
        job = take_down_creator(session, "ann", by="ann", reason="I leave.").id
    with deployment.catalog.reading() as session:
        assert find_token(session, secret, datetime.now(UTC)) is None
    finish(deployment, job)
    assert not any(sending in name or name.startswith("ann/") for name in deployment.uploads())
    assert any(others in name for name in deployment.uploads())


def test_uploads_that_cannot_be_erased_stop_the_job_until_they_are_gone(deployment: Deployment) -> None:
    folder = Path(deployment.platform.settings.media_url) / "ann"
    shutil.rmtree(folder)
    folder.write_text("no folder, so nothing that can be emptied")
    with deployment.catalog.writing() as session:
        job = take_down_creator(session, "ann", by="ann", reason="I leave.").id
    with pytest.raises(StorageUnavailableError, match="cannot be erased"):
        finish(deployment, job)
    with deployment.catalog.reading() as session:
        assert session.get_one(TakedownRow, job).step == "clear"
    folder.unlink()
    finish(deployment, job)
    check_ann_is_gone(deployment)


def in_child(deployment: Deployment, job: str, prepare: Callable[[], None]) -> None:
    """Carry a job out in a process that kills itself where `prepare` has put the knife."""
    deployment.catalog.close()
    child = os.fork()
    if child == 0:
        prepare()
        with open_catalog(deployment.platform.settings) as catalog:
            carry_out(job, catalog, deployment.platform)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the job was to be killed"
    assert os.WTERMSIG(status) == signal.SIGKILL


def kill_self(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("step", list(work.STEPS))
def test_killed_at_any_step_and_resumed_it_is_gone_and_nothing_else(
    deployment: Deployment, step: TakedownStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = delete_translation(deployment)
    in_child(deployment, job, lambda: monkeypatch.setitem(work.STEPS, step, kill_self))
    with deployment.catalog.reading() as session:
        assert unfinished(session) == (job,)
        assert session.get_one(TakedownRow, job).step == step
    assert states(deployment).get(("run-1", "pt")) != "published"
    finish(deployment, job)
    check_talk_in_portuguese_is_gone(deployment)


@pytest.mark.parametrize("step", list(work.STEPS))
def test_a_creators_deletion_killed_at_any_step_and_resumed_leaves_nothing_of_theirs(
    deployment: Deployment, step: TakedownStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deployment.catalog.writing() as session:
        job = take_down_creator(session, "ann", by="ann", reason="I leave.").id
    in_child(deployment, job, lambda: monkeypatch.setitem(work.STEPS, step, kill_self))
    finish(deployment, job)
    check_ann_is_gone(deployment)


def test_killed_between_two_uploads_and_resumed_none_is_left(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deployment.catalog.writing() as session:
        job = take_down_creator(session, "ann", by="ann", reason="I leave.").id
    unlink = os.unlink

    def once(path: Any, *, dir_fd: int | None = None) -> None:
        unlink(path, dir_fd=dir_fd)
        if dir_fd is not None:  # only folders that are emptied as a whole are emptied so
            kill_self()

    in_child(deployment, job, lambda: monkeypatch.setattr(os, "unlink", once))
    assert any(name.startswith("ann/") for name in deployment.uploads())
    finish(deployment, job)
    check_ann_is_gone(deployment)


@pytest.mark.parametrize("deletions", [2, 7])
def test_killed_between_two_files_and_resumed_it_is_gone_and_nothing_else(
    deployment: Deployment, deletions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = delete_translation(deployment)
    storage = deployment.platform.store.storage
    count = iter(range(1, 1000))
    delete = storage.delete

    def counted(key: str) -> None:
        delete(key)
        if next(count) == deletions:
            kill_self()

    in_child(deployment, job, lambda: monkeypatch.setattr(storage, "delete", counted))
    finish(deployment, job)
    check_talk_in_portuguese_is_gone(deployment)


def test_what_somebody_came_to_need_meanwhile_stays(deployment: Deployment) -> None:
    job = delete_translation(deployment)
    work.STEPS["unlink"](job, deployment.catalog, deployment.platform)
    [lines] = [each for each in deployment.made["run-1", "pt"] if each.stage == "translate"]
    deployment.platform.store.publish("somebody-else", [lines])
    finish(deployment, job)
    assert deployment.is_there(lines)
    assert deployment.is_whole()


def request_of(deployment: Deployment, *languages: str) -> Request:
    [source] = [each for each in deployment.made["run-1", ""] if each.stage == "ingest"]
    return Request(CheckpointReference.parse(str(source)), languages, "embedded")


@pytest.mark.parametrize("creator_id", ["ann", None])
def test_what_was_deleted_is_not_made_again_unless_a_person_allows_it(
    deployment: Deployment, creator_id: str | None
) -> None:
    job = delete_translation(deployment)
    order = RunOrder("run-9", requested_at=NOW, creator_id=creator_id)
    with pytest.raises(SettingsError, match=f"deleted for good .*takedown lift {job}"):
        begin_run(order, request_of(deployment, "pt"), deployment.platform)
    finish(deployment, job)
    with pytest.raises(SettingsError, match="deleted for good"):
        begin_run(order, request_of(deployment, "es", "pt"), deployment.platform)
    begin_run(dataclasses.replace(order, run_id="run-8"), request_of(deployment, "es"), deployment.platform)
    with deployment.catalog.writing() as session:
        lift(session, job, by="ann", why="After all.")
    begin_run(order, request_of(deployment, "pt"), deployment.platform)


def test_a_run_that_ends_after_the_deletion_shows_and_keeps_nothing(deployment: Deployment) -> None:
    finish(deployment, delete_translation(deployment, "run-2"))
    deployment.translate("run-7", "walk", "pt", creator_id="ann")
    assert states(deployment)["run-7", "pt"] == "withdrawn"


def test_a_backlog_takes_what_was_deleted_for_asked_for(deployment: Deployment) -> None:
    finish(deployment, delete_translation(deployment))
    with deployment.catalog.reading() as session:
        outcomes = Base.metadata.tables["outcomes"]
        codes = session.execute(
            select(outcomes.c.status, outcomes.c.reason_code).where(
                outcomes.c.run_id == "run-1", outcomes.c.language == "pt"
            )
        ).one()
        assert tuple(codes) == ("rejected", "deleted_on_request")


def test_asking_twice_is_asking_once(deployment: Deployment) -> None:
    assert delete_translation(deployment) == delete_translation(deployment)
    with deployment.catalog.reading() as session:
        assert session.scalar(select(func.count()).select_from(TakedownRow)) == 1
    with deployment.catalog.writing() as session, pytest.raises(SettingsError, match="no translation"):
        take_down_translation(session, media_of(deployment, "run-3"), "fr", by="bob", reason="")
    with deployment.catalog.reading() as session:
        assert session.get_one(TranslationRow, ("run-3", "pt")).state == "published"
