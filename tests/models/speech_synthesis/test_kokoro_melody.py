from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import soxr

from models.errors import FaultError
from models.speech_synthesis.kokoro_melody import PITCH_RANGE, PITCH_SHIFT, with_melody
from models.types import Melody, VoiceDesign
from pipeline_ops.quality.pitch import pitch_of
from tests.models.embedded import engine
from tests.models.speech_synthesis.pitch_graph import pitch_graph

UNVOICED = [0.0, -3.0, 12.0]
VOICED = [100.0, 200.0, 141.42]


def moved(pitch_hz: list[float], shift: float, factor: float) -> np.ndarray:
    session = onnxruntime.InferenceSession(with_melody(pitch_graph()).SerializeToString())
    inputs = {
        "x": np.array([[pitch_hz]], np.float32),
        PITCH_SHIFT: np.array([shift], np.float32),
        PITCH_RANGE: np.array([factor], np.float32),
    }
    (answer,) = session.run(None, inputs)
    assert answer.shape == (1, 1, len(pitch_hz))
    return answer.reshape(-1)


def test_a_melody_that_is_not_moved_stays_as_it_is() -> None:
    assert moved(VOICED + UNVOICED, 0.0, 1.0) == pytest.approx(VOICED + UNVOICED, rel=1e-5)


def test_a_shift_moves_every_voiced_frame_by_so_many_octaves() -> None:
    assert moved(VOICED + UNVOICED, 0.5, 1.0) == pytest.approx(
        [each * 2**0.5 for each in VOICED] + UNVOICED, rel=1e-4
    )


def test_a_range_widens_about_the_mean_of_what_is_voiced() -> None:
    assert moved([100.0, 200.0, *UNVOICED], 0.0, 2.0) == pytest.approx([70.71, 282.84, *UNVOICED], rel=1e-4)
    assert moved([100.0, 200.0, *UNVOICED], 0.0, 0.0) == pytest.approx([141.42, 141.42, *UNVOICED], rel=1e-4)


def test_where_nothing_is_voiced_nothing_moves() -> None:
    assert moved(UNVOICED, 1.0, 3.0) == pytest.approx(UNVOICED)


def test_a_graph_without_a_pitch_curve_is_named() -> None:
    with pytest.raises(FaultError, match=r"no Kokoro graph.*no node"):
        with_melody(pitch_graph(curve="something"))


@pytest.mark.models
@pytest.mark.parametrize("semitones", [-4.0, 4.0])
def test_a_voice_speaks_so_many_semitones_higher(semitones: float) -> None:
    synthesizer = engine("speech_synthesis", "pt")
    plain = VoiceDesign.of("pm_alex")
    shifted = VoiceDesign(plain.timbre, plain.manner, Melody(shift_semitones=semitones))
    heights = []
    for voice in (plain, shifted):
        clip = synthesizer.synthesize("Fazemos pão em casa todas as manhãs.", "pt", voice, 1.0)
        pitch = pitch_of(soxr.resample(clip.samples[0], clip.sample_rate_hz, 16_000), 16_000)
        assert pitch is not None
        heights.append(12.0 * np.log2(pitch.median_hz))
    assert heights[1] - heights[0] == pytest.approx(semitones, abs=0.7)
