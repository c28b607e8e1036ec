"""Values: what a node holds, and what may stand beside nodes in an expression."""

from __future__ import annotations

from typing import Any

import numpy as np

from .foreign import as_plain

PLAIN_TYPES = frozenset(
    {float, int, bool, complex, np.ndarray, np.bool_}
    | {np.dtype(code).type for code in np.typecodes["AllInteger"] + np.typecodes["AllFloat"]}
)
"""Types that stand beside a node as they are; others are converted first."""

REAL = "fiub"
"""The kinds of dtype that hold real numbers, which booleans are too."""

NUMERIC = REAL + "c"
"""The kinds of dtype that hold numbers."""

DIFFERENTIABLE = "fc"
"""The kinds of dtype that have derivatives."""

PYTHON_NUMBERS = frozenset({float, int, bool, complex})


def is_complex(x: Any) -> bool:
    """Whether a node, a number or an array is complex: `np.iscomplexobj` in a tenth of its time."""
    dtype = getattr(x, "dtype", None)
    return isinstance(x, complex) if dtype is None else dtype.kind == "c"


def numpy_value(value: Any) -> Any:
    """Return `value` as a node holds it: a NumPy scalar where it has no axes, else an array."""
    array = np.asarray(value)
    return array if array.ndim else array[()]


def as_array(x: Any) -> Any:
    """Return ``np.asarray(x)``, but leave an array of another kind that has NumPy's protocols.

    Forward functions call it on their inputs, which may stand for numbers that are not there yet.

    Examples
    --------
    >>> as_array([1.0, 2.0])
    array([1., 2.])
    """
    if type(x) is np.ndarray:
        return x
    own = isinstance(x, np.ndarray) or not hasattr(type(x), "__array_function__")
    return np.asarray(x) if own else x


def leaf_value(value: Any, requires_grad: bool, called: str = "Node()") -> Any:
    """Return a copy of `value` as a leaf holds it; errors name what was `called`."""
    _refuse_masked(value, called)
    try:
        array = np.array(value)
    except ValueError as error:
        raise ValueError(
            f"{called} expects a number or a rectangular array, got {type(value).__name__} "
            f"that NumPy can't arrange in one ({error})."
        ) from None
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    kind = array.dtype.kind
    if kind not in NUMERIC:
        raise TypeError(
            f"{called} expects numbers, got {type(value).__name__} of dtype {array.dtype}. "
            "Write numbers, or convert first: np.asarray(data, dtype=np.float64)"
        )
    if requires_grad and kind not in DIFFERENTIABLE:
        written = array.astype(float).tolist() if array.size <= 4 else "data.astype(float)"
        raise TypeError(
            f"Node() that wants a gradient expects floating-point data, got {array.dtype} "
            f"(shape {array.shape}): integers have no derivative. Write Node({written}), or, for "
            "a constant, Node(data, requires_grad=False)"
        )
    return array if array.ndim else array[()]


def as_constant(value: Any, name: str) -> Any:
    """Return what may stand beside nodes: a number or an array of numbers.

    Raises
    ------
    TypeError
        If it is neither, with the name of the operation.
    """
    plain = type(value) in PLAIN_TYPES
    if plain and (type(value) is not np.ndarray or value.dtype.kind in NUMERIC):
        return value
    value = as_plain(value, name)
    _refuse_masked(value, name)
    found = None if isinstance(value, (str, bytes, dict, set)) else _numeric(value)
    if found is None:
        raise TypeError(
            f"{name} expects nodes, numbers or arrays of numbers, got {_described(value)}: "
            f"{str(value)[:60]!r}"
        )
    return found


def as_result(value: Any, name: str) -> Any:
    """Return what the forward function of an operation returned, as a node holds it."""
    try:
        found = _numeric(value)
    except TypeError:  # nodes, in a list
        found = None
    if found is None:
        raise TypeError(
            f"the forward function of operation {name!r} must return numbers or an array of "
            f"numbers, got {_described(value)}"
        )
    return found


def _numeric(value: Any) -> Any:
    """The value as a node holds it, or None for what is no number or array of numbers.

    Nodes in a list say themselves what to write.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    if array.dtype.kind not in NUMERIC:
        return None
    return array if array.ndim else array[()]


def _described(value: Any) -> str:
    dtype = f" of dtype {value.dtype}" if isinstance(value, np.ndarray) else ""
    return f"{type(value).__name__}{dtype}"


def _refuse_masked(value: Any, called: str) -> None:
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{called} expects numbers or plain arrays, got a masked array: what the mask hides "
            "would take part. Write array.filled(0.0), or np.where(mask, x, 0.0) afterwards"
        )
