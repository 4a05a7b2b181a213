"""A graph that foretells pitch and durations where Kokoro's does: it says what it is given."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from models.speech_synthesis.kokoro_melody import PITCH_CURVE
from models.speech_synthesis.kokoro_pauses import DURATIONS


def pitch_graph(nodes_more: int = 0, curve: str = PITCH_CURVE, durations: str = DURATIONS) -> onnx.ModelProto:
    """From `x` to durations, to a pitch curve, to two readers of it, as in Kokoro, to `y`, their mean."""
    nodes = [
        helper.make_node("Flatten", ["x"], [durations]),
        helper.make_node("Unsqueeze", [durations, "axes"], [curve]),
        helper.make_node("Identity", [curve], ["contour"]),
        helper.make_node("Identity", [curve], ["source"]),
        helper.make_node("Mean", ["contour", "source"], ["y"]),
        *(helper.make_node("Identity", ["y"], [f"more{number}"]) for number in range(nodes_more)),
    ]
    shape = [1, 1, "frames"]
    graph = helper.make_graph(
        nodes,
        "pitch",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor("axes", TensorProto.INT64, [1], [1])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
