from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import Utterance
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.media.subtitles import SubtitleLine, make_cues, to_webvtt
from pipeline_ops.stages.match_subtitles import GivenLine, MatchParameters, match_subtitles, parted

LINES = (
    Utterance(0, "speaker_1", 1.0, 3.0, "Welcome back."),
    Utterance(1, "speaker_1", 4.0, 8.0, "Today we bake bread."),
    Utterance(2, "speaker_1", 12.0, 14.0, "Bye."),
)


def matched(folder: Path, *lines: SubtitleLine, language: str = "pt") -> tuple[GivenLine, ...]:
    file = folder / "talk.vtt"
    file.write_text(to_webvtt(make_cues(lines, 30.0)))
    media: Any = SimpleNamespace(duration_s=30.0)
    return match_subtitles(
        file=file if lines else None,
        utterances=LINES,
        media=media,
        parameters=MatchParameters(language),
    ).given


def test_without_a_file_nothing_is_given(tmp_path: Path) -> None:
    assert matched(tmp_path) == ()


def test_each_subtitle_goes_to_the_line_at_which_it_stands(tmp_path: Path) -> None:
    given_lines = matched(
        tmp_path,
        SubtitleLine(0.8, 3.2, "Bem-vindos."),
        SubtitleLine(3.9, 5.9, "Hoje vamos fazer"),
        SubtitleLine(6.0, 8.4, "um pão."),
    )
    assert given_lines == (GivenLine(0, "Bem-vindos."), GivenLine(1, "Hoje vamos fazer um pão."))


def test_one_over_two_lines_is_parted_at_the_end_of_a_clause() -> None:
    over = SubtitleLine(1.0, 8.0, "Bem-vindos de volta. Hoje vamos fazer um pão bem gostoso em casa.")
    assert parted(over, LINES) == [
        (0, "Bem-vindos de volta."),
        (1, "Hoje vamos fazer um pão bem gostoso em casa."),
    ]


def test_one_just_beside_a_line_belongs_to_it_and_one_far_off_to_none() -> None:
    assert parted(SubtitleLine(8.5, 9.5, "né?"), LINES) == [(1, "né?")]
    assert parted(SubtitleLine(20.0, 22.0, "Créditos"), LINES) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (SubtitleLine(20.0, 24.0, "Isto está em outro lugar."), "subtitles_off_speech"),
        (
            SubtitleLine(1.0, 6.0, "Welcome back to my channel where we bake bread every single Sunday"),
            "subtitles_other_language",
        ),
    ],
)
def test_a_file_of_something_else_is_rejected(tmp_path: Path, line: SubtitleLine, reason: str) -> None:
    with pytest.raises(RejectedInputError) as rejected:
        matched(tmp_path, line)
    assert rejected.value.reason_code == reason


@given(st.floats(0.0, 20.0), st.floats(0.1, 12.0), st.integers(1, 20))
def test_no_word_is_lost_or_said_twice(start_s: float, duration_s: float, count: int) -> None:
    text = " ".join(f"w{number}" for number in range(count))
    parts = parted(SubtitleLine(start_s, start_s + duration_s, text), LINES)
    assert not parts or " ".join(part for _, part in parts) == text
    assert [index for index, _ in parts] == sorted({index for index, _ in parts})
