"""Takes: spoken versions of lines, and what the choice among them weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.types import Utterance, Wording, WordingKind
from pipeline_ops.timing import LineOptions, TakeOption

SpokenIn = Literal["own", "between", "plain"]
"""The speaker's own voice, the synthesizer's plain one nearest to it, or the mix halfway between them."""

SPOKEN_IN: tuple[SpokenIn, ...] = ("own", "between", "plain")
"""The most alike first."""

VOICE_COST: dict[SpokenIn, float] = {"own": 0.0, "between": 0.2, "plain": 0.6}
"""A voice that changes from line to line is noticed: the plain one is worth it for one word in twelve beyond
what may be the recogniser's own error, and never for a better pace (a line at 1.2 costs 0.4)."""

HURRIED_OVER_COST = 0.3
"""Pauses are kept where the pace then stays below about 1.17 (which costs as much)."""

HEARD_WELL = 0.2
"""Of a line's words, so many may be the recogniser's own error: on people who read aloud, Whisper base
mishears 8 % in English and 17 % in Portuguese."""

MISHEARD_COST = 8.0
"""Of a line of which everything is misheard; "Los mayores de habilidades" for "Mis mayores debilidades",
three words of nine, weighs about as much as the hurry at 1.25."""


@dataclass(frozen=True, slots=True)
class Take:
    """One spoken version of a line, within the takes' audio.

    Attributes:
        take: Its number.
        index: The utterance that it says.
        text: What it says.
        wording: `plain`, `shorter` or `longer`.
        penalty: The wording's cost in meaning.
        speaker: Who says it.
        asked_speed: The pace that the synthesizer was asked for.
        start_frame: Where it starts in the audio.
        frame_count: How long it is, in samples.
        duration_s: The same in seconds.
        natural_duration_s: How long the same wording is at natural pace in the same voice.
        spoken_in: In which voice.
        pauses_s: How long it is silent at its marks, as the original is; empty where it is not.
        hurried_over: Whether it leaves out such pauses, for want of time.
        heard: What a recogniser wrote of it; None where none listened.
        error_rate: Share of the words that it misheard, by their sound; None where none listened.
    """

    take: int
    index: int
    text: str
    wording: WordingKind
    penalty: float
    speaker: str
    asked_speed: float
    start_frame: int
    frame_count: int
    duration_s: float
    natural_duration_s: float
    spoken_in: SpokenIn = "own"
    pauses_s: tuple[float, ...] = ()
    hurried_over: bool = False
    heard: str | None = None
    error_rate: float | None = None

    @property
    def wording_said(self) -> Wording:
        """The wording of the line that it says."""
        return Wording(self.text, self.wording, self.penalty)

    @property
    def misheard(self) -> bool:
        """Whether more of it is misheard than may be the recogniser's own error."""
        return self.error_rate is not None and self.error_rate > HEARD_WELL

    def cost(self, error_rate: float | None = None) -> float:
        """Return what choosing it costs beside its timing: meaning, another voice, what is not understood.

        Args:
            error_rate: What is believed of it as long as nobody heard it.
        """
        believed = self.error_rate if self.error_rate is not None else error_rate
        misheard = max(0.0, (believed or 0.0) - HEARD_WELL)
        hurry = HURRIED_OVER_COST if self.hurried_over else 0.0
        return self.penalty + VOICE_COST[self.spoken_in] + hurry + MISHEARD_COST * misheard


def line_options(utterances: tuple[Utterance, ...], takes: tuple[Take, ...]) -> list[LineOptions]:
    """Gather each utterance's takes for the timing solver; one without a take is left unsaid.

    Of a take that nobody heard, what was heard of the same words in the same voice, at another pace, is
    believed.
    """
    heard: dict[tuple[int, str, SpokenIn], float] = {}
    for take in takes:
        if take.error_rate is not None:
            words = (take.index, take.text, take.spoken_in)
            heard[words] = max(heard.get(words, 0.0), take.error_rate)
    options: dict[int, list[TakeOption]] = {}
    for take in takes:
        cost = take.cost(heard.get((take.index, take.text, take.spoken_in)))
        option = TakeOption(take.take, take.duration_s, take.natural_duration_s, cost)
        options.setdefault(take.index, []).append(option)
    return [
        LineOptions(line.index, line.start_s, line.end_s, tuple(options[line.index]), line.speaker)
        for line in utterances
        if line.index in options
    ]
