"""Learning-rate schedules: the rate as a function of the number of the update, or of the epoch."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar, Union

from .checks import cut, instance, number, whole_number
from .registry import Configurable

__all__ = ["CosineDecay", "RateFunction", "Schedule", "StepDecay", "Switch", "WarmUp"]

Rate = Union[float, "Schedule", Callable[[int], float]]
"""What may stand for a learning rate."""


def _counts_epochs(function: Callable[..., Any]) -> bool:
    """Whether the first argument of a function is called epoch."""
    try:
        names = [*inspect.signature(function).parameters]
    except (TypeError, ValueError):  # some builtins don't tell
        return False
    return bool(names) and names[0].startswith("epoch")


def _needed_beside_the_first(function: Callable[..., Any]) -> list[str]:
    """Return the arguments without a default behind the first."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):
        return []
    stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        each.name for each in parameters if each.default is each.empty and each.kind not in stars
    ]


class Schedule(Configurable):
    """The learning rate of each update, to be given to an optimizer in place of a number.

    Updates and epochs are counted from 0. The rate depends on their number alone, so that a
    resumed training goes on as if it had not been interrupted. Lengths are said as ``epochs=`` or
    as ``updates=``; how many updates an epoch has an optimizer learns from `NeuralNetwork.fit`.
    A subclass says in ``rate(self, update)`` what the rate is, or in ``rate(self, epoch)``.

    Attributes
    ----------
    counts_epochs : bool
        Whether any part of it counts epochs.

    Examples
    --------
    Warm up over 100 updates, then fall along a cosine over 900:

    >>> from nn import SGD, CosineDecay, WarmUp
    >>> schedule = WarmUp(100, CosineDecay(0.5, 900))
    >>> optimizer = SGD(schedule)
    >>> [round(schedule(update), 3) for update in (0, 49, 99, 100, 550, 1000)]
    [0.005, 0.25, 0.5, 0.5, 0.25, 0.0]

    A tenth of the rate every 30 epochs, here of 400 updates each:

    >>> from nn import StepDecay
    >>> schedule = StepDecay(0.1, epochs=30).in_updates(400)
    >>> [round(schedule(400 * epoch), 4) for epoch in (0, 29, 30, 60)]
    [0.1, 0.1, 0.01, 0.001]

    One of your own:

    >>> from nn import Schedule
    >>> class Hyperbola(Schedule):
    ...     def rate(self, epoch):
    ...         return 1.0 / (1 + epoch)
    >>> Hyperbola().in_updates(400)(1200)
    0.25
    """

    kind: ClassVar[str] = "schedule"
    _rate_is_of_epochs: ClassVar[bool] = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        cls._rate_is_of_epochs = _counts_epochs(functools.partial(cls.rate, None))  # type: ignore[arg-type]

    @property
    def counts_epochs(self) -> bool:
        """Whether any part of it counts epochs."""
        return self._rate_is_of_epochs

    def in_updates(self, updates_per_epoch: int) -> Schedule:
        """Return the same schedule with each epoch written as so many updates.

        Parameters
        ----------
        updates_per_epoch : int
            How many updates an epoch has.
        """
        return _OfEpochs(self, updates_per_epoch) if self.counts_epochs else self

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

        Raises
        ------
        ValueError
            If the schedule counts epochs, of which it does not know how long they are.
        """
        if self.counts_epochs:
            raise ValueError(
                f"{self!r} counts epochs, and how many updates one has is not known. Write for "
                f"example schedule.in_updates(100)({cut(update)}), or train by fit(), which says so"
            )
        owner = type(self).__name__
        rate = self.rate(whole_number(owner, "update", update, least=0))
        return number(owner, f"rate of update {update}", rate, least=0)

    def first_rate(self) -> float:
        """Return the rate it starts with; a warm-up counts as over."""
        return self.in_updates(1)(0)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0; of an epoch, if it is called so."""
        raise NotImplementedError(
            f"{type(self).__name__} must define rate(self, update) or rate(self, epoch)"
        )


class StepDecay(Schedule):
    """learning_rate * factor^k, where k grows by one every so many epochs or updates.

    Parameters
    ----------
    learning_rate : float
        Where it starts.
    every : int, optional
        The same as `updates`.
    factor : float, default 0.1
        By how much each step multiplies the rate, above 0 and to 1.
    epochs : float, optional
        Epochs from one step to the next.
    updates : int, optional
        Updates (batches) from one step to the next; 1 decays exponentially. One of `epochs` and
        `updates` is needed.

    Raises
    ------
    TypeError
        If not one of `every` and `epochs` is given.
    ValueError
        If a number is out of its range; when called, if it counts epochs.

    References
    ----------
    PyTorch's StepLR.

    Examples
    --------
    >>> from nn import StepDecay
    >>> schedule = StepDecay(1.0, updates=10, factor=0.5)
    >>> schedule(9), schedule(10), schedule(20)
    (1.0, 0.5, 0.25)
    >>> schedule = StepDecay(1.0, epochs=10, factor=0.5)
    >>> schedule.in_updates(400)(9 * 400), schedule.in_updates(400)(10 * 400)
    (1.0, 0.5)
    """

    added_later = frozenset({"epochs", "every", "updates"})

    def __init__(
        self,
        learning_rate: float,
        every: int | None = None,
        factor: float = 0.1,
        *,
        epochs: float | None = None,
        updates: int | None = None,
    ) -> None:
        self.learning_rate = number("StepDecay", "learning_rate", learning_rate, above=0)
        given = {"every": every, "updates": updates, "epochs": epochs}
        self.every, self.updates, self.epochs = _one_length("StepDecay", given)
        self.factor = number("StepDecay", "factor", factor, above=0, most=1)

    @property
    def counts_epochs(self) -> bool:
        """Whether its steps are some epochs apart."""
        return self.epochs is not None

    def in_updates(self, updates_per_epoch: int) -> Schedule:
        """Return the same schedule with each epoch written as so many updates."""
        if self.epochs is None:
            return self
        updates = _updates_in(self.epochs, updates_per_epoch)
        return StepDecay(self.learning_rate, factor=self.factor, updates=updates)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        return self.learning_rate * self.factor ** (update // (self.every or self.updates or 1))


class CosineDecay(Schedule):
    """From a rate down to another along half a period of a cosine, and there it stays.

    Parameters
    ----------
    learning_rate : float
        Where it starts.
    updates : int, optional
        How many updates (batches) the way down takes.
    final : float, default 0
        Where it ends, from 0 to `learning_rate`.
    epochs : float, optional
        How many epochs the way down takes, in place of `updates`. The rate changes with each
        update all the same.

    Raises
    ------
    TypeError
        If not one of `updates` and `epochs` is given.
    ValueError
        If a number is out of its range; when called, if it counts epochs.

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
    >>> CosineDecay(1.0, epochs=10).in_updates(400)(5 * 400)
    0.5
    """

    added_later = frozenset({"epochs", "updates"})

    def __init__(
        self,
        learning_rate: float,
        updates: int | None = None,
        final: float = 0.0,
        *,
        epochs: float | None = None,
    ) -> None:
        self.learning_rate = number("CosineDecay", "learning_rate", learning_rate, above=0)
        given = {"updates": updates, "epochs": epochs}
        self.updates, self.epochs = _one_length("CosineDecay", given)
        self.final = number("CosineDecay", "final", final, least=0, most=self.learning_rate)

    @property
    def counts_epochs(self) -> bool:
        """Whether its length is said in epochs."""
        return self.epochs is not None

    def in_updates(self, updates_per_epoch: int) -> Schedule:
        """Return the same schedule with each epoch written as so many updates."""
        if self.epochs is None:
            return self
        updates = _updates_in(self.epochs, updates_per_epoch)
        return CosineDecay(self.learning_rate, updates, self.final)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        share = min(update / (self.updates or 1), 1.0)
        height = 0.5 * (1.0 + math.cos(math.pi * share))
        return self.final + (self.learning_rate - self.final) * height


class WarmUp(Schedule):
    """Straight up to the rate at which another schedule starts, then that schedule from its start.

    Parameters
    ----------
    updates : int, optional
        How many updates the way up takes; update k of them has (k + 1) / updates of the rate.
    then : Schedule, callable or float
        What follows; a number is a constant rate.
    epochs : float, optional
        How many epochs the way up takes, in place of `updates`.

    Raises
    ------
    TypeError
        If not one of `updates` and `epochs` is given.
    ValueError
        If a number is out of its range; when called, if it counts epochs.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.

    Examples
    --------
    >>> from nn import CosineDecay, WarmUp
    >>> schedule = WarmUp(4, 0.1)
    >>> [round(schedule(update), 3) for update in range(6)]
    [0.025, 0.05, 0.075, 0.1, 0.1, 0.1]
    >>> schedule = WarmUp(epochs=1, then=CosineDecay(0.1, epochs=9)).in_updates(100)
    >>> [round(schedule(100 * epoch), 3) for epoch in (0, 1, 10)]
    [0.001, 0.1, 0.0]
    """

    added_later = frozenset({"epochs", "updates"})

    def __init__(
        self,
        updates: int | None = None,
        then: Rate | None = None,
        *,
        epochs: float | None = None,
    ) -> None:
        given = {"updates": updates, "epochs": epochs}
        self.updates, self.epochs = _one_length("WarmUp", given)
        self.then = schedule_or_rate("WarmUp", "then", then)

    @property
    def counts_epochs(self) -> bool:
        """Whether its length, or what follows, is said in epochs."""
        return self.epochs is not None or _needs_epochs(self.then)

    def in_updates(self, updates_per_epoch: int) -> Schedule:
        """Return the same schedule with each epoch written as so many updates."""
        updates = self.updates or _updates_in(self.epochs, updates_per_epoch)
        return WarmUp(updates, _in_updates(self.then, updates_per_epoch))

    def first_rate(self) -> float:
        """Return the rate it goes up to."""
        return self.then.first_rate() if isinstance(self.then, Schedule) else self.then

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        updates = self.updates or 1
        if update >= updates:
            return rate_at(self.then, update - updates)
        return rate_at(self.then, 0) * (update + 1) / updates


class Switch(Schedule):
    """One schedule for so many epochs or updates, then another from its start.

    Parameters
    ----------
    first : Schedule, callable or float
        What comes first; a number is a constant rate.
    updates : int, optional
        How many updates it is for.
    then : Schedule, callable or float
        What follows.
    epochs : float, optional
        How many epochs it is for, in place of `updates`.

    Raises
    ------
    TypeError
        If not one of `updates` and `epochs` is given.
    ValueError
        If a number is out of its range; when called, if it counts epochs.

    Examples
    --------
    >>> from nn import CosineDecay, Switch
    >>> schedule = Switch(0.1, 50, CosineDecay(0.1, 50))
    >>> schedule(49), schedule(50), schedule(100)
    (0.1, 0.1, 0.0)
    >>> schedule = Switch(0.1, epochs=2, then=0.01).in_updates(400)
    >>> schedule(799), schedule(800)
    (0.1, 0.01)
    """

    added_later = frozenset({"epochs", "updates"})

    def __init__(
        self,
        first: Rate,
        updates: int | None = None,
        then: Rate | None = None,
        *,
        epochs: float | None = None,
    ) -> None:
        self.first = schedule_or_rate("Switch", "first", first)
        given = {"updates": updates, "epochs": epochs}
        self.updates, self.epochs = _one_length("Switch", given)
        self.then = schedule_or_rate("Switch", "then", then)

    @property
    def counts_epochs(self) -> bool:
        """Whether any part of it is said in epochs."""
        return self.epochs is not None or _needs_epochs(self.first) or _needs_epochs(self.then)

    def in_updates(self, updates_per_epoch: int) -> Schedule:
        """Return the same schedule with each epoch written as so many updates."""
        updates = self.updates or _updates_in(self.epochs, updates_per_epoch)
        first, then = (_in_updates(part, updates_per_epoch) for part in (self.first, self.then))
        return Switch(first, updates, then)

    def rate(self, update: int) -> float:
        """Return the rate of an update, counted from 0."""
        updates = self.updates or 1
        if update < updates:
            return rate_at(self.first, update)
        return rate_at(self.then, update - updates)


class RateFunction(Schedule):
    """What becomes of a plain function that is given as a learning rate.

    Parameters
    ----------
    function : callable
        Of the number of the epoch, where its argument is called ``epoch``, else of the number of
        the update; both are counted from 0.
    first : float, optional
        Of a function that a file names, which holds none: the rate with which it begins.

    Raises
    ------
    TypeError
        If `function` can't be called with one number.

    Examples
    --------
    >>> from nn import SGD
    >>> SGD(lambda update: 0.1 / (1 + update)).schedule(4)
    0.02
    >>> SGD(lambda epoch: 0.1 * 0.5**epoch).schedule.in_updates(400)(800)
    0.025
    """

    def __init__(self, function: Callable[[int], float] | str, first: float | None = None) -> None:
        self.function = function
        self.first = None if first is None else number("RateFunction", "first", first, least=0)
        if not callable(function) and not (isinstance(function, str) and self.first is not None):
            raise TypeError(
                "RateFunction(function) expects a function of epoch or of update, such as "
                f"lambda epoch: 0.1 * 0.9**epoch, got {cut(function)}"
            )
        if callable(function) and (others := _needed_beside_the_first(function)):
            raise TypeError(
                f"a learning rate expects a function of epoch or of update alone, got one that "
                f"also takes {', '.join(others)}. Give it a default: lambda epoch, decay=0.9: "
                "0.1 * decay**epoch"
            )
        self._of_epochs = callable(function) and _counts_epochs(function)

    @property
    def counts_epochs(self) -> bool:
        """Whether the function's argument is called epoch."""
        return self._of_epochs

    def arguments(self) -> dict[str, Any]:
        """Return the function's name, and its first rate: what a file can hold."""
        return {"function": self._name, "first": float(self.rate(0))}

    def __repr__(self) -> str:
        return f"RateFunction({self._name})"

    @property
    def _name(self) -> str:
        if isinstance(self.function, str):
            return self.function
        return getattr(self.function, "__qualname__", type(self.function).__name__)

    def rate(self, update: int) -> float:
        """Return what the function says."""
        if not isinstance(self.function, str):
            return self.function(update)
        if update == 0 and self.first is not None:
            return self.first
        raise ValueError(
            f"the learning rate of this network was the function {self.function}, and files hold "
            f"none. Write optimizer.schedule = RateFunction({self.function}), or "
            f"optimizer.schedule = None and optimizer.learning_rate = {self.first}"
        )


class _OfEpochs(Schedule):
    """A schedule that says the rate of an epoch, with the length of one."""

    def __init__(self, schedule: Schedule, updates_per_epoch: int) -> None:
        self.schedule, self.updates_per_epoch = schedule, updates_per_epoch

    def rate(self, update: int) -> float:
        """Return the rate of the epoch that an update is in."""
        return self.schedule.rate(update // self.updates_per_epoch)


def schedule_or_rate(owner: str, name: str, given: Any) -> Schedule | float:
    """Return a schedule, or a rate as a Python float above 0; or raise.

    A plain function becomes a schedule.
    """
    if isinstance(given, (Schedule, type)):
        return instance(owner, name, given, Schedule, "CosineDecay(0.1, epochs=10)")
    if callable(given) and not isinstance(given, Configurable):
        return RateFunction(given)
    return number(owner, name, given, above=0)


def rate_at(schedule: Schedule | float, update: int) -> float:
    """Return the rate of an update; a number is the same for all."""
    return schedule(update) if isinstance(schedule, Schedule) else schedule


def _needs_epochs(part: Schedule | float) -> bool:
    return isinstance(part, Schedule) and part.counts_epochs


def _in_updates(part: Schedule | float, updates_per_epoch: int) -> Schedule | float:
    return part.in_updates(updates_per_epoch) if isinstance(part, Schedule) else part


def _updates_in(epochs: float | None, updates_per_epoch: int) -> int:
    return max(1, round((epochs or 0) * updates_per_epoch))


def _one_length(owner: str, given: dict[str, Any]) -> list[Any]:
    """Return lengths of which one alone is given, checked, None for the others; or raise."""
    said = [name for name, length in given.items() if length is not None]
    if len(said) != 1:
        got = "none of them" if not said else " and ".join(f"{n}={cut(given[n])}" for n in said)
        raise TypeError(f"{owner} expects epochs=... or updates=..., got {got}")
    return [
        None
        if length is None
        else number(owner, name, length, above=0)
        if name == "epochs" and not isinstance(length, int)
        else whole_number(owner, name, length)
        for name, length in given.items()
    ]
