from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from models.types import SpeakerLimits, SpeakerTurn, TimeSpan
from pipeline_ops.stages.diarize import DiarizeParameters, diarize
from tests.models.embedded import CLIP, engine
from tests.pipeline_ops.stages.sounds import decoded, write_mono

REGIONS = (TimeSpan(0.2, 1.4),)


class Listener:
    """Notes what it is asked; which voice is whose is for the engine's own tests."""

    sample_rate_hz = 16_000

    def __init__(self) -> None:
        self.limits: SpeakerLimits | None = None
        self.frames = 0

    def diarize(
        self, blocks: Iterable[np.ndarray], regions: Sequence[TimeSpan], limits: SpeakerLimits
    ) -> tuple[SpeakerTurn, ...]:
        self.limits, self.frames = limits, sum(len(block) for block in blocks)
        return tuple(SpeakerTurn(region.start_s, region.end_s, "voice_1", 1.0) for region in regions)


def test_the_sound_is_heard_at_the_models_rate_with_what_is_known_of_its_speakers(tmp_path: Path) -> None:
    path = write_mono(tmp_path / "analysis.flac", np.zeros(2 * 48_000, np.float32), 48_000)
    model = Listener()
    parameters = DiarizeParameters(expected_speakers=12, minimum_speech_s=3.0)
    found = diarize(analysis=path, regions=REGIONS, model=model, parameters=parameters)
    assert found.turns == (SpeakerTurn(0.2, 1.4, "voice_1", 1.0),)
    assert model.frames == 32_000
    assert model.limits == SpeakerLimits(expected=12, most=12, minimum_speech_s=3.0)


def test_no_speakers_at_all_is_refused_before_anything_runs() -> None:
    with pytest.raises(ValueError, match="expected 0 speakers"):
        DiarizeParameters(expected_speakers=0)


@pytest.mark.models
def test_the_demo_clip_has_one_voice(tmp_path: Path) -> None:
    analysis = decoded(CLIP, tmp_path / "analysis.flac", 16_000, 1)
    found = diarize(
        analysis=analysis,
        regions=(TimeSpan(0.5, 15.0),),
        model=engine("diarization"),
        parameters=DiarizeParameters(),
    )
    assert {turn.voice for turn in found.turns} == {"voice_1"}
