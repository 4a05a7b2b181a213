"""A fingerprint of sound: found again in an excerpt, after coding, with other sound over it.

Method: Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002: every 12 ms the signs
of how the energies of 33 bands between 300 and 2000 Hz change, from band to band and moment to moment, give a
word of 32 bits. Two words of unrelated sound differ in half of their bits; the authors take a block for
found where less than 35 % differ, and so does this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline_ops.media.audio_blocks import read_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8_000
FRAME = 3_072  # 0.38 s, as in the paper: words change slowly, so a shift of half a step hardly matters
HOP = 96
WORDS_A_SECOND = SAMPLE_RATE_HZ / HOP
LOWEST_HZ, HIGHEST_HZ = 300.0, 2_000.0
BITS = 32

SILENCE_RMS = 1e-4
"""-80 dBFS: the bits of what lies below it are those of rounding. Its word is 0, which stands for nothing."""

BLOCK_WORDS = round(3.2 * WORDS_A_SECOND)
"""What is looked for at a time. The paper takes 3.1 s; an excerpt of 5 s holds 4.6 s of words."""

LARGEST_ERROR = 0.35
"""Of a block's bits. Unrelated sound comes below it once in 10^20 blocks, by the paper's model (4.3)."""

LEAST_SOUNDING = 0.5
"""Of a block's words: silence proves nothing."""

MOST_BLOCKS = 12
"""Looked for of one sound, spread over it: so the work does not grow with its length."""

CANDIDATES = 8
"""Places that are looked at in full: those on which most words agree."""


@dataclass(frozen=True, slots=True)
class FingerprintMatch:
    """Where a sound was found in another.

    Attributes:
        found_s: How many seconds of the sound were found, block by block.
        searched_s: How many were looked for: those in which there is something to hear.
        start_s: Where the first of them is in the sound that was looked through.
        bit_error_rate: The share of bits that differ in what was found.
    """

    found_s: float
    searched_s: float
    start_s: float
    bit_error_rate: float


def fingerprint_file(sound: Path, *, tempo: float = 1.0, pitch: float = 1.0) -> NDArray[np.uint32]:
    """Return the fingerprint of a FLAC or WAV file, shape (words,); see `fingerprint`."""
    blocks = read_blocks(sound, sample_rate_hz=SAMPLE_RATE_HZ, mono=True)
    return fingerprint((block[0] for block in blocks), tempo=tempo, pitch=pitch)


def fingerprint(
    blocks: Iterable[NDArray[np.float32]], *, tempo: float = 1.0, pitch: float = 1.0
) -> NDArray[np.uint32]:
    """Return a fingerprint, shape (words,), `WORDS_A_SECOND` of them a second; 0 is a word of silence.

    Args:
        blocks: Consecutive mono blocks, shape (frames,), at `SAMPLE_RATE_HZ`, of any length.
        tempo: How much faster the sound plays than it did; its words are those that it had then.
        pitch: How much higher it sounds than it did.
    """
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BITS + 2) * pitch
    bins = np.round(edges * FRAME / SAMPLE_RATE_HZ).astype(int)
    window = np.hanning(FRAME).astype(np.float32)
    hop = HOP / tempo  # so that each word stands for the moment that it stood for
    words: list[NDArray[np.uint32]] = []
    held, first, number = np.zeros(0, np.float32), 0, 0
    before: NDArray[np.float32] | None = None
    for block in blocks:
        held = np.concatenate([held, block])
        places = np.arange(number, number + round(len(held) / hop) + 2)
        starts = np.round(places * hop).astype(int) - first
        starts = starts[starts + FRAME <= len(held)]
        if not len(starts):
            continue
        frames = np.stack([held[start : start + FRAME] for start in starts])
        steps, before = _steps(frames * window, bins, before)
        loud = np.sqrt(np.mean(np.square(frames), axis=1)) > SILENCE_RMS
        words.append(np.where(loud, _words(steps), 0).astype(np.uint32))
        number += len(starts)
        dropped = max(0, round(number * hop) - first)
        held, first = held[dropped:], first + dropped
    return np.concatenate(words) if words else np.zeros(0, np.uint32)


def find(wanted: NDArray[np.uint32], known: NDArray[np.uint32]) -> FingerprintMatch | None:
    """Look for one sound in another, block by block, `MOST_BLOCKS` at most; None where no block is found.

    Args:
        wanted: The fingerprint of what is looked for, at least a block of it.
        known: The fingerprint that is looked through.
    """
    order = np.argsort(known, kind="stable")
    errors, starts = [], []
    blocks = [
        block
        for first in range(0, len(wanted) - BLOCK_WORDS + 1, BLOCK_WORDS)
        if np.mean((block := wanted[first : first + BLOCK_WORDS]) != 0) >= LEAST_SOUNDING
    ]
    searched = min(MOST_BLOCKS, len(blocks))
    for block in (blocks[place * len(blocks) // searched] for place in range(searched)):
        best = min(
            ((_error(block, known, place), place) for place in _candidates(block, known, order)), default=None
        )
        if best is not None and best[0] <= LARGEST_ERROR:
            errors.append(best[0])
            starts.append(best[1])
    if not errors:
        return None
    block_s = BLOCK_WORDS / WORDS_A_SECOND
    return FingerprintMatch(
        found_s=round(len(errors) * block_s, 2),
        searched_s=round(searched * block_s, 2),
        start_s=round(min(starts) / WORDS_A_SECOND, 2),
        bit_error_rate=round(float(np.mean(errors)), 4),
    )


def _steps(
    frames: NDArray[np.float32], bins: NDArray[np.int_], before: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how the differences between bands change, shape (frames, BITS), and the last differences."""
    spectrum = np.abs(np.fft.rfft(frames, axis=1)).astype(np.float32) ** 2
    energies = np.add.reduceat(spectrum[:, : bins[-1]], bins[:-1], axis=1)
    differences = energies[:, :-1] - energies[:, 1:]
    earlier = np.concatenate([differences[:1] if before is None else before[None], differences[:-1]])
    return differences - earlier, differences[-1]


def _words(steps: NDArray[np.float32]) -> NDArray[np.uint32]:
    weights = np.left_shift(np.uint32(1), np.arange(BITS, dtype=np.uint32))
    # 0 stands for silence, so a word without a bit gets one.
    words: NDArray[np.uint32] = ((steps > 0) * weights).sum(axis=1, dtype=np.uint32)
    return np.maximum(words, np.uint32(1))


def _candidates(
    block: NDArray[np.uint32], known: NDArray[np.uint32], order: NDArray[np.intp]
) -> NDArray[np.int_]:
    """Return where the block may begin: where words of it are found, but for one bit, in their order."""
    flips = np.concatenate([[np.uint32(0)], np.left_shift(np.uint32(1), np.arange(BITS, dtype=np.uint32))])
    sounding = np.flatnonzero(block)
    asked = (block[sounding, None] ^ flips[None, :]).ravel()
    positions = np.repeat(sounding, len(flips))
    left = np.searchsorted(known, asked, side="left", sorter=order)
    right = np.searchsorted(known, asked, side="right", sorter=order)
    places = [
        order[start:end] - position
        for start, end, position in zip(left, right, positions, strict=True)
        if end > start
    ]
    if not places:
        return np.zeros(0, np.int_)
    begins, votes = np.unique(np.concatenate(places), return_counts=True)
    inside = (begins >= 0) & (begins <= len(known) - len(block))
    begins, votes = begins[inside], votes[inside]
    return begins[np.argsort(votes)[::-1][:CANDIDATES]]


def _error(block: NDArray[np.uint32], known: NDArray[np.uint32], place: int) -> float:
    """Return the share of bits that differ, over the words that stand for something."""
    there = known[place : place + len(block)]
    sounding = (block != 0) & (there != 0)
    if np.mean(sounding) < LEAST_SOUNDING:
        return 1.0
    return float(np.bitwise_count(block[sounding] ^ there[sounding]).mean() / BITS)
