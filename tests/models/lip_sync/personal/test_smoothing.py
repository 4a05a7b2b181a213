"""Smoothing over time."""

from __future__ import annotations

import numpy as np

from models.faces.points import POINT_COUNT
from models.lip_sync.personal.smoothing import smooth_over_time, unbroken_runs


def test_a_parabola_stays_what_it_is_at_any_frame_rate_and_at_its_ends() -> None:
    times_s = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.07, 60))
    values = np.stack([3.0 + 2.0 * times_s - 5.0 * times_s**2, np.ones(60)], axis=1)
    np.testing.assert_allclose(smooth_over_time(times_s, values, 0.08), values, atol=1e-6)


def test_jitter_is_halved_and_a_movement_does_not_lag() -> None:
    times_s = np.arange(200) / 25.0
    course = np.sin(2 * np.pi * 1.0 * times_s)
    seen = course + 0.1 * np.random.default_rng(1).normal(size=200)
    smoothed = smooth_over_time(times_s, seen, 0.08)
    assert np.std(smoothed - course) < 0.6 * np.std(seen - course)
    assert np.argmax(np.correlate(smoothed, course, mode="full")) == 199


def test_a_lost_face_a_cut_and_a_gap_in_time_break_a_run() -> None:
    landmarks = np.zeros((12, POINT_COUNT, 3))
    landmarks[3] = np.nan
    landmarks[7:] += 40.0
    times_s = np.arange(12) / 25.0
    times_s[10:] += 1.0
    runs = unbroken_runs(times_s, landmarks, 100.0)
    assert [run.tolist() for run in runs] == [[0, 1, 2], [4, 5, 6], [7, 8, 9], [10, 11]]
