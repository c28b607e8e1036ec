"""Losses that want a margin: what is right by more than that costs nothing."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from autograd_core import Node, multiply, relu, subtract, sum, where

from ..checks import number
from ..formulas import Formulas
from .binary import _Binary
from .loss import _Averaged

__all__ = ["HingeLoss", "MultiClassHingeLoss"]


class HingeLoss(_Binary):
    """max(0, margin - y s), of scores s for labels y that are 1 for yes, 0 or -1 for no.

    Predictions have the shape (samples, outputs), and labels too, or (samples,) for one output.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the entries are averaged or summed.
    margin : float, default 1
        From which score on what is right costs nothing. Its gradient there is 0.

    Raises
    ------
    ValueError
        If `reduction` is not one of those, or the margin not above 0; when called, if the labels
        are not from -1 to 1 in the shape of the prediction.

    References
    ----------
    C. Cortes and V. Vapnik, "Support-vector networks", Machine Learning 20, 1995.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import HingeLoss
    >>> loss = HingeLoss("sum")
    >>> loss.forward(np.array([[2.0], [0.5]]), [1, -1])
    1.5
    >>> loss.forward(np.array([[2.0], [0.5]]), [1, 0])
    1.5
    >>> loss.backward()
    array([[-0.],
           [ 1.]])
    """

    sums_outputs = False
    threshold = 0.0
    lowest = -1.0
    formulas = Formulas("L = Σ max(0, Δ − t ⊙ X)", ("E = −t where Δ − t ⊙ X > 0, else 0",))

    def __init__(self, reduction: str = "mean", *, margin: float = 1.0) -> None:
        super().__init__(reduction)
        self.margin = number("HingeLoss", "margin", margin, above=0)

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute how far each score is from its margin."""
        sign = where(label > 0.0, 1.0, -1.0).astype(prediction.dtype)
        return relu(subtract(self.margin, multiply(sign, prediction)))


class MultiClassHingeLoss(_Averaged):
    """sum max(0, margin + s_c - s_y) over the other classes c, of scores s: the loss of an SVM.

    Predictions have the shape (samples, classes), or (samples, ..., classes); labels are
    integers without that last axis, or rows in that shape.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the samples are averaged or summed.
    margin : float, default 1
        By how much the right class shall lead. The gradient is 0 where it just does.

    Raises
    ------
    ValueError
        If `reduction` is not one of those, or the margin not above 0; when called, if the labels
        fit the prediction neither as whole numbers from 0 to classes - 1 nor in its shape.

    References
    ----------
    J. Weston and C. Watkins, "Support vector machines for multi-class pattern recognition", ESANN
    1999; CS231n, "Linear classification". PyTorch's MultiMarginLoss divides it by the number of
    classes.

    Examples
    --------
    CS231n's example:

    >>> import numpy as np
    >>> from nn import MultiClassHingeLoss
    >>> loss = MultiClassHingeLoss(margin=10.0)
    >>> loss.forward(np.array([[13.0, -7.0, 11.0]]), [0])
    8.0
    >>> loss.backward()
    array([[-1.,  0.,  1.]])
    """

    classifies = True
    formulas = Formulas("L = Σ (1 − y) ⊙ max(0, Δ + X − s)")

    def __init__(self, reduction: str = "mean", *, margin: float = 1.0) -> None:
        super().__init__(reduction)
        self.margin = number("MultiClassHingeLoss", "margin", margin, above=0)

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute by how much the margins of each sample are missed."""
        right = sum(multiply(prediction, label), axis=-1, keepdims=True)
        missed = relu(prediction - right + self.margin)
        return sum(multiply(subtract(1.0, label), missed), axis=-1)
