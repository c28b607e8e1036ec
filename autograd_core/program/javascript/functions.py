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

__all__ = ["CONSTANT", "FUNCTIONS", "MOVES"]

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

FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Name of a function -> the same of lifted arrays; the library comes first."""


def _function(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            FUNCTIONS[name] = function
        return function

    return register


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
    FUNCTIONS[_kind] = _reduction(_kind)


def _without_type(kind: str) -> Callable[..., Any]:
    reduction = _reduction(kind)

    def shorter(
        library: JavaScript, a: Any, axis: Any = None, out: Any = None, *args: Any, **options: Any
    ) -> Any:
        return reduction(library, a, axis, None, None, *args, **options)

    return shorter


for _kind in ("max", "min", "any", "all"):
    FUNCTIONS[_kind] = FUNCTIONS["a" + _kind] = _without_type(_kind)


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
    return (np.ravel(a), 0) if axis is None else (a, int(axis))


def _running(kind: str) -> Callable[..., Any]:
    def running(
        library: JavaScript, a: Any, axis: Any = None, dtype: Any = None, out: Any = None
    ) -> Any:
        return library.along("scan", *_flat(library, a, axis), dtype, kind)

    return running


FUNCTIONS["cumsum"] = _running("sum")
FUNCTIONS["cumprod"] = _running("prod")


@_function("sort")
def _sort(library: JavaScript, a: Any, axis: Any = -1, *_: Any, **__: Any) -> Any:
    return library.along("sort", *_flat(library, a, axis))


@_function("argsort")
def _argsort(library: JavaScript, a: Any, axis: Any = -1, *_: Any, **__: Any) -> Any:
    return library.along("argsort", *_flat(library, a, axis), np.int64)


@_function("searchsorted")
def _searchsorted(
    library: JavaScript, a: Any, v: Any, side: str = "left", sorter: Any = None
) -> Any:
    a, v = (library.lifted(library.symbol(x)) for x in (a, v))
    if sorter is not None:
        a = np.take_along_axis(a, sorter, 0)
    before = np.less if side == "left" else np.less_equal
    return np.sum(before(a, v[..., None]), axis=-1)


# --- entries put together, and picked -----------------------------------------------------------


@_function("concatenate")
def _concatenate(library: JavaScript, arrays: Any, axis: Any = 0, *_: Any, **__: Any) -> Any:
    given = [lower(x) for x in arrays]
    dtype = np.result_type(*(x.dtype if type(x) is Symbol else x for x in given))
    parts = [library.cast(x, dtype) for x in given]
    return library.joined(parts, lambda lists: np.concatenate(lists, axis), dtype)


@_function("stack")
def _stack(library: JavaScript, arrays: Any, axis: int = 0, *_: Any, **__: Any) -> Any:
    return np.concatenate([np.expand_dims(x, axis) for x in arrays], axis=axis)


@_function("pad")
def _pad(
    library: JavaScript,
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    *,
    constant_values: Any = 0,
) -> Any:
    inside = np.pad(np.ones(array.shape, bool), pad_width)
    found = library.lifted(
        library.scattered(array, np.flatnonzero(inside).reshape(array.shape), inside.shape)
    )
    if type(constant_values) is not Lifted and not np.any(constant_values):
        return found
    values = np.pad(np.zeros(array.shape), pad_width, constant_values=constant_values)
    return np.where(inside, found, values.astype(array.dtype))


def _triangle(name: str) -> Callable[..., Any]:
    def triangle(library: JavaScript, m: Any, k: int = 0) -> Any:
        # NumPy makes a triangle of the copies of a vector.
        keep = getattr(np, name)(
            np.ones((*m.shape[-2:], m.shape[-1])[-2:] if m.ndim > 1 else (m.size, m.size), bool), k
        )
        return np.where(keep, m, m.dtype.type(0))

    return triangle


FUNCTIONS["tril"] = _triangle("tril")
FUNCTIONS["triu"] = _triangle("triu")


def along_axis(x: tuple[int, ...], places: Any, axis: int) -> tuple[Any, ...]:
    """The index by which `take_along_axis` picks from a shape; places and axes are broadcast."""
    axis %= len(x)
    own = np.shape(places)
    grid: list[Any] = []
    for a, (n, m) in enumerate(zip(x, own, strict=True)):
        if a == axis:
            grid.append(places)
            continue
        lengths = [1] * len(x)
        lengths[a] = n if n != 1 else m
        grid.append((np.arange(n) if n != 1 else np.zeros(m, np.intp)).reshape(lengths))
    return tuple(grid)


@_function("take_along_axis")
def _take_along_axis(library: JavaScript, arr: Any, indices: Any, axis: Any = -1) -> Any:
    x = library.symbol(arr)
    if type(indices) is not Lifted:
        return x.moved(lambda places: np.take_along_axis(places, indices, axis))
    if axis is None:
        return library.gathered(x.moved(np.ravel), (indices,))
    return library.gathered(x, along_axis(x.shape, indices, axis))


# --- products -----------------------------------------------------------------------------------


@_function("matmul")
def _matmul(library: JavaScript, x: Any, y: Any, **_: Any) -> Any:
    return library.product(x, y)


@_function("dot")
def _dot(library: JavaScript, a: Any, b: Any) -> Any:
    if not np.ndim(a) or not np.ndim(b):
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return library.product(a, b)
    return np.tensordot(a, b, (-1, -2))


@_function("vdot")
def _vdot(library: JavaScript, a: Any, b: Any) -> Any:
    return library.product(np.ravel(a), np.ravel(b))


@_function("vecdot")
def _vecdot(library: JavaScript, x: Any, y: Any, axis: int = -1, **_: Any) -> Any:
    x, y = (np.moveaxis(a, axis, -1) for a in (x, y))
    return (x[..., None, :] @ y[..., None])[..., 0, 0]


@_function("tensordot")
def _tensordot(library: JavaScript, a: Any, b: Any, axes: Any = 2) -> Any:
    left, right = np.ndim(a), np.ndim(b)
    first, second = (
        axes
        if np.ndim(axes) or isinstance(axes, (tuple, list))
        else (range(left - axes, left), range(axes))
    )
    first, second = (
        [int(i) % n for i in np.ravel(np.asarray(x))] for x, n in ((first, left), (second, right))
    )
    kept = [i for i in range(left) if i not in first], [i for i in range(right) if i not in second]
    n = math.prod(np.shape(a)[i] for i in first)
    shape = [np.shape(a)[i] for i in kept[0]] + [np.shape(b)[i] for i in kept[1]]
    rows = np.transpose(a, (*kept[0], *first)).reshape(math.prod(shape[: len(kept[0])]), n)
    columns = np.transpose(b, (*second, *kept[1])).reshape(n, math.prod(shape[len(kept[0]) :]))
    return (rows @ columns).reshape(shape)


@_function("convolve")
def _convolve(library: JavaScript, a: Any, v: Any, mode: str = "full") -> Any:
    n, m = np.size(a), np.size(v)
    apart = np.arange(n + m - 1)[:, None] - np.arange(m)
    inside = (apart >= 0) & (apart < n)
    a = library.lifted(library.symbol(a))
    return np.where(inside, a[np.where(inside, apart, 0)], a.dtype.type(0)) @ v


@_function("einsum")
def _einsum(library: JavaScript, subscripts: str, *operands: Any, **_: Any) -> Any:
    left, output = subscripts.split("->")
    terms = left.split(",")
    symbols = [library.symbol(x) for x in operands]
    lengths: dict[str, int] = {}
    for term, x in zip(terms, symbols, strict=True):
        for letter, n in zip(term, x.shape, strict=True):
            lengths[letter] = max(n, lengths.get(letter, 1))
    letters = output + "".join(sorted(set(lengths) - set(output)))
    grid = (
        dict(zip(letters, np.ogrid[tuple(slice(lengths[c]) for c in letters)], strict=True))
        if letters
        else {}
    )
    total: Any = 1.0
    for place, (term, x) in enumerate(zip(terms, symbols, strict=True)):
        index = tuple(grid[c] if n > 1 else 0 * grid[c] for c, n in zip(term, x.shape, strict=True))
        factor = library.lifted(library.getitem(x, index))
        total = factor if place == 0 else total * factor
    whole = np.broadcast_to(total, tuple(lengths[c] for c in letters))
    summed = tuple(range(len(output), len(letters)))
    return np.sum(whole, axis=summed) if summed else whole


# --- matrices -------------------------------------------------------------------------------------


def _stack_of(library: JavaScript, a: Any, name: str, dtype: Any, shape: Any, *more: Any) -> Any:
    x = library.symbol(a)
    if not x.size:
        raise UnsupportedOperationError("matrices without entries")
    return library.lifted(
        library.tape.made(name, (library.tape.whole(x),), dtype, shape, x.shape[-1], *more)
    )


def _precision(*dtypes: Any) -> Any:
    return np.result_type(*(d if d.kind == "f" else np.float64 for d in dtypes))


@_function("solve")
def _solve(library: JavaScript, a: Any, b: Any) -> Any:
    column = np.ndim(b) == 1
    b = b[:, None] if column else b
    dtype = _precision(a.dtype, b.dtype)
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    given = [library.symbol(np.broadcast_to(x, batch + x.shape[-2:])) for x in (a, b)]
    shape = given[1].shape
    out = library.lifted(
        library.tape.made("solve", map(library.tape.whole, given), dtype, shape, *shape[-2:])
    )
    return out[..., 0] if column else out


@_function("inv")
def _inv(library: JavaScript, a: Any) -> Any:
    return np.linalg.solve(a, np.eye(a.shape[-1], dtype=_precision(a.dtype)))


@_function("det")
def _det(library: JavaScript, a: Any) -> Any:
    return _stack_of(library, a, "det", _precision(a.dtype), a.shape[:-2], "det")


@_function("slogdet")
def _slogdet(library: JavaScript, a: Any) -> Any:
    return tuple(
        _stack_of(library, a, "det", _precision(a.dtype), a.shape[:-2], part)
        for part in ("sign", "log")
    )


@_function("cholesky")
def _cholesky(library: JavaScript, a: Any, **_: Any) -> Any:
    return _stack_of(library, a, "cholesky", _precision(a.dtype), a.shape)
