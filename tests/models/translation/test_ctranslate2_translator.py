from __future__ import annotations

from pathlib import Path

import pytest

from models.base import Translator
from models.catalog import load_catalog
from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.translation.ctranslate2_translator import CTranslate2Translator
from models.types import GlossaryTerm
from tests.models.translation.lines_support import utterances
from tests.models.translation.tiny_models import CODES, SENTENCES, make_marian, make_nllb

pytestmark = pytest.mark.models

NLLB_OPTIONS = {"family": "nllb", "language_codes": CODES, "device": "cpu"}
MARIAN_OPTIONS = {"family": "marian", "pair": ["en", "pt"], "device": "cpu"}


@pytest.fixture(scope="module")
def nllb_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_nllb(tmp_path_factory.mktemp("nllb"))


@pytest.fixture(scope="module")
def nllb(nllb_files: dict[str, Path]) -> CTranslate2Translator:
    return CTranslate2Translator.load(nllb_files, NLLB_OPTIONS)


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> CTranslate2Translator:
    return CTranslate2Translator.load(make_marian(tmp_path_factory.mktemp("marian")), MARIAN_OPTIONS)


@pytest.mark.parametrize(("source", "target"), [("en", "pt"), ("pt", "en")])
def test_a_model_with_language_codes_translates_both_ways(
    nllb: CTranslate2Translator, source: str, target: str
) -> None:
    lines = nllb.translate(utterances(*SENTENCES[source]), source, target)
    assert [wordings[0].text for wordings in lines] == list(SENTENCES[target])


def test_a_term_that_a_model_cannot_be_brought_to_leaves_the_line_as_it_was(
    nllb: CTranslate2Translator,
) -> None:
    lines = utterances(*SENTENCES["en"])
    term = GlossaryTerm(SENTENCES["en"][0].split()[-1].strip(".?!"), "xyzzy")
    with_glossary = nllb.translate(lines, "en", "pt", [term])
    assert [each[0].text for each in with_glossary] == list(SENTENCES["pt"])


def test_a_model_with_two_vocabularies_translates_its_pair(marian: CTranslate2Translator) -> None:
    lines = marian.translate(utterances(*SENTENCES["en"]), "en", "pt")
    assert [wordings[0].text for wordings in lines] == list(SENTENCES["pt"])


def test_pairs_are_all_of_the_codes_or_the_one_of_the_model(
    nllb: CTranslate2Translator, marian: CTranslate2Translator
) -> None:
    assert isinstance(nllb, Translator)
    assert nllb.pairs == {("en", "pt"), ("pt", "en")}
    assert marian.pairs == {("en", "pt")}


def test_the_best_wording_is_plain_and_costs_nothing(nllb: CTranslate2Translator) -> None:
    for wordings in nllb.translate(utterances(*SENTENCES["en"]), "en", "pt"):
        assert (wordings[0].kind, wordings[0].penalty) == ("plain", 0.0)
        assert all(wording.penalty > 0 and wording.kind != "plain" for wording in wordings[1:])


def test_hypotheses_of_another_length_are_other_wordings(nllb: CTranslate2Translator) -> None:
    # Halves of what it knows: the model is unsure, and its hypotheses differ.
    lines = nllb.translate(utterances("I bake", "She has", "The train is late", "again today."), "en", "pt")
    others = [(wordings[0].text, wording) for wordings in lines for wording in wordings[1:]]
    assert others
    for best, wording in others:
        assert (len(wording.text) < len(best)) == (wording.kind == "shorter")


def test_no_lines_give_no_lines(nllb: CTranslate2Translator) -> None:
    assert nllb.translate([], "en", "pt") == []


def test_another_pair_is_an_error(marian: CTranslate2Translator) -> None:
    with pytest.raises(UnsupportedLanguageError):
        marian.translate(utterances("Olá."), "pt", "en")


def test_an_empty_line_is_an_error(nllb: CTranslate2Translator) -> None:
    with pytest.raises(ModelOutputError, match="Line 0"):
        nllb.translate(utterances(" "), "en", "pt")


@pytest.mark.parametrize("options", [{}, {"family": "rnn"}, {"family": "nllb"}, {"family": "marian"}])
def test_an_incomplete_entry_is_an_error(nllb_files: dict[str, Path], options: dict[str, str]) -> None:
    with pytest.raises(FaultError):
        CTranslate2Translator.load(nllb_files, options)


def test_the_catalogs_entries_have_the_options_that_it_needs() -> None:
    for entry in load_catalog().models:
        if entry.engine.endswith(":CTranslate2Translator"):
            assert entry.options["family"] in {"nllb", "marian"}
            languages = {language for pair in entry.served_pairs for language in pair}
            assert languages <= set(entry.options.get("language_codes") or entry.options["pair"])
