from __future__ import annotations

import pytest

from pipeline_ops.quality.back_transcription import (
    as_it_sounds,
    normalise_for_comparison,
    parted_alike,
)


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Olá, mundo!", "olá mundo"),
        ("  It’s -- fine.  ", "it s fine"),
        ("Não,\n25%", "não 25"),
        ("हिन्दी।", "हिन्दी"),
    ],
)
def test_only_words_are_compared(written: str, compared: str) -> None:
    assert normalise_for_comparison(written) == compared


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Mi nombre es Jordi Mass.", "mi nombre es Jordi Más", "es"),
        ("Meu nome é Jorimaz.", "Meu nome é Jorimás", "pt"),
        ("I have 25 dogs.", "I have twenty-five dogs", "en"),
    ],
)
def test_what_sounds_alike_is_the_same_however_it_is_spelt(one: str, other: str, language: str) -> None:
    assert as_it_sounds(one, language) == as_it_sounds(other, language)


def test_another_word_sounds_otherwise_even_if_most_of_its_letters_are_the_same() -> None:
    meant, heard = (as_it_sounds(word, "es").split() for word in ("mis debilidades", "los habilidades"))
    assert len(meant) == len(heard) == 2
    assert not set(meant) & set(heard)


def test_a_language_that_nothing_reads_is_compared_as_it_is_written() -> None:
    assert as_it_sounds("Guten Morgen!", "de") == "guten morgen"


def test_a_name_that_is_written_as_one_word_is_the_same_as_two() -> None:
    meant, heard = (
        as_it_sounds(text, "es") for text in ("Mi nombre es Jordi Mas.", "Mi nombre es Jordimás.")
    )
    assert meant != heard
    one, other = parted_alike(meant, heard)
    assert one == other == meant
    assert parted_alike(heard, meant) == (meant, meant)


def test_words_that_are_parted_alike_stay_as_they_are() -> None:
    assert parted_alike("a b ab c", "a b ab d") == ("a b ab c", "a b ab d")
