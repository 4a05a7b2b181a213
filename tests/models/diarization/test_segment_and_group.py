from __future__ import annotations

import numpy as np
import pytest
import soundfile

from models.base import SpeakerDiarizer
from models.diarization.segment_and_group import SegmentAndGroupDiarizer
from models.diarization.segmentation_network import SegmentationNetwork
from models.errors import FaultError
from models.types import SpeakerLimits, TimeSpan
from tests.models.embedded import SPOKEN_S, engine, sound
from tests.pipeline_ops.media.clips import shared_clip

pytestmark = pytest.mark.models

CALL_S = TimeSpan(6.6, 30.0)


@pytest.fixture(scope="module")
def diarizer() -> SegmentAndGroupDiarizer:
    loaded: SegmentAndGroupDiarizer = engine("diarization")
    return loaded


@pytest.fixture(scope="module")
def call() -> np.ndarray:
    samples, _ = soundfile.read(shared_clip("speech/pyannote_two_speakers.wav"), dtype="float32")
    return samples


def test_a_telephone_call_has_two_voices_and_its_turns_where_they_are(
    diarizer: SegmentAndGroupDiarizer, call: np.ndarray
) -> None:
    assert isinstance(diarizer, SpeakerDiarizer)
    turns = diarizer.diarize([call], [CALL_S], SpeakerLimits())
    assert {turn.voice for turn in turns} == {"voice_1", "voice_2"}
    for start_s, end_s, voice in (
        (10.57, 14.49, "voice_1"),
        (14.49, 17.92, "voice_2"),
        (21.78, 27.8, "voice_2"),
    ):
        heard = next(turn for turn in turns if abs(turn.start_s - start_s) < 0.4 and turn.voice == voice)
        assert heard.end_s == pytest.approx(end_s, abs=0.8)
        assert 0.5 < heard.confidence <= 1.0


def test_the_length_of_blocks_changes_nothing(diarizer: SegmentAndGroupDiarizer, call: np.ndarray) -> None:
    part = call[: 14 * 16_000]
    whole = diarizer.diarize([part], [CALL_S], SpeakerLimits())
    assert diarizer.diarize(np.array_split(part, 37), [CALL_S], SpeakerLimits()) == whole


def test_one_person_is_one_voice_that_speaks_when_they_do(diarizer: SegmentAndGroupDiarizer) -> None:
    samples = sound(16_000, 1)[0]
    turns = diarizer.diarize([samples], [TimeSpan(0.0, len(samples) / 16_000)], SpeakerLimits())
    assert {(turn.voice, turn.confidence) for turn in turns} == {("voice_1", 1.0)}
    for start_s in SPOKEN_S:
        assert any(turn.start_s <= start_s + 0.3 and turn.end_s > start_s for turn in turns)


def test_nobody_speaks_outside_of_the_regions(diarizer: SegmentAndGroupDiarizer) -> None:
    samples = sound(16_000, 1)[0]
    assert diarizer.diarize([samples], [], SpeakerLimits()) == ()
    turns = diarizer.diarize([samples], [TimeSpan(4.0, 6.0)], SpeakerLimits())
    assert all(3.97 <= turn.start_s < turn.end_s <= 6.03 for turn in turns)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(FaultError, match="speed"):
        SegmentAndGroupDiarizer.load({}, {"speed": 2})


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(FaultError, match="segmentation"):
        SegmentationNetwork({})
