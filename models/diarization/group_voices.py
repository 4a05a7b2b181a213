"""Gathers voices that belong to one person, and decides by it how many persons there are.

Agglomerative clustering: the two groups whose centres are most alike become one, until no two are alike
enough; the less of a voice was heard, the less alike it has to be. A centre is the mean of its voices, each
weighted by how long it was heard, so that short and uncertain voices join groups but do not move them.
Sources: Day and Edelsbrunner, "Efficient algorithms for agglomerative hierarchical clustering methods", 1984,
for centres; Park et al., "A review of speaker diarization", 2022, section 2.5, for its use here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.types import SpeakerLimits

if TYPE_CHECKING:
    from numpy.typing import NDArray

Labels = list[int]

MOST_AT_ONCE = 1024
"""Voices whose likenesses are held at once, 8 MB: those of an hour or more. Others are gathered in parts."""


ALIKE = 0.5
"""Of two groups of which 1.5 s or more were heard, centres with a higher dot product are one person's. Of
131 stretches of 1.5 to 3 s of single speakers the least alike to the rest of its clip had 0.62, and of their
likenesses to other people the greatest was 0.44 (`benchmarks/voice_likeness.py`)."""

SHORT_ALLOWANCE = 0.15
"""How much less alike voices of half a second may be: up to a second half of them had less than 0.53 to the
rest of their clip, and none had more than 0.35 to other people."""

SHORT_S, LONG_S = 0.5, 1.5
"""From the one to the other the allowance dwindles to nothing."""


def group_voices(
    voices: NDArray[np.float32], speech_s: NDArray[np.float64], limits: SpeakerLimits, *, alike: float = ALIKE
) -> Labels:
    """Return for each voice the number of its group, from 0.

    Args:
        voices: Points on the unit sphere, shape (count, width), at least one.
        speech_s: Shape (count,): how long each was heard.
        limits: How many groups there may be, and how much speech makes one count.
        alike: Groups of which enough was heard are one person's where their centres' dot product is higher.
    """
    parts = [slice(start, start + MOST_AT_ONCE) for start in range(0, len(voices), MOST_AT_ONCE)]
    if len(parts) == 1:
        return _group(voices, speech_s, limits, alike)
    labels: Labels = []
    for part in parts:  # by likeness alone: who counts is decided over the whole
        own = merge_alike(voices[part], speech_s[part], alike)[-1]
        labels += [label + (max(labels) + 1 if labels else 0) for label in own]
    centres, centre_s = _centres(voices, speech_s, labels)
    groups = group_voices(centres, centre_s, limits, alike=alike)
    return [groups[label] for label in labels]


def _group(
    voices: NDArray[np.float32], speech_s: NDArray[np.float64], limits: SpeakerLimits, alike: float
) -> Labels:
    levels = merge_alike(voices, speech_s, alike=-np.inf if limits.expected else alike)
    labels = levels[-1]
    if limits.expected:
        fitting = [level for level in levels if _counting(level, speech_s, limits) == limits.expected]
        # Nowhere as many speak long enough: then as many as are heard to be different.
        labels = fitting[-1] if fitting else merge_alike(voices, speech_s, alike)[-1]
    labels = _without_small(voices, speech_s, labels, limits.minimum_speech_s)
    most = limits.expected or limits.most
    if max(labels) >= most:
        centres, centre_s = _centres(voices, speech_s, labels)
        fewer = next(level for level in merge_alike(centres, centre_s, -np.inf) if max(level) < most)
        labels = [fewer[label] for label in labels]
    return labels


def merge_alike(
    voices: NDArray[np.float32],
    speech_s: NDArray[np.float64],
    alike: float,
    short_allowance: float = SHORT_ALLOWANCE,
) -> list[Labels]:
    """Return the groups after each step, from every voice alone to the last two that are alike enough.

    Args:
        voices: Points on the unit sphere, shape (count, width).
        speech_s: Shape (count,): how long each was heard.
        alike: See `group_voices`; minus infinity to go on until one group is left.
        short_allowance: How much less alike voices of half a second may be.
    """
    sums, heard_s = voices.astype(np.float64) * speech_s[:, None], speech_s.copy()
    centres = voices.astype(np.float64)
    standing = np.ones(len(voices), np.bool_)

    def likenesses(one: int) -> NDArray[np.float64]:
        """Return how alike one group and each other are; minus infinity where that is not enough."""
        likeness = centres @ centres[one]
        enough = alike - short_allowance * np.interp(
            np.minimum(heard_s, heard_s[one]), [SHORT_S, LONG_S], [1.0, 0.0]
        )
        joinable = standing & (likeness > enough)
        joinable[one] = False
        return np.where(joinable, likeness, -np.inf)

    likeness = np.array([likenesses(one) for one in range(len(voices))])
    members = [[index] for index in range(len(voices))]
    levels = [_labels(members)]
    while np.isfinite(likeness.max()):
        # The lower number stays, so that groups are numbered by their first voice.
        one, other = sorted(divmod(int(np.argmax(likeness)), len(voices)))
        sums[one] += sums[other]
        heard_s[one] += heard_s[other]
        centres[one] = sums[one] / np.linalg.norm(sums[one])
        members[one] += members[other]
        members[other], standing[other] = [], False
        likeness[other], likeness[:, other] = -np.inf, -np.inf
        likeness[one] = likeness[:, one] = likenesses(one)
        levels.append(_labels(members))
    return levels


def _labels(members: Sequence[Sequence[int]]) -> Labels:
    labels = [0] * sum(map(len, members))
    for label, group in enumerate(group for group in members if group):
        for index in group:
            labels[index] = label
    return labels


def _speech_of(labels: Labels, speech_s: NDArray[np.float64]) -> NDArray[np.float64]:
    spoken_s: NDArray[np.float64] = np.bincount(labels, weights=speech_s).astype(np.float64)
    return spoken_s


def _counting(labels: Labels, speech_s: NDArray[np.float64], limits: SpeakerLimits) -> int:
    return int((_speech_of(labels, speech_s) >= limits.minimum_speech_s).sum())


def _centres(
    voices: NDArray[np.float32], speech_s: NDArray[np.float64], labels: Labels
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    sums = np.zeros((max(labels) + 1, voices.shape[1]))
    np.add.at(sums, labels, voices * speech_s[:, None])
    centres = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return centres.astype(np.float32), _speech_of(labels, speech_s)


def _without_small(
    voices: NDArray[np.float32], speech_s: NDArray[np.float64], labels: Labels, minimum_s: float
) -> Labels:
    """Give the voices of groups that speak too little to the group most alike; the largest always counts."""
    centres, group_s = _centres(voices, speech_s, labels)
    counts = group_s >= min(minimum_s, group_s.max())
    kept = np.flatnonzero(counts)
    nearest = np.argmax(voices @ centres[kept].T, axis=1)
    number = {int(group): place for place, group in enumerate(kept)}
    return [number.get(label, int(near)) for label, near in zip(labels, nearest, strict=True)]
