"""Brings the creator's own translation, subtitles in the target language, together with the lines.

Each subtitle belongs to the line with which it shares most time; one that stands over several lines is parted
between them, at the end of a clause where one is near.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from models.translation.replies import surely_other_language
from models.types import Utterance, Word
from pipeline_ops.artefacts import SourceFile
from pipeline_ops.languages import english_name
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitle_files import read_subtitle_file
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.read_subtitles import spread_words
from pipeline_ops.verdicts import rejection

MOST_OF_A_CUE = 0.75
"""A subtitle of which this much stands over one line is that line's alone."""

LONGEST_WAY_S = 1.5
"""A subtitle further than this from any line is said by nobody: a title, a note."""

SMALLEST_SHARE_MATCHED = 0.5
"""Of the subtitles: where fewer stand at a line, the file is another video's."""

MARKS = ".?!…,;:—。？！、，"
NEAR_WORDS = 2
"""How far the end of a clause may be from where a line ends, to part a subtitle there."""


@dataclass(frozen=True, slots=True)
class MatchParameters:
    """For which language; the run supplies it."""

    target_language: str


@dataclass(frozen=True, slots=True)
class GivenLine:
    """How the creator has a line said."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class MatchedSubtitles:
    """The lines for which the creator gave a wording, in order."""

    given: tuple[GivenLine, ...]


@stage(version=1, resources=Resources(memory_mb=200, timeout_s=120))
def match_subtitles(
    *,
    file: SourceFile | None,
    utterances: tuple[Utterance, ...],
    media: MediaInfo,
    parameters: MatchParameters,
) -> MatchedSubtitles:
    """Match subtitles in the target language to the lines of the video.

    Args:
        file: SubRip or WebVTT in the target language; None where there is none.
        utterances: The lines, in order.
        media: The video's facts, for its duration.
        parameters: The target language.

    Raises:
        RejectedInputError: the file cannot be used; see `pipeline_ops/verdicts.py`.
    """
    if file is None:
        return MatchedSubtitles(())
    lines = read_subtitle_file(file, media.duration_s)
    target = parameters.target_language
    if surely_other_language(" ".join(line.text for line in lines), target):
        raise rejection("subtitles_other_language", language=english_name(target))
    texts: dict[int, list[str]] = {}
    matched = 0
    for line in lines:
        parts = parted(line, utterances)
        matched += bool(parts)
        for index, text in parts:
            texts.setdefault(index, []).append(text)
    if matched < SMALLEST_SHARE_MATCHED * len(lines):
        raise rejection("subtitles_off_speech")
    return MatchedSubtitles(tuple(GivenLine(index, " ".join(texts[index])) for index in sorted(texts)))


def parted(line: SubtitleLine, utterances: Sequence[Utterance]) -> list[tuple[int, str]]:
    """Return which part of a subtitle belongs to which utterance; none where no utterance is near."""
    shares = [(_shared_s(line, each), each) for each in utterances]
    under = [each for shared_s, each in shares if shared_s > 0]
    if not under:
        nearest = min(utterances, key=lambda each: _way_s(line, each), default=None)
        near = nearest is not None and _way_s(line, nearest) <= LONGEST_WAY_S
        return [(nearest.index, line.text)] if nearest is not None and near else []
    most_s, main = max(shares, key=lambda share: share[0])
    if most_s >= MOST_OF_A_CUE * sum(shared_s for shared_s, _ in shares if shared_s > 0):
        return [(main.index, line.text)]
    return _cut(spread_words(line), under)


def _cut(words: Sequence[Word], under: Sequence[Utterance]) -> list[tuple[int, str]]:
    parts, start = [], 0
    for before, after in itertools.pairwise(under):
        boundary_s = (before.end_s + after.start_s) / 2
        middle = next((at for at in range(start, len(words)) if words[at].start_s >= boundary_s), len(words))
        end = _end_of_clause(words, middle, start)
        parts.append((before.index, words[start:end]))
        start = end
    parts.append((under[-1].index, words[start:]))
    return [(index, " ".join(word.text for word in part)) for index, part in parts if part]


def _end_of_clause(words: Sequence[Word], at: int, start: int) -> int:
    """Return the nearest place to `at` after a mark, `at` itself where none is near."""
    places = range(max(start + 1, at - NEAR_WORDS), min(len(words), at + NEAR_WORDS + 1))
    marked = [place for place in places if words[place - 1].text[-1] in MARKS]
    return min(marked, key=lambda place: abs(place - at), default=at)


def _shared_s(line: SubtitleLine, utterance: Utterance) -> float:
    return min(line.end_s, utterance.end_s) - max(line.start_s, utterance.start_s)


def _way_s(line: SubtitleLine, utterance: Utterance) -> float:
    return -_shared_s(line, utterance)
