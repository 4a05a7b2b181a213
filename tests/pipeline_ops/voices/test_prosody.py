from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import Melody, VoiceDesign
from pipeline_ops.quality.pitch import Pitch
from pipeline_ops.voices.prosody import (
    LEAST_RANGE,
    LEAST_RISE_SEMITONES,
    MOST_RANGE,
    MOST_RISE_SEMITONES,
    SHIFT_LIMIT_SEMITONES,
    LineProsody,
    compare_lines,
    pitched_like,
    said_like,
)

CALM = Pitch(100.0, 4.0)
PLAIN = VoiceDesign.of("one")


def test_a_line_is_compared_with_what_is_usual_of_its_speaker() -> None:
    lively = Pitch(100.0 * 2 ** (2 / 12), 5.0)
    others = [(9, "bob", Pitch(200.0, 9.0))] * 3
    lines = compare_lines([(0, "ann", CALM), (1, "ann", CALM), (2, "ann", lively), *others])
    assert lines[:3] == (LineProsody(0), LineProsody(1), LineProsody(2, 2.0, 1.25))


def test_of_two_lines_none_is_usual() -> None:
    lines = compare_lines([(0, "ann", CALM), (1, "ann", Pitch(150.0, 9.0))])
    assert lines == (LineProsody(0), LineProsody(1))


def test_a_line_without_pitch_is_said_as_usual() -> None:
    lines = compare_lines([(0, "ann", CALM), (1, "ann", None), (2, "ann", CALM), (3, "ann", CALM)])
    assert lines[1] == LineProsody(1)


@given(st.lists(st.builds(Pitch, st.floats(60, 420), st.floats(0, 20)), min_size=3, max_size=9))
def test_no_line_is_moved_beyond_what_a_voice_can_follow(pitches: list[Pitch]) -> None:
    for line in compare_lines((index, "ann", pitch) for index, pitch in enumerate(pitches)):
        assert LEAST_RISE_SEMITONES <= line.rise_semitones <= MOST_RISE_SEMITONES
        assert LEAST_RANGE <= line.range_factor <= MOST_RANGE


def test_a_line_moves_the_voice_from_where_it_is() -> None:
    voice = replace(PLAIN, melody=Melody(-2.0, 1.2))
    assert said_like(voice, LineProsody(0, 3.0, 0.75)).melody == Melody(1.0, 0.9)
    assert said_like(voice, LineProsody(0)) == voice


def test_a_voice_is_brought_to_the_height_and_range_of_a_speaker() -> None:
    moved = pitched_like(PLAIN, Pitch(200.0, 4.0), Pitch(200.0 * 2 ** (-3 / 12), 5.0))
    assert moved == replace(PLAIN, melody=Melody(-3.0, 1.25))


def test_a_voice_is_not_moved_further_than_it_stays_natural() -> None:
    assert pitched_like(PLAIN, Pitch(300.0, 1.0), Pitch(80.0, 9.0)).melody == Melody(
        -SHIFT_LIMIT_SEMITONES, MOST_RANGE
    )


@pytest.mark.parametrize(("by_itself", "wanted"), [(None, CALM), (CALM, None)])
def test_a_voice_stays_where_it_is_if_a_pitch_is_not_known(
    by_itself: Pitch | None, wanted: Pitch | None
) -> None:
    assert pitched_like(PLAIN, by_itself, wanted) == PLAIN
