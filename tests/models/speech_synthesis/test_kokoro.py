from __future__ import annotations

import numpy as np
import pytest

from models.errors import ModelOutputError, UnsupportedLanguageError
from tests.models.embedded import engine

pytestmark = pytest.mark.models


def test_the_same_words_give_the_same_samples() -> None:
    synthesizer = engine("speech_synthesis", "pt")
    first = synthesizer.synthesize("Bom dia a todos.", "pt", "pf_dora", 1.0)
    again = synthesizer.synthesize("Bom dia a todos.", "pt", "pf_dora", 1.0)
    assert np.array_equal(first.samples, again.samples)
    assert 0.5 < first.duration_s < 3
    assert np.abs(first.samples).max() > 0.05


def test_a_faster_speed_is_faster() -> None:
    synthesizer = engine("speech_synthesis", "en")
    slow, fast = (synthesizer.synthesize("We bake bread at home.", "en", "af_heart", s) for s in (0.9, 1.3))
    assert fast.duration_s < slow.duration_s


@pytest.mark.parametrize("text", ["", "...", "?!"])
def test_nothing_to_say_is_an_error_and_not_silence(text: str) -> None:
    with pytest.raises(ModelOutputError):
        engine("speech_synthesis", "en").synthesize(text, "en", "af_heart", 1.0)


def test_a_voice_does_not_speak_a_language_that_is_not_its_own() -> None:
    with pytest.raises(UnsupportedLanguageError):
        engine("speech_synthesis", "en").synthesize("Hallo.", "de", "af_heart", 1.0)
