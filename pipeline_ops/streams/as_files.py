"""Writes a video's streams out as files that any player opens: manifests, and the files that they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from pipeline_ops.streams.dash import presentation_description
from pipeline_ops.streams.description import Asset, LanguageStreams, StoredFile
from pipeline_ops.streams.hls import multivariant_playlist, playlist_of
from pipeline_ops.streams.storyboard import storyboard_webvtt

SUFFIXES = {"video/mp4": ".mp4", "audio/mp4": ".mp4", "image/jpeg": ".jpg", "text/vtt": ".vtt"}


def file_names(asset: Asset) -> Mapping[str, str]:
    """Return where each file lies below the manifests, by its digest: `en/pictures-720p.mp4`."""
    names: dict[str, str] = {}
    for streams in asset.by_language:
        for file in asset.files_of(streams):
            # Two languages may share a file; it lies with the one that is named first.
            names.setdefault(file.sha256, _file_name(streams, file))
    return names


def manifests(asset: Asset) -> Mapping[str, str]:
    """Return every manifest's text by its name.

    `master.m3u8` and `manifest.mpd` begin with the original; `<language>.m3u8` and `<language>.mpd` with that
    language, and show its own picture where its lips were changed.
    """
    names = file_names(asset)

    def address(file: StoredFile) -> str:
        return names[file.sha256]

    texts = {
        f"{rendition.rendition_id}.m3u8": playlist_of(asset, rendition.rendition_id, address)
        for rendition in asset.renditions()
    }
    storyboard = asset.source.storyboard
    texts["storyboard.vtt"] = storyboard_webvtt(storyboard, asset.source.duration_s, address)
    playlist_address: Callable[[str], str] = "{}.m3u8".format
    beginnings = {language: (f"{language}.m3u8", f"{language}.mpd") for language in asset.languages}
    beginnings[asset.source.language] = ("master.m3u8", "manifest.mpd")
    for language, (playlist, description) in beginnings.items():
        texts[playlist] = multivariant_playlist(asset, language, playlist_address)
        texts[description] = presentation_description(asset, language, address)
    return texts


def _file_name(streams: LanguageStreams, file: StoredFile) -> str:
    name = file.artefact.replace(".", "-") + SUFFIXES[file.media_type]
    return str(PurePosixPath(streams.language) / name)
