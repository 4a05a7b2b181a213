from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UnsupportedLanguageError
from models.types import LanguageIdentification, TimeSpan, Transcript, TranscriptSegment, Word
from pipeline_ops.stages.transcribe import (
    LONGEST_PAUSE_S,
    LONGEST_PIECE_S,
    MARGIN_S,
    fit_word,
    fit_words,
    pieces_of,
    transcribe,
)
from tests.models.embedded import CLIP, SPOKEN_S, engine
from tests.pipeline_ops.stages.sounds import decoded, write_mono

RATE_HZ = 16_000
ENGLISH = LanguageIdentification("en", 0.99)


def segment(*words: Word) -> TranscriptSegment:
    return TranscriptSegment(words, -0.2, 0.01, 1.3)


class Clicks:
    """Hears a word wherever there is a click: what the stage does with times is tested here, not a model."""

    sample_rate_hz = RATE_HZ
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.heard_s: list[float] = []

    def transcribe(self, samples: np.ndarray, language: str) -> Transcript:
        if language not in self.languages:
            raise UnsupportedLanguageError(language)
        self.heard_s.append(len(samples) / RATE_HZ)
        clicks_s = np.flatnonzero(samples > 0.5) / RATE_HZ
        words = (Word(f"word{number}", at_s, at_s + 0.05, 0.9) for number, at_s in enumerate(clicks_s))
        return Transcript(language, (segment(*words),))


def spans(*edges_s: tuple[float, float]) -> tuple[TimeSpan, ...]:
    return tuple(TimeSpan(*edge_s) for edge_s in edges_s)


def clicks_at(path: Path, *times_s: float, duration_s: float) -> Path:
    samples = np.zeros(round(duration_s * RATE_HZ), np.float32)
    samples[[round(time_s * RATE_HZ) for time_s in times_s]] = 0.9
    return write_mono(path, samples, RATE_HZ)


def test_words_have_the_times_of_the_video_whichever_piece_they_are_in(tmp_path: Path) -> None:
    speech = clicks_at(tmp_path / "speech.flac", 1.0, 6.0, 50.25, duration_s=60.0)
    regions = spans((0.9, 1.5), (5.5, 6.5), (50.0, 51.0))
    model = Clicks()
    result = transcribe(speech=speech, regions=regions, language=ENGLISH, model=model)
    assert [word.start_s for word in result.transcript.words] == pytest.approx([1.0, 6.0, 50.25], abs=1e-4)
    assert result.transcript.language == "en"
    assert len(result.transcript.segments) == len(model.heard_s) == 3
    assert model.heard_s == pytest.approx([1.0, 1.4, 1.4])  # the regions with their margins, and no silence


def test_where_nobody_speaks_nothing_is_asked(tmp_path: Path) -> None:
    model = Clicks()
    speech = clicks_at(tmp_path / "speech.flac", duration_s=5.0)
    result = transcribe(speech=speech, regions=(), language=ENGLISH, model=model)
    assert result.transcript == Transcript("en", ())
    assert model.heard_s == []


def test_a_language_that_the_recogniser_does_not_write_is_told(tmp_path: Path) -> None:
    speech = clicks_at(tmp_path / "speech.flac", duration_s=5.0)
    with pytest.raises(UnsupportedLanguageError):
        transcribe(
            speech=speech,
            regions=spans((1.0, 2.0)),
            language=LanguageIdentification("xx", 0.9),
            model=Clicks(),
        )


@pytest.mark.models
def test_the_real_recogniser_writes_down_the_demo_clip(tmp_path: Path) -> None:
    speech = decoded(CLIP, tmp_path / "speech.flac", RATE_HZ, 1)
    regions = spans((0.5, 3.3), (3.9, 6.9), (7.8, 11.4), (12.2, 14.0))
    model = engine("speech_recognition", "en")
    transcript = transcribe(speech=speech, regions=regions, language=ENGLISH, model=model).transcript
    said = transcript.text.lower()
    for word in ("kitchen", "bread", "flour", "dough"):
        assert word in said
    for start_s in SPOKEN_S:
        assert min(abs(word.start_s - start_s) for word in transcript.words) < 0.3


def test_pieces_are_cut_at_long_pauses() -> None:
    pieces = pieces_of(spans((1.0, 2.0), (3.0, 4.0), (6.5, 7.0)), 10.0)
    assert pieces == spans((1.0 - MARGIN_S, 4.0 + MARGIN_S), (6.5 - MARGIN_S, 7.0 + MARGIN_S))


def test_a_piece_that_would_be_too_long_is_cut_at_its_longest_pause() -> None:
    regions = spans((0.0, 5.0), (5.5, 12.0), (13.5, 20.0), (20.4, 30.0))
    first, second = pieces_of(regions, 30.0)
    assert first.end_s == pytest.approx(12.0 + MARGIN_S)
    assert second.start_s == pytest.approx(13.5 - MARGIN_S)


def test_of_equal_pauses_the_most_central_is_cut_so_that_no_piece_is_a_single_word() -> None:
    regions = spans(*((1.5 * number, 1.5 * number + 1.0) for number in range(200)))
    pieces = pieces_of(regions, 300.0)
    assert min(piece.duration_s for piece in pieces) > 10.0
    assert len(pieces) <= 2 * 300.0 / LONGEST_PIECE_S


def test_forty_minutes_without_a_long_pause_are_no_trouble() -> None:
    # Each pause a little shorter than the one before: every cut takes off one region.
    starts_s = np.cumsum([1.0 + 1.9 * (1 - number / 1200) for number in range(1200)])
    regions = spans(*((float(start_s), float(start_s) + 1.0) for start_s in starts_s))
    pieces = pieces_of(regions, float(starts_s[-1]) + 2.0)
    assert max(piece.duration_s for piece in pieces) <= LONGEST_PIECE_S + 2 * MARGIN_S


@st.composite
def regions_of_speech(draw: st.DrawFn, count: int = 40) -> tuple[TimeSpan, ...]:
    """Regions in steps of 32 ms, as the detector counts, or of any length."""
    regions, clock_s = [], 0.0
    step_s = draw(st.sampled_from([0.032, 0.0007]))
    for _ in range(draw(st.integers(0, count))):
        clock_s += step_s * draw(st.integers(1, round(4.0 / step_s)))
        end_s = clock_s + step_s * draw(st.integers(1, round(40.0 / step_s)))
        regions.append(TimeSpan(clock_s, end_s))
        clock_s = end_s
    return tuple(regions)


def end_of(regions: Sequence[TimeSpan]) -> float:
    return regions[-1].end_s if regions else 0.0


@settings(deadline=None)
@given(regions_of_speech(), st.floats(0.0, 3.0))
def test_pieces_cover_every_region_and_never_overlap(regions: tuple[TimeSpan, ...], rest_s: float) -> None:
    duration_s = end_of(regions) + rest_s
    pieces = pieces_of(regions, duration_s)
    for before, after in itertools.pairwise(pieces):
        assert before.end_s <= after.start_s
    for region in regions:
        assert sum(piece.start_s <= region.start_s and region.end_s <= piece.end_s for piece in pieces) == 1
    assert all(0.0 <= piece.start_s < piece.end_s <= duration_s for piece in pieces)


@settings(deadline=None)
@given(regions_of_speech())
def test_a_piece_is_no_longer_than_the_limit_unless_it_is_one_region(regions: tuple[TimeSpan, ...]) -> None:
    for piece in pieces_of(regions, end_of(regions) + 5.0):
        within = [region for region in regions if piece.start_s <= region.start_s < piece.end_s]
        speech_s = within[-1].end_s - within[0].start_s
        assert len(within) == 1 or speech_s <= LONGEST_PIECE_S
        assert piece.duration_s <= speech_s + 2 * MARGIN_S + 1e-9
        for before, after in itertools.pairwise(within):
            assert after.start_s - before.end_s <= LONGEST_PAUSE_S


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
