"""What the page runs: a network's training step, and its look at samples, as programs."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from autograd_core import Program
from autograd_core.program.drawn import Draw

from ..page.shell import program_data

if TYPE_CHECKING:
    from nn import NeuralNetwork

Arrays = npt.NDArray[Any]

INSTEAD = "Write network.fit(x, y): Python runs it"


def training_step(network: NeuralNetwork, x: Arrays, y: Arrays) -> dict[str, Any]:
    """Return a training step on a batch of this size, and what its inputs and outputs stand for.

    Parameters
    ----------
    network : NeuralNetwork
        It stays as it is.
    x, y : ndarray
        A batch: samples and labels; their shapes count.

    Returns
    -------
    dict
        ``program`` as data, in which inputs 0 and 1 are the samples and the labels and outputs 0
        and 1 the loss and the prediction; behind ``numbers``, ``parameters`` and ``state`` (what
        optimizer and layers remember) are the numbers of inputs, behind ``layers`` pairs of
        outputs, values and gradients, and behind ``gradients`` outputs.

    Raises
    ------
    UnsupportedOperationError
        If something in it can't run in a page; it says what.
    """
    from nn.finite import TrainingWarning
    from nn.training.compiled_steps import step_aside

    with warnings.catch_warnings():  # of batches of one sample, which a page may be asked for
        warnings.simplefilter("ignore", TrainingWarning)
        step = step_aside(network, x, y, inner=True)
    program, frozen = _with_parameters(network, step.program)
    names = {id(part): name for name, part in _parts(network).items()}
    learned = {names[id(node)]: number for number, node in step.parameters.items()}
    return {
        "rows": len(x),
        "program": program_data(program, INSTEAD),
        "numbers": dict(zip(step.numbers, range(2, 2 + len(step.numbers)), strict=True)),
        "parameters": learned | frozen,
        "state": {f"{name}/{key}": number for number, (name, key) in step.state.items()}
        | {names[id(buffer)]: number for number, buffer in step.buffers.items()},
        "layers": step.layers,
        "gradients": {name: step.gradients[number] for name, number in learned.items()},
    }


def look(network: NeuralNetwork, x: Arrays, y: Arrays, *, layers: bool = False) -> dict[str, Any]:
    """Return what the network says of samples, as when training is over; see `training_step`.

    Parameters
    ----------
    network : NeuralNetwork
        It stays as it is.
    x, y : ndarray
        Samples and labels as the loss takes them; their shapes count.
    layers : bool, default False
        Whether the outputs behind the loss and the prediction are what the layers return.
    """
    from nn.finite import quiet

    def seen(x: Any, y: Any) -> list[Any]:
        passed = [x]
        for layer in network.layers:
            passed.append(layer(passed[-1]))
        loss = network.loss.compared(passed[-1], y)
        return [loss, passed[-1], *(passed[1:] if layers else [])]

    with network.evaluating(), quiet():
        program, parameters = _with_parameters(network, Program.record(seen, x, y))
    return {"rows": len(x), "program": program_data(program, INSTEAD), "parameters": parameters}


def _parts(network: NeuralNetwork) -> dict[str, Any]:
    """What the layers learn, and what they remember."""
    return {**network.parameters(), **network.buffers()}


def _with_parameters(network: NeuralNetwork, program: Program) -> tuple[Program, dict[str, int]]:
    """Make inputs that are given of what was read of the layers, and return which they are."""
    names = {id(part.value): name for name, part in _parts(network).items()}
    found = {
        names[id(array)]: number
        for number, source in program.sources.items()
        if not isinstance(source, Draw) and id(array := source()) in names
    }
    others = program.sources.keys() - found.values()
    sources = {number: program.sources[number] for number in sorted(others)}
    return program.replaced(sources=sources), found
