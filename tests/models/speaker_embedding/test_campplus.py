from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.base import SpeakerEncoder
from models.errors import FaultError, ModelOutputError
from models.speaker_embedding.campplus import CamPlusPlusEncoder
from models.speaker_embedding.campplus_network import CamPlusPlus
from tests.models.embedded import model, sound
from tests.pipeline_ops.media.clips import shared_clip

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def encoder() -> CamPlusPlusEncoder:
    loaded: CamPlusPlusEncoder = model("campplus-zh-en")
    return loaded


def test_a_voice_is_a_point_on_the_unit_sphere(encoder: CamPlusPlusEncoder) -> None:
    voice = encoder.embed(sound(16_000, 1)[0, : 3 * 16_000])
    assert isinstance(encoder, SpeakerEncoder)
    assert voice.shape == (encoder.width,)
    assert voice.dtype == np.float32
    assert np.linalg.norm(voice) == pytest.approx(1.0, abs=1e-5)


def test_one_reader_sounds_more_like_herself_than_like_another(encoder: CamPlusPlusEncoder) -> None:
    def voice(name: str) -> np.ndarray:
        samples, _ = soundfile.read(shared_clip(f"speech/{name}.wav"), dtype="float32")
        return encoder.embed(samples)

    first, again = voice("speechbrain_spk1_snt1"), voice("speechbrain_spk1_snt2")
    other = voice("speechbrain_spk2_snt1")
    assert first @ again > 0.7
    assert first @ other < 0.3


def test_a_louder_voice_is_the_same_voice(encoder: CamPlusPlusEncoder) -> None:
    samples = sound(16_000, 1)[0, 16_000 : 4 * 16_000]
    assert encoder.embed(samples) @ encoder.embed(samples * np.float32(0.5)) > 0.99


@pytest.mark.parametrize("samples", [np.zeros(32_000), np.full(7000, 0.1)], ids=["silence", "too short"])
def test_nothing_to_hear_a_voice_in_is_an_error(encoder: CamPlusPlusEncoder, samples: np.ndarray) -> None:
    with pytest.raises(ModelOutputError):
        encoder.embed(samples.astype(np.float32))


def test_half_a_second_is_enough(encoder: CamPlusPlusEncoder) -> None:
    assert np.isfinite(encoder.embed(sound(16_000, 1)[0, 16_000:24_000])).all()


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(FaultError, match="CAM"):
        CamPlusPlus({})


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="speed"):
        CamPlusPlusEncoder.load({"campplus_cn_en_common.pt": tmp_path}, {"speed": 2})
