"""The figures of a whole translation, each from the function of `pipeline_ops/quality/` that measures it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np

from models.base import LanguageIdentifier, SpeakerEncoder, SpeechQualityJudge
from models.types import TimeSpan
from pipeline_ops.errors import MediaToolError
from pipeline_ops.evaluation.listening import audible_lufs
from pipeline_ops.evaluation.material import RATE_HZ, Judges, Material, dub_lines, original_lines
from pipeline_ops.evaluation.pictures import moments_of
from pipeline_ops.media.audio_blocks import read_blocks, read_spans
from pipeline_ops.media.loudness import LoudnessMeter
from pipeline_ops.quality.dub_timing import hurried_share, overflow_max_s, start_error_p95_s
from pipeline_ops.quality.evaluation import HeardLine, Metrics
from pipeline_ops.quality.expressivity import (
    SpokenLine,
    contour_similarity,
    pause_correlation,
    speech_rate_correlation,
)
from pipeline_ops.quality.finished_sound import clipped_share, envelope, sound_offset_s
from pipeline_ops.quality.pauses import correlation_in_pauses, level_change_in_pauses_db, pauses_between
from pipeline_ops.quality.picture_motion import frozen_share
from pipeline_ops.quality.sampling import evenly, windows
from pipeline_ops.quality.voice_likeness import speaker_likenesses
from pipeline_ops.timing import TimingRules

MOMENT_S, MOMENTS = 1.0, 6
"""Of the picture: a standstill of a quarter of the video is found. Each costs decoding a second of both
files, and what lies between it and the keyframe before it."""

QUALITY_WINDOWS = 4
"""Each costs 0.3 s of a processor; ratings of windows of one video differ by 0.2."""

Figures = dict[str, Any]
"""Fields of `Metrics` by name."""


def measure(
    material: Material, judges: Judges, heard: Sequence[HeardLine], finished: LoudnessMeter
) -> Metrics:
    """Return all figures.

    Args:
        material: The translation.
        judges: Who listens.
        heard: What was heard of each line.
        finished: Filled with the finished sound.
    """
    parts = (
        _wording_figures(heard),
        _timing_figures(material),
        _expression_figures(material),
        _voice_figures(material, judges.encoder),
        _lip_figures(material),
        _sound_figures(material, finished),
        _background_figures(material),
        _file_figures(material),
        _picture_figures(material),
        _quality_figures(material, judges.listener),
        _language_figures(material, judges.identifier),
    )
    metrics = Metrics(line_count=len(material.lines))
    for part in parts:
        metrics = replace(metrics, **part)
    return metrics


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(fmean(known), 4) if known else None


def _wording_figures(heard: Sequence[HeardLine]) -> Figures:
    return {
        "word_error_rate": _mean([line.word_error_rate for line in heard]),
        "letter_error_rate": _mean([line.letter_error_rate for line in heard]),
        "sentence_similarity": _mean([line.similarity for line in heard]),
    }


def _timing_figures(material: Material) -> Figures:
    placements = material.placements
    speeds = [place.speed for place in placements]
    starts = [place.start_s for place in placements], [place.original_start_s for place in placements]
    ends = [place.end_s for place in placements], [place.original_end_s for place in placements]
    return {
        "start_error_p95_s": start_error_p95_s(*starts),
        "speed_mean": _mean(speeds),
        "speed_max": max(speeds, default=None),
        "hurried_share": hurried_share(speeds, TimingRules().unnoticed_fastest),
        "overflow_max_s": overflow_max_s(*ends),
    }


def _expression_figures(material: Material) -> Figures:
    lines = material.lines
    original = [SpokenLine(line.original.text, line.original.start_s, line.original.end_s) for line in lines]
    dub = [SpokenLine(line.text, line.place.start_s, line.place.end_s) for line in lines]
    some = [lines[place] for place in evenly(len(lines), material.most_lines)]
    sides = original_lines(some, material.original_speech), dub_lines(some, material.dub_speech)
    pitch, energy = contour_similarity(*sides, RATE_HZ)
    return {
        "speech_rate_correlation": speech_rate_correlation(original, dub),
        "pause_correlation": pause_correlation(original, dub),
        "pitch_contour_similarity": pitch,
        "energy_contour_similarity": energy,
    }


def _voice_figures(material: Material, encoder: SpeakerEncoder | None) -> Figures:
    if encoder is None:
        return {}
    lines = [material.lines[place] for place in evenly(len(material.lines), material.most_lines)]
    found = speaker_likenesses(
        original_lines(lines, material.original_speech),
        dub_lines(lines, material.dub_speech),
        [line.original.speaker for line in lines],
        encoder,
    )
    promised = {voice.speaker: voice.likeness for voice in material.voices if voice.likeness is not None}
    changes = [found[speaker] - promised[speaker] for speaker in found if speaker in promised]
    return {
        "voice_likeness": _mean(list(found.values())),
        "voice_likeness_change": round(min(changes), 4) if changes else None,
    }


def _lip_figures(material: Material) -> Figures:
    if material.lips is None:
        return {"lips_changed": False}
    after = [new for _, new in material.lips if new is not None]
    gains = [
        new.correlation - old.correlation for old, new in material.lips if old is not None and new is not None
    ]
    return {
        "lips_changed": True,
        "lip_correlation": _mean([sync.correlation for sync in after]),
        "lip_gain": _mean(gains),
        "lip_offset_s": max((round(sync.offset_s, 4) for sync in after), key=abs, default=None),
    }


def _sound_figures(material: Material, finished: LoudnessMeter) -> Figures:
    loudness, peak = audible_lufs(finished.integrated_lufs()), finished.true_peak_dbtp()
    planned, played = (
        envelope(read_blocks(path, sample_rate_hz=RATE_HZ, mono=True), RATE_HZ)
        for path in (material.dub_speech, material.analysis)
    )
    wanted = material.original_lufs
    return {
        "loudness_difference_lu": None if wanted is None else round(loudness - wanted, 2),
        "finished_lufs": loudness,
        "true_peak_dbtp": round(peak, 2) if math.isfinite(peak) else None,
        "clipped_share": clipped_share(read_blocks(material.sound)),
        "sound_offset_s": sound_offset_s(planned, played),
    }


def _background_figures(material: Material) -> Figures:
    spoken = [
        *material.regions,
        *(TimeSpan(line.original.start_s, line.original.end_s) for line in material.lines),
        *(TimeSpan(place.start_s, place.end_s) for place in material.placements),
    ]
    pauses = pauses_between(spoken, material.media.duration_s)
    correlation = correlation_in_pauses(material.original, material.sound, pauses)
    change_db = level_change_in_pauses_db(material.original, material.sound, pauses)
    return {
        "background_correlation": None if correlation is None else round(correlation, 4),
        "background_change_db": None if change_db is None else round(change_db, 2),
    }


def _file_figures(material: Material) -> Figures:
    contents, media = material.contents, material.media
    if contents.video is None:
        return {}
    sound_end_s = contents.audio[0].end_s
    return {
        "duration_difference_s": round(max(contents.video.end_s, sound_end_s) - media.duration_s, 4),
        "sound_end_difference_s": round(sound_end_s - media.duration_s, 4),
        "picture_frames_difference": contents.video.frame_count - media.video.frame_count,
        "subtitle_tracks": len(contents.subtitles),
    }


def _picture_figures(material: Material) -> Figures:
    spans = windows(material.media.duration_s, MOMENT_S, MOMENTS)
    try:
        before, after = (
            moments_of(path, media, spans)
            for path, media in ((material.source, material.media), (material.video, material.finished))
        )
    except MediaToolError:
        return {}  # a picture that does not decode is kept as it is, and nothing can be said of how it moves
    return {"frozen_share": frozen_share(zip(before, after, strict=True))}


def _quality_figures(material: Material, listener: SpeechQualityJudge | None) -> Figures:
    if listener is None:
        return {}
    spans = windows(material.media.duration_s, listener.longest_s, QUALITY_WINDOWS)
    before, after = (
        [
            listener.rate_speech(samples)
            for samples in read_spans(path, spans, sample_rate_hz=listener.sample_rate_hz)
            if np.any(samples)
        ]
        for path in (material.original, material.analysis)
    )
    original, overall = (_mean([quality.overall for quality in side]) for side in (before, after))
    return {
        "speech_quality": overall,
        "signal_quality": _mean([quality.signal for quality in after]),
        "speech_quality_change": None
        if overall is None or original is None
        else round(overall - original, 4),
    }


def _language_figures(material: Material, identifier: LanguageIdentifier | None) -> Figures:
    """Return which language the finished lines are heard in."""
    spans = [span for window in material.language_windows for span in window]
    if identifier is None or not spans:
        return {}
    pieces = read_spans(material.analysis, spans, sample_rate_hz=identifier.sample_rate_hz)
    heard = identifier.identify_language(
        [np.concatenate([next(pieces) for _ in window]) for window in material.language_windows]
    )
    probabilities = {heard.language: heard.probability, **dict(heard.alternatives)}
    return {
        "heard_language": heard.language,
        "target_probability": round(probabilities.get(material.target_language, 0.0), 4),
        "source_probability": round(probabilities.get(material.source_language, 0.0), 4),
    }
