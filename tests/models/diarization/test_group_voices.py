from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.diarization import group_voices as module
from models.diarization.group_voices import group_voices
from models.types import SpeakerLimits


def voices_of(persons: list[int], *, spread: float = 0.3, seed: int = 0) -> np.ndarray:
    """One voice for each entry, scattered around its person's own; persons are far apart."""
    random = np.random.default_rng(seed)
    own = np.linalg.qr(random.normal(size=(64, 8)))[0].T
    points = own[persons] + spread * random.normal(size=(len(persons), 64)) / 8
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def group(
    persons: list[int], seconds: list[float] | None = None, limits: SpeakerLimits | None = None
) -> list[int]:
    speech_s = np.array(seconds or [5.0] * len(persons))
    return group_voices(voices_of(persons), speech_s, limits or SpeakerLimits())


def same_partition(one: list[int], other: list[int]) -> bool:
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


@settings(max_examples=50, deadline=None)
@given(persons=st.lists(st.integers(0, 5), min_size=1, max_size=25))
def test_voices_of_one_person_come_together_and_of_two_never(persons: list[int]) -> None:
    assert same_partition(group(persons), persons)


@settings(max_examples=25, deadline=None)
@given(persons=st.lists(st.integers(0, 5), min_size=1, max_size=25), most=st.integers(1, 4))
def test_there_are_never_more_speakers_than_there_may_be(persons: list[int], most: int) -> None:
    found = group(persons, limits=SpeakerLimits(most=most))
    assert len(set(found)) == min(most, len(set(persons)))
    assert set(found) == set(range(len(set(found))))


def test_as_many_speakers_are_found_as_are_expected() -> None:
    assert len(set(group([0, 0, 1, 1, 2, 2], limits=SpeakerLimits(expected=2)))) == 2
    assert len(set(group([0, 0, 0, 0], limits=SpeakerLimits(expected=2)))) == 2


def test_where_too_few_speak_long_enough_there_are_fewer_than_expected() -> None:
    assert group([0, 1], [5.0, 0.6], SpeakerLimits(expected=2)) == [0, 0]


def test_a_cough_is_no_speaker_and_goes_to_the_voice_most_alike() -> None:
    found = group([0, 0, 1, 1, 2], [5.0, 5.0, 5.0, 5.0, 0.6])
    assert len(set(found)) == 2


def test_a_speaker_of_many_short_answers_counts() -> None:
    assert same_partition(group([0, 1, 0, 1, 0, 1], [4.0, 0.6] * 3), [0, 1, 0, 1, 0, 1])


def test_who_speaks_least_of_all_still_speaks_where_nobody_speaks_longer() -> None:
    assert group([0], [0.6]) == [0]


def test_the_less_was_heard_of_a_voice_the_less_alike_it_has_to_be() -> None:
    voices = np.array([[1.0, 0.0], [0.4, float(np.sqrt(1 - 0.4**2))]], np.float32)
    limits = SpeakerLimits(minimum_speech_s=0.0)
    assert group_voices(voices, np.array([9.0, 0.5]), limits) == [0, 0]
    assert group_voices(voices, np.array([9.0, 1.5]), limits) == [0, 1]


def test_short_uncertain_voices_do_not_move_a_person() -> None:
    at_deg = np.radians([0.0, 40.0, 82.0])
    voices = np.stack([np.cos(at_deg), np.sin(at_deg)], axis=1).astype(np.float32)
    limits = SpeakerLimits(minimum_speech_s=0.0)
    # Half way between the first two the third is 62 degrees off, from the first alone 82: too far.
    assert group_voices(voices, np.array([9.0, 9.0, 9.0]), limits, alike=0.4) == [0, 0, 0]
    assert group_voices(voices, np.array([9.0, 0.5, 9.0]), limits, alike=0.4) == [0, 0, 1]


def test_gathering_in_parts_finds_the_same_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    persons = [0, 1, 2] * 10
    monkeypatch.setattr(module, "MOST_AT_ONCE", 7)
    assert same_partition(group(persons), persons)


def test_limits_that_nobody_can_keep_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 3 speakers of at most 2"):
        SpeakerLimits(expected=3, most=2)
