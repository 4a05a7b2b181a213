"""What decides a stage's result, and so the name of its checkpoint: told without running anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import UnsupportedLanguageError
from models.registry import ResolvedModel, check_asked_for, resolve, served_pairs
from models.types import LanguageIdentification
from pipeline_ops.artefacts import from_json, may_be_absent
from pipeline_ops.checkpoints.manifest import (
    NOTHING,
    CheckpointReference,
    InputRecord,
    Manifest,
    ModelRecord,
    checkpoint_key,
)
from pipeline_ops.errors import DamagedArtefactError
from pipeline_ops.graph import INGEST, SOURCE, Node
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request, parameters_for
from pipeline_ops.safety.signing import certificate_sha256
from pipeline_ops.stages.judge_eligibility import judge_eligibility

References = Mapping[str, CheckpointReference]
"""The checkpoint of each stage that has run, by stage name."""

Look = Callable[[CheckpointReference], Manifest | None]
"""How a checkpoint's manifest is had: None where there is none."""


@dataclass(frozen=True)
class Work:
    """All that decides a stage's result, and so its key."""

    node: Node
    parameters: Any | None
    parameters_record: dict[str, Any]
    model: ResolvedModel | None
    judges: Mapping[str, ResolvedModel | None]
    inputs: dict[str, InputRecord]

    @property
    def model_record(self) -> ModelRecord | None:
        """The model's name and digest, as a manifest keeps them."""
        return None if self.model is None else _record_of(self.model)

    @property
    def judge_records(self) -> dict[str, ModelRecord]:
        """The same of every judge that there is."""
        return {name: _record_of(judge) for name, judge in self.judges.items() if judge is not None}

    @property
    def reference(self) -> CheckpointReference:
        """The checkpoint that holds this work once it is done."""
        key = checkpoint_key(
            stage=self.node.name,
            stage_version=self.node.stage.version,
            parameters=self.parameters_record,
            model=self.model_record,
            input_digests={name: record.sha256 for name, record in self.inputs.items()},
            judges=self.judge_records,
        )
        return CheckpointReference(self.node.name, key)


def work_of(
    node: Node,
    request: Request,
    language: str | None,
    references: References,
    platform: Platform,
    *,
    look: Look | None = None,
) -> Work:
    """Return what a stage has to do.

    Args:
        node: The stage in the graph.
        request: The translation request.
        language: The target language, for a stage that runs once per language.
        references: The checkpoints of at least all stages that feed it, and of the source (`ingest`).
        platform: The deployment.
        look: How manifests are had; `store.find`, which makes sure of the artefacts, where nobody says.

    Raises:
        DamagedArtefactError: a checkpoint that feeds it is gone.
        FaultError: parameters make no sense, or no model serves the languages.
    """
    find = look or platform.store.find
    inputs = {}
    for name, feed in node.feeds.items():
        stage_name, _, artefact_name = feed.partition(".")
        reference = references[stage_name]
        if stage_name == INGEST and artefact_name != SOURCE:
            attached = request.attachment(artefact_name, language)
            if attached is None:
                inputs[name] = InputRecord(str(reference), artefact_name, NOTHING)
                continue
            reference, artefact_name = attached, SOURCE
        manifest = find(reference)
        if manifest is None:
            raise DamagedArtefactError(str(reference), artefact_name, "the checkpoint is gone")
        absent = may_be_absent(node.stage.input_types[name])
        digest = manifest.digest_of(artefact_name) if absent else manifest.artefact(artefact_name).sha256
        inputs[name] = InputRecord(str(reference), artefact_name, digest)
    overrides = {
        **platform.settings.stage_parameters.get(node.name, {}),
        **request.stage_parameters.get(node.name, {}),
    }
    parameters = parameters_for(
        node.stage, overrides, _run_context(node, request, language, inputs, platform)
    )
    return Work(
        node=node,
        parameters=parameters,
        parameters_record={} if parameters is None else dataclasses.asdict(parameters),
        model=_resolve_model(node, request, language, inputs, platform),
        judges=_resolve_judges(node, request, language, platform),
        inputs=inputs,
    )


def _run_context(
    node: Node,
    request: Request,
    language: str | None,
    inputs: Mapping[str, InputRecord],
    platform: Platform,
) -> dict[str, Any]:
    """Return what the run supplies to stages' parameters by name."""
    context: dict[str, Any] = {"target_languages": request.target_languages}
    if language is not None:
        context["target_language"] = language
    if node.stage.wants_signer:
        # So that what another certificate is to sign is signed again; the key that it belongs to stays out.
        context["certificate_sha256"] = certificate_sha256(platform.signer)
    if node.stage is judge_eligibility:
        profile = platform.profile_of(request)
        pairs = served_pairs(platform.catalog, profile, platform.weights)
        source = _source_language(inputs, platform)
        of_source = sorted(pair for pair in pairs if pair[0] == source)
        wanted = [pair for pair in of_source if pair[1] in request.target_languages]
        check_asked_for(profile, wanted, platform.weights)
        # Only what bears on the verdict, so that a model which serves more languages decides no key here.
        context["served_pairs"] = tuple(wanted or of_source)
    return context


def _resolve_model(
    node: Node,
    request: Request,
    language: str | None,
    inputs: Mapping[str, InputRecord],
    platform: Platform,
) -> ResolvedModel | None:
    if node.stage.capability is None:
        return None
    return resolve(
        platform.catalog,
        platform.profile_of(request),
        node.stage.capability,
        source_language=_source_language(inputs, platform),
        target_language=language,
        weights=platform.weights,
    )


def _resolve_judges(
    node: Node, request: Request, language: str | None, platform: Platform
) -> dict[str, ResolvedModel | None]:
    """Return the stage's judges, each of what is said in the target language."""
    judges: dict[str, ResolvedModel | None] = {}
    profile = platform.profile_of(request)
    for name, capability in node.stage.judges.items():
        if node.stage.may_do_without(name) and not profile.entries(capability):
            judges[name] = None
            continue
        try:
            judges[name] = resolve(
                platform.catalog,
                profile,
                capability,
                source_language=language,
                target_language=language,
                weights=platform.weights,
            )
        except UnsupportedLanguageError:
            if not node.stage.may_do_without(name):
                raise
            judges[name] = None
    return judges


def _record_of(model: ResolvedModel) -> ModelRecord:
    return ModelRecord(model.id, model.weights_digest)


def _source_language(inputs: Mapping[str, InputRecord], platform: Platform) -> str | None:
    """Return the language that was identified, where it is one of a stage's inputs."""
    if "language" not in inputs:
        return None
    record = inputs["language"]
    content = platform.store.read_bytes(CheckpointReference.parse(record.reference), record.artefact)
    identified: LanguageIdentification = from_json(LanguageIdentification, content)
    return identified.language
