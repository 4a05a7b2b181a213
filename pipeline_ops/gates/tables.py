"""The tables that gates look at: one row a word, a line, or a whole translation; plain columns.

A cell is a number, a text or a truth value, or None where there was nothing to measure: expectations on a
column pass over None.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict
from statistics import fmean

from models.translation.checks import (
    is_untranslated,
    name_changed,
    numbers_changed,
    repeats,
    words_beside_names,
)
from models.translation.polarity import negation_changed
from models.translation.replies import surely_other_language
from models.types import Utterance
from pipeline_ops.media.stretch import MAX_TEMPO
from pipeline_ops.quality.dub_timing import start_error_p95_s
from pipeline_ops.quality.evaluation import HeardLine, Metrics
from pipeline_ops.timing import Placement
from pipeline_ops.voices.takes import Take

Cell = float | str | bool | None
Row = Mapping[str, Cell]
Table = tuple[Row, ...]

FEWEST_LETTERS = 12
"""A shorter line's translation may have any length ("OK", "Está bien"), and is misheard by a letter or
two."""

Texts = Mapping[int, str]
"""What is said in the target language, by the utterance's index."""


def words_table(utterances: Sequence[Utterance], duration_s: float) -> Table:
    """Return one row a word: its line, its times, how sure the recogniser was."""
    return tuple(
        {
            "line": line.index,
            "text": word.text,
            "start_s": word.start_s,
            "duration_s": word.end_s - word.start_s,
            "after_end_s": word.end_s - duration_s,
            "before_line_s": line.start_s - word.start_s,
            "probability": word.probability,
        }
        for line in utterances
        for word in line.words
    )


def segments_table(utterances: Sequence[Utterance], duration_s: float) -> Table:
    """Return one row a line of the original."""
    previous_ends = [0.0, *(line.end_s for line in utterances[:-1])]
    return tuple(
        {
            "index": line.index,
            "index_gap": line.index - place,
            "speaker": line.speaker,
            "letters": _letters(line.text),
            "start_s": line.start_s,
            "duration_s": line.end_s - line.start_s,
            "after_end_s": line.end_s - duration_s,
            "overlap_s": before_s - line.start_s,
        }
        for place, (line, before_s) in enumerate(zip(utterances, previous_ends, strict=True))
    )


def translations_table(
    utterances: Sequence[Utterance],
    texts: Texts,
    source_language: str,
    target_language: str,
    by_people: Set[int] = frozenset(),
) -> Table:
    """Return one row a line of the original, with what is said for it, which is checked itself.

    Args:
        utterances: The lines of the original.
        texts: What is said for them.
        source_language: Of the original.
        target_language: Of the texts.
        by_people: Lines that people worded: whether they say what the source says is theirs to judge.
    """
    rows: list[Row] = []
    repeated = _said_before(utterances, texts)
    for line in utterances:
        source, target = line.text, texts.get(line.index, "")
        is_machines = line.index not in by_people

        def found(
            check: Callable[[str, str], bool], source: str, target: str, is_machines: bool = is_machines
        ) -> bool | None:
            return (bool(target) and check(source, target)) if is_machines else None

        letters = _letters(source)
        rows.append(
            {
                "index": line.index,
                "source_text": source,
                "text": target,
                "letters": _letters(target),
                "length_ratio": _letters(target) / letters
                if letters >= FEWEST_LETTERS and is_machines
                else None,
                "number_changed": found(
                    lambda one, other: numbers_changed(one, other, source_language, target_language),
                    source,
                    target,
                ),
                "negation_changed": found(
                    lambda one, other: negation_changed(one, other, source_language, target_language),
                    source,
                    target,
                ),
                "name_changed": found(
                    lambda one, other: name_changed(one, other, source_language, target_language),
                    source,
                    target,
                ),
                "untranslated": source_language != target_language and found(is_untranslated, source, target),
                "repetition": found(lambda one, other: repeats(other) and not repeats(one), source, target),
                "said_before": line.index in repeated,
            }
        )
    return tuple(rows)


def said_texts(placements: Sequence[Placement], takes: Sequence[Take]) -> Texts:
    """Return what is said of each line, by its index; of takes that are not there, nothing."""
    by_take = {take.take: take.text for take in takes}
    return {place.index: by_take.get(place.take, "") for place in placements}


def timings_table(
    placements: Sequence[Placement],
    utterances: Sequence[Utterance],
    takes: Sequence[Take],
    duration_s: float,
) -> Table:
    """Return one row a line of the dub.

    `cut_off_s` is what its place leaves no room for of its take, stretched as it is to be.
    """
    texts = said_texts(placements, takes)
    previous_ends = [0.0, *(place.end_s for place in placements[:-1])]
    known = {line.index for line in utterances}
    spoken_s = {take.take: take.duration_s for take in takes}
    return tuple(
        {
            "index": place.index,
            "known": place.index in known,
            "start_s": place.start_s,
            "duration_s": place.end_s - place.start_s,
            "after_end_s": place.end_s - duration_s,
            "overlap_s": before_s - place.start_s,
            "start_error_s": abs(place.start_s - place.original_start_s),
            "overflow_s": place.end_s - place.original_end_s,
            "speed": place.speed,
            "stretch": place.stretch,
            "cut_off_s": spoken_s[place.take] / min(place.stretch, MAX_TEMPO) - (place.end_s - place.start_s)
            if place.take in spoken_s
            else None,
            "letters_a_second": _letters(texts.get(place.index, "")) / max(place.end_s - place.start_s, 0.01),
        }
        for place, before_s in zip(placements, previous_ends, strict=True)
    )


def dub_table(utterances: Sequence[Utterance], placements: Sequence[Placement], subtitles: int) -> Table:
    """Return one row: whether the dub has the original's lines, each once, in order, and in time together."""
    wanted, placed = [line.index for line in utterances], [place.index for place in placements]
    starts = [place.start_s for place in placements], [place.original_start_s for place in placements]
    return (
        {
            "lines_missing": len(set(wanted) - set(placed)),
            "lines_said_twice": len(placed) - len(set(placed)),
            "lines_out_of_order": sum(after < before for before, after in itertools.pairwise(placed)),
            "subtitles_missing": len(placed) - subtitles,
            "start_error_p95_s": start_error_p95_s(*starts),
            "speed_mean": fmean(place.speed for place in placements) if placements else None,
        },
    )


def text_table(texts: Texts, target_language: str) -> Table:
    """Return one row: whether all that is said together is surely in another language than it should be."""
    together = " ".join(texts.values())
    return (
        {
            "letters": _letters(together),
            "other_language": surely_other_language(together, target_language),
        },
    )


def heard_table(heard: Sequence[HeardLine], texts: Texts) -> Table:
    """Return one row a line of the dub as it was heard in the finished sound.

    A line is long by the words that are no names: a recogniser spells names by ear, and of a line with hardly
    anything else ("Kanye West partiu alto.") it may make a sentence in another language.
    """
    return tuple(
        {
            **asdict(line),
            "long_line_error_rate": line.letter_error_rate
            if _letters("".join(words_beside_names(texts.get(line.index, "")))) >= FEWEST_LETTERS
            else None,
        }
        for line in heard
    )


def metrics_table(metrics: Metrics, target_language: str) -> Table:
    """Return one row: all figures of the translation, and whether it is heard in another language."""
    heard = metrics.heard_language
    return (
        {
            **asdict(metrics),
            "other_language": None
            if metrics.target_probability is None
            else heard != target_language
            and (metrics.source_probability or 0.0) > metrics.target_probability,
        },
    )


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _said_before(utterances: Sequence[Utterance], texts: Texts) -> frozenset[int]:
    """Return the lines that say what the line before says, though the original says something else."""
    return frozenset(
        after.index
        for before, after in itertools.pairwise(utterances)
        if texts.get(after.index, "").strip()
        and texts.get(after.index) == texts.get(before.index)
        and after.text.casefold() != before.text.casefold()
    )
