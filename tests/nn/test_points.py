"""Points in the plane: where they lie, how many of each class, and that seeds decide."""

import numpy as np
import pytest

from nn import Adam, FullyConnected, NeuralNetwork, Tanh, load_dataset
from nn.data import blobs, circles, moons, spirals, standardize, xor

ALL = [moons, circles, spirals, blobs, xor]


@pytest.mark.parametrize("draw", ALL)
def test_classes_have_as_many_points_in_random_order(draw):
    x, y = draw(101)
    assert x.shape == (101, 2)
    assert x.dtype == np.float32
    assert y.dtype == np.int64
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    assert (np.diff(y) != 0).sum() > 20


@pytest.mark.parametrize("draw", ALL)
def test_the_seed_decides_and_generators_go_on(draw):
    np.testing.assert_array_equal(draw(20, seed=3).x, draw(20, seed=3).x)
    assert not np.array_equal(draw(20, seed=3).x, draw(20, seed=4).x)
    generator = np.random.default_rng(3)
    np.testing.assert_array_equal(draw(20, seed=generator).x, draw(20, seed=3).x)
    assert not np.array_equal(draw(20, seed=generator).x, draw(20, seed=3).x)


@pytest.mark.parametrize("draw", ALL)
def test_noise_is_what_is_said_of_it(draw):
    exact, noisy = draw(20_000, noise=0.0).x, draw(20_000, noise=0.3).x
    assert (noisy - exact).std() == pytest.approx(0.3, rel=0.02)


def test_moons_are_half_circles():
    x, y = moons(500, noise=0.0)
    upper, lower = x[y == 0], x[y == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-6)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5


@pytest.mark.parametrize("classes", [1, 2, 5])
def test_circles_have_their_radii(classes):
    x, y = circles(100, classes=classes, noise=0.0)
    np.testing.assert_allclose(np.hypot(*x.T), (y + 1) / classes, rtol=1e-6)


def test_arms_of_a_spiral_turn_with_the_radius():
    x, y = spirals(300, noise=0.0, turns=1.5)
    radius, angle = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])
    turned = angle - 2 * np.pi * (1.5 * radius + y / 3)
    np.testing.assert_allclose(np.cos(turned), 1, atol=1e-4)


def test_xor_without_noise_is_its_table():
    x, y = xor(400, noise=0.0)
    corners, counts = np.unique(x, axis=0, return_counts=True)
    assert corners.tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    assert counts.tolist() == [100] * 4
    np.testing.assert_array_equal(y, (x[:, 0] > 0) ^ (x[:, 1] > 0))


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "blobs", "xor"])
def test_a_small_network_learns_each_that_no_line_tells_apart(name):
    data = load_dataset(name)
    assert len(data.x_test) * 2 == len(data.x_train)
    x_train, x_test = standardize(data.x_train, data.x_test)
    classes = data.y_train.max() + 1
    network = NeuralNetwork(
        [
            FullyConnected(2, 32),
            Tanh(),
            FullyConnected(32, 32),
            Tanh(),
            FullyConnected(32, classes),
        ],
        optimizer=Adam(0.01),
    )
    network.fit(x_train, data.y_train, epochs=60, batch_size=32, progress=False)
    assert network.evaluate(x_test, data.y_test)["accuracy"] > 0.93


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: moons(1), "n. expects a whole number from 2"),
        (lambda: spirals(10, classes=0), "classes. expects"),
        (lambda: blobs(10, noise=-1), "noise. expects"),
        (lambda: xor(10, seed="a"), "seed. expects a whole number from 0 or a numpy.random"),
        (lambda: moons(10, random_state=3), "write seed=3"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_is_expected(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
