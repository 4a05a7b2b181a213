from __future__ import annotations

import pytest

from models.types import TimeSpan, Transcript, TranscriptSegment, Word
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.stages.judge_transcript import TranscriptParameters, judge_transcript

SENTENCE = "I bake bread at home and it takes one whole day to rise"


def heard(
    text: str, *, log_probability: float = -0.3, no_speech: float = 0.1, word: float = 0.9, ratio: float = 1.0
) -> Transcript:
    words = tuple(
        Word(token, index * 0.4, index * 0.4 + 0.3, word) for index, token in enumerate(text.split())
    )
    return Transcript("en", (TranscriptSegment(words, log_probability, no_speech, ratio),))


def judge(transcript: Transcript, speech_s: float = 5.0) -> None:
    judge_transcript(
        transcript=transcript, regions=(TimeSpan(0.0, speech_s),), parameters=TranscriptParameters()
    )


def test_a_clear_transcript_passes() -> None:
    judge(heard(SENTENCE))


def test_a_refrain_over_many_segments_is_no_repetition() -> None:
    once = heard(SENTENCE).segments
    judge(Transcript("en", once * 20), speech_s=100.0)


@pytest.mark.parametrize(
    ("transcript", "speech_s"),
    [
        pytest.param(heard(""), 5.0, id="nothing"),
        pytest.param(heard(SENTENCE, log_probability=-1.4), 5.0, id="guessed"),
        pytest.param(heard(SENTENCE, word=0.45), 5.0, id="words doubted"),
        pytest.param(heard("thank you " * 40, ratio=9.0), 30.0, id="repeated"),
        pytest.param(heard("you"), 20.0, id="one word in much sound"),
        pytest.param(heard(SENTENCE, log_probability=-1.1, no_speech=0.9), 5.0, id="called silence"),
    ],
)
def test_noise_is_rejected(transcript: Transcript, speech_s: float) -> None:
    with pytest.raises(RejectedInputError) as caught:
        judge(transcript, speech_s)
    assert caught.value.reason_code == "garbage_transcript"
