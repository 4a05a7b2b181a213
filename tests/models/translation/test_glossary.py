from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import Translator
from models.catalog import load_catalog
from models.errors import ModelOutputError
from models.profile import load_profile
from models.registry import resolve
from models.translation.glossary import find_terms, keep_terms, missed_terms, pivot_terms
from models.translation.pivot import PivotTranslator
from models.types import GlossaryTerm, Wording
from models.weights import WeightsStore
from tests.models.translation.lines_support import utterances

STREAM = GlossaryTerm("stream", "live")
SPEAKER = GlossaryTerm("speaker", "caixa de som")
GOPRO = GlossaryTerm("GoPro", "GoPro")
TABLE = GlossaryTerm("Mother's Table", "Mother's Table")
APPLE = GlossaryTerm("Apple", "Apple")


def found(text: str, *glossary: GlossaryTerm, language: str = "en") -> list[str]:
    return [each.text for each in find_terms(text, glossary, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The stream is on.", ["stream"]),
        ("Streams, streams and a stream's end.", ["Streams", "streams", "stream"]),
        ("It is mainstream, streaming upstream.", []),
    ],
)
def test_a_term_stands_at_the_boundaries_of_words_in_singular_or_plural(
    text: str, expected: list[str]
) -> None:
    assert found(text, STREAM) == expected


def test_a_term_with_capitals_is_no_common_word() -> None:
    assert found("An apple is no Apple and no APPLE.", APPLE) == ["Apple", "APPLE"]


def test_the_longer_of_two_terms_at_one_place_counts() -> None:
    longer = GlossaryTerm("live stream", "transmissão")
    assert found("A live stream, then a stream.", STREAM, longer) == ["live stream", "stream"]


def test_terms_in_scripts_without_spaces_are_found() -> None:
    assert found("今日は配信です", GlossaryTerm("配信", "stream"), language="ja") == ["配信"]


def test_vowel_signs_of_devanagari_are_parts_of_words() -> None:
    term = GlossaryTerm("चल", "go")
    assert found("वह चला गया", term, language="hi") == []
    assert found("चल घर", term, language="hi") == ["चल"]


@pytest.mark.parametrize("target", ["A live acabou.", "As Lives acabaram."])
def test_a_term_may_be_bent_and_capitalised(target: str) -> None:
    assert missed_terms("The stream is over.", target, [STREAM], "en", "pt") == ()


def test_what_is_kept_must_stand_as_it_is_written() -> None:
    assert missed_terms("My GoPro broke.", "Minha GoPro quebrou.", [GOPRO], "en", "pt") == ()
    assert missed_terms("My GoPro broke.", "Minha gopro quebrou.", [GOPRO], "en", "pt") == (GOPRO,)


def test_a_term_that_is_not_in_the_line_is_not_missed() -> None:
    assert missed_terms("Hello.", "Olá.", [STREAM, GOPRO], "en", "pt") == ()


def test_an_engine_is_asked_again_only_for_lines_that_lost_a_term() -> None:
    asked: list[list[str]] = []

    def ask(texts: list[str]) -> list[tuple[Wording, ...]]:
        asked.append(texts)
        return [(Wording(text.replace("stream", "fluxo")),) for text in texts]

    answers = keep_terms(["a stream", "a day"], [STREAM], "en", "pt", ask)
    assert asked == [["a stream", "a day"], ["a live"]]
    assert [wordings[0].text for wordings in answers] == ["a live", "a day"]


def test_a_placeholder_that_comes_back_maimed_is_not_said() -> None:
    def ask(texts: list[str]) -> list[tuple[Wording, ...]]:
        return [(Wording(text.replace("live", "vida").replace("QZA", "QZ")),) for text in texts]

    assert keep_terms(["the stream"], [STREAM], "en", "pt", ask) == [(Wording("the stream"),)]


def test_a_protected_line_that_an_engine_refuses_keeps_the_answer_that_it_has() -> None:
    def ask(texts: list[str]) -> list[tuple[Wording, ...]]:
        if "a live" in texts:
            raise ModelOutputError("no translation")
        return [(Wording(text.replace("stream", "fluxo")),) for text in texts]

    answers = keep_terms(["a stream", "the stream"], [STREAM], "en", "pt", ask)
    assert [wordings[0].text for wordings in answers] == ["a live", "the live"]


def test_protection_that_breaks_a_number_is_not_taken() -> None:
    def ask(texts: list[str]) -> list[tuple[Wording, ...]]:
        return [(Wording("3 fluxos" if "stream" in text else "4 lives"),) for text in texts]

    assert keep_terms(["3 streams"], [STREAM], "en", "pt", ask) == [(Wording("3 fluxos"),)]


@given(st.lists(st.sampled_from(["stream", "GoPro", "day", "Big", "3", "qzb"]), min_size=1, unique=True))
def test_an_engine_that_copies_words_says_every_term_as_wanted(words: list[str]) -> None:
    text = " ".join(words)
    glossary = [GlossaryTerm("stream", "transmissão ao vivo"), GOPRO]
    answers = keep_terms([text], glossary, "en", "pt", lambda texts: [(Wording(each),) for each in texts])
    assert missed_terms(text, answers[0][0].text, glossary, "en", "pt") == ()


def test_between_two_languages_a_term_is_a_placeholder() -> None:
    there, onwards = pivot_terms([STREAM, GOPRO])
    assert [term.source for term in there] == ["stream", "GoPro"]
    assert [term.target for term in onwards] == ["live", "GoPro"]
    assert [term.target for term in there] == [term.source for term in onwards]


@pytest.fixture(scope="module")
def to_portuguese(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    return _bergamot(tmp_path_factory, "en", "pt")


@pytest.mark.models
@pytest.mark.parametrize(
    ("line", "said"),
    [
        # The model's own word would be "orador"; its gender goes with the creator's word.
        (
            "My first speaker broke after two days.",
            "Minha primeira caixa de som quebrou depois de dois dias.",
        ),
        # The wanted word means something in English, so only a placeholder brings it through.
        ("Where is the stream?", "Onde está o live?"),
        # Left to itself the model translates the name.
        ("I recorded this with Mother's Table last night.", "Eu gravei isso com Mother's Table"),
        ("The stream with my GoPro was great.", "GoPro"),
    ],
)
def test_the_embedded_model_says_terms_as_wanted(to_portuguese: Translator, line: str, said: str) -> None:
    glossary = [STREAM, SPEAKER, GOPRO, TABLE]
    [wordings] = to_portuguese.translate(utterances(line), "en", "pt", glossary)
    assert said in wordings[0].text
    assert missed_terms(line, wordings[0].text, glossary, "en", "pt") == ()


@pytest.mark.models
def test_terms_come_through_a_pivot(
    to_portuguese: Translator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pivot = PivotTranslator(to_portuguese, _bergamot(tmp_path_factory, "pt", "en"), pivot_language="pt")
    pivot.pairs = frozenset({("en", "en")})
    glossary = [GlossaryTerm("stream", "broadcast"), TABLE]
    [wordings] = pivot.translate(
        utterances("Welcome back to Mother's Table and its stream."), "en", "en", glossary
    )
    assert "Mother's Table" in wordings[0].text and "broadcast" in wordings[0].text


def _bergamot(factory: pytest.TempPathFactory, source: str, target: str) -> Translator:
    catalog = load_catalog()
    model = resolve(
        catalog,
        load_profile("embedded", catalog),
        "translation",
        source_language=source,
        target_language=target,
        weights=WeightsStore(factory.mktemp("weights")),
    )
    engine = model.load()
    assert isinstance(engine, Translator)
    return engine


def test_the_largest_glossary_is_looked_up_in_many_lines_at_once() -> None:
    glossary = [GlossaryTerm(f"word{number}", f"palavra{number}") for number in range(2000)]
    began = time.process_time()
    for _ in range(20):
        assert len(find_terms("A line with word7 and word1999 in it.", glossary, "en")) == 2
    assert time.process_time() - began < 3.0


def test_signs_are_parts_of_terms() -> None:
    glossary = [GlossaryTerm("C++", "C++"), GlossaryTerm(".NET", ".NET")]
    assert found("Use C++ and .NET now.", *glossary) == ["C++", ".NET"]
