"""Training steps as data for pages: every layer, loss and optimizer, run by Node.js."""

from __future__ import annotations

import copy
import json

import backends
import numpy as np
import pytest
from test_layers import LAYERS, batch
from test_losses import LOSSES

from autograd_core.program import interpreter
from autograd_core.program.javascript import exported, kernel_source
from nn import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    BinaryCrossEntropy,
    Dropout,
    FullyConnected,
    HingeLoss,
    MeanSquaredError,
    NeuralNetwork,
    RMSprop,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
)
from nn.training.recorded_step import record_step

OPTIMIZERS = [
    SGD(0.1),
    SGD(0.1, 0.9),
    SGD(0.1, 0.9, nesterov=True, weight_decay=0.01),
    SGD(0.1, clip_norm=0.5),
    Adam(0.01),
    AdamW(0.01),
    RMSprop(),
    Adagrad(),
]

random = np.random.default_rng(0)
X = random.normal(size=(6, 4))
CLASSES = np.eye(3)[random.integers(0, 3, 6)]
NUMBERS = random.uniform(size=(6, 3))


def stepped(layers, loss=None, optimizer=None, y=CLASSES, dtype=np.float64):
    """The program of a step, and numbers for its inputs."""
    network = NeuralNetwork(
        copy.deepcopy(layers),
        loss=copy.deepcopy(loss or SoftMaxCrossEntropyLoss()),
        optimizer=copy.deepcopy(optimizer or SGD(0.1)),
        seed=1,
        dtype=dtype,
    )
    like = network.predict(X.astype(dtype))
    y = random.uniform(size=like.shape) if y is None else y
    recorded = record_step(network, X.astype(dtype), y, twice=False)
    rates = network.optimizer.numbers(3)
    given = []
    for place, value in enumerate(recorded.program.inputs):
        if place in recorded.parameters:
            given.append(recorded.parameters[place].value)
        elif value.name in rates:
            given.append(value.dtype.type(rates[value.name]))
        elif value is recorded.target:
            given.append(y.astype(value.dtype))
        else:  # other samples than those of the recording; what is remembered is not negative
            given.append(random.uniform(0.1, 1.0, value.shape).astype(value.dtype))
    return recorded.program.replaced(sources={}), given


def agree(steps):
    jobs = [(program, exported(program), given) for program, given in steps]
    for (program, _, given), found in zip(jobs, backends.in_node(jobs), strict=True):
        for x, y in zip(found, interpreter.run(program, given), strict=True):
            backends.equal("javascript", x, y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_all_layers(dtype):
    flat = [layer for layer in LAYERS if batch(layer, random).shape == (5, 4)]
    agree(
        stepped([FullyConnected(4, 4), layer], MeanSquaredError(), y=None, dtype=dtype)
        for layer in flat
    )


def test_all_losses():
    of_numbers = (BinaryCrossEntropy, SigmoidCrossEntropyLoss, HingeLoss)
    steps = []
    for loss in LOSSES:
        last = {"BinaryCrossEntropy": Sigmoid(), "CrossEntropyLoss": SoftMax()}.get(
            type(loss).__name__, Tanh()
        )
        y = (NUMBERS > 0.5).astype(float) if isinstance(loss, of_numbers) else CLASSES
        steps.append(stepped([FullyConnected(4, 3), last], loss, y=y))
    agree(steps)


def test_all_optimizers():
    agree(
        stepped([FullyConnected(4, 5), Tanh(), FullyConnected(5, 3)], None, o) for o in OPTIMIZERS
    )


def test_what_dropout_draws_has_a_law():
    network = NeuralNetwork(
        [FullyConnected(4, 4), Dropout(0.2), FullyConnected(4, 3)], seed=0, dtype=np.float64
    )
    network.predict(X)
    data = exported(record_step(network, X, CLASSES, twice=False).program)
    assert list(data["drawn"].values()) == [["bernoulli", 0.8, 1.25]]


@pytest.mark.parametrize("optimizer", [SGD(0.1, 0.9), Adam(0.05)], ids=repr)
def test_a_hundred_steps_are_those_of_python(optimizer):
    network = NeuralNetwork(
        [FullyConnected(4, 6), Tanh(), FullyConnected(6, 3)],
        loss=SoftMaxCrossEntropyLoss("mean"),
        optimizer=copy.deepcopy(optimizer),
        seed=1,
        dtype=np.float64,
    )
    network.predict(X)
    recorded = record_step(network, X, CLASSES, twice=False)
    program = recorded.program
    start = {
        place: recorded.parameters[place].value if place in recorded.parameters else 0.0
        for place in program.aliases.values()
    }
    start = {
        place: np.broadcast_to(x, program.inputs[place].shape).ravel().tolist()
        for place, x in start.items()
    }
    batches, losses = [], []
    for step in range(1, 101):
        x = random.normal(size=X.shape)
        y = np.eye(3)[random.integers(0, 3, len(x))]
        given = {"x": x, "y": y} | network.optimizer.numbers(step)
        batches.append(
            {
                place: np.ravel(given[value.name]).tolist()
                for place, value in enumerate(program.inputs)
                if value.name in given
            }
        )
        losses.append(network.train_step(x, y))
    script = """
    const [data, start, batches] = JSON.parse(require("fs").readFileSync(0));
    const k = Kernel.build(data), losses = [];
    const give = (given) => Object.entries(given).forEach(([n, x]) => k.inputs[n].set(x));
    give(start);
    for (const batch of batches) { give(batch); k.run(); losses.push(k.outputs[0][0]); }
    console.log(JSON.stringify([losses, k.inputs.map((x) => Array.from(x))]));
    """
    found = backends.run_in_node(
        kernel_source() + script, json.dumps([exported(program), start, batches])
    )
    found_losses, inputs = json.loads(found)
    np.testing.assert_allclose(found_losses, losses, rtol=1e-9)
    for place, parameter in recorded.parameters.items():
        np.testing.assert_allclose(inputs[place], parameter.value.ravel(), atol=1e-9)
