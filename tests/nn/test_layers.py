"""Layers: the lectures' equations, dtypes, parameters, errors."""

import numpy as np
import pytest

from autograd_core import Node, check_gradients
from nn import (
    ELU,
    Constant,
    Flatten,
    FullyConnected,
    He,
    Layer,
    LeakyReLU,
    NeuralNetwork,
    Normal,
    ReLU,
    Sigmoid,
    SoftMax,
    Tanh,
    Uniform,
    Xavier,
    Zeros,
)

LAYERS = [
    FullyConnected(4, 3),
    FullyConnected(4, 3, bias=False),
    ReLU(),
    Sigmoid(),
    Tanh(),
    LeakyReLU(0.1),
    ELU(0.5),
    SoftMax(),
    Flatten(),
]


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_gradient_agrees_with_the_difference_quotient(layer, random):
    layer.initialize(np.random.default_rng(1), np.float64)
    check_gradients(layer, random.standard_normal((5, 4)), order=2)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(layer, dtype, random):
    layer.initialize(np.random.default_rng(1), dtype)
    x = Node(random.standard_normal((5, 4)).astype(dtype))
    y = layer(x)
    y.sum().backward()
    gradients = [x.grad, *(p.grad for p in layer.parameters().values())]
    assert [y.dtype, *(g.dtype for g in gradients)] == [dtype] * (1 + len(gradients))


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_stepping_by_hand_equals_the_recorded_graph(layer, random):
    layer.initialize(np.random.default_rng(1), np.float64)
    x, error = random.standard_normal((5, 4)), None
    node = Node(x)
    recorded = layer(node)
    error = random.standard_normal(recorded.shape)
    recorded.backward(error)
    np.testing.assert_array_equal(layer.forward(x), recorded.value)
    np.testing.assert_array_equal(layer.backward(error), node.grad)


def test_fully_connected_steps_are_equations_4_7_and_8(random):
    layer = FullyConnected(4, 3, bias_initializer=Constant(0.5))
    layer.initialize(random, np.float64)
    x, error = random.standard_normal((5, 4)), random.standard_normal((5, 3))
    weight = layer.weight.value
    np.testing.assert_allclose(layer.forward(x), x @ weight + 0.5, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(error), error @ weight.T, rtol=1e-14)
    np.testing.assert_allclose(layer.weight.grad, x.T @ error, rtol=1e-14)
    np.testing.assert_allclose(layer.bias.grad, error.sum(axis=0), rtol=1e-14)


def test_relu_step_is_equation_9_with_zero_at_zero():
    layer = ReLU()
    layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    np.testing.assert_array_equal(layer.backward(np.array([[5.0, 6.0, 7.0]])), [[0.0, 0.0, 7.0]])


def test_softmax_steps_are_equations_10_and_11(random):
    layer, x, error = SoftMax(), random.standard_normal((5, 4)), random.standard_normal((5, 4))
    y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(layer.forward(x), y, rtol=1e-13)
    expected = y * (error - (error * y).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(layer.backward(error), expected, rtol=1e-12, atol=1e-15)


def test_softmax_of_huge_scores_does_not_overflow():
    np.testing.assert_array_equal(SoftMax().forward([[1e4, 0.0]]), [[1.0, 0.0]])


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), ELU(1.0), LeakyReLU(0.01)], ids=repr)
def test_activations_have_the_lectures_values(layer):
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    expected = {
        Sigmoid: [0.119202922, 0.2689414214, 0.5, 0.7310585786, 0.880797078],
        Tanh: [-0.9640275801, -0.761594156, 0.0, 0.761594156, 0.9640275801],
        ELU: [-0.8646647168, -0.6321205588, 0.0, 1.0, 2.0],
        LeakyReLU: [-0.02, -0.01, 0.0, 1.0, 2.0],
    }[type(layer)]
    np.testing.assert_allclose(layer.forward(x), expected, atol=1e-9)


def test_fully_connected_has_the_lectures_shapes():
    layer = FullyConnected(2, 4)
    assert layer.weight.shape == (2, 4)
    assert layer(np.ones((1, 2))).shape == (1, 4)
    assert Flatten()(np.ones((1, 3, 3))).shape == (1, 9)


def test_each_call_is_a_scope_of_its_own():
    layer = FullyConnected(2, 2)
    first, second = layer(np.ones((1, 2))), layer(np.ones((1, 2)))
    assert str(first.scope) == str(second.scope) == "FullyConnected"
    assert first.scope is not second.scope
    assert first.inputs[0].scope is first.scope


def test_layer_on_a_plain_array_gives_a_node():
    assert type(ReLU()(np.array([-1.0, 1.0]))) is Node


@pytest.mark.parametrize(
    ("initializer", "mean", "std"),
    [
        (He(), 0.0, np.sqrt(2 / 400)),
        (He("uniform"), 0.0, np.sqrt(2 / 400)),
        (Xavier(), 0.0, np.sqrt(2 / 700)),
        (Xavier("uniform"), 0.0, np.sqrt(2 / 700)),
        (Normal(1.0, 0.4), 1.0, 0.4),
        (Uniform(-1.0, 3.0), 1.0, 4 / np.sqrt(12)),
        (Constant(0.1), 0.1, 0.0),
        (Zeros(), 0.0, 0.0),
    ],
    ids=repr,
)
def test_initializer_has_its_mean_and_spread(initializer, mean, std, random):
    values = initializer((400, 300), random, np.float32)
    assert values.dtype == np.float32
    assert values.mean() == pytest.approx(mean, abs=0.01)
    assert values.std() == pytest.approx(std, rel=0.02, abs=1e-7)


def test_he_has_the_lectures_sigma():
    assert He().std((2, 4)) == 1.0


def test_parameters_set_by_hand_survive_the_network():
    layer = FullyConnected(2, 2)
    layer.weight.value[...] = 7.0
    assert (NeuralNetwork([layer]).parameters()["0.weight"].value == 7.0).all()


def test_layer_of_ones_own_learns_and_is_drawn_by_its_name():
    class Scale(Layer):
        def __init__(self):
            self.factor = Node(2.0)

        def parameters(self):
            return {"factor": self.factor}

        def apply(self, x):
            return self.factor * x

    layer = Scale()
    out = layer(np.array([3.0]))
    out.backward()
    assert (layer.factor.grad, str(out.scope)) == (3.0, "Scale")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FullyConnected(784, 10)(np.ones((5, 28, 28))), "Put Flatten"),
        (lambda: FullyConnected(4, 2)(np.ones((5, 3))), r"\(samples, 4\).*\(5, 3\)"),
        (lambda: FullyConnected(0, 2), "in_features.*from 1.*got 0"),
        (lambda: FullyConnected(2, 2.5), "out_features.*got 2.5"),
        (lambda: FullyConnected(2, 2, weight_initializer=He), "such as He"),
        (lambda: ReLU().backward(np.ones(2)), "forward"),
        (lambda: He("cauchy"), "'normal' or 'uniform'"),
        (lambda: Uniform(1.0, 0.0), "low <= high"),
        (lambda: Normal(0.0, -1.0), "std >= 0"),
    ],
)
def test_wrong_use_says_what_to_write(make, words):
    with pytest.raises((ValueError, TypeError, RuntimeError), match=words):
        make()
