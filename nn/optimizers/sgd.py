"""Stochastic gradient descent, and its momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..checks import flag, number
from ..schedules import Rate
from .groups import Group
from .optimizer import Optimizer
from .rules import Numbers, State, Updated

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent: w <- w - learning_rate * dL/dw.

    Parameters
    ----------
    learning_rate : float, Schedule or callable, default 0.1
        eta.
    momentum : float, default 0
        mu, the share of the velocity that is kept: v <- mu v + dL/dw, and w <- w - eta v.
    nesterov : bool, default False
        Whether to go where the velocity will have led: w <- w - eta (dL/dw + mu v).
    weight_decay : float, default 0
        lambda: w is multiplied by 1 - eta lambda first, beside the gradient and its momentum. It
        is for all parameters, biases too; for weights alone write ``decay_vectors=False``.
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
        If `nesterov` has no momentum, or a number is out of its range.

    References
    ----------
    Lecture 000, "SGD"; lecture 003, "1D Gradient Descent". I. Sutskever et al., "On the
    importance of initialization and momentum in deep learning", ICML 2013, in the form with the
    rate outside of the velocity. I. Loshchilov and F. Hutter, "Decoupled weight decay
    regularization", ICLR 2019.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import SGD
    >>> w = Node(1.8)
    >>> loss = w**2
    >>> loss.backward()
    >>> SGD(0.3).step([w])
    >>> round(float(w), 6)
    0.72
    """

    short_name = "sgd"
    remembers = ("velocity",)
    elementwise = True
    weight_decay = 0.0

    def __init__(
        self,
        learning_rate: Rate = 0.1,
        momentum: float = 0.0,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
        decay_vectors: bool = True,
    ) -> None:
        super().__init__(
            learning_rate, clip_norm=clip_norm, groups=groups, decay_vectors=decay_vectors
        )
        self.momentum = number("SGD", "momentum", momentum, least=0, below=1)
        self.nesterov = flag("SGD", "nesterov", nesterov)
        self.weight_decay = number("SGD", "weight_decay", weight_decay, least=0)
        if self.nesterov and not self.momentum:
            raise ValueError(
                "SGD(nesterov=True) expects a momentum above 0, got 0. Write for example "
                "SGD(momentum=0.9, nesterov=True)"
            )

    def state_keys(self) -> tuple[str, ...]:
        """Return the velocity's key where there is momentum."""
        return ("velocity",) if self.momentum else ()

    def numbers(self, steps: int) -> dict[str, float]:
        """Return the rate, and the share of a parameter that its decay leaves."""
        if not self.weight_decay:
            return {"rate": self._rate}
        return {"rate": self._rate, "kept": 1.0 - self._rate * self.weight_decay}

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Return a parameter and its velocity after a step."""
        direction = gradient
        remembered = {}
        if self.momentum:
            velocity = remembered["velocity"] = self.momentum * state["velocity"] + gradient
            direction = gradient + self.momentum * velocity if self.nesterov else velocity
        if self.weight_decay:
            value = numbers["kept"] * value
        return value - numbers["rate"] * direction, remembered
