"""What the watch page is told: one plain value, made of the video, the viewer and the choice between them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import langcodes

from pipeline_ops.delivery.language_choice import ORIGINAL, UNKNOWN_LANGUAGE, Choice
from pipeline_ops.delivery.page_texts import Texts, all_texts
from pipeline_ops.delivery.published import Watchable
from pipeline_ops.streams.description import StoredFile, VideoRendition
from pipeline_ops.streams.naming import language_name

_OFTEN_KNOWN = """
    ar bg bn ca cs da de el en es et eu fa fi fil fr gl gu he hi hr hu hy id it ja ka kk km kn ko lt lv ml mr
    ms my nb ne nl pa pl pt-BR pt-PT ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi yue zh-Hans zh-Hant
"""
OFTEN_KNOWN = tuple(_OFTEN_KNOWN.split())
"""What the dialog offers to add besides the video's own languages: the languages that most people name."""


def page_data(
    video: Watchable,
    choice: Choice,
    *,
    texts: Texts,
    page_language: str,
    file_address: Callable[[StoredFile], str],
) -> dict[str, Any]:
    """Return what the page's script is told of a video.

    Args:
        video: The video.
        choice: What is heard first.
        texts: What the page says.
        page_language: In which language.
        file_address: Where a file is.
    """
    source = video.asset.source
    width_px, height_px = _shown_size(source.video[-1])
    return {
        "media": video.media_id,
        "duration_s": source.duration_s,
        "width_px": width_px,
        "height_px": height_px,
        "track": choice.language if choice.is_dub else ORIGINAL,
        "is_dub": choice.is_dub,
        "subtitles_shown": choice.subtitles,
        "tracks": [
            _track(video, ORIGINAL, source.language, texts, page_language),
            *(_track(video, dub.language, dub.language, texts, page_language) for dub in video.asset.dubs),
        ],
        "subtitles": [
            {
                "language": streams.language,
                "name": language_name(streams.language),
                "kind": texts["machine_made"] if streams.subtitles.machine_made else "",
                "address": file_address(streams.subtitles.file),
            }
            for streams in video.asset.by_language
            if streams.subtitles is not None
        ],
        "languages": _offered_languages(video.offer.dubs),
        "texts": texts,
    }


@functools.lru_cache(maxsize=512)
def _offered_languages(dubs: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    """Return what a viewer may add to their list, in order of name."""
    return tuple(
        {"language": language, "name": language_name(language)}
        for language in sorted({*OFTEN_KNOWN, *dubs}, key=language_name)
    )


def warm_up() -> None:
    """Look up names of languages, so that the first viewer does not wait for the tables to be read."""
    for page_language in all_texts():
        for language in OFTEN_KNOWN:
            language_name(language)
            name_in(page_language, language)


def heard_text(texts: Texts, page_language: str, language: str, *, original: str, is_dub: bool) -> str:
    """Return the sentence that says what is heard, and that AI translated it where it did."""
    kind = "hears_dub" if is_dub else "hears_original"
    if UNKNOWN_LANGUAGE in (original, language):
        kind += "_unknown"
    text: str = texts[kind]
    return text.format(language=name_in(page_language, language), original=name_in(page_language, original))


def reason_text(texts: Texts, page_language: str, choice: Choice) -> str:
    """Return the sentence that says why."""
    text: str = texts["reasons"][choice.reason].format(
        list=name_in(page_language, choice.because_of or UNKNOWN_LANGUAGE)
    )
    return text[:1].upper() + text[1:]


@functools.lru_cache(maxsize=4096)
def name_in(page_language: str, language: str) -> str:
    """Return a language's name in another: `es` in German is `Spanisch`."""
    return langcodes.Language.get(language).display_name(page_language)


def _shown_size(picture: VideoRendition) -> tuple[int, int]:
    """Return width and height as shown, with square pixels."""
    wide, high = picture.pixel_aspect
    return round(picture.width_px * wide / high), picture.height_px


def _track(video: Watchable, track: str, language: str, texts: Texts, page_language: str) -> dict[str, Any]:
    is_dub = track != ORIGINAL
    original = video.asset.source.language
    return {
        "track": track,
        "language": language,
        "name": language_name(language),
        "kind": texts["ai_dub"] if is_dub else texts["original"],
        "is_dub": is_dub,
        "picture": video.asset.picture_language(language),
        "heard": heard_text(texts, page_language, language, original=original, is_dub=is_dub),
    }
