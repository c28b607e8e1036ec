"""Optimizers: the lecture's descent, published update rules, dtypes."""

import numpy as np
import pytest

from autograd_core import Node
from nn import SGD, Adam


def test_sgd_walks_down_the_lectures_parabola():
    w, optimizer, path = Node(1.8), SGD(0.3), [1.8]
    for _ in range(5):
        (w**2).backward()
        optimizer.step([w])
        path.append(float(w))
    np.testing.assert_allclose(path, [1.8, 0.72, 0.288, 0.1152, 0.04608, 0.018432], rtol=1e-12)


def steps(optimizer, gradients):
    w = Node(np.zeros(2))
    for gradient in gradients:
        w.grad = np.array(gradient)
        optimizer.step({"w": w})
    return w.value


def test_momentum_keeps_a_share_of_the_velocity():
    found = steps(SGD(0.1, momentum=0.5), [[1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(found, [-0.1 - 0.15, 0.0])


def test_adam_follows_algorithm_1():
    gradients = np.random.default_rng(0).standard_normal((5, 2))
    w, mean, square = np.zeros(2), np.zeros(2), np.zeros(2)
    for t, g in enumerate(gradients, start=1):
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
        w -= 0.01 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(steps(Adam(0.01), gradients), w, rtol=1e-12)


@pytest.mark.parametrize(
    "make", [lambda: SGD(np.float64(0.1)), lambda: SGD(0.1, momentum=0.9), Adam]
)
@pytest.mark.parametrize("value", [np.ones(3, np.float32), np.float32(1)])
def test_float32_stays_float32(make, value):
    w = Node(value)
    (w * w).sum().backward()
    make().step([w])
    assert w.dtype == np.float32
    assert np.all(w.value < 1)


def test_a_state_taken_over_continues_the_same_way():
    gradients = np.random.default_rng(0).standard_normal((6, 2))
    first, second = Adam(0.01), Adam(0.01)
    w = Node(np.zeros(2))
    for g in gradients[:3]:
        w.grad = g
        first.step({"w": w})
    second.load_state_dict(first.state_dict())
    for g in gradients[3:]:
        w.grad = g
        second.step({"w": w})
    np.testing.assert_array_equal(w.value, steps(Adam(0.01), gradients))


def test_parameters_without_a_gradient_stay():
    w = Node(np.ones(2))
    SGD(0.1).step([w])
    np.testing.assert_array_equal(w.value, [1.0, 1.0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(0.0), "above 0, got 0.0"),
        (lambda: SGD(float("nan")), "finite"),
        (lambda: SGD("fast"), "got 'fast'"),
        (lambda: SGD(0.1, momentum=1.0), "below 1"),
        (lambda: SGD(0.1).step([np.ones(2)]), "leaf nodes, got ndarray"),
        (lambda: SGD(0.1).step([Node(1.0) * 2.0]), "leaf nodes"),
        (lambda: Adam().load_state_dict({"x": 1.0}), "found 'x'"),
    ],
)
def test_wrong_use_says_what_is_expected(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


def test_large_parameters_are_updated_in_blocks_and_whole():
    value = np.random.default_rng(0).standard_normal((300, 700))
    w = Node(value)
    w.grad = np.ones_like(value)
    SGD(0.5).step([w])
    np.testing.assert_array_equal(w.value, value - 0.5)
