"""Turns a dynamically quantised ONNX graph back into float32.

ONNX Runtime's `quantize_dynamic` stores weights as 8-bit integers and quantises activations while it
runs. On CPUs without 8-bit dot products (VNNI and its like) that is slower than plain float
arithmetic: there Kokoro runs about twice as fast after the conversion. What the 8-bit weights lost
stays lost; what quantising the activations costs in accuracy is won back.

What is recognised, as written by `onnxruntime.quantization` (1.16 to 1.32):

    x -> DynamicQuantizeLinear -> MatMulInteger | ConvInteger -> [Add bias/scale] -> Cast -> Mul scale

becomes `x -> MatMul | Conv (with bias)`. Every other node stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import FaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_FLOAT_OPERATORS = {"MatMulInteger": "MatMul", "ConvInteger": "Conv"}


def to_float(model: Any) -> Any:
    """Return a copy of a dynamically quantised `onnx.ModelProto` that computes in float32.

    Raises:
        FaultError: a quantised node stands in surroundings this module does not know; it is named.
    """
    from onnx import numpy_helper

    result = type(model)()
    result.CopyFrom(model)
    graph = _Graph(result.graph)
    replacements = [
        _replacement(graph, node) for node in result.graph.node if node.op_type in _FLOAT_OPERATORS
    ]
    for weights_name, weights in {each.weights_name: each.weights for each in replacements}.items():
        result.graph.initializer.append(
            numpy_helper.from_array(_dequantised_weights(graph, weights), weights_name)
        )
    nodes = _nodes_after(result.graph, replacements)
    needed = {name for node in nodes for name in _names_read(node)}
    needed.update(each.name for each in result.graph.output)
    initializers = [each for each in result.graph.initializer if each.name in needed]
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    del result.graph.initializer[:]
    result.graph.initializer.extend(initializers)
    del result.graph.value_info[:]  # they describe tensors that are gone
    return result


class _Graph:
    """Looks up who makes a tensor, who reads it, and what a constant holds."""

    def __init__(self, graph: Any) -> None:
        self.producer = {name: node for node in graph.node for name in node.output}
        self.constants = {each.name: each for each in graph.initializer}
        self._consumers: dict[str, list[Any]] = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                self._consumers[name].append(node)

    def only_consumer(self, name: str, node: Any, *operators: str) -> Any:
        """Return the single reader of a tensor, which must be one of `operators`."""
        consumers = self._consumers[name]
        if len(consumers) != 1 or consumers[0].op_type not in operators:
            found = ", ".join(each.op_type for each in consumers) or "nothing"
            raise _unknown_surroundings(node, f"its result goes to {found}, not to {' or '.join(operators)}")
        return consumers[0]

    def array(self, name: str, node: Any) -> NDArray[Any]:
        """Return a constant's values."""
        from onnx import numpy_helper

        if name not in self.constants:
            raise _unknown_surroundings(node, f"its input {name!r} is not a constant")
        array: NDArray[Any] = numpy_helper.to_array(self.constants[name])
        return array


@dataclass(frozen=True, slots=True)
class _QuantisedWeights:
    """Where the graph keeps the weights of one integer node."""

    node: Any
    scale_name: str


@dataclass(frozen=True, slots=True)
class _Replacement:
    """The float node that stands for some quantised ones, and the weights it needs under that name."""

    node: Any
    weights_name: str
    weights: _QuantisedWeights


def _replacement(graph: _Graph, node: Any) -> _Replacement:
    """Read what surrounds one integer node and build the float node that says the same."""
    from onnx import helper

    quantizer = graph.producer.get(node.input[0])
    if quantizer is None or quantizer.op_type != "DynamicQuantizeLinear":
        raise _unknown_surroundings(node, "its first input does not come from DynamicQuantizeLinear")
    after = graph.only_consumer(node.output[0], node, "Cast", "Add")
    inputs = [quantizer.input[0], f"{node.input[1]}_float32"]
    if after.op_type == "Add":
        if node.op_type != "ConvInteger":
            raise _unknown_surroundings(node, "an integer bias was expected on convolutions only")
        inputs.append(_bias_name(graph, node, after))
        after = graph.only_consumer(after.output[0], node, "Cast")
    rescale = graph.only_consumer(after.output[0], node, "Mul")
    float_node = helper.make_node(
        _FLOAT_OPERATORS[node.op_type], inputs, [rescale.output[0]], name=f"{node.name}_float32"
    )
    float_node.attribute.extend(node.attribute)
    weights = _QuantisedWeights(node, _weight_scale_name(graph, node, after, rescale))
    return _Replacement(float_node, inputs[1], weights)


def _bias_name(graph: _Graph, node: Any, addition: Any) -> str:
    """Follow Add <- Reshape <- Cast <- Floor <- Div back to the bias as it was before quantisation."""
    name = _other_input(addition, node.output[0])
    while (producer := graph.producer.get(name)) is not None:
        if producer.op_type not in ("Reshape", "Cast", "Floor", "Div"):
            raise _unknown_surroundings(node, f"its bias passes through {producer.op_type}")
        name = producer.input[0]
    graph.array(name, node)
    return name


def _weight_scale_name(graph: _Graph, node: Any, cast: Any, rescale: Any) -> str:
    """Return the constant factor of `activation scale * weight scale`."""
    product = graph.producer.get(_other_input(rescale, cast.output[0]))
    if product is None or product.op_type != "Mul":
        raise _unknown_surroundings(node, "its scale is not the product of two scales")
    constants = [name for name in product.input if name in graph.constants]
    if len(constants) != 1:
        raise _unknown_surroundings(node, "its scale has no constant factor")
    return str(constants[0])


def _dequantised_weights(graph: _Graph, quantised: _QuantisedWeights) -> NDArray[np.float32]:
    """Compute (weights - zero point) * scale; both are one number or one a channel."""
    node = quantised.node
    weights = graph.array(node.input[1], node)
    scale = graph.array(quantised.scale_name, node)
    has_zero_point = len(node.input) > 3 and node.input[3]  # noqa: PLR2004 (the fourth input is the zero point)
    zero_point = graph.array(node.input[3], node) if has_zero_point else np.zeros((), weights.dtype)
    channels_first = node.op_type == "ConvInteger"

    def along_channels(values: NDArray[Any]) -> NDArray[np.float32]:
        shape = [-1] + [1] * (weights.ndim - 1) if channels_first else [-1]
        return values.astype(np.float32).reshape(shape if values.size > 1 else ())

    return (weights.astype(np.float32) - along_channels(zero_point)) * along_channels(scale)


def _other_input(node: Any, name: str) -> str:
    first, second = node.input
    return str(second if first == name else first)


def _nodes_after(graph: Any, replacements: list[_Replacement]) -> list[Any]:
    """Put each float node where the last of the nodes it replaces stood, and drop what nobody reads now.

    A float node takes the place of the one that made the same tensor, so the order stays topological.
    """
    by_output = {each.node.output[0]: each.node for each in replacements}
    replaced = [by_output.get(node.output[0], node) for node in graph.node]
    needed = {each.name for each in graph.output}
    kept = []
    for node in reversed(replaced):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(_names_read(node))
    return kept[::-1]


def _names_read(node: Any) -> Iterator[str]:
    """Yield every tensor that a node reads, inside its subgraphs too."""
    yield from node.input
    for attribute in node.attribute:
        for subgraph in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
            for inner in subgraph.node:
                yield from _names_read(inner)


def _unknown_surroundings(node: Any, detail: str) -> FaultError:
    return FaultError(
        f"Cannot turn node {node.name or node.output[0]!r} ({node.op_type}) back into float32: {detail}. "
        "Run the quantised file itself (option arithmetic: int8) or teach kokoro_float this pattern."
    )
