"""Losses for numbers instead of classes."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from autograd_core import Node, absolute, mean, multiply, subtract

from ..formulas import Formulas
from .loss import Loss

__all__ = ["MeanAbsoluteError", "MeanSquaredError"]


class MeanSquaredError(Loss):
    """The mean of (prediction - label)^2 over all entries (lecture 003, "Gradient Descent").

    Examples
    --------
    >>> import numpy as np
    >>> from nn import MeanSquaredError
    >>> loss = MeanSquaredError()
    >>> loss.forward(np.array([[1.0], [2.0]]), np.array([[0.0], [4.0]]))
    2.5
    """

    short_name = "squared_error"
    formulas = Formulas("L = Σ (ŷ − y)² / n", ("E = 2 (ŷ − y) / n",))

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the mean squared error."""
        difference = subtract(prediction, label)
        return mean(multiply(difference, difference))


class MeanAbsoluteError(Loss):
    """The mean of |prediction - label| over all entries; its gradient is 0 where they are equal.

    Far-off samples weigh less than in `MeanSquaredError`: it leads to the median of the labels
    instead of their mean.

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
    formulas = Formulas("L = Σ |ŷ − y| / n", ("E = sign(ŷ − y) / n",))

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the mean absolute error."""
        return mean(absolute(subtract(prediction, label)))
