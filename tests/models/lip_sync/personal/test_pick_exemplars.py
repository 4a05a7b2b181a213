"""Which frames of long footage are kept."""

from __future__ import annotations

import numpy as np

from models.lip_sync.personal.distances import distances
from models.lip_sync.personal.pick_exemplars import RUN_FRAMES, pick_exemplars


def test_short_footage_is_kept_whole_but_for_frames_that_are_not_seen_well() -> None:
    usable = np.arange(40) % 7 != 0
    np.testing.assert_array_equal(pick_exemplars(np.zeros((40, 2)), usable), np.flatnonzero(usable))


def test_long_footage_is_kept_in_runs_and_no_more_than_asked() -> None:
    features = np.random.default_rng(0).normal(size=(600, 4))
    kept = pick_exemplars(features, np.ones(600, bool), 100)
    assert 100 - RUN_FRAMES < len(kept) <= 100
    runs = np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1)
    assert min(len(run) for run in runs) >= RUN_FRAMES


def test_a_mouth_that_is_shown_once_is_kept() -> None:
    features = np.zeros((600, 2))
    features[300:312] = [9.0, 9.0]
    kept = pick_exemplars(features, np.ones(600, bool), 48)
    assert np.isin(np.arange(300, 312), kept).any()


def test_distances_are_euclidean() -> None:
    np.testing.assert_allclose(
        distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.zeros((1, 2))), [[0.0], [5.0]]
    )
