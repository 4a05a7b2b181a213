"""What an engine learns a person from: all their tracks, one after another, and their sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.types import FaceFootage, FaceFrame, HeardSpeech
from pipeline_ops.faces.records import FaceTrack, TrackReader
from pipeline_ops.lips.face_frames import lift_face
from pipeline_ops.media.frames import read_frames
from pipeline_ops.quality.speaking_face import Turn

if TYPE_CHECKING:
    from pipeline_ops.media.frame_times import FrameTimes
    from pipeline_ops.media.probe import MediaInfo


def person_footage(
    tracks: Sequence[FaceTrack],
    reader: TrackReader,
    turns: Sequence[Turn],
    speech: HeardSpeech,
    source_digest: str | None = None,
) -> FaceFootage:
    """Return all tracks of one person as one footage; a frame without a face stands between any two.

    So nothing is smoothed over a cut. Frames in which somebody else is heard do not count as usable: their
    words teach this mouth nothing.

    Args:
        tracks: In the order of time.
        reader: Their records.
        turns: Who speaks when.
        speech: The video's own, moved back by its offset.
        source_digest: sha256 of the video.
    """
    parts = [reader.face(track) for track in tracks]
    times = [parts[0].times_s]
    landmarks, usable = [parts[0].landmarks], [parts[0].usable]
    for part in parts[1:]:
        times += [(times[-1][-1:] + part.times_s[:1]) / 2, part.times_s]
        landmarks += [np.full_like(part.landmarks[:1], np.nan), part.landmarks]
        usable += [np.zeros(1, bool), part.usable]
    times_s = np.concatenate(times)
    own = {track.id for track in tracks}
    others = [turn for turn in turns if turn.track not in own]
    foreign = np.any([(times_s >= turn.start_s) & (times_s < turn.end_s) for turn in others], axis=0)
    return FaceFootage(
        times_s, np.concatenate(landmarks), np.concatenate(usable) & ~foreign, speech, source_digest
    )


def person_frames(
    source: Path, media: MediaInfo, times: FrameTimes, tracks: Sequence[FaceTrack], footage: FaceFootage
) -> Iterator[FaceFrame]:
    """Yield the pictures of a footage's usable frames, in order, decoded one by one."""
    start = 0
    for track in tracks:
        for frame in read_frames(source, media, times, first=track.first_frame, last=track.end_frame):
            number = start + frame.index - track.first_frame
            if footage.usable[number]:
                face = lift_face(frame, footage.landmarks[number], number)
                if face is not None:
                    yield face
        start += track.end_frame - track.first_frame + 1
