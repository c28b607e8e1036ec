"""Optimizers on functions of nested containers of arrays, without a network."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import Node, tree, value_and_grad

from ..checks import whole_number
from .adam import Adam
from .optimizer import Optimizer

__all__ = ["minimize"]


def minimize(
    f: Callable[..., Any],
    parameters: Any,
    *,
    optimizer: Optimizer | None = None,
    steps: int = 100,
    callback: Callable[[Any, int, Any], Any] | None = None,
) -> Any:
    """Change the parameters of a function, step by step, so that its value falls.

    Parameters
    ----------
    f : callable
        From the parameters to a scalar, written in NumPy's functions. If it has two parameters
        without a default, the second gets the number of the step, from 0 on: for batches that
        change.
    parameters : number, array, or nested tuples, lists and dicts of them
        Where to start, floating-point data. It is not changed.
    optimizer : Optimizer, default Adam()
        What changes them. It remembers its steps: use a new one for each function.
    steps : int, default 100
        How many steps to make.
    callback : callable, optional
        Called before each step, with the parameters, the number of the step and the gradient, both
        nested as the parameters are. If it returns True the parameters are returned as they are.

    Returns
    -------
    number, array, or nested container of them
        The parameters after the last step, in the same containers, shapes and dtypes.

    Raises
    ------
    TypeError
        If `optimizer` is no optimizer, `f` can't be called as said, or the parameters are not
        floating-point data.
    ValueError
        If `f` returns no scalar, or `steps` is below 0.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import SGD, minimize
    >>> line = {"slope": 0.0, "height": 1.0}
    >>> def miss(line):
    ...     x = np.array([0.0, 1.0, 2.0])
    ...     return np.sum((line["slope"] * x + line["height"] - (3.0 * x - 1.0)) ** 2)
    >>> found = minimize(miss, line, optimizer=SGD(0.1), steps=200)
    >>> round(float(found["slope"]), 6), round(float(found["height"]), 6)
    (3.0, -1.0)
    """
    optimizer = Adam() if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"minimize(optimizer=...) expects an optimizer such as Adam(0.01), got {optimizer!r}"
        )
    steps = whole_number("minimize", "steps", steps, least=0)
    slope = value_and_grad(f)
    counts = _takes_the_step(f)
    leaves = tree.map(_leaf, parameters)
    named = dict(zip(map(str, range(len(tree.leaves(leaves)))), tree.leaves(leaves), strict=True))
    for step in range(steps):
        now = tree.map(lambda leaf: np.array(leaf.value)[()], leaves)
        _, gradient = slope(now, step) if counts else slope(now)
        if callback is not None and callback(now, step, gradient) is True:
            break
        for leaf, part in zip(named.values(), tree.leaves(gradient), strict=True):
            leaf.grad = part
        optimizer.step(named)
    return tree.map(lambda leaf: leaf.value, leaves)


def _leaf(value: Any) -> Node:
    dtype = value.dtype if type(value) is Node else np.asarray(value).dtype
    if dtype.kind != "f":
        raise TypeError(
            f"minimize() expects parameters of floating-point data, got {type(value).__name__} of "
            f"dtype {dtype}. Write for example 1.0 for 1"
        )
    return Node(value.value if type(value) is Node else value)


def _takes_the_step(f: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # some builtins don't tell
        return False
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.kind in by_position and p.default is p.empty]
    return len(needed) == 2
