"""Evaluations as they might have been, for tests of what is made of them."""

from __future__ import annotations

import hashlib

import numpy as np

from pipeline_ops.checkpoints.manifest import Cost, Verdict
from pipeline_ops.model_evaluation.evaluation_set import Clip, EvaluationSet
from pipeline_ops.model_evaluation.making import MEASURED_STAGE
from pipeline_ops.model_evaluation.running import Evaluated
from pipeline_ops.model_evaluation.versions import Version
from pipeline_ops.quality.evaluation import Metrics
from pipeline_ops.report import LanguageReport, LineReport, Report, StageReport

VERSIONS = (
    Version("embedded"),
    Version("embedded", "a <b>new</b> voice", {"speech_synthesis": "other"}, {"fit_voice": {"tries": 0}}),
)


def clips(count: int) -> EvaluationSet:
    return EvaluationSet(
        "talking heads",
        tuple(
            Clip(
                f"clip {number}",
                f"{number}.mp4",
                f"clip {number}",
                {"glasses": "yes" if number % 2 else "no"},
            )
            for number in range(count)
        ),
    )


def evaluated(
    evaluation_set: EvaluationSet,
    *,
    fall: float = 0.0,
    rejected: tuple[str, ...] = (),
    same_files: bool = False,
) -> tuple[Evaluated, ...]:
    """Both versions of every clip; B's voice is worse by `fall`, and a gate stops B in some clips."""
    generator = np.random.default_rng(1)
    found = []
    for clip in evaluation_set.clips:
        strays = [0.0, 0.0] if same_files else list(generator.normal(0, 0.02, 2))
        for side, stray in zip(("a", "b"), strays, strict=True):
            worse = fall if side == "b" else 0.0
            metrics = Metrics(
                line_count=1, voice_likeness=round(0.7 + float(stray) - worse, 4), speech_quality=3.0
            )
            made_by = "a" if same_files else side
            stopped = side == "b" and clip.name in rejected
            found.append(Evaluated(clip, side, report_of(clip.name, made_by, metrics, stopped=stopped)))  # type: ignore[arg-type]
    return tuple(found)


def report_of(clip: str, made_by: str, metrics: Metrics, *, stopped: bool = False) -> Report:
    line = LineReport(
        0, "speaker_1", f"Hello from {clip}.", f"Olá, diz {made_by}.", "plain", 0, 2, 0, 2, 1.0, 1.0, ()
    )
    verdict = Verdict("unfit_sound", "The voice is a stranger's.") if stopped else None
    return Report(
        status="rejected" if stopped else "done",
        source=f"ingest/{digest(clip)}",
        profile="embedded",
        source_language="en",
        languages=(
            LanguageReport(
                "pt",
                "rejected" if stopped else "done",
                verdict=verdict,
                lines=() if stopped else (line,),
                metrics=metrics,
            ),
        ),
        stages=(
            StageReport("probe", None, f"probe/{digest(clip)}", reused=made_by == "b", cost=cost(1.0)),
            StageReport(
                MEASURED_STAGE,
                "pt",
                f"{MEASURED_STAGE}/{digest(clip, made_by)}",
                reused=False,
                cost=cost(2.0),
            ),
            StageReport(
                "gate_translation",
                "pt",
                f"gate_translation/{digest(clip, made_by)}",
                reused=False,
                cost=cost(0.5),
                verdict=verdict,
            ),
        ),
    )


def cost(cpu_s: float) -> Cost:
    return Cost(cpu_s, cpu_s, 10.0, 1, 1)


def digest(*words: str) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()
