"""Products of arrays, and what is computed of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UnsupportedOperationError
from .functions import Functions, registering

if TYPE_CHECKING:
    from .library import JavaScript

__all__ = ["PRODUCTS"]

PRODUCTS: Functions = {}
"""Functions of vectors and matrices."""

_function = registering(PRODUCTS)


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


@_function("qr")
def _qr(library: JavaScript, a: Any, mode: str = "reduced") -> Any:
    if mode != "reduced":
        raise UnsupportedOperationError(f"qr with mode={mode!r}")
    (m, n), batch = a.shape[-2:], a.shape[:-2]
    k = min(m, n)
    parts = ((*batch, m, k), "q"), ((*batch, k, n), "r")
    return tuple(
        _stack_of(library, a, "qr", _precision(a.dtype), shape, m, part) for shape, part in parts
    )


@_function("pinv")
def _pinv(
    library: JavaScript, a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None
) -> Any:
    least = 1e-15 if rcond is None and rtol is None else rcond if rtol is None else rtol
    if hermitian or np.ndim(least):
        raise UnsupportedOperationError("pinv with hermitian=, or with several tolerances")
    shape = (*a.shape[:-2], a.shape[-1], a.shape[-2])
    return _stack_of(library, a, "pinv", _precision(a.dtype), shape, a.shape[-2], float(least))
