"""Entries put together, and picked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lifting import Lifted, lower
from .functions import Functions, registering
from .tape import Symbol

if TYPE_CHECKING:
    from .library import JavaScript

__all__ = ["JOINING", "along_axis"]

JOINING: Functions = {}
"""Functions that join arrays, and that pick entries by number."""

_function = registering(JOINING)


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


JOINING["tril"] = _triangle("tril")
JOINING["triu"] = _triangle("triu")


def along_axis(x: tuple[int, ...], places: Any, axis: int) -> tuple[Any, ...]:
    """The index by which `take_along_axis` picks from a shape; places and axes are broadcast.

    Examples
    --------
    >>> along_axis((3, 4), np.array([[2], [0], [1]]), 1)
    (array([[0],
           [1],
           [2]]), array([[2],
           [0],
           [1]]))
    """
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
