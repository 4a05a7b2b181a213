"""What an engine learns a person from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline_ops.faces.records import open_tracks
from pipeline_ops.lips.footage import SPEECH_RATE_HZ, person_footage, person_frames, read_speech
from pipeline_ops.quality.speaking_face import Turn
from tests.pipeline_ops.lips.painting import FACE, PaintingPlan, painting_job, track_of
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip

SILENCE = np.zeros(SPEECH_RATE_HZ, np.float32)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_speech_becomes_mono_at_16_khz_of_the_same_length(tmp_path: Path, rate_hz: int) -> None:
    times_s = np.arange(2 * rate_hz) / rate_hz
    tone = 0.5 * np.sin(2 * np.pi * 440 * times_s)
    soundfile.write(tmp_path / "speech.flac", np.stack([tone, tone], axis=1), rate_hz)
    samples = read_speech(tmp_path / "speech.flac")
    assert samples.shape == (2 * SPEECH_RATE_HZ,)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("offset_s", [0.2, -0.2])
def test_late_speech_is_moved_back_and_early_speech_is_held_back(tmp_path: Path, offset_s: float) -> None:
    samples = np.zeros(SPEECH_RATE_HZ)
    samples[SPEECH_RATE_HZ // 2] = 1.0
    soundfile.write(tmp_path / "speech.flac", samples, SPEECH_RATE_HZ)
    moved = read_speech(tmp_path / "speech.flac", offset_s)
    assert np.argmax(moved) == round((0.5 - offset_s) * SPEECH_RATE_HZ)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)


def test_between_two_shots_of_a_person_stands_a_frame_without_a_face(clip: Path, tmp_path: Path) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), np.zeros(60, bool))
    whole = track_of(60)
    tracks = [replace(whole, end_frame=20, record_count=20)]
    tracks.append(replace(whole, id=1, first_frame=40, end_frame=60, first_record=40, record_count=20))
    footage = person_footage(tracks, open_tracks(job.records, job.times.times_s.tolist()), [], SILENCE)
    assert len(footage.times_s) == 41
    assert (np.diff(footage.times_s) > 0).all()
    assert np.isnan(footage.landmarks[20]).all()
    assert not footage.usable[20]
    assert footage.usable.sum() == 40


def test_what_somebody_else_says_teaches_nothing(clip: Path, tmp_path: Path) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), np.zeros(60, bool))
    reader = open_tracks(job.records, job.times.times_s.tolist())
    turns = [Turn(0.0, 0.5, 0), Turn(0.5, 1.0, 7), Turn(1.0, 1.5, None)]
    footage = person_footage([track_of(60)], reader, turns, SILENCE)
    assert footage.usable.tolist() == [not 0.5 <= time_s < 1.5 for time_s in footage.times_s]


def test_pictures_of_usable_frames_come_in_order_with_the_face_in_them(clip: Path, tmp_path: Path) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), np.zeros(60, bool))
    tracks = [track_of(60)]
    reader = open_tracks(job.records, job.times.times_s.tolist())
    footage = person_footage(tracks, reader, [Turn(0.0, 1.0, None)], SILENCE)
    frames = list(person_frames(clip, job.media, job.times, tracks, footage))
    assert [frame.index for frame in frames] == list(range(30, 60))
    left, top, width, height = FACE
    assert all(frame.left_px <= left and frame.top_px <= top for frame in frames)
    assert all(frame.pixels.shape[1] >= width and frame.pixels.shape[0] >= height for frame in frames)
