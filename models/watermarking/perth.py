"""Perth: speech that says to machines that it is made, found again after it was coded, cut or mixed.

Marking adds sound below 2 kHz and nothing else, so speech keeps its band, its length and its place in time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError
from models.resampling import resample_blocks
from models.types import HeardWatermark, WatermarkReading
from models.watermarking.perth_network import (
    HOP_FRAMES,
    REACH_STEPS,
    SAMPLE_RATE_HZ,
    WINDOW_FRAMES,
    PerthNetwork,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS = "perth_net_250000.pth.tar"

CHUNK_FRAMES = 10 * SAMPLE_RATE_HZ
"""Marked at a time: the networks' memory is 30 MB for it. A whole number of hops."""

CONTEXT_FRAMES = (REACH_STEPS + -(-WINDOW_FRAMES // HOP_FRAMES)) * HOP_FRAMES
"""Around a chunk, as far as the sound can be that decides its mark: with it, chunks join without a seam."""

HEARD_WINDOW_S = 4.0
HEARD_HOP_S = 2.0
"""The detector's answer is about a window, not about a moment; a line of a dub lasts 2 to 6 s."""

FULL_PRESENCE = 0.7
"""A window from it on bears the mark. Of 100 unmarked clips none whose controls stayed silent came above
0.63; marked speech with music 10 dB below it came to 0.88 at least (docs/measurements.md)."""

CONTROL_SPEEDS = (0.96, 1.04)
"""The mark lies in bands of its own: played this much slower or faster it is not found any more. Noise that
the network takes for a mark is taken for one at some of these speeds as well, and so is found out."""

LARGEST_CONTROL = 0.6
"""Of a window's own presence: the controls of marked speech came to 0.46 of it at most, those of noise to 1,
those of the one unmarked voice over music that sounded marked to 0.68."""

SILENCE_RMS = 1e-4  # -80 dBFS: less than the noise of a room


class PerthWatermarker:
    """Marks speech and finds the mark; it says that it is there, and no id."""

    sample_rate_hz: ClassVar[int] = SAMPLE_RATE_HZ
    payload_bits: ClassVar[int] = 0

    def __init__(self, network: PerthNetwork) -> None:
        self._network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Read the weights.

        Args:
            files: `perth_net_250000.pth.tar`.
            options: None.

        Raises:
            FaultError: an option was given, or the file is not what it should be.
        """
        if options or set(files) != {WEIGHTS}:
            message = f"Perth takes {WEIGHTS} and no options, not {sorted(files)}, {sorted(options)}"
            raise FaultError(message)
        return cls(PerthNetwork.load(files[WEIGHTS]))

    def mark(
        self, blocks: Iterable[NDArray[np.float32]], sample_rate_hz: int
    ) -> Iterator[NDArray[np.float32]]:
        """Yield the blocks with the mark added; see `models.base.Watermarker`."""
        own, listened_to = itertools.tee(blocks)  # never further apart than a chunk with its context
        at_own_rate = (block[None, :] for block in listened_to)
        marks = self._marks(resample_blocks(at_own_rate, sample_rate_hz, SAMPLE_RATE_HZ, 1))
        resampled = resample_blocks(marks, SAMPLE_RATE_HZ, sample_rate_hz, 1)
        waiting = np.zeros(0, np.float32)
        for block in own:
            while len(waiting) < len(block):
                more = next(resampled, None)
                if more is None:  # rounding between rates may leave a sample too few
                    waiting = np.pad(waiting, (0, len(block) - len(waiting)))
                else:
                    waiting = np.concatenate([waiting, more[0]])
            yield np.clip(block + waiting[: len(block)], -1.0, 1.0)
            waiting = waiting[len(block) :]

    def detect(self, blocks: Iterable[NDArray[np.float32]]) -> WatermarkReading:
        """Listen for the mark window by window; see `models.base.Watermarker`."""
        heard = []
        for start, window in _windows(blocks):
            if float(np.sqrt(np.mean(np.square(window)))) > SILENCE_RMS:
                presence = self._presence(window)
                end_s = (start + len(window)) / SAMPLE_RATE_HZ
                heard.append(HeardWatermark(start / SAMPLE_RATE_HZ, end_s, presence))
        return WatermarkReading(tuple(heard), FULL_PRESENCE)

    def _presence(self, window: NDArray[np.float32]) -> float:
        """Return how surely the mark is found in a window, 0 to 1; 0 where its controls sound marked too."""
        import soxr

        heard = self._network.presence(window)
        if heard >= FULL_PRESENCE:  # else no control changes the answer
            slower_and_faster = (
                soxr.resample(window, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ / speed) for speed in CONTROL_SPEEDS
            )
            if max(self._network.presence(sound) for sound in slower_and_faster) > LARGEST_CONTROL * heard:
                return 0.0
        return min(1.0, max(0.0, heard))

    def _marks(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Yield the mark alone, shape (1, frames), of sound at `SAMPLE_RATE_HZ`."""
        held = np.zeros(0, np.float32)
        before = 0  # frames of `held` that were marked already
        for block in blocks:
            held = np.concatenate([held, block[0]])
            while len(held) >= before + CHUNK_FRAMES + CONTEXT_FRAMES:
                segment = held[: before + CHUNK_FRAMES + CONTEXT_FRAMES]
                yield self._mark_of(segment)[None, before : before + CHUNK_FRAMES]
                held = held[before + CHUNK_FRAMES - CONTEXT_FRAMES :]
                before = CONTEXT_FRAMES
        if len(held) > before:
            yield self._mark_of(held)[None, before:]

    def _mark_of(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        missing = max(0, WINDOW_FRAMES - len(samples))
        return self._network.mark_of(np.pad(samples, (0, missing)))[: len(samples)]


def _windows(blocks: Iterable[NDArray[np.float32]]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield (first frame, window); the last one ends with the sound, a short sound is one window."""
    length, hop = (round(seconds * SAMPLE_RATE_HZ) for seconds in (HEARD_WINDOW_S, HEARD_HOP_S))
    held = np.zeros(0, np.float32)
    start, seen = 0, 0
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= length:
            yield start, held[:length]
            seen = start + length
            held, start = held[hop:], start + hop
    if start + len(held) > seen and len(held) >= WINDOW_FRAMES:
        yield start, held
