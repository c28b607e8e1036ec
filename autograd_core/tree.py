"""Nested tuples, lists and dicts of arrays, such as parameters: what they hold, and mapped.

>>> from autograd_core import tree
>>> weights = {"w": [1.0, 2.0], "b": 3.0}
>>> tree.leaves(weights)
[1.0, 2.0, 3.0]
>>> tree.map(lambda w, g: w - 0.1 * g, weights, {"w": [10.0, 10.0], "b": 0.0})
{'w': [0.0, 1.0], 'b': 3.0}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .containers import leaves, leaves_beside, map_leaves
from .flattening import flatten

__all__ = ["flatten", "leaves", "map"]


def map(function: Callable[..., Any], container: Any, *others: Any) -> Any:
    """Return the same nest with `function` applied to everything it holds.

    Parameters
    ----------
    function : callable
        Of what the container holds, and of what stands in its place in the others.
    container : nested tuples, lists and dicts
        What says how the result is nested.
    *others
        Nested in the same way; the entries of dicts may be in another order.

    Raises
    ------
    ValueError
        If they are nested differently.

    Examples
    --------
    >>> from autograd_core import tree
    >>> tree.map(lambda x, y: x + y, (1.0, {"a": 2.0}), (10.0, {"a": 20.0}))
    (11.0, {'a': 22.0})
    """
    beside = [iter(leaves_beside(container, other)) for other in others]
    return map_leaves(lambda x: function(x, *(next(part) for part in beside)), container)
