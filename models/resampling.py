"""Changes the sample rate of a sound, whole or as a stream of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resample_blocks(
    blocks: Iterable[NDArray[np.float32]], from_rate_hz: int, to_rate_hz: int, channels: int
) -> Iterator[NDArray[np.float32]]:
    """Resample float32 blocks of shape (channels, frames), with libsoxr at high quality.

    Blocks come out of other lengths than they go in, but together they are as long as the input, to a
    frame, and in time with it.
    """
    import soxr

    resampler = soxr.ResampleStream(from_rate_hz, to_rate_hz, channels, dtype="float32")
    # soxr takes and gives (frames, channels).
    for block in blocks:
        samples = resampler.resample_chunk(np.ascontiguousarray(block.T, dtype=np.float32))
        yield np.ascontiguousarray(samples.reshape(-1, channels).T)
    samples = resampler.resample_chunk(np.zeros((0, channels), dtype=np.float32), last=True)
    yield np.ascontiguousarray(samples.reshape(-1, channels).T)


def resampled(samples: NDArray[np.float32], from_rate_hz: float, to_rate_hz: float) -> NDArray[np.float32]:
    """Return a sound of shape (frames,) at another rate, with libsoxr at high quality."""
    import soxr

    if from_rate_hz == to_rate_hz:
        return samples
    changed: NDArray[np.float32] = soxr.resample(samples, from_rate_hz, to_rate_hz).astype(np.float32)
    return changed
