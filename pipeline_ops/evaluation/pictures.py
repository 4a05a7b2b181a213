"""Moments of a video as small grey pictures, of the original and of the finished file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.types import TimeSpan
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.quality.picture_motion import LONGEST_SIDE_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES_A_MOMENT = 5
"""A quarter of a second apart: slow movement shows, too."""


def moments_of(path: Path, media: MediaInfo, spans: tuple[TimeSpan, ...]) -> list[list[NDArray[np.float32]]]:
    """Return some pictures of each span, grey, 0 to 255; fewer where it has fewer frames.

    Args:
        path: The file.
        media: What it holds.
        spans: Moments, in seconds from time 0 of the presentation.

    Raises:
        MediaToolError: the picture cannot be read, or is too damaged.
    """
    times = read_frame_times(path, media)
    moments: list[list[NDArray[np.float32]]] = []
    for span in spans:
        first, last = np.searchsorted(times.times_s, [span.start_s, span.end_s])
        wanted = set(np.linspace(first, last - 1, PICTURES_A_MOMENT).astype(int)) if last > first else set()
        moments.append(
            [
                frame.rgb(LONGEST_SIDE_PX).mean(axis=2, dtype=np.float32)
                for frame in read_frames(path, media, times, first=int(first), last=int(last))
                if frame.index in wanted
            ]
        )
    return moments
