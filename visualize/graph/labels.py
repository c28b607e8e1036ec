"""What stands in a circle: the operation's symbol, with a constant operand folded in."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Node

from ..templates import group
from ..text import constant, shown

LONGEST_SYMBOL = 28

MOST_INDICES = 4
"""A list of more indices is not written."""

_WITH_CONSTANT = {
    # operation: (the constant is the second operand, the constant is the first)
    "add": ("+{}", "+{}"),
    "subtract": ("-{}", "{}-x"),
    "multiply": ("*{}", "*{}"),
    "divide": ("/{}", "{}/x"),
    "power": ("**{}", "{}**x"),
    "maximum": ("max({}, x)", "max({}, x)"),
    "minimum": ("min({}, x)", "min({}, x)"),
    "floor_divide": ("//{}", "{}//x"),
    "remainder": ("%{}", "{}%x"),
    "less": ("<{}", "{}<x"),
    "less_equal": ("≤{}", "{}≤x"),
    "greater": (">{}", "{}>x"),
    "greater_equal": ("≥{}", "{}≥x"),
    "equal": ("={}", "{}=x"),
    "not_equal": ("≠{}", "{}≠x"),
}


def circle_label(node: Node, number_format: str) -> tuple[str, int | None]:
    """Return the label of a node's operation, and which operand is folded into it.

    The slides write ``1/x`` for the reciprocal and ``+1`` for a constant that is added.

    Examples
    --------
    >>> u = Node(4.0)
    >>> circle_label(1 / u, ".4g"), circle_label(u**2, ".4g"), circle_label(u * u, ".4g")
    (('1/x', 0), ('**2', 1), ('*', None))
    """
    operation = node.operation
    assert operation is not None
    name = operation.name
    if name == "getitem" and "index" in node.options:
        return shown(f"[{index_text(node.options['index'])}]", 16), None
    forms = _WITH_CONSTANT.get(name)
    if forms is not None and len(node.inputs) == 2:
        for position in (1, 0):
            value = node.inputs[position]
            if type(value) is not Node and np.ndim(value) == 0:
                text = constant(value, number_format)
                # x + (-3) was not written as x - 3; a product reads *-1 on the slides.
                if name in ("add", "subtract"):
                    text = group("-", text)
                return forms[1 - position].format(text), position
    return shown(operation.symbol, LONGEST_SYMBOL), None


def index_text(index: Any) -> str:
    """An index as one writes it: ``0, 1:3``."""
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if isinstance(index, slice):
        parts = [index.start, index.stop] + ([index.step] if index.step is not None else [])
        return ":".join("" if part is None else str(part) for part in parts)
    if index is Ellipsis:
        return "..."
    if index is None:
        return "None"
    if np.ndim(index) == 1 and len(index) <= MOST_INDICES and np.asarray(index).dtype.kind in "iu":
        return f"[{', '.join(map(str, np.asarray(index).tolist()))}]"
    return str(index) if np.ndim(index) == 0 else "…"
