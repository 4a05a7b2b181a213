from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from models.catalog import Catalog
from pipeline_ops.attach import ingest_glossary
from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.errors import SettingsError, UnknownModelError
from pipeline_ops.graph import nodes_of
from pipeline_ops.operators.edges import ancestors
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.upgrades.plan import PlannedRun, UpgradePlan, plan_upgrade
from pipeline_ops.upgrades.wish import UpgradeWish, read_wish
from tests.pipeline_ops.catalog.making import ANN
from tests.pipeline_ops.upgrades.making import CPU_S, NEW, OLD, request_for, run

TRANSLATOR = UpgradeWish("translation", NEW)
AFTER_TRANSLATION = {
    "translate[pt]",
    *(f"{node.name}[pt]" for node in nodes_of("language") if "translate" in ancestors(node)),
}


def plan(catalog: CatalogDatabase, platform: Platform, wish: UpgradeWish = TRANSLATOR) -> UpgradePlan:
    with catalog.reading() as session:
        return plan_upgrade(session, platform, wish)


def places(planned: PlannedRun) -> set[str]:
    return {stage.place for stage in planned.stages}


def upgraded(request: Request, model: str = NEW) -> Request:
    return dataclasses.replace(request, models={"translation": model})


def test_a_new_translator_recomputes_what_comes_after_it_and_just_that_happens(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    request = request_for(platform, "talk", "pt")
    run(catalog, platform, "run-1", request)
    [planned] = plan(catalog, platform).runs
    assert (planned.replaces, planned.languages) == ("run-1", ("pt",))
    assert places(planned) == AFTER_TRANSLATION
    assert planned.cpu_s == CPU_S * len(AFTER_TRANSLATION)
    assert run(catalog, platform, "run-2", upgraded(request), held=True) == places(planned)


def test_a_translation_is_made_again_with_the_glossary_that_it_had(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    glossary = ingest_glossary({"pt": {"stream": "live"}}, platform)
    run(catalog, platform, "run-1", request_for(platform, "talk", "pt", attachments={"glossary": glossary}))
    [planned] = plan(catalog, platform).runs
    assert planned.conf["glossary"] == str(glossary)
    assert places(planned) == AFTER_TRANSLATION


def test_planning_changes_nothing(catalog: CatalogDatabase, platform: Platform) -> None:
    run(catalog, platform, "run-1", request_for(platform, "talk", "pt"))
    before = set(platform.store.references())
    assert plan(catalog, platform) == plan(catalog, platform)
    assert set(platform.store.references()) == before


def test_a_translation_that_the_new_model_made_is_left_alone(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    run(catalog, platform, "run-1", upgraded(request_for(platform, "talk", "pt")))
    assert plan(catalog, platform).runs == ()


def test_what_is_not_published_is_left_alone(catalog: CatalogDatabase, platform: Platform) -> None:
    request = request_for(platform, "talk", "pt")
    run(catalog, platform, "run-1", request, held=True)
    assert plan(catalog, platform).runs == ()


def test_a_new_version_of_the_same_model_counts_as_new(catalog: CatalogDatabase, platform: Platform) -> None:
    run(catalog, platform, "run-1", request_for(platform, "talk", "pt"))
    same = UpgradeWish("translation", OLD)
    assert plan(catalog, platform, same).runs == ()
    models = tuple(
        entry.model_copy(update={"version": "2"}) if entry.id == OLD else entry
        for entry in platform.catalog.models
    )
    [planned] = plan(catalog, dataclasses.replace(platform, catalog=Catalog(models=models)), same).runs
    assert places(planned) == AFTER_TRANSLATION


def test_what_was_made_before_is_found_and_costs_nothing(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    request = request_for(platform, "talk", "pt")
    run(catalog, platform, "run-1", request)
    run(catalog, platform, "run-2", upgraded(request), held=True)
    [planned] = plan(catalog, platform).runs
    assert (planned.stages, planned.cpu_s) == ((), 0.0)


def test_an_upgrade_of_what_answers_once_a_video_is_planned_once_for_all_languages(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    entry = platform.catalog.entry("whisper-base").model_copy(update={"id": "another-whisper"})
    platform = dataclasses.replace(platform, catalog=Catalog(models=(*platform.catalog.models, entry)))
    run(catalog, platform, "run-1", request_for(platform, "talk", "pt"))
    [planned] = plan(catalog, platform, UpgradeWish("speech_recognition", entry.id)).runs
    assert {"transcribe", "judge_transcript", "split_sentences", "translate[pt]"} <= places(planned)
    # They come after, but nothing of it is fed to them.
    assert places(planned).isdisjoint({"separate", "encode_speech", "track_faces"})


def test_an_upgrade_keeps_to_a_creator_a_language_and_an_old_model(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    with catalog.writing() as session:
        put_creator(session, ANN)
    run(catalog, platform, "run-1", request_for(platform, "one", "pt"), creator_id="ann")
    run(catalog, platform, "run-2", request_for(platform, "two", "pt"))
    for changes, replaced in (
        ({}, ["run-1", "run-2"]),
        ({"creator_id": "ann"}, ["run-1"]),
        ({"languages": ("es",)}, []),
        ({"old_model_id": OLD}, ["run-1", "run-2"]),
        ({"old_model_id": "qwen2.5-coder-1.5b-instruct-q4_k_m"}, []),
    ):
        wish = dataclasses.replace(TRANSLATOR, **changes)  # type: ignore[arg-type]
        assert [each.replaces for each in plan(catalog, platform, wish).runs] == replaced


def test_a_language_that_the_new_model_does_not_serve_stays_and_says_so(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    run(catalog, platform, "run-1", request_for(platform, "talk", "pt"))
    planned = plan(catalog, platform, UpgradeWish("translation", "bergamot-tiny-pt-en"))
    [left_out] = planned.left_out
    assert planned.runs == ()
    assert (left_out.replaces, left_out.languages) == ("run-1", ("pt",))
    assert "does not translate en to pt" in left_out.reason


def test_a_new_model_costs_what_it_cost_elsewhere(catalog: CatalogDatabase, platform: Platform) -> None:
    run(catalog, platform, "run-1", request_for(platform, "talk", "pt"))
    run(catalog, platform, "run-2", upgraded(request_for(platform, "other", "pt")), after=timedelta(hours=1))
    with catalog.writing() as session:
        from pipeline_ops.catalog.tables import StageRow

        session.get_one(StageRow, ("run-2", "translate", "pt")).cpu_s = 10 * CPU_S
    [planned] = plan(catalog, platform).runs
    assert {stage.place: stage.cpu_s for stage in planned.stages}["translate[pt]"] == pytest.approx(
        10 * CPU_S
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"capability": "magic", "to": NEW}, "no capability 'magic'"),
        ({"capability": "speech_synthesis", "to": NEW}, "is for translation"),
        ({"capability": "translation", "to": NEW, "old": NEW}, "replace itself"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    platform: Platform, words: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_wish(platform.catalog, **words)
    with pytest.raises(UnknownModelError):
        read_wish(platform.catalog, capability="translation", to="nothing")
