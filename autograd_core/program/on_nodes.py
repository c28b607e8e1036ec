"""A program turned back into a graph of nodes, on numbers that stand for any."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from ..node import Node
from ..operation import record
from .value import Value, as_held

if TYPE_CHECKING:
    from .program import Program


def stand_ins(program: Program) -> list[Any]:
    """Numbers in the shapes and dtypes of a program's inputs, the same every time.

    Floats lie between 0 and 1, where most functions are defined; square matrices are regular, and
    whole numbers 0.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: x * 2.0, np.ones(2, np.float32))
    >>> stand_ins(program)[0].dtype
    dtype('float32')
    """
    random = np.random.default_rng(0)
    return [_stand_in(value, random) for value in program.inputs]


def _stand_in(value: Value, random: np.random.Generator) -> Any:
    if value.dtype.kind not in "fc":
        return as_held(np.zeros(value.shape, value.dtype))
    numbers: Any = random.uniform(0.25, 0.75, value.shape)
    if value.ndim > 1 and value.shape[-1] == value.shape[-2]:
        numbers = (numbers + np.swapaxes(numbers, -1, -2)) / 2 + value.shape[-1] * np.eye(
            value.shape[-1]
        ) * np.linspace(1.0, 2.0, value.shape[-1])
    return as_held(np.asarray(numbers).astype(value.dtype))


def on_nodes(program: Program, arrays: list[Any], wanted: Collection[int] = ()) -> dict[int, Node]:
    """Return a node for every value, by its ``id``, computed of numbers for the inputs.

    Parameters
    ----------
    program : Program
        What is to be a graph.
    arrays : list of numpy scalar or ndarray
        A value for each input.
    wanted : collection of int, optional
        Numbers of the inputs that want a gradient.
    """
    nodes: dict[int, Node] = {}
    for number, (value, array) in enumerate(zip(program.inputs, arrays, strict=True)):
        nodes[id(value)] = Node(array, name=value.name, requires_grad=number in wanted)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for value in program.values():
            operation = value.operation
            if operation is None:
                continue
            inputs = tuple(nodes[id(x)] if type(x) is Value else x for x in value.inputs)
            numbers = [x._value if type(x) is Node else x for x in inputs]
            result = as_held(operation.forward(*numbers, **value.options))
            wants = value.dtype.kind in "fc" and any(
                type(x) is Node and x.requires_grad for x in inputs
            )
            node = record(operation, inputs, result, value.options, wants)
            node.name, node.scope = value.name, value.scope
            nodes[id(value)] = node
    return nodes
