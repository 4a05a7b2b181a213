"""An experiment begins, says what its arms get, and is told what came of it."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from pipeline_ops.catalog.audit import entries
from pipeline_ops.catalog.consents import give_consent, revoke_consent
from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.experiments import (
    RunsByArm,
    exposures_and_events,
    list_experiments,
    running_experiment,
    start_experiment,
    stop_experiment,
    versions_by_arm,
)
from pipeline_ops.catalog.playbacks import Playback, record_playbacks, reporter_of
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.reports import file_report
from pipeline_ops.catalog.run_facts import RunFacts
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.errors import SettingsError
from pipeline_ops.experiments.analysis import analyse
from pipeline_ops.experiments.definition import ExperimentDefinition
from pipeline_ops.experiments.outcomes import join_outcomes
from tests.pipeline_ops.catalog.making import ANN, NOW, OLD_TRANSLATOR, facts

HOUR = timedelta(hours=1)

WATCHED = {"watched_s": {"event": "watched_s", "aggregate": "sum", "highest": 100}}
LIPS = ExperimentDefinition.model_validate(
    {"name": "lips", "arms": {"a": 1, "b": 1}, "shows": {"b": {"lips": True}}, "metrics": WATCHED}
)
TRANSLATOR = ExperimentDefinition.model_validate(
    {
        "name": "translator",
        "arms": {"old": 1, "new": 1},
        "shows": {"old": {"model": OLD_TRANSLATOR}, "new": {"model": "new-translator"}},
        "metrics": {
            **WATCHED,
            "finished": {"event": "finished"},
            "reported": {"event": "reported", "higher_is_better": False},
        },
    }
)


@pytest.fixture
def talk(catalog: CatalogDatabase) -> CatalogDatabase:
    """A talk of Ann's in two languages; an upgrade has made it again, and nobody has decided yet."""
    with catalog.writing() as session:
        put_creator(session, ANN)
        record_end(session, facts("first", done=("pt", "es"), creator_id="ann"))
        record_end(session, _upgraded())
    return catalog


def _upgraded(*uses: str, **order: Any) -> RunFacts:
    made = facts("second", translator="new-translator", creator_id="ann", held=True, after=HOUR, **order)
    return dataclasses.replace(
        made, translations=tuple(dataclasses.replace(each, uses=uses) for each in made.translations)
    )


def media_id(catalog: CatalogDatabase) -> str:
    with catalog.reading() as session:
        return session.get_one(TranslationRow, ("first", "pt")).media_id


def shown(catalog: CatalogDatabase, experiment: ExperimentDefinition = TRANSLATOR) -> RunsByArm:
    with catalog.reading() as session:
        return versions_by_arm(session, media_id(catalog), experiment)


def test_one_experiment_runs_at_a_time_and_who_began_and_ended_it_is_in_the_audit_log(
    catalog: CatalogDatabase,
) -> None:
    with catalog.writing() as session:
        start_experiment(session, LIPS, by="ann")
    with catalog.writing() as session, pytest.raises(SettingsError, match="lips runs"):
        start_experiment(session, TRANSLATOR, by="ann")
    with catalog.reading() as session:
        assert running_experiment(session) == LIPS
    with catalog.writing() as session:
        assert stop_experiment(session, by="bob").name == "lips"
    with catalog.writing() as session:
        assert running_experiment(session) is None
        with pytest.raises(SettingsError, match="No experiment"):
            stop_experiment(session, by="bob")
        with pytest.raises(SettingsError, match="another name"):
            start_experiment(session, LIPS, by="ann")
        start_experiment(session, TRANSLATOR, by="ann")
        assert [row.name for row in list_experiments(session)] == ["lips", "translator"]
        logged = [(row.who, row.what) for row in entries(session, subject="experiment lips")]
    assert logged == [("ann", "experiment_started"), ("bob", "experiment_stopped")]


@pytest.mark.parametrize("lacking", ["shows", "metrics"])
def test_an_experiment_that_shows_or_measures_nothing_does_not_begin(
    catalog: CatalogDatabase, lacking: str
) -> None:
    with catalog.writing() as session, pytest.raises(SettingsError, match="does not say"):
        start_experiment(session, LIPS.model_copy(update={lacking: {}}), by="ann")


def test_arms_get_the_versions_of_their_models_where_there_are_both(talk: CatalogDatabase) -> None:
    assert shown(talk) == {"old": {"pt": "first"}, "new": {"pt": "second"}}
    assert shown(talk, LIPS) == {}


def test_changed_lips_are_a_version_too_once_their_owner_agrees(talk: CatalogDatabase) -> None:
    with talk.writing() as session:
        record_end(session, _upgraded("lips"))
    assert shown(talk, LIPS) == {}
    with talk.writing() as session:
        give_consent(session, "ann", "lips", by="ann", text_version="1")
    assert shown(talk, LIPS) == {"a": {"pt": "first"}, "b": {"pt": "second"}}
    with talk.writing() as session:
        revoke_consent(session, "ann", "lips", by="ann")
    assert shown(talk, LIPS) == {}


def test_what_a_creator_wants_to_see_first_is_shown_in_no_arm(talk: CatalogDatabase) -> None:
    with talk.writing() as session:
        put_creator(session, dataclasses.replace(ANN, review_wanted=True))
    assert shown(talk) == {}


def test_what_a_person_must_look_at_first_is_shown_in_no_arm(talk: CatalogDatabase) -> None:
    with talk.writing() as session:
        session.get_one(TranslationRow, ("second", "pt")).held_because = "It adds an insult."
    assert shown(talk) == {}


def test_outcomes_are_joined_by_the_lots_of_viewers(talk: CatalogDatabase) -> None:
    medium = media_id(talk)

    def view(number: int, lot: int, arm: str, **values: Any) -> Playback:
        given = {"track": "pt", "chosen": False, "finished": False, "watched_s": 10.0, **values}
        return Playback(
            view_id=f"{number:032x}",
            media_id=medium,
            began_at=NOW + number * HOUR / 10,
            given=True,
            started=True,
            stalls=0,
            stalled_s=0.0,
            run_id={"old": "first", "new": "second"}[arm],
            experiment="translator",
            arm=arm,
            lot=lot,
            **given,
        )

    views = [
        view(1, 7, "old", finished=True),
        view(2, 7, "old"),
        view(2, 7, "old", track="original", chosen=True, watched_s=5.0),
        view(3, 8, "new"),
        view(4, 9, "new", track="original"),  # the original alone is no arm
    ]
    with talk.writing() as session:
        assert record_playbacks(session, views) == 5
        file_report(
            session,
            session.get_one(TranslationRow, ("second", "pt")),
            reason="wrong_meaning",
            at_s=None,
            text="",
            reporter=reporter_of(f"{3:032x}"),
            now=NOW + HOUR,
        )
    with talk.reading() as session:
        exposures, events = exposures_and_events(session, "translator")
    found = {
        metric.name: {
            each.unit: each.value
            for each in join_outcomes(exposures, events, metric, NOW + 50 * HOUR).outcomes
        }
        for metric in TRANSLATOR.outcome_metrics()
    }
    assert found == {
        "watched_s": {"7": 25.0, "8": 10.0},
        "finished": {"7": 1.0, "8": 0.0},
        "reported": {"7": 0.0, "8": 1.0},
    }
    [watched, *_] = TRANSLATOR.outcome_metrics()
    joined = join_outcomes(exposures, events, watched, NOW + 50 * HOUR)
    assert analyse(joined, TRANSLATOR.arms, watched).differences[0].verdict == "cannot_tell"
