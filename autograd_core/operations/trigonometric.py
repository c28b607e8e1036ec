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
    doc="""Sine of an angle in radians. Gradient: g cos(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.sin)(0.0)
    np.float64(1.0)
    >>> grad(grad(np.sin))(np.pi / 2)
    np.float64(-1.0)
    """,
)
cos = Operation(
    "cos",
    np.cos,
    rules=(lambda g, out, x: -g * np.sin(x),),
    numpy=(np.cos,),
    doc="""Cosine of an angle in radians. Gradient: -g sin(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.cos)(np.pi / 2)
    np.float64(-1.0)
    """,
)
tan = Operation(
    "tan",
    np.tan,
    rules=(lambda g, out, x: g * (1.0 + out * out),),
    numpy=(np.tan,),
    doc="""Tangent of an angle in radians. Gradient: g (1 + tan(x)**2).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.tan)(0.0), grad(np.tan)(np.pi / 4).round(4)
    (np.float64(1.0), np.float64(2.0))
    """,
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
    doc="""Inverse sine, in radians from -pi/2 to pi/2.

    Gradient: g / sqrt(1 - x**2); at -1 and 1 inf, beyond them nan.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.arcsin)(0.0), grad(np.arcsin)(0.6).round(4)
    (np.float64(1.0), np.float64(1.25))
    """,
)
arccos = Operation(
    "arccos",
    np.arccos,
    rules=(lambda g, out, x: -g / _root(g, x),),
    numpy=existing("arccos", "acos"),
    doc="""Inverse cosine, in radians from 0 to pi.

    Gradient: -g / sqrt(1 - x**2); at -1 and 1 -inf, beyond them nan.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.arccos)(0.0), grad(np.arccos)(0.6).round(4)
    (np.float64(-1.0), np.float64(-1.25))
    """,
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
    doc="""Inverse tangent, in radians from -pi/2 to pi/2. Gradient: g / (1 + x**2).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.arctan)(0.0), grad(np.arctan)(3.0).round(4)
    (np.float64(1.0), np.float64(0.1))
    """,
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
    doc="""Angle of points, in radians from -pi to pi: called as arctan2(height, width), y before x.

    Gradients: g width / distance**2 for the height, and -g height / distance**2 for the width, with
    the distance from the origin. There they are nan: the angle depends on where one comes from.

    Parameters
    ----------
    x : Node or array_like
        The heights: what is called y in the plane.
    y : Node or array_like
        The widths: what is called x in the plane; broadcast against the heights.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, grad
    >>> np.rad2deg(np.arctan2(Node(1.0), -1.0)).value.round(4)
    np.float64(135.0)
    >>> grad(np.arctan2)(0.0, 2.0)  # a step up, seen from a distance of 2
    np.float64(0.5)
    """,
)
sinh = Operation(
    "sinh",
    np.sinh,
    rules=(lambda g, out, x: g * np.cosh(x),),
    numpy=(np.sinh,),
    doc="""Hyperbolic sine. Gradient: g cosh(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.sinh)(0.0)
    (np.float64(0.0), np.float64(1.0))
    """,
)
cosh = Operation(
    "cosh",
    np.cosh,
    rules=(lambda g, out, x: g * np.sinh(x),),
    numpy=(np.cosh,),
    doc="""Hyperbolic cosine. Gradient: g sinh(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.cosh)(0.0)
    (np.float64(1.0), np.float64(0.0))
    """,
)
tanh = Operation(
    "tanh",
    np.tanh,
    rules=(lambda g, out, x: g * (1.0 - out * out),),
    numpy=(np.tanh,),
    doc="""Hyperbolic tangent (lecture 003, "Activation Functions"). Gradient: g (1 - tanh(x)**2).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.tanh)(0.0), grad(np.tanh)(4.0).round(4)  # far out it vanishes
    (np.float64(1.0), np.float64(0.0013))
    """,
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
    doc="""Inverse hyperbolic sine. Gradient: g / sqrt(x**2 + 1).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.arcsinh)(0.0), grad(np.arcsinh)(0.75).round(4)
    (np.float64(1.0), np.float64(0.8))
    """,
)


def _arccosh_rule(g: Any, out: Any, x: Any) -> Any:
    left, right = inside_domain(g, x - 1.0), inside_domain(g, x - -1.0)
    return g / (np.sqrt(left) * np.sqrt(right))  # their product may overflow


arccosh = Operation(
    "arccosh",
    np.arccosh,
    rules=(_arccosh_rule,),
    numpy=existing("arccosh", "acosh"),
    doc="""Inverse hyperbolic cosine, nan below 1. Gradient: g / sqrt(x**2 - 1); at 1 inf.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.arccosh)(1.25).round(4)
    np.float64(1.3333)
    """,
)
arctanh = Operation(
    "arctanh",
    np.arctanh,
    rules=(lambda g, out, x: g / away_from_pole(g, (1.0 - x) * (1.0 + x)),),
    numpy=existing("arctanh", "atanh"),
    doc="""Inverse hyperbolic tangent. Gradient: g / (1 - x**2); at -1 and 1 inf.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.arctanh)(0.0), grad(np.arctanh)(0.6).round(4)
    (np.float64(1.0), np.float64(1.5625))
    """,
)
deg2rad = Operation(
    "deg2rad",
    np.deg2rad,
    rules=(lambda g, out, x: g * (math.pi / 180.0),),
    numpy=existing("deg2rad", "radians"),
    doc="""Degrees to radians. Gradient: g pi / 180.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(lambda degrees: np.sin(np.deg2rad(degrees)))(0.0).round(4)
    np.float64(0.0175)
    """,
)
rad2deg = Operation(
    "rad2deg",
    np.rad2deg,
    rules=(lambda g, out, x: g * (180.0 / math.pi),),
    numpy=existing("rad2deg", "degrees"),
    doc="""Radians to degrees. Gradient: g 180 / pi.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value, slope = value_and_grad(np.rad2deg)(np.pi)
    >>> value, slope.round(4)
    (np.float64(180.0), np.float64(57.2958))
    """,
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
    doc="""sin(pi x) / (pi x), 1 at 0; or its derivative of any `order`.

    The gradient is g times the next derivative; all are right at 0, too.

    Parameters
    ----------
    x : Node or array_like
        Numbers, of any shape.
    order : int, default 0
        Which derivative to take; 0 is the function itself.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad, sinc, value_and_grad
    >>> value_and_grad(np.sinc)(0.0)
    (np.float64(1.0), np.float64(0.0))
    >>> grad(grad(np.sinc))(0.0).round(4), sinc(0.0, order=2).round(4)  # -pi**2 / 3
    (np.float64(-3.2899), np.float64(-3.2899))
    """,
)
