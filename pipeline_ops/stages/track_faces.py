"""Finds the faces of a video, follows them from cut to cut, and tells which one speaks when."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.base import FaceLandmarker
from models.types import TimeSpan
from pipeline_ops.artefacts import NumpyFile, SourceFile
from pipeline_ops.faces.heard_speech import read_encoding
from pipeline_ops.faces.records import RECORD, FaceTrack, Shot, TrackReason, write_records
from pipeline_ops.faces.seen_tracks import SeenTrack, find_jumps, measure_tracks
from pipeline_ops.faces.sightings import SightingFile
from pipeline_ops.faces.tracker import FaceTracker, TrackingLimits
from pipeline_ops.faces.turns import find_turns
from pipeline_ops.media.cuts import mark_cuts
from pipeline_ops.media.frame import Frame
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.quality.face_visibility import SAMPLED, look_of
from pipeline_ops.quality.speaking_face import Turn, speech_pieces
from pipeline_ops.stage import Resources, stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALL_PX = 128
"""Longest side of the copies in which cuts are looked for: twice what is compared."""


@dataclass(frozen=True, slots=True)
class FaceParameters:
    """How faces are followed, and when lips are left alone.

    Attributes:
        tracking: How hard faces are looked for.
        min_eye_distance_px: Smaller faces have a mouth of under 20 pixels, which nobody sees move.
        min_track_s: A face that is seen more briefly says less than a word.
        min_usable_share: A mouth that is covered or turned away for longer would be changed in flickers.
    """

    tracking: TrackingLimits = field(default_factory=TrackingLimits)
    min_eye_distance_px: float = 30.0
    min_track_s: float = 0.4
    min_usable_share: float = 0.5


@dataclass(frozen=True, slots=True)
class FaceTracks:
    """All faces of a video. One without any has no tracks, and that is no error.

    Attributes:
        shots: Frames between cuts, in order, all of the video.
        tracks: One face throughout one shot each, in the order of their first frames.
        turns: Pieces of speech, in order, with the track of the face that speaks.
        frame_times_s: When each frame is shown.
        records: One record a track and frame (`open_tracks` reads it).
    """

    shots: tuple[Shot, ...]
    tracks: tuple[FaceTrack, ...]
    turns: tuple[Turn, ...]
    frame_times_s: tuple[float, ...]
    records: NumpyFile


@stage(version=2, capability="face_landmarks", resources=Resources(memory_mb=600, timeout_s=14_400))
def track_faces(
    *,
    source: SourceFile,
    media: MediaInfo,
    regions: tuple[TimeSpan, ...],
    encoding: NumpyFile,
    model: FaceLandmarker,
    parameters: FaceParameters,
    scratch: Path,
) -> FaceTracks:
    """Follow all faces of a video and tell which one speaks when.

    Args:
        source: The creator's file.
        media: What it holds.
        regions: When somebody speaks, in order, disjoint.
        encoding: What is said, from `encode_speech`.
        model: Finds faces and their landmarks.
        parameters: How faces are followed.
        scratch: Where to write.

    Raises:
        MediaToolError: the picture cannot be decoded.
        ModelOutputError: the model returned something that is no position.
    """
    times = read_frame_times(source, media)
    times_s = times.times_s
    end_s = float(times.end_tick * times.time_base)
    with SightingFile(scratch / "sightings.partial", len(SAMPLED)) as sightings:
        cuts = _watch(read_frames(source, media, times), model, parameters.tracking, sightings)
        shots = _shots(sorted({*cuts, *find_jumps(sightings)}), times_s, end_s)
        seen = measure_tracks(sightings, shots, times_s, media.video.display_size_px)
        pieces = speech_pieces(regions, [shot.start_s for shot in shots[1:]])
        turns, scores = find_turns(sightings, seen, times_s, pieces, read_encoding(encoding))
        edges_s = np.append(times_s, end_s)
        tracks = _describe(
            seen, edges_s=edges_s, regions=regions, turns=turns, scores=scores, parameters=parameters
        )
        records = scratch / "faces.npy"
        count = sum(track.record_count for track in tracks)
        write_records(records, _records(sightings, seen, turns, times_s), count)
    return FaceTracks(shots, tracks, turns, tuple(np.round(times_s, 6).tolist()), records)


def _watch(
    frames: Iterable[Frame], model: FaceLandmarker, limits: TrackingLimits, sightings: SightingFile
) -> list[int]:
    """Write down all faces of all frames; return the frames with which shots begin."""
    tracker = FaceTracker(model, limits)
    starts = []
    for frame, begins in mark_cuts(frames, lambda frame: frame.rgb(SMALL_PX)):
        if begins:
            starts.append(frame.index)
            tracker.begin_shot()
        if not tracker.wants_picture(frame.time_s):
            continue
        image = frame.rgb()
        for sighting in tracker.look(image, frame.time_s):
            look = look_of(image, sighting.landmarks)
            sightings.write(
                frame=frame.index,
                face=sighting.face,
                presence=sighting.presence,
                sharpness_db=look.sharpness_db,
                landmarks=sighting.landmarks,
                colours=look.colours,
            )
    sightings.finish()
    return starts


def _shots(starts: Sequence[int], times_s: NDArray[np.float64], end_s: float) -> tuple[Shot, ...]:
    """Return the shots that begin with these frames."""
    edges_s = [*(float(times_s[start]) for start in starts), end_s]
    spans = zip(itertools.pairwise([*starts, len(times_s)]), itertools.pairwise(edges_s), strict=True)
    return tuple(
        Shot(first, end, round(start_s, 6), round(stop_s, 6)) for (first, end), (start_s, stop_s) in spans
    )


def _describe(
    seen: Sequence[SeenTrack],
    *,
    edges_s: NDArray[np.float64],
    regions: Sequence[TimeSpan],
    turns: Sequence[Turn],
    scores: Mapping[int, float],
    parameters: FaceParameters,
) -> tuple[FaceTrack, ...]:
    """Return the tracks as they are stored."""
    tracks = []
    first_record = 0
    for number, track in enumerate(seen):
        span = TimeSpan(float(edges_s[track.first_frame]), float(edges_s[track.end_frame]))
        own = [TimeSpan(turn.start_s, turn.end_s) for turn in turns if turn.track == number]
        usable_share = np.count_nonzero(track.faults == 0) / (track.end_frame - track.first_frame)
        speaking_s = _shared_s(span, own)
        tracks.append(
            FaceTrack(
                id=number,
                shot=track.shot,
                first_frame=track.first_frame,
                end_frame=track.end_frame,
                first_record=first_record,
                record_count=len(track.frames),
                face_size_px=round(track.size_px, 2),
                eye_distance_px=round(track.eye_distance_px, 2),
                yaw_deg=round(float(np.median(track.yaw_deg)), 1),
                usable_share=round(usable_share, 4),
                speech_s=round(_shared_s(span, regions), 3),
                speaking_s=round(speaking_s, 3),
                sync_score=round(scores[number], 4) if number in scores else None,
                reasons=reasons_against(track, span.duration_s, usable_share, speaking_s, parameters),
            )
        )
        first_record += len(track.frames)
    return tuple(tracks)


def reasons_against(
    track: SeenTrack,
    duration_s: float,
    usable_share: float,
    speaking_s: float,
    parameters: FaceParameters,
) -> tuple[TrackReason, ...]:
    """Return why a track's lips are left alone; nothing where they can be changed."""
    reasons: dict[TrackReason, bool] = {
        "too_small": track.eye_distance_px < parameters.min_eye_distance_px,
        "too_short": duration_s < parameters.min_track_s,
        "seldom_seen_well": usable_share < parameters.min_usable_share,
        "does_not_speak": speaking_s <= 0.0,
    }
    return tuple(reason for reason, applies in reasons.items() if applies)


def _shared_s(span: TimeSpan, others: Sequence[TimeSpan]) -> float:
    """Return how much of a span others cover, which do not overlap each other."""
    return sum(max(0.0, min(span.end_s, o.end_s) - max(span.start_s, o.start_s)) for o in others)


def _records(
    sightings: SightingFile,
    seen: Sequence[SeenTrack],
    turns: Sequence[Turn],
    times_s: NDArray[np.float64],
) -> Iterator[NDArray[Any]]:
    """Yield the records of all tracks, one track after another, in blocks."""
    for number, track in enumerate(seen):
        speaking = np.zeros(len(track.frames), dtype=bool)
        for turn in turns:
            if turn.track == number:
                shown_s = times_s[track.frames]
                speaking |= (shown_s >= turn.start_s) & (shown_s < turn.end_s)
        place = 0
        for block in sightings.blocks(track.face, track.first_frame, track.end_frame):
            here = slice(place, place + len(block))
            records = np.zeros(len(block), RECORD)
            for name in ("frame", "landmarks", "presence", "sharpness_db"):
                records[name] = block[name]
            records["track"] = number
            records["yaw_deg"], records["pitch_deg"] = track.yaw_deg[here], track.pitch_deg[here]
            records["mouth_unlikeness"] = track.unlikeness[here]
            records["faults"], records["speaking"] = track.faults[here], speaking[here]
            yield records
            place += len(block)
