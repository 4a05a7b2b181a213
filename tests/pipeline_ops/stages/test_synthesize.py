from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelOutputError
from models.types import AudioClip, HeardMixes, Utterance, Voice, VoiceDesign, Wording
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.stages.synthesize import (
    UNHEARD_CHANGE_OF_PACE,
    SynthesisParameters,
    synthesize,
)
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.timing import LineOptions, TakeOption
from pipeline_ops.voices.booth import SPEED_RULES
from pipeline_ops.voices.pauses import InnerPause
from pipeline_ops.voices.prosody import LineProsody
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import Take, line_options
from tests.models.embedded import engine
from tests.pipeline_ops.stages.sounds import media_lasting

RATE_HZ = 8_000
VOICES = (
    SpeakerVoice("ann", VoiceDesign.of("pf_dora"), (), "nearest_pitch", None, 200.0, 210.0),
    SpeakerVoice("bob", VoiceDesign.of("pm_alex"), (), "nearest_pitch", None, 110.0, 120.0),
)
PORTUGUESE = SynthesisParameters("pt")


@dataclass
class Metronome:
    """Takes a tenth of a second a letter at speed 1, and its pauses; loudness tells the voices apart."""

    level: float = 0.5
    sample_rate_hz: int = RATE_HZ
    voices: tuple[Voice, ...] = ()
    heard_mixes: HeardMixes | None = None
    said: list[tuple[str, str, str | None, float]] = field(default_factory=list)

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        if not text.strip():
            message = "nothing audible came out"
            raise ModelOutputError(message)
        self.said.append((text, language, voice.only_voice_id, speed))
        frames = round((0.1 * len(text) / speed + sum(voice.pauses_s)) * RATE_HZ)
        level = self.level if voice.only_voice_id == "pf_dora" else self.level / 2
        return AudioClip(np.full((1, frames), level, np.float32), RATE_HZ)


class Notebook:
    """Remembers in memory."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}

    def recall(self, work: Mapping[str, Any], folder: Path) -> Path | None:
        content = self.parts.get(json.dumps(work, sort_keys=True))
        if content is None:
            return None
        (folder / "recalled").write_bytes(content)
        return folder / "recalled"

    def keep(self, work: Mapping[str, Any], result: Path) -> None:
        self.parts[json.dumps(work, sort_keys=True)] = result.read_bytes()


def letters(count: int) -> str:
    return "a" * count


def utterances_at(*edges_s: tuple[float, float], speakers: str = "") -> tuple[Utterance, ...]:
    named = {"a": "ann", "b": "bob"}
    return tuple(
        Utterance(index, named[speakers[index]] if speakers else "ann", *edge_s, "source")
        for index, edge_s in enumerate(edges_s)
    )


def lines_of(*wordings: tuple[int, ...]) -> tuple[TranslatedLine, ...]:
    """Lines whose wordings have so many letters each, the plain one first."""
    return tuple(
        TranslatedLine(
            index,
            "source",
            tuple(
                Wording(letters(count), "plain" if number == 0 else "shorter", 0.2 * number)
                for number, count in enumerate(counts)
            ),
            (),
        )
        for index, counts in enumerate(wordings)
    )


def spoken(
    folder: Path,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    duration_s: float,
    model: Metronome | None = None,
    *,
    memory: Notebook | None = None,
    pauses: tuple[InnerPause, ...] = (),
) -> tuple[tuple[Take, ...], np.ndarray, Metronome]:
    model = model or Metronome()
    result = synthesize(
        utterances=utterances,
        lines=lines,
        voices=VOICES,
        prosody=tuple(LineProsody(line.index, pauses=pauses) for line in utterances),
        media=media_lasting(duration_s),
        model=model,
        parameters=PORTUGUESE,
        scratch=folder,
        memory=memory or Notebook(),
    )
    samples, rate_hz = soundfile.read(result.audio)
    assert rate_hz == model.sample_rate_hz
    return result.takes, samples, model


def test_a_line_that_fits_is_said_once_at_its_natural_pace(tmp_path: Path) -> None:
    takes, samples, model = spoken(tmp_path, utterances_at((1.0, 3.0)), lines_of((20, 15)), 5.0)
    assert takes == (Take(0, 0, letters(20), "plain", 0.0, "ann", 1.0, 0, 2 * RATE_HZ, 2.0, 2.0),)
    assert model.said == [(letters(20), "pt", "pf_dora", 1.0)]
    assert len(samples) == 2 * RATE_HZ


def test_a_line_that_would_have_to_hurry_is_said_in_its_other_wordings_too(tmp_path: Path) -> None:
    utterances = utterances_at((0.5, 2.0), (4.0, 6.0))
    takes, _, _ = spoken(tmp_path, utterances, lines_of((26, 18, 14), (20, 10)), 6.2)
    natural = [(take.index, len(take.text), take.wording) for take in takes if take.asked_speed == 1.0]
    assert natural == [(0, 26, "plain"), (1, 20, "plain"), (0, 18, "shorter"), (0, 14, "shorter")]
    assert [take.penalty for take in takes[2:4]] == [0.2, 0.4]


PAUSED = (TranslatedLine(0, "source", (Wording(f"{letters(9)}, {letters(9)}"),), ()),)
HALFWAY = (InnerPause(0.5, 0.6),)


def test_a_line_pauses_where_the_original_does(tmp_path: Path) -> None:
    [take], _, _ = spoken(tmp_path, utterances_at((0.0, 2.6)), PAUSED, 5.0, pauses=HALFWAY)
    assert take.pauses_s == (0.6,)
    assert take.duration_s == pytest.approx(2.6)
    assert not take.hurried_over


def test_a_line_that_has_no_time_for_its_pause_is_said_without_it_too(tmp_path: Path) -> None:
    takes, _, _ = spoken(tmp_path, utterances_at((0.0, 1.8)), PAUSED, 2.05, pauses=HALFWAY)
    natural = [(take.pauses_s, take.hurried_over) for take in takes if take.asked_speed == 1.0]
    assert natural == [((0.6,), False), ((), True)]
    assert takes[-1].hurried_over


def test_a_line_whose_place_asks_for_another_pace_is_said_again_at_that_pace(tmp_path: Path) -> None:
    takes, _, model = spoken(tmp_path, utterances_at((0.5, 2.5)), lines_of((23,)), 2.6)
    first, again = takes
    assert again.index == first.index
    assert again.text == first.text
    assert again.natural_duration_s == first.duration_s == pytest.approx(2.3)
    assert again.duration_s < 2.25
    assert again.duration_s * again.asked_speed == pytest.approx(2.3, abs=0.01)
    assert model.said[-1][3] == pytest.approx(again.asked_speed, abs=1e-4)


def test_a_change_of_pace_that_nobody_hears_is_not_worth_a_take(tmp_path: Path) -> None:
    length = round(20 * (1 + UNHEARD_CHANGE_OF_PACE / 2))
    takes, _, _ = spoken(tmp_path, utterances_at((0.5, 2.5)), lines_of((length,)), 2.6)
    assert len(takes) == 1


def test_a_line_in_a_long_place_is_not_drawled(tmp_path: Path) -> None:
    takes, _, _ = spoken(tmp_path, utterances_at((0.0, 9.0)), lines_of((20,)), 10.0)
    assert all(SPEED_RULES.slowest <= take.asked_speed <= 1.0 for take in takes)


def test_every_speaker_has_their_own_voice(tmp_path: Path) -> None:
    utterances = utterances_at((0.0, 1.0), (1.5, 2.5), (3.0, 4.0), speakers="aba")
    takes, samples, _ = spoken(tmp_path, utterances, lines_of((10,), (10,), (10,)), 5.0)
    assert [take.speaker for take in takes] == ["ann", "bob", "ann"]
    levels = [samples[take.start_frame + take.frame_count // 2] for take in takes]
    assert levels == pytest.approx([0.5, 0.25, 0.5], abs=1e-3)


def test_what_is_beyond_full_scale_is_clipped_and_does_not_wrap(tmp_path: Path) -> None:
    _, samples, _ = spoken(tmp_path, utterances_at((0.0, 1.0)), lines_of((10,)), 2.0, Metronome(level=1.7))
    assert samples.min() > 0.99


def test_of_an_edited_translation_only_the_edited_line_is_said_again(tmp_path: Path) -> None:
    places = utterances_at((0.5, 2.5), (3.0, 4.0), (5.0, 6.0), speakers="aba")
    notes = Notebook()
    (tmp_path / "first").mkdir()
    (tmp_path / "edited").mkdir()
    before, sound, _ = spoken(tmp_path / "first", places, lines_of((23,), (10,), (9,)), 7.0, memory=notes)
    after, edited, model = spoken(
        tmp_path / "edited", places, lines_of((23,), (10,), (8,)), 7.0, memory=notes
    )
    assert {text for text, *_ in model.said} == {letters(8)}
    for old, new in zip(before[:2], after[:2], strict=True):
        assert old == new
        span = slice(old.start_frame, old.start_frame + old.frame_count)
        assert np.array_equal(sound[span], edited[span])


def test_what_is_remembered_sounds_as_it_did_when_it_was_said(tmp_path: Path) -> None:
    notes = Notebook()
    folders = [tmp_path / "said", tmp_path / "recalled"]
    sounds = []
    for folder in folders:
        folder.mkdir()
        takes, samples, model = spoken(
            folder, utterances_at((0.5, 2.5)), lines_of((23,)), 2.6, Metronome(0.3), memory=notes
        )
        sounds.append((takes, samples))
    assert model.said == []
    assert sounds[0][0] == sounds[1][0]
    assert np.array_equal(sounds[0][1], sounds[1][1])


def test_what_no_placement_fits_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(RejectedInputError) as caught:
        spoken(tmp_path, utterances_at((0.0, 1.0)), lines_of((90, 60)), 1.0)
    assert caught.value.reason_code == "translation_too_long"


def test_what_fits_in_a_shorter_wording_alone_is_not_rejected(tmp_path: Path) -> None:
    utterances = utterances_at((0.0, 1.0), (1.1, 2.0))
    takes, _, _ = spoken(tmp_path, utterances, lines_of((10,), (40, 9)), 2.1)
    assert [(take.index, take.wording) for take in takes if take.asked_speed == 1.0] == [
        (0, "plain"),
        (1, "plain"),
        (1, "shorter"),
    ]


def test_a_line_that_comes_out_silent_is_an_error(tmp_path: Path) -> None:
    lines = (TranslatedLine(0, "source", (Wording(" "),), ()),)
    with pytest.raises(ModelOutputError):
        spoken(tmp_path, utterances_at((0.0, 1.0)), lines, 2.0)


def test_a_line_without_a_wording_is_left_unsaid(tmp_path: Path) -> None:
    said, *_ = lines_of((10,))
    unsaid = TranslatedLine(1, "source", (), ("dropped",))
    takes, *_ = spoken(tmp_path, utterances_at((0.0, 1.0), (2.0, 3.0)), (said, unsaid), 4.0)
    assert {take.index for take in takes} == {0}


def test_options_gather_the_takes_of_each_line_that_has_any() -> None:
    def take(number: int, index: int) -> Take:
        return Take(number, index, "text", "plain", 0.1, "voice", 1.1, 0, 8_000, 1.0, 1.1)

    takes = (take(0, 0), take(1, 1), take(2, 0))
    assert line_options(utterances_at((0.0, 1.0), (2.0, 3.0), (4.0, 5.0)), takes) == [
        LineOptions(0, 0.0, 1.0, (TakeOption(0, 1.0, 1.1, 0.1), TakeOption(2, 1.0, 1.1, 0.1)), "ann"),
        LineOptions(1, 2.0, 3.0, (TakeOption(1, 1.0, 1.1, 0.1),), "ann"),
    ]


@st.composite
def videos(draw: st.DrawFn) -> tuple[tuple[Utterance, ...], tuple[TranslatedLine, ...], float]:
    edges_s, counts, clock_s = [], [], 0.0
    for _ in range(draw(st.integers(1, 4))):
        start_s = clock_s + draw(st.floats(0.0, 1.0))
        end_s = start_s + draw(st.floats(0.5, 4.0))
        ratios = draw(st.lists(st.floats(0.5, 1.6), min_size=1, max_size=3))
        edges_s.append((start_s, end_s))
        counts.append(tuple(max(1, round((end_s - start_s) * 10 * ratio)) for ratio in ratios))
        clock_s = end_s
    return utterances_at(*edges_s), lines_of(*counts), clock_s + draw(st.floats(0.0, 2.0))


@settings(deadline=None, max_examples=30)
@given(videos())
def test_takes_lie_one_after_another_and_every_line_has_its_natural_one(
    video: tuple[tuple[Utterance, ...], tuple[TranslatedLine, ...], float],
) -> None:
    utterances, lines, duration_s = video
    with tempfile.TemporaryDirectory() as folder:
        try:
            takes, samples, _ = spoken(Path(folder), utterances, lines, duration_s)
        except RejectedInputError:
            return
    assert [take.take for take in takes] == list(range(len(takes)))
    for before, after in itertools.pairwise(takes):
        assert before.start_frame + before.frame_count == after.start_frame
    assert takes[-1].start_frame + takes[-1].frame_count == len(samples)
    assert [take.index for take in takes[: len(lines)]] == [line.index for line in lines]
    for take in takes:
        assert take.duration_s == take.frame_count / RATE_HZ
        assert SPEED_RULES.slowest - 1e-4 <= take.asked_speed <= SPEED_RULES.fastest + 1e-4
        assert take.text in {wording.text for wording in lines[take.index].wordings}


@pytest.mark.models
def test_the_real_synthesizer_keeps_a_line_to_its_place(tmp_path: Path) -> None:
    model = engine("speech_synthesis", "pt")
    line = TranslatedLine(0, "Good morning.", (Wording("Bom dia a todos vocês."),), ())
    result = synthesize(
        utterances=utterances_at((0.5, 2.1)),
        lines=(line,),
        voices=VOICES,
        prosody=(LineProsody(0),),
        media=media_lasting(2.4),
        model=model,
        parameters=PORTUGUESE,
        scratch=tmp_path,
        memory=Notebook(),
    )
    samples, rate_hz = soundfile.read(result.audio)
    assert rate_hz == model.sample_rate_hz
    assert np.abs(samples).max() > 0.05
    best = min(result.takes, key=lambda take: abs(take.duration_s - 1.6))
    assert best.duration_s == pytest.approx(1.6, abs=0.2)
