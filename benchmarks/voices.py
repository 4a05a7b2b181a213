"""Measures how far fitted voices resemble the speaker, on sentences that no voice was fitted or checked on.

    python -m benchmarks.voices --clips ../shared/media/video

Each clip goes through the pipeline up to `fit_voice`. Then the fitted voice and the language's first voice
of the speaker's sex say the same held-out sentences, as loud as the speaker; each is compared with the
speaker by the encoder that the fit used, and transcribed. Of several speakers, whoever talks most is
measured. Prints one row a clip and language.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.deployment import empty_home, run_up_to, tell
from models.base import Capability, SpeakerEncoder, SpeechRecognizer, SpeechSynthesizer
from models.registry import resolve
from models.types import Utterance, VoiceDesign
from pipeline_ops.media.loudness import brought_to, measure_samples
from pipeline_ops.platform import Platform
from pipeline_ops.quality.back_transcription import transcribe_back
from pipeline_ops.runner import load_artefact
from pipeline_ops.stages.fit_voice import ENOUGH_SPEECH_S
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.reference import speech_of
from pipeline_ops.voices.timbre import colour

CASES = (
    ("opendubbing_english.mp4", ("pt", "es"), "male"),
    ("retalking_1.mp4", ("pt", "es"), "male"),
    ("retalking_4.mp4", ("pt", "es"), "female"),
    ("retalking_5.mp4", ("pt", "es"), "female"),
    ("sadtalker_WDA_AOC.mp4", ("pt", "es"), "female"),
    ("syncnet_example.avi", ("pt", "es"), "male"),
    ("sonitranslate_video.mp4", ("pt", "en"), "male"),
)
"""English and Spanish talkers, and the sex of each."""

HELD_OUT = {
    "en": (
        "Thank you for watching; see you next week with another story.",
        "The train was late again, so we walked along the river instead.",
        "I think the answer is simpler than most people believe.",
        "She opened the window and listened to the birds for a while.",
    ),
    "es": (
        "Gracias por mirar; nos vemos la próxima semana con otra historia.",
        "El tren llegó tarde otra vez, así que caminamos junto al río.",
        "Creo que la respuesta es más sencilla de lo que cree la gente.",
        "Ella abrió la ventana y escuchó a los pájaros un rato.",
    ),
    "pt": (
        "Obrigado por assistir; até a próxima semana com outra história.",
        "O trem atrasou de novo, então caminhamos ao longo do rio.",
        "Acho que a resposta é mais simples do que a maioria pensa.",
        "Ela abriu a janela e ouviu os pássaros por um tempo.",
    ),
}


@dataclass(frozen=True)
class Heard:
    """What one voice is like: likeness to the speaker, and word error rate."""

    likeness: float
    word_error_rate: float


@dataclass(frozen=True)
class Listener:
    """Says the held-out sentences of one language and listens."""

    synthesizer: SpeechSynthesizer
    encoder: SpeakerEncoder
    recognizer: SpeechRecognizer
    language: str
    target: NDArray[np.float32]
    speaker_lufs: float

    def hear(self, design: VoiceDesign, gains_db: tuple[float, ...] = ()) -> Heard:
        """Return the means over the sentences."""
        likeness, errors, words = [], 0.0, 0
        for sentence in HELD_OUT[self.language]:
            clip = self.synthesizer.synthesize(sentence, self.language, design, 1.0)
            said = colour(clip.samples[0], clip.sample_rate_hz, gains_db)
            said = soxr.resample(said, clip.sample_rate_hz, self.encoder.sample_rate_hz)
            # As `mix` makes it: the encoder hears loudness.
            heard = brought_to(self.speaker_lufs, said, self.encoder.sample_rate_hz)
            if heard is None:
                raise SystemExit(f"nothing is heard of {sentence!r}")
            likeness.append(float(self.encoder.embed(heard) @ self.target))
            count = len(sentence.split())
            back = transcribe_back(heard, self.language, sentence, self.recognizer)
            errors += back.word_error_rate * count
            words += count
        return Heard(float(np.mean(likeness)), errors / words)


def main() -> int:
    """Fit and measure; print the table and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--only", help="a clip's name; all where left out")
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/voices"))
    arguments = parser.parse_args()
    platform = Platform.from_environment(empty_home(arguments.out.absolute(), lips=False))
    tell("| clip | to | default | fitted | gain | WER default | WER fitted | why not | fit, CPU s |")
    tell("|---|---|---|---|---|---|---|---|---|")
    pairs: list[tuple[Heard, Heard]] = []
    for name, languages, sex in (case for case in CASES if arguments.only in (None, case[0])):
        for language in languages:
            pairs.append(measure(arguments.clips / name, language, sex, platform))
    default, fitted = ([pair[side] for pair in pairs] for side in (0, 1))
    gain = np.mean([f.likeness - d.likeness for d, f in pairs])
    tell(
        f"mean of {len(pairs)}: default {np.mean([each.likeness for each in default]):.3f}, fitted"
        f" {np.mean([each.likeness for each in fitted]):.3f}, gain {gain:.3f}; WER"
        f" {np.mean([each.word_error_rate for each in default]):.3f} and"
        f" {np.mean([each.word_error_rate for each in fitted]):.3f}"
    )
    return 0


def measure(clip: Path, language: str, sex: str, platform: Platform) -> tuple[Heard, Heard]:
    """Print one row; return what the default and the fitted voice are like."""
    part = run_up_to(clip, language, platform, ["fit_voice"])
    request, references = part.request, part.references
    voices: tuple[SpeakerVoice, ...] = load_artefact(platform, references["fit_voice"], "voices")
    utterances = load_artefact(platform, references["split_sentences"], "utterances")
    profile = platform.profile_of(request)

    def model(capability: Capability) -> Any:
        return resolve(
            platform.catalog,
            profile,
            capability,
            source_language=language,
            target_language=language,
            weights=platform.weights,
        ).load()

    encoder = model("speaker_embedding")
    synthesizer, recognizer = model("speech_synthesis"), model("speech_recognition")
    speech = platform.store.fetch(references["separate"], "speech", platform.settings.scratch_dir)
    talker = most_talkative(utterances)
    lines = [line for line in utterances if line.speaker == talker]
    samples = speech_of(speech, lines, encoder.sample_rate_hz, ENOUGH_SPEECH_S)
    speaker_lufs = measure_samples(samples, encoder.sample_rate_hz).integrated_lufs
    listener = Listener(synthesizer, encoder, recognizer, language, encoder.embed(samples), speaker_lufs)
    first = next(each for each in synthesizer.voices if each.language == language and each.gender == sex)
    [voice] = [each for each in voices if each.speaker == talker]
    default, fitted = (
        listener.hear(VoiceDesign.of(first.id)),
        listener.hear(voice.design, voice.band_gains_db),
    )
    tell(
        f"| {clip.name} | {language} | {default.likeness:.3f} | {fitted.likeness:.3f} |"
        f" {fitted.likeness - default.likeness:+.3f} | {default.word_error_rate:.3f} |"
        f" {fitted.word_error_rate:.3f} | {voice.not_fitted_because or ''} |"
        f" {part.runs['fit_voice'].manifest.cost.cpu_s / len(voices):.0f} |"
    )
    return default, fitted


def most_talkative(utterances: tuple[Utterance, ...]) -> str:
    """Return the speaker whose lines last longest together."""
    talked_s: dict[str, float] = defaultdict(float)
    for line in utterances:
        talked_s[line.speaker] += line.duration_s
    return max(talked_s, key=lambda speaker: talked_s[speaker])


if __name__ == "__main__":
    raise SystemExit(main())
