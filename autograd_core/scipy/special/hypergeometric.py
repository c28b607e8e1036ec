"""Hypergeometric functions, and what is written with them: smooth everywhere, to every order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ...operation import Operation
from ..rows import row, scaled, unknown

__all__ = [
    "boxcox", "boxcox1p", "ellipe", "ellipk", "exprel", "hyp0f1", "hyp1f1", "hyp2f1", "inv_boxcox",
    "inv_boxcox1p",
]  # fmt: skip


def _unknown(name: str, *arguments: str) -> list[Any]:
    return [unknown(f"scipy.special.{name}", argument) for argument in arguments]


hyp0f1: Operation = row(
    sc,
    "hyp0f1",
    sc.hyp0f1,
    [
        *_unknown("hyp0f1", "v"),
        lambda g, out, v, z: scaled(g, hyp0f1(v + 1.0, z) / v),
    ],
    doc="The hypergeometric function 0F1. Gradient for z: g hyp0f1(v + 1, z) / v.",
)
hyp1f1: Operation = row(
    sc,
    "hyp1f1",
    sc.hyp1f1,
    [
        *_unknown("hyp1f1", "a", "b"),
        lambda g, out, a, b, x: scaled(g, a / b * hyp1f1(a + 1.0, b + 1.0, x)),
    ],
    doc="Kummer's function 1F1. Gradient for x: g a / b hyp1f1(a + 1, b + 1, x).",
)
hyp2f1: Operation = row(
    sc,
    "hyp2f1",
    sc.hyp2f1,
    [
        *_unknown("hyp2f1", "a", "b", "c"),
        lambda g, out, a, b, c, z: scaled(g, a * b / c * hyp2f1(a + 1.0, b + 1.0, c + 1.0, z)),
    ],
    doc="Gauss' function 2F1. Gradient for z: g a b / c hyp2f1(a + 1, b + 1, c + 1, z).",
)


def _exprel_slope(x: Any) -> Any:
    return 0.5 * hyp1f1(2.0, 3.0, x)


exprel = row(
    sc,
    "exprel",
    sc.exprel,
    (lambda g, out, x: scaled(g, _exprel_slope(x)),),
    doc="(exp(x) - 1) / x, and 1 at 0.",
)
ellipk = row(
    sc,
    "ellipk",
    sc.ellipk,
    (lambda g, out, m: scaled(g, math.pi / 8.0 * hyp2f1(1.5, 1.5, 2.0, m)),),
    doc="The complete elliptic integral of the first kind.",
)
ellipe = row(
    sc,
    "ellipe",
    sc.ellipe,
    (lambda g, out, m: scaled(g, -math.pi / 8.0 * hyp2f1(0.5, 1.5, 2.0, m)),),
    doc="The complete elliptic integral of the second kind.",
)

# --- powers that become logarithms: log(x) exprel(lambda log(x)) ----------------------------------


def _boxcox_slope(logarithm: Any, lmbda: Any) -> Any:
    return logarithm * logarithm * _exprel_slope(lmbda * logarithm)


boxcox = row(
    sc,
    "boxcox",
    sc.boxcox,
    (
        lambda g, out, x, lmbda: scaled(g, x ** (lmbda - 1.0)),
        lambda g, out, x, lmbda: scaled(g, _boxcox_slope(np.log(x), lmbda)),
    ),
    doc="(x**lmbda - 1) / lmbda, and log(x) where lmbda is 0.",
)
boxcox1p = row(
    sc,
    "boxcox1p",
    sc.boxcox1p,
    (
        lambda g, out, x, lmbda: scaled(g, (1.0 + x) ** (lmbda - 1.0)),
        lambda g, out, x, lmbda: scaled(g, _boxcox_slope(np.log1p(x), lmbda)),
    ),
    doc="boxcox(1 + x, lmbda), exact for small x too.",
)


def _inv_boxcox_rules(base: Any) -> Any:
    # The power is exp(y log1p(t) / t) with t = lmbda y, and log1p(t) / t is 2F1(1, 1; 2; -t).
    return (
        lambda g, out, y, lmbda: scaled(g, base(out) ** (1.0 - lmbda)),
        lambda g, out, y, lmbda: scaled(
            g, -0.5 * base(out) * y * y * hyp2f1(2.0, 2.0, 3.0, -lmbda * y)
        ),
    )


inv_boxcox = row(
    sc,
    "inv_boxcox",
    sc.inv_boxcox,
    _inv_boxcox_rules(lambda out: out),
    doc="The x at which boxcox(x, lmbda) is y.",
)
inv_boxcox1p = row(
    sc,
    "inv_boxcox1p",
    sc.inv_boxcox1p,
    _inv_boxcox_rules(lambda out: 1.0 + out),
    doc="The x at which boxcox1p(x, lmbda) is y.",
)
