"""Metrics of numbers, and plain functions as metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import name_of, of_prediction_and_label
from ..losses import Loss
from .metric import Array, Metric, ratio, weights_of

__all__ = ["R2", "AbsoluteError", "SquaredError"]


_COSTS = ("error", "loss", "mae", "mse", "distance", "deviance", "perplexity", "cost")
"""Of a function with such a name less is better."""


def _as_label(prediction: Array, label: Array) -> tuple[Array, Array]:
    """Return both in float64, the label as rows where it is classes."""
    if label.shape != prediction.shape:
        if label.size == prediction.size:
            label = label.reshape(prediction.shape)
        else:
            label = label[..., None] == np.arange(prediction.shape[-1])
    return prediction.astype(np.float64), label.astype(np.float64)


class AbsoluteError(Metric):
    """The mean of |prediction - label| over all entries.

    Of predictions and labels of one shape, (samples, ...).

    References
    ----------
    scikit-learn's mean_absolute_error.

    Examples
    --------
    >>> from nn import AbsoluteError
    >>> AbsoluteError()([[1.0], [2.0]], [[0.0], [4.0]])
    1.5
    """

    name = "mean_absolute_error"
    grows = False

    def counts(self, prediction: Array, label: Array, weight: Array | None, loss: Loss) -> Array:
        """Sum the distances, and the weights."""
        said, right = _as_label(prediction, label)
        weights = weights_of(said.shape, weight)
        return np.array([np.sum(weights * self.of(said - right)), weights.sum()])

    def of(self, difference: Array) -> Array:
        """Return what a difference counts."""
        return np.abs(difference)

    def figure(self, counted: Array) -> float:
        """Return the mean."""
        return float(ratio(*counted))


class SquaredError(AbsoluteError):
    """The mean of (prediction - label)^2 over all entries.

    Of predictions and labels of one shape, (samples, ...).

    References
    ----------
    scikit-learn's mean_squared_error.

    Examples
    --------
    >>> from nn import SquaredError
    >>> SquaredError()([[1.0], [2.0]], [[0.0], [4.0]])
    2.5
    """

    name = "mean_squared_error"

    def of(self, difference: Array) -> Array:
        """Return the square."""
        return difference * difference


class R2(Metric):
    """The coefficient of determination: 1 - the squared errors over those of the mean label.

    Of predictions and labels of one shape, (samples, ...).

    1 is perfect, 0 as good as the mean of the labels. Of several outputs it is the mean.

    Notes
    -----
    Where all labels are the same it is 1 if they are predicted exactly, else 0, as scikit-learn's
    r2_score has it.

    Examples
    --------
    >>> from nn import R2
    >>> R2()([[1.0], [2.0], [3.5]], [[1.0], [2.0], [3.0]])
    0.875
    """

    name = "r2"

    def counts(self, prediction: Array, label: Array, weight: Array | None, loss: Loss) -> Array:
        """Return per output: weight, mean label, squared distances from it, squared errors."""
        said, right = _as_label(prediction, label)
        outputs = said.shape[-1] if said.ndim > 1 else 1
        weights = weights_of(said.shape, weight).reshape(-1, outputs)
        said, right = said.reshape(-1, outputs), right.reshape(-1, outputs)
        total = weights.sum(axis=0)
        mean = ratio((weights * right).sum(axis=0), total)
        spread = (weights * (right - mean) ** 2).sum(axis=0)
        return np.stack([total, mean, spread, (weights * (said - right) ** 2).sum(axis=0)])

    def joined(self, one: Array, other: Array) -> Array:
        """Return what was counted in both, by the update of T. Chan et al., 1979."""
        total = one[0] + other[0]
        apart = other[1] - one[1]
        mean = one[1] + apart * ratio(other[0], total)
        spread = one[2] + other[2] + apart**2 * ratio(one[0] * other[0], total)
        return np.stack([total, mean, spread, one[3] + other[3]])

    def figure(self, counted: Array) -> float:
        """Return the mean over the outputs."""
        _, _, spread, errors = counted
        constant = np.where(errors == 0.0, 1.0, 0.0)
        return float(np.mean(np.where(spread == 0.0, constant, 1.0 - ratio(errors, spread))))


class FunctionMetric(Metric):
    """A plain function of all predictions and labels of an epoch, kept until its end.

    Parameters
    ----------
    function : callable
        ``function(prediction, label)`` returns a number. What has no weight is left out; other
        weights it is not told. More is better, unless its name says error, loss, distance, ...
    """

    def __init__(self, function: Callable[[Array, Array], Any]) -> None:
        self.function = function
        self._function = of_prediction_and_label(function)
        self.name = name_of(function, "metric")
        self.grows = not any(word in self.name.lower() for word in _COSTS)

    def kept(self, prediction: Array, label: Array, weight: Array | None) -> tuple[Array, Array]:
        """Return what the function is to see of a batch."""
        if weight is None or np.all(weight > 0):
            return np.array(prediction), np.array(label)
        return prediction[weight > 0], label[weight > 0]

    def of_all(self, prediction: Array, label: Array) -> Any:
        """Return what the function says, a number or an array of them."""
        try:
            found = np.asarray(self._function(prediction, label))
        except Exception as error:
            error.add_note(
                f"the metric {self.name} gets predictions as the network gives them, of shape "
                f"{prediction.shape}, and labels of shape {label.shape}. Of classes write for "
                f"example lambda prediction, label: {self.name}(label, prediction.argmax(axis=-1))"
            )
            raise
        if found.dtype.kind not in "fiub":
            raise TypeError(
                f"the metric {self.name} is to return a number, got {found.dtype} of shape "
                f"{found.shape}"
            )
        return found.astype(np.float64) if found.ndim else float(found)
