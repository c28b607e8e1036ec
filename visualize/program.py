"""Recorded programs as diagrams, with shapes in the place of numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import fields
from typing import Any

from autograd_core import EveryInput, Node, Operation, Program, Scope
from autograd_core.operation import REGISTRY
from autograd_core.program import Value
from autograd_core.program.passes.fusion import fused as fused_values

from .diagram import Diagram
from .drawing import graph_drawing
from .graph.folding import Fold
from .style import Look, as_theme
from .text import Unknown

_RESULTS = Operation("results", lambda *results: results, EveryInput(lambda position, g, *_: g))
"""What holds several results together in a picture. Nobody calls it, so it is not in the table."""
del REGISTRY[_RESULTS.name]

MOST_SYMBOLS = 5
"""So many operations stand in the box of a kernel."""

Kernels = Iterable[Collection[Value]]
"""The values that are computed together, for each kernel."""


def draw_program(
    program: Program,
    *,
    fused: bool | Callable[[Program], Kernels] = False,
    fold: Fold = None,
    theme: Any = "lecture",
    **look: Any,
) -> Diagram:
    """Draw a program: its operations, and above each wire the shape of what runs there.

    Parameters
    ----------
    program : Program
        What was recorded.
    fused : bool or callable, default False
        True puts a box around the operations that a back end would compute in one loop; a function
        from the program to collections of its values says which.
    fold : int, str or collection of str, optional
        Which scopes become one box; as of `draw`. Of a fused program every kernel is one;
        ``fold=()`` leaves them open, and ``outlines=True`` draws a frame around each.
    theme, **look
        As of `draw`: what concerns the look, such as ``rankdir="TB"``.

    Returns
    -------
    Diagram
        Several results run into one box; what replaces a parameter is called after it, as W1′.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> from visualize.program import draw_program
    >>> program = Program.record(lambda x: np.sum(np.exp(2.0 * x)), np.ones(3))
    >>> draw_program(program).svg().count("<circle")
    3
    """
    unfit = {"symbolic", "symbols_first", "gradients", "room"}
    known = {field.name for field in fields(Look)} - unfit
    if unknown := look.keys() - known:
        raise TypeError(
            f"Program.draw() expects what `visualize.draw` calls {', '.join(sorted(known))}, got "
            f"{', '.join(sorted(unknown))}"
        )
    wanted = Look(as_theme(theme), gradients=False, **look)
    scopes = _layers(program)
    if fused:
        kernels = _kernels(program) if fused is True else fused(program)
        scopes = _scopes_of(kernels)
        fold = 1 if fold is None else fold
    return Diagram(graph_drawing(_graph(program, scopes), fold, wanted))


def _kernels(program: Program) -> Kernels:
    return [kernel.values for kernel in fused_values(program.values())]


def _scopes_of(kernels: Kernels) -> dict[int, Scope | None]:
    """A scope for each kernel of more than one operation, by the ``id`` of its values."""
    scopes: dict[int, Scope | None] = {}
    number = 0
    for values in kernels:
        if len(values) > 1:
            number += 1
            scope = Scope(f"kernel {number}: {_symbols(values)}", None)
            scopes |= dict.fromkeys(map(id, values), scope)
    return scopes


def _symbols(values: Collection[Value]) -> str:
    """What a kernel computes: the first few of its operations, each once."""
    symbols = [*dict.fromkeys(v.operation.symbol for v in values if v.operation is not None)]
    more = " …" if len(symbols) > MOST_SYMBOLS else ""
    return " ".join(symbols[:MOST_SYMBOLS]) + more


def _layers(program: Program) -> dict[int, Scope | None]:
    """The scope of each value; what gradients have in a layer stands in a box of its own."""
    forward = _needed_by(program.outputs[:1])
    back: dict[Scope, Scope] = {}
    scopes: dict[int, Scope | None] = {}
    for value in program.values():
        scopes[id(value)] = value.scope
        if value.scope is not None and id(value) not in forward:
            parent = None
            for scope in value.scope:
                parent = back.setdefault(scope, Scope(f"{scope.name} backward", parent))
            scopes[id(value)] = parent
    return scopes


def _needed_by(outputs: Iterable[Any]) -> set[int]:
    found: set[int] = set()
    waiting = [x for x in outputs if type(x) is Value]
    while waiting:
        value = waiting.pop()
        if id(value) not in found:
            found.add(id(value))
            waiting += [x for x in value.inputs if type(x) is Value]
    return found


def _graph(program: Program, scopes: dict[int, Scope | None]) -> Node:
    """A graph of nodes without numbers, under one root that stands for all results."""
    new = {
        id(program.outputs[place]): program.inputs[old].name
        for place, old in program.aliases.items()
    }
    nodes: dict[int, Node] = {}
    for value in program.values():
        node = nodes[id(value)] = _node(value, [nodes.get(id(x), x) for x in value.inputs])
        node.scope = scopes.get(id(value))
        if value.operation is not None and id(value) in new:
            node.name = f"{new[id(value)]}′"
    results = list(dict.fromkeys(nodes[id(x)] for x in program.outputs if type(x) is Value))
    if len(results) == 1:
        return results[0]
    return _node(Value(_RESULTS, (), {}, (len(results),), int, program.name), results)


def _node(value: Value, inputs: list[Any]) -> Node:
    leaf = Node(0.0, name=value.name, requires_grad=False)
    leaf._value = Unknown.of(value.shape, value.dtype)
    if value.operation is not None:
        leaf.operation, leaf.inputs, leaf.options = value.operation, tuple(inputs), value.options
    return leaf
