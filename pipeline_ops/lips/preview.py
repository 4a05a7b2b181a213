"""A short clip that shows the original picture beside the rendered one, with the dub's sound."""

from __future__ import annotations

from pathlib import Path

from pipeline_ops.media.ffmpeg import file_url, own_input, run_ffmpeg, untrusted_input
from pipeline_ops.media.probe import MediaInfo

LONGEST_S = 12.0
"""Two or three sentences: what one watches to judge lips."""

HEIGHT_PX = 480
RATE_HZ = 25
"""The pictures are laid on one clock, since both may have variable rates."""


def write_preview(
    *, source: Path, media: MediaInfo, rendered: Path, sound: Path, start_s: float, output: Path
) -> None:
    """Write original and rendered picture side by side, from `start_s` on.

    Args:
        source: The creator's file.
        media: What it holds.
        rendered: The picture with changed lips.
        sound: The dub, on the video's timeline.
        start_s: Where the clip begins.
        output: An MP4.

    Raises:
        MediaToolError: FFmpeg could not do it.
    """
    duration_s = min(LONGEST_S, media.duration_s - start_s)
    cut = f"trim=start={start_s:.3f}:duration={duration_s:.3f},setpts=PTS-STARTPTS"
    shape = f"{cut},fps={RATE_HZ},scale=-2:{HEIGHT_PX},setsar=1,format=yuv420p"
    graph = (
        f"[0:{media.video.index}]{shape}[before];[1:v:0]{shape}[after];[before][after]hstack[picture];"
        f"[2:a:0]atrim=start={start_s:.3f}:duration={duration_s:.3f},asetpts=PTS-STARTPTS[sound]"
    )
    run_ffmpeg(
        [
            *untrusted_input(source, media.origin_s),
            *own_input(rendered),
            *own_input(sound),
            *["-filter_complex", graph, "-map", "[picture]", "-map", "[sound]"],
            *["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads:v", "2"],
            *["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-movflags", "+faststart"],
            *[
                "-fflags",
                "+bitexact",
                "-flags:v",
                "+bitexact",
                "-flags:a",
                "+bitexact",
                "-map_metadata",
                "-1",
            ],
            *["-f", "mp4", file_url(output)],
        ],
        task=f"lay the new lips of {source.name} beside the old",
        timeout_s=120.0 + 4.0 * media.duration_s,
    )
