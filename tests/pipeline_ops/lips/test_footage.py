"""What an engine learns a person from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.faces.sound_around import moments_at
from pipeline_ops.faces.heard_speech import SpeechInParts
from pipeline_ops.faces.records import RECORD, FaceTrack, TrackReader, open_tracks, write_records
from pipeline_ops.lips.footage import MOST_FOOTAGE_S, PIECE_S, best_pieces, person_footage, person_frames
from pipeline_ops.quality.speaking_face import Turn
from tests.pipeline_ops.lips.painting import FACE, PaintingPlan, painting_job, track_of
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip


@pytest.fixture
def silence(tmp_path: Path) -> SpeechInParts:
    return counting_voice(tmp_path, 2)


def counting_voice(folder: Path, seconds: int) -> SpeechInParts:
    """A voice without sound, whose encoding counts the moments."""
    soundfile.write(folder / "speech.flac", np.zeros(16_000 * seconds), 16_000)
    np.save(folder / "encoding.npy", np.arange(50.0 * seconds, dtype=np.float32)[:, None])
    return SpeechInParts(folder / "speech.flac", folder / "encoding.npy", folder / "speech.f32")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)


def test_between_two_shots_of_a_person_stands_a_frame_without_a_face(
    clip: Path, tmp_path: Path, silence: SpeechInParts
) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), np.zeros(60, bool))
    whole = track_of(60)
    tracks = [replace(whole, end_frame=20, record_count=20)]
    tracks.append(replace(whole, id=1, first_frame=40, end_frame=60, first_record=40, record_count=20))
    footage = person_footage(tracks, open_tracks(job.records, job.times.times_s.tolist()), [], silence)
    assert len(footage.times_s) == 41
    assert (np.diff(footage.times_s) > 0).all()
    assert np.isnan(footage.landmarks[20]).all()
    assert not footage.usable[20]
    assert footage.usable.sum() == 40


def test_what_somebody_else_says_teaches_nothing(clip: Path, tmp_path: Path, silence: SpeechInParts) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), np.zeros(60, bool))
    reader = open_tracks(job.records, job.times.times_s.tolist())
    turns = [Turn(0.0, 0.5, 0), Turn(0.5, 1.0, 7), Turn(1.0, 1.5, None)]
    footage = person_footage([track_of(60)], reader, turns, silence)
    assert footage.usable.tolist() == [not 0.5 <= time_s < 1.5 for time_s in footage.times_s]


def test_pictures_of_usable_frames_come_in_order_with_the_face_in_them(
    clip: Path, tmp_path: Path, silence: SpeechInParts
) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), np.zeros(60, bool))
    tracks = [track_of(60)]
    reader = open_tracks(job.records, job.times.times_s.tolist())
    footage = person_footage(tracks, reader, [Turn(0.0, 1.0, None)], silence)
    frames = list(person_frames(clip, job.media, job.times, tracks, footage))
    assert [frame.index for frame in frames] == list(range(30, 60))
    left, top, width, height = FACE
    assert all(frame.left_px <= left and frame.top_px <= top for frame in frames)
    assert all(frame.pixels.shape[1] >= width and frame.pixels.shape[0] >= height for frame in frames)


def long_reader(tmp_path: Path, seconds: int, speaks: range) -> tuple[FaceTrack, TrackReader]:
    """A face seen in every frame, ten a second, that speaks in the seconds of `speaks`."""
    records = np.zeros(10 * seconds, RECORD)
    records["frame"] = np.arange(len(records))
    records["landmarks"] = np.arange(len(records))[:, None, None]
    records["speaking"] = np.isin(records["frame"] // 10, speaks)
    write_records(tmp_path / "records.npy", [records], len(records))
    track = replace(track_of(60), end_frame=len(records), record_count=len(records))
    return track, open_tracks(tmp_path / "records.npy", (np.arange(len(records)) / 10).tolist())


def test_a_short_talk_teaches_with_all_of_its_footage(tmp_path: Path) -> None:
    track, reader = long_reader(tmp_path, int(MOST_FOOTAGE_S), range(0))
    assert best_pieces([track], reader) == (track,)


def test_of_a_long_talk_the_pieces_with_most_speech_are_taken_in_the_order_of_time(tmp_path: Path) -> None:
    track, reader = long_reader(tmp_path, 600, range(300, 450))
    pieces = best_pieces([track], reader)
    assert sum(piece.end_frame - piece.first_frame for piece in pieces) == pytest.approx(10 * MOST_FOOTAGE_S)
    assert list(pieces) == sorted(pieces, key=lambda piece: piece.first_frame)
    spoken = [piece for piece in pieces if piece.first_frame >= 3000 and piece.end_frame <= 4500]
    assert len(spoken) == 150 // PIECE_S
    assert all(piece.speaking_s == pytest.approx(PIECE_S) for piece in spoken)


def test_a_piece_has_its_own_frames_and_its_own_sound(tmp_path: Path) -> None:
    track, reader = long_reader(tmp_path, 600, range(300, 450))
    pieces = best_pieces([track], reader)
    footage = person_footage(pieces, reader, [], counting_voice(tmp_path, 600))
    assert (np.diff(footage.times_s) > 0).all()
    assert len(footage.speech.samples) < 16_000 * (MOST_FOOTAGE_S + 11 * len(pieces))
    seen = np.isfinite(footage.landmarks[:, 0, 0])
    frames = footage.landmarks[seen, 0, 0].astype(int)
    assert frames.tolist() == [
        number for piece in pieces for number in range(piece.first_frame, piece.end_frame)
    ]
    # The encoding counts 50 a second: what is heard at a frame tells at which second of the video that was.
    heard = moments_at(footage.speech.encoding, footage.times_s[seen])[:, 0]
    np.testing.assert_allclose((heard[1:-1] + 0.5) / 50, frames[1:-1] / 10, atol=1e-6)
