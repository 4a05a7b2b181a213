from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.types import TimeSpan, Utterance, Word
from pipeline_ops.media.bed import (
    FADE_S,
    MARGIN_S,
    REACH_AFTER_S,
    REACH_BEFORE_S,
    bed_blocks,
    spoken_spans,
    voice_share,
)

RATE_HZ = 8000
BED_RATE_HZ = 48_000


def line(start_s: float, end_s: float) -> Utterance:
    return Utterance(0, "speaker_1", start_s, end_s, "word", (Word("word", start_s, end_s, 0.9),))


def test_speech_that_the_recogniser_ended_early_counts_to_its_end() -> None:
    (span,) = spoken_spans([TimeSpan(1.0, 2.3)], [line(1.0, 2.0)])
    assert (span.start_s, span.end_s) == pytest.approx((1.0 - MARGIN_S, 2.3 + MARGIN_S))


def test_music_that_the_detector_took_for_speech_stays_original() -> None:
    (span,) = spoken_spans([TimeSpan(0.0, 9.0)], [line(4.0, 5.0)])
    assert (span.start_s, span.end_s) == pytest.approx(
        (4.0 - REACH_BEFORE_S - MARGIN_S, 5.0 + REACH_AFTER_S + MARGIN_S)
    )


def test_singing_just_before_a_line_stays_original() -> None:
    (span,) = spoken_spans([TimeSpan(0.0, 2.0)], [line(1.0, 2.0)])
    assert span.start_s >= 0.75


def test_a_beginning_that_the_recogniser_heard_a_little_late_counts() -> None:
    (span,) = spoken_spans([TimeSpan(0.9, 2.0)], [line(1.0, 2.0)])
    assert span.start_s == pytest.approx(0.9 - MARGIN_S)


def test_a_word_counts_where_the_detector_is_silent() -> None:
    (span,) = spoken_spans([], [line(1.0, 2.0)])
    assert span.end_s == pytest.approx(2.0 + MARGIN_S)


def test_spans_that_touch_become_one() -> None:
    assert len(spoken_spans([TimeSpan(0.0, 5.0)], [line(1.0, 2.0), line(2.1, 3.0)])) == 1


def test_the_share_is_whole_within_speech_and_none_away_from_it() -> None:
    share = voice_share([TimeSpan(1.0, 2.0)], 0, 3 * RATE_HZ, RATE_HZ)
    assert share[: RATE_HZ - 1].max() == 0
    assert share[round((1 + FADE_S) * RATE_HZ) + 1 : round((2 - FADE_S) * RATE_HZ) - 1].min() == 1
    assert np.abs(np.diff(share)).max() < 0.01


def bed_of(folder: Path, original: np.ndarray, background: np.ndarray, spoken: TimeSpan) -> np.ndarray:
    for name, samples in (("original", original), ("background", background)):
        soundfile.write(folder / f"{name}.wav", samples, BED_RATE_HZ, subtype="FLOAT")
    return np.concatenate(list(bed_blocks(folder / "original.wav", folder / "background.wav", [spoken])))


def test_the_bed_is_the_original_away_from_speech_and_the_background_within(tmp_path: Path) -> None:
    length = round(12.3 * BED_RATE_HZ)
    background = np.random.default_rng(4).normal(0, 0.1, (length, 2)).astype(np.float32)
    original = background.copy()
    original[5 * BED_RATE_HZ : 6 * BED_RATE_HZ] += 0.1
    bed = bed_of(tmp_path, original, background, TimeSpan(4.8, 6.2))
    assert np.array_equal(bed[: 4 * BED_RATE_HZ], original[: 4 * BED_RATE_HZ])
    assert np.array_equal(bed[7 * BED_RATE_HZ :], original[7 * BED_RATE_HZ :])
    within = slice(round(5.2 * BED_RATE_HZ), round(5.8 * BED_RATE_HZ))
    assert np.abs(bed[within] - background[within]).std() < 0.02


def test_music_that_went_with_the_voice_is_made_up_for_in_every_piece_of_a_long_bed(tmp_path: Path) -> None:
    original = np.random.default_rng(5).normal(0, 0.1, (11 * BED_RATE_HZ, 1)).astype(np.float32)
    spoken = TimeSpan(4.5, 5.5)  # over the edge between two pieces
    background = original.copy()
    background[round(4.5 * BED_RATE_HZ) : round(5.5 * BED_RATE_HZ)] = 0.0
    bed = bed_of(tmp_path, original, background, spoken)
    levels = [
        bed[round(start_s * BED_RATE_HZ) : round((start_s + 0.2) * BED_RATE_HZ)].std()
        for start_s in (4.65, 4.9, 5.15)
    ]
    assert levels == pytest.approx([0.1] * 3, rel=0.25)
