from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.model_evaluation.figures import figures_of, pairs_of
from pipeline_ops.model_evaluation.making import make_evaluation_report
from pipeline_ops.model_evaluation.report_types import EvaluationReport
from pipeline_ops.model_evaluation.running import Evaluated
from pipeline_ops.platform import Platform
from pipeline_ops.quality.evaluation import Metrics
from pipeline_ops.report import LanguageReport
from pipeline_ops.settings import Settings
from tests.pipeline_ops.model_evaluation.making import VERSIONS, clips, evaluated

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}))


def report_on(platform: Platform, results: tuple[Evaluated, ...]) -> EvaluationReport:
    def write_media(reference: CheckpointReference, artefact: str, name: str) -> str:
        return f"media/{reference.stage} {artefact} {name}.mp4"

    evaluation_set = clips(len(results) // 2)
    return make_evaluation_report(
        evaluation_set, VERSIONS, ("pt",), results, platform, made_at=NOW, write_media=write_media
    )


def test_figures_are_those_of_the_evaluation_and_whether_it_was_finished() -> None:
    done = LanguageReport("pt", "done", metrics=Metrics(3, voice_likeness=0.7, heard_language="pt"))
    assert figures_of(done) == {"finished": 1.0, "voice_likeness": 0.7, "lips_changed": 0.0}
    assert figures_of(LanguageReport("pt", "failed")) == {"finished": 0.0}


def test_a_run_that_left_no_report_counts_as_failed() -> None:
    results = [*evaluated(clips(1))[:1], Evaluated(clips(1).clips[0], "b", None)]
    [pair] = pairs_of(results, ("pt",))
    assert pair.b == {"finished": 0.0}


def test_a_worse_voice_is_worse_and_nothing_else_is(platform: Platform) -> None:
    compared = report_on(platform, evaluated(clips(6), fall=0.2)).comparison
    assert compared.dimensions_with("worse") == ("Voice",)
    assert compared.in_dimension("naturalness").verdict == "unchanged"


def test_the_same_files_are_counted_and_make_no_difference(platform: Platform) -> None:
    report = report_on(platform, evaluated(clips(5), same_files=True))
    assert report.identical == 5
    assert report.comparison.dimensions_with("better", "worse", "mixed", "cannot_tell") == ()
    assert report.regressions == ()


def test_regressions_come_with_the_original_both_versions_and_what_they_say(platform: Platform) -> None:
    report = report_on(platform, evaluated(clips(7), fall=0.3))
    assert len(report.regressions) == 5
    worst = report.regressions[0]
    assert worst.changes[0].title == "likeness to the speakers' voices"
    assert worst.changes[0].noises <= report.regressions[1].changes[0].noises < -1
    assert (worst.original or "").startswith("media/ingest source")
    assert [outcome.media is not None for outcome in (worst.a, worst.b)] == [True, True]
    assert [(line.a, line.b) for line in worst.lines] == [("Olá, diz a.", "Olá, diz b.")]


def test_what_a_gate_held_back_is_measured_shown_and_not_finished(platform: Platform) -> None:
    report = report_on(platform, evaluated(clips(6), fall=0.3, rejected=("clip 2",)))
    assert list(report.outcomes) == ["clip 2, pt"]
    assert report.outcomes["clip 2, pt"][1].message == "The voice is a stranger's."
    assert report.comparison.of("voice_likeness").difference is not None
    stopped = next(each for each in report.regressions if each.pair.clip == "clip 2")
    assert stopped.b.media is not None
    assert (stopped.b.status, stopped.lines[0].b) == ("rejected", "")


def test_costs_tell_what_a_version_costs_from_what_was_spent_on_it_now(platform: Platform) -> None:
    report = report_on(platform, evaluated(clips(4)))
    assert (report.costs_a.cpu_s, report.costs_a.spent_cpu_s) == (14.0, 14.0)
    assert (report.costs_b.cpu_s, report.costs_b.spent_cpu_s, report.costs_b.reused) == (14.0, 10.0, 4)
    assert next((stage.stage, stage.a_cpu_s) for stage in report.stage_costs) == ("probe", 4.0)
