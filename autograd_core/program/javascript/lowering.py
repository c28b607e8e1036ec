"""Operations in the kernel's terms: by their own forward function wherever that can be.

A forward function runs on lifted arrays (see `program.lifting`). What reads numbers in Python,
writes into arrays or calls compiled code can't, and stands in `LOWERINGS`, written again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedOperationError
from ..lifting import lower
from ..value import Value, is_own
from .functions import Functions, registering
from .joining import along_axis
from .library import JavaScript
from .special import special
from .tape import Symbol

__all__ = ["LOWERINGS", "lowered"]

LOWERINGS: Functions = {}
"""Name of an operation -> a function of the library, lifted inputs and all options."""

_lowering = registering(LOWERINGS)


def lowered(library: JavaScript, value: Value, inputs: Sequence[Any]) -> Symbol:
    """Return what an operation makes of symbols and constants.

    Raises
    ------
    UnsupportedOperationError
        If there is no way to say it; the message names the operation.
    """
    operation = value.operation
    assert operation is not None
    own = LOWERINGS.get(operation.name) if is_own(operation) else None
    given = [library.lifted(x) for x in inputs]
    try:
        if own is not None:
            found = own(library, *given, **value.options)
        else:
            found = operation.forward(*given, **value.options)
        symbol = library.symbol(found)
        if symbol.shape != value.shape:
            raise TypeError(f"it came out in shape {symbol.shape}, expected {value.shape}")
        return library.cast(symbol, value.dtype)
    except (TypeError, ValueError, AttributeError, NotImplementedError, IndexError) as error:
        raise UnsupportedOperationError(
            f"the back end 'javascript' can't run {operation.name!r}: "
            f"{(str(error) or type(error).__name__).splitlines()[0]}"
        ) from error


# --- entries moved by number ------------------------------------------------------------------


@_lowering("scatter_add")
def _scatter_add(library: JavaScript, x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    return library.scattered(x, np.arange(math.prod(shape)).reshape(shape)[index], shape)


def _filled(index: tuple[Any, ...], at: tuple[int, ...], places: tuple[Any, ...]) -> Any:
    """An index with inputs in some of its places."""
    parts = list(index)
    for position, part in zip(at, places, strict=True):
        parts[position] = part
    return tuple(parts)


@_lowering("gather")
def _gather(library: JavaScript, x: Any, *places: Any, index: Any, at: Any) -> Any:
    return library.getitem(library.symbol(x), lower(_filled(index, at, places)))


@_lowering("scatter_places")
def _scatter_places(
    library: JavaScript, x: Any, *places: Any, index: Any, at: Any, shape: tuple[int, ...]
) -> Any:
    filled = lower(_filled(index, at, places))
    if any(type(part) is Symbol for part in filled):
        return library.put(x, filled, shape)
    return _scatter_add(library, x, filled, shape)


@_lowering("add_along_axis")
def _add_along_axis(
    library: JavaScript, x: Any, indices: Any, axis: Any, shape: tuple[int, ...]
) -> Any:
    if axis is None:
        flat = _scatter_places(library, x, indices, index=(0,), at=(0,), shape=(math.prod(shape),))
        return np.reshape(library.lifted(flat), shape)
    index = along_axis(shape, indices, axis)
    return _scatter_places(
        library, x, *index, index=index, at=tuple(range(len(index))), shape=shape
    )


# --- softmax and what belongs to it, where `in_parts` leaves it whole ----------------------------


def _log_of_softmax(x: Any, axis: int) -> Any:
    """Infinite entries share all; rows of nothing but -inf say nothing and are nan."""
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    if not x.size:
        return x
    largest = np.max(x, axis=axis, keepdims=True)
    below = np.where(x == np.inf, 0.0, x - largest)
    return below - np.log(np.sum(np.exp(below), axis=axis, keepdims=True))


@_lowering("softmax")
def _softmax(library: JavaScript, x: Any, axis: int) -> Any:
    return np.exp(_log_of_softmax(x, axis))


@_lowering("log_softmax")
def _log_softmax(library: JavaScript, x: Any, axis: int) -> Any:
    return _log_of_softmax(x, axis)


@_lowering("negative_log_likelihood")
def _negative_log_likelihood(library: JavaScript, logs: Any, targets: Any, divisor: float) -> Any:
    # What has no weight costs nothing, where its logarithm is -inf, too.
    return -np.sum(targets * np.where(targets == 0, 0.0, logs)) / divisor


@_lowering("softmax_cross_entropy")
def _softmax_cross_entropy(library: JavaScript, logits: Any, targets: Any, axis: int) -> Any:
    logits, targets = (library.lifted(library.symbol(x)) for x in (logits, targets))
    logs = _log_of_softmax(logits, axis)
    if targets.ndim == logs.ndim - 1:
        classes = np.arange(logs.shape[axis])
        lengths = [1] * logs.ndim
        lengths[axis] = -1
        hot = np.expand_dims(targets, axis) == classes.reshape(lengths)
        picked = np.sum(np.where(hot, logs, 0.0), axis=axis)
        known = (targets >= 0) & (targets < len(classes))
        return -np.where(known, picked, math.nan)  # a label that is no class
    weights = targets
    if targets.dtype.kind != "f":
        weights = targets.astype(np.result_type(logs.dtype, np.float16))
    return -np.sum(weights * np.where(weights == 0, 0.0, logs), axis=axis)


# --- functions that NumPy leaves to Python or to compiled code -----------------------------------


@_lowering("erf")
def _erf(library: JavaScript, x: Any) -> Any:
    return special("erf", library, x)


_MANY = 16
"""There are n**2 cofactors, each of which takes n**3 steps."""

_FLAT = -2e4
"""As in gelu's own forward function: -inf times a closed gate would be nan."""


@_lowering("gelu")
def _gelu(library: JavaScript, x: Any, approximate: bool) -> Any:
    high = np.maximum(x, _FLAT)
    if approximate:
        near = np.minimum(np.maximum(x, -30.0), 30.0)
        inner = np.tanh(math.sqrt(2.0 / math.pi) * (near + 0.044715 * near * near * near))
        return 0.5 * high * (1.0 + inner)
    return 0.5 * high * (1.0 + _erf(library, x / math.sqrt(2.0)))


@_lowering("scipy.special.zeta")
def _zeta(library: JavaScript, x: Any, q: Any, riemann: bool) -> Any:
    if riemann:
        raise NotImplementedError("there is the sum alone, not what goes on below x = 1")
    return special("zeta", library, x, q)


@_lowering("scipy.special.polygamma")
def _polygamma(library: JavaScript, n: Any, x: Any) -> Any:
    factor = np.where(n % 2 == 0, -1.0, 1.0) * special("gamma", library, n + 1)
    higher = factor * special("zeta", library, np.maximum(n, 1) + 1, x)
    return np.where(n == 0, special("psi", library, x), higher)


@_lowering("scipy.special.multigammaln")
def _multigammaln(library: JavaScript, a: Any, d: int) -> Any:
    parts = (special("gammaln", library, a - j / 2) for j in range(d))
    return sum(parts, d * (d - 1) / 4 * math.log(math.pi))


# --- products along axes, and triangles -----------------------------------------------------------


@_lowering("scipy.signal.windows")
def _windows(library: JavaScript, a: Any, b: Any) -> Any:
    a, b = (library.lifted(library.symbol(x)) for x in (a, b))
    along = tuple(range(2, a.ndim))
    if not along:
        return np.tensordot(a, b, (1, 1))
    windows = np.lib.stride_tricks.sliding_window_view(a, b.shape[2:], along)
    inside = tuple(axis + len(along) for axis in along)
    return np.moveaxis(np.tensordot(windows, b, ((1, *inside), (1, *along))), -1, 1)


@_lowering("scipy.linalg.solve_triangular")
def _solve_triangular(
    library: JavaScript,
    a: Any,
    b: Any,
    trans: Any,
    lower: bool,
    unit_diagonal: bool,
    check_finite: bool,
) -> Any:
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        a = np.where(np.eye(a.shape[-1], dtype=bool), 1.0, a)
    return np.linalg.solve(a if trans in (0, "N") else a.mT, b)


@_lowering("scipy.linalg.solve_banded")
def _solve_banded(
    library: JavaScript, ab: Any, b: Any, lower: int, upper: int, check_finite: bool
) -> Any:
    ab = library.lifted(library.symbol(ab))
    columns = np.arange(ab.shape[-1])
    rows = upper + columns[:, None] - columns
    inside = (rows >= 0) & (rows <= lower + upper)
    return np.linalg.solve(np.where(inside, ab[np.where(inside, rows, 0), columns], 0.0), b)


@_lowering("scipy.linalg.solve_sylvester")
def _solve_sylvester(library: JavaScript, a: Any, b: Any, q: Any) -> Any:
    n, m = q.shape  # one equation for each entry of x
    of_rows = a[:, None, :, None] * np.eye(m)[:, None, :]
    of_columns = b.T[:, None, :] * np.eye(n)[:, None, :, None]
    both = np.reshape(of_rows + of_columns, (n * m, n * m))
    return np.reshape(np.linalg.solve(both, np.reshape(q, n * m)), (n, m))


@_lowering("cofactors")
def _cofactors(library: JavaScript, a: Any) -> Any:
    n = a.shape[-1]
    if n > _MANY:
        raise NotImplementedError(f"the cofactors of more than {_MANY} rows take too long")
    others = np.array([[j for j in range(n) if j != i] for i in range(n)])
    minors = np.linalg.det(a[..., others[:, None, :, None], others[None, :, None, :]])
    places = np.arange(n)
    return np.where((places[:, None] + places) % 2 == 0, minors, -minors)


def _running(kind: str) -> Callable[..., Any]:
    return lambda library, x, axis: library.along("scan", x, axis, None, kind)


LOWERINGS["maximum_accumulate"] = _running("max")
LOWERINGS["minimum_accumulate"] = _running("min")
