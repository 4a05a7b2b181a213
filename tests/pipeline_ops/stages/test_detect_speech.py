from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from models.types import TimeSpan
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.stages.detect_speech import SpeechParameters, detect_speech
from tests.models.embedded import CLIP, SPOKEN_S, engine
from tests.pipeline_ops.stages.sounds import decoded, write_mono

PARAMETERS = SpeechParameters()


class Levels:
    """Calls every second speech in which there is sound; hears at 8 kHz."""

    sample_rate_hz = 8_000

    def detect_speech(self, blocks: Iterable[np.ndarray]) -> tuple[TimeSpan, ...]:
        samples = np.concatenate(list(blocks))
        assert samples.ndim == 1
        loud = [
            second
            for second in range(len(samples) // self.sample_rate_hz)
            if np.abs(samples[second * self.sample_rate_hz : (second + 1) * self.sample_rate_hz]).max() > 0.1
        ]
        return tuple(TimeSpan(float(second), second + 1.0) for second in loud)


def tone(folder: Path, *loud_s: int, rate_hz: int = 16_000) -> Path:
    """Five seconds, some of them loud."""
    samples = np.zeros(5 * rate_hz)
    for second in loud_s:
        inside = slice(round((second + 0.1) * rate_hz), round((second + 0.9) * rate_hz))
        samples[inside] = 0.5 * np.sin(np.arange(len(samples[inside])) / 10)
    return write_mono(folder / "analysis.flac", samples, rate_hz)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000])
def test_the_detectors_regions_are_kept_with_their_length_together(tmp_path: Path, rate_hz: int) -> None:
    result = detect_speech(
        analysis=tone(tmp_path, 1, 3, rate_hz=rate_hz), model=Levels(), parameters=PARAMETERS
    )
    assert result.regions == (TimeSpan(1.0, 2.0), TimeSpan(3.0, 4.0))
    assert result.speech_s == 2.0


def test_too_little_speech_is_rejected_and_the_sentence_says_how_much_there_was(tmp_path: Path) -> None:
    with pytest.raises(RejectedInputError, match=r"1\.0 s of speech") as caught:
        detect_speech(analysis=tone(tmp_path, 2), model=Levels(), parameters=SpeechParameters(1.5))
    assert caught.value.reason_code == "no_speech"


def test_silence_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(RejectedInputError, match=r"0\.0 s of speech"):
        detect_speech(analysis=tone(tmp_path), model=Levels(), parameters=PARAMETERS)


@pytest.mark.models
def test_the_real_detector_finds_every_line_of_the_demo_clip(tmp_path: Path) -> None:
    result = detect_speech(
        analysis=decoded(CLIP, tmp_path / "analysis.flac", 16_000, 1),
        model=engine("voice_activity_detection"),
        parameters=PARAMETERS,
    )
    for start_s in SPOKEN_S:
        assert min(abs(region.start_s - start_s) for region in result.regions) < 0.2
    assert 7.0 < result.speech_s < 14.0


@pytest.mark.models
@pytest.mark.parametrize("level", [0.0, 0.03])
def test_the_real_detector_takes_neither_silence_nor_noise_for_speech(tmp_path: Path, level: float) -> None:
    noise = level * np.random.default_rng(3).normal(0, 1, 5 * 16_000)
    with pytest.raises(RejectedInputError):
        detect_speech(
            analysis=write_mono(tmp_path / "analysis.flac", noise),
            model=engine("voice_activity_detection"),
            parameters=PARAMETERS,
        )
