"""Playlists of HTTP Live Streaming (RFC 8216 and draft-pantos-hls-rfc8216bis), as pure functions.

One multivariant playlist shows one picture: that of the chosen language. All languages' sound and subtitles
are in it, so the original is always one click away. A language with changed lips has another picture, which
no group of HLS can tie to its sound (all groups of one type must have the same members), so it has a playlist
of its own: ask for it with that language chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline_ops.streams.description import (
    Asset,
    AudioRendition,
    ByteRange,
    DubStreams,
    LanguageStreams,
    StoredFile,
    SubtitleRendition,
    VideoRendition,
)
from pipeline_ops.streams.naming import MACHINE_GENERATED, sound_name, subtitle_name

PlaylistAddress = Callable[[str], str]
"""Rendition id -> where its media playlist is."""
FileAddress = Callable[[StoredFile], str]
"""File -> where it is; a signed address, or one beside the playlist."""

VERSION = 7
"""Byte ranges need 4, EXT-X-MAP in a playlist of whole pictures 6, fragmented MP4 7."""

SOUND_SHARE = 0.25
"""Of the picture's bit rate, what its sound may have before a lower one is paired with it: on a slow line the
picture needs the bits more. The lowest is always taken."""


def multivariant_playlist(asset: Asset, chosen: str, playlist_address: PlaylistAddress) -> str:
    """Return the playlist that leads to all others.

    Args:
        asset: The video with the languages that this viewer may have.
        chosen: The language whose sound is the default and whose picture is shown.
        playlist_address: Where the media playlist of a rendition is.

    Raises:
        KeyError: the asset has no such language.
    """
    picture = asset.picture(chosen)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    groups = _audio_groups(asset)
    for group in range(groups):
        for streams in asset.by_language:
            lines.append(_sound(streams, group, chosen, playlist_address))
    lines += [
        _subtitles(streams, streams.subtitles, playlist_address)
        for streams in asset.by_language
        if streams.subtitles is not None
    ]
    has_subtitles = any(streams.subtitles is not None for streams in asset.by_language)
    for rendition in _by_likelihood(picture):
        group = _group_for(rendition, asset, groups)
        lines += [
            _variant(rendition, asset, group, has_subtitles=has_subtitles),
            playlist_address(rendition.rendition_id),
        ]
    return "\n".join(lines) + "\n"


def media_playlist(rendition: VideoRendition | AudioRendition, file_address: FileAddress) -> str:
    """Return the playlist of one picture or sound: byte ranges of its one file."""
    track = rendition.track
    address = file_address(track.file)
    longest_s = max(track.seconds(segment.duration_ticks) for segment in track.segments)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, round(longest_s))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{address}",BYTERANGE="{_byte_range(track.header)}"',
    ]
    for segment in track.segments:
        lines += [
            f"#EXTINF:{track.seconds(segment.duration_ticks):.6f},",
            f"#EXT-X-BYTERANGE:{_byte_range(segment.byte_range)}",
            address,
        ]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def subtitle_playlist(rendition: SubtitleRendition, duration_s: float, file_address: FileAddress) -> str:
    """Return the playlist of subtitles: one segment, the whole WebVTT file."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, round(duration_s))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXTINF:{duration_s:.6f},",
        file_address(rendition.file),
        "#EXT-X-ENDLIST",
    ]
    return "\n".join(lines) + "\n"


def playlist_of(asset: Asset, rendition_id: str, file_address: FileAddress) -> str:
    """Return the playlist of any rendition of an asset.

    Raises:
        KeyError: the asset has none of that id.
    """
    rendition = asset.rendition(rendition_id)
    if isinstance(rendition, SubtitleRendition):
        return subtitle_playlist(rendition, asset.source.duration_s, file_address)
    return media_playlist(rendition, file_address)


def starting_renditions(asset: Asset, chosen: str) -> tuple[VideoRendition, AudioRendition]:
    """Return the picture and the sound that a player of the multivariant playlist begins with.

    Raises:
        KeyError: the asset has no such language.
    """
    picture = _by_likelihood(asset.picture(chosen))[0]
    group = _group_for(picture, asset, _audio_groups(asset))
    return picture, asset.streams_of(chosen).audio[group]


def _audio_groups(asset: Asset) -> int:
    """Return how many groups of sound there are: one for each bit rate that every language has."""
    return min(len(streams.audio) for streams in asset.by_language)


def _group_for(rendition: VideoRendition, asset: Asset, groups: int) -> int:
    budget = SOUND_SHARE * rendition.track.average_bits_per_s
    affordable = [group for group in range(groups) if _sound_bits_per_s(asset, group)[0] <= budget]
    return max(affordable, default=0)


def _sound_bits_per_s(asset: Asset, group: int) -> tuple[int, int]:
    """Return the highest average and the highest peak of a group's members."""
    tracks = [streams.audio[group].track for streams in asset.by_language]
    return max(each.average_bits_per_s for each in tracks), max(each.peak_bits_per_s for each in tracks)


def _by_likelihood(picture: Sequence[VideoRendition]) -> list[VideoRendition]:
    """Put the rendition first that a player should begin with before it has measured the line.

    Players of HLS begin with the first one. Around 1.5 Mbit/s starts at once on nearly any line and does not
    look poor while the player finds out what the line can do.
    """
    start_bits_per_s = 1_500_000
    first = max(
        (each for each in picture if each.track.average_bits_per_s <= start_bits_per_s),
        key=lambda each: each.track.average_bits_per_s,
        default=picture[0],
    )
    return [first, *(each for each in picture if each is not first)]


def _sound(streams: LanguageStreams, group: int, chosen: str, playlist_address: PlaylistAddress) -> str:
    rendition = streams.audio[group]
    attributes = [
        "TYPE=AUDIO",
        f'GROUP-ID="{_group_id(group)}"',
        f'LANGUAGE="{streams.language}"',
        f'NAME="{sound_name(streams)}"',
        f"DEFAULT={'YES' if streams.language == chosen else 'NO'}",
        "AUTOSELECT=YES",
        f'CHANNELS="{rendition.channels}"',
    ]
    if isinstance(streams, DubStreams):
        attributes.append(f'CHARACTERISTICS="{MACHINE_GENERATED}"')
    attributes.append(f'URI="{playlist_address(rendition.rendition_id)}"')
    return "#EXT-X-MEDIA:" + ",".join(attributes)


def _subtitles(
    streams: LanguageStreams, rendition: SubtitleRendition, playlist_address: PlaylistAddress
) -> str:
    characteristics = ["public.accessibility.transcribes-spoken-dialog"]
    if rendition.machine_made:
        characteristics.append(MACHINE_GENERATED)
    attributes = [
        "TYPE=SUBTITLES",
        'GROUP-ID="subtitles"',
        f'LANGUAGE="{streams.language}"',
        f'NAME="{subtitle_name(streams)}"',
        "DEFAULT=NO",
        "AUTOSELECT=YES",
        "FORCED=NO",
        f'CHARACTERISTICS="{",".join(characteristics)}"',
        f'URI="{playlist_address(rendition.rendition_id)}"',
    ]
    return "#EXT-X-MEDIA:" + ",".join(attributes)


def _variant(rendition: VideoRendition, asset: Asset, group: int, *, has_subtitles: bool) -> str:
    sound_average, sound_peak = _sound_bits_per_s(asset, group)
    codecs = f"{rendition.codec},{asset.source.audio[group].codec}"
    attributes = [
        f"BANDWIDTH={rendition.track.peak_bits_per_s + sound_peak}",
        f"AVERAGE-BANDWIDTH={rendition.track.average_bits_per_s + sound_average}",
        f'CODECS="{codecs}"',
        f"RESOLUTION={rendition.width_px}x{rendition.height_px}",
        f"FRAME-RATE={rendition.frame_rate_hz:.3f}",
        f"VIDEO-RANGE={rendition.video_range}",
        f'AUDIO="{_group_id(group)}"',
    ]
    if has_subtitles:
        attributes.append('SUBTITLES="subtitles"')
    return "#EXT-X-STREAM-INF:" + ",".join([*attributes, "CLOSED-CAPTIONS=NONE"])


def _group_id(group: int) -> str:
    return f"audio-{group + 1}"


def _byte_range(span: ByteRange) -> str:
    return f"{span.size_bytes}@{span.first_byte}"
