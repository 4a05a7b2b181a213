"""Hears mixes of Kokoro's voices with Resemblyzer and writes `models/speech_synthesis/kokoro_mixes.npz`.

    python scripts/hear_voice_mixes.py [--mixes 260]

Each voice, and random mixes of one to six of them (timbre and manner mixed apart as often as together, some
drawn away from the mean of all), say one sentence. Takes about seven minutes of a processor.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import soxr
from numpy.typing import NDArray

from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import resolve
from models.speech_synthesis.kokoro_mixes import MIXES_FILE
from models.types import VoiceDesign, VoiceShare
from models.weights import WeightsStore

SENTENCE = "Fazemos pão em casa todas as manhãs."
LANGUAGE = "pt"
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
    count = parser.parse_args().mixes
    catalog = load_catalog()
    profile, weights = load_profile("embedded", catalog), WeightsStore.from_environment()
    synthesizer = resolve(
        catalog, profile, "speech_synthesis", target_language=LANGUAGE, weights=weights
    ).load()
    encoder = resolve(catalog, profile, "speaker_embedding", weights=weights).load()
    ids = [voice.id for voice in synthesizer.voices]
    mixes = np.concatenate([alone(len(ids)), random_mixes(len(ids), count)])
    points = []
    for number, mix in enumerate(mixes, start=1):
        timbre, manner = (
            tuple(VoiceShare(name, float(w)) for name, w in zip(ids, half, strict=True) if w) for half in mix
        )
        clip = synthesizer.synthesize(SENTENCE, LANGUAGE, VoiceDesign(timbre, manner), 1.0)
        heard = soxr.resample(clip.samples[0], clip.sample_rate_hz, encoder.sample_rate_hz)
        points.append(encoder.embed(heard))
        sys.stdout.write(f"\r{number} of {len(mixes)}")
    np.savez_compressed(
        MIXES_FILE,
        space=encoder.space,
        voice_ids=ids,
        weights=mixes.astype(np.float32),
        points=np.stack(points).astype(np.float16),
    )
    sys.stdout.write(f"\nwrote {MIXES_FILE}\n")


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
