from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import binom

from pipeline_ops.comparison.compare import ERROR, Pair, compare
from pipeline_ops.comparison.metrics import METRIC
from pipeline_ops.comparison.simulation import simulate_pairs


def pair(number: int, a: Mapping[str, float], b: Mapping[str, float], language: str = "pt") -> Pair:
    return Pair(f"clip-{number}", f"clip-{number}", language, a, b)


@pytest.mark.parametrize(("count", "rounds"), [(6, 120), (24, 20)])
def test_where_nothing_changed_hardly_anything_is_called_better_or_worse(count: int, rounds: int) -> None:
    generator = np.random.default_rng(3)
    wrong = sum(
        any(each.verdict in ("better", "worse") for each in compare(simulate_pairs(generator, count)).metrics)
        for _ in range(rounds)
    )
    # As many as a rate of `ERROR` gives in 99 of 100 such simulations.
    assert wrong <= binom.ppf(0.99, rounds, ERROR)


def test_a_planted_worsening_is_found_in_its_dimension_and_nowhere_else() -> None:
    generator = np.random.default_rng(4)
    compared = compare(simulate_pairs(generator, 8, {"voice_likeness": 8.0}))
    assert compared.of("voice_likeness").verdict == "worse"
    assert compared.in_dimension("voice").verdict == "worse"
    assert compared.dimensions_with("worse") == ("Voice",)
    assert compared.dimensions_with("better") == ()


def test_an_improvement_is_better_and_both_at_once_are_said() -> None:
    generator = np.random.default_rng(5)
    compared = compare(
        simulate_pairs(
            generator, 8, {"sentence_similarity": -9.0, "meaning_flagged": 9.0, "speech_quality": -9.0}
        )
    )
    assert compared.in_dimension("naturalness").verdict == "better"
    assert compared.in_dimension("translation").verdict == "mixed"


def test_identical_versions_cannot_be_told_apart() -> None:
    pairs = [pair(number, figures, figures) for number in range(6) for figures in [{"voice_likeness": 0.7}]]
    compared = compare(pairs)
    assert compared.of("voice_likeness").verdict == "unchanged"
    assert compared.in_dimension("voice").verdict == "unchanged"
    assert {each.verdict for each in compared.metrics} == {"unchanged", "not_measured"}
    assert compared.in_words() == (
        "Voice: cannot tell: no difference (likeness to the speakers' voices: the same in all of 6)",
    )


def test_three_clips_tell_nothing_however_bad_it_looks() -> None:
    pairs = [pair(number, {"voice_likeness": 0.9}, {"voice_likeness": 0.1}) for number in range(3)]
    found = compare(pairs).of("voice_likeness")
    assert found.verdict == "cannot_tell"
    assert found.reason == "recordings: 3; nothing is told from fewer than 4"
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(-0.8)


def test_languages_of_one_clip_do_not_make_more_recordings() -> None:
    pairs = [
        pair(number, {"voice_likeness": 0.9}, {"voice_likeness": 0.1}, language)
        for number in range(3)
        for language in ("pt", "es", "fr")
    ]
    assert compare(pairs).of("voice_likeness").verdict == "cannot_tell"


def test_what_was_measured_of_one_side_only_is_counted_and_not_compared() -> None:
    pairs = [pair(number, {"lip_correlation": 0.6}, {}) for number in range(5)]
    found = compare(pairs).of("lip_correlation")
    assert (found.verdict, found.reason, found.only_a) == ("not_measured", "measured of A only", 5)


def test_translations_that_are_no_longer_finished_count_against_a_version() -> None:
    pairs = [pair(number, {"finished": 1.0}, {"finished": 0.0}) for number in range(6)]
    assert compare(pairs).in_dimension("finished").verdict == "worse"
    few = [pair(number, {"finished": 1.0}, {"finished": float(number > 0)}) for number in range(6)]
    assert compare(few).in_dimension("finished").verdict == "cannot_tell"


def test_metrics_that_are_only_shown_decide_nothing() -> None:
    pairs = [pair(number, {"signal_quality": 4.0}, {"signal_quality": 1.0}) for number in range(6)]
    compared = compare(pairs)
    assert not METRIC["signal_quality"].decides
    assert compared.of("signal_quality").verdict == "not_judged"
    assert compared.in_dimension("naturalness").verdict == "not_measured"
