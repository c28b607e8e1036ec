"""Bessel functions. The derivative of one is made of its neighbours; orders have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc

from ...operation import Operation, Rule
from ..rows import row, scaled, unknown

__all__ = [
    "i0", "i0e", "i1", "i1e", "iv", "ive", "j0", "j1", "jn", "jv", "jve", "k0", "k0e", "k1", "k1e",
    "kn", "kv", "kve", "y0", "y1", "yn", "yv", "yve",
]  # fmt: skip


def _of_order(name: str, slope: Any, doc: str) -> Operation:
    """A function of an order and of x; `slope` is its derivative for x."""
    rule: Rule = lambda g, out, v, x: scaled(g, slope(out, v, x))  # noqa: E731
    whole_order = name in ("kn", "yn")
    order: Rule | None = None if whole_order else unknown(f"scipy.special.{name}", "the order")
    scaled_by_size = name in ("ive", "jve", "yve")  # which is not holomorphic
    return row(sc, name, getattr(sc, name), (order, rule), doc=doc, real_only=scaled_by_size)


def _of_x(name: str, slope: Any, doc: str) -> Operation:
    """The same of a fixed order."""
    return row(sc, name, getattr(sc, name), (lambda g, out, x: scaled(g, slope(out, x)),), doc=doc)


jv: Operation = _of_order(
    "jv",
    lambda out, v, x: 0.5 * (jv(v - 1, x) - jv(v + 1, x)),
    "The Bessel function of the first kind. Gradient for x: half the difference of neighbours.",
)
jn = jv
j0 = _of_x("j0", lambda out, x: -j1(x), "`jv` of order 0. Gradient: -g j1(x).")
j1: Operation = _of_x("j1", lambda out, x: 0.5 * (j0(x) - jv(2, x)), "`jv` of order 1.")
jve: Operation = _of_order(
    "jve",  # scaled by the imaginary part, which real numbers do not have
    lambda out, v, x: 0.5 * (jve(v - 1, x) - jve(v + 1, x)),
    "`jv` of real numbers.",
)

yv: Operation = _of_order(
    "yv",
    lambda out, v, x: 0.5 * (yv(v - 1, x) - yv(v + 1, x)),
    "The Bessel function of the second kind. Gradient for x: half the difference of neighbours.",
)
yn: Operation = _of_order(
    "yn", lambda out, n, x: 0.5 * (yn(n - 1, x) - yn(n + 1, x)), "`yv` of a whole order."
)
y0 = _of_x("y0", lambda out, x: -y1(x), "`yv` of order 0. Gradient: -g y1(x).")
y1: Operation = _of_x("y1", lambda out, x: 0.5 * (y0(x) - yn(2, x)), "`yv` of order 1.")
yve: Operation = _of_order(
    "yve", lambda out, v, x: 0.5 * (yve(v - 1, x) - yve(v + 1, x)), "`yv` of real numbers."
)

iv: Operation = _of_order(
    "iv",
    lambda out, v, x: 0.5 * (iv(v - 1, x) + iv(v + 1, x)),
    "The modified Bessel function of the first kind. Gradient for x: the mean of neighbours.",
)
i0 = _of_x("i0", lambda out, x: i1(x), "`iv` of order 0. Gradient: g i1(x).")
i1: Operation = _of_x("i1", lambda out, x: 0.5 * (i0(x) + iv(2, x)), "`iv` of order 1.")
ive: Operation = _of_order(
    "ive",
    lambda out, v, x: 0.5 * (ive(v - 1, x) + ive(v + 1, x)) - np.sign(x) * out,
    "exp(-|x|) iv(v, x).",
)
i0e = _of_x("i0e", lambda out, x: i1e(x) - np.sign(x) * out, "exp(-|x|) i0(x).")
i1e: Operation = _of_x(
    "i1e", lambda out, x: 0.5 * (i0e(x) + ive(2, x)) - np.sign(x) * out, "exp(-|x|) i1(x)."
)

kv: Operation = _of_order(
    "kv",
    lambda out, v, x: -0.5 * (kv(v - 1, x) + kv(v + 1, x)),
    "The modified Bessel function of the second kind. Gradient for x: -g mean of neighbours.",
)
kn: Operation = _of_order(
    "kn", lambda out, n, x: -0.5 * (kn(np.abs(n - 1), x) + kn(n + 1, x)), "`kv` of a whole order."
)
k0 = _of_x("k0", lambda out, x: -k1(x), "`kv` of order 0. Gradient: -g k1(x).")
k1: Operation = _of_x("k1", lambda out, x: -0.5 * (k0(x) + kn(2, x)), "`kv` of order 1.")
kve: Operation = _of_order(
    "kve",
    lambda out, v, x: out - 0.5 * (kve(v - 1, x) + kve(v + 1, x)),
    "exp(x) kv(v, x).",
)
k0e = _of_x("k0e", lambda out, x: out - k1e(x), "exp(x) k0(x).")
k1e: Operation = _of_x("k1e", lambda out, x: out - 0.5 * (k0e(x) + kve(2, x)), "exp(x) k1(x).")
