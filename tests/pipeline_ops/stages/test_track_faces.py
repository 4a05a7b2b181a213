"""Faces of the demo clip and of what is made of it: followed, measured, and told who speaks."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from models.types import TimeSpan
from pipeline_ops.artefacts import fields_of, file_kind, from_json, to_json
from pipeline_ops.faces.records import Fault, TrackReason, open_tracks
from pipeline_ops.faces.seen_tracks import SeenTrack
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.stages.decode_audio import decode_audio
from pipeline_ops.stages.encode_speech import write_encoding
from pipeline_ops.stages.track_faces import FaceParameters, FaceTracks, reasons_against, track_faces
from tests.models.embedded import CLIP, engine
from tests.pipeline_ops.media.clips import H264_AAC, make_clip, measured, shared_clip

LINES = (TimeSpan(0.6, 3.4), TimeSpan(4.0, 6.4))
"""When the demo clip's first two lines are said."""

RATE_HZ = 25
STILL = f"trim=end_frame=1,loop=250:1,setpts=N/{RATE_HZ}/TB"


def made(folder: Path, seconds: float, graph: str) -> Path:
    """A clip that FFmpeg makes of the demo clip's picture, with the demo clip's sound."""
    parts = ["-i", str(CLIP), "-filter_complex", graph, "-map", "[out]", "-map", "0:a"]
    return make_clip(folder / "made.mp4", *parts, "-t", str(seconds), "-r", str(RATE_HZ), *H264_AAC)


def tracked(
    source: Path, folder: Path, regions: tuple[TimeSpan, ...] = LINES
) -> tuple[MediaInfo, FaceTracks]:
    media = measured(source)
    sound, scratch = folder / "sound", folder / "scratch"
    sound.mkdir(parents=True)
    scratch.mkdir()
    found = track_faces(
        source=source,
        media=media,
        regions=regions,
        encoding=write_encoding(
            decode_audio(source=source, media=media, scratch=sound).analysis, engine("speech_encoding"), sound
        ),
        model=engine("face_landmarks"),
        parameters=FaceParameters(),
        scratch=scratch,
    )
    assert [path.name for path in scratch.iterdir()] == [found.records.name]
    assert found.shots[0].first_frame == 0
    assert found.shots[-1].end_frame == len(found.frame_times_s) == media.video.frame_count
    return media, found


@pytest.mark.models
def test_the_one_face_is_followed_throughout_and_speaks_its_lines(tmp_path: Path) -> None:
    media, found = tracked(made(tmp_path, 7, "[0:v]null[out]"), tmp_path)
    (track,) = found.tracks
    assert track.usable
    assert (track.first_frame, track.end_frame) == (0, media.video.frame_count)
    assert track.usable_share == 1.0
    assert track.speaking_s == pytest.approx(sum(line.duration_s for line in LINES), abs=0.1)
    assert {turn.track for turn in found.turns} == {0}
    face = open_tracks(found.records, found.frame_times_s).face(track)
    assert np.isfinite(face.landmarks).all()
    heard_s = face.times_s[face.speaking]
    assert all(any(line.start_s <= time_s < line.end_s for line in LINES) for time_s in heard_s)
    assert len(heard_s) == pytest.approx(RATE_HZ * track.speaking_s, abs=2)
    records = open_tracks(found.records, found.frame_times_s).records(track)
    assert np.abs(records["yaw_deg"]).max() < 10
    assert np.abs(records["pitch_deg"]).max() < 15


@pytest.mark.models
def test_the_same_video_gives_the_same_bytes_and_values(tmp_path: Path) -> None:
    source = made(tmp_path, 1.5, "[0:v]null[out]")
    one, other = (tracked(source, tmp_path / name)[1] for name in ("one", "other"))
    assert one.records.read_bytes() == other.records.read_bytes()
    for name, annotation in fields_of(FaceTracks).items():
        if file_kind(annotation) is None:
            stored = to_json(annotation, getattr(one, name))
            assert stored == to_json(annotation, getattr(other, name))
            assert from_json(annotation, stored) == getattr(one, name)


@pytest.mark.models
def test_a_video_without_a_face_has_no_tracks_and_nobody_speaks(tmp_path: Path) -> None:
    source = made(tmp_path, 3, f"testsrc2=s=320x240:r={RATE_HZ}[out]")
    _, found = tracked(source, tmp_path)
    assert found.tracks == ()
    assert len(np.load(found.records)) == 0
    assert {turn.track for turn in found.turns} == {None}


@pytest.mark.models
def test_a_face_before_and_after_a_cut_is_two_tracks(tmp_path: Path) -> None:
    graph = (
        "[0:v]split[a][b];[a]trim=0:1.6[first];[b]trim=4.4:6,setpts=PTS-STARTPTS[last];"
        f"testsrc2=s=512x512:r={RATE_HZ}:d=0.8[middle];[first][middle][last]concat=n=3:v=1[out]"
    )
    _, found = tracked(made(tmp_path, 4, graph), tmp_path)
    assert [shot.first_frame for shot in found.shots] == [0, 40, 60]
    assert [(track.shot, track.first_frame, track.end_frame) for track in found.tracks] == [
        (0, 0, 40),
        (2, 60, 100),
    ]
    assert all(turn.track != 1 or turn.start_s >= found.shots[2].start_s for turn in found.turns)


@pytest.mark.models
def test_of_two_faces_the_silent_one_is_not_called_the_speaker(tmp_path: Path) -> None:
    graph = f"[0:v]split[a][b];[b]{STILL},hflip,noise=alls=6:allf=t[still];[still][a]hstack=shortest=1[out]"
    _, found = tracked(made(tmp_path, 7, graph), tmp_path)
    first, second = found.tracks
    reader = open_tracks(found.records, found.frame_times_s)
    talker = max(found.tracks, key=lambda track: np.nanmean(reader.face(track).landmarks[:, :, 0]))
    silent = first if talker == second else second
    assert talker.usable
    assert silent.reasons == ("does_not_speak",)
    assert {turn.track for turn in found.turns} == {talker.id}


@pytest.mark.models
def test_a_voice_over_a_face_that_is_silent_is_nobody_in_the_picture(tmp_path: Path) -> None:
    _, found = tracked(made(tmp_path, 7, f"[0:v]{STILL},noise=alls=6:allf=t[out]"), tmp_path)
    (track,) = found.tracks
    assert track.reasons == ("does_not_speak",)
    assert {turn.track for turn in found.turns} == {None}


@pytest.mark.models
def test_a_mouth_behind_something_dark_is_covered_while_it_is(tmp_path: Path) -> None:
    box = "drawbox=x=205:y=225:w=80:h=60:color=0x202024:t=fill:enable='between(n,40,59)'"
    _, found = tracked(made(tmp_path, 4, f"[0:v]{box}[out]"), tmp_path)
    (track,) = found.tracks
    faults = open_tracks(found.records, found.frame_times_s).records(track)["faults"]
    covered = np.flatnonzero(faults & Fault.COVERED)
    assert set(range(40, 60)) <= set(covered.tolist()) <= set(range(36, 64))
    assert track.usable_share == pytest.approx(1 - len(covered) / 100)


@pytest.mark.models
def test_a_small_face_is_followed_but_its_lips_are_left_alone(tmp_path: Path) -> None:
    graph = (
        f"color=c=0x506070:s=640x360:r={RATE_HZ}[wall];[0:v]scale=120:120[small];"
        "[wall][small]overlay=300:100:shortest=1[out]"
    )
    _, found = tracked(made(tmp_path, 2, graph), tmp_path)
    (track,) = found.tracks
    assert track.face_size_px < 60
    assert "too_small" in track.reasons


@pytest.mark.models
@pytest.mark.parametrize("name", ["bad/rotated_phone_90.mp4", "bad/vfr_30_to_15.mp4"])
def test_real_clips_have_their_one_speaker_upright_and_at_the_right_times(tmp_path: Path, name: str) -> None:
    _, found = tracked(shared_clip(name), tmp_path, (TimeSpan(1.25, 2.05), TimeSpan(2.63, 3.97)))
    (track,) = found.tracks
    assert track.usable
    assert {turn.track for turn in found.turns} == {0}
    face = open_tracks(found.records, found.frame_times_s).face(track)
    eyes = face.landmarks[:, 263, :2] - face.landmarks[:, 33, :2]
    assert np.abs(np.degrees(np.arctan2(eyes[:, 1], eyes[:, 0]))).max() < 20


@pytest.mark.models
def test_of_two_real_talkers_the_one_who_is_heard_speaks(tmp_path: Path) -> None:
    source = shared_clip("bad/two_faces_two_speakers.mp4")
    _, found = tracked(source, tmp_path, (TimeSpan(1.25, 2.05), TimeSpan(2.63, 3.97)))
    man, woman = sorted(found.tracks, key=lambda track: -track.face_size_px)
    assert {turn.track for turn in found.turns} == {man.id}
    assert woman.reasons == ("does_not_speak",)


@pytest.mark.parametrize(
    ("changed", "duration_s", "usable_share", "speaking_s", "reasons"),
    [
        ({}, 5.0, 0.9, 2.0, ()),
        ({"eye_distance_px": 20.0}, 5.0, 0.9, 2.0, ("too_small",)),
        ({}, 0.2, 0.9, 0.2, ("too_short",)),
        ({}, 5.0, 0.3, 2.0, ("seldom_seen_well",)),
        ({}, 5.0, 0.9, 0.0, ("does_not_speak",)),
        ({"eye_distance_px": 20.0}, 0.2, 0.0, 0.0, get_args(TrackReason)),
    ],
    ids=["none", "small", "short", "hidden", "silent", "all"],
)
def test_a_track_says_everything_that_speaks_against_it(
    changed: dict[str, float],
    duration_s: float,
    usable_share: float,
    speaking_s: float,
    reasons: tuple[TrackReason, ...],
) -> None:
    none = np.zeros(0)
    seen = SeenTrack(0, 0, none.astype(np.int64), none, none, none, none.astype(np.uint32), 100.0, 60.0)
    track = dataclasses.replace(seen, **changed)
    assert reasons_against(track, duration_s, usable_share, speaking_s, FaceParameters()) == reasons
