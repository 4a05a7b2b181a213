"""Says every line in the target language, in as many takes as the timing of the whole video needs.

First every line is said at its natural pace. Then the lines are placed all together; a line that would
have to hurry is also said in its other wordings, and each line whose place asks for another pace is said
again at that pace, which sounds better than stretching. `align` makes the final choice. What was said before,
for an earlier version of the same translation, is not said again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.base import SpeechSynthesizer
from models.speech_synthesis.pacing import synthesize_to_duration
from models.types import Utterance, Wording
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.memory import Memory
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.timing import LineOptions, Placement, TakeOption, TimingRules, place_lines
from pipeline_ops.verdicts import rejection
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.remembered_synthesis import RememberedSynthesis
from pipeline_ops.voices.timbre import colour

if TYPE_CHECKING:
    from models.types import AudioClip

UNHEARD_CHANGE_OF_PACE = 0.03
"""Paces closer than this sound the same; the stretcher's work on them is inaudible too."""

SPEED_RULES = TimingRules(stretch_cost=0.0)
"""Here another speed costs no stretching: the line can still be said at that speed."""


@dataclass(frozen=True, slots=True)
class SynthesisParameters:
    """The language to speak; the run supplies it."""

    target_language: str = ""


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
        natural_duration_s: How long the same wording is at natural pace.
    """

    take: int
    index: int
    text: str
    wording: str
    penalty: float
    speaker: str
    asked_speed: float
    start_frame: int
    frame_count: int
    duration_s: float
    natural_duration_s: float


@dataclass(frozen=True, slots=True)
class Synthesis:
    """All takes, and one mono sound file that holds them one after another."""

    takes: tuple[Take, ...]
    audio: FlacFile


@stage(version=5, capability="speech_synthesis", resources=Resources(memory_mb=1100, timeout_s=7200))
def synthesize(
    *,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    voices: tuple[SpeakerVoice, ...],
    media: MediaInfo,
    model: SpeechSynthesizer,
    parameters: SynthesisParameters,
    scratch: Path,
    memory: Memory,
) -> Synthesis:
    """Speak the lines, fitting their pace to their place in the video.

    Raises:
        RejectedInputError: `translation_too_long`: no placement of the lines, in any wording, fits the video.
        ModelOutputError: a line came out silent.
    """
    voice_of = {voice.speaker: voice for voice in voices}
    path, said = scratch / "takes.flac", scratch / "said"
    said.mkdir()
    speaker = RememberedSynthesis(model, memory, said)
    with soundfile.SoundFile(
        str(path), "w", samplerate=model.sample_rate_hz, channels=1, format="FLAC", subtype="PCM_16"
    ) as file:
        booth = _Booth(speaker, parameters.target_language, voice_of, file)
        for utterance, line in zip(utterances, lines, strict=True):
            booth.say(utterance, line.wordings[0])
        crowded = _crowded(_place(utterances, booth.takes, media.duration_s), len(lines))
        for utterance, line in zip(utterances, lines, strict=True):
            for wording in line.wordings[1:] if line.index in crowded else ():
                booth.say(utterance, wording)
        placements = _place(utterances, booth.takes, media.duration_s)
        if placements is None:
            raise rejection("translation_too_long")
        for place in placements:
            if abs(place.speed - 1.0) > UNHEARD_CHANGE_OF_PACE:
                booth.say_again(place.take, place.end_s - place.start_s)
    return Synthesis(tuple(booth.takes), path)


def line_options(utterances: tuple[Utterance, ...], takes: tuple[Take, ...]) -> list[LineOptions]:
    """Gather each utterance's takes for the timing solver."""
    return [
        LineOptions(
            line.index,
            line.start_s,
            line.end_s,
            tuple(
                TakeOption(take.take, take.duration_s, take.natural_duration_s, take.penalty)
                for take in takes
                if take.index == line.index
            ),
            line.speaker,
        )
        for line in utterances
    ]


def _place(
    utterances: tuple[Utterance, ...], takes: list[Take], video_end_s: float
) -> tuple[Placement, ...] | None:
    return place_lines(line_options(utterances, tuple(takes)), video_end_s, SPEED_RULES)


def _crowded(placements: tuple[Placement, ...] | None, line_count: int) -> set[int]:
    """Return which lines have to hurry or leave their place: all, where they do not fit the video."""
    if placements is None:
        return set(range(line_count))
    return {place.index for place in placements if place.speed > SPEED_RULES.unnoticed_fastest or place.flags}


@dataclass
class _Booth:
    """Where takes are spoken and written down; sound goes to the file at once, not into memory."""

    model: SpeechSynthesizer
    language: str
    voice_of: Mapping[str, SpeakerVoice]
    file: soundfile.SoundFile
    takes: list[Take] = field(default_factory=list)

    def say(self, utterance: Utterance, wording: Wording) -> None:
        """Say one wording at natural pace."""
        design = self.voice_of[utterance.speaker].design
        clip = self.model.synthesize(wording.text, self.language, design, 1.0)
        duration_s = clip.duration_s
        self._keep(
            clip,
            Take(
                take=len(self.takes),
                index=utterance.index,
                text=wording.text,
                wording=wording.kind,
                penalty=wording.penalty,
                speaker=utterance.speaker,
                asked_speed=1.0,
                start_frame=self.file.frames,
                frame_count=clip.samples.shape[-1],
                duration_s=duration_s,
                natural_duration_s=duration_s,
            ),
        )

    def say_again(self, take_number: int, duration_s: float) -> None:
        """Say a take's wording once more so that it lasts about `duration_s`."""
        take = self.takes[take_number]
        clip, asked_speed = synthesize_to_duration(
            self.model,
            take.text,
            language=self.language,
            voice=self.voice_of[take.speaker].design,
            target_duration_s=duration_s,
            natural_duration_s=take.natural_duration_s,
            speed_limits=(SPEED_RULES.slowest, SPEED_RULES.fastest),
        )
        if clip.samples.shape[-1] != take.frame_count:
            self._keep(
                clip,
                replace(
                    take,
                    take=len(self.takes),
                    asked_speed=round(asked_speed, 4),
                    start_frame=self.file.frames,
                    frame_count=clip.samples.shape[-1],
                    duration_s=clip.duration_s,
                ),
            )

    def _keep(self, clip: AudioClip, take: Take) -> None:
        gains_db = self.voice_of[take.speaker].band_gains_db
        coloured = colour(clip.samples[0], clip.sample_rate_hz, gains_db)
        self.file.write(np.clip(coloured, -1.0, 1.0))
        self.takes.append(take)
