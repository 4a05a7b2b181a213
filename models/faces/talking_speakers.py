"""How people's mouths go with what they say: each speaker's second moments of sound and mouth.

They add up, so that what several speakers have in common is a sum and a small solution, and whoever is looked
at is left out of it, recognised by the digest of their video. No footage is kept, and no finished model.
`scripts/learn_talking_mouths.py` makes the files.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SpeakerMoments:
    """Second moments of one speaker's sound and mouth, each centred on its clip's mean.

    Attributes:
        digests: sha256 of every video that shows this speaker.
        frames: How many frames, at 25 Hz, were summed.
        sound: Shape (sound values, sound values).
        joint: Shape (sound values, 6): sound by mouth.
        mouth: Shape (6, 6).
    """

    digests: frozenset[str]
    frames: int
    sound: NDArray[np.float64]
    joint: NDArray[np.float64]
    mouth: NDArray[np.float64]


def moments_of(
    around: NDArray[np.float64],
    motion: NDArray[np.float64],
    seen: NDArray[np.bool_],
    digests: frozenset[str] = frozenset(),
) -> SpeakerMoments:
    """Return the moments of one clip.

    Args:
        around: What `sound_around` gave at the times at which the mouth's frames are heard.
        motion: Shape (frames, 6), from `mouth_motion`.
        seen: Which frames count.
        digests: sha256 of every video that shows this speaker.
    """
    sound = around[seen] - around[seen].mean(axis=0)
    mouth = motion[seen] - motion[seen].mean(axis=0)
    return SpeakerMoments(
        digests, int(np.count_nonzero(seen)), sound.T @ sound, sound.T @ mouth, mouth.T @ mouth
    )


def speakers_without(digest: str | None, data: Path) -> tuple[SpeakerMoments, ...]:
    """Return all speakers of a file but the one whom a video shows.

    Args:
        digest: sha256 of the video that is looked at; None where there is none.
        data: What `save_speakers` wrote.
    """
    return tuple(each for each in load_speakers(data) if digest not in each.digests)


def save_speakers(speakers: Iterable[SpeakerMoments], data: Path) -> None:
    """Write speakers' moments; the same speakers give the same bytes."""
    several = tuple(speakers)
    digests = sorted((digest, number) for number, each in enumerate(several) for digest in each.digests)
    np.savez(
        data,
        frames=np.array([each.frames for each in several], dtype=np.int32),
        sound=np.stack([_half(each.sound) for each in several]).astype(np.float32),
        joint=np.stack([each.joint for each in several]).astype(np.float32),
        mouth=np.stack([_half(each.mouth) for each in several]).astype(np.float32),
        digests=np.array([digest for digest, _ in digests]),
        digest_speakers=np.array([number for _, number in digests], dtype=np.int32),
    )


@functools.lru_cache(maxsize=4)
def load_speakers(data: Path) -> tuple[SpeakerMoments, ...]:
    """Read the speakers' moments."""
    with np.load(data, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return tuple(
        SpeakerMoments(
            frozenset(arrays["digests"][arrays["digest_speakers"] == number].tolist()),
            int(frames),
            _whole(arrays["sound"][number].astype(np.float64)),
            arrays["joint"][number].astype(np.float64),
            _whole(arrays["mouth"][number].astype(np.float64)),
        )
        for number, frames in enumerate(arrays["frames"])
    )


def _half(symmetric: NDArray[np.float64]) -> NDArray[np.float64]:
    half: NDArray[np.float64] = symmetric[np.triu_indices(len(symmetric))]
    return half


def _whole(half: NDArray[np.float64]) -> NDArray[np.float64]:
    size = int((np.sqrt(8 * len(half) + 1) - 1) / 2)
    whole = np.zeros((size, size))
    whole[np.triu_indices(size)] = half
    return whole + np.triu(whole, 1).T
