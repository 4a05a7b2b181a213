from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.types import TimeSpan, Transcript, TranscriptSegment, Word
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.stages.judge_transcript import TranscriptParameters, judge_transcript
from tests.pipeline_ops.stages.sounds import write_mono

SENTENCE = "I bake bread at home and it takes one whole day to rise"


def heard(
    text: str, *, log_probability: float = -0.3, no_speech: float = 0.1, word: float = 0.9, ratio: float = 1.0
) -> Transcript:
    words = tuple(
        Word(token, index * 0.4, index * 0.4 + 0.3, word) for index, token in enumerate(text.split())
    )
    return Transcript("en", (TranscriptSegment(words, log_probability, no_speech, ratio),))


RATE_HZ = 16_000


def voice(pitch_hz: np.ndarray) -> np.ndarray:
    """A buzz with the falling harmonics of a voice, at one pitch a sample."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    return (0.1 * sum(np.sin(number * phase) / number for number in range(1, 10))).astype(np.float32)


SPOKEN = voice(150.0 * 2 ** (0.4 * np.sin(2 * np.pi * 2.0 * np.arange(5 * RATE_HZ) / RATE_HZ)))
"""Its pitch glides all the time."""

SUNG = voice(np.repeat([220.0, 247.0, 262.0, 196.0, 220.0], RATE_HZ))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_mono(tmp_path / "spoken.flac", SPOKEN, RATE_HZ)
    write_mono(tmp_path / "sung.flac", SUNG, RATE_HZ)
    return tmp_path


def judge(transcript: Transcript, speech: Path, speech_s: float = 5.0) -> float | None:
    return judge_transcript(
        transcript=transcript,
        speech=speech,
        regions=(TimeSpan(0.0, speech_s),),
        parameters=TranscriptParameters(),
    ).facts.held_note_share


def test_a_clear_transcript_passes(folder: Path) -> None:
    judge(heard(SENTENCE), folder / "spoken.flac")


def test_doubted_words_that_somebody_speaks_pass(folder: Path) -> None:
    share = judge(heard(SENTENCE, word=0.6), folder / "spoken.flac")
    assert share is not None
    assert share < 0.3


def test_doubted_words_that_somebody_sings_are_rejected(folder: Path) -> None:
    with pytest.raises(RejectedInputError) as caught:
        judge(heard(SENTENCE, word=0.6), folder / "sung.flac")
    assert caught.value.reason_code == "garbage_transcript"


def test_a_song_whose_words_are_clear_passes_unasked(folder: Path) -> None:
    assert judge(heard(SENTENCE, word=0.8), folder / "sung.flac") is None


def test_a_refrain_over_many_segments_is_no_repetition(folder: Path) -> None:
    once = heard(SENTENCE).segments
    judge(Transcript("en", once * 20), folder / "spoken.flac", speech_s=100.0)


@pytest.mark.parametrize(
    ("transcript", "speech_s"),
    [
        pytest.param(heard(""), 5.0, id="nothing"),
        pytest.param(heard(SENTENCE, log_probability=-1.4), 5.0, id="guessed"),
        pytest.param(heard(SENTENCE, word=0.4), 5.0, id="words doubted"),
        pytest.param(heard("thank you " * 40, ratio=9.0), 30.0, id="repeated"),
        pytest.param(heard("you"), 20.0, id="one word in much sound"),
        pytest.param(heard(SENTENCE, log_probability=-1.1, no_speech=0.9), 5.0, id="called silence"),
    ],
)
def test_noise_is_rejected(folder: Path, transcript: Transcript, speech_s: float) -> None:
    with pytest.raises(RejectedInputError) as caught:
        judge(transcript, folder / "spoken.flac", speech_s)
    assert caught.value.reason_code == "garbage_transcript"
