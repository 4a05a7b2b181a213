from __future__ import annotations

import pytest

from models.translation.number_words import spelled_numbers


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "twenty-five", [25]),
        ("en", "two hundred and fifty thousand three hundred", [250300]),
        ("en", "five, six and seven", [5, 6, 7]),
        ("es", "treinta y dos", [32]),
        ("es", "dos mil veinticuatro", [2024]),
        ("pt", "cento e vinte e três", [123]),
        ("pt", "duas mil pessoas", [2000]),
        ("fr", "soixante-dix-sept", [77]),
        ("fr", "quatre-vingt-dix-neuf", [99]),
        ("fr", "quatre-vingts", [80]),
        ("it", "ventotto", [28]),
        ("it", "tremila e duecento", [3200]),
        ("de", "zwanzig", []),
        ("en", "", []),
    ],
)
def test_spelled_numbers_are_read(language: str, text: str, numbers: list[int]) -> None:
    assert [number for number, _ in spelled_numbers(text, language)] == numbers


@pytest.mark.parametrize(
    ("language", "text"), [("en", "the first one"), ("it", "tu sei qui"), ("fr", "un livre neuf")]
)
def test_words_with_another_meaning_are_not_sure(language: str, text: str) -> None:
    assert not any(sure for _, sure in spelled_numbers(text, language))


def test_per_cent_is_no_hundred() -> None:
    assert list(spelled_numbers("por ciento", "es")) == []
