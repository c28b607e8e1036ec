"""Entries put together anew: inserted, repeated to fill a shape, windows on them, chosen, counted.

NumPy itself says where each entry goes: it arranges the numbers of the entries, and the entries are
picked by those. So every form of the arguments is NumPy's, and one rule, that of `take`, is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..node import Node, held, raw
from ..numpy_protocol import stands_in_for
from ..operation import Operation, as_operand
from ..recorded import depends
from .indexing import compress, getitem, scatter_add, take, take_along_axis
from .joining import concatenate, stack
from .shaping import astype, broadcast_arrays, ravel

__all__ = [
    "bincount", "choose", "extract", "insert", "partition", "resize", "sliding_window_view",
    "trim_zeros",
]  # fmt: skip


def arranged(arrange: Callable[..., Any], *parts: Any) -> Any:
    """What NumPy's function makes of arrays, when it only moves and copies their entries."""
    numbers, start = [], 0
    for part in parts:
        size = math.prod(np.shape(part))
        numbers.append(np.arange(start, start + size).reshape(np.shape(part)))
        start += size
    flat = ravel(parts[0]) if len(parts) == 1 else concatenate(parts, axis=None)
    return take(flat, arrange(*numbers))


@stands_in_for(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Put values between the entries of an array.

    Parameters
    ----------
    arr : array_like or Node
        The array.
    obj : int, slice, or array_like of int or bool
        Before which entries.
    values : array_like or Node
        What to put there; it broadcasts as in NumPy.
    axis : int, optional
        Along which axis; into the flat array by default.
    """
    arr, values, obj = as_operand(arr), as_operand(values), raw(obj)
    if arr.dtype != values.dtype:  # NumPy keeps that of the array
        if arr.dtype.kind in "iub" and type(values) is Node and values.requires_grad:
            raise TypeError(
                f"insert puts values into an array of dtype {arr.dtype}, which would cut off their "
                "decimals and their gradient. Write np.insert(arr.astype(float), ...)"
            )
        values = astype(values, arr.dtype)
    return arranged(lambda x, new: np.insert(x, obj, new, axis), arr, values)


@stands_in_for(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """The entries over and over until they fill a shape, or the first of them.

    Parameters
    ----------
    a : array_like or Node
        The entries.
    new_shape : int or tuple of int
        What to fill; zeros where there are no entries.
    """
    a = as_operand(a)
    new_shape = raw(new_shape)
    if not a.size:
        return astype(a.reshape(-1), a.dtype) if new_shape == 0 else np.resize(held(a), new_shape)
    return arranged(lambda x: np.resize(x, new_shape), a)


@stands_in_for(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """All windows of a shape on an array; they lie along new axes at the end.

    Parameters
    ----------
    x : array_like or Node
        The array; an entry gets the sum of the gradients of the windows that hold it.
    window_shape : int or tuple of int
        The shape of the windows.
    axis : int or tuple of int, optional
        Along which axes they slide; along all by default.
    subok : bool
        Without meaning here.
    writeable : bool, default False
        True is refused: a node's value is never overwritten.
    """
    if writeable:
        raise TypeError(
            "sliding_window_view(writeable=True) can't take nodes: a node's value is never "
            "overwritten. Leave writeable= out, and write np.where for a changed copy"
        )
    return arranged(lambda n: np.lib.stride_tricks.sliding_window_view(n, window_shape, axis), x)


@stands_in_for(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """Leave out the zeros at the front ("f") and at the back ("b").

    Parameters
    ----------
    filt : array_like or Node
        The entries.
    trim : str, default "fb"
        At which ends.
    axis : int or tuple of int, optional
        Along which axes; along all by default.
    """
    filt = as_operand(filt)
    np.trim_zeros(np.zeros(1), trim)  # refuses what it can't be
    axes = range(filt.ndim) if axis is None else normalize_axis_tuple(axis, filt.ndim)
    places = np.nonzero(raw(filt))
    box = [slice(None)] * filt.ndim
    for a in axes:
        first, last = (min(places[a]), max(places[a]) + 1) if places[a].size else (0, 0)
        front, back = "f" in trim.lower() or not last, "b" in trim.lower() or not last
        box[a] = slice(first if front else None, last if back else None)
    return filt[tuple(box)]


@stands_in_for(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """The entries where a condition holds, in one row; see `compress`."""
    return compress(ravel(raw(condition)), ravel(arr))


@stands_in_for(np.choose, takes_lists=True)
def choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    """Take each entry from the choice that an array of whole numbers names.

    Parameters
    ----------
    a : array_like of int
        Which choice, for each entry.
    choices : sequence of array_like or Node
        The choices; they broadcast, and the one that was taken gets the gradient.
    mode : {"raise", "wrap", "clip"}
        What to do with numbers out of range.

    Examples
    --------
    >>> from autograd_core import Node, choose
    >>> choose([1, 0], [Node([1.0, 2.0]), Node([3.0, 4.0])]).value
    array([3., 2.])
    """
    which = _which(a, len(choices), mode)
    which, *parts = broadcast_arrays(which, *choices)
    return getitem(take_along_axis(stack(parts), which[None], 0), 0)


def _which(a: Any, n: int, mode: str) -> Any:
    """Which of n choices is meant for each entry."""
    if depends(a) and mode != "raise":
        return np.mod(a, n) if mode == "wrap" else np.clip(a, 0, n - 1)
    if depends(a):
        return as_operand(a)
    return np.choose(np.asarray(raw(a)), [np.full((), i) for i in range(n)], mode=mode)  # type: ignore[call-overload]


@stands_in_for(np.bincount)
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each whole number occurs, or the sum of its weights.

    Parameters
    ----------
    x : array_like of int
        The numbers, 0 or more.
    weights : array_like or Node, optional
        What each of them counts; 1 by default.
    minlength : int, default 0
        The least length of the result.
    """
    x = np.asarray(raw(x))
    x = x if x.size else x.astype(np.intp)
    counts = np.bincount(x, minlength=minlength)
    if weights is None:
        return counts
    weights = as_operand(weights)
    if weights.shape != x.shape:
        raise ValueError(f"bincount expects weights in the shape {x.shape}, got {weights.shape}")
    return scatter_add(astype(weights, np.float64), index=(x,), shape=counts.shape)


def _partition_rule(g: Any, out: Any, x: Any, axis: Any, **options: Any) -> Any:
    # The k-th smallest entry of x went where the k-th smallest of the result stands.
    if axis is None:
        return np.reshape(_partition_rule(g, out, np.ravel(x), 0), np.shape(x))
    ranks = np.argsort(np.argsort(x, axis, stable=True), axis)
    places = np.take_along_axis(np.argsort(out, axis, stable=True), ranks, axis)
    return np.take_along_axis(g, places, axis)


_partition_row = Operation(
    "partition",
    lambda a, kth=0, axis=-1, kind="introselect": np.partition(a, kth, axis, kind),
    rules=(_partition_rule,),
    real_only=True,
)


@stands_in_for(np.partition)
def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    """The entries with the k-th smallest in its place, smaller ones before it, others behind.

    Parameters
    ----------
    a : array_like or Node
        The entries; each gets the gradient of where it went.
    kth : int or sequence of int
        Which entries are to stand in their places.
    axis : int or None, default -1
        Along which axis; None takes the flat array.
    kind : str
        As in NumPy.
    """
    a = as_operand(a)
    if axis is not None:
        normalize_axis_index(axis, a.ndim)
    return _partition_row(a, raw(kth), axis, kind)
