"""What a campaign says: scores and preferences with intervals, its raters, its power, the metrics' worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from pipeline_ops.ratings import power
from pipeline_ops.ratings.calibration import CalibrationShift, calibration_shifts
from pipeline_ops.ratings.dimension_report import report_dimension
from pipeline_ops.ratings.metric_agreement import MeasuredItem, MetricAgreement, agreement_of
from pipeline_ops.ratings.preference import Comparison, Preferences, fit_preferences
from pipeline_ops.ratings.rater_model import RaterModelFit, fit_rater_model
from pipeline_ops.ratings.records import Answer, CampaignAnswers
from pipeline_ops.ratings.report_types import CampaignReport, PairPreference, PreferenceReport, RaterReport
from pipeline_ops.ratings.screening import RaterEvidence, RaterVerdict, correlations_with_others, screen
from pipeline_ops.ratings.table import RatingTable

LOW_REFERENCE = 4
"""An untouched original that somebody rates below this was not looked at (`screening.REFERENCE_LOW`)."""


def make_report(
    campaign: CampaignAnswers, *, more_is_better: Collection[str] = (), seed: int = 0
) -> CampaignReport:
    """Return the report of what was answered so far.

    Args:
        campaign: The answers.
        more_is_better: Metrics of which more is better; of all others less is.
        seed: Of bootstraps; the same seed gives the same report.
    """
    verdicts = screen_raters(campaign)
    kept = [answer for answer in campaign.answers if not verdicts[answer.rater].rejected]
    tables = {} if campaign.kind == "preferences" else _tables(kept, campaign.dimensions)
    fits = {dimension: fit_rater_model(table) for dimension, table in tables.items()}
    shifts = {dimension: _shift(kept, dimension) for dimension in tables}
    compared = [answer for answer in kept if answer.is_preference and answer.role == "test"]
    return CampaignReport(
        id=campaign.id,
        title=campaign.title,
        kind=campaign.kind,
        answered=len({(answer.rater, answer.position) for answer in campaign.answers}),
        planned=campaign.tasks_planned,
        raters=tuple(
            _rater(name, campaign.answers, verdict, fits) for name, verdict in sorted(verdicts.items())
        ),
        dimensions=tuple(
            report_dimension(
                dimension,
                table,
                fits[dimension],
                shift=shifts[dimension],
                not_judged=_not_judged(kept, dimension),
                seed=seed,
            )
            for dimension, table in tables.items()
        ),
        preferences=_preferences(compared) if compared else None,
        metrics=tuple(
            found
            for dimension, fit in fits.items()
            for found in _metrics(campaign, dimension, fit, more_is_better, seed)
        ),
        calibration={dimension: shift for dimension, shift in shifts.items() if shift is not None},
    )


def screen_raters(campaign: CampaignAnswers) -> dict[str, RaterVerdict]:
    """Hold every rater who answered against the rules of `screening`."""
    correlations: dict[str, tuple[float, int]] = {}
    scored = [answer for answer in campaign.answers if answer.value is not None]
    tests = [answer for answer in scored if answer.role == "test" and not answer.is_preference]
    if tests:
        # All dimensions of a clip count together, so that a correlation has enough to stand on.
        table = RatingTable.of(
            (f"{answer.item}\n{answer.dimension}", answer.rater, answer.value or 0) for answer in tests
        )
        correlations = correlations_with_others(table)
    return {
        rater: screen(_evidence(rater, campaign), correlations.get(rater))
        for rater in {answer.rater for answer in campaign.answers}
    }


def _evidence(rater: str, campaign: CampaignAnswers) -> RaterEvidence:
    answers = [answer for answer in campaign.answers if answer.rater == rater]
    tests = [answer for answer in answers if answer.role == "test"]
    attention = _by_page([answer for answer in answers if answer.role == "attention"])
    references = [
        answer
        for answer in answers
        if answer.role == "reference" and answer.dimension in {"overall", "naturalness"}
    ]
    of_references = _by_page(references)
    rushed = {answer.position for answer in tests if answer.rushed}
    scores = Counter(
        float(answer.value) for answer in tests if answer.value is not None and not answer.is_preference
    )
    return RaterEvidence(
        rater=rater,
        answers=len({answer.position for answer in tests}),
        scores=scores,
        attention_seen=len(attention),
        attention_missed=sum(
            any(answer.value is not None and answer.value != answer.expected for answer in page)
            or all(answer.value is None for answer in page)
            for page in attention
        ),
        references_seen=len(of_references),
        references_low=sum(
            any(answer.value is not None and answer.value < LOW_REFERENCE for answer in page)
            for page in of_references
        ),
        rushed=len(rushed),
        headphones=campaign.headphones.get(rater),
    )


def _by_page(answers: Sequence[Answer]) -> list[list[Answer]]:
    pages: dict[int, list[Answer]] = {}
    for answer in answers:
        pages.setdefault(answer.position, []).append(answer)
    return list(pages.values())


def _tables(answers: Sequence[Answer], dimensions: Sequence[str]) -> dict[str, RatingTable]:
    """Return the scores of each dimension that has any."""
    scores = {
        dimension: [
            (answer.item, answer.rater, float(answer.value))
            for answer in answers
            if answer.dimension == dimension and answer.role == "test" and answer.value is not None
        ]
        for dimension in dimensions
    }
    return {dimension: RatingTable.of(entries) for dimension, entries in scores.items() if entries}


def _not_judged(answers: Sequence[Answer], dimension: str) -> int:
    return sum(
        answer.dimension == dimension and answer.role == "test" and answer.value is None for answer in answers
    )


def _shift(answers: Sequence[Answer], dimension: str) -> CalibrationShift | None:
    """Return how this panel scores calibration clips of known worth, None where there are none."""
    shared = [
        answer
        for answer in answers
        if answer.role == "calibration" and answer.dimension == dimension and answer.value is not None
    ]
    worth = {answer.item: answer.expected for answer in shared if answer.expected is not None}
    if not worth:
        return None
    scores = [("panel", answer.rater, answer.item, float(answer.value or 0)) for answer in shared]
    return calibration_shifts(scores, worth).get("panel")


def _rater(
    name: str, answers: Sequence[Answer], verdict: RaterVerdict, fits: Mapping[str, RaterModelFit]
) -> RaterReport:
    fitted = {
        dimension: (fit, fit.raters.index(name)) for dimension, fit in fits.items() if name in fit.raters
    }
    return RaterReport(
        rater=name,
        answered=len({answer.position for answer in answers if answer.rater == name}),
        rejected=verdict.reasons,
        bias={dimension: fit.bias_interval(index) for dimension, (fit, index) in fitted.items()},
        inconsistency={
            dimension: fit.inconsistency_interval(index) for dimension, (fit, index) in fitted.items()
        },
    )


def _preferences(answers: Sequence[Answer]) -> PreferenceReport:
    found = fit_preferences(
        Comparison(answer.rater, answer.system, answer.other_system or "", answer.value or 0)
        for answer in answers
    )
    strength = dict(zip(found.systems, found.strength, strict=True))
    ranked = tuple(sorted(found.systems, key=lambda name: -strength[name].estimate))
    return PreferenceReport(
        ranked,
        {name: strength[name] for name in ranked},
        tuple(_pair(found, first, second) for first, second in combinations(ranked, 2)),
        found.first_place,
    )


def _pair(found: Preferences, first: str, second: str) -> PairPreference:
    one, other = found.systems.index(first), found.systems.index(second)
    probability = found.probability(first, second)
    return PairPreference(
        first,
        second,
        int(found.wins[one, other]),
        int(found.wins[other, one]),
        int(found.ties[one, other]),
        probability,
        power.comparisons_for_preference(probability.estimate),
    )


def _metrics(
    campaign: CampaignAnswers,
    dimension: str,
    fit: RaterModelFit,
    more_is_better: Collection[str],
    seed: int,
) -> list[MetricAgreement]:
    items = []
    for index, item in enumerate(fit.items):
        content, system = item.split("\n")
        known = campaign.metrics.get((content, system))
        if known:
            items.append(MeasuredItem(content, float(fit.score[index]), known))
    names = sorted({name for item in items for name in item.metrics})
    found = [
        agreement_of(items, name, dimension, higher_is_better=name in more_is_better, seed=seed)
        for name in names
    ]
    return [each for each in found if each is not None]
