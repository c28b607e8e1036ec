"""Functions of the user's that are called along axes, or where conditions hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..node import Node, raw
from ..numpy_protocol import stands_in_for
from ..operation import as_operand
from .indexing import scatter_add
from .joining import stack
from .shaping import astype, broadcast_to, expand_dims, moveaxis, reshape

__all__ = ["apply_along_axis", "apply_over_axes", "piecewise"]


@stands_in_for(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """Call a function with each row along an axis, and join what it returns.

    Parameters
    ----------
    func1d : callable
        What to call with a vector; it may return numbers or arrays, of one shape.
    axis : int
        Along which axis the rows lie.
    arr : array_like or Node
        The entries.
    *args, **kwargs
        Passed on to the function.
    """
    arr = as_operand(arr)
    axis = normalize_axis_index(axis, arr.ndim)
    rows = moveaxis(arr, axis, -1)
    places = list(np.ndindex(rows.shape[:-1]))
    if not places:
        raise ValueError(f"apply_along_axis has nothing to call: shape {arr.shape}")
    parts = [as_operand(func1d(rows[place], *args, **kwargs)) for place in places]
    found = reshape(stack(parts), rows.shape[:-1] + tuple(parts[0].shape))
    ndim = parts[0].ndim
    return moveaxis(found, range(-ndim, 0), range(axis, axis + ndim))


@stands_in_for(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """Call ``func(a, axis)`` for one axis after the other; each keeps its length or becomes 1.

    Parameters
    ----------
    func : callable
        A function such as np.sum.
    a : array_like or Node
        The entries.
    axes : int or sequence of int
        The axes.
    """
    a = as_operand(a)
    ndim = a.ndim
    for axis in np.atleast_1d(axes).tolist():
        axis = normalize_axis_index(axis, ndim)
        found = func(a, axis)
        a = found if np.ndim(found) == ndim else expand_dims(found, axis)
        if np.ndim(a) != ndim:
            raise ValueError(
                f"apply_over_axes expects a function that keeps an axis or takes it away, got "
                f"shape {np.shape(found)} along axis {axis}"
            )
    return a


@stands_in_for(np.piecewise, takes_lists=True)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Another function for each condition; of several that hold the last counts.

    Parameters
    ----------
    x : array_like or Node
        The entries.
    condlist : sequence of array_like of bool
        The conditions.
    funclist : sequence of callable, number or Node
        As many functions, called with the entries where their condition holds; one more is for
        where none does.
    *args, **kw
        Passed on to the functions.
    """
    x = as_operand(x)
    held = raw(condlist) if type(condlist) is Node else [raw(part) for part in condlist]
    held = np.asarray(held, dtype=bool)
    if held.ndim == x.ndim and held.shape == x.shape and not (x.ndim == 0 and held.ndim):
        held = held[None]
    if len(held) == len(funclist) - 1:
        held = np.concatenate([held, ~held.any(axis=0, keepdims=True)])
    if len(held) != len(funclist):
        raise ValueError(
            f"piecewise expects as many functions as conditions, or one more, got {len(held)} "
            f"conditions and {len(funclist)} functions"
        )
    found: Any = np.zeros(x.shape, x.dtype)
    later = np.zeros(x.shape, bool)
    for mask, function in reversed(list(zip(held, funclist, strict=True))):
        counted = mask & ~later
        later = later | mask
        if not mask.any():
            continue
        values = function(x[mask], *args, **kw) if callable(function) else function
        values = broadcast_to(astype(as_operand(values), x.dtype), (int(mask.sum()),))
        found = found + scatter_add(values[counted[mask]], index=counted, shape=x.shape)
    return found
