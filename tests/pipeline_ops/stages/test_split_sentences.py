from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import Transcript, TranscriptSegment, Word
from pipeline_ops.stages.split_sentences import (
    SplitParameters,
    ends_sentence,
    split_sentences,
    split_words,
)

PARAMETERS = SplitParameters()


def spoken(
    text: str, *, start_s: float = 0.0, word_s: float = 0.3, pauses: dict[int, float] | None = None
) -> tuple[Word, ...]:
    """Words at an even pace; `pauses` maps a word's position to the silence before it."""
    words, clock_s = [], start_s
    for position, token in enumerate(text.split()):
        clock_s += (pauses or {}).get(position, 0.05)
        words.append(Word(token, clock_s, clock_s + word_s, 0.9))
        clock_s += word_s
    return tuple(words)


def texts(words: tuple[Word, ...], parameters: SplitParameters = PARAMETERS) -> list[str]:
    return [" ".join(word.text for word in piece) for piece in split_words(words, parameters)]


def test_sentences_are_parted_at_full_stops() -> None:
    words = spoken("I bake bread at home. It takes one whole day. Would you like some?")
    assert texts(words) == ["I bake bread at home.", "It takes one whole day.", "Would you like some?"]


def test_abbreviations_and_initials_end_no_sentence() -> None:
    words = spoken("Mr. Smith met Dr. J. Jones at 3.5 p.m. on the old bridge today.")
    assert len(texts(words)) == 1


def test_a_long_pause_parts_a_sentence_that_grammar_does_not() -> None:
    words = spoken("and then I opened the old oven and it was completely cold", pauses={6: 1.4})
    assert texts(words) == ["and then I opened the old", "oven and it was completely cold"]


def test_a_hesitation_in_mid_sentence_is_no_boundary() -> None:
    words = spoken("and then I opened the oven and it was completely cold", pauses={5: 0.35})
    assert len(texts(words)) == 1


def test_a_sentence_too_long_is_cut_at_its_comma() -> None:
    first = "when the dough has rested for the night under a clean cloth in the cold room,"
    second = "you can shape it with wet hands and leave it once more to rise until noon comes."
    words = spoken(f"{first} {second}", word_s=0.4)
    assert texts(words) == [first, second]


def test_a_word_of_one_second_joins_its_neighbour_where_no_pause_parts_them() -> None:
    words = spoken("Yes. I like the bread that you made for us.")
    assert len(texts(words)) == 1


def test_a_short_answer_between_pauses_stands_alone() -> None:
    words = spoken("Do you like it very much? Yes. Then let us eat it now.", pauses={6: 1.0, 7: 1.0})
    assert texts(words)[1] == "Yes."


def test_nothing_said_gives_no_lines() -> None:
    assert split_words((), PARAMETERS) == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("home.", True),
        ("home", False),
        ("etc.", False),
        ("wait...", True),
        ('done."', True),
        ("¿qué?", True),
        ("J.", False),
        ("है।", True),
    ],
)
def test_what_ends_a_sentence(text: str, ends: bool) -> None:
    assert ends_sentence(Word(text, 0.0, 1.0, 1.0)) is ends


def test_utterances_carry_times_words_and_subtitles() -> None:
    words = spoken("I bake bread at home. It takes one whole day.", start_s=2.0)
    transcript = Transcript("en", (TranscriptSegment(words, -0.2, 0.0, 1.2),))
    sentences = split_sentences(transcript=transcript, parameters=PARAMETERS)
    assert [line.index for line in sentences.utterances] == [0, 1]
    assert sentences.utterances[0].start_s == words[0].start_s
    assert sentences.utterances[1].end_s == words[-1].end_s
    assert [line.text for line in sentences.subtitles] == [line.text for line in sentences.utterances]


word_texts = st.sampled_from(["a", "bread,", "home.", "really?", "Dr.", "wonderfully", "3.5", "और", "sí!"])


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[Word, ...]:
    words, clock_s = [], 0.0
    for _ in range(draw(st.integers(1, 60))):
        clock_s += draw(st.floats(0.0, 2.5))
        end_s = clock_s + draw(st.floats(0.01, 1.5))
        words.append(Word(draw(word_texts), clock_s, end_s, 0.9))
        clock_s = end_s
    return tuple(words)


@settings(deadline=None)
@given(transcripts())
def test_no_word_is_lost_doubled_or_moved(words: tuple[Word, ...]) -> None:
    assert tuple(itertools.chain.from_iterable(split_words(words, PARAMETERS))) == words


@settings(deadline=None)
@given(transcripts())
def test_no_line_is_longer_than_the_limit_unless_it_is_one_word(words: tuple[Word, ...]) -> None:
    for piece in split_words(words, PARAMETERS):
        assert len(piece) == 1 or piece[-1].end_s - piece[0].start_s <= PARAMETERS.maximum_s
