"""Adding entries around an array."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..node import Node
from ..numpy_protocol import stands_in_for
from ..operation import Operation, as_operand
from ..ufunc_options import cast
from .indexing import along, take
from .shaping import copy

__all__ = ["pad"]


def _pad(x: Any, width: Any = (), constant_values: Any = 0) -> Any:
    return np.pad(x, width, constant_values=constant_values)


def _pad_rule(g: Any, out: Any, x: Any, width: Any, constant_values: Any) -> Any:
    return g[tuple(slice(b, b + n) for (b, _), n in zip(width, np.shape(x), strict=True))]


_pad_row = Operation("pad", _pad, rules=(_pad_rule,))


@stands_in_for(np.pad, takes_lists=True)
def pad(array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Any:
    """Add entries around an array.

    Those that are made of the array's entries give their gradients to them.

    Parameters
    ----------
    array : Node or array_like
        The entries.
    pad_width : int, pair, sequence of pairs, or dict
        How many before and after, along each axis, as in NumPy.
    mode : str, default "constant"
        "constant" writes zeros, or ``constant_values=``; "linear_ramp" goes down to zero, or to
        ``end_values=``; "edge", "reflect", "symmetric" and "wrap" repeat entries; "maximum",
        "minimum", "mean" and "median" write that of the nearest ``stat_length=`` ones, or of all.
    **options : optional
        What NumPy takes for the mode.

    Returns
    -------
    Node or ndarray
        Along each axis by as many entries longer as were added.

    Raises
    ------
    TypeError
        If the mode is unknown, or "empty".
    ValueError
        If a width is negative, the widths don't fit the axes, or the mode takes no such option.

    See Also
    --------
    numpy.pad : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> np.pad(np.array([1.0, 3.0]), 1, mode="mean")
    array([2., 1., 3., 2.])
    >>> grad(lambda x: np.pad(x, 1, mode="mean").sum())(np.array([1.0, 3.0]))
    array([2., 2.])
    >>> grad(lambda x: np.pad(x, (2, 0), mode="edge").sum())(np.array([1.0, 3.0]))
    array([3., 1.])
    """
    array = as_operand(array)
    if mode not in _OPTIONS:
        reason = "is not covered for nodes"
        if mode == "empty":
            reason = "leaves the new entries to chance, which has no derivative"
        raise TypeError(
            f"pad(mode={mode!r}) {reason}. Covered are {', '.join(map(repr, _OPTIONS))}"
        )
    option, default = _OPTIONS[mode]
    if options.keys() - {option}:
        raise ValueError(
            f"pad(mode={mode!r}) takes {f'{option}=' if option else 'no option'}, got "
            f"{', '.join(f'{key}=' for key in options)}"
        )
    if not array.ndim:
        return copy(array)  # a scalar has no sides
    width = _per_side(_listed(pad_width, array.ndim), array.ndim, _count)
    given = options.get(option, default)
    if mode == "constant" and not _has_nodes(given):
        return _pad_row(array, tuple(width), constant_values=given)
    if mode in ("constant", "linear_ramp", *_OF_ENTRIES):
        each = _per_side(given, array.ndim, _SIDES.get(mode, _length))
        for axis, around in enumerate(width):
            array = _between(array, axis, around, each[axis], mode)
        return array
    for axis, around in enumerate(width):
        if around != (0, 0):
            array = _repeated(array, axis, around, mode, given)
    return array


_OPTIONS: dict[str, tuple[str, Any]] = {
    "constant": ("constant_values", 0),
    "edge": ("", None),
    "linear_ramp": ("end_values", 0),
    "maximum": ("stat_length", None),
    "mean": ("stat_length", None),
    "median": ("stat_length", None),
    "minimum": ("stat_length", None),
    "reflect": ("reflect_type", "even"),
    "symmetric": ("reflect_type", "even"),
    "wrap": ("", None),
}
"""The modes, the option that each of them takes, and its default."""

_OF_ENTRIES: dict[str, Callable[..., Any]] = {
    "maximum": np.max,
    "mean": np.mean,
    "median": np.median,
    "minimum": np.min,
}


def _length(value: Any) -> Any:
    if value is not None and value < 1:
        raise ValueError(f"pad(stat_length=...) expects 1 or more, got {value}")
    return value


_SIDES: dict[str, Callable[..., Any]] = {"constant": lambda x: x, "linear_ramp": lambda x: x}


def _has_nodes(values: Any) -> bool:
    if isinstance(values, (tuple, list)):
        return any(_has_nodes(value) for value in values)
    return type(values) is Node


def _listed(widths: Any, ndim: int) -> Any:
    if not isinstance(widths, dict):
        return widths
    found: list[Any] = [widths.get(a, widths.get(a - ndim, 0)) for a in range(ndim)]
    return [(w, w) if np.ndim(w) == 0 else tuple(w) for w in found]


def _per_side(values: Any, ndim: int, prepare: Callable[[Any], Any]) -> list[tuple[Any, Any]]:
    """For each axis what belongs before and after, from NumPy's shorter spellings."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if not isinstance(values, (tuple, list)):
        values = [values]
    nested = [isinstance(part, (tuple, list)) for part in values]
    rows = [tuple(part) for part in values] if values and all(nested) else [tuple(values)]
    pairs = [row * 2 if len(row) == 1 else row for row in rows]
    pairs = pairs * ndim if len(pairs) == 1 else pairs
    if len(pairs) != ndim or any(len(pair) != 2 for pair in pairs) or any(nested) != all(nested):
        raise ValueError(
            f"pad expects one value, a pair (before, after), or a pair for each of the {ndim} "
            f"axes, got {values}"
        )
    return [(prepare(before), prepare(after)) for before, after in pairs]


def _count(width: Any) -> int:
    if operator.index(width) < 0:
        raise ValueError(f"pad expects widths of 0 or more, got {width}")
    return operator.index(width)


def _between(array: Any, axis: int, around: tuple[int, int], each: Any, mode: str) -> Any:
    """The array with new entries on both sides along an axis, each side made in one piece."""
    if around == (0, 0):
        return array
    n = array.shape[axis]
    if not n and mode != "constant":
        raise ValueError(
            f"pad(mode={mode!r}) can't extend an axis without entries: nothing to take"
        )
    parts = [array]
    for side, (count, value) in enumerate(zip(around, each, strict=True)):
        if not count:
            continue
        shape = (*array.shape[:axis], count, *array.shape[axis + 1 :])
        if mode == "constant":
            made = cast(np.broadcast_to(value, shape), array.dtype)
        elif mode == "linear_ramp":
            made = _ramp(array, axis, count, value, side)
        else:
            length = min(n, n if value is None else value)
            nearest = slice(n - length, n) if side else slice(0, length)
            made = _OF_ENTRIES[mode](
                array[along(axis, nearest, array.ndim)], axis=axis, keepdims=True
            )
            if array.dtype.kind in "iu":
                made = np.round(made)
            made = cast(np.broadcast_to(made, shape), array.dtype)
        parts.insert(side * len(parts), made)
    return np.concatenate(parts, axis=axis)


def _ramp(array: Any, axis: int, count: int, end: Any, side: int) -> Any:
    edge = array[along(axis, slice(-1, None) if side else slice(0, 1), array.ndim)]
    places = np.arange(count) / count
    shape = [1] * array.ndim
    shape[axis] = count
    places = places.astype(np.result_type(array, np.float16))
    places = (places[::-1] if side else places).reshape(shape)
    ramp = end + (edge - end) * places
    return cast(np.floor(ramp) if array.dtype.kind in "iu" else ramp, array.dtype)


def _repeated(array: Any, axis: int, around: tuple[int, int], mode: Any, reflect: Any) -> Any:
    n = array.shape[axis]
    if reflect != "odd":
        options = {} if reflect is None else {"reflect_type": reflect}
        return take(array, np.pad(np.arange(n), around, mode=mode, **options), axis)
    # An odd reflection is a sum of few entries with weights: NumPy tells them of unit vectors.
    weights = np.pad(np.eye(n), (around, (0, 0)), mode=mode, reflect_type="odd")
    order = np.argsort(weights == 0, axis=1, stable=True)
    total: Any = 0.0
    for column in range(max(np.count_nonzero(weights, axis=1), default=0)):
        places = order[:, column]
        shape = [1] * array.ndim
        shape[axis] = len(places)
        factors = weights[np.arange(len(places)), places].reshape(shape).astype(array.dtype)
        total = total + np.where(factors == 0, 0, factors * take(array, places, axis))
    return cast(total, array.dtype)
