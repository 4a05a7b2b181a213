from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import TimeSpan, Transcript, TranscriptSegment, Word
from pipeline_ops.word_times import fit_word, fit_words, shifted, with_usual_first_words
from tests.pipeline_ops.words import regions_of_speech, segment, spans


def words_of(*times_s: tuple[float, float]) -> Transcript:
    return Transcript("en", (segment(*(Word("word", *time_s, 0.9) for time_s in times_s)),))


def test_a_transcript_that_is_shifted_keeps_its_words() -> None:
    later = shifted(words_of((0.0, 0.5), (0.5, 1.0)), 2.0)
    assert later == words_of((2.0, 2.5), (2.5, 3.0))


def test_a_first_word_that_lasts_longer_than_two_usual_ones_begins_later() -> None:
    [piece] = with_usual_first_words([words_of((0.0, 1.4), (1.4, 1.7), (1.7, 2.0))])
    assert piece.words[0].start_s == pytest.approx(0.8)
    assert piece.words[0].end_s == 1.4
    assert piece.words[1:] == words_of((1.4, 1.7), (1.7, 2.0)).words


def test_what_is_usual_is_learnt_from_all_pieces() -> None:
    pieces = [words_of((0.0, 1.4)), words_of((5.0, 5.2), (5.2, 5.4))]
    assert with_usual_first_words(pieces)[0].words[0].start_s == pytest.approx(1.0)


def test_a_long_word_that_is_not_the_first_keeps_its_beginning() -> None:
    piece = words_of((0.0, 0.2), (0.2, 1.4), (1.4, 1.6))
    assert with_usual_first_words([piece]) == (piece,)


def test_a_single_drawn_out_word_may_be_long_where_there_is_nothing_to_compare_it_with() -> None:
    piece = words_of((0.0, 1.2))
    assert with_usual_first_words([piece]) == (piece,)


def test_pieces_without_words_stay_as_they_are() -> None:
    empty = Transcript("en", ())
    assert with_usual_first_words([empty]) == (empty,)


@pytest.mark.parametrize(
    ("word_s", "fitted_s"),
    [
        ((1.2, 1.8), (1.2, 1.8)),  # inside
        ((0.3, 1.4), (1.0, 1.4)),  # reaches into the silence before
        ((1.6, 2.9), (1.6, 2.0)),  # and after
        ((0.95, 2.05), (0.95, 2.05)),  # by no more than the detector is late
        ((1.9, 5.6), (5.0, 5.6)),  # over a pause: to where most of it is
        ((3.0, 3.5), (3.0, 3.5)),  # in silence alone: there is nothing to draw it to
    ],
)
def test_a_word_is_drawn_out_of_silence(word_s: tuple[float, float], fitted_s: tuple[float, float]) -> None:
    fitted = fit_word(Word("word", *word_s, 0.9), spans((1.0, 2.0), (5.0, 6.0)))
    assert (fitted.start_s, fitted.end_s) == fitted_s


def test_a_word_may_span_a_gap_that_is_no_pause() -> None:
    word = Word("statue", 1.0, 2.0, 0.9)
    [fitted] = fit_words([segment(word)], spans((1.0, 1.4), (1.6, 2.0)))
    assert fitted.words == (word,)


@st.composite
def segments_of_words(draw: st.DrawFn) -> list[TranscriptSegment]:
    """Words in order, as recognisers give them, over 20 s, some of no length."""
    found, clock_s = [], 0.0
    for number in range(draw(st.integers(0, 5))):
        words = []
        for position in range(draw(st.integers(0, 6))):
            clock_s += draw(st.floats(0.0, 1.5))
            end_s = clock_s + draw(st.floats(0.0, 1.5))
            words.append(Word(f"{number}.{position}", clock_s, end_s, 0.9))
            clock_s = end_s
        found.append(segment(*words))
    return found


@settings(deadline=None)
@given(segments_of_words(), regions_of_speech(count=8))
def test_fitting_keeps_words_and_their_order_and_runs_no_time_backwards(
    segments: list[TranscriptSegment], regions: tuple[TimeSpan, ...]
) -> None:
    fitted = fit_words(segments, regions)
    assert [[word.text for word in each.words] for each in fitted] == [
        [word.text for word in each.words] for each in segments
    ]
    times_s = [time_s for each in fitted for word in each.words for time_s in (word.start_s, word.end_s)]
    assert times_s == sorted(times_s)
