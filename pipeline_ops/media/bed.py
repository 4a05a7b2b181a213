"""The bed under a dub: the original sound where nobody speaks, its background alone where somebody does.

Separation is never perfect; where there is no voice to remove, the original is the better background.
Cross-fades hide the change from one to the other, which carry the same background anyway, and what music a
voice took with it is made up for (`bed_filling.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import TimeSpan, Utterance
from pipeline_ops.media.bed_filling import CONTEXT_FRAMES, HOP_FRAMES, filling

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH_BEFORE_S = 0.1
REACH_AFTER_S = 0.4
"""Detected speech counts as belonging to an utterance this far before and after it. Measured on 8 clear clips
in three languages: the recogniser put the beginnings of lines at most 0.11 s too late, the ends up to 0.39 s
too early. Further away, what a detector takes for speech over music is music, or somebody singing in it."""

MARGIN_S = 0.12
"""Kept around speech: voices ring on in a room after the detector has let go."""

PIECE_FRAMES = 235 * HOP_FRAMES
"""5 s at 48 kHz: what is worked on at a time, however long the sound."""

FADE_S = 0.06
"""Half of the margin: the change is over before the voice begins."""


def spoken_spans(regions: Sequence[TimeSpan], utterances: Sequence[Utterance]) -> tuple[TimeSpan, ...]:
    """Return when the original voice is heard, margins included, in order and disjoint.

    Args:
        regions: Where the detector hears speech.
        utterances: Where the recogniser found words; a word counts even where the detector is silent.
    """
    spans = [
        TimeSpan(
            max(region.start_s, line.start_s - REACH_BEFORE_S), min(region.end_s, line.end_s + REACH_AFTER_S)
        )
        for region in regions
        for line in utterances
    ]
    spans += [TimeSpan(word.start_s, word.end_s) for line in utterances for word in line.words]
    merged: list[TimeSpan] = []
    for span in sorted((span for span in spans if span.duration_s > 0), key=lambda span: span.start_s):
        start_s, end_s = max(0.0, span.start_s - MARGIN_S), span.end_s + MARGIN_S
        if merged and start_s <= merged[-1].end_s:
            merged[-1] = TimeSpan(merged[-1].start_s, max(merged[-1].end_s, end_s))
        else:
            merged.append(TimeSpan(start_s, end_s))
    return tuple(merged)


def bed_blocks(original: Path, background: Path, spoken: Sequence[TimeSpan]) -> Iterator[NDArray[np.float32]]:
    """Yield the bed in blocks of shape (frames, channels), a few seconds each.

    Args:
        original: The source's sound.
        background: The same without the voice: same length, rate and channels.
        spoken: When the voice is heard, in order and disjoint.
    """
    with soundfile.SoundFile(str(original)) as whole, soundfile.SoundFile(str(background)) as parted:
        for start in range(0, whole.frames, PIECE_FRAMES):
            first = max(0, start - CONTEXT_FRAMES)
            wanted = slice(start - first, start - first + PIECE_FRAMES)
            full, bare = (
                _read(file, first, start + PIECE_FRAMES + CONTEXT_FRAMES) for file in (whole, parted)
            )
            share = voice_share(spoken, first, len(full), whole.samplerate)[:, None]
            bed = full + share * (bare - full)
            if share[wanted].any():
                filled = [
                    filling(full[:, channel], bed[:, channel], whole.samplerate, first)
                    for channel in range(whole.channels)
                ]
                bed += share * np.stack(filled, axis=1)
            yield bed[wanted]


def _read(file: soundfile.SoundFile, first: int, end: int) -> NDArray[np.float32]:
    file.seek(first)
    samples: NDArray[np.float32] = file.read(end - first, dtype="float32", always_2d=True)
    return samples


def voice_share(
    spoken: Sequence[TimeSpan], first_frame: int, length: int, sample_rate_hz: int
) -> NDArray[np.float32]:
    """Return for each sample how far the bed is the background alone: 1 within speech, 0 away from it.

    Ramps of `FADE_S` lie within the spans.
    """
    times_s = (first_frame + np.arange(length)) / sample_rate_hz
    share = np.zeros(length)
    for span in spoken:
        if span.end_s > times_s[0] and span.start_s < times_s[-1]:
            inside = np.minimum(times_s - span.start_s, span.end_s - times_s) / FADE_S
            share = np.maximum(share, np.clip(inside, 0.0, 1.0))
    # A raised cosine, so that neither the level nor its slope jumps.
    return (0.5 - 0.5 * np.cos(np.pi * share)).astype(np.float32)
