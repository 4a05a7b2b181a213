"""Runs that leave checkpoints and catalog rows as real ones do, without the models' work.

Every stage's artefacts hold the names of what made them, so that another model gives other content, and
everything after it another checkpoint; `same_answer` makes a model answer as another one.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from models.catalog import Catalog
from models.types import LanguageIdentification
from pipeline_ops.artefacts import JSON_KIND, file_kind, to_json
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.run_facts import (
    OutcomeFacts,
    RunFacts,
    RunOrder,
    SourceFacts,
    StageFacts,
    TranslationFacts,
)
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference, Cost, Manifest
from pipeline_ops.graph import FINAL_STAGE, INGEST, Node, nodes_of
from pipeline_ops.platform import Platform
from pipeline_ops.report import StageReport
from pipeline_ops.request import Request
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings
from pipeline_ops.work import Work, work_of
from tests.pipeline_ops.catalog.making import NOW

OLD, NEW = "bergamot-tiny-en-pt", "another-en-pt"
CPU_S = 2.0
"""What every stage that is made costs."""

DURATION_S = 60.0


def platform_in(folder: Path) -> Platform:
    """Return a deployment whose catalog of models also has one that may take the old translator's place."""
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(folder)}))
    entry = platform.catalog.entry(OLD).model_copy(update={"id": NEW})
    return dataclasses.replace(platform, catalog=Catalog(models=(*platform.catalog.models, entry)))


def request_for(platform: Platform, video: str, *languages: str, **wishes: object) -> Request:
    file = platform.settings.home / video
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(video)
    request = Request(ingest(file, platform), languages, "embedded")
    return dataclasses.replace(request, **wishes)  # type: ignore[arg-type]


def run(
    catalog: CatalogDatabase,
    platform: Platform,
    run_id: str,
    request: Request,
    *,
    after: timedelta = timedelta(),
    metrics: Mapping[str, float] | None = None,
    failed: tuple[str, ...] = (),
    same_answer: bool = False,
    **order: object,
) -> set[str]:
    """Pretend a run and write it into the catalog; return the stages that it made, as `translate[pt]`."""
    pretence = _Pretence(platform, request, NOW + after, same_answer)
    stages = pretence.stages(failed)
    done = tuple(language for language in request.target_languages if language not in failed)
    finals = {each.report.language: each.manifest for each in stages if each.report.stage == FINAL_STAGE}
    outcomes = [
        *(OutcomeFacts(each, "done", lines=3, metrics=dict(metrics or {})) for each in done),
        *(OutcomeFacts(each, "failed", message="Stage translate failed.") for each in failed),
    ]
    facts = RunFacts(
        order=RunOrder(run_id, requested_at=NOW + after, **order),  # type: ignore[arg-type]
        request=request,
        source=SourceFacts(str(request.source), digest(str(request.source)), 1),
        status="partial" if done and failed else "failed" if failed else "done",
        report=f"report/{digest(run_id)}",
        started_at=NOW + after,
        ended_at=NOW + after + timedelta(minutes=1),
        duration_s=DURATION_S,
        source_language="en",
        reason_code=None,
        message=None,
        outcomes=tuple(outcomes),
        stages=tuple(stages),
        translations=tuple(
            TranslationFacts(language, str(manifest.reference), manifest.artefact("video").sha256)
            for language, manifest in finals.items()
            if language is not None and manifest is not None
        ),
    )
    with catalog.writing() as session:
        record_end(session, facts)
    return {
        f"{each.report.stage}[{each.report.language}]" if each.report.language else each.report.stage
        for each in stages
        if not each.report.reused
    }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass
class _Pretence:
    platform: Platform
    request: Request
    now: datetime
    same_answer: bool

    def stages(self, failed: tuple[str, ...]) -> list[StageFacts]:
        references = {INGEST: self.request.source}
        stages = [self._stage(node, None, references) for node in nodes_of("video")]
        for language in self.request.target_languages:
            if language not in failed:
                branch = dict(references)
                stages += [self._stage(node, language, branch) for node in nodes_of("language")]
        return stages

    def _stage(
        self, node: Node, language: str | None, references: dict[str, CheckpointReference]
    ) -> StageFacts:
        work = work_of(node, self.request, language, references, self.platform)
        found = self.platform.store.find(work.reference)
        manifest = found or self._commit(work, language)
        references[node.name] = manifest.reference
        model = manifest.model.id if manifest.model else None
        report = StageReport(
            node.name, language, str(manifest.reference), found is not None, model, manifest.cost
        )
        return StageFacts(report, manifest)

    def _commit(self, work: Work, language: str | None) -> Manifest:
        node = work.node
        model = work.model_record
        content = f"{work.reference}" if not (self.same_answer and model) else f"{node.name} {language} same"
        files, artefacts = {}, []
        for name, annotation in node.stage.output_types.items():
            kind = file_kind(annotation) or JSON_KIND
            data = f"{content} {name}".encode()
            if (node.name, name) == ("identify_language", "language"):
                data = to_json(LanguageIdentification, LanguageIdentification("en", 0.9))
            file = self.platform.settings.home / f"{name}{kind.suffix}"
            file.write_bytes(data)
            files[name] = file
            artefacts.append(
                Artefact(
                    name, f"{name}{kind.suffix}", kind.media_type, hashlib.sha256(data).hexdigest(), len(data)
                )
            )
        manifest = Manifest(
            reference=work.reference,
            stage_version=node.stage.version,
            parameters=work.parameters_record,
            model=model,
            inputs=work.inputs,
            artefacts=tuple(artefacts),
            outcome="completed",
            cost=Cost(wall_s=CPU_S, cpu_s=CPU_S, peak_memory_mb=10.0, bytes_read=1, bytes_written=1),
            created_at=self.now.isoformat(timespec="seconds"),
        )
        return self.platform.store.commit(manifest, files)
