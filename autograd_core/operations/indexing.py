"""Picking entries, and the adjoint: putting gradients back where the entries came from."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..lists import stacked
from ..node import raw
from ..numpy_protocol import stands_in_for
from ..operation import EveryInput, Operation, as_operand
from ..recorded import anything_depends, depends, refuse
from ..values import as_array
from .shaping import whole

__all__ = [
    "add_along_axis", "compress", "delete", "diag", "diagflat", "diagonal", "getitem", "repeat",
    "scatter_add", "sort", "take", "take_along_axis", "trace", "unique",
]  # fmt: skip


def _scatter_add(x: Any, index: Any = (), shape: tuple[int, ...] = ()) -> Any:
    target = np.zeros(shape, as_array(x).dtype)
    if is_basic(index):
        target[index] = x
    elif not _adds_rows(target, index, x):
        np.add.at(target, index, x)
    return target


_ENTRIES_AT_ONCE = 2**16
"""So many are added in one call: their places take half a megabyte."""


def _adds_rows(target: Any, index: Any, x: Any) -> bool:
    """What ``np.add.at(target, index, x)`` does with whole rows, in a fifth of the time.

    NumPy has a fast loop for flat arrays alone. Returns whether the index picks rows.
    """
    if type(index) is tuple and len(index) == 1:
        (index,) = index
    if (
        type(index) is not np.ndarray
        or index.dtype.kind not in "iu"
        or target.ndim < 2
        or not target.size
        or np.shape(x) != index.shape + target.shape[1:]
    ):
        return False
    if index.size and not (-len(target) <= index.min() and index.max() < len(target)):
        return False  # NumPy says which
    columns = np.arange(math.prod(target.shape[1:]))
    starts = index.reshape(-1, 1).astype(np.intp) * columns.size
    rows, flat = np.reshape(x, (-1, columns.size)), target.reshape(-1)
    step = max(1, _ENTRIES_AT_ONCE // columns.size)
    for first in range(0, len(starts), step):
        part = slice(first, first + step)
        np.add.at(flat, (starts[part] + columns).reshape(-1), rows[part].reshape(-1))
    return True


def is_basic(index: Any) -> bool:
    """Whether an index picks no entry twice: then NumPy gives a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice))
        for part in parts
    )


getitem_row = Operation(
    "getitem",
    lambda x, index: x[index],
    rules=(lambda g, out, x, index: scatter_add(g, index=index, shape=np.shape(x)),),
    options={"index": ()},
    symbol="[ ]",
)
scatter_add: Operation = Operation(
    "scatter_add",
    _scatter_add,
    rules=(lambda g, out, x, index, shape: getitem(g, index),),
    doc="""Zeros in `shape` with x added at `index`, the adjoint of `getitem`. Gradient: g[index].

    Parameters
    ----------
    x : Node or array_like
        What to add, of the shape that ``zeros[index]`` has.
    index : int, slice, array of int or bool, or tuple of those, default ()
        Where; what stands at one place several times is summed.
    shape : tuple of int, default ()
        The shape of the result.

    Returns
    -------
    Node or ndarray
        The sums, in `shape` and the data type of `x`.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    IndexError
        If the index points out of the shape.
    ValueError
        If `x` does not fit the index.

    See Also
    --------
    getitem : Its adjoint.
    numpy.add.at : Does the same in place, on plain arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import scatter_add
    >>> scatter_add(np.array([1.0, 2.0, 3.0]), index=np.array([0, 2, 2]), shape=(4,))
    array([1., 0., 5., 0.])
    """,
)


def _filled(index: tuple[Any, ...], at: tuple[int, ...], places: tuple[Any, ...]) -> Any:
    parts = list(index)
    for position, part in zip(at, places, strict=True):
        parts[position] = part
    return tuple(parts)


_gather_row = Operation(
    "gather",
    lambda x, *places, index=(), at=(): x[_filled(index, at, places)],
    EveryInput(
        lambda position, g, out, x, *places, index, at: _scatter_places(
            g, *places, index=index, at=at, shape=np.shape(x)
        )
    ),
    doc="x[index], with arrays of whole numbers as inputs that stand `at` places of the index.",
)
_scatter_places: Operation = Operation(
    "scatter_places",
    lambda x, *places, index=(), at=(), shape=(): _scatter_add(
        x, _filled(index, at, places), shape
    ),
    EveryInput(
        lambda position, g, out, x, *places, index, at, shape: _gather_row(
            g, *places, index=index, at=at
        )
    ),
    doc="Zeros in `shape` with x added at an index of inputs, the adjoint of `gather`.",
)


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``, with any index that NumPy takes; index nodes are read for their values.

    While a program is recorded, what depends on its inputs stays an input of the operation.

    Parameters
    ----------
    x : Node or array_like
        The entries.
    index : int, slice, None, Ellipsis, array_like of int or bool, or tuple of those
        Which entries.

    Returns
    -------
    Node, scalar or ndarray
        The entries that were picked, in the shape that NumPy gives them. One that was picked
        several times gets the sum of the gradients.

    Raises
    ------
    IndexError
        If the index points out of the shape, or has more parts than `x` has axes.
    TypeError
        If a recorded program is asked for ``x[mask]`` with a mask that depends on its inputs.

    See Also
    --------
    take : Picks along one axis.
    scatter_add : Its adjoint.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0])
    >>> (2 * x[[0, 2, 2]]).sum().backward()
    >>> x.grad
    array([2., 0., 4.])
    """
    if anything_depends(index):
        return _gathered(x, index)
    return getitem_row(x, index=_plain_index(index))


_OF_ANY_SHAPE = "The shape of the result depends on the numbers"


def _gathered(x: Any, index: Any) -> Any:
    parts = [stacked(part) for part in (index if isinstance(index, tuple) else (index,))]
    at = tuple(place for place, part in enumerate(parts) if depends(part))
    places = tuple(parts[place] for place in at)
    for place in places:
        if place.dtype.kind == "b":
            refuse(place, "x[mask]", f"{_OF_ANY_SHAPE}. Write np.where(mask, x, 0.0)")
    for part in parts:
        if isinstance(part, slice):
            for end in (part.start, part.stop, part.step):
                refuse(end, "x[start:stop]", f"{_OF_ANY_SHAPE}. Write x[start + np.arange(n)]")
    plain = [0 if place in at else _plain_index(part) for place, part in enumerate(parts)]
    return _gather_row(x, *places, index=tuple(plain), at=at)


def _plain_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain_index(part) for part in index)
    if isinstance(index, list):
        return np.array([_plain_index(part) for part in index], dtype=None if index else np.intp)
    return raw(index)


def _add_along_axis(x: Any, indices: Any, axis: Any = -1, shape: tuple[int, ...] = ()) -> Any:
    target = np.zeros(shape, as_array(x).dtype)
    if axis is None:
        np.add.at(target.reshape(-1), indices, x)
        return target
    grid = list(np.ogrid[tuple(slice(n) for n in np.shape(indices))])
    grid[axis] = indices
    np.add.at(target, _stretched(grid, axis, shape), np.broadcast_to(x, np.shape(x)))
    return target


def _stretched(grid: list[Any], axis: int, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """An axis on which the indices have length 1 stands for every place on it."""
    axis %= len(shape)
    return tuple(
        part if a == axis or part.shape[a] == n else np.ogrid[tuple(slice(m) for m in shape)][a]
        for a, (part, n) in enumerate(zip(grid, shape, strict=True))
    )


take_along_axis = Operation(
    "take_along_axis",
    np.take_along_axis,
    rules=(
        lambda g, out, x, indices, axis: add_along_axis(g, indices, axis, np.shape(x)),
        None,
    ),
    options={"axis": -1},
    symbol="[ ]",
    numpy=(np.take_along_axis,),
    doc="""Pick entries along `axis` by an array of indices, as argsort gives it.

    Parameters
    ----------
    arr : Node or array_like
        The entries.
    indices : array_like of int
        For each entry of the result its place along `axis`; of as many axes as `arr`.
    axis : int or None, default -1
        Along which axis; None takes the flat array.

    Returns
    -------
    Node or ndarray
        In the shape of `indices`, broadcast along the other axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    IndexError
        If an index is too large.
    ValueError
        If the two have another number of axes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[3.0, 1.0], [5.0, 9.0]])
    >>> largest = np.argmax(x, axis=1, keepdims=True)
    >>> np.take_along_axis(x, largest, axis=1).sum().backward()
    >>> x.grad
    array([[1., 0.],
           [0., 1.]])
    """,
)
add_along_axis: Operation = Operation(
    "add_along_axis",
    _add_along_axis,
    rules=(
        lambda g, out, x, indices, axis, shape: np.take_along_axis(g, indices, axis),
        None,
    ),
    doc="""Zeros in `shape` with x added at `indices` along `axis`: adjoint of `take_along_axis`.

    Gradient: that of the entries which were added, picked from g.

    Parameters
    ----------
    x : Node or array_like
        What to add, in the shape of `indices`.
    indices : array_like of int
        For each entry its place along `axis`.
    axis : int or None, default -1
        Along which axis; None takes the flat result.
    shape : tuple of int, default ()
        The shape of the result.

    Returns
    -------
    Node or ndarray
        The sums, in `shape` and the data type of `x`.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    IndexError
        If an index is too large.

    See Also
    --------
    take_along_axis : Its adjoint.
    numpy.put_along_axis : Writes in place instead of adding.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import add_along_axis
    >>> add_along_axis(np.array([[5.0], [6.0]]), np.array([[1], [0]]), axis=1, shape=(2, 3))
    array([[0., 5., 0.],
           [6., 0., 0.]])
    """,
)


def _sort_rule(g: Any, out: Any, x: Any, axis: Any, kind: Any, stable: Any) -> Any:
    # Where each entry went; equal entries keep their order.
    if axis is None:
        ranks = np.argsort(np.argsort(np.ravel(x), stable=True))
        return np.reshape(np.take_along_axis(g, ranks, 0), np.shape(x))
    ranks = np.argsort(np.argsort(x, axis, stable=True), axis)
    return np.take_along_axis(g, ranks, axis)


sort = Operation(
    "sort",
    np.sort,
    rules=(_sort_rule,),
    options={"axis": -1, "kind": None},
    keyword_options={"stable": None},
    real_only=True,
    numpy=(np.sort,),
    doc="""The entries in ascending order along `axis`. Each gets the gradient of where it went.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or None, default -1
        Along which axis; None sorts the flat array.
    kind : str, optional
        NumPy's name of the algorithm.
    stable : bool, optional
        Whether equal entries have to keep their order.

    Returns
    -------
    Node or ndarray
        In the shape of the input; nan stands at the end.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    np.exceptions.AxisError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([3.0, 1.0, 2.0])
    >>> np.sort(x).backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad
    array([30., 10., 20.])
    """,
)

# --- made of the operations above -----------------------------------------------------------------


def along(axis: int, index: Any, ndim: int) -> tuple[Any, ...]:
    """The index that picks on one axis and leaves the others."""
    return (*[slice(None)] * normalize_axis_index(axis, ndim), index)


@stands_in_for(np.take)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """Pick entries by number.

    Parameters
    ----------
    a : Node or array_like
        From where.
    indices : array_like of int
        Which; an entry may be picked several times and then gets the sum of the gradients.
    axis : int, optional
        Along which axis; from the flat array by default.
    mode : {"raise", "wrap", "clip"}, default "raise"
        What to do with numbers out of range.

    Returns
    -------
    Node, scalar or ndarray
        The entries that were picked: along `axis` in the shape of `indices`.

    Raises
    ------
    IndexError
        If a number is out of range and `mode` is "raise", or the axis has no entries.

    See Also
    --------
    numpy.take : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0])
    >>> np.take(x, [0, 0, 2]).sum().backward()
    >>> x.grad
    array([2., 0., 1.])
    """
    if not anything_depends(indices):
        indices = np.asarray(_plain_index(indices))
    indices = as_operand(indices).astype(np.intp)  # bools are places 0 and 1 here
    if axis is None or not np.ndim(a):  # a number is a row of one
        a, axis = as_operand(a).reshape(-1), axis or 0
    n = np.shape(a)[normalize_axis_index(axis, np.ndim(a))]
    if indices.size and not n:
        raise IndexError(f"take finds nothing along axis {axis} of shape {np.shape(a)}")
    if mode == "wrap":
        indices = indices % n
    elif mode == "clip":
        indices = np.clip(indices, 0, n - 1)
    return getitem(a, along(axis, indices, np.ndim(a)))


@stands_in_for(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each entry, which gets the sum of the gradients of its copies.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    repeats : int or array_like of int
        How many times, all or each.
    axis : int, optional
        Along which axis; the flat array by default.

    Returns
    -------
    Node or ndarray
        The entries, each followed by its copies.

    Raises
    ------
    ValueError
        If there is not one number for all, nor one for each, or one is negative.

    See Also
    --------
    numpy.repeat : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> np.repeat(x, [3, 1]).backward(np.array([1.0, 10.0, 100.0, 1000.0]))
    >>> x.grad
    array([ 111., 1000.])
    """
    if axis is None or not np.ndim(a):  # a number is a row of one
        a, axis = as_operand(a).reshape(-1), axis or 0
    repeats = whole(repeats)
    axis = normalize_axis_index(axis, np.ndim(a))
    if np.ndim(repeats) == 0:
        repeats = int(repeats)
        # Side by side as one more axis: the gradient is a sum, with no index to follow.
        shape = tuple(np.shape(a))
        copies = np.broadcast_to(
            np.expand_dims(a, axis + 1), (*shape[: axis + 1], repeats, *shape[axis + 1 :])
        )
        return np.reshape(copies, (*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]))
    return take(a, np.repeat(np.arange(np.shape(a)[axis]), repeats), axis)


@stands_in_for(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Leave entries out: those get the gradient 0.

    Parameters
    ----------
    arr : Node or array_like
        From where.
    obj : int, slice, or array_like of int or bool
        Which.
    axis : int, optional
        Along which axis; from the flat array by default.

    Returns
    -------
    Node or ndarray
        The other entries.

    Raises
    ------
    IndexError
        If there is no such entry.

    See Also
    --------
    numpy.delete : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0])
    >>> np.delete(x, 1).sum().backward()
    >>> x.grad
    array([1., 0., 1.])
    """
    if axis is None:
        n = np.size(arr)
    else:
        n = np.shape(arr)[normalize_axis_index(axis, np.ndim(arr))]
    return take(arr, np.delete(np.arange(n), _plain_index(obj)), axis)


@stands_in_for(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Pick the entries where the condition, one per entry along `axis`, holds; see `take`.

    The others get the gradient 0.

    Parameters
    ----------
    condition : array_like of bool
        One for each entry along the axis; where there are fewer, the rest is left out.
    a : Node or array_like
        The entries.
    axis : int, optional
        Along which axis; from the flat array by default.

    Returns
    -------
    Node or ndarray
        The entries that were picked.

    Raises
    ------
    IndexError
        If the condition holds beyond the last entry.

    See Also
    --------
    numpy.compress : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, -2.0, 3.0])
    >>> np.compress(x > 0, x).sum().backward()
    >>> x.grad
    array([1., 0., 1.])
    """
    return take(a, np.flatnonzero(_plain_index(condition)), axis)


@stands_in_for(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of a matrix, or of each matrix of a stack; it becomes the last axis.

    Parameters
    ----------
    a : Node or array_like
        The matrices.
    offset : int, default 0
        Which diagonal: above the main one, or below where negative.
    axis1, axis2 : int, default 0 and 1
        Which two axes are those of the matrices.

    Returns
    -------
    Node or ndarray
        Of matrices of shape (..., m, n) vectors of shape (..., min(m, n)), shorter beside the main
        diagonal.

    Raises
    ------
    ValueError
        If the input has less than two axes.

    See Also
    --------
    numpy.diagonal : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> np.diagonal(x).backward(np.array([10.0, 20.0]))
    >>> x.grad
    array([[10.,  0.],
           [ 0., 20.]])
    """
    offset = operator.index(whole(offset))
    matrices = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = _diagonal_places(np.shape(matrices)[-2:], offset)
    return getitem(matrices, (Ellipsis, rows, columns))


def _diagonal_places(shape: tuple[int, ...], offset: int) -> tuple[Any, Any]:
    first = (max(0, -offset), max(0, offset))
    length = max(0, min(shape[0] - first[0], shape[1] - first[1]))
    return first[0] + np.arange(length), first[1] + np.arange(length)


@stands_in_for(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal.

    The gradient is that of the diagonal.

    Parameters
    ----------
    v : Node or array_like
        A matrix of shape (m, n), or a vector of n entries.
    k : int, default 0
        Which diagonal: above the main one, or below where negative.

    Returns
    -------
    Node or ndarray
        A vector, or a matrix of shape (n + abs(k), n + abs(k)).

    Raises
    ------
    ValueError
        If `v` is neither a vector nor a matrix.

    See Also
    --------
    numpy.diag : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> v = Node([1.0, 2.0])
    >>> np.diag(v).value
    array([[1., 0.],
           [0., 2.]])
    >>> np.diag(v).backward(np.array([[5.0, 6.0], [7.0, 8.0]]))
    >>> v.grad
    array([5., 8.])
    """
    if np.ndim(v) == 2:
        return diagonal(v, k)
    if np.ndim(v) != 1:
        raise ValueError(f"diag expects a vector or a matrix, got shape {np.shape(v)}")
    k = operator.index(whole(k))
    n = np.shape(v)[0] + abs(k)
    return scatter_add(v, index=_diagonal_places((n, n), k), shape=(n, n))


@stands_in_for(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """The matrix with the entries of an array on its diagonal; see `diag`.

    Parameters
    ----------
    v : Node or array_like
        Of any shape, with n entries.
    k : int, default 0
        Which diagonal: above the main one, or below where negative.

    Returns
    -------
    Node or ndarray
        A matrix of shape (n + abs(k), n + abs(k)).

    See Also
    --------
    numpy.diagflat : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> v = Node([[1.0, 2.0]])
    >>> y = np.diagflat(v, k=1)
    >>> y.value
    array([[0., 1., 0.],
           [0., 0., 2.],
           [0., 0., 0.]])
    >>> y[1, 2].backward()
    >>> v.grad
    array([[0., 1.]])
    """
    return diag(np.ravel(v), k)


@stands_in_for(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """The sum along the diagonal; the parameters are those of `diagonal` and `sum`.

    Gradient: g on the diagonal, 0 beside it.

    Parameters
    ----------
    a : Node or array_like
        Matrices.
    offset : int, default 0
        Which diagonal: above the main one, or below where negative.
    axis1, axis2 : int, default 0 and 1
        Which two axes are those of the matrices.
    dtype : dtype, optional
        The data type in which to sum.

    Returns
    -------
    Node, scalar or ndarray
        One number for each matrix.

    Raises
    ------
    ValueError
        If the input has less than two axes.

    See Also
    --------
    numpy.trace : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.trace)(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 0.],
           [0., 1.]])
    """
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@stands_in_for(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    **options: bool,
) -> Any:
    """The different entries in ascending order; the first of equal ones gets the gradient.

    Parameters
    ----------
    ar : Node or array_like
        The entries.
    return_index, return_inverse, return_counts : bool, default False
        Whether to return plain arrays beside them: where each was found first, which of them each
        entry is, and how often each occurs.
    axis : int, optional
        Along which axis whole slices are compared; by default the entries of the flat array.
    equal_nan : bool, default True
        Whether all nan count as one.
    **options : bool
        ``sorted``, where NumPy has it.

    Returns
    -------
    Node, ndarray or tuple of them
        The different entries; where more was asked for a tuple that begins with them.

    See Also
    --------
    numpy.unique : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, 1.0, 2.0])
    >>> values, counts = np.unique(x, return_counts=True)
    >>> values.value, counts
    (array([1., 2.]), array([1, 2]))
    >>> values.backward(np.array([10.0, 20.0]))
    >>> x.grad
    array([20., 10.,  0.])
    """
    asked: Any = {"return_inverse": return_inverse, "return_counts": return_counts, **options}
    _, index, *others = np.unique(raw(ar), True, axis=axis, equal_nan=equal_nan, **asked)
    found = take(ar, index, axis)
    if return_index:
        others.insert(0, index)
    return (found, *others) if others else found
