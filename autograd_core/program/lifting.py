"""Arrays of another library behind NumPy's protocols, so that `Operation.forward` runs on them.

A forward function is NumPy code. Given a `Lifted` in place of an array, NumPy hands each of its
calls over (NEP 13 and NEP 18), operators and methods do so themselves, and a `Library` says what
the call is in its own terms. So one forward serves NumPy and every library there is a `Library`
for, and only what reads a value in Python has to be written again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

__all__ = ["REDUCTIONS", "WEAK", "Library", "Lifted", "lift", "lower"]


WEAK = (int, float, complex)
"""Python's numbers, which take the type of what stands beside them."""

REDUCTIONS: dict[np.ufunc, str] = {
    np.add: "sum",
    np.multiply: "prod",
    np.maximum: "max",
    np.minimum: "min",
    np.logical_and: "all",
    np.logical_or: "any",
}
"""The function that does what a ufunc's ``reduce`` does."""


class Library(Protocol):
    """What an array library makes of NumPy's calls. It sees its own arrays, never a `Lifted`."""

    name: str
    """What error messages call it."""

    def is_array(self, x: Any) -> bool:
        """Whether `x` is an array of the library, which has a shape and a dtype."""

    def ufunc(
        self, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        """What ``getattr(ufunc, method)(*inputs, **options)`` is there."""

    def function(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        """What ``function(*arguments, **options)`` is there."""

    def getitem(self, array: Any, index: Any) -> Any:
        """What ``array[index]`` is there."""


class Lifted:
    """An array of another library that takes part in NumPy's protocols.

    It has no ``__array__`` and no value: what wants one (``float(x)``, ``if x > 0``,
    ``np.asarray(x)``) raises TypeError.

    Parameters
    ----------
    array : object
        The array, with ``shape`` and ``dtype``.
    library : Library
        What computes on it.

    Examples
    --------
    >>> import numpy as np
    >>> class Plain:  # NumPy itself as the other library
    ...     name = "plain"
    ...     def is_array(self, x): return isinstance(x, np.ndarray)
    ...     def ufunc(self, ufunc, method, inputs, options):
    ...         return getattr(ufunc, method)(*inputs, **options)
    ...     def function(self, function, arguments, options):
    ...         return function(*arguments, **options)
    ...     def getitem(self, array, index): return array[index]
    >>> x = Lifted(np.array([1.0, 4.0]), Plain())
    >>> lower(np.sqrt(x) + 1.0)
    array([2., 3.])
    """

    __slots__ = ("array", "library")
    __hash__ = None  # type: ignore[assignment]  # == compares entry by entry

    def __init__(self, array: Any, library: Library) -> None:
        self.array = array
        self.library = library

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(self.array.shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.array.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.array.shape, dtype=np.intp))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The data type of the entries."""
        return np.dtype(self.array.dtype)

    @property
    def T(self) -> Lifted:
        """The axes in reverse order."""
        return self._function(np.transpose)

    @property
    def mT(self) -> Lifted:
        """The last two axes exchanged."""
        return self._function(np.swapaxes, -1, -2)

    @property
    def real(self) -> Lifted:
        """The real parts."""
        return self._function(np.real)

    @property
    def imag(self) -> Lifted:
        """The imaginary parts."""
        return self._function(np.imag)

    def __repr__(self) -> str:
        return f"Lifted({self.library.name}, shape={self.shape}, dtype={self.dtype})"

    # --- NumPy's protocols --------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        found = self.library.ufunc(ufunc, method, lower(inputs), lower(_given(options)))
        return lift(found, self.library)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> Any:
        found = self.library.function(function, lower(arguments), lower(_given(options)))
        return lift(found, self.library)

    def _function(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        found = self.library.function(function, lower((self, *arguments)), lower(options))
        return lift(found, self.library)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self._no_value("an array of numbers")

    def __bool__(self) -> bool:
        raise self._no_value("a truth value")

    def __float__(self) -> float:
        raise self._no_value("a number")

    def __int__(self) -> int:
        raise self._no_value("a number")

    def __index__(self) -> int:
        raise self._no_value("an index")

    def item(self) -> Any:
        """Raise: there is no value yet."""
        raise self._no_value("a number")

    def _no_value(self, wanted: str) -> TypeError:
        return TypeError(
            f"a value that {self.library.name} has yet to compute is read as {wanted}. Write "
            "np.where(...) for a choice, and as_array(x) for np.asarray(x)"
        )

    # --- what forward functions call ------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        return lift(self.library.getitem(self.array, lower(index)), self.library)

    def __len__(self) -> int:
        if not self.array.shape:
            raise TypeError("len() of an array without axes")
        return int(self.array.shape[0])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same entries in another shape."""
        return self._function(np.reshape, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order."""
        return self._function(np.transpose, *([axes[0] if len(axes) == 1 else axes] * bool(axes)))

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Two axes exchanged."""
        return self._function(np.swapaxes, axis1, axis2)

    def astype(self, dtype: Any, **_: Any) -> Any:
        """The same entries in another data type."""
        return self._function(np.astype, np.dtype(dtype))

    def copy(self) -> Any:
        """The array itself, which nothing overwrites."""
        return self

    def dot(self, other: Any) -> Any:
        """The dot product."""
        return self._function(np.dot, other)

    def conj(self) -> Any:
        """The numbers mirrored at the real axis."""
        return np.conjugate(self)

    def sum(self, *arguments: Any, **options: Any) -> Any:
        """The sum of entries."""
        return self._function(np.sum, *arguments, **options)

    def max(self, *arguments: Any, **options: Any) -> Any:
        """The largest entry."""
        return self._function(np.max, *arguments, **options)

    def min(self, *arguments: Any, **options: Any) -> Any:
        """The smallest entry."""
        return self._function(np.min, *arguments, **options)

    def any(self, *arguments: Any, **options: Any) -> Any:
        """Whether any entry holds."""
        return self._function(np.any, *arguments, **options)

    def all(self, *arguments: Any, **options: Any) -> Any:
        """Whether all entries hold."""
        return self._function(np.all, *arguments, **options)


def lower(x: Any) -> Any:
    """Return `x`, inside of tuples, lists and dicts too, with the arrays in place of the lifted."""
    if type(x) is Lifted:
        return x.array
    if type(x) is tuple:
        return tuple(map(lower, x))
    if type(x) is list:
        return list(map(lower, x))
    if type(x) is dict:
        return {name: lower(part) for name, part in x.items()}
    return x


def lift(x: Any, library: Library) -> Any:
    """Return `x`, also where it is one of several results, with the library's arrays lifted."""
    if library.is_array(x):
        return Lifted(x, library)
    if isinstance(x, (tuple, list)):
        parts = [lift(part, library) for part in x]
        # A named tuple, such as of np.linalg.eigh, takes its parts one by one.
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that say nothing."""
    return {
        name: x
        for name, x in options.items()
        if not (name in ("out", "like", "where") and (x is None or x is True or x == (None,)))
    }


def _operators() -> None:
    """Let each operator be NumPy's function for it."""
    binary: dict[str, np.ufunc] = {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "truediv": np.true_divide,
        "floordiv": np.floor_divide,
        "mod": np.remainder,
        "pow": np.power,
        "matmul": np.matmul,
        "and": np.bitwise_and,
        "or": np.bitwise_or,
        "xor": np.bitwise_xor,
        "lshift": np.left_shift,
        "rshift": np.right_shift,
    }
    compared: dict[str, np.ufunc] = {
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "eq": np.equal,
        "ne": np.not_equal,
    }
    unary: dict[str, np.ufunc] = {
        "neg": np.negative,
        "pos": np.positive,
        "abs": np.absolute,
        "invert": np.invert,
    }

    def of_one(ufunc: np.ufunc) -> Callable[[Lifted], Any]:
        return lambda x: x.__array_ufunc__(ufunc, "__call__", x)

    def of_two(ufunc: np.ufunc) -> Callable[[Lifted, Any], Any]:
        return lambda x, y: x.__array_ufunc__(ufunc, "__call__", x, y)

    def turned(ufunc: np.ufunc) -> Callable[[Lifted, Any], Any]:
        return lambda x, y: x.__array_ufunc__(ufunc, "__call__", y, x)

    for name, ufunc in unary.items():
        setattr(Lifted, f"__{name}__", of_one(ufunc))
    for name, ufunc in (binary | compared).items():
        setattr(Lifted, f"__{name}__", of_two(ufunc))
    for name, ufunc in binary.items():
        setattr(Lifted, f"__r{name}__", turned(ufunc))


_operators()
