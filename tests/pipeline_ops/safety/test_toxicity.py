"""Words that insult are found as people write them, and plain words that look like them are not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.safety.toxicity import added_words, toxic_words
from pipeline_ops.safety.word_lists import listed_languages

PARALLEL = Path(__file__).parents[3] / "benchmarks" / "data" / "parallel_creator.tsv"


@pytest.mark.parametrize(
    ("text", "language", "word"),
    [
        ("You are a bastard.", "en", "bastard"),
        ("BASTARDS!", "en", "BASTARDS"),
        ("What the f*ck", "en", "f*ck"),
        ("sh1t happens", "en", "sh1t"),
        ("f.u.c.k off", "en", "f.u.c.k"),
        ("fuuuuuck", "en", "fuuuuuck"),
        ("Vete a la mierda", "es", "mierda"),
        ("eres un maricon", "es", "maricon"),
        ("Vai-te foder", "pt", "foder"),
        ("Que merdas são essas", "pt", "merdas"),
        ("Il est con", "fr", "con"),
        ("Quel connard", "fr", "connard"),
        ("Sei uno stronzo", "it", "stronzo"),
        ("Isto é bullshit total", "pt", "bullshit"),
        ("This is una mierda", "en", "mierda"),
    ],
)
def test_insults_are_found_inflected_masked_and_in_another_language(
    text: str, language: str, word: str
) -> None:
    assert word in [hit.word for hit in toxic_words(text, language)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Scunthorpe has a classic cockpit and assassins.", "en"),
        ("Con él vamos a la playa.", "es"),
        ("O cágado come alface.", "pt"),
        ("A bite of bread, a fig and a pica.", "en"),
        ("Le chat et la bicyclette", "fr"),
        ("Il negozio di finocchi freschi è chiuso", "en"),
        ("5 euros, 100 %, 4x4, A b o u t", "en"),
        ("La figura è bella, il figlio cresce.", "it"),
    ],
)
def test_plain_words_are_not(text: str, language: str) -> None:
    assert toxic_words(text, language) == ()


def test_plain_sentences_of_creators_have_none_in_any_language() -> None:
    with PARALLEL.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 20
    assert [
        hit for row in rows for language, text in row.items() for hit in toxic_words(text, language)
    ] == []


@given(st.text(max_size=60), st.sampled_from([*listed_languages(), "de", "hi"]))
def test_any_text_can_be_looked_over(text: str, language: str) -> None:
    toxic_words(text, language)


@pytest.mark.parametrize(
    ("source", "target", "added"),
    [
        ("You did well.", "Você é um merda.", ("merda",)),
        ("This is shit.", "Isto é uma merda.", ()),
        ("What an idiot.", "Que filho da puta.", ()),
        ("What an idiot.", "Que viado.", ("viado",)),
        ("Dick Cheney spoke.", "Dick Cheney falou.", ()),
        ("Good morning.", "Bom dia.", ()),
    ],
)
def test_only_what_the_translation_adds_counts(source: str, target: str, added: tuple[str, ...]) -> None:
    assert added_words(source, target, "en", "pt") == added
