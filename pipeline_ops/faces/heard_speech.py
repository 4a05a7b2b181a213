"""Reads a voice as engines and measures take it, on the clock of the picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import ENCODING_RATE_HZ, HeardSpeech, SpeechEncoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPEECH_RATE_HZ = 16_000
"""What engines take."""

HEARD_AROUND_S = 5.0
"""Of a voice on either side of what is learnt or drawn: enough to tell how loud it is there."""


def read_speech(path: Path, offset_s: float = 0.0) -> NDArray[np.float32]:
    """Return a sound as engines take it: mono, at 16 kHz, shape (samples,).

    Args:
        path: Any rate, any number of channels.
        offset_s: How late it is against the picture; it is moved back by that.
    """
    samples = np.concatenate(list(_resampled(path)))
    late = round(offset_s * SPEECH_RATE_HZ)
    return samples[late:] if late >= 0 else np.concatenate([np.zeros(-late, np.float32), samples])


def read_encoding(path: Path, offset_s: float = 0.0) -> SpeechEncoding:
    """Return what is said, as `encode_speech` or `encode_dub` wrote it down.

    Args:
        path: Their artefact.
        offset_s: How late the sound is against the picture; it is moved back by that.
    """
    return SpeechEncoding(np.load(path, allow_pickle=False).astype(np.float32), -offset_s)


class SpeechInParts:
    """A voice of any length on the picture's clock, of which a part is in memory at a time."""

    def __init__(self, speech: Path, encoding: Path, scratch: Path, offset_s: float = 0.0) -> None:
        """Write the voice down as engines take it.

        Args:
            speech: Any rate, any number of channels.
            encoding: The artefact of `encode_speech` or `encode_dub`.
            scratch: The file to write.
            offset_s: How late the voice is against the picture; it is moved back by that.
        """
        self._samples = scratch
        self._moments = np.load(encoding, allow_pickle=False)
        self._offset_s = offset_s
        late = round(offset_s * SPEECH_RATE_HZ)
        with scratch.open("wb") as file:
            file.write(np.zeros(max(-late, 0), "<f4").tobytes())
            for block in _resampled(speech):
                file.write(block[max(late, 0) :].astype("<f4", copy=False).tobytes())
                late = max(late - len(block), 0)

    def between(self, start_s: int, end_s: int) -> HeardSpeech:
        """Return what is heard from one whole second to another, on a clock that begins at the first.

        Beyond the voice's end there is silence, in which the last moment goes on.
        """
        samples = np.fromfile(
            self._samples,
            "<f4",
            (end_s - start_s) * SPEECH_RATE_HZ,
            offset=start_s * SPEECH_RATE_HZ * np.dtype("<f4").itemsize,
        )
        silence = np.zeros((end_s - start_s) * SPEECH_RATE_HZ - len(samples), np.float32)
        rate_hz = round(ENCODING_RATE_HZ)
        wanted = np.arange(start_s * rate_hz, end_s * rate_hz)
        moments = self._moments[np.minimum(wanted, len(self._moments) - 1)] if len(self._moments) else []
        encoding = SpeechEncoding(np.asarray(moments, np.float32), -self._offset_s)
        return HeardSpeech(np.concatenate([samples, silence]), encoding)


def _resampled(path: Path) -> Iterator[NDArray[np.float32]]:
    """Yield a sound in blocks of about a second, mono, at 16 kHz."""
    import soxr

    with soundfile.SoundFile(str(path)) as file:
        stream = soxr.ResampleStream(file.samplerate, SPEECH_RATE_HZ, 1, dtype="float32")
        while len(block := file.read(file.samplerate, dtype="float32", always_2d=True)):
            yield stream.resample_chunk(block.mean(axis=1))
        yield stream.resample_chunk(np.zeros(0, np.float32), last=True)
