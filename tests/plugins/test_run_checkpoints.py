from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline_ops.artefacts import to_json
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference, Cost, Manifest, Verdict
from pipeline_ops.graph import NODES
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from pipeline_ops.stages.judge_eligibility import LanguageVerdict

BEGAN = datetime(2026, 1, 2, tzinfo=UTC)
KEY = "0" * 64


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path)}))


def keep(
    platform: Platform,
    folder: Path,
    stage: str,
    verdict: Verdict | None = None,
    at: str = "03",
    **values: Any,
) -> str:
    """Commit a checkpoint of a stage with these JSON artefacts, made on that day of January."""
    files, artefacts = {}, []
    for name, value in values.items():
        files[name] = folder / f"{stage}-{name}.json"
        files[name].write_bytes(to_json(NODES[stage].stage.output_types[name], value))
        from pipeline_ops.digests import sha256_of_file

        size = files[name].stat().st_size
        artefacts.append(
            Artefact(name, f"{name}.json", "application/json", sha256_of_file(files[name]), size)
        )
    reference = CheckpointReference(stage, KEY)
    platform.store.commit(
        Manifest(
            reference=reference,
            stage_version=1,
            parameters={},
            model=None,
            inputs={},
            artefacts=tuple(artefacts),
            outcome="rejected" if verdict else "completed",
            cost=Cost(1.0, 1.0, 1.0, 1, 1),
            created_at=f"2026-01-{at}T00:00:00+00:00",
            verdict=verdict,
        ),
        files,
    )
    return str(reference)


def checkpoints(platform: Platform, state: str = "running", **tasks: Any) -> Any:
    """Read a run into pt and en; `stage=(state, reference, failure)`, `stage__1` for the second language."""
    from dubwright_inspection.airflow_runs import Run, Task
    from dubwright_inspection.run_checkpoints import RunCheckpoints

    places = {}
    for name, (task_state, handed_on, failure) in tasks.items():
        stage, _, index = name.partition("__")
        places[stage, int(index or -1)] = Task(task_state, 1, BEGAN, None, handed_on, failure)
    run = Run("run-1", state, {}, None, BEGAN, BEGAN, None, ("pt", "en"), None, places)
    return RunCheckpoints(run, platform)


def test_a_run_that_has_just_begun_waits_everywhere(platform: Platform) -> None:
    run = checkpoints(platform)
    assert {stage.word for stage in run.stages} == {"waiting"}
    assert run.value("probe", "media") is None
    assert run.why_absent("align", "pt") == "Not there yet: the run has not come to align."


def test_what_stood_there_before_counts_as_reused(platform: Platform, tmp_path: Path) -> None:
    old = keep(platform, tmp_path, "decode_audio", at="01")
    new = keep(platform, tmp_path, "mix")
    run = checkpoints(platform, decode_audio=("success", old, None), mix__0=("success", new, None))
    assert (run.stage("decode_audio").word, run.stage("mix", "pt").word) == ("reused", "made")


def test_a_rejected_video_says_why_wherever_something_is_missing(platform: Platform, tmp_path: Path) -> None:
    verdict = Verdict("no_speech", "We heard nothing.")
    reference = keep(platform, tmp_path, "detect_speech", verdict)
    run = checkpoints(platform, "success", detect_speech=("skipped", reference, None))
    assert run.stage("detect_speech").word == "rejected"
    assert run.first_end("pt").verdict == verdict
    assert run.why_absent("align", "pt") == "Rejected: We heard nothing."


def test_a_language_turned_away_at_the_gate_leaves_the_others_alone(
    platform: Platform, tmp_path: Path
) -> None:
    verdicts = (LanguageVerdict("pt", True), LanguageVerdict("en", False, "same_language", "It is English."))
    gate = keep(platform, tmp_path, "judge_eligibility", verdicts=verdicts)
    run = checkpoints(
        platform,
        judge_eligibility=("success", gate, None),
        translate__0=("running", None, None),
        translate__1=("skipped", gate, None),
    )
    assert (run.stage("translate", "pt").word, run.stage("translate", "en").word) == ("running", "closed")
    assert run.first_end("pt") is None
    assert run.why_absent("translate", "pt") == "translate is at work."
    assert run.why_absent("align", "en") == "Rejected: It is English."


def test_a_failure_is_told_in_its_own_words(platform: Platform) -> None:
    run = checkpoints(platform, "failed", probe=("failed", None, "MediaToolError: no."))
    assert run.stage("probe").word == "failed"
    assert run.first_end("pt").problem == "probe: MediaToolError: no."
    assert run.why_absent("split_sentences") == "probe failed; see above."


def test_a_checkpoint_that_is_gone_is_named(platform: Platform) -> None:
    run = checkpoints(platform, probe=("success", f"probe/{KEY}", None))
    assert "is gone or damaged" in run.stage("probe").problem
    assert run.why_absent("probe") == "probe failed; see above."


def test_what_another_release_wrote_is_not_there(platform: Platform, tmp_path: Path) -> None:
    reference = keep(platform, tmp_path, "split_sentences", utterances=(), subtitles=())
    manifest = platform.store.find(CheckpointReference.parse(reference))
    assert manifest is not None
    from pipeline_ops.checkpoints.blobs import blob_key

    path = platform.store.storage.local_path(blob_key(manifest.artefact("utterances").sha256))
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"{}")
    run = checkpoints(platform, split_sentences=("success", reference, None))
    assert run.value("split_sentences", "utterances") is None
    assert run.why_absent("split_sentences").endswith("Clear its task to make it anew.")


def test_a_run_that_ended_early_says_so(platform: Platform) -> None:
    run = checkpoints(platform, "failed", probe=("skipped", None, None))
    assert run.why_absent("align", "pt") == "The run ended before align."
