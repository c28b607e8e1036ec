"""The symbols of a graph's functions, and the scopes that stand for one function each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd_core import Node, Scope

from .formulas import UNITS
from .notation import Label, repeated
from .paths import Step


def function_labels(nodes: Sequence[Node]) -> dict[Node, Label]:
    """The symbols of functions of one variable: their names, or f with a number in the graph."""
    functions = [node for node in nodes if _is_function(node)]
    again = repeated(node.operation.name for node in functions)  # type: ignore[union-attr]
    seen: dict[str, int] = {}
    labels: dict[Node, Label] = {}
    for number, node in enumerate(functions, 1):
        name = node.operation.name  # type: ignore[union-attr]
        seen[name] = seen.get(name, 0) + 1
        if len(node.inputs) > 1:
            labels[node] = Label("f", number)
        else:
            labels[node] = Label(name, seen[name] if name in again else None)
    return labels


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
    again = repeated(scope.name for scope in members)
    seen: dict[str, int] = {}
    symbols: dict[Scope, ScopeSymbol] = {}
    for scope, inside in members.items():
        seen[scope.name] = seen.get(scope.name, 0) + 1
        label = Label(scope.name, seen[scope.name] if scope.name in again else None)
        symbols[scope] = ScopeSymbol(label, inside, inputs.get(scope, set()))
    return symbols


def common_scopes(steps: Sequence[Step]) -> set[Scope]:
    """The scopes in which a whole path lies."""
    first = steps[0][0].scope
    common = set(first) if first is not None else set()
    for node, _, _ in steps:
        if not common:
            break
        common &= set(node.scope or ())
    return common


def scope_below(node: Node, common: set[Scope]) -> Scope | None:
    """The outermost scope of a node in which not the whole path lies."""
    for scope in node.scope or ():
        if scope not in common:
            return scope
    return None
