"""Arithmetic, powers, and the choice of the larger."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..operation import Operation


def away_from_pole(g: Any, x: Any) -> Any:
    """Return `x`, but 1 where the incoming gradient is exactly 0.

    A rule that divides by this gives 0 there instead of 0/0 = nan, so that
    ``where(x > 0, log(x), x)`` has the right gradient at x <= 0, to every order.
    """
    if isinstance(x, (int, float)) and x != 0:
        return x  # a constant of the expression: no pole
    return np.where(g == 0, 1.0, x)


# Python's operators, not the ufuncs: they serve arrays as well and are faster on scalars.
add = Operation(
    "add",
    operator.add,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: g),
    symbol="+",
    elementwise=True,
    numpy=(np.add,),
)
subtract = Operation(
    "subtract",
    operator.sub,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: -g),
    symbol="−",
    elementwise=True,
    numpy=(np.subtract,),
)
multiply = Operation(
    "multiply",
    operator.mul,
    rules=(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x),
    symbol="*",
    elementwise=True,
    numpy=(np.multiply,),
)


def _divide_denominator_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    divisor = away_from_pole(g, y)
    return -(g / divisor) * (x / divisor)


divide = Operation(
    "divide",
    operator.truediv,
    rules=(lambda g, out, x, y: g / away_from_pole(g, y), _divide_denominator_rule),
    symbol="/",
    elementwise=True,
    numpy=(np.divide,),
)
negative = Operation(
    "negative",
    operator.neg,
    rules=(lambda g, out, x: -g,),
    symbol="* −1",
    elementwise=True,
    numpy=(np.negative,),
)
positive = Operation(
    "positive",
    operator.pos,
    rules=(lambda g, out, x: g,),
    symbol="+",
    elementwise=True,
    numpy=(np.positive,),
)


def _power_base_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):
        if y == 0:
            return 0.0 * g
        return g * (y * (x if y >= 1 else away_from_pole(g, x)) ** (y - 1))
    base = away_from_pole(g, x)
    # x**0 is flat at 0, where y * x**(y - 1) reads 0 * inf.
    exponent = np.where(y == 0, np.where(base == 0, 1.0, y - 1.0), y - 1.0)
    return g * (y * base**exponent)


def _power_exponent_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    # 0**y is flat for y > 0, where out * log(x) reads 0 * -inf. Negative x gives nan, as it must.
    return g * (out * np.log(np.where(x == 0, 1.0, away_from_pole(g, x))))


power = Operation(
    "power",
    operator.pow,
    rules=(_power_base_rule, _power_exponent_rule),
    symbol="**",
    elementwise=True,
    numpy=(np.power,),
)


def _larger_rule(g: Any, this: Any, other: Any) -> Any:
    return np.where(this == other, 0.5 * g, np.where(this > other, g, 0.0))


maximum = Operation(
    "maximum",
    np.maximum,
    rules=(
        lambda g, out, x, y: _larger_rule(g, x, y),
        lambda g, out, x, y: _larger_rule(g, y, x),
    ),
    symbol="max",
    numpy=(np.maximum,),
)
