"""Clips for the media tests: generated, and real ones where the folder of test media is present."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline_ops.media.ffmpeg import ffmpeg_path
from pipeline_ops.media.probe import MediaInfo, MediaLimits, probe_media

SHARED_MEDIA = Path(__file__).resolve().parents[4] / "shared" / "media"

REAL_CLIPS = (
    "video/grid_bbaf2n.mpg",
    "video/latentsync_demo1.mp4",
    "video/opendubbing_english.mp4",
    "video/retalking_1.mp4",
    "video/retalking_4.mp4",
    "video/sadtalker_WDA_AOC.mp4",
    "video/sonitranslate_video.mp4",
    "video/syncnet_example.avi",
    "bad/audio_5_1.mp4",
    "bad/rotated_phone_90.mp4",
    "bad/vfr_30_to_15.mp4",
    "bad/webm_vp9_opus.webm",
)

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=2")
SOUND = ("-f", "lavfi", "-i", "aevalsrc=0.3*sin(2*PI*(300+200*t)*t):s=48000:d=2")
H264_AAC = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")


def shared_clip(name: str) -> Path:
    """Return a real clip, or skip the test where the test media are not beside the repository."""
    path = SHARED_MEDIA / name
    if not path.exists():
        pytest.skip(f"the test media folder has no {name} here ({SHARED_MEDIA})")
    return path


def make_clip(path: Path, *arguments: str) -> Path:
    """Let FFmpeg make a clip."""
    command = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", *arguments, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def measured(path: Path) -> MediaInfo:
    return probe_media(path, MediaLimits())


def picture_packets(path: Path, origin_s: float) -> list[tuple[float, str, bool]]:
    """Return (presentation time, digest, hidden) of each packet of the picture, in the order of decoding."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (
                round(float(packet.pts * packet.time_base) - origin_s, 3),
                hashlib.sha256(bytes(packet)).hexdigest(),
                packet.is_discard,
            )
            for packet in container.demux(stream)
            if packet.size
        ]


def picture_frames(path: Path, origin_s: float) -> list[tuple[float, str]]:
    """Return (presentation time, digest) of each decoded frame."""
    with av.open(str(path)) as container:
        return [
            (
                round(float(frame.pts * frame.time_base) - origin_s, 3),
                _picture_digest(frame),
            )
            for frame in container.decode(video=0)
        ]


def _picture_digest(frame: av.VideoFrame) -> str:
    bytes_a_sample = (frame.format.components[0].bits + 7) // 8
    return hashlib.sha256(b"".join(_shown(plane, bytes_a_sample) for plane in frame.planes)).hexdigest()


def _shown(plane: av.video.plane.VideoPlane, bytes_a_sample: int) -> bytes:
    """Return a plane without the padding at the end of its rows."""
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width * bytes_a_sample].tobytes()
