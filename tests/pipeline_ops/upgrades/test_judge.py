from __future__ import annotations

import pytest

from pipeline_ops.errors import SettingsError
from pipeline_ops.upgrades.judge import (
    TOLERANCES,
    Judged,
    compare_wave,
    judge,
    tolerances_with,
    why_stop,
)

OLD = {"meaning_flagged": 0.1, "lip_correlation": 0.5}


@pytest.mark.parametrize(
    ("new", "choice", "reason"),
    [
        (OLD, "accepted", "Not worse"),
        ({**OLD, "meaning_flagged": 0.0}, "accepted", "Not worse"),
        ({**OLD, "meaning_flagged": 0.15}, "accepted", "Not worse"),
        ({**OLD, "meaning_flagged": 0.2}, "kept", "meaning_flagged from 0.1 to 0.2"),
        ({**OLD, "lip_correlation": 0.4}, "kept", "lip_correlation from 0.5 to 0.4"),
        ({**OLD, "lip_correlation": 0.9}, "accepted", "Not worse"),
        ({"meaning_flagged": 0.1}, "kept", "no lip_correlation: 0.5 before"),
        ({**OLD, "timing_flagged": 1.0}, "accepted", "Not worse"),
        (None, "failed", "Stage translate failed"),
    ],
)
def test_a_new_version_is_taken_unless_a_metric_is_worse_by_more_than_it_may(
    new: dict[str, float] | None, choice: str, reason: str
) -> None:
    judged = judge(OLD, new, TOLERANCES, video="talk", failure="Stage translate failed.")
    assert judged.choice == choice
    assert reason in judged.reason


def test_an_operators_tolerance_takes_the_place_of_the_usual_one() -> None:
    own = tolerances_with({"meaning_flagged": 0.5})
    assert judge(OLD, {**OLD, "meaning_flagged": 0.6}, own, video="talk").choice == "accepted"
    with pytest.raises(SettingsError, match="no metric 'beauty'"):
        tolerances_with({"beauty": 0.1})


def versions(*worsenings: float, failed: int = 0) -> list[Judged]:
    judged = [
        judge({"meaning_flagged": 0.5}, {"meaning_flagged": 0.5 + by}, TOLERANCES, video=f"talk-{number}")
        for number, by in enumerate(worsenings)
    ]
    return judged + [judge({}, None, TOLERANCES, video="none")] * failed


@pytest.mark.parametrize(
    ("wave", "reason"),
    [
        (versions(0.0, -0.1), None),
        (versions(0.1, -0.1), None),
        (versions(0.1, 0.1), "meaning_flagged is worse by 0.100"),
        (versions(0.0, failed=1), "not finished"),
    ],
)
def test_a_canary_stops_what_is_worse_in_the_mean_or_not_finished(
    wave: list[Judged], reason: str | None
) -> None:
    stopped = why_stop(wave, TOLERANCES, is_canary=True)
    assert (stopped is None) == (reason is None)
    assert reason is None or reason in str(stopped)


def test_a_later_wave_stops_only_where_most_of_it_is_not_taken() -> None:
    assert why_stop(versions(0.1, 0.0, failed=0), TOLERANCES, is_canary=False) is None
    assert "2 of 3" in str(why_stop(versions(0.1, 0.0, failed=1), TOLERANCES, is_canary=False))


def test_a_canary_is_told_dimension_by_dimension_and_few_videos_tell_nothing() -> None:
    few, many = compare_wave(versions(0.2, 0.2, 0.2)), compare_wave(versions(*[0.2] * 6))
    assert few is not None
    assert many is not None
    assert few.in_words()[0].startswith("Translation: cannot tell (")
    assert many.in_words()[0].startswith("Translation: worse (")
    assert compare_wave(versions(failed=2)) is None


def test_translations_of_one_video_count_once() -> None:
    judged = [
        judge({"meaning_flagged": 0.5}, {"meaning_flagged": 0.9}, TOLERANCES, video="talk", language=language)
        for language in ("pt", "es", "fr", "de", "it", "hi")
    ]
    compared = compare_wave(judged)
    assert compared is not None
    assert (compared.pairs, compared.recordings) == (6, 1)
    assert compared.of("meaning_flagged").verdict == "cannot_tell"
