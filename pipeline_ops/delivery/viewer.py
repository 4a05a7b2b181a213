"""What a browser remembers of its viewer, in one cookie: languages, choices of language, a lot. Nothing else.

The cookie is a viewer's own and harms nobody else, so it is not signed; what cannot be read counts for
nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

from pipeline_ops.delivery.language_choice import (
    MOST_LANGUAGES,
    NO_SUBTITLES,
    ORIGINAL,
    Wish,
    parse_accept_language,
    standard_tag,
)
from pipeline_ops.experiments.assignment import LOTS

COOKIE = "dubwright_viewer"

LONGEST_COOKIE = 3000
"""Characters; browsers keep 4096 bytes of a cookie."""

REMEMBERED_VIDEOS = 24
"""Choices of single videos that are kept, the latest: 45 characters each."""

COOKIE_AGE_S = 400 * 86_400
"""As long as browsers keep a cookie at most."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """What is remembered of a viewer.

    Attributes:
        languages: Those that they said they know, the best known first; empty where they never did.
        original_always: Whether they want no dub at all.
        originals: Original languages for which they turned from a dub to the original.
        choices: Video and language (or `ORIGINAL`) of what they chose by hand, the latest last.
        subtitles: The language of subtitles that they chose, `NO_SUBTITLES`, or None.
        lot: From 1 to `LOTS`: decides the arms of experiments, and is shared by many. None for who met none.
    """

    languages: tuple[str, ...] = ()
    original_always: bool = False
    originals: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    subtitles: str | None = None
    lot: int | None = None

    @classmethod
    def from_cookie(cls, value: str | None) -> Viewer:
        """Read the cookie; one that makes no sense is that of a viewer of whom nothing is known."""
        if not value or len(value) > LONGEST_COOKIE:
            return cls()
        try:
            content = json.loads(base64.urlsafe_b64decode(value.encode("ascii") + b"=="))
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(content, dict):
            return cls()
        choices = content.get("choices")
        return cls(
            languages=_tags(content.get("languages")),
            original_always=content.get("original_always") is True,
            originals=_tags(content.get("originals")),
            choices=tuple(
                (medium, language)
                for medium, language in (choices.items() if isinstance(choices, dict) else ())
                if isinstance(language, str) and (language == ORIGINAL or standard_tag(language))
            )[-REMEMBERED_VIDEOS:],
            subtitles=_subtitles(content.get("subtitles")),
            lot=_lot(content.get("lot")),
        )

    def to_cookie(self) -> str:
        """Return what `from_cookie` reads."""
        content = {
            "languages": self.languages,
            "original_always": self.original_always,
            "originals": self.originals,
            "choices": dict(self.choices),
            "subtitles": self.subtitles,
            "lot": self.lot,
        }
        text = json.dumps({name: value for name, value in content.items() if value}, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")

    def with_lot(self) -> Viewer:
        """Return the viewer with a lot, drawn now where they had none."""
        return self if self.lot is not None else replace(self, lot=1 + secrets.randbelow(LOTS))

    def wish(self, medium: str, accept_language: str | None) -> Wish:
        """Return what counts for one video: the viewer's own list, else that of their browser."""
        return Wish(
            languages=self.languages or parse_accept_language(accept_language),
            original_always=self.original_always,
            originals=self.originals,
            chosen=dict(self.choices).get(medium),
            subtitles=self.subtitles,
        )

    def choosing(self, medium: str, language: str, *, original: str) -> Viewer:
        """Return the viewer after they chose a language for a video.

        Who turns to the original of one video would rather hear the originals in that language, until
        they choose a dub of one again.

        Args:
            medium: The video.
            language: A dub's language, or `ORIGINAL`.
            original: The language of the original.
        """
        others = tuple((video, chosen) for video, chosen in self.choices if video != medium)
        originals = tuple(each for each in self.originals if each != original)
        if language == ORIGINAL and standard_tag(original):
            originals = (*originals, original)[-MOST_LANGUAGES:]
        choices = (*others, (medium, language))[-REMEMBERED_VIDEOS:]
        return replace(self, choices=choices, originals=originals)


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    standard = [standard_tag(tag) for tag in value[:MOST_LANGUAGES] if isinstance(tag, str)]
    return tuple(dict.fromkeys(tag for tag in standard if tag))


def _subtitles(value: Any) -> str | None:
    if value == NO_SUBTITLES:
        return NO_SUBTITLES
    return standard_tag(value) if isinstance(value, str) else None


def _lot(value: Any) -> int | None:
    is_lot = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LOTS
    return value if is_lot else None
