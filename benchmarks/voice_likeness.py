"""Measures how alike one person's voice is to itself, and to others', by how much of it was heard.

    python -m benchmarks.voice_likeness --media ../shared/media

From it come the limits of `models/diarization/group_voices.py`. Stretches of speech, of three seconds at
most, are held against all the rest of their clip, and against clips of other people: those of another
language or collection, since nobody says which readers of one are the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.deployment import tell
from benchmarks.diarization import RATE_HZ, Heard, alone, engine
from models.speaker_embedding.filterbank import SAMPLE_RATE_HZ
from models.types import TimeSpan

TWO_VOICES = "opendubbing_english_plus_music.mp4"
"""A singer is heard in it too."""

LENGTHS_S = ((0.5, 1.0), (1.0, 1.5), (1.5, 2.9), (2.9, 3.1))
LONGEST_S = 3.0
LEAST_OF_THE_REST_S = 2.5

Voices = list[tuple[float, NDArray[np.float32]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    media: Path = parser.parse_args().media
    clips = {heard.name: voices_of(heard) for heard in alone(media) if heard.name != TWO_VOICES}
    tell("| heard, s | of the same | least | 5 % | median | of others | 95 % | 99 % | greatest |")
    tell("|---|---|---|---|---|---|---|---|---|")
    for shortest_s, longest_s in LENGTHS_S:
        same, other = likenesses(clips, shortest_s, longest_s)
        cells = [f"{shortest_s}-{longest_s}", str(len(same))]
        cells += [f"{value:.2f}" for value in np.percentile(same, [0, 5, 50])]
        cells += [str(len(other)), *(f"{value:.2f}" for value in np.percentile(other, [95, 99, 100]))]
        tell(f"| {' | '.join(cells)} |")


def voices_of(heard: Heard) -> Voices:
    """Return the stretches of a clip: how long each is, and how it sounds."""
    samples = soxr.resample(heard.samples[0], RATE_HZ, SAMPLE_RATE_HZ)
    regions: tuple[TimeSpan, ...] = engine("voice_activity_detection").detect_speech([samples])
    encoder = engine("speaker_embedding")
    voices = []
    for region in regions:
        start_s = region.start_s
        while region.end_s - start_s >= LENGTHS_S[0][0]:
            end_s = min(start_s + LONGEST_S, region.end_s)
            part = samples[round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)]
            voices.append((end_s - start_s, encoder.embed(part)))
            start_s = end_s
    return voices


def likenesses(
    clips: dict[str, Voices], shortest_s: float, longest_s: float
) -> tuple[list[float], list[float]]:
    """Return how alike stretches of some length are to the rest of their clip, and to other people's."""
    same, other = [], []
    for name, voices in clips.items():
        for place, (length_s, voice) in enumerate(voices):
            if not shortest_s <= length_s < longest_s:
                continue
            rest = voices[:place] + voices[place + 1 :]
            if sum(length for length, _ in rest) >= LEAST_OF_THE_REST_S:
                same.append(float(voice @ centre(rest)))
            other += [
                float(voice @ centre(theirs))
                for whose, theirs in clips.items()
                if collection(whose) != collection(name)
                and sum(length for length, _ in theirs) >= LEAST_OF_THE_REST_S
            ]
    return same, other


def centre(voices: Voices) -> NDArray[np.float32]:
    """Return the mean of voices weighted by their lengths, on the unit sphere."""
    total = np.sum([length_s * voice for length_s, voice in voices], axis=0)
    point: NDArray[np.float32] = (total / np.linalg.norm(total)).astype(np.float32)
    return point


def collection(name: str) -> str:
    """Return what names of clips of one person have in common: the language of FLEURS, or how they begin."""
    return name[:9] if name.startswith("fleurs") else name.partition(",")[0].partition("_english")[0]


if __name__ == "__main__":
    main()
