"""Arithmetic, powers and roots."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..numpy_protocol import existing
from ..operation import Operation, symmetric
from ..values import is_complex
from .guards import away_from_pole, base_inside_domain, inside_domain, may_hold

__all__ = [
    "absolute", "add", "cbrt", "copysign", "divide", "float_power", "fmod", "hypot", "multiply",
    "negative", "positive", "power", "reciprocal", "remainder", "sqrt", "square", "subtract",
]  # fmt: skip

# Python's operators, not the ufuncs: they serve arrays as well and are faster on scalars.
add = Operation(
    "add",
    operator.add,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: g),
    symbol="+",
    elementwise=True,
    numpy=(np.add,),
    doc="x + y, entry by entry. The gradient passes on to both.",
)
subtract = Operation(
    "subtract",
    operator.sub,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: -g),
    symbol="−",
    elementwise=True,
    numpy=(np.subtract,),
    doc="x - y, entry by entry. The gradient passes on to x, and with the other sign to y.",
)
multiply = Operation(
    "multiply",
    operator.mul,
    rules=(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x),
    symbol="*",
    elementwise=True,
    numpy=(np.multiply,),
    doc="x * y, entry by entry. Each gets the gradient times the other (lecture 003).",
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
    numpy=existing("divide", "true_divide"),
    doc="x / y, entry by entry. Gradients: g / y and -g x / y**2.",
)
negative = Operation(
    "negative",
    operator.neg,
    rules=(lambda g, out, x: -g,),
    symbol="*-1",
    elementwise=True,
    numpy=(np.negative,),
    doc="-x, entry by entry.",
)
positive = Operation(
    "positive",
    operator.pos,
    rules=(lambda g, out, x: g,),
    symbol="+x",
    elementwise=True,
    numpy=(np.positive,),
    doc="+x: the same value as another node.",
)


def _power_base_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):
        if y == 0:
            return 0.0 * g
        if y == 1:
            return 1.0 * g
        return g * (y * _raised(_safe_base(g, x, y), x, y - 1))
    base = _safe_base(g, x, y)
    # x**0 is flat at 0, where y * x**(y - 1) reads 0 * inf.
    exponent = np.where((y == 0) & (base == 0), 1.0, y - 1.0)
    return g * (y * _raised(base, x, exponent))


def _raised(base: Any, x: Any, exponent: Any) -> Any:
    # Of a number that the guard has passed on, the ufunc has the last bit that arrays have.
    if base is not x and isinstance(base, np.generic):
        return np.power(base, exponent)
    return base**exponent


def _safe_base(g: Any, x: Any, y: Any) -> Any:
    """`x`, but 1 where x**(y - 1) is no number and the incoming gradient is exactly 0."""
    if isinstance(y, (int, float)) and float(y).is_integer():
        return x if y >= 1 else away_from_pole(g, x)
    return base_inside_domain(g, x, y)


def _power_exponent_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    if is_complex(out):
        x = x + 0j  # a negative number has a complex logarithm
        flat = x == 0
        return g * (np.where(flat, 0.0, out) * np.log(np.where(flat, 1.0, x)))
    # Where x**y is 0 it is flat, and at 0**0 by convention, where out * log(x) reads 0 * inf.
    # Negative x gives nan, as it must, but where the incoming gradient is exactly 0.
    unused = (g == 0) & np.logical_not(x > 0)
    flat = ((x >= 0) & (out == 0)) | ((x == 0) & (y == 0))
    base = np.where(flat | unused, 1.0, np.where(x < 0, math.nan, x))  # log(nan) does not warn
    return g * (np.where(unused, 0.0, out) * np.log(base))


power = Operation(
    "power",
    operator.pow,
    rules=(_power_base_rule, _power_exponent_rule),
    symbol="**",
    elementwise=True,
    numpy=existing("power", "pow"),
    doc="""x**y, entry by entry. Gradients: g y x**(y - 1) and g x**y log(x).

    x**0 is flat, at x = 0 too. For x < 0 the gradient for y is nan; it is computed only if y wants
    one.""",
)
float_power = Operation(
    "float_power",
    np.float_power,
    rules=(_power_base_rule, _power_exponent_rule),
    symbol="**",
    numpy=(np.float_power,),
    doc="x**y in float64; see `power`.",
)
square = Operation(
    "square",
    np.square,
    rules=(lambda g, out, x: g * (2.0 * x),),
    symbol="²",
    numpy=(np.square,),
    doc="x * x, entry by entry. Gradient: 2 g x.",
)
sqrt = Operation(
    "sqrt",
    np.sqrt,
    rules=(lambda g, out, x: 0.5 * g / inside_domain(g, out),),
    symbol="√",
    numpy=(np.sqrt,),
    doc="Square root. Gradient: g / (2 sqrt(x)); at 0 inf, but 0 where g is exactly 0.",
)


def _cbrt_rule(g: Any, out: Any, x: Any) -> Any:
    root = away_from_pole(g, out)
    return g / (3.0 * root * root)


cbrt = Operation(
    "cbrt",
    np.cbrt,
    rules=(_cbrt_rule,),
    symbol="∛",
    numpy=(np.cbrt,),
    doc="Cube root, of negative numbers too. Gradient: g / (3 cbrt(x)**2); at 0 inf.",
)


def _reciprocal_rule(g: Any, out: Any, x: Any) -> Any:
    divisor = away_from_pole(g, x)
    return -(g / divisor) / divisor


reciprocal = Operation(
    "reciprocal",
    np.reciprocal,
    rules=(_reciprocal_rule,),
    symbol="1/x",
    numpy=(np.reciprocal,),
    doc="1 / x, entry by entry. Gradient: -g / x**2.",
)


def _absolute_rule(g: Any, out: Any, x: Any) -> Any:
    if is_complex(x):
        zero = out == 0
        return np.where(zero, 0.0, g * (np.conjugate(x) / np.where(zero, 1.0, out)))
    return g * np.sign(x)


absolute = Operation(
    "absolute",
    np.absolute,
    rules=(_absolute_rule,),
    symbol="| |",
    numpy=existing("absolute", "fabs"),
    doc="|x|, entry by entry. Gradient: g sign(x), of complex x g conj(x) / |x|; 0 at 0.",
)
copysign = Operation(
    "copysign",
    np.copysign,
    rules=(lambda g, out, x, y: g * (np.sign(x) * np.copysign(1.0, y)), None),
    numpy=(np.copysign,),
    doc="|x| with the sign of y. Gradient for x: g sign(x) sign(y), 0 at 0; none for y.",
)


def _hypot_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    if may_hold(np.isinf, out):  # seen from far away only infinite entries count
        far = np.isinf(out)
        x, y = (direction(far, part) for part in (x, y))
        out = np.where(far, np.hypot(x, y), out)
    zero = out == 0
    return np.where(zero, 0.0, g * (x / np.where(zero, 1.0, out)))


def direction(far: Any, x: Any) -> Any:
    """`x`, but where it lies `far` away 1 or -1 for an infinity and 0 for what is finite."""
    return np.where(np.isinf(x), np.sign(x), np.where(far, 0.0, x))


hypot = Operation(
    "hypot",
    np.hypot,
    rules=symmetric(_hypot_rule),
    numpy=(np.hypot,),
    doc="sqrt(x**2 + y**2) without overflow. Gradients: g x / out and g y / out, 0 at the origin.",
)


def _times(out: Any, x: Any, y: Any) -> Any:
    """How often y went into x before `out` was left."""
    gone = x - out
    if may_hold(np.isinf, y):  # not at all, but that a remainder takes the sign of y
        far = np.isinf(y)
        gone = np.where(far & np.isfinite(x), np.where(out == y, -1.0, 0.0), gone)
        y = np.where(far, 1.0, y)  # beside an infinite x the rest is nan
    return np.round(gone / y)


remainder = Operation(
    "remainder",
    operator.mod,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: -g * _times(out, x, y)),
    symbol="%",
    elementwise=True,
    numpy=existing("remainder", "mod"),
    doc="x - floor(x / y) y, with the sign of y. Gradients: g and -g floor(x / y).",
)
fmod = Operation(
    "fmod",
    np.fmod,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: -g * _times(out, x, y)),
    numpy=(np.fmod,),
    doc="x - trunc(x / y) y, with the sign of x. Gradients: g and -g trunc(x / y).",
)
