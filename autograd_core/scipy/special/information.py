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
    doc="x log(y), and 0 where x is 0. Gradients: g log(y) and g x / y, which is 0 where x is.",
)
xlog1py = row(
    sc,
    "xlog1py",
    sc.xlog1py,
    (
        lambda g, out, x, y: scaled(g, np.log1p(y)),
        lambda g, out, x, y: scaled(g, _ratio(x, 1.0 + y)),
    ),
    doc="x log(1 + y), and 0 where x is 0. Gradients: g log(1 + y) and g x / (1 + y).",
)
entr = row(
    sc,
    "entr",
    sc.entr,
    (lambda g, out, x: scaled(g, -np.log(x) - 1.0),),
    doc="-x log(x), 0 at 0 and -inf below. Gradient: -g (log(x) + 1), which is inf at 0.",
)
rel_entr = row(
    sc,
    "rel_entr",
    sc.rel_entr,
    (
        lambda g, out, x, y: scaled(g, np.log(x / y) + 1.0),
        lambda g, out, x, y: scaled(g, -_ratio(x, y)),
    ),
    doc="x log(x / y). Gradients: g (log(x / y) + 1) and -g x / y, which is 0 where x is.",
)
kl_div = row(
    sc,
    "kl_div",
    sc.kl_div,
    (
        lambda g, out, x, y: scaled(g, np.log(x / y)),
        lambda g, out, x, y: scaled(g, 1.0 - _ratio(x, y)),
    ),
    doc="x log(x / y) - x + y. Gradients: g log(x / y) and g (1 - x / y).",
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
    doc="r**2 / 2 up to |r| = delta, and straight lines beyond.",
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
    doc="delta**2 (sqrt(1 + (r / delta)**2) - 1): a smooth `huber`.",
)
