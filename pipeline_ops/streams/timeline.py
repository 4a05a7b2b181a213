"""When segments begin, and which frame is shown when: alike in all renditions of all languages.

Segments begin on a grid of whole frames of sound, so that sound is cut exactly there. Frames of picture
seldom fall on that grid, and never where the frame rate varies. Where none does, the frame that is on screen
at that moment is repeated there as a keyframe. What is shown at any time stays the same, and every segment of
every rendition begins at the same timestamp, whatever the source's frame rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline_ops.media.frame import Frame

TIMESCALE_HZ = 90_000
"""Ticks a second of pictures: what broadcast counts in; a frame of sound is 1920 of them."""

SOUND_RATE_HZ = 48_000
SOUND_FRAME_SAMPLES = 1024  # of AAC-LC (ISO/IEC 14496-3)
SOUND_FRAME_S = Fraction(SOUND_FRAME_SAMPLES, SOUND_RATE_HZ)

USUAL_SEGMENT_FRAMES = 180
"""Frames of sound in a segment: 3.84 s. Long enough that keyframes cost little, short enough that a player
changes its mind soon."""
FEWEST_SEGMENT_FRAMES = 118  # 2.5 s
MOST_SEGMENT_FRAMES = 257  # 5.5 s

SNAP_S = 0.004
"""A frame that starts this close to the grid is moved onto it: a quarter of the shortest frame (60 Hz)."""


def segment_duration(frame_rate_hz: float) -> Fraction:
    """Return how long segments are, in seconds: whole frames of sound, and of picture where that can be.

    3.84 s at 25 and 50 frames a second, 3.733 s at 30 and 60, 2.667 s at 24; 3.84 s at rates that never meet
    the frames of sound (29.97).
    """
    rate = Fraction(frame_rate_hz).limit_denominator(1001)
    meeting = [
        count
        for count in range(FEWEST_SEGMENT_FRAMES, MOST_SEGMENT_FRAMES + 1)
        if (count * SOUND_FRAME_S * rate).denominator == 1
    ]
    count = min(
        meeting, key=lambda each: (abs(each - USUAL_SEGMENT_FRAMES), each), default=USUAL_SEGMENT_FRAMES
    )
    return count * SOUND_FRAME_S


def streamed_duration(duration_s: float, segment_s: Fraction) -> Fraction:
    """Return how much of a video is streamed: all of it but a rest that is shorter than one frame of sound.

    Such a rest behind the last whole segment would be a segment of sound with none of picture, or the other
    way round.
    """
    exact = Fraction(duration_s)
    rest = exact % segment_s
    return exact - rest if rest < SOUND_FRAME_S and exact > segment_s else exact


def segment_starts(duration_s: float, segment_s: Fraction) -> tuple[Fraction, ...]:
    """Return when segments begin, in seconds."""
    streamed = streamed_duration(duration_s, segment_s)
    return tuple(number * segment_s for number in range(-(-streamed // segment_s)))


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Which frame is shown when.

    Attributes:
        frames: Shape (shown,), int64, never decreasing: indices of the source's frames.
        ticks: Shape (shown,), int64, strictly increasing from 0: when each is shown, in `TIMESCALE_HZ`.
        keyframes: Shape (shown,), bool: where segments begin.
        end_tick: When the last one ends.
    """

    frames: NDArray[np.int64]
    ticks: NDArray[np.int64]
    keyframes: NDArray[np.bool_]
    end_tick: int

    def __len__(self) -> int:
        return len(self.frames)

    def duration_ticks(self, position: int) -> int:
        """Return how long what is shown at a position of the schedule stays."""
        following = self.ticks[position + 1] if position + 1 < len(self) else self.end_tick
        return int(following - self.ticks[position])


def schedule_frames(times_s: NDArray[np.float64], duration_s: float, segment_s: Fraction) -> Schedule:
    """Lay a picture out from time 0 to the end of the presentation, with a keyframe at every segment's start.

    A picture that starts after its sound shows its first frame from the beginning; one that ends before it
    shows its last frame to the end.

    Args:
        times_s: Shape (frames,), increasing: when each frame of the source is shown.
        duration_s: Of the presentation.
        segment_s: See `segment_duration`.
    """
    end_tick = round(streamed_duration(duration_s, segment_s) * TIMESCALE_HZ)
    starts = np.round(times_s * TIMESCALE_HZ).astype(np.int64)
    starts[0] = 0
    # Of frames that round to one tick, the last is what stays on screen.
    distinct = np.append(starts[1:] > starts[:-1], True) & (starts < end_tick)
    frames, ticks = np.flatnonzero(distinct).astype(np.int64), starts[distinct]
    boundaries = np.array(
        [round(start * TIMESCALE_HZ) for start in segment_starts(duration_s, segment_s)], np.int64
    )
    before = np.searchsorted(ticks, boundaries, side="right") - 1  # what is on screen then
    after = np.minimum(before + 1, len(ticks) - 1)
    nearest = np.where(np.abs(ticks[after] - boundaries) < np.abs(ticks[before] - boundaries), after, before)
    near = np.abs(ticks[nearest] - boundaries) <= round(SNAP_S * TIMESCALE_HZ)
    ticks[nearest[near]] = boundaries[near]
    repeated = ~near
    frames = np.concatenate([frames, frames[before[repeated]]])
    ticks = np.concatenate([ticks, boundaries[repeated]])
    order = np.argsort(ticks, kind="stable")
    return Schedule(frames[order], ticks[order], np.isin(ticks[order], boundaries), end_tick)


def on_schedule(frames: Iterable[Frame], schedule: Schedule) -> Iterator[tuple[int, Frame]]:
    """Yield each position of the schedule with its frame; `frames` come in order, each once."""
    position = 0
    for frame in frames:
        while position < len(schedule) and schedule.frames[position] == frame.index:
            yield position, frame
            position += 1
        if position == len(schedule):
            return
