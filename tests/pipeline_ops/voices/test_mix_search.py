from __future__ import annotations

import numpy as np
import pytest

from models.types import HeardMixes, VoiceDesign
from pipeline_ops.voices.mix_search import LEAST_WEIGHT, MOST_DRAWN_AWAY, WEIGHT_LIMITS, MixSearch

NAMES = tuple(f"voice_{number}" for number in range(6))
GENERATOR = np.random.default_rng(3)
LANDSCAPE = GENERATOR.normal(size=(2 * len(NAMES), 8))
"""What an encoder makes of weights: a bent sum, on the unit sphere."""


def point_of(weights: np.ndarray) -> np.ndarray:
    bent = np.tanh(weights.reshape(-1) @ LANDSCAPE)
    return (bent / np.linalg.norm(bent)).astype(np.float32)


def heard(count: int) -> HeardMixes:
    weights = GENERATOR.dirichlet(np.full(len(NAMES), 0.5), (count, 2)).astype(np.float32)
    return HeardMixes(
        "test",
        NAMES,
        np.stack([np.eye(len(NAMES), dtype=np.float32)] * 2),
        weights,
        np.stack([point_of(each) for each in weights]),
    )


def weights_of(design: VoiceDesign) -> np.ndarray:
    weights = np.zeros((2, len(NAMES)))
    for half, shares in zip(weights, (design.timbre, design.manner), strict=True):
        for share in shares:
            half[NAMES.index(share.voice_id)] = share.weight
    return weights


def searched(known: HeardMixes, target: np.ndarray, tries: int) -> MixSearch:
    search = MixSearch(known, target)
    for number in range(tries):
        design = search.propose(curious=number < tries - 3)
        search.tell(design, float(point_of(weights_of(design)) @ target))
    return search


def test_a_mix_is_found_that_is_closer_than_all_that_were_heard_before() -> None:
    known = heard(40)
    gains = []
    for seed in range(5):
        target = point_of(np.random.default_rng(seed).dirichlet(np.full(len(NAMES), 2.0), 2))
        best = searched(known, target, 12).tried[0]
        gains.append(best.score - float((known.points @ target).max()))
    assert min(gains) > -0.005
    assert np.mean(gains) > 0.01


def test_weights_add_up_to_one_and_stay_within_their_limits() -> None:
    search = searched(heard(30), point_of(np.eye(len(NAMES))[:2]), 6)
    for tried in search.tried:
        for shares in (tried.design.timbre, tried.design.manner):
            weights = [share.weight for share in shares]
            assert sum(weights) == pytest.approx(1.0, abs=1e-9)
            assert min(abs(weight) for weight in weights) > LEAST_WEIGHT / 2
            assert WEIGHT_LIMITS[0] * 1.5 < min(weights) <= max(weights) < WEIGHT_LIMITS[1] * 1.5


def test_a_mix_is_not_drawn_away_from_many_voices_though_known_ones_were() -> None:
    names = tuple(f"voice_{number}" for number in range(20))
    extreme = np.full((2, len(names)), -0.15)
    extreme[:, :2] = (1.0 + 0.15 * 18) / 2
    known = HeardMixes("test", names, np.stack([np.eye(len(names))] * 2), extreme[None], np.eye(8)[:1])
    search = MixSearch(known, np.eye(8)[0])
    for _ in range(3):
        design = search.propose()
        search.tell(design, 0.5)
        for shares in (design.timbre, design.manner):
            drawn_away = -sum(share.weight for share in shares if share.weight < 0.0)
            assert drawn_away < MOST_DRAWN_AWAY + 0.05  # what is inaudible is left out, and the rest scaled


def test_the_same_answers_lead_to_the_same_proposals() -> None:
    known, target = heard(20), point_of(np.eye(len(NAMES))[2:4])
    assert searched(known, target, 4).tried == searched(known, target, 4).tried


def test_what_was_tried_is_listed_the_best_first() -> None:
    tried = searched(heard(20), point_of(np.eye(len(NAMES))[4:6]), 5).tried
    assert [each.score for each in tried] == sorted((each.score for each in tried), reverse=True)
