from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.seamless.m4t_speech import M4TSpeechTranslator
from models.seamless.speech import SpeechTranslator, SpokenUnits
from tests.models.seamless.tiny_checkpoint import OPTIONS, SENTENCES, spoken

pytestmark = pytest.mark.models

SOUNDS = [spoken("en", line) for line in range(3)]


@pytest.fixture(scope="module")
def translator(tiny_seamless: dict[str, Path]) -> M4TSpeechTranslator:
    return M4TSpeechTranslator.load(tiny_seamless, OPTIONS)


def test_speech_becomes_text_and_units_and_then_sound(translator: M4TSpeechTranslator) -> None:
    assert isinstance(translator, SpeechTranslator)
    lines = translator.translate(SOUNDS, "pt")
    assert [line.text for line in lines] == list(SENTENCES["pt"])
    for line in lines:
        clip = translator.say(line)
        assert clip.sample_rate_hz == translator.sample_rate_hz
        assert clip.duration_s == pytest.approx(line.duration_s, abs=0.1)


def test_between_the_halves_stands_what_a_checkpoint_can_hold(translator: M4TSpeechTranslator) -> None:
    (line,) = translator.translate(SOUNDS[:1], "pt")
    stored = json.loads(json.dumps(dataclasses.asdict(line)))
    again = SpokenUnits(stored["language"], stored["text"], tuple(stored["units"]))
    assert again == line
    assert np.array_equal(translator.say(again).samples, translator.say(line).samples)


def test_the_likeliest_translation_retold_is_the_translation(translator: M4TSpeechTranslator) -> None:
    lines = translator.translate(SOUNDS, "pt")
    assert translator.retell(SOUNDS, [line.text for line in lines], "pt") == lines


def test_what_people_reworded_is_what_is_said(translator: M4TSpeechTranslator) -> None:
    (line,) = translator.retell(SOUNDS[:1], ["Fazemos  pão."], "pt")
    assert line.text == "Fazemos pão."
    assert line.units != translator.translate(SOUNDS[:1], "pt")[0].units


def test_a_faster_pace_gives_fewer_units(translator: M4TSpeechTranslator) -> None:
    (natural,), (fast,) = (translator.translate(SOUNDS[:1], "pt", speed=pace) for pace in (1.0, 1.3))
    assert fast.text == natural.text
    assert fast.duration_s / natural.duration_s == pytest.approx(1 / 1.3, rel=0.1)


def test_batches_by_length_keep_the_order_of_the_lines(
    translator: M4TSpeechTranslator, tiny_seamless: dict[str, Path]
) -> None:
    line_by_line = M4TSpeechTranslator.load(tiny_seamless, {**OPTIONS, "batch_s": 0.1})
    mixed = [SOUNDS[1], SOUNDS[2], SOUNDS[0], SOUNDS[2]]
    assert translator.translate(mixed, "fr") == line_by_line.translate(mixed, "fr")


def test_a_language_that_it_does_not_speak_is_an_error(translator: M4TSpeechTranslator) -> None:
    with pytest.raises(UnsupportedLanguageError, match="it speaks en, fr, pt"):
        translator.translate(SOUNDS[:1], "de")


def test_nothing_to_retell_is_an_error(translator: M4TSpeechTranslator) -> None:
    with pytest.raises(ModelOutputError, match="Line 1"):
        translator.retell(SOUNDS[:2], ["Ela tem dois gatos.", " "], "pt")
    with pytest.raises(FaultError, match="1 texts were handed over for 2 lines"):
        translator.retell(SOUNDS[:2], ["Ela tem dois gatos."], "pt")


def test_half_precision_says_the_same(
    tiny_seamless: dict[str, Path], translator: M4TSpeechTranslator
) -> None:
    half = M4TSpeechTranslator.load(tiny_seamless, {**OPTIONS, "dtype": "float16"})
    lines, exact = half.translate(SOUNDS, "pt"), translator.translate(SOUNDS, "pt")
    assert [line.text for line in lines] == [line.text for line in exact]
    assert np.isfinite(half.say(lines[0]).samples).all()
    assert lines[0].duration_s == pytest.approx(exact[0].duration_s, rel=0.05)
