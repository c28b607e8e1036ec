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
    arr : Node or array_like
        The array.
    obj : int, slice, or array_like of int or bool
        Before which entries.
    values : Node or array_like
        What to put there; it broadcasts as in NumPy.
    axis : int, optional
        Along which axis; into the flat array by default.

    Returns
    -------
    Node or ndarray
        The array with the values between, in its data type.

    Raises
    ------
    TypeError
        If values that want a gradient are to go into an array of whole numbers.
    IndexError
        If there is no such entry.
    ValueError
        If the values don't fit.

    See Also
    --------
    numpy.insert : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x, y = Node([1.0, 3.0]), Node(2.0)
    >>> z = np.insert(x, 1, y)
    >>> z.value
    array([1., 2., 3.])
    >>> z.backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad, y.grad
    (array([10., 30.]), np.float64(20.0))
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

    Each entry gets the sum of the gradients of its copies.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    new_shape : int or tuple of int
        What to fill; zeros where there are no entries.

    Returns
    -------
    Node or ndarray
        In the new shape.

    Raises
    ------
    ValueError
        If a length is negative.

    See Also
    --------
    numpy.resize : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> y = np.resize(x, 3)
    >>> y.value
    array([1., 2., 1.])
    >>> y.sum().backward()
    >>> x.grad
    array([2., 1.])
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
    x : Node or array_like
        The array; an entry gets the sum of the gradients of the windows that hold it.
    window_shape : int or tuple of int
        The shape of the windows.
    axis : int or tuple of int, optional
        Along which axes they slide; along all by default.
    subok : bool, default False
        Without meaning here.
    writeable : bool, default False
        True is refused: a node's value is never overwritten.

    Returns
    -------
    Node or ndarray
        Along the axes that they slide on n - w + 1 windows, of n entries and the window's length w;
        then the axes of the window.

    Raises
    ------
    TypeError
        If `writeable` is True.
    ValueError
        If a window is longer than its axis, or there is not one length for each axis.

    See Also
    --------
    numpy.lib.stride_tricks.sliding_window_view : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0, 4.0])
    >>> y = np.lib.stride_tricks.sliding_window_view(x, 2)
    >>> y.value
    array([[1., 2.],
           [2., 3.],
           [3., 4.]])
    >>> y.sum().backward()
    >>> x.grad
    array([1., 2., 2., 1.])
    """
    if writeable:
        raise TypeError(
            "sliding_window_view(writeable=True) can't take nodes: a node's value is never "
            "overwritten. Leave writeable= out, and write np.where for a changed copy"
        )
    return arranged(lambda n: np.lib.stride_tricks.sliding_window_view(n, window_shape, axis), x)


@stands_in_for(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """Leave out the zeros at the front ("f") and at the back ("b"). They get the gradient 0.

    Parameters
    ----------
    filt : Node or array_like
        The entries.
    trim : str, default "fb"
        At which ends.
    axis : int or tuple of int, optional
        Along which axes; along all by default.

    Returns
    -------
    Node or ndarray
        The entries from the first that is not 0 to the last.

    Raises
    ------
    ValueError
        If `trim` holds other letters.

    See Also
    --------
    numpy.trim_zeros : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([0.0, 1.0, 0.0, 2.0, 0.0])
    >>> y = np.trim_zeros(x)
    >>> y.value
    array([1., 0., 2.])
    >>> y.sum().backward()
    >>> x.grad
    array([0., 1., 1., 1., 0.])
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
    """The entries where a condition holds, in one row; see `compress`.

    The others get the gradient 0.

    Parameters
    ----------
    condition : array_like of bool
        In the shape of `arr`.
    arr : Node or array_like
        The entries.

    Returns
    -------
    Node or ndarray
        A vector.

    Raises
    ------
    IndexError
        If the condition holds beyond the last entry.

    See Also
    --------
    numpy.extract : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, -2.0, 3.0])
    >>> np.extract(x > 0, x).sum().backward()
    >>> x.grad
    array([1., 0., 1.])
    """
    return compress(ravel(raw(condition)), ravel(arr))


@stands_in_for(np.choose, takes_lists=True)
def choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    """Take each entry from the choice that an array of whole numbers names.

    Parameters
    ----------
    a : array_like of int
        Which choice, for each entry.
    choices : sequence of Node or array_like
        The choices; they broadcast, and the one that was taken gets the gradient.
    mode : {"raise", "wrap", "clip"}, default "raise"
        What to do with numbers out of range.

    Returns
    -------
    Node or ndarray
        In the shape that `a` and the choices have together.

    Raises
    ------
    ValueError
        If a number is out of range and `mode` is "raise", or the shapes don't fit together.

    See Also
    --------
    numpy.choose : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x, y = Node([1.0, 2.0]), Node([3.0, 4.0])
    >>> z = np.choose([1, 0], [x, y])
    >>> z.value
    array([3., 2.])
    >>> z.sum().backward()
    >>> x.grad, y.grad
    (array([0., 1.]), array([1., 0.]))
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

    Gradient of a weight: that of the sum it went into.

    Parameters
    ----------
    x : array_like of int
        The numbers, 0 or more.
    weights : Node or array_like, optional
        What each of them counts; 1 by default.
    minlength : int, default 0
        The least length of the result.

    Returns
    -------
    Node or ndarray
        From 0 to the largest number; float64 with weights, else whole numbers.

    Raises
    ------
    ValueError
        If the weights have another shape, or a number is negative.

    See Also
    --------
    numpy.bincount : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> w = Node([1.0, 2.0, 4.0])
    >>> sums = np.bincount([0, 2, 2], weights=w)
    >>> sums.value
    array([1., 0., 6.])
    >>> sums.backward(np.array([10.0, 20.0, 30.0]))
    >>> w.grad
    array([10., 30., 30.])
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
    a : Node or array_like
        The entries; each gets the gradient of where it went.
    kth : int or sequence of int
        Which entries are to stand in their places.
    axis : int or None, default -1
        Along which axis; None takes the flat array.
    kind : str, default "introselect"
        As in NumPy.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    TypeError
        If the entries are complex.
    ValueError
        If there is no k-th entry.
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.partition : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([3.0, 1.0, 2.0])
    >>> y = np.partition(x, 1)
    >>> y[1].backward()
    >>> float(y.value[1]), x.grad
    (2.0, array([0., 0., 1.]))
    """
    a = as_operand(a)
    if axis is not None:
        normalize_axis_index(axis, a.ndim)
    return _partition_row(a, raw(kth), axis, kind)
