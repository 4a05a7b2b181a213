from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.types import (
    AudioClip,
    HeardMixes,
    Transcript,
    TranscriptSegment,
    Utterance,
    Voice,
    VoiceDesign,
    VoiceShare,
    Word,
)
from pipeline_ops.stages.check_takes import VAIN_TRIES, CheckParameters, check_takes
from pipeline_ops.voices.prosody import LineProsody
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import Take, line_options
from tests.models.embedded import engine
from tests.pipeline_ops.stages.sounds import media_lasting, write_mono
from tests.pipeline_ops.stages.test_synthesize import Notebook

RATE_HZ = 16_000
PLAIN = VoiceDesign.of("pf_dora")
FITTED = VoiceDesign((VoiceShare("pf_dora", -0.5), VoiceShare("af_sky", 1.5)), PLAIN.manner)
OWN, BETWEEN, CLEAR = 0.1, 0.2, 0.3
TEXT = "um dois três quatro"
MISHEARD = 0.5


@dataclass
class Speaker:
    """Speaks a second at speed 1; the level tells in which voice."""

    sample_rate_hz: int = RATE_HZ
    voices: tuple[Voice, ...] = ()
    heard_mixes: HeardMixes | None = None
    said: list[float] = field(default_factory=list)

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        level = OWN if voice == FITTED else CLEAR if voice == PLAIN else BETWEEN
        self.said.append(level)
        return AudioClip(np.full((1, round(RATE_HZ / speed)), level, np.float32), RATE_HZ)


@dataclass
class Listener:
    """Understands voices from a level on; of others it hears two words of five."""

    from_level: float
    sample_rate_hz: int = RATE_HZ
    languages: frozenset[str] = frozenset({"pt"})
    times: int = 0

    def transcribe(self, samples: np.ndarray, language: str) -> Transcript:
        self.times += 1
        text = TEXT if samples.max() > self.from_level - 0.05 else "um dois"
        words = tuple(Word(word, 0.0, 0.1, 1.0) for word in text.split())
        return Transcript("pt", (TranscriptSegment(words, -0.1, 0.0, 1.0),))


def lines(count: int) -> tuple[Utterance, ...]:
    return tuple(Utterance(index, "ann", 2.0 * index, 2.0 * index + 1.0, "source") for index in range(count))


def own_takes(count: int) -> tuple[Take, ...]:
    return tuple(
        Take(index, index, TEXT, "plain", 0.0, "ann", 1.0, index * RATE_HZ, RATE_HZ, 1.0, 1.0)
        for index in range(count)
    )


def checked(
    folder: Path,
    listener: Listener | None,
    count: int = 1,
    *,
    voice: SpeakerVoice | None = None,
    memory: Notebook | None = None,
    texts: tuple[str, ...] | None = None,
) -> tuple[tuple[Take, ...], np.ndarray, Speaker]:
    model = Speaker()
    own = SpeakerVoice("ann", FITTED, (), "fitted", None, 200.0, 210.0, plain=PLAIN)
    folder.mkdir(exist_ok=True)
    result = check_takes(
        utterances=lines(count),
        takes=tuple(
            replace(take, text=text)
            for take, text in zip(own_takes(count), texts or (TEXT,) * count, strict=True)
        ),
        takes_audio=write_mono(folder / "source.flac", np.full(count * RATE_HZ, OWN, np.float32), RATE_HZ),
        voices=(voice or own,),
        prosody=tuple(LineProsody(index) for index in range(count)),
        media=media_lasting(2.0 * count + 1.0),
        model=model,
        recognizer=listener,
        parameters=CheckParameters("pt"),
        scratch=folder,
        memory=memory or Notebook(),
    )
    samples, _ = soundfile.read(result.audio, dtype="float32")
    return result.takes, samples, model


def test_what_is_heard_well_is_not_said_again(tmp_path: Path) -> None:
    takes, samples, model = checked(tmp_path, Listener(OWN), 2)
    assert [(take.spoken_in, take.error_rate, take.heard) for take in takes] == [("own", 0.0, TEXT)] * 2
    assert model.said == []
    assert len(samples) == 2 * RATE_HZ


def test_a_misheard_line_is_said_in_the_voice_halfway_to_the_plain_one(tmp_path: Path) -> None:
    takes, samples, _ = checked(tmp_path, Listener(BETWEEN))
    assert [(take.spoken_in, take.error_rate) for take in takes] == [("own", MISHEARD), ("between", 0.0)]
    assert takes[1].cost() < takes[0].cost()
    last = takes[1]
    assert samples[last.start_frame + last.frame_count // 2] == pytest.approx(BETWEEN, abs=1e-3)


def test_and_in_the_plain_voice_where_that_is_misheard_too(tmp_path: Path) -> None:
    takes, _, _ = checked(tmp_path, Listener(CLEAR))
    assert [(take.spoken_in, take.error_rate) for take in takes] == [
        ("own", MISHEARD),
        ("between", MISHEARD),
        ("plain", 0.0),
    ]
    assert min(takes, key=lambda take: take.cost()).spoken_in == "plain"


def test_what_no_voice_makes_clearer_stays_in_the_speakers_own(tmp_path: Path) -> None:
    takes, _, _ = checked(tmp_path, Listener(1.0))
    assert min(takes, key=lambda take: take.cost()).spoken_in == "own"
    assert takes[0].misheard


def test_a_recogniser_that_understands_nobody_is_not_asked_of_every_line(tmp_path: Path) -> None:
    texts = tuple(f"{TEXT} {number}" for number in range(VAIN_TRIES + 3))
    _, _, model = checked(tmp_path, Listener(1.0), len(texts), texts=texts)
    assert len(model.said) == 2 * VAIN_TRIES


def test_a_voice_of_the_synthesizers_own_has_no_other_to_give_way_to(tmp_path: Path) -> None:
    plain = SpeakerVoice("ann", FITTED, (), "nearest_pitch", None, 200.0, 210.0)
    takes, _, model = checked(tmp_path, Listener(CLEAR), voice=plain)
    assert [take.error_rate for take in takes] == [MISHEARD]
    assert model.said == []


def test_where_nobody_knows_the_language_the_takes_are_passed_on(tmp_path: Path) -> None:
    takes, samples, _ = checked(tmp_path, None, 2)
    assert takes == own_takes(2)
    assert samples == pytest.approx(np.full(2 * RATE_HZ, OWN), abs=1e-4)


def test_what_was_heard_before_is_not_listened_to_again(tmp_path: Path) -> None:
    notes, listener = Notebook(), Listener(BETWEEN)
    before, _, _ = checked(tmp_path / "first", listener, memory=notes)
    times = listener.times
    after, _, model = checked(tmp_path / "again", listener, memory=notes)
    assert after == before
    assert listener.times == times
    assert model.said == []


def test_a_take_that_nobody_heard_is_believed_to_be_as_clear_as_the_same_words_in_the_same_voice() -> None:
    (own,) = own_takes(1)
    takes = (
        replace(own, error_rate=0.5),
        replace(own, take=1, duration_s=0.9),
        replace(own, take=2, text="outro"),
    )
    (line,) = line_options(lines(1), takes)
    assert [option.penalty for option in line.takes] == [takes[0].cost(), takes[0].cost(), 0.0]


@pytest.mark.thorough
@pytest.mark.models
def test_a_real_voice_that_mumbles_gives_way_to_one_that_is_understood(tmp_path: Path) -> None:
    """A mix far outside of what voices are loses words of a line that the plain voice says well."""
    model, recognizer = engine("speech_synthesis", "pt"), engine("speech_recognition", "pt")
    text = "Hoje vamos falar sobre a história da cidade e das pessoas que vivem aqui."
    far = (VoiceShare("pf_dora", -1.6), VoiceShare("hm_omega", 2.6))
    mumbling = VoiceDesign(far, far)
    said = model.synthesize(text, "pt", mumbling, 1.0)
    audio = write_mono(tmp_path / "source.flac", np.clip(said.samples[0], -1, 1), said.sample_rate_hz)
    frames = said.samples.shape[-1]
    own = Take(0, 0, text, "plain", 0.0, "ann", 1.0, 0, frames, said.duration_s, said.duration_s)
    result = check_takes(
        utterances=(Utterance(0, "ann", 0.0, 5.0, "source"),),
        takes=(own,),
        takes_audio=audio,
        voices=(SpeakerVoice("ann", mumbling, (), "fitted", None, 200.0, 210.0, plain=PLAIN),),
        prosody=(LineProsody(0),),
        media=media_lasting(8.0),
        model=model,
        recognizer=recognizer,
        parameters=CheckParameters("pt"),
        scratch=tmp_path,
        memory=Notebook(),
    )
    assert result.takes[0].misheard
    best = min(result.takes, key=lambda take: take.cost())
    assert best.spoken_in != "own"
    assert not best.misheard
