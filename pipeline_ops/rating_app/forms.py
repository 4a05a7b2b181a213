"""Reads what the pages send, and refuses what they would not."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import HTTPException, status
from starlette.datastructures import FormData

from pipeline_ops.catalog.rating_sessions import RaterState
from pipeline_ops.ratings.dimensions import DIMENSIONS, PREFERENCE
from pipeline_ops.ratings.headphones import TONES, TRIALS
from pipeline_ops.ratings.table import HIGHEST, LOWEST

ABSENT = "absent"
"""The form's value for "I cannot judge that"."""

PREFERENCES = {"first": 1, "same": 0, "second": -1}


def read_headphones(sent: FormData) -> tuple[int, ...]:
    """Return which tone was said to be the quietest in each trial.

    Raises:
        HTTPException: 422, a trial was not answered.
    """
    answers = [str(sent.get(f"trial{number}", "")) for number in range(TRIALS)]
    if not all(answer in {str(tone) for tone in range(TONES)} for answer in answers):
        raise HTTPException(
            status.HTTP_422_UNPROCESSABLE_CONTENT, "Please choose a tone in each of the six rows."
        )
    return tuple(int(answer) for answer in answers)


def read_values(sent: FormData, state: RaterState) -> dict[str, int | None]:
    """Return the answers of a page, one for each dimension that was asked.

    Raises:
        HTTPException: 422, one is missing or not among the choices.
    """
    values = {}
    for dimension in state.dimensions:
        choices = _choices(dimension)
        sent_value = str(sent.get(dimension, ""))
        if sent_value not in choices:
            raise HTTPException(
                status.HTTP_422_UNPROCESSABLE_CONTENT, "Please answer every question on the page."
            )
        values[dimension] = choices[sent_value]
    return values


def _choices(dimension: str) -> Mapping[str, int | None]:
    if dimension == PREFERENCE:
        return PREFERENCES
    choices: dict[str, int | None] = {str(score): score for score in range(LOWEST, HIGHEST + 1)}
    if DIMENSIONS[dimension].may_be_absent:
        choices[ABSENT] = None
    return choices
