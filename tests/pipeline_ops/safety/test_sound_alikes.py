"""Insults are heard where they are spelled otherwise or made of a name; plain words are not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline_ops.safety.sound_alikes import sounds_like_insults

PARALLEL = Path(__file__).parents[3] / "benchmarks" / "data" / "parallel_creator.tsv"


@pytest.mark.parametrize(
    ("target", "language", "heard"),
    [
        ("Phuck yew.", "en", "Phuck"),
        ("What a kunt.", "en", "kunt"),
        ("Que karalho.", "pt", "karalho"),
        ("Vete a la mi3rda, kabrones.", "es", "kabrones"),
        ("Thanks to Mike Hunt.", "en", "Mike Hunt"),
    ],
)
def test_what_sounds_like_a_listed_word_is_heard(target: str, language: str, heard: str) -> None:
    assert heard in " ".join(sounds_like_insults("", target, language))


@pytest.mark.parametrize(
    ("source", "target", "language"),
    [
        ("", "They like hunting, and I work until ten.", "en"),
        ("Falei com Mike Hunt.", "I spoke with Mike Hunt.", "en"),
        ("", "We met Mark Harris in New York.", "en"),
        ("", "Phuck", "de"),
    ],
)
def test_what_was_said_and_what_is_plain_is_not(source: str, target: str, language: str) -> None:
    assert sounds_like_insults(source, target, language) == ()


def test_plain_sentences_of_creators_have_none() -> None:
    with PARALLEL.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    heard = [
        word
        for row in rows
        for language, text in row.items()
        for word in sounds_like_insults("", text, language)
    ]
    assert heard == []
