"""Hears a sound in overlapping windows: who of up to three local speakers talks when, and how each sounds.

A window's speakers are local: nothing says yet that the first one here is the first one of the next window.
The cut of the work is that of Bredin, "pyannote.audio 2.1 speaker diarization pipeline", Interspeech 2023.
One step is added: the segmentation may take two people for one who never talk at once, and so each of its
speakers is heard stretch by stretch and parted where the stretches are not one person's.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.diarization.group_voices import merge_alike
from models.diarization.segmentation_network import (
    FIRST_MOMENT_FRAMES,
    MOMENTS,
    POWERSET,
    SAMPLE_RATE_HZ,
    SPEAKERS,
    STEP_FRAMES,
    WINDOW_FRAMES,
    SegmentationNetwork,
)
from models.speaker_embedding.campplus import FEWEST_ROWS, CamPlusPlusEncoder
from models.speaker_embedding.filterbank import STEP_FRAMES as ROW_FRAMES
from models.speaker_embedding.filterbank import WINDOW_FRAMES as ROW_WINDOW_FRAMES
from models.speaker_embedding.filterbank import log_mel_bands
from models.types import TimeSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOMENT_S = STEP_FRAMES / SAMPLE_RATE_HZ
MOMENTS_A_STEP = 296
"""From one window to the next, 4.995 s: every moment is heard twice, once at least well inside a window."""

SHORTEST_PAUSE_S = 0.2
"""Where people take turns there is such a pause or the segmentation tells them apart (the median of pauses
between turns is 0.2 s: Stivers et al., "Universals and cultural variation in turn-taking", PNAS 2009)."""

SEGMENTATION_ALLOWANCE = 0.2
"""How much less alike stretches may be that the segmentation gives to one speaker: its word counts too. Where
it took two people for one, their stretches of 1.5 s and more had 0.13 to 0.25."""

SHORT_ALLOWANCE = 0.3
"""The same for stretches of half a second, on top: they overrule it only where nothing is alike. In a
reverberant room and on the telephone one person's stretches of a second or so had 0.16 to 0.43."""


@dataclass(frozen=True, slots=True)
class LocalVoice:
    """One speaker of one window.

    Attributes:
        window: The window's number; it begins `window * MOMENTS_A_STEP` moments into the sound.
        active: Shape (589,), bool: when this one talks.
        alone: The same, when nobody else talks.
        voice: How they sound, shape (192,); a point on the unit sphere.
    """

    window: int
    active: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    voice: NDArray[np.float32]


def hear_voices(
    blocks: Iterable[NDArray[np.float32]],
    regions: Sequence[TimeSpan],
    segmentation: SegmentationNetwork,
    encoder: CamPlusPlusEncoder,
    alike: float,
) -> Iterator[LocalVoice]:
    """Yield each window's speakers; who talks alone too briefly for their voice to be heard is left out.

    Args:
        blocks: Consecutive mono blocks, shape (frames,), at 16 kHz, of any length.
        regions: Where somebody speaks, in order, disjoint; windows without any are not looked at.
        segmentation: Tells the speakers of a window apart.
        encoder: Tells how they sound.
        alike: See `group_voices`.
    """
    starts_s = np.array([region.start_s for region in regions])
    ends_s = np.array([region.end_s for region in regions])
    for window, samples in enumerate(_windows(blocks)):
        spoken = _spoken(window, starts_s, ends_s)
        if not spoken.any():
            continue
        classes = np.argmax(segmentation(samples), axis=1)
        active = _powerset()[classes] & spoken[:, None]
        alone = active & (active.sum(axis=1, keepdims=True) == 1)
        bands = log_mel_bands(samples)
        for speaker in range(SPEAKERS):
            for part in _people(active[:, speaker], alone[:, speaker], bands, encoder, alike):
                rows = bands[(alone[:, speaker] & part)[_moment_of_rows(len(bands))]]
                if len(rows) >= FEWEST_ROWS:
                    voice = encoder.embed_bands(rows)
                    yield LocalVoice(window, active[:, speaker] & part, alone[:, speaker] & part, voice)


def moment_start_s(moment: int) -> float:
    """Return when a moment of the whole sound begins; the first one's own samples begin a little into it."""
    return (FIRST_MOMENT_FRAMES + moment * STEP_FRAMES) / SAMPLE_RATE_HZ if moment else 0.0


def _people(
    active: NDArray[np.bool_],
    alone: NDArray[np.bool_],
    bands: NDArray[np.float32],
    encoder: CamPlusPlusEncoder,
    alike: float,
) -> list[NDArray[np.bool_]]:
    """Return in which moments of a window each person talks whom the segmentation takes for one speaker."""
    everything = np.ones(MOMENTS, np.bool_)
    stretches = _stretches(active)
    moments = _moment_of_rows(len(bands))
    rows = [bands[alone[moments] & (moments >= first) & (moments < last)] for first, last in stretches]
    heard = [index for index, each in enumerate(rows) if len(each) >= FEWEST_ROWS]
    if len(heard) < 2:  # noqa: PLR2004
        return [everything]
    voices = np.array([encoder.embed_bands(rows[index]) for index in heard])
    heard_s = np.array([len(rows[index]) * ROW_FRAMES / SAMPLE_RATE_HZ for index in heard])
    groups = merge_alike(voices, heard_s, alike - SEGMENTATION_ALLOWANCE, SHORT_ALLOWANCE)[-1]
    middles = [(stretches[index][0] + stretches[index][1]) / 2 for index in heard]
    # A stretch too short to be heard belongs to the nearest that is not.
    nearest = np.argmin(np.abs(np.arange(MOMENTS)[:, None] - np.array(middles)), axis=1)
    for index, (first, last) in enumerate(stretches):
        nearest[first:last] = (
            heard.index(index)
            if index in heard
            else np.argmin(np.abs(np.array(middles) - (first + last) / 2))
        )
    return [np.array(groups)[nearest] == group for group in range(max(groups) + 1)]


def _stretches(active: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where a speaker talks without a pause, first and past the last moment."""
    stretches: list[tuple[int, int]] = []
    for first, last in runs_of(active):
        if stretches and (first - stretches[-1][1]) * MOMENT_S < SHORTEST_PAUSE_S:
            stretches[-1] = (stretches[-1][0], last)
        else:
            stretches.append((first, last))
    return stretches


def runs_of(active: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return each run of true moments, first and past the last one, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _windows(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Cut blocks into windows of ten seconds that overlap; the last one is filled up with silence."""
    step = MOMENTS_A_STEP * STEP_FRAMES
    held = np.zeros(0, np.float32)
    fresh = 0
    for block in blocks:
        held = np.concatenate([held, block])
        fresh += len(block)
        while len(held) >= WINDOW_FRAMES:
            yield held[:WINDOW_FRAMES]
            held = held[step:]
            fresh = max(0, len(held) - (WINDOW_FRAMES - step))
    if fresh:
        yield np.pad(held, (0, WINDOW_FRAMES - len(held)))


def _spoken(window: int, starts_s: NDArray[np.float64], ends_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which moments of a window lie in a region of speech, by their middles."""
    first = window * MOMENTS_A_STEP
    middles_s = (FIRST_MOMENT_FRAMES + (first + np.arange(MOMENTS) + 0.5) * STEP_FRAMES) / SAMPLE_RATE_HZ
    begun = np.searchsorted(starts_s, middles_s, side="right")
    spoken: NDArray[np.bool_] = middles_s < np.concatenate([[0.0], ends_s])[begun]
    return spoken


def _moment_of_rows(rows: int) -> NDArray[np.int64]:
    """Return in which moment the middle of each row of mel bands lies."""
    middles = np.arange(rows) * ROW_FRAMES + ROW_WINDOW_FRAMES // 2
    return np.clip((middles - FIRST_MOMENT_FRAMES) // STEP_FRAMES, 0, MOMENTS - 1)


@functools.cache
def _powerset() -> NDArray[np.bool_]:
    """Return who talks in each class, shape (7, 3)."""
    members = np.zeros((len(POWERSET), SPEAKERS), np.bool_)
    for number, speakers in enumerate(POWERSET):
        members[number, list(speakers)] = True
    return members
