from __future__ import annotations

import numpy as np
import pytest

from models.errors import FaultError, ModelOutputError
from models.speech_quality.dnsmos import DnsMosSpeechQualityJudge
from tests.models.embedded import engine, sound

pytestmark = pytest.mark.models


def test_speech_in_noise_is_rated_below_the_same_speech() -> None:
    judge = engine("speech_quality")
    speech = sound(judge.sample_rate_hz, 1)[0]
    noise = np.random.default_rng(7).normal(0.0, np.std(speech), len(speech)).astype(np.float32)
    clean, noisy = judge.rate_speech(speech), judge.rate_speech(speech + noise)
    assert 1.0 <= noisy.overall < clean.overall - 0.5 < 5.0
    assert noisy.background < clean.background - 0.5


def test_silence_is_refused() -> None:
    with pytest.raises(ModelOutputError, match="nothing to rate"):
        engine("speech_quality").rate_speech(np.zeros(16_000, np.float32))


def test_an_option_that_it_does_not_have_is_refused() -> None:
    with pytest.raises(FaultError, match="no options"):
        DnsMosSpeechQualityJudge.load({}, {"personalised": True})
