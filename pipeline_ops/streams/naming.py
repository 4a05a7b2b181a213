"""How players' menus name what they offer: in the reader's own language, and never hiding what AI made."""

from __future__ import annotations

import functools

from pipeline_ops.languages import own_name
from pipeline_ops.streams.description import LanguageStreams, SourceStreams

MACHINE_GENERATED = "public.machine-generated"
"""HLS's characteristic of a rendition that a program wrote or translated (RFC 8216bis, EXT-X-MEDIA)."""


@functools.cache
def language_name(language: str) -> str:
    """Return a language's name in that language, as a menu shows it: `pt` -> `Português`."""
    name = own_name(language)
    return name[:1].upper() + name[1:]


def sound_name(streams: LanguageStreams) -> str:
    """Return what a menu of sound tracks shows: `Português (AI dub)`, `English (original)`."""
    kind = "original" if isinstance(streams, SourceStreams) else "AI dub"
    return f"{language_name(streams.language)} ({kind})"


def subtitle_name(streams: LanguageStreams) -> str:
    """Return what a menu of subtitles shows: `Português (AI)` where a machine wrote them."""
    name = language_name(streams.language)
    return f"{name} (AI)" if streams.subtitles is not None and streams.subtitles.machine_made else name
