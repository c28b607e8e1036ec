"""Activation functions of lecture 003 as single operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operation import Operation


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


relu = Operation("relu", _relu, rules=(lambda g, out, x: g * (x > 0),), elementwise=True)


def _sigmoid(x: Any) -> Any:
    # exp of a negative number on both sides: no overflow, and no digits lost for large -x.
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, small) / (1.0 + small)


sigmoid = Operation(
    "sigmoid",
    _sigmoid,
    rules=(lambda g, out, x: g * out * (1.0 - out),),
    symbol="σ",
    elementwise=True,
)
