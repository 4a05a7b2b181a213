from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.speech_synthesis.pieces import pause_after, split_at_marks


def test_a_short_text_is_one_piece_and_an_empty_one_is_none() -> None:
    assert split_at_marks(" Bom dia. ", 20) == ("Bom dia.",)
    assert split_at_marks("  ", 20) == ()


def test_a_text_is_cut_after_sentences_before_it_is_cut_at_commas() -> None:
    assert split_at_marks("One, two. Three, four.", 14) == ("One, two.", "Three, four.")
    assert split_at_marks("One, two three four.", 16) == ("One,", "two three four.")


def test_scripts_without_spaces_are_cut_after_their_own_marks() -> None:
    assert split_at_marks("今天天气很好。我们去公园。", 8) == ("今天天气很好。", "我们去公园。")


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="ab,.; 。", max_size=80), st.integers(3, 30))
def test_no_letter_is_lost_and_no_piece_is_too_long(text: str, limit: int) -> None:
    pieces = split_at_marks(text, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(("piece", "seconds"), [("So.", 0.4), ("好。", 0.4), ("so,", 0.2), ("so", 0.05)])
def test_the_pause_is_that_of_the_mark_at_the_pace_of_the_speech(piece: str, seconds: float) -> None:
    assert len(pause_after(piece, 2.0, 16_000)) == seconds * 8_000
    assert not np.any(pause_after(piece, 1.0, 16_000))
