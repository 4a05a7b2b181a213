"""Hears mixes of Kokoro's voices with Resemblyzer and writes `models/speech_synthesis/kokoro_mixes.npz`.

    python -m scripts.hear_voice_mixes [--mixes 260]
    python -m scripts.hear_voice_mixes --people FOLDER [--tries 12]

Each voice, and random mixes of one to six of them (timbre and manner mixed apart as often as together, some
drawn away from the mean of all), say one sentence. Then voices can be fitted to each of the people who speak
in the sound files of a folder, and every mix that was tried is kept: most random mixes sound like nobody, and
a fit gets further where those are known that sound like people. A second of a processor for each mix.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import resolve
from models.speech_synthesis.kokoro_mixes import MIXES_FILE
from models.types import HeardMixes, VoiceDesign, VoiceShare
from models.weights import WeightsStore
from pipeline_ops.voices.mix_search import MixSearch

SENTENCE = "Fazemos pão em casa todas as manhãs."
LANGUAGE = "pt"
SOUNDS = frozenset({".flac", ".ogg", ".wav"})

SIZES = (1, 2, 4, 6)
"""Of how many voices a random mix is made."""

CONCENTRATION = 0.8
"""Of the Dirichlet distribution of its weights: mostly one or two voices lead."""

DRAWN_AWAY_SHARE, DRAWN_AWAY_MOST = 0.4, 1.3
"""How many mixes are moved away from the mean of all voices, and how far."""

MIXED_TOGETHER_SHARE = 0.4
"""How many mixes have the same weights for timbre and manner."""


def main() -> None:
    """Say and hear the mixes, and write them down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mixes", type=int, default=260)
    parser.add_argument("--people", type=Path)
    parser.add_argument("--tries", type=int, default=12)
    arguments = parser.parse_args()
    catalog = load_catalog()
    profile, weights = load_profile("embedded", catalog), WeightsStore.from_environment()
    synthesizer = resolve(
        catalog, profile, "speech_synthesis", target_language=LANGUAGE, weights=weights
    ).load()
    encoder = resolve(catalog, profile, "speaker_embedding", weights=weights).load()
    ids = tuple(voice.id for voice in synthesizer.voices)

    def hear(design: VoiceDesign) -> NDArray[np.float32]:
        clip = synthesizer.synthesize(SENTENCE, LANGUAGE, design, 1.0)
        heard = soxr.resample(clip.samples[0], clip.sample_rate_hz, encoder.sample_rate_hz)
        point: NDArray[np.float32] = encoder.embed(heard.astype(np.float32))
        return point

    if arguments.people is None:
        write(encoder.space, ids, *heard_at_random(ids, arguments.mixes, hear))
        return
    known = synthesizer.heard_mixes
    people = [file for file in sorted(arguments.people.iterdir()) if file.suffix in SOUNDS]
    for number, file in enumerate(people, start=1):
        samples, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
        speech = soxr.resample(samples.mean(axis=1), rate_hz, encoder.sample_rate_hz)
        known = fitted_to(encoder.embed(speech.astype(np.float32)), known, hear, arguments.tries)
        write(
            known.space, known.voice_ids, known.weights, known.points
        )  # a quarter of an hour's work is not lost where this is ended early
        show(f"{number} of {len(people)} people; {len(known.weights)} mixes")


def write(
    space: str, ids: tuple[str, ...], weights: NDArray[np.float32], points: NDArray[np.float32]
) -> None:
    """Write what is known in the place of what was."""
    partial = MIXES_FILE.with_suffix(".partial.npz")
    np.savez_compressed(
        partial,
        space=space,
        voice_ids=ids,
        weights=weights.astype(np.float32),
        points=points.astype(np.float16),
    )
    partial.replace(MIXES_FILE)


def heard_at_random(
    ids: tuple[str, ...], count: int, hear: Callable[[VoiceDesign], NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights of every voice by itself and of random mixes, and where they are heard."""
    mixes = np.concatenate([alone(len(ids)), random_mixes(len(ids), count)])
    points = []
    for number, mix in enumerate(mixes, start=1):
        points.append(hear(design_of(mix, ids)))
        show(f"{number} of {len(mixes)} mixes")
    return mixes.astype(np.float32), np.stack(points)


def fitted_to(
    target: NDArray[np.float32],
    known: HeardMixes,
    hear: Callable[[VoiceDesign], NDArray[np.float32]],
    tries: int,
) -> HeardMixes:
    """Return what is known with the mixes that were tried for one more person."""
    search = MixSearch(known, target)
    for _ in range(tries):
        design = search.propose()
        point = hear(design)
        search.tell(design, float(point @ target))
        known = replace(
            known,
            weights=np.concatenate([known.weights, weights_of(design, known.voice_ids)[None]]),
            points=np.concatenate([known.points, point[None]]),
        )
    return known


def design_of(mix: NDArray[np.float64], ids: tuple[str, ...]) -> VoiceDesign:
    """Return the voice of a mix of shape (2, voices)."""
    timbre, manner = (
        tuple(VoiceShare(name, float(w)) for name, w in zip(ids, half, strict=True) if w) for half in mix
    )
    return VoiceDesign(timbre, manner)


def weights_of(design: VoiceDesign, ids: tuple[str, ...]) -> NDArray[np.float32]:
    """Return the mix of a voice, shape (2, voices)."""
    mix = np.zeros((2, len(ids)), np.float32)
    for half, shares in zip(mix, (design.timbre, design.manner), strict=True):
        for share in shares:
            half[ids.index(share.voice_id)] = share.weight
    return mix


def show(text: str) -> None:
    """Write over the line before."""
    sys.stdout.write(f"\r{text}")
    sys.stdout.flush()


def alone(voices: int) -> NDArray[np.float64]:
    """Return every voice by itself, shape (voices, 2, voices)."""
    return np.repeat(np.eye(voices)[:, None], 2, axis=1)


def random_mixes(voices: int, count: int) -> NDArray[np.float64]:
    """Return random mixes, shape (count, 2, voices)."""
    generator = np.random.default_rng(0)
    mixes = []
    for _ in range(count):
        timbre = _random_half(voices, generator)
        together = generator.random() < MIXED_TOGETHER_SHARE
        mixes.append([timbre, timbre if together else _random_half(voices, generator)])
    return np.array(mixes)


def _random_half(voices: int, generator: np.random.Generator) -> NDArray[np.float64]:
    size = int(generator.choice(SIZES))
    half = np.zeros(voices)
    half[generator.choice(voices, size, replace=False)] = generator.dirichlet(np.full(size, CONCENTRATION))
    if generator.random() < DRAWN_AWAY_SHARE:
        half = 1 / voices + (half - 1 / voices) * generator.uniform(1.0, DRAWN_AWAY_MOST)
    return half


if __name__ == "__main__":
    main()
