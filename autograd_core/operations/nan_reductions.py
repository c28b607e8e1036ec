"""Reductions that leave nan out, made of other operations. A nan gets the gradient 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..numpy_protocol import stands_in_for
from ..operation import as_operand
from ..values import DIFFERENTIABLE, is_complex
from .choices import where
from .comparisons import isnan
from .indexing import sort, take_along_axis
from .interpolation import lerp, neighbours
from .reductions import kept_shape, max, mean, min, prod, sum, widened
from .shaping import reshape
from .statistics import axes_last, shares

__all__ = [
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile",
    "nanprod", "nanquantile", "nanstd", "nansum", "nanvar",
]  # fmt: skip


@stands_in_for(np.nansum)
def nansum(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The sum of the entries that are numbers, of all or over `axis`; see `sum`.

    The others get the gradient 0.
    """
    return sum(where(isnan(a), 0.0, a), axis, keepdims=keepdims)


@stands_in_for(np.nanprod)
def nanprod(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The product of the entries that are numbers; see `nansum`."""
    return prod(where(isnan(a), 1.0, a), axis, keepdims=keepdims)


@stands_in_for(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The mean of the entries that are numbers; see `nansum`."""
    a = as_operand(a)
    wide = _wide(a)
    numbers = sum(np.logical_not(isnan(a)), axis, keepdims=keepdims)
    found = nansum(wide, axis, keepdims=keepdims) / numbers.astype(wide.dtype)
    return _narrow(found, a)


@stands_in_for(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance of the entries that are numbers; see `var` and `nansum`."""
    a = as_operand(a)
    wide = _wide(a)
    missing = isnan(a)
    numbers = sum(np.logical_not(missing), axis, keepdims=True).astype(np.finfo(wide.dtype).dtype)
    deviation = where(missing, 0.0, wide - nansum(wide, axis, keepdims=True) / numbers)
    found = sum(_square(deviation), axis, keepdims=keepdims)
    return _narrow(found / reshape(numbers - float(ddof), np.shape(found)), a)


def _wide(a: Any) -> Any:
    """What to calculate with: whole numbers as floats, half precision as float32."""
    return widened(a) if a.dtype.kind in DIFFERENTIABLE else a.astype(np.float64)


def _narrow(found: Any, a: Any) -> Any:
    return found.astype(a.dtype) if a.dtype == np.float16 else found


def _square(x: Any) -> Any:
    return np.real(x * np.conjugate(x)) if is_complex(x) else x * x


@stands_in_for(np.nanstd)
def nanstd(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The standard deviation of the entries that are numbers; see `std` and `nansum`."""
    variance = nanvar(a, axis, ddof=ddof, keepdims=keepdims)
    zero = np.equal(variance, 0)  # flat there, as std is
    return where(zero, 0.0, np.sqrt(where(zero, 1.0, variance)))


@stands_in_for(np.nancumsum)
def nancumsum(a: Any, axis: Any = None) -> Any:
    """Running sums of the entries that are numbers; see `cumsum`."""
    return np.cumsum(where(isnan(a), 0.0, a), axis)


@stands_in_for(np.nancumprod)
def nancumprod(a: Any, axis: Any = None) -> Any:
    """Running products of the entries that are numbers; see `cumprod`."""
    return np.cumprod(where(isnan(a), 1.0, a), axis)


@stands_in_for(np.nanmax)
def nanmax(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The largest entry that is a number; see `max`."""
    return _nan_extreme(max, -math.inf, a, axis, keepdims)


@stands_in_for(np.nanmin)
def nanmin(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The smallest entry that is a number; see `min`."""
    return _nan_extreme(min, math.inf, a, axis, keepdims)


def _nan_extreme(extreme: Any, last: float, a: Any, axis: Any, keepdims: bool) -> Any:
    missing = isnan(a)
    found = extreme(where(missing, last, a), axis, keepdims=keepdims)
    return where(np.all(missing, axis=axis, keepdims=keepdims), math.nan, found)


@stands_in_for(np.nanquantile)
def nanquantile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """The value below which a share of the entries that are numbers lies.

    The parameters are those of `quantile`.
    """
    q = shares(q)
    rows = sort(axes_last(a, axis))  # nan is sorted to the end
    if not rows.shape[-1]:
        return mean(a, axis, keepdims=keepdims)  # nan with NumPy's warning
    numbers = np.sum(np.logical_not(isnan(rows)), axis=-1, keepdims=True)
    low, high, weight = neighbours(method, numbers, reshape(q, (-1,)), rows.dtype)
    found = lerp(take_along_axis(rows, low), take_along_axis(rows, high), weight)
    kept = kept_shape(a, axis) if keepdims else found.shape[:-1]
    return reshape(np.moveaxis(found, -1, 0), q.shape + kept)


@stands_in_for(np.nanpercentile)
def nanpercentile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """`nanquantile`, with the share in percent."""
    return nanquantile(a, shares(q, 100.0), axis, method=method, keepdims=keepdims)


@stands_in_for(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The median of the entries that are numbers; see `median`."""
    return nanquantile(a, 0.5, axis, keepdims=keepdims)
