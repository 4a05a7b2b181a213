"""Makes the renditions of a picture and of a sound: encoded, packaged, described."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Gt, Le, Len

from pipeline_ops.media.loudness import measure_file
from pipeline_ops.streams.description import (
    AudioRendition,
    StreamLoudness,
    Track,
    VideoRendition,
)
from pipeline_ops.streams.encode_picture import (
    PictureSettings,
    codec_string,
    declared_colour,
    encode_picture,
    pixel_aspect,
)
from pipeline_ops.streams.encode_sound import CODEC, encode_sound
from pipeline_ops.streams.ladder import SHORT_SIDES_PX, Rung
from pipeline_ops.streams.packager import package_track
from pipeline_ops.streams.rate_factor import FIRST_RATE_FACTOR, FoundRate, find_rate_factor
from pipeline_ops.streams.timeline import (
    SOUND_RATE_HZ,
    schedule_frames,
    segment_duration,
    segment_starts,
    streamed_duration,
)

if TYPE_CHECKING:
    from pipeline_ops.media.frame import Frame
    from pipeline_ops.streams.picture_source import PictureSource

Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]
"""Of x264: CPU for bits."""

VIDEO_TYPE = "video/mp4"
AUDIO_TYPE = "audio/mp4"

WORTHWHILE_SHARE = 0.7
"""A rung that takes more than this of the next larger one's bits helps nobody: who can load it can nearly
load the other."""


@dataclass(frozen=True, slots=True)
class SoundParameters:
    """How sound is offered.

    Attributes:
        bits_per_s_a_channel: One rendition each, the lowest first.
    """

    bits_per_s_a_channel: Annotated[tuple[Annotated[int, Ge(16_000), Le(160_000)], ...], Len(1)] = (
        32_000,
        64_000,
    )


@dataclass(frozen=True, slots=True)
class PictureParameters(SoundParameters):
    """How pictures are offered, and the sound with them.

    Attributes:
        short_sides_px: Which sizes, by the shorter side; the source's own where it is none of them.
        preset: Of x264, CPU for bits.
        quality_target: VMAF that each rung is to reach on a sample; None encodes at `rate_factor`.
        rate_factor: CRF of x264, where there is no target.
    """

    short_sides_px: Annotated[tuple[int, ...], Len(1)] = SHORT_SIDES_PX
    preset: Preset = "fast"
    quality_target: Annotated[float, Gt(0), Le(100)] | None = 93.0
    rate_factor: Annotated[float, Ge(0), Le(51)] = FIRST_RATE_FACTOR


@dataclass(frozen=True, slots=True)
class Timeline:
    """What all renditions of a video keep to: its length and the length of segments, in seconds."""

    duration_s: float
    segment_s: Fraction

    @property
    def starts_s(self) -> tuple[Fraction, ...]:
        """When segments begin."""
        return segment_starts(self.duration_s, self.segment_s)

    @property
    def streamed_s(self) -> Fraction:
        """How much is streamed."""
        return streamed_duration(self.duration_s, self.segment_s)


def timeline_of(duration_s: float, frame_rate_hz: float) -> Timeline:
    """Return a video's timeline, which its duration and usual frame rate decide."""
    return Timeline(duration_s, segment_duration(frame_rate_hz))


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """One rung that is to be made, with what is known of how finely."""

    rung: Rung
    found: FoundRate


def find_rates(
    source: PictureSource, rungs: Sequence[Rung], parameters: PictureParameters, scratch: Path
) -> tuple[PictureRequest, ...]:
    """Return how finely each rung is to be encoded: measured on this title, or as the parameters say."""
    if parameters.quality_target is None:
        return tuple(PictureRequest(rung, FoundRate(parameters.rate_factor, None)) for rung in rungs)
    return tuple(
        PictureRequest(
            rung,
            find_rate_factor(
                source,
                rung,
                target=parameters.quality_target,
                preset=parameters.preset,
                scratch=scratch,
            ),
        )
        for rung in rungs
    )


def build_pictures(
    source: PictureSource,
    requests: Sequence[PictureRequest],
    timeline: Timeline,
    *,
    language: str,
    preset: str,
    folder: Path,
    watch: Callable[[Iterable[Frame]], Iterator[Frame]] = iter,
    keep_all: bool = False,
) -> tuple[tuple[VideoRendition, ...], dict[str, Path]]:
    """Make the renditions of a picture, one at a time so that memory holds one encoder.

    Args:
        source: The picture.
        requests: The rungs, the smallest first.
        timeline: What all renditions keep to.
        language: Whose picture it is; part of the renditions' ids.
        preset: Of x264.
        folder: Where files are written.
        watch: Passes the frames of the first pass on; sees each of them once.
        keep_all: Whether also those are kept that bring nothing (`WORTHWHILE_SHARE`).

    Returns:
        The renditions, the smallest first, and their files by name.
    """
    schedule = schedule_frames(source.times.times_s, timeline.duration_s, timeline.segment_s)
    made: list[VideoRendition] = []
    files: dict[str, Path] = {}
    for request in reversed(requests):
        rung, name = request.rung, f"{request.rung.short_side_px}p"
        plain, packaged = folder / "plain_picture.mp4", folder / f"picture_{name}.mp4"
        frames = source.frames() if made else watch(source.frames())
        encode_picture(
            frames,
            schedule,
            plain,
            media=source.media,
            settings=PictureSettings(rung, request.found.rate_factor, preset),
        )
        track = package_track(
            plain,
            packaged,
            artefact=f"pictures.{name}",
            media_type=VIDEO_TYPE,
            starts_s=timeline.starts_s,
        )
        plain.unlink()
        if made and not keep_all and _brings_nothing(track, made[-1].track):
            packaged.unlink()
            continue
        files[name] = packaged
        made.append(_described(source, request, track, packaged, language))
    return tuple(reversed(made)), files


def build_sounds(
    sound: Path, timeline: Timeline, *, language: str, parameters: SoundParameters, folder: Path
) -> tuple[tuple[AudioRendition, ...], dict[str, Path]]:
    """Make the renditions of a sound track, the lowest bit rate first, and return them with their files.

    Args:
        sound: 48 kHz, one or two channels; sample 0 is time 0.
        timeline: What all renditions keep to.
        language: What is spoken; part of the renditions' ids.
        parameters: At which bit rates.
        folder: Where files are written.
    """
    loudness = measure_file(sound)
    renditions = []
    files: dict[str, Path] = {}
    for bits_a_channel in sorted(set(parameters.bits_per_s_a_channel)):
        plain = folder / "plain_sound.mp4"
        channels = encode_sound(sound, plain, bits_a_channel=bits_a_channel, duration_s=timeline.streamed_s)
        name = f"{bits_a_channel * channels // 1000}k"
        files[name] = folder / f"sound_{name}.mp4"
        track = package_track(
            plain,
            files[name],
            artefact=f"sounds.{name}",
            media_type=AUDIO_TYPE,
            starts_s=timeline.starts_s,
        )
        plain.unlink()
        renditions.append(
            AudioRendition(
                rendition_id=f"{language}-audio-{name}",
                track=track,
                codec=CODEC,
                channels=channels,
                sample_rate_hz=SOUND_RATE_HZ,
                loudness=StreamLoudness(_finite(loudness.integrated_lufs), _finite(loudness.true_peak_dbtp)),
            )
        )
    return tuple(renditions), files


def _brings_nothing(track: Track, larger: Track) -> bool:
    return track.average_bits_per_s > WORTHWHILE_SHARE * larger.average_bits_per_s


def _described(
    source: PictureSource,
    request: PictureRequest,
    track: Track,
    path: Path,
    language: str,
) -> VideoRendition:
    with path.open("rb") as file:
        header = file.read(track.header.size_bytes)
    aspect = pixel_aspect(source.media)
    return VideoRendition(
        rendition_id=f"{language}-video-{request.rung.short_side_px}p",
        track=track,
        codec=codec_string(header),
        width_px=request.rung.width_px,
        height_px=request.rung.height_px,
        pixel_aspect=(aspect.numerator, aspect.denominator),
        frame_rate_hz=round(source.media.video.nominal_frame_rate_hz, 3),
        video_range="SDR",
        colour=declared_colour(source.media),
        rate_factor=request.found.rate_factor,
        quality=request.found.quality,
    )


def _finite(level: float) -> float | None:
    return round(level, 2) if math.isfinite(level) else None
