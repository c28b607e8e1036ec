"""Training steps of this project, on each of its back ends."""

from collections.abc import Callable
from importlib.util import find_spec
from itertools import cycle, pairwise

import numpy as np

from autograd_core.program.compiling import backend_named
from autograd_core.program.native.compiler import compilers
from nn import (
    SGD,
    Adam,
    CrossEntropyLoss,
    FullyConnected,
    Layer,
    NeuralNetwork,
    ReLU,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    one_hot,
)

from .workloads import RATES, Optimizer, Sizes, Step, make_batch, make_weights

NUMBERS_OF_STEPS = 100
"""For so many steps the optimizer's numbers, such as the rate, are made before the executable runs
alone; then they begin again."""


def network(sizes: Sizes, optimizer: Optimizer = "SGD", *, separate: bool = False) -> NeuralNetwork:
    """Layers with the starting values of all; `separate` ends with SoftMax and CrossEntropyLoss."""
    layers: list[Layer] = []
    for n, m in pairwise(sizes):
        layers += [FullyConnected(n, m), ReLU()]
    layers.pop()
    if separate:
        layers.append(SoftMax())
    made = NeuralNetwork(
        layers,
        loss=CrossEntropyLoss("mean") if separate else SoftMaxCrossEntropyLoss("mean"),
        optimizer={"SGD": SGD, "Adam": Adam}[optimizer](RATES[optimizer]),
    )
    state = {}
    for position, (weight, bias) in enumerate(make_weights(sizes)):
        state[f"{2 * position}.weight"], state[f"{2 * position}.bias"] = weight, bias
    made.load_state_dict(state)
    return made


def by_train_step(backend: str, *, separate: bool = False) -> Callable[..., Step]:
    """`NeuralNetwork.train_step`, what users call, on NumPy arrays."""

    def make(samples: int, sizes: Sizes, optimizer: Optimizer = "SGD") -> Step:
        trained = network(sizes, optimizer, separate=separate).compile(backend)
        x, labels = make_batch(samples, sizes)
        y = one_hot(labels, sizes[-1])
        return lambda: trained.train_step(x, y)

    return make


def as_in_fit(backend: str) -> Callable[..., Step]:
    """`train_step` while the parameters stay where the back end computes, as `fit` has it."""

    def make(samples: int, sizes: Sizes, optimizer: Optimizer = "SGD") -> Step:
        trained = network(sizes, optimizer).compile(backend)
        x, labels = make_batch(samples, sizes)
        y = one_hot(labels, sizes[-1])
        staying = trained.staying()
        staying.__enter__()

        def step() -> object:
            assert staying is not None  # it ends with this function
            return trained.train_step(x, y)

        return step

    return make


def executable_alone(backend: str) -> Callable[..., Step]:
    """What the back end built, called without the network around it."""

    def make(samples: int, sizes: Sizes, optimizer: Optimizer = "SGD") -> Step:
        trained = network(sizes, optimizer)
        x, labels = make_batch(samples, sizes)
        y = one_hot(labels, sizes[-1])
        program = trained.program(x, y)
        bound = sorted(program.aliases.values())  # the parameters, and what is remembered of them
        run = backend_named(backend).build(program, bound=bound, reuse=True)
        inputs = [program.inputs[number] for number in bound]
        arrays = [np.zeros(value.shape, value.dtype) for value in inputs]
        parameters = trained.parameters().values()
        arrays[: len(parameters)] = [parameter.value for parameter in parameters]
        run.bind(dict(zip(bound, arrays, strict=True)))
        rule = trained.optimizer
        numbers = [
            [np.float32(number) for number in rule.numbers(step).values()]
            for step in range(1, NUMBERS_OF_STEPS + 1)
        ]
        following = cycle(numbers)

        def step() -> object:
            results = run(x, y, *next(following))
            assert results is not None
            return float(results[0])

        return step

    return make


def backends() -> list[str]:
    """Return the back ends that this machine has, eager first."""
    found = ["eager", "numpy"]
    if compilers():
        found.append("native")
    if find_spec("jax"):
        found.append("xla")
    return found
