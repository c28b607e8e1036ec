"""Cross entropy over classes, of which each sample has one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, add, log, sum
from autograd_core.joined_loss import cross_entropy_of_scores

from ..formulas import Formulas
from .loss import _ReducedLoss

__all__ = ["CrossEntropyLoss", "SoftMaxCrossEntropyLoss"]


class CrossEntropyLoss(_ReducedLoss):
    """-sum ln(y_hat + eps) where y = 1, from probabilities such as SoftMax gives.

    Parameters
    ----------
    reduction : {"sum", "mean"}, default "sum"
        Whether the batch is summed, as in the lecture, or averaged.

    Notes
    -----
    eps is the machine epsilon of the prediction's dtype. The gradient is -y / (y_hat + eps); the
    lecture says that eps cancels out, which is not the derivative of its equation (12).

    References
    ----------
    Lecture 000, eqs. (12) and (13); lecture 002, "Loss", where the minus sign is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import CrossEntropyLoss
    >>> loss = CrossEntropyLoss()
    >>> round(loss.forward(np.array([[0.25, 0.75]]), np.array([[0.0, 1.0]])), 6)
    0.287682
    >>> loss.backward().round(4)
    array([[-0.    , -1.3333]])
    """

    classifies = True
    advice_on_scores = "Put SoftMax() behind it, or use SoftMaxCrossEntropyLoss, which takes scores"
    formulas = Formulas("L = −Σ y ln(ŷ + ε)", ("E = −y / (ŷ + ε)",))

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the cross entropy."""
        eps = float(np.finfo(prediction.dtype).eps)
        total = -sum(log(add(prediction, eps)) * label)
        return total / float(len(label)) if self.reduction == "mean" else total


class SoftMaxCrossEntropyLoss(_ReducedLoss):
    """Softmax and cross entropy together, stable, from scores (logits).

    Parameters
    ----------
    reduction : {"sum", "mean"}, default "sum"
        Whether the batch is summed or averaged.

    Notes
    -----
    Faster than SoftMax and CrossEntropyLoss one after the other, and exact where a probability
    rounds to 0. The network ends with its scores then, without a SoftMax layer.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import SoftMaxCrossEntropyLoss
    >>> loss = SoftMaxCrossEntropyLoss()
    >>> round(loss.forward(np.array([[1.0, 2.0, 3.0]]), [2]), 6)
    0.407606
    >>> loss.backward().round(4)
    array([[ 0.09  ,  0.2447, -0.3348]])
    """

    classifies = True
    applies_softmax = True
    formulas = Formulas("L = −Σ y ln softmax(X)", ("E = softmax(X) − y",))

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the cross entropy of the softmax."""
        divisor = float(len(label)) if self.reduction == "mean" else 1.0
        return cross_entropy_of_scores(prediction, label, divisor)
