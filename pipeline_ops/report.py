"""What a run came to, as data: `report.json`, whose schema `docs/report.md` documents.

Built from checkpoints alone, so a run in one process and a run under Airflow report alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from models.types import Utterance
from pipeline_ops.checkpoints.manifest import CheckpointReference, Cost, Manifest, Verdict
from pipeline_ops.gates.outcomes import ExpectationOutcome
from pipeline_ops.graph import GATES, last_stages
from pipeline_ops.platform import Platform
from pipeline_ops.quality.evaluation import Metrics
from pipeline_ops.request import Request
from pipeline_ops.runner import load_artefact
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.read_subtitles import TextOrigin
from pipeline_ops.stages.screen_toxicity import DROPPED, reason_to_hold
from pipeline_ops.timing import TimingRules
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import SpokenIn

REPORT_VERSION = 1

HURRIED_SPEED = TimingRules().unnoticed_fastest
"""Above it a listener notices that a line hurries."""

Status = Literal["done", "partial", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """What became of one stage in one run, as the run saw it.

    Attributes:
        stage: The stage's name.
        language: The target language, or None for a stage that runs once per video.
        reference: Its checkpoint as `stage/key`, None where it made none.
        reused: Whether the checkpoint stood there before.
        verdict: Why it was rejected.
        error: What went wrong, in one sentence, where it failed.
    """

    stage: str
    language: str | None
    reference: str | None = None
    reused: bool = False
    verdict: Verdict | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class LineReport:
    """One line of the dub with every decision about it.

    A line that was left unsaid is flagged `dropped`: its text is empty, and it begins and ends where the
    original begins.
    """

    index: int
    speaker: str
    source_text: str
    text: str
    wording: str
    source_start_s: float
    source_end_s: float
    start_s: float
    end_s: float
    speed: float
    stretch: float
    flags: tuple[str, ...]
    spoken_in: SpokenIn = "own"
    error_rate: float | None = None


@dataclass(frozen=True, slots=True)
class LipReport:
    """What became of the lips.

    Attributes:
        changed: Whether the video shows new lips.
        reason: Why it does not; None where it does.
        correlation_before: The original lips against the dub, the mean over the faces that were changed; None
            where it was not measured.
        correlation_after: The new lips against the dub.
    """

    changed: bool
    reason: str | None
    correlation_before: float | None
    correlation_after: float | None


@dataclass(frozen=True, slots=True)
class VoiceReport:
    """Whose voice a speaker got, and why; see `pipeline_ops/voices/records.py`.

    Attributes:
        speaker: As the lines name them.
        reason: Why this voice.
        not_fitted_because: Why none was fitted to them, where that was tried or could not be.
        likeness: To the speaker, at most 1, where it was measured.
        plain_likeness: That of the synthesizer's own voice.
    """

    speaker: str
    reason: str
    not_fitted_because: str | None
    likeness: float | None
    plain_likeness: float | None


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage's checkpoint and cost."""

    stage: str
    language: str | None
    checkpoint: str | None
    reused: bool
    model: str | None = None
    cost: Cost | None = None
    verdict: Verdict | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class LanguageReport:
    """One target language: its end, and its lines where it was translated.

    Attributes:
        held_because: Why a person must look at it before viewers do; None where nobody must.
        hurried_share: Of the lines, those that are said faster than `HURRIED_SPEED`.
        metrics: What `evaluate` measured; None where it did not come to that.
        findings: The gates' expectations that were not met: what ended the language, and what only flags it.
    """

    language: str
    status: Literal["done", "rejected", "failed"]
    verdict: Verdict | None = None
    error: str | None = None
    lines: tuple[LineReport, ...] = ()
    flags: tuple[str, ...] = ()
    lips: LipReport | None = None
    voices: tuple[VoiceReport, ...] = ()
    hurried_share: float | None = None
    held_because: str | None = None
    metrics: Metrics | None = None
    findings: tuple[ExpectationOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole run."""

    status: Status
    source: str
    profile: str
    source_language: str | None
    languages: tuple[LanguageReport, ...]
    stages: tuple[StageReport, ...]
    verdict: Verdict | None = None
    error: str | None = None
    source_text_from: TextOrigin | None = None
    report_version: int = REPORT_VERSION


def build_report(request: Request, outcomes: Sequence[StageOutcome], platform: Platform) -> Report:
    """Sum up a run from what its stages came to."""
    manifests = {(outcome.stage, outcome.language): _manifest(outcome, platform) for outcome in outcomes}
    languages = tuple(
        _language_report(language, outcomes, manifests, platform) for language in request.target_languages
    )
    ended = _first_end([outcome for outcome in outcomes if outcome.language is None])
    return Report(
        status=_status(languages),
        source=str(request.source),
        profile=request.profile,
        source_language=_source_language(manifests, platform),
        languages=languages,
        stages=tuple(
            _stage_report(outcome, manifests[outcome.stage, outcome.language]) for outcome in outcomes
        ),
        verdict=ended.verdict if ended else None,
        error=ended.error if ended else None,
        source_text_from=_source_text_from(manifests, platform),
    )


_Manifests = dict[tuple[str, str | None], Manifest | None]


def _manifest(outcome: StageOutcome, platform: Platform) -> Manifest | None:
    if outcome.reference is None:
        return None
    return platform.store.inspect(CheckpointReference.parse(outcome.reference))


def _status(languages: Sequence[LanguageReport]) -> Status:
    states = {language.status for language in languages}
    if states == {"done"}:
        return "done"
    if "done" in states:
        return "partial"
    return "failed" if "failed" in states else "rejected"


def _first_end(outcomes: Sequence[StageOutcome]) -> StageOutcome | None:
    return next((outcome for outcome in outcomes if outcome.verdict or outcome.error), None)


def _language_report(
    language: str, outcomes: Sequence[StageOutcome], manifests: _Manifests, platform: Platform
) -> LanguageReport:
    ended = _first_end([outcome for outcome in outcomes if outcome.language in (None, language)])
    if ended is not None and ended.verdict is not None:
        return LanguageReport(
            language,
            "rejected",
            verdict=ended.verdict,
            metrics=_metrics(language, manifests, platform),
            findings=_findings(language, manifests, platform),
        )
    finished = all(manifests.get((stage, language)) is not None for stage in last_stages())
    if ended is not None or not finished:
        error = ended.error if ended is not None else "It did not finish."
        return LanguageReport(language, "failed", error=error)
    lines = _lines(language, manifests, platform)
    flags = tuple(sorted({flag for line in lines for flag in line.flags}))
    lips = _lips(language, manifests, platform)
    return LanguageReport(
        language,
        "done",
        lines=lines,
        flags=flags,
        lips=lips,
        voices=_voices(language, manifests, platform),
        held_because=reason_to_hold(_value("screen_toxicity", "findings", language, manifests, platform)),
        hurried_share=_hurried_share(lines),
        metrics=_metrics(language, manifests, platform),
        findings=_findings(language, manifests, platform),
    )


def _value(stage: str, name: str, language: str | None, manifests: _Manifests, platform: Platform) -> Any:
    manifest = manifests[stage, language]
    if manifest is None:
        message = f"stage {stage} of {language} has no checkpoint although a later one has"
        raise KeyError(message)
    return load_artefact(platform, manifest.reference, name)


def _metrics(language: str, manifests: _Manifests, platform: Platform) -> Metrics | None:
    if manifests.get(("evaluate", language)) is None:
        return None
    metrics: Metrics = _value("evaluate", "metrics", language, manifests, platform)
    return metrics


def _findings(language: str, manifests: _Manifests, platform: Platform) -> tuple[ExpectationOutcome, ...]:
    """Return what the gates did not find as expected; a gate that rejected left its outcomes too."""
    outcomes: list[ExpectationOutcome] = []
    for gate in GATES:
        if manifests.get((gate, language)) is not None:
            outcomes += _value(gate, "outcomes", language, manifests, platform)
    return tuple(outcome for outcome in outcomes if not outcome.passed)


def _hurried_share(lines: tuple[LineReport, ...]) -> float | None:
    hurried = [line.speed > HURRIED_SPEED for line in lines if DROPPED not in line.flags]
    return round(fmean(hurried), 4) if hurried else None


def _voices(language: str, manifests: _Manifests, platform: Platform) -> tuple[VoiceReport, ...]:
    voices: tuple[SpeakerVoice, ...] = _value("fit_voice", "voices", language, manifests, platform)
    return tuple(
        VoiceReport(
            voice.speaker, voice.reason, voice.not_fitted_because, voice.likeness, voice.plain_likeness
        )
        for voice in voices
    )


def _lips(language: str, manifests: _Manifests, platform: Platform) -> LipReport:
    judgement: LipJudgement = _value("judge_lips", "judgement", language, manifests, platform)
    reason: str | None = judgement.reason
    if judgement.reason == "not_rendered":
        reason = _value("render_lips", "reason", language, manifests, platform)
    before, after = (
        [round(sync.correlation, 3) for sync in side if sync is not None]
        for side in (
            [track.before for track in judgement.tracks],
            [track.after for track in judgement.tracks],
        )
    )
    return LipReport(
        changed=judgement.kept,
        reason=reason,
        correlation_before=round(fmean(before), 3) if before else None,
        correlation_after=round(fmean(after), 3) if after else None,
    )


def _lines(language: str, manifests: _Manifests, platform: Platform) -> tuple[LineReport, ...]:
    def value(stage: str, name: str, of: str | None = language) -> Any:
        return _value(stage, name, of, manifests, platform)

    utterances: tuple[Utterance, ...] = value("split_sentences", "utterances", None)
    revised = {line.index: line for line in value("screen_toxicity", "lines")}
    takes = {take.take: take for take in value("check_takes", "takes")}
    by_index = {utterance.index: utterance for utterance in utterances}
    lines = [_unsaid(by_index[index], line.flags) for index, line in revised.items() if not line.wordings]
    for placement in value("align", "placements"):
        utterance, take = by_index[placement.index], takes[placement.take]
        lines.append(
            LineReport(
                index=utterance.index,
                speaker=utterance.speaker,
                source_text=utterance.text,
                text=take.text,
                wording=take.wording,
                source_start_s=utterance.start_s,
                source_end_s=utterance.end_s,
                start_s=placement.start_s,
                end_s=placement.end_s,
                speed=placement.speed,
                stretch=placement.stretch,
                flags=tuple(
                    dict.fromkeys(
                        (
                            *utterance.flags,
                            *revised[utterance.index].flags,
                            *placement.flags,
                            *(("misheard",) if take.misheard else ()),
                        )
                    )
                ),
                spoken_in=take.spoken_in,
                error_rate=take.error_rate,
            )
        )
    return tuple(sorted(lines, key=lambda line: line.index))


def _unsaid(utterance: Utterance, flags: tuple[str, ...]) -> LineReport:
    return LineReport(
        index=utterance.index,
        speaker=utterance.speaker,
        source_text=utterance.text,
        text="",
        wording="plain",
        source_start_s=utterance.start_s,
        source_end_s=utterance.end_s,
        start_s=utterance.start_s,
        end_s=utterance.start_s,
        speed=1.0,
        stretch=1.0,
        flags=tuple(dict.fromkeys((*utterance.flags, *flags))),
    )


def _source_language(manifests: _Manifests, platform: Platform) -> str | None:
    manifest = manifests.get(("identify_language", None))
    if manifest is None or manifest.outcome != "completed":
        return None
    language: str = load_artefact(platform, manifest.reference, "language").language
    return language


def _source_text_from(manifests: _Manifests, platform: Platform) -> TextOrigin | None:
    manifest = manifests.get(("read_subtitles", None))
    if manifest is None or manifest.outcome != "completed":
        return None
    origin: TextOrigin = load_artefact(platform, manifest.reference, "origin")
    return origin


def _stage_report(outcome: StageOutcome, manifest: Manifest | None) -> StageReport:
    return StageReport(
        stage=outcome.stage,
        language=outcome.language,
        checkpoint=outcome.reference,
        reused=outcome.reused,
        model=manifest.model.id if manifest and manifest.model else None,
        cost=manifest.cost if manifest else None,
        verdict=outcome.verdict,
        error=outcome.error,
    )
