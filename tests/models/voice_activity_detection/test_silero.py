from __future__ import annotations

import numpy as np
import pytest

from tests.models.embedded import SPOKEN_S, engine, sound

pytestmark = pytest.mark.models


def test_every_line_is_found_where_it_begins_whatever_the_blocks() -> None:
    samples = sound(16_000, 1)[0]
    detector = engine("voice_activity_detection")
    whole = detector.detect_speech([samples])
    pieces = detector.detect_speech(np.array_split(samples, 97))
    assert whole == pieces
    for start_s in SPOKEN_S:
        assert min(abs(span.start_s - start_s) for span in whole) < 0.2


def test_silence_holds_no_speech() -> None:
    assert engine("voice_activity_detection").detect_speech([np.zeros(32_000, np.float32)]) == ()
