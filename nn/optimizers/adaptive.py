"""Gradients divided by their own size: RMSprop and Adagrad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import number
from ..schedules import Rate
from .groups import Group
from .optimizer import Optimizer
from .rules import Numbers, State, Updated

__all__ = ["Adagrad", "RMSprop"]


class RMSprop(Optimizer):
    """Each gradient is divided by the root of the running mean of its square.

    Parameters
    ----------
    learning_rate : float, Schedule or callable, default 0.001
        Size of a step.
    decay : float, default 0.9
        How much of the running mean is kept.
    epsilon : float, default 1e-8
        Added to the root; keeps the division from 0.
    clip_norm : float, optional
        The largest norm of all gradients together, see `clip_gradients`.
    groups : sequence of Group, default ()
        Parameters that learn faster or slower, by their names.

    Raises
    ------
    ValueError
        If a number is out of its range.
    TypeError
        If `groups` holds something else.

    References
    ----------
    G. Hinton, "Neural networks for machine learning", lecture 6e, 2012:
    MeanSquare(w, t) = 0.9 MeanSquare(w, t-1) + 0.1 (dE/dw(t))^2.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import RMSprop
    >>> w = Node(1.8)
    >>> loss = w**2
    >>> loss.backward()
    >>> RMSprop(0.1, decay=0.75).step([w])
    >>> round(float(w), 6)
    1.6
    """

    short_name = "rmsprop"
    remembers = ("square",)
    elementwise = True

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        decay: float = 0.9,
        epsilon: float = 1e-8,
        *,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
    ) -> None:
        super().__init__(learning_rate, clip_norm=clip_norm, groups=groups)
        self.decay = number("RMSprop", "decay", decay, least=0, below=1)
        self.epsilon = number("RMSprop", "epsilon", epsilon, above=0)

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Return a parameter and its running mean after a step."""
        square = self.decay * state["square"] + (1.0 - self.decay) * (gradient * gradient)
        size = np.sqrt(square) + self.epsilon
        return value - numbers["rate"] * gradient / size, {"square": square}


class Adagrad(Optimizer):
    """Each gradient is divided by the root of the sum of all its squares so far.

    Parameters
    ----------
    learning_rate : float, Schedule or callable, default 0.01
        Size of the first step; later ones shrink.
    epsilon : float, default 1e-10
        Added to the root; keeps the division from 0.
    clip_norm : float, optional
        The largest norm of all gradients together, see `clip_gradients`.
    groups : sequence of Group, default ()
        Parameters that learn faster or slower, by their names.

    Raises
    ------
    ValueError
        If a number is out of its range.
    TypeError
        If `groups` holds something else.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", Journal of Machine Learning Research, 2011; the diagonal form.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import Adagrad
    >>> w, optimizer = Node(1.8), Adagrad(0.5)
    >>> loss = w**2
    >>> loss.backward()
    >>> optimizer.step([w])
    >>> round(float(w), 6)
    1.3
    """

    short_name = "adagrad"
    remembers = ("square_sum",)
    elementwise = True

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        epsilon: float = 1e-10,
        *,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
    ) -> None:
        super().__init__(learning_rate, clip_norm=clip_norm, groups=groups)
        self.epsilon = number("Adagrad", "epsilon", epsilon, above=0)

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Return a parameter and its sum of squares after a step."""
        square_sum = state["square_sum"] + gradient * gradient
        size = np.sqrt(square_sum) + self.epsilon
        return value - numbers["rate"] * gradient / size, {"square_sum": square_sum}
