"""Decodes the sound of a video once, onto the timeline that its translation will have.

Sample 0 is time 0 of the presentation and the last sample ends at `MediaInfo.duration_s`: a track that
starts late is led by silence, one that starts early is cut at 0, gaps in its timestamps are silence, a
codec's priming is dropped, and silence follows where the picture lasts longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile

from pipeline_ops.media.ffmpeg import file_url, measure_peak_db, own_input, run_ffmpeg, untrusted_input
from pipeline_ops.media.probe import MediaInfo

SAMPLE_RATE_HZ = 48_000
ANALYSIS_RATE_HZ = 16_000  # what recognisers, language identifiers and voice activity detectors take
GAP_S = (
    0.04  # a smaller disagreement of timestamps is a container's rounding, not a gap (one frame at 25 fps)
)
STEREO = 2

_FLAC = ["-c:a", "flac", "-map_metadata", "-1", "-flags:a", "+bitexact", "-fflags", "+bitexact", "-f", "flac"]


@dataclass(frozen=True, slots=True)
class _Track:
    """A track for FFmpeg to read: what opens its file, its index there, the filters it first goes through."""

    arguments: list[str]
    index: int
    filters: list[str]


def decode_sound(source: Path, media: MediaInfo, audio: Path, analysis: Path) -> None:
    """Write the chosen sound track as FLAC, twice, in one pass whose memory does not grow with its length.

    A track with more than two channels is read twice, first to learn how far its downmix would clip; so is
    one that changes its format midway (some broadcasts do).

    Args:
        source: The creator's file.
        media: What it holds.
        audio: Written: 48 kHz, 24 bits; mono stays mono, stereo stays stereo, anything wider is downmixed.
        analysis: Written: 16 kHz, mono (the mean of the channels), 16 bits.

    Raises:
        MediaToolError: FFmpeg could not decode the track.
        ProcessKilledError: FFmpeg was ended by a signal.
    """
    arguments = ["-vn", "-sn", "-dn", *untrusted_input(source, media.origin_s)]
    track = _Track(arguments, media.chosen_audio_index, [])
    if media.chosen_audio.channels > STEREO:
        track = _downmixed(track, media)
    _write(track, media, audio, analysis)
    if soundfile.info(str(audio)).frames != sample_count(media, SAMPLE_RATE_HZ):
        # Where a track changes its format, FFmpeg starts its filters anew, and with them the padding at 0.
        uniform = audio.with_name("uniform.nut")
        _make_uniform(track, media, uniform)
        _write(_Track(["-copyts", *own_input(uniform)], 0, []), media, audio, analysis)
        uniform.unlink()


def sample_count(media: MediaInfo, sample_rate_hz: int) -> int:
    """Return how many samples the whole timeline has."""
    return round(media.duration_s * sample_rate_hz)


def _write(track: _Track, media: MediaInfo, audio: Path, analysis: Path) -> None:
    mean = "pan=mono|c0=0.5*c0+0.5*c1," if _width(media) == "stereo" else ""
    filters = [*track.filters, *_timeline_filters(media), _exact_length(media, SAMPLE_RATE_HZ)]
    graph = (
        f"[0:{track.index}]{','.join(filters)},"
        f"asplit[whole][copy];[copy]{mean}aresample={ANALYSIS_RATE_HZ}:resampler=soxr,"
        f"{_exact_length(media, ANALYSIS_RATE_HZ)}[analysis]"
    )
    partial = [path.with_name(path.name + ".partial") for path in (audio, analysis)]
    run_ffmpeg(
        [
            *[*track.arguments, "-filter_complex", graph],
            *["-map", "[whole]", "-sample_fmt", "s32", "-bits_per_raw_sample", "24"],
            *[*_FLAC, file_url(partial[0])],
            *["-map", "[analysis]", "-sample_fmt", "s16", *_FLAC, file_url(partial[1])],
        ],
        task="decode the sound of the video",
        timeout_s=_timeout_s(media),
    )
    for written, path in zip(partial, (audio, analysis), strict=True):
        written.replace(path)


def _make_uniform(track: _Track, media: MediaInfo, uniform: Path) -> None:
    """Write the track with one format throughout and its timestamps kept."""
    one_format = f"aresample={SAMPLE_RATE_HZ}:osf=s32,aformat=channel_layouts={_width(media)}"
    run_ffmpeg(
        [
            *[*track.arguments, "-map", f"0:{track.index}", "-af", one_format],
            *["-c:a", "flac", "-bits_per_raw_sample", "24", "-avoid_negative_ts", "disabled"],
            *["-f", "nut", file_url(uniform)],
        ],
        task="bring the sound of the video into one format",
        timeout_s=_timeout_s(media),
    )


def _width(media: MediaInfo) -> str:
    return "mono" if media.chosen_audio.channels == 1 else "stereo"


def _timeline_filters(media: MediaInfo) -> list[str]:
    return [
        # async=1 fills gaps and cuts overlaps by the timestamps and never stretches; soxr resamples in float.
        f"aresample={SAMPLE_RATE_HZ}:resampler=soxr:async=1:min_hard_comp={GAP_S}:first_pts=0:osf=flt",
        f"aformat=channel_layouts={_width(media)}",
    ]


def _downmixed(track: _Track, media: MediaInfo) -> _Track:
    """Return the track with its channels made two, turned down by as much as their sum would clip.

    Centre and surrounds enter both sides 3 dB down (ITU-R BS.775-4, table 2), the low-frequency channel not
    at all, without the further attenuation that a fixed-point downmix needs: so speech in the centre keeps
    its loudness. Ambisonic sound has no such table; its first channel is the sound from all around.
    """
    filters = ["aresample=out_chlayout=stereo:center_mix_level=0.7071:surround_mix_level=0.7071:osf=flt"]
    if media.chosen_audio.layout.startswith("ambisonic"):
        filters = ["pan=mono|c0=c0"]
    peak_db = measure_peak_db(
        track.arguments,
        stream=f"0:{track.index}",
        filters=[*filters, *_timeline_filters(media)],
        task="measure the downmix of the video's sound",
        timeout_s=_timeout_s(media),
    )
    attenuation_db = min(0.0, -peak_db)
    return _Track(track.arguments, track.index, [*filters, f"volume={attenuation_db:.3f}dB"])


def _exact_length(media: MediaInfo, sample_rate_hz: int) -> str:
    count = sample_count(media, sample_rate_hz)
    return f"apad=whole_len={count},atrim=end_sample={count}"


def _timeout_s(media: MediaInfo) -> float:
    """Allow a second a second, far above what decoding takes (0.01), and a minute for slow disks."""
    return 60.0 + media.duration_s
