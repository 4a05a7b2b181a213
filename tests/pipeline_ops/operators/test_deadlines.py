from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline_ops.operators.deadlines import run_deadline, tell_late_run


def test_how_long_a_run_may_take_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("runs: {late_after_hours: 0.5}")
    monkeypatch.setenv("DUBWRIGHT_SETTINGS", str(file))
    alert = run_deadline()
    assert alert.interval == timedelta(minutes=30)
    assert alert.callback.kwargs == {"limit_h": 0.5}


def test_a_late_run_is_told_of_by_its_id(caplog: pytest.LogCaptureFixture) -> None:
    run = {"dag_run_id": "backlog-1", "dag_id": "translate_video"}
    tell_late_run(limit_h=6.0, context={"dag_run": run})
    assert "backlog-1 of translate_video has not ended 6 h after it was queued" in caplog.text
