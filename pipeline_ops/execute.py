"""Runs a whole request in this process: the same stages, in the same order, without Airflow."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from models.registry import unload_all
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import DubwrightError, WorldError
from pipeline_ops.graph import INGEST, Node, nodes_of
from pipeline_ops.platform import Platform
from pipeline_ops.report import StageOutcome
from pipeline_ops.request import Request
from pipeline_ops.runner import StageRun, run_stage
from pipeline_ops.work import References

log = logging.getLogger(__name__)

OnStart = Callable[[str, str | None], None]
OnEnd = Callable[[StageOutcome, StageRun | None], None]

WORLD_TRIES = 3
"""How often a stage is tried when something outside fails; Airflow's retries do this in production."""


def _ignore_start(_stage: str, _language: str | None) -> None:
    return


def _ignore_end(_outcome: StageOutcome, _run: StageRun | None) -> None:
    return


@dataclass
class _Branch:
    """The checkpoints that one branch can read, and what its stages came to."""

    language: str | None
    references: dict[str, CheckpointReference]
    outcomes: list[StageOutcome] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether no stage of it was rejected or failed."""
        return not any(outcome.verdict or outcome.error for outcome in self.outcomes)


def execute(
    request: Request,
    platform: Platform,
    *,
    on_start: OnStart = _ignore_start,
    on_end: OnEnd = _ignore_end,
) -> tuple[StageOutcome, ...]:
    """Run every stage of a request; a language that is rejected or fails leaves the others running.

    Args:
        request: What to translate.
        platform: The deployment.
        on_start: Called with stage and language before a stage runs.
        on_end: Called with what became of it.
    """
    execution = _Execution(request, platform, on_start, on_end)
    video = execution.run_branch(nodes_of("video"), None, {INGEST: request.source})
    outcomes = list(video.outcomes)
    if video.alive:
        for language in request.target_languages:
            branch = execution.run_branch(nodes_of("language"), language, video.references)
            outcomes.extend(branch.outcomes)
    unload_all()
    return tuple(outcomes)


@dataclass(frozen=True)
class _Execution:
    request: Request
    platform: Platform
    on_start: OnStart
    on_end: OnEnd

    def run_branch(self, nodes: tuple[Node, ...], language: str | None, references: References) -> _Branch:
        """Run the nodes in order until one is rejected or fails."""
        branch = _Branch(language, dict(references))
        loaded = None
        for node in nodes:
            if node.stage.capability not in (None, loaded):
                unload_all()  # so that memory holds the models of one capability at a time
                loaded = node.stage.capability
            self._run_node(node, branch)
            if not branch.alive:
                break
        return branch

    def _run_node(self, node: Node, branch: _Branch) -> None:
        self.on_start(node.name, branch.language)
        run: StageRun | None = None
        try:
            run = self._try(node, branch)
            branch.references[node.name] = run.reference
            outcome = StageOutcome(node.name, branch.language, str(run.reference), run.reused, run.verdict)
        except Exception as error:  # a fault in one language must not take the others with it
            unforeseen = not isinstance(error, DubwrightError)
            log.error("Stage %s failed: %s", node.name, error, exc_info=unforeseen)
            outcome = StageOutcome(node.name, branch.language, error=f"{type(error).__name__}: {error}")
        branch.outcomes.append(outcome)
        self.on_end(outcome, run)

    def _try(self, node: Node, branch: _Branch) -> StageRun:
        for attempt in range(1, WORLD_TRIES):
            try:
                return run_stage(node, self.request, branch.language, branch.references, self.platform)
            except WorldError as error:
                log.warning("Stage %s, try %d of %d: %s", node.name, attempt, WORLD_TRIES, error)
        return run_stage(node, self.request, branch.language, branch.references, self.platform)
