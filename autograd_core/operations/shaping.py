"""Operations that arrange entries anew: shape, order of the axes, order along an axis, repetition.

They come in adjoint pairs (reshape and reshape, broadcast_to and the engine's sum), so that each
rule is again made of operations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..node import Node, held, raw
from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation, as_operand
from ..values import as_array, is_complex

__all__ = [
    "astype", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays", "broadcast_to", "copy",
    "expand_dims", "flip", "fliplr", "flipud", "full_like", "matrix_transpose", "meshgrid",
    "moveaxis", "ravel", "reshape", "roll", "rollaxis", "rot90", "squeeze", "swapaxes", "tile",
    "transpose", "tril", "triu",
]  # fmt: skip


def _back_in_shape(g: Any, out: Any, x: Any, order: Any = "C", **options: Any) -> Any:
    if order == "K":
        axes = _axes_in_memory(x)
        back = np.reshape(g, [np.shape(x)[axis] for axis in axes])
        return np.transpose(back, tuple(axes.index(axis) for axis in range(len(axes))))
    return np.reshape(g, np.shape(x), order=_first_in_memory(x) if order == "A" else order)


def _first_in_memory(x: Any) -> Any:
    """Whether the rows (C) or the columns (F) lie together in memory."""
    flags = np.asarray(raw(x)).flags
    return "F" if flags.f_contiguous and not flags.c_contiguous else "C"


def _axes_in_memory(x: Any) -> list[int]:
    """The axes, the one along which neighbours lie farthest apart in memory first."""
    strides = np.asarray(raw(x)).strides
    return sorted(range(len(strides)), key=lambda axis: -abs(strides[axis]))


def _reshape(a: Any, shape: Any = (-1,), order: Any = "C") -> Any:
    if order not in ("C", "F", "A"):
        raise ValueError(f"expected 'C' (rows first), 'F' (columns first) or 'A', got {order!r}")
    return np.reshape(a, shape, order=_first_in_memory(a) if order == "A" else order)


reshape = Operation(
    "reshape",
    _reshape,
    rules=(_back_in_shape,),
    numpy=(np.reshape,),
    doc="The same entries in another shape; one length may be -1. The gradient goes back.",
)


def _ravel(a: Any, order: Any = "C") -> Any:
    if order == "K":
        return np.transpose(a, _axes_in_memory(a)).reshape(-1)
    return _reshape(a, (-1,), order)


ravel = Operation(
    "ravel", _ravel, rules=(_back_in_shape,), numpy=(np.ravel,), doc="The entries in one row."
)


expand_dims = Operation(
    "expand_dims",
    np.expand_dims,
    rules=(_back_in_shape,),
    options={"axis": 0},
    numpy=(np.expand_dims,),
    doc="New axes of length 1 at `axis` (an int or a tuple).",
)


squeeze = Operation(
    "squeeze",
    np.squeeze,
    rules=(_back_in_shape,),
    options={"axis": None},
    numpy=(np.squeeze,),
    doc="Without the axes of length 1, all or those of `axis`.",
)


def _transpose_rule(g: Any, out: Any, x: Any, axes: Any) -> Any:
    if axes is None:
        return np.transpose(g)
    axes = np.atleast_1d(axes).tolist()  # of a vector it may be one number
    order = [axis % len(axes) for axis in axes]
    return np.transpose(g, tuple(order.index(axis) for axis in range(len(axes))))


transpose = Operation(
    "transpose",
    np.transpose,
    rules=(_transpose_rule,),
    options={"axes": None},
    symbol="T",
    numpy=existing("transpose", "permute_dims"),
    doc="The axes in another order, reversed by default. The gradient goes back.",
)


broadcast_to = Operation(
    "broadcast_to",
    np.broadcast_to,
    rules=(lambda g, out, x, shape: g,),  # the engine sums what was repeated
    options={"shape": ()},
    numpy=(np.broadcast_to,),
    doc="Repeat the entries to fill a shape. Each gets the sum of the gradients of its copies.",
)


flip = Operation(
    "flip",
    np.flip,
    rules=(lambda g, out, x, axis: np.flip(g, axis),),
    options={"axis": None},
    numpy=(np.flip,),
    doc="The entries in reverse order, along all axes or those of `axis`.",
)


def whole(counts: Any) -> Any:
    """Counts as Python's numbers: unsigned ones and bools have no minus, small ones overflow."""
    return np.asarray(raw(counts)).tolist()


def _backwards(counts: Any) -> Any:
    return np.negative(np.asarray(counts).astype(np.intp)).tolist()


def _roll(x: Any, shift: Any, axis: Any) -> Any:
    return np.roll(x, whole(shift), axis)  # before 2.2 NumPy's own can't take unsigned ones


def _roll_rule(g: Any, out: Any, x: Any, shift: Any, axis: Any) -> Any:
    return np.roll(g, _backwards(shift), axis)


roll = Operation(
    "roll",
    _roll,
    rules=(_roll_rule,),
    options={"shift": 0, "axis": None},
    numpy=(np.roll,),
    doc="Shift the entries along `axis`; those that leave at the end come in at the start.",
)


rot90 = Operation(
    "rot90",
    np.rot90,
    rules=(lambda g, out, x, k, axes: np.rot90(g, _backwards(k), axes),),
    options={"k": 1, "axes": (0, 1)},
    numpy=(np.rot90,),
    doc="Turn a matrix by 90 degrees, `k` times.",
)


# A vector becomes a triangle of its copies: the engine sums them.
tril = Operation(
    "tril",
    lambda m, k=0: np.tril(m, whole(k)),
    rules=(lambda g, out, x, k: np.tril(g, whole(k)),),
    numpy=(np.tril,),
    doc="The lower triangle, zeros above diagonal `k`. The gradient passes in the triangle.",
)
triu = Operation(
    "triu",
    lambda m, k=0: np.triu(m, whole(k)),
    rules=(lambda g, out, x, k: np.triu(g, whole(k)),),
    numpy=(np.triu,),
    doc="The upper triangle, zeros below diagonal `k`. The gradient passes in the triangle.",
)


def _astype(x: Any, dtype: Any = np.float64) -> Any:
    dtype = np.dtype(dtype)
    if is_complex(x) and dtype.kind in "fiu":
        raise TypeError("the imaginary part would be lost")
    return as_array(x).astype(dtype)


astype = Operation(
    "astype",
    _astype,
    rules=(lambda g, out, x, dtype: g,),
    options={"dtype": np.float64},
    elementwise=True,
    numpy=existing("astype"),
    doc="The same entries in another data type. The gradient comes back in the input's.",
)

# --- made of the operations above -----------------------------------------------------------------


@stands_in_for(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes, `axis1` and `axis2`."""
    order = list(range(np.ndim(a)))
    axis1, axis2 = (normalize_axis_index(axis, len(order)) for axis in (axis1, axis2))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(a, tuple(order))


@stands_in_for(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move axes to other places; the others keep their order.

    Parameters
    ----------
    a : array_like or Node
        The entries.
    source, destination : int or sequence of int
        From where to where.
    """
    axes = range(np.ndim(a))
    # NumPy moves the axes of an array with one entry per axis length: read off where they went.
    marked = np.moveaxis(np.empty([axis + 1 for axis in axes], dtype=bool), source, destination)
    return transpose(a, tuple(length - 1 for length in marked.shape))


@stands_in_for(*existing("rollaxis"))
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Move an axis back until it lies before axis `start`; `moveaxis` says it more clearly."""
    n = np.ndim(a)
    axis, start = normalize_axis_index(axis, n), start + n if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


@stands_in_for(*existing("matrix_transpose", "linalg.matrix_transpose"))
def matrix_transpose(x: Any, /) -> Any:
    """Exchange the last two axes: each matrix of a stack transposed."""
    if np.ndim(x) < 2:
        raise ValueError(f"matrix_transpose expects at least 2 axes, got shape {np.shape(x)}")
    return swapaxes(x, -1, -2)


@stands_in_for(np.fliplr)
def fliplr(m: Any) -> Any:
    """Reverse the order along the second axis."""
    return flip(m, 1)


@stands_in_for(np.flipud)
def flipud(m: Any) -> Any:
    """Reverse the order along the first axis."""
    return flip(m, 0)


@stands_in_for(np.tile)
def tile(A: Any, reps: Any) -> Any:  # noqa: N803  # NumPy's name
    """Lay copies side by side.

    Parameters
    ----------
    A : array_like or Node
        The entries.
    reps : int or tuple of int
        How many copies along each axis.
    """
    counts = tuple(int(count) for count in np.atleast_1d(whole(reps)))
    ndim = max(len(counts), np.ndim(A))
    shape = (1,) * (ndim - np.ndim(A)) + tuple(np.shape(A))
    counts = (1,) * (ndim - len(counts)) + counts
    # Every axis becomes two: the copies, and the entries of one.
    apart = reshape(A, [m for n in shape for m in (1, n)])
    copies = [m for n, count in zip(shape, counts, strict=True) for m in (count, n)]
    together = [n * count for n, count in zip(shape, counts, strict=True)]
    return reshape(broadcast_to(apart, tuple(copies)), together)


@stands_in_for(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """Repeat the entries of each so that all have one shape."""
    shape = np.broadcast_shapes(*[np.shape(x) for x in args])
    return tuple(broadcast_to(x, shape) for x in args)


@stands_in_for(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Coordinates of a grid, from the coordinates along its axes.

    Parameters
    ----------
    *xi : array_like or Node
        The coordinates along each axis.
    copy : bool
        Without meaning here: a node's value is never overwritten.
    sparse : bool, default False
        Whether to leave the axes along which nothing changes at length 1.
    indexing : {"xy", "ij"}
        Whether the first coordinate runs along the second axis, or along the first.
    """
    order = list(range(len(xi)))
    if indexing == "xy":
        order[:2] = order[1::-1]
    thin = [
        reshape(x, [-1 if place == own else 1 for place in range(len(xi))])
        for x, own in zip(xi, order, strict=True)
    ]
    return tuple(thin) if sparse else broadcast_arrays(*thin)


def _at_least(ndim: int, shape_of: Any, arrays: tuple[Any, ...]) -> Any:
    found = [x if np.ndim(x) >= ndim else reshape(x, shape_of(np.shape(x))) for x in arrays]
    return found[0] if len(found) == 1 else tuple(found)


@stands_in_for(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """Each with at least one axis."""
    return _at_least(1, lambda shape: (1,), arys)


@stands_in_for(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """Each with at least two axes, new ones in front."""
    return _at_least(2, lambda shape: (1,) * (2 - len(shape)) + shape, arys)


@stands_in_for(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """Each with at least three axes, where NumPy puts them."""
    return _at_least(3, lambda shape: np.atleast_3d(np.empty(shape, dtype=bool)).shape, arys)


@stands_in_for(np.copy)
def copy(a: Any, order: str = "K") -> Any:
    """The same value as another node: a node is never overwritten, so nothing is copied.

    `order`, the layout in memory, is without meaning here.
    """
    a = as_operand(a)
    return astype(a, a.dtype)


@stands_in_for(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """One value, or what can be broadcast, in the shape and dtype of an array.

    Parameters
    ----------
    a : array_like or Node
        Its shape and dtype are taken, and no gradient goes there.
    fill_value : array_like or Node
        What to fill with: it gets the gradient.
    dtype : dtype, optional
        Another data type.
    order, subok, device
        Without meaning for nodes.
    shape : int or tuple of int, optional
        Another shape.
    """
    if type(fill_value) is not Node:
        options: Any = {"order": order, "subok": subok, "shape": shape, "device": device}
        return np.full_like(held(a), fill_value, dtype, **options)
    dtype = as_operand(a).dtype if dtype is None else np.dtype(dtype)
    return astype(broadcast_to(fill_value, np.shape(a) if shape is None else shape), dtype)
