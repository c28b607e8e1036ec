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
    """The fraction, which gets the gradient, and the whole part, which is a step without one.

    Parameters
    ----------
    x : Node or array_like
        Real numbers, of any shape.

    Returns
    -------
    fraction, whole : Node, scalar or ndarray
        Both in the same shape, and with the sign of x.

    Raises
    ------
    TypeError
        If the numbers are complex.

    See Also
    --------
    numpy.modf : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(-2.5)
    >>> fraction, whole = np.modf(x)
    >>> fraction.backward()
    >>> fraction.value, whole.value, x.grad
    (np.float64(-0.5), np.float64(-2.0), np.float64(1.0))
    """
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
    """The mantissa m and the exponent n of x = m 2**n, for 1/2 <= abs(m) < 1; n is a step.

    Gradient for the mantissa: g 2**-n.

    Parameters
    ----------
    x : Node or array_like
        Real numbers, of any shape.

    Returns
    -------
    mantissa : Node, scalar or ndarray
        In the same shape; it gets the gradient.
    exponent : Node, scalar or ndarray of int
        In the same shape; it has no derivative.

    Raises
    ------
    TypeError
        If the numbers are complex.

    See Also
    --------
    numpy.frexp : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(6.0)
    >>> mantissa, exponent = np.frexp(x)
    >>> mantissa.backward()
    >>> float(mantissa.value), int(exponent.value), x.grad
    (0.75, 3, np.float64(0.125))
    """
    return _mantissa(x), _exponent(x)


ldexp = Operation(
    "ldexp",
    np.ldexp,
    rules=(lambda g, out, x, n: np.ldexp(g, n), None),
    numpy=(np.ldexp,),
    doc="""x 2**y for whole y, which have no derivative. Gradient for x: g 2**y.

    Parameters
    ----------
    x : Node or array_like
        Real numbers.
    y : array_like of int
        The exponents, broadcast against them.

    Raises
    ------
    TypeError
        If x holds complex numbers, or y others than whole ones.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.ldexp)(3.0, 2)
    (np.float64(12.0), np.float64(4.0))
    """,
)

nextafter = Operation(
    "nextafter",
    np.nextafter,
    rules=(lambda g, out, x, y: g, None),
    numpy=(np.nextafter,),
    doc="""The next number after x towards y. The gradient passes on to x.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value, slope = value_and_grad(np.nextafter)(1.0, 2.0)
    >>> value - 1.0 == np.finfo(float).eps, slope
    (np.True_, np.float64(1.0))
    """,
)
