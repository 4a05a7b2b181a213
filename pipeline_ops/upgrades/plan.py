"""Which published translations hold the old model, what each would recompute, and what that costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from models.registry import resolve
from pipeline_ops.catalog.tables import ONCE_PER_VIDEO
from pipeline_ops.errors import DamagedArtefactError, FaultError, UnsupportedLanguageError
from pipeline_ops.forecast import Foreseen, forecast
from pipeline_ops.graph import GRAPH
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.upgrades.published import PublishedRun, conf_of, cpu_per_second, published_runs
from pipeline_ops.upgrades.wish import UpgradeWish

PIVOT_SIGN = ">"
"""Stands between the two models that translate through a third language (`ResolvedModel.id`)."""


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage that would run.

    Attributes:
        stage: Its name.
        language: The target language, None for a stage that runs once per video.
        cpu_s: What it costs by what was recorded; None where nothing was.
    """

    stage: str
    language: str | None
    cpu_s: float | None

    @property
    def place(self) -> str:
        """Stage and language in one word: `translate[pt]`."""
        return place_of(self.stage, self.language)


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """The translations of one run that would be made again together.

    Attributes:
        replaces: The run that made them.
        media_id: Of which video.
        creator_id: Whose.
        languages: Into which languages.
        stages: What would run; all the rest is found.
        conf: What the run is started with.
    """

    replaces: str
    media_id: str
    creator_id: str | None
    languages: tuple[str, ...]
    stages: tuple[PlannedStage, ...]
    conf: dict[str, Any]

    @property
    def cpu_s(self) -> float:
        """What it costs; stages of which no cost is recorded are left out."""
        return sum(stage.cpu_s or 0.0 for stage in self.stages)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Translations that hold the old model and stay as they are, and why."""

    replaces: str
    languages: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """What an upgrade would do."""

    wish: UpgradeWish
    runs: tuple[PlannedRun, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def translations(self) -> int:
        """How many translations would be made again."""
        return sum(len(run.languages) for run in self.runs)

    @property
    def cpu_s(self) -> float:
        """What all of it costs."""
        return sum(run.cpu_s for run in self.runs)

    def by_stage(self) -> dict[str, tuple[int, float]]:
        """Return how often each stage would run and what that costs, in the graph's order."""
        totals: dict[str, tuple[int, float]] = {}
        for stage in (stage for run in self.runs for stage in run.stages):
            times, cpu_s = totals.get(stage.stage, (0, 0.0))
            totals[stage.stage] = (times + 1, cpu_s + (stage.cpu_s or 0.0))
        return {node.name: totals[node.name] for node in GRAPH if node.name in totals}

    def without_record(self) -> tuple[str, ...]:
        """Return the stages of which no cost is recorded, so that the estimate leaves them out."""
        unknown = {stage.stage for run in self.runs for stage in run.stages if stage.cpu_s is None}
        return tuple(node.name for node in GRAPH if node.name in unknown)


def place_of(stage: str, language: str | None) -> str:
    """Return stage and language in one word: `translate[pt]`, `probe`."""
    return f"{stage}[{language}]" if language else stage


def plan_upgrade(session: Session, platform: Platform, wish: UpgradeWish) -> UpgradePlan:
    """Plan an upgrade; nothing is changed, in the catalog or in the store.

    A translation holds the old model where a stage of the capability was made by anything else than what
    would answer now: another model, or other weights of the same one.

    Args:
        session: A reading one.
        platform: The deployment.
        wish: What is asked for.

    Raises:
        CatalogError: the model is fetched on request only, and is not here.
        StorageUnavailableError: the store does not answer.
    """
    planner = _Planner(session, platform, wish)
    runs, left_out = [], []
    for published in published_runs(session, creator_id=wish.creator_id, languages=wish.languages):
        for planned in planner.plan(published):
            if isinstance(planned, PlannedRun):
                runs.append(planned)
            else:
                left_out.append(planned)
    return UpgradePlan(wish, tuple(runs), tuple(left_out))


class _Planner:
    def __init__(self, session: Session, platform: Platform, wish: UpgradeWish) -> None:
        self._platform = platform
        self._wish = wish
        self._stages = [node for node in GRAPH if node.stage.capability == wish.capability]
        self._rate = cache(lambda stage, model_id: cpu_per_second(session, stage, model_id))

    def plan(self, published: PublishedRun) -> Iterator[PlannedRun | LeftOut]:
        """Plan what one run has published."""
        request = dataclasses.replace(
            published.request,
            models={**published.request.models, self._wish.capability: self._wish.model_id},
        )
        affected, unserved = [], []
        for language in published.languages:
            try:
                if self._holds_the_old(published, language, request):
                    affected.append(language)
            except UnsupportedLanguageError as error:
                unserved.append(LeftOut(published.run_id, (language,), str(error)))
        yield from unserved
        if affected:
            yield self._plan_run(published, dataclasses.replace(request, target_languages=tuple(affected)))

    def _holds_the_old(self, published: PublishedRun, language: str, request: Request) -> bool:
        """Tell whether another model, or other weights, answered for the capability."""
        made = [
            stage
            for node in self._stages
            if (stage := published.lineage.get(_place(node.name, language, node.scope))) is not None
            and stage.model_id is not None
        ]
        old = self._wish.old_model_id
        if old is not None and not any(old in (each.model_id or "").split(PIVOT_SIGN) for each in made):
            return False
        if not made:
            return False
        answering = resolve(
            self._platform.catalog,
            self._platform.profile_of(request),
            self._wish.capability,
            source_language=published.source_language,
            target_language=language,
            weights=self._platform.weights,
        )
        present = (answering.id, answering.weights_digest)
        return any((each.model_id, each.weights_digest) != present for each in made)

    def _plan_run(self, published: PublishedRun, request: Request) -> PlannedRun | LeftOut:
        try:
            foreseen = forecast(request, self._platform)
        except (FaultError, DamagedArtefactError) as error:
            return LeftOut(published.run_id, request.target_languages, str(error))
        return PlannedRun(
            replaces=published.run_id,
            media_id=published.media_id,
            creator_id=published.creator_id,
            languages=request.target_languages,
            stages=tuple(
                PlannedStage(each.stage, each.language, self._cpu_s(published, each))
                for each in foreseen
                if each.runs
            ),
            conf=conf_of(published, request),
        )

    def _cpu_s(self, published: PublishedRun, foreseen: Foreseen) -> float | None:
        """Return what a stage costs: as it did for this video, a new model as it does for others."""
        before = published.lineage.get((foreseen.stage, foreseen.language or ONCE_PER_VIDEO))
        model_id = foreseen.model.id if foreseen.model else None
        if before is None or model_id not in (None, before.model_id):
            rate = self._rate(foreseen.stage, model_id)
            if rate is not None and published.duration_s is not None:
                return rate * published.duration_s
        return before.cpu_s if before is not None else None


def _place(stage: str, language: str, scope: str) -> tuple[str, str]:
    return stage, language if scope == "language" else ONCE_PER_VIDEO
