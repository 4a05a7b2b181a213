from __future__ import annotations

import itertools
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import LanguageIdentification, TimeSpan, Transcript, TranscriptSegment, Word
from pipeline_ops.errors import RejectedInputError
from pipeline_ops.media.subtitles import SubtitleLine, make_cues, to_subrip
from pipeline_ops.stages.read_subtitles import SaidText, read_subtitles, timed_words

ENGLISH = LanguageIdentification("en", 0.99)
TEXT = "Welcome back to my channel where we bake bread"


def words(text: str, start_s: float = 1.0, step_s: float = 0.4, gap_s: float = 0.1) -> tuple[Word, ...]:
    return tuple(
        Word(each, start_s + step_s * index, start_s + step_s * (index + 1) - gap_s, 0.8)
        for index, each in enumerate(text.split())
    )


def transcript(*heard: Word) -> Transcript:
    return Transcript("en", (TranscriptSegment(heard, -0.2, 0.0, 1.2),))


def said(
    folder: Path,
    lines: tuple[SubtitleLine, ...] | None,
    heard: tuple[Word, ...],
    regions: tuple[TimeSpan, ...] = (TimeSpan(0.5, 10.0),),
    duration_s: float = 30.0,
) -> SaidText:
    file = folder / "talk.srt"
    if lines is not None:
        file.write_text(to_subrip(make_cues(lines, duration_s)))
    media: Any = SimpleNamespace(duration_s=duration_s)
    return read_subtitles(
        file=None if lines is None else file,
        transcript=transcript(*heard),
        regions=regions,
        language=ENGLISH,
        media=media,
    )


def test_without_a_file_what_was_heard_passes_through(tmp_path: Path) -> None:
    heard = words(TEXT)
    assert said(tmp_path, None, heard) == SaidText(transcript(*heard), "heard")


def test_the_files_words_stand_where_they_were_heard(tmp_path: Path) -> None:
    heard = words("welcome back to my tunnel where we make bread")
    result = said(tmp_path, (SubtitleLine(0.5, 6.0, TEXT + "."),), heard)
    assert result.origin == "subtitles"
    assert result.transcript.text == TEXT + "."
    starts = {word.text: word.start_s for word in result.transcript.words}
    for word in heard:
        if word.text in ("to", "my", "where", "we"):
            assert starts[word.text] == pytest.approx(word.start_s)
    assert heard[3].end_s <= starts["channel"] <= heard[5].start_s


def test_a_file_that_is_late_by_the_same_throughout_is_put_right() -> None:
    lines = [SubtitleLine(5.0 + 4 * index, 8.6 + 4 * index, TEXT) for index in range(3)]
    heard = [word for index in range(3) for word in words(TEXT, 1.0 + 4 * index)]
    timed = [word for line in timed_words(lines, heard) for word in line]
    assert [word.start_s for word in timed] == pytest.approx([word.start_s for word in heard])


def test_lines_where_nobody_speaks_are_not_said(tmp_path: Path) -> None:
    lines = (SubtitleLine(1.0, 4.0, TEXT), SubtitleLine(20.0, 22.0, "A sign on the wall says hello"))
    assert said(tmp_path, lines, words(TEXT)).transcript.text == TEXT


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (SubtitleLine(20.0, 24.0, TEXT), "subtitles_off_speech"),
        (
            SubtitleLine(1.0, 6.0, "Bienvenidos de nuevo a mi canal donde hacemos pan todos los domingos"),
            "subtitles_other_language",
        ),
        (SubtitleLine(1.0, 6.0, "a b c d e f " * 60), "subtitles_too_dense"),
    ],
)
def test_a_file_of_something_else_is_rejected(tmp_path: Path, line: SubtitleLine, reason: str) -> None:
    with pytest.raises(RejectedInputError) as rejected:
        said(tmp_path, (line,), (), regions=(TimeSpan(0.5, 6.0),))
    assert rejected.value.reason_code == reason


def test_two_hours_of_equal_words_take_seconds() -> None:
    lines = [SubtitleLine(float(second), second + 0.9, "the the the") for second in range(7200)]
    heard = [Word("the", second / 3, second / 3 + 0.2, 0.9) for second in range(21_600)]
    began = time.process_time()
    timed_words(lines, heard)
    assert time.process_time() - began < 10.0


times = st.floats(0.0, 60.0)


@given(
    st.lists(st.tuples(times, st.sampled_from(TEXT.split())), max_size=30),
    st.lists(st.tuples(times, st.sampled_from(TEXT.split())), min_size=1, max_size=10),
)
def test_words_are_in_order_and_every_word_of_the_file_is_there(
    heard: list[tuple[float, str]], given_lines: list[tuple[float, str]]
) -> None:
    recognised = [Word(text, start_s, start_s + 0.2, 0.9) for start_s, text in sorted(heard)]
    lines = [
        SubtitleLine(start_s, start_s + 1.0, f"{text} and more") for start_s, text in sorted(given_lines)
    ]
    timed = timed_words(lines, recognised)
    assert [[word.text for word in each] for each in timed] == [line.text.split() for line in lines]
    flat = [word for each in timed for word in each]
    assert all(word.start_s < word.end_s for word in flat)
    assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(flat))
