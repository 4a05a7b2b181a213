"""Lets Kokoro pause longer at a mark: as long as the speaker was silent at that place.

The network foretells for how many frames each symbol lasts, which tells where in the sound a mark is. There,
at the quietest moment, silence is put in. (A mark that is made to last longer is filled with breath and the
rest of the word before it.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import FaultError
from models.speech_synthesis.marks import inner_marks
from models.speech_synthesis.phonemes import SYMBOLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

DURATIONS = "/encoder/Round_output_0"
"""How many frames each symbol lasts, shape (1, symbols), as the export of kokoro-onnx names it."""

FRAME, FRAMES_A_SECOND = 600, 40
"""Samples a frame, and how many of them a second has, at 24 kHz."""

QUIET_SPAN = 240
"""Samples over which loudness is compared: 10 ms."""

FADE = 120
"""Samples: 5 ms, which no ear takes for a click."""


def with_durations(model: Any) -> Any:
    """Return a copy of Kokoro's `onnx.ModelProto` with one more output: the frames that each symbol lasts.

    Raises:
        FaultError: the graph has no durations where Kokoro's export has them.
    """
    from onnx import TensorProto, helper

    result = type(model)()
    result.CopyFrom(model)
    if not any(DURATIONS in node.output for node in result.graph.node):
        raise FaultError(f"This is no Kokoro graph: nothing makes its durations, {DURATIONS!r}.")
    result.graph.output.append(helper.make_tensor_value_info(DURATIONS, TensorProto.FLOAT, [1, "symbols"]))
    return result


def with_pauses(
    samples: NDArray[np.float32], durations: NDArray[np.float32], phonemes: str, pauses_s: Sequence[float]
) -> NDArray[np.float32]:
    """Return the sound with silence at its marks where it is silent there for less than asked.

    Args:
        samples: Shape (frames,), 24 kHz.
        durations: Frames of every symbol, the two that Kokoro stands at the ends included.
        phonemes: What is said; symbols that Kokoro does not know last no time.
        pauses_s: At each of its `inner_marks`, in order. Where there are more or fewer of these, since the
            phonemes of a number or an abbreviation have marks of their own, nothing is put in.
    """
    marks = inner_marks(phonemes)
    if not marks or len(marks) != len(pauses_s):
        return samples
    edges = FRAME * np.concatenate([[0], np.cumsum(durations)]).astype(int)
    parts, done = [], 0
    for mark, pause_s in zip(marks, pauses_s, strict=True):
        symbol = 1 + sum(each in SYMBOLS for each in phonemes[:mark])
        begins = edges[symbol]
        ends = edges[min(symbol + 2, len(edges) - 1)]  # the mark and the space after it
        lacking = round(pause_s * FRAMES_A_SECOND) * FRAME - (ends - begins)
        if lacking > 0:
            cut = quietest(samples, begins, ends)
            parts += [_faded(samples[done:cut], begins=done > 0), np.zeros(lacking, np.float32)]
            done = cut
    return np.concatenate([*parts, _faded(samples[done:], begins=done > 0, ends=False)])


def quietest(samples: NDArray[np.float32], begins: int, ends: int) -> int:
    """Return the middle of the quietest 10 ms of a part of a sound."""
    power = np.square(samples[begins:ends], dtype=np.float64)
    if len(power) <= QUIET_SPAN:
        return (begins + min(ends, len(samples))) // 2
    spans = np.convolve(power, np.ones(QUIET_SPAN), "valid")
    return begins + int(spans.argmin()) + QUIET_SPAN // 2


def _faded(samples: NDArray[np.float32], *, begins: bool, ends: bool = True) -> NDArray[np.float32]:
    """Return a part that was cut out, faded in and out where it was cut."""
    faded = samples.copy()
    ramp = np.linspace(0.0, 1.0, min(FADE, len(faded)), dtype=np.float32)
    if begins:
        faded[: len(ramp)] *= ramp
    if ends:
        faded[len(faded) - len(ramp) :] *= ramp[::-1]
    return faded
