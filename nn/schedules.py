"""Learning-rate schedules: the rate as a function of the number of the update."""

from __future__ import annotations

import math
from typing import ClassVar

from .checks import instance, number, whole_number
from .registry import Configurable

__all__ = ["CosineDecay", "Schedule", "StepDecay", "Switch", "WarmUp"]


class Schedule(Configurable):
    """The learning rate of each update, to be given to an optimizer in place of a number.

    Updates (batches, not epochs) are counted from 0. The rate depends on their number alone, so
    that a resumed training goes on as if it had not been interrupted. A subclass says in `rate`
    what it is.

    Examples
    --------
    Warm up over 100 updates, then fall along a cosine over 900:

    >>> from nn import SGD, CosineDecay, WarmUp
    >>> schedule = WarmUp(100, CosineDecay(0.5, 900))
    >>> optimizer = SGD(schedule)
    >>> [round(schedule(update), 3) for update in (0, 49, 99, 100, 550, 1000)]
    [0.005, 0.25, 0.5, 0.5, 0.25, 0.0]

    One of your own:

    >>> from nn import Schedule
    >>> class Hyperbola(Schedule):
    ...     def rate(self, update):
    ...         return 1.0 / (1 + update)
    >>> Hyperbola()(3)
    0.25
    """

    kind: ClassVar[str] = "schedule"

    def __call__(self, update: int) -> float:
        """Return the rate of an update.

        Parameters
        ----------
        update : int
            How many updates were before it.

        Returns
        -------
        float
            The learning rate, a finite number from 0.
        """
        owner = type(self).__name__
        rate = self.rate(whole_number(owner, "update", update, least=0))
        return number(owner, f"rate of update {update}", rate, least=0)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} must define rate(self, update)")


class StepDecay(Schedule):
    """learning_rate * factor^k, where k grows by one every so many updates.

    Parameters
    ----------
    learning_rate : float
        Where it starts.
    every : int
        Updates from one step to the next; 1 decays exponentially.
    factor : float, default 0.1
        By how much each step multiplies the rate, above 0 and to 1.

    Examples
    --------
    >>> from nn import StepDecay
    >>> schedule = StepDecay(1.0, every=10, factor=0.5)
    >>> schedule(9), schedule(10), schedule(20)
    (1.0, 0.5, 0.25)
    """

    def __init__(self, learning_rate: float, every: int, factor: float = 0.1) -> None:
        self.learning_rate = number("StepDecay", "learning_rate", learning_rate, above=0)
        self.every = whole_number("StepDecay", "every", every)
        self.factor = number("StepDecay", "factor", factor, above=0, most=1)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        return self.learning_rate * self.factor ** (update // self.every)


class CosineDecay(Schedule):
    """From a rate down to another along half a period of a cosine, and there it stays.

    Parameters
    ----------
    learning_rate : float
        Where it starts.
    updates : int
        How many updates the way down takes.
    final : float, default 0
        Where it ends, from 0 to `learning_rate`.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR
    2017, eq. 5, without restarts.

    Examples
    --------
    >>> from nn import CosineDecay
    >>> schedule = CosineDecay(1.0, 100, final=0.2)
    >>> [round(schedule(update), 3) for update in (0, 50, 100, 1000)]
    [1.0, 0.6, 0.2, 0.2]
    """

    def __init__(self, learning_rate: float, updates: int, final: float = 0.0) -> None:
        self.learning_rate = number("CosineDecay", "learning_rate", learning_rate, above=0)
        self.updates = whole_number("CosineDecay", "updates", updates)
        self.final = number("CosineDecay", "final", final, least=0, most=self.learning_rate)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        share = min(update / self.updates, 1.0)
        height = 0.5 * (1.0 + math.cos(math.pi * share))
        return self.final + (self.learning_rate - self.final) * height


class WarmUp(Schedule):
    """Straight up to the rate at which another schedule starts, then that schedule from its start.

    Parameters
    ----------
    updates : int
        How many updates the way up takes; update k of them has (k + 1) / updates of the rate.
    then : Schedule or float
        What follows; a number is a constant rate.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.

    Examples
    --------
    >>> from nn import WarmUp
    >>> schedule = WarmUp(4, 0.1)
    >>> [round(schedule(update), 3) for update in range(6)]
    [0.025, 0.05, 0.075, 0.1, 0.1, 0.1]
    """

    def __init__(self, updates: int, then: Schedule | float) -> None:
        self.updates = whole_number("WarmUp", "updates", updates)
        self.then = schedule_or_rate("WarmUp", "then", then)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        if update >= self.updates:
            return rate_at(self.then, update - self.updates)
        return rate_at(self.then, 0) * (update + 1) / self.updates


class Switch(Schedule):
    """One schedule for so many updates, then another from its start.

    Parameters
    ----------
    first : Schedule or float
        What comes first; a number is a constant rate.
    updates : int
        How many updates it is for.
    then : Schedule or float
        What follows.

    Examples
    --------
    >>> from nn import CosineDecay, Switch
    >>> schedule = Switch(0.1, 50, CosineDecay(0.1, 50))
    >>> schedule(49), schedule(50), schedule(100)
    (0.1, 0.1, 0.0)
    """

    def __init__(self, first: Schedule | float, updates: int, then: Schedule | float) -> None:
        self.first = schedule_or_rate("Switch", "first", first)
        self.updates = whole_number("Switch", "updates", updates)
        self.then = schedule_or_rate("Switch", "then", then)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        if update < self.updates:
            return rate_at(self.first, update)
        return rate_at(self.then, update - self.updates)


def schedule_or_rate(owner: str, name: str, given: Schedule | float) -> Schedule | float:
    """Return a schedule, or a rate as a Python float above 0; or raise."""
    if isinstance(given, (Schedule, type)):
        return instance(owner, name, given, Schedule, "CosineDecay(0.1, updates=1000)")
    return number(owner, name, given, above=0)


def rate_at(schedule: Schedule | float, update: int) -> float:
    """Return the rate of an update; a number is the same for all."""
    return schedule(update) if isinstance(schedule, Schedule) else schedule
