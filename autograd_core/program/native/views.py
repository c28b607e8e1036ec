"""The same entries seen another way: from which place in memory on, and with which strides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...operations.indexing import getitem_row, is_basic
from ..passes.fusion import VIEWS
from ..value import Value, own_name

__all__ = ["Access", "Views", "address_of", "row_by_row"]

_VIEWS = VIEWS | {"flip", "rot90"}


class Access(NamedTuple):
    """Where the entries of a value lie: in the memory of `root`, counted in entries."""

    root: Any
    offset: int
    strides: tuple[int, ...]


def row_by_row(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of an array whose last axis lies together.

    Examples
    --------
    >>> row_by_row((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


class Views:
    """The views of a program: what NumPy would return as one, it finds by asking NumPy.

    Stand-ins have the shapes and strides of the values, and memory that nobody touches.
    """

    def __init__(self) -> None:
        self._stand_ins: dict[int, tuple[Value, npt.NDArray[Any]]] = {}
        self._found: dict[int, tuple[Value, Access | None]] = {}

    def is_view(self, value: Value) -> bool:
        """Whether a value is seen in the memory of another one."""
        access = self._access(value)
        return access is not None and access.root is not value

    def access(self, value: Value) -> Access:
        """Return where the entries of a value lie."""
        return self._access(value) or Access(value, 0, row_by_row(value.shape))

    def release(self) -> None:
        """Give the stand-ins back; what has been found stays."""
        self._stand_ins.clear()

    def _access(self, value: Value) -> Access | None:
        waiting = [value]
        while waiting:
            at = waiting[-1]
            if id(at) in self._found:
                waiting.pop()
                continue
            below = at.inputs[0] if _may_be_view(at) else None
            if type(below) is Value and id(below) not in self._found:
                waiting.append(below)
                continue
            self._found[id(at)] = at, None if below is None else self._seen(at, below)
            waiting.pop()
        return self._found[id(value)][1]

    def _seen(self, value: Value, below: Value) -> Access | None:
        access = self.access(below)
        root = access.root
        memory, given = self._stand_in(root), self._stand_in(below)
        options = dict(value.options)
        if value.operation is getitem_row:
            index = options["index"]
            index = index if isinstance(index, tuple) else (index,)
            # With ... even a single entry is a view.
            found: Any = given[index if Ellipsis in index else (*index, ...)]
        else:
            assert value.operation is not None
            found = value.operation.forward(given, **options)
        if not isinstance(found, np.ndarray) or not np.may_share_memory(found, memory):
            return None
        self._stand_ins[id(value)] = value, found
        size = memory.itemsize
        offset = (address_of(found) - address_of(memory)) // size
        return Access(root, offset, tuple(step // size for step in found.strides))

    def _stand_in(self, value: Value) -> npt.NDArray[Any]:
        if id(value) not in self._stand_ins:
            self._stand_ins[id(value)] = value, np.empty(value.shape, value.dtype)
        return self._stand_ins[id(value)][1]


def _may_be_view(value: Value) -> bool:
    operation = value.operation
    if operation is None or not value.size or type(value.inputs[0]) is not Value:
        return False
    if operation is getitem_row:
        return is_basic(value.options["index"])
    return own_name(value) in _VIEWS and value.options.get("order", "C") in "CF"


def address_of(array: npt.NDArray[Any]) -> int:
    """Return where the entries of an array begin."""
    return int(array.__array_interface__["data"][0])
