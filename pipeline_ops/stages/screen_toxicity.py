"""Looks over what is about to be said against what was said, the last time before it is spoken.

A line that adds an insult, denies what was not denied, repeats itself or is far longer than what was said is
said in another of its wordings; where all of them do, the line is on the record, and the translation waits
for a person, goes without the line, or is not made, as the policy says. Never is it published with it by
itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from models.base import ToxicityDetector
from models.translation.checks import numbers_changed, repeats
from models.translation.polarity import negation_changed
from models.types import LanguageIdentification, Wording
from pipeline_ops.safety.toxicity import added_words, toxic_words
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.revise_lines import EDITED
from pipeline_ops.stages.translate import GIVEN, TranslatedLine
from pipeline_ops.verdicts import rejection

Problem = Literal["added_toxicity", "negation_changed", "number_changed", "repetition", "hallucination"]
"""`hallucination`: far more words than what was said could need."""

Action = Literal["reworded", "held", "dropped"]

DROPPED = "dropped"
"""The flag of a line that is left unsaid."""

DREAMT_RATIO, DREAMT_SLACK_CHARACTERS = 2.5, 20
"""Translations among the served languages keep within 0.7 to 1.5 of the length in characters; beyond 2.5,
and 20 characters for interjections, more is said than was heard."""


@dataclass(frozen=True, slots=True)
class ScreenParameters:
    """The policy.

    Attributes:
        target_language: The language of the lines; the run supplies it.
        policy: `hold`: a translation with such a line waits for a person. `drop`: the line is left unsaid,
            and has no subtitle. `reject`: the translation is not made.
        hold_for: Which problems of a line that cannot be worded otherwise count, whatever the policy. Of a
            person's own wording `added_toxicity` alone does: what else it changes, they meant.
        largest_dropped_share: Of the lines; a translation that leaves more unsaid is not made. With a fifth
            of it gone, viewers still follow a talk; it is a choice, not a measurement.
        detector_threshold: From which probability of the classifier on a line insults, where the original has
            no word of the kind. Of 20 plain sentences none is above 0.09; insults are above 0.95.
    """

    target_language: str = ""
    policy: Literal["hold", "drop", "reject"] = "hold"
    hold_for: tuple[Problem, ...] = ("added_toxicity", "negation_changed", "repetition", "hallucination")
    largest_dropped_share: float = 0.2
    detector_threshold: float = 0.95


@dataclass(frozen=True, slots=True)
class Finding:
    """A line that was not to be said as it was worded.

    Attributes:
        index: The utterance's index.
        problems: What was wrong with it.
        words: The words that it adds, where it does; so that a person sees what was meant.
        text: As it was worded.
        action: `reworded`: another wording is said. Where there is none: `held`: it stays, for a person.
            `dropped`: it is left unsaid.
    """

    index: int
    problems: tuple[Problem, ...]
    words: tuple[str, ...]
    text: str
    action: Action


@dataclass(frozen=True, slots=True)
class ScreenedLines:
    """The lines that are to be spoken, a dropped one without a wording; and what was found in them."""

    lines: tuple[TranslatedLine, ...]
    findings: tuple[Finding, ...]


@stage(
    version=2,
    resources=Resources(memory_mb=400, timeout_s=300),
    judges={"detector": "toxicity_detection"},
)
def screen_toxicity(
    *,
    lines: tuple[TranslatedLine, ...],
    language: LanguageIdentification,
    detector: ToxicityDetector | None,
    parameters: ScreenParameters,
) -> ScreenedLines:
    """Look over the lines.

    Raises:
        RejectedInputError: `added_toxicity`: a line adds what was not said, and the policy is `reject`, or
            so many do that too little would be left.
    """
    screen = _Screen(language.language, parameters, detector)
    screened, findings = [], []
    for line in lines:
        kept, finding = screen.look_over(line)
        screened.append(kept)
        if finding is not None:
            findings.append(finding)
    left = sum(finding.action != "reworded" for finding in findings)
    allowed = {"hold": len(lines), "drop": parameters.largest_dropped_share * len(lines), "reject": 0}
    if left > allowed[parameters.policy]:
        raise rejection("added_toxicity")
    return ScreenedLines(tuple(screened), tuple(findings))


@dataclass(frozen=True)
class _Screen:
    source_language: str
    parameters: ScreenParameters
    detector: ToxicityDetector | None

    def look_over(self, line: TranslatedLine) -> tuple[TranslatedLine, Finding | None]:
        """Return the line with its sound wordings alone, and what was wrong with the best one."""
        by_person = bool({EDITED, GIVEN} & set(line.flags))
        wrong = [self._problems(line.source_text, wording, by_person=by_person) for wording in line.wordings]
        sound = tuple(wording for wording, problems in zip(line.wordings, wrong, strict=True) if not problems)
        best, problems = line.wordings[0], wrong[0]
        if not problems:
            return replace(line, wordings=sound), None
        words = added_words(
            line.source_text, best.text, self.source_language, self.parameters.target_language
        )
        if sound:
            kept = replace(line, wordings=(replace(sound[0], kind="plain", penalty=0.0), *sound[1:]))
            return kept, Finding(line.index, problems, words, best.text, "reworded")
        flags = tuple(dict.fromkeys((*line.flags, *problems)))
        if self.parameters.policy == "drop":
            unsaid = replace(line, wordings=(), flags=(*flags, DROPPED))
            return unsaid, Finding(line.index, problems, words, best.text, "dropped")
        return replace(line, flags=flags), Finding(line.index, problems, words, best.text, "held")

    def _problems(self, source: str, wording: Wording, *, by_person: bool) -> tuple[Problem, ...]:
        found: list[Problem] = []
        languages = (self.source_language, self.parameters.target_language)
        if added_words(source, wording.text, *languages) or self._insults(source, wording.text):
            found.append("added_toxicity")
        if not by_person:
            found += plain_problems(source, wording.text, *languages)
        return tuple(problem for problem in found if problem in self.parameters.hold_for)

    def _insults(self, source: str, text: str) -> bool:
        if self.detector is None or toxic_words(source, self.source_language):
            return False
        return self.detector.insult_probabilities([text])[0] >= self.parameters.detector_threshold


def plain_problems(source: str, target: str, source_language: str, target_language: str) -> Sequence[Problem]:
    """Return what else a wording may do to what was said: deny it, change its numbers, repeat, dream."""
    findings: dict[Problem, bool] = {
        "negation_changed": negation_changed(source, target, source_language, target_language),
        "number_changed": numbers_changed(source, target, source_language, target_language),
        "repetition": repeats(target) and not repeats(source),
        "hallucination": len(target) > DREAMT_RATIO * len(source) + DREAMT_SLACK_CHARACTERS,
    }
    return [problem for problem, found in findings.items() if found]


def reason_to_hold(findings: Sequence[Finding]) -> str | None:
    """Return why a person must look at a translation, in a sentence; None where nobody must."""
    held = [finding for finding in findings if finding.action == "held"]
    if not held:
        return None
    told = "; ".join(f"line {finding.index + 1}: {', '.join(finding.problems)}" for finding in held[:10])
    more = f" and {len(held) - 10} more" if len(held) > 10 else ""  # noqa: PLR2004  as many as one reads
    return f"{len(held)} lines may not say what was said ({told}{more})"
