"""Comparisons and choices: the masks that gradient rules are made of.

A comparison has no derivative, but it is an operation: when a rule runs on nodes, its mask is
recorded with everything else.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..operation import Operation


def _comparison(name: str, forward: Any, symbol: str, numpy: np.ufunc) -> Operation:
    return Operation(
        name, forward, rules=(None, None), symbol=symbol, elementwise=True, numpy=(numpy,)
    )


equal = _comparison("equal", operator.eq, "=", np.equal)
not_equal = _comparison("not_equal", operator.ne, "≠", np.not_equal)
less = _comparison("less", operator.lt, "<", np.less)
less_equal = _comparison("less_equal", operator.le, "≤", np.less_equal)
greater = _comparison("greater", operator.gt, ">", np.greater)
greater_equal = _comparison("greater_equal", operator.ge, "≥", np.greater_equal)

where = Operation(
    "where",
    lambda condition, x, y: np.where(condition, x, y),
    rules=(
        None,
        lambda g, out, condition, x, y: np.where(condition, g, 0.0),
        lambda g, out, condition, x, y: np.where(condition, 0.0, g),
    ),
    elementwise=True,
    numpy=(np.where,),
)
