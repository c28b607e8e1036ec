"""Constraints: what they make of values, and that every update ends with them."""

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    SGD,
    Adam,
    BatchNorm,
    Constraint,
    Conv2D,
    Flatten,
    FullyConnected,
    MaxNorm,
    NeuralNetwork,
    NonNegative,
    ReLU,
    Reshape,
    UnitNorm,
)
from nn.registry import rebuild

W = np.random.default_rng(0).standard_normal((4, 3))
KERNEL = np.random.default_rng(1).standard_normal((2, 3, 2, 2))


def norms(value, axis):
    return np.sqrt((value**2).sum(axis=axis, keepdims=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("constraint", "value", "expected"),
    [
        (NonNegative(), W, np.maximum(W, 0)),
        (UnitNorm(), W, W / norms(W, 0)),
        (UnitNorm(axis=1), W, W / norms(W, 1)),
        (UnitNorm(), KERNEL, KERNEL / norms(KERNEL, (1, 2, 3))),
        (UnitNorm(axis=(0, -1)), KERNEL, KERNEL / norms(KERNEL, (0, 3))),
        (UnitNorm(), W[0], W[0] / norms(W[0], 0)),
        (MaxNorm(1.5), W, W * np.minimum(1, 1.5 / norms(W, 0))),
        (MaxNorm(1.0, axis=1), W, W * np.minimum(1, 1 / norms(W, 1))),
        (MaxNorm(1.0), KERNEL, KERNEL * np.minimum(1, 1 / norms(KERNEL, (1, 2, 3)))),
        (MaxNorm(0.5), W[0], W[0] * np.minimum(1, 0.5 / norms(W[0], 0))),
    ],
    ids=repr,
)
def test_values_are_as_they_have_to_be(constraint, value, expected, dtype):
    value = value.astype(dtype)
    for given in (value, Node(value)):
        found = constraint.apply(given)
        assert found.dtype == dtype
        np.testing.assert_allclose(getattr(found, "value", found), expected, rtol=1e-6)


@pytest.mark.parametrize("constraint", [MaxNorm(2.0), UnitNorm(), NonNegative()], ids=repr)
def test_zeros_stay_and_what_is_within_keeps_its_bits(constraint):
    assert (constraint.apply(np.zeros((3, 2), np.float32)) == 0).all()
    inside = np.full((3, 2), 0.3, np.float32)
    if not isinstance(constraint, UnitNorm):
        np.testing.assert_array_equal(constraint.apply(inside), inside)


@pytest.mark.parametrize("constraint", [MaxNorm(0.5, axis=(0, 1)), UnitNorm(1), NonNegative()])
def test_they_come_back_from_plain_data(constraint):
    assert repr(rebuild("constraint", constraint.configuration())) == repr(constraint)


X = np.random.default_rng(5).standard_normal((40, 4)).astype(np.float32)
Y = (X[:, :2] > 0).sum(axis=1)


class Rounded(Constraint):
    def apply(self, value):
        return np.rint(value * 64.0) / 64.0


def held(optimizer=None):
    layers = [
        FullyConnected(
            4, 8, weight_constraint=MaxNorm(0.7), bias_constraint=NonNegative(), bias=True
        ),
        BatchNorm(8),
        ReLU(),
        FullyConnected(8, 3, weight_constraint=UnitNorm()),
    ]
    layers[1].constraints = {"gamma": Rounded()}
    return NeuralNetwork(layers, optimizer=optimizer or SGD(0.3, momentum=0.9), seed=1)


@pytest.mark.parametrize("backend", ["eager", "numpy", "native", "xla"])
def test_every_update_ends_with_them(backend):
    if backend == "xla":
        pytest.importorskip("jax", reason="the back end xla needs JAX: pip install jax")
    network = held(Adam(0.05))
    network.layers[0].bias.value = np.full(8, -1.0, np.float32)
    network.fit(X, Y, epochs=4, batch_size=8, progress=False, backend=backend)
    first, batch_norm, _, last = network.layers
    lengths = norms(first.weight.value, 0)
    assert (lengths <= 0.7 + 1e-6).all()
    assert (lengths > 0.69).any()  # it was needed
    assert (first.bias.value >= 0).all()  # from -1, and Adam's steps are of 0.05
    np.testing.assert_allclose(norms(last.weight.value, 0), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(batch_norm.gamma.value * 64 % 1, 0)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_compiled_steps_hold_as_eager_ones(backend):
    eager, compiled = held(), held()
    compiled.compile(backend)
    for network in (eager, compiled):
        network.fit(X, Y, epochs=2, batch_size=8, progress=False)
    for name, value in eager.state_dict().items():
        found = compiled.state_dict()[name]
        if backend == "numpy":
            np.testing.assert_array_equal(found, value, err_msg=name)
        elif not name.endswith("gamma"):  # rounded to 1/64, a last bit may decide
            np.testing.assert_allclose(found, value, 1e-2, 1e-2, err_msg=name)


@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_one_that_is_set_later_holds_from_the_next_step_on(backend):
    network = NeuralNetwork([FullyConnected(4, 3)], optimizer=SGD(0.5))
    network.compile(backend)
    for _ in range(4):
        network.train_step(X, Y)
    network.layers[0].constraints = {"weight": MaxNorm(0.1)}
    network.train_step(X, Y)
    assert (norms(network.layers[0].weight.value, 0) <= 0.1 + 1e-6).all()
    network.layers[0].constraints["weight"].limit = 0.05
    network.train_step(X, Y)
    assert (norms(network.layers[0].weight.value, 0) <= 0.05 + 1e-6).all()


def test_frozen_parameters_are_left_alone():
    network = held()
    network.layers[3].trainable = False
    before = network.layers[3].weight.value.copy()
    network.train_step(X, Y)
    np.testing.assert_array_equal(network.layers[3].weight.value, before)


def test_files_keep_those_of_arguments(tmp_path):
    network = held()
    network.layers[1].constraints = {}
    loaded = NeuralNetwork.load(network.save(tmp_path / "network.safetensors"))
    assert repr(loaded.constraints()) == repr(network.constraints())
    assert list(loaded.constraints()) == ["0.weight", "0.bias", "3.weight"]


@pytest.mark.parametrize(
    "constraints", [{"kernel": MaxNorm()}, {"weight": 2.0}, {"bias": NonNegative()}], ids=repr
)
def test_one_without_its_parameter_says_what_to_write(constraints):
    layer = FullyConnected(4, 3, bias=False)
    network = NeuralNetwork([layer])
    layer.constraints = constraints
    with pytest.raises(ValueError, match=r'layer\.constraints = \{"weight": MaxNorm\(2\.0\)\}'):
        network.train_step(X, Y)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MaxNorm(0.0), "limit"),
        (lambda: MaxNorm(1.0, axis=0.5), "axis"),
        (lambda: UnitNorm(axis=(0, "a")), "axis"),
        (lambda: FullyConnected(2, 3, weight_constraint=2.0), "weight_constraint"),
        (lambda: FullyConnected(2, 3, bias=False, bias_constraint=NonNegative()), "bias=True"),
    ],
)
def test_wrong_arguments_are_named(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


def test_a_constraint_must_say_what_it_does():
    with pytest.raises(NotImplementedError, match=r"must define apply\(self, value\)"):
        Constraint().apply(W)


def test_they_hold_where_layers_have_optimizers_of_their_own():
    network = held()
    network.layers[3].optimizer = SGD(0.5)
    for _ in range(3):
        network.train_step(X, Y)
    np.testing.assert_allclose(norms(network.layers[3].weight.value, 0), 1.0, rtol=1e-5)
    assert (norms(network.layers[0].weight.value, 0) <= 0.7 + 1e-6).all()


def test_kernels_can_be_held_too(tmp_path):
    layers = [
        Reshape((1, 2, 2)), Conv2D(1, 3, 2, padding="same", weight_constraint=MaxNorm(0.5)),
        ReLU(), Flatten(), FullyConnected(12, 3),
    ]  # fmt: skip
    network = NeuralNetwork(layers, optimizer=SGD(0.5))
    network.fit(X, Y, epochs=2, batch_size=8, progress=False)
    assert (norms(layers[1].weight.value, (1, 2, 3)) <= 0.5 + 1e-6).all()
    loaded = NeuralNetwork.load(network.save(tmp_path / "network.safetensors"))
    assert repr(loaded.constraints()) == "{'1.weight': MaxNorm(limit=0.5)}"
    with pytest.raises(ValueError, match=r"Conv2D\(bias_constraint\) expects bias=True"):
        Conv2D(1, 3, 2, bias=False, bias_constraint=NonNegative())
