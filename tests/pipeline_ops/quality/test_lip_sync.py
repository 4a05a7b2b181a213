"""Whether lips and sound go together, on faces made of numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.faces.mouth_motion import mouth_motion
from models.types import SpeechEncoding
from pipeline_ops.quality.lip_sync import (
    LIPS_NOISE_CORRELATION,
    LIPS_NOISE_PEAK,
    LipSync,
    is_better,
    judge,
    measure_lip_sync,
)
from pipeline_ops.quality.lip_sync_model import LipSyncModel
from tests.pipeline_ops.quality.talking_faces import TalkingFace, talking_face, trained_model


@pytest.fixture(scope="module")
def model() -> LipSyncModel:
    return trained_model()


def judged(face: TalkingFace, model: LipSyncModel) -> LipSync:
    mouth = mouth_motion(face.landmarks, face.times_s, face.usable)
    assert mouth is not None
    result = judge([mouth], face.speech, model)
    assert result is not None
    return result


def measured(correlation: float) -> LipSync:
    return LipSync(0.0, correlation, correlation, correlation, 0.0, 0.1, 250)


def test_lips_that_open_with_the_sound_are_in_sync(model: LipSyncModel) -> None:
    result = judged(talking_face(1), model)
    assert result.correlation > 0.5
    assert result.above_noise > LIPS_NOISE_PEAK
    assert abs(result.offset_s) < 0.01


@pytest.mark.parametrize("rate_hz", [23.976, 30.0, 59.94])
@pytest.mark.parametrize("late_s", [-0.5, -0.17, 0.2])
def test_a_known_offset_is_found_between_frames_at_any_frame_rate(
    model: LipSyncModel, rate_hz: float, late_s: float
) -> None:
    result = judged(talking_face(1, rate_hz=rate_hz, sound_late_s=late_s), model)
    assert result.offset_s == pytest.approx(late_s, abs=0.02)
    assert result.best_above_noise > LIPS_NOISE_PEAK
    assert result.best_correlation > result.correlation


def test_frames_of_varying_length_count_by_their_own_times(model: LipSyncModel) -> None:
    random = np.random.default_rng(5)
    times_s = np.cumsum(random.choice([1 / 30, 1 / 30, 1 / 15], size=250))
    face = talking_face(1, duration_s=float(times_s[-1]) + 0.1, times_s=times_s, sound_late_s=0.12)
    result = judged(face, model)
    assert result.offset_s == pytest.approx(0.12, abs=0.02)
    assert result.best_above_noise > LIPS_NOISE_PEAK


@pytest.mark.parametrize("other", range(20, 26))
def test_another_persons_sound_is_within_the_noise(model: LipSyncModel, other: int) -> None:
    result = judged(talking_face(1).saying(talking_face(other)), model)
    assert abs(result.above_noise) < LIPS_NOISE_CORRELATION
    assert result.best_above_noise < LIPS_NOISE_PEAK


def test_another_voice_that_says_the_same_measures_the_same(model: LipSyncModel) -> None:
    face = talking_face(1)
    voice = np.linspace(-3.0, 3.0, face.speech.moments.shape[1], dtype=np.float32)
    other = replace(face, speech=replace(face.speech, moments=face.speech.moments + voice))
    assert judged(other, model).correlation == pytest.approx(judged(face, model).correlation, abs=1e-6)


def test_speech_that_begins_earlier_by_its_offset_is_in_sync(model: LipSyncModel) -> None:
    face = talking_face(1, sound_late_s=0.12)
    moved = replace(face, speech=replace(face.speech, start_s=-0.12))
    assert judged(moved, model).offset_s == pytest.approx(0.0, abs=0.02)


def test_only_frames_that_count_are_judged(model: LipSyncModel) -> None:
    face, other = talking_face(1), talking_face(30)
    mixed = np.concatenate([face.landmarks[:150], other.landmarks[150:]])
    usable = np.arange(len(mixed)) < 150
    result = judged(replace(face, landmarks=mixed, usable=usable), model)
    assert result.frames == pytest.approx(150, abs=2)
    assert result.above_noise > LIPS_NOISE_PEAK


def test_several_shots_are_judged_together(model: LipSyncModel) -> None:
    face = talking_face(1, sound_late_s=0.12)
    closer = replace(face, landmarks=2.0 * face.landmarks + 50.0)
    shots = [
        mouth_motion(shot.landmarks[span], shot.times_s[span], shot.usable[span])
        for shot, span in ((face, slice(0, 120)), (closer, slice(120, 190)), (face, slice(190, 300)))
    ]
    mouths = [shot for shot in shots if shot is not None]
    together = judge(mouths, face.speech, model)
    assert together is not None
    assert together.frames == sum(int(mouth.seen.sum()) for mouth in mouths)
    assert together.offset_s == pytest.approx(0.12, abs=0.02)
    assert together.best_above_noise > LIPS_NOISE_PEAK


def test_a_face_that_is_seen_for_less_than_a_second_does_not_count(model: LipSyncModel) -> None:
    face, glimpse = talking_face(1), talking_face(2, duration_s=0.8)
    mouth = mouth_motion(face.landmarks, face.times_s, face.usable)
    brief = mouth_motion(glimpse.landmarks, glimpse.times_s, glimpse.usable)
    assert mouth is not None
    assert brief is not None
    assert judge([mouth, brief], face.speech, model) == judge([mouth], face.speech, model)


def test_too_little_picture_is_not_judged(model: LipSyncModel) -> None:
    face = talking_face(1, duration_s=1.5)
    mouth = mouth_motion(face.landmarks, face.times_s, face.usable)
    assert mouth is not None
    assert judge([mouth], face.speech, model) is None
    assert (
        measure_lip_sync(np.full_like(face.landmarks, np.nan), face.times_s, face.usable, face.speech) is None
    )


def test_where_nothing_is_encoded_nothing_is_judged() -> None:
    face = talking_face(1)
    nothing = SpeechEncoding(np.zeros((0, 64), np.float32))
    assert measure_lip_sync(face.landmarks, face.times_s, face.usable, nothing) is None


def test_the_same_input_measures_the_same(model: LipSyncModel) -> None:
    assert judged(talking_face(1), model) == judged(talking_face(1), model)


def test_a_rendering_that_lowers_sync_is_thrown_away(model: LipSyncModel) -> None:
    right = talking_face(1)
    wrong = right.saying(talking_face(20))
    before, after = judged(right, model), judged(wrong, model)
    assert is_better(after, before).better
    assert not is_better(before, after).better


def test_a_rendering_must_be_above_what_wrong_sound_gives() -> None:
    verdict = is_better(measured(-0.2), measured(0.24))
    assert not verdict.better
    assert "wrong sound reaches 0.25" in verdict.reason


def test_a_rendering_must_gain_more_than_measuring_twice_does() -> None:
    assert not is_better(measured(0.40), measured(0.45)).better
    assert is_better(measured(0.40), measured(0.51)).better


def test_where_the_original_shows_too_little_the_rendering_stands_for_itself() -> None:
    assert is_better(None, measured(0.3)).better
    assert not is_better(None, measured(0.1)).better


def test_a_rendering_that_cannot_be_judged_is_thrown_away() -> None:
    assert not is_better(measured(0.1), None).better
