"""The tasks of `evaluate_models`: begin the runs of both versions, wait for them, compare."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from models.profile import profile_names
from pipeline_ops.operators.cpu_operator import CpuOperator
from pipeline_ops.operators.failures import failure_told
from pipeline_ops.operators.params import (
    CONSENT_SCHEMA,
    LANGUAGES_SCHEMA,
    MODELS_SCHEMA,
    STAGE_PARAMETERS_SCHEMA,
    VIDEO,
)
from pipeline_ops.operators.upgrade import WaitForWaveOperator
from pipeline_ops.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from pipeline_ops.model_evaluation.evaluation_set import EvaluationSet
    from pipeline_ops.model_evaluation.running import Evaluated
    from pipeline_ops.model_evaluation.versions import Version
    from pipeline_ops.platform import Platform

EVALUATE_MODELS = "evaluate_models"
BEGIN_EVALUATION = "begin_evaluation"

EVALUATIONS = "evaluations"
"""The folder of reports, below the deployment's home."""

VERSION = "a *profile*, with other *models* and *stage_parameters* where that is what is compared."

DIGEST_CHARACTERS = 12
"""Of the run's id: 48 bits keep evaluations apart."""


def evaluation_params() -> dict[str, Param]:
    """Return the parameters of `evaluate_models` by name."""
    return {
        "set": Param(
            type="string",
            title="Evaluation set",
            minLength=1,
            maxLength=500,
            pattern=VIDEO,
            description_md=(
                "A YAML or CSV file of the media bucket that lists clips beside it; see"
                " *docs/comparing-models.md*."
            ),
        ),
        "a": Param(
            {"profile": Settings.from_environment().profile},
            title="A",
            description_md=f"The version to compare with: {VERSION}",
            **_version_schema(),
        ),
        "b": Param(
            title="B",
            description_md=f"The version to judge, written likewise: {VERSION}",
            **_version_schema(),
        ),
        "target_languages": Param(
            title="Target languages",
            **LANGUAGES_SCHEMA,
            description_md="Into which languages both versions translate every clip: *pt*, *es*.",
        ),
        "consent": Param(
            None,
            title="Consent",
            **CONSENT_SCHEMA,
            description_md="What the people in the clips agreed to: `voice`, `lips`.",
        ),
    }


def _version_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["profile"],
        "additionalProperties": False,
        "properties": {
            "profile": {"type": "string", "enum": list(profile_names())},
            "title": {"type": "string", "maxLength": 100},
            "models": {"type": "object", **MODELS_SCHEMA},
            "stage_parameters": {"type": "object", **STAGE_PARAMETERS_SCHEMA},
        },
    }


class BeginEvaluationOperator(CpuOperator):
    """Reads the evaluation set, and hands on what to trigger the runs of both versions with.

    Their ids follow from this run's: a task that is killed and tried again starts nothing twice. Another
    evaluation of the same starts other runs, which find all checkpoints.
    """

    ui_color = "#e8f0ea"

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Begin.

        Raises:
            SettingsError: the set cannot be read, or a version makes no sense.
            UnknownModelError: a version names a model that there is not.
        """
        from pipeline_ops.model_evaluation.running import SIDES
        from pipeline_ops.platform import Platform

        params = context["params"]
        with failure_told(context):
            platform = Platform.from_environment()
            clips = _evaluation_set(params["set"], platform).clips
            versions = _versions(params)
            for version in versions:
                platform.profile_with(version.profile, version.models)
        triggers = [
            {
                "trigger_run_id": _run_id(context["run_id"], side, number),
                "conf": {
                    "video": _beside(params["set"], clip.file),
                    "target_languages": list(params["target_languages"]),
                    "profile": version.profile,
                    "models": dict(version.models),
                    "stage_parameters": {stage: dict(of) for stage, of in version.stage_parameters.items()},
                    "consent": params["consent"],
                    "held": True,
                },
            }
            for number, clip in enumerate(clips)
            for side, version in zip(SIDES, versions, strict=True)
        ]
        self.log.info("%d clips by two versions: %d runs.", len(clips), len(triggers))
        return triggers


class WaitForEvaluationOperator(WaitForWaveOperator):
    """Waits until no run of the evaluation is under way, without holding a worker between two looks."""

    begun_by = BEGIN_EVALUATION


class CompareVersionsOperator(CpuOperator):
    """Compares the two versions, writes the report, and sees to it that nothing of them is published.

    It hands on where the report lies.
    """

    ui_color = "#e8f0ea"

    def execute(self, context: Context) -> str:
        """Compare."""
        from pipeline_ops.model_evaluation.report_page import headline
        from pipeline_ops.model_evaluation.writing import PAGE, write_evaluation_report
        from pipeline_ops.platform import Platform
        from pipeline_ops.request import parse_languages

        params = context["params"]
        with failure_told(context):
            platform = Platform.from_environment()
            evaluation_set = _evaluation_set(params["set"], platform)
            out = platform.settings.home / EVALUATIONS / _digest(context["run_id"])
            report = write_evaluation_report(
                evaluation_set,
                _versions(params),
                parse_languages(list(params["target_languages"])),
                _evaluated(evaluation_set, context["run_id"], platform),
                platform,
                made_at=datetime.now(UTC),
                out=out,
            )
        self.log.info(headline(report))
        for sentence in report.comparison.in_words():
            self.log.info(sentence)
        return str(out / PAGE)


def _evaluation_set(name: str, platform: Platform) -> EvaluationSet:
    """Read an evaluation set of the media bucket.

    Raises:
        SettingsError: there is none of that name, or it is none.
    """
    from pipeline_ops.attach import SUBTITLES_TYPE, find_file
    from pipeline_ops.errors import SettingsError
    from pipeline_ops.graph import SOURCE
    from pipeline_ops.model_evaluation.evaluation_set import parse_evaluation_set

    reference = find_file(name, platform, media_type=SUBTITLES_TYPE)
    try:
        content = platform.store.read_bytes(reference, SOURCE).decode()
    except UnicodeDecodeError as error:
        message = f"The evaluation set {name} is no text: {error}"
        raise SettingsError(message) from error
    return parse_evaluation_set(content, name)


def _versions(params: dict[str, Any]) -> tuple[Version, Version]:
    from pipeline_ops.model_evaluation.versions import parse_version

    return parse_version(params["a"], "A"), parse_version(params["b"], "B")


def _evaluated(evaluation_set: EvaluationSet, run_id: str, platform: Platform) -> tuple[Evaluated, ...]:
    """Return what each run left; its translations wait for nobody any more."""
    from pipeline_ops.catalog.database import open_catalog
    from pipeline_ops.model_evaluation.recorded import take_report
    from pipeline_ops.model_evaluation.running import SIDES, Evaluated

    with open_catalog(platform.settings) as catalog:
        return tuple(
            Evaluated(clip, side, take_report(catalog, platform, _run_id(run_id, side, number), by=run_id))
            for number, clip in enumerate(evaluation_set.clips)
            for side in SIDES
        )


def _run_id(run_id: str, side: str, number: int) -> str:
    return f"evaluation-{_digest(run_id)}-{number}-{side}"


def _digest(run_id: str) -> str:
    return hashlib.sha256(run_id.encode()).hexdigest()[:DIGEST_CHARACTERS]


def _beside(name: str, file: str) -> str:
    """Return the name of a file that lies beside another in the media bucket."""
    folder, slash, _ = name.rpartition("/")
    return f"{folder}{slash}{file}"
