"""The order in which values are computed: what is used soon comes late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..value import Value, made_of

if TYPE_CHECKING:
    from ..program import Program


def ordered(program: Program) -> list[Value]:
    """Return the operations of a program so that few values wait to be used.

    The outputs with the shortest histories come first, as the last layer's gradients do in a
    backward pass; of an operation's inputs that with the longest comes first, so that what takes
    little stands right before it.

    Parameters
    ----------
    program : Program
        Any.

    Returns
    -------
    list of Value
        All values that the outputs need, without the inputs, each behind what it is made of.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: np.cos(x) * np.sin(np.exp(x)), 1.0)
    >>> [value.operation.name for value in ordered(program)]
    ['exp', 'sin', 'cos', 'multiply']
    """
    depth: dict[int, int] = {}
    for value in program.values():
        parts = [depth[id(x)] for x in value.inputs if type(x) is Value]
        depth[id(value)] = 1 + max(parts, default=0)
    roots = [x for x in program.outputs if type(x) is Value]
    roots.sort(key=lambda value: depth[id(value)])

    def shallow_last(value: Value) -> list[Value]:
        return sorted([x for x in value.inputs if type(x) is Value], key=lambda x: depth[id(x)])

    return made_of(roots, program.inputs, shallow_last)
