from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soxr

from models.errors import FaultError, ModelOutputError
from models.speaker_embedding.resemblyzer import ResemblyzerSpeakerEncoder
from models.types import VoiceDesign
from tests.models.embedded import engine

pytestmark = pytest.mark.models

SENTENCES = (
    "Meu vizinho me perguntou se a ponte velha ainda está aberta.",
    "Se você nunca experimentou, pegue um pouco de farinha e água morna.",
)


def said(voice_id: str, text: str) -> np.ndarray:
    clip = engine("speech_synthesis", "pt").synthesize(text, "pt", VoiceDesign.of(voice_id), 1.0)
    return soxr.resample(clip.samples[0], clip.sample_rate_hz, ResemblyzerSpeakerEncoder.sample_rate_hz)


def test_one_voice_lies_closer_to_itself_than_to_another() -> None:
    encoder = engine("speaker_embedding")
    one, again = (said("pf_dora", text) for text in SENTENCES)
    other = said("pm_alex", SENTENCES[0])
    points = [encoder.embed(samples) for samples in (one, again, other)]
    assert all(np.linalg.norm(point) == pytest.approx(1.0, abs=1e-5) for point in points)
    assert points[0] @ points[1] > points[0] @ points[2] + 0.05


def test_loudness_makes_no_difference() -> None:
    encoder, samples = engine("speaker_embedding"), said("pf_dora", "Bom dia a todos vocês.")
    level = np.sqrt(np.mean(samples**2))
    faint, quiet = (encoder.embed(samples * (wanted / level)) for wanted in (1e-4, 1e-2))
    assert faint @ quiet == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(16_000), np.ones(4_000)])
def test_where_there_is_no_voice_there_is_no_answer(samples: np.ndarray) -> None:
    with pytest.raises(ModelOutputError, match="no voice to hear"):
        engine("speaker_embedding").embed(samples.astype(np.float32))


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "pretrained.pt"
    broken.write_bytes(b"no weights")
    with pytest.raises(FaultError, match="pull it again"):
        ResemblyzerSpeakerEncoder.load({"pretrained.pt": broken}, {})
