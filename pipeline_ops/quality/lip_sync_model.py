"""What speech lets expect of a mouth, learnt from other speakers than the one who is judged.

Whoever is judged is left out, recognised by the digest of their video. None of these speakers taught a
lip-sync engine either: a judge who learnt from the same people as the painter would be too kind.

Method: canonical correlation analysis (Hotelling, "Relations between two sets of variates", 1936) with ridges
on both sides (Vinod, "Canonical ridge and econometrics of joint production", 1976).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.faces.talking_speakers import SpeakerMoments, speakers_without

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOUND_RIDGE = 200.0
"""Added to sound's second moments. 80 to 640 do equally well on speakers left out."""

MOUTH_RIDGE = 0.3
"""Added to the mouth's second moments, as a share of their mean: landmarks' own noise, and more. 0.05 to 1 do
equally well."""

COMPONENTS = 2
"""Movements of the mouth that sound foretells: mostly opening, and mostly width. A third and fourth one add
less than a tenth of a spread of the noise."""

DATA = Path(__file__).parent / "data" / "lip_sync_speakers.npz"


@dataclass(frozen=True, slots=True)
class LipSyncModel:
    """Which combinations of sound and of mouth go together.

    Attributes:
        from_sound: Shape (sound values, 2).
        from_mouth: Shape (6, 2).
        weights: Shape (2,): what each pair counts, by how well it goes together over the training speakers;
            their sum is 1.
    """

    from_sound: NDArray[np.float64]
    from_mouth: NDArray[np.float64]
    weights: NDArray[np.float64]

    def expected(self, around: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a sound lets expect, shape (frames, 2), of what `sound_around` gave."""
        expected: NDArray[np.float64] = around @ self.from_sound
        return expected

    def shown(self, motion: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a mouth shows, shape (frames, 2), of its six measures' motion."""
        shown: NDArray[np.float64] = motion @ self.from_mouth
        return shown


def solve(speakers: Sequence[SpeakerMoments]) -> LipSyncModel:
    """Return the model of these speakers together, at least one."""
    sound, joint, mouth = (
        np.sum([getattr(each, name) for each in speakers], axis=0) for name in ("sound", "joint", "mouth")
    )
    sound = sound + SOUND_RIDGE * np.eye(len(sound))
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


@functools.lru_cache(maxsize=4)
def model_without(digest: str | None, data: Path = DATA) -> LipSyncModel:
    """Return the model of all training speakers but the one whom a video shows.

    Args:
        digest: sha256 of the video that is judged; None where there is none.
        data: What `save_speakers` wrote.
    """
    return solve(speakers_without(digest, data))
