"""The booth in which takes are spoken and written down; sound goes to the file at once, not into memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from models.base import SpeechSynthesizer
from models.speech_synthesis.pacing import synthesize_to_duration
from models.types import Utterance, VoiceDesign, Wording
from pipeline_ops.timing import TimingRules
from pipeline_ops.voices.fitting import mixed
from pipeline_ops.voices.pauses import pauses_at_marks
from pipeline_ops.voices.prosody import LineProsody, said_like
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import SPOKEN_IN, SpokenIn, Take
from pipeline_ops.voices.timbre import colour

if TYPE_CHECKING:
    import soundfile
    from numpy.typing import NDArray

    from models.types import AudioClip

SPEED_RULES = TimingRules(stretch_cost=0.0)
"""Here another speed costs no stretching: the line can still be said at that speed."""


@dataclass(frozen=True)
class Spoken:
    """A take, and its sound: shape (frames,), at the model's rate."""

    take: Take
    samples: NDArray[np.float32]


def design_of(voice: SpeakerVoice, spoken_in: SpokenIn) -> VoiceDesign:
    """Return one of the voices that a speaker can be given."""
    if spoken_in == "own" or voice.plain is None:
        return voice.design
    return voice.plain if spoken_in == "plain" else mixed(voice.design, voice.plain)


@dataclass
class Booth:
    """Where takes are spoken.

    Attributes:
        model: Who speaks.
        language: What is spoken.
        voice_of: The voice of each speaker.
        prosody_of: How each line is to be said, by its index.
        file: Takes the sound of each take after those before it, mono, at the model's rate.
        takes: All takes so far, by number.
    """

    model: SpeechSynthesizer
    language: str
    voice_of: Mapping[str, SpeakerVoice]
    prosody_of: Mapping[int, LineProsody]
    file: soundfile.SoundFile
    takes: list[Take] = field(default_factory=list)

    def pauses_s(self, utterance: Utterance, wording: Wording) -> tuple[float, ...]:
        """Return how long a wording is silent at its marks where it pauses as the original does."""
        return pauses_at_marks(wording.text, self.prosody_of[utterance.index].pauses)

    def say(
        self,
        utterance: Utterance,
        wording: Wording,
        spoken_in: SpokenIn = "own",
        *,
        hurried_over: bool = False,
    ) -> Spoken:
        """Say one wording at natural pace, pausing as the original does or hurrying over its pauses.

        Raises:
            ModelOutputError: nothing audible came out.
        """
        pauses_s = () if hurried_over else self.pauses_s(utterance, wording)
        design = self._design(utterance.speaker, spoken_in, utterance.index, pauses_s)
        clip = self.model.synthesize(wording.text, self.language, design, 1.0)
        return self._keep(
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
                duration_s=clip.duration_s,
                natural_duration_s=clip.duration_s,
                spoken_in=spoken_in,
                pauses_s=pauses_s,
                hurried_over=hurried_over,
            ),
        )

    def say_again(self, take: Take, duration_s: float) -> Spoken | None:
        """Say a take's wording once more so that it lasts about `duration_s`; None where it does already.

        Raises:
            ModelOutputError: nothing audible came out.
        """
        clip, asked_speed = synthesize_to_duration(
            self.model,
            take.text,
            language=self.language,
            voice=self._design(take.speaker, take.spoken_in, take.index, take.pauses_s),
            target_duration_s=duration_s,
            natural_duration_s=take.natural_duration_s,
            speed_limits=(SPEED_RULES.slowest, SPEED_RULES.fastest),
        )
        if clip.samples.shape[-1] == take.frame_count:
            return None
        again = replace(
            take,
            take=len(self.takes),
            asked_speed=round(asked_speed, 4),
            start_frame=self.file.frames,
            frame_count=clip.samples.shape[-1],
            duration_s=clip.duration_s,
            heard=None,
            error_rate=None,
        )
        return self._keep(clip, again)

    def other_voices(self, speaker: str) -> tuple[SpokenIn, ...]:
        """Name the voices that a speaker has beside their own, the most alike first."""
        voice = self.voice_of[speaker]
        return () if voice.plain in (None, voice.design) else SPOKEN_IN[1:]

    def _design(
        self, speaker: str, spoken_in: SpokenIn, index: int, pauses_s: tuple[float, ...]
    ) -> VoiceDesign:
        voice = said_like(design_of(self.voice_of[speaker], spoken_in), self.prosody_of[index])
        return replace(voice, pauses_s=pauses_s)

    def _keep(self, clip: AudioClip, take: Take) -> Spoken:
        gains_db = self.voice_of[take.speaker].band_gains_db
        samples = np.clip(colour(clip.samples[0], clip.sample_rate_hz, gains_db), -1.0, 1.0)
        self.file.write(samples)
        self.takes.append(take)
        return Spoken(take, samples)
