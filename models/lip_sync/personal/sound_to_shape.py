"""From the sound of speech to the shape of one speaker's mouth, learnt on a few seconds of theirs.

Kernel ridge regression (Saunders, Gammerman and Vovk, 1998): with ten seconds of speech it predicts held-out
mouths of eight speakers better than a linear regression does (mean correlation 0.40 against 0.35).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.faces.speech_features import CONTEXT_FRAMES, FEATURES, speech_features
from models.lip_sync.personal.distances import squared_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAD_S = 0.04
"""Lips move before the sound that they shape; shifting the context by this much served most speakers best."""

TAPER = 3.0
"""In steps of the context: what is further away counts less (standard deviation of a Gaussian)."""

RIDGE = 0.7
LINEAR_SHARE = 0.1
"""A little of a linear kernel lets other voices, far from all examples, still move the mouth."""

MOST_EXAMPLES = 2000
"""A minute of frames; more examples cost memory and time and hardly predict better."""

FOLDS = 5
GAP_S = 0.5
"""Between what is learnt from and what is held out: the contexts of both, 0.2 s each way, must not meet."""

CHANCE_SHIFTS = 12
"""The measure is repeated with the sound shifted so often against the picture, to see what chance gives."""

MOST_GAIN = 2.0
"""Least squares shrinks what it cannot foresee; movements are enlarged to their usual size, within reason."""


@dataclass(frozen=True, slots=True)
class SoundToShape:
    """A fitted regression.

    Attributes:
        examples: Shape (examples, features), float32, what was heard, centred.
        centre: Shape (features,), their mean.
        weights: Shape (examples, components).
        mean: Shape (components,), the mean shape.
        spread: The median squared distance of two examples.
        gains: Shape (components,), how much predictions are enlarged.
    """

    examples: NDArray[np.float32]
    centre: NDArray[np.float64]
    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: float
    gains: NDArray[np.float64]

    def predict(self, heard: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the shapes that go with sounds (frames, features), shape (frames, components)."""
        kernel = _kernel(heard - self.centre, self.examples.astype(np.float64), self.spread)
        predicted: NDArray[np.float64] = self.mean + self.gains * (kernel @ self.weights)
        return predicted


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What predicting speech that was held out gave; correlations over all components together."""

    correlation: float
    chance: float
    gains: NDArray[np.float64]


def hear(speech: NDArray[np.float32], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the regression listens to at each time, shape (frames, features).

    Args:
        speech: Mono, shape (samples,), at 16 kHz.
        times_s: Middle of each frame.
    """
    context = speech_features(speech, times_s + LEAD_S).context
    steps = np.arange(-CONTEXT_FRAMES, CONTEXT_FRAMES + 1)
    taper = np.exp(-0.5 * (steps / TAPER) ** 2)
    heard: NDArray[np.float64] = context * np.repeat(taper, FEATURES)
    return heard


def learn_sound_to_shape(
    heard: NDArray[np.float64], shapes: NDArray[np.float64], gains: NDArray[np.float64]
) -> SoundToShape:
    """Fit the regression to pairs of sound (frames, features) and shape (frames, components)."""
    chosen = _spread_out(len(heard), MOST_EXAMPLES)
    heard, shapes = heard[chosen], shapes[chosen]
    centre, mean = heard.mean(axis=0), shapes.mean(axis=0)
    examples = (heard - centre).astype(np.float32)
    spread = _spread(examples.astype(np.float64))
    kernel = _kernel(examples.astype(np.float64), examples.astype(np.float64), spread)
    weights = np.linalg.solve(kernel + RIDGE * np.eye(len(kernel)), shapes - mean)
    return SoundToShape(examples, centre, weights, mean, spread, gains)


def hold_out(
    times_s: NDArray[np.float64], heard: NDArray[np.float64], shapes: NDArray[np.float64]
) -> HeldOut:
    """Predict each fifth of a speaker's footage from the rest of it.

    Only movement within a fifth counts: its mean is taken off, because shapes drift with the head's pose. The
    same is done with the sound shifted against the picture, many times; `chance` is the root of their mean
    square: about what a true correlation of nothing is measured as.

    Args:
        times_s: Shape (frames,), rising.
        heard: Shape (frames, features).
        shapes: Shape (frames, components).
    """
    chosen = _spread_out(len(heard), MOST_EXAMPLES)
    times_s, heard, shapes = times_s[chosen], heard[chosen], shapes[chosen]
    shifts = [0, *np.linspace(0.1, 0.9, CHANCE_SHIFTS).round(3)]
    rolled = np.stack([np.roll(shapes, round(shift * len(shapes)), axis=0) for shift in shifts], axis=1)
    predicted, real = np.zeros_like(rolled), np.zeros_like(rolled)
    for test in np.array_split(np.arange(len(heard)), FOLDS):
        learnt = (times_s < times_s[test[0]] - GAP_S) | (times_s > times_s[test[-1]] + GAP_S)
        guesses = _predict_apart(heard[learnt], rolled[learnt], heard[test])
        predicted[test] = guesses - guesses.mean(axis=0)
        real[test] = rolled[test] - rolled[test].mean(axis=0)
    together = np.sum(predicted * real, axis=(0, 2))
    norms = np.sqrt(np.sum(predicted**2, axis=(0, 2)) * np.sum(real**2, axis=(0, 2)))
    correlations = together / np.maximum(norms, 1e-12)
    moved = np.sqrt(np.mean(predicted[:, 0] ** 2, axis=0))
    gains = np.clip(np.sqrt(np.mean(real[:, 0] ** 2, axis=0)) / np.maximum(moved, 1e-12), 1.0, MOST_GAIN)
    return HeldOut(float(correlations[0]), float(np.sqrt(np.mean(correlations[1:] ** 2))), gains)


def _predict_apart(
    heard: NDArray[np.float64], shapes: NDArray[np.float64], asked: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit several regressions on the same sound at once and predict; shapes (frames, fits, components)."""
    centre, mean = heard.mean(axis=0), shapes.mean(axis=0)
    examples = heard - centre
    spread = _spread(examples)
    kernel = _kernel(examples, examples, spread)
    flat = (shapes - mean).reshape(len(shapes), -1)
    weights = np.linalg.solve(kernel + RIDGE * np.eye(len(kernel)), flat)
    guesses = _kernel(asked - centre, examples, spread) @ weights
    predicted: NDArray[np.float64] = guesses.reshape(len(asked), *mean.shape) + mean
    return predicted


def _spread_out(count: int, most: int) -> NDArray[np.intp]:
    """Return at most so many indices, evenly spaced."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def _spread(examples: NDArray[np.float64]) -> float:
    """Return the median squared distance of two examples."""
    some = examples[_spread_out(len(examples), 500)]
    distances = squared_distances(some, some)
    return max(float(np.median(distances)), 1e-9)


def _kernel(one: NDArray[np.float64], other: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Return how alike sounds are: a Gaussian of their distance, and a little of their product."""
    alike = np.exp(-squared_distances(one, other) / spread)
    kernel: NDArray[np.float64] = alike + LINEAR_SHARE * 2.0 * (one @ other.T) / spread
    return kernel
