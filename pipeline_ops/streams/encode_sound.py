"""Encodes a sound track as AAC-LC whose first frame is the sound's first 21 ms, so that nothing is late.

An encoder of AAC puts a frame of lead-in (priming) before the sound, and an edit list tells players to skip
it. Players of streams differ in whether they obey. Here the lead-in is left out instead: the first frame that
is written is the one that decodes to time 0, and no player needs to know anything. Its first samples, of
which the lead-in would have held a part, fade in over 21 ms.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from pipeline_ops.errors import MediaToolError, StageOutputError
from pipeline_ops.media.ffmpeg import file_url
from pipeline_ops.streams.timeline import SOUND_FRAME_SAMPLES, SOUND_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CODEC = "mp4a.40.2"  # RFC 6381: MPEG-4 audio, AAC-LC
_BLOCK_FRAMES = 512  # of sound, read at once: 4 MB
_LAYOUTS = {1: "mono", 2: "stereo"}


def encode_sound(sound: Path, output: Path, *, bits_a_channel: int, duration_s: Fraction) -> int:
    """Write a sound file as MP4 with one AAC stream, and return its number of channels.

    Args:
        sound: 48 kHz, one or two channels; sample 0 is time 0.
        output: Written whole or not at all.
        bits_a_channel: Bits a second that each channel may take.
        duration_s: How much of it; what is missing is silence.

    Raises:
        StageOutputError: the sound has another rate or more channels.
        MediaToolError: the encoder refuses it.
    """
    import av

    facts = soundfile.info(str(sound))
    if facts.samplerate != SOUND_RATE_HZ or facts.channels not in _LAYOUTS:
        message = (
            f"{sound.name} has {facts.channels} channels at {facts.samplerate} Hz; streams take two at most"
        )
        raise StageOutputError(message)
    layout = _LAYOUTS[facts.channels]
    partial = output.with_name(f"partial-{output.name}")
    options = {"fflags": "+bitexact", "use_editlist": "0", "movie_timescale": str(SOUND_RATE_HZ)}
    try:
        with av.open(file_url(partial), "w", format="mp4", container_options=options) as container:
            stream = container.add_stream("aac", rate=SOUND_RATE_HZ, layout=layout)
            stream.bit_rate = bits_a_channel * facts.channels
            stream.codec_context.flags |= av.codec.context.Flags.bitexact
            for start, samples in _frames(sound, round(duration_s * SOUND_RATE_HZ)):
                frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
                frame.sample_rate, frame.pts, frame.time_base = (
                    SOUND_RATE_HZ,
                    start,
                    Fraction(1, SOUND_RATE_HZ),
                )
                container.mux([each for each in stream.encode(frame) if _is_heard(each.pts)])
            container.mux([each for each in stream.encode(None) if _is_heard(each.pts)])
    except av.FFmpegError as error:
        message = f"The encoder of sound refused {sound.name}: {error}"
        raise MediaToolError(message) from error
    partial.replace(output)
    return int(facts.channels)


def _is_heard(pts: int | None) -> bool:
    return pts is not None and pts >= 0


def _frames(sound: Path, count: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield frames of (channels, 1024) with their first sample's number; the last is filled up."""
    start = 0
    with soundfile.SoundFile(str(sound)) as file:
        while start < count:
            wanted = min(count - start, _BLOCK_FRAMES * SOUND_FRAME_SAMPLES)
            block = np.zeros(
                (-(-wanted // SOUND_FRAME_SAMPLES) * SOUND_FRAME_SAMPLES, file.channels), np.float32
            )
            read = file.read(wanted, dtype="float32", always_2d=True)
            block[: len(read)] = read
            for offset in range(0, len(block), SOUND_FRAME_SAMPLES):
                yield start + offset, np.ascontiguousarray(block[offset : offset + SOUND_FRAME_SAMPLES].T)
            start += wanted
