"""Upgrades from start to end on a catalog and a store, every run pretended (`making.py`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta

import pytest

from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.history import translations
from pipeline_ops.catalog.publishing import approve
from pipeline_ops.errors import SettingsError
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.upgrades import waves
from pipeline_ops.upgrades.plan import UpgradePlan, plan_upgrade
from pipeline_ops.upgrades.report import UpgradeReport, figures, report_of
from pipeline_ops.upgrades.starting import Terms, split_into_waves, start_upgrade
from pipeline_ops.upgrades.waves import WaveRun, WaveVerdict
from pipeline_ops.upgrades.wish import UpgradeWish
from tests.pipeline_ops.catalog.making import ANN, NOW
from tests.pipeline_ops.upgrades.making import CPU_S, NEW, request_for, run

GOOD = {"meaning_flagged": 0.1}
BAD = {"meaning_flagged": 0.9}
LATER = timedelta(hours=1)


@dataclasses.dataclass
class Works:
    """A library of videos in Portuguese, and what an upgrade makes of it."""

    catalog: CatalogDatabase
    platform: Platform

    def publish(self, count: int, **order: object) -> None:
        for number in range(count):
            request = request_for(self.platform, f"talk-{number}", "pt")
            run(self.catalog, self.platform, f"old-{number}", request, metrics=GOOD, **order)

    def plan(self) -> UpgradePlan:
        with self.catalog.reading() as session:
            return plan_upgrade(session, self.platform, UpgradeWish("translation", NEW))

    def start(self, terms: Terms) -> str:
        planned = self.plan()
        with self.catalog.writing() as session:
            return start_upgrade(session, planned, terms, NOW)

    def begin(self, upgrade: str) -> tuple[WaveRun, ...]:
        with self.catalog.writing() as session:
            return waves.begin_wave(session, upgrade, NOW)

    def translate(self, begun: tuple[WaveRun, ...], metrics: Mapping[str, float], **how: object) -> None:
        for each in begun:
            number = self.replaced_by(each.run_id).rpartition("-")[2]
            request = request_for(self.platform, f"talk-{number}", "pt", models=each.conf["models"])
            assert str(request.source) == each.conf["video"]
            run(
                self.catalog,
                self.platform,
                each.run_id,
                request,
                metrics=metrics,
                after=LATER,
                held=True,
                creator_id=each.conf["creator"],
                **how,
            )

    def replaced_by(self, run_id: str) -> str:
        from pipeline_ops.catalog.tables import UpgradeRunRow

        with self.catalog.reading() as session:
            return session.get_one(UpgradeRunRow, run_id).replaces

    def judge(self, upgrade: str) -> WaveVerdict:
        with self.catalog.writing() as session:
            return waves.judge_wave(session, upgrade, NOW)

    def publish_wave(self, upgrade: str) -> int | None:
        with self.catalog.writing() as session:
            return waves.publish_wave(session, upgrade, NOW)

    def wave(self, upgrade: str, metrics: Mapping[str, float] = GOOD, **how: object) -> int | None:
        self.translate(self.begin(upgrade), metrics, **how)
        return None if self.judge(upgrade).stopped else self.publish_wave(upgrade)

    def roll_back(self, upgrade: str) -> int:
        with self.catalog.writing() as session:
            return len(waves.roll_back(session, upgrade, NOW + 2 * LATER))

    def published(self) -> list[str]:
        """Return which runs' translations are published, upgraded ones as `new`."""
        with self.catalog.reading() as session:
            found = translations(session, state="published")
        return sorted("new" if each.run_id.startswith("upgrade-") else each.run_id for each in found)

    def state(self, upgrade: str) -> str:
        with self.catalog.reading() as session:
            return waves.get_upgrade(session, upgrade).state

    def report(self, upgrade: str) -> UpgradeReport:
        with self.catalog.reading() as session:
            return report_of(session, upgrade)


@pytest.fixture
def works(catalog: CatalogDatabase, platform: Platform) -> Works:
    return Works(catalog, platform)


def test_the_canary_comes_first_then_waves_within_the_cap_and_everything_is_replaced(works: Works) -> None:
    works.publish(5)
    planned = works.plan()
    upgrade = works.start(Terms(canary_share=0.2, per_wave=3))
    assert works.wave(upgrade) == 2
    assert works.published().count("new") == 1
    assert works.wave(upgrade) == 3
    assert works.wave(upgrade) is None
    assert works.published() == ["new"] * 5
    assert works.state(upgrade) == "finished"
    report = works.report(upgrade)
    assert report.decisions == {"published": 5}
    assert (report.made, report.cut_off, report.unforeseen) == (report.planned, 0, 0)
    assert report.cpu_s == report.estimated_cpu_s == planned.cpu_s


def test_planned_and_real_agree_stage_by_stage(works: Works) -> None:
    works.publish(1)
    upgrade = works.start(Terms())
    works.wave(upgrade)
    with works.catalog.reading() as session:
        [figure] = figures(session, upgrade)
    assert set(figure.made) == set(figure.planned)
    assert figure.cpu_s == CPU_S * len(figure.planned)


def test_a_worse_canary_stops_the_upgrade_and_nothing_is_replaced(works: Works) -> None:
    works.publish(3)
    upgrade = works.start(Terms(canary_share=0.3))
    assert works.wave(upgrade, BAD) is None
    assert works.state(upgrade) == "stopped"
    assert works.published() == ["old-0", "old-1", "old-2"]
    assert works.begin(upgrade) == ()
    assert works.report(upgrade).decisions == {"kept": 3}
    with works.catalog.reading() as session:
        assert [each.state for each in translations(session) if each.run_id.startswith("upgrade-")] == [
            "refused"
        ]


def test_a_canary_that_fails_stops_the_upgrade(works: Works) -> None:
    works.publish(2)
    upgrade = works.start(Terms(canary_share=0.5))
    works.wave(upgrade, failed=("pt",))
    assert works.state(upgrade) == "stopped"
    assert works.report(upgrade).decisions == {"failed": 1, "kept": 1}


def test_a_run_that_ended_without_a_report_counts_as_failed(works: Works) -> None:
    works.publish(1)
    upgrade = works.start(Terms())
    works.begin(upgrade)
    assert "without a report" in str(works.judge(upgrade).stopped)


def test_a_single_worse_version_of_a_later_wave_keeps_its_old_one(works: Works) -> None:
    works.publish(4)
    upgrade = works.start(Terms(canary_share=0.25))
    works.wave(upgrade)
    first, *others = works.begin(upgrade)
    works.translate((first,), BAD)
    works.translate(tuple(others), GOOD)
    kept = works.replaced_by(first.run_id)
    assert works.judge(upgrade).stopped is None
    works.publish_wave(upgrade)
    assert works.published() == ["new"] * 3 + [kept]
    assert works.report(upgrade).decisions == {"kept": 1, "published": 3}


def test_a_person_decides_after_the_canary_where_that_is_wanted(works: Works) -> None:
    works.publish(2)
    upgrade = works.start(Terms(canary_share=0.5, approval_wanted=True))
    works.translate(works.begin(upgrade), GOOD)
    verdict = works.judge(upgrade)
    assert verdict.approval_wanted
    assert works.state(upgrade) == "awaiting_approval"
    assert works.published() == ["old-0", "old-1"]
    assert works.publish_wave(upgrade) == 2
    works.translate(works.begin(upgrade), GOOD)
    assert not works.judge(upgrade).approval_wanted


def test_a_person_who_refuses_the_canary_stops_the_upgrade(works: Works) -> None:
    works.publish(2)
    upgrade = works.start(Terms(canary_share=0.5, approval_wanted=True))
    works.translate(works.begin(upgrade), GOOD)
    works.judge(upgrade)
    with works.catalog.writing() as session:
        waves.stop(session, upgrade, "Ann refused the canary.", NOW)
    assert works.publish_wave(upgrade) is None
    assert works.published() == ["old-0", "old-1"]


def test_every_step_may_be_taken_twice(works: Works) -> None:
    works.publish(2)
    upgrade = works.start(Terms(canary_share=0.5))
    begun = works.begin(upgrade)
    assert works.begin(upgrade) == begun
    works.translate(begun, GOOD)
    assert works.judge(upgrade).lines == works.judge(upgrade).lines
    assert works.publish_wave(upgrade) == works.publish_wave(upgrade) == 2
    assert works.published().count("new") == 1


def test_a_paused_upgrade_ends_its_wave_and_starts_no_other_until_it_is_resumed(works: Works) -> None:
    works.publish(2)
    upgrade = works.start(Terms(canary_share=0.5))
    begun = works.begin(upgrade)
    with works.catalog.writing() as session:
        waves.pause(session, upgrade)
    works.translate(begun, GOOD)
    works.judge(upgrade)
    assert works.publish_wave(upgrade) is None
    assert works.published().count("new") == 1
    assert works.begin(upgrade) == ()
    with works.catalog.writing() as session:
        assert waves.resume(session, upgrade) == 2
    assert works.wave(upgrade) is None
    assert works.state(upgrade) == "finished"
    with works.catalog.writing() as session, pytest.raises(SettingsError, match="is over: finished"):
        waves.resume(session, upgrade)


def test_rolling_back_puts_the_old_versions_back_and_recomputes_nothing(works: Works) -> None:
    works.publish(3)
    upgrade = works.start(Terms(canary_share=0.5))
    works.wave(upgrade)
    before = set(works.platform.store.references())
    assert works.roll_back(upgrade) == 2
    assert works.published() == ["old-0", "old-1", "old-2"]
    assert works.state(upgrade) == "rolled_back"
    assert works.begin(upgrade) == ()
    assert set(works.platform.store.references()) == before
    assert works.roll_back(upgrade) == 0


def test_an_upgrade_after_a_roll_back_finds_everything(works: Works) -> None:
    works.publish(1)
    upgrade = works.start(Terms())
    works.wave(upgrade)
    works.roll_back(upgrade)
    assert works.plan().cpu_s == 0.0
    again = works.start(Terms())
    works.wave(again)
    assert works.published() == ["new"]
    assert works.report(again).made == 0


def test_a_run_that_ends_after_a_roll_back_is_not_published(works: Works) -> None:
    works.publish(1)
    upgrade = works.start(Terms())
    begun = works.begin(upgrade)
    works.roll_back(upgrade)
    works.translate(begun, GOOD)
    assert works.judge(upgrade).stopped is not None
    assert works.published() == ["old-0"]
    with works.catalog.reading() as session:
        assert [each.state for each in translations(session, run_id=begun[0].run_id)] == ["refused"]


def test_a_model_that_answers_the_same_cuts_the_recomputation_off(works: Works) -> None:
    request: Request = request_for(works.platform, "talk-0", "pt")
    run(works.catalog, works.platform, "old-0", request, metrics=GOOD, same_answer=True)
    upgrade = works.start(Terms())
    works.wave(upgrade, same_answer=True)
    report = works.report(upgrade)
    assert (report.made, report.cut_off) == (1, report.planned - 1)
    assert works.published() == ["new"]


def test_a_creator_who_wants_review_gets_the_new_version_for_review(works: Works) -> None:
    with works.catalog.writing() as session:
        put_creator(session, ANN)
    works.publish(1, creator_id="ann")
    with works.catalog.writing() as session:
        put_creator(session, dataclasses.replace(ANN, review_wanted=True))
    upgrade = works.start(Terms())
    [begun] = works.begin(upgrade)
    works.translate((begun,), GOOD)
    works.judge(upgrade)
    works.publish_wave(upgrade)
    assert works.published() == ["old-0"]
    assert works.report(upgrade).decisions == {"in_review": 1}
    with works.catalog.writing() as session:
        approve(session, begun.run_id, "pt", by="rita")
    assert works.published() == ["new"]
    assert works.roll_back(upgrade) == 1
    assert works.published() == ["old-0"]


def test_what_was_replaced_by_others_meanwhile_is_left_alone(works: Works) -> None:
    works.publish(1)
    upgrade = works.start(Terms())
    run(works.catalog, works.platform, "by-hand", request_for(works.platform, "talk-0", "pt"), after=LATER)
    assert works.begin(upgrade) == ()
    assert works.state(upgrade) == "finished"
    assert works.published() == ["by-hand"]


def test_two_upgrades_of_the_same_translations_do_not_go_on_at_once(works: Works) -> None:
    works.publish(2)
    upgrade = works.start(Terms())
    with pytest.raises(SettingsError, match=f"{upgrade} goes on"):
        works.start(Terms())
    works.roll_back(upgrade)
    works.start(Terms())


def test_nothing_to_do_is_said(works: Works) -> None:
    with pytest.raises(SettingsError, match="nothing to upgrade"):
        works.start(Terms())


@pytest.mark.parametrize(
    "terms",
    [{"canary_share": 0.0}, {"canary_share": 1.5}, {"per_wave": 0}, {"per_wave": 5000}, {"at_most": 0}],
)
def test_terms_that_make_no_sense_are_refused(terms: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        Terms(**terms)  # type: ignore[arg-type]


def test_a_cap_in_all_leaves_the_rest_and_the_draw_is_the_same_every_time(works: Works) -> None:
    works.publish(6)
    runs = works.plan().runs
    terms = Terms(canary_share=0.25, per_wave=2, at_most=4)
    cut = split_into_waves(runs, terms, "upgrade-1")
    assert [len(wave) for wave in cut] == [1, 2, 1]
    assert split_into_waves(tuple(reversed(runs)), terms, "upgrade-1") == cut
