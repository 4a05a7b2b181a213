"""How a mouth moves, at 25 Hz."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.faces.mouth_motion import MEASURES, RATE_HZ, mouth_motion, without_slow
from tests.pipeline_ops.quality.talking_faces import talking_face


def opening(face_landmarks: np.ndarray, times_s: np.ndarray, usable: np.ndarray) -> np.ndarray:
    motion = mouth_motion(face_landmarks, times_s, usable)
    assert motion is not None
    return motion.motion[:, MEASURES.index("opening")]


@settings(max_examples=10, deadline=None)
@given(
    angle_deg=st.floats(-30, 30), scale=st.floats(0.3, 4), left=st.floats(-500, 500), top=st.floats(-500, 500)
)
def test_where_and_how_large_and_how_turned_a_face_is_does_not_count(
    angle_deg: float, scale: float, left: float, top: float
) -> None:
    face = talking_face(duration_s=2.0)
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    moved = (scale * face.landmarks.astype(np.float64) @ turn.T + [left, top, 0]).astype(np.float32)
    np.testing.assert_allclose(
        opening(moved, face.times_s, face.usable),
        opening(face.landmarks, face.times_s, face.usable),
        atol=0.02,
    )


@pytest.mark.parametrize("rate_hz", [23.976, 30.0, 59.94])
def test_the_same_mouth_moves_alike_at_any_frame_rate(rate_hz: float) -> None:
    usual, other = talking_face(jitter_px=0.0), talking_face(rate_hz=rate_hz, jitter_px=0.0)
    one = opening(usual.landmarks, usual.times_s, usual.usable)
    two = opening(other.landmarks, other.times_s, other.usable)
    count = min(len(one), len(two))
    assert np.corrcoef(one[:count], two[:count])[0, 1] > 0.97


def test_frames_lie_on_multiples_of_forty_milliseconds() -> None:
    face = talking_face(rate_hz=30.0)
    motion = mouth_motion(face.landmarks, face.times_s + 0.0123, face.usable)
    assert motion is not None
    np.testing.assert_allclose(motion.times_s * RATE_HZ, np.round(motion.times_s * RATE_HZ), atol=1e-6)


def test_a_gap_is_not_bridged_and_does_not_disturb_the_rest() -> None:
    face = talking_face()
    hidden = face.landmarks.copy()
    hidden[100:130] = np.nan
    whole = mouth_motion(face.landmarks, face.times_s, face.usable)
    holed = mouth_motion(hidden, face.times_s, face.usable)
    assert whole is not None
    assert holed is not None
    assert not holed.seen[100:129].any()
    assert (holed.motion[100:129] == 0).all()
    far = np.r_[10:80, 150:280]
    np.testing.assert_allclose(holed.motion[far], whole.motion[far], atol=0.3)


def test_frames_that_are_not_usable_count_as_hidden_ones() -> None:
    face = talking_face()
    hidden, unusable = face.landmarks.copy(), face.usable.copy()
    hidden[50:90] = np.nan
    unusable[50:90] = False
    one = mouth_motion(hidden, face.times_s, face.usable)
    other = mouth_motion(face.landmarks, face.times_s, unusable)
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.motion, other.motion)


def test_what_is_seen_has_mean_zero_and_deviation_one() -> None:
    face = talking_face()
    motion = mouth_motion(face.landmarks, face.times_s, face.usable)
    assert motion is not None
    np.testing.assert_allclose(motion.motion[motion.seen].mean(axis=0), 0.0, atol=0.05)
    np.testing.assert_allclose(motion.motion[motion.seen].std(axis=0), 1.0, atol=0.05)


def test_without_a_usable_frame_there_is_no_motion() -> None:
    face = talking_face(duration_s=2.0)
    assert mouth_motion(face.landmarks, face.times_s, np.zeros(50, dtype=bool)) is None
    assert mouth_motion(np.full_like(face.landmarks, np.nan), face.times_s, face.usable) is None


def test_what_changes_slowly_is_taken_away_and_syllables_stay() -> None:
    times_s = np.arange(0, 8, 1 / RATE_HZ)
    slow, syllables = np.sin(2 * np.pi * 0.2 * times_s), np.sin(2 * np.pi * 4.0 * times_s)
    left = without_slow(np.stack([slow, syllables], axis=1))[20:-20]
    assert np.abs(left[:, 0]).max() < 0.1
    assert np.abs(left[:, 1]).max() > 0.9
