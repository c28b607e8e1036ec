"""Training steps as C: the same numbers as NumPy's, in the arrays that have always been there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_core.program.native import compiler
from nn import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Dropout,
    FullyConnected,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    RMSprop,
    Sigmoid,
    SoftMaxCrossEntropyLoss,
    Tanh,
)
from nn.data import one_hot
from nn.finite import TrainingWarning

pytestmark = pytest.mark.skipif(
    not list(compiler.compilers()), reason="there is no C compiler on this machine"
)

OPTIMIZERS = [
    lambda: SGD(0.1),
    lambda: SGD(0.1, momentum=0.9, nesterov=True),
    lambda: SGD(0.1, weight_decay=0.01),
    lambda: Adam(0.01),
    lambda: AdamW(0.01),
    lambda: RMSprop(0.01),
    lambda: Adagrad(0.1),
]


def trained(optimizer: Any, backend: str, dtype: str, width: int) -> tuple[NeuralNetwork, Any]:
    layers = [
        FullyConnected(20, width), ReLU(), FullyConnected(width, width), Tanh(), Dropout(0.2),
        FullyConnected(width, 5), Sigmoid(), FullyConnected(5, 4),
    ]  # fmt: skip
    network = NeuralNetwork(
        layers, loss=SoftMaxCrossEntropyLoss("mean"), optimizer=optimizer(), seed=1, dtype=dtype
    )
    random = np.random.default_rng(0)
    network.compile(backend)
    losses = []
    for _ in range(6):
        x = random.normal(size=(30, 20)).astype(dtype)
        losses.append(network.train_step(x, one_hot(random.integers(0, 4, 30), 4)))
    return network, losses


@pytest.mark.parametrize("optimizer", range(len(OPTIMIZERS)))
@pytest.mark.parametrize(("dtype", "width"), [("float64", 7), ("float32", 7), ("float32", 130)])
def test_steps_learn_what_numpys_learn(optimizer: int, dtype: str, width: int) -> None:
    (mine, losses), (theirs, wanted) = (
        trained(OPTIMIZERS[optimizer], backend, dtype, width) for backend in ("native", "numpy")
    )
    rtol = 1e-10 if dtype == "float64" else 1e-3
    np.testing.assert_allclose(losses, wanted, rtol=rtol)
    for name, value in mine.state_dict().items():
        other = theirs.state_dict()[name]
        assert value.dtype == other.dtype == dtype
        np.testing.assert_allclose(value, other, rtol=rtol, atol=rtol, err_msg=name)
    for name, state in mine.optimizer.state.items():
        for key, value in state.items():
            other = theirs.optimizer.state[name][key]
            np.testing.assert_allclose(value, other, rtol=rtol, atol=rtol, err_msg=f"{name} {key}")


def network_of(weight: float) -> NeuralNetwork:
    layer = FullyConnected(2, 1)
    network = NeuralNetwork([layer], loss=MeanSquaredError(), optimizer=SGD(0.1), dtype="float64")
    network.load_state_dict({"0.weight": np.full((2, 1), weight), "0.bias": np.zeros(1)})
    return network.compile("native")


def test_parameters_stay_in_their_arrays() -> None:
    network = network_of(1.0)
    weight = network.parameters()["0.weight"].value
    x, y = np.ones((3, 2)), np.zeros((3, 1))
    first = network.train_step(x, y)
    assert network.parameters()["0.weight"].value is weight
    before = weight.copy()
    assert network.train_step(x, y) < first
    assert (weight != before).all()


def test_a_step_that_overflows_is_done_eagerly() -> None:
    with np.errstate(all="ignore"):
        network = network_of(1.0)
        x, y = np.ones((3, 2)), np.zeros((3, 1))
        network.train_step(x, y)
        eager = network_of(1.0).compile("eager")
        eager.train_step(x, y)
        for one in (network, eager):
            with pytest.warns(TrainingWarning, match="the loss is inf"):
                assert one.train_step(x * 1e200, y) == np.inf
    for name, value in network.state_dict().items():
        np.testing.assert_array_equal(value, eager.state_dict()[name])
