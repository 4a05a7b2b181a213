from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.catalog import load_catalog
from models.errors import FaultError
from models.speech_synthesis.kokoro_float import to_float
from models.weights import WeightsStore

CHANNELS, LENGTH, FEATURES = 3, 12, 5


def weights(name: str, *shape: int) -> TensorProto:
    values = np.random.default_rng(len(name)).normal(0, 0.5, shape).astype(np.float32)
    return numpy_helper.from_array(values, name)


def float_model() -> onnx.ModelProto:
    """A convolution with a bias, one without, and a matrix product."""
    nodes = [
        helper.make_node("Conv", ["x", "kernel", "bias"], ["a"], "first", pads=[1, 1], kernel_shape=[3]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second_kernel"], ["c"], "second", kernel_shape=[1], strides=[2]),
        helper.make_node("MatMul", ["c", "matrix"], ["d"], "product"),
        helper.make_node("Tanh", ["d"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, LENGTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, FEATURES])],
        [
            weights("kernel", 6, CHANNELS, 3),
            weights("bias", 6),
            weights("second_kernel", 4, 6, 1),
            weights("matrix", LENGTH // 2, FEATURES),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module", params=[False, True], ids=["one scale", "one scale a channel"])
def quantised(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model as this ONNX Runtime quantises it."""
    folder = tmp_path_factory.mktemp("onnx")
    onnx.save(float_model(), folder / "float.onnx")
    quantize_dynamic(
        folder / "float.onnx",
        folder / "int8.onnx",
        weight_type=QuantType.QUInt8,
        per_channel=request.param,
        op_types_to_quantize=["Conv", "MatMul"],
    )
    return folder / "int8.onnx"


def answer(model: onnx.ModelProto | Path, x: np.ndarray) -> np.ndarray:
    content = str(model) if isinstance(model, Path) else model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


def sound(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (1, CHANNELS, LENGTH)).astype(np.float32)


def operators(model: onnx.ModelProto) -> set[str]:
    return {node.op_type for node in model.graph.node}


def test_a_quantised_model_computes_in_float_again(quantised: Path) -> None:
    assert {"ConvInteger", "MatMulInteger", "DynamicQuantizeLinear"} <= operators(onnx.load(quantised))
    converted = to_float(onnx.load(quantised))
    onnx.checker.check_model(converted)
    # This ONNX Runtime adds biases as floats, after a convolution: they stay where they are.
    assert operators(converted) == {"Conv", "Reshape", "Add", "Relu", "MatMul", "Tanh"}


def test_what_quantising_the_activations_lost_is_won_back(quantised: Path) -> None:
    converted = to_float(onnx.load(quantised))
    errors = {"int8": 0.0, "float": 0.0}
    for seed in range(10):
        truth = answer(float_model(), sound(seed))
        errors["int8"] += np.abs(answer(quantised, sound(seed)) - truth).mean()
        errors["float"] += np.abs(answer(converted, sound(seed)) - truth).mean()
    assert errors["float"] < errors["int8"]
    assert errors["float"] / 10 < 0.01  # what the 8-bit weights lost


def test_attributes_are_kept(quantised: Path) -> None:
    first, second = (node for node in to_float(onnx.load(quantised)).graph.node if node.op_type == "Conv")
    assert next(list(each.ints) for each in first.attribute if each.name == "pads") == [1, 1]
    assert next(list(each.ints) for each in second.attribute if each.name == "strides") == [2]


def integer_convolution() -> onnx.ModelProto:
    """A convolution whose bias is added as an integer, as in Kokoro's file."""
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "x_scale", "x_zero"]),
        helper.make_node("ConvInteger", ["q", "w", "x_zero", "w_zero"], ["n"], "first", pads=[1, 1]),
        helper.make_node("Mul", ["x_scale", "w_scale"], ["scale"]),
        helper.make_node("Div", ["bias", "scale"], ["divided"]),
        helper.make_node("Floor", ["divided"], ["floored"]),
        helper.make_node("Cast", ["floored"], ["integer"], to=TensorProto.INT32),
        helper.make_node("Reshape", ["integer", "shape"], ["shaped"]),
        helper.make_node("Add", ["n", "shaped"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["cast", "scale"], ["y"]),
    ]
    random = np.random.default_rng(8)
    constants = {
        "w": random.integers(0, 255, (4, CHANNELS, 3)).astype(np.uint8),
        "w_zero": np.array(120, np.uint8),
        "w_scale": np.array(0.01, np.float32),
        "bias": random.normal(0, 1, 4).astype(np.float32),
        "shape": np.array([1, -1, 1], np.int64),
    }
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, LENGTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, LENGTH])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_a_bias_that_was_added_as_an_integer_is_one_of_the_convolution_again() -> None:
    quantised = integer_convolution()
    converted = to_float(quantised)
    [convolution] = converted.graph.node
    assert (convolution.op_type, convolution.input[2]) == ("Conv", "bias")
    assert np.abs(answer(converted, sound()) - answer(quantised, sound())).max() < 0.1
    # What is left is what quantising x to 8 bits costs: nothing where 8 bits hold it.
    x = np.round(sound() * 20).clip(-127, 128).astype(np.float32)
    x[0, 0, :2] = [-127, 128]  # so that a step is 1
    assert np.abs(answer(converted, x) - answer(quantised, x)).max() < 0.02


def test_no_constant_is_left_that_nobody_reads(quantised: Path) -> None:
    converted = to_float(onnx.load(quantised))
    read = {name for node in converted.graph.node for name in node.input}
    assert {each.name for each in converted.graph.initializer} <= read


def test_the_model_that_was_handed_in_is_not_changed(quantised: Path) -> None:
    model = onnx.load(quantised)
    before = model.SerializeToString()
    to_float(model)
    assert model.SerializeToString() == before


def test_a_model_without_quantised_nodes_stays_as_it_is() -> None:
    assert operators(to_float(float_model())) == operators(float_model())
    assert np.array_equal(answer(to_float(float_model()), sound()), answer(float_model(), sound()))


def integer_product(*, quantizer: str = "DynamicQuantizeLinear", after: str = "Cast") -> onnx.ModelProto:
    """One integer product in surroundings that may be others than the converter knows."""
    nodes = [
        helper.make_node(quantizer, ["x"], ["q", "scale", "zero"][: 3 if quantizer.startswith("D") else 1]),
        helper.make_node("MatMulInteger", ["q", "w"], ["n"], "product"),
        helper.make_node(after, ["n"], ["y"], **({"to": TensorProto.FLOAT} if after == "Cast" else {})),
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 2])],
        [numpy_helper.from_array(np.ones((2, 2), np.uint8), "w")],
    )
    return helper.make_model(graph)


@pytest.mark.parametrize(
    ("surroundings", "said"),
    [
        ({"quantizer": "Identity"}, "does not come from DynamicQuantizeLinear"),
        ({"after": "Identity"}, "goes to Identity, not to Cast or Add"),
        ({}, "goes to nothing, not to Mul"),
    ],
)
def test_a_node_in_unknown_surroundings_is_named_with_what_to_do(
    surroundings: dict[str, Any], said: str
) -> None:
    with pytest.raises(FaultError, match=rf"'product' \(MatMulInteger\).*{said}.*arithmetic: int8"):
        to_float(integer_product(**surroundings))


@pytest.mark.models
def test_no_quantised_node_of_the_real_model_is_left() -> None:
    entry = load_catalog().entry("kokoro-82m-int8")
    source = WeightsStore.from_environment().files(entry)["kokoro-v1.0.int8.onnx"]
    converted = to_float(onnx.load(source))
    assert not {"MatMulInteger", "ConvInteger", "DynamicQuantizeLinear"} & operators(converted)
