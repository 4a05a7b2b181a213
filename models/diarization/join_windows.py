"""Puts the windows' local speakers together into the turns of the whole sound.

Overlapping windows vote for each moment, what lies deep inside a window more than what lies at its edge: how
many talk, and who. Source: Bredin, "pyannote.audio 2.1 speaker diarization pipeline", Interspeech 2023, 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.diarization.local_voices import (
    MOMENT_S,
    MOMENTS_A_STEP,
    LocalVoice,
    moment_start_s,
    runs_of,
)
from models.diarization.segmentation_network import MOMENTS
from models.types import SpeakerTurn

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_BREATH_S = 0.3
"""A shorter gap within one speaker's turn is a plosive or a breath, as `transcribe` has it too."""

EDGE_WEIGHT = 0.1
"""Of a window's outermost moment against its middle: not 0, since a sound's ends are in no other window."""


def turns_of(voices: Sequence[LocalVoice], groups: Sequence[int]) -> tuple[SpeakerTurn, ...]:
    """Return the turns in order of their start; voices are numbered in the order of their first.

    Args:
        voices: Of all windows.
        groups: For each voice who that is, from 0.
    """
    if not voices:
        return ()
    trust = _trust(voices, groups)
    talking, confidence = _vote(voices, groups, trust)
    anybody = np.logical_or.reduce(talking, axis=1)
    stretches = [
        (first, last, speaker)
        for speaker in range(talking.shape[1])
        for first, last in _stretches(talking[:, speaker], anybody)
    ]
    names: dict[int, str] = {}
    turns = []
    for first, last, speaker in sorted(stretches):
        name = names.setdefault(speaker, f"voice_{len(names) + 1}")
        heard = talking[first:last, speaker]
        turns.append(
            SpeakerTurn(
                round(moment_start_s(first), 3),
                round(moment_start_s(last), 3),
                name,
                round(float(confidence[first:last, speaker][heard].mean()), 3),
            )
        )
    return tuple(turns)


def speech_of(voices: Sequence[LocalVoice]) -> NDArray[np.float64]:
    """Return how long each voice talks alone, in seconds, what two windows hear counted half in each."""
    coverage = _coverage(voices)
    return np.array(
        [
            (voice.alone * _window_weight() / coverage[_span(voice.window)]).sum() * MOMENT_S
            for voice in voices
        ]
    )


def _window_weight() -> NDArray[np.float64]:
    distance = np.abs(np.arange(MOMENTS) - (MOMENTS - 1) / 2) / (MOMENTS / 2)
    weight: NDArray[np.float64] = np.maximum(1.0 - distance, EDGE_WEIGHT)
    return weight


def _span(window: int) -> slice:
    return slice(window * MOMENTS_A_STEP, window * MOMENTS_A_STEP + MOMENTS)


def _coverage(voices: Sequence[LocalVoice]) -> NDArray[np.float64]:
    """Return the weight of all windows at each moment of the sound; a window without a voice has no vote."""
    coverage = np.zeros(max(voice.window for voice in voices) * MOMENTS_A_STEP + MOMENTS)
    for window in {voice.window for voice in voices}:
        coverage[_span(window)] += _window_weight()
    return np.maximum(coverage, EDGE_WEIGHT)


def _vote(
    voices: Sequence[LocalVoice], groups: Sequence[int], trust: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return who talks at each moment, shape (moments, speakers), and how sure that is."""
    coverage = _coverage(voices)
    votes = np.zeros((len(coverage), max(groups) + 1))
    trusted = np.zeros_like(votes)
    here: dict[tuple[int, int], NDArray[np.bool_]] = {}
    weight = _window_weight()
    for voice, group, sure in zip(voices, groups, trust, strict=True):
        before = here.get((voice.window, group))
        fresh = voice.active if before is None else voice.active & ~before
        here[voice.window, group] = voice.active if before is None else voice.active | before
        votes[_span(voice.window), group] += weight * fresh
        trusted[_span(voice.window), group] += weight * fresh * sure
    confidence = trusted / np.maximum(votes, 1e-9)
    votes /= coverage[:, None]
    talkers = np.floor(votes.sum(axis=1) + 0.5).astype(np.int64)
    rank = np.argsort(np.argsort(-votes, axis=1, kind="stable"), axis=1, kind="stable")
    return (rank < talkers[:, None]) & (votes > 0), confidence


def _trust(voices: Sequence[LocalVoice], groups: Sequence[int]) -> NDArray[np.float64]:
    """Return how clearly each voice belongs to its group and no other, 0 to 1.

    The silhouette (Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", 1987) by distances to the groups' centres; 1 where there is one group only.
    """
    if max(groups) == 0:
        return np.ones(len(voices))
    points = np.array([voice.voice for voice in voices], np.float64)
    sums = np.zeros((max(groups) + 1, points.shape[1]))
    np.add.at(sums, list(groups), points * speech_of(voices)[:, None])
    distances = 1.0 - points @ (sums / np.linalg.norm(sums, axis=1, keepdims=True)).T
    own = distances[np.arange(len(voices)), list(groups)]
    distances[np.arange(len(voices)), list(groups)] = np.inf
    other = distances.min(axis=1)
    trust: NDArray[np.float64] = np.clip((other - own) / np.maximum(np.maximum(own, other), 1e-9), 0.0, 1.0)
    return trust


def _stretches(talking: NDArray[np.bool_], anybody: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where one speaker talks, first and past the last moment, across breaths in which nobody does."""
    stretches: list[tuple[int, int]] = []
    for first, last in runs_of(talking):
        if stretches:
            before = stretches[-1][1]
            if (first - before) * MOMENT_S <= LONGEST_BREATH_S and not anybody[before:first].any():
                stretches[-1] = (stretches[-1][0], last)
                continue
        stretches.append((first, last))
    return stretches
