"""Sound files read and written a block at a time, so that memory does not grow with their length."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.resampling import resample_blocks
from models.types import TimeSpan
from pipeline_ops.errors import MediaToolError, StageOutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_S = 1.0
"""Long enough that Python's cost a block vanishes, short enough that a block is a few hundred kilobytes."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What a sound file's header says."""

    sample_rate_hz: int
    channels: int
    frames: int

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.frames / self.sample_rate_hz


def sound_facts(path: Path) -> SoundFacts:
    """Return what the header of a FLAC or WAV file says.

    Raises:
        MediaToolError: the file cannot be read as sound.
    """
    try:
        info = soundfile.info(str(path))
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error) from error
    return SoundFacts(info.samplerate, info.channels, info.frames)


def read_blocks(
    path: Path, *, sample_rate_hz: int | None = None, mono: bool = False, block_s: float = BLOCK_S
) -> Iterator[NDArray[np.float32]]:
    """Yield a FLAC or WAV file as float32 blocks of shape (channels, frames), in order, without gaps.

    Args:
        path: The file.
        sample_rate_hz: Resample to this rate on the way (libsoxr, high quality, no delay); None keeps
            the file's.
        mono: Average the channels into one.
        block_s: Seconds read at a time.

    Raises:
        MediaToolError: the file cannot be read, or ends before its header says.
    """
    blocks = _file_blocks(path, mono=mono, block_s=block_s)
    facts = sound_facts(path)
    if sample_rate_hz is None or sample_rate_hz == facts.sample_rate_hz:
        return blocks
    return resample_blocks(blocks, facts.sample_rate_hz, sample_rate_hz, 1 if mono else facts.channels)


def _file_blocks(path: Path, *, mono: bool, block_s: float) -> Iterator[NDArray[np.float32]]:
    try:
        with soundfile.SoundFile(str(path)) as sound:
            frames = 0
            for block in sound.blocks(round(block_s * sound.samplerate), dtype="float32", always_2d=True):
                frames += len(block)
                channels = block.mean(axis=1, keepdims=True) if mono and sound.channels > 1 else block
                yield np.ascontiguousarray(channels.T)
            if frames != sound.frames:
                message = (
                    f"{path.name} ends after {frames} of {sound.frames} samples: the file is cut short. "
                    "Delete it and let the stage that made it run again."
                )
                raise MediaToolError(message)
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> MediaToolError:
    message = f"{path.name} cannot be read as sound ({error}). Let the stage that made it run again."
    return MediaToolError(message)


def read_spans(
    path: Path, spans: Sequence[TimeSpan], *, sample_rate_hz: int
) -> Iterator[NDArray[np.float32]]:
    """Yield each span of a file as mono float32 of shape (frames,), reading the file once.

    Args:
        path: A FLAC or WAV file.
        spans: In order and disjoint. One that reaches past the end of the file is cut there.
        sample_rate_hz: The rate wanted; the file is resampled on the way where it has another.
    """
    edges = [(round(span.start_s * sample_rate_hz), round(span.end_s * sample_rate_hz)) for span in spans]
    if any(before[1] > after[0] for before, after in itertools.pairwise(edges)):
        message = "spans must be in order and disjoint"
        raise ValueError(message)
    waiting = iter(edges)
    span = next(waiting, None)
    kept: list[NDArray[np.float32]] = []
    position = 0
    for block in read_blocks(path, sample_rate_hz=sample_rate_hz, mono=True):
        end = position + block.shape[1]
        while span is not None and span[0] < end:
            kept.append(block[0, max(0, span[0] - position) : span[1] - position])
            if span[1] > end:
                break
            yield np.concatenate(kept)
            kept, span = [], next(waiting, None)
        position = end
    while span is not None:
        yield np.concatenate([*kept, np.zeros(0, dtype=np.float32)])
        kept, span = [], next(waiting, None)


class FlacWriter:
    """Writes blocks of shape (channels, frames) into a 24-bit FLAC file.

    It writes to a temporary name beside `path` and renames when the `with` block ends well; when it ends
    with an error nothing is left.
    """

    def __init__(self, path: Path, *, sample_rate_hz: int, channels: int) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._channels = channels
        self._sound = soundfile.SoundFile(
            str(self._partial),
            "w",
            samplerate=sample_rate_hz,
            channels=channels,
            format="FLAC",
            subtype="PCM_24",
        )
        self.frames = 0

    def write(self, block: NDArray[np.float32]) -> None:
        """Append a block; samples outside [-1, 1] are clipped.

        Raises:
            StageOutputError: a sample is not a number.
        """
        if not np.isfinite(block).all():
            message = f"A sample of {self._path.name} near frame {self.frames} is not a number"
            raise StageOutputError(message)
        self._sound.write(np.ascontiguousarray(block.reshape(self._channels, -1).T))
        self.frames += block.shape[-1]

    def __enter__(self) -> FlacWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._sound.close()
        if kind is None:
            self._partial.replace(self._path)
        else:
            with contextlib.suppress(FileNotFoundError):
                self._partial.unlink()
