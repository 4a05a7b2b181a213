"""Loudness and true peak of sound (ITU-R BS.1770-4), in memory that does not grow with its length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from models.types import TimeSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_S = 0.1  # gating blocks of 400 ms overlap by 75 %, so they advance by 100 ms
STEPS_A_BLOCK = 4
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
LOUDNESS_OFFSET_DB = -0.691  # undoes the K weighting's gain at 997 Hz
OVERSAMPLING = 4  # annex 2: at least four times at 48 kHz
_PEAK_CONTEXT = 32  # samples on each side of a block that the oversampling filter sees
_READ_S = 10.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a sound is.

    Attributes:
        integrated_lufs: Gated loudness; -inf for silence and for sound shorter than one block of 400 ms.
        true_peak_dbtp: Highest level between the samples; -inf for silence.
    """

    integrated_lufs: float
    true_peak_dbtp: float


def measure_file(path: Path, spans: Sequence[TimeSpan] | None = None) -> Loudness:
    """Measure a sound file, or only the `spans` of it (see `LoudnessMeter.integrated_lufs`).

    The true peak is that of the whole file. One or two channels.
    """
    meter = LoudnessMeter.of_file(path)
    return Loudness(meter.integrated_lufs(spans), meter.true_peak_dbtp())


def measure_samples(samples: NDArray[np.float32], sample_rate_hz: int) -> Loudness:
    """Measure sound in memory, of shape (channels, frames) or (frames,)."""
    return measure_blocks([np.atleast_2d(samples)], sample_rate_hz)


def brought_to(
    wanted_lufs: float, samples: NDArray[np.float32], sample_rate_hz: int
) -> NDArray[np.float32] | None:
    """Return sound in memory as loud as wanted; None where it, or what is wanted, has no loudness."""
    missing_db = wanted_lufs - measure_samples(samples, sample_rate_hz).integrated_lufs
    if not math.isfinite(missing_db):
        return None
    louder: NDArray[np.float32] = np.float32(10.0 ** (missing_db / 20.0)) * samples
    return louder


def measure_blocks(
    blocks: Iterable[NDArray[np.float32]], sample_rate_hz: int, spans: Sequence[TimeSpan] | None = None
) -> Loudness:
    """Measure consecutive blocks of shape (channels, frames), of any length; one or two channels."""
    meter = LoudnessMeter(sample_rate_hz)
    for block in blocks:
        meter.add(block)
    return Loudness(meter.integrated_lufs(spans), meter.true_peak_dbtp())


def _k_weighting(sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the K weighting as two second-order sections, shape (2, 6), for any rate.

    BS.1770-4 prints coefficients for 48 kHz only; these analogue prototypes give the same there (B. De Man,
    "Evaluation of implementations of the EBU R128 loudness measurement", AES 145, 2018).
    """
    shelf_k = math.tan(math.pi * 1681.974450955533 / sample_rate_hz)
    shelf_q = 0.7071752369554196
    high_gain = 10 ** (3.999843853973347 / 20)
    band_gain = high_gain**0.4996667741545416
    shelf_a0 = 1 + shelf_k / shelf_q + shelf_k**2
    shelf = [
        (high_gain + band_gain * shelf_k / shelf_q + shelf_k**2) / shelf_a0,
        2 * (shelf_k**2 - high_gain) / shelf_a0,
        (high_gain - band_gain * shelf_k / shelf_q + shelf_k**2) / shelf_a0,
        1.0,
        2 * (shelf_k**2 - 1) / shelf_a0,
        (1 - shelf_k / shelf_q + shelf_k**2) / shelf_a0,
    ]
    pass_k = math.tan(math.pi * 38.13547087602444 / sample_rate_hz)
    pass_q = 0.5003270373238773
    pass_a0 = 1 + pass_k / pass_q + pass_k**2
    high_pass = [
        *(1.0, -2.0, 1.0, 1.0),
        2 * (pass_k**2 - 1) / pass_a0,
        (1 - pass_k / pass_q + pass_k**2) / pass_a0,
    ]
    return np.array([shelf, high_pass])


class LoudnessMeter:
    """Collects the weighted energy of every 100 ms and the highest true peak, block by block.

    Once filled it answers for any spans, so a file is read once however many lines are asked for.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._step_samples = round(STEP_S * sample_rate_hz)
        self._sections = _k_weighting(sample_rate_hz)
        self._filter_state: NDArray[np.float64] | None = None
        self._pending: NDArray[np.float64] = np.zeros(0)
        self._step_energies: list[NDArray[np.float64]] = []
        self._recent: NDArray[np.float32] | None = None
        self._peak = 0.0

    @classmethod
    def of_file(cls, path: Path) -> LoudnessMeter:
        """Read a whole sound file."""
        with soundfile.SoundFile(str(path)) as sound:
            meter = cls(sound.samplerate)
            for block in sound.blocks(round(_READ_S * sound.samplerate), dtype="float32", always_2d=True):
                meter.add(block.T)
        return meter

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (channels, frames)."""
        from scipy.signal import sosfilt

        if not block.size:
            return
        if self._filter_state is None:
            self._filter_state = np.zeros((len(self._sections), block.shape[0], 2))
        weighted, self._filter_state = sosfilt(
            self._sections, block.astype(np.float64), axis=1, zi=self._filter_state
        )
        # Left, right and centre weigh the same, so the channels' energies simply add up.
        energy = np.concatenate([self._pending, np.sum(np.square(weighted), axis=0)])
        whole = len(energy) // self._step_samples * self._step_samples
        self._step_energies.append(energy[:whole].reshape(-1, self._step_samples).mean(axis=1))
        self._pending = energy[whole:]
        self._update_peak(block)

    def _update_peak(self, block: NDArray[np.float32]) -> None:
        from scipy.signal import resample_poly

        context = self._recent if self._recent is not None else np.zeros((block.shape[0], 0), np.float32)
        joined = np.concatenate([context, block], axis=1)
        oversampled = resample_poly(joined, OVERSAMPLING, 1, axis=1)
        self._peak = max(self._peak, float(np.max(np.abs(oversampled))), float(np.max(np.abs(block))))
        self._recent = joined[:, -2 * _PEAK_CONTEXT :]

    def true_peak_dbtp(self) -> float:
        """Return the highest level so far, in dB relative to full scale."""
        return 20 * math.log10(self._peak) if self._peak > 0 else -math.inf

    def integrated_lufs(self, spans: Sequence[TimeSpan] | None = None) -> float:
        """Return the loudness of everything, or of what lies in `spans`, after both gates.

        Spans count in steps of 100 ms, each gating block lying within one span; a span shorter than 400 ms
        adds nothing. -inf where nothing is left.
        """
        steps = np.concatenate([*self._step_energies, np.zeros(0)])
        if len(steps) < STEPS_A_BLOCK:
            return -math.inf
        blocks = np.lib.stride_tricks.sliding_window_view(steps, STEPS_A_BLOCK).mean(axis=1)
        if spans is not None:
            blocks = blocks[_within(spans, len(blocks))]
        audible = blocks[blocks > _energy(ABSOLUTE_GATE_LUFS)]
        if not len(audible):
            return -math.inf
        relative_gate = _energy(_lufs(float(audible.mean())) + RELATIVE_GATE_LU)
        return _lufs(float(audible[audible > relative_gate].mean()))


def _within(spans: Sequence[TimeSpan], block_count: int) -> NDArray[np.bool_]:
    """Return which gating blocks lie within one of the spans."""
    chosen = np.zeros(block_count, dtype=bool)
    for span in spans:
        first = math.ceil(span.start_s / STEP_S - 1e-6)
        last = math.floor(span.end_s / STEP_S + 1e-6) - STEPS_A_BLOCK
        chosen[max(first, 0) : max(last + 1, 0)] = True
    return chosen


def _lufs(energy: float) -> float:
    return LOUDNESS_OFFSET_DB + 10 * math.log10(energy)


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs - LOUDNESS_OFFSET_DB) / 10))
