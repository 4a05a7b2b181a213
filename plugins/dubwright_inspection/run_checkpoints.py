"""The checkpoints that a run has reached so far: what each stage came to, and values read from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from dubwright_inspection.airflow_runs import Run, Task
from pydantic import ValidationError

from pipeline_ops.checkpoints.manifest import CheckpointReference, Manifest, Verdict
from pipeline_ops.errors import DamagedArtefactError
from pipeline_ops.graph import NODES, Node, nodes_of
from pipeline_ops.platform import Platform
from pipeline_ops.run_record import stood_before
from pipeline_ops.runner import load_artefact

READERS = 8
"""Manifests read at a time: a remote store answers each in some 10 ms, and a run has dozens."""


@dataclass(frozen=True, slots=True)
class StageState:
    """What became of one stage of a run so far.

    Attributes:
        node: The stage in the graph.
        language: The target language, or None for what runs once per video.
        word: `made`, `reused`, `rejected`, `closed` (its language was turned away before), `failed`,
            `running`, `retrying`, `waiting`, or `not reached`.
        reference: Its checkpoint, None where it has none.
        manifest: The checkpoint's record, None where there is none or it is gone.
        verdict: Why it was rejected.
        problem: What went wrong, in a sentence.
    """

    node: Node
    language: str | None
    word: str
    task: Task | None = None
    reference: CheckpointReference | None = None
    manifest: Manifest | None = None
    verdict: Verdict | None = None
    problem: str | None = None


class RunCheckpoints:
    """Reads what a run has made so far; every value may be missing, and then there is a reason.

    Args:
        run: The run as Airflow knows it.
        platform: The deployment.

    Raises:
        StorageUnavailableError: the store does not answer.
    """

    def __init__(self, run: Run, platform: Platform) -> None:
        self._run = run
        self._platform = platform
        self._manifests = self._read_manifests()
        self.stages: tuple[StageState, ...] = tuple(self._state(*place) for place in _places(run))
        self._by_place = {(state.node.name, state.language): state for state in self.stages}

    def stage(self, name: str, language: str | None = None) -> StageState:
        """Return what became of a stage."""
        return self._by_place[name, language]

    def value(self, stage: str, artefact: str, language: str | None = None) -> Any | None:
        """Return a JSON artefact's value, None where there is none that can be read."""
        manifest = self.stage(stage, language).manifest
        if manifest is None or manifest.outcome != "completed":
            return None
        try:
            return load_artefact(self._platform, manifest.reference, artefact)
        except (DamagedArtefactError, ValidationError):
            return None

    def why_absent(self, stage: str, language: str | None = None) -> str:
        """Return, in a sentence, why a stage's values are not there."""
        ended = next((each for each in self._up_to(stage, language) if each.verdict or each.problem), None)
        if ended is not None and ended.verdict is not None:
            return f"Rejected: {ended.verdict.message}"
        if ended is not None:
            name = ended.node.name
            return (
                f"{name} is tried again soon." if ended.word == "retrying" else f"{name} failed; see above."
            )
        state = self.stage(stage, language)
        if state.manifest is not None:
            return f"What {stage} made can no longer be read. Clear its task to make it anew."
        if self._run.is_over:
            return f"The run ended before {stage}."
        return {"running": f"{stage} is at work.", "retrying": f"{stage} is tried again soon."}.get(
            state.word, f"Not there yet: the run has not come to {stage}."
        )

    def first_end(self, language: str | None) -> StageState | None:
        """Return the stage that ended a language (or the whole video, for None) early, if one did."""
        reach = (None,) if language is None else (None, language)
        ended = (state for state in self.stages if state.language in reach)
        return next((state for state in ended if state.verdict or state.problem), None)

    def _up_to(self, stage: str, language: str | None) -> Iterator[StageState]:
        for state in self.stages:
            if state.language in (None, language):
                yield state
                if state.node.name == stage and state.language == language:
                    return

    def _read_manifests(self) -> Mapping[CheckpointReference, Manifest | None]:
        references = {
            reference
            for task in self._run.tasks.values()
            if (reference := _parsed(task.handed_on)) is not None
        }
        with ThreadPoolExecutor(READERS) as pool:
            return dict(zip(references, pool.map(self._inspect, references), strict=True))

    def _inspect(self, reference: CheckpointReference) -> Manifest | None:
        try:
            return self._platform.store.inspect(reference)
        except DamagedArtefactError:
            return None

    def _state(self, node: Node, language: str | None) -> StageState:
        task = self._run.task(node.name, language)
        reference = _parsed(task.handed_on) if task is not None else None
        if task is None or reference is None:
            return StageState(node, language, self._word(task), task, problem=_problem(node, task))
        manifest = self._manifests[reference]
        if reference.stage != node.name:  # the gate closed: the task handed on the gate's own checkpoint
            return StageState(
                node, language, "closed", task, reference, verdict=self._at_gate(reference, language)
            )
        if manifest is None:
            problem = f"Checkpoint {reference} is gone or damaged. Clear {node.name} to make it anew."
            return StageState(node, language, "failed", task, reference, problem=problem)
        word = "reused" if self._run.started_at and stood_before(manifest, self._run.started_at) else "made"
        if manifest.verdict is not None:
            word = "rejected"
        return StageState(node, language, word, task, reference, manifest, manifest.verdict)

    def _word(self, task: Task | None) -> str:
        state = None if task is None else task.state
        if state in {"running", "failed"}:
            return str(state)
        if state == "up_for_retry":
            return "retrying"
        if state in {"skipped", "upstream_failed", "removed"} or self._run.is_over:
            return "not reached"
        return "waiting"

    def _at_gate(self, gate: CheckpointReference, language: str | None) -> Verdict | None:
        try:
            verdicts = load_artefact(self._platform, gate, "verdicts")
        except (DamagedArtefactError, ValidationError):
            return None
        return next(
            (Verdict(each.reason_code, each.message) for each in verdicts if each.language == language), None
        )


def _places(run: Run) -> Iterator[tuple[Node, str | None]]:
    for node in nodes_of("video"):
        yield node, None
    for language in run.languages:
        for node in nodes_of("language"):
            yield node, language


def _parsed(handed_on: str | None) -> CheckpointReference | None:
    try:
        reference = CheckpointReference.parse(handed_on or "")
    except ValueError:
        return None
    return reference if reference.stage in NODES or reference.stage == "report" else None


def _problem(node: Node, task: Task | None) -> str | None:
    if task is None or task.state not in {"failed", "up_for_retry"}:
        return None
    if task.failure:
        return f"{node.name}: {task.failure}"
    return f"{node.name} failed; its log in Airflow tells why." if task.state == "failed" else None
