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


def test_the_bed_is_the_same_whatever_the_blocks(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    original, background = random.normal(0, 0.1, (2, 2 * RATE_HZ, 2)).astype(np.float32)
    for name, samples in (("original", original), ("background", background)):
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE_HZ, subtype="FLOAT")
    spoken = [TimeSpan(0.5, 1.2)]
    beds = [
        np.concatenate(
            list(bed_blocks(tmp_path / "original.wav", tmp_path / "background.wav", spoken, block_s))
        )
        for block_s in (0.13, 5.0)
    ]
    assert np.allclose(*beds)
    assert np.array_equal(beds[0][: RATE_HZ // 2], original[: RATE_HZ // 2])
    middle = slice(round(0.7 * RATE_HZ), RATE_HZ)
    assert np.allclose(beds[0][middle], background[middle], atol=1e-6)
