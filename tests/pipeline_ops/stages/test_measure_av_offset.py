"""How late a video's own sound is: the demo clip, whose mouth moves with its sound, and real clips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.types import TimeSpan
from pipeline_ops.faces.records import FaceTrack
from pipeline_ops.media.probe import MediaLimits, probe_media
from pipeline_ops.quality.lip_sync import FURTHEST_OFFSET_S, LIPS_NOISE_PEAK, LipSync
from pipeline_ops.stages.decode_audio import decode_audio
from pipeline_ops.stages.encode_speech import write_encoding
from pipeline_ops.stages.measure_av_offset import (
    LEAST_SPEECH_S,
    AvOffset,
    alone_in_their_shots,
    decide,
    measure_av_offset,
)
from pipeline_ops.stages.track_faces import FaceParameters, FaceTracks, track_faces
from tests.models.embedded import CLIP, SPOKEN_S, engine

REAL_CLIPS = Path(__file__).parents[4] / "shared" / "media" / "video"
FRAME_S = 0.04
LINE_S = 2.6
"""How long each line of the demo clip lasts, at least."""


@dataclass(frozen=True)
class Tracked:
    """A clip with its faces and its sound."""

    source: Path
    faces: FaceTracks
    samples: np.ndarray
    rate_hz: int


def tracked(source: Path, regions: tuple[TimeSpan, ...], folder: Path) -> Tracked:
    media = probe_media(source, MediaLimits())
    decoded = decode_audio(source=source, media=media, scratch=folder)
    faces = track_faces(
        source=source,
        media=media,
        regions=regions,
        encoding=write_encoding(decoded.analysis, engine("speech_encoding"), folder),
        model=engine("face_landmarks"),
        parameters=FaceParameters(),
        scratch=folder,
    )
    samples, rate_hz = soundfile.read(decoded.audio, dtype="float32", always_2d=True)
    return Tracked(source, faces, samples, rate_hz)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Tracked:
    lines = tuple(TimeSpan(start_s, start_s + LINE_S) for start_s in SPOKEN_S)
    return tracked(CLIP, lines, tmp_path_factory.mktemp("demo"))


def measured(clip: Tracked, folder: Path, samples: np.ndarray | None = None) -> AvOffset:
    """Run the stage on a clip, with its own sound or another."""
    speech = folder / "speech.flac"
    soundfile.write(speech, clip.samples if samples is None else samples, clip.rate_hz, subtype="PCM_24")
    return measure_av_offset(
        source=clip.source,
        tracks=clip.faces.tracks,
        frame_times_s=clip.faces.frame_times_s,
        records=clip.faces.records,
        encoding=write_encoding(speech, engine("speech_encoding"), folder),
    ).offset


def later(samples: np.ndarray, late_s: float, rate_hz: int) -> np.ndarray:
    count = round(late_s * rate_hz)
    silence = np.zeros((abs(count), samples.shape[1]), dtype=np.float32)
    if count >= 0:
        return np.concatenate([silence, samples])[: len(samples)]
    return np.concatenate([samples[-count:], silence])


@pytest.mark.models
def test_a_clip_in_sync_is_found_in_sync_to_a_frame(demo: Tracked, tmp_path: Path) -> None:
    found = measured(demo, tmp_path)
    assert found.trusted
    assert found.reason == "measured"
    assert abs(found.offset_s) <= FRAME_S


@pytest.mark.models
@pytest.mark.parametrize("late_s", [-0.3, -0.12, 0.2, 0.4])
def test_sound_that_was_moved_is_found_as_late_as_it_was_moved(
    demo: Tracked, tmp_path: Path, late_s: float
) -> None:
    as_it_was = measured(demo, tmp_path)
    moved = measured(demo, tmp_path, later(demo.samples, late_s, demo.rate_hz))
    assert moved.trusted
    assert moved.offset_s - as_it_was.offset_s == pytest.approx(late_s, abs=0.015)


@pytest.mark.models
def test_sound_of_somebody_else_is_not_trusted(demo: Tracked, tmp_path: Path) -> None:
    found = measured(demo, tmp_path, demo.samples[::-1])
    assert found.measured is not None
    assert (found.trusted, found.offset_s, found.reason) == (False, 0.0, "within_noise")


@pytest.mark.models
def test_silence_is_not_trusted(demo: Tracked, tmp_path: Path) -> None:
    found = measured(demo, tmp_path, np.zeros_like(demo.samples))
    assert (found.trusted, found.offset_s) == (False, 0.0)


@pytest.mark.models
def test_a_video_without_faces_is_not_measured(demo: Tracked, tmp_path: Path) -> None:
    faceless = replace(demo, faces=replace(demo.faces, tracks=()))
    assert measured(faceless, tmp_path).reason == "too_little_speech"


@pytest.mark.models
def test_whoever_is_alone_in_the_picture_is_measured_though_nobody_seems_to_speak(
    demo: Tracked, tmp_path: Path
) -> None:
    records = np.load(demo.faces.records)
    records["speaking"] = 0
    silenced = tmp_path / "silenced.npy"
    np.save(silenced, records)
    found = measured(replace(demo, faces=replace(demo.faces, records=silenced)), tmp_path)
    assert found.trusted
    assert abs(found.offset_s) <= FRAME_S


@pytest.mark.models
@pytest.mark.skipif(not REAL_CLIPS.is_dir(), reason="the shared talking clips are not on this machine")
@pytest.mark.parametrize(
    ("name", "late_s"),
    [
        # SyncNet's authors publish 3 frames for it, the sound ahead of the picture.
        ("syncnet_example.avi", -0.12),
        ("opendubbing_english.mp4", 0.0),
        ("retalking_4.mp4", 0.0),
        ("sadtalker_WDA_AOC.mp4", 0.12),
    ],
)
def test_offsets_of_real_clips_are_found_to_a_frame(name: str, late_s: float, tmp_path: Path) -> None:
    clip = tracked(REAL_CLIPS / name, (TimeSpan(0.0, 60.0),), tmp_path)
    found = measured(clip, tmp_path)
    assert found.trusted
    assert found.offset_s == pytest.approx(late_s, abs=FRAME_S)


def sync(offset_s: float, above_noise: float) -> LipSync:
    return LipSync(offset_s, 0.0, 0.1 * above_noise, 0.1 * above_noise, 0.0, 0.1, 250)


def test_what_is_clearly_above_the_noise_is_trusted() -> None:
    found = decide(sync(0.1234567, LIPS_NOISE_PEAK + 0.1))
    assert (found.offset_s, found.trusted, found.reason) == (0.123, True, "measured")


def test_what_is_within_the_noise_is_kept_for_the_record_and_not_used() -> None:
    seen = sync(0.2, LIPS_NOISE_PEAK - 0.1)
    assert decide(seen) == AvOffset(0.0, seen.confidence, trusted=False, reason="within_noise", measured=seen)


def test_a_peak_at_the_edge_of_what_is_searched_is_not_trusted() -> None:
    assert decide(sync(-FURTHEST_OFFSET_S, 9.0)).reason == "beyond_range"


def test_too_little_speech_is_no_offset() -> None:
    assert LEAST_SPEECH_S > 0
    assert decide(None).reason == "too_little_speech"


def test_only_tracks_without_another_in_their_shot_are_alone() -> None:
    def track(number: int, shot: int) -> FaceTrack:
        return FaceTrack(number, shot, 0, 10, 0, 10, 100.0, 50.0, 0.0, 1.0, 1.0, 1.0, None, ())

    first, second, third = track(0, 0), track(1, 1), track(2, 1)
    assert alone_in_their_shots([first, second, third]) == [first]
