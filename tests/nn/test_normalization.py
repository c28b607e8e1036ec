"""Normalisation and the newer activations beside PyTorch; running averages, dropout of channels."""

import copy
import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from autograd_core import check_gradients
from nn import (
    GELU,
    SELU,
    SGD,
    Adam,
    BatchNorm,
    Constant,
    Dropout,
    Flatten,
    FullyConnected,
    GroupNorm,
    HardSigmoid,
    HardTanh,
    LayerNorm,
    LeCun,
    LogSoftMax,
    NeuralNetwork,
    PReLU,
    ReLU,
    Reshape,
    RMSNorm,
    SiLU,
    Softplus,
    Softsign,
    TrainingWarning,
)

REFERENCES = json.loads((Path(__file__).parent / "references" / "normalization.json").read_text())

PYTORCHS = {
    "BatchNorm1d": lambda: BatchNorm(3),
    "BatchNorm2d": lambda: BatchNorm(2, momentum=0.3, epsilon=1e-3),
    "LayerNorm": lambda: LayerNorm(4),
    "LayerNorm of two axes": lambda: LayerNorm((2, 3)),
    "RMSNorm": lambda: RMSNorm(4),
    "GroupNorm": lambda: GroupNorm(2, 4),
    "InstanceNorm": lambda: GroupNorm(2, 2),
    "PReLU": lambda: PReLU(2),
    "SELU": SELU,
    "GELU": GELU,
    "GELU by tanh": lambda: GELU(approximate=True),
    "SiLU": SiLU,
    "Softplus": Softplus,
    "Softsign": Softsign,
    "Hardtanh": HardTanh,
    "Hardsigmoid": HardSigmoid,
    "LogSoftmax": LogSoftMax,
}


def close(found, expected, tolerance=1e-12):
    np.testing.assert_allclose(found, expected, tolerance, tolerance)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)], ids=["float64", "float32"]
)
@pytest.mark.parametrize("name", PYTORCHS)
def test_layers_compute_what_pytorchs_do(name, dtype, tolerance):
    expected, layer = REFERENCES["layers"][name], PYTORCHS[name]()
    network = NeuralNetwork([layer], dtype=dtype)
    network.load_state_dict({f"0.{name}": value for name, value in expected["start"].items()})
    if name == "Hardsigmoid":  # PyTorch's 1/6 has the digits of float32
        tolerance = max(tolerance, 1e-7)
    for step in expected["steps"]:
        close(layer.forward(np.asarray(step["x"], dtype)), step["y"], tolerance)
        close(layer.backward(np.asarray(step["g"], dtype)), step["of_x"], tolerance)
        for theirs, gradient in step["gradients"].items():
            close(getattr(layer, layer.named_in_pytorch[theirs]).grad, gradient, tolerance)
    for theirs, buffer in expected["end"].items():
        if theirs.startswith("running"):
            close(getattr(layer, theirs).value, buffer, tolerance)
    after = expected["evaluated"]
    close(network.predict(np.asarray(after["x"], dtype)), after["y"], tolerance)


# --- shapes, axes, gradients ----------------------------------------------------------------------

IMAGES = [
    (BatchNorm(3), (4, 3, 2, 2)),
    (BatchNorm(3), (4, 3, 5)),
    (BatchNorm(3, affine=False), (4, 3, 2, 2)),
    (BatchNorm(3, convention="fau"), (4, 3, 2, 2)),
    (LayerNorm((3, 2)), (4, 3, 2)),
    (RMSNorm((3, 2)), (4, 3, 2)),
    (LayerNorm(2), (4, 3, 2)),
    (GroupNorm(2, 4), (3, 4, 2, 2)),
    (GroupNorm(4, 4, affine=False), (3, 4, 2, 2)),
    (PReLU(3), (4, 3, 2, 2)),
]


@pytest.mark.parametrize(("layer", "shape"), IMAGES, ids=repr)
def test_gradients_of_batches_with_more_axes(layer, shape):
    layer.initialize(np.random.default_rng(0), np.float64)
    x = np.random.default_rng(1).standard_normal(shape) + 0.3
    names = list(layer.parameters())

    def of_parameters(x, *values):
        for name, value in zip(names, values, strict=True):
            setattr(layer, name, value)
        return layer(x)

    values = [node.value + 0.1 for node in layer.parameters().values()]
    check_gradients(of_parameters, x, *values, order=2)


@pytest.mark.parametrize(("layer", "shape"), IMAGES, ids=repr)
def test_memory_order_does_not_matter(layer, shape):
    layer.initialize(np.random.default_rng(0), np.float64)
    x, g = np.random.default_rng(1).standard_normal((2, *shape))
    y, of_x = layer.forward(x), layer.backward(g)
    turned = [np.ascontiguousarray(a.swapaxes(0, -1)).swapaxes(0, -1) for a in (x, g)]
    close(layer.forward(turned[0]), y)
    close(layer.backward(turned[1]), of_x)


@pytest.mark.parametrize(
    ("layer", "x", "words"),
    [
        (BatchNorm(3), np.ones((2, 4)), r"\(samples, 3\), or .*got.*\(4,\). Write BatchNorm\(4\)"),
        (BatchNorm(3), np.ones((2, 4, 3)), r"Write BatchNorm\(4\)"),
        (BatchNorm(3), np.ones((2, 8, 8, 3)), r"np\.moveaxis\(x, -1, 1\)"),
        (BatchNorm(3), np.ones(3), r"x\[:, None\]"),
        (LayerNorm(3), np.ones(3), r"Write x\[None\]"),
        (GroupNorm(2, 4), np.ones((2, 3)), r"Write GroupNorm\(1, 3\)"),
        (LayerNorm(3), np.ones((2, 4)), r"\(samples, \.\.\., 3\).*Write LayerNorm\(4\)"),
        (LayerNorm((3, 2)), np.ones((5, 4, 2)), r"Write LayerNorm\(\(4, 2\)\)"),
        (RMSNorm(3), np.ones((2, 4)), r"Write RMSNorm\(4\)"),
        (GroupNorm(2, 4), np.ones((2, 6)), r"Write GroupNorm\(2, 6\)"),
        (PReLU(3), np.ones((2, 4)), r"Write PReLU\(4\), or PReLU\(\)"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_wrong_shape_says_what_to_write(layer, x, words):
    with pytest.raises(ValueError, match=words):
        layer.forward(x)


@pytest.mark.parametrize("layer", [BatchNorm(5), LayerNorm(5), RMSNorm(5), GroupNorm(1, 5)])
def test_a_network_refuses_neighbours_that_do_not_fit(layer):
    with pytest.raises(ValueError, match="expects"):  # features of 5 steps each would fit to some
        NeuralNetwork([FullyConnected(4, 6), layer]).predict(np.ones((2, 4)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BatchNorm(0), "features"),
        (lambda: BatchNorm(2, momentum=1.5), "momentum"),
        (lambda: BatchNorm(2, convention="keras"), "'pytorch' or 'fau'"),
        (lambda: BatchNorm(2, epsilon=-1.0), "epsilon"),
        (lambda: LayerNorm(()), "at least one length"),
        (lambda: GroupNorm(3, 4), "4 channels in 3 groups"),
        (lambda: RMSNorm(2, gamma_initializer=1.0), "gamma_initializer"),
        (lambda: Dropout(0.5, channels="all"), "channels"),
    ],
)
def test_wrong_arguments_are_named(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


@pytest.mark.parametrize("layer", [BatchNorm(1), LayerNorm(64), GroupNorm(1, 1)], ids=repr)
@pytest.mark.parametrize("mean", [1e4, -3e4])
def test_float32_far_from_zero_keeps_its_digits(layer, mean):
    shape = (4, 64) if isinstance(layer, LayerNorm) else (4, 1, 64)
    x = (np.random.default_rng(0).standard_normal(shape) + mean).astype(np.float32)
    layer.initialize(np.random.default_rng(0), np.float32)
    found, g = layer.forward(x), np.random.default_rng(1).standard_normal(shape)
    of_x = layer.backward(g)
    layer.initialize(np.random.default_rng(0), np.float64)
    expected = layer.forward(x.astype(np.float64))
    # Half of a float32's last place at 3e4 is 1e-3.
    np.testing.assert_allclose(found, expected, atol=2e-3)
    np.testing.assert_allclose(of_x, layer.backward(g), atol=1e-2)


def test_equal_entries_have_a_finite_gradient():
    layer = BatchNorm(2)
    close(layer.forward(np.full((3, 2), 7.0)), 0.0)
    assert np.isfinite(layer.backward(np.arange(6.0).reshape(3, 2))).all()


# --- running averages -----------------------------------------------------------------------------


def test_the_convention_of_fau_starts_with_the_first_batch_and_keeps_a_share():
    layer, random = BatchNorm(3, convention="fau"), np.random.default_rng(0)
    layer.initialize(random, np.float64)
    batches = random.standard_normal((3, 6, 3))
    mean, variance = batches[0].mean(axis=0), batches[0].var(axis=0)
    for number, batch in enumerate(batches):
        layer.forward(batch)
        if number:
            mean = 0.8 * mean + 0.2 * batch.mean(axis=0)
            variance = 0.8 * variance + 0.2 * batch.var(axis=0)
        close(layer.running_mean.value, mean)
        close(layer.running_var.value, variance)
    layer.train(False)
    x = random.standard_normal((2, 3))
    close(layer.forward(x), (x - mean) / np.sqrt(variance + 1e-5))
    close(layer.running_mean.value, mean)


def test_what_is_left_over_as_one_sample_is_said_and_changes_no_average():
    network = NeuralNetwork([BatchNorm(2), FullyConnected(2, 2)])
    x, y = np.random.default_rng(0).standard_normal((5, 2)), np.zeros(5, int)
    layer = network.layers[0]
    network.train_step(x[:4], y[:4])
    before = layer.running_var.value.copy()
    with pytest.warns(TrainingWarning, match=r"more than one entry per feature.*batch_size"):
        network.train_step(x[4:], y[4:])
    np.testing.assert_array_equal(layer.running_var.value, before)
    assert np.isfinite(network.predict(x)).all()
    with pytest.warns(TrainingWarning, match="more than one entry"):
        network.fit(x, y, epochs=2, batch_size=4, progress=False)


def test_one_image_has_entries_enough():
    layer = BatchNorm(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer.forward(np.random.default_rng(0).standard_normal((1, 1, 4, 4)))


def normalizing(optimizer=None, **options):
    layers = [
        FullyConnected(8, 12, bias=False), BatchNorm(12, **options), ReLU(), Dropout(0.2),
        Reshape((3, 2, 2)), BatchNorm(3, **options), Dropout(0.3, channels=True),
        GroupNorm(1, 3), Flatten(), LayerNorm(12), RMSNorm(12), PReLU(12), FullyConnected(12, 3),
    ]  # fmt: skip
    return NeuralNetwork(layers, optimizer=optimizer or SGD(0.05, 0.9), seed=2)


X = np.random.default_rng(5).standard_normal((48, 8)).astype(np.float32)
Y = (X[:, :2] > 0).sum(axis=1)


@pytest.mark.parametrize("convention", ["pytorch", "fau"])
@pytest.mark.parametrize("backend", ["numpy", "native", "xla"])
def test_compiled_steps_learn_and_remember_the_same(backend, convention):
    if backend == "xla":
        pytest.importorskip("jax", reason="the back end xla needs JAX: pip install jax")
    eager, compiled = (normalizing(convention=convention) for _ in range(2))
    compiled.compile(backend)
    for network in (eager, compiled):
        network.fit(X, Y, epochs=3, batch_size=16, progress=False)
        network.evaluate(X, Y)  # in the middle of training
        network.fit(X, Y, epochs=2, batch_size=16, progress=False)
    found, expected = compiled.state_dict(), eager.state_dict()
    assert found.keys() == expected.keys() > {"1.running_mean", "5.running_var"}
    for name, value in expected.items():
        if backend == "numpy":
            np.testing.assert_array_equal(found[name], value, err_msg=name)
        else:
            np.testing.assert_allclose(found[name], value, 2e-3, 2e-4, err_msg=name)
    assert (expected["1.running_mean"] != 0).any()


@pytest.mark.parametrize("backend", ["eager", "numpy"])
@pytest.mark.parametrize("convention", ["pytorch", "fau"])
def test_a_resumed_run_has_the_same_bits(convention, backend, tmp_path):
    at_once = normalizing(Adam(0.01), convention=convention)
    at_once.fit(X, Y, epochs=4, batch_size=16, progress=False, backend=backend)
    network = normalizing(Adam(0.01), convention=convention)
    network.fit(X, Y, epochs=2, batch_size=16, progress=False, checkpoint=tmp_path, backend=backend)
    network = normalizing(Adam(0.01), convention=convention)
    network.fit(X, Y, epochs=4, batch_size=16, progress=False, resume=tmp_path, backend=backend)
    expected, found = at_once.state_dict(), network.state_dict()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_files_and_copies_keep_running_averages(tmp_path):
    network = normalizing(convention="fau")
    network.fit(X, Y, epochs=1, batch_size=16, progress=False)
    network.save(tmp_path / "network.safetensors")
    loaded = NeuralNetwork.load(tmp_path / "network.safetensors")
    for other in (loaded, copy.deepcopy(network)):
        np.testing.assert_array_equal(other.predict(X), network.predict(X))
        assert other.layers[1].started.value == 1.0


def test_running_averages_are_no_parameters_and_do_not_change_in_evaluation():
    network = normalizing()
    network.train_step(X, Y)
    before = network.state_dict()
    network.predict(X + 5.0)
    network.evaluate(X + 5.0, Y)
    after = network.state_dict()
    assert all((after[name] == value).all() for name, value in before.items())
    assert not {name for name in network.parameters() if "running" in name}


def test_averages_of_steps_by_hand_go_on_in_a_network_if_what_was_learned_does():
    layer, x = BatchNorm(2), np.random.default_rng(0).standard_normal((6, 2)) + 2.0
    layer.forward(x)
    layer.backward(x)
    SGD(0.1).step(layer.parameters())
    before = layer.running_mean.value.copy()
    NeuralNetwork([layer], dtype=np.float64)
    np.testing.assert_array_equal(layer.running_mean.value, before)
    assert layer.running_mean.dtype == np.float64


def test_names_of_pytorch_are_taken_at_any_depth():
    state = {f"net.{name}": value for name, value in normalizing().state_dict().items()}
    theirs = {"gamma": "weight", "beta": "bias"}
    renamed = {}
    for name, value in state.items():
        path, _, end = name.rpartition(".")
        renamed[f"{path}.{theirs.get(end, end)}"] = value + 1.0
    renamed["net.1.num_batches_tracked"] = np.array(7)
    network = normalizing()
    network.load_state_dict(renamed)
    for name, value in state.items():
        np.testing.assert_array_equal(network.state_dict()[name.removeprefix("net.")], value + 1.0)
    with pytest.raises(ValueError, match=r"unknown '2\.num_batches_tracked'"):
        network.load_state_dict({**network.state_dict(), "2.num_batches_tracked": np.array(7)})


# --- dropout of channels, initializers ------------------------------------------------------------


def test_dropout_of_channels_leaves_whole_channels_out():
    layer = Dropout(0.4, channels=True)
    layer.initialize(np.random.default_rng(0), np.float64)
    y = layer.forward(np.ones((50, 20, 3, 2)))
    entries = y.reshape(50, 20, 6)
    assert (entries == entries[..., :1]).all()
    assert set(np.unique(y)) == {0.0, 1.0 / 0.6}
    assert 0.3 < (y == 0).mean() < 0.5
    np.testing.assert_array_equal(layer.backward(np.ones_like(y)), y)
    layer.train(False)
    assert (layer.forward(np.ones((2, 3, 4))) == 1.0).all()


def test_lecun_keeps_selus_mean_and_variance_through_many_layers():
    x: np.ndarray = np.random.default_rng(0).standard_normal((500, 200))
    for number in range(20):
        weight = LeCun()((200, 200), np.random.default_rng(number), np.float64)
        x = SELU().forward(x @ weight)
    assert abs(x.mean()) < 0.1
    assert 0.8 < x.var() < 1.2


def test_scale_and_shift_start_as_asked():
    layer = BatchNorm(2, gamma_initializer=Constant(0.0), beta_initializer=Constant(3.0))
    close(layer.forward(np.random.default_rng(0).standard_normal((4, 2))), 3.0)
