"""Losses for numbers instead of classes."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from autograd_core import Node, absolute, mean, minimum, multiply, sqrt, subtract, sum
from autograd_core import maximum as larger

from ..checks import number
from ..formulas import Formulas
from .loss import _Averaged

__all__ = ["CosineLoss", "HuberLoss", "MeanAbsoluteError", "MeanSquaredError"]

_LEAST_NORM = 1e-8


class MeanSquaredError(_Averaged):
    """The mean of (prediction - label)^2 over all entries (lecture 003, "Gradient Descent").

    Predictions and labels have the same shape, (samples, ...).

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the entries are averaged or summed.

    Raises
    ------
    ValueError
        If `reduction` is not one of those; when called, if the labels are not in the shape of the
        prediction.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import MeanSquaredError
    >>> loss = MeanSquaredError()
    >>> loss.forward(np.array([[1.0], [2.0]]), np.array([[0.0], [4.0]]))
    2.5
    >>> loss.backward()
    array([[ 1.],
           [-2.]])
    """

    short_name = "squared_error"
    formulas = Formulas("L = Σ (ŷ − y)²", ("E = 2 (ŷ − y)",))

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the mean squared error."""
        terms = self.terms(prediction, label)
        return mean(terms) if self.reduction == "mean" else sum(terms)

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the square of each difference."""
        difference = subtract(prediction, label)
        return multiply(difference, difference)


class MeanAbsoluteError(_Averaged):
    """The mean of |prediction - label| over all entries; its gradient is 0 where they are equal.

    Predictions and labels have the same shape, (samples, ...).

    Far-off samples weigh less than in `MeanSquaredError`: it leads to the median of the labels
    instead of their mean.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the entries are averaged or summed.

    Raises
    ------
    ValueError
        If `reduction` is not one of those; when called, if the labels are not in the shape of the
        prediction.

    References
    ----------
    scikit-learn's mean_absolute_error, PyTorch's L1Loss.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import MeanAbsoluteError
    >>> loss = MeanAbsoluteError()
    >>> loss.forward(np.array([[1.0], [2.0]]), np.array([[0.0], [4.0]]))
    1.5
    >>> loss.backward()
    array([[ 0.5],
           [-0.5]])
    """

    short_name = "absolute_error"
    formulas = Formulas("L = Σ |ŷ − y|", ("E = sign(ŷ − y)",))

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute each distance."""
        return absolute(subtract(prediction, label))


class HuberLoss(_Averaged):
    """Half the square of small differences, and a straight line from `delta` on.

    Predictions and labels have the same shape, (samples, ...).

    As smooth at the label as `MeanSquaredError`, and as little drawn to far-off samples as
    `MeanAbsoluteError`.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the entries are averaged or summed.
    delta : float, default 1
        Where the square ends; the line goes on with that slope.

    Raises
    ------
    ValueError
        If `reduction` is not one of those, or delta not above 0; when called, if the labels are not
        in the shape of the prediction.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35,
    1964; PyTorch's HuberLoss.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import HuberLoss
    >>> loss = HuberLoss("sum")
    >>> loss.forward(np.array([[0.5], [3.0]]), np.array([[0.0], [0.0]]))
    2.625
    >>> loss.backward()
    array([[0.5],
           [1. ]])
    """

    short_name = "huber"
    formulas = Formulas(
        "L = Σ ((ŷ − y)² / 2 where |ŷ − y| ≤ δ, else δ (|ŷ − y| − δ / 2))",
        ("E = max(−δ, min(ŷ − y, δ))",),
    )

    def __init__(self, reduction: str = "mean", *, delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = number("HuberLoss", "delta", delta, above=0)

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute what each difference costs."""
        distance = absolute(subtract(prediction, label))
        near = minimum(distance, self.delta)
        return multiply(near, distance - near * 0.5)


class CosineLoss(_Averaged):
    """1 - the cosine of the angle between prediction and label: 0 where they point the same way.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the samples are averaged or summed.

    Raises
    ------
    ValueError
        If `reduction` is not one of those; when called, if the labels are not in the shape of the
        prediction.

    Notes
    -----
    The vectors lie along the last axis. The length of neither counts; one shorter than 1e-8 is
    taken for that long.

    References
    ----------
    PyTorch's CosineEmbeddingLoss of pairs that are alike.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import CosineLoss
    >>> loss = CosineLoss()
    >>> loss.forward(np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    0.5
    >>> loss.backward() + 0.0
    array([[ 0. ,  0. ],
           [-0.5,  0. ]])
    """

    formulas = Formulas("L = Σ (1 − cos(ŷ, y))")

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute one minus the cosine of each pair."""
        along = sum(multiply(prediction, label), axis=-1)
        return 1.0 - along / multiply(_length(prediction), _length(label))


def _length(x: Any) -> Any:
    return sqrt(larger(sum(multiply(x, x), axis=-1), _LEAST_NORM**2))
