"""The methods of NumPy's ufuncs, `reduce`, `accumulate` and `reduceat`, on nodes.

Of any ufunc with two inputs: it is called with one row after the other. What is used much, such as
``np.add.reduce``, has an operation of its own.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..node import raw
from ..numpy_protocol import LOADED, METHODS
from ..operation import Operation, as_operand
from .indexing import along, scatter_add
from .joining import stack
from .reductions import kept_shape
from .scans import weighted_from_here
from .shaping import astype, moveaxis, reshape

__all__ = ["maximum_accumulate", "minimum_accumulate"]

_NONE: Any = object()

_NEUTRAL = (np.logaddexp, np.logaddexp2)
"""Ufuncs that begin with -inf, which changes nothing; others begin with what they call identity."""


def _weak(number: Any, x: Any) -> Any:
    """A Python number in the data type of what stands beside it."""
    return x.dtype.type(number) if type(number) in (int, float) else number


def _rows(x: Any, axis: int, dtype: Any) -> tuple[Any, int]:
    x = as_operand(x)
    return (x if dtype is None else astype(x, np.dtype(dtype))), normalize_axis_index(axis, x.ndim)


def _reduce(
    ufunc: np.ufunc,
    binary: Callable[..., Any],
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = _NONE,
    where: Any = True,
) -> Any:
    x = as_operand(x) if dtype is None else astype(as_operand(x), np.dtype(dtype))
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    # Whether NumPy takes the axes, and nothing at all.
    given: dict[str, Any] = {} if initial is _NONE else {"initial": 1}
    ufunc.reduce(np.ones(x.shape, x.dtype), axis=axes, **given)
    rest = tuple(n for a, n in enumerate(x.shape) if a not in axes)
    rows = reshape(moveaxis(x, axes, range(len(axes))), (-1, *rest)) if x.size else []
    if initial is _NONE and not (x.size and where is True and ufunc in _NEUTRAL):
        initial = _NONE if ufunc.identity is None else ufunc.identity
    first = [] if initial is _NONE else [np.broadcast_to(_weak(initial, x), rest)]
    if where is True:
        found = functools.reduce(binary, [*first, *(rows[i] for i in range(len(rows)))])
    else:
        if not first:
            raise ValueError(
                f"np.{ufunc.__name__}.reduce(where=...) expects initial=, the result where no "
                "entry takes part"
            )
        mask = np.broadcast_to(np.asarray(raw(where)), x.shape)
        masks = np.moveaxis(mask, axes, range(len(axes))).reshape((-1, *rest))
        found = as_operand(first[0])
        for row, there in zip(rows, masks, strict=False):
            found = np.where(there, binary(found, row), found)
    return reshape(found, kept_shape(x, axis)) if keepdims else found


def _accumulate(
    ufunc: np.ufunc, binary: Callable[..., Any], x: Any, axis: int = 0, dtype: Any = None
) -> Any:
    x, axis = _rows(x, axis, dtype)
    if not x.size:
        return astype(x, x.dtype)
    if ufunc.__name__.startswith("logical_"):
        x = astype(x, np.dtype(bool))
    rows = [x[along(axis, i, x.ndim)] for i in range(x.shape[axis])]
    return stack(list(itertools.accumulate(rows, binary)), axis)


def _reduceat(
    ufunc: np.ufunc,
    binary: Callable[..., Any],
    x: Any,
    indices: Any,
    axis: int = 0,
    dtype: Any = None,
) -> Any:
    x, axis = _rows(x, axis, dtype)
    starts = np.asarray(raw(indices))
    np.add.reduceat(np.zeros(x.shape), starts, axis)  # refuses what can't be
    reduce = LOADED.get(ufunc.reduce) or functools.partial(_reduce, ufunc, binary)
    parts = []
    for start, stop in zip(starts, [*starts[1:], x.shape[axis]], strict=True):
        if start < stop:
            parts.append(reduce(x[along(axis, slice(start, stop), x.ndim)], axis=axis))
        else:
            parts.append(x[along(axis, int(start), x.ndim)])
    return stack(parts, axis)


METHODS.update(reduce=_reduce, accumulate=_accumulate, reduceat=_reduceat)


# --- those with an operation of their own ---------------------------------------------------------


def _parts(indices: Any, n: int) -> tuple[Any, Any]:
    """Which entries are summed, and for which entry of the result."""
    starts = np.asarray(indices)
    stops = np.append(starts[1:], n)
    lengths = np.maximum(stops - starts, 1)
    owners = np.repeat(np.arange(len(starts)), lengths)
    first = np.cumsum(lengths) - lengths
    return np.arange(len(owners)) - first[owners] + starts[owners], owners


def _sums_rule(g: Any, out: Any, x: Any, indices: Any, axis: int) -> Any:
    places, owners = _parts(indices, np.shape(x)[axis])
    index = along(axis, places, np.ndim(x))
    return scatter_add(np.take(g, owners, axis), index=index, shape=np.shape(x))


_add_reduceat_row = Operation(
    "add_reduceat",
    lambda x, indices=(), axis=0: np.add.reduceat(x, indices, axis),
    rules=(_sums_rule,),
    symbol="Σ",
)


def _sums(x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    x, axis = _rows(x, axis, dtype)
    return _add_reduceat_row(x, np.asarray(raw(indices)), axis)


LOADED[np.add.reduceat] = _sums


def _extreme_rule(g: Any, out: Any, x: Any, axis: int) -> Any:
    """As in max and min, entries that are equal share the gradient evenly."""
    g, out, x = (np.moveaxis(part, axis, -1) for part in (g, out, x))
    if not x.shape[-1]:
        return np.moveaxis(g, -1, axis)
    hit = (x == out).astype(g.dtype)
    # Stretches over which the result stays the same: 1 where it is that of the entry before.
    nothing = np.zeros_like(hit[..., :1])
    same = np.concatenate([nothing, (out[..., 1:] == out[..., :-1]).astype(g.dtype)], axis=-1)
    follows = np.concatenate([np.flip(same[..., 1:], -1), nothing], axis=-1)
    follows = np.concatenate([nothing, follows[..., :-1]], axis=-1)
    hits = np.flip(weighted_from_here(np.flip(hit, -1), follows), -1)  # so far, in its stretch
    share = weighted_from_here(g / np.maximum(hits, 1.0), same)
    found = np.where(np.isnan(x), math.nan, np.where(hit == 1, share, 0.0))
    return np.moveaxis(found, -1, axis)


def _extremes(name: str, doc: str) -> Operation:
    ufunc = getattr(np, name)
    return Operation(
        f"{name}_accumulate",
        lambda x, axis=0: ufunc.accumulate(x, axis),
        rules=(_extreme_rule,),
        real_only=True,
        symbol=name[:3],
        numpy=(ufunc.accumulate,),
        doc=doc,
    )


maximum_accumulate = _extremes(
    "maximum",
    """The largest entry up to each along `axis`. It gets the gradient; ties share it evenly.

    Parameters
    ----------
    x : Node or array_like
        Real numbers.
    axis : int, default 0
        Along which axis.

    Returns
    -------
    Node or ndarray
        In the same shape.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    AxisError
        If there is no such axis.

    See Also
    --------
    numpy.maximum.accumulate : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 3.0, 2.0])
    >>> y = np.maximum.accumulate(x)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([1., 3., 3.]), array([1., 2., 0.]))
    """,
)
minimum_accumulate = _extremes(
    "minimum",
    """The smallest entry up to each along `axis`. It gets the gradient; ties share it evenly.

    Parameters
    ----------
    x : Node or array_like
        Real numbers.
    axis : int, default 0
        Along which axis.

    Returns
    -------
    Node or ndarray
        In the same shape.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    AxisError
        If there is no such axis.

    See Also
    --------
    numpy.minimum.accumulate : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([4.0, 2.0, 3.0])
    >>> y = np.minimum.accumulate(x)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([4., 2., 2.]), array([1., 2., 0.]))
    """,
)
