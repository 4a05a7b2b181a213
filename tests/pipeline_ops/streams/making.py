"""Descriptions of streams for tests of manifests: no media behind them."""

from __future__ import annotations

import hashlib

from pipeline_ops.streams.description import (
    Asset,
    AudioRendition,
    ByteRange,
    Colour,
    DubStreams,
    Poster,
    Segment,
    SourceStreams,
    StoredFile,
    Storyboard,
    StreamLoudness,
    SubtitleRendition,
    Track,
    VideoRendition,
    bits_per_s,
)

SEGMENT_S = 3.84
DURATION_S = 9.6


def stored(name: str, media_type: str = "video/mp4", size_bytes: int = 500_000) -> StoredFile:
    return StoredFile(name, hashlib.sha256(name.encode()).hexdigest(), size_bytes, media_type)


def track(name: str, bits: int, media_type: str = "video/mp4") -> Track:
    timescale, left, first = 48000, round(DURATION_S * 48000), 900
    segments = []
    start = 0
    while left:
        ticks = min(left, round(SEGMENT_S * timescale))
        size = bits * ticks // timescale // 8
        segments.append(Segment(start, ticks, first, size))
        start, left, first = start + ticks, left - ticks, first + size
    average, peak = bits_per_s(segments, timescale)
    return Track(
        file=stored(name, media_type, first),
        timescale_hz=timescale,
        header=ByteRange(0, 800),
        index=ByteRange(800, 100),
        segments=tuple(segments),
        average_bits_per_s=average,
        peak_bits_per_s=peak,
    )


def video(language: str, height_px: int, bits: int) -> VideoRendition:
    return VideoRendition(
        rendition_id=f"{language}-video-{height_px}p",
        track=track(f"{language}-video-{height_px}p", bits),
        codec="avc1.64001f",
        width_px=height_px * 16 // 9,
        height_px=height_px,
        pixel_aspect=(1, 1),
        frame_rate_hz=29.97,
        video_range="SDR",
        colour=Colour(1, 1, 1, full_range=False),
        rate_factor=23.0,
        quality=94.0,
    )


def audio(language: str, bits: int) -> AudioRendition:
    return AudioRendition(
        rendition_id=f"{language}-audio-{bits // 1000}k",
        track=track(f"{language}-audio-{bits // 1000}k", bits, "audio/mp4"),
        codec="mp4a.40.2",
        channels=2,
        sample_rate_hz=48000,
        loudness=StreamLoudness(-16.0, -1.2),
    )


def subtitles(language: str) -> SubtitleRendition:
    return SubtitleRendition(f"{language}-subtitles", stored(f"{language}.vtt", "text/vtt", 900), True)


LADDER = ((360, 400_000), (720, 1_500_000))
SOUND = (64_000, 128_000)


def source(language: str = "en") -> SourceStreams:
    return SourceStreams(
        language=language,
        duration_s=DURATION_S,
        segment_s=SEGMENT_S,
        video=tuple(video(language, *rung) for rung in LADDER),
        audio=tuple(audio(language, bits) for bits in SOUND),
        subtitles=subtitles(language),
        poster=Poster(stored("poster", "image/jpeg"), 1280, 720, 1.0),
        storyboard=Storyboard((stored("sheet", "image/jpeg"),), 160, 90, 5, 5, 10, 1.0),
    )


def dub(language: str, *, lips_changed: bool = False) -> DubStreams:
    return DubStreams(
        language=language,
        duration_s=DURATION_S,
        segment_s=SEGMENT_S,
        video=tuple(video(language, *rung) for rung in LADDER) if lips_changed else (),
        audio=tuple(audio(language, bits) for bits in SOUND),
        subtitles=subtitles(language),
    )


def asset() -> Asset:
    """An English video with Spanish over the original picture and Portuguese with a picture of its own."""
    return Asset(source(), (dub("es"), dub("pt", lips_changed=True)))
