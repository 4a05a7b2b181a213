"""How late a rendition is against what it was made of, measured by decoding both."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.probe import MediaInfo

SIZE_PX = (48, 48)
STEP_S = 0.005
FURTHEST_S = 0.15


def picture_lag_s(source: Path, media: MediaInfo, rendition: Path) -> float:
    """Return how late a rendition's pictures are: where they are most like the source's, in steps of 5 ms."""
    times = read_frame_times(source, media)
    before = [(frame.time_s, _small(frame.rgb(160))) for frame in read_frames(source, media, times)]
    after = _decoded(rendition)
    clock = np.arange(FURTHEST_S + 0.3, media.duration_s - FURTHEST_S - 0.3, STEP_S)
    original = _at(before, clock)
    lags = np.arange(-FURTHEST_S, FURTHEST_S + STEP_S / 2, STEP_S)
    errors = [np.mean((_at(after, clock + lag) - original) ** 2) for lag in lags]
    # Where a picture stands still, neighbouring lags are as good: the middle of the best ones.
    best = np.flatnonzero(np.isclose(errors, min(errors), rtol=1e-3))
    return float(lags[best].mean())


def sound_lag_s(sound: Path, rendition: Path) -> float:
    """Return how late a rendition's sound is, to the sample."""
    before, rate_hz = soundfile.read(str(sound), always_2d=True)
    with av.open(str(rendition)) as container:
        frames = list(container.decode(audio=0))
    first = frames[0]
    assert first.pts is not None
    assert first.time_base is not None
    after = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in frames])
    size = 1 << (len(after) + len(before)).bit_length()
    spectrum = np.fft.rfft(after, size) * np.conj(np.fft.rfft(before.mean(axis=1), size))
    lag = int(np.argmax(np.fft.irfft(spectrum, size)))
    lag -= size if lag > size // 2 else 0
    return lag / rate_hz + float(first.pts * first.time_base)


def _decoded(path: Path) -> list[tuple[float, NDArray[np.float32]]]:
    with av.open(str(path)) as container:
        return [
            (float(frame.pts * frame.time_base), _small(frame.to_ndarray(format="rgb24")))
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = np.asarray(cv2.resize(pixels, SIZE_PX, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(small.mean(axis=2), np.float32)


def _at(frames: list[tuple[float, NDArray[np.float32]]], clock: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return what is on screen at each time."""
    shown = np.searchsorted([time for time, _ in frames], clock + 1e-6, side="right") - 1
    return np.stack([frames[max(0, index)][1] for index in shown])
