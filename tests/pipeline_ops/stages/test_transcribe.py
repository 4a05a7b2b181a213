from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UnsupportedLanguageError
from models.types import LanguageIdentification, TimeSpan, Transcript, Word
from pipeline_ops.stages.transcribe import (
    LONGEST_PAUSE_S,
    LONGEST_PIECE_S,
    MARGIN_S,
    pieces_of,
    transcribe,
)
from tests.models.embedded import CLIP, SPOKEN_S, engine
from tests.pipeline_ops.stages.sounds import decoded, write_mono
from tests.pipeline_ops.words import regions_of_speech, segment, spans

RATE_HZ = 16_000
ENGLISH = LanguageIdentification("en", 0.99)


class Clicks:
    """Hears a word wherever there is a click: what the stage does with times is tested here, not a model."""

    sample_rate_hz = RATE_HZ
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.heard_s: list[float] = []
        self.loudest = 0.0

    def transcribe(self, samples: np.ndarray, language: str) -> Transcript:
        if language not in self.languages:
            raise UnsupportedLanguageError(language)
        self.heard_s.append(len(samples) / RATE_HZ)
        self.loudest = max(self.loudest, float(samples.max(initial=0.0)))
        clicks_s = np.flatnonzero(samples > 0.5) / RATE_HZ
        words = (Word(f"word{number}", at_s, at_s + 0.05, 0.9) for number, at_s in enumerate(clicks_s))
        return Transcript(language, (segment(*words),))


def clicks_at(path: Path, *times_s: float, duration_s: float) -> Path:
    samples = np.zeros(round(duration_s * RATE_HZ), np.float32)
    samples[[round(time_s * RATE_HZ) for time_s in times_s]] = 0.9
    return write_mono(path, samples, RATE_HZ)


def silence_beside(speech: Path) -> Path:
    silence = np.zeros(soundfile.info(str(speech)).frames, np.float32)
    return write_mono(speech.with_name("background.flac"), silence, RATE_HZ)


def test_words_have_the_times_of_the_video_whichever_piece_they_are_in(tmp_path: Path) -> None:
    speech = clicks_at(tmp_path / "speech.flac", 1.0, 6.0, 50.25, duration_s=60.0)
    regions = spans((0.9, 1.5), (5.5, 6.5), (50.0, 51.0))
    model = Clicks()
    result = transcribe(
        speech=speech, background=silence_beside(speech), regions=regions, language=ENGLISH, model=model
    )
    assert [word.start_s for word in result.transcript.words] == pytest.approx([1.0, 6.0, 50.25], abs=1e-4)
    assert result.transcript.language == "en"
    assert len(result.transcript.segments) == len(model.heard_s) == 3
    assert model.heard_s == pytest.approx([1.0, 1.4, 1.4])  # the regions with their margins, and no silence


def test_where_nobody_speaks_nothing_is_asked(tmp_path: Path) -> None:
    model = Clicks()
    speech = clicks_at(tmp_path / "speech.flac", duration_s=5.0)
    result = transcribe(
        speech=speech, background=silence_beside(speech), regions=(), language=ENGLISH, model=model
    )
    assert result.transcript == Transcript("en", ())
    assert model.heard_s == []


def test_half_of_the_background_is_heard_too(tmp_path: Path) -> None:
    speech = clicks_at(tmp_path / "speech.flac", 1.0, duration_s=3.0)
    background = clicks_at(tmp_path / "background.flac", 1.0, 2.0, duration_s=3.0)
    model = Clicks()
    transcribe(speech=speech, background=background, regions=spans((0.5, 2.5)), language=ENGLISH, model=model)
    assert model.loudest == pytest.approx(0.9 + 0.9 * 0.5, abs=1e-3)


def test_a_language_that_the_recogniser_does_not_write_is_told(tmp_path: Path) -> None:
    speech = clicks_at(tmp_path / "speech.flac", duration_s=5.0)
    with pytest.raises(UnsupportedLanguageError):
        transcribe(
            speech=speech,
            background=silence_beside(speech),
            regions=spans((1.0, 2.0)),
            language=LanguageIdentification("xx", 0.9),
            model=Clicks(),
        )


@pytest.mark.models
def test_the_real_recogniser_writes_down_the_demo_clip(tmp_path: Path) -> None:
    speech = decoded(CLIP, tmp_path / "speech.flac", RATE_HZ, 1)
    regions = spans((0.5, 3.3), (3.9, 6.9), (7.8, 11.4), (12.2, 14.0))
    model = engine("speech_recognition", "en")
    transcript = transcribe(
        speech=speech, background=silence_beside(speech), regions=regions, language=ENGLISH, model=model
    ).transcript
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
