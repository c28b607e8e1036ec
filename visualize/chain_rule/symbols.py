"""The symbols of a graph's functions, and the scopes that stand for one function each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd_core import Node, Scope

from .formulas import UNITS
from .notation import Label, numbered
from .paths import Link


def function_labels(nodes: Sequence[Node]) -> dict[Node, Label]:
    """The symbols of functions of one variable: their names, or f with a number in the graph."""
    functions = [node for node in nodes if _is_function(node)]
    names = numbered([node.operation.name for node in functions])  # type: ignore[union-attr]
    return {
        node: Label("f", number) if len(node.inputs) > 1 else name
        for number, (node, name) in enumerate(zip(functions, names, strict=True), 1)
    }


def _is_function(node: Node) -> bool:
    """Whether a node is an element-wise function of one variable, and no sum or product."""
    operation = node.operation
    if operation is None or not operation.elementwise or operation.name in (*UNITS, "multiply"):
        return False
    variables = [x for x in node.inputs if type(x) is Node and x.requires_grad]
    return len(variables) == 1 and not (
        operation.name == "divide" and node.inputs[0] is variables[0]
    )


class ScopeSymbol(NamedTuple):
    """A scope as a function: what it is called, its operations, and what comes in from outside."""

    label: Label
    members: list[Node]
    inputs: set[Node]


def scopes_of(nodes: Sequence[Node]) -> dict[Scope, ScopeSymbol]:
    """Return every scope in which one of the nodes was made."""
    chains: dict[Scope, list[Scope]] = {}
    inputs: dict[Scope, set[Node]] = {}
    members: dict[Scope, list[Node]] = {}
    for node in nodes:
        if node.scope is None or node.operation is None:
            continue
        if node.scope not in chains:
            chains[node.scope] = list(node.scope)
        for scope in chains[node.scope]:
            members.setdefault(scope, []).append(node)
        for x in node.inputs:
            if type(x) is Node and x.requires_grad:
                outer = set(x.scope) if x.scope is not None and x.operation is not None else set()
                for scope in chains[node.scope]:
                    if scope not in outer:
                        inputs.setdefault(scope, set()).add(x)
    labels = numbered([scope.name for scope in members])
    return {
        scope: ScopeSymbol(label, inside, inputs.get(scope, set()))
        for label, (scope, inside) in zip(labels, members.items(), strict=True)
    }


def common_scopes(steps: Sequence[Link]) -> set[Scope]:
    """The scopes in which a whole path lies."""
    return set.intersection(*(set(node.scope or ()) for node, _, _ in steps))
