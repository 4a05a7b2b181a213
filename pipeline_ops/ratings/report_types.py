"""A campaign's report, as values: what JSON and HTML are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline_ops.ratings.calibration import CalibrationShift
from pipeline_ops.ratings.metric_agreement import MetricAgreement
from pipeline_ops.ratings.table import Interval


@dataclass(frozen=True, slots=True)
class ClipScore:
    """One clip's score."""

    content: str
    system: str
    score: Interval
    ratings: int


@dataclass(frozen=True, slots=True)
class SystemScore:
    """One system's mean score.

    Attributes:
        system: Its name.
        clips: Of how many clips.
        ratings: Of how many ratings.
        these: For these clips.
        others: For other clips and other raters of the same kinds.
        plain_mean: The mean of the ratings as given, to compare with other labs.
    """

    system: str
    clips: int
    ratings: int
    these: Interval
    others: Interval
    plain_mean: float


@dataclass(frozen=True, slots=True)
class SystemDifference:
    """First system minus second, over the contents that both have.

    Attributes:
        first: One system.
        second: The other.
        contents: How many they share.
        these: For these clips.
        others: For other clips and raters.
        ratings_needed: Ratings that each clip needs until a difference of a quarter of a point is found four
            times in five; None where more ratings do not help and more clips are needed.
        contents_needed: Contents that are needed for the same, at as many ratings a clip as there are.
    """

    first: str
    second: str
    contents: int
    these: Interval
    others: Interval
    ratings_needed: int | None
    contents_needed: int


@dataclass(frozen=True, slots=True)
class DimensionReport:
    """One dimension.

    Attributes:
        dimension: Its name.
        systems: The best one first.
        differences: Of each two systems.
        clips: Of each clip.
        agreement: Krippendorff's alpha, ordinal.
        rating_deviation: Standard deviation of one rating by a typical rater.
        ratings_per_clip: On average.
        ratings_for_quarter_point: Ratings that a clip needs for a score within a quarter of a point.
        not_judged: Answers that said it could not be judged.
    """

    dimension: str
    systems: tuple[SystemScore, ...]
    differences: tuple[SystemDifference, ...]
    clips: tuple[ClipScore, ...]
    agreement: Interval
    rating_deviation: float
    ratings_per_clip: float
    ratings_for_quarter_point: int
    not_judged: int


@dataclass(frozen=True, slots=True)
class RaterReport:
    """One rater.

    Attributes:
        rater: The pseudonym.
        answered: Pages that were answered.
        rejected: Why they do not count; empty where they do.
        bias: Dimension -> how much kinder than others.
        inconsistency: Dimension -> standard deviation of their noise.
    """

    rater: str
    answered: int
    rejected: tuple[str, ...]
    bias: Mapping[str, Interval]
    inconsistency: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class PairPreference:
    """Two systems.

    Attributes:
        first: One.
        second: The other.
        wins: Of the first.
        losses: Of the first.
        ties: Neither.
        probability: That the first is preferred where a difference is seen.
        comparisons_needed: So many in all would tell the preference seen here from an even one four times in
            five; None for an even one.
    """

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    probability: Interval
    comparisons_needed: int | None


@dataclass(frozen=True, slots=True)
class PreferenceReport:
    """Preferences.

    Attributes:
        systems: Names, the preferred one first.
        strength: Logarithm of each one's strength.
        pairs: Each two of them.
        first_place: By how much the first place raises a strength.
    """

    systems: tuple[str, ...]
    strength: Mapping[str, Interval]
    pairs: tuple[PairPreference, ...]
    first_place: Interval


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """All of it.

    Attributes:
        id: The campaign's.
        title: For people.
        kind: Scores or preferences.
        answered: Pages that were answered.
        planned: Pages that were given out.
        raters: The rater table.
        dimensions: One by one; empty for preferences.
        preferences: None for scores.
        metrics: Do metrics agree with people?
        calibration: Dimension -> the panel against the consensus of the calibration clips, where it is known;
            scores of systems are raised by it.
    """

    id: str
    title: str
    kind: str
    answered: int
    planned: int
    raters: tuple[RaterReport, ...]
    dimensions: tuple[DimensionReport, ...]
    preferences: PreferenceReport | None
    metrics: tuple[MetricAgreement, ...]
    calibration: Mapping[str, CalibrationShift]
