from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_ops.errors import RejectedInputError
from pipeline_ops.media.subtitle_files import read_subtitle_file
from pipeline_ops.media.subtitles import SubtitleLine, make_cues, to_subrip, to_webvtt

CUE = "1\n00:00:01,000 --> 00:00:02,500\n"


def read(folder: Path, content: str | bytes, duration_s: float = 60.0) -> tuple[SubtitleLine, ...]:
    file = folder / "subtitles"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_subtitle_file(file, duration_s)


def texts(folder: Path, content: str | bytes) -> list[str]:
    return [line.text for line in read(folder, content)]


def test_subrip_and_webvtt_are_read(tmp_path: Path) -> None:
    lines = (SubtitleLine(1.0, 2.5, "Hello there."), SubtitleLine(3.0, 4.25, "And good-bye."))
    cues = make_cues(lines, 60.0)
    for written in (to_subrip(cues), to_webvtt(cues), to_subrip(cues).replace("\n", "\r\n")):
        assert read(tmp_path, written) == lines


def test_headers_notes_styles_and_settings_of_webvtt_are_no_text(tmp_path: Path) -> None:
    file = (
        "WEBVTT - talk\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE 00:01.000 --> 00:02.000\nno\n\n"
        "intro\n00:01.000 --> 00:02.500 align:start position:0%\n<v Bob>Hello <c.red>there</c> &amp; you\n"
    )
    assert read(tmp_path, file) == (SubtitleLine(1.0, 2.5, "Hello there & you"),)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ("<i>Hi</i> {\\an8}<font color='red'>you</font>", "Hi you"),
        ("[music]\nHi (laughs) you", "Hi you"),
        ("- Hi.\n- Ho.", "Hi. Ho."),
        ("JOHN: Hi.\n>> MARY ANN: Ho.", "Hi. Ho."),
        ("♪ la la la ♪\nHi.", "Hi."),
        ("3 < 5 and 5 > 3", "3 < 5 and 5 > 3"),
        ("The rule: never stop.", "The rule: never stop."),
    ],
)
def test_only_what_is_said_is_kept(tmp_path: Path, rows: str, text: str) -> None:
    assert texts(tmp_path, CUE + rows) == [text]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    assert texts(tmp_path, f"{CUE}Olá, não é útil?".encode(encoding)) == ["Olá, não é útil?"]


def test_cues_without_an_empty_row_between_them_are_told_apart(tmp_path: Path) -> None:
    assert texts(tmp_path, f"{CUE}Hi.\n2\n00:00:03,000 --> 00:00:04,000\nHo.") == ["Hi.", "Ho."]


def test_cues_that_overlap_take_turns_and_those_of_one_time_are_joined(tmp_path: Path) -> None:
    file = f"{CUE}One\n\n2\n00:00:02,000 --> 00:00:05,000\nTwo\n\n3\n00:00:02,000 --> 00:00:04,000\nThree"
    assert read(tmp_path, file) == (SubtitleLine(1.0, 2.0, "One"), SubtitleLine(2.0, 5.0, "Two Three"))


HOSTILE = {
    "empty": (b"", "unreadable_subtitles"),
    "no subtitles": (b"Dear Sir or Madam,\n\nhello.", "unreadable_subtitles"),
    "binary": (CUE.encode() + bytes(range(256)), "unreadable_subtitles"),
    "video": (b"\x00\x00\x00\x18ftypmp42" * 100, "unreadable_subtitles"),
    "half of UTF-16": (f"{CUE}Hi".encode("utf-16")[:-1], "unreadable_subtitles"),
    "UTF-16 without a mark": (f"{CUE}Hi".encode("utf-16-le"), "unreadable_subtitles"),
    "too large": (b"a" * 2_000_001, "subtitles_too_large"),
    "too many": (b"00:01,000 --> 00:02,000\nHi\n\n" * 10_001, "too_many_subtitles"),
    "one endless line": (CUE.encode() + b"a" * 1_000_000, "subtitle_too_long"),
    "endless rows": (CUE.encode() + b"la la\n" * 100_000, "subtitle_too_long"),
    "negative time": (b"1\n-00:00:01,000 --> 00:00:02,000\nHi", "subtitle_times"),
    "backwards": (b"1\n00:00:03,000 --> 00:00:02,000\nHi", "subtitle_times"),
    "no length": (b"1\n00:00:02,000 --> 00:00:02,000\nHi", "subtitle_times"),
    "61 seconds": (b"1\n00:00:61,000 --> 00:02:00,000\nHi", "subtitle_times"),
    "no times": (b"1\nsoon --> later\nHi", "subtitle_times"),
    "sounds only": (f"{CUE}[music]".encode(), "no_subtitle_lines"),
    "another video": (b"1\n01:00:00,000 --> 01:00:02,000\nHi", "subtitles_off_video"),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_cannot_be_used_ends_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(RejectedInputError) as rejected:
        read(tmp_path, content)
    assert rejected.value.reason_code == reason
    assert "{" not in rejected.value.message


def test_a_late_credit_is_forgiven_and_a_long_last_line_ends_with_the_video(tmp_path: Path) -> None:
    cues = "".join(f"00:{second:02},000 --> 00:{second + 1:02},500\nLine.\n\n" for second in range(0, 50, 2))
    lines = read(tmp_path, f"{cues}02:00,000 --> 02:02,000\nCredits.", duration_s=49.0)
    assert len(lines) == 25 and lines[-1].end_s == 49.0


@pytest.mark.parametrize(
    "filling", ["<v ", "<i>", "{\\", "[", "(", "♪", "-->", "&lt;", "A ", ": ", "- ", "<" * 50 + ">" * 50]
)
def test_no_filling_takes_long(tmp_path: Path, filling: str) -> None:
    rows = (filling * (3990 // len(filling)) + "\n") * 480
    began = time.process_time()
    with pytest.raises(RejectedInputError):
        read(tmp_path, (CUE + rows)[:1_900_000])
    # A parser that goes back over what it read takes minutes; how fast this one is, is not the question.
    assert time.process_time() - began < 20.0


pieces = st.sampled_from(
    ["00:00:01,000", " --> ", "00:00:02.500", "\n", "\n\n", "Hi", "<i>", "1", "WEBVTT", "NOTE"]
)


@given(st.lists(pieces, max_size=30).map("".join) | st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_gives_lines_in_order_or_a_reason(tmp_path: Path, content: str | bytes) -> None:
    try:
        lines = read(tmp_path, content)
    except RejectedInputError:
        return
    assert lines
    for before, after in itertools.pairwise(lines):
        assert before.end_s <= after.start_s
    assert all(0 <= line.start_s < line.end_s <= 60 and line.text.strip() for line in lines)
