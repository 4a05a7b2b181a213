"""Writes any clip in the form that every browser plays: one picture in H.264, one sound in AAC, in MP4."""

from __future__ import annotations

from pathlib import Path

from pipeline_ops.media.ffmpeg import run_ffmpeg, untrusted_sound

HEIGHT_LIMIT_PX = 720
"""Enough for lips on a phone and in a window, and half the bytes of 1080."""

ENCODING = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-c:a", "aac", "-b:a", "192k", "-ac", "2"),
    *("-fflags", "+bitexact", "-flags", "+bitexact", "-movflags", "+faststart", "-f", "mp4"),
)
"""Beyond what eyes and ears notice, and played by every browser."""


def write_playable(source: Path, target: Path, *, timeout_s: float) -> None:
    """Write a clip anew: its first picture and first sound, no names, no chapters, no other tracks.

    Raises:
        MediaToolError: it cannot be decoded, or takes longer than `timeout_s`.
    """
    # H.264's colours are halved in size, so that rows and columns come in twos.
    scale = f"scale=-2:'min({HEIGHT_LIMIT_PX},trunc(ih/2)*2)',setsar=1,format=yuv420p"
    run_ffmpeg(
        [
            *untrusted_sound(source),  # a clock that starts with the file is right for its picture, too
            *("-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-map_chapters", "-1"),
            *("-vf", scale, *ENCODING, str(target)),
        ],
        task=f"write {source.name} for a browser",
        timeout_s=timeout_s,
    )
