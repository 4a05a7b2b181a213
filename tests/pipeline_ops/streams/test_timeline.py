from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.streams.encode_picture import DECODING_DELAY, decoding_times
from pipeline_ops.streams.timeline import (
    SNAP_S,
    SOUND_FRAME_S,
    TIMESCALE_HZ,
    schedule_frames,
    segment_duration,
    segment_starts,
    streamed_duration,
)


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[float], float]:
    """Draw when frames of any rate are shown, and how long the presentation lasts."""
    first = draw(st.floats(0, 2))
    gaps = draw(st.lists(st.floats(0.004, 3.0), min_size=1, max_size=60))
    times = [first + sum(gaps[:number]) for number in range(len(gaps))]
    return times, times[-1] + draw(st.floats(0.01, 8.0))


@pytest.mark.parametrize(
    ("rate_hz", "segment_s"),
    [(25, "3.84"), (50, "3.84"), (30, "56/15"), (60, "56/15"), (24, "8/3"), (30000 / 1001, "3.84")],
)
def test_segments_are_whole_frames_of_sound_and_of_picture_where_that_can_be(
    rate_hz: float, segment_s: str
) -> None:
    assert segment_duration(rate_hz) == Fraction(segment_s)


@given(st.floats(1, 240))
def test_segments_are_whole_frames_of_sound_at_any_rate(rate_hz: float) -> None:
    duration = segment_duration(rate_hz)
    assert (duration / SOUND_FRAME_S).denominator == 1
    assert (duration * TIMESCALE_HZ).denominator == 1
    assert 2.5 <= duration <= 5.5


@given(st.floats(0.5, 2000), st.floats(1, 240))
def test_no_segment_is_shorter_than_a_frame_of_sound(duration_s: float, rate_hz: float) -> None:
    segment = segment_duration(rate_hz)
    starts, streamed = segment_starts(duration_s, segment), streamed_duration(duration_s, segment)
    assert starts[0] == 0
    assert SOUND_FRAME_S <= streamed - starts[-1] <= segment
    assert 0 <= duration_s - streamed < SOUND_FRAME_S


@given(pictures(), st.sampled_from([24.0, 25.0, 29.97, 30.0]))
def test_every_segment_begins_with_a_keyframe_exactly_there(
    picture: tuple[list[float], float], rate_hz: float
) -> None:
    times, duration_s = picture
    segment = segment_duration(rate_hz)
    schedule = schedule_frames(np.array(times), duration_s, segment)
    starts = [start * TIMESCALE_HZ for start in segment_starts(duration_s, segment)]
    assert schedule.ticks[schedule.keyframes].tolist() == starts
    assert (np.diff(schedule.ticks) > 0).all()
    assert (np.diff(schedule.frames) >= 0).all()
    assert schedule.end_tick > schedule.ticks[-1]


@given(pictures(), st.floats(0, 1))
def test_what_is_on_screen_is_what_the_source_shows_at_that_moment(
    picture: tuple[list[float], float], where: float
) -> None:
    times, duration_s = picture
    schedule = schedule_frames(np.array(times), duration_s, segment_duration(25))
    moment_s = where * float(schedule.end_tick - 1) / TIMESCALE_HZ
    shown = schedule.frames[np.searchsorted(schedule.ticks, moment_s * TIMESCALE_HZ, side="right") - 1]
    near = [
        max(0, int(np.searchsorted(times, moment_s + moved, side="right")) - 1)
        for moved in (-SNAP_S - 1e-5, 0, SNAP_S + 1e-5)
    ]
    assert min(near) <= shown <= max(near)


def test_a_picture_that_starts_late_or_ends_early_is_held() -> None:
    schedule = schedule_frames(np.array([0.5, 0.54, 0.58]), 9.0, segment_duration(25))
    assert schedule.ticks[0] == 0
    assert (schedule.ticks[schedule.keyframes] / TIMESCALE_HZ).tolist() == [0, 3.84, 7.68]
    assert schedule.frames.tolist() == [0, 1, 2, 2, 2]
    assert sum(schedule.duration_ticks(place) for place in range(5)) == 9 * TIMESCALE_HZ


@given(st.permutations(range(8)), st.lists(st.integers(1, 90_000), min_size=9, max_size=9))
def test_frames_are_decoded_in_order_in_time_and_from_the_segments_start_on(
    order: list[int], gaps: list[int]
) -> None:
    times = [sum(gaps[:number]) for number in range(9)]
    shown = [times[0], *(times[1 + place] for place in order)]
    decoded = decoding_times(shown)
    assert decoded[0] == shown[0]
    assert all(before < after for before, after in itertools.pairwise(decoded))
    assert all(time <= start + DECODING_DELAY for time, start in zip(decoded, shown, strict=True))
    assert decoded[-1] <= times[-1]
