"""A translator and a synthesizer that are worse on purpose, and a catalog file that offers them."""

from __future__ import annotations

import itertools
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

FILLERS = ("talvez", "aqui", "ontem", "muitas", "coisas", "também", "sempre", "algures")
"""Portuguese words that say nothing in particular."""

REPLACED = 3
"""Every third word says something else: a gate would stop a translation of fillers alone."""

LONGER = 0.1
"""By what share of its letters a line is made longer. With 0.3 five of six dubs were stopped, since they
hurry throughout: then nothing is left to compare."""

TAPE = 0.75
"""The voice runs like a tape that is too slow, five semitones deeper. At 0.86 a deep voice in a clip was met
as well as before."""

NOISE = 0.05
"""Of full scale, white: a hiss 3 dB below the speech. DNSMOS rates a phrase of Kokoro's 3.4 without it and
1.9 with it; a hiss of 0.02 was hidden by a clip's own noise."""


class RamblingTranslator(BergamotTranslator):
    """It says something else with every third word, and more than there is time for."""

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
    fillers = itertools.cycle(FILLERS)
    words = [
        next(fillers) if place % REPLACED == REPLACED - 1 else word for place, word in enumerate(text.split())
    ]
    while sum(map(len, words)) < (1 + LONGER) * len(text.replace(" ", "")):
        words.append(next(fillers))
    return " ".join(words)


VERSION = "worse on purpose 2"
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
