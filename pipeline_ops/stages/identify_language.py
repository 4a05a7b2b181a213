"""Tells which language is spoken, from a few windows of speech spread over the video."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.base import LanguageIdentifier
from models.types import LanguageIdentification, TimeSpan
from pipeline_ops.artefacts import FlacFile
from pipeline_ops.media.audio_blocks import read_spans
from pipeline_ops.stage import Resources, stage
from pipeline_ops.verdicts import rejection

WINDOW_S = 30.0
"""As much as Whisper hears at a time."""


@dataclass(frozen=True, slots=True)
class LanguageParameters:
    """How the language is heard.

    Attributes:
        windows: How many windows at most; each costs one pass of the encoder.
        minimum_probability: Below it the language is uncertain. Measured: people talking into a phone, or
            under music as loud as they, gave 0.35 to 0.6 for the right language, under noise 10 dB louder
            0.23; reading aloud gives over 0.85. None of these may be refused.
    """

    windows: int = 5
    minimum_probability: float = 0.2


@dataclass(frozen=True, slots=True)
class IdentifiedLanguage:
    """The language that is spoken."""

    language: LanguageIdentification


@stage(version=3, capability="language_identification", resources=Resources(memory_mb=600, timeout_s=900))
def identify_language(
    *,
    analysis: FlacFile,
    regions: tuple[TimeSpan, ...],
    model: LanguageIdentifier,
    parameters: LanguageParameters,
) -> IdentifiedLanguage:
    """Identify the language.

    Args:
        analysis: The sound, mono.
        regions: Where somebody speaks; at least one.
        model: The identifier.
        parameters: How many windows, and how sure it must be.

    Raises:
        RejectedInputError: `uncertain_language`.
    """
    windows = spread_windows(regions, parameters.windows)
    pieces = read_spans(
        analysis, [span for window in windows for span in window], sample_rate_hz=model.sample_rate_hz
    )
    heard = [np.concatenate([next(pieces) for _ in window]) for window in windows]
    language = model.identify_language(heard)
    if language.probability < parameters.minimum_probability:
        raise rejection("uncertain_language")
    return IdentifiedLanguage(language)


def spread_windows(regions: tuple[TimeSpan, ...], count: int) -> tuple[tuple[TimeSpan, ...], ...]:
    """Gather speech into at most `count` windows of at most 30 s each, spread evenly over the speech.

    A window is the spans that it is put together from. All speech is cut into as many equal stretches as
    there are windows, and each window is the beginning of its stretch.
    """
    total_s = sum(region.duration_s for region in regions)
    wanted = min(count, max(1, round(total_s / WINDOW_S)))
    # One window ends at the very number at which the next begins, else rounding could make them overlap.
    edges_s = [index * total_s / wanted for index in range(wanted + 1)]
    windows = (
        _speech_between(regions, start_s, min(end_s, start_s + WINDOW_S))
        for start_s, end_s in pairwise(edges_s)
    )
    return tuple(window for window in windows if window)


def _speech_between(regions: tuple[TimeSpan, ...], start_s: float, end_s: float) -> tuple[TimeSpan, ...]:
    """Return the spans from `start_s` to `end_s`, counted in speech alone."""
    spans = []
    passed_s = 0.0
    for region in regions:
        first_s = region.start_s + max(0.0, start_s - passed_s)
        last_s = min(region.end_s, region.start_s + (end_s - passed_s))
        if last_s > first_s:
            spans.append(TimeSpan(first_s, last_s))
        passed_s += region.duration_s
    return tuple(spans)
