"""Gradient descent, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from nn import Optimizer
from nn.checks import number, whole_number

__all__ = ["Descent", "descend"]

Loss: TypeAlias = Callable[[Any], Any]


def square(w: Any) -> Any:
    """Compute L = w^2, the loss of lecture 003."""
    return w**2


@dataclass(frozen=True)
class Descent:
    """A path of gradient descent, its start first.

    Attributes
    ----------
    points : ndarray, shape (steps + 1,) or (steps + 1, number of weights)
        The weights.
    losses : ndarray, shape (steps + 1,)
        The loss there.
    gradients : ndarray, of the shape of `points`
        Its gradient there.

    Examples
    --------
    >>> from visualize.training import descend
    >>> path = descend(lambda w: w**2, 1.0, learning_rate=0.25, steps=2)
    >>> [float(w) for w in path.points]
    [1.0, 0.5, 0.25]
    """

    points: npt.NDArray[Any]
    losses: npt.NDArray[Any]
    gradients: npt.NDArray[Any]

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.points) - 1


def descend(
    loss: Callable[[Any], Any] = square,
    start: npt.ArrayLike = 1.8,
    *,
    learning_rate: float = 0.3,
    steps: int = 5,
    epsilon: float = 0.001,
    optimizer: Optimizer | None = None,
) -> Descent:
    """Follow the negative gradient, which the engine computes, step by step.

    The defaults are the example of lecture 003.

    Parameters
    ----------
    loss : callable, default w ** 2
        From the weights, a Node, to a scalar.
    start : float or array_like, default 1.8
        The first weights.
    learning_rate : float, default 0.3
        The share of the gradient that is subtracted.
    steps : int, default 5
        How many at most.
    epsilon : float, default 0.001
        The descent ends before a step of which no entry is larger.
    optimizer : nn.Optimizer, optional
        Takes the steps in place of plain descent, such as ``Adam(0.1)``; `learning_rate` then
        does not count.

    Returns
    -------
    Descent
        Points, losses and gradients. It ends early at one that is not finite.

    Raises
    ------
    ValueError
        If the loss is no scalar, or does not depend on the weights.

    References
    ----------
    Lecture 003, "1D Gradient Descent".

    Examples
    --------
    >>> descend(lambda w: w**2, 1.8, learning_rate=0.3, steps=3).points
    array([1.8   , 0.72  , 0.288 , 0.1152])
    """
    whole_number("descend", "steps", steps)
    learning_rate = number("descend", "learning_rate", learning_rate, least=0)
    epsilon = number("descend", "epsilon", epsilon, least=0)
    w = _start(start, vector=optimizer is not None)
    scalar = np.ndim(start) == 0
    points, losses, gradients = [], [], []
    for step in range(steps + 1):
        value, gradient = _slope(loss, w, scalar)
        points.append(np.array(w.value))
        losses.append(value)
        gradients.append(gradient)
        if step == steps or not (np.isfinite(value) and np.isfinite(gradient).all()):
            break
        change = learning_rate * gradient
        if optimizer is not None:
            optimizer.step({"w": w})
        elif np.all(np.abs(change) <= epsilon):
            break
        else:
            w = Node(w.value - change, name="w")
    shape = (len(points),) if scalar else (len(points), -1)
    return Descent(
        np.array(points).reshape(shape), np.array(losses), np.array(gradients).reshape(shape)
    )


def _start(start: npt.ArrayLike, vector: bool) -> Node:
    array = np.array(start)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.ndim > 1 or not array.size or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError(
            f"descend(start) expects a number, or finite numbers of shape (weights,), got {start!r}"
        )
    # An optimizer updates in place, for which a number needs an axis.
    return Node(array.reshape(-1) if vector or array.ndim else array[()], name="w")


def _slope(loss: Loss, w: Node, scalar: bool) -> tuple[float, npt.NDArray[Any]]:
    with np.errstate(all="ignore"):  # a descent that leaves the finite numbers ends
        result = loss(w[0] if scalar and w.ndim else w)
    if not isinstance(result, Node) or result.size != 1:
        got = f"shape {result.shape}" if isinstance(result, Node) else type(result).__name__
        raise ValueError(
            "descend(loss) expects a function from a Node to a scalar Node, computed from it by "
            f"graph operations, such as lambda w: w**2; got {got}"
        )
    with np.errstate(all="ignore"):
        result.backward(np.ones(result.shape, result.dtype))
    if w.grad is None:
        raise ValueError(
            "descend(loss) expects a loss that depends on the weights, got one without gradient"
        )
    return float(np.asarray(result.value).reshape(())), np.array(w.grad)
