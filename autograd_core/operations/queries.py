"""NumPy functions that ask about a node and return plain values: nothing to differentiate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..containers import map_leaves
from ..node import raw
from ..numpy_protocol import LOADED, existing, stands_in_for


@stands_in_for(np.shape)
def _shape(a: Any) -> tuple[int, ...]:
    return a.shape


@stands_in_for(np.ndim)
def _ndim(a: Any) -> int:
    return a.ndim


@stands_in_for(np.size)
def _size(a: Any, axis: int | None = None) -> int:
    return a.size if axis is None else a.shape[axis]


def _of_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function on the values of the nodes among its arguments."""

    def answer(*arguments: Any, **options: Any) -> Any:
        return function(*map_leaves(raw, arguments), **map_leaves(raw, options))

    return answer


for _function in existing(
    *("allclose", "array_equal", "array_equiv", "array_repr", "array_str", "array2string"),
    *("argwhere", "can_cast", "common_type", "count_nonzero", "digitize", "empty_like"),
    *("flatnonzero", "in1d", "isclose"),
    *("iscomplex", "iscomplexobj", "isin", "isneginf", "isposinf", "isreal", "isrealobj"),
    *("lexsort", "linalg.matrix_rank", "may_share_memory", "min_scalar_type", "nanargmax"),
    *("nanargmin", "nonzero", "ones_like", "result_type", "searchsorted", "shares_memory"),
    "zeros_like",
    *("diag_indices_from", "einsum_path", "ix_", "packbits", "ravel_multi_index"),
    *("tril_indices_from", "triu_indices_from", "unpackbits", "unravel_index"),
):
    LOADED[_function] = _of_values(_function)
