"""Reductions that leave nan out, made of other operations. A nan gets the gradient 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import refuse_complex
from ..numpy_protocol import stands_in_for
from ..operation import as_operand
from .comparisons import isnan
from .indexing import sort, take_along_axis
from .interpolation import lerp, neighbours
from .reduction_options import deviation_of, missing_freedom
from .reductions import kept_shape, max, mean, min, prod, sum, var
from .shaping import reshape
from .statistics import axes_last, shares, weighted_quantile

__all__ = [
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile",
    "nanprod", "nanquantile", "nanstd", "nansum", "nanvar",
]  # fmt: skip


@stands_in_for(np.nansum)
def nansum(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The sum of the entries that are numbers, of all or over `axis`; see `sum`.

    The others get the gradient 0.
    """
    options = {"dtype": dtype, "initial": initial, "where": where}
    return sum(np.where(isnan(a), 0, a), axis, keepdims=keepdims, **options)


@stands_in_for(np.nanprod)
def nanprod(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The product of the entries that are numbers; see `nansum`."""
    options = {"dtype": dtype, "initial": initial, "where": where}
    return prod(np.where(isnan(a), 1, a), axis, keepdims=keepdims, **options)


@stands_in_for(np.nanmean)
def nanmean(
    a: Any, axis: Any = None, *, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    """The mean of the entries that are numbers; see `nansum`."""
    return mean(a, axis, dtype=dtype, keepdims=keepdims, where=_numbers(a, where))


def _numbers(a: Any, where: Any) -> Any:
    """Which entries are numbers, and take part."""
    return np.logical_and(np.logical_not(isnan(a)), where)


@stands_in_for(np.nanvar)
def nanvar(
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
    """The variance of the entries that are numbers; see `var` and `nansum`."""
    ddof = missing_freedom(ddof, correction)
    there = _numbers(a, where)
    options = {"dtype": dtype, "where": there, "mean": mean}
    found = var(a, axis, ddof=ddof, keepdims=keepdims, **options)
    return np.where(sum(there, axis, keepdims=keepdims) > ddof, found, math.nan)


@stands_in_for(np.nanstd)
def nanstd(
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
    """The standard deviation of the entries that are numbers; see `std` and `nansum`."""
    options = {"dtype": dtype, "where": where, "mean": mean, "correction": correction}
    return deviation_of(nanvar(a, axis, ddof=ddof, keepdims=keepdims, **options))


@stands_in_for(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, *, dtype: Any = None) -> Any:
    """Running sums of the entries that are numbers; see `cumsum`."""
    return np.cumsum(np.where(isnan(a), 0, a), axis, dtype)


@stands_in_for(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, *, dtype: Any = None) -> Any:
    """Running products of the entries that are numbers; see `cumprod`."""
    return np.cumprod(np.where(isnan(a), 1, a), axis, dtype)


@stands_in_for(np.nanmax)
def nanmax(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The largest entry that is a number; see `max`."""
    return _nan_extreme(max, -math.inf, a, axis, keepdims, initial, where)


@stands_in_for(np.nanmin)
def nanmin(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The smallest entry that is a number; see `min`."""
    return _nan_extreme(min, math.inf, a, axis, keepdims, initial, where)


def _nan_extreme(
    extreme: Any, last: float, a: Any, axis: Any, keepdims: bool, initial: Any, mask: Any
) -> Any:
    refuse_complex("nanmax and nanmin", a)
    missing = isnan(a)
    real = as_operand(a).dtype.kind == "f"  # others have none, and stay what they are
    shown = np.where(missing, last, a) if real else a
    found = extreme(shown, axis, keepdims=keepdims, initial=initial, where=mask)
    if initial is not None or not real:
        return found
    return np.where(np.all(missing, axis=axis, keepdims=keepdims), math.nan, found)


@stands_in_for(np.nanquantile)
def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """The value below which a share of the entries that are numbers lies.

    The parameters are those of `quantile`.
    """
    q = shares(q)
    if weights is not None:
        return weighted_quantile(a, q, axis, method, keepdims, weights, leave_nan=True)
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
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """`nanquantile`, with the share in percent."""
    q = shares(q, 100.0)
    return nanquantile(a, q, axis, method=method, keepdims=keepdims, weights=weights)


@stands_in_for(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The median of the entries that are numbers; see `median`."""
    return nanquantile(a, 0.5, axis, keepdims=keepdims)
