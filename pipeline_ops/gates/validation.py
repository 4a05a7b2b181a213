"""Checks tables against expectations with Great Expectations, in memory, without network or telemetry."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_ops.gates.expectations import Expected
from pipeline_ops.gates.outcomes import ExpectationOutcome
from pipeline_ops.gates.tables import Cell, Table

SHOWN_ROWS = 5
"""Of the rows that failed, as many as a person reads."""


@dataclass(frozen=True)
class GateResult:
    """A gate's outcomes, and for each table what Great Expectations' own pages are made from."""

    outcomes: tuple[ExpectationOutcome, ...]
    validations: Mapping[str, Any]


def check_tables(tables: Mapping[str, Table], expected: Sequence[Expected]) -> GateResult:
    """Return what became of every expectation; one on a table that is empty, or that is not there, is met.

    Args:
        tables: By name; all rows of a table have the same columns.
        expected: What is expected, of any of the tables.

    Raises:
        KeyError: an expectation names a column that its table has not.
    """
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("tables")
    outcomes: list[ExpectationOutcome] = []
    validations: dict[str, Any] = {}
    for name, rows in tables.items():
        here = [each for each in expected if each.table == name]
        if not here or not rows:
            outcomes += [_outcome(each, True) for each in here]
            continue
        missing = sorted({each.column for each in here} - set(rows[0]))
        if missing:
            message = f"The table {name} has no column {', '.join(missing)}"
            raise KeyError(message)
        batch = (
            source.add_dataframe_asset(name)
            .add_batch_definition_whole_dataframe("all")
            .get_batch(batch_parameters={"dataframe": _frame(rows)})
        )
        suite = gx.ExpectationSuite(name=name, expectations=[_expectation(each) for each in here])
        result = batch.validate(suite, result_format="COMPLETE")
        validations[name] = result
        by_name = {found.expectation_config.meta["name"]: found for found in result.results}
        outcomes += [_told(each, by_name[each.name], rows) for each in here]
    return GateResult(tuple(outcomes), validations)


def _great_expectations() -> Any:
    """Import the library with everything off that would send or fetch something."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports a module that Python 3.13 drops
        import great_expectations

    return great_expectations


def _frame(rows: Table) -> Any:
    """Return the table as pandas has it; columns that hold nothing but None become numbers, all missing."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name in rows[0]:
        cells: list[Cell] = [row[name] for row in rows]
        known = [cell for cell in cells if cell is not None]
        text = any(isinstance(cell, str) for cell in known)
        columns[name] = pd.Series(cells, dtype="object" if text else "float64")
    return pd.DataFrame(columns)


def _expectation(expected: Expected) -> Any:
    import great_expectations.expectations as gxe

    return gxe.ExpectColumnValuesToBeBetween(
        column=expected.column,
        min_value=expected.least,
        max_value=expected.most,
        mostly=expected.share,
        severity="critical" if expected.severity == "stop" else "warning",
        notes=expected.reason,
        meta={"name": expected.name},
    )


def _outcome(expected: Expected, passed: bool, detail: str = "") -> ExpectationOutcome:
    return ExpectationOutcome(
        expected.name, expected.table, expected.subject, expected.severity, passed, detail
    )


def _told(expected: Expected, found: Any, rows: Table) -> ExpectationOutcome:
    if found.exception_info.get("raised_exception"):
        message = f"Expectation {expected.name} could not be checked: {found.exception_info}"
        raise ValueError(message)
    if found.success:
        return _outcome(expected, True)
    values = found.result["unexpected_list"]
    places = found.result.get("unexpected_index_list") or []
    shown = ", ".join(_shown(value) for value in values[:SHOWN_ROWS])
    where = ""
    if len(rows) > 1 and places:
        where = f" in row {', '.join(str(place) for place in places[:SHOWN_ROWS])}"
    return _outcome(expected, False, f"{expected.column} is {shown}{where}; expected {_limits(expected)}")


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) and math.isfinite(value) else str(value)


def _limits(expected: Expected) -> str:
    least, most = expected.least, expected.most
    if least is None:
        return f"at most {most:g}"
    if most is None:
        return f"at least {least:g}"
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"
