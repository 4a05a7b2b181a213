"""Silero's voice activity detector, run by onnxruntime.

The network and its input layout: https://github.com/snakers4/silero-vad (MIT), version 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from models.errors import FaultError, ModelOutputError
from models.types import TimeSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_FRAMES = 512
"""What the network judges at a time, 32 ms at 16 kHz; fixed by its training."""

CONTEXT_FRAMES = 64
"""The end of the window before, which the network wants in front of each window."""

STATE_SHAPE = (2, 1, 128)
"""The network's memory from window to window."""


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """How window probabilities become spans; the defaults are the authors' own.

    Attributes:
        start_probability: Speech starts with a window at or above this.
        end_probability: It may end with a window below this.
        minimum_speech_s: Shorter speech is a click or a cough.
        minimum_silence_s: Shorter silence belongs to the speech around it.
        padding_s: Added on both sides, for soft consonants.
    """

    start_probability: float = 0.5
    end_probability: float = 0.35
    minimum_speech_s: float = 0.25
    minimum_silence_s: float = 0.1
    padding_s: float = 0.03


class SileroVoiceActivityDetector:
    """Finds speech in a stream; its memory holds one window, however long the stream."""

    sample_rate_hz: ClassVar[int] = 16_000

    def __init__(self, session: Any, hysteresis: Hysteresis) -> None:
        self._session = session
        self._hysteresis = hysteresis

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> Self:
        """Load `silero_vad.onnx`.

        Args:
            files: Holds `silero_vad.onnx`.
            options: Fields of `Hysteresis`, each optional.

        Raises:
            FaultError: an option is not known.
        """
        import onnxruntime

        try:
            hysteresis = Hysteresis(**options)
        except TypeError as error:
            message = f"Silero's options are the fields of Hysteresis: {error}"
            raise FaultError(message) from error
        settings = onnxruntime.SessionOptions()
        # The network is tiny: a second thread costs more than it brings.
        settings.intra_op_num_threads = 1
        settings.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(files["silero_vad.onnx"]), settings, providers=["CPUExecutionProvider"]
        )
        return cls(session, hysteresis)

    def detect_speech(self, blocks: Iterable[NDArray[np.float32]]) -> tuple[TimeSpan, ...]:
        """Return the spans of speech, in order, disjoint.

        Args:
            blocks: Consecutive mono blocks, shape (frames,), at 16 kHz, of any length.

        Raises:
            ModelOutputError: the network returned something that is no probability.
        """
        counter = _FrameCounter(blocks)
        probabilities = list(self._probabilities(counter))
        return spans_of(probabilities, counter.frames / self.sample_rate_hz, self._hysteresis)

    def _probabilities(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[float]:
        state = np.zeros(STATE_SHAPE, dtype=np.float32)
        context = np.zeros(CONTEXT_FRAMES, dtype=np.float32)
        rate = np.array(self.sample_rate_hz, dtype=np.int64)
        for window in _windows(blocks):
            heard = np.concatenate([context, window])[np.newaxis]
            output, state = self._session.run(None, {"input": heard, "state": state, "sr": rate})
            probability = float(output[0, 0])
            if not 0.0 <= probability <= 1.0:
                message = f"Silero returned {probability} where a probability was due"
                raise ModelOutputError(message)
            yield probability
            context = window[-CONTEXT_FRAMES:]


class _FrameCounter:
    """Passes blocks on and counts their frames."""

    def __init__(self, blocks: Iterable[NDArray[np.float32]]) -> None:
        self._blocks = blocks
        self.frames = 0

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for block in self._blocks:
            self.frames += len(block)
            yield block


def _windows(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Cut blocks of any length into windows; the last one is filled up with silence."""
    rest = np.zeros(0, dtype=np.float32)
    for block in blocks:
        joined = np.concatenate([rest, block.astype(np.float32, copy=False)])
        whole = len(joined) - len(joined) % WINDOW_FRAMES
        yield from joined[:whole].reshape(-1, WINDOW_FRAMES)
        rest = joined[whole:]
    if len(rest):
        yield np.pad(rest, (0, WINDOW_FRAMES - len(rest)))


def spans_of(
    probabilities: Iterable[float], duration_s: float, hysteresis: Hysteresis
) -> tuple[TimeSpan, ...]:
    """Turn one probability a window into disjoint spans of speech, in order, within the sound."""
    window_s = WINDOW_FRAMES / SileroVoiceActivityDetector.sample_rate_hz
    spans = [
        span
        for span in _unpadded_spans(probabilities, duration_s, window_s, hysteresis)
        if span.duration_s >= hysteresis.minimum_speech_s
    ]
    padded: list[TimeSpan] = []
    for span in spans:
        start_s = max(0.0, span.start_s - hysteresis.padding_s)
        end_s = min(duration_s, span.end_s + hysteresis.padding_s)
        if padded and start_s < padded[-1].end_s:
            # The silence between is shorter than two paddings: they meet in its middle.
            middle_s = (padded[-1].end_s + start_s) / 2
            padded[-1] = TimeSpan(padded[-1].start_s, middle_s)
            start_s = middle_s
        padded.append(TimeSpan(start_s, end_s))
    return tuple(padded)


def _unpadded_spans(
    probabilities: Iterable[float], duration_s: float, window_s: float, hysteresis: Hysteresis
) -> Iterator[TimeSpan]:
    start_s: float | None = None
    silent_since_s: float | None = None
    for index, probability in enumerate(probabilities):
        clock_s = index * window_s
        if probability >= hysteresis.start_probability:
            start_s = clock_s if start_s is None else start_s
            silent_since_s = None
        elif start_s is not None and probability < hysteresis.end_probability:
            silent_since_s = clock_s if silent_since_s is None else silent_since_s
            if clock_s - silent_since_s >= hysteresis.minimum_silence_s:
                yield TimeSpan(start_s, silent_since_s)
                start_s = silent_since_s = None
    if start_s is not None:
        yield TimeSpan(start_s, min(silent_since_s or duration_s, duration_s))
