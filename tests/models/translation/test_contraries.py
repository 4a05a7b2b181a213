"""Contraries are found in every language that has them, and a word is on one side of a pair alone."""

from __future__ import annotations

import pytest

from models.translation.contraries import PAIRS, contraries


def words(*text: str) -> frozenset[str]:
    return frozenset(text)


def test_a_word_that_takes_the_place_of_its_contrary_counts() -> None:
    assert contraries(words("safe"), words("perigosas"), ("en", "pt")) == 1
    assert contraries(words("less", "safe"), words("mais", "perigoso"), ("en", "pt")) == 2


def test_a_text_that_has_both_says_nothing() -> None:
    assert contraries(words("hot", "cold"), words("frío"), ("en", "es")) == 0


@pytest.mark.parametrize("language", ["en", "es", "fr", "it", "pt"])
def test_every_pair_has_words_in_every_language_and_none_on_both_sides(language: str) -> None:
    for pair in PAIRS:
        here, there = (side.split() for side in pair[language])
        assert here
        assert there
        stems = [word.rstrip("*") for word in here if word.endswith("*")]
        assert not any(word.startswith(tuple(stems)) for word in there if stems), (here, there)
        assert set(here).isdisjoint(there)
