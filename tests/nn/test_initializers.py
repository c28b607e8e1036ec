"""Initializers: distributions, bounds, dtypes, seeds, descriptions, errors."""

import numpy as np
import pytest

from nn import (
    Constant,
    FullyConnected,
    He,
    Initializer,
    NeuralNetwork,
    Normal,
    Uniform,
    UniformFanIn,
    Xavier,
    Zeros,
)
from nn.registry import rebuild

INITIALIZERS = [
    (He(), 0.0, np.sqrt(2 / 400)),
    (He("uniform"), 0.0, np.sqrt(2 / 400)),
    (Xavier(), 0.0, np.sqrt(2 / 700)),
    (Xavier("uniform"), 0.0, np.sqrt(2 / 700)),
    (Normal(1.0, 0.4), 1.0, 0.4),
    (Normal(), 0.0, 0.4),
    (Uniform(-1.0, 3.0), 1.0, 4 / np.sqrt(12)),
    (UniformFanIn(), 0.0, 2 / 400 / np.sqrt(12)),
    (Constant(0.1), 0.1, 0.0),
    (Zeros(), 0.0, 0.0),
]


@pytest.mark.parametrize(("initializer", "mean", "std"), INITIALIZERS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_initializer_has_its_mean_spread_and_dtype(initializer, mean, std, dtype):
    values = initializer((400, 300), np.random.default_rng(0), dtype)
    assert values.dtype == dtype
    assert values.mean() == pytest.approx(mean, abs=0.01)
    assert values.std() == pytest.approx(std, rel=0.02, abs=1e-7)


@pytest.mark.parametrize(
    ("initializer", "bound"),
    [
        (UniformFanIn(), 1 / 50),
        (He("uniform"), np.sqrt(6 / 50)),
        (Xavier("uniform"), np.sqrt(6 / 90)),
        (Uniform(-0.3, 0.3), 0.3),
    ],
    ids=repr,
)
def test_uniform_values_fill_their_range(initializer, bound):
    values = initializer((50, 40), np.random.default_rng(0), np.float64)
    assert 0.98 * bound < np.abs(values).max() <= bound
    assert values.min() < 0 < values.max()


@pytest.mark.parametrize("initializer", [row[0] for row in INITIALIZERS], ids=repr)
def test_the_generator_alone_decides(initializer):
    draws = [initializer((3, 2), np.random.default_rng(seed), np.float64) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert isinstance(initializer, (Zeros, Constant)) or (draws[0] != draws[2]).all()
    single = initializer((3, 2), np.random.default_rng(1), np.float32)
    np.testing.assert_array_equal(single, draws[0].astype(np.float32))


@pytest.mark.parametrize("initializer", [row[0] for row in INITIALIZERS], ids=repr)
def test_initializer_survives_its_description(initializer):
    again = rebuild("initializer", initializer.configuration())
    assert (type(again), repr(again)) == (type(initializer), repr(initializer))


@pytest.mark.parametrize(
    ("initializer", "shape", "std"),
    [
        (He(), (2, 4), 1.0),  # the lecture's
        (He(), (3, 3, 8), np.sqrt(2 / 9)),
        (He(), (8,), np.sqrt(2)),
        (He(), (), np.sqrt(2)),
        (Xavier(), (2, 6), 0.5),
        (Xavier(), (7,), 0.5),
        (Xavier(), (), 1.0),
    ],
)
def test_the_spread_follows_from_inputs_and_outputs(initializer, shape, std):
    assert initializer.std(shape) == pytest.approx(std, rel=1e-15)


def test_a_range_may_be_one_number():
    assert Uniform(2.0, 2.0)((2,), np.random.default_rng(0), np.float64).tolist() == [2.0, 2.0]


def test_small_positive_bias_for_relu():
    layer = FullyConnected(3, 4, bias_initializer=Constant(0.1))
    NeuralNetwork([layer], dtype=np.float64)
    np.testing.assert_array_equal(layer.bias.value, [0.1] * 4)
    assert len(np.unique(layer.weight.value)) == 12


def test_initializer_of_ones_own():
    class Ramp(Initializer):
        def draw(self, shape, generator):
            return np.arange(np.prod(shape)).reshape(shape)

    network = NeuralNetwork([FullyConnected(2, 2, weight_initializer=Ramp())])
    assert network.parameters()["0.weight"].value.tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: He("cauchy"), "'normal' or 'uniform', got 'cauchy'"),
        (lambda: Xavier(None), "'normal' or 'uniform', got None"),
        (lambda: Uniform(1.0, 0.0), "low <= high, got 1.0 and 0.0"),
        (lambda: Uniform(0.0, np.nan), "high.*finite number, got nan"),
        (lambda: Normal(0.0, -1.0), "std.*from 0, got -1.0"),
        (lambda: Constant("zero"), "value.*got 'zero'"),
        (lambda: Initializer()((2,), np.random.default_rng(0), float), "must define draw"),
    ],
)
def test_wrong_use_says_what_is_expected(make, words):
    with pytest.raises((ValueError, NotImplementedError), match=words):
        make()
