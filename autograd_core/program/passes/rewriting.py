"""What passes are made of: values replaced one by one, and expressions written as NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...node import Node, next_serial
from ..reading import read
from ..value import Constant, Value

if TYPE_CHECKING:
    from ..program import Program

Rule = Callable[[Value], "Value | Constant | None"]
"""What stands in place of a value, or None where it stays."""


def rewritten(program: Program, rule: Rule) -> Program:
    """Return the program with what a rule says in place of each value, inputs first.

    Parameters
    ----------
    program : Program
        It stays as it is; where no rule applies, the same one is returned.
    rule : callable
        From a value, whose inputs have been replaced already, to another value or a constant of
        the same shape and dtype; None where it stays.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: -(-x), 1.0)
    >>> def twice_negative(value):
    ...     inner = value.inputs[0]
    ...     if value.operation.name == "negative" == inner.operation.name:
    ...         return inner.inputs[0]
    >>> rewritten(program, lambda v: None) is program
    True
    """
    new: dict[int, Any] = {}
    for value in program.values():
        if value.operation is None:
            new[id(value)] = value
            continue
        inputs = [new[id(x)] if type(x) is Value else x for x in value.inputs]
        if any(x is not y for x, y in zip(inputs, value.inputs, strict=True)):
            again = value.with_inputs(inputs)
        else:
            again = value
        found = rule(again)
        new[id(value)] = again if found is None else found
    outputs = [new[id(x)] if type(x) is Value else x for x in program.outputs]
    if all(x is y for x, y in zip(outputs, program.outputs, strict=True)):
        return program
    return program.replaced(outputs=outputs)


def expressed(expression: Callable[..., Any], *inputs: Value | Constant, **options: Any) -> Any:
    """Return the value of a NumPy expression of values: shapes and dtypes are those of NumPy.

    Examples
    --------
    >>> x = Value(None, (), {}, (2, 3), np.float32, "x")
    >>> expressed(lambda x: np.sum(x * x, axis=0), x)
    Value(sum, float32[3])
    """
    since = next_serial()
    given: dict[Node, Value] = {}
    arguments: list[Any] = []
    for x in inputs:
        if type(x) is Value:
            node = stand_in(x)
            given[node] = x
            arguments.append(node)
        else:
            arguments.append(x)
    with np.errstate(all="ignore"):
        result = expression(*arguments, **options)
    return read([result], given, since).outputs[0]


def stand_in(value: Value) -> Node:
    """A leaf of the shape and dtype of a value; its ones take the memory of a single one."""
    node = Node(value.dtype.type(1), name=value.name, requires_grad=value.dtype.kind in "fc")
    if value.shape:
        node._value = np.broadcast_to(node._value, value.shape)
    return node
