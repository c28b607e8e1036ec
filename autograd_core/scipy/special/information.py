"""Terms of entropies and divergences, which are 0 where their weight is."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc

from ...operations.guards import away_from_pole
from ..rows import row, scaled

__all__ = ["entr", "huber", "kl_div", "pseudo_huber", "rel_entr", "xlog1py", "xlogy"]


def _ratio(x: Any, y: Any) -> Any:
    """The ratio x / y, and 0 at 0/0: of x log(y) nothing changes with y where x is 0."""
    return x / away_from_pole(x, y)


xlogy = row(
    sc,
    "xlogy",
    sc.xlogy,
    (
        lambda g, out, x, y: scaled(g, np.log(y)),
        lambda g, out, x, y: scaled(g, _ratio(x, y)),
    ),
    doc="""x log(y), and 0 where x is 0. Gradients: g log(y) and g x / y, which is 0 where x is.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> np.round(grad(scipy.special.xlogy, (0, 1))(2.0, 4.0), 6)  # log(4) and 2 / 4
    array([1.386294, 0.5     ])
    >>> scipy.special.xlogy(0.0, 0.0), grad(scipy.special.xlogy, 1)(0.0, 0.0)
    (np.float64(0.0), np.float64(0.0))
    """,
)
xlog1py = row(
    sc,
    "xlog1py",
    sc.xlog1py,
    (
        lambda g, out, x, y: scaled(g, np.log1p(y)),
        lambda g, out, x, y: scaled(g, _ratio(x, 1.0 + y)),
    ),
    doc="""x log(1 + y), and 0 where x is 0. Gradients: g log(1 + y) and g x / (1 + y).

    Parameters
    ----------
    x, y : Node or array_like
        The factor, and a number from -1 on, nan below; they broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> np.round(grad(scipy.special.xlog1py, (0, 1))(2.0, 3.0), 6)  # log(4) and 2 / 4
    array([1.386294, 0.5     ])
    """,
)
entr = row(
    sc,
    "entr",
    sc.entr,
    (lambda g, out, x: scaled(g, -np.log(x) - 1.0),),
    doc="""The term -x log(x) of an entropy, 0 at 0 and -inf below. Gradient: -g (log(x) + 1), which
    is inf at 0.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> scipy.special.entr(np.array([0.25] * 4)).sum().round(6)  # in nats: log(4)
    np.float64(1.386294)
    >>> grad(scipy.special.entr)(1.0)
    np.float64(-1.0)
    """,
)
rel_entr = row(
    sc,
    "rel_entr",
    sc.rel_entr,
    (
        lambda g, out, x, y: scaled(g, np.log(x / y) + 1.0),
        lambda g, out, x, y: scaled(g, -_ratio(x, y)),
    ),
    doc="""x log(x / y). Gradients: g (log(x / y) + 1) and -g x / y, which is 0 where x is.

    Parameters
    ----------
    x, y : Node or array_like
        Numbers above 0. The result is 0 where x is 0 alone, inf elsewhere. They broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.rel_entr, (0, 1))(1.0, 1.0)
    (np.float64(1.0), np.float64(-1.0))
    """,
)
kl_div = row(
    sc,
    "kl_div",
    sc.kl_div,
    (
        lambda g, out, x, y: scaled(g, np.log(x / y)),
        lambda g, out, x, y: scaled(g, 1.0 - _ratio(x, y)),
    ),
    doc="""x log(x / y) - x + y. Gradients: g log(x / y) and g (1 - x / y).

    Parameters
    ----------
    x, y : Node or array_like
        Numbers above 0. The result is y where x is 0 alone, inf elsewhere. They broadcast.

    Notes
    -----
    The sum for two vectors that sum to 1 is their Kullback-Leibler divergence, in nats.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> np.round(grad(scipy.special.kl_div, (0, 1))(1.0, 2.0), 6)  # -log(2) and 1 - 1 / 2
    array([-0.693147,  0.5     ])
    """,
)

# --- robust distances -----------------------------------------------------------------------------

huber = row(
    sc,
    "huber",
    sc.huber,
    (
        lambda g, out, delta, r: g * np.maximum(np.abs(r) - delta, 0.0),
        lambda g, out, delta, r: g * np.where(np.abs(r) <= delta, r, delta * np.sign(r)),
    ),
    doc="""r**2 / 2 up to |r| = delta, and straight lines beyond. Gradient for r: g r, of size delta
    at most.

    Parameters
    ----------
    delta : Node or array_like
        Where the parabola ends; inf below 0.
    r : Node or array_like
        The difference of a value and its target. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node
    >>> r = Node([0.5, 3.0])
    >>> scipy.special.huber(1.0, r).sum().backward()
    >>> r.grad
    array([0.5, 1. ])
    """,
)


def _pseudo_huber_root(delta: Any, r: Any) -> Any:
    return np.sqrt(1.0 + (r / delta) ** 2)


pseudo_huber = row(
    sc,
    "pseudo_huber",
    sc.pseudo_huber,
    (
        lambda g, out, delta, r: g * (2.0 * out - r * r / _pseudo_huber_root(delta, r)) / delta,
        lambda g, out, delta, r: g * r / _pseudo_huber_root(delta, r),
    ),
    doc="""delta**2 (sqrt(1 + (r / delta)**2) - 1): a smooth `huber`. Gradient for r: g r / sqrt(1 +
    (r / delta)**2).

    Parameters
    ----------
    delta : Node or array_like
        About where the lines begin, above 0; inf below.
    r : Node or array_like
        The difference of a value and its target. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.pseudo_huber, 1)(3.0, 4.0).round(6)
    np.float64(2.4)
    """,
)
