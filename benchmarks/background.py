"""Measures what becomes of music under a voice: its energy over time, and what is left of the voice in it.

    python -m benchmarks.background --clips ../shared/media/video --results var/benchmarks/dubs

Needs the results of `benchmarks.dubs` for the clip with music. The music itself is known there: the clip is
another one with music mixed over it, so what the clean clip leaves is music. Compared are the third-octave
bands and moments in which that music is at least 10 dB above both voices, the old and the new.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.dubs import CLEAN_VOICES, RATE_HZ, load_engine, mono, sound_of
from benchmarks.lips import checkpoint, value
from pipeline_ops.platform import Platform
from pipeline_ops.quality.back_transcription import normalise_for_comparison

MOMENT_S = 0.5
MASKED_DB = 10.0
"""At 10 dB below, what lies under the music changes its level by 0.4 dB at most."""

UNHEARD_DB = 1.5
"""What the project asks of music: a change of level that hardly anybody hears."""

LOWEST_BAND_HZ, BANDS = 100.0, 18
"""Third octaves from 100 Hz to 5 kHz; below, short moments tell no level, above, coders thin sound out."""

Levels = NDArray[np.float64]


def main() -> int:
    """Measure each language of the clip with music."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--results", type=Path, default=Path("var/benchmarks/dubs"))
    arguments = parser.parse_args()
    platform = Platform.from_environment()
    for clip, clean in CLEAN_VOICES.items():
        out = arguments.results / Path(clip).stem
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        mixed = mono(sound_of(arguments.clips / clip, out / "original.wav"))
        voice = mono(sound_of(arguments.clips / clean, out / "voice.wav"))
        for entry in report["languages"]:
            of_language = {**report, "stages": _stages_of(report, entry["language"])}
            dub = mono(sound_of(out / entry["language"] / "video.mp4", out / "dub.wav"))
            speech = mono(platform.store.fetch(checkpoint(of_language, "align"), "speech", out))
            show(f"{clip} to {entry['language']}: {music_kept(mixed, voice, dub, speech)}")
        background = mono(platform.store.fetch(checkpoint(report, "separate"), "background", out))
        said = [line.text for line in value(report, platform, "split_sentences", "utterances")]
        show(f"{clip}: {voice_left(background, ' '.join(said), report['source_language'])}")
    return 0


def _stages_of(report: dict[str, Any], language: str) -> list[dict[str, Any]]:
    return [stage for stage in report["stages"] if stage["language"] in (None, language)]


def music_kept(
    mixed: NDArray[np.float32],
    voice: NDArray[np.float32],
    dub: NDArray[np.float32],
    speech: NDArray[np.float32],
) -> str:
    """Compare dub and original where the music covers both voices."""
    shortest = min(len(each) for each in (mixed, voice, dub, speech))
    mixed, voice, dub, speech = (each[:shortest] for each in (mixed, voice, dub, speech))
    music = mixed - voice * (np.dot(mixed, voice) / np.dot(voice, voice))
    spoken = speech * (np.dot(dub, speech) / np.dot(speech, speech))
    before, after, alone, old, new = (band_levels_db(each) for each in (mixed, dub, music, voice, spoken))
    covered = (alone > old + MASKED_DB) & (alone > new + MASKED_DB)
    covered &= alone > alone.max() - 60.0  # what is that faint is noise of the coder
    change_db = np.abs(after - before)[covered]
    per_moment = [
        abs(_sum_db(after[moment][seen]) - _sum_db(before[moment][seen]))
        for moment, seen in enumerate(covered)
        if seen.any()
    ]
    share = np.mean(np.array(per_moment) <= UNHEARD_DB)
    return (
        f"music {_level(music):.1f} dB, voice {_level(voice):.1f} dB; it covers both in {covered.sum()} of "
        f"{covered.size} bands and moments; a moment changes by {np.median(per_moment):.2f} dB (median) and "
        f"{max(per_moment):.2f} dB (most), {share:.0%} of {len(per_moment)} by {UNHEARD_DB} dB or less; a "
        f"band by {np.median(change_db):.2f} dB (median)"
    )


def voice_left(background: NDArray[np.float32], said: str, language: str) -> str:
    """Tell how many of the words that were said a recogniser finds in the background."""
    heard = load_engine("speech_recognition", language).transcribe(background, language).text
    words, left = normalise_for_comparison(said).split(), normalise_for_comparison(heard).split()
    found = _in_order(words, left)
    share = found / len(words)
    return f"in the background {found} of {len(words)} words are found ({share:.0%}); heard: {heard!r}"


def _in_order(words: list[str], heard: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    lengths = np.zeros((len(words) + 1, len(heard) + 1), dtype=int)
    for row, word in enumerate(words, 1):
        for column, other in enumerate(heard, 1):
            longer = max(lengths[row - 1, column], lengths[row, column - 1])
            lengths[row, column] = lengths[row - 1, column - 1] + 1 if word == other else longer
    return int(lengths[-1, -1])


def band_levels_db(samples: NDArray[np.float32]) -> Levels:
    """Return the level of each third octave at each moment, shape (moments, bands)."""
    frames = round(MOMENT_S * RATE_HZ)
    moments = samples[: len(samples) // frames * frames].reshape(-1, frames).astype(np.float64)
    power = np.abs(np.fft.rfft(moments * np.hanning(frames))) ** 2
    hz = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    edges_hz = LOWEST_BAND_HZ * 2.0 ** (np.arange(BANDS + 1) / 3.0)
    bands = [power[:, (hz >= low) & (hz < high)].sum(axis=1) for low, high in itertools.pairwise(edges_hz)]
    levels: Levels = 10.0 * np.log10(np.stack(bands, axis=1) + 1e-12)
    return levels


def _sum_db(levels_db: Levels) -> float:
    return float(10.0 * np.log10(np.sum(10.0 ** (levels_db / 10.0))))


def _level(samples: NDArray[np.float32]) -> float:
    return float(10.0 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


def show(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
