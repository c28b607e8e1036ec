"""What all optimizers share: the walk over the parameters, the rate, what is remembered."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from itertools import count
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.node import mark_changed, raw

from ..checks import number
from ..finite import quiet, warn
from ..registry import Configurable
from ..schedules import Schedule, schedule_or_rate
from .clipping import Parameters, clip_gradients
from .rules import Numbers, State, Updated, apply_rule

__all__ = ["Optimizer"]

PLAIN_RATE = 1e18
"""Above it steps overflow."""


class Optimizer(Configurable):
    """Changes parameters by their gradients, one `step` per batch.

    A subclass says in `update` what happens to one parameter.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.1
        Size of the steps: a number, or a schedule that gives one for each update.
    clip_norm : float, optional
        The largest norm of all gradients together; longer ones are scaled down first, see
        `clip_gradients`.

    Attributes
    ----------
    schedule : Schedule or None
        What sets the learning rate before each step, if anything does.
    clip_norm : float or None
        As given.
    updates : int
        How many steps were made.
    state : dict
        What is remembered of each parameter, by its name.

    Examples
    --------
    An optimizer of your own:

    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from nn import Optimizer
    >>> class SignDescent(Optimizer):
    ...     def update(self, value, gradient, name):
    ...         value -= self.learning_rate * np.sign(gradient)
    >>> w = Node([1.0, 1.0])
    >>> w.grad = np.array([20.0, -0.003])
    >>> SignDescent(0.5).step([w])
    >>> w.value
    array([0.5, 1.5])
    """

    kind: ClassVar[str] = "optimizer"
    remembers: ClassVar[tuple[str, ...] | None] = None
    """The keys under which `state_dict` holds something of a parameter; None where any may be."""

    elementwise: ClassVar[bool] = False

    schedule: Schedule | None = None
    clip_norm: float | None = None
    _loaded_updates = 0

    def __init__(
        self, learning_rate: float | Schedule = 0.1, *, clip_norm: float | None = None
    ) -> None:
        owner = type(self).__name__
        given = schedule_or_rate(owner, "learning_rate", learning_rate)
        if isinstance(given, Schedule):
            self.schedule = given
            self._rate = given(0)
        else:
            self._rate = given
        if clip_norm is not None:
            self.clip_norm = number(owner, "clip_norm", clip_norm, above=0)
        self.updates = 0
        self.state: dict[str, dict[str, npt.NDArray[Any]]] = {}

    @property
    def learning_rate(self) -> float:
        """The rate of the last step, before the first that of the first; it can be set.

        Where a schedule sets it, setting it by hand raises a ValueError.
        """
        return self._rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if self.schedule is not None:
            raise ValueError(
                f"{type(self).__name__}.learning_rate follows {self.schedule!r}, which would "
                f"overwrite {rate!r}. To set it by hand write optimizer.schedule = None first"
            )
        self._rate = number(type(self).__name__, "learning_rate", rate, above=0)

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the learning rate as it is now."""
        arguments = super().arguments()
        if self.schedule is not None and "learning_rate" in arguments:
            arguments["learning_rate"] = self.schedule
        return arguments

    def step(self, parameters: Parameters) -> None:
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
        """
        if type(parameters) is dict or isinstance(parameters, Mapping):
            named = parameters.items()
        else:
            named = dict(zip(map(str, count()), parameters, strict=False)).items()
        changed = []
        for name, parameter in named:
            if type(parameter) is not Node or parameter.operation is not None:
                raise TypeError(
                    f"{type(self).__name__}.step() expects leaf nodes, got "
                    f"{type(parameter).__name__} under {name!r}. Write for example "
                    "optimizer.step(network.parameters()) or optimizer.step([w, b])"
                )
            if parameter._value.dtype.kind == "c":
                raise TypeError(
                    f"{type(self).__name__}.step() expects real parameters, got {parameter.dtype} "
                    f"under {name!r}. Make the real and the imaginary part a parameter each, or "
                    "step by hand: z.value -= rate * np.conj(z.grad)"
                )
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
            self._rate = self.schedule(self.updates)
        self.updates += 1
        mark_changed(changed)
        if self._rate > PLAIN_RATE:
            self._update_all_far(named)
        else:
            self._update_all(named)

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
        for name, parameter in named:
            gradient = raw(parameter.grad)
            if gradient is None:
                continue
            value = parameter.value
            if type(value) is np.ndarray:
                self.update(value, gradient, name)
            else:
                entry = np.array(value)  # a scalar can't change in place
                self.update(entry, np.asarray(gradient), name)
                parameter.value = entry[()]

    def update(self, value: npt.NDArray[Any], gradient: npt.NDArray[Any], name: str) -> None:
        """Change one parameter's array in place.

        Parameters
        ----------
        value : ndarray
            The parameter.
        gradient : ndarray
            Its gradient, in the same shape and dtype; it is not changed.
        name : str
            Under which the optimizer remembers what it knows of the parameter.
        """
        keys = self.state_keys()
        state = dict(zip(keys, self.remembered(name, value, *keys), strict=True)) if keys else {}
        numbers = self.numbers(self._count(name))
        apply_rule(self.rule, value, gradient, state, numbers, elementwise=self.elementwise)

    def _count(self, name: str) -> int:
        """Which step of a parameter it is, where they are counted; else which step of all."""
        if "steps" not in (self.remembers or ()):
            return self.updates
        counter = self.state.setdefault(name, {}).setdefault("steps", np.zeros((), np.int64))
        counter += 1
        return int(counter)

    def state_keys(self) -> tuple[str, ...]:
        return tuple(key for key in self.remembers or () if key != "steps")

    def numbers(self, steps: int) -> dict[str, float]:
        return {"rate": self._rate}

    def rule(self, value: Any, gradient: Any, state: State, numbers: Numbers) -> Updated:
        raise NotImplementedError(f"{type(self).__name__} must define update(...)")

    # --- what is remembered -------------------------------------------------------------------

    def remembered(self, name: str, value: npt.NDArray[Any], *keys: str) -> list[npt.NDArray[Any]]:
        """Return what is remembered of a parameter, in its shape and dtype; zeros at first."""
        state = self.state.setdefault(name, {})
        arrays = []
        for key in keys:
            array = state.get(key)
            if array is None:
                array = state[key] = np.zeros_like(value)
            elif array.shape != value.shape:
                raise ValueError(
                    f"{type(self).__name__} remembers a parameter {name!r} of shape "
                    f"{array.shape}, got one of shape {value.shape}. Use a new optimizer for "
                    "a new network"
                )
            arrays.append(array)
        return arrays

    @property
    def remembers_steps(self) -> bool:
        """Whether the next step depends on steps that were made, other than those loaded."""
        return self.updates > self._loaded_updates and bool(self.state or self.schedule)

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of all that the next step depends on, beside the constructor's arguments.

        Returns
        -------
        dict of str to ndarray
            The number of steps so far under ``updates``, and what is remembered of each parameter
            under ``parameter/key``, such as ``0.weight/velocity``.
        """
        remembered = {
            f"{name}/{key}": array.copy()
            for name, state in self.state.items()
            for key, array in state.items()
        }
        return {"updates": np.array(self.updates, np.int64), **remembered}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Remember what `state_dict` returned; a schedule goes on from there.

        Raises
        ------
        ValueError
            If the keys are not those of such an optimizer; nothing is changed then.
        """
        loaded: dict[str, dict[str, npt.NDArray[Any]]] = {}
        updates = 0
        for path, array in state.items():
            name, slash, key = path.rpartition("/")
            if path == "updates":
                updates = int(np.asarray(array))
            elif not slash or (self.remembers is not None and key not in self.remembers):
                keys = "any key" if self.remembers is None else " or ".join(self.remembers)
                raise ValueError(
                    f"{type(self).__name__}.load_state_dict() expects 'updates', and "
                    f"'parameter/key' with {keys or 'no key, as it remembers nothing'}, "
                    f"found {path!r}"
                )
            else:
                loaded.setdefault(name, {})[key] = np.array(array)
        self.state = loaded
        self.updates = self._loaded_updates = updates
        if self.schedule is not None:
            self._rate = self.schedule(max(updates - 1, 0))
