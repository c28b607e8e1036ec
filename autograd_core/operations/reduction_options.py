"""What reductions take besides their axes: ``dtype=``, ``initial=``, ``where=`` and ``mean=``.

Such calls are made of casts, of `where`, and of the row without them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..operation import Operation, as_operand
from ..ufunc_options import cast
from . import comparisons, reductions, scans
from .complex_numbers import conjugated

__all__: list[str] = []


def _taking_part(x: Any, where: Any, otherwise: Any) -> Any:
    """The entries where the mask holds, and `otherwise` in place of the others."""
    if where is True:
        return x
    return np.where(_mask(where, np.shape(x)), x, otherwise)


def _mask(where: Any, shape: tuple[int, ...]) -> Any:
    """The mask in the shape of the entries."""
    own = np.shape(where)
    if np.broadcast_shapes(own, shape) != shape:
        raise ValueError(f"where= expects a mask that fits the shape {shape}, got {own}")
    return np.broadcast_to(where, shape)


def _cast(x: Any, dtype: Any) -> Any:
    return as_operand(x) if dtype is None else cast(x, dtype)


@reductions.sum.wider
def _sum(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    found = reductions.sum(_taking_part(_cast(a, dtype), where, 0), axis, keepdims=keepdims)
    return found if initial is None else found + _beside(found, initial)


@reductions.prod.wider
def _prod(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    found = reductions.prod(_taking_part(_cast(a, dtype), where, 1), axis, keepdims=keepdims)
    return found if initial is None else found * _beside(found, initial)


def _beside(found: Any, initial: Any) -> Any:
    """The first value of a reduction, in the data type of the others."""
    if np.ndim(initial):
        raise ValueError(f"initial= expects a number, got an array of shape {np.shape(initial)}")
    return cast(initial, found.dtype)


def _with_initial(row: Operation, larger: Any, last: float) -> None:
    @row.wider
    def extreme(
        a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Any:
        a = as_operand(a)
        if initial is None:
            if where is not True:
                raise ValueError(
                    f"{row.name}(where=...) expects initial=, the result where no entry takes "
                    f"part: for example initial={last}"
                )
            return row(a, axis, keepdims=keepdims)
        initial = _beside(a, initial)
        hidden = last if a.dtype.kind == "f" else initial
        shown = _taking_part(a, where, hidden)
        if not a.size:  # the largest of nothing is an error; the sum of nothing has the shape
            return reductions.sum(shown, axis, keepdims=keepdims) + initial
        return larger(row(shown, axis, keepdims=keepdims), initial)


_with_initial(reductions.max, np.maximum, -math.inf)
_with_initial(reductions.min, np.minimum, math.inf)


def _wide(a: Any, dtype: Any) -> tuple[Any, Any]:
    """The entries in the data type in which to add them up, and the one of the result."""
    a = _cast(a, dtype)
    if a.dtype.kind == "c":
        return a, a.dtype
    if a.dtype.kind != "f":
        a = cast(a, np.float64)
        return a, a.dtype if dtype is None else np.dtype(dtype)
    return cast(a, np.result_type(a, np.float32)), a.dtype


def _real(dtype: Any) -> Any:
    """The data type of the parts of complex numbers, and others as they are."""
    return np.zeros(0, dtype).real.dtype


def _entries(a: Any, where: Any, axis: Any, dtype: Any) -> Any:
    """How many entries take part, along axes that stay."""
    mask = _mask(where, np.shape(a))
    return cast(reductions.sum(mask, axis, keepdims=True), dtype)


@reductions.mean.wider
def _mean(
    a: Any, axis: Any = None, *, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    if where is True:
        found = reductions.mean(_cast(a, dtype), axis, keepdims=keepdims)
        return found if dtype is None else cast(found, dtype)
    wide, narrow = _wide(a, dtype)
    total = reductions.sum(_taking_part(wide, where, 0.0), axis, keepdims=keepdims)
    number = np.reshape(_entries(wide, where, axis, _real(wide.dtype)), np.shape(total))
    return cast(total / number, narrow)


def missing_freedom(ddof: float, correction: float | None) -> float:
    """The degrees of freedom to subtract; the array API standard calls `ddof` correction."""
    if ddof and correction is not None:
        raise ValueError("var and std expect ddof= or correction=, not both")
    return ddof if correction is None else correction


def deviation_of(variance: Any) -> Any:
    """The root of a variance, flat where that is 0, as std is."""
    zero = np.equal(variance, 0)
    return np.where(zero, 0.0, np.sqrt(np.where(zero, 1.0, variance)))


@reductions.var.wider
def _var(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    freedom = missing_freedom(ddof, correction)
    wide, narrow = _wide(a, dtype)
    narrow = _real(narrow)
    if where is True and mean is None:
        found = reductions.var(wide, axis, ddof=freedom, keepdims=keepdims)
        return cast(found, narrow)
    number = _entries(wide, where, axis, _real(wide.dtype))
    if mean is None:
        mean = reductions.sum(_taking_part(wide, where, 0.0), axis, keepdims=True) / number
    deviation = _taking_part(wide - cast(mean, wide.dtype), where, 0.0)
    squares = deviation * deviation
    if wide.dtype.kind == "c":
        squares = np.real(deviation * conjugated(deviation))
    found = reductions.sum(squares, axis, keepdims=keepdims)
    return cast(found / np.reshape(np.maximum(number - freedom, 0.0), np.shape(found)), narrow)


@reductions.std.wider
def _std(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    freedom = missing_freedom(ddof, correction)
    wide, narrow = _wide(a, dtype)
    narrow = _real(narrow)
    if where is True and mean is None:
        return cast(reductions.std(wide, axis, ddof=freedom, keepdims=keepdims), narrow)
    variance = _var(wide, axis, ddof=freedom, keepdims=keepdims, where=where, mean=mean)
    return cast(deviation_of(variance), narrow)


def _with_mask(row: Operation, of_nothing: bool) -> None:
    @row.wider
    def masked(a: Any, axis: Any = None, *, keepdims: bool = False, where: Any = True) -> Any:
        return row(_taking_part(as_operand(a), where, of_nothing), axis, keepdims=keepdims)


_with_mask(comparisons.all, True)
_with_mask(comparisons.any, False)


def _with_dtype(row: Operation) -> None:
    @row.wider
    def in_dtype(a: Any, axis: Any = None, *, dtype: Any = None) -> Any:
        return row(_cast(a, dtype), axis)


_with_dtype(scans.cumsum)
_with_dtype(scans.cumprod)
