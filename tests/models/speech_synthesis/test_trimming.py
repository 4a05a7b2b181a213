from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelOutputError
from models.speech_synthesis.trimming import trim_silence

RATE_HZ = 24_000


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 12_000), st.integers(1, 24_000), st.integers(0, 12_000), st.floats(0.01, 1.0))
def test_trimming_keeps_all_that_is_audible_and_at_most_20_ms_around_it(
    before: int, audible: int, after: int, level: float
) -> None:
    tone = level * np.sign(np.sin(np.arange(audible) / 20 + 0.1)).astype(np.float32)
    samples = np.concatenate([np.zeros(before, np.float32), tone, np.zeros(after, np.float32)])
    trimmed = trim_silence(samples, RATE_HZ, "text")
    # 10 ms are kept; up to 10 ms more, since loudness is measured in steps of 10 ms.
    assert audible <= trimmed.size <= audible + 2 * 480
    faded = 2 * round(0.003 * RATE_HZ)
    assert np.sum(np.abs(trimmed)) >= level * (audible - faded) * 0.99


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(0, np.float32), "no samples"),
        (np.full(2400, np.nan, np.float32), "not numbers"),
        (np.full(2400, np.inf, np.float32), "not numbers"),
        (np.full(2400, 5e-4, np.float32), "silence"),
    ],
)
def test_what_is_no_speech_is_an_error(samples: np.ndarray, said: str) -> None:
    with pytest.raises(ModelOutputError, match=said):
        trim_silence(samples, RATE_HZ, "Bom dia.")
