from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.rating_campaigns import (
    NewCampaign,
    NewClip,
    campaign_answers,
    campaigns,
    close_campaign,
    import_answers,
    put_campaign,
)
from pipeline_ops.catalog.rating_sessions import agree, answer_task, find_rater, mark_shown, state_of
from pipeline_ops.catalog.rating_tables import RatingAnswerRow, RatingCampaignRow
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.errors import SettingsError
from pipeline_ops.ratings.rating_csv import read_answers, write_answers
from pipeline_ops.ratings.records import Answer
from pipeline_ops.ratings.session_plan import ClipKey, PlannedTask
from tests.pipeline_ops.catalog.making import NOW, facts

OLD, NEW = ClipKey("test", "talk", "old"), ClipKey("test", "talk", "new")


def a_round(
    sessions: Sequence[Sequence[PlannedTask]] = ((PlannedTask(OLD), PlannedTask(NEW)),),
) -> NewCampaign:
    clips = [NewClip(key, f"{key.system}.mp4", 4.0, run_id="run-1", language="pt") for key in (OLD, NEW)]
    return NewCampaign("round", "Round", "scores", ("overall",), False, {}, clips, sessions)


def answer_all(catalog: CatalogDatabase, token: str, value: int | None = 4) -> None:
    with catalog.writing() as session:
        rater = find_rater(session, token)
        assert rater is not None
        agree(session, rater, NOW)
        while (task := state_of(session, rater).task) is not None:
            mark_shown(session, task.id, NOW)
            assert answer_task(session, rater, task.id, {"overall": value}, NOW)
            session.flush()


def test_answers_come_back_with_what_the_clip_was_and_with_its_metrics(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        record_end(session, facts(metrics={"speed_deviation": 0.2}))
        token = put_campaign(session, a_round(), NOW)["rater-01"]
    answer_all(catalog, token)
    with catalog.reading() as session:
        found = campaign_answers(session, "round")
    assert [(each.system, each.value, each.clip_s, each.seconds) for each in found.answers] == [
        ("old", 4, 4.0, 0.0),
        ("new", 4, 4.0, 0.0),
    ]
    assert all(each.rushed for each in found.answers)
    assert found.metrics["talk", "old"] == {"speed_deviation": 0.2}


def test_a_task_of_somebody_else_cannot_be_answered(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        tokens = put_campaign(session, a_round([[PlannedTask(OLD)], [PlannedTask(NEW)]]), NOW)
        first, second = (find_rater(session, token) or "" for token in tokens.values())
        agree(session, second, NOW)
        task = state_of(session, second).task
        assert task is not None
        assert not answer_task(session, first, task.id, {"overall": 1}, NOW)
        assert session.scalar(select(func.count()).select_from(RatingAnswerRow)) == 0


def test_two_campaigns_cannot_have_one_id(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        put_campaign(session, a_round(), NOW)
    with catalog.writing() as session, pytest.raises(SettingsError, match="already"):
        put_campaign(session, a_round(), NOW)


def test_what_is_exported_can_be_imported_and_says_the_same(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        token = put_campaign(session, a_round(), NOW)["rater-01"]
    answer_all(catalog, token)
    with catalog.writing() as session:
        exported = campaign_answers(session, "round").answers
        import_answers(session, "again", "Again", read_answers(write_answers(exported)), NOW)
    with catalog.reading() as session:
        assert campaign_answers(session, "again").answers == exported
        assert session.get_one(RatingCampaignRow, "again").closed


def test_preferences_are_imported_as_pairs(catalog: CatalogDatabase) -> None:
    given = (Answer("ann", "talk", "old", "test", "preference", -1, other_system="new"),)
    with catalog.writing() as session:
        import_answers(session, "pairs", "Pairs", given, NOW)
    with catalog.reading() as session:
        found = campaign_answers(session, "pairs")
    assert (found.kind, found.answers) == ("preferences", given)


def test_scores_and_preferences_are_not_mixed(catalog: CatalogDatabase) -> None:
    mixed = (
        Answer("ann", "talk", "old", "test", "preference", 1, other_system="new"),
        Answer("ann", "talk", "old", "test", "overall", 3),
    )
    with catalog.writing() as session, pytest.raises(SettingsError, match="of one kind"):
        import_answers(session, "mixed", "Mixed", mixed, NOW)


def test_a_list_tells_how_far_campaigns_are(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        token = put_campaign(session, a_round(), NOW)["rater-01"]
    answer_all(catalog, token)
    with catalog.writing() as session:
        close_campaign(session, "round")
        (progress,) = campaigns(session)
    assert (progress.tasks, progress.answered, progress.closed) == (2, 2, True)


def test_a_page_that_is_sent_from_two_windows_at_once_counts_once(catalog: CatalogDatabase) -> None:
    with catalog.writing() as session:
        token = put_campaign(session, a_round(), NOW)["rater-01"]
        rater = find_rater(session, token) or ""
        agree(session, rater, NOW)
        task = state_of(session, rater).task
    assert task is not None

    def send(value: int) -> bool:
        with catalog.writing() as session:
            return answer_task(session, rater, task.id, {"overall": value}, NOW)

    with ThreadPoolExecutor(1) as pool:
        with catalog.writing() as session:
            assert answer_task(session, rater, task.id, {"overall": 1}, NOW)
            session.flush()
            second = pool.submit(send, 2)  # comes while the first is not kept yet
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
        assert not second.result(timeout=20)
    with catalog.reading() as session:
        assert [each.value for each in campaign_answers(session, "round").answers] == [1]
