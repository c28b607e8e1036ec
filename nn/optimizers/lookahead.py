"""Lookahead: another optimizer explores, and from time to time slow weights follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import instance, number, whole_number
from .optimizer import Optimizer
from .rules import Numbers, State, Updated

__all__ = ["Lookahead"]


class Lookahead(Optimizer):
    """Makes the steps of another optimizer; after some, both go on from slow weights behind it.

    After every k steps the slow weights move the share alpha of the way to where the other
    optimizer has come, and the parameters are set to them.

    Parameters
    ----------
    optimizer : Optimizer
        What makes the steps: one of its own, with its learning rate, ``clip_norm`` and groups.
    every : int, default 5
        k, the steps from one synchronization to the next.
    step_size : float, default 0.5
        alpha, above 0 and to 1.

    Raises
    ------
    ValueError
        If the other optimizer has made steps already, or does not say in ``rule`` what it does; if
        a number is out of its range.
    TypeError
        If it is no optimizer.

    Notes
    -----
    `NeuralNetwork.predict` and `NeuralNetwork.evaluate` use the parameters as they are. Right after
    a synchronization these are the slow weights, as in the paper's evaluation; in between they are
    the fast ones, as in the usual implementations.

    References
    ----------
    M. Zhang, J. Lucas, G. Hinton and J. Ba, "Lookahead optimizer: k steps forward, 1 step back",
    NeurIPS 2019, algorithm 1.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import SGD, Lookahead
    >>> w, optimizer = Node(1.0), Lookahead(SGD(0.25), every=2)
    >>> for _ in range(2):  # 1, 0.5, and halfway from 1 to 0.25
    ...     (w**2).backward()
    ...     optimizer.step([w])
    >>> float(w)
    0.625
    """

    def __init__(self, optimizer: Optimizer, every: int = 5, step_size: float = 0.5) -> None:
        instance("Lookahead", "optimizer", optimizer, Optimizer, "Adam(0.001)")
        if type(optimizer).update is not Optimizer.update or optimizer.remembers_steps:
            raise ValueError(
                "Lookahead(optimizer) expects one that says in rule() what it does, without a "
                f"past, got {optimizer!r}. Write for example Lookahead(Adam(0.001))"
            )
        self.optimizer = optimizer
        self.every = whole_number("Lookahead", "every", every)
        self.step_size = number("Lookahead", "step_size", step_size, above=0, most=1)
        rate = optimizer.learning_rate if optimizer.schedule is None else optimizer.schedule
        if hasattr(optimizer, "weight_decay"):
            self.weight_decay = optimizer.weight_decay
        super().__init__(
            rate,
            clip_norm=optimizer.clip_norm,
            groups=optimizer.groups,
            decay_vectors=optimizer.decay_vectors,
        )
        self.elementwise = optimizer.elementwise
        if optimizer.remembers is not None:
            self.remembers = (*optimizer.remembers, "slow")

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the learning rate as it is now."""
        self._lend()
        return super().arguments()

    def _lend(self) -> None:
        """Let the other optimizer have the rate of this one."""
        vars(self.optimizer).update(_rate=self._rate, schedule=self.schedule)

    def _variant(self, of_group: tuple[float | None, float | None], decay: float) -> Optimizer:
        known = (of_group, decay) in self._stepped_variants
        variant = super()._variant(of_group, decay)
        if not known:  # with a share of the rate, which it lends, and another decay
            vars(variant)["optimizer"] = self.optimizer._variant((None, None), decay)
        return variant

    def numbers(self, steps: int) -> dict[str, float]:
        """Return the other optimizer's numbers, and whether this step is a synchronization."""
        self._lend()
        return {**self.optimizer.numbers(steps), "synchronizes": float(steps % self.every == 0)}

    def state_keys(self) -> tuple[str, ...]:
        """Return the other optimizer's keys, and that of the slow weights."""
        return (*self.optimizer.state_keys(), "slow")

    def first_state(self, key: str, value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the parameter itself as the first slow weights."""
        return np.array(value) if key == "slow" else self.optimizer.first_state(key, value)

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Return a parameter and all that is remembered of it after a step."""
        recorded = vars(self)["_rate"] is None
        step = self.optimizer.recorded_rule if recorded else self.optimizer.rule
        others = {key: state[key] for key in self.optimizer.state_keys()}
        fast, remembered = step(value, gradient, others, numbers)
        synchronizes, slow = numbers["synchronizes"] > 0.0, state["slow"]
        ahead = slow + self.step_size * (fast - slow)
        new = np.where(synchronizes, ahead, fast)
        return new, {**remembered, "slow": np.where(synchronizes, ahead, slow)}
