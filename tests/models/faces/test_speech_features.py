"""What of a sound moves a mouth."""

from __future__ import annotations

import numpy as np
import pytest

from models.faces.speech_features import CONTEXT_FRAMES, FEATURES, RATE_HZ, speech_features


def bursts(duration_s: float = 4.0) -> np.ndarray:
    """Noise for a quarter of each second."""
    random = np.random.default_rng(0)
    samples = 1e-4 * random.normal(size=round(duration_s * RATE_HZ))
    for second in range(int(duration_s)):
        start = second * RATE_HZ + RATE_HZ // 2
        samples[start : start + RATE_HZ // 4] += 0.1 * random.normal(size=RATE_HZ // 4)
    return samples.astype(np.float32)


@pytest.mark.parametrize("rate_hz", [23.976, 25.0, 60.0])
def test_speech_is_where_the_sound_is_loud_at_any_frame_rate(rate_hz: float) -> None:
    times_s = np.arange(0.0, 4.0, 1.0 / rate_hz)
    found = speech_features(bursts(), times_s).speech
    inside = (times_s % 1.0 > 0.53) & (times_s % 1.0 < 0.72)
    outside = (times_s % 1.0 < 0.45) | (times_s % 1.0 > 0.8)
    assert found[inside].all()
    assert not found[outside].any()


def test_a_louder_copy_has_the_same_features() -> None:
    times_s = np.arange(0.0, 4.0, 0.04)
    quiet, loud = speech_features(bursts(), times_s), speech_features(4.0 * bursts(), times_s)
    np.testing.assert_allclose(quiet.moments[quiet.speech], loud.moments[loud.speech], atol=0.02)


def test_context_holds_the_moments_around_a_frame() -> None:
    times_s = np.arange(0.2, 3.0, 0.04)
    features = speech_features(bursts(), times_s)
    middle = features.context[:, CONTEXT_FRAMES * FEATURES : (CONTEXT_FRAMES + 1) * FEATURES]
    np.testing.assert_allclose(middle, features.moments)
    next_one = features.context[:-1, (CONTEXT_FRAMES + 1) * FEATURES : (CONTEXT_FRAMES + 2) * FEATURES]
    np.testing.assert_allclose(next_one, features.moments[1:], atol=1e-6)


def test_a_picture_that_is_longer_than_its_sound_sees_silence_at_the_end() -> None:
    features = speech_features(bursts(2.0), np.arange(0.0, 5.0, 0.04))
    assert np.isfinite(features.context).all()
    assert not features.speech[60:].any()
