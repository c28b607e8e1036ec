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
    doc="""The same entries in another shape; one length may be -1. The gradient goes back.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    shape : int or tuple of int, default (-1,)
        The new lengths; one may be -1 and follows from the others.
    order : {"C", "F", "A"}, default "C"
        Whether to read and write rows first, columns first, or as the entries lie in memory.

    Returns
    -------
    Node or ndarray
        The entries, in `shape`.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If `shape` has room for another number of entries, or `order` is none of the three.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0, 4.0])
    >>> np.reshape(x, (2, 2)).backward(np.array([[10.0, 20.0], [30.0, 40.0]]))
    >>> x.grad
    array([10., 20., 30., 40.])
    """,
)


def _ravel(a: Any, order: Any = "C") -> Any:
    if order == "K":
        return np.transpose(a, _axes_in_memory(a)).reshape(-1)
    return _reshape(a, (-1,), order)


ravel = Operation(
    "ravel",
    _ravel,
    rules=(_back_in_shape,),
    numpy=(np.ravel,),
    doc="""The entries in one row.

    The gradient goes back into the shape of the input.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    order : {"C", "F", "A", "K"}, default "C"
        Whether to read rows first, columns first, or as the entries lie in memory ("A", "K").

    Returns
    -------
    Node or ndarray
        A vector of all entries.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If `order` is none of the four.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> np.ravel(x, order="F").backward(np.array([10.0, 20.0, 30.0, 40.0]))
    >>> x.grad
    array([[10., 30.],
           [20., 40.]])
    """,
)


expand_dims = Operation(
    "expand_dims",
    np.expand_dims,
    rules=(_back_in_shape,),
    options={"axis": 0},
    numpy=(np.expand_dims,),
    doc="""New axes of length 1 at `axis` (an int or a tuple). The gradient goes back without them.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, default 0
        Where the new axes stand in the result.

    Returns
    -------
    Node or ndarray
        The same entries, with one axis more for each number in `axis`.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    np.exceptions.AxisError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> y = np.expand_dims(x, 1)
    >>> y.shape
    (2, 1)
    >>> y.backward(np.array([[10.0], [20.0]]))
    >>> x.grad
    array([10., 20.])
    """,
)


squeeze = Operation(
    "squeeze",
    np.squeeze,
    rules=(_back_in_shape,),
    options={"axis": None},
    numpy=(np.squeeze,),
    doc="""Without the axes of length 1, all or those of `axis`. The gradient goes back with them.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Which axes to leave out; all of length 1 by default.

    Returns
    -------
    Node, scalar or ndarray
        The same entries, with fewer axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If an axis of `axis` is longer than 1.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0], [2.0]])
    >>> np.squeeze(x).value
    array([1., 2.])
    >>> np.squeeze(x).backward(np.array([10.0, 20.0]))
    >>> x.grad.shape
    (2, 1)
    """,
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
    doc="""The axes in another order, reversed by default. The gradient goes back.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axes : tuple of int, optional
        For each axis of the result, which of the input's it is; by default the last comes first.

    Returns
    -------
    Node or ndarray
        The same entries; a matrix of shape (m, n) becomes (n, m).

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If `axes` does not name each axis once.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> x.T.backward(np.array([[10.0, 20.0], [30.0, 40.0]]))
    >>> x.grad
    array([[10., 30.],
           [20., 40.]])
    """,
)


broadcast_to = Operation(
    "broadcast_to",
    np.broadcast_to,
    rules=(lambda g, out, x, shape: g,),  # the engine sums what was repeated
    options={"shape": ()},
    numpy=(np.broadcast_to,),
    doc="""Repeat the entries to fill a shape. Each gets the sum of the gradients of its copies.

    Parameters
    ----------
    array : Node or array_like
        The entries, of a shape that NumPy's broadcasting can stretch to `shape`.
    shape : int or tuple of int, default ()
        What to fill.

    Returns
    -------
    Node or ndarray
        The repeated entries, in `shape`.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If the entries can't be stretched to the shape.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> np.broadcast_to(x, (3, 2)).backward(np.ones((3, 2)))
    >>> x.grad
    array([3., 3.])
    """,
)


flip = Operation(
    "flip",
    np.flip,
    rules=(lambda g, out, x, axis: np.flip(g, axis),),
    options={"axis": None},
    numpy=(np.flip,),
    doc="""The entries in reverse order, along all axes or those of `axis`.

    The gradient is reversed back.

    Parameters
    ----------
    m : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Along which axes; along all by default.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    np.exceptions.AxisError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0])
    >>> np.flip(x).backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad
    array([30., 20., 10.])
    """,
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
    doc="""Shift the entries along `axis`; those that leave at the end come in at the start.

    The gradient is shifted back.

    Parameters
    ----------
    x : Node or array_like
        The entries.
    shift : int or tuple of int, default 0
        By how many places, for each axis of `axis`; backwards where negative.
    axis : int or tuple of int, optional
        Along which axes; the flat array by default.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    np.exceptions.AxisError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0])
    >>> np.roll(x, 1).value
    array([3., 1., 2.])
    >>> np.roll(x, 1).backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad
    array([20., 30., 10.])
    """,
)


rot90 = Operation(
    "rot90",
    np.rot90,
    rules=(lambda g, out, x, k, axes: np.rot90(g, _backwards(k), axes),),
    options={"k": 1, "axes": (0, 1)},
    numpy=(np.rot90,),
    doc="""Turn a matrix by 90 degrees, `k` times, counterclockwise. The gradient is turned back.

    Parameters
    ----------
    m : Node or array_like
        The entries, of at least two axes.
    k : int, default 1
        How many times; clockwise where negative.
    axes : pair of int, default (0, 1)
        Which axes are those of the matrix; it turns from the first to the second.

    Returns
    -------
    Node or ndarray
        For odd `k` with the two lengths exchanged.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If the two axes are one and the same, or do not exist.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> np.rot90(x).value
    array([[2., 4.],
           [1., 3.]])
    >>> np.rot90(x).backward(np.array([[0.0, 0.0], [0.0, 5.0]]))
    >>> x.grad
    array([[0., 0.],
           [5., 0.]])
    """,
)


# A vector becomes a triangle of its copies: the engine sums them.
tril = Operation(
    "tril",
    lambda m, k=0: np.tril(m, whole(k)),
    rules=(lambda g, out, x, k: np.tril(g, whole(k)),),
    numpy=(np.tril,),
    doc="""The lower triangle, zeros above diagonal `k`. The gradient passes in the triangle.

    Parameters
    ----------
    m : Node or array_like
        Matrices of shape (..., m, n); a vector becomes a square of its copies.
    k : int, default 0
        The last diagonal that is kept: 0 is the main one, larger ones lie above it.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    TypeError
        If the input does not hold numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(lambda x: np.tril(x).sum())(np.full((2, 2), 3.0))
    array([[1., 0.],
           [1., 1.]])
    """,
)
triu = Operation(
    "triu",
    lambda m, k=0: np.triu(m, whole(k)),
    rules=(lambda g, out, x, k: np.triu(g, whole(k)),),
    numpy=(np.triu,),
    doc="""The upper triangle, zeros below diagonal `k`. The gradient passes in the triangle.

    Parameters
    ----------
    m : Node or array_like
        Matrices of shape (..., m, n); a vector becomes a square of its copies.
    k : int, default 0
        The first diagonal that is kept: 0 is the main one, larger ones lie above it.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    TypeError
        If the input does not hold numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(lambda x: np.triu(x, k=1).sum())(np.full((2, 2), 3.0))
    array([[0., 1.],
           [0., 0.]])
    """,
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
    doc="""The same entries in another data type. The gradient comes back in the input's.

    Parameters
    ----------
    x : Node or array_like
        Numbers, of any shape.
    dtype : dtype, default numpy.float64
        The other data type. One of whole numbers or bools lets no gradient through.

    Returns
    -------
    Node, scalar or ndarray
        The same entries in `dtype`, in the same shape.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or complex ones would lose their imaginary part.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.array([1.0, 2.0], np.float32))
    >>> (x.astype(np.float64) ** 2).sum().backward()
    >>> x.grad
    array([2., 4.], dtype=float32)
    """,
)

# --- made of the operations above -----------------------------------------------------------------


@stands_in_for(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes, `axis1` and `axis2`. The gradient is exchanged back.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis1, axis2 : int
        Which axes; negative ones count from the last.

    Returns
    -------
    Node or ndarray
        The same entries, with the two lengths exchanged.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.swapaxes : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> np.swapaxes(x, 0, 1).backward(np.array([[10.0, 20.0], [30.0, 40.0]]))
    >>> x.grad
    array([[10., 30.],
           [20., 40.]])
    """
    order = list(range(np.ndim(a)))
    axis1, axis2 = (normalize_axis_index(axis, len(order)) for axis in (axis1, axis2))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(a, tuple(order))


@stands_in_for(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move axes to other places; the others keep their order. The gradient is moved back.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    source, destination : int or sequence of int
        From where to where.

    Returns
    -------
    Node or ndarray
        The same entries, with the axes in another order.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.
    ValueError
        If `source` and `destination` name another number of axes, or one twice.

    See Also
    --------
    numpy.moveaxis : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.ones((2, 3, 4)))
    >>> y = np.moveaxis(x, 0, -1)
    >>> y.shape
    (3, 4, 2)
    >>> y[2, 3].sum().backward()
    >>> x.grad[:, 2, 3]
    array([1., 1.])
    """
    axes = range(np.ndim(a))
    # NumPy moves the axes of an array with one entry per axis length: read off where they went.
    marked = np.moveaxis(np.empty([axis + 1 for axis in axes], dtype=bool), source, destination)
    return transpose(a, tuple(length - 1 for length in marked.shape))


@stands_in_for(*existing("rollaxis"))
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Move an axis back until it lies before axis `start`; `moveaxis` says it more clearly.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int
        Which axis to move.
    start : int, default 0
        Before which of the input's axes it is to stand.

    Returns
    -------
    Node or ndarray
        The same entries, with the axes in another order.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.rollaxis : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.ones((2, 3, 4)))
    >>> y = np.rollaxis(x, 2)
    >>> y.shape
    (4, 2, 3)
    >>> y[3].sum().backward()
    >>> x.grad[0, 0]
    array([0., 0., 0., 1.])
    """
    n = np.ndim(a)
    axis, start = normalize_axis_index(axis, n), start + n if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


@stands_in_for(*existing("matrix_transpose", "linalg.matrix_transpose"))
def matrix_transpose(x: Any, /) -> Any:
    """Exchange the last two axes: each matrix of a stack transposed. Nodes have it as ``x.mT``.

    Parameters
    ----------
    x : Node or array_like
        Matrices of shape (..., m, n).

    Returns
    -------
    Node or ndarray
        Matrices of shape (..., n, m).

    Raises
    ------
    ValueError
        If the input has less than two axes.

    See Also
    --------
    numpy.matrix_transpose, numpy.linalg.matrix_transpose : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.ones((5, 2, 3)))
    >>> y = x.mT
    >>> y.shape
    (5, 3, 2)
    >>> y[4, 2].sum().backward()
    >>> x.grad[4]
    array([[0., 0., 1.],
           [0., 0., 1.]])
    """
    if np.ndim(x) < 2:
        raise ValueError(f"matrix_transpose expects at least 2 axes, got shape {np.shape(x)}")
    return swapaxes(x, -1, -2)


@stands_in_for(np.fliplr)
def fliplr(m: Any) -> Any:
    """Reverse the order along the second axis. The gradient is reversed back.

    Parameters
    ----------
    m : Node or array_like
        The entries, of at least two axes.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.fliplr : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> y = np.fliplr(x)
    >>> y.value
    array([[2., 1.],
           [4., 3.]])
    >>> y[0, 0].backward()
    >>> x.grad
    array([[0., 1.],
           [0., 0.]])
    """
    return flip(m, 1)


@stands_in_for(np.flipud)
def flipud(m: Any) -> Any:
    """Reverse the order along the first axis. The gradient is reversed back.

    Parameters
    ----------
    m : Node or array_like
        The entries, of at least one axis.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.flipud : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> y = np.flipud(x)
    >>> y.value
    array([[3., 4.],
           [1., 2.]])
    >>> y[0, 0].backward()
    >>> x.grad
    array([[0., 0.],
           [1., 0.]])
    """
    return flip(m, 0)


@stands_in_for(np.tile)
def tile(A: Any, reps: Any) -> Any:  # noqa: N803  # NumPy's name
    """Lay copies side by side. Each entry gets the sum of the gradients of its copies.

    Parameters
    ----------
    A : Node or array_like
        The entries.
    reps : int or tuple of int
        How many copies along each axis.

    Returns
    -------
    Node or ndarray
        Along each axis as many entries as the input has, times the copies.

    Raises
    ------
    ValueError
        If a number of copies is negative.

    See Also
    --------
    numpy.tile : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> np.tile(x, 2).backward(np.array([1.0, 10.0, 100.0, 1000.0]))
    >>> x.grad
    array([ 101., 1010.])
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
    """Repeat the entries of each so that all have one shape.

    Each entry gets the sum of the gradients of its copies.

    Parameters
    ----------
    *args : Node or array_like
        Numbers, of shapes that broadcast against each other.

    Returns
    -------
    tuple of Node or ndarray
        One for each input, all of one shape.

    Raises
    ------
    ValueError
        If the shapes don't fit together.

    See Also
    --------
    numpy.broadcast_arrays : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x, y = Node([1.0, 2.0]), Node([[3.0], [4.0]])
    >>> wide, _ = np.broadcast_arrays(x, y)
    >>> wide.value
    array([[1., 2.],
           [1., 2.]])
    >>> wide.sum().backward()
    >>> x.grad
    array([2., 2.])
    """
    shape = np.broadcast_shapes(*[np.shape(x) for x in args])
    return tuple(broadcast_to(x, shape) for x in args)


@stands_in_for(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Coordinates of a grid, from the coordinates along its axes, which get sums of gradients.

    Parameters
    ----------
    *xi : Node or array_like
        The coordinates along each axis.
    copy : bool, default True
        Without meaning here: a node's value is never overwritten.
    sparse : bool, default False
        Whether to leave the axes along which nothing changes at length 1.
    indexing : {"xy", "ij"}, default "xy"
        Whether the first coordinate runs along the second axis, or along the first.

    Returns
    -------
    tuple of Node or ndarray
        For each axis the coordinates of all points; of two axes with n and m coordinates in shape
        (m, n), for "ij" (n, m).

    See Also
    --------
    numpy.meshgrid : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> across, up = Node([1.0, 2.0]), Node([10.0, 20.0, 30.0])
    >>> x, y = np.meshgrid(across, up)
    >>> x.value
    array([[1., 2.],
           [1., 2.],
           [1., 2.]])
    >>> (x * y).sum().backward()
    >>> across.grad, up.grad
    (array([60., 60.]), array([3., 3., 3.]))
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
    """Each with at least one axis. The gradient goes back into the input's shape.

    Parameters
    ----------
    *arys : Node or array_like
        Numbers of any shapes.

    Returns
    -------
    Node, ndarray or tuple of them
        One for each input, a tuple for several; a number becomes a row of one.

    See Also
    --------
    numpy.atleast_1d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(3.0)
    >>> y = np.atleast_1d(x)
    >>> y.backward(np.array([10.0]))
    >>> y.value, x.grad
    (array([3.]), np.float64(10.0))
    """
    return _at_least(1, lambda shape: (1,), arys)


@stands_in_for(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """Each with at least two axes, new ones in front.

    The gradient goes back into the input's shape.

    Parameters
    ----------
    *arys : Node or array_like
        Numbers of any shapes.

    Returns
    -------
    Node, ndarray or tuple of them
        One for each input, a tuple for several; a vector becomes one row.

    See Also
    --------
    numpy.atleast_2d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> y = np.atleast_2d(x)
    >>> y.backward(np.array([[10.0, 20.0]]))
    >>> y.value, x.grad
    (array([[1., 2.]]), array([10., 20.]))
    """
    return _at_least(2, lambda shape: (1,) * (2 - len(shape)) + shape, arys)


@stands_in_for(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """Each with at least three axes, where NumPy puts them.

    The gradient goes back into the input's shape.

    Parameters
    ----------
    *arys : Node or array_like
        Numbers of any shapes.

    Returns
    -------
    Node, ndarray or tuple of them
        One for each input, a tuple for several: of shape (1, n, 1) for a vector, (m, n, 1) for a
        matrix.

    See Also
    --------
    numpy.atleast_3d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> y = np.atleast_3d(x)
    >>> y.sum().backward()
    >>> y.shape, x.grad
    ((1, 2, 1), array([1., 1.]))
    """
    return _at_least(3, lambda shape: np.atleast_3d(np.empty(shape, dtype=bool)).shape, arys)


@stands_in_for(np.copy)
def copy(a: Any, order: str = "K") -> Any:
    """The same value as another node: a node is never overwritten, so nothing is copied.

    The gradient passes.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    order : str, default "K"
        The layout in memory, without meaning here.

    Returns
    -------
    Node, scalar or ndarray
        In the shape and data type of the input.

    See Also
    --------
    numpy.copy : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> np.copy(x).sum().backward()
    >>> x.grad
    array([1., 1.])
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
    a : Node or array_like
        Its shape and dtype are taken, and no gradient goes there.
    fill_value : Node or array_like
        What to fill with: it gets the gradient.
    dtype : dtype, optional
        Another data type.
    order, subok, device : optional
        Without meaning for nodes.
    shape : int or tuple of int, optional
        Another shape.

    Returns
    -------
    Node or ndarray
        The value, in the shape and data type of `a`, or those given.

    Raises
    ------
    ValueError
        If the value can't be stretched to the shape.

    See Also
    --------
    numpy.full_like : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, full_like
    >>> c = Node(5.0)
    >>> full_like(np.ones((2, 3)), c).sum().backward()
    >>> c.grad
    np.float64(6.0)
    """
    if type(fill_value) is not Node:
        options: Any = {"order": order, "subok": subok, "shape": shape, "device": device}
        return np.full_like(held(a), fill_value, dtype, **options)
    dtype = as_operand(a).dtype if dtype is None else np.dtype(dtype)
    return astype(broadcast_to(fill_value, np.shape(a) if shape is None else shape), dtype)
