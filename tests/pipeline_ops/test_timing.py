from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.timing import LineOptions, Placement, TakeOption, TimingRules, place_lines

RULES = TimingRules(stretch_cost=0.0)


def line(index: int, start_s: float, end_s: float, *natural_s: float) -> LineOptions:
    takes = tuple(TakeOption(number, length, length, 0.6 * number) for number, length in enumerate(natural_s))
    return LineOptions(index, start_s, end_s, takes)


def placed(lines: list[LineOptions], video_end_s: float, rules: TimingRules = RULES) -> tuple[Placement, ...]:
    placements = place_lines(lines, video_end_s, rules)
    assert placements is not None
    return placements


def test_a_line_that_fits_stays_where_it_is_at_its_own_speed() -> None:
    (only,) = placed([line(0, 1.0, 3.0, 2.0)], 5.0)
    assert (only.start_s, only.end_s, only.speed, only.flags) == (1.0, 3.0, 1.0, ())


def test_a_short_line_is_followed_by_silence_and_not_slowed_below_the_floor() -> None:
    (only,) = placed([line(0, 1.0, 5.0, 1.5)], 6.0)
    assert 0.85 <= only.speed <= 1.0
    assert only.end_s < 3.0


def test_a_line_that_is_a_little_long_spills_into_the_pause_before_it_is_rushed() -> None:
    (only,) = placed([line(0, 1.0, 3.0, 2.2)], 10.0)
    assert only.speed < 1.1
    assert only.end_s <= 3.25


def test_a_line_with_a_long_pause_after_it_ends_late_and_says_so_before_it_is_rushed() -> None:
    (only,) = placed([line(0, 1.0, 3.4, 3.3)], 10.0)
    assert only.speed == pytest.approx(1.2, abs=0.01)
    assert 3.65 < only.end_s < 4.0
    assert only.flags == ("late_end",)


def test_a_shorter_wording_is_chosen_before_an_uncomfortable_speed() -> None:
    (only,) = placed([line(0, 0.5, 2.5, 3.0, 2.1)], 2.6)
    assert only.take == 1
    assert only.flags == ()


def test_the_plain_wording_is_kept_where_it_fits() -> None:
    (only,) = placed([line(0, 0.5, 2.5, 2.2, 1.8)], 5.0)
    assert only.take == 0


def test_a_line_that_fits_in_no_other_way_is_flagged_and_never_cut() -> None:
    first, second = placed([line(0, 0.0, 1.0, 2.5), line(1, 1.05, 3.0, 1.9)], 3.2)
    assert first.end_s <= second.start_s
    assert set(first.flags + second.flags) & {"too_fast", "late_start", "late_end"}


def test_a_speaker_who_has_to_hurry_hurries_nobody_else() -> None:
    hurried, calm = line(0, 0.0, 2.0, 2.7), line(1, 2.1, 6.0, 2.5)
    _, same = placed([hurried, calm], 9.0)
    _, another = placed([replace(hurried, speaker="ann"), replace(calm, speaker="bob")], 9.0)
    assert same.speed > another.speed == 1.0


def test_what_cannot_fit_the_video_at_all_is_told_apart() -> None:
    assert place_lines([line(0, 0.0, 1.0, 9.0)], 1.0, RULES) is None


def test_an_unstretched_take_is_preferred_once_stretching_costs() -> None:
    takes = (TakeOption(0, 2.0, 2.0), TakeOption(1, 1.75, 2.0))
    (only,) = placed([LineOptions(0, 1.0, 2.7, takes)], 2.8, TimingRules())
    assert only.take == 1
    assert only.stretch == pytest.approx(1.0)


def test_a_crowded_line_takes_time_from_its_neighbour_too() -> None:
    crowded = placed([line(0, 0.0, 2.0, 2.6), line(1, 2.05, 5.0, 2.0)], 6.0)
    assert crowded[0].speed <= 1.3
    assert crowded[1].start_s > 2.05


def test_no_lines_need_no_places() -> None:
    assert place_lines([], 1.0, RULES) == ()


@st.composite
def videos(draw: st.DrawFn) -> tuple[list[LineOptions], float]:
    lines, clock_s = [], 0.0
    for index in range(draw(st.integers(1, 6))):
        # Several speakers may talk at once in the original; their lines never do in the dub.
        start_s = max(lines[-1].start_s if lines else 0.0, clock_s + draw(st.floats(-1.0, 2.0)))
        end_s = start_s + draw(st.floats(0.3, 6.0))
        ratios = draw(st.lists(st.floats(0.4, 1.8), min_size=1, max_size=3))
        lines.append(line(index, start_s, end_s, *[(end_s - start_s) * ratio for ratio in ratios]))
        clock_s = end_s
    return lines, clock_s + draw(st.floats(0.0, 3.0))


@settings(deadline=None, max_examples=60)
@given(videos())
def test_lines_never_overlap_and_none_is_lost_or_cut(video: tuple[list[LineOptions], float]) -> None:
    lines, video_end_s = video
    placements = place_lines(lines, video_end_s, RULES)
    if placements is None:
        return
    assert [place.index for place in placements] == [each.index for each in lines]
    for before, after in itertools.pairwise(placements):
        assert before.end_s <= after.start_s + 1e-6
    for place, each in zip(placements, lines, strict=True):
        natural_s = each.takes[place.take].natural_duration_s
        assert place.end_s - place.start_s == pytest.approx(natural_s / place.speed, abs=1e-5)
        assert place.end_s <= video_end_s + 1e-5
        assert 0.85 - 1e-6 <= place.speed <= 1.3 + 1e-6 or place.flags
