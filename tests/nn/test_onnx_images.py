"""Convolution and pooling in ONNX files: written, run by onnxruntime, read without ours beside."""

import numpy as np
import pytest

import nn
from nn import (
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Flatten,
    FullyConnected,
    GlobalAveragePool,
    MaxPool1D,
    MaxPool2D,
    ModelFileError,
    NeuralNetwork,
    ReLU,
    ZeroPad,
)

onnx = pytest.importorskip("onnx", reason="ONNX files need the package onnx")
runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime, which is not installed")

from onnx import helper, numpy_helper  # noqa: E402

LAYERS = {
    Conv2D(2, 3, 3): ["Conv"],
    Conv2D(2, 4, (2, 3), stride=(2, 1), padding="same", groups=2): ["Conv"],
    Conv2D(2, 3, 2, padding=((1, 0), (0, 2)), dilation=2, bias=False): ["Conv"],
    Conv1D(2, 3, 3, padding=((2, 0),)): ["Conv"],
    ConvTranspose2D(2, 3, 3, stride=2, padding=1): ["ConvTranspose"],
    ConvTranspose2D(2, 4, 4, stride=2, padding="same", groups=2, bias=False): ["ConvTranspose"],
    MaxPool2D(2): ["MaxPool"],
    MaxPool2D((3, 2), stride=(2, 1), padding=1): ["MaxPool"],
    MaxPool1D(3, stride=2, padding="same"): ["MaxPool"],
    AveragePool2D(3, stride=2, padding="same"): ["AveragePool"],
    AveragePool1D(2): ["AveragePool"],
    GlobalAveragePool(): ["ReduceMean"],
    ZeroPad(((0, 1), (2, 2))): ["Pad"],
}


def sample(layer):
    return (2, 7) if getattr(layer, "axes", 2) == 1 else (2, 6, 7)


def run(path, x):
    session = runtime.InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def saved(layer, folder):
    network = NeuralNetwork([layer])
    for node in network.parameters().values():
        node.value[...] = np.random.default_rng(0).normal(size=node.shape)
    return network, nn.onnx.save(network, folder / "m.onnx", shape=sample(layer))


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_layer_on_images_is_one_operator_and_is_computed_by_onnxruntime(layer, tmp_path):
    network, path = saved(layer, tmp_path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == LAYERS[layer]
    for samples in (1, 5):
        x = np.random.default_rng(1).normal(size=(samples, *sample(layer))).astype(np.float32)
        np.testing.assert_allclose(run(path, x), network.predict(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "layer", [one for one in LAYERS if not isinstance(one, GlobalAveragePool)], ids=repr
)
def test_a_layer_on_images_is_read_without_our_description(layer, tmp_path):
    network, path = saved(layer, tmp_path)
    model = onnx.load(path)
    model.ClearField("metadata_props")
    onnx.save(model, path)
    again = nn.onnx.load(path)
    assert type(again.layers[0]) is type(layer)
    x = np.random.default_rng(1).normal(size=(3, *sample(layer)))
    np.testing.assert_allclose(again.predict(x), network.predict(x), rtol=1e-5, atol=1e-6)


def test_a_network_of_images_goes_to_onnx_and_back(tmp_path):
    layers = [
        Conv2D(1, 3, 3, padding="same"), ReLU(), MaxPool2D(2), Conv2D(3, 4, 3), ReLU(), Flatten(),
        FullyConnected(36, 3),
    ]  # fmt: skip
    network = NeuralNetwork(layers)
    path = nn.onnx.save(network, tmp_path / "m.onnx", shape=(1, 10, 10))
    x = np.random.default_rng(1).normal(size=(4, 1, 10, 10)).astype(np.float32)
    np.testing.assert_allclose(run(path, x), network.predict(x), rtol=1e-4, atol=1e-5)
    assert repr(NeuralNetwork.load(path).layers) == repr(network.layers)


def test_a_network_of_images_is_written_for_the_images_it_has_seen(tmp_path):
    network = NeuralNetwork([Conv2D(1, 3, 3), ReLU(), Flatten(), FullyConnected(192, 3)])
    with pytest.raises(ValueError, match=r"shape=\(28, 28\).*channels"):
        network.save(tmp_path / "m.onnx")
    x = np.random.default_rng(1).normal(size=(4, 1, 10, 10)).astype(np.float32)
    network.fit(x, [0, 1, 2, 0], epochs=1, batch_size=4, progress=False)
    path = network.save(tmp_path / "m.onnx")
    np.testing.assert_allclose(run(path, x), network.predict(x), rtol=1e-4, atol=1e-5)


W = np.random.default_rng(0).normal(size=(3, 2, 3, 3)).astype(np.float32)


@pytest.fixture
def load(tmp_path):
    def load(operator, *constants, **attributes):
        names = [f"c{place}" for place in range(len(constants))]
        made = helper.make_node(operator, ["x", *names], ["y"], **attributes)
        graph = helper.make_graph(
            [made],
            "g",
            [helper.make_tensor_value_info("x", 1, ["n", 2, 6, 7])],
            [helper.make_tensor_value_info("y", 1, None)],
            [numpy_helper.from_array(c, name) for c, name in zip(constants, names, strict=True)],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
        path = tmp_path / "m.onnx"
        onnx.save(model, path)
        return path

    return load


def test_what_other_exporters_write_is_read(load):
    x = np.random.default_rng(1).normal(size=(3, 2, 6, 7)).astype(np.float32)
    for path in (
        load("GlobalAveragePool"),
        load("Conv", W, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], auto_pad="NOTSET"),
        load("ConvTranspose", np.ascontiguousarray(W.swapaxes(0, 1)), strides=[2, 2],
             pads=[1, 1, 1, 1], output_padding=[1, 1]),
        load("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=0),
        load("Pad", np.array([0, 0, 1, 0, 0, 0, 0, 2]), np.zeros((), np.float32)),
    ):  # fmt: skip
        found = nn.onnx.load(path).predict(x)
        np.testing.assert_allclose(found, run(path, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "attributes", "message"),
    [
        (("Conv", W), {"auto_pad": "SAME_UPPER"}, "pads as numbers, found auto_pad"),
        (("Conv", W), {"pads": [1, 1]}, "expected 4 pads, found 2"),
        (("Conv", W), {"strides": [1, 1, 1]}, "expected 2 numbers in strides"),
        (("Conv", np.ones((3, 5, 2, 2), np.float32)), {}, "expected 5 channels, found 2"),
        (("Conv", W, np.ones(4, np.float32)), {}, "expected a bias for 3 channels"),
        (("Conv", W), {"kernel_shape": [5, 5]}, "expected kernels of shape"),
        (("ConvTranspose", W.swapaxes(0, 1).copy()), {"output_padding": [1, 1]}, "from 0"),
        (("MaxPool",), {"kernel_shape": [2, 2], "ceil_mode": 1}, "lie in the image"),
        (("MaxPool",), {"kernel_shape": [2, 2], "dilations": [2, 2]}, "without gaps"),
        (
            ("AveragePool",),
            {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1},
            "count_include_pad",
        ),
        (("Pad", np.array([0, 1, 0, 0, 0, 0, 0, 0])), {}, "around samples or channels"),
        (("Pad", np.array([0, 0, 1, 0, 0, 0, 0, 0])), {"mode": "edge"}, "expected zeros around"),
    ],
)
def test_what_no_layer_does_is_refused(arguments, attributes, message, load):
    with pytest.raises(ModelFileError, match=message):
        nn.onnx.load(load(*arguments, **attributes))
