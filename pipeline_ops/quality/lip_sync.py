"""Do lips and sound go together, and how far are they apart?

A regressor that was trained on other speakers says what movement of a mouth the sound lets expect; the
measure is how well that correlates with the movement seen. Source of the idea of offset and confidence:
Chung and Zisserman, "Out of time: automated lip sync in the wild", 2016 (SyncNet's LSE-C).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.faces.mouth_motion import RATE_HZ, MouthMotion, mouth_motion
from models.faces.sound_around import sound_around
from pipeline_ops.quality.lip_sync_model import DATA, LipSyncModel, model_without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.types import SpeechEncoding

FURTHEST_OFFSET_S = 0.6
"""Worse is rare, and a viewer notices from 0.045 s early and 0.125 s late on (ITU-R BT.1359-1)."""

FEWEST_FRAMES = 50
"""Two seconds: below, chance alone correlates by a third."""

LIPS_NOISE_SPREAD = 1.3
"""Standard deviation of the correlation with wrong sound, times the root of the frames: 1.1 to 1.4 over ten
talking clips of 3 to 13 s, each with 16 foreign sounds and its own, shifted by seconds."""

LIPS_NOISE_CORRELATION = 2.5
"""In spreads: 1 of 100 wrong sounds correlates better, as it lies."""

LIPS_NOISE_GAIN = 1.0
"""In spreads: the same lips, encoded again (x264, crf 24) and found again, measure up to 0.65 apart."""

LIPS_NOISE_PEAK = 3.3
"""In spreads: 1 of 80 wrong sounds correlates better at its best offset, which is then any. More would leave
true offsets uncorrected: the own sound of thirteen clips reaches 3.1 to 9.1."""

FEWEST_FRAMES_OF_A_FACE = 25
"""One second: of a shorter shot, normalising a mouth to its own mean and deviation leaves little."""

FOREIGN_FROM_S = 1.0
"""From this shift on, a clip's own sound is as foreign to its picture as any other."""

FOREIGN_SHIFTS = 200
"""At most so many shifts are tried for the noise; more of them overlap too much to tell anything new."""


@dataclass(frozen=True, slots=True)
class LipSync:
    """How lips and sound go together.

    Attributes:
        offset_s: How late the sound is against the lips, in seconds; negative where it is early. Found
            between frames, to some 0.02 s.
        correlation: Of movement expected and seen, as they lie, -1 to 1; higher is better. The mean over two
            movements of the mouth, weighted by how well they can be foretold at all.
        best_correlation: The same with the sound shifted by `offset_s`.
        confidence: `best_correlation` above the median over all offsets up to 0.6 s; higher is surer.
        noise_mean: What the correlation is with sound that does not belong to the picture: its own, shifted
            by a second and more.
        noise_spread: Standard deviation of the same; in clips too short to tell, what it usually is.
        frames: Frames at 25 Hz on which it was measured.
    """

    offset_s: float
    correlation: float
    best_correlation: float
    confidence: float
    noise_mean: float
    noise_spread: float
    frames: int

    @property
    def above_noise(self) -> float:
        """How far the correlation, as lips and sound lie, is above that of wrong sound, in spreads."""
        return (self.correlation - self.noise_mean) / self.noise_spread

    @property
    def best_above_noise(self) -> float:
        """How far the correlation at the best offset is above that of wrong sound, in spreads."""
        return (self.best_correlation - self.noise_mean) / self.noise_spread


@dataclass(frozen=True, slots=True)
class LipSyncComparison:
    """Whether lips that were changed suit the sound better than before, and why."""

    better: bool
    reason: str


def measure_lip_sync(
    landmarks: NDArray[np.float32],
    times_s: NDArray[np.float64],
    usable: NDArray[np.bool_],
    speech: SpeechEncoding,
    *,
    source_digest: str | None = None,
    data: Path = DATA,
) -> LipSync | None:
    """Measure one face of a video against a sound; None where there is too little to judge.

    Args:
        landmarks: Shape (frames, 468, 3), pixels; NaN where there is no face.
        times_s: Shape (frames,): when each frame is shown.
        usable: Shape (frames,): which frames count (seen well; the person speaks).
        speech: The voice alone, encoded, on the video's timeline.
        source_digest: sha256 of the creator's video, also where a rendering of it is judged: who is judged is
            left out of the training.
        data: The training speakers' moments.
    """
    mouth = mouth_motion(landmarks, times_s, usable)
    return judge([] if mouth is None else [mouth], speech, model_without(source_digest, data))


def judge(mouths: Sequence[MouthMotion], speech: SpeechEncoding, model: LipSyncModel) -> LipSync | None:
    """Measure the mouths of one video together: one person's in several shots, or several people's.

    Each mouth counts by the frames in which it is seen; None where they are too few together.

    Args:
        mouths: Each of one face throughout one shot.
        speech: The voice alone, encoded, on the video's timeline.
        model: What sound lets expect, without whom is judged.
    """
    counted = [mouth for mouth in mouths if np.count_nonzero(mouth.seen) >= FEWEST_FRAMES_OF_A_FACE]
    frames = sum(int(np.count_nonzero(mouth.seen)) for mouth in counted)
    if frames < FEWEST_FRAMES or not len(speech.moments):
        return None
    correlation, count = _correlation_by_shift(counted, speech, model)
    furthest = round(FURTHEST_OFFSET_S * RATE_HZ)
    curve = np.array([correlation(shift) for shift in range(-furthest, furthest + 1)])
    noise = [correlation(int(shift)) for shift in _foreign_shifts(count)]
    peak, best = _peak(curve)
    return LipSync(
        offset_s=(peak - furthest) / RATE_HZ,
        correlation=float(curve[furthest]),
        best_correlation=best,
        confidence=best - float(np.median(curve)),
        noise_mean=float(np.mean(noise)),
        noise_spread=max(float(np.std(noise)), LIPS_NOISE_SPREAD / frames**0.5),
        frames=frames,
    )


def _correlation_by_shift(
    mouths: Sequence[MouthMotion], speech: SpeechEncoding, model: LipSyncModel
) -> tuple[Callable[[int], float], int]:
    """Return what gives the correlation with the sound a number of frames later, and how many there are.

    Further shifts than the frames around the mouths go on at the other end.
    """
    furthest = round(FURTHEST_OFFSET_S * RATE_HZ)
    first = min(round(mouth.times_s[0] * RATE_HZ) for mouth in mouths) - furthest
    last = max(round(mouth.times_s[-1] * RATE_HZ) for mouth in mouths) + furthest
    expected = model.expected(sound_around(speech, np.arange(first, last + 1) / RATE_HZ))
    places = [np.flatnonzero(mouth.seen) + round(mouth.times_s[0] * RATE_HZ) - first for mouth in mouths]
    shown = [model.shown(mouth.motion[mouth.seen]) for mouth in mouths]
    shares = np.array([len(each) for each in places]) / sum(len(each) for each in places)

    def correlation(shift: int) -> float:
        each = [
            correlations(expected[(place + shift) % len(expected)], moved) @ model.weights
            for place, moved in zip(places, shown, strict=True)
        ]
        return float(np.array(each) @ shares)

    return correlation, len(expected)


def is_better(before: LipSync | None, after: LipSync | None) -> LipSyncComparison:
    """Decide whether a rendering may replace the creator's own picture.

    It may where its lips go with the new sound more than wrong sound would, and clearly more than the
    creator's own lips do.

    Args:
        before: The original picture against the new sound; None where there was too little to judge.
        after: The rendering against the new sound, found again in the encoded video.
    """
    if after is None:
        return LipSyncComparison(False, "too little of the changed mouth is seen to judge it")
    least = after.noise_mean + LIPS_NOISE_CORRELATION * after.noise_spread
    if after.correlation < least:
        reason = f"lips and sound correlate by {after.correlation:.2f}; wrong sound reaches {least:.2f}"
        return LipSyncComparison(False, reason)
    if before is None:
        return LipSyncComparison(True, f"lips and sound correlate by {after.correlation:.2f}")
    course = (
        f"the correlation of lips and sound went from {before.correlation:.2f} to {after.correlation:.2f}"
    )
    needed = LIPS_NOISE_GAIN * max(before.noise_spread, after.noise_spread)
    better = after.correlation - before.correlation >= needed
    return LipSyncComparison(better, course if better else f"{course}, less than {needed:.2f} up")


def _foreign_shifts(count: int) -> NDArray[np.int_]:
    """Return shifts, in frames, by which a sound of so many frames becomes foreign."""
    nearest = min(round(FOREIGN_FROM_S * RATE_HZ), count // 3)
    shifts = np.arange(nearest, count - nearest + 1)
    return shifts[:: 1 + len(shifts) // FOREIGN_SHIFTS]


def correlations(expected: NDArray[np.float64], shown: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Pearson's correlation of each column, shape (columns,); 0 where one does not move.

    Args:
        expected: Shape (frames, columns).
        shown: The same.
    """
    one, other = expected - expected.mean(axis=0), shown - shown.mean(axis=0)
    norm = np.sqrt(np.sum(one**2, axis=0) * np.sum(other**2, axis=0))
    correlations: NDArray[np.float64] = np.sum(one * other, axis=0) / np.maximum(norm, 1e-9)
    return correlations


def _peak(curve: NDArray[np.float64]) -> tuple[float, float]:
    """Return where a curve is highest and how high, by a parabola through the highest samples."""
    top = int(np.argmax(curve))
    if top in (0, len(curve) - 1):
        return float(top), float(curve[top])
    before, at, after = (float(value) for value in curve[top - 1 : top + 2])
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return top + shift, at - 0.25 * (before - after) * shift
