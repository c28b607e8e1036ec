"""Exponentials and logarithms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..operation import Operation, symmetric
from .activations import sigmoid
from .guards import away_from_pole

__all__ = ["exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2"]

exp = Operation(
    "exp",
    np.exp,
    rules=(lambda g, out, x: g * out,),
    numpy=(np.exp,),
    doc="""e**x, entry by entry. Gradient: g exp(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.exp)(0.0)
    (np.float64(1.0), np.float64(1.0))
    """,
)
exp2 = Operation(
    "exp2",
    np.exp2,
    rules=(lambda g, out, x: g * (math.log(2.0) * out),),
    numpy=(np.exp2,),
    doc="""2**x, entry by entry. Gradient: g 2**x log(2).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value, slope = value_and_grad(np.exp2)(3.0)
    >>> value, slope.round(4)
    (np.float64(8.0), np.float64(5.5452))
    """,
)
expm1 = Operation(
    "expm1",
    np.expm1,
    rules=(lambda g, out, x: g * (out + 1.0),),
    numpy=(np.expm1,),
    doc="""exp(x) - 1, exact for small x too. Gradient: g exp(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.expm1)(1e-20)  # where np.exp(x) - 1 is 0
    (np.float64(1e-20), np.float64(1.0))
    """,
)
log = Operation(
    "log",
    np.log,
    rules=(lambda g, out, x: g / away_from_pole(g, x),),
    numpy=(np.log,),
    doc="""Natural logarithm, nan below 0. Gradient: g / x; at 0 inf, but 0 where g is exactly 0.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.log)(1.0)
    (np.float64(0.0), np.float64(1.0))
    """,
)
log2 = Operation(
    "log2",
    np.log2,
    rules=(lambda g, out, x: g / (math.log(2.0) * away_from_pole(g, x)),),
    numpy=(np.log2,),
    doc="""Logarithm to base 2, nan below 0. Gradient: g / (x log(2)); at 0 inf.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value, slope = value_and_grad(np.log2)(8.0)
    >>> value, slope.round(4)
    (np.float64(3.0), np.float64(0.1803))
    """,
)
log10 = Operation(
    "log10",
    np.log10,
    rules=(lambda g, out, x: g / (math.log(10.0) * away_from_pole(g, x)),),
    numpy=(np.log10,),
    doc="""Logarithm to base 10, nan below 0. Gradient: g / (x log(10)); at 0 inf.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value, slope = value_and_grad(np.log10)(100.0)
    >>> value, slope.round(6)
    (np.float64(2.0), np.float64(0.004343))
    """,
)
log1p = Operation(
    "log1p",
    np.log1p,
    rules=(lambda g, out, x: g / away_from_pole(g, 1.0 + x),),
    numpy=(np.log1p,),
    doc="""log(1 + x), exact for small x too; nan below -1. Gradient: g / (1 + x); at -1 inf.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.log1p)(1e-20)  # where np.log(1 + x) is 0
    (np.float64(1e-20), np.float64(1.0))
    """,
)


def _share(x: Any, y: Any, unit: float = 1.0) -> Any:
    """The share of exp(x) in exp(x) + exp(y); 0 in an empty sum, 1/2 each of two infinities.

    From the difference, not from the logarithm of the sum, which rounds where it is large.
    """
    alike = (x == y) & np.isinf(x)
    share = sigmoid(unit * (np.where(alike, 0.0, x) - np.where(alike, 0.0, y)))
    return np.where(x == -np.inf, 0.0, share)


logaddexp = Operation(
    "logaddexp",
    np.logaddexp,
    rules=symmetric(lambda g, out, x, y: g * _share(x, y)),
    numpy=(np.logaddexp,),
    doc="""log(exp(x) + exp(y)) without overflow. Each gets its share in the sum.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.logaddexp, (0, 1))(1000.0, 1000.0)  # where np.exp(1000.0) is inf
    (np.float64(0.5), np.float64(0.5))
    """,
)
logaddexp2 = Operation(
    "logaddexp2",
    np.logaddexp2,
    rules=symmetric(lambda g, out, x, y: g * _share(x, y, math.log(2.0))),
    numpy=(np.logaddexp2,),
    doc="""log2(2**x + 2**y) without overflow. Each gets its share in the sum.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.logaddexp2, (0, 1))(3.0, 3.0)
    (np.float64(4.0), (np.float64(0.5), np.float64(0.5)))
    """,
)
