from __future__ import annotations

import numpy as np
import pytest

from models.types import TimeSpan
from pipeline_ops.quality.voice_residual import voice_residual
from tests.models.embedded import engine, sound

pytestmark = pytest.mark.models


def test_speech_and_background_add_up_to_the_input_and_last_as_long() -> None:
    samples = sound(48_000, 2)[:, : 6 * 48_000 + 123]
    blocks = np.array_split(samples, 13, axis=1)
    parts = list(engine("speech_separation").separate(iter(blocks), 2))
    speech, background = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
    assert speech.shape == samples.shape
    assert np.abs(speech + background - samples).max() < 1e-5


def test_the_voice_is_not_heard_in_the_background() -> None:
    samples = sound(48_000, 1)
    parts = list(engine("speech_separation").separate(iter([samples]), 1))
    background = np.concatenate([part[1] for part in parts], axis=1)
    left = voice_residual(
        samples[0],
        background[0],
        samples[0] - background[0],
        48_000,
        [TimeSpan(0.7, 3.0), TimeSpan(4.1, 6.5)],
    )
    assert left.residual_db < -18
