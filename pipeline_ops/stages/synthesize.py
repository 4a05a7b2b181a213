"""Says every line in the target language, in as many takes as the timing of the whole video needs.

First every line is said at its natural pace, with the original's pauses. Then the lines are placed all
together; a line that would have to hurry is also said in its other wordings and without pauses, and each line
whose place asks for another pace is said again at that pace, which sounds better than stretching. `align`
makes the final choice. What was said before, for an earlier version of the same translation, is not said
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile

from models.base import SpeechSynthesizer
from models.types import Utterance
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.memory import Memory
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.timing import Placement, place_lines
from pipeline_ops.verdicts import rejection
from pipeline_ops.voices.booth import SPEED_RULES, Booth
from pipeline_ops.voices.prosody import LineProsody
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.remembered_synthesis import RememberedSynthesis
from pipeline_ops.voices.takes import Take, line_options

UNHEARD_CHANGE_OF_PACE = 0.03
"""Paces closer than this sound the same; the stretcher's work on them is inaudible too."""


@dataclass(frozen=True, slots=True)
class SynthesisParameters:
    """The language to speak; the run supplies it."""

    target_language: str = ""


@dataclass(frozen=True, slots=True)
class Synthesis:
    """All takes, and one mono sound file that holds them one after another."""

    takes: tuple[Take, ...]
    audio: FlacFile


@stage(version=8, capability="speech_synthesis", resources=Resources(memory_mb=1100, timeout_s=7200))
def synthesize(
    *,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    voices: tuple[SpeakerVoice, ...],
    prosody: tuple[LineProsody, ...],
    media: MediaInfo,
    model: SpeechSynthesizer,
    parameters: SynthesisParameters,
    scratch: Path,
    memory: Memory,
) -> Synthesis:
    """Speak the lines as they were said, fitting their pace to their place in the video.

    Raises:
        RejectedInputError: `translation_too_long`: no placement of the lines, in any wording, fits the video.
        ModelOutputError: a line came out silent.
    """
    path, said = scratch / "takes.flac", scratch / "said"
    said.mkdir()
    speaker = RememberedSynthesis(model, memory, said)
    with soundfile.SoundFile(
        str(path), "w", samplerate=model.sample_rate_hz, channels=1, format="FLAC", subtype="PCM_16"
    ) as file:
        booth = Booth(
            speaker,
            parameters.target_language,
            voice_of={voice.speaker: voice for voice in voices},
            prosody_of={line.index: line for line in prosody},
            file=file,
        )
        for utterance, line in zip(utterances, lines, strict=True):
            for best in line.wordings[:1]:  # none where the line is left unsaid
                booth.say(utterance, best)
        crowded = _crowded(_place(utterances, booth.takes, media.duration_s), len(lines))
        for utterance, line in zip(utterances, lines, strict=True):
            for wording in line.wordings[1:] if line.index in crowded else ():
                booth.say(utterance, wording)
            for best in line.wordings[:1] if line.index in crowded else ():
                if booth.pauses_s(utterance, best):
                    booth.say(utterance, best, hurried_over=True)
        placements = _place(utterances, booth.takes, media.duration_s)
        if placements is None:
            raise rejection("translation_too_long")
        for place in placements:
            if abs(place.speed - 1.0) > UNHEARD_CHANGE_OF_PACE:
                booth.say_again(booth.takes[place.take], place.end_s - place.start_s)
    return Synthesis(tuple(booth.takes), path)


def _place(
    utterances: tuple[Utterance, ...], takes: list[Take], video_end_s: float
) -> tuple[Placement, ...] | None:
    return place_lines(line_options(utterances, tuple(takes)), video_end_s, SPEED_RULES)


def _crowded(placements: tuple[Placement, ...] | None, line_count: int) -> set[int]:
    """Return which lines have to hurry or leave their place: all, where they do not fit the video."""
    if placements is None:
        return set(range(line_count))
    return {place.index for place in placements if place.speed > SPEED_RULES.unnoticed_fastest or place.flags}
