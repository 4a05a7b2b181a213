"""The media presentation description of MPEG-DASH (ISO/IEC 23009-1, on-demand profile), as a pure function.

Each language's sound and subtitles are an adaptation set with its role and a label. The picture is that of
the chosen language; see `hls.py` for why there is one.
"""

from __future__ import annotations

import math
from xml.etree import ElementTree

from pipeline_ops.streams.description import (
    Asset,
    AudioRendition,
    ByteRange,
    Colour,
    DubStreams,
    LanguageStreams,
    Storyboard,
    SubtitleRendition,
    Track,
    VideoRendition,
)
from pipeline_ops.streams.hls import FileAddress
from pipeline_ops.streams.naming import sound_name, subtitle_name

NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
PROFILES = "urn:mpeg:dash:profile:isoff-on-demand:2011,urn:mpeg:dash:profile:cmaf:2019"
ROLE = "urn:mpeg:dash:role:2011"
CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
TILES = "http://dashif.org/guidelines/thumbnail_tile"
COLOUR = "urn:mpeg:mpegB:cicp:"
MACHINE_MADE = "urn:dubwright:machine-made"
"""DASH has no word for what AI made: this descriptor says it to programs, the label to people."""

UNSPECIFIED = 2  # ITU-T H.273


def presentation_description(asset: Asset, chosen: str, file_address: FileAddress) -> str:
    """Return the MPD.

    Args:
        asset: The video with the languages that this viewer may have.
        chosen: The language whose sound comes first, marked as main, and whose picture is shown.
        file_address: Where a file is.

    Raises:
        KeyError: the asset has no such language.
    """
    picture = asset.picture(chosen)
    presentation = ElementTree.Element(
        "MPD",
        {
            "xmlns": NAMESPACE,
            "type": "static",
            "profiles": PROFILES,
            "mediaPresentationDuration": _duration(asset.source.duration_s),
            "minBufferTime": _duration(asset.source.segment_s),
        },
    )
    period = ElementTree.SubElement(
        presentation, "Period", {"id": "0", "start": "PT0S", "duration": _duration(asset.source.duration_s)}
    )
    _picture(period, picture, file_address)
    for streams in sorted(asset.by_language, key=lambda each: each.language != chosen):
        _sound(period, streams, is_chosen=streams.language == chosen, file_address=file_address)
    for streams in asset.by_language:
        if streams.subtitles is not None:
            _subtitles(period, streams, streams.subtitles, file_address)
    _storyboard(period, asset.source.storyboard, asset.source.duration_s, file_address)
    for number, adaptation_set in enumerate(period.findall("AdaptationSet")):
        adaptation_set.set("id", str(number))
    ElementTree.indent(presentation)
    text: str = ElementTree.tostring(presentation, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _picture(
    period: ElementTree.Element, picture: tuple[VideoRendition, ...], file_address: FileAddress
) -> None:
    largest = picture[-1]
    adaptation_set = _adaptation_set(
        period,
        contentType="video",
        mimeType="video/mp4",
        startWithSAP="1",
        subsegmentAlignment="true",
        subsegmentStartsWithSAP="1",
        maxWidth=str(largest.width_px),
        maxHeight=str(largest.height_px),
    )
    _describe_colour(adaptation_set, largest.colour)
    _role(adaptation_set, "main")
    for rendition in picture:
        width, height = rendition.pixel_aspect
        representation = _representation(
            adaptation_set,
            rendition,
            width=str(rendition.width_px),
            height=str(rendition.height_px),
            sar=f"{width}:{height}",
            frameRate=_frame_rate(rendition.frame_rate_hz),
        )
        _segment_base(representation, rendition.track, file_address)


def _sound(
    period: ElementTree.Element,
    streams: LanguageStreams,
    *,
    is_chosen: bool,
    file_address: FileAddress,
) -> None:
    adaptation_set = _adaptation_set(
        period,
        contentType="audio",
        mimeType="audio/mp4",
        lang=streams.language,
        startWithSAP="1",
        subsegmentAlignment="true",
        subsegmentStartsWithSAP="1",
    )
    if isinstance(streams, DubStreams):
        _descriptor(adaptation_set, "SupplementalProperty", MACHINE_MADE, "true")
    _label(adaptation_set, sound_name(streams))
    if isinstance(streams, DubStreams):
        _role(adaptation_set, "dub")
    # Players without a wish of their own begin with what is main.
    _role(adaptation_set, "main" if is_chosen else "alternate")
    for rendition in streams.audio:
        representation = _representation(
            adaptation_set, rendition, audioSamplingRate=str(rendition.sample_rate_hz)
        )
        _descriptor(representation, "AudioChannelConfiguration", CHANNELS, str(rendition.channels))
        _segment_base(representation, rendition.track, file_address)


def _subtitles(
    period: ElementTree.Element,
    streams: LanguageStreams,
    subtitles: SubtitleRendition,
    file_address: FileAddress,
) -> None:
    adaptation_set = _adaptation_set(period, contentType="text", mimeType="text/vtt", lang=streams.language)
    if subtitles.machine_made:
        _descriptor(adaptation_set, "SupplementalProperty", MACHINE_MADE, "true")
    _label(adaptation_set, subtitle_name(streams))
    _role(adaptation_set, "subtitle")
    representation = ElementTree.SubElement(
        adaptation_set,
        "Representation",
        {
            "id": subtitles.rendition_id,
            "bandwidth": str(max(1, math.ceil(8 * subtitles.file.size_bytes / streams.duration_s))),
        },
    )
    ElementTree.SubElement(representation, "BaseURL").text = file_address(subtitles.file)


def _storyboard(
    period: ElementTree.Element, storyboard: Storyboard, duration_s: float, file_address: FileAddress
) -> None:
    """Write the sheets of the seek bar (DASH-IF IOP 4.3, 6.2.6), each with an address of its own."""
    sheet_s = storyboard.interval_s * storyboard.columns * storyboard.rows
    adaptation_set = _adaptation_set(period, contentType="image", mimeType="image/jpeg")
    representation = ElementTree.SubElement(
        adaptation_set,
        "Representation",
        {
            "id": "storyboard",
            "bandwidth": str(
                math.ceil(8 * sum(sheet.size_bytes for sheet in storyboard.sheets) / max(duration_s, sheet_s))
            ),
            "width": str(storyboard.tile_width_px * storyboard.columns),
            "height": str(storyboard.tile_height_px * storyboard.rows),
        },
    )
    _descriptor(representation, "EssentialProperty", TILES, f"{storyboard.columns}x{storyboard.rows}")
    segments = ElementTree.SubElement(
        representation, "SegmentList", {"timescale": "1000", "duration": str(round(sheet_s * 1000))}
    )
    for sheet in storyboard.sheets:
        ElementTree.SubElement(segments, "SegmentURL", {"media": file_address(sheet)})


def _adaptation_set(period: ElementTree.Element, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(period, "AdaptationSet", attributes)


def _representation(
    adaptation_set: ElementTree.Element, rendition: VideoRendition | AudioRendition, **attributes: str
) -> ElementTree.Element:
    return ElementTree.SubElement(
        adaptation_set,
        "Representation",
        {
            "id": rendition.rendition_id,
            "bandwidth": str(rendition.track.peak_bits_per_s),
            "codecs": rendition.codec,
            **attributes,
        },
    )


def _segment_base(representation: ElementTree.Element, track: Track, file_address: FileAddress) -> None:
    ElementTree.SubElement(representation, "BaseURL").text = file_address(track.file)
    base = ElementTree.SubElement(
        representation,
        "SegmentBase",
        {"timescale": str(track.timescale_hz), "indexRange": _byte_range(track.index)},
    )
    ElementTree.SubElement(base, "Initialization", {"range": _byte_range(track.header)})


def _describe_colour(adaptation_set: ElementTree.Element, colour: Colour) -> None:
    for name, value in (
        ("ColourPrimaries", colour.primaries),
        ("TransferCharacteristics", colour.transfer),
        ("MatrixCoefficients", colour.matrix),
    ):
        if value != UNSPECIFIED:
            _descriptor(adaptation_set, "SupplementalProperty", COLOUR + name, str(value))


def _role(adaptation_set: ElementTree.Element, value: str) -> None:
    _descriptor(adaptation_set, "Role", ROLE, value)


def _label(adaptation_set: ElementTree.Element, text: str) -> None:
    ElementTree.SubElement(adaptation_set, "Label").text = text


def _descriptor(parent: ElementTree.Element, name: str, scheme: str, value: str) -> None:
    ElementTree.SubElement(parent, name, {"schemeIdUri": scheme, "value": value})


def _byte_range(span: ByteRange) -> str:
    return f"{span.first_byte}-{span.last_byte}"


def _duration(seconds: float) -> str:
    return f"PT{seconds:.3f}S"


def _frame_rate(rate_hz: float) -> str:
    """Return a rate as DASH writes it: whole, or as a fraction."""
    thousandths = round(rate_hz * 1000)
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}/1000"
