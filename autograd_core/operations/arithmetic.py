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
    doc="""x + y, entry by entry. The gradient passes on to both.

    Lecture 003, "Standard operations": the downstream gradient remains the same.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x, bias = Node([1.0, 2.0, 3.0]), Node(0.5)
    >>> (x + bias).sum().backward()
    >>> x.grad, bias.grad  # the bias was added to three entries
    (array([1., 1., 1.]), np.float64(3.0))
    """,
)
subtract = Operation(
    "subtract",
    operator.sub,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: -g),
    symbol="−",
    elementwise=True,
    numpy=(np.subtract,),
    doc="""x - y, entry by entry. The gradient passes on to x, and with the other sign to y.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x, y = Node(5.0), Node(3.0)
    >>> (x - y).backward()
    >>> x.grad, y.grad
    (np.float64(1.0), np.float64(-1.0))
    """,
)
multiply = Operation(
    "multiply",
    operator.mul,
    rules=(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x),
    symbol="*",
    elementwise=True,
    numpy=(np.multiply,),
    doc="""x * y, entry by entry. Each gets the gradient times the other.

    Lecture 003, "Standard operations": the downstream gradient switches to the other factor.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x, y = Node(2.0), Node(3.0)
    >>> (x * y).backward()
    >>> x.grad, y.grad
    (np.float64(3.0), np.float64(2.0))
    """,
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
    doc="""x / y, entry by entry. Gradients: g / y and -g x / y**2.

    Division by 0 gives inf or nan and NumPy's warning, also of Python's numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x, y = Node(3.0), Node(2.0)
    >>> (x / y).backward()
    >>> x.grad, y.grad
    (np.float64(0.5), np.float64(-0.75))
    """,
)
negative = Operation(
    "negative",
    operator.neg,
    rules=(lambda g, out, x: -g,),
    symbol="*-1",
    elementwise=True,
    numpy=(np.negative,),
    doc="""-x, entry by entry. The gradient gets the other sign, too.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x = Node(2.0)
    >>> (-x).backward()
    >>> x.grad
    np.float64(-1.0)
    """,
)
positive = Operation(
    "positive",
    operator.pos,
    rules=(lambda g, out, x: g,),
    symbol="+x",
    elementwise=True,
    numpy=(np.positive,),
    doc="""+x: the same value as another node. The gradient passes on.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x = Node(2.0)
    >>> y = +x
    >>> y.backward()
    >>> x.grad, y is x
    (np.float64(1.0), False)
    """,
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
    one.

    Examples
    --------
    >>> from autograd_core import Node
    >>> x = Node(3.0)
    >>> (x**2).backward()
    >>> x.grad
    np.float64(6.0)
    >>> y = Node(2.0)
    >>> (1.0**y).backward()  # 1 to any power is 1
    >>> y.grad
    np.float64(0.0)
    """,
)
float_power = Operation(
    "float_power",
    np.float_power,
    rules=(_power_base_rule, _power_exponent_rule),
    symbol="**",
    numpy=(np.float_power,),
    doc="""x**y in float64; see `power`. Gradients: g y x**(y - 1) and g x**y log(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.float32(3.0))
    >>> y = np.float_power(x, 2)
    >>> y.backward()
    >>> y.dtype, x.grad
    (dtype('float64'), np.float32(6.0))
    """,
)
square = Operation(
    "square",
    np.square,
    rules=(lambda g, out, x: g * (2.0 * x),),
    symbol="²",
    numpy=(np.square,),
    doc="""x * x, entry by entry. Gradient: 2 g x.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.square)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """,
)
sqrt = Operation(
    "sqrt",
    np.sqrt,
    rules=(lambda g, out, x: 0.5 * g / inside_domain(g, out),),
    symbol="√",
    numpy=(np.sqrt,),
    doc="""Square root, nan below 0. Gradient: g / (2 sqrt(x)); at 0 inf, but 0 where g is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.sqrt)(4.0)
    (np.float64(2.0), np.float64(0.25))
    """,
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
    doc="""Cube root, of negative numbers too. Gradient: g / (3 cbrt(x)**2); at 0 inf.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value, slope = value_and_grad(np.cbrt)(-8.0)
    >>> value, slope.round(4)
    (np.float64(-2.0), np.float64(0.0833))
    """,
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
    doc="""1 / x, entry by entry. Gradient: -g / x**2.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.reciprocal)(2.0)
    (np.float64(0.5), np.float64(-0.25))
    """,
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
    doc="""|x|, entry by entry. Gradient: g sign(x), of complex x g conj(x) / |x|; 0 at 0.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-2.0, 0.0, 3.0])
    >>> np.abs(x).sum().backward()
    >>> x.grad
    array([-1.,  0.,  1.])
    """,
)
copysign = Operation(
    "copysign",
    np.copysign,
    rules=(lambda g, out, x, y: g * (np.sign(x) * np.copysign(1.0, y)), None),
    numpy=(np.copysign,),
    doc="""|x| with the sign of y. Gradient for x: g sign(x) sign(y), 0 at 0; none for y.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.copysign)(3.0, -1.0)
    (np.float64(-3.0), np.float64(-1.0))
    """,
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
    doc="""sqrt(x**2 + y**2) without overflow. Gradients: g x / out and g y / out, 0 at the origin.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.hypot, (0, 1))(6.0, 8.0)
    (np.float64(10.0), (np.float64(0.6), np.float64(0.8)))
    """,
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
    doc="""x - floor(x / y) y, with the sign of y. Gradients: g and -g floor(x / y).

    Examples
    --------
    >>> from autograd_core import Node
    >>> x, y = Node(-7.0), Node(4.0)
    >>> z = x % y
    >>> z.backward()
    >>> z.value, x.grad, y.grad
    (np.float64(1.0), np.float64(1.0), np.float64(2.0))
    """,
)
fmod = Operation(
    "fmod",
    np.fmod,
    rules=(lambda g, out, x, y: g, lambda g, out, x, y: -g * _times(out, x, y)),
    numpy=(np.fmod,),
    doc="""x - trunc(x / y) y, with the sign of x. Gradients: g and -g trunc(x / y).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.fmod, (0, 1))(-7.0, 4.0)
    (np.float64(-3.0), (np.float64(1.0), np.float64(1.0)))
    """,
)
