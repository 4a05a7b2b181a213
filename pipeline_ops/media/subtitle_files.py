"""Reads subtitle files that creators hand in, SubRip or WebVTT, and says in their words what is wrong.

The files come from strangers: everything is bounded, and one pass over the lines is all (a general parser
took three minutes over a megabyte of `<v `).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.verdicts import rejection

LARGEST_FILE_BYTES = 2_000_000
"""Ten hours of dense speech; the longest video that is taken is far shorter."""
MOST_CUES = 10_000
LONGEST_CUE_CHARACTERS = 500
"""Twice the most that reading rules allow on a screen at once, four rows over."""
LONGEST_ROW_CHARACTERS = 4000

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"^{_CLOCK} ?--> ?{_CLOCK}(?: .*)?$")
_TAG = re.compile(r"</?[A-Za-z0-9:.][^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_SOUND = re.compile(r"\[[^\[\]]{0,200}\]|\([^()]{0,200}\)|[♪♫#]+[^♪♫#]{0,300}[♪♫#]+|[♪♫]")
"""What is described or sung and not said: [music], (laughs), ♪ la la ♪."""
_SPEAKER = re.compile(r"^(?:[-–—]\s*)?(?:>>\s*)?(?:[A-ZÀ-Þ][A-ZÀ-Þ0-9 .'-]{1,30}:\s+)?")
"""Who speaks, in capitals before a colon; the dash of a dialogue."""
_PARAGRAPH_WORDS = ("NOTE", "STYLE", "REGION")
SIXTY = 60


@dataclass(frozen=True, slots=True)
class _Raw:
    """A cue as it stands in the file: its number counted from 1, its times, its rows."""

    number: int
    start_s: float
    end_s: float
    rows: tuple[str, ...]


def read_subtitle_file(file: Path, duration_s: float) -> tuple[SubtitleLine, ...]:
    """Return what a subtitle file says is spoken, in order, one line at a time; markup and sounds left out.

    Cues that overlap take turns, those of one time become one. A cue that ends after the video ends with it.

    Args:
        file: SubRip or WebVTT, in UTF-8, UTF-16 with a byte order mark, or Windows-1252.
        duration_s: Of the video.

    Raises:
        RejectedInputError: the file is too large, unreadable, empty, has impossible times, or belongs to
            another video.
    """
    size_bytes = file.stat().st_size
    if size_bytes > LARGEST_FILE_BYTES:
        raise rejection("subtitles_too_large", size_mb=size_bytes / 1e6, limit_mb=LARGEST_FILE_BYTES / 1e6)
    cues = list(_cues(_decoded(file.read_bytes())))
    if not cues:
        raise rejection("unreadable_subtitles")
    for cue in cues:
        if cue.end_s <= cue.start_s:
            raise rejection("subtitle_times", number=cue.number)
    spoken = [
        SubtitleLine(cue.start_s, cue.end_s, text)
        for cue in sorted(cues, key=lambda cue: cue.start_s)
        if (text := _spoken_text(cue))
    ]
    if not spoken:
        raise rejection("no_subtitle_lines")
    within = [line for line in spoken if line.start_s < duration_s]
    if len(spoken) - len(within) > len(spoken) * LARGEST_SHARE_BEYOND:
        raise rejection("subtitles_off_video", end_s=spoken[-1].end_s, duration_s=duration_s)
    return _taking_turns([replace(line, end_s=min(line.end_s, duration_s)) for line in within])


LARGEST_SHARE_BEYOND = 0.05
"""Of the cues: credits that outlast a video are forgiven, another video's subtitles are not."""


def _decoded(content: bytes) -> str:
    """Return the file's text.

    Raises:
        RejectedInputError: it is no text.
    """
    marks = (b"\xff\xfe", b"\xfe\xff")
    encodings = ("utf-16",) if content.startswith(marks) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    raise rejection("unreadable_subtitles")


def _cues(text: str) -> Iterator[_Raw]:
    """Yield the cues of a file, of either kind: a timing line, and the rows until an empty one.

    Raises:
        RejectedInputError: a timing line makes no sense, or there are too many or too long cues.
    """
    times: tuple[float, float] | None = None
    rows: list[str] = []
    number = 0
    ignored = False
    for line in (*text.splitlines(), ""):
        row = line[:LONGEST_ROW_CHARACTERS].strip()
        if times is None and row.startswith(_PARAGRAPH_WORDS):
            ignored = True
        if "-->" in row and not ignored:
            if times is not None:  # no empty row before it: the one above was this cue's number
                number += 1
                yield _Raw(number, *times, tuple(rows[:-1] if rows and rows[-1].isdecimal() else rows))
            times, rows = _times(row, number + 1), []
        elif not row:
            if times is not None:
                number += 1
                yield _Raw(number, *times, tuple(rows))
            times, rows, ignored = None, [], False
        elif times is not None:
            rows.append(row)
        if number > MOST_CUES:
            raise rejection("too_many_subtitles", limit=MOST_CUES)
        if sum(map(len, rows)) > LONGEST_CUE_CHARACTERS * 4:
            raise rejection("subtitle_too_long", number=number + 1, limit=LONGEST_CUE_CHARACTERS)


def _times(row: str, number: int) -> tuple[float, float]:
    match = _TIMING.match(" ".join(row.split()))
    if match is None:
        raise rejection("subtitle_times", number=number)
    start_s, end_s = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
    if start_s is None or end_s is None:
        raise rejection("subtitle_times", number=number)
    return start_s, end_s


def _seconds(clock: Sequence[str | None]) -> float | None:
    hours, minutes, seconds, fraction = clock
    if int(minutes or 0) >= SIXTY or int(seconds or 0) >= SIXTY:
        return None
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + int((fraction or "0").ljust(3, "0")) / 1000


def _spoken_text(cue: _Raw) -> str:
    """Return what of a cue somebody says.

    Raises:
        RejectedInputError: it is longer than any line of a video.
    """
    rows = (_TAG.sub("", html.unescape(_TAG.sub("", row))) for row in cue.rows)
    text = " ".join(_SPEAKER.sub("", row.strip()) for row in rows)
    text = "".join(letter if letter.isprintable() else " " for letter in _SOUND.sub(" ", text))
    text = " ".join(text.split())
    if len(text) > LONGEST_CUE_CHARACTERS:
        raise rejection("subtitle_too_long", number=cue.number, limit=LONGEST_CUE_CHARACTERS)
    return text if any(letter.isalnum() for letter in text) else ""


def _taking_turns(lines: Sequence[SubtitleLine]) -> tuple[SubtitleLine, ...]:
    """Let each line end where the next begins, and join lines that begin together."""
    placed: list[SubtitleLine] = []
    for line in lines:
        if placed and line.start_s <= placed[-1].start_s:
            before = placed.pop()
            line = SubtitleLine(  # noqa: PLW2901
                before.start_s, max(before.end_s, line.end_s), f"{before.text} {line.text}"
            )
        elif placed and line.start_s < placed[-1].end_s:
            placed[-1] = replace(placed[-1], end_s=line.start_s)
        placed.append(line)
    return tuple(placed)
