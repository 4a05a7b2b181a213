from __future__ import annotations

import pytest

from models.errors import UnsupportedLanguageError
from tests.models.embedded import engine, sound

pytestmark = pytest.mark.models


def test_words_come_in_order_with_times_and_punctuation() -> None:
    transcript = engine("speech_recognition", "en").transcribe(sound(16_000, 1)[0], "en")
    assert "bread" in transcript.text.lower()
    words = transcript.words
    assert all(0 <= word.start_s <= word.end_s <= 15.1 for word in words)
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)
    assert any(word.text.endswith(".") for word in words)


def test_a_language_that_it_does_not_hear_is_refused() -> None:
    with pytest.raises(UnsupportedLanguageError):
        engine("speech_recognition", "en").transcribe(sound(16_000, 1)[0], "xx")
