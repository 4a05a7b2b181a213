"""Line by line: what is heard of the finished sound, how loud, in whose voice, meaning what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from models.types import TimeSpan
from pipeline_ops.evaluation.material import DubbedLine, Judges, Material, dub_lines, original_lines
from pipeline_ops.media.loudness import ABSOLUTE_GATE_LUFS, STEP_S, STEPS_A_BLOCK, LoudnessMeter
from pipeline_ops.quality.back_transcription import transcribe_line_back
from pipeline_ops.quality.evaluation import HeardLine
from pipeline_ops.quality.sampling import evenly
from pipeline_ops.quality.sentence_likeness import sentence_likenesses
from pipeline_ops.quality.voice_likeness import line_likenesses

SHORTEST_S = STEP_S * (STEPS_A_BLOCK + 1)
"""One step more than a gating block of BS.1770, for blocks lie on a grid of steps."""


def listen(material: Material, judges: Judges, finished: LoudnessMeter) -> tuple[HeardLine, ...]:
    """Return what was heard of each line; levels and meanings of all, the rest of a spread of them.

    Args:
        material: The translation.
        judges: Who listens.
        finished: Filled with the finished sound.
    """
    lines = material.lines
    levels = _level_differences(lines, finished, LoudnessMeter.of_file(material.original))
    heard = [
        HeardLine(line.original.index, level_difference_lu=level)
        for line, level in zip(lines, levels, strict=True)
    ]
    if judges.sentences is not None and material.source_language in judges.sentences.languages:
        # Whether what people worded means what the original does is theirs to judge.
        sides = (
            [line.original.text for line in lines],
            ["" if line.by_people else line.text for line in lines],
        )
        for place, likeness in enumerate(sentence_likenesses(*sides, judges.sentences)):
            heard[place] = replace(heard[place], similarity=likeness)
    _listen_to_some(heard, material, judges)
    return tuple(heard)


def _listen_to_some(heard: list[HeardLine], material: Material, judges: Judges) -> None:
    chosen = evenly(len(material.lines), material.most_lines)
    some = [material.lines[place] for place in chosen]
    if judges.recognizer is not None:
        for place, line, samples in zip(chosen, some, dub_lines(some, material.analysis), strict=True):
            said = transcribe_line_back(samples, material.target_language, line.text, judges.recognizer)
            heard[place] = replace(
                heard[place],
                heard=said.heard,
                word_error_rate=round(said.word_error_rate, 4),
                letter_error_rate=round(said.letter_error_rate, 4),
            )
    if judges.encoder is not None:
        likenesses = line_likenesses(
            original_lines(some, material.original_speech),
            dub_lines(some, material.dub_speech),
            [line.original.speaker for line in some],
            judges.encoder,
        )
        for place, likeness in zip(chosen, likenesses, strict=True):
            heard[place] = replace(heard[place], voice_likeness=likeness)


def _level_differences(
    lines: Sequence[DubbedLine], finished: LoudnessMeter, original: LoudnessMeter
) -> list[float | None]:
    """Return how much louder each finished line is than its original, in LU; None for the shortest."""
    differences: list[float | None] = []
    for line in lines:
        sides = (
            (finished, TimeSpan(line.place.start_s, line.place.end_s)),
            (original, TimeSpan(line.original.start_s, line.original.end_s)),
        )
        if min(span.duration_s for _, span in sides) < SHORTEST_S:
            differences.append(None)
            continue
        after, before = (audible_lufs(meter.integrated_lufs([span])) for meter, span in sides)
        differences.append(round(after - before, 2))
    return differences


def audible_lufs(loudness: float) -> float:
    """Return a loudness in LUFS; silence is as loud as what BS.1770's absolute gate lets through."""
    return round(loudness, 2) if math.isfinite(loudness) else ABSOLUTE_GATE_LUFS
