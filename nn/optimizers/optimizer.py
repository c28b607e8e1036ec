"""What all optimizers share: the walk over the parameters, the rate, what is remembered."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, ItemsView, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.node import mark_changed

from ..calls import NEEDED
from ..checks import flag, number, whole_number
from ..finite import quiet, warn
from ..registry import Configurable
from ..schedules import Rate, Schedule, schedule_or_rate
from .clipping import Parameters, clip_gradients
from .groups import Group, checked_groups
from .in_place import in_place
from .rules import BLOCK, Numbers, State, Updated, blocks, checked_update, evaluate

__all__ = ["Optimizer"]

_Way = tuple[Callable[..., None] | None, tuple[str, ...], bool]
"""A compiled rule or None, the keys of its state, whether steps are counted."""

_ndarray = np.ndarray

_OF_STEPS = {
    "_loaded_updates", "_of", "_pace", "_paced", "_rate", "learning_rate", "schedule", "state",
    "updates", "updates_per_epoch",
}  # fmt: skip
"""Attributes that a rule does not read."""

PACE = "pace"
"""In `state_dict`, beside ``updates``, where a schedule counts epochs."""

ACCUMULATED = "accumulated"
"""The key under which gradients stand that wait for those of further batches."""

PLAIN_RATE = 1e18
"""Above it steps overflow."""


class Optimizer(Configurable):
    """Changes parameters by their gradients, one `step` per batch.

    A subclass says in `rule` what becomes of one parameter, as an expression, so that a compiled
    step contains it; or in `update`, which changes an array.

    Parameters
    ----------
    learning_rate : float, Schedule or callable, default 0.1
        Size of the steps: a number, or what gives one for each update: a schedule, or a plain
        function, whose argument is called ``epoch`` where it counts epochs.
    clip_norm : float, optional
        The largest norm of all gradients together; longer ones are scaled down first, see
        `clip_gradients`.
    groups : sequence of Group, default ()
        Parameters that learn faster or slower, or decay otherwise, by their names.
    decay_vectors : bool, default True
        Whether a weight decay also acts on parameters with fewer than two axes: biases, and what
        normalisation scales and shifts by. A group that says its own decay is not asked.

    Attributes
    ----------
    groups, decay_vectors
        As given.
    schedule : Schedule or None
        What sets the learning rate before each step, if anything does.
    clip_norm : float or None
        As given.
    updates : int
        How many steps were made.
    state : dict
        What is remembered of each parameter, by its name.

    Raises
    ------
    ValueError
        If a number is out of its range.
    TypeError
        If `groups` holds something else.

    Examples
    --------
    An optimizer of your own, which remembers the last gradient:

    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from nn import Optimizer
    >>> class Optimistic(Optimizer):
    ...     remembers = ("last",)
    ...     elementwise = True
    ...     def rule(self, value, gradient, state, numbers):
    ...         expected = 2.0 * gradient - state["last"]
    ...         return value - numbers["rate"] * expected, {"last": gradient}
    >>> w, optimizer = Node([1.0, 1.0]), Optimistic(0.125)
    >>> for _ in range(2):
    ...     (w**2).sum().backward()
    ...     optimizer.step([w])
    >>> w.value
    array([0.5, 0.5])

    By `update`, in place; a compiled step can't contain that:

    >>> class SignDescent(Optimizer):
    ...     def update(self, value, gradient, name):
    ...         value -= self.learning_rate * np.sign(gradient)
    >>> w.grad = np.array([20.0, -0.003])
    >>> SignDescent(0.5).step([w])
    >>> w.value
    array([0., 1.])
    """

    kind: ClassVar[str] = "optimizer"
    remembers: tuple[str, ...] | None = None
    """The keys under which `state_dict` holds something of a parameter; None where any may be.

    A `rule` is given what stands under them, but for ``"steps"``: with that key the steps of each
    parameter are counted for `numbers`, else those of the optimizer."""

    elementwise: bool = False
    """Whether `rule` computes each entry from the entries at the same place alone, whatever the
    shape. Then it runs in place, on a part of a large array at a time."""

    schedule: Schedule | None = None
    clip_norm: float | None = None
    groups: tuple[Group, ...] = ()
    decay_vectors: bool = True
    _loaded_updates = 0
    _pace: tuple[int, int] | None = None
    """How many updates an epoch has, and how many more than there were, at this pace, the epochs
    before would have had."""
    _paced: tuple[Any, int, Schedule] | None = None
    """A schedule in epochs, the updates of one, and the same in updates."""

    _of: weakref.ref[Any] | None = None
    """The network that it was last fitted with."""

    _of_group: tuple[float | None, float | None] = None, None
    """Of a variant for a group: its learning rate, or by what that of all is multiplied."""
    _stepped_for: dict[Any, Optimizer]
    _stepped_variants: dict[Any, Optimizer]

    def __init__(
        self,
        learning_rate: Rate = 0.1,
        *,
        clip_norm: float | None = None,
        groups: Sequence[Group] = (),
        decay_vectors: bool = True,
    ) -> None:
        owner = type(self).__name__
        given = schedule_or_rate(owner, "learning_rate", learning_rate)
        if isinstance(given, Schedule):
            self.schedule = given
            self._rate = given.in_updates(1)(0)
        else:
            self._rate = given
        self._given_rate = self._rate
        if clip_norm is not None:
            self.clip_norm = number(owner, "clip_norm", clip_norm, above=0)
        self.groups = checked_groups(owner, groups, hasattr(self, "weight_decay"))
        self.decay_vectors = flag(owner, "decay_vectors", decay_vectors)
        self.updates = 0
        self._stepped_ways: dict[np.dtype[Any], _Way] = {}
        self.state: dict[str, dict[str, npt.NDArray[Any]]] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "lr":
            raise AttributeError(
                f"{type(self).__name__} has no attribute 'lr'. Write learning_rate = {value!r}"
            )
        if name in _OF_STEPS:
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)
            vars(self).update(_stepped_ways={}, _stepped_for={}, _stepped_variants={})

    def __getstate__(self) -> dict[str, Any]:
        fresh: dict[str, Any] = {"_stepped_ways": {}, "_stepped_for": {}, "_stepped_variants": {}}
        return {**super().__getstate__(), **fresh, "_of": None}

    @property
    def learning_rate(self) -> float:
        """The rate of the last step, before the first that of the first; it can be set.

        Where a schedule sets it, setting it by hand raises a ValueError.
        """
        if self._rate is None:
            from autograd_core.program import RecordingError

            raise RecordingError(
                f"{type(self).__name__}.rule() reads self.learning_rate, which would stay what it "
                'is now. Write numbers["rate"]'
            )
        return self._rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if self.schedule is not None:
            raise ValueError(
                f"{type(self).__name__}.learning_rate follows {self.schedule!r}, which would "
                f"overwrite {rate!r}. To set it by hand write optimizer.schedule = None first"
            )
        self._rate = number(type(self).__name__, "learning_rate", rate, above=0)

    @property
    def updates_per_epoch(self) -> int | None:
        """How many updates an epoch has, which `NeuralNetwork.fit` says; None before.

        Schedules that count epochs need it. Where it changes, epochs so far stay as many.
        """
        return None if self._pace is None else self._pace[0]

    @updates_per_epoch.setter
    def updates_per_epoch(self, updates: int) -> None:
        updates = whole_number(type(self).__name__, "updates_per_epoch", updates)
        before, shift = self._pace or (updates, 0)
        if updates != before:
            shift = round((self.updates + shift) / before * updates) - self.updates
        self._pace = updates, shift

    def scheduled(self, update: int) -> float:
        """Return the rate that the schedule says for an update.

        Parameters
        ----------
        update : int
            How many updates were before it.

        Raises
        ------
        ValueError
            If it counts epochs, and `updates_per_epoch` is not known.
        """
        schedule: Any = self.schedule
        if not schedule.counts_epochs:
            rate: float = schedule(update)
            return rate
        if self._pace is None:
            raise ValueError(
                f"{schedule!r} counts epochs, and how many updates one has is not known. fit() "
                "says so; else write for example optimizer.updates_per_epoch = 100"
            )
        updates, shift = self._pace
        if self._paced is None or self._paced[:2] != (schedule, updates):
            self._paced = schedule, updates, schedule.in_updates(updates)
        return self._paced[2](update + shift)

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the learning rate as it is now."""
        arguments = super().arguments()
        if self.schedule is not None and "learning_rate" in arguments:
            arguments["learning_rate"] = self.schedule
        elif self._rate != self._given_rate and "groups" in arguments:
            arguments["groups"] = tuple(each.scaled(self._share) for each in self.groups)
        return arguments

    def configuration(self) -> dict[str, Any]:
        """Return the class name and the arguments as plain data; those of groups where it has any.

        So what an older release wrote is the same.
        """
        plain = super().configuration()
        for name, usual in (("groups", []), ("decay_vectors", True)):
            if name in plain and plain[name] == usual:
                del plain[name]
        return plain

    def step(self, parameters: Parameters = NEEDED) -> None:
        """Change each parameter that has a gradient, in place.

        Parameters
        ----------
        parameters : mapping of str to Node, or iterable of Node
            What `NeuralNetwork.parameters` gives, or leaves of your own. What an optimizer
            remembers of a parameter goes by its name, or by its place.

        Raises
        ------
        TypeError
            If something else than a leaf is among them, or a complex one.
        RuntimeError
            If none of them has a gradient: `backward` was forgotten.

        Examples
        --------
        >>> from autograd_core import Node
        >>> from nn import SGD
        >>> w, optimizer = Node([1.0, 2.0], name="w"), SGD(0.25)
        >>> (w * w).sum().backward()
        >>> optimizer.step({"w": w})
        >>> w.value
        array([0.5, 1. ])
        """
        if type(parameters) is dict or isinstance(parameters, Mapping):
            named = parameters.items()
        elif not isinstance(parameters, Iterable):
            raise TypeError(
                f"{type(self).__name__}.step() expects parameters: write "
                "optimizer.step(network.parameters()), or network.update() for all optimizers"
            )
        else:
            named = dict(zip(map(str, count()), parameters, strict=False)).items()
        changed = []
        for name, parameter in named:
            if (
                type(parameter) is not Node
                or parameter.operation is not None
                or parameter._value.dtype.kind == "c"
            ):
                raise self._refused(name, parameter)
            if parameter.grad is not None:
                changed.append(parameter)
        if named and not changed:
            raise RuntimeError(
                f"{type(self).__name__}.step() expects gradients, and none of the parameters has "
                "one. Call loss.backward() first"
            )
        if self.clip_norm is not None:
            clip_gradients(dict(named), self.clip_norm)
        if self.schedule is not None:
            self._rate = self.scheduled(self.updates)
        self.__dict__["updates"] += 1  # past __setattr__, which takes a while
        mark_changed(changed)
        for variant, of_variant in (
            self.lots(dict(named)) if self.has_variants else ((self, named),)
        ):
            if variant._rate > PLAIN_RATE:
                variant._update_all_far(of_variant)
            else:
                variant._update_all(of_variant)

    # --- groups -------------------------------------------------------------------------------

    @property
    def has_variants(self) -> bool:
        """Whether it treats some parameters otherwise than others."""
        spares = not self.decay_vectors and bool(getattr(self, "weight_decay", 0.0))
        return bool(self.groups) or spares

    def lots(self, named: Mapping[str, Node]) -> list[tuple[Optimizer, ItemsView[str, Node]]]:
        """Return parameters by how they are treated: an optimizer as it is now, and those for it.

        The optimizers share what they remember; they are this one but for rate and decay.
        """
        found: dict[Optimizer, dict[str, Node]] = {}
        for name, parameter in named.items():
            found.setdefault(self.variant_for(name, parameter), {})[name] = parameter
        for variant in found:
            variant._follow(self)
        return [(variant, of_variant.items()) for variant, of_variant in found.items()]

    def variant_for(self, name: str, parameter: Node) -> Optimizer:
        """Return the optimizer with the rate and the decay of the group of a parameter."""
        known: dict[Any, Optimizer] = self._stepped_for
        key = name, parameter.ndim
        variant = known.get(key)
        if variant is None:
            group = next((each for each in self.groups if each.holds(name)), None)
            of_group: tuple[float | None, float | None] = None, None
            if group is not None:
                of_group = group.learning_rate, group.rate_factor
            decay = own = getattr(self, "weight_decay", 0.0)
            if group is not None and group.weight_decay is not None:
                decay = group.weight_decay
            elif not self.decay_vectors and parameter.ndim < 2:
                decay = 0.0
            same = of_group == (None, None) and decay == own
            known[key] = variant = self if same else self._variant(of_group, decay)
        return variant

    def _variant(self, of_group: tuple[float | None, float | None], decay: float) -> Optimizer:
        variants: dict[Any, Optimizer] = self._stepped_variants
        if (of_group, decay) not in variants:
            variants[of_group, decay] = variant = copy.copy(self)
            own: dict[str, Any] = {"groups": (), "decay_vectors": True, "_of_group": of_group}
            if hasattr(self, "weight_decay"):
                own["weight_decay"] = decay
            vars(variant).update(own)
        return variants[of_group, decay]

    @property
    def _share(self) -> float:
        """By what its rate has been multiplied since the first."""
        first = self._given_rate if self.schedule is None else self.schedule.first_rate()
        if first <= 0:
            raise ValueError(
                f"Group(learning_rate) keeps its ratio to the first rate of {self.schedule!r}, "
                "which is 0. Write rate_factor=..."
            )
        return self._rate / first

    def _follow(self, original: Optimizer) -> None:
        """Stand where the optimizer stands that this one is a variant of."""
        if self is not original:
            rate, factor = self._of_group
            rate = original._rate * (factor or 1.0) if rate is None else rate * original._share
            vars(self).update(_rate=rate, updates=original.updates, state=original.state)

    def gather(self, parameters: Mapping[str, Node], *, adds: bool, updates: bool) -> None:
        """Put gradients aside until those of further batches are there, which `step` waits for.

        Parameters
        ----------
        parameters : mapping of str to Node
            What `NeuralNetwork.parameters` gives, each with the gradient of a batch.
        adds : bool
            Whether some have been put aside before, to which these are added.
        updates : bool
            Whether these are the last: then the parameters are given the sums as gradients.
        """
        for name, parameter in parameters.items():
            state = self.state.setdefault(name, {})
            gradient, before = parameter.grad, state.get(ACCUMULATED) if adds else None
            if gradient is None or before is None:
                total = gradient if before is None else before
            else:
                total = before + gradient
            if updates:
                parameter.grad = None if total is None else total.copy()
            elif total is None:
                state.pop(ACCUMULATED, None)
            elif ACCUMULATED in state:
                state[ACCUMULATED][...] = total
            else:
                state[ACCUMULATED] = np.array(total, order="C")

    def _refused(self, name: str, parameter: Any) -> TypeError:
        if type(parameter) is not Node or parameter.operation is not None:
            return TypeError(
                f"{type(self).__name__}.step() expects leaf nodes, got "
                f"{type(parameter).__name__} under {name!r}. Write for example "
                "optimizer.step(network.parameters()) or optimizer.step([w, b])"
            )
        return TypeError(
            f"{type(self).__name__}.step() expects real parameters, got {parameter.dtype} "
            f"under {name!r}. Make the real and the imaginary part a parameter each, or "
            "step by hand: z.value -= rate * np.conj(z.grad)"
        )

    def _update_all_far(self, named: ItemsView[str, Node]) -> None:
        """Update by a rate with which nearly everything overflows, in words of ours."""
        said = np.geterr()["over"] == "ignore"  # as in a network's step, which has its own
        with quiet():
            self._update_all(named)
        if not said and not all(np.isfinite(node.value).all() for _, node in named):
            warn(
                f"{type(self).__name__}.step() has left parameters that are not finite: the "
                f"learning rate, {self._rate:.3g}, is too large. Write a smaller one, such as 0.1"
            )

    def _update_all(self, named: ItemsView[str, Node]) -> None:
        by_rule = type(self).update is Optimizer.update
        dtype: Any = None
        change: Any = None
        numbers: list[Any] = []
        at = -1
        together: list[Any] = []  # what one call changes: many calls would take a while
        for name, parameter in named:
            gradient = parameter.grad
            if gradient is None:
                continue
            if type(gradient) is Node:
                gradient = gradient._value
            value = parameter._value
            if not by_rule or type(value) is not _ndarray or gradient.dtype is not value.dtype:
                self._update_alone(parameter, gradient, name)
                continue
            if value.dtype is not dtype:
                if together:
                    change(together, numbers)
                    together = []
                dtype, at = value.dtype, -1
                change, keys, counts = self._stepped_ways.get(dtype) or self._way(dtype)
            if change is None:
                self.update(value, gradient, name)
                continue
            state = self.remembered(name, value, *keys) if keys else ()
            steps = self._counted(name) if counts else self.updates
            if steps != at:
                if together:
                    change(together, numbers)
                    together = []
                at, numbers = steps, self._numbers_of(steps, dtype)
            if value.size <= BLOCK:
                together.append((value, gradient, state))
            else:
                together += blocks(value, gradient, state)
        if together:
            change(together, numbers)

    def _update_alone(self, parameter: Node, gradient: Any, name: str) -> None:
        value = parameter._value
        if type(value) is _ndarray:
            self.update(value, gradient, name)
        else:
            entry = np.array(value)  # a scalar can't change in place
            self.update(entry, np.asarray(gradient), name)
            parameter.value = entry[()]

    def update(self, value: npt.NDArray[Any], gradient: npt.NDArray[Any], name: str) -> None:
        """Change one parameter's array in place, by default as `rule` says.

        Parameters
        ----------
        value : ndarray
            The parameter.
        gradient : ndarray
            Its gradient, in the same shape and dtype; it is not changed.
        name : str
            Under which the optimizer remembers what it knows of the parameter.
        """
        dtype = value.dtype
        change, keys, counts = self._stepped_ways.get(dtype) or self._way(dtype)
        state = self.remembered(name, value, *keys) if keys else ()
        steps = self._counted(name) if counts else self.updates
        numbers = self._numbers_of(steps, dtype)
        if gradient.dtype is not dtype:
            gradient = gradient.astype(dtype, copy=False)
        if change is None:
            remembered = dict(zip(keys, state, strict=True))
            named = dict(zip(self.numbers(steps), [x[()] for x in numbers], strict=True))
            evaluate(self.rule, value, gradient, remembered, named)
        else:
            change(blocks(value, gradient, state), numbers)

    def _numbers_of(self, steps: int, dtype: np.dtype[Any]) -> list[Any]:
        """The rule's numbers as arrays without axes, which are quicker operands than scalars.

        They are in the parameter's dtype, as programs take them, so that the bits are the same.
        """
        return [np.array(number, dtype) for number in self.numbers(steps).values()]

    def _way(self, dtype: np.dtype[Any]) -> _Way:
        """Find how parameters of a dtype are changed, and keep it."""
        keys, change = self.state_keys(), None
        if self.elementwise:
            change = in_place(self.recorded_rule, keys, [*self.numbers(1)], dtype)
        counts = self.remembers is not None and "steps" in self.remembers
        way = self._stepped_ways[dtype] = change, keys, counts
        return way

    # --- the rule -----------------------------------------------------------------------------

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Return what becomes of a parameter in a step: an expression, written once.

        It is run on arrays, and recorded on nodes where a training step is compiled. So it is
        written in NumPy's functions, changes none of its arguments, and decides nothing by their
        entries (``np.where`` chooses).

        Parameters
        ----------
        value, gradient : ndarray or Node
            The parameter and its gradient, in one shape and dtype.
        state : mapping of str to ndarray or Node
            What is remembered of the parameter, in its shape and dtype, by `state_keys`;
            at first what `first_state` returns.
        numbers : mapping of str to NumPy scalar or Node
            What `numbers` returned for this step, in the parameter's dtype.

        Returns
        -------
        ndarray or Node
            The parameter after the step.
        mapping of str to ndarray or Node
            All that is remembered, by the same keys as in `state`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define update(value, gradient, name), or "
            "rule(value, gradient, state, numbers)"
        )

    def numbers(self, steps: int) -> dict[str, float]:
        """Return what the rule takes of the rate and of the number of the step.

        What is computed here is computed in double precision, and may change from step to step
        without anything being compiled again.

        Parameters
        ----------
        steps : int
            Which step it is, 1 for the first.

        Returns
        -------
        dict of str to float
            By default the rate alone, as ``"rate"``. The names may not depend on `steps`.
        """
        return {"rate": self._rate}

    def state_keys(self) -> tuple[str, ...]:
        """Return the keys of what the rule remembers; by default all in `remembers`."""
        return tuple(key for key in self.remembers or () if key != "steps")

    def recorded_rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        """Call `rule` for a program, in which the rate and the count of now would stay for ever.

        Raises
        ------
        RecordingError
            If the rule reads `learning_rate` instead of its `numbers`.
        """
        own = vars(self)
        hidden = {"_rate": None, "updates": None}
        kept = {name: own[name] for name in hidden}
        own.update(hidden)
        try:
            return checked_update(self.rule(value, gradient, state, numbers), state)
        finally:
            own.update(kept)

    def _counted(self, name: str) -> int:
        """Count the steps of a parameter, and return which this is."""
        state = self.state.setdefault(name, {})
        counter = state.get("steps")
        if counter is None:
            counter = state["steps"] = np.zeros((), np.int64)
        counter += 1
        return int(counter)

    # --- what is remembered -------------------------------------------------------------------

    def remembered(self, name: str, value: npt.NDArray[Any], *keys: str) -> list[npt.NDArray[Any]]:
        """Return what is remembered of a parameter, in its shape and dtype."""
        state = self.state.setdefault(name, {})
        arrays = []
        for key in keys:
            array = state.get(key)
            if array is None:
                array = state[key] = self.first_state(key, value)
            elif array.shape != value.shape:
                raise ValueError(
                    f"{type(self).__name__} remembers a parameter {name!r} of shape "
                    f"{array.shape}, got one of shape {value.shape}. Use a new optimizer for "
                    "a new network"
                )
            arrays.append(array)
        return arrays

    def may_remember(self, key: str) -> bool:
        """Whether something of a parameter may stand under a key."""
        return self.remembers is None or key in (*self.remembers, ACCUMULATED)

    def first_state(self, key: str, value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what is remembered of a parameter before its first step; zeros by default."""
        return np.zeros_like(value)

    def serve(self, network: Any) -> None:
        """Learn for a network from here on.

        Raises
        ------
        ValueError
            If it remembers the steps of another one, which is still there.
        """
        before = None if self._of is None else self._of()
        if before not in (None, network):
            self.refuse_past("fit")
        self._of = weakref.ref(network)

    def refuse_past(self, owner: str) -> None:
        """Raise ValueError where it remembers steps."""
        if self.remembers_steps:
            raise ValueError(
                f"{owner}(optimizer) expects one without a past, got {self!r} "
                f"after {self.updates} updates of another network, which it remembers. "
                f"Make a new {type(self).__name__}(...) for each network"
            )

    @property
    def remembers_steps(self) -> bool:
        """Whether the next step depends on steps that were made, other than those loaded."""
        remembered = any(self.state.values()) or self.schedule
        return self.updates > self._loaded_updates and bool(remembered)

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of all that the next step depends on, beside the constructor's arguments.

        Returns
        -------
        dict of str to ndarray
            The number of steps so far under ``updates``, under ``pace`` what a schedule that counts
            epochs knows of them, and what is remembered of each parameter
            under ``parameter/key``, such as ``0.weight/velocity``.
        """
        remembered = {
            f"{name}/{key}": array.copy()
            for name, state in self.state.items()
            for key, array in state.items()
        }
        if self._pace is not None and self.schedule is not None and self.schedule.counts_epochs:
            per_epoch, shift = self._pace
            remembered[PACE] = np.array([per_epoch, self.updates + shift], np.int64)
        return {"updates": np.array(self.updates, np.int64), **remembered}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Remember what `state_dict` returned; a schedule goes on from there.

        Raises
        ------
        ValueError
            If the keys are not those of such an optimizer; nothing is changed then.
        """
        loaded: dict[str, dict[str, npt.NDArray[Any]]] = {}
        updates, pace = 0, None
        for path, array in state.items():
            name, slash, key = path.rpartition("/")
            if path == "updates":
                updates = int(np.asarray(array))
            elif path == PACE:
                pace = np.asarray(array).tolist()
            elif not slash or not self.may_remember(key):
                keys = "any key" if self.remembers is None else " or ".join(self.remembers)
                raise ValueError(
                    f"{type(self).__name__}.load_state_dict() expects 'updates', and "
                    f"'parameter/key' with {keys or 'no key, as it remembers nothing'}, "
                    f"found {path!r}"
                )
            else:
                loaded.setdefault(name, {})[key] = np.array(array, order="C")
        self.state = loaded
        self.updates = self._loaded_updates = updates
        if pace is not None:
            owner = f"{type(self).__name__}.load_state_dict"
            self._pace = whole_number(owner, PACE, pace[0]), pace[1] - updates
        if self.schedule is not None and (self._pace or not self.schedule.counts_epochs):
            self._rate = self.scheduled(max(updates - 1, 0))
