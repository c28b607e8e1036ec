"""ONNX files that others wrote, as networks."""

from pathlib import Path

import numpy as np
import pytest

import nn
from nn import CrossEntropyLoss, ModelFileError, NeuralNetwork

onnx = pytest.importorskip("onnx", reason="ONNX files need the package onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from nn.onnx.image_nodes import OF_IMAGES  # noqa: E402
from nn.onnx.nodes import _ROWS  # noqa: E402

FILES = Path(__file__).parent / "onnx_files"
W = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
B = np.array([0.5, -1.0, 2.0], np.float32)


def node(operator, *inputs, output=None, **attributes):
    return helper.make_node(operator, list(inputs), [output or operator], **attributes)


def constant(name, array):
    return node("Constant", output=name, value=numpy_helper.from_array(np.asarray(array)))


def floats(*numbers):
    return np.array(numbers, np.float32)


def whole(*numbers):
    return np.array(numbers, np.int64)


def model_of(nodes, constants=(), *, shape=("n", 4), opset=23, dtype=TensorProto.FLOAT):
    """A chain of nodes from x; the result is that of the last node."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info(nodes[-1].output[0], dtype, None)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


@pytest.fixture
def load(tmp_path):
    def load(model):
        path = tmp_path / "m.onnx"
        path.write_bytes(model.SerializeToString())
        return nn.onnx.load(path)

    return load


def batch(*shape, dtype=np.float32):
    return np.random.default_rng(1).normal(size=shape).astype(dtype)


# --- PyTorch's ------------------------------------------------------------------------------------


@pytest.mark.parametrize("exporter", ["dynamo", "torchscript"])
@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("viewed", "Flatten FullyConnected ReLU FullyConnected SoftMax"),
        (
            "sequential",
            "Flatten FullyConnected ReLU FullyConnected LeakyReLU ELU Sigmoid Tanh LeakyReLU Clip "
            "FullyConnected SoftMax",
        ),
    ],
)
def test_files_of_pytorch_predict_what_pytorch_did(name, layers, exporter):
    network = nn.onnx.load(FILES / f"{name}_{exporter}.onnx")
    kinds = [type(layer).__name__ for layer in network.layers]
    # One exporter makes one Clip of two.
    assert [kind for at, kind in enumerate(kinds) if kind != kinds[at - 1]] == layers.split()
    with np.load(FILES / f"{name}.npz") as expected:
        np.testing.assert_allclose(network.predict(expected["x"]), expected["y"], atol=1e-6)


def test_a_network_of_pytorch_can_be_trained_further():
    network = nn.onnx.load(FILES / "viewed_dynamo.onnx")
    x, y = batch(6, 3, 4), np.array([0, 1, 2, 0, 1, 2])
    assert repr(network.loss) == repr(CrossEntropyLoss("mean"))  # behind its SoftMax
    before = network.evaluate(x, y)["loss"]
    network.fit(x, y, epochs=5, batch_size=3, progress=False)
    assert network.evaluate(x, y)["loss"] < before


# --- node by node ---------------------------------------------------------------------------------

SAMPLES = batch(5, 4)


def by_layer(layer):
    return lambda x: layer.forward(x)


def normalized(x, epsilon):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)


NODES = {
    "Gemm": (
        [node("Gemm", "x", "W", "b", transB=1, alpha=0.5, beta=2.0)],
        [("W", W.T), ("b", B)],
        lambda x: 0.5 * (x @ W) + 2.0 * B,
    ),
    "Gemm with one number as bias": (
        [node("Gemm", "x", "W", "b")],
        [("W", W), ("b", floats(0.5))],
        lambda x: x @ W + 0.5,
    ),
    "MatMul": ([node("MatMul", "x", "W")], [("W", W)], lambda x: x @ W),
    "MatMul of a transposed constant": (
        [node("Transpose", "W", output="V", perm=[1, 0]), node("MatMul", "x", "V")],
        [("W", W.T)],
        lambda x: x @ W,
    ),
    "Add": (
        [node("MatMul", "x", "W"), node("Add", "b", "MatMul")],
        [("W", W), ("b", B.reshape(1, 3))],
        lambda x: x @ W + B,
    ),
    "Relu": ([node("Relu", "x")], [], lambda x: np.maximum(x, 0)),
    "LeakyRelu": (
        [node("LeakyRelu", "x", alpha=0.2)],
        [],
        lambda x: np.where(x > 0, x, np.float32(0.2) * x),
    ),
    "LeakyRelu by default": (
        [node("LeakyRelu", "x")],
        [],
        lambda x: np.where(x > 0, x, np.float32(0.01) * x),
    ),
    "PRelu": (
        [node("PRelu", "x", "a")],
        [("a", floats(0.3).reshape(1, 1))],
        lambda x: np.where(x > 0, x, np.float32(0.3) * x),
    ),
    "Elu": ([node("Elu", "x", alpha=0.5)], [], lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
    "Sigmoid": ([node("Sigmoid", "x")], [], lambda x: 1 / (1 + np.exp(-x))),
    "Tanh": ([node("Tanh", "x")], [], np.tanh),
    "Clip": (
        [constant("low", np.float32(-0.5)), node("Clip", "x", "low", "high")],
        [("high", np.float32(0.25))],
        lambda x: np.clip(x, -0.5, 0.25),
    ),
    "Clip from 0": (
        [node("Clip", "x", "low")],
        [("low", np.float32(0.0))],
        lambda x: np.maximum(x, 0),
    ),
    "Clip without the lower": (
        [node("Clip", "x", "", "high")],
        [("high", np.float32(0.25))],
        lambda x: np.minimum(x, 0.25),
    ),
    "PRelu of channels": (
        [node("PRelu", "x", "a")],
        [("a", floats(0.1, 0.2, 0.3, 0.4))],
        lambda x: np.where(x > 0, x, floats(0.1, 0.2, 0.3, 0.4) * x),
    ),
    "Selu": ([node("Selu", "x")], [], by_layer(nn.SELU())),
    "Gelu": ([node("Gelu", "x")], [], by_layer(nn.GELU())),
    "Gelu by tanh": (
        [node("Gelu", "x", approximate="tanh")],
        [],
        by_layer(nn.GELU(approximate=True)),
    ),
    "Softplus": ([node("Softplus", "x")], [], lambda x: np.log1p(np.exp(x))),
    "Softsign": ([node("Softsign", "x")], [], lambda x: x / (1 + np.abs(x))),
    "HardSigmoid": (
        [node("HardSigmoid", "x", alpha=1 / 6)],
        [],
        lambda x: np.clip(x / 6 + 0.5, 0, 1),
    ),
    "LogSoftmax": (
        [node("LogSoftmax", "x")],
        [],
        lambda x: x - np.log(np.exp(x).sum(axis=1, keepdims=True)),
    ),
    "BatchNormalization": (
        [node("BatchNormalization", "x", *"abcd", epsilon=0.25)],
        [(name, floats(1, 2, 3, 4) + at) for at, name in enumerate("abcd")],
        lambda x: (
            (x - floats(3, 4, 5, 6)) / np.sqrt(floats(4, 5, 6, 7) + 0.25) * floats(1, 2, 3, 4)
            + floats(2, 3, 4, 5)
        ),
    ),
    "LayerNormalization": (
        [node("LayerNormalization", "x", "a", "b", epsilon=0.25)],
        [("a", floats(1, 2, 3, 4)), ("b", floats(4, 3, 2, 1))],
        lambda x: normalized(x, 0.25) * floats(1, 2, 3, 4) + floats(4, 3, 2, 1),
    ),
    "LayerNormalization without a shift": (
        [node("LayerNormalization", "x", "a", axis=1)],
        [("a", floats(1, 2, 3, 4))],
        lambda x: normalized(x, 1e-5) * floats(1, 2, 3, 4),
    ),
    "RMSNormalization": (
        [node("RMSNormalization", "x", "a")],
        [("a", floats(1, 2, 3, 4))],
        lambda x: x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5) * floats(1, 2, 3, 4),
    ),
    "InstanceNormalization": (
        [node("Reshape", "x", "s"), node("InstanceNormalization", "Reshape", "a", "b")],
        [("s", whole(0, 2, 2)), ("a", floats(1, 2)), ("b", floats(4, 3))],
        lambda x: (
            normalized(x.reshape(-1, 2, 2), 1e-5) * floats(1, 2)[:, None] + floats(4, 3)[:, None]
        ),
    ),
    "GroupNormalization": (
        [node("GroupNormalization", "x", "a", "b", num_groups=2)],
        [("a", floats(1, 2, 3, 4)), ("b", floats(4, 3, 2, 1))],
        lambda x: (
            normalized(x.reshape(-1, 2, 2), 1e-5).reshape(x.shape) * floats(1, 2, 3, 4)
            + floats(4, 3, 2, 1)
        ),
    ),
    "Softmax": (
        [node("Softmax", "x", axis=1)],
        [],
        lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True),
    ),
    "Dropout": (
        [node("Dropout", "x", "ratio"), node("Tanh", "Dropout")],
        [("ratio", np.float32(0.3))],
        np.tanh,
    ),
    "Identity": (
        [node("Identity", "W", output="V"), node("Identity", "x"), node("MatMul", "Identity", "V")],
        [("W", W)],
        lambda x: x @ W,
    ),
    "Cast": ([node("Cast", "x", to=1), node("Tanh", "Cast")], [], np.tanh),
    "Flatten": ([node("Flatten", "x")], [], lambda x: x),
    "Reshape": (
        [node("Reshape", "x", "s")],
        [("s", whole(-1, 2, 2))],
        lambda x: x.reshape(5, 2, 2),
    ),
    "Reshape that keeps the first axis": (
        [node("Reshape", "x", "s")],
        [("s", whole(0, 2, -1))],
        lambda x: x.reshape(5, 2, 2),
    ),
    "Reshape that keeps two axes": (
        [node("Reshape", "x", "s")],
        [("s", whole(0, 0, 1))],
        lambda x: x.reshape(5, 4, 1),
    ),
    "Reshape by a shape that is computed": (
        [
            node("Shape", "x", start=0, end=1),
            constant("two", whole(2)),
            node("Concat", "Shape", "two", "two", axis=0),
            node("Reshape", "x", "Concat"),
        ],
        [],
        lambda x: x.reshape(5, 2, 2),
    ),
    "Reshape by a shape in pieces": (
        [
            node("Shape", "x"),
            node("Slice", "Shape", "zero", "one", output="first"),
            node("Squeeze", "first"),
            node("Unsqueeze", "Squeeze", "zero"),
            node("Cast", "Unsqueeze", to=7),
            node("Concat", "Cast", "minus", axis=0),
            node("Reshape", "x", "Concat"),
        ],
        [("zero", whole(0)), ("one", whole(1)), ("minus", whole(-1))],
        lambda x: x,
    ),
    "Constant of numbers": (
        [node("Constant", output="b", value_floats=[1.0, 2.0, 3.0]), node("Gemm", "x", "W", "b")],
        [("W", W)],
        lambda x: x @ W + [1, 2, 3],
    ),
}


@pytest.mark.parametrize("name", NODES)
def test_a_node_becomes_a_layer_that_does_the_same(name, load):
    nodes, constants, expected = NODES[name]
    network = load(model_of(nodes, constants))
    np.testing.assert_allclose(network.predict(SAMPLES), expected(SAMPLES), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NODES)
def test_a_node_means_here_what_it_means_to_onnxruntime(name, load):
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime, which is not installed")
    model = model_of(*NODES[name][:2])
    session = runtime.InferenceSession(model.SerializeToString())
    found = load(model).predict(SAMPLES)
    np.testing.assert_allclose(found, session.run(None, {"x": SAMPLES})[0], rtol=1e-5, atol=1e-6)


def test_every_node_that_is_read_has_a_line():
    there = {each.op_type for nodes, _, _ in NODES.values() for each in nodes}
    assert set(_ROWS) - set(OF_IMAGES) <= there  # those are in test_onnx_images.py


def test_a_large_matrix_of_weights_may_be_transposed(load):
    weight = batch(4, 50)
    nodes = [node("Transpose", "W", output="V"), node("MatMul", "x", "V")]
    network = load(model_of(nodes, [("W", weight.T)]))
    np.testing.assert_array_equal(network.layers[0].weight.value, weight)


def test_softmax_goes_along_the_last_axis_by_default_since_opset_13(load):
    nodes, shape = [node("Softmax", "x")], ("n", 2, 2)
    assert repr(load(model_of(nodes, shape=shape, opset=13)).layers) == "(SoftMax(),)"
    with pytest.raises(ModelFileError, match="the last axis, found axis 1 of a batch of 3 axes"):
        load(model_of(nodes, shape=shape, opset=12))


OLDER = {
    "Clip": (6, [node("Clip", "x", min=-0.5, max=0.25)], "Clip(minimum=-0.5, maximum=0.25)"),
    "Clip without the upper": (6, [node("Clip", "x", min=0.0)], "ReLU()"),
    "Clip to the largest number": (
        6,
        [node("Clip", "x", min=0.0, max=3.4028234663852886e38)],
        "ReLU()",
    ),
    "Dropout": (7, [node("Dropout", "x", ratio=0.3)], "Dropout(rate=0.3)"),
    "Softmax": (7, [node("Softmax", "x")], "SoftMax()"),
}


@pytest.mark.parametrize("name", OLDER)
def test_older_operators_have_attributes_in_place_of_inputs(name, load):
    opset, nodes, layer = OLDER[name]
    assert [repr(each) for each in load(model_of(nodes, opset=max(opset, 7))).layers] == [layer]


# --- numbers --------------------------------------------------------------------------------------


def tensor(array, **fields):
    kind = helper.np_dtype_to_tensor_dtype(array.dtype)
    return TensorProto(name="W", dims=array.shape, data_type=kind, **fields)


TENSORS = {
    "raw float": (tensor(W, raw_data=W.tobytes()), "float32"),
    "listed float": (tensor(W, float_data=W.reshape(-1).tolist()), "float32"),
    "raw double": (tensor(W.astype(float), raw_data=W.astype(float).tobytes()), "float64"),
    "listed double": (tensor(W.astype(float), double_data=W.reshape(-1).tolist()), "float64"),
    "raw half": (tensor(W.astype("e"), raw_data=W.astype("e").tobytes()), "float32"),
    "listed half": (
        tensor(W.astype("e"), int32_data=W.astype("e").reshape(-1).view("u2").tolist()),
        "float32",
    ),
}


@pytest.mark.parametrize("name", TENSORS)
def test_numbers_of_every_precision_are_read(name, load):
    numbers, dtype = TENSORS[name]
    model = model_of([node("MatMul", "x", "W")])
    model.graph.initializer.append(numbers)
    network = load(model)
    assert network.dtype == dtype
    tolerance = 1e-3 if "half" in name else 0
    np.testing.assert_allclose(network.layers[0].weight.value, W, rtol=tolerance)


def test_a_double_network_without_parameters_is_double(load):
    assert load(model_of([node("Tanh", "x")], dtype=TensorProto.DOUBLE)).dtype == np.float64


def external(location, **entries):
    numbers = tensor(W, data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        numbers.external_data.add(key=key, value=str(value))
    model = model_of([node("MatMul", "x", "W")])
    model.graph.initializer.append(numbers)
    return model


@pytest.mark.parametrize("location", ["w.bin", "below/w.bin", "./w.bin"])
def test_numbers_in_a_file_beside_the_model_are_read(location, load, tmp_path):
    path = tmp_path / location
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"12345678" + W.tobytes())
    network = load(external(location, offset=8, length=W.nbytes))
    np.testing.assert_array_equal(network.layers[0].weight.value, W)


@pytest.mark.parametrize("location", ["../w.bin", "/etc/hostname", "", "link.bin", "a\0b", "."])
def test_numbers_in_a_file_elsewhere_are_not_read(location, load, tmp_path):
    (tmp_path / "m").mkdir()
    secret = tmp_path.parent / "w.bin"
    secret.write_bytes(W.tobytes())
    (tmp_path / "link.bin").symlink_to(secret)
    with pytest.raises((ModelFileError, OSError), match=r"own folder|found a folder"):
        load(external(location))


@pytest.mark.parametrize(
    "entries", [{"offset": 40}, {"offset": -1}, {"length": 10**30}, {"length": 4}, {"offset": "x"}]
)
def test_a_place_that_the_file_does_not_have_is_an_error(entries, load, tmp_path):
    (tmp_path / "w.bin").write_bytes(W.tobytes())
    with pytest.raises(ModelFileError, match="'W'"):
        load(external("w.bin", **entries))


# --- what is no chain of layers -------------------------------------------------------------------

REFUSED = {
    "an operator without a layer": (
        [node("Relu", "x"), node("LRN", "Relu", "W", name="features.0")],
        [("W", W)],
        r"node 1, LRN 'features.0': no layer does this. Supported are Add, AveragePool,",
    ),
    "an operator of others": (
        [node("Relu", "x", domain="com.example")],
        [],
        "expected an operator of ONNX's own, found com.example",
    ),
    "a branch": (
        [node("Relu", "x"), node("Tanh", "x")],
        [],
        "found 'x' once more: a network here is a chain",
    ),
    "a sum of branches": ([node("Add", "x", "x")], [], "behind a MatMul"),
    "a bias behind nothing": ([node("Add", "x", "b")], [("b", B)], "behind a MatMul"),
    "two biases": (
        [node("Gemm", "x", "W", "b"), node("Add", "Gemm", "b")],
        [("W", W), ("b", B)],
        "behind a MatMul",
    ),
    "a bias for every sample": (
        [node("Gemm", "x", "W", "b")],
        [("W", W), ("b", B.reshape(3, 1))],
        "a bias for 3 units",
    ),
    "weights that are computed": ([node("MatMul", "x", "x")], [], "a constant as input 1"),
    "a constant as batch": ([node("MatMul", "W", "x")], [("W", W)], "the batch as input 0"),
    "a name that nothing makes": ([node("Relu", "y")], [], "'y', which nothing before it makes"),
    "a name that is made twice": (
        [node("Relu", "x", output="y"), node("Tanh", "y", output="y")],
        [],
        "there already",
    ),
    "a mask of Dropout": (
        [helper.make_node("Dropout", ["x"], ["y", "mask"]), node("Relu", "mask")],
        [],
        "'mask', which nothing",
    ),
    "Dropout in training": (
        [node("Dropout", "x", "", "t")],
        [("t", np.array(True))],
        "found training_mode",
    ),
    "weights of three axes": ([node("MatMul", "x", "W")], [("W", W[None])], "a matrix of weights"),
    "weights of whole numbers": ([node("MatMul", "x", "W")], [("W", whole(1, 2))], "int64"),
    "weights that do not fit": ([node("MatMul", "x", "W")], [("W", W.T)], "expected 3 inputs"),
    "transA": ([node("Gemm", "x", "W", transA=1)], [("W", W)], "transA = 0"),
    "Softmax over the samples": ([node("Softmax", "x", axis=0)], [], "the last axis, found axis 0"),
    "Flatten with the samples": ([node("Flatten", "x", axis=0)], [], "expected axis 1"),
    "Reshape with the samples": (
        [node("Reshape", "x", "s")],
        [("s", whole(2, -1))],
        "leaves the axis of the samples",
    ),
    "Reshape with two free lengths": (
        [node("Reshape", "x", "s")],
        [("s", whole(-1, -1))],
        "expected one -1 in a shape",
    ),
    "Reshape to another size": ([node("Reshape", "x", "s")], [("s", whole(-1, 3))], "3 entries"),
    "Reshape by nothing": ([node("Reshape", "x")], [], "at least 2 inputs"),
    "a slope for each pixel": (
        [node("PRelu", "x", "a")],
        [("a", np.ones((2, 2), np.float32))],
        "one slope for each channel, or one for all",
    ),
    "BatchNormalization in training": (
        [node("BatchNormalization", "x", *"abcd", training_mode=1)],
        [(name, floats(1, 2, 3, 4)) for name in "abcd"],
        "found training_mode",
    ),
    "BatchNormalization by numbers of two lengths": (
        [node("BatchNormalization", "x", *"abcd")],
        [*((name, floats(1, 2, 3, 4)) for name in "abc"), ("d", floats(1.0))],
        "one scale, shift, mean and variance for each channel",
    ),
    "LayerNormalization of another axis": (
        [node("LayerNormalization", "x", "a", axis=0)],
        [("a", floats(1, 2, 3, 4))],
        "a scale for each entry along the axes from 0 on",
    ),
    "GroupNormalization in parts that differ": (
        [node("GroupNormalization", "x", "a", "b", num_groups=3)],
        [("a", floats(1, 2, 3, 4)), ("b", floats(1, 2, 3, 4))],
        "4 channels in 3 groups",
    ),
    "SELU with numbers of its own": ([node("Selu", "x", alpha=1.0)], [], "the numbers of SELU"),
    "another HardSigmoid": ([node("HardSigmoid", "x")], [], "expected alpha = 1/6"),
    "another GELU": ([node("Gelu", "x", approximate="erf")], [], "approximate none or tanh"),
    "an unknown attribute": ([node("Relu", "x", power=2)], [], "found power"),
    "an attribute of another type": ([node("LeakyRelu", "x", alpha=2)], [], "the type of 0.01"),
    "Cast to whole numbers": ([node("Cast", "x", to=7)], [], "floating-point"),
    "Clip by a list": ([node("Clip", "x", "b")], [("b", B)], "one number as input 1"),
    "a text": ([node("Constant", output="t", value_string="a"), node("Relu", "x")], [], "numbers"),
    "bfloat16": (
        [node("Constant", output="t", value=TensorProto(data_type=16)), node("Relu", "x")],
        [],
        "ONNX's type 16",
    ),
    "no layer at all": ([node("Identity", "x")], [], "at least one node that is a layer"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_chain_of_layers_is_an_error_that_names_the_node(name, load):
    nodes, constants, words = REFUSED[name]
    with pytest.raises(ModelFileError, match=words) as error:
        load(model_of(nodes, constants))
    assert name == "no layer at all" or "node " in str(error.value)


def test_the_shape_of_a_fixed_batch_is_left(load):
    nodes = [node("Reshape", "x", "s")]
    network = load(model_of(nodes, [("s", whole(5, 2, 2))], shape=(5, 4)))
    assert network.predict(batch(3, 4)).shape == (3, 2, 2)


def test_constants_may_stand_among_the_inputs(load):
    model = model_of([node("MatMul", "x", "W")], [("W", W)])
    model.graph.input.append(helper.make_tensor_value_info("W", TensorProto.FLOAT, (4, 3)))
    assert isinstance(load(model), NeuralNetwork)


@pytest.mark.parametrize("side", ["input", "output"])
def test_a_second_input_or_output_is_an_error(side, load):
    model = model_of([node("Relu", "x")])
    getattr(model.graph, side).append(helper.make_tensor_value_info("z", TensorProto.FLOAT, (1,)))
    with pytest.raises(ModelFileError, match=f"expected one {side}, found 2"):
        load(model)


def test_an_output_from_the_middle_is_an_error(load):
    model = model_of([node("Relu", "x"), node("Tanh", "Relu")])
    model.graph.output[0].name = "Relu"
    with pytest.raises(ModelFileError, match="the result of the last node, 'Tanh'; found 'Relu'"):
        load(model)


def test_a_shape_that_is_not_known_is_left_open(load):
    model = model_of([node("Flatten", "x"), node("MatMul", "Flatten", "W")], [("W", W)], shape=None)
    np.testing.assert_allclose(load(model).predict(batch(5, 2, 2)).shape, (5, 3))
