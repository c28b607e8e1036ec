"""NumPy functions that ask about a node and return plain values: nothing to differentiate."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..containers import map_leaves
from ..lists import stacked
from ..node import Node, held, raw
from ..numpy_protocol import LOADED, existing, stands_in_for
from ..operation import EveryInput, Operation, record
from ..recorded import anything_depends
from ..values import as_constant, as_result


@stands_in_for(np.shape)
def _shape(a: Any) -> tuple[int, ...]:
    return a.shape


@stands_in_for(np.ndim)
def _ndim(a: Any) -> int:
    return a.ndim


@stands_in_for(np.size)
def _size(a: Any, axis: int | None = None) -> int:
    return a.size if axis is None else a.shape[axis]


def _of_values(
    function: Callable[..., Any], read: Callable[[Any], Any] = raw
) -> Callable[..., Any]:
    """The function on the values of the nodes among its arguments."""

    def answer(*arguments: Any, **options: Any) -> Any:
        return function(*map_leaves(read, arguments), **map_leaves(read, options))

    return answer


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, for an answer of a shape of its own: in a program that is recorded a node."""
    of_values = _of_values(function)

    def answer(*arguments: Any, **options: Any) -> Any:
        if not anything_depends(arguments):
            return of_values(*arguments, **options)
        like = inspect.signature(function)
        named = [p.name for p in like.parameters.values() if p.default is p.empty]
        bound = like.bind(*map(stacked, arguments), **map_leaves(raw, options)).arguments
        inputs = tuple(bound.pop(name) for name in named)
        inputs = tuple(x if type(x) is Node else as_constant(x, function.__name__) for x in inputs)
        options = map_leaves(raw, bound)
        found = as_result(function(*map(held, inputs), **options), function.__name__)
        return record(_row(function), inputs, found, options, False)

    return answer


_rows: dict[Callable[..., Any], Operation] = {}
"""The operations of functions that answer numbers, made when a program needs them."""


def _row(function: Callable[..., Any]) -> Operation:
    if function not in _rows:
        _rows[function] = Operation(
            function.__name__, function, EveryInput(_without_derivative), doc=function.__doc__
        )
    return _rows[function]


def _without_derivative(*arguments: Any, **options: Any) -> Any:
    raise AssertionError("an answer wants no gradient")


for _function in existing(
    *("argwhere", "flatnonzero", "ix_", "lexsort", "min_scalar_type", "nonzero", "packbits"),
    *("ravel_multi_index", "unpackbits", "unravel_index"),
):
    LOADED[_function] = _of_values(_function)

for _function in existing(  # only shapes, data types and memory count, or a text for the reader
    *("array2string", "array_repr", "array_str", "can_cast", "common_type", "diag_indices_from"),
    *("einsum_path", "empty_like", "iscomplexobj", "isrealobj", "may_share_memory", "ones_like"),
    *("result_type", "shares_memory", "tril_indices_from", "triu_indices_from", "zeros_like"),
):
    LOADED[_function] = _of_values(_function, held)

for _function in existing(
    *("allclose", "array_equal", "array_equiv", "count_nonzero", "digitize", "in1d", "isclose"),
    *("iscomplex", "isin", "isneginf", "isposinf", "isreal", "linalg.matrix_rank", "nanargmax"),
    *("nanargmin", "searchsorted"),
):
    LOADED[_function] = _of_numbers(_function)
