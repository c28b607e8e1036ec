"""Trigonometric and hyperbolic functions, and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..numpy_protocol import existing
from ..operation import Operation
from ..values import as_array, is_complex
from .guards import away_from_pole, inside_domain, may_hold

__all__ = [
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh",
    "deg2rad", "rad2deg", "sin", "sinc", "sinh", "tan", "tanh",
]  # fmt: skip

sin = Operation(
    "sin",
    np.sin,
    rules=(lambda g, out, x: g * np.cos(x),),
    numpy=(np.sin,),
    doc="Sine of an angle in radians. Gradient: g cos(x).",
)
cos = Operation(
    "cos",
    np.cos,
    rules=(lambda g, out, x: -g * np.sin(x),),
    numpy=(np.cos,),
    doc="Cosine of an angle in radians. Gradient: -g sin(x).",
)
tan = Operation(
    "tan",
    np.tan,
    rules=(lambda g, out, x: g * (1.0 + out * out),),
    numpy=(np.tan,),
    doc="Tangent of an angle in radians. Gradient: g (1 + tan(x)**2).",
)


def _root(g: Any, x: Any) -> Any:
    """sqrt(1 - x**2)."""
    if is_complex(x):  # the sign of a zero says on which side of a branch cut x lies: keep it
        left, right = inside_domain(g, -(x - 1.0)), inside_domain(g, x - -1.0)
        return np.sqrt(left) * np.sqrt(right)
    return np.sqrt(inside_domain(g, (1.0 - x) * (1.0 + x)))


arcsin = Operation(
    "arcsin",
    np.arcsin,
    rules=(lambda g, out, x: g / _root(g, x),),
    numpy=existing("arcsin", "asin"),
    doc="Inverse sine. Gradient: g / sqrt(1 - x**2); at -1 and 1 inf.",
)
arccos = Operation(
    "arccos",
    np.arccos,
    rules=(lambda g, out, x: -g / _root(g, x),),
    numpy=existing("arccos", "acos"),
    doc="Inverse cosine. Gradient: -g / sqrt(1 - x**2); at -1 and 1 -inf.",
)


def _arctan_rule(g: Any, out: Any, x: Any) -> Any:
    if is_complex(x):
        return g / away_from_pole(g, 1.0 + x * x)
    distance = np.hypot(x, 1.0)  # its square may overflow
    return g / distance / distance


arctan = Operation(
    "arctan",
    np.arctan,
    rules=(_arctan_rule,),
    numpy=existing("arctan", "atan"),
    doc="Inverse tangent. Gradient: g / (1 + x**2).",
)


def _over_squared_distance(g: Any, this: Any, x: Any, y: Any) -> Any:
    distance = away_from_pole(g, np.hypot(x, y))  # its square may overflow
    if may_hold(np.isinf, this):
        this = np.where(np.isinf(this), 1.0, this)  # over an infinite distance it is 0
    return g * (this / distance) / distance


arctan2 = Operation(
    "arctan2",
    np.arctan2,
    rules=(
        lambda g, out, y, x: _over_squared_distance(g, x, x, y),
        lambda g, out, y, x: _over_squared_distance(-g, y, x, y),
    ),
    numpy=existing("arctan2", "atan2"),
    doc="""Angle of the point (x, y), called as arctan2(y, x).

    Gradients: g x / (x**2 + y**2) for y, and -g y / (x**2 + y**2) for x; at the origin nan, since
    the angle depends on the direction from which it is approached.""",
)
sinh = Operation(
    "sinh",
    np.sinh,
    rules=(lambda g, out, x: g * np.cosh(x),),
    numpy=(np.sinh,),
    doc="Hyperbolic sine. Gradient: g cosh(x).",
)
cosh = Operation(
    "cosh",
    np.cosh,
    rules=(lambda g, out, x: g * np.sinh(x),),
    numpy=(np.cosh,),
    doc="Hyperbolic cosine. Gradient: g sinh(x).",
)
tanh = Operation(
    "tanh",
    np.tanh,
    rules=(lambda g, out, x: g * (1.0 - out * out),),
    numpy=(np.tanh,),
    doc="Hyperbolic tangent (lecture 003). Gradient: g (1 - tanh(x)**2).",
)


def _arcsinh_rule(g: Any, out: Any, x: Any) -> Any:
    if is_complex(x):
        return g / np.cosh(out)
    return g / np.hypot(x, 1.0)  # the square may overflow


arcsinh = Operation(
    "arcsinh",
    np.arcsinh,
    rules=(_arcsinh_rule,),
    numpy=existing("arcsinh", "asinh"),
    doc="Inverse hyperbolic sine. Gradient: g / sqrt(x**2 + 1).",
)


def _arccosh_rule(g: Any, out: Any, x: Any) -> Any:
    left, right = inside_domain(g, x - 1.0), inside_domain(g, x - -1.0)
    return g / (np.sqrt(left) * np.sqrt(right))  # their product may overflow


arccosh = Operation(
    "arccosh",
    np.arccosh,
    rules=(_arccosh_rule,),
    numpy=existing("arccosh", "acosh"),
    doc="Inverse hyperbolic cosine. Gradient: g / sqrt(x**2 - 1); at 1 inf.",
)
arctanh = Operation(
    "arctanh",
    np.arctanh,
    rules=(lambda g, out, x: g / away_from_pole(g, (1.0 - x) * (1.0 + x)),),
    numpy=existing("arctanh", "atanh"),
    doc="Inverse hyperbolic tangent. Gradient: g / (1 - x**2); at -1 and 1 inf.",
)
deg2rad = Operation(
    "deg2rad",
    np.deg2rad,
    rules=(lambda g, out, x: g * (math.pi / 180.0),),
    numpy=existing("deg2rad", "radians"),
    doc="Degrees to radians. Gradient: g pi / 180.",
)
rad2deg = Operation(
    "rad2deg",
    np.rad2deg,
    rules=(lambda g, out, x: g * (180.0 / math.pi),),
    numpy=existing("rad2deg", "degrees"),
    doc="Radians to degrees. Gradient: g 180 / pi.",
)


def _sinc(x: Any, order: int = 0) -> Any:
    """The derivative of sinc of some order.

    With z = pi x and f(z) = sin(z) / z, differentiating z f(z) = sin(z) n times gives
    z f_n + n f_(n-1) = sin(z + n pi / 2). Near 0 that cancels, and the power series serves.
    """
    if order == 0:
        if x.dtype == np.float16:  # before 2.3 NumPy's own is nan at 0
            return np.sinc(x.astype(np.float32)).astype(x.dtype)
        return np.sinc(x)
    x = as_array(x)
    z = math.pi * x.astype(np.result_type(x, np.float64))  # high powers overflow in half precision
    small = np.abs(z) < order + 1.0
    divisor = np.where(small, 1.0, z)
    recurrence = np.sin(divisor) / divisor
    for n in range(1, order + 1):
        recurrence = (np.sin(divisor + n * (math.pi / 2.0)) - n * recurrence) / divisor
    z = np.where(small, z, 0.0)
    series = np.zeros_like(z)
    for k in range((order + 1) // 2, order + 16):
        power = 2 * k - order
        factor = (-1.0) ** k / (math.factorial(power) * (2 * k + 1))
        series = series + factor * z**power
    found = math.pi**order * np.where(small, series, recurrence)
    return found.astype(np.result_type(x, np.float16))


sinc: Operation = Operation(
    "sinc",
    _sinc,
    rules=(lambda g, out, x, order: g * sinc(x, order + 1),),
    elementwise=True,
    numpy=(np.sinc,),
    doc="sin(pi x) / (pi x), 1 at 0; its derivative of any `order`. Right at 0 to every order.",
)
