"""Hybrid Transformer Demucs: its vocals are the speech, all else is the background.

Method: Rouard, Massa and Défossez, "Hybrid Transformers for Music Source Separation", ICASSP 2023. Long
sound is cut into overlapping segments that fade into each other, as `demucs.apply.apply_model` does, but
in a stream, so that memory holds one segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.resampling import resample_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL_CHANNELS = 2
"""Demucs hears stereo; a mono input goes to both of its channels."""

OVERLAP = 0.25
"""The share of a segment that fades into the next one; Demucs' own default."""

VOCALS = "vocals"


class DemucsSeparator:
    """Parts vocals from the rest; works at the model's rate inside, at 48 kHz outside."""

    sample_rate_hz: ClassVar[int] = 48_000

    def __init__(self, model: Any, device: str) -> None:
        self._model = model.to(device).eval()
        self._device = device
        self._model_rate_hz = int(model.samplerate)
        self._segment_frames = int(model.samplerate * float(model.segment))
        self._vocals = list(model.sources).index(VOCALS)

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load a serialised HTDemucs with Demucs' own loading code.

        The file is a pickle and can run code: it must be one whose digest was verified.

        Args:
            files: One file of official weights (`955717e8-8726e21a.th`).
            options: `device`: `cpu` (the default) or `cuda`.

        Raises:
            FaultError: an option is not known, or the file holds a model without stereo vocals.
        """
        from demucs.states import load_model

        unknown = set(options) - {"device"}
        if unknown or len(files) != 1:
            message = f"Demucs takes one file and `device`, not {sorted(files)} and {sorted(unknown)}"
            raise FaultError(message)
        (path,) = files.values()
        model = load_model(path)
        if VOCALS not in model.sources or model.audio_channels != MODEL_CHANNELS:
            message = f"{path.name} separates {model.sources}; a stereo model with {VOCALS!r} is needed"
            raise FaultError(message)
        return cls(model, str(options.get("device", "cpu")))

    def separate(
        self, blocks: Iterable[NDArray[np.float32]], channels: int
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield (speech, background) blocks; their sum is the input and their total length its length.

        Args:
            blocks: Consecutive blocks, shape (channels, frames), at 48 kHz, of any length.
            channels: 1 or 2.

        Raises:
            ModelOutputError: the model returned something that is no number.
        """
        mix = _Tap(blocks, channels)
        inside = resample_blocks(mix, self.sample_rate_hz, self._model_rate_hz, channels)
        outside = resample_blocks(
            self._vocal_blocks(inside, channels), self._model_rate_hz, self.sample_rate_hz, channels
        )
        for voice in outside:
            # Rounding of lengths between the two rates may give a frame too many.
            piece = mix.take(voice.shape[1])
            if piece.shape[1]:
                background = piece - voice[:, : piece.shape[1]]
                yield piece - background, background
        rest = mix.take(mix.waiting)
        if rest.shape[1]:
            yield np.zeros_like(rest), rest

    def _vocal_blocks(
        self, blocks: Iterable[NDArray[np.float32]], channels: int
    ) -> Iterator[NDArray[np.float32]]:
        """Yield the vocals at the model's rate, as many frames as come in."""
        length, stride = self._segment_frames, int((1 - OVERLAP) * self._segment_frames)
        # A triangle, as in Demucs: each segment counts most in its middle, where it knows both sides.
        rising = np.arange(1, length // 2 + 1, dtype=np.float32)
        falling = np.arange(length - length // 2, 0, -1, dtype=np.float32)
        weight = np.concatenate([rising, falling]) / np.float32(length - length // 2)
        total = np.zeros((channels, length), dtype=np.float32)
        weights = np.zeros(length, dtype=np.float32)
        for segment, finished in _segments(blocks, length, stride):
            total += self._vocals_of(segment) * weight
            weights += weight
            yield np.divide(total[:, :finished], weights[:finished])
            total[:, :-stride], weights[:-stride] = total[:, stride:].copy(), weights[stride:].copy()
            total[:, -stride:], weights[-stride:] = 0.0, 0.0

    def _vocals_of(self, segment: NDArray[np.float32]) -> NDArray[np.float32]:
        import torch

        stereo = np.broadcast_to(segment, (MODEL_CHANNELS, segment.shape[1]))
        with torch.no_grad():
            sources = self._model(torch.from_numpy(stereo.copy())[None].to(self._device))
        vocals: NDArray[np.float32] = sources[0, self._vocals].cpu().numpy()
        if not np.isfinite(vocals).all():
            message = "Demucs returned something that is not a number"
            raise ModelOutputError(message)
        return vocals if len(segment) == MODEL_CHANNELS else vocals.mean(axis=0, keepdims=True)


def _segments(
    blocks: Iterable[NDArray[np.float32]], length: int, stride: int
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Yield segments that start `stride` apart, the last filled up with silence.

    With each comes how many of its frames no later segment reaches.
    """
    held: NDArray[np.float32] | None = None
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        # Longer than a segment, not as long: whether one is the last shows only with a frame after it.
        while held.shape[1] > length:
            yield held[:, :length], stride
            held = held[:, stride:]
    if held is not None and held.shape[1]:
        yield np.pad(held, ((0, 0), (0, length - held.shape[1]))), held.shape[1]


class _Tap:
    """Passes blocks on and keeps them until they are taken."""

    def __init__(self, blocks: Iterable[NDArray[np.float32]], channels: int) -> None:
        self._blocks = blocks
        self._kept = np.zeros((channels, 0), dtype=np.float32)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for block in self._blocks:
            self._kept = np.concatenate([self._kept, block.astype(np.float32, copy=False)], axis=1)
            yield block

    @property
    def waiting(self) -> int:
        """Frames that were passed on and not taken."""
        return int(self._kept.shape[1])

    def take(self, frames: int) -> NDArray[np.float32]:
        """Take up to that many of the oldest frames."""
        taken, self._kept = self._kept[:, :frames], self._kept[:, frames:]
        return taken
