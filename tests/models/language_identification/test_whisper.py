"""Which language is spoken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.language_identification.whisper import believed
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from tests.models.embedded import engine, sound

CLIPS = Path(__file__).parents[4] / "shared" / "media"
RATE_HZ = 16_000


def heard(clip: Path) -> np.ndarray:
    raw = run_ffmpeg(
        [*own_input(clip), "-t", "10", "-ac", "1", "-ar", str(RATE_HZ), "-f", "f32le", "pipe:1"],
        task="decode a clip",
        timeout_s=60,
    ).output
    return np.frombuffer(raw, np.float32)


def test_a_transcript_that_is_believed_outweighs_a_token_that_hardly_differs() -> None:
    ranking = [("el", 0.33), ("en", 0.31), ("la", 0.1)]
    assert believed(ranking, {"el": -1.5, "en": -0.2}) == "en"


def test_a_language_that_was_not_tried_is_not_chosen() -> None:
    assert believed([("el", 0.6), ("en", 0.3)], {"en": -2.0}) == "en"


@pytest.mark.models
def test_a_clear_voice_is_told_without_writing_anything_down() -> None:
    found = engine("language_identification").identify_language([sound(RATE_HZ, 1)[0]])
    assert found.language == "en"
    assert found.probability > 0.9
    assert found.mean_log_probability is None


@pytest.mark.models
def test_an_accent_is_not_taken_for_another_language() -> None:
    clip = CLIPS / "video" / "opendubbing_english.mp4"
    if not clip.is_file():
        pytest.skip("the clips of ../shared/media are not here")
    # The token alone wavers between Greek and English here.
    found = engine("language_identification").identify_language([heard(clip)])
    assert found.language == "en"
    assert found.mean_log_probability is not None
    assert found.mean_log_probability > -0.6


@pytest.mark.models
def test_singing_is_not_believed() -> None:
    clip = CLIPS / "bad" / "music_only_with_face.mp4"
    if not clip.is_file():
        pytest.skip("the clips of ../shared/media are not here")
    found = engine("language_identification").identify_language([heard(clip)])
    assert found.mean_log_probability is not None
    assert found.mean_log_probability < -0.8
