"""Lets Kokoro's melody be moved: how high it speaks, and how far its pitch rises and falls.

The network foretells a pitch for every frame before it makes the sound. Between the two, this module puts
a few operators that move the logarithm of that pitch: its mean by some octaves, and what lies above and below
the mean by a factor. The sound is then made for that pitch, so that nothing is resampled or stretched.

New inputs of the graph, float32, shape (1,) each:

- `pitch_shift`, in octaves, 0 for none;
- `pitch_range`, a factor, 1 for as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.errors import FaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

PITCH_SHIFT = "pitch_shift"
PITCH_RANGE = "pitch_range"

PITCH_CURVE = "/encoder/F0_proj/Conv_output_0"
"""The foretold pitch in Hz, shape (1, 1, frames), as the export of kokoro-onnx names it (its projection
`F0_proj`; Li et al., "StyleTTS 2", 2023, appendix A)."""

UNVOICED_BELOW_HZ = 40.0
"""Below the deepest voice; the network says that a frame has no voice by a pitch near or under zero."""


def with_melody(model: Any) -> Any:
    """Return a copy of Kokoro's `onnx.ModelProto` whose melody two more inputs move.

    Raises:
        FaultError: the graph has no pitch curve where Kokoro's export has it.
    """
    from onnx import TensorProto, helper

    result = type(model)()
    result.CopyFrom(model)
    graph = result.graph
    made_at = [number for number, node in enumerate(graph.node) if PITCH_CURVE in node.output]
    if len(made_at) != 1:
        found = "no node" if not made_at else f"{len(made_at)} nodes"
        raise FaultError(f"This is no Kokoro graph: its pitch, {PITCH_CURVE!r}, is made by {found}.")
    moved = f"{PITCH_CURVE}_moved"
    for node in graph.node:
        node.input[:] = [moved if name == PITCH_CURVE else name for name in node.input]
    for name in (PITCH_SHIFT, PITCH_RANGE):
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]))
    nodes = [*graph.node[: made_at[0] + 1], *_moving(moved), *graph.node[made_at[0] + 1 :]]
    del graph.node[:]
    graph.node.extend(nodes)
    return result


def _moving(moved: str) -> Iterator[Any]:
    """Yield the operators from the pitch curve to the one that is `moved`."""
    import numpy as np
    from onnx import helper, numpy_helper

    def name(part: str) -> str:
        return f"/melody/{part}"

    def constant(part: str, value: float) -> Any:
        tensor = numpy_helper.from_array(np.array([value], np.float32))
        return helper.make_node("Constant", [], [name(part)], value=tensor)

    def node(operator: str, inputs: list[str], output: str, **attributes: Any) -> Any:
        return helper.make_node(operator, inputs, [output], name=f"{output}_{operator}", **attributes)

    yield constant("floor", UNVOICED_BELOW_HZ)
    yield constant("one", 1.0)
    yield constant("octave", float(np.log(2.0)))
    yield node("Greater", [PITCH_CURVE, name("floor")], name("voiced"))
    yield node("Cast", [name("voiced")], name("weight"), to=1)
    yield node("Max", [PITCH_CURVE, name("floor")], name("audible"))
    yield node("Log", [name("audible")], name("height"))
    yield node("Mul", [name("height"), name("weight")], name("weighted"))
    yield node("ReduceSum", [name("weighted")], name("sum"), keepdims=1)
    yield node("ReduceSum", [name("weight")], name("count"), keepdims=1)
    yield node("Max", [name("count"), name("one")], name("divisor"))
    yield node("Div", [name("sum"), name("divisor")], name("mean"))
    yield node("Sub", [name("height"), name("mean")], name("excursion"))
    yield node("Mul", [name("excursion"), PITCH_RANGE], name("wider"))
    yield node("Mul", [PITCH_SHIFT, name("octave")], name("shift"))
    yield node("Add", [name("mean"), name("shift")], name("new_mean"))
    yield node("Add", [name("wider"), name("new_mean")], name("new_height"))
    yield node("Exp", [name("new_height")], name("new_pitch"))
    yield node("Where", [name("voiced"), name("new_pitch"), PITCH_CURVE], moved)
