from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import SpeakerTurn, Word
from pipeline_ops.word_voices import line_flags, voices_of

MINIMUM_S = 1.5


def said(text: str, start_s: float = 0.0, *, word_s: float = 0.3, gap_s: float = 0.05) -> tuple[Word, ...]:
    words = []
    for token in text.split():
        words.append(Word(token, start_s, start_s + word_s, 0.9))
        start_s += word_s + gap_s
    return tuple(words)


def turn(voice: str, start_s: float, end_s: float, confidence: float = 0.9) -> SpeakerTurn:
    return SpeakerTurn(start_s, end_s, f"voice_{voice}", confidence)


def who(words: tuple[Word, ...], *turns: SpeakerTurn, minimum_s: float = MINIMUM_S) -> str:
    return "".join(voice[-1] for voice in voices_of(words, turns, minimum_s))


QUESTION = said("Do you bake your own bread at home?")  # until 2.75 s
ANSWER = said("Yes, I do it every single week now.", 3.0)


def test_each_says_what_lies_in_their_turn() -> None:
    assert who(QUESTION + ANSWER, turn("1", 0.0, 2.8), turn("2", 2.9, 6.0)) == "1" * 8 + "2" * 8


def test_without_turns_one_voice_says_everything() -> None:
    assert who(QUESTION + ANSWER) == "1" * 16


def test_nothing_said_is_said_by_nobody() -> None:
    assert voices_of((), (turn("1", 0.0, 1.0),), MINIMUM_S) == ()


def test_a_single_word_in_the_middle_of_a_sentence_does_not_change_hands() -> None:
    turns = (turn("1", 0.0, 1.05), turn("2", 1.05, 1.4), turn("1", 1.4, 2.8), turn("2", 2.9, 6.0))
    assert who(QUESTION + ANSWER, *turns) == "1" * 8 + "2" * 8


def test_a_one_word_answer_between_sentences_does() -> None:
    words = (
        QUESTION + said("Yes.", 2.85) + said("And do you like it too?", 3.3) + said("I like it a lot.", 5.6)
    )
    turns = (turn("1", 0.0, 2.8), turn("2", 2.85, 3.2), turn("1", 3.3, 5.5), turn("2", 5.6, 8.0))
    assert who(words, *turns) == "1" * 8 + "2" + "1" * 6 + "2" * 5


@pytest.mark.parametrize("shift_s", [-0.25, 0.25])
def test_words_that_are_timed_a_little_off_change_hands_at_the_sentence_end(shift_s: float) -> None:
    turns = (turn("1", 0.0, 2.75 + shift_s), turn("2", 2.75 + shift_s, 6.0))
    assert who(QUESTION + said("Yes, I do it every single week now.", 2.8), *turns) == "1" * 8 + "2" * 8


def test_a_word_outside_of_all_turns_belongs_to_the_nearest() -> None:
    words = QUESTION + said("Sure.", 3.0) + said("I do it every week now.", 5.0)
    turns = (turn("1", 0.0, 2.8), turn("2", 5.0, 8.0))
    assert who(words, *turns) == "1" * 9 + "2" * 6


def test_where_two_talk_at_once_whoever_was_talking_goes_on() -> None:
    turns = (turn("1", 0.0, 2.8), turn("2", 1.0, 1.8), turn("2", 2.9, 6.0))
    assert who(QUESTION + ANSWER, *turns) == "1" * 8 + "2" * 8


def test_whoever_says_too_little_is_no_speaker() -> None:
    words = QUESTION + said("Hey you!", 3.0) + said("I bake it on my own.", 4.0)
    turns = (turn("1", 0.0, 2.8), turn("2", 3.0, 3.7), turn("1", 4.0, 7.0))
    assert who(words, *turns) == "1" * 16
    assert who(words, *turns, minimum_s=0.5) == "1" * 8 + "22" + "1" * 6


def test_a_voice_without_words_is_no_speaker() -> None:
    assert who(QUESTION, turn("1", 0.0, 0.3), turn("2", 0.0, 2.8)) == "2" * 8


@settings(max_examples=60, deadline=None)
@given(
    starts=st.lists(st.floats(0.0, 20.0), min_size=1, max_size=12),
    lengths=st.lists(st.floats(0.2, 4.0), min_size=12, max_size=12),
    voices=st.lists(st.sampled_from("123"), min_size=12, max_size=12),
    minimum_s=st.floats(0.0, 4.0),
)
def test_every_word_has_a_voice_that_says_enough(
    starts: list[float], lengths: list[float], voices: list[str], minimum_s: float
) -> None:
    words = said("so it goes on and on. And then, after a while, it ends. Who said it? Nobody knows")
    turns = [
        turn(voice, start_s, start_s + length_s)
        for start_s, length_s, voice in zip(sorted(starts), lengths, voices, strict=False)
    ]
    chosen = voices_of(words, turns, minimum_s)
    assert len(chosen) == len(words)
    assert set(chosen) <= {each.voice for each in turns}
    for voice in set(chosen):
        length_s = sum(
            word.end_s - word.start_s for word, by in zip(words, chosen, strict=True) if by == voice
        )
        assert length_s >= minimum_s or len(set(chosen)) == 1


def test_two_at_once_is_flagged() -> None:
    turns = (turn("1", 0.0, 2.8), turn("2", 2.0, 2.5))
    assert line_flags(QUESTION, "voice_1", turns, several=True) == ("overlapping_speech",)
    assert line_flags(QUESTION, "voice_1", turns, several=False) == ("overlapping_speech",)


def test_two_at_once_for_a_moment_where_turns_meet_is_not() -> None:
    turns = (turn("1", 0.0, 2.8), turn("2", 2.6, 6.0))
    assert line_flags(QUESTION, "voice_1", turns, several=True) == ()


def test_a_voice_that_is_hardly_told_from_another_is_flagged_where_there_is_another() -> None:
    turns = (turn("1", 0.0, 2.8, confidence=0.1),)
    assert line_flags(QUESTION, "voice_1", turns, several=True) == ("unsure_speaker",)
    assert line_flags(QUESTION, "voice_1", turns, several=False) == ()


def test_a_line_that_lies_outside_of_its_voices_turns_is_flagged() -> None:
    assert line_flags(QUESTION, "voice_1", (turn("2", 0.0, 2.8),), several=True) == ("unsure_speaker",)
