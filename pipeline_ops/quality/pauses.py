"""Is the background still there where nobody speaks?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import TimeSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE_S = 0.05
"""Left out at each end of a pause: words fade in and out there."""

SHORTEST_PAUSE_S = 0.2
"""Below this nothing is left between the edges that could be compared."""

SILENCE_POWER = 1e-9
"""-90 dB: what 16 bits of dither leave of a pause in which nothing is recorded."""


def pauses_between(spoken: Sequence[TimeSpan], duration_s: float) -> tuple[TimeSpan, ...]:
    """Return the spans in which nobody speaks, without their edges, the shortest ones left out.

    Args:
        spoken: When somebody speaks, in the original or in the dub, in any order; they may overlap.
        duration_s: Of the video.
    """
    pauses, clock_s = [], 0.0
    for span in [*sorted(spoken, key=lambda span: span.start_s), TimeSpan(duration_s, duration_s)]:
        if span.start_s - clock_s >= SHORTEST_PAUSE_S:
            pauses.append(TimeSpan(clock_s + EDGE_S, span.start_s - EDGE_S))
        clock_s = max(clock_s, span.end_s)
    return tuple(pauses)


def correlation_in_pauses(original: Path, dub: Path, pauses: Sequence[TimeSpan]) -> float | None:
    """Return how alike two sound files are within the pauses, or None where there is nothing to compare.

    The normalised correlation at lag zero over all pauses together (Pearson's, channels averaged): 1 is
    the same sound at any level, 0 is another sound. Both files have the same rate and timeline.
    """
    sides = _sounds_in_pauses(original, dub, pauses)
    if sides is None:
        return None
    one, other = (side - side.mean() for side in sides)
    norm = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.sum(one * other)) / norm if norm > 0 else None


def level_change_in_pauses_db(original: Path, dub: Path, pauses: Sequence[TimeSpan]) -> float | None:
    """Return how much louder the dub is than the original within the pauses, in dB.

    What it is: the ratio of powers (channels averaged) over all pauses together; background that was doubled
    gives 6, background that was lost a large negative number. Direction: nearer to 0 is better. Source: the
    definition of a level. Noise: a tenth of a dB; more where a pause is nearly silent, for coding adds to it.
    None where there is no pause, or the original is silent in all of them.
    """
    sides = _sounds_in_pauses(original, dub, pauses)
    if sides is None:
        return None
    before, after = (float(np.mean(np.square(side))) for side in sides)
    return 10.0 * float(np.log10(max(after, SILENCE_POWER) / before)) if before > SILENCE_POWER else None


def _sounds_in_pauses(
    original: Path, dub: Path, pauses: Sequence[TimeSpan]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    with soundfile.SoundFile(str(original)) as first, soundfile.SoundFile(str(dub)) as second:
        pairs = [(_mono(first, pause), _mono(second, pause)) for pause in pauses]
    if not pairs:
        return None
    one, other = (np.concatenate(side) for side in zip(*pairs, strict=True))
    length = min(len(one), len(other))
    return one[:length], other[:length]


def _mono(sound: soundfile.SoundFile, span: TimeSpan) -> NDArray[np.float64]:
    sound.seek(min(round(span.start_s * sound.samplerate), sound.frames))
    samples = sound.read(round(span.duration_s * sound.samplerate), dtype="float64", always_2d=True)
    mono: NDArray[np.float64] = samples.mean(axis=1)
    return mono
