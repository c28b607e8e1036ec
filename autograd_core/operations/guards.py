"""What keeps gradient rules from 0/0: operations that only rules call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..operation import Operation
from ..values import is_complex


def _guard(name: str, undefined: Callable[..., Any], arity: int = 2) -> Operation:
    """An operation for rules that would meet 0/0: of (g, x, ...), x, but 1 where nobody asks.

    That is where the incoming gradient `g` is exactly 0 and `undefined` holds for x and what
    follows it. A rule that divides by the result gives 0 there instead of 0/0 = nan, so that
    ``where(x > 0, log(x), x)`` has the right gradient at x = 0, to every order. Elsewhere x has to
    stay: a gradient that happens to be 0, as at the minimum of a squared error, has derivatives.
    """

    def unused(g: Any, *inputs: Any) -> Any:
        return (g == 0) & undefined(*inputs)

    return Operation(
        name,
        lambda g, x, *others: np.where(unused(g, x, *others), 1.0, x),
        rules=(None, lambda g, out, *inputs: np.where(unused(*inputs), 0.0, g), None)[:arity],
        symbol="no 0/0",
        elementwise=True,
    )


_away_from_pole = _guard("away_from_pole", lambda x: x == 0)
inside_domain = _guard(
    "inside_domain",
    # There roots have no derivative; complex ones at 0 alone.
    lambda x: x == 0 if is_complex(x) else np.logical_not(x > 0),
)
base_inside_domain = _guard(
    "base_inside_domain",  # there x**(y - 1) is no number
    lambda x, y: (
        x == 0
        if is_complex(x) or is_complex(y)
        else ((x == 0) & (y < 1)) | ((x < 0) & (np.floor(y) != y))
    ),
    arity=3,
)


def may_hold(question: Callable[[Any], Any], x: Any) -> bool:
    """Whether `question` (isnan, isinf) may hold somewhere: what can't be asked may always.

    A rule that has more to do for such entries spares the others that on plain numbers.
    """
    return not isinstance(x, (np.ndarray, np.generic)) or bool(np.any(question(x)))


def away_from_pole(g: Any, x: Any) -> Any:
    """Return `x`, but 1 where it and the incoming gradient are both exactly 0."""
    if type(x) in (int, float) and x != 0:
        return x  # a constant of the expression: no pole
    # On plain numbers the operation can be had for much less time.
    if type(x) is type(g) is np.float64:
        return 1.0 if g == 0 == x else x
    if type(x) is np.ndarray and np.count_nonzero(x) == x.size:
        return x
    return _away_from_pole(g, x)
