"""Matrix products."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..operation import Operation


def _matmul_left_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Lecture 000, eq. (7): E W^T; and the same for vectors and stacks."""
    if y.ndim == 1:
        return g * y if x.ndim == 1 else g[..., None] * y
    if x.ndim == 1:
        return (y @ g[..., None])[..., 0]
    return g @ y.mT


def _matmul_right_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Lecture 000, eq. (8): X^T E; and the same for vectors and stacks."""
    if x.ndim == 1:
        return g * x if y.ndim == 1 else x[:, None] * g[..., None, :]
    if y.ndim == 1:
        return (x.mT @ g[..., None])[..., 0]
    if y.ndim == 2 < x.ndim:  # one matrix for all samples: one product instead of a stack to sum
        return x.reshape(-1, x.shape[-1]).T @ g.reshape(-1, g.shape[-1])
    return x.mT @ g


matmul = Operation(
    "matmul",
    operator.matmul,
    rules=(_matmul_left_rule, _matmul_right_rule),
    symbol="@",
    numpy=(np.matmul,),
)
