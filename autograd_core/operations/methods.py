"""Python's operators on nodes, made from the rows of the table.

They do what calling the operation does, on the shortest way: a chain of scalar operations spends
most of its time here.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from ..node import NO_OPTIONS, Node
from ..operation import PLAIN_TYPES, Operation, as_constant, explained, record
from . import arithmetic, comparisons, products

_ndarray = np.ndarray


def _binary(operation: Operation) -> Callable[[Node, Any], Any]:
    forward = operation.forward
    first, second = (rule is not None for rule in operation.rules)

    def operator(self: Node, other: Any) -> Any:
        kind = type(other)
        if kind is Node:
            right = other._value
            requires_grad = (self.requires_grad and first) or (other.requires_grad and second)
        elif kind in PLAIN_TYPES and kind is not _ndarray:
            right = other
            requires_grad = self.requires_grad and first
        else:
            other = right = _operand(other, operation)
            if other is NotImplemented:
                return NotImplemented
            requires_grad = self.requires_grad and first
        try:
            value = forward(self._value, right)
        except (ValueError, TypeError) as error:
            raise explained(error, operation, (self, other), NO_OPTIONS) from error
        return record(operation, (self, other), value, NO_OPTIONS, requires_grad)

    return operator


def _reflected(operation: Operation) -> Callable[[Node, Any], Any]:
    def operator(self: Node, other: Any) -> Any:
        other = _operand(other, operation)
        return NotImplemented if other is NotImplemented else operation(other, self)

    return operator


def _unary(operation: Operation) -> Callable[[Node], Any]:
    def operator(self: Node) -> Any:
        return operation(self)

    return operator


def _operand(other: Any, operation: Operation) -> Any:
    """The constant beside a node, or NotImplemented for what is no number: Python asks it next."""
    if isinstance(other, (numbers.Number, np.generic, _ndarray, list, tuple)):
        return as_constant(other, operation)
    return NotImplemented


for _name, _operation in {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "pow": arithmetic.power,
    "matmul": products.matmul,
    "floordiv": comparisons.floor_divide,
    "mod": arithmetic.remainder,
    "and": comparisons.bitwise_and,
    "or": comparisons.bitwise_or,
    "xor": comparisons.bitwise_xor,
}.items():
    setattr(Node, f"__{_name}__", _binary(_operation))
    setattr(Node, f"__r{_name}__", _reflected(_operation))

for _name, _operation in {
    "lt": comparisons.less,
    "le": comparisons.less_equal,
    "gt": comparisons.greater,
    "ge": comparisons.greater_equal,
    "eq": comparisons.equal,
    "ne": comparisons.not_equal,
}.items():
    setattr(Node, f"__{_name}__", _binary(_operation))

for _name, _operation in {
    "neg": arithmetic.negative,
    "pos": arithmetic.positive,
    "abs": arithmetic.absolute,
    "invert": comparisons.invert,
}.items():
    setattr(Node, f"__{_name}__", _unary(_operation))

# Defining __eq__ on a class afterwards leaves its hash alone: nodes hash by identity.
