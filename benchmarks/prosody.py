"""Measures whether lines that stand out in the original stand out in the dub: higher or livelier than others.

    python -m benchmarks.prosody --clips ../shared/media/video

First what becomes of what is asked: a sentence in three voices, moved by so much, and what is then measured
of it. Then the clips with at least three lines of one speaker (and the demo clip): every line in its
translation and in the speaker's fitted voice, once as the voice says it by itself, once as it was said in the
original; pitch and range of lines against their speaker's usual ones, original against dub, over all clips.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import soxr

from benchmarks.deployment import empty_home, run_up_to, tell
from benchmarks.engines import engine
from models.base import SpeechRecognizer, SpeechSynthesizer
from models.types import Melody, Utterance, VoiceDesign
from pipeline_ops.platform import Platform
from pipeline_ops.quality.back_transcription import transcribe_back
from pipeline_ops.quality.pitch import Pitch, pitch_of
from pipeline_ops.runner import load_artefact
from pipeline_ops.stages.measure_prosody import RATE_HZ
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.voices.prosody import FEWEST_LINES, LineProsody, compare_lines, said_like, semitones_between
from pipeline_ops.voices.records import SpeakerVoice

LANGUAGE = "pt"
SENTENCE = "Acho que a resposta é mais simples do que a maioria das pessoas pensa."
VOICES = ("pm_alex", "pf_dora", "pm_santa")
SHIFTS = (-6.0, -3.0, 3.0, 6.0)
RANGES = (0.6, 1.3, 1.6)
CLIPS = ("opendubbing_english.mp4", "retalking_1.mp4", "retalking_4.mp4", "syncnet_example.avi")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("var/benchmarks/prosody"))
    arguments = parser.parse_args()
    platform = Platform.from_environment(empty_home(arguments.out.absolute(), lips=False))
    synthesizer, recognizer = (engine(kind, LANGUAGE) for kind in ("speech_synthesis", "speech_recognition"))
    show_what_is_asked(synthesizer)
    lines: list[tuple[LineProsody, LineProsody, LineProsody]] = []
    demo = Path(__file__).parents[1] / "demo" / "talking_head.mp4"
    for clip in (demo, *(arguments.clips / name for name in CLIPS)):
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
    show_correlations(lines)
    return 0


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
) -> list[tuple[LineProsody, LineProsody, LineProsody]]:
    """Return each line as it was said, as the voice says it by itself, and as it is dubbed."""
    design_of = {voice.speaker: voice.design for voice in voices}
    sides: list[tuple[LineProsody, ...]] = []
    errors: list[float] = []
    for followed in (False, True):
        pitches, wrong = [], []
        for utterance, line, how in zip(utterances, lines, prosody, strict=True):
            design = design_of[utterance.speaker]
            text = line.wordings[0].text
            samples = _samples(synthesizer, text, said_like(design, how) if followed else design)
            pitches.append((utterance.index, utterance.speaker, pitch_of(samples, RATE_HZ)))
            wrong.append(transcribe_back(samples, LANGUAGE, text, recognizer).word_error_rate)
        sides.append(compare_lines(pitches))
        errors.append(fmean(wrong))
    enough = [
        utterance.index
        for utterance in utterances
        if sum(other.speaker == utterance.speaker for other in utterances) >= FEWEST_LINES
    ]
    tell(f"{name}: {len(enough)} lines; word errors {errors[0]:.3f} by itself, {errors[1]:.3f} followed")
    return [(prosody[index], sides[0][index], sides[1][index]) for index in enough]


def show_correlations(lines: Iterable[tuple[LineProsody, LineProsody, LineProsody]]) -> None:
    """Print Pearson's correlation of original and dub, without and with the original's prosody."""
    columns = list(zip(*lines, strict=True))
    tell(f"| over {len(columns[0])} lines | by itself | followed |\n|---|---|---|")
    for name, value in (
        ("height of a line", lambda line: line.rise_semitones),
        ("range of a line", lambda line: np.log2(line.range_factor)),
    ):
        original, alone, followed = ([value(line) for line in column] for column in columns)
        tell(
            f"| {name} | {np.corrcoef(original, alone)[0, 1]:+.2f} |"
            f" {np.corrcoef(original, followed)[0, 1]:+.2f} |"
        )


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
