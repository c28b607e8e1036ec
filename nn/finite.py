"""Numbers that are not finite: no warning of NumPy's about a source line, but a sentence."""

from __future__ import annotations

import math
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .data.several import arrays_of

if TYPE_CHECKING:
    from .network import NeuralNetwork

__all__ = ["TrainingWarning"]

_OURS = ("nn", "autograd_core")


class TrainingWarning(UserWarning):
    """Something about a network or its training looks wrong; says what, and what helps.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork, TrainingWarning, Zeros
    >>> layers = [FullyConnected(2, 4, weight_initializer=Zeros()), FullyConnected(4, 1)]
    >>> network = NeuralNetwork(layers, loss="mse")
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always", TrainingWarning)
    ...     x, y = np.eye(2), np.ones((2, 1))
    ...     history = network.fit(x, y, epochs=1, batch_size=2, progress=False)
    >>> "starts with weights that are all zero" in str(said[0].message)
    True
    """


def warn(words: str) -> None:
    """Warn of trouble in training, at the line of the user's that led to it."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        level, frame = level + 1, frame.f_back
    warnings.warn(words, TrainingWarning, stacklevel=level)


def quiet() -> np.errstate:
    """Keep NumPy from warning in a with block: whoever opens it looks at the result."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore")


def is_finite(array: npt.NDArray[Any]) -> bool:
    """Whether all entries are; expects `quiet`."""
    # One pass and no temporary array, unless the sum overflows.
    return math.isfinite(float(np.add.reduce(array, None))) or bool(np.isfinite(array).all())


def cast(owner: object, array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return a copy in another floating-point type, or raise where finite entries don't fit it."""
    with quiet():
        result = np.array(array, dtype=dtype, order="C")
        if result.dtype.kind != "f" or is_finite(result):
            return result
    beyond = np.isfinite(array) & ~np.isfinite(result)
    if beyond.any():
        place = tuple(int(index[0]) for index in np.nonzero(beyond))
        raise ValueError(
            f"{owner} holds {np.asarray(array)[place]}{f' at index {place}' if place else ''}, "
            f"which is beyond {np.finfo(result.dtype).max:.3g}, the largest {result.dtype}. Write "
            "smaller numbers, or NeuralNetwork(..., dtype=np.float64)"
        )
    return result


def say_not_finite(
    network: NeuralNetwork, owner: str, x: Any, result: npt.NDArray[Any], loss: float | None = None
) -> None:
    """Warn that what a network gives is not finite, and from where that comes; once per cause."""
    wrong = ~np.isfinite(result).reshape(len(result), -1).all(axis=1)
    if not wrong.any():
        if loss is not None and "loss" not in network.said_not_finite:
            network.said_not_finite.add("loss")
            warn(
                f"{owner}: the loss is {loss}, though the predictions are finite: they are too far "
                "from the labels. Scale both to about 1"
            )
        return
    key, cause = _cause(network, [np.asarray(array)[wrong] for array in arrays_of(x)])
    if key in network.said_not_finite:
        return
    network.said_not_finite.add(key)
    warn(
        f"{owner} gives nan or infinity for {np.count_nonzero(wrong)} of {len(result)} samples, "
        f"the first at index {int(np.argmax(wrong))}: {cause}"
    )


def _cause(network: NeuralNetwork, samples: list[npt.NDArray[Any]]) -> tuple[str, str]:
    sizes = {name: float(np.abs(node.value).max()) for name, node in network.parameters().items()}
    for name, size in sizes.items():
        if not math.isfinite(size):
            return "parameters", (
                f"the parameter {name!r} is not finite, as after training that has diverged. "
                "Train anew, with a smaller learning rate"
            )
    if not all(np.isfinite(array).all() for array in samples):
        return "samples", "they are not finite themselves"
    largest = np.finfo(network.dtype).max
    name = max(sizes, key=sizes.__getitem__, default="")
    low, high = min(float(x.min()) for x in samples), max(float(x.max()) for x in samples)
    if name and sizes[name] > max(abs(low), abs(high)):
        return "parameters", (
            f"the parameter {name!r} goes up to {sizes[name]:.3g}, as after training that has "
            "diverged. Train anew, with a smaller learning rate"
        )
    return "overflow", (
        f"they go from {low:.4g} to {high:.4g}, and {network.dtype} ends at "
        f"{largest:.3g}. Scale them as the samples that the network has learned from"
    )
