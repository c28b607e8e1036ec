"""Values between two others, and where quantiles lie between the sorted entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..operation import Operation
from .choices import clip

__all__ = ["lerp"]


def _lerp(a: Any, b: Any, weight: Any) -> Any:
    with np.errstate(invalid="ignore", over="ignore"):
        gap = b - a
        # From the nearer end: exact at both, and where both are equal.
        found = np.where(weight < 0.5, a + gap * weight, b - gap * (1.0 - weight))
        found = np.where(np.isfinite(gap), found, a * (1.0 - weight) + b * weight)
    # Infinity that has no weight does not count: inf * 0 is nan.
    return np.where(weight == 0, a, np.where(weight == 1, b, found))


def _gap(g: Any, a: Any, b: Any) -> Any:
    """What lies between: nothing where both are the same infinity, or where nobody asks."""
    alike = (a == b) & np.isinf(a)
    gap = np.where(alike, 0.0, b) - np.where(alike, 0.0, a)
    return np.where((g == 0) & np.isinf(gap), 0.0, gap)


lerp = Operation(
    "lerp",
    _lerp,
    rules=(
        lambda g, out, a, b, weight: g * (1.0 - weight),
        lambda g, out, a, b, weight: g * weight,
        lambda g, out, a, b, weight: g * _gap(g, a, b),
    ),
    elementwise=True,
    doc="""a + (b - a) * weight, the straight line from a (weight 0) to b (weight 1).

    Gradients: g (1 - weight) for a, g weight for b, and g (b - a) for the weight. An infinity
    without weight does not count.

    Parameters
    ----------
    a, b : Node or array_like
        The two ends; they broadcast, with the weight too.
    weight : Node or array_like
        Where between them; below 0 and above 1 the line goes on.

    See Also
    --------
    quantile : Quantiles, as NumPy's, are made of it.

    Examples
    --------
    >>> from autograd_core import Node, lerp
    >>> a, b, weight = Node(10.0), Node(20.0), Node(0.25)
    >>> y = lerp(a, b, weight)
    >>> y.backward()
    >>> float(y.value), float(a.grad), float(b.grad), float(weight.grad)
    (12.5, 0.75, 0.25, 10.0)
    """,
)


def _unbiased(alpha: float, beta: float) -> Callable[[Any, Any], Any]:
    return lambda n, q: n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0


def _middle(place: Any) -> Any:
    return 0.5 * (np.floor(place) + np.ceil(place))


PLACES: dict[str, Callable[[Any, Any], Any]] = {
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1.0),
    "averaged_inverted_cdf": lambda n, q: 0.5 * (np.floor(n * q) + np.ceil(n * q) - 1.0),
    "closest_observation": lambda n, q: np.round(n * q) - 1.0,
    "interpolated_inverted_cdf": _unbiased(0.0, 1.0),
    "hazen": _unbiased(0.5, 0.5),
    "weibull": _unbiased(0.0, 0.0),
    "linear": lambda n, q: (n - 1) * q,
    "median_unbiased": _unbiased(1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": _unbiased(3.0 / 8.0, 3.0 / 8.0),
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "midpoint": lambda n, q: _middle((n - 1) * q),
    "nearest": lambda n, q: np.round((n - 1) * q),
}
"""For every method of NumPy's quantile the place of the share q among n sorted entries.

Between the first and the last entry; a fraction lies between two. R. Hyndman and Y. Fan, "Sample
quantiles in statistical packages", 1996.
"""


def neighbours(method: str, n: Any, q: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """The two entries that a quantile lies between, and the weight of the second.

    Parameters
    ----------
    method : str
        Which of `PLACES`.
    n : int, ndarray or Node
        How many entries there are.
    q : ndarray or Node
        Which share; broadcasts with `n`.
    dtype : dtype
        That of the entries; the weight has it, too, if it is one of floats.
    """
    if method not in PLACES:
        raise ValueError(
            f"quantile(method=...) expects one of {', '.join(sorted(PLACES))}, got {method!r}"
        )
    place = clip(PLACES[method](n, q), 0.0, _not_below_0(n - 1))
    below = np.minimum(np.floor(place), _not_below_0(n - 2))
    weight = (place - below).astype(np.result_type(dtype, 0.0))
    low = below.astype(np.intp)
    return low, np.minimum(low + 1, _not_below_0(n - 1)), weight


def _not_below_0(n: Any) -> Any:
    return max(n, 0) if isinstance(n, int) else np.maximum(n, 0)
