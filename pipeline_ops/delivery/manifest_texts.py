"""Manifests as they are sent, each made once for as long as all that is in it holds.

What is published is asked anew at every request, and is the same object while it is the same. Addresses of
files change at fixed moments (`signing.py`). So a manifest follows from these two and what was asked for.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from pipeline_ops.delivery.addresses import FileAddresses
from pipeline_ops.delivery.published import Watchable
from pipeline_ops.streams.dash import presentation_description
from pipeline_ops.streams.hls import multivariant_playlist, playlist_of
from pipeline_ops.streams.storyboard import storyboard_webvtt

REMEMBERED_TEXTS = 1024
"""The longest, playlists of ten minutes of video, have some 15 kB each."""


@dataclass(frozen=True, slots=True)
class Text:
    """A manifest, and its tag for caches (RFC 9110, sec. 8.8.3)."""

    content: bytes
    tag: str


class ManifestTexts:
    """Writes manifests. Threads may share it.

    Args:
        addresses: Signs what manifests lead to.
    """

    def __init__(self, addresses: FileAddresses) -> None:
        self._addresses = addresses
        remembered = functools.lru_cache(REMEMBERED_TEXTS)
        self._hls: Callable[[Watchable, str, str | None], Text] = remembered(_hls)
        self._dash: Callable[[Watchable, str, int], Text] = remembered(self._make_dash)
        self._playlist: Callable[[Watchable, str, int], Text] = remembered(self._make_playlist)
        self._storyboard: Callable[[Watchable, int], Text] = remembered(self._make_storyboard)

    def hls(self, video: Watchable, language: str, arm: str | None) -> Text:
        """Return the playlist that leads to all others; these name the arm, where there is one."""
        return self._hls(video, language, arm)

    def dash(self, video: Watchable, language: str) -> Text:
        """Return the DASH manifest."""
        return self._dash(video, language, self._addresses.span)

    def playlist(self, video: Watchable, rendition_id: str) -> Text:
        """Return the HLS playlist of a rendition.

        Raises:
            KeyError: the video has no such rendition.
        """
        return self._playlist(video, rendition_id, self._addresses.span)

    def storyboard(self, video: Watchable) -> Text:
        """Return which part of which sheet of small pictures to show at which time."""
        return self._storyboard(video, self._addresses.span)

    def _make_dash(self, video: Watchable, language: str, _span: int) -> Text:
        address = self._addresses.of(video.media_id, "")
        return _text(presentation_description(video.asset, language, address))

    def _make_playlist(self, video: Watchable, rendition_id: str, _span: int) -> Text:
        return _text(playlist_of(video.asset, rendition_id, self._addresses.of(video.media_id, "../")))

    def _make_storyboard(self, video: Watchable, _span: int) -> Text:
        source, address = video.asset.source, self._addresses.of(video.media_id, "")
        return _text(storyboard_webvtt(source.storyboard, source.duration_s, address))


def _hls(video: Watchable, language: str, arm: str | None) -> Text:
    query = f"?arm={arm}" if arm else ""
    text = multivariant_playlist(video.asset, language, lambda each: f"playlists/{each}.m3u8{query}")
    return _text(text)


def _text(text: str) -> Text:
    content = text.encode()
    return Text(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
