from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ops.errors import SettingsError
from pipeline_ops.ratings.rating_csv import COLUMNS, read_answers, write_answers
from pipeline_ops.ratings.records import Answer

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() == text
)

ANSWERS = st.builds(
    Answer,
    rater=TEXT,
    content=TEXT,
    system=TEXT,
    role=st.sampled_from(["test", "reference", "attention", "calibration"]),
    dimension=st.sampled_from(["overall", "voice"]),
    value=st.one_of(st.none(), st.integers(1, 5)),
    position=st.integers(0, 500),
    seconds=st.one_of(st.none(), st.floats(0, 1e4)),
    answered_at=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
)


@given(ANSWERS)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(answer: Answer) -> None:
    assert read_answers(write_answers([answer])) == (answer,)


@given(st.sampled_from("=+-@\t"), TEXT)
@settings(max_examples=30, deadline=None)
def test_no_cell_of_text_begins_like_a_formula(start: str, rest: str) -> None:
    line = write_answers([Answer(start + rest, start + rest, "s", "test", "overall", 3)]).splitlines()[1]
    assert line.lstrip('"').startswith("'")


def test_a_preference_against_the_first_clip_is_minus_one_and_no_text() -> None:
    answer = Answer("r", "c", "a", "test", "preference", -1, other_system="b")
    assert ",-1," in write_answers([answer])
    assert read_answers(write_answers([answer])) == (answer,)


def line(**cells: str) -> str:
    row = {"rater": "r", "content": "c", "system": "s", "role": "test", "dimension": "overall", "value": "3"}
    return ",".join(COLUMNS) + "\n" + ",".join({**row, **cells}.get(name, "") for name in COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a,b\n1,2\n", "should have the columns"),
        (line(value="6"), r"line 2: value"),
        (line(value="0"), "a score lies between"),
        (line(dimension="beauty"), "no dimension"),
        (line(dimension="preference", value="1"), "names other_system"),
        (line(role="boss"), "role"),
        (line(seconds="nan"), "seconds"),
        (line(answered_at="2026-11-26T12:00:00"), "no time zone"),
        (line() + line().splitlines()[1] + "\n", "line 3: the same answer stands in line 2"),
        (line() + "r,c\n", "line 3: it has another number of cells"),
        (line(rater=""), "rater"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_answers(text)


def test_moments_keep_their_zone() -> None:
    moment = datetime(2026, 11, 26, 12, tzinfo=UTC)
    answer = Answer("r", "c", "s", "test", "overall", 3, answered_at=moment)
    assert read_answers(write_answers([answer]))[0].answered_at == moment
