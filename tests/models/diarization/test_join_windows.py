from __future__ import annotations

import numpy as np
import pytest

from models.diarization.join_windows import speech_of, turns_of
from models.diarization.local_voices import MOMENTS_A_STEP, LocalVoice, moment_start_s
from models.diarization.segmentation_network import MOMENTS
from models.types import SpeakerTurn

NEAR = 0.03
"""Turns are counted in moments, and the first one begins a little into the sound."""


def local(window: int, *spans_s: tuple[float, float], voice: tuple[float, float] = (1.0, 0.0)) -> LocalVoice:
    """One speaker of a window, who talks in spans given on the whole sound's clock."""
    starts_s = np.array([moment_start_s(window * MOMENTS_A_STEP + moment) for moment in range(MOMENTS)])
    active = np.zeros(MOMENTS, np.bool_)
    for start_s, end_s in spans_s:
        active |= (starts_s >= start_s) & (starts_s < end_s)
    return LocalVoice(window, active, active, np.array(voice, np.float32))


def spans(turns: tuple[SpeakerTurn, ...]) -> list[tuple[str, float, float]]:
    return [(turn.voice, round(turn.start_s, 1), round(turn.end_s, 1)) for turn in turns]


def test_nobody_heard_gives_no_turns() -> None:
    assert turns_of([], []) == ()


def test_two_windows_that_hear_the_same_give_one_turn() -> None:
    turns = turns_of([local(0, (2.0, 9.0)), local(1, (2.0, 9.0))], [0, 0])
    assert spans(turns) == [("voice_1", 2.0, 9.0)]
    assert turns[0].confidence == 1.0


def test_voices_are_numbered_as_they_are_first_heard() -> None:
    turns = turns_of([local(0, (4.0, 6.0)), local(0, (1.0, 3.0), voice=(0.0, 1.0))], [0, 1])
    assert spans(turns) == [("voice_1", 1.0, 3.0), ("voice_2", 4.0, 6.0)]


def test_two_who_talk_at_once_both_have_their_turn() -> None:
    turns = turns_of([local(0, (1.0, 4.0)), local(0, (3.0, 6.0), voice=(0.0, 1.0))], [0, 1])
    assert spans(turns) == [("voice_1", 1.0, 4.0), ("voice_2", 3.0, 6.0)]


def test_a_breath_within_a_turn_does_not_part_it() -> None:
    turns = turns_of([local(0, (1.0, 2.0), (2.2, 3.0))], [0])
    assert spans(turns) == [("voice_1", 1.0, 3.0)]


def test_a_word_of_another_in_a_breath_parts_the_turn() -> None:
    turns = turns_of([local(0, (1.0, 2.0), (2.25, 3.0)), local(0, (2.0, 2.25), voice=(0.0, 1.0))], [0, 1])
    assert spans(turns) == [("voice_1", 1.0, 2.0), ("voice_2", 2.0, 2.2), ("voice_1", 2.2, 3.0)]


def test_local_speakers_who_are_one_person_talk_once() -> None:
    turns = turns_of([local(0, (1.0, 4.0)), local(0, (3.0, 6.0))], [0, 0])
    assert spans(turns) == [("voice_1", 1.0, 6.0)]


def test_what_lies_deep_inside_a_window_counts_more_than_what_lies_at_its_edge() -> None:
    # The second window begins at 5 s and the first ends at 10 s: from 7.5 s on the second is heeded.
    turns = turns_of([local(0, (5.1, 9.9)), local(1, (14.0, 14.5))], [0, 0])
    assert turns[0].start_s == pytest.approx(5.1, abs=NEAR)
    assert turns[0].end_s == pytest.approx(7.5, abs=2 * NEAR)


def test_a_voice_that_lies_between_two_is_less_sure() -> None:
    middle = (float(np.sqrt(0.5)), float(np.sqrt(0.5)))
    turns = turns_of(
        [local(0, (0.0, 4.0)), local(0, (5.0, 9.0), voice=(0.0, 1.0)), local(1, (11.0, 12.0), voice=middle)],
        [0, 1, 0],
    )
    first, second, doubtful = turns
    assert doubtful.confidence < 0.4 < min(first.confidence, second.confidence)


def test_speech_that_two_windows_hear_is_counted_once() -> None:
    both = speech_of([local(0, (6.0, 8.0)), local(1, (6.0, 8.0))])
    assert both.sum() == pytest.approx(2.0, abs=NEAR)
