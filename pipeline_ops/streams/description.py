"""What a video's streams hold, as data: all that a manifest says is made of this and of nothing else.

A rendition is one file: fragmented MP4 (CMAF, ISO/IEC 23000-19) with an index in front, of which players
read byte ranges. So a bucket holds few objects, each named by its content and never changed, and any server
or CDN that knows ranges can serve them.

Times are counted in ticks of the rendition's own `timescale_hz`, so that nothing is rounded; all renditions
of a video begin at time 0, and their segments begin at the same moments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

DESCRIPTION_VERSION = 1

VideoRange = Literal["SDR", "PQ", "HLG"]
"""As HLS names it (VIDEO-RANGE). The ladder is H.264 of 8 bits, so it is always SDR (`docs/streams.md`)."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the streams.

    Attributes:
        artefact: Its name in the checkpoint of the stage that made it.
        sha256: Of its content, in lower-case hexadecimal.
        size_bytes: How long it is.
        media_type: As servers state it.
    """

    artefact: str
    sha256: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Consecutive bytes of a file."""

    first_byte: int
    size_bytes: int

    @property
    def last_byte(self) -> int:
        """The last byte that belongs to it, as HTTP and DASH count."""
        return self.first_byte + self.size_bytes - 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a rendition that can be played by itself: when it begins, and where its bytes lie."""

    start_ticks: int
    duration_ticks: int
    first_byte: int
    size_bytes: int

    @property
    def byte_range(self) -> ByteRange:
        """Where its bytes lie."""
        return ByteRange(self.first_byte, self.size_bytes)


@dataclass(frozen=True, slots=True)
class Track:
    """One rendition's file and how it is cut.

    Attributes:
        file: The fragmented MP4.
        timescale_hz: Ticks a second.
        header: The bytes that say how to decode it (`ftyp` and `moov`).
        index: The bytes that say where segments lie (`sidx`).
        segments: In order, without gaps.
        average_bits_per_s: The media's bytes over its length.
        peak_bits_per_s: Of the segment with the most bytes a second.
    """

    file: StoredFile
    timescale_hz: int
    header: ByteRange
    index: ByteRange
    segments: tuple[Segment, ...]
    average_bits_per_s: int
    peak_bits_per_s: int

    def seconds(self, ticks: int) -> float:
        """Return ticks as seconds."""
        return ticks / self.timescale_hz

    @property
    def duration_s(self) -> float:
        """When the last segment ends."""
        return self.seconds(sum(segment.duration_ticks for segment in self.segments))


@dataclass(frozen=True, slots=True)
class Colour:
    """How code values become light: code points of ITU-T H.273, and the range.

    Attributes:
        primaries: 2 where the source states none.
        transfer: See `primaries`.
        matrix: See `primaries`.
        full_range: Whether numbers go from 0 to 255 instead of 16 to 235.
    """

    primaries: int
    transfer: int
    matrix: int
    full_range: bool


@dataclass(frozen=True, slots=True)
class VideoRendition:
    """The picture at one size.

    Attributes:
        rendition_id: Plain characters; unique within the asset.
        track: Its file.
        codec: RFC 6381, as "avc1.64001f".
        width_px: As coded, which is upright: the source's rotation is applied.
        height_px: See `width_px`.
        pixel_aspect: Width and height of one pixel, as whole numbers; (1, 1) is square.
        frame_rate_hz: One over the usual time between frames, rounded to three places; where the rate varies,
            fewer may come.
        video_range: What of light's range it can hold.
        colour: How its numbers are read.
        rate_factor: The encoder's quality setting that was found for this title (CRF of x264).
        quality: VMAF against the source at this size, of the sample that it was found on; None where it was
            not measured.
    """

    rendition_id: str
    track: Track
    codec: str
    width_px: int
    height_px: int
    pixel_aspect: tuple[int, int]
    frame_rate_hz: float
    video_range: VideoRange
    colour: Colour
    rate_factor: float
    quality: float | None


@dataclass(frozen=True, slots=True)
class StreamLoudness:
    """How loud a sound is (ITU-R BS.1770-4); None for silence."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True, slots=True)
class AudioRendition:
    """A sound track at one bit rate.

    Attributes:
        rendition_id: Plain characters; unique within the asset.
        track: Its file.
        codec: RFC 6381, as "mp4a.40.2".
        channels: One or two.
        sample_rate_hz: Of the decoded sound.
        loudness: Of the sound that was encoded, which is the source's (the stage `mix` sees to it): nothing
            is levelled here.
    """

    rendition_id: str
    track: Track
    codec: str
    channels: int
    sample_rate_hz: int
    loudness: StreamLoudness


@dataclass(frozen=True, slots=True)
class SubtitleRendition:
    """Subtitles as one WebVTT file.

    Attributes:
        rendition_id: Plain characters; unique within the asset.
        file: The WebVTT file.
        machine_made: Whether a machine wrote the words (heard or translated them).
    """

    rendition_id: str
    file: StoredFile
    machine_made: bool


@dataclass(frozen=True, slots=True)
class Poster:
    """A frame that stands for the video."""

    file: StoredFile
    width_px: int
    height_px: int
    time_s: float


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Small pictures for the seek bar, many to a sheet, row by row.

    Attributes:
        sheets: JPEG files, all of `columns` by `rows` tiles, the last one perhaps not full.
        tile_width_px: Of one picture.
        tile_height_px: Of one picture.
        columns: Of a sheet.
        rows: Of a sheet.
        tile_count: Pictures in all.
        interval_s: From one picture to the next; picture 0 shows time 0.
    """

    sheets: tuple[StoredFile, ...]
    tile_width_px: int
    tile_height_px: int
    columns: int
    rows: int
    tile_count: int
    interval_s: float


@dataclass(frozen=True, slots=True)
class SourceStreams:
    """What all languages of a video share: made once, by the stage `package_source`.

    Attributes:
        language: What is spoken, BCP 47.
        duration_s: Of the presentation.
        segment_s: How long every segment but the last one is.
        video: The original picture, the smallest rendition first.
        audio: The original sound, the lowest bit rate first.
        subtitles: In the language that is spoken; None where nothing is to be read.
        poster: A frame that stands for it.
        storyboard: Pictures for the seek bar.
    """

    language: str
    duration_s: float
    segment_s: float
    video: tuple[VideoRendition, ...]
    audio: tuple[AudioRendition, ...]
    subtitles: SubtitleRendition | None
    poster: Poster
    storyboard: Storyboard
    role: Literal["original"] = "original"
    description_version: int = DESCRIPTION_VERSION


@dataclass(frozen=True, slots=True)
class DubStreams:
    """What one target language adds: made by the stage `package`. All of it is AI-made.

    Attributes:
        language: Of the dub, BCP 47.
        duration_s: Of the presentation.
        segment_s: As the source's.
        video: The picture with changed lips, the smallest rendition first; empty where the lips were left
            alone, and the source's picture is shown.
        audio: The dub, the lowest bit rate first.
        subtitles: In the language of the dub; None where nothing is to be read.
    """

    language: str
    duration_s: float
    segment_s: float
    video: tuple[VideoRendition, ...]
    audio: tuple[AudioRendition, ...]
    subtitles: SubtitleRendition | None
    role: Literal["dub"] = "dub"
    ai_made: Literal[True] = True
    description_version: int = DESCRIPTION_VERSION

    @property
    def lips_changed(self) -> bool:
        """Whether it has a picture of its own."""
        return bool(self.video)


LanguageStreams = SourceStreams | DubStreams
Rendition = VideoRendition | AudioRendition | SubtitleRendition


@dataclass(frozen=True, slots=True)
class Asset:
    """One video with all its languages that are published.

    Attributes:
        source: What they share.
        dubs: One of each language, in the order in which players list them.
    """

    source: SourceStreams
    dubs: tuple[DubStreams, ...] = ()

    def __post_init__(self) -> None:
        languages = self.languages
        if len(set(languages)) != len(languages):
            message = f"an asset holds each language once, not {', '.join(languages)}"
            raise ValueError(message)

    @property
    def by_language(self) -> tuple[LanguageStreams, ...]:
        """The original, then the dubs."""
        return (self.source, *self.dubs)

    @property
    def languages(self) -> tuple[str, ...]:
        """The original's first, then those of the dubs."""
        return tuple(streams.language for streams in self.by_language)

    def streams_of(self, language: str) -> LanguageStreams:
        """Return what one language has.

        Raises:
            KeyError: the asset has no such language.
        """
        for streams in self.by_language:
            if streams.language == language:
                return streams
        message = f"there is no {language} in this asset; it has {', '.join(self.languages)}"
        raise KeyError(message)

    def picture_language(self, chosen: str) -> str:
        """Return whose picture goes with a language: its own where lips were changed, else the source's.

        A player that changes to a language with another picture needs that language's manifest.
        """
        return chosen if self.streams_of(chosen).video else self.source.language

    def picture(self, chosen: str) -> tuple[VideoRendition, ...]:
        """Return the renditions of the picture that a viewer of a language sees, the smallest first."""
        return self.streams_of(self.picture_language(chosen)).video

    def renditions(self) -> Iterator[Rendition]:
        """Yield everything that has a file of its own to play, the source's first."""
        for streams in self.by_language:
            yield from streams.video
            yield from streams.audio
            if streams.subtitles is not None:
                yield streams.subtitles

    def rendition(self, rendition_id: str) -> Rendition:
        """Return a rendition by its id.

        Raises:
            KeyError: the asset has none of that id.
        """
        for rendition in self.renditions():
            if rendition.rendition_id == rendition_id:
                return rendition
        message = f"this asset has no rendition {rendition_id!r}"
        raise KeyError(message)

    @staticmethod
    def files_of(streams: LanguageStreams) -> Iterator[StoredFile]:
        """Yield every file of one language; those of the original include poster and storyboard."""
        yield from (rendition.track.file for rendition in streams.video)
        yield from (rendition.track.file for rendition in streams.audio)
        if streams.subtitles is not None:
            yield streams.subtitles.file
        if isinstance(streams, SourceStreams):
            yield streams.poster.file
            yield from streams.storyboard.sheets


def bits_per_s(segments: Sequence[Segment], timescale_hz: int) -> tuple[int, int]:
    """Return the average and the peak of segments' bit rates, rounded up.

    The peak is that of the segment with the most bits a second, as HLS and DASH want it stated; a last
    segment that is shorter than half the others does not count, since no player waits for it.
    """
    total_ticks = sum(segment.duration_ticks for segment in segments)
    longest_ticks = max(segment.duration_ticks for segment in segments)
    whole = [each for each in segments if 2 * each.duration_ticks >= longest_ticks]
    average = -(-sum(each.size_bytes for each in segments) * 8 * timescale_hz // total_ticks)
    peak = max(-(-each.size_bytes * 8 * timescale_hz // each.duration_ticks) for each in whole)
    return average, max(average, peak)
