"""Looks for the mix of voices that a speaker encoder finds closest to somebody, in as few tries as it can.

Every try costs a synthesis. So a Gaussian process foretells how alike a mix will be, from mixes that were
heard before and from those tried so far, and says how sure it is; the next mix to try is the one that may
turn out best (upper confidence bound: Srinivas et al., "Gaussian Process Optimization in the Bandit Setting",
2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.types import VoiceDesign, VoiceShare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.types import HeardMixes

NARROWNESS = 2.0
"""Of the kernel (1 + d) * exp(-d), d so many times the distance, where mixes lie 1 from their mean in the
root mean square (Matérn 3/2: Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006,
section 4.2). It foretold held-out mixes' likeness to four speakers with a correlation of 0.92, and that of
the best fifth with 0.82; a squared exponential of weights, which takes all voices for equally far apart,
with 0.88 and 0.72."""

MANNER_SHARE = 0.4
"""How much a distance in manner counts beside one in timbre: of 0.2 to 1.5, 0.3 to 0.5 foretold best."""

NOISE = 0.02
"""Variance of one hearing in parts of the variance among mixes: another sentence is heard a little
otherwise."""

CURIOSITY = 0.5
"""How many spreads of doubt a mix is credited with, while there are tries left."""

STARTS = 12
"""The best mixes so far, from which the next is sought; they are all heard ones, so that a step is a small
one."""

STEPS = 60
CHANGES_A_STEP = 3
LONGEST_STEP = 0.3
"""Weight that one step moves from one voice to another."""

WEIGHT_LIMITS = (-0.15, 1.15)
"""How far a weight may leave [0, 1]. Further out an encoder is pleased still more, and words fall apart: from
-0.25 to 1.25 a recogniser had up to 28 % of them wrong, between 0 and 1 none, at a likeness 0.03 to 0.1
lower."""

MOST_DRAWN_AWAY = 1.0
"""How much weight below 0 a mix's timbre or manner may hold together. Of 36 mixes of all kinds, said in
Spanish at 1.2 times their pace, a recogniser misheard 27 % of the words of those whose timbre has more than
1.6, and 8 % where both have less than 0.3."""

SMALLEST_SPREAD = 1e-6
"""Of mixes of which all have the same timbre, or the same manner."""

LEAST_WEIGHT = 0.02
"""Shares below are inaudible and left out."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A mix that was said, and how good it was: its likeness, less what was not understood; at most 1."""

    design: VoiceDesign
    score: float


class MixSearch:
    """Proposes one mix after the other; the same answers lead to the same proposals."""

    def __init__(self, heard: HeardMixes, target: NDArray[np.float32], seed: int = 0) -> None:
        """Begin with what was heard before.

        Args:
            heard: Mixes, as the encoder heard them.
            target: The speaker, shape (width,), as the same encoder hears them.
            seed: Of the random steps.
        """
        self._voice_ids = heard.voice_ids
        self._places = _places(heard)
        self._mixes = heard.weights.reshape(len(heard.weights), -1).astype(np.float64)
        self._likeness = (heard.points @ target).astype(np.float64)
        self._generator = np.random.default_rng(seed)
        self._tried: list[Tried] = []

    @property
    def tried(self) -> tuple[Tried, ...]:
        """The mixes that were proposed and heard, the best first."""
        return tuple(sorted(self._tried, key=lambda each: -each.score))

    def propose(self, *, curious: bool = True) -> VoiceDesign:
        """Return the mix to try next; where not `curious`, the one that is foretold best, sure or not."""
        model = _Posterior.of(self._places, self._mixes, self._likeness)
        curiosity = CURIOSITY if curious else 0.0
        climbers = self._mixes[np.argsort(-self._likeness, kind="stable")[:STARTS]].copy()
        for half in climbers.reshape(-1, len(self._voice_ids)):
            half[:] = _within_limits(half)
        for _ in range(STEPS):
            options = np.stack([climbers, *(self._stepped(climbers) for _ in range(CHANGES_A_STEP))])
            credit = np.stack([model.credit(option, curiosity) for option in options])
            climbers = options[credit.argmax(axis=0), np.arange(len(climbers))]
        return self._design(climbers[model.credit(climbers, curiosity).argmax()])

    @property
    def best_score(self) -> float:
        """The best mix's so far; 0 where none was tried."""
        return max((each.score for each in self._tried), default=0.0)

    def tell(self, design: VoiceDesign, score: float) -> None:
        """Take note of how good a mix was."""
        self._mixes = np.vstack([self._mixes, self._weights(design)])
        self._likeness = np.append(self._likeness, score)
        self._tried.append(Tried(design, score))

    def _stepped(self, climbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move some weight between two voices of each mix, in its timbre or in its manner."""
        voices = len(self._voice_ids)
        stepped = climbers.reshape(len(climbers), 2, voices).copy()
        for mix in stepped:
            half = mix[self._generator.integers(2)]
            gains, loses = self._generator.choice(voices, 2, replace=False)
            step = self._generator.uniform(0.0, LONGEST_STEP)
            half[gains] += step
            half[loses] -= step
            half[:] = _within_limits(half)
        return stepped.reshape(len(climbers), -1)

    def _design(self, mix: NDArray[np.float64]) -> VoiceDesign:
        timbre, manner = (self._shares(half) for half in mix.reshape(2, -1))
        return VoiceDesign(timbre, manner)

    def _shares(self, half: NDArray[np.float64]) -> tuple[VoiceShare, ...]:
        kept = np.where(np.abs(half) >= LEAST_WEIGHT, half, 0.0)
        kept = np.round(kept / kept.sum(), 3)
        kept[np.argmax(kept)] += 1.0 - kept.sum()
        pairs = zip(self._voice_ids, kept, strict=True)
        return tuple(VoiceShare(name, round(float(weight), 3)) for name, weight in pairs if weight)

    def _weights(self, design: VoiceDesign) -> NDArray[np.float64]:
        weights = np.zeros((2, len(self._voice_ids)))
        for half, shares in zip(weights, (design.timbre, design.manner), strict=True):
            for share in shares:
                half[self._voice_ids.index(share.voice_id)] = share.weight
        return weights.reshape(1, -1)


def _within_limits(half: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest weights that may be tried; their sum is 1."""
    clipped = np.clip(half, *WEIGHT_LIMITS)
    above, below = np.maximum(clipped, 0.0), np.minimum(clipped, 0.0)
    drawn_away = min(-below.sum(), MOST_DRAWN_AWAY)
    if drawn_away > 0.0:
        below *= drawn_away / -below.sum()
    return np.asarray(above * ((1.0 + drawn_away) / above.sum()) + below)


def _places(heard: HeardMixes) -> NDArray[np.float64]:
    """Return where a voice's weight moves a mix, shape (2 * voices, dimensions), timbre first."""
    places = []
    for half, voices in enumerate(heard.voice_places.astype(np.float64)):
        mixes = heard.weights[:, half] @ voices
        spread = np.sqrt(np.square(mixes - mixes.mean(axis=0)).sum(axis=1).mean())
        places.append(voices / max(spread, SMALLEST_SPREAD))
    timbre, manner = places
    return np.block(
        [[timbre, np.zeros_like(manner)], [np.zeros_like(timbre), MANNER_SHARE * manner]],
    )


@dataclass(frozen=True)
class _Posterior:
    """What is believed of every mix, after those that were heard."""

    places: NDArray[np.float64]
    heard: NDArray[np.float64]
    whitening: NDArray[np.float64]
    pull: NDArray[np.float64]
    mean: float
    variance: float

    @classmethod
    def of(
        cls, places: NDArray[np.float64], mixes: NDArray[np.float64], likeness: NDArray[np.float64]
    ) -> _Posterior:
        # Inverted once: every step of every climber asks for it.
        heard = mixes @ places
        whitening = np.linalg.inv(np.linalg.cholesky(_kernel(heard, heard) + NOISE * np.eye(len(heard))))
        mean = float(likeness.mean())
        pull = whitening.T @ (whitening @ (likeness - mean))
        return cls(places, heard, np.asarray(whitening), np.asarray(pull), mean, float(likeness.var()))

    def credit(self, mixes: NDArray[np.float64], curiosity: float) -> NDArray[np.float64]:
        """Return foretold likeness, and `curiosity` spreads of doubt on top."""
        near = _kernel(mixes @ self.places, self.heard)
        foretold: NDArray[np.float64] = near @ self.pull + self.mean
        if curiosity == 0.0:
            return foretold
        explained = np.square(self.whitening @ near.T).sum(axis=0)
        doubt = np.sqrt(np.maximum(1.0 - explained, 0.0) * self.variance)
        return np.asarray(foretold + curiosity * doubt)


def _kernel(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = np.square(some).sum(axis=1)[:, None] + np.square(others).sum(axis=1)[None]
    distance = NARROWNESS * np.sqrt(np.maximum(squares - 2.0 * some @ others.T, 0.0))
    return np.asarray((1.0 + distance) * np.exp(-distance))
