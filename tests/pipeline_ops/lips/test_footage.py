"""What an engine learns a person from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.types import HeardSpeech, SpeechEncoding
from pipeline_ops.faces.records import open_tracks
from pipeline_ops.lips.footage import person_footage, person_frames
from pipeline_ops.quality.speaking_face import Turn
from tests.pipeline_ops.lips.painting import FACE, PaintingPlan, painting_job, track_of
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip

SILENCE = HeardSpeech(np.zeros(16_000, np.float32), SpeechEncoding(np.zeros((50, 64), np.float32)))


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
