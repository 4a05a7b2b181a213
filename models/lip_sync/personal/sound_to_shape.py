"""From what is said to the shape of one speaker's mouth: what others' mouths do, adapted to this one.

Other speakers say how six measures of a mouth move (`other_speakers.py`); the speaker's own footage corrects
that, the more the longer it is, and says which shapes of this mouth those movements are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.mouth_motion import MEASURES, RATE_HZ, smoothed_course
from models.faces.sound_around import sound_around

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.faces.mouth_motion import MouthMotion
    from models.types import SpeechEncoding

TRUST_IN_OTHERS = 1300.0
"""Added to sound's second moments, which grow with footage: the less there is, the more others count. Of 20
to endless, 1300 foretold held-out speech of ten speakers best, if by little: 0.491, against 0.40 and 0.489 at
the ends."""

SHAPE_RIDGE = 0.05
"""Of the measures' second moments: two of them that always go together are not told apart by their noise."""

FOLDS = 5
GAP_S = 0.8
"""Between what is learnt from and what is held out: the slow part of each is taken over 0.64 s."""

CHANCE_SHIFTS = 12
"""The measure is repeated with the sound shifted so often against the picture, to see what chance gives."""

MOST_GAIN = 2.5
"""Least squares shrinks what it cannot foresee; movements are enlarged to their usual size, within reason."""


@dataclass(frozen=True, slots=True)
class SoundToShape:
    """A fitted regression.

    Attributes:
        weights: Shape (sound values, 6): from what is said to the motion of a mouth's measures.
        to_shapes: Shape (6, components): from that motion to shapes of this mouth.
        mean: Shape (components,), the mean shape.
    """

    weights: NDArray[np.float64]
    to_shapes: NDArray[np.float64]
    mean: NDArray[np.float64]

    def predict(self, heard: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the shapes that go with what is heard (frames, sound values), shape (frames, components)."""
        predicted: NDArray[np.float64] = self.mean + heard @ self.weights @ self.to_shapes
        return predicted


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What predicting speech that was held out gave.

    Attributes:
        correlation: Of predicted and seen motion, over all measures together.
        chance: About what a true correlation of nothing is measured as.
        gains: Shape (6,), how much each measure's predictions must be enlarged to be of its usual size.
    """

    correlation: float
    chance: float
    gains: NDArray[np.float64]


def hear(encoding: SpeechEncoding, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the regression listens to at any times, shape (frames, sound values).

    Args:
        encoding: What is said.
        times_s: Middle of each frame, rising.
    """
    from scipy.interpolate import CubicSpline

    grid_s = np.arange(np.floor(times_s[0] * RATE_HZ), np.ceil(times_s[-1] * RATE_HZ) + 2) / RATE_HZ
    heard: NDArray[np.float64] = CubicSpline(grid_s, sound_around(encoding, grid_s))(times_s)
    return heard


def learn_sound_to_shape(
    heard: NDArray[np.float64],
    mouth: MouthMotion,
    shapes: NDArray[np.float64],
    others: NDArray[np.float64],
    gains: NDArray[np.float64],
) -> SoundToShape:
    """Fit the regression.

    Args:
        heard: Shape (frames, sound values), at `mouth`'s times.
        mouth: How the mouth's measures move, at 25 Hz.
        shapes: Shape (frames, components), at `mouth`'s times.
        others: Shape (sound values, 6), other speakers' regression.
        gains: Shape (6,), from `hold_out`.
    """
    seen = mouth.seen
    motion = mouth.motion[seen]
    quick = (shapes - smoothed_course(shapes, seen))[seen]
    moments = motion.T @ motion
    moments += SHAPE_RIDGE * np.trace(moments) / len(moments) * np.eye(len(moments))
    to_shapes = np.linalg.solve(moments, motion.T @ quick)
    weights = _adapted(heard[seen], motion, others)
    return SoundToShape(weights, gains[:, None] * to_shapes, shapes[seen].mean(axis=0))


def hold_out(heard: NDArray[np.float64], mouth: MouthMotion, others: NDArray[np.float64]) -> HeldOut:
    """Predict each fifth of a speaker's footage from the rest of it and from others.

    The same is done with the sound shifted against the picture, many times; `chance` is the root of their
    mean square.

    Args:
        heard: Shape (frames, sound values), at `mouth`'s times.
        mouth: How the mouth's measures move.
        others: Shape (sound values, 6).
    """
    frames = np.flatnonzero(mouth.seen)
    shifts = [0, *(round(share * len(frames)) for share in np.linspace(0.1, 0.9, CHANCE_SHIFTS))]
    results = [
        _predict_folds(np.roll(heard[frames], shift, axis=0), mouth, frames, others) for shift in shifts
    ]
    correlations = [_correlation(predicted, mouth.motion[frames]) for predicted in results]
    moved = np.sqrt(np.mean(results[0] ** 2, axis=0))
    usual = np.sqrt(np.mean(mouth.motion[frames] ** 2, axis=0))
    return HeldOut(
        correlations[0],
        float(np.sqrt(np.mean(np.square(correlations[1:])))),
        np.clip(usual / np.maximum(moved, 1e-12), 1.0, MOST_GAIN),
    )


def _predict_folds(
    heard: NDArray[np.float64],
    mouth: MouthMotion,
    frames: NDArray[np.intp],
    others: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what is predicted of each frame without its surroundings, shape (frames, 6)."""
    predicted = np.zeros((len(frames), len(MEASURES)))
    times_s = mouth.times_s[frames]
    for test in np.array_split(np.arange(len(frames)), FOLDS):
        learnt = (times_s < times_s[test[0]] - GAP_S) | (times_s > times_s[test[-1]] + GAP_S)
        predicted[test] = heard[test] @ _adapted(heard[learnt], mouth.motion[frames[learnt]], others)
    return predicted


def _adapted(
    heard: NDArray[np.float64], motion: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return others' regression, corrected by a speaker's own footage, shape (sound values, 6)."""
    moments = heard.T @ heard + TRUST_IN_OTHERS * np.eye(heard.shape[1])
    corrected: NDArray[np.float64] = others + np.linalg.solve(moments, heard.T @ (motion - heard @ others))
    return corrected


def _correlation(predicted: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
    """Return one correlation over all measures, each freed of its mean."""
    one, other = predicted - predicted.mean(axis=0), seen - seen.mean(axis=0)
    return float(np.sum(one * other) / max(np.sqrt(np.sum(one**2) * np.sum(other**2)), 1e-12))
