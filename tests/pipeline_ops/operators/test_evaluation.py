"""The tasks of `evaluate_models` on a real bucket, store and catalog; clips that are no videos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.accept import accept
from pipeline_ops.catalog.run_facts import RunOrder
from pipeline_ops.errors import SettingsError, UnknownModelError
from pipeline_ops.execute import execute
from pipeline_ops.operators.evaluation import (
    BEGIN_EVALUATION,
    BeginEvaluationOperator,
    CompareVersionsOperator,
    WaitForEvaluationOperator,
)
from pipeline_ops.platform import Platform
from pipeline_ops.report import build_report
from pipeline_ops.run_lifecycle import begin_run, end_run
from tests.pipeline_ops.catalog.making import NOW
from tests.pipeline_ops.operators.running import TaskInstance, context_of

WISH = {
    "set": "eval/set.csv",
    "a": {"profile": "embedded"},
    "b": {"profile": "embedded", "title": "no fit", "stage_parameters": {"fit_voice": {"tries": 0}}},
    "consent": ["voice"],
}


@pytest.fixture(autouse=True)
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("DUBWRIGHT_HOME", str(tmp_path))
    for name in ("DUBWRIGHT_MEDIA_DIR", "DUBWRIGHT_MEDIA_URL", "DUBWRIGHT_CATALOG_URL", "DUBWRIGHT_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "media" / "eval"
    folder.mkdir(parents=True)
    (folder / "set.csv").write_text("file,glasses\nann.mp4,yes\nbob.mp4,no\n")
    for name in ("ann.mp4", "bob.mp4"):
        (folder / name).write_text(f"no video, {name}")
    return Platform.from_environment()


def context(**wish: Any) -> Any:
    return context_of(TaskInstance(BEGIN_EVALUATION), **{**WISH, **wish})


def begin(**wish: Any) -> list[dict[str, Any]]:
    return BeginEvaluationOperator(task_id=BEGIN_EVALUATION).execute(context(**wish))


def test_every_clip_is_run_by_both_versions_and_held() -> None:
    begun = begin()
    assert [(each["conf"]["video"], each["conf"]["stage_parameters"]) for each in begun] == [
        ("eval/ann.mp4", {}),
        ("eval/ann.mp4", {"fit_voice": {"tries": 0}}),
        ("eval/bob.mp4", {}),
        ("eval/bob.mp4", {"fit_voice": {"tries": 0}}),
    ]
    assert all(each["conf"]["held"] and each["conf"]["consent"] == ["voice"] for each in begun)


def test_a_task_that_is_tried_again_starts_nothing_twice() -> None:
    ids = [each["trigger_run_id"] for each in begin()]
    assert ids == [each["trigger_run_id"] for each in begin()]
    assert len(set(ids)) == 4


def test_what_makes_no_sense_is_told_before_anything_is_started() -> None:
    with pytest.raises(SettingsError, match=r"none\.csv"):
        begin(set="eval/none.csv")
    with pytest.raises(SettingsError, match="is no evaluation set"):
        begin(set="eval/ann.mp4")
    with pytest.raises(UnknownModelError):
        begin(b={"profile": "embedded", "models": {"translation": "no-such-model"}})


def test_it_waits_for_the_runs_that_were_begun() -> None:
    assert WaitForEvaluationOperator(task_id="wait").begun_by == BEGIN_EVALUATION


def test_the_runs_are_compared_and_the_report_lies_below_the_home(platform: Platform) -> None:
    for started in begin():
        wishes = {**context()["params"], **started["conf"]}
        request = accept(wishes, platform)
        order = RunOrder(started["trigger_run_id"], NOW, held=True)
        begin_run(order, request, platform)
        report = build_report(request, execute(request, platform), platform)
        end_run(order, request, report, platform, started_at=NOW)
    page = Path(CompareVersionsOperator(task_id="compare").execute(context()))
    assert page.is_relative_to(platform.settings.home / "evaluations")
    assert "no fit against embedded" in page.read_text(encoding="utf-8")
    data = json.loads(page.with_name("report.json").read_text(encoding="utf-8"))
    assert {outcome["status"] for both in data["outcomes"].values() for outcome in both} == {"rejected"}
    assert data["comparison"]["recordings"] == 2
