"""Measures the pitch of every voice of Kokoro: the table of models/speech_synthesis/kokoro_voices.py.

Each voice says three sentences of its language, about ten seconds. Takes a quarter of an hour on two cores.
"""

from __future__ import annotations

import sys

import numpy as np
import soxr

from models.catalog import load_catalog
from models.profile import load_profile
from models.registry import resolve
from models.types import VoiceDesign
from models.weights import WeightsStore
from pipeline_ops.quality.pitch import median_pitch_hz

RATE_HZ = 16_000
SENTENCES = {
    "en": (
        "We bake bread at home every morning, before the sun comes up.",
        "My neighbour asked me whether the old bridge is still open.",
        "If you have never tried it, take a little flour and warm water.",
    ),
    "es": (
        "Hacemos pan en casa todas las mañanas, antes de que salga el sol.",
        "Mi vecino me preguntó si el puente viejo sigue abierto.",
        "Si nunca lo has probado, toma un poco de harina y agua tibia.",
    ),
    "fr": (
        "Nous faisons du pain à la maison chaque matin, avant le lever du soleil.",
        "Mon voisin m'a demandé si le vieux pont est encore ouvert.",
        "Si vous n'avez jamais essayé, prenez un peu de farine et de l'eau tiède.",
    ),
    "hi": (
        "हम हर सुबह सूरज निकलने से पहले घर पर रोटी बनाते हैं।",
        "मेरे पड़ोसी ने मुझसे पूछा कि क्या पुराना पुल अब भी खुला है।",
        "अगर आपने कभी कोशिश नहीं की है, तो थोड़ा आटा और गरम पानी लीजिए।",
    ),
    "it": (
        "Facciamo il pane in casa ogni mattina, prima che sorga il sole.",
        "Il mio vicino mi ha chiesto se il vecchio ponte è ancora aperto.",
        "Se non l'avete mai provato, prendete un po' di farina e acqua tiepida.",
    ),
    "pt": (
        "Fazemos pão em casa todas as manhãs, antes de o sol nascer.",
        "Meu vizinho me perguntou se a ponte velha ainda está aberta.",
        "Se você nunca experimentou, pegue um pouco de farinha e água morna.",
    ),
}


def main() -> None:
    """Print one line a voice."""
    catalog = load_catalog()
    model = resolve(
        catalog,
        load_profile("embedded", catalog),
        "speech_synthesis",
        target_language="en",
        weights=WeightsStore.from_environment(),
    ).load()
    for voice in model.voices:
        design = VoiceDesign.of(voice.id)
        takes = [model.synthesize(text, voice.language, design, 1.0) for text in SENTENCES[voice.language]]
        samples = np.concatenate([take.samples[0] for take in takes])
        pitch_hz = median_pitch_hz(soxr.resample(samples, model.sample_rate_hz, RATE_HZ), RATE_HZ)
        sys.stdout.write(f'    "{voice.id}": {pitch_hz or 0.0:.0f}.0,\n')


if __name__ == "__main__":
    main()
