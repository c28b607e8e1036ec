"""The parts of floating-point numbers: fraction and whole part, mantissa and exponent."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numpy_protocol import stands_in_for
from ..operation import Operation
from .comparisons import trunc

__all__ = ["frexp", "ldexp", "modf", "nextafter"]

_fraction = Operation(
    "fraction", lambda x: np.modf(x)[0], rules=(lambda g, out, x: g,), elementwise=True
)


@stands_in_for(np.modf)
def modf(x: Any, /) -> tuple[Any, Any]:
    """The fraction, which gets the gradient, and the whole part, which is a step."""
    return _fraction(x), trunc(x)


_exponent = Operation("exponent", lambda x: np.frexp(x)[1], rules=(None,), elementwise=True)
_mantissa = Operation(
    "mantissa",
    lambda x: np.frexp(x)[0],
    rules=(lambda g, out, x: np.ldexp(g, -_exponent(x)),),
    elementwise=True,
)


@stands_in_for(np.frexp)
def frexp(x: Any, /) -> tuple[Any, Any]:
    """The mantissa m and the exponent n of x = m 2^n; n is a step."""
    return _mantissa(x), _exponent(x)


ldexp = Operation(
    "ldexp",
    np.ldexp,
    rules=(lambda g, out, x, n: np.ldexp(g, n), None),
    numpy=(np.ldexp,),
    doc="x 2^n for whole n, which have no derivative. Gradient: g 2^n.",
)

nextafter = Operation(
    "nextafter",
    np.nextafter,
    rules=(lambda g, out, x, y: g, None),
    numpy=(np.nextafter,),
    doc="The next number after x towards y. The gradient passes on to x.",
)
