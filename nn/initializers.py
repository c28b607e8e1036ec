"""How weights and biases start."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .registry import Configurable


class Initializer(Configurable):
    """Makes the starting values of a parameter from a random generator."""

    kind: ClassVar[str] = "initializer"

    def __call__(
        self, shape: tuple[int, ...], generator: np.random.Generator, dtype: npt.DTypeLike
    ) -> npt.NDArray[Any]:
        """Return the starting values.

        Parameters
        ----------
        shape : tuple of int
            Shape of the parameter; for weights (inputs, outputs).
        generator : numpy.random.Generator
            Source of randomness.
        dtype : dtype
            Type of the result.

        Returns
        -------
        ndarray
            The values.
        """
        # Drawn in float64 whatever the dtype, so that one seed gives one network in both.
        return np.asarray(self._draw(shape, generator)).astype(dtype)

    def _draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        raise NotImplementedError


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the numbers of inputs and outputs of a unit; a bias counts as its own."""
    if not shape:
        return 1, 1
    return math.prod(shape[:-1]) or 1, shape[-1]


class Zeros(Initializer):
    """All zeros: right for biases.

    For weights it leaves all units of a layer equal for ever, and their gradients zero (lecture
    002 names exploding gradients instead; that is a slip).
    """

    def _draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        return np.zeros(shape)


class Constant(Initializer):
    """The same value everywhere, such as a small positive bias for ReLU (lecture 003).

    Parameters
    ----------
    value : float
        The value.
    """

    def __init__(self, value: float) -> None:
        self.value = float(value)

    def _draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        return np.full(shape, self.value)


class Uniform(Initializer):
    """Uniformly distributed between two bounds (lecture 002).

    Parameters
    ----------
    low, high : float
        The bounds.
    """

    def __init__(self, low: float, high: float) -> None:
        self.low = float(low)
        self.high = float(high)
        if not self.low <= self.high:
            raise ValueError(f"Uniform(low, high) expects low <= high, got {low} and {high}")

    def _draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        return generator.uniform(self.low, self.high, shape)


class Normal(Initializer):
    """Normally distributed.

    Parameters
    ----------
    mean, std : float, default 0 and 0.4
        Mean and standard deviation; the defaults are lecture 003's second example.
    """

    def __init__(self, mean: float = 0.0, std: float = 0.4) -> None:
        self.mean = float(mean)
        self.std = float(std)
        if not self.std >= 0:
            raise ValueError(f"Normal(mean, std) expects std >= 0, got {std}")

    def _draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        return generator.normal(self.mean, self.std, shape)


class _Scaled(Initializer):
    """Zero mean and a spread that depends on the numbers of inputs and outputs."""

    def __init__(self, distribution: str = "normal") -> None:
        if distribution not in ("normal", "uniform"):
            raise ValueError(
                f"{type(self).__name__}(distribution) expects 'normal' or 'uniform', "
                f"got {distribution!r}"
            )
        self.distribution = distribution

    def std(self, shape: tuple[int, ...]) -> float:
        """Return the standard deviation for a parameter of this shape."""
        raise NotImplementedError

    def _draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        std = self.std(shape)
        if self.distribution == "normal":
            return generator.normal(0.0, std, shape)
        bound = math.sqrt(3.0) * std  # of a uniform distribution with that standard deviation
        return generator.uniform(-bound, bound, shape)


class Xavier(_Scaled):
    """Variance 2 / (inputs + outputs): keeps the spread through tanh and sigmoid layers.

    Parameters
    ----------
    distribution : {"normal", "uniform"}, default "normal"
        Shape of the distribution.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """

    def std(self, shape: tuple[int, ...]) -> float:
        """Return sqrt(2 / (inputs + outputs))."""
        return math.sqrt(2.0 / sum(_fans(shape)))


class He(_Scaled):
    """Variance 2 / inputs: keeps the spread through ReLU layers.

    Parameters
    ----------
    distribution : {"normal", "uniform"}, default "normal"
        Shape of the distribution.

    References
    ----------
    Lecture 003, "Weight Initialisation": sigma = sqrt(2 / n_i). K. He et al., "Delving deep into
    rectifiers", ICCV 2015.

    Examples
    --------
    >>> He().std((2, 4))
    1.0
    """

    def std(self, shape: tuple[int, ...]) -> float:
        """Return sqrt(2 / inputs)."""
        return math.sqrt(2.0 / _fans(shape)[0])
