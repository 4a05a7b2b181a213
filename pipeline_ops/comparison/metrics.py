"""The metrics that two versions are compared by: what each is of, which way is better, how noisy it is.

What a metric measures is said where it is measured (`pipeline_ops/quality/evaluation.py`, and for those of
lines `pipeline_ops/catalog/metrics.py`). Evaluations and upgrades compare by this one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Dimension = Literal[
    "finished",
    "translation",
    "clarity",
    "voice",
    "naturalness",
    "expressivity",
    "lips",
    "timing",
    "background",
    "sound",
]

DIMENSIONS: Mapping[Dimension, str] = {
    "finished": "Finished",
    "translation": "Translation",
    "clarity": "Clarity",
    "voice": "Voice",
    "naturalness": "Naturalness",
    "expressivity": "Expressivity",
    "lips": "Lips",
    "timing": "Timing",
    "background": "Background",
    "sound": "Sound and file",
}
"""What a viewer would complain of, with the words for it, in the order in which it is shown."""

Direction = Literal["higher", "lower", "near_0", "near_1"]

DIRECTIONS: Mapping[Direction, str] = {
    "higher": "higher is better",
    "lower": "lower is better",
    "near_0": "nearer 0 is better",
    "near_1": "nearer 1 is better",
}


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """One metric.

    Attributes:
        name: As it is measured.
        title: For people.
        dimension: What it is of.
        direction: Which way is better.
        noise: By how much one measurement strays where nothing changed, in the metric's unit; as much may a
            new version be worse in an upgrade.
        unit: Of its values; empty for a share or a correlation.
        decides: Whether verdicts count it. What says the same as another one, or what the gates hold to a
            limit anyway, is only shown: each metric more that decides makes all the others harder to tell.
        in_upgrades: Whether an upgrade judges by it, too.
    """

    name: str
    title: str
    dimension: Dimension
    direction: Direction
    noise: float
    unit: str = ""
    decides: bool = True
    in_upgrades: bool = False

    def improvement(self, before: float, after: float) -> float:
        """Return by how much a value is better than another, in the metric's unit; below 0 it is worse."""
        return self._goodness(after) - self._goodness(before)

    def _goodness(self, value: float) -> float:
        if self.direction == "higher":
            return value
        if self.direction == "lower":
            return -value
        return -abs(value - (1.0 if self.direction == "near_1" else 0.0))


FINISHED = ComparedMetric("finished", "finished and let through by the gates", "finished", "higher", 0.5)
"""0 or 1 of each translation. The noise is that of a coin: so much could be chance where nothing is known."""

METRICS: tuple[ComparedMetric, ...] = (
    FINISHED,
    ComparedMetric(
        "sentence_similarity",
        "meaning as the original's",
        "translation",
        "higher",
        0.05,
        in_upgrades=True,
    ),
    ComparedMetric(
        "meaning_flagged", "lines flagged for their meaning", "translation", "lower", 0.05, in_upgrades=True
    ),
    ComparedMetric(
        "target_probability",
        "heard as the target language",
        "translation",
        "higher",
        0.1,
        decides=False,
    ),
    ComparedMetric(
        "source_probability",
        "heard as the source language",
        "translation",
        "lower",
        0.1,
        decides=False,
    ),
    ComparedMetric("word_error_rate", "words misheard in the finished sound", "clarity", "lower", 0.05),
    ComparedMetric(
        "misheard_words",
        "words misheard in the takes",
        "clarity",
        "lower",
        0.05,
        decides=False,
        in_upgrades=True,
    ),
    ComparedMetric("letter_error_rate", "letters misheard", "clarity", "lower", 0.05, decides=False),
    ComparedMetric(
        "voice_likeness", "likeness to the speakers' voices", "voice", "higher", 0.05, in_upgrades=True
    ),
    ComparedMetric(
        "voice_likeness_change",
        "likeness against what the fit promised",
        "voice",
        "near_0",
        0.05,
        decides=False,
    ),
    ComparedMetric(
        "speech_quality",
        "DNSMOS, overall",
        "naturalness",
        "higher",
        0.3,
        unit="points of 1 to 5",
        in_upgrades=True,
    ),
    ComparedMetric(
        "signal_quality", "DNSMOS, speech", "naturalness", "higher", 0.3, "points of 1 to 5", decides=False
    ),
    ComparedMetric(
        "speech_quality_change",
        "DNSMOS against the original's",
        "naturalness",
        "higher",
        0.3,
        "points of 1 to 5",
        decides=False,
    ),
    ComparedMetric("pitch_contour_similarity", "melody as the original's", "expressivity", "higher", 0.15),
    ComparedMetric("energy_contour_similarity", "stress as the original's", "expressivity", "higher", 0.15),
    ComparedMetric(
        "speech_rate_correlation", "hurries where the original does", "expressivity", "higher", 0.3
    ),
    ComparedMetric("pause_correlation", "pauses where the original does", "expressivity", "higher", 0.3),
    ComparedMetric("lips_changed", "pictures with new lips", "lips", "higher", 0.5),
    ComparedMetric("lip_correlation", "new lips with the dub", "lips", "higher", 0.05, in_upgrades=True),
    ComparedMetric("lip_offset_s", "sound against new lips", "lips", "near_0", 0.02, "s"),
    ComparedMetric("lip_gain", "new lips against the original ones", "lips", "higher", 0.05, decides=False),
    ComparedMetric("frozen_share", "picture that stands still", "lips", "lower", 0.02, decides=False),
    ComparedMetric("start_error_p95_s", "starts of lines off (95 %)", "timing", "lower", 0.05, "s"),
    ComparedMetric("speed_mean", "pace against natural", "timing", "near_1", 0.05),
    ComparedMetric("overflow_max_s", "furthest past the original's end", "timing", "lower", 0.4, "s"),
    ComparedMetric(
        "timing_flagged",
        "lines flagged for their timing",
        "timing",
        "lower",
        0.05,
        decides=False,
        in_upgrades=True,
    ),
    ComparedMetric(
        "speed_deviation",
        "pace of lines off natural",
        "timing",
        "lower",
        0.05,
        decides=False,
        in_upgrades=True,
    ),
    ComparedMetric(
        "stretch_deviation", "stretched by", "timing", "lower", 0.05, decides=False, in_upgrades=True
    ),
    ComparedMetric("speed_max", "the fastest line", "timing", "near_1", 0.05, decides=False),
    ComparedMetric("hurried_share", "lines that hurry", "timing", "lower", 0.05, decides=False),
    ComparedMetric(
        "background_correlation",
        "background kept in pauses",
        "background",
        "higher",
        0.1,
        in_upgrades=True,
    ),
    ComparedMetric("background_change_db", "level in pauses", "background", "near_0", 0.5, "dB"),
    ComparedMetric("loudness_difference_lu", "loudness against the source", "sound", "near_0", 0.2, "LU"),
    ComparedMetric("sound_offset_s", "sound late", "sound", "near_0", 0.02, "s"),
    ComparedMetric("true_peak_dbtp", "true peak", "sound", "lower", 0.5, "dBTP", decides=False),
    ComparedMetric("clipped_share", "samples clipped", "sound", "lower", 0.0001, decides=False),
    ComparedMetric(
        "duration_difference_s", "length of the file", "sound", "near_0", 0.05, "s", decides=False
    ),
    ComparedMetric("sound_end_difference_s", "end of the sound", "sound", "near_0", 0.05, "s", decides=False),
    ComparedMetric(
        "picture_frames_difference", "frames more or less", "sound", "near_0", 1.0, "frames", decides=False
    ),
    ComparedMetric("subtitle_tracks", "tracks of subtitles", "sound", "higher", 1.0, decides=False),
)
"""Where the noise comes from: of shares of lines and words one in twenty, for a rule flags some and a
recogniser errs by chance. Of speed and stretch five per cent, the smallest change of tempo that listeners
notice (Quené 2007, Journal of Phonetics 35). Of likenesses, DNSMOS (windows of one video differ by 0.2),
lips, levels and times what the docstrings in `pipeline_ops/quality/` say; of contours 0.3 a line, for a clip
of four. The background's correlation is lowered in faint pauses by coding: 0.1."""

METRIC: Mapping[str, ComparedMetric] = {metric.name: metric for metric in METRICS}

NOT_COMPARED: Mapping[str, str] = {
    "line_count": "neither more nor fewer is better",
    "finished_lufs": "`loudness_difference_lu` says whether it is right",
    "heard_language": "a name; `target_probability` says how surely it is right",
}
"""Figures of `evaluate` that no version is better or worse by, and why."""
