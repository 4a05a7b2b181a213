"""Hears the takes that would be used, and says again, in a clearer voice, what is misheard.

A voice that was fitted to somebody was checked on a few phrases; the lines of the dub are others. So every
take that the timing would choose is transcribed. One that a recogniser mishears is said again in the voice
halfway to the synthesizer's plain one, and in that one if need be; what is misheard counts against a take
when `align` chooses. Lines that are heard well keep the speaker's own voice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from models.base import SpeechRecognizer, SpeechSynthesizer
from models.resampling import resampled
from models.types import Utterance
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.memory import Memory
from pipeline_ops.quality.back_transcription import transcribe_line_back
from pipeline_ops.stage import Resources, stage
from pipeline_ops.timing import TimingRules, place_lines
from pipeline_ops.voices.booth import Booth
from pipeline_ops.voices.prosody import LineProsody
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.remembered_synthesis import RememberedSynthesis
from pipeline_ops.voices.takes import Take, line_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 4
"""What is said again may move its neighbours to takes that nobody has heard; they settle in two or three."""

VAIN_TRIES = 4
"""After so many lines that no other voice made clearer, it is the recogniser that does not understand the
language, or names that it cannot know; the rest is heard, but not said again."""


@dataclass(frozen=True, slots=True)
class CheckParameters:
    """The language that is spoken; the run supplies it."""

    target_language: str = ""


@dataclass(frozen=True, slots=True)
class CheckedTakes:
    """All takes, those that were heard with what was heard, and one mono sound file that holds them."""

    takes: tuple[Take, ...]
    audio: FlacFile


@stage(
    version=7,
    capability="speech_synthesis",
    resources=Resources(memory_mb=1300, timeout_s=7200),
    judges={"recognizer": "speech_recognition"},
)
def check_takes(
    *,
    utterances: tuple[Utterance, ...],
    takes: tuple[Take, ...],
    takes_audio: FlacFile,
    voices: tuple[SpeakerVoice, ...],
    prosody: tuple[LineProsody, ...],
    media: MediaInfo,
    model: SpeechSynthesizer,
    recognizer: SpeechRecognizer | None,
    parameters: CheckParameters,
    scratch: Path,
    memory: Memory,
) -> CheckedTakes:
    """Hear the takes that the timing chooses, and add clearer ones where they are misheard.

    Args:
        utterances: The lines.
        takes: Their takes.
        takes_audio: The sound of the takes.
        voices: Each speaker's voice, with the plain one that it could give way to.
        prosody: How each line is to be said.
        media: The video that they must fit.
        model: Who speaks.
        recognizer: Who listens; None where none knows the language: then all takes are passed on.
        parameters: Which language.
        scratch: For the sound.
        memory: What was said and heard before.

    Raises:
        ModelOutputError: a line came out silent.
    """
    path, said = scratch / "takes.flac", scratch / "said"
    said.mkdir()
    rate_hz = soundfile.info(str(takes_audio)).samplerate
    with soundfile.SoundFile(
        str(path), "w", samplerate=rate_hz, channels=1, format="FLAC", subtype="PCM_16"
    ) as file:
        _copy(takes_audio, file)
        speaker = RememberedSynthesis(model, memory, said)
        booth = Booth(
            speaker,
            parameters.target_language,
            voice_of={voice.speaker: voice for voice in voices},
            prosody_of={line.index: line for line in prosody},
            file=file,
            takes=list(takes),
        )
        if recognizer is not None:
            ear = _Ear(recognizer, parameters.target_language, memory, said)
            _Check(booth, ear, takes_audio, utterances, media.duration_s).run()
    return CheckedTakes(tuple(booth.takes), path)


@dataclass
class _Check:
    """Goes on until every take that the timing chooses was heard."""

    booth: Booth
    ear: _Ear
    takes_audio: Path
    utterances: tuple[Utterance, ...]
    duration_s: float
    new_sounds: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    vain: int = 0

    def run(self) -> None:
        for _ in range(ROUNDS):
            options = line_options(self.utterances, tuple(self.booth.takes))
            placements = place_lines(options, self.duration_s, TimingRules()) or ()
            unheard = [place for place in placements if self.booth.takes[place.take].error_rate is None]
            if not unheard:
                return
            for place in unheard:
                take = self._hear(self.booth.takes[place.take])
                if take.misheard and self.vain < VAIN_TRIES:
                    self._say_clearer(take, place.end_s - place.start_s)

    def _say_clearer(self, take: Take, duration_s: float) -> None:
        """Say a take in the speaker's other voices, until one is heard well."""
        line = next(line for line in self.utterances if line.index == take.index)
        rates = []
        for voice in self.booth.other_voices(take.speaker) if take.spoken_in == "own" else ():
            natural = self.booth.say(line, take.wording_said, voice, hurried_over=take.hurried_over)
            paced = self.booth.say_again(natural.take, duration_s)
            spoken = paced or natural
            self.new_sounds |= {each.take.take: each.samples for each in (natural, spoken)}
            heard = self._hear(spoken.take)
            rates.append(heard.error_rate or 0.0)
            if not heard.misheard:
                break
        if rates:
            self.vain = self.vain + 1 if min(rates) >= (take.error_rate or 0.0) else 0

    def _hear(self, take: Take) -> Take:
        heard = self.ear.hear(take, self._sound_of(take), self.booth.model.sample_rate_hz)
        self.booth.takes[take.take] = heard
        return heard

    def _sound_of(self, take: Take) -> NDArray[np.float32]:
        if take.take in self.new_sounds:
            return self.new_sounds[take.take]
        with soundfile.SoundFile(str(self.takes_audio)) as file:
            file.seek(take.start_frame)
            samples: NDArray[np.float32] = file.read(take.frame_count, dtype="float32")
        return samples


@dataclass(frozen=True)
class _Ear:
    """A recogniser that hears nothing twice."""

    recognizer: SpeechRecognizer
    language: str
    memory: Memory
    folder: Path

    def hear(self, take: Take, samples: NDArray[np.float32], rate_hz: int) -> Take:
        """Return the take with what was heard of it."""
        work = {
            "heard": hashlib.sha256(samples.astype("<f4").tobytes()).hexdigest(),
            "text": take.text,
            "language": self.language,
        }
        known = self.memory.recall(work, self.folder)
        if known is None:
            known = self.folder / "heard.json"
            known.write_text(json.dumps(self._listen(take, samples, rate_hz)), encoding="utf-8")
            self.memory.keep(work, known)
        return replace(take, **json.loads(known.read_text(encoding="utf-8")))

    def _listen(self, take: Take, samples: NDArray[np.float32], rate_hz: int) -> Mapping[str, Any]:
        said = resampled(samples, rate_hz, self.recognizer.sample_rate_hz)
        heard = transcribe_line_back(said, self.language, take.text, self.recognizer)
        return {"heard": heard.heard, "error_rate": round(heard.sounding_error_rate, 4)}


def _copy(source: Path, file: soundfile.SoundFile) -> None:
    with soundfile.SoundFile(str(source)) as sound:
        for block in sound.blocks(blocksize=file.samplerate, dtype="int16"):
            file.write(block)
