"""Measures whether lines that stand out in the original stand out in the dub: higher or livelier than others.

    python -m benchmarks.prosody --media ../shared/media

First what becomes of what is asked: a sentence in three voices, moved by so much, and what is then measured
of it. Then the demo clip, clips of people who talk, and somebody who reads aloud: every line in its
translation and in the speaker's fitted voice, once as the voice says it by itself, once as it was said in
the original. Compared are pitch and range of lines against their speaker's usual ones, where somebody says
three lines or more, and silence within lines.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.deployment import empty_home, run_up_to, tell, with_a_face
from benchmarks.engines import engine
from models.base import SpeechRecognizer, SpeechSynthesizer
from models.types import Melody, Utterance, VoiceDesign
from pipeline_ops.platform import Platform
from pipeline_ops.quality.back_transcription import transcribe_back
from pipeline_ops.quality.pitch import Pitch, pitch_of
from pipeline_ops.runner import load_artefact
from pipeline_ops.stages.measure_prosody import RATE_HZ
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.voices.pauses import SHORTEST_PAUSE_S, pauses_at_marks
from pipeline_ops.voices.prosody import FEWEST_LINES, LineProsody, compare_lines, said_like, semitones_between
from pipeline_ops.voices.records import SpeakerVoice

LANGUAGE = "pt"
SENTENCE = "Acho que a resposta é mais simples do que a maioria das pessoas pensa."
VOICES = ("pm_alex", "pf_dora", "pm_santa")
SHIFTS = (-6.0, -3.0, 3.0, 6.0)
RANGES = (0.6, 1.3, 1.6)
CLIPS = (
    "opendubbing_english.mp4",
    "retalking_1.mp4",
    "retalking_4.mp4",
    "sadtalker_WDA_AOC.mp4",
    "syncnet_example.avi",
)
READINGS, READER_FACE = "LJ001-*.wav", "retalking_4.mp4"
"""Said by one person, one after the other, over the face of another: nobody looks at it here."""

SILENT_BELOW_PEAK_DB = 35.0
SILENCE_WINDOW_S = 0.01


@dataclass(frozen=True)
class ComparedLine:
    """A line as it was said, as the voice says it by itself, and as it is dubbed.

    Attributes:
        melodies: Of the three; None where the speaker has too few lines to have a usual way.
        silences_s: How long each of the three is silent within the line, pauses that are long enough alone.
        given_up: How many of the original's pauses have no mark near their place.
    """

    melodies: tuple[LineProsody, LineProsody, LineProsody] | None
    silences_s: tuple[float, float, float]
    given_up: int


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/prosody"))
    arguments = parser.parse_args()
    platform = Platform.from_environment(empty_home(arguments.out.absolute(), lips=False))
    synthesizer, recognizer = (engine(kind, LANGUAGE) for kind in ("speech_synthesis", "speech_recognition"))
    show_what_is_asked(synthesizer)
    demo = Path(__file__).parents[1] / "demo" / "talking_head.mp4"
    reader = arguments.out / "reader.mp4"
    write_reader(arguments.media, reader)
    lines: list[ComparedLine] = []
    for clip in (demo, *(arguments.media / "video" / name for name in CLIPS), reader):
        part = run_up_to(clip, LANGUAGE, platform, ["fit_voice", "screen_toxicity", "measure_prosody"])
        found = {
            name: load_artefact(platform, part.references[stage], name)
            for stage, name in (
                ("split_sentences", "utterances"),
                ("screen_toxicity", "lines"),
                ("fit_voice", "voices"),
                ("measure_prosody", "prosody"),
            )
        }
        lines.extend(compare_clip(clip.name, **found, synthesizer=synthesizer, recognizer=recognizer))
    show_correlations([line.melodies for line in lines if line.melodies])
    show_silences(lines)
    return 0


def write_reader(media: Path, target: Path) -> None:
    """Write a video of somebody who reads several sentences aloud."""
    readings = [soundfile.read(file) for file in sorted((media / "speech").glob(READINGS))]
    joined = target.with_suffix(".wav")
    soundfile.write(joined, np.concatenate([samples for samples, _ in readings]), readings[0][1])
    with_a_face(media / "video" / READER_FACE, joined, target)


def show_what_is_asked(synthesizer: SpeechSynthesizer) -> None:
    """Print what comes of every shift and every range that is asked, the mean over the voices."""
    alone = {name: _said(synthesizer, SENTENCE, VoiceDesign.of(name)) for name in VOICES}
    tell("| asked | semitones higher | times the range |\n|---|---|---|")
    for melody in (
        *(Melody(shift_semitones=shift) for shift in SHIFTS),
        *(Melody(range_factor=factor) for factor in RANGES),
    ):
        moved = [
            _said(synthesizer, SENTENCE, replace(VoiceDesign.of(name), melody=melody)) for name in VOICES
        ]
        higher = fmean(
            semitones_between(before.median_hz, after.median_hz)
            for before, after in zip(alone.values(), moved, strict=True)
        )
        wider = fmean(
            after.range_semitones / before.range_semitones
            for before, after in zip(alone.values(), moved, strict=True)
        )
        tell(
            f"| {melody.shift_semitones:+.0f} semitones, {melody.range_factor} times the range |"
            f" {higher:+.1f} | {wider:.2f} |"
        )


def compare_clip(
    name: str,
    *,
    utterances: tuple[Utterance, ...],
    lines: tuple[TranslatedLine, ...],
    voices: tuple[SpeakerVoice, ...],
    prosody: tuple[LineProsody, ...],
    synthesizer: SpeechSynthesizer,
    recognizer: SpeechRecognizer,
) -> list[ComparedLine]:
    """Say every line both ways, print how it is understood, and return what it is like."""
    design_of = {voice.speaker: voice.design for voice in voices}
    pauses_s = [
        pauses_at_marks(line.wordings[0].text, how.pauses) for line, how in zip(lines, prosody, strict=True)
    ]
    sides: list[tuple[LineProsody, ...]] = []
    silences: list[list[float]] = [[sum(p.length_s for p in how.pauses) for how in prosody]]
    errors: list[float] = []
    for followed in (False, True):
        pitches, wrong, silent_s = [], [], []
        for utterance, line, how, kept_s in zip(utterances, lines, prosody, pauses_s, strict=True):
            design = design_of[utterance.speaker]
            text = line.wordings[0].text
            if followed:
                design = replace(said_like(design, how), pauses_s=kept_s)
            samples = _samples(synthesizer, text, design)
            pitches.append((utterance.index, utterance.speaker, pitch_of(samples, RATE_HZ)))
            wrong.append(transcribe_back(samples, LANGUAGE, text, recognizer).word_error_rate)
            silent_s.append(inner_silence_s(samples))
        sides.append(compare_lines(pitches))
        errors.append(fmean(wrong))
        silences.append(silent_s)
    counts = Counter(utterance.speaker for utterance in utterances)
    tell(f"{name}: {len(lines)} lines; word errors {errors[0]:.3f} by itself, {errors[1]:.3f} followed")
    return [
        ComparedLine(
            (how, sides[0][place], sides[1][place]) if counts[utterance.speaker] >= FEWEST_LINES else None,
            (silences[0][place], silences[1][place], silences[2][place]),
            len(how.pauses) - sum(map(bool, kept_s)),
        )
        for place, (utterance, how, kept_s) in enumerate(zip(utterances, prosody, pauses_s, strict=True))
    ]


def inner_silence_s(samples: NDArray[np.float32]) -> float:
    """Return how long speech is silent between its words, in pauses of `SHORTEST_PAUSE_S` and more."""
    window = round(SILENCE_WINDOW_S * RATE_HZ)
    level = np.sqrt(np.square(samples[: len(samples) // window * window].reshape(-1, window)).mean(axis=1))
    audible = np.flatnonzero(level > level.max() * 10 ** (-SILENT_BELOW_PEAK_DB / 20))
    gaps_s = (np.diff(audible) - 1) * SILENCE_WINDOW_S
    return float(gaps_s[gaps_s >= SHORTEST_PAUSE_S].sum())


def show_correlations(lines: Sequence[tuple[LineProsody, LineProsody, LineProsody]]) -> None:
    """Print Pearson's correlation of original and dub, without and with the original's prosody."""
    columns = list(zip(*lines, strict=True))
    tell(f"| over {len(lines)} lines | by itself | followed |\n|---|---|---|")
    for name, value in (
        ("height of a line", lambda line: line.rise_semitones),
        ("range of a line", lambda line: np.log2(line.range_factor)),
    ):
        original, alone, followed = ([value(line) for line in column] for column in columns)
        tell(
            f"| {name} | {np.corrcoef(original, alone)[0, 1]:+.2f} |"
            f" {np.corrcoef(original, followed)[0, 1]:+.2f} |"
        )


def show_silences(lines: Sequence[ComparedLine]) -> None:
    """Print how long lines are silent that pause in the original, and those that do not."""
    tell("| lines that | lines | original, s | by itself, s | followed, s |\n|---|---|---|---|---|")
    for name, chosen in (
        ("pause, all at marks", [each for each in lines if each.silences_s[0] and not each.given_up]),
        ("pause, where there is no mark", [each for each in lines if each.given_up]),
        ("do not pause", [each for each in lines if not each.silences_s[0]]),
    ):
        means = [f"{fmean(each):.2f}" for each in zip(*(line.silences_s for line in chosen), strict=True)]
        tell(f"| {name} | {len(chosen)} | {' | '.join(means)} |")


def _samples(synthesizer: SpeechSynthesizer, text: str, design: VoiceDesign) -> Any:
    clip = synthesizer.synthesize(text, LANGUAGE, design, 1.0)
    return soxr.resample(clip.samples[0], clip.sample_rate_hz, RATE_HZ).astype(np.float32)


def _said(synthesizer: SpeechSynthesizer, text: str, design: VoiceDesign) -> Pitch:
    pitch = pitch_of(_samples(synthesizer, text, design), RATE_HZ)
    if pitch is None:
        raise SystemExit(f"no pitch was found in {text!r}")
    return pitch


if __name__ == "__main__":
    raise SystemExit(main())
