"""What speech lets expect of a mouth, learnt from other speakers than the one who is judged.

The shipped data hold no footage and no finished model, but each training speaker's second moments of sound
and mouth. They add up, so that a model of all speakers but one is a sum and a small decomposition: whoever is
judged is left out, recognised by the digest of their video.

Method: canonical correlation analysis (Hotelling, "Relations between two sets of variates", 1936) with ridges
on both sides (Vinod, "Canonical ridge and econometrics of joint production", 1976).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.faces.speech_features import FEATURES, speech_features
from pipeline_ops.quality.mouth_motion import MEASURES, RATE_HZ, without_slow

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAPS = 2
"""A mouth is foretold from the sound up to 2 frames (80 ms) before and after it; 3 and more tell speakers'
own sound less well."""

SOUND_VALUES = (2 * TAPS + 1) * FEATURES

SOUND_RIDGE = 4000.0
"""Added to sound's second moments, some 1700 frames of deviation about 1. 1000 to 16 000 do equally well on
speakers left out."""

MOUTH_RIDGE = 0.3
"""Added to the mouth's second moments, as a share of their mean: landmarks' own noise, and more. 0.05 to 1 do
equally well."""

COMPONENTS = 2
"""Movements of the mouth that sound foretells: mostly opening, and mostly width. A third and fourth one add
less than a tenth of a spread of the noise."""

DATA = Path(__file__).parent / "data" / "lip_sync_speakers.npz"


@dataclass(frozen=True, slots=True)
class SpeakerMoments:
    """Second moments of one speaker's sound and mouth, each centred on its clip's mean.

    Attributes:
        digests: sha256 of every video that shows this speaker.
        frames: How many frames were summed.
        sound: Shape (140, 140).
        joint: Shape (140, 6): sound by mouth.
        mouth: Shape (6, 6).
    """

    digests: frozenset[str]
    frames: int
    sound: NDArray[np.float64]
    joint: NDArray[np.float64]
    mouth: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LipSyncModel:
    """Which combinations of sound and of mouth go together.

    Attributes:
        from_sound: Shape (140, 2).
        from_mouth: Shape (6, 2).
        weights: Shape (2,): what each pair counts, by how well it goes together over the training speakers;
            their sum is 1.
    """

    from_sound: NDArray[np.float64]
    from_mouth: NDArray[np.float64]
    weights: NDArray[np.float64]

    def expected(self, surroundings: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a sound lets expect, shape (frames, 2), without its slow part.

        Args:
            surroundings: What `sound_around` gave.
        """
        return without_slow(surroundings @ self.from_sound)

    def shown(self, motion: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a mouth shows, shape (frames, 2), of its six measures' motion."""
        shown: NDArray[np.float64] = motion @ self.from_mouth
        return shown


def sound_around(samples: NDArray[np.float32], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the moments of a sound around each frame, shape (frames, 140).

    Args:
        samples: Mono, shape (samples,), at 16 kHz.
        times_s: Shape (frames,), at 25 Hz.
    """
    margin_s = np.arange(1, TAPS + 1) / RATE_HZ
    wider_s = np.concatenate([times_s[0] - margin_s[::-1], times_s, times_s[-1] + margin_s])
    moments = speech_features(samples, wider_s).moments
    return np.concatenate([moments[tap : tap + len(times_s)] for tap in range(2 * TAPS + 1)], axis=1)


def moments_of(
    surroundings: NDArray[np.float64], motion: NDArray[np.float64], seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the second moments of one clip's sound, of sound by mouth, and of its mouth.

    Args:
        surroundings: What `sound_around` gave at the times at which the mouth's frames are heard.
        motion: Shape (frames, 6).
        seen: Which frames count.
    """
    sound = surroundings[seen] - surroundings[seen].mean(axis=0)
    mouth = motion[seen] - motion[seen].mean(axis=0)
    return sound.T @ sound, sound.T @ mouth, mouth.T @ mouth


def solve(speakers: Iterable[SpeakerMoments]) -> LipSyncModel:
    """Return the model of these speakers together, at least one."""
    several = tuple(speakers)
    sound = sum((each.sound for each in several), SOUND_RIDGE * np.eye(SOUND_VALUES))
    joint = sum((each.joint for each in several), np.zeros((SOUND_VALUES, len(MEASURES))))
    mouth = sum((each.mouth for each in several), np.zeros((len(MEASURES), len(MEASURES))))
    mouth = mouth + MOUTH_RIDGE * np.trace(mouth) / len(mouth) * np.eye(len(mouth))
    sound_root, mouth_root = np.linalg.cholesky(sound), np.linalg.cholesky(mouth)
    whitened = np.linalg.solve(sound_root, np.linalg.solve(mouth_root, joint.T).T)
    left, strengths, right = np.linalg.svd(whitened, full_matrices=False)
    shares = strengths[:COMPONENTS] ** 2  # of what one side explains of the other
    return LipSyncModel(
        np.linalg.solve(sound_root.T, left[:, :COMPONENTS]),
        np.linalg.solve(mouth_root.T, right[:COMPONENTS].T),
        shares / shares.sum(),
    )


def model_without(digest: str | None, data: Path = DATA) -> LipSyncModel:
    """Return the model of all training speakers but the one whom a video shows.

    Args:
        digest: sha256 of the video that is judged; None where there is none.
        data: What `save_speakers` wrote.
    """
    speakers = load_speakers(data)
    left_out = next((each for each in speakers if digest in each.digests), None)
    return _model_without(data, None if left_out is None else speakers.index(left_out))


@functools.lru_cache(maxsize=4)
def _model_without(data: Path, index: int | None) -> LipSyncModel:
    return solve(each for number, each in enumerate(load_speakers(data)) if number != index)


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


@functools.lru_cache(maxsize=2)
def load_speakers(data: Path = DATA) -> tuple[SpeakerMoments, ...]:
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
