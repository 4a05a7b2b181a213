"""Subtitles from spoken lines: cues that can be read in time, written as WebVTT and SubRip.

Reading rules after the BBC's and Netflix's guidelines: two rows of 42 characters, at least 0.8 s on screen,
never two cues at once.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

MAX_ROW_CHARACTERS = 42
MAX_ROWS = 2
MIN_CUE_MS = 800
_WORD_JOINER = "\u2060"  # invisible; parts characters that a reader of SubRip would take for markup


@dataclass(frozen=True, slots=True)
class SubtitleLine:
    """What is said from `start_s` to `end_s`, and by whom; `speaker` is empty where that is not known."""

    start_s: float
    end_s: float
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen from `start_ms` to `end_ms`: at most two rows of plain text."""

    start_ms: int
    end_ms: int
    rows: tuple[str, ...]
    speaker: str = ""


def make_cues(lines: Sequence[SubtitleLine], duration_s: float) -> tuple[Cue, ...]:
    """Split lines into cues, in order, within the video and one at a time.

    A long line is split at word boundaries, each part getting time in proportion to its characters. Where
    lines overlap or follow too fast, the later cue waits for the earlier one.

    Args:
        lines: Lines in any order; those without text give no cue.
        duration_s: Of the video: no cue ends later.
    """
    cues = [cue for line in sorted(lines, key=lambda line: line.start_s) for cue in _split(line)]
    if not cues:
        return ()
    duration_ms = int(duration_s * 1000)
    # Where more is said than can be shown at 0.8 s a cue, the cues share the time there is.
    min_ms = min(MIN_CUE_MS, duration_ms // len(cues))
    return _end_by(_take_turns(cues, min_ms), min_ms, duration_ms)


def _split(line: SubtitleLine) -> list[Cue]:
    text = _plain(line.text)
    rows = _balanced_rows(text)
    groups = [tuple(rows[index : index + MAX_ROWS]) for index in range(0, len(rows), MAX_ROWS)]
    total = sum(len(row) for row in rows)
    start_ms, span_ms = round(line.start_s * 1000), round((line.end_s - line.start_s) * 1000)
    cues, before = [], 0
    for group in groups:
        after = before + sum(len(row) for row in group)
        begin_ms, finish_ms = (start_ms + span_ms * part // total for part in (before, after))
        cues.append(Cue(begin_ms, finish_ms, group, line.speaker))
        before = after
    return cues


def _plain(text: str) -> str:
    """Return text on one line without control characters."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


def _balanced_rows(text: str) -> list[str]:
    """Wrap text into as few rows as fit, as equal in length as may be; a longer word is cut."""
    rows = _wrap(text, MAX_ROW_CHARACTERS)
    for width in range(max(1, len(text) // max(1, len(rows))), MAX_ROW_CHARACTERS):
        narrower = _wrap(text, width)
        if len(narrower) == len(rows):
            return narrower
    return rows


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _take_turns(cues: Sequence[Cue], min_ms: int) -> list[Cue]:
    """Let each cue wait for the one before it, last long enough, and leave when the next one comes."""
    placed: list[Cue] = []
    for index, cue in enumerate(cues):
        start_ms = max(cue.start_ms, placed[-1].end_ms if placed else 0)
        end_ms = max(cue.end_ms, start_ms + min_ms)
        if index + 1 < len(cues):
            end_ms = min(end_ms, max(cues[index + 1].start_ms, start_ms + min_ms))
        placed.append(replace(cue, start_ms=start_ms, end_ms=end_ms))
    return placed


def _end_by(cues: Sequence[Cue], min_ms: int, duration_ms: int) -> tuple[Cue, ...]:
    """Move back what would last beyond the video, and what that pushes."""
    placed: list[Cue] = []
    limit_ms = duration_ms
    for cue in reversed(cues):
        end_ms = min(cue.end_ms, limit_ms)
        start_ms = max(0, min(cue.start_ms, end_ms - min_ms))
        placed.append(replace(cue, start_ms=start_ms, end_ms=end_ms))
        limit_ms = start_ms
    return tuple(reversed(placed))


def to_webvtt(cues: Sequence[Cue]) -> str:
    """Write cues as WebVTT (W3C); `&`, `<` and `>` are escaped.

    Where several speak, each cue names its speaker in a voice tag, which players show or style as they like.
    """
    blocks = ["WEBVTT\n"]
    several = len({cue.speaker for cue in cues}) > 1
    for cue in cues:
        rows = "\n".join(html.escape(row, quote=False) for row in cue.rows)
        if several and cue.speaker:
            rows = f"<v {html.escape(speaker_name(cue.speaker), quote=False)}>{rows}"
        blocks.append(f"{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}\n{rows}\n")
    return "\n".join(blocks)


def speaker_name(speaker: str) -> str:
    """Return a speaker as people read it: `speaker_1` is Speaker 1."""
    return speaker.replace("_", " ").capitalize()


def to_subrip(cues: Sequence[Cue]) -> str:
    """Write cues as SubRip, which has no escapes.

    An invisible joiner parts what would be markup; braces, which hide what they hold, become parentheses.
    """
    blocks = []
    for number, cue in enumerate(cues, start=1):
        rows = "\n".join(_without_markup(row) for row in cue.rows)
        blocks.append(f"{number}\n{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}\n{rows}\n")
    return "\n".join(blocks)


def _without_markup(row: str) -> str:
    joined = row.replace("<", "<" + _WORD_JOINER).replace("-->", f"--{_WORD_JOINER}>")
    return joined.replace("{", "(").replace("}", ")")


def clock(time_ms: int, mark: str) -> str:
    """Return milliseconds as WebVTT (mark `.`) and SubRip (mark `,`) write them."""
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{milliseconds:03}"
