"""Expressions in plain text, as one writes them beside a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_core import Node

from ..graph.picture import Box, Edge, Wire
from ..text import constant, number, shape_text, shown

LONGEST_EXPRESSION = 24
"""A result without a name is called by its expression, if that is not longer."""

LONGEST_SUM = 70
"""Where the branches of a fork together take more letters, their operations are named."""

_INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "×",
    "divide": "/",
    "power": "**",
    "matmul": "@",
}


Names = Mapping[Node, str]
"""What results without a name are called, where it is not their expression: folds, by theirs."""

_NONE: Names = MappingProxyType({})


def called(node: Node, number_format: str, names: Names = _NONE) -> str:
    """Return what a node is called: its name, or the expression that made it.

    Examples
    --------
    >>> x, w = Node(3.0, name="x"), Node(0.5, name="w")
    >>> called(x * w, ".4g"), called(np.exp(-(x * w + x * x)), ".4g"), called(x, ".4g")
    ('x × w', 'exp(-(x × w + x × x))', 'x')
    """
    for depth in (4, 3, 2, 1):
        text = _called(node, number_format, names, depth)
        if len(text) <= LONGEST_EXPRESSION:
            break
    return text


def _called(node: Any, number_format: str, names: Names, depth: int) -> str:
    if type(node) is not Node:
        return constant(node, number_format) if np.ndim(node) == 0 else shape_text(np.shape(node))
    if node.name:
        return shown(node.name, LONGEST_EXPRESSION)
    if node in names:
        return shown(names[node], LONGEST_EXPRESSION)
    if node.operation is None:
        return _called(node.value, number_format, names, depth)
    if depth == 0:
        return "…"
    few = [_called(x, number_format, names, depth - 1) for x in node.inputs[:3]]
    return expression(node, [*few, "…"] if len(node.inputs) > 3 else few)


def expression(node: Node, operands: Sequence[str]) -> str:
    """Return an operation on operands that are text: ``a + b``, ``exp(a)``.

    Examples
    --------
    >>> x = Node(3.0)
    >>> expression(x * x, ["a + b", "-2"]), expression(-x, ["z"]), expression(np.exp(x), ["-z"])
    ('(a + b) × -2', '-z', 'exp(-z)')
    """
    operation = node.operation
    assert operation is not None
    sign = _INFIX.get(operation.name)
    if sign is not None and len(operands) == 2:
        if sign == "×" and all(np.ndim(_raw(x)) for x in node.inputs):
            sign = "⊙"
        # A sum of products needs no brackets.
        loose = (" × ", " @ ", " ⊙ ") if sign == "+" else ()
        left, right = (_bracketed(text, loose) for text in operands)
        if sign in "+-" and right.startswith("-"):
            right = f"({right})"
        if sign == "**":
            left = f"({left})" if left.startswith("-") else left
            return f"{left}**{right}"
        return f"{left} {sign} {right}"
    if operation.name == "negative" and len(operands) == 1:
        text = _bracketed(operands[0], ())
        unclear = text.startswith("-") or ("×" in text and text == operands[0])  # a shape
        return f"-({text})" if unclear else f"-{text}"
    return f"{shown(operation.name, 16)}({', '.join(operands)})"


def _bracketed(text: str, loose: tuple[str, ...]) -> str:
    if " " not in text or any(sign in text for sign in loose) or _is_call(text):
        return text
    return f"({text})"


def _is_call(text: str) -> bool:
    """Whether one pair of brackets spans everything after a name: ``f(a, b)``."""
    head, bracket, rest = text.partition("(")
    return bool(bracket) and " " not in head and "(" not in rest and rest.endswith(")")


def computed(
    node: Node, box: Box, edges: Sequence[Edge], number_format: str, names: Names = _NONE
) -> str:
    """Return the written line of a forward value: ``q = 3 + 1 = 4``, or with the shapes of arrays.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> picture = picture_of(Node(np.ones((4, 3)), name="x") @ Node(np.ones((3, 2)), name="W"))
    >>> computed(picture.root, picture.boxes[0], picture.edges, ".4g")
    'x @ W: 4×3 @ 3×2 → 4×2'
    """
    if box.folded:
        inputs: list[Any] = []
        for edge in edges:
            wire = edge.source if isinstance(edge.source, Wire) else edge.source.refers_to
            inputs.append(wire.node if wire is not None else edge.source.value)  # type: ignore[union-attr]
        few = [*inputs[:4], *([None] if len(inputs) > 4 else [])]
        name = shown(box.label)
        shapes = f"{name}({', '.join(_operand(x, number_format) for x in few)})"
        left = shown(node.name) if node.name else ""
    else:
        inputs = list(node.inputs)
        few = [*inputs[:4], *([None] if len(inputs) > 4 else [])]
        shapes = expression(node, [_operand(x, number_format) for x in few])
        left = called(node, number_format, names)
    if all(np.ndim(_raw(x)) == 0 for x in (node, *inputs)):
        value = number(node.value, number_format)
        written = (
            [shapes] if not left else [left, shapes] if shapes not in (left, value) else [left]
        )
        return " = ".join([*written, value])
    result = shape_text(node.shape) if node.ndim else number(node.value, number_format)
    return f"{f'{left}: ' if left else ''}{shapes} → {result}"


def _operand(x: Any, number_format: str) -> str:
    if x is None:
        return "…"
    value = _raw(x)
    return shape_text(np.shape(value)) if np.ndim(value) else constant(value, number_format)


def _raw(x: Any) -> Any:
    return x.value if type(x) is Node else x


# --- gradients of arrays -------------------------------------------------------------------------


def across_arrays(
    symbol: str,
    node: Node,
    edges: Sequence[Edge],
    above: Sequence[str],
    number_format: str,
    names: Names = _NONE,
) -> str:
    """Return the written line of a gradient that is no product of numbers, with its shapes."""
    shape = f": {shape_text(node.shape)}" if node.ndim else ""
    if not edges:
        return f"{symbol}{shape}"
    forms = [
        _matrix_form(node, edge, up, number_format, names)
        for edge, up in zip(edges, above, strict=True)
    ]
    if len(forms) == 1:
        ((form, shapes),) = forms
        return f"{symbol} = {form}{f': {shapes}' if shapes else ''}"
    together = " + ".join(f"({form})" if form.startswith("-") else form for form, _ in forms)
    if len(together) <= LONGEST_SUM and not any(edge.target.folded for edge in edges):
        return f"{symbol} = {together}{shape}"
    labels = list(dict.fromkeys(shown(edge.target.label) for edge in edges))
    listed = ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")
    return f"{symbol} = sum of {len(edges)} branches ({listed}){shape}"


def _matrix_form(
    node: Node, edge: Edge, above: str, number_format: str, names: Names
) -> tuple[str, str]:
    result, box = edge.node, edge.target
    shape = shape_text(node.shape)
    if box.folded:
        return f"{above} back through {shown(box.label)}", shape if node.ndim else ""
    operation = result.operation
    assert operation is not None
    inputs = result.inputs
    other = inputs[1 - edge.position] if len(inputs) == 2 else None
    upstream = shape_text(result.shape)
    if operation.name == "matmul" and all(np.ndim(_raw(x)) == 2 for x in inputs):
        name = called(other, number_format, names) if type(other) is Node else "A"
        factor = f"({name})ᵀ" if " " in name else f"{name}ᵀ"
        turned = shape_text(np.shape(_raw(other))[::-1])
        if edge.position == 0:
            return f"{above} @ {factor}", f"{upstream} @ {turned} → {shape}"
        return f"{factor} @ {above}", f"{turned} @ {upstream} → {shape}"
    if operation.elementwise:
        known = called(other, number_format, names) if type(other) is Node else None
        form = _elementwise(operation.name, edge.position, other, known, above, number_format)
        if form is None:
            form = f"{above} ⊙ {shown(operation.name, 16)}'"
        if node.shape == result.shape:
            return form, shape
        return f"Σ {form}", f"{upstream} → {shape}"
    return f"{above} back through {shown(operation.name, 16)}", f"{upstream} → {shape}"


def _elementwise(
    name: str, position: int, other: Any, factor: str | None, above: str, number_format: str
) -> str | None:
    if name == "add" or (name == "subtract" and position == 0):
        return above
    if name in ("negative", "subtract"):
        return f"-{above}"
    if name == "multiply":
        factor = _operand(other, number_format) if factor is None else factor
        sign = "⊙" if np.ndim(_raw(other)) else "×"
        return f"{above} {sign} {f'({factor})' if ' ' in factor else factor}"
    return None
