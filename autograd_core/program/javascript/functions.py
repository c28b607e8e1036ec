"""NumPy's functions, written in those that the kernel has."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UnsupportedOperationError
from ..lifting import Lifted, lower
from .tape import Symbol

if TYPE_CHECKING:
    from .library import JavaScript

__all__ = ["CONSTANT", "ENTRIES", "MOVES", "Functions", "registering"]

MOVES = frozenset({
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to", "compress", "copy", "delete",
    "diagonal", "expand_dims", "flip", "fliplr", "flipud", "matrix_transpose", "moveaxis",
    "permute_dims", "ravel", "repeat", "reshape", "resize", "roll", "rollaxis", "rot90",
    "sliding_window_view", "squeeze", "swapaxes", "take", "tile", "transpose",
})  # fmt: skip
"""What only moves entries: NumPy's own function runs on their places."""

CONSTANT: dict[str, Callable[..., Any]] = {
    "shape": lambda x: x.shape,
    "ndim": lambda x: len(x.shape),
    "size": lambda x, axis=None: x.size if axis is None else x.shape[axis],
    "result_type": lambda *x: np.result_type(*(a.dtype if type(a) is Symbol else a for a in x)),
    "zeros_like": lambda x, dtype=None, **_: np.zeros(x.shape, dtype or x.dtype),
    "ones_like": lambda x, dtype=None, **_: np.ones(x.shape, dtype or x.dtype),
    "iscomplexobj": lambda x: False,
    "isrealobj": lambda x: True,
    "real": lambda x: x,
    "imag": lambda x: np.zeros(x.shape, x.dtype),
}
"""What the shape and the data type say."""

Functions = dict[str, Callable[..., Any]]
"""Name of a function -> the same of lifted arrays; the library comes first."""


_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def registering(table: Functions) -> Callable[..., _Decorator]:
    """Return a decorator that enters functions in a table by names.

    Examples
    --------
    >>> table = {}
    >>> @registering(table)("tau")
    ... def _tau(library):
    ...     return 2.0 * np.pi
    >>> list(table)
    ['tau']
    """

    def named(*names: str) -> _Decorator:
        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            for name in names:
                table[name] = function
            return function

        return register

    return named


ENTRIES: Functions = {}
"""Functions of single entries, of all of them, and of lines of them."""

_function = registering(ENTRIES)


# --- entry by entry ---------------------------------------------------------------------------


@_function("where")
def _where(library: JavaScript, condition: Any, x: Any, y: Any) -> Any:
    types = [lower(a).dtype if type(a) is Lifted else a for a in (x, y)]
    dtype = np.result_type(*types)
    condition = lower(condition)
    condition = condition if type(condition) is Symbol else library.tape.constant(condition, bool)
    given = (condition, *(library.cast(lower(a), dtype) for a in (x, y)))
    return library.entrywise("where", given, dtype)


@_function("clip")
def _clip(library: JavaScript, a: Any, a_min: Any = None, a_max: Any = None, **more: Any) -> Any:
    low, high = more.get("min", a_min), more.get("max", a_max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


@_function("astype")
def _astype(library: JavaScript, x: Any, dtype: Any, **_: Any) -> Any:
    return library.cast(lower(x), dtype)


@_function("round", "around")
def _round(library: JavaScript, a: Any, decimals: int = 0, **_: Any) -> Any:
    if a.dtype.kind != "f":
        raise UnsupportedOperationError("whole numbers rounded to tens")
    if not decimals:
        return np.rint(a)
    ten = 10.0 ** abs(decimals)
    return np.rint(a * ten) / ten if decimals > 0 else np.rint(a / ten) * ten


@_function("sinc")
def _sinc(library: JavaScript, x: Any) -> Any:
    y = math.pi * np.where(x == 0, 1.0e-20, x)
    return np.sin(y) / y


@_function("nan_to_num")
def _nan_to_num(
    library: JavaScript,
    x: Any,
    copy: bool = True,
    nan: Any = 0.0,
    posinf: Any = None,
    neginf: Any = None,
) -> Any:
    if x.dtype.kind != "f":
        return x
    ends = np.finfo(x.dtype)
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, ends.max if posinf is None else posinf, x)
    return np.where(x == -np.inf, ends.min if neginf is None else neginf, x)


# --- many entries to one ------------------------------------------------------------------------


def _reduction(kind: str) -> Callable[..., Any]:
    def reduction(
        library: JavaScript,
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        # What NumPy says of an option that isn't given.
        initial = None if initial is np._NoValue else initial
        where = True if where is np._NoValue else where
        return library.reduced(kind, a, axis, keepdims is True, dtype, initial, where)

    return reduction


for _kind in ("sum", "prod"):
    ENTRIES[_kind] = _reduction(_kind)


def _without_type(kind: str) -> Callable[..., Any]:
    reduction = _reduction(kind)

    def shorter(
        library: JavaScript, a: Any, axis: Any = None, out: Any = None, *args: Any, **options: Any
    ) -> Any:
        return reduction(library, a, axis, None, None, *args, **options)

    return shorter


for _kind in ("max", "min", "any", "all"):
    ENTRIES[_kind] = ENTRIES["a" + _kind] = _without_type(_kind)


@_function("argmax")
def _argmax(
    library: JavaScript, a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False
) -> Any:
    return library.reduced("argmax", a, axis, keepdims is True)


@_function("argmin")
def _argmin(
    library: JavaScript, a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False
) -> Any:
    return library.reduced("argmin", a, axis, keepdims is True)


def _count(x: Any, total: Any) -> float:
    return float(x.size // total.size) if total.size else 0.0


@_function("mean")
def _mean(
    library: JavaScript,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
) -> Any:
    total = np.sum(a, axis=axis, keepdims=keepdims is True)
    return total / _count(a, total)


@_function("var")
def _var(
    library: JavaScript,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    correction: Any = None,
    **_: Any,
) -> Any:
    ddof = ddof if correction is None or correction is np._NoValue else correction
    gap = a - np.mean(a, axis=axis, keepdims=True)
    total = np.sum(gap * gap, axis=axis, keepdims=keepdims is True)
    return total / max(_count(a, total) - ddof, 0.0)


@_function("std")
def _std(library: JavaScript, a: Any, *arguments: Any, **options: Any) -> Any:
    return np.sqrt(np.var(a, *arguments, **options))


# --- along lines ----------------------------------------------------------------------------------


def _flat(library: JavaScript, a: Any, axis: Any) -> tuple[Any, int]:
    return (np.ravel(a), 0) if axis is None or not a.ndim else (a, int(axis))


def _running(kind: str) -> Callable[..., Any]:
    def running(
        library: JavaScript, a: Any, axis: Any = None, dtype: Any = None, out: Any = None
    ) -> Any:
        return library.along("scan", *_flat(library, a, axis), dtype, kind)

    return running


ENTRIES["cumsum"] = _running("sum")
ENTRIES["cumprod"] = _running("prod")


@_function("sort")
def _sort(library: JavaScript, a: Any, axis: Any = -1, *_: Any, **__: Any) -> Any:
    return library.along("sort", *_flat(library, a, axis))


@_function("argsort")
def _argsort(library: JavaScript, a: Any, axis: Any = -1, *_: Any, **__: Any) -> Any:
    return library.along("argsort", *_flat(library, a, axis), np.int64)
