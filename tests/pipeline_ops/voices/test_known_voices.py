from __future__ import annotations

import numpy as np
import pytest

from models.types import VoiceDesign
from pipeline_ops.voices.known_voices import SAME_PERSON, alike, one_a_person, voice_of_same_person
from pipeline_ops.voices.records import SpeakerVoice, VoicePrint


def heard_at(angle: float, space: str = "ears") -> VoicePrint:
    return VoicePrint(space, (float(np.cos(angle)), float(np.sin(angle))))


def voice(name: str, heard: VoicePrint | None) -> SpeakerVoice:
    return SpeakerVoice("speaker_1", VoiceDesign.of(name), (), "fitted", None, None, None, heard=heard)


STRANGER = float(np.arccos(SAME_PERSON)) + 0.05
NEAR = float(np.arccos(SAME_PERSON)) - 0.05


def test_the_nearest_voice_of_the_same_person_is_found() -> None:
    known = [voice("near", heard_at(NEAR)), voice("nearer", heard_at(0.1)), voice("nobodys", None)]
    found = voice_of_same_person(known, heard_at(0.0))
    assert found is not None
    assert found.design == VoiceDesign.of("nearer")


def test_a_stranger_is_nobody_who_is_known() -> None:
    assert voice_of_same_person([voice("other", heard_at(STRANGER))], heard_at(0.0)) is None
    assert voice_of_same_person([], heard_at(0.0)) is None


def test_what_two_encoders_heard_is_not_compared() -> None:
    assert alike(heard_at(0.0), heard_at(0.0)) == pytest.approx(1.0)
    assert alike(heard_at(0.0), heard_at(0.0, "other ears")) == 0.0


def test_of_each_person_the_first_voice_counts() -> None:
    voices = [voice("a", heard_at(0.0)), voice("a again", heard_at(0.1)), voice("b", heard_at(1.5))]
    assert [each.design.only_voice_id for each in one_a_person(voices)] == ["a", "b"]
