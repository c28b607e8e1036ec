"""Names in generated code: of values, of constants, of what is made once before all runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..value import Value, dtype_of, shape_of

_EXACT = {"f": 2**24, "d": 2**53}
"""Up to here whole numbers are the same in a floating-point type."""


class Writer:
    """Knows the name of everything that lines of code refer to.

    Attributes
    ----------
    names : dict of int to str
        Name of each value, by identity.
    fixed : set of str
        Names of what is there before a run and stays where it is.
    constants : dict of str to object
        What the code refers to from outside.
    before : list of str
        Lines that are executed once for all runs.
    in_rows : bool
        Whether a few rows of the arrays are being worked on.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.fixed: set[str] = set()
        self.constants: dict[str, Any] = {}
        self.before: list[str] = []
        self.in_rows = False
        self._of_object: dict[tuple[int, str], str] = {}
        self._of_expression: dict[str, str] = {}
        self._boxes: dict[int, str] = {}
        self._filled: dict[Any, Any] = {}

    # --- constants ----------------------------------------------------------------------------

    def constant(self, thing: Any, kind: str = "c") -> str:
        """The name of something from outside; of one thing always the same."""
        key = (id(thing), kind)
        name = self._of_object.get(key)
        if name is None:
            name = f"{kind}{len(self.constants)}"
            self._of_object[key] = name
            self.constants[name] = thing
            self.fixed.add(name)
        return name

    def function(self, function: Callable[..., Any]) -> str:
        """The name of a function, its own where it has one that fits."""
        key = (id(function), "function")
        name = self._of_object.get(key)
        if name is None:
            own = getattr(function, "__name__", "")
            own = own if own.isidentifier() and own.isascii() else "f"
            name = f"{own}_{len(self.constants)}"
            self._of_object[key] = name
            self.constants[name] = function
        return name

    def once(self, expression: str, *of: str, kind: str = "e") -> str:
        """An expression made of names, evaluated before all runs if those are fixed."""
        if not all(name in self.fixed for name in of):
            return expression
        name = self._of_expression.get(expression)
        if name is None:
            name = f"{kind}{len(self.before)}_"
            self._of_expression[expression] = name
            self.before.append(f"{name} = {expression}")
            self.fixed.add(name)
        return name

    # --- operands -----------------------------------------------------------------------------

    def operand(self, x: Any) -> str:
        """A value or a constant as an argument of its operation's forward function."""
        if type(x) is Value:
            return self.names[id(x)]
        if type(x) in (int, float) and math.isfinite(x):
            return repr(x) if math.copysign(1.0, x) > 0 else f"({x!r})"
        return self.constant(x)

    def beside_arrays(self, x: Any, dtype: np.dtype[Any]) -> str:
        """The same as an argument beside arrays of a dtype: numbers as arrays without axes.

        NumPy needs less time for those than for numbers, and computes the same.
        """
        if type(x) is Value:
            return self._boxes.get(id(x)) or self.names[id(x)]
        if isinstance(x, np.generic):
            return self._array_of(x, x.dtype)
        if fits(x, dtype):
            return self._array_of(x, dtype)
        return self.operand(x)

    def filled(self, x: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        """A constant number, which `fits`, as an array in which it stands everywhere."""
        key = (str(x), shape, dtype)
        if key not in self._filled:
            array = np.full(shape, x, dtype)
            array.flags.writeable = False
            self._filled[key] = array
        return self.constant(self._filled[key], "full")

    def box(self, value: Value) -> str | None:
        """The array in which a number of a run is put for the operations on arrays, if any is."""
        return self._boxes.get(id(value))

    def needs_box(self, value: Value) -> None:
        """Say that a number stands beside arrays somewhere."""
        if id(value) not in self._boxes:
            self._boxes[id(value)] = self.constant(np.zeros((), value.dtype), "box")

    def in_box(self, value: Value, name: str) -> None:
        """Say that a number stands in an array without axes anyway."""
        self._boxes[id(value)] = name

    def _array_of(self, x: Any, dtype: np.dtype[Any]) -> str:
        key = (type(x), str(x), dtype)
        if key not in self._filled:
            array = np.array(x, dtype)
            array.flags.writeable = False
            self._filled[key] = array
        return self.constant(self._filled[key])


def fits(x: Any, dtype: np.dtype[Any]) -> bool:
    """Whether a Python number becomes the same in a dtype as it does beside arrays of it."""
    if type(x) is int:
        return abs(x) <= _EXACT.get(dtype.char, 0)
    return type(x) is float and dtype.char in _EXACT and _is_in_range(x, dtype)


def _is_in_range(x: float, dtype: np.dtype[Any]) -> bool:
    return not math.isfinite(x) or abs(x) <= float(np.finfo(dtype).max)


def array_dtype(inputs: Any) -> np.dtype[Any] | None:
    """The dtype that all arrays among inputs have; None where they differ."""
    dtypes = {dtype_of(x) for x in inputs if shape_of(x) or not isinstance(x, (int, float))}
    return dtypes.pop() if len(dtypes) == 1 else None
