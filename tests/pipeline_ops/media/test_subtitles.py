from __future__ import annotations

import itertools

import pysubs2
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ops.media.subtitles import Cue, SubtitleLine, make_cues, to_subrip, to_webvtt

LINES = st.lists(
    st.builds(
        lambda start, length, text: SubtitleLine(start, start + length, text),
        st.floats(0, 50),
        st.floats(0.05, 15),
        st.one_of(
            st.text(max_size=300),
            st.lists(st.sampled_from(["word", "a", "extraordinary"]), max_size=60).map(" ".join),
        ),
    ),
    max_size=20,
)


@given(LINES)
def test_cues_can_be_read(lines: list[SubtitleLine]) -> None:
    cues = make_cues(lines, 60.0)
    for cue in cues:
        assert 1 <= len(cue.rows) <= 2
        assert all(0 < len(row) <= 42 for row in cue.rows)
        assert cue.end_ms - cue.start_ms >= min(800, 60_000 // len(cues))
    for earlier, later in itertools.pairwise(cues):
        assert earlier.end_ms <= later.start_ms
    assert not cues or (cues[0].start_ms >= 0 and cues[-1].end_ms <= 60_000)


@given(LINES)
def test_no_word_is_lost(lines: list[SubtitleLine]) -> None:
    ordered = sorted(lines, key=lambda line: line.start_s)
    shown = "".join("".join(cue.rows) for cue in make_cues(lines, 60.0))
    said = "".join(c if c.isprintable() or c.isspace() else " " for line in ordered for c in line.text)
    assert "".join(shown.split()) == "".join(said.split())


def test_a_long_line_is_split_in_proportion_to_time() -> None:
    line = SubtitleLine(10.0, 20.0, " ".join(["seven77"] * 20))
    cues = make_cues([line], 60.0)
    assert (cues[0].start_ms, cues[-1].end_ms) == (10_000, 20_000)
    rates = [sum(map(len, cue.rows)) / (cue.end_ms - cue.start_ms) for cue in cues]
    assert max(rates) / min(rates) < 1.05


def test_a_line_alone_keeps_its_times() -> None:
    assert make_cues([SubtitleLine(1.0, 3.5, "Good morning.")], 10.0) == (
        Cue(1000, 3500, ("Good morning.",)),
    )


def test_rows_are_balanced() -> None:
    (cue,) = make_cues([SubtitleLine(0.0, 4.0, "I am from Barcelona and I love this city very much")], 10.0)
    assert len(cue.rows) == 2
    assert abs(len(cue.rows[0]) - len(cue.rows[1])) < 10


def test_webvtt_escapes_what_would_be_markup() -> None:
    text = to_webvtt([Cue(0, 61_500, ("a <b> & c --> d",))])
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:01:01.500\na &lt;b&gt; &amp; c --&gt; d\n"


def test_where_several_speak_each_cue_names_its_speaker() -> None:
    lines = [SubtitleLine(0.0, 2.0, "Do you?", "speaker_1"), SubtitleLine(2.0, 4.0, "I do.", "speaker_2")]
    assert to_webvtt(make_cues(lines, 4.0)) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n<v Speaker 1>Do you?\n\n"
        "00:00:02.000 --> 00:00:04.000\n<v Speaker 2>I do.\n"
    )


def test_where_one_speaks_no_cue_names_anybody() -> None:
    lines = [SubtitleLine(0.0, 2.0, "I do.", "speaker_1"), SubtitleLine(2.0, 4.0, "I know.", "speaker_1")]
    assert "<v" not in to_webvtt(make_cues(lines, 4.0))


def test_another_reader_finds_the_same_cues() -> None:
    lines = [
        SubtitleLine(0.5, 3.0, "Olá & {adeus} <i>", "speaker_1"),
        SubtitleLine(3.0, 5.0, "Até já.", "speaker_2"),
    ]
    cues = make_cues(lines, 6.0)
    for text, form in ((to_webvtt(cues), "vtt"), (to_subrip(cues), "srt")):
        events = pysubs2.SSAFile.from_string(text, format_=form).events
        assert [(event.start, event.end) for event in events] == [(cue.start_ms, cue.end_ms) for cue in cues]
    assert events[0].plaintext.replace("\u2060", "") == "Olá & (adeus) <i>"


def test_no_lines_give_empty_but_valid_files() -> None:
    assert make_cues([], 5.0) == ()
    assert to_webvtt(()) == "WEBVTT\n"
    assert to_subrip(()) == ""
