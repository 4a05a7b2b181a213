"""Closures of p, b and m, heard in the sound."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from models.lip_sync.personal.closures import HOP, RAMP_S, RATE_HZ, closure_network, lip_closures, listen

DEMO = Path(__file__).parents[4] / "demo" / "talking_head.mp4"
SECONDS = 8


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    """The first eight seconds of the demo clip's voice."""
    resampler = av.AudioResampler("flt", "mono", RATE_HZ)
    with av.open(str(DEMO)) as container:
        parts = [
            part.to_ndarray()[0]
            for frame in container.decode(audio=0)
            if frame.time is not None and frame.time < SECONDS
            for part in resampler.resample(frame)
        ]
    return np.concatenate(parts).astype(np.float32)


def test_it_listens_every_hundredth_and_a_louder_microphone_changes_nothing(sound: np.ndarray) -> None:
    heard = listen(sound)
    assert heard.shape == (len(sound) // HOP, closure_network().mean.shape[0])
    np.testing.assert_allclose(listen(0.25 * sound), heard, atol=1e-3)


def test_lips_close_now_and_then_in_talk_and_mostly_stay_open(sound: np.ndarray) -> None:
    times_s = (np.arange(25 * SECONDS) + 0.5) / 25.0
    closed = lip_closures(sound, times_s)
    closures = np.count_nonzero(np.diff((closed > 0.5).astype(int)) == 1)
    assert 2 <= closures <= 5 * SECONDS
    assert np.mean(closed > 0.5) < 0.4


@pytest.mark.parametrize("rate_hz", [12.0, 60.0])
def test_at_any_frame_rate_the_same_closures_close_the_lips(sound: np.ndarray, rate_hz: float) -> None:
    fine_s = np.arange(100 * SECONDS) / 100.0
    sure_s = fine_s[lip_closures(sound, fine_s) >= 1.0]
    times_s = (np.arange(round(rate_hz * SECONDS)) + 0.5) / rate_hz
    closed_s = times_s[lip_closures(sound, times_s) > 0.5]
    # Each time at which lips surely touch has a closed frame within half a frame and the ramp.
    assert all(np.abs(closed_s - time_s).min() < 0.5 / rate_hz + RAMP_S for time_s in sure_s)


def test_silence_is_no_nonsense() -> None:
    closed = lip_closures(np.zeros(RATE_HZ, np.float32), np.arange(25) / 25.0)
    assert np.isfinite(closed).all()
    assert closed.shape == (25,)
