"""Prints what the lip-sync metric gives for own, foreign and shifted sound: its noise, clip by clip.

    python -m benchmarks.lip_sync_metric --clips ../shared/media/video

Nobody is judged by a regressor that was trained on them. Foreign sound is that of all other clips and the
speech beside the clips (`../speech`), each at several places.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from benchmarks.talking_clips import CLIPS, TalkingClip, load_readers, read_clip
from models.faces.mouth_motion import MouthMotion, mouth_motion
from models.types import ENCODING_RATE_HZ, SpeechEncoding
from pipeline_ops.quality.lip_sync import (
    LIPS_NOISE_CORRELATION,
    LIPS_NOISE_PEAK,
    LIPS_NOISE_SPREAD,
    LipSync,
    judge,
)
from pipeline_ops.quality.lip_sync_model import LipSyncModel, model_without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.base import SpeechEncoder

DEMO = Path(__file__).parents[1] / "demo" / "talking_head.mp4"
VOICES = (
    "fleurs-de-*",
    "fleurs-en-*",
    "fleurs-es-*",
    "fleurs-fr-*",
    "fleurs-pt-*",
    "LJ001-*.wav",
    "noa-hi-*",
)
PLACES = 6
SHIFTS_S = (-2.0, -1.5, -1.0, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class ClipFigures:
    """What was measured on one clip.

    Attributes:
        name: The clip's.
        own: With its own sound.
        halves: With its own sound, each half of the picture by itself; where that is long enough.
        foreign: With other people's sound.
        shifted: With its own sound, shifted around by 1 to 2 s.
    """

    name: str
    own: LipSync
    halves: tuple[LipSync, ...]
    foreign: tuple[LipSync, ...]
    shifted: tuple[LipSync, ...]

    @property
    def wrong(self) -> tuple[LipSync, ...]:
        """All with sound that does not belong to the picture."""
        return self.foreign + self.shifted


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument(
        "--speech", type=Path, help="foreign speech; `speech` beside the clips where left out"
    )
    arguments = parser.parse_args()
    readers = load_readers()
    clips = [read_clip(path, readers) for path in (*(arguments.clips / name for name in CLIPS), DEMO)]
    sounds = foreign_sounds(arguments.speech or arguments.clips.parent / "speech", readers.speech)
    # Of a speaker in several clips, the first counts.
    sounds |= {clip.speaker: clip.speech.moments for clip in clips[::-1]}
    figures = [measure_clip(clip, sounds) for clip in clips]
    sys.stdout.write(as_table(figures) + "\n" + summary(figures))
    return 0


def foreign_sounds(folder: Path, encoder: SpeechEncoder) -> dict[str, NDArray[np.float32]]:
    """Return each voice's sentences in one, encoded, shape (moments, width)."""
    voices = {pattern: sorted(folder.glob(pattern)) for pattern in VOICES}
    return {
        pattern: np.concatenate(
            [_encoded(path, encoder) for path in paths if path.suffix in (".ogg", ".wav")]
        )
        for pattern, paths in voices.items()
        if paths
    }


def measure_clip(clip: TalkingClip, sounds: Mapping[str, NDArray[np.float32]]) -> ClipFigures:
    """Measure one clip with its own sound, with all others and with its own shifted."""
    mouth, model = mouth_motion(clip.landmarks, clip.times_s, clip.usable), model_without(clip.digest)
    own = None if mouth is None else judge([mouth], clip.speech, model)
    if mouth is None or own is None:
        message = f"{clip.name} shows too little of a mouth to be judged"
        raise SystemExit(message)
    middle = len(mouth.times_s) // 2
    others = [sound for voice, sound in sounds.items() if voice != clip.speaker]
    stretches = [part for sound in others for part in _stretches(sound, len(clip.speech.moments))]
    shifted = [
        SpeechEncoding(np.roll(clip.speech.moments, round(shift_s * ENCODING_RATE_HZ), axis=0))
        for shift_s in SHIFTS_S
    ]
    return ClipFigures(
        clip.name,
        own,
        _judged([_part(mouth, 0, middle), _part(mouth, middle, None)], [clip.speech] * 2, model),
        _judged([mouth] * len(stretches), stretches, model),
        _judged([mouth] * len(shifted), shifted, model),
    )


def as_table(figures: Sequence[ClipFigures]) -> str:
    """Write the figures as a Markdown table."""
    names = (
        "clip",
        "s",
        "sound late, ms",
        "of halves, ms",
        "correlation",
        "at best offset",
        "confidence",
        "best above noise",
        "foreign: mean, spread",
        "shifted: mean, spread",
        "wrong at best offset: median, 95 %, most",
        "their confidence: 95 %",
    )
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    for each in figures:
        own = each.own
        best = _values(each.wrong, lambda sync: sync.best_correlation)
        confidence = _values(each.wrong, lambda sync: sync.confidence)
        halves = ", ".join(f"{1000 * half.offset_s:+.0f}" for half in each.halves) or "too short"
        lines.append(
            f"| {each.name} | {own.frames / 25:.1f} | {1000 * own.offset_s:+.0f} | {halves} "
            f"| {own.correlation:.2f} | {own.best_correlation:.2f} | {own.confidence:.2f} "
            f"| {own.best_above_noise:.1f} "
            f"| {_mean_and_spread(each.foreign)} | {_mean_and_spread(each.shifted)} "
            f"| {np.median(best):.2f}, {np.percentile(best, 95):.2f}, {best.max():.2f} "
            f"| {np.percentile(confidence, 95):.2f} |"
        )
    return "\n".join(lines) + "\n"


def summary(figures: Sequence[ClipFigures]) -> str:
    """Say how often wrong sound passes the thresholds of the gate and of the offset."""
    wrong = [sync for each in figures for sync in each.wrong]
    as_they_lie = _values(wrong, lambda sync: sync.above_noise)
    at_best = _values(wrong, lambda sync: sync.best_above_noise)
    ratios = [
        _values(each.wrong, lambda sync: sync.correlation).std() * each.own.frames**0.5 for each in figures
    ]
    passed = sum(each.own.best_above_noise >= LIPS_NOISE_PEAK for each in figures)
    return (
        f"{len(wrong)} wrong sounds: {np.mean(as_they_lie > LIPS_NOISE_CORRELATION):.1%} are above "
        f"{LIPS_NOISE_CORRELATION} spreads as they lie (99 % of them below "
        f"{np.percentile(as_they_lie, 99):.2f}), {np.mean(at_best > LIPS_NOISE_PEAK):.2%} above "
        f"{LIPS_NOISE_PEAK} at their best offset (99 % below {np.percentile(at_best, 99):.2f}, most "
        f"{at_best.max():.2f}). Spread times root of frames: {min(ratios):.2f} to {max(ratios):.2f}; "
        f"{LIPS_NOISE_SPREAD} is taken. Own sound is above {LIPS_NOISE_PEAK} at its best offset in {passed} "
        f"of {len(figures)} clips.\n"
    )


def _encoded(path: Path, encoder: SpeechEncoder) -> NDArray[np.float32]:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate_hz, encoder.sample_rate_hz)
    return np.concatenate(list(encoder.encode([mono])))


def _stretches(sound: NDArray[np.float32], length: int) -> list[SpeechEncoding]:
    """Cut parts of a length out of a sound, evenly spread; one that is too short is repeated."""
    whole = np.tile(sound, (2 + length // len(sound), 1))
    firsts = np.linspace(0, len(sound), PLACES, endpoint=False).astype(int)
    return [SpeechEncoding(whole[first : first + length]) for first in firsts]


def _part(mouth: MouthMotion, first: int, last: int | None) -> MouthMotion:
    part = slice(first, last)
    return MouthMotion(mouth.times_s[part], mouth.motion[part], mouth.seen[part])


def _judged(
    mouths: Iterable[MouthMotion], sounds: Iterable[SpeechEncoding], model: LipSyncModel
) -> tuple[LipSync, ...]:
    several = (judge([mouth], sound, model) for mouth, sound in zip(mouths, sounds, strict=True))
    return tuple(sync for sync in several if sync is not None)


def _values(several: Iterable[LipSync], value: Callable[[LipSync], float]) -> NDArray[np.float64]:
    return np.array([value(each) for each in several])


def _mean_and_spread(several: Iterable[LipSync]) -> str:
    correlations = _values(several, lambda sync: sync.correlation)
    return f"{correlations.mean():+.2f}, {correlations.std():.2f}"


if __name__ == "__main__":
    raise SystemExit(main())
