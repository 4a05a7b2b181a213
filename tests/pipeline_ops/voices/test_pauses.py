from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.speech_synthesis.marks import inner_marks
from models.types import Word
from pipeline_ops.voices.pauses import LONGEST_PAUSE_S, InnerPause, inner_pauses, pauses_at_marks


def words(*times_s: tuple[float, float]) -> tuple[Word, ...]:
    return tuple(Word("word", *time_s, 0.9) for time_s in times_s)


def test_a_silence_between_two_words_is_a_pause_after_its_share_of_the_line() -> None:
    assert inner_pauses(words((0.0, 0.5), (1.1, 1.5), (1.6, 2.0), (2.0, 2.4))) == (InnerPause(0.25, 0.6),)


def test_a_breath_between_two_words_is_no_pause() -> None:
    assert inner_pauses(words((0.0, 0.5), (0.7, 1.0))) == ()


def test_a_pause_that_is_too_long_to_be_one_is_cut() -> None:
    assert inner_pauses(words((0.0, 0.5), (5.0, 5.5))) == (InnerPause(0.5, LONGEST_PAUSE_S),)


def test_lines_without_words_have_no_pauses() -> None:
    assert inner_pauses(()) == ()


@pytest.mark.parametrize(
    ("text", "pauses", "expected"),
    [
        ("Um, dois e três.", [InnerPause(0.2, 0.5)], (0.5,)),
        ("Um, dois, três, quatro.", [InnerPause(0.45, 0.4)], (0.0, 0.4, 0.0)),
        ("Um, dois, três, quatro.", [InnerPause(0.2, 0.4), InnerPause(0.8, 0.7)], (0.4, 0.0, 0.7)),
        ("Tudo o que se diz aqui, disse.", [InnerPause(0.2, 0.5)], ()),  # the mark is elsewhere
        ("Um dois três.", [InnerPause(0.3, 0.5)], ()),  # there is none
        ("São 3,5 graus.", [InnerPause(0.5, 0.5)], ()),  # nor within a number
        ("", [InnerPause(0.5, 0.5)], ()),
    ],
)
def test_a_pause_stands_at_the_mark_nearest_to_it(
    text: str, pauses: list[InnerPause], expected: tuple[float, ...]
) -> None:
    assert pauses_at_marks(text, pauses) == expected


@given(
    st.text("ab ,.;", max_size=60),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.3, 1.5)), max_size=6),
)
def test_there_is_one_length_for_every_mark_and_no_pause_stands_twice(
    text: str, found: list[tuple[float, float]]
) -> None:
    pauses = [InnerPause(*each) for each in sorted(found)]
    lengths_s = pauses_at_marks(text, pauses)
    assert len(lengths_s) in (0, len(inner_marks(text)))
    kept = [length_s for length_s in lengths_s if length_s]
    assert len(kept) <= len(pauses)
    remaining = iter(pause.length_s for pause in pauses)
    assert all(length_s in remaining for length_s in kept)  # in the order in which the speaker made them
