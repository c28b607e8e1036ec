"""Layers on images and sequences: shapes, errors, peers' numbers, training on every back end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import autograd_core as ac
import nn
from autograd_core import check_gradients, convolution, convolving, max_pool
from nn import (
    Adam,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Flatten,
    FullyConnected,
    GlobalAveragePool,
    He,
    MaxPool1D,
    MaxPool2D,
    NeuralNetwork,
    ReLU,
    Reshape,
    SoftMaxCrossEntropyLoss,
    Xavier,
    ZeroPad,
)


@pytest.fixture
def random():
    return np.random.default_rng(0)


# --- shapes and errors ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(7, 6), (8, 9)])
@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(2, 4, 3, stride=2, padding="same"),
        Conv2D(2, 4, (3, 2), stride=(1, 3), padding=((2, 0), 1), dilation=2, groups=2),
        ConvTranspose2D(2, 4, 4, stride=2, padding=1),
        ConvTranspose2D(2, 4, 3, stride=2, padding=((1, 0), (1, 0))),
        ConvTranspose2D(2, 4, 3, stride=2, padding="same", dilation=2),
        MaxPool2D(3, stride=2, padding=1),
        MaxPool2D(2, padding="same"),
        AveragePool2D((2, 3), padding="same"),
        GlobalAveragePool(),
        ZeroPad(((1, 2), 0)),
        ZeroPad(2),
    ],
    ids=repr,
)
def test_the_shape_of_a_sample_is_known_before(layer, size, random):
    x = random.standard_normal((3, 2, *size))
    assert layer.output_shape(x.shape[1:]) == layer.forward(x).shape[1:]


@pytest.mark.parametrize(("n", "stride", "expected"), [(7, 2, 4), (8, 3, 3), (8, 1, 8)])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_same_gives_as_many_results_as_the_stride_leaves(n, stride, expected, kernel):
    assert Conv1D(1, 1, kernel, stride=stride, padding="same").output_shape((1, n)) == (1, expected)
    pool = MaxPool1D(kernel, stride=stride, padding="same")
    assert pool.output_shape((1, n)) == (1, expected)


@pytest.mark.parametrize("kernel", [(2, 2), (3, 4), (4, 1), (5, 3)])
@pytest.mark.parametrize("stride", [1, 2])
def test_same_is_scipys_also_for_even_kernels(kernel, stride, random):
    signal = pytest.importorskip("scipy.signal", reason="SciPy is what it is compared with")
    x, w = random.standard_normal((1, 1, 6, 7)), random.standard_normal((1, 1, *kernel))
    theirs = signal.correlate(x[0, 0], w[0, 0], "same")[::stride, ::stride]
    ours = convolution(x, w, stride=stride, padding="same")
    np.testing.assert_allclose(ours[0, 0], theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "shape", "advice"),
    [
        (Conv2D(3, 8, 3), (5, 32, 32, 3), r"Channels come first: write np\.moveaxis\(x, -1, 1\)"),
        (Conv2D(1, 8, 3), (5, 28, 28), r"write x\[:, None\]"),
        (Conv2D(3, 8, 3), (3, 32, 32), r"write x\[None\]"),
        (Conv2D(1, 8, 3), (5, 784), r"Put Reshape\(\(1, 28, 28\)\) before it"),
        (Conv2D(3, 8, 3), (5, 3072), r"Put Reshape\(\(3, 32, 32\)\) before it"),
        (Conv2D(3, 8, 3), (5, 1000), r"\(channels, height, width\): put Reshape"),
        (Conv2D(3, 8, 3), (5, 4, 32, 32), "Change in_channels to 4, or the data"),
        (Conv1D(1, 8, 3), (5, 100), r"Put Reshape\(\(1, 100\)\)|write x\[:, None\]"),
        (MaxPool2D(2), (28, 28), "One channel|put Reshape|Put Reshape"),
        (ZeroPad(((1, 1),)), (5, 3, 8, 8), r"shape \(N, C, T\)"),
        (GlobalAveragePool(), (5, 10), "shape"),
        (FullyConnected(100, 10), (5, 8, 26, 26), r"put Flatten\(\) .* in_features to 5408"),
    ],
)
def test_a_wrong_shape_says_what_to_write(layer, shape, advice):
    with pytest.raises(ValueError, match=advice) as error:
        layer.forward(np.ones(shape))
    assert str(shape) in str(error.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(1, 8, 0), r"Conv2D\(kernel\) expects a whole number from 1"),
        (lambda: Conv2D(1, 8, (3, 3, 3)), r"Conv2D\(kernel\) expects .*or 2 of them"),
        (lambda: Conv2D(1, 8, 3, stride=0), r"Conv2D\(stride\)"),
        (lambda: Conv2D(1, 8, 3, padding="full"), r"Conv2D\(padding\) expects 'same', 'valid'"),
        (lambda: Conv2D(1, 8, 3, padding=-1), r"Conv2D\(padding\) expects a whole number from 0"),
        (lambda: Conv2D(1, 8, 3, padding=(1, 2, 3)), "for each of 2 axes"),
        (lambda: Conv2D(4, 6, 3, groups=4), "a divisor of in_channels and out_channels, got 4"),
        (lambda: Conv2D(1, 8, 3, bias=False, bias_regularizer=nn.L2(1.0)), "expects bias=True"),
        (lambda: MaxPool2D(2.5), r"MaxPool2D\(size\)"),
        (lambda: ZeroPad("same"), r"ZeroPad\(padding\) expects a whole number from 0"),
        (lambda: ZeroPad((1, 2, 3, 4)), "for each of 2 axes"),
        (lambda: ZeroPad(((1, 1), 0)).output_shape((3, 4)), r"\(N, C, H, W\), got \(1, 3, 4\)"),
        (lambda: GlobalAveragePool().output_shape((5,)), r"\(N, C, H, W\), got \(1, 5\)"),
        (lambda: ConvTranspose2D(1, 1, 1, padding=3).output_shape((1, 4, 4)), "padding=3.*cuts"),
        (lambda: convolution(np.ones((1, 1, 4, 4)), np.ones((1, 1, 0, 3))), r"size of the window"),
        (lambda: convolution(np.ones((1, 1, 4)), np.ones((1, 1, 2)), groups=0), "groups expects"),
        (lambda: max_pool(np.ones((1, 1, 4, 4)), (2, 2, 2)), "size of the window"),
    ],
)
def test_wrong_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_names_of_other_libraries_lead_to_ours():
    with pytest.raises(TypeError, match="write kernel="):
        Conv2D(1, 8, kernel_size=3)
    with pytest.raises(TypeError, match="write size="):
        MaxPool2D(pool_size=2)


@pytest.mark.parametrize("layer", [Conv2D(1, 8, 9), MaxPool2D(9)], ids=repr)
def test_a_window_larger_than_the_image_says_so(layer):
    with pytest.raises(ValueError, match=r"larger than the image.*9 x 9.*8 x 8.*padding='same'"):
        layer.forward(np.ones((2, 1, 8, 8)))


def test_windows_of_nothing_but_padding_are_refused():
    with pytest.raises(ValueError, match="without an entry"):
        MaxPool2D(2, padding=2).forward(np.ones((1, 1, 4, 4)))
    with pytest.raises(ValueError, match="without an entry"):
        MaxPool2D(2, padding=2).output_shape((1, 4, 4))


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(2, 4, 3, groups=2, dilation=2),
        ConvTranspose2D(2, 4, 3, groups=2),
        MaxPool2D(),
        AveragePool2D(),
    ],
    ids=repr,
)
def test_a_batch_of_no_image_is_one(layer):
    y = layer.forward(np.ones((0, 2, 6, 6)))
    assert y.shape == (0, *layer.output_shape((2, 6, 6)))
    assert layer.backward(y).shape == (0, 2, 6, 6)
    for node in layer.parameters().values():
        np.testing.assert_array_equal(node.grad, np.zeros(node.shape))


def test_what_is_around_gets_no_gradient_even_of_the_lowest_entries():
    x = np.array([[[-np.inf, -np.inf, 1.0, 2.0]]])
    found = ac.grad(lambda x: max_pool(x, 3, 2, 1).sum())(x)
    np.testing.assert_array_equal(found, [[[0.5, 0.5, 0.0, 1.0]]])


def test_around_masks_there_is_nothing():
    mask = np.zeros((1, 1, 2, 2), bool)
    np.testing.assert_array_equal(max_pool(mask, 3, 1, 1), mask)


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "fan_in", "fan_out"),
    [
        (Conv2D(16, 64, 3), 144, 576),
        (Conv2D(16, 64, 3, groups=4), 36, 576),
        (Conv1D(40, 64, 9), 360, 576),
        (ConvTranspose2D(16, 64, 3), 144, 576),
    ],
    ids=repr,
)
def test_weights_start_by_the_entries_that_a_unit_reads(layer, fan_in, fan_out, random):
    for initializer, expected in ((He(), 2 / fan_in), (Xavier(), 2 / (fan_in + fan_out))):
        layer.weight_initializer = initializer
        layer.initialize(random, np.float64)
        assert np.var(layer.weight.value) == pytest.approx(expected, rel=0.1)


def test_kernels_of_a_good_start_are_no_reason_for_a_warning(recwarn, random):
    network = small()
    network.fit(*data(random), epochs=1, batch_size=16, progress=False)
    assert not list(recwarn)


# --- against PyTorch ------------------------------------------------------------------------------


REFERENCES = json.loads((Path(__file__).parent / "references" / "convolution.json").read_text())


@pytest.mark.parametrize("name", REFERENCES)
def test_pytorch_has_the_same_numbers(name):
    reference = REFERENCES[name]
    given = [np.array(x) for x in reference["inputs"]]
    how = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in reference["options"].items()
    }
    names = {
        "conv1d": ac.convolution, "conv2d": ac.convolution, "conv_transpose2d": transposed,
        "max_pool2d": ac.max_pool, "avg_pool2d": ac.average_pool,
    }  # fmt: skip
    function = names[name.partition(" ")[0]]
    nodes = [ac.Node(x) for x in given]
    result = function(*nodes, **how)
    np.testing.assert_allclose(result.value, reference["result"], rtol=1e-6, atol=1e-6)
    result.backward(np.array(reference["seed"]))
    for node, expected in zip(nodes, reference["gradients"], strict=True):
        np.testing.assert_allclose(node.grad, expected, rtol=1e-6, atol=1e-6)


def transposed(x, w, stride, padding):
    size = convolving.grown(x.shape[2:], w.shape[2:], stride, padding, 1)
    shape = (len(x.value), w.shape[1], *size)
    return ac.convolution_input(x, w, shape=shape, stride=stride, padding=padding)


# --- kernels on arrays ----------------------------------------------------------------------------


@pytest.mark.parametrize("n", [127, 128, 200])
def test_many_samples_are_convolved_in_parts(n, random):
    x, w = random.standard_normal((n, 2, 5, 6)), random.standard_normal((3, 2, 3, 3))
    how = convolving.window((5, 6), (3, 3), 1, "same", 1)
    whole = convolving.correlated(x, w, how, 1)
    each = np.concatenate([convolving.correlated(x[i : i + 1], w, how, 1) for i in range(n)])
    np.testing.assert_allclose(whole, each, rtol=1e-12)
    g = random.standard_normal(whole.shape)
    found = convolving.kernel_gradient(x, g, how, 1)
    parts = [convolving.kernel_gradient(x[i : i + 1], g[i : i + 1], how, 1) for i in range(n)]
    np.testing.assert_allclose(found, np.sum(parts, axis=0), rtol=1e-10)


def test_the_result_lies_with_the_batch_last(random):
    x = random.standard_normal((4, 2, 6, 6)).astype(np.float32)
    for layer in (Conv2D(2, 3, 3, padding="same"), MaxPool2D(2), AveragePool2D(2)):
        y = layer(x).value
        assert (y.dtype, y.transpose(2, 1, 3, 0).flags.c_contiguous) == (np.float32, True)
        x = np.maximum(y, 0)
        assert x.transpose(2, 1, 3, 0).flags.c_contiguous


def test_gradients_of_images_are_kept_as_they_lie_and_those_of_kernels_as_kernels(random):
    x, w = (ac.Node(random.standard_normal(shape)) for shape in ((8, 2, 12, 12), (3, 2, 3, 3)))
    max_pool(convolution(x, w), 2).sum().backward()
    assert x.grad.base is None and x.grad.transpose(2, 1, 3, 0).flags.c_contiguous
    assert w.grad.flags.c_contiguous


def test_nothing_is_written_into_what_is_given(random):
    x, w = random.standard_normal((2, 2, 6, 6)), random.standard_normal((3, 2, 1, 1))
    before = x.copy(), w.copy()
    y = convolution(x, w)
    max_pool(y, 2)
    np.testing.assert_array_equal((x, w)[0], before[0])
    np.testing.assert_array_equal(w, before[1])
    assert not np.shares_memory(x, y)


def test_third_order(random):
    x, w = random.standard_normal((1, 1, 4, 4)), random.standard_normal((1, 1, 2, 2))

    def twice(w):
        return convolution(np.tanh(convolution(x, w, padding="same")), w, stride=2) ** 2

    check_gradients(twice, w, order=3)


def test_ties_share_as_those_of_max():
    x = np.array([[[[1.0, 1.0], [0.0, 1.0]]]])
    layer = MaxPool2D(2)
    layer.forward(x)
    np.testing.assert_allclose(layer.backward([[[[3.0]]]]), [[[[1.0, 1.0], [0.0, 1.0]]]])


def test_a_window_with_nan_gives_nan():
    x = np.array([[[[1.0, np.nan, 2.0, 3.0]]]])
    layer = MaxPool2D((1, 2))
    np.testing.assert_array_equal(layer.forward(x), [[[[np.nan, 3.0]]]])
    np.testing.assert_array_equal(
        layer.backward(np.ones((1, 1, 1, 2))), [[[[np.nan, np.nan, 0.0, 1.0]]]]
    )


def test_around_an_average_nothing_is_counted():
    y = AveragePool2D(2, stride=1, padding=1).forward(np.full((1, 1, 3, 3), 5.0))
    np.testing.assert_array_equal(y, np.full((1, 1, 4, 4), 5.0))


# --- networks -------------------------------------------------------------------------------------


def small(backend="eager", dtype=np.float32):
    layers = [
        Conv2D(1, 3, 3, padding="same"), ReLU(), MaxPool2D(2), Conv2D(3, 4, 3), ReLU(),
        AveragePool2D(2, padding="same"), Flatten(), FullyConnected(16, 3),
    ]  # fmt: skip
    network = NeuralNetwork(
        layers, loss=SoftMaxCrossEntropyLoss("mean"), optimizer=Adam(1e-2), dtype=dtype
    )
    return network.compile(backend)


def data(random, n=32):
    return random.standard_normal((n, 1, 10, 10)), random.integers(0, 3, n)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_compiled_steps_learn_what_eager_ones_do(backend, random):
    batches = [data(random, n) for n in (8, 8, 5)]
    eager, other = small(), small(backend)
    for x, y in batches:
        losses = eager.train_step(x, y), other.train_step(x, y)
        np.testing.assert_allclose(*losses, rtol=1e-5)
    for name, value in eager.state_dict().items():
        found = other.state_dict()[name]
        if backend == "numpy":
            np.testing.assert_array_equal(found, value)
        else:
            np.testing.assert_allclose(found, value, rtol=1e-3, atol=1e-5)


def test_a_network_of_images_is_saved_and_loaded(tmp_path, random):
    x, y = data(random)
    network = small()
    network.fit(x, y, epochs=2, batch_size=16, progress=False)
    network.save(tmp_path / "images.safetensors")
    again = NeuralNetwork.load(tmp_path / "images.safetensors")
    np.testing.assert_array_equal(again.predict(x), network.predict(x))
    assert repr(again.layers) == repr(network.layers)


def test_the_summary_has_the_shapes_of_what_was_seen():
    network = NeuralNetwork([Conv2D(1, 3, 3), MaxPool2D(), Flatten(), FullyConnected(48, 2)])
    assert "MaxPool2D()            (3, H/2 - 1, W/2 - 1)" in network.summary()
    network.predict(np.ones((1, 1, 10, 10)))
    assert "MaxPool2D()            (3, 4, 4)" in network.summary()


def test_reshape_makes_images_of_rows(random):
    network = NeuralNetwork([Reshape((1, 10, 10)), *small().layers])
    assert network.predict(random.standard_normal((5, 100))).shape == (5, 3)
