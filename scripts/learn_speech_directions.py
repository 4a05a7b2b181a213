"""Makes models/speech_encoding/whisper_base_directions.npz: what of Whisper's answers is worth keeping.

    python -m scripts.learn_speech_directions --speech ../shared/media/speech

The principal components of what the encoder answers to people who read aloud in several languages. Whatever
was learnt of encoded speech (`train_lip_sync_metric`, `learn_mouths_of_others`) must be made again after it,
and the version of the model in the catalog raised.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
import numpy as np

from models.catalog import load_catalog
from models.speech_encoding.whisper import DIRECTIONS, WIDTH, WhisperSpeechEncoder
from models.speech_recognition.faster_whisper import load_whisper
from models.weights import WeightsStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT = 64
"""Mouths of speakers left out are foretold as well from 64 as from 80 or 160, and worse from 32."""

LONGEST_S = 20.0
"""Of each reading, so that no reader counts for more than the others."""

LOUDEST = 3.0
"""Deviations are at most about this after scaling, so that half precision keeps them."""

MODEL = "whisper-base-encoder"
SUFFIXES = {".wav", ".ogg", ".aiff", ".flac"}


def main() -> int:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=DIRECTIONS)
    arguments = parser.parse_args()
    answers = np.concatenate(list(_answers(arguments.speech)))
    mean = answers.mean(axis=0)
    _, sizes, components = np.linalg.svd(answers - mean, full_matrices=False)
    shares = sizes**2 / np.sum(sizes**2)
    scale = sizes[0] / np.sqrt(len(answers)) / LOUDEST
    directions = (components[:KEPT].T / scale).astype(np.float32)
    np.savez(arguments.out, mean=mean.astype(np.float32), directions=directions)
    sys.stdout.write(
        f"{len(answers)} moments; {KEPT} directions hold {shares[:KEPT].sum():.1%} of the variance\n"
    )
    return 0


def _answers(folder: Path) -> Iterator[NDArray[np.float32]]:
    catalog = load_catalog()
    entry, weights = catalog.entry(MODEL), WeightsStore.from_environment()
    weights.pull([entry])
    model, _ = load_whisper(weights.files(entry), entry.options)
    whole = WhisperSpeechEncoder(model, np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    for path in sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES):
        samples, _ = librosa.load(path, sr=whole.sample_rate_hz, duration=LONGEST_S)
        yield np.concatenate(list(whole.encode([samples])))


if __name__ == "__main__":
    raise SystemExit(main())
