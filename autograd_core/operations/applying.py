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

    The gradient flows through each call. A function of whole arrays is faster.

    Parameters
    ----------
    func1d : callable
        What to call with a vector; it may return numbers or arrays, of one shape.
    axis : int
        Along which axis the rows lie.
    arr : Node or array_like
        The entries.
    *args, **kwargs : optional
        Passed on to the function.

    Returns
    -------
    Node or ndarray
        In the shape of `arr`, where `axis` is replaced by the axes of what the function returns.

    Raises
    ------
    ValueError
        If there are no rows, or what the function returns has several shapes.
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.apply_along_axis : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> y = np.apply_along_axis(lambda row: row @ row, 1, x)
    >>> y.value
    array([ 5., 25.])
    >>> y.sum().backward()
    >>> x.grad
    array([[2., 4.],
           [6., 8.]])
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
    a : Node or array_like
        The entries.
    axes : int or sequence of int
        The axes.

    Returns
    -------
    Node or ndarray
        As many axes as `a` has; those that the function takes away have length 1.

    Raises
    ------
    ValueError
        If the function returns neither as many axes nor one less.
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.apply_over_axes : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> y = np.apply_over_axes(np.sum, x, [0, 1])
    >>> y.value
    array([[10.]])
    >>> y.sum().backward()
    >>> x.grad
    array([[1., 1.],
           [1., 1.]])
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

    The gradient flows through the function that was taken.

    Parameters
    ----------
    x : Node or array_like
        The entries.
    condlist : sequence of array_like of bool
        The conditions.
    funclist : sequence of callable, number or Node
        As many functions, called with the entries where their condition holds; one more is for
        where none does.
    *args, **kw : optional
        Passed on to the functions.

    Returns
    -------
    Node or ndarray
        In the shape and the data type of `x`; 0 where no condition holds, unless a further function
        is for that.

    Raises
    ------
    ValueError
        If there are not as many functions as conditions, or one more.

    See Also
    --------
    numpy.piecewise : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-2.0, 3.0])
    >>> y = np.piecewise(x, [x < 0, x >= 0], [lambda x: -x, lambda x: x * x])
    >>> y.value
    array([2., 9.])
    >>> y.sum().backward()
    >>> x.grad
    array([-1.,  6.])
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
