"""The parts of complex numbers.

The gradient of a real result L for z = x + iy is dL/dx - i dL/dy: a small step dz changes L by the
real part of ``g * dz``. So the rule of a holomorphic function is ``g * f'(z)``, as for real
numbers, and only what takes numbers apart, below, knows that they are complex.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..node import raw
from ..numpy_protocol import LOADED, existing, stands_in_for
from ..operation import Operation, as_operand
from ..recorded import refuse
from ..values import is_complex
from .trigonometric import arctan2

__all__ = ["angle", "conjugate", "imag", "real", "real_if_close"]

real = Operation(
    "real",
    np.real,
    rules=(lambda g, out, z: g,),
    elementwise=True,
    symbol="Re",
    numpy=(np.real,),
    doc="""The real part. The gradient passes on.

    The gradient of a real result L for z = x + iy is dL/dx - i dL/dy; see `Node`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.real)(1.0 + 2.0j)
    (np.float64(1.0), np.complex128(1+0j))
    """,
)
imag = Operation(
    "imag",
    np.imag,
    rules=(lambda g, out, z: g * (-1j if is_complex(z) else 0.0),),
    elementwise=True,
    symbol="Im",
    numpy=(np.imag,),
    doc="""The imaginary part; 0 of a real number. Gradient: -i g.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.imag)(1.0 + 2.0j)
    (np.float64(2.0), np.complex128(-1j))
    """,
)
conjugate = Operation(
    "conjugate",
    np.conjugate,
    rules=(lambda g, out, z: np.conjugate(g),),
    symbol="conj",
    numpy=existing("conjugate", "conj"),
    doc="""The number mirrored at the real axis. Its gradient is mirrored, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(lambda z: np.real(z * np.conj(z)))(1.0 + 2.0j)  # |z|**2
    (np.float64(5.0), np.complex128(2-4j))
    """,
)


@stands_in_for(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """The angle between the real axis and a complex number, from -pi to pi; see `arctan2`.

    Parameters
    ----------
    z : Node or array_like
        The numbers.
    deg : bool, default False
        Whether to return degrees; else radians.

    Returns
    -------
    Node, scalar or ndarray
        One real number per entry, in the same shape.

    See Also
    --------
    numpy.angle : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, grad
    >>> np.angle(Node(1.0j), deg=True).value
    np.float64(90.0)
    >>> grad(np.angle)(2.0 + 0.0j)  # a step along i turns it by half of that
    np.complex128(-0.5j)
    """
    found = arctan2(imag(z), real(z))
    return found * (180.0 / math.pi) if deg else found


@stands_in_for(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part where all imaginary parts are 0 up to rounding, else the numbers as they are.

    Parameters
    ----------
    a : Node or array_like
        The numbers.
    tol : float, default 100
        How large they may be, in units of the last place; of 1 or less: as a number.

    Returns
    -------
    Node, scalar or ndarray
        Real numbers, or the complex ones as they are, in the same shape.

    Raises
    ------
    TypeError
        While a program is recorded, if the numbers depend on its inputs.

    See Also
    --------
    numpy.real_if_close : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> np.real_if_close(Node(2.0 + 1e-20j)).value, np.real_if_close(Node(2.0 + 1.0j)).value
    (np.float64(2.0), np.complex128(2+1j))
    """
    a = as_operand(a)
    return a if is_complex(np.real_if_close(raw(a), tol)) else real(a)


def _extended(function: Any, inside: Callable[[Any], Any]) -> Any:
    """A function of ``np.emath``: real numbers that lie outside of its domain become complex."""

    def extended(x: Any, *others: Any) -> Any:
        x = as_operand(x)
        own = function.__name__
        refuse(
            x,
            f"np.emath.{own}",
            "Whether the result is complex depends on the numbers. Write "
            f"np.{own}(x + 0j), or np.{own}(x)",
        )
        if not is_complex(x) and not np.all(inside(raw(x))):
            x = x + 0j
        return function(x, *others)

    return extended


def _not_negative(x: Any) -> Any:
    return ~(x < 0)


def _up_to_1(x: Any) -> Any:
    return ~(np.abs(x) > 1)


for _name, _inside in (
    *((name, _not_negative) for name in ("sqrt", "log", "log2", "log10", "power")),
    *((name, _up_to_1) for name in ("arccos", "arcsin", "arctanh")),
):
    LOADED[getattr(np.emath, _name)] = _extended(getattr(np, _name), _inside)


@stands_in_for(np.emath.logn)
def _logn(n: Any, x: Any) -> Any:
    return np.emath.log(x) / np.emath.log(n)


def conjugated(x: Any) -> Any:
    """`x` with the other sign of its imaginary part; `x` itself if it has none."""
    return np.conjugate(x) if is_complex(x) else x


def adjoint(x: Any) -> Any:
    """The transposed matrix, with conjugate entries."""
    return conjugated(x).mT
