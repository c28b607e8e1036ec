"""How weights and biases start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .checks import choice, number
from .finite import cast
from .registry import Configurable

__all__ = [
    "Constant", "He", "Initializer", "LeCun", "Normal", "Uniform", "UniformFanIn", "Xavier",
    "Zeros",
]  # fmt: skip


_LEFT: ContextVar[list[int] | None] = ContextVar("left", default=None)
"""How many numbers may be made where all are about to be replaced, inside of `only_zeros`."""


@contextmanager
def only_zeros(most: int) -> Iterator[None]:
    """Let initializers make zeros, at most so many: what they make is about to be replaced.

    So the layers of a file have their parameters before its numbers are read, and can't ask for
    more of them than the file holds.

    Examples
    --------
    >>> import numpy as np
    >>> with only_zeros(4):
    ...     He()((2, 2), np.random.default_rng(0), np.float32).sum()
    np.float32(0.0)
    """
    token = _LEFT.set([most])
    try:
        yield
    finally:
        _LEFT.reset(token)


class Initializer(Configurable):
    """Makes the starting values of a parameter from a random generator.

    A subclass says in `draw` what they are.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, Initializer, NeuralNetwork
    >>> class Identity(Initializer):
    ...     def draw(self, shape, generator):
    ...         return np.eye(*shape)
    >>> network = NeuralNetwork([FullyConnected(2, 2, weight_initializer=Identity())])
    >>> network.layers[0].weight.value
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    kind: ClassVar[str] = "initializer"

    def __call__(
        self, shape: tuple[int, ...], generator: np.random.Generator, dtype: npt.DTypeLike
    ) -> npt.NDArray[Any]:
        """Return the starting values.

        Parameters
        ----------
        shape : tuple of int
            Shape of the parameter; for weights (inputs, outputs), for kernels a `KernelShape`.
        generator : numpy.random.Generator
            Source of randomness.
        dtype : dtype
            Type of the result.

        Returns
        -------
        ndarray
            The values.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import Normal
        >>> Normal(0.0, 1.0)((2, 2), np.random.default_rng(0), np.float32).round(3)
        array([[ 0.126, -0.132],
               [ 0.64 ,  0.105]], dtype=float32)
        """
        if (left := _LEFT.get()) is not None:
            left[0] -= math.prod(shape)
            if left[0] < 0:
                raise ValueError(
                    "expected layers that ask for no more parameters than there are numbers, found "
                    f"one that asks for {' x '.join(map(str, shape))}"
                )
            return np.zeros(shape, dtype)
        # Drawn in float64 whatever the dtype, so that one seed gives one network in both.
        return cast(self, np.asarray(self.draw(shape, generator)), dtype)

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return the starting values in float64."""
        raise NotImplementedError(f"{type(self).__name__} must define draw(self, shape, generator)")


class KernelShape(tuple[int, ...]):
    """The shape of kernels, (outputs, inputs, height, width), where weights are (inputs, outputs).

    Each entry of an image is met by height x width entries of a kernel, which counts for `fans`.
    """


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the numbers of inputs and outputs of a unit; a bias counts as its own.

    Examples
    --------
    >>> fans((784, 10)), fans(KernelShape((8, 1, 5, 5)))
    ((784, 10), (25, 200))
    """
    if isinstance(shape, KernelShape):
        taps = math.prod(shape[2:])
        return shape[1] * taps, shape[0] * taps
    if not shape:
        return 1, 1
    return math.prod(shape[:-1]) or 1, shape[-1]


class Zeros(Initializer):
    """All zeros: right for biases.

    For weights it leaves all units of a layer equal for ever, and their gradients zero (lecture
    002 names exploding gradients instead; that is a slip).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Zeros
    >>> generator = np.random.default_rng(0)
    >>> Zeros()((3,), generator, np.float32)
    array([0., 0., 0.], dtype=float32)
    """

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return the starting values in float64."""
        return np.zeros(shape)


class Constant(Initializer):
    """The same value everywhere, such as a small positive bias for ReLU (lecture 003).

    Parameters
    ----------
    value : float
        The value.

    Raises
    ------
    ValueError
        If the value is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Constant
    >>> generator = np.random.default_rng(0)
    >>> Constant(0.1)((3,), generator, np.float32)
    array([0.1, 0.1, 0.1], dtype=float32)
    """

    def __init__(self, value: float) -> None:
        self.value = number("Constant", "value", value)

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return the starting values in float64."""
        return np.full(shape, self.value)


class Uniform(Initializer):
    """Uniformly distributed between two bounds (lecture 002).

    Parameters
    ----------
    low, high : float
        The bounds.

    Raises
    ------
    ValueError
        If `low` is above `high`.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Uniform
    >>> generator = np.random.default_rng(0)
    >>> round(float(Uniform(-1.0, 2.0)((100, 100), generator, np.float32).mean()), 1)
    0.5
    """

    def __init__(self, low: float, high: float) -> None:
        self.low = number("Uniform", "low", low)
        self.high = number("Uniform", "high", high)
        if self.low > self.high:
            raise ValueError(f"Uniform(low, high) expects low <= high, got {low} and {high}")

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return the starting values in float64."""
        # Half of each, for the distance between the bounds may be beyond float64.
        if not math.isfinite(self.high - self.low):
            return 2.0 * generator.uniform(self.low / 2.0, self.high / 2.0, shape)
        return generator.uniform(self.low, self.high, shape)


class UniformFanIn(Initializer):
    """Uniformly distributed from -1/n to 1/n, where n is the number of inputs of a unit.

    Each layer shrinks the spread to 1 / sqrt(3 n) of what it was, so gradients vanish, as the
    lecture says; `He` and `Xavier` are better. For a bias n is 1.

    References
    ----------
    Lecture 002, "Initialization": "Uniform distribution with negative values, e.g. in range
    [-1/n, 1/n]".

    Examples
    --------
    >>> import numpy as np
    >>> from nn import UniformFanIn
    >>> values = UniformFanIn()((100, 5), np.random.default_rng(0), np.float64)
    >>> bool(np.abs(values).max() <= 1 / 100)
    True
    """

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return the starting values in float64."""
        bound = 1.0 / fans(shape)[0]
        return generator.uniform(-bound, bound, shape)


class Normal(Initializer):
    """Normally distributed.

    Parameters
    ----------
    mean, std : float, default 0 and 0.4
        Mean and standard deviation; the defaults are lecture 003's second example.

    Raises
    ------
    ValueError
        If the mean is not finite, or the standard deviation below 0.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Normal
    >>> generator = np.random.default_rng(0)
    >>> round(float(Normal(0.0, 0.4)((100, 100), generator, np.float32).std()), 1)
    0.4
    """

    def __init__(self, mean: float = 0.0, std: float = 0.4) -> None:
        self.mean = number("Normal", "mean", mean)
        self.std = number("Normal", "std", std, least=0)

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return the starting values in float64."""
        return generator.normal(self.mean, self.std, shape)


class _Scaled(Initializer):
    """Zero mean and a spread that depends on the numbers of inputs and outputs."""

    def __init__(self, distribution: str = "normal") -> None:
        owner = type(self).__name__
        self.distribution = choice(owner, "distribution", distribution, ("normal", "uniform"))

    def std(self, shape: tuple[int, ...]) -> float:
        """Return the standard deviation for a parameter of this shape."""
        raise NotImplementedError

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return the starting values in float64."""
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

    Raises
    ------
    ValueError
        If `distribution` is not one of those.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.

    Examples
    --------
    >>> from nn import Xavier
    >>> Xavier().std((2, 6))
    0.5
    """

    def std(self, shape: tuple[int, ...]) -> float:
        """Return sqrt(2 / (inputs + outputs))."""
        return math.sqrt(2.0 / sum(fans(shape)))


class He(_Scaled):
    """Variance 2 / inputs: keeps the spread through ReLU layers.

    Parameters
    ----------
    distribution : {"normal", "uniform"}, default "normal"
        Shape of the distribution.

    Raises
    ------
    ValueError
        If `distribution` is not one of those.

    References
    ----------
    Lecture 003, "Weight Initialisation": sigma = sqrt(2 / n_i). K. He et al., "Delving deep into
    rectifiers", ICCV 2015.

    Examples
    --------
    >>> from nn import He
    >>> He().std((2, 4))
    1.0
    """

    def std(self, shape: tuple[int, ...]) -> float:
        """Return sqrt(2 / inputs)."""
        return math.sqrt(2.0 / fans(shape)[0])


class LeCun(_Scaled):
    """Variance 1 / inputs: what `SELU` expects, and what keeps the spread of sums alone.

    Parameters
    ----------
    distribution : {"normal", "uniform"}, default "normal"
        Shape of the distribution.

    Raises
    ------
    ValueError
        If `distribution` is not one of those.

    References
    ----------
    Y. LeCun et al., "Efficient BackProp", 1998, eq. 16. G. Klambauer et al., "Self-Normalizing
    Neural Networks", NeurIPS 2017.

    Examples
    --------
    >>> from nn import LeCun
    >>> LeCun().std((4, 2))
    0.5
    """

    def std(self, shape: tuple[int, ...]) -> float:
        """Return sqrt(1 / inputs)."""
        return math.sqrt(1.0 / fans(shape)[0])
