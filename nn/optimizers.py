"""Optimizers: how a gradient changes a parameter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node

from .registry import Configurable

_BLOCK = 2**16
"""Entries that are updated at a time."""

Parameters = Mapping[str, Node] | Iterable[Node]
State = dict[str, npt.NDArray[Any]]


class Optimizer(Configurable):
    """Changes parameters by their gradients, one `step` per batch.

    A subclass says in `update` what happens to one parameter.
    """

    kind: ClassVar[str] = "optimizer"
    learning_rate: float

    def __init__(self) -> None:
        self.state: dict[str, State] = {}

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
            If something else than a leaf is among them.
        """
        named = parameters.items() if isinstance(parameters, Mapping) else enumerate(parameters)
        for name, parameter in named:
            if type(parameter) is not Node or parameter.operation is not None:
                raise TypeError(
                    f"{type(self).__name__}.step() expects leaf nodes, got "
                    f"{type(parameter).__name__} under {name!r}. Write for example "
                    "optimizer.step(network.parameters()) or optimizer.step([w, b])"
                )
            gradient = parameter.grad
            if gradient is None:
                continue
            if type(gradient) is Node:
                gradient = gradient.value
            value = parameter.value
            if type(value) is np.ndarray:
                self.update(value, gradient, str(name))
            else:
                entry = np.array(value)  # a scalar can't change in place
                self.update(entry, np.asarray(gradient), str(name))
                parameter.value = entry[()]

    def update(self, value: npt.NDArray[Any], gradient: npt.NDArray[Any], name: str) -> None:
        """Change one parameter's array in place.

        Parameters
        ----------
        value : ndarray
            The parameter.
        gradient : ndarray
            Its gradient, in the same shape and dtype.
        name : str
            Under which the optimizer remembers what it knows of the parameter.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update(...)")

    def remembered(self, name: str, value: npt.NDArray[Any], *keys: str) -> list[npt.NDArray[Any]]:
        """Return what is remembered of a parameter; zeros at first."""
        state = self.state.setdefault(name, {})
        for key in keys:
            if key not in state:
                state[key] = np.zeros_like(value)
            elif state[key].shape != value.shape:
                raise ValueError(
                    f"{type(self).__name__} remembers a parameter {name!r} of shape "
                    f"{state[key].shape}, got one of shape {value.shape}. Use a new optimizer for "
                    "a new network"
                )
        return [state[key] for key in keys]

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of all that the optimizer remembers, under ``parameter/key``."""
        return {
            f"{name}/{key}": array.copy()
            for name, state in self.state.items()
            for key, array in state.items()
        }

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Remember what `state_dict` returned."""
        loaded: dict[str, State] = {}
        for path, array in state.items():
            name, slash, key = path.rpartition("/")
            if not slash:
                raise ValueError(f"expected keys like '0.weight/velocity', found {path!r}")
            loaded.setdefault(name, {})[key] = np.array(array)
        self.state = loaded


def positive_number(owner: str, name: str, value: float, *, zero: bool = False) -> float:
    """Return a finite number above 0 (or from 0) as a Python float, or raise.

    A NumPy float64 among float32 weights would turn them into float64.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and (number > 0 or (zero and number == 0))):
        bound = "from 0" if zero else "above 0"
        raise ValueError(f"{owner}({name}) expects a finite number {bound}, got {value!r}")
    return number


def _fraction(owner: str, name: str, value: float) -> float:
    number = positive_number(owner, name, value, zero=True)
    if number >= 1:
        raise ValueError(f"{owner}({name}) expects a number from 0 to below 1, got {value!r}")
    return number


class SGD(Optimizer):
    """Stochastic gradient descent: w <- w - learning_rate * dL/dw.

    Parameters
    ----------
    learning_rate : float, default 0.1
        eta.
    momentum : float, default 0
        Share of the last step's velocity that is kept.

    References
    ----------
    Lecture 000, "SGD"; lecture 003, "1D Gradient Descent".

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

    def __init__(self, learning_rate: float = 0.1, momentum: float = 0.0) -> None:
        super().__init__()
        self.learning_rate = positive_number("SGD", "learning_rate", learning_rate)
        self.momentum = _fraction("SGD", "momentum", momentum)

    def update(self, value: npt.NDArray[Any], gradient: npt.NDArray[Any], name: str) -> None:
        """Change one parameter's array in place."""
        if self.momentum:
            (velocity,) = self.remembered(name, value, "velocity")
            velocity *= self.momentum
            velocity += gradient
            gradient = velocity
        if value.size <= _BLOCK:
            value -= self.learning_rate * gradient
            return
        # A few rows at a time: the product stays in the cache and takes next to no memory.
        rows = max(1, _BLOCK * len(value) // value.size)
        for start in range(0, len(value), rows):
            block = slice(start, start + rows)
            value[block] -= self.learning_rate * gradient[block]


class Adam(Optimizer):
    """Steps of about the learning rate, whatever the size of the gradient.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Size of a step.
    beta1, beta2 : float, default 0.9 and 0.999
        How much of the running means of the gradient and of its square is kept.
    epsilon : float, default 1e-8
        Keeps the division from 0.

    References
    ----------
    D. Kingma and J. Ba, "Adam: A method for stochastic optimization", ICLR 2015, algorithm 1.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__()
        self.learning_rate = positive_number("Adam", "learning_rate", learning_rate)
        self.beta1 = _fraction("Adam", "beta1", beta1)
        self.beta2 = _fraction("Adam", "beta2", beta2)
        self.epsilon = positive_number("Adam", "epsilon", epsilon)

    def update(self, value: npt.NDArray[Any], gradient: npt.NDArray[Any], name: str) -> None:
        """Change one parameter's array in place."""
        mean, square = self.remembered(name, value, "mean", "square")
        counter = self.state[name].setdefault("steps", np.zeros((), np.int64))
        counter += 1
        steps = int(counter)
        mean *= self.beta1
        mean += (1.0 - self.beta1) * gradient
        square *= self.beta2
        square += (1.0 - self.beta2) * (gradient * gradient)
        # Both running means start at 0; this undoes the pull towards it.
        rate = self.learning_rate / (1.0 - self.beta1**steps)
        scale = np.sqrt(square)
        scale *= 1.0 / math.sqrt(1.0 - self.beta2**steps)
        scale += self.epsilon
        value -= rate * mean / scale
