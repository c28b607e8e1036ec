"""The program of a number and of its gradients, from that of the number."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from ..backpropagation import backpropagate, listener
from ..node import Node, next_serial
from .errors import RecordingError
from .local_names import Heard, name_gradients
from .on_nodes import on_nodes, stand_ins
from .reading import history, read
from .value import Value

if TYPE_CHECKING:
    from .program import Program


def differentiable(program: Program) -> bool:
    """Whether a program has one result, a real number that is no gradient itself.

    Examples
    --------
    >>> from autograd_core import Program, grad
    >>> differentiable(Program.record(lambda x: x * x, 1.0))
    True
    >>> differentiable(Program.record(grad(lambda x: x * x * x), 1.0))
    False
    """
    (output, *others) = program.outputs
    gradients = {f"d{value.name}" for value in program.inputs}
    return (
        not others
        and not program.aliases
        and type(output) is Value
        and output.operation is not None
        and not output.shape
        and output.dtype.kind == "f"
        and output.name not in gradients
        and bool(program.wanted)
    )


def differentiated(program: Program) -> Program:
    """Return a program of the result and its gradients for the inputs that want one.

    Raises
    ------
    TypeError
        If the program has another result than one real number, or no input wants a gradient.
    RecordingError
        If the rules can't be run on numbers that are made up.

    Examples
    --------
    >>> from autograd_core import Program
    >>> both = differentiated(Program.record(lambda x, w: x * w, 2.0, 3.0))
    >>> both(2.0, 3.0)
    (np.float64(6.0), np.float64(3.0), np.float64(2.0))
    """
    if len(program.outputs) != 1 or program.aliases or not _is_real_number(program.outputs[0]):
        raise TypeError(
            f"source(backward=True) expects a function whose result is one real number, got "
            f"{program.name}() with {_said(program)}. Write source(backward=False)"
        )
    if not program.wanted:
        raise TypeError(
            f"source(backward=True) expects an input that wants a gradient; {program.name}() has "
            "none. Record it with floating-point numbers or nodes"
        )
    since = next_serial()
    heard: Heard = []
    token = listener.set(lambda node, gradient: heard.append((next_serial(), node, gradient)))
    try:
        nodes = on_nodes(program, stand_ins(program), program.wanted)
        root = nodes[id(program.outputs[0])]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seed = Node(root.dtype.type(1), requires_grad=False)
            gradients = backpropagate(root, seed, keep_intermediate=True, ends=())
    except (ValueError, IndexError, ArithmeticError) as error:  # LinAlgError is a ValueError
        raise RecordingError(
            f"source() can't differentiate {program.name}() on numbers that are made up: {error}. "
            "Record value_and_grad(f) on your own, or write source(backward=False)"
        ) from error
    finally:
        listener.reset(token)
    given = {nodes[id(value)]: value for value in program.values()}
    found = []
    for number in program.wanted:
        value = program.inputs[number]
        gradient = gradients.get(nodes[id(value)])
        found.append(np.zeros(value.shape, value.dtype)[()] if gradient is None else gradient)
    name_gradients(heard, history(found, given))
    outputs = read(found, given, since).outputs
    return program.replaced(outputs=[*program.outputs, *outputs], returned=None)


def _is_real_number(output: object) -> bool:
    return type(output) is Value and not output.shape and output.dtype.kind == "f"


def _said(program: Program) -> str:
    if len(program.outputs) != 1:
        return f"{len(program.outputs)} results"
    (output,) = program.outputs
    return f"shape {np.shape(output)}" if type(output) is not Value else repr(output)
