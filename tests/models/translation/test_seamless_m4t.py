from __future__ import annotations

from pathlib import Path

import pytest

from models.base import Translator
from models.errors import ModelOutputError, UnsupportedLanguageError
from models.translation.seamless_m4t import SeamlessTranslator
from models.types import GlossaryTerm
from tests.models.seamless.tiny_checkpoint import OPTIONS, SENTENCES, spoken
from tests.models.translation.lines_support import utterances

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def translator(tiny_seamless: dict[str, Path]) -> SeamlessTranslator:
    return SeamlessTranslator.load(tiny_seamless, OPTIONS)


def test_it_is_a_translator_of_every_pair_that_the_checkpoint_knows(translator: SeamlessTranslator) -> None:
    assert isinstance(translator, Translator)
    assert translator.pairs == {
        (source, target) for source in SENTENCES for target in SENTENCES if source != target
    }


@pytest.mark.parametrize(("source", "target"), [("en", "pt"), ("pt", "fr"), ("fr", "en")])
def test_lines_come_back_in_their_order(translator: SeamlessTranslator, source: str, target: str) -> None:
    lines = translator.translate(utterances(*SENTENCES[source]), source, target)
    assert [wordings[0].text for wordings in lines] == list(SENTENCES[target])


def test_small_batches_give_what_a_large_one_gives(
    translator: SeamlessTranslator, tiny_seamless: dict[str, Path]
) -> None:
    lines = utterances(*SENTENCES["en"], *SENTENCES["en"][::-1])
    line_by_line = SeamlessTranslator.load(tiny_seamless, {**OPTIONS, "batch_tokens": 1})
    one, other = (each.translate(lines, "en", "pt") for each in (translator, line_by_line))
    assert [[wording.text for wording in line] for line in one] == [
        [wording.text for wording in line] for line in other
    ]


def test_the_best_wording_is_plain_and_others_are_of_another_length(translator: SeamlessTranslator) -> None:
    lines = translator.translate(utterances(*SENTENCES["en"]), "en", "pt")
    for wordings in lines:
        assert (wordings[0].kind, wordings[0].penalty) == ("plain", 0.0)
        for wording in wordings[1:]:
            assert (len(wording.text) < len(wordings[0].text)) == (wording.kind == "shorter")


def test_speech_is_translated_without_a_transcript(translator: SeamlessTranslator) -> None:
    lines = translator.translate_speech([spoken("en", line) for line in range(3)], "pt")
    assert [line.text for line in lines] == list(SENTENCES["pt"])
    assert all(line.units and line.language == "pt" for line in lines)


def test_no_lines_give_no_lines(translator: SeamlessTranslator) -> None:
    assert translator.translate([], "en", "pt") == []
    assert translator.translate_speech([], "pt") == []


def test_another_pair_is_an_error(translator: SeamlessTranslator) -> None:
    with pytest.raises(UnsupportedLanguageError):
        translator.translate(utterances("Hallo."), "de", "pt")


def test_an_empty_line_is_an_error(translator: SeamlessTranslator) -> None:
    with pytest.raises(ModelOutputError, match="Line 1"):
        translator.translate(utterances("Hello.", " "), "en", "pt")


def test_a_term_that_is_said_as_its_creator_wants_changes_nothing(
    translator: SeamlessTranslator,
) -> None:
    asked = utterances("We bake bread at home.")
    ((plain, *_),) = translator.translate(asked, "en", "pt")
    ((kept, *_),) = translator.translate(asked, "en", "pt", [GlossaryTerm("home", "casa")])
    assert kept.text == plain.text  # it says so already, and is not asked again
