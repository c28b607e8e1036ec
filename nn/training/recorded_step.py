"""A training step of a network as a program: forward, backward, update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.backpropagation import backpropagate
from autograd_core.program import Program, Value
from autograd_core.program.recording import Recorder

from ..layers.layer import training_mode
from ..optimizers.clipping import clipping_factor

if TYPE_CHECKING:
    from ..network import NeuralNetwork

Remembered = dict[tuple[str, str], Node]


class RecordedStep(NamedTuple):
    """The program of a step, and what its inputs stand for.

    The inputs are the samples, the labels as the loss takes them, the numbers of the optimizer,
    what layers draw, and then, `bound`, the parameters and what is remembered of them. The outputs
    are the loss and the prediction; those behind them replace what is bound.
    """

    program: Program
    numbers: tuple[str, ...]
    """Names of the optimizer's numbers, in order; see `Optimizer.numbers`."""
    draws: tuple[Any, ...]
    """What draws an input anew, each a `Draw`."""
    target: Value
    """The labels as the loss takes them."""
    parameters: dict[int, Node]
    """The parameters by the number of their input."""
    state: dict[int, tuple[str, str]]
    """What is remembered, as a parameter's name and a key, by the number of its input."""


def record_step(network: NeuralNetwork, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> RecordedStep:
    """Record a step on a batch; nothing is learned from it.

    Parameters
    ----------
    network : NeuralNetwork
        Its parameters stay as they are.
    x, y : ndarray
        A batch: samples in the network's dtype, and labels.
    """
    recorder = Recorder()
    samples = _input("x", x)
    one = network.dtype.type(1)
    rates = {name: _input(name, one) for name in network.optimizer.numbers(1)}
    parameters = {
        name: parameter
        for name, parameter in network.parameters().items()
        if parameter.requires_grad
    }
    called = _called(parameters)
    inner = {name: _value(called[name], node) for name, node in parameters.items()}
    remembered: dict[tuple[str, str], tuple[Node, Value]] = {}
    optimizer = network.optimizer
    keys = optimizer.state_keys()
    for name, parameter in parameters.items():
        arrays = optimizer.remembered(name, np.asarray(parameter._value), *keys)
        for key, array in zip(keys, arrays, strict=True):
            remembered[name, key] = _input(f"{called[name]}/{key}", array)

    def step() -> tuple[tuple[Node, Value], Node, Node, dict[str, Node], Remembered]:
        with training_mode(True):
            prediction = network.forward(samples[0])
            labels = _input("y", network.loss.checked_label(prediction, y))
            loss, objective = network.objective(prediction, labels[0])
        seed = Node(objective.dtype.type(1), requires_grad=False)
        gradients = backpropagate(objective, seed, keep_intermediate=False, ends=())
        found = {
            name: gradients[parameter]
            for name, parameter in parameters.items()
            if gradients.get(parameter) is not None
        }
        if optimizer.clip_norm is not None:
            factor = clipping_factor(list(found.values()), optimizer.clip_norm)
            found = {name: g * factor.astype(g.dtype) for name, g in found.items()}
        updated: dict[str, Node] = {}
        state: Remembered = {}
        given = {name: node for name, (node, _) in rates.items()}
        for name, gradient in found.items():
            before = {key: remembered[name, key][0] for key in keys}
            updated[name], after = optimizer.recorded_rule(
                parameters[name], gradient, before, given
            )
            state |= {(name, key): node for key, node in after.items()}
        return labels, loss, prediction, updated, state

    labels, loss, prediction, updated, state = recorder.call(step)
    roots = [loss, prediction, *updated.values(), *state.values()]
    pairs = [samples, labels, *rates.values(), *remembered.values()]
    pairs += [(parameter, inner[name]) for name, parameter in parameters.items()]
    reading = recorder.read(roots, pairs)
    first = [value for _, value in (samples, labels, *rates.values())]
    own, sources = recorder.sources(reading, len(first))
    inputs = [*first, *own]
    bound: dict[int, Node] = {}
    places: dict[Any, int] = {}
    for name in updated:
        places[name] = len(inputs)
        bound[len(inputs)] = parameters[name]
        inputs.append(inner[name])
    of_state: dict[int, tuple[str, str]] = {}
    for name, key in state:
        places[name, key] = len(inputs)
        of_state[len(inputs)] = (name, key)
        inputs.append(remembered[name, key][1])
    replaced = [*updated, *state]
    program = Program(
        inputs,
        reading.outputs,
        {2 + number: places[what] for number, what in enumerate(replaced)},
        sources=sources,
        guard=0,
        name="step",
        arguments=tuple(inputs[: len(first)] + inputs[len(first) + len(own) :]),
    )
    return RecordedStep(program, tuple(rates), tuple(sources.values()), labels[1], bound, of_state)


def _called(parameters: dict[str, Node]) -> dict[str, str]:
    """What the program calls the parameters: as diagrams do, if that tells them apart."""
    names = {path: node.name or path for path, node in parameters.items()}
    return names if len(set(names.values())) == len(names) else {path: path for path in names}


def _value(name: str, x: Any) -> Value:
    return Value(None, (), {}, np.shape(x), x.dtype, name)


def _input(name: str, array: Any) -> tuple[Node, Value]:
    return Node(array, name=name, requires_grad=False), _value(name, array)
