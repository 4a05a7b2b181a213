"""Says what a request would recompute and what it would find, without running anything.

A stage is found where its checkpoint's name follows from what is there and stands in the store. Whatever is
fed by a stage that has to run is taken to run too: whether that one answers as before, which would end the
recomputation there, only running it tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from pipeline_ops.checkpoints.manifest import CheckpointReference, Manifest, ModelRecord
from pipeline_ops.errors import DamagedArtefactError
from pipeline_ops.graph import INGEST, Node, nodes_of
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.work import Look, Work, work_of


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of one stage.

    Attributes:
        stage: Its name.
        language: The target language, None for a stage that runs once per video.
        found: Its checkpoint where that stands in the store; None where the stage would run.
        model: What would answer; None where the stage has no model, or its inputs are not known.
    """

    stage: str
    language: str | None
    found: CheckpointReference | None
    model: ModelRecord | None

    @property
    def runs(self) -> bool:
        """Whether the stage would run."""
        return self.found is None


def forecast(request: Request, platform: Platform) -> tuple[Foreseen, ...]:
    """Return what would become of every stage of a request, in order; a rejected branch ends there.

    Raises:
        DamagedArtefactError: the source video is gone.
        FaultError: the request makes no sense any more, or a model that it names does not serve it.
        StorageUnavailableError: the store does not answer.
    """
    look = cache(_looking(platform))
    if look(request.source) is None:
        raise DamagedArtefactError(str(request.source), "source", "there is no such video; ingest it again")
    video = _Branch(request, platform, look, None, {INGEST: request.source})
    foreseen = list(video.walk())
    for language in request.target_languages if video.goes_on else ():
        branch = _Branch(request, platform, look, language, dict(video.references))
        foreseen.extend(branch.walk())
    return tuple(foreseen)


def _looking(platform: Platform) -> Look:
    def look(reference: CheckpointReference) -> Manifest | None:
        try:
            return platform.store.inspect(reference)
        except DamagedArtefactError:
            return None  # a run would set it aside and make it anew

    return look


@dataclass
class _Branch:
    """The stages of the video, or of one language, walked in order with what stands in the store."""

    request: Request
    platform: Platform
    look: Callable[[CheckpointReference], Manifest | None]
    language: str | None
    references: dict[str, CheckpointReference]
    goes_on: bool = field(default=True, init=False)

    def walk(self) -> list[Foreseen]:
        """Return what would become of each stage until one is known to reject."""
        foreseen = []
        for node in nodes_of("video" if self.language is None else "language"):
            foreseen.append(self._step(node))
            if not self.goes_on:
                break
        return foreseen

    def _step(self, node: Node) -> Foreseen:
        if not {feed.partition(".")[0] for feed in node.feeds.values()} <= set(self.references):
            return Foreseen(node.name, self.language, None, None)
        work = self._work_of(node)
        manifest = self.look(work.reference)
        if manifest is None:
            return Foreseen(node.name, self.language, None, work.model_record)
        self.references[node.name] = manifest.reference
        self.goes_on = manifest.verdict is None
        return Foreseen(node.name, self.language, manifest.reference, work.model_record)

    def _work_of(self, node: Node) -> Work:
        return work_of(node, self.request, self.language, self.references, self.platform, look=self.look)
