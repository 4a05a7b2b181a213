from __future__ import annotations

import json

import numpy as np
import pytest

from pipeline_ops.ratings.records import Answer, CampaignAnswers
from pipeline_ops.ratings.report import make_report
from pipeline_ops.ratings.report_page import report_html, report_json
from pipeline_ops.ratings.report_types import CampaignReport, SystemDifference

TRUTH = {"new": 4.0, "same": 4.0, "old": 2.9}
CARELESS = "rater-00"


def score_campaign(raters: int = 12, contents: int = 10) -> CampaignAnswers:
    """Systems of known scores, one careless rater, and metrics of which one follows the truth."""
    generator = np.random.default_rng(1)
    answers, metrics = [], {}
    for content in range(contents):
        for system, mean in TRUTH.items():
            true = mean + 0.2 * generator.normal()
            metrics[f"c{content}", system] = {
                "speed_deviation": 5 - true + 0.1 * generator.normal(),
                "useless": generator.normal(),
            }
            for rater in range(raters):
                name = f"rater-{rater:02d}"
                heard = true + 0.3 * (rater % 3 - 1) + 0.6 * generator.normal()
                value = (
                    int(generator.integers(1, 6)) if name == CARELESS else int(np.clip(round(heard), 1, 5))
                )
                place = content * len(TRUTH) + list(TRUTH).index(system)
                answers.append(Answer(name, f"c{content}", system, "test", "overall", value, position=place))
    answers += [
        Answer(CARELESS, f"card {n}", "card", "attention", "overall", 1, expected=4, position=90 + n)
        for n in range(3)
    ]
    answers.append(Answer("rater-01", "c0", "new", "test", "lip_sync", None, position=0))
    return CampaignAnswers(
        "round",
        "A <b>round</b>",
        "scores",
        ("lip_sync", "overall"),
        tuple(answers),
        metrics=metrics,
        tasks_planned=400,
    )


@pytest.fixture(scope="module")
def report() -> CampaignReport:
    return make_report(score_campaign())


def difference(report: CampaignReport, first: str, second: str) -> SystemDifference:
    return next(
        each for each in report.dimensions[0].differences if {each.first, each.second} == {first, second}
    )


def test_true_means_lie_within_their_intervals(report: CampaignReport) -> None:
    for system in report.dimensions[0].systems:
        assert system.others.low <= TRUTH[system.system] <= system.others.high
        assert system.others.half_width > system.these.half_width


def test_a_worse_system_is_worse_and_an_equal_one_cannot_be_told(report: CampaignReport) -> None:
    assert difference(report, "new", "old").others.low > 0.5
    equal = difference(report, "new", "same").others
    assert equal.low < 0 < equal.high
    assert report.dimensions[0].systems[-1].system == "old"


def test_the_careless_rater_is_rejected_with_reasons_and_nobody_else(report: CampaignReport) -> None:
    rejected = {each.rater: each.rejected for each in report.raters if each.rejected}
    assert list(rejected) == [CARELESS]
    assert "missed 3 of 3 attention items" in rejected[CARELESS]


def test_biases_are_told(report: CampaignReport) -> None:
    bias = {each.rater: each.bias for each in report.raters}
    assert bias["rater-02"]["overall"].estimate == pytest.approx(0.3, abs=0.2)
    assert bias["rater-03"]["overall"].estimate == pytest.approx(-0.3, abs=0.2)
    assert CARELESS not in {each.rater for each in report.raters if each.bias}


def test_the_metric_that_follows_the_truth_is_to_be_trusted_and_the_other_is_not(
    report: CampaignReport,
) -> None:
    verdicts = {each.metric: each.verdict for each in report.metrics}
    assert verdicts == {"speed_deviation": "trust", "useless": "cannot_tell"}


def test_a_panel_that_is_strict_with_calibration_clips_is_moved_up() -> None:
    campaign = score_campaign()
    strict = [
        Answer(
            f"rater-{rater:02d}",
            f"k{clip}",
            "k",
            "calibration",
            "overall",
            3,
            expected=3.5,
            position=200 + clip,
        )
        for rater in range(1, 12)
        for clip in range(3)
    ]
    moved = make_report(
        CampaignAnswers("round", "Round", "scores", ("overall",), (*campaign.answers, *strict))
    )
    assert moved.calibration["overall"].shift.estimate == pytest.approx(0.5)
    plain = {each.system: each.these.estimate for each in make_report(campaign).dimensions[0].systems}
    for each in moved.dimensions[0].systems:
        assert each.these.estimate == pytest.approx(min(plain[each.system] + 0.5, 5.0), abs=0.01)


def test_preferences_are_reported_with_the_preferred_system_first() -> None:
    generator = np.random.default_rng(3)
    answers = []
    for number in range(120):
        rater, content, new_first = number % 10, number // 20, number // 10 % 2 == 0
        first, second = ("new", "old") if new_first else ("old", "new")
        new_preferred = generator.random() < 0.8
        value = 1 if new_preferred == new_first else -1
        answers.append(
            Answer(
                f"rater-{rater:02d}",
                f"c{content}",
                first,
                "test",
                "preference",
                value,
                second,
                position=number,
            )
        )
    made = make_report(CampaignAnswers("pairs", "Pairs", "preferences", ("preference",), tuple(answers)))
    assert made.preferences is not None
    assert made.preferences.systems == ("new", "old")
    assert made.preferences.pairs[0].probability.low > 0.6
    assert made.preferences.pairs[0].wins + made.preferences.pairs[0].losses == 120
    assert "Preferences" in report_html(made)


def test_the_page_escapes_what_people_wrote_and_needs_nothing_else(report: CampaignReport) -> None:
    page = report_html(report)
    assert "A &lt;b&gt;round&lt;/b&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_json_holds_the_same_and_is_json(report: CampaignReport) -> None:
    read = json.loads(report_json(report))
    assert read["dimensions"][0]["systems"][0]["these"]["estimate"] == pytest.approx(
        report.dimensions[0].systems[0].these.estimate
    )


def test_a_campaign_that_nobody_answered_has_a_report_too() -> None:
    empty = make_report(CampaignAnswers("round", "Round", "scores", ("overall",), ()))
    assert "Nothing can be said yet" in report_html(empty)
    assert json.loads(report_json(empty))["raters"] == []


@pytest.mark.parametrize("seed", range(12))
def test_any_small_campaign_has_a_report(seed: int) -> None:
    """With one rater, one clip, one system, equal scores, gaps, or nothing that counts."""
    generator = np.random.default_rng(seed)
    raters, contents, systems = (int(generator.integers(1, most)) for most in (5, 4, 4))
    answers = [
        Answer(
            f"r{rater}",
            f"c{content}",
            f"s{system}",
            ("test", "test", "reference", "attention", "calibration")[int(generator.integers(5))],
            "overall",
            None if generator.random() < 0.1 else 5 if seed % 3 == 0 else int(generator.integers(1, 6)),
            expected=3.0,
            position=content * systems + system,
            seconds=float(generator.integers(0, 9)),
            clip_s=4.0,
        )
        for rater in range(raters)
        for content in range(contents)
        for system in range(systems)
        if generator.random() < 0.7
    ]
    metrics = {(answer.content, answer.system): {"m": generator.normal(), "k": 1.0} for answer in answers}
    made = make_report(CampaignAnswers("x", "X", "scores", ("overall",), tuple(answers), metrics=metrics))
    assert report_html(made).startswith("<!doctype html>")
    assert json.loads(report_json(made))["id"] == "x"
