"""The talking clips by which lip-sync is measured: the speaker's landmarks and the sound of each."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.base import FaceLandmarker, SpeechEncoder
from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import resolve
from models.types import SpeechEncoding
from models.weights import WeightsStore
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.faces.heard_speech import read_encoding
from pipeline_ops.faces.records import open_tracks
from pipeline_ops.media.probe import MediaLimits, probe_media
from pipeline_ops.stages.decode_audio import decode_audio
from pipeline_ops.stages.encode_speech import write_encoding
from pipeline_ops.stages.track_faces import FaceParameters, track_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

JUDGES = (
    ("grid_bbaf2n.mpg",),
    ("latentsync_demo1.mp4",),
    ("opendubbing_english.mp4", "opendubbing_english_plus_music.mp4", "opendubbing_english_plus_noise.mp4"),
    ("retalking_5.mp4",),
    ("sadtalker_WDA_AOC.mp4",),
)
"""The clips of each speaker, in `../shared/media/video`, from whose first the measure of sync learns."""

TEACHERS = (
    ("grid_id2_swwp2s.mpg",),
    ("retalking_1.mp4",),
    ("retalking_4.mp4",),
    ("sonitranslate_video.mp4",),
    ("syncnet_example.avi",),
)
"""Those from whom the lip-sync engine learns. The halves are of like length; nobody is in both, so that the
engine is not judged by what it learnt from."""

SPEAKERS = (*JUDGES, *TEACHERS)

CLIPS = tuple(name for names in SPEAKERS for name in names)


@dataclass(frozen=True, slots=True)
class TalkingClip:
    """A person who talks.

    Attributes:
        name: The file's.
        speaker: The file name of the speaker's first clip.
        digest: sha256 of the file.
        landmarks: Shape (frames, 468, 3), pixels; NaN without a face.
        times_s: When each frame is shown.
        usable: Which frames show the face well.
        speech: What is said, encoded as it was recorded, on the video's timeline.
    """

    name: str
    speaker: str
    digest: str
    landmarks: NDArray[np.float32]
    times_s: NDArray[np.float64]
    usable: NDArray[np.bool_]
    speech: SpeechEncoding


def speaker_of(name: str) -> str:
    """Return the name of the first clip that shows the same speaker."""
    return next((names[0] for names in SPEAKERS if name in names), name)


@dataclass(frozen=True, slots=True)
class Readers:
    """The engines with which clips are read."""

    landmarks: FaceLandmarker
    speech: SpeechEncoder


def read_clip(path: Path, readers: Readers) -> TalkingClip:
    """Read a clip as the product's own stages do.

    Of several faces the one that is seen well for longest counts.
    """
    media = probe_media(path, MediaLimits())
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        decoded = decode_audio(source=path, media=media, scratch=scratch)
        encoding = write_encoding(decoded.analysis, readers.speech, scratch)
        tracked = track_faces(
            source=path,
            media=media,
            regions=(),  # who speaks when is not asked
            encoding=encoding,
            model=readers.landmarks,
            parameters=FaceParameters(),
            scratch=scratch,
        )
        speech = read_encoding(encoding)
        reader = open_tracks(tracked.records, tracked.frame_times_s)
        faces = [reader.face(track) for track in tracked.tracks]
    if not faces:
        message = f"{path.name} shows no face"
        raise SystemExit(message)
    face = max(faces, key=lambda each: np.count_nonzero(each.usable))
    return TalkingClip(
        name=path.name,
        speaker=speaker_of(path.name),
        digest=sha256_of_file(path),
        landmarks=face.landmarks,
        times_s=face.times_s,
        usable=face.usable,
        speech=speech,
    )


def load_readers() -> Readers:
    """Load the embedded profile's engines."""
    catalog = load_catalog()
    profile, weights = load_profile("embedded", catalog), WeightsStore.from_environment()
    return Readers(
        resolve(catalog, profile, "face_landmarks", weights=weights).load(),
        resolve(catalog, profile, "speech_encoding", weights=weights).load(),
    )
