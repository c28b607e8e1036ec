"""Adam, and Adam with decoupled weight decay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import flag, number
from ..schedules import Rate
from .groups import Group
from .optimizer import Optimizer
from .rules import Numbers, State, Updated

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Steps of about the learning rate, whatever the size of the gradient.

    Parameters
    ----------
    learning_rate : float, Schedule or callable, default 0.001
        Size of a step.
    beta1, beta2 : float, default 0.9 and 0.999
        How much of the running means of the gradient and of its square is kept.
    epsilon : float, default 1e-8
        Keeps the division from 0.
    clip_norm : float, optional
        The largest norm of all gradients together, see `clip_gradients`.
    groups : sequence of Group, default ()
        Parameters that learn faster or slower, or decay otherwise, by their names.

    Raises
    ------
    ValueError
        If a number is out of its range.
    TypeError
        If `groups` holds something else.

    References
    ----------
    D. Kingma and J. Ba, "Adam: A method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import Adam
    >>> w = Node(1.8)
    >>> loss = w**2
    >>> loss.backward()
    >>> Adam(0.3).step([w])
    >>> round(float(w), 6)
    1.5
    """

    short_name = "adam"
    remembers = ("mean", "square", "steps")
    elementwise = True
    weight_decay = 0.0

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        *,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
    ) -> None:
        super().__init__(learning_rate, clip_norm=clip_norm, groups=groups)
        owner = type(self).__name__
        self.beta1 = number(owner, "beta1", beta1, least=0, below=1)
        self.beta2 = number(owner, "beta2", beta2, least=0, below=1)
        self.epsilon = number(owner, "epsilon", epsilon, above=0)

    def numbers(self, steps: int) -> dict[str, float]:
        """Return the rate and the scale that undo the pull towards 0, where both means start."""
        numbers = {
            "rate": self._rate / (1.0 - self.beta1**steps),
            "scale": 1.0 / math.sqrt(1.0 - self.beta2**steps),
        }
        if self.weight_decay:
            numbers["kept"] = 1.0 - self._rate * self.weight_decay
        return numbers

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Return a parameter and its running means after a step."""
        mean = self.beta1 * state["mean"] + (1.0 - self.beta1) * gradient
        square = self.beta2 * state["square"] + (1.0 - self.beta2) * (gradient * gradient)
        if self.weight_decay:
            value = numbers["kept"] * value
        size = numbers["scale"] * np.sqrt(square) + self.epsilon
        return value - numbers["rate"] * mean / size, {"mean": mean, "square": square}


class AdamW(Adam):
    """Adam with weight decay beside the gradient: w is multiplied by 1 - eta lambda first.

    Parameters
    ----------
    learning_rate : float, Schedule or callable, default 0.001
        Size of a step.
    beta1, beta2 : float, default 0.9 and 0.999
        How much of the running means of the gradient and of its square is kept.
    epsilon : float, default 1e-8
        Keeps the division from 0.
    weight_decay : float, default 0.01
        lambda, for all parameters; eta is the learning rate.
    clip_norm : float, optional
        The largest norm of all gradients together, see `clip_gradients`.
    groups : sequence of Group, default ()
        Parameters that learn faster or slower, or decay otherwise, by their names.
    decay_vectors : bool, default True
        False: no decay of parameters with fewer than two axes: biases, and what normalisation
        scales and shifts by.

    Raises
    ------
    ValueError
        If a number is out of its range.
    TypeError
        If `groups` holds something else.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2;
    as in common use, the decay is multiplied by the whole learning rate, not by its schedule alone.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import AdamW
    >>> w = Node(1.0)
    >>> loss = 0.0 * w
    >>> loss.backward()
    >>> AdamW(0.1, weight_decay=0.5).step([w])
    >>> round(float(w), 6)
    0.95
    """

    short_name = "adamw"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        *,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
        decay_vectors: bool = True,
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, clip_norm=clip_norm, groups=groups)
        self.decay_vectors = flag("AdamW", "decay_vectors", decay_vectors)
        self.weight_decay = number("AdamW", "weight_decay", weight_decay, least=0)
