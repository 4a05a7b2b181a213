"""A translator and a synthesizer that are worse on purpose, and a catalog file that offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soxr
import yaml

from models.catalog import CATALOG_FILE, load_catalog
from models.speech_synthesis.kokoro import SPEED_RANGE, KokoroSynthesizer
from models.translation.bergamot import BergamotTranslator
from models.types import AudioClip, GlossaryTerm, Utterance, VoiceDesign, Wording

FILLERS = ("lá", "sim", "aqui", "ontem", "talvez", "coisas", "algures", "sobretudo", "ultimamente")
"""Portuguese words that say nothing in particular, of all lengths."""

REPLACED = 2
"""Every second word says something else, as long as it was: a gate would stop a translation of fillers alone,
and one that hurries throughout, of which nothing is then left to compare. With every third word six clips
were too few to tell (p = 0.065)."""

TAPE = 0.75
"""The voice runs like a tape that is too slow, five semitones deeper. At 0.86 a deep voice in a clip was met
as well as before."""

NOISE = 0.15
"""Of full scale, white: a hiss 6 dB above the speech. With a third of it DNSMOS fell by 0.44 points in the
mean of six clips, which six are too few to tell from chance among all metrics."""


class RamblingTranslator(BergamotTranslator):
    """It says something else with every second word."""

    def translate(
        self,
        utterances: Sequence[Utterance],
        source_language: str,
        target_language: str,
        glossary: Sequence[GlossaryTerm] = (),
    ) -> list[tuple[Wording, ...]]:
        """Translate; see `models.base.Translator`."""
        lines = super().translate(utterances, source_language, target_language, glossary)
        return [(replace(line[0], text=_rambled(line[0].text)),) for line in lines]


class WornSynthesizer(KokoroSynthesizer):
    """It says everything as from a worn tape: too deep, with a hiss."""

    def synthesize(self, text: str, language: str, voice: VoiceDesign, speed: float) -> AudioClip:
        """Say `text`; see `models.base.SpeechSynthesizer`."""
        slowest, fastest = SPEED_RANGE
        clip = super().synthesize(text, language, voice, float(np.clip(speed / TAPE, slowest, fastest)))
        slowed = soxr.resample(clip.samples[0], clip.sample_rate_hz * TAPE, clip.sample_rate_hz)
        hiss = NOISE * np.random.default_rng(0).standard_normal(len(slowed))
        return AudioClip((slowed + hiss).astype(np.float32)[np.newaxis, :], clip.sample_rate_hz)


def _rambled(text: str) -> str:
    words = text.split()
    for number, place in enumerate(range(REPLACED - 1, len(words), REPLACED)):
        # Not always the same one: a line that says a word over and over is stopped, too.
        fillers = FILLERS[number % 2 :: 2]
        words[place] = min(fillers, key=lambda filler: abs(len(filler) - len(words[place])))
    return " ".join(words)


VERSION = "worse on purpose 5"
"""Raise it when what they do changes: what the older ones said is then not found."""

WORSE = {
    "rambling-en-pt": ("bergamot-tiny-en-pt", RamblingTranslator),
    "worn-kokoro": ("kokoro-82m-int8", WornSynthesizer),
}


def write_catalog(file: Path) -> None:
    """Write a catalog of these models, for DUBWRIGHT_CATALOG; their weights are those of the good ones."""
    catalog = load_catalog(CATALOG_FILE)
    models = [
        {
            **catalog.entry(good).model_dump(mode="json"),
            "id": name,
            "engine": f"{engine.__module__}:{engine.__name__}",
            "version": VERSION,
        }
        for name, (good, engine) in WORSE.items()
    ]
    file.write_text(yaml.safe_dump({"models": models}), encoding="utf-8")
