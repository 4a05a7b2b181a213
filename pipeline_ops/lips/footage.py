"""What an engine learns a person from: all their tracks, one after another, and their sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import FaceFootage, FaceFrame
from pipeline_ops.faces.records import FaceTrack, TrackReader
from pipeline_ops.lips.face_frames import lift_face
from pipeline_ops.media.frames import read_frames
from pipeline_ops.quality.speaking_face import Turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.media.frame_times import FrameTimes
    from pipeline_ops.media.probe import MediaInfo

SPEECH_RATE_HZ = 16_000
"""What engines take."""


def read_speech(path: Path, offset_s: float = 0.0) -> NDArray[np.float32]:
    """Return a sound as engines take it: mono, at 16 kHz, shape (samples,).

    Args:
        path: Any rate, any number of channels.
        offset_s: How late it is against the picture; it is moved back by that.
    """
    import soxr

    with soundfile.SoundFile(str(path)) as file:
        stream = soxr.ResampleStream(file.samplerate, SPEECH_RATE_HZ, 1, dtype="float32")
        parts: list[NDArray[np.float32]] = []
        while len(block := file.read(file.samplerate, dtype="float32", always_2d=True)):
            parts.append(stream.resample_chunk(block.mean(axis=1)))
        parts.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    samples = np.concatenate(parts)
    late = round(offset_s * SPEECH_RATE_HZ)
    return samples[late:] if late >= 0 else np.concatenate([np.zeros(-late, np.float32), samples])


def person_footage(
    tracks: Sequence[FaceTrack],
    reader: TrackReader,
    turns: Sequence[Turn],
    speech: NDArray[np.float32],
) -> FaceFootage:
    """Return all tracks of one person as one footage; a frame without a face stands between any two.

    So nothing is smoothed over a cut. Frames in which somebody else is heard do not count as usable: their
    words teach this mouth nothing.

    Args:
        tracks: In the order of time.
        reader: Their records.
        turns: Who speaks when.
        speech: The video's own, moved back by its offset.
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
    return FaceFootage(times_s, np.concatenate(landmarks), np.concatenate(usable) & ~foreign, speech)


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
