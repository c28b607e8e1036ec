"""Images lie with the batch last from one convolution to the next.

Convolution and pooling compute on arrays (H, C, W, N), and on others through copies; see
`autograd_core.convolving`. So a program keeps images in that order: these operations take and give
such arrays, and what stands between, entry by entry, follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operation import LOADED, REGISTRY, Operation
from ...operations.reductions import sum as sum_row
from ...operations.shaping import transpose
from ..value import Value, own_name, shape_of
from .rewriting import expressed, rewritten

if TYPE_CHECKING:
    from ..program import Program

_IMAGES: dict[str, tuple[int, bool]] = {
    "convolution": (1, True),
    "convolution_input": (1, True),
    "convolution_kernel": (2, False),
    "max_pool": (1, True),
    "pool_spread": (3, True),
    "pool_pick": (3, True),
    "average_pool": (1, True),
    "average_spread": (1, True),
}
"""How many inputs of an operation are images, its first ones, and whether its result is."""

_ROWS = {3: (1, 2, 0), 4: (2, 1, 3, 0)}
"""Batch last, of sequences and of images."""
_LOGICAL = {3: (2, 0, 1), 4: (3, 1, 0, 2)}


def batch_last(program: Program) -> Program:
    """Let images lie with the batch last where convolutions and pooling work on them.

    Parameters
    ----------
    program : Program
        Any.

    Returns
    -------
    Program
        It computes the same bits on other arrays; the same program where no images are.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program, average_pool
    >>> def function(x):
    ...     return average_pool(2.0 * average_pool(x))
    >>> program = batch_last(Program.record(function, np.ones((2, 1, 8, 8))))
    >>> [value.operation.name for value in program.values()[1:4]]
    ['transpose', 'average_pool, batch last', 'multiply']
    """
    if not any(own_name(value) in _IMAGES for value in program.values()):
        return program
    return rewritten(program, _moved)


def _moved(value: Value) -> Value | None:
    operation = value.operation
    assert operation is not None
    if own_name(value) in _IMAGES:
        return _on_rows(value)
    if operation is sum_row:
        return _sum(value)
    if operation.elementwise and value.ndim > 1:
        return _entrywise(value)
    return None


def _on_rows(value: Value) -> Value:
    """An operation on images, on arrays with the batch last."""
    assert value.operation is not None
    count, gives_image = _IMAGES[value.operation.name]
    axes = len(shape_of(value.inputs[0]))
    inputs = [_transposed(x, _ROWS[axes]) for x in value.inputs[:count]]
    shape = value.shape
    if gives_image:
        shape = tuple(shape[axis] for axis in _ROWS[axes])
    found = Value(
        _rows_form(value.operation.name),
        [*inputs, *value.inputs[count:]],
        value.options,
        shape,
        value.dtype,
        value.name,
        value.scope,
    )
    return _transposed(found, _LOGICAL[axes]) if gives_image else found


@cache
def _rows_form(name: str) -> Operation:
    """The operation of a name for arrays with the batch last."""
    row = REGISTRY[name]
    count, gives_image = _IMAGES[name]

    def forward(*inputs: Any, **options: Any) -> Any:
        back = _LOGICAL[inputs[0].ndim]
        images = [x.transpose(back) for x in inputs[:count]]
        found = row.forward(*images, *inputs[count:], **options)
        return found.transpose(_ROWS[found.ndim]) if gives_image else found

    made = Operation(
        f"{name}, batch last", forward, row.rules, keyword_options=row.defaults, symbol=row.symbol
    )
    del LOADED[made.name]  # nobody calls it, so it is not in the table
    return made


def _transposed(x: Any, axes: Sequence[int]) -> Any:
    """A value or constant in another order of its axes; where it was transposed, what it was."""
    if type(x) is not Value:
        return np.transpose(x, axes)
    order = _order(x)
    if order is not None:
        axes = tuple(order[axis] for axis in axes)
        x = x.inputs[0]
    if tuple(axes) == tuple(range(x.ndim)):
        return x
    shape = tuple(x.shape[axis] for axis in axes)
    return Value(transpose, (x,), {"axes": tuple(axes)}, shape, x.dtype, scope=x.scope)


def _order(x: Any) -> tuple[int, ...] | None:
    """The order in which the axes of another value are seen, if `x` is such a view."""
    if type(x) is not Value or x.operation is not transpose or type(x.inputs[0]) is not Value:
        return None
    axes = x.options["axes"]
    if axes is None:
        return tuple(range(x.ndim))[::-1]
    return tuple(int(axis) % x.ndim for axis in axes)


def _entrywise(value: Value) -> Value | None:
    """An operation entry by entry on what lies with the batch last: its result does, too."""
    orders = [_order(x) for x in value.inputs if shape_of(x) == value.shape]
    order = next((order for order in orders if order is not None), None)
    if order is None:
        return None
    back = np.argsort(order).tolist()
    inputs = [_aligned(x, value.ndim, back) for x in value.inputs]
    found = value.with_inputs(inputs)
    found.shape = tuple(value.shape[axis] for axis in back)
    return _transposed(found, order)


def _aligned(x: Any, ndim: int, back: Sequence[int]) -> Any:
    """An operand, which may be broadcast, for a result whose axes have another order."""
    shape = shape_of(x)
    if not shape:
        return x
    if len(shape) < ndim:
        whole = (1,) * (ndim - len(shape)) + shape
        reshaped: Callable[[Any], Any] = lambda x: np.reshape(x, whole)  # noqa: E731
        x = expressed(reshaped, x) if type(x) is Value else reshaped(x)
    return _transposed(x, back)


def _sum(value: Value) -> Value | None:
    """A sum along some axes, of what is seen in another order."""
    (x,), axis, keepdims = value.inputs, value.options["axis"], value.options["keepdims"]
    order = _order(x)
    if order is None or axis is None:
        return None
    gone = {a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))}
    inner = x.inputs[0]
    options = {**value.options, "axis": tuple(sorted(order[a] for a in gone))}
    left = [order[a] for a in range(x.ndim) if keepdims or a not in gone]
    shape = tuple(1 if keepdims and a in options["axis"] else inner.shape[a] for a in sorted(left))
    found = Value(sum_row, (inner,), options, shape, value.dtype, value.name, value.scope)
    return _transposed(found, [sorted(left).index(a) for a in left])
