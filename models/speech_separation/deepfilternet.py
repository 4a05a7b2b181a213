"""DeepFilterNet 3 through its C library; the background is the mix without the voice that it finds.

Method: Schröter, Rosenkranz, Escalante-B. and Maier, "DeepFilterNet: Perceptually Motivated Real-Time
Speech Enhancement", Interspeech 2023. The library's functions: `libDF/src/capi.rs` of
https://github.com/Rikorose/DeepFilterNet.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.speech_separation.voice_subtraction import VoiceSubtractor

if TYPE_CHECKING:
    from numpy.typing import NDArray

DELAY_FRAMES = 1440
"""By how much the library's output lags its input: one hop of overlap-add and two of look-ahead, 480 frames
each. Confirmed to the sample by cross-correlation on four clips."""

ATTENUATION_LIMIT_DB = 100.0
"""The library's own value for no limit."""

PIECE_FRAMES = 48_000
"""What is worked on at a time, however long the blocks that come in."""

_FloatPointer = ctypes.POINTER(ctypes.c_float)


class DeepFilterNetSeparator:
    """Parts speech from background, each channel on its own, at 48 kHz."""

    sample_rate_hz: ClassVar[int] = 48_000

    def __init__(self, library: ctypes.CDLL, weights: Path) -> None:
        self._library = library
        self._weights = weights

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load the C library.

        Args:
            files: Holds `libdeepfilter.so` and `DeepFilterNet3_onnx.tar.gz`.
            options: None are known.

        Raises:
            FaultError: an option was given, or the library does not load on this machine.
        """
        if options:
            message = f"DeepFilterNet takes no options, but was given {sorted(options)}"
            raise FaultError(message)
        path = files["libdeepfilter.so"]
        try:
            library = ctypes.CDLL(str(path))
        except OSError as error:
            message = f"{path} cannot be loaded: {error}. The catalog's library is for x86_64 Linux."
            raise FaultError(message) from error
        library.df_create.restype = ctypes.c_void_p
        library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
        library.df_free.restype = None
        library.df_free.argtypes = [ctypes.c_void_p]
        library.df_get_frame_length.restype = ctypes.c_size_t
        library.df_get_frame_length.argtypes = [ctypes.c_void_p]
        library.df_process_frame.restype = ctypes.c_float
        library.df_process_frame.argtypes = [ctypes.c_void_p, _FloatPointer, _FloatPointer]
        return cls(library, files["DeepFilterNet3_onnx.tar.gz"])

    def separate(
        self, blocks: Iterable[NDArray[np.float32]], channels: int
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield (speech, background) blocks; their sum is the input and their total length its length.

        Args:
            blocks: Consecutive blocks, shape (channels, frames), at 48 kHz, of any length.
            channels: 1 or 2.

        Raises:
            ModelOutputError: the library returned something that is no number.
        """
        waiting = np.zeros((channels, 0), dtype=np.float32)
        with _Enhancers(self._library, self._weights, channels) as enhancers:
            workers = [_Channel(enhancer) for enhancer in enhancers]
            for block in blocks:
                for start in range(0, block.shape[1], PIECE_FRAMES):
                    piece = block[:, start : start + PIECE_FRAMES].astype(np.float32, copy=False)
                    waiting = np.concatenate([waiting, piece], axis=1)
                    background = np.stack(
                        [worker.push(samples) for worker, samples in zip(workers, piece, strict=True)]
                    )
                    done = background.shape[1]
                    if done:
                        yield waiting[:, :done] - background, background
                        waiting = waiting[:, done:]
            background = np.stack([worker.finish() for worker in workers])
            if background.shape[1]:
                yield waiting - background, background


class _Enhancer:
    """One channel's state in the library: gives back its input's voice, `DELAY_FRAMES` late."""

    def __init__(self, library: ctypes.CDLL, weights: Path) -> None:
        self._library = library
        self._state = library.df_create(str(weights).encode(), ATTENUATION_LIMIT_DB, None)
        if not self._state:
            message = f"DeepFilterNet could not read its weights {weights}"
            raise FaultError(message)
        self.hop_frames: int = library.df_get_frame_length(self._state)

    def process(self, hops: NDArray[np.float32]) -> NDArray[np.float32]:
        """Enhance whole hops: a length that is a multiple of `hop_frames`."""
        heard = np.ascontiguousarray(hops, dtype=np.float32)
        voice = np.zeros_like(heard)
        for start in range(0, len(heard), self.hop_frames):
            self._library.df_process_frame(
                self._state,
                heard[start:].ctypes.data_as(_FloatPointer),
                voice[start:].ctypes.data_as(_FloatPointer),
            )
        if not np.isfinite(voice).all():
            message = "DeepFilterNet returned something that is not a number"
            raise ModelOutputError(message)
        return voice

    def close(self) -> None:
        """Free the library's memory."""
        self._library.df_free(self._state)


class _Enhancers:
    """As many enhancers as channels, freed when the `with` block ends."""

    def __init__(self, library: ctypes.CDLL, weights: Path, channels: int) -> None:
        self._enhancers = [_Enhancer(library, weights) for _ in range(channels)]

    def __enter__(self) -> list[_Enhancer]:
        return self._enhancers

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for enhancer in self._enhancers:
            enhancer.close()


class _Channel:
    """One channel: lines the voice up with the mix and subtracts it."""

    def __init__(self, enhancer: _Enhancer) -> None:
        self._enhancer = enhancer
        self._subtractor = VoiceSubtractor(DeepFilterNetSeparator.sample_rate_hz)
        nothing = np.zeros(0, dtype=np.float32)
        self._unheard, self._mix, self._voice = nothing, nothing, nothing
        self._to_skip = DELAY_FRAMES

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples of the mix; return what of the background is finished."""
        self._mix = np.concatenate([self._mix, samples])
        self._hear(samples)
        return self._subtract(min(len(self._mix), len(self._voice)))

    def finish(self) -> NDArray[np.float32]:
        """Return the rest of the background."""
        self._hear(np.zeros(DELAY_FRAMES + self._enhancer.hop_frames, dtype=np.float32))
        return np.concatenate([self._subtract(len(self._mix)), self._subtractor.finish()])

    def _hear(self, samples: NDArray[np.float32]) -> None:
        unheard = np.concatenate([self._unheard, samples])
        whole = len(unheard) - len(unheard) % self._enhancer.hop_frames
        voice = self._enhancer.process(unheard[:whole])
        self._unheard = unheard[whole:]
        skipped = min(self._to_skip, len(voice))
        self._to_skip -= skipped
        self._voice = np.concatenate([self._voice, voice[skipped:]])

    def _subtract(self, frames: int) -> NDArray[np.float32]:
        background = self._subtractor.push(self._mix[:frames], self._voice[:frames])
        self._mix, self._voice = self._mix[frames:], self._voice[frames:]
        return background
