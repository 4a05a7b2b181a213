from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline_ops.comparison.compare import Pair
from pipeline_ops.comparison.slices import Slice, slices_of


def pairs_with(
    glasses: int, others: int, fall: float, *, generator: np.random.Generator | None = None
) -> list[Pair]:
    """Clips of people with and without glasses; the voice gets worse by `fall` for those with them."""
    drawn = generator or np.random.default_rng(1)
    pairs = []
    for number in range(glasses + others):
        worn = number < glasses
        before = 0.7 + 0.02 * drawn.normal()
        after = before + 0.02 * drawn.normal() - (fall if worn else 0.0)
        pairs.append(
            Pair(
                f"clip-{number}",
                f"clip-{number}",
                "pt",
                {"voice_likeness": before},
                {"voice_likeness": after},
                {"glasses": "yes" if worn else "no"},
            )
        )
    return pairs


def found_in(slices: tuple[Slice, ...], condition: str, value: str) -> Slice:
    return next(each for each in slices if (each.condition, each.value) == (condition, value))


def test_a_slice_that_loses_more_than_the_rest_is_named() -> None:
    slices = slices_of(pairs_with(8, 8, fall=0.3))
    worn, bare = (found_in(slices, "glasses", value).metrics[0] for value in ("yes", "no"))
    assert (worn.verdict, bare.verdict) == ("worse_than_rest", "better_than_rest")
    assert worn.against_rest is not None
    assert abs(worn.against_rest + 0.3) < 0.05


def test_a_change_that_is_the_same_for_all_makes_no_slice_differ() -> None:
    generator = np.random.default_rng(2)
    wrong = sum(
        any(
            metric.verdict != "cannot_tell"
            for each in slices_of(pairs_with(8, 8, 0.0, generator=generator))
            for metric in each.metrics
        )
        for _ in range(60)
    )
    assert wrong <= 3


def test_nothing_is_said_of_a_slice_that_is_too_small_but_its_figures_are_shown() -> None:
    slices = slices_of(pairs_with(4, 12, fall=0.5))
    worn = found_in(slices, "glasses", "yes")
    assert worn.too_small
    assert (worn.recordings, worn.rest) == (4, 12)
    assert [metric.verdict for metric in worn.metrics] == ["too_small"]
    assert worn.metrics[0].difference.mean < -0.4


def test_clips_of_one_recording_do_not_fill_a_slice() -> None:
    pairs = [
        replace(each, recording="one") if each.conditions["glasses"] == "yes" else each
        for each in pairs_with(8, 8, 0.3)
    ]
    assert found_in(slices_of(pairs), "glasses", "yes").too_small


def test_languages_are_slices_and_a_condition_with_one_value_is_none() -> None:
    pairs = [
        replace(each, language=language, conditions={"glasses": "no"})
        for each in pairs_with(0, 6, 0.0)
        for language in ("pt", "es")
    ]
    assert {(each.condition, each.value) for each in slices_of(pairs)} == {
        ("language", "es"),
        ("language", "pt"),
    }


def test_a_clip_of_which_a_condition_is_not_known_is_in_neither_side() -> None:
    pairs = pairs_with(6, 6, 0.0)
    pairs[0] = replace(pairs[0], conditions={})
    assert (found_in(slices_of(pairs), "glasses", "no").rest) == 5
