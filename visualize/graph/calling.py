"""What sentences call the nodes of a graph: as the picture beside them, with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..chain_rule.formulas import place_text
from ..text import constant, number, shape_text, shown

MOST_INPUTS = 3
"""Of an operation so many inputs are written."""

_BETWEEN = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@",
}  # fmt: skip

_NO_ARRAYS: Mapping[int, str] = MappingProxyType({})


class Calling:
    """Names of nodes, and of what they are made of; those of arrays by their ``id``."""

    def __init__(self, names: dict[Node, str], arrays: Mapping[int, str] = _NO_ARRAYS) -> None:
        self.names, self.arrays = names, arrays

    def name(self, x: Any) -> str:
        """A node's name, or the number that a constant is.

        Examples
        --------
        >>> x = Node(2.0)
        >>> calling = Calling({x: "x"})
        >>> calling.name(x), calling.name(3.0), calling.name(np.ones(3))
        ('x', '3', 'an array')
        """
        if type(x) is Node and (x.name or x in self.names):
            return shown(x.name or self.names[x])
        if type(x) is Node and x.operation is not None:
            return f"a result of {shown(x.operation.name)}"
        value = raw(x)
        if np.ndim(value):
            return self.arrays.get(id(x), "an array")
        return constant(value, ".4g")

    def at(self, x: Any, mask: Any = ()) -> str:
        """A name and its number, or between which its entries are: ``x = 2``, ``x from 0 to 1``."""
        entries = amount(np.asarray(raw(x))[mask])
        return f"{self.name(x)}{' ' if entries.startswith('from') else ' = '}{entries}"

    def expression(self, node: Node) -> str:
        """The operation that made a node: ``x * w``, ``relu(z1)``."""
        operation = node.operation
        if operation is None:
            return self.name(node)
        inputs = [self.operand(x) for x in node.inputs]
        if operation.name == "getitem":
            return f"{inputs[0]}{place_text(node)}"
        sign = _BETWEEN.get(operation.name)
        if len(inputs) == 2 and sign is not None:
            return f"{inputs[0]} {sign} {inputs[1]}"
        few = [*inputs[:MOST_INPUTS], *(["…"] if len(inputs) > MOST_INPUTS else [])]
        return f"{shown(operation.name)}({', '.join(few)})"

    def operand(self, x: Any) -> str:
        """An input of an operation: a result without a name is …."""
        unknown = type(x) is Node and x.operation is not None and not x.name
        return "…" if unknown and x not in self.names else self.name(x)

    def definition(self, node: Node) -> str:
        """A node and what it is: ``a1 = relu(z1)``."""
        if node.operation is None:
            return self.name(node)
        known = node.name or node in self.names
        return f"{self.name(node)} = {self.expression(node)}" if known else self.expression(node)


def amount(value: Any) -> str:
    """A number, or between which an array's entries are.

    Examples
    --------
    >>> amount(2.0), amount(np.array([1.0, 3.0])), amount(np.zeros((2, 3)))
    ('2', 'from 1 to 3', '0 in all 2×3 entries')
    """
    array = np.asarray(value)
    if not array.size:
        return "empty"
    if array.size == 1 or np.iscomplexobj(array):
        return number(array.ravel()[0], ".4g")
    low, high = number(array.min(), ".4g"), number(array.max(), ".4g")
    if low != high:
        return f"from {low} to {high}"
    return f"{low} in all {array.size if array.ndim == 1 else shape_text(array.shape)} entries"
