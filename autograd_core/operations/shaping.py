"""Operations that move entries about: their rules move the gradient back.

They come in adjoint pairs (reshape and reshape, broadcast_to and the engine's sum, getitem and
scatter_add), so that each rule is again made of operations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Node
from ..numpy_protocol import stands_in_for
from ..operation import Operation


def _reshape(x: Any, shape: Any = (-1,)) -> Any:
    return np.reshape(x, shape)


reshape = Operation(
    "reshape",
    _reshape,
    rules=(lambda g, out, x, shape: np.reshape(g, np.shape(x)),),
    numpy=(np.reshape,),
)


def _transpose(x: Any, axes: Any = None) -> Any:
    return np.transpose(x, axes)


def _transpose_rule(g: Any, out: Any, x: Any, axes: Any) -> Any:
    if axes is None:
        return np.transpose(g)
    order = [axis % len(axes) for axis in axes]
    return np.transpose(g, tuple(order.index(axis) for axis in range(len(axes))))


transpose = Operation(
    "transpose", _transpose, rules=(_transpose_rule,), symbol="T", numpy=(np.transpose,)
)


def _broadcast_to(x: Any, shape: Any = ()) -> Any:
    return np.broadcast_to(x, shape)


broadcast_to = Operation(
    "broadcast_to",
    _broadcast_to,
    rules=(lambda g, out, x, shape: g,),  # the engine sums what was repeated
    numpy=(np.broadcast_to,),
)


def _getitem(x: Any, index: Any = ()) -> Any:
    return x[index]


def _scatter_add(x: Any, index: Any = (), shape: tuple[int, ...] = ()) -> Any:
    target = np.zeros(shape, np.asarray(x).dtype)
    if _picks_no_entry_twice(index):
        target[index] = x
    else:
        np.add.at(target, index, x)
    return target


def _picks_no_entry_twice(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice))
        for part in parts
    )


_getitem_row = Operation(
    "getitem",
    _getitem,
    rules=(lambda g, out, x, index: scatter_add(g, index=index, shape=np.shape(x)),),
    symbol="[ ]",
)
scatter_add: Operation = Operation(
    "scatter_add",
    _scatter_add,
    rules=(lambda g, out, x, index, shape: getitem(g, index),),
)


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``, with any index that NumPy takes; index nodes are read for their values."""
    return _getitem_row(x, index=_plain_index(index))


def _plain_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain_index(part) for part in index)
    return index.value if type(index) is Node else index


def _astype(x: Any, dtype: Any = np.float64) -> Any:
    return np.asarray(x).astype(dtype)


astype = Operation("astype", _astype, rules=(lambda g, out, x, dtype: g,))


@stands_in_for(np.shape)
def _shape(a: Any) -> tuple[int, ...]:
    return a.shape


@stands_in_for(np.ndim)
def _ndim(a: Any) -> int:
    return a.ndim


@stands_in_for(np.size)
def _size(a: Any, axis: int | None = None) -> int:
    return a.size if axis is None else a.shape[axis]
