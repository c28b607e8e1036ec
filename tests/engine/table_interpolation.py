"""Lines of the table: values between two others, quantiles by every method, interp."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, between, made, real, row

import autograd_core as ac
from autograd_core.operations.interpolation import PLACES


def apart(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Shares of six entries that lie between two places by every method."""
    return random.permutation([0.13, 0.37, 0.58, 0.83])[: int(np.prod(shape))].reshape(shape)


def of_share(method: str) -> Case:
    """A case that is differentiated for the share, too."""
    return Case(
        "quantile",
        lambda a, q: ac.quantile(a, q, 0, method=method),
        lambda a, q: np.quantile(a, q, 0, method=method),
        ((6, 2), (2,)),
        (real, apart),
        note=f"by share,{method}",
    )


def around(period: float) -> Case:
    points = [3.3, -0.4, 1.1, 9.2]
    return Case(
        "interp",
        lambda x, y: ac.interp(x, points, y, period=period),
        lambda x, y: np.interp(x, points, y, period=period),
        ((2, 3), (4,)),
        note=f"period={period}",
    )


CASES = [
    made(
        "lerp",
        lambda a, b, w: a + (b - a) * w,
        (2, 3),
        (3,),
        (2, 1),
        domains=(real, real, between(-0.5, 1.5)),
        elementwise=True,
    ),
    *(row("quantile", (6,), args=(0.37,), method=method) for method in PLACES),
    *(row("percentile", (2, 5), args=([13, 58.0],), axis=1, method=method) for method in PLACES),
    *(row("nanquantile", (2, 5), args=(0.83,), axis=1, method=method) for method in PLACES),
    row("nanpercentile", (5,), args=(58,), method="weibull", keepdims=True),
    *(of_share(method) for method in ("linear", "hazen", "weibull")),
    Case(
        "percentile",
        lambda a, q: ac.percentile(a, 100.0 * q),
        lambda a, q: np.percentile(a, 100.0 * q),
        ((6,), ()),
        (real, between(0.5, 0.55)),
        note="by share",
    ),
    around(5.0),
    around(-7.0),
]
