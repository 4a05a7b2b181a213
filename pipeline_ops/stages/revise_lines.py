"""Puts a person's wording in place of the translation's, line by line, and keeps who changed what and when.

Without edits the lines pass through unchanged, and what follows finds its checkpoints again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.translation.checks import line_flags
from models.translation.glossary import GLOSSARY_MISSED, missed_terms
from models.types import GlossaryTerm, LanguageIdentification, Wording
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.translate import GIVEN, TranslatedLine

EDITED = "edited"
"""The flag of a line that a person worded."""

LONGEST_LINE_CHARACTERS = 1000
"""Over a minute of speech: no line of a dub is longer, and nothing longer is meant for one."""


@dataclass(frozen=True, slots=True)
class LineEdit:
    """One line as a person wants it said.

    Attributes:
        language: The target language that it belongs to.
        index: The utterance's index.
        source_text: What was said there when the person looked: the edit is meant for this line only.
        text: What is to be said.
        edited_by: Who wrote it.
        edited_at: When; ISO 8601.
    """

    language: str
    index: int
    source_text: str
    text: str
    edited_by: str
    edited_at: str

    def __post_init__(self) -> None:
        """Refuse a line that nobody could speak.

        Raises:
            ValueError: the text is empty or too long.
        """
        if not 0 < len(self.text.strip()) <= LONGEST_LINE_CHARACTERS:
            message = (
                f"an edited line has 1 to {LONGEST_LINE_CHARACTERS} characters; line {self.index} has not"
            )
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class ReviseParameters:
    """The request's edits.

    Attributes:
        target_language: The language of the lines; the run supplies it.
        edits: Of the request; those of other languages are dropped, so that they decide no key here. Of two
            edits of one line the later one counts.
    """

    target_language: str
    edits: tuple[LineEdit, ...] = ()

    def __post_init__(self) -> None:
        """Keep this language's edits, one a line, in order."""
        own = {edit.index: edit for edit in self.edits if edit.language == self.target_language}
        object.__setattr__(self, "edits", tuple(own[index] for index in sorted(own)))


@dataclass(frozen=True, slots=True)
class RevisedLines:
    """The lines that are to be spoken.

    Attributes:
        lines: Every line; an edited one has its new wording alone, and is flagged `edited`.
        applied: The edits that are in them.
        unfitting: The edits that are not: what is said there is no longer what they were made for.
    """

    lines: tuple[TranslatedLine, ...]
    applied: tuple[LineEdit, ...]
    unfitting: tuple[LineEdit, ...]


@stage(version=3, resources=Resources(memory_mb=100, timeout_s=60))
def revise_lines(
    *,
    lines: tuple[TranslatedLine, ...],
    language: LanguageIdentification,
    terms: tuple[GlossaryTerm, ...],
    parameters: ReviseParameters,
) -> RevisedLines:
    """Put people's edits in place of the translation's wordings."""
    source_of = {line.index: line.source_text for line in lines}
    applied = tuple(edit for edit in parameters.edits if source_of.get(edit.index) == edit.source_text)
    edits = {edit.index: edit for edit in applied}
    return RevisedLines(
        lines=tuple(
            _revised(line, edits[line.index], language.language, terms) if line.index in edits else line
            for line in lines
        ),
        applied=applied,
        unfitting=tuple(edit for edit in parameters.edits if edit not in applied),
    )


def _revised(
    line: TranslatedLine, edit: LineEdit, source_language: str, terms: tuple[GlossaryTerm, ...]
) -> TranslatedLine:
    text = edit.text.strip()
    flags = line_flags(line.source_text, text, source_language, edit.language)
    if missed_terms(line.source_text, text, terms, source_language, edit.language):
        flags = (*flags, GLOSSARY_MISSED)
    # No other wording is left to the timing: the person chose this one.
    return replace(line, wordings=(Wording(text),), flags=(EDITED, *flags))


def worded_by_people(lines: tuple[TranslatedLine, ...]) -> frozenset[int]:
    """Return the indices of the lines that people worded: a reviewer, or the creator by their subtitles."""
    return frozenset(line.index for line in lines if {EDITED, GIVEN} & set(line.flags))
