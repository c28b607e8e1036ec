"""One value of a program: an operation on other values, or an input."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..modes import Scope
from ..node import NO_OPTIONS
from ..operation import Operation

Constant: TypeAlias = Any
"""What stands in a program as it is: a Python number, a NumPy scalar, an array."""

_PACKAGE = f"{__name__.partition('.')[0]}."


class Value:
    """What one operation makes of other values, before there are any numbers.

    Parameters
    ----------
    operation : Operation or None
        What makes it; None for an input of the program.
    inputs : iterable of Value or constant
        The operation's inputs: values, and numbers and arrays that stay as they are.
    options : mapping
        All options of the operation, as on a `Node`.
    shape : tuple of int
        Shape of the result; () for a single number.
    dtype : dtype
        Data type of the result.
    name : str, optional
        What the user calls it.
    scope : Scope, optional
        The innermost scope in which it was made.

    Examples
    --------
    >>> from autograd_core import exp
    >>> x = Value(None, (), {}, (3,), np.float64, "x")
    >>> Value(exp, (x,), {}, (3,), np.float64)
    Value(exp, float64[3])
    """

    __slots__ = ("dtype", "inputs", "name", "operation", "options", "scope", "shape")

    def __init__(
        self,
        operation: Operation | None,
        inputs: Iterable[Value | Constant],
        options: Mapping[str, Any],
        shape: tuple[int, ...],
        dtype: Any,
        name: str | None = None,
        scope: Scope | None = None,
    ) -> None:
        self.operation = operation
        self.inputs: tuple[Any, ...] = tuple(inputs)
        self.options = options or NO_OPTIONS
        self.shape = tuple(shape)
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.name = name
        self.scope = scope

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def with_inputs(self, inputs: Iterable[Value | Constant]) -> Value:
        """Return the same operation on other inputs of the same shapes and dtypes."""
        return Value(
            self.operation, inputs, self.options, self.shape, self.dtype, self.name, self.scope
        )

    def __repr__(self) -> str:
        made = "input" if self.operation is None else self.operation.name
        name = "" if self.name is None else f", {self.name!r}"
        return f"Value({made}, {self.dtype}{list(self.shape)}{name})"


def shape_of(x: Value | Constant) -> tuple[int, ...]:
    """The shape of a value or constant."""
    return x.shape if type(x) is Value else np.shape(x)


def dtype_of(x: Value | Constant) -> np.dtype[Any]:
    """The dtype of a value or constant, that of NumPy for a Python number."""
    return x.dtype if type(x) is Value else np.asarray(x).dtype


def is_own(operation: Operation | None) -> bool:
    """Whether an operation is one of this package, and not a user's of the same name.

    Examples
    --------
    >>> from autograd_core import exp
    >>> is_own(exp), is_own(None)
    (True, False)
    """
    return operation is not None and operation.__module__.startswith(_PACKAGE)


def own_name(x: Value | Constant) -> str:
    """The name of this package's operation that makes a value; "" where there is none.

    Examples
    --------
    >>> from autograd_core import exp
    >>> x = Value(None, (), {}, (3,), np.float64, "x")
    >>> own_name(Value(exp, (x,), {}, (3,), np.float64)), own_name(x), own_name(2.0)
    ('exp', '', '')
    """
    if type(x) is not Value or x.operation is None or not is_own(x.operation):
        return ""
    return x.operation.name


def as_held(value: Any) -> Any:
    """Return what an operation's forward function returned, as nodes hold it."""
    if type(value) is np.ndarray:
        return value if value.ndim else value[()]
    return value if isinstance(value, np.generic) else np.asarray(value)[()]


def same(x: Any, y: Any) -> bool:
    """Whether two constants or options are equal, nan and nan too; types count."""
    if x is y:
        return True
    if type(x) is not type(y):
        return False
    if isinstance(x, np.ndarray):
        if x.shape != y.shape or x.dtype != y.dtype:
            return False
        return bool(np.array_equal(x, y, equal_nan=x.dtype.kind in "fc"))
    if isinstance(x, (tuple, list)):
        return len(x) == len(y) and all(map(same, x, y))
    if isinstance(x, dict):
        return x.keys() == y.keys() and all(same(part, y[key]) for key, part in x.items())
    if isinstance(x, slice):
        return same((x.start, x.stop, x.step), (y.start, y.stop, y.step))
    if isinstance(x, (float, complex, np.inexact)):
        return bool(x == y) or bool(x != x and y != y)
    return bool(x == y)


def _as_written(value: Value) -> list[Value]:
    return [x for x in reversed(value.inputs) if type(x) is Value]


def made_of(
    outputs: Iterable[Value | Constant],
    given: Iterable[Value],
    parts: Callable[[Value], list[Value]] = _as_written,
) -> list[Value]:
    """Return what outputs need beside what is given, each value behind what it is made of.

    An output's whole history comes before that of the next; nothing recurses.

    Parameters
    ----------
    outputs : iterable of Value or constant
        The results.
    given : iterable of Value
        Where the walk ends.
    parts : callable, optional
        The inputs of a value that are values; the history of the last comes first. By default in
        the order in which they are written.

    Examples
    --------
    >>> from autograd_core import exp
    >>> x = Value(None, (), {}, (3,), np.float64, "x")
    >>> y = Value(exp, (x,), {}, (3,), np.float64)
    >>> made_of([Value(exp, (y,), {}, (3,), np.float64)], [x])
    [Value(exp, float64[3]), Value(exp, float64[3])]
    """
    order: list[Value] = []
    done = {id(value) for value in given}
    waiting: list[tuple[Value, bool]] = []
    for output in outputs:
        if type(output) is Value:
            waiting.append((output, False))
        while waiting:
            value, ready = waiting.pop()
            if ready:
                order.append(value)
            elif id(value) not in done:
                done.add(id(value))
                waiting.append((value, True))
                waiting += [(x, False) for x in parts(value)]
    return order
