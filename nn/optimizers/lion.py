"""Lion: steps of one size in every entry, by the sign of a running mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import number
from ..schedules import Rate
from .groups import Group
from .optimizer import Optimizer
from .rules import Numbers, State, Updated

__all__ = ["Lion"]


class Lion(Optimizer):
    """Every entry moves by the learning rate, up or down: w <- w - eta sign(c).

    It remembers one array of each parameter, where `Adam` remembers two.

    Parameters
    ----------
    learning_rate : float, Schedule or callable, default 0.0001
        eta. As the steps are all of that size, it is a third to a tenth of that of Adam.
    beta1, beta2 : float, default 0.9 and 0.99
        c = beta1 m + (1 - beta1) dL/dw decides the sign, and then m <- beta2 m + (1 - beta2) dL/dw
        is remembered.
    weight_decay : float, default 0
        lambda: w is multiplied by 1 - eta lambda first. It is three to ten times that of AdamW.
    clip_norm : float, optional
        The largest norm of all gradients together, see `clip_gradients`. It changes which past
        gradients count, not how large a step is.
    groups : sequence of Group, default ()
        Parameters that learn faster or slower, or decay otherwise, by their names.
    decay_vectors : bool, default True
        Whether a weight decay also acts on parameters with fewer than two axes: biases, and what
        normalisation scales and shifts by. A group that says its own decay is not asked.

    Raises
    ------
    ValueError
        If a number is out of its range.
    TypeError
        If `groups` holds something else.

    References
    ----------
    X. Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, algorithm 2.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import Lion
    >>> w = Node(1.8)
    >>> loss = w**2
    >>> loss.backward()
    >>> Lion(0.5).step([w])
    >>> round(float(w), 6)
    1.3
    """

    short_name = "lion"
    remembers = ("mean",)
    elementwise = True
    weight_decay = 0.0

    def __init__(
        self,
        learning_rate: Rate = 0.0001,
        beta1: float = 0.9,
        beta2: float = 0.99,
        weight_decay: float = 0.0,
        *,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
        decay_vectors: bool = True,
    ) -> None:
        super().__init__(
            learning_rate, clip_norm=clip_norm, groups=groups, decay_vectors=decay_vectors
        )
        self.beta1 = number("Lion", "beta1", beta1, least=0, below=1)
        self.beta2 = number("Lion", "beta2", beta2, least=0, below=1)
        self.weight_decay = number("Lion", "weight_decay", weight_decay, least=0)

    def numbers(self, steps: int) -> dict[str, float]:
        """Return the rate, and the share of a parameter that its decay leaves."""
        if not self.weight_decay:
            return {"rate": self._rate}
        return {"rate": self._rate, "kept": 1.0 - self._rate * self.weight_decay}

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Return a parameter and its running mean after a step."""
        direction = np.sign(self.beta1 * state["mean"] + (1.0 - self.beta1) * gradient)
        mean = self.beta2 * state["mean"] + (1.0 - self.beta2) * gradient
        if self.weight_decay:
            value = numbers["kept"] * value
        return value - numbers["rate"] * direction, {"mean": mean}
