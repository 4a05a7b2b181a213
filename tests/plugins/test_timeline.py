from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import TimeSpan


class Checkpoints:
    """What a run has made, as a table."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def value(self, stage: str, artefact: str, language: str | None = None) -> Any:
        return self._values.get(stage)


def line(index: int, start_s: float, end_s: float, /, **dub: Any) -> Any:
    from dubwright_inspection.transcript import Line

    return Line(index, "speaker_1", f"Line {index}", start_s, end_s, **dub)


def timeline(duration_s: float, lines: list[Any], **values: Any) -> Any:
    from dubwright_inspection.timeline import timeline_of

    return timeline_of(Checkpoints(probe=SimpleNamespace(duration_s=duration_s), **values), lines, "pt")  # type: ignore[arg-type]


def test_there_is_no_picture_before_the_length_is_known() -> None:
    from dubwright_inspection.timeline import timeline_of

    assert timeline_of(Checkpoints(), [], "pt") is None  # type: ignore[arg-type]


def test_only_what_there_is_gets_a_row() -> None:
    picture = timeline(10.0, [line(0, 1.0, 2.0)], detect_speech=(TimeSpan(1.0, 2.0),))
    assert [row.kind for row in picture.rows] == ["speech", "source"]


def test_a_line_stands_above_its_dub_and_flags_show() -> None:
    lines = [line(0, 1.0, 2.0, text="Um", start_s=1.1, end_s=2.1, flags=("late_start",))]
    source, dub = timeline(10.0, lines).rows
    assert (source.kind, dub.kind) == ("source", "dub")
    assert source.y_px < dub.y_px
    assert source.bars[0].x_px < dub.bars[0].x_px
    assert (source.bars[0].flagged, dub.bars[0].flagged) == (False, True)


spans = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


@given(st.floats(0.5, 20_000), st.lists(spans, max_size=20))
def test_everything_lies_within_the_picture(duration_s: float, shares: list[list[float]]) -> None:
    lines = [line(index, start * duration_s, end * duration_s) for index, (start, end) in enumerate(shares)]
    picture = timeline(duration_s, lines)
    for bar in (bar for row in picture.rows for bar in row.bars):
        assert bar.x_px >= 0
        assert bar.width_px >= 1
        assert bar.x_px + bar.width_px <= picture.width_px + 1.2
    steps = [
        after.x_px - before.x_px for before, after in zip(picture.ticks, picture.ticks[1:], strict=False)
    ]
    assert all(step > 55 for step in steps) or duration_s > 600


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (59.96, "1:00.0"), (62.34, "1:02.3"), (3600, "1:00:00.0"), (3599.99, "1:00:00.0")],
)
def test_times_read_as_clocks(seconds: float, text: str) -> None:
    from dubwright_inspection.timeline import clock

    assert clock(seconds) == text
