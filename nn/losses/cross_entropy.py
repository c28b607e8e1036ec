"""Cross entropy over classes, of which each sample has one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core import Node, add, exp, log, log_softmax, sum
from autograd_core.joined_loss import cross_entropy_of_scores
from autograd_core.operations.softmax import negative_log_likelihood

from ..checks import number
from ..formulas import Formulas
from .logarithms import _OfLogarithms
from .over_classes import _OverClasses

__all__ = [
    "CrossEntropyLoss",
    "FocalLoss",
    "NegativeLogLikelihoodLoss",
    "SoftMaxCrossEntropyLoss",
]


class CrossEntropyLoss(_OverClasses):
    """-sum ln(y_hat + eps) where y = 1, from probabilities such as SoftMax gives.

    Predictions have the shape (samples, classes), or (samples, ..., classes); labels are
    integers without that last axis, or rows in that shape.

    Parameters
    ----------
    reduction : {"sum", "mean"}, default "sum"
        Whether the batch is summed, as in the lecture, or averaged.
    label_smoothing : float, default 0
        From 0 to 1: so much of each label is spread evenly over all classes.
    class_weight : sequence of float, optional
        How much each class counts, one number per class. The mean is then the weighted one.
    ignore_index : int, optional
        The label of samples, or of steps of sequences, that are left out: -1, say, or a class.

    Raises
    ------
    ValueError
        If an argument is out of range; when called, if the labels fit the prediction neither as
        whole numbers from 0 to classes - 1 nor in its shape, or there is not one weight per class.

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
    formulas_of_rows = Formulas("L = −Σ q ln(ŷ + ε)", ("E = −q / (ŷ + ε)",))

    def against(self, prediction: Any, rows: Any, divisor: float) -> Node:
        """Compute the cross entropy."""
        eps = float(np.finfo(prediction.dtype).eps)
        total = -sum(log(add(prediction, eps)) * rows)
        return total / divisor if divisor != 1.0 else total


class SoftMaxCrossEntropyLoss(_OverClasses):
    """Softmax and cross entropy together, stable, from scores (logits).

    Predictions have the shape (samples, classes), or (samples, ..., classes); labels are
    integers without that last axis, or rows in that shape.

    Parameters
    ----------
    reduction : {"sum", "mean"}, default "sum"
        Whether the batch is summed or averaged.
    label_smoothing : float, default 0
        From 0 to 1: so much of each label is spread evenly over all classes.
    class_weight : sequence of float, optional
        How much each class counts, one number per class. The mean is then the weighted one.
    ignore_index : int, optional
        The label of samples, or of steps of sequences, that are left out: -1, say, or a class.

    Raises
    ------
    ValueError
        If an argument is out of range; when called, if the labels fit the prediction neither as
        whole numbers from 0 to classes - 1 nor in its shape, or there is not one weight per class.

    Notes
    -----
    Faster than SoftMax and CrossEntropyLoss one after the other, and exact where a probability
    rounds to 0. The network ends with its scores then, without a SoftMax layer.

    References
    ----------
    Lecture 000, eqs. (10) to (13), in one; lecture 003, "Softmax".

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
    formulas_of_rows = Formulas("L = −Σ q ln softmax(X)", ("E = softmax(X) Σ q − q",))

    def against(self, prediction: Any, rows: Any, divisor: float) -> Node:
        """Compute the cross entropy of the softmax."""
        return cross_entropy_of_scores(prediction, rows, divisor)


class NegativeLogLikelihoodLoss(_OfLogarithms, _OverClasses):
    """-sum y_hat where y = 1, from logarithms of probabilities such as LogSoftMax gives.

    Predictions have the shape (samples, classes), or (samples, ..., classes); labels are
    integers without that last axis, or rows in that shape.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the batch is averaged or summed.
    label_smoothing : float, default 0
        From 0 to 1: so much of each label is spread evenly over all classes.
    class_weight : sequence of float, optional
        How much each class counts, one number per class. The mean is then the weighted one.
    ignore_index : int, optional
        The label of samples, or of steps of sequences, that are left out: -1, say, or a class.

    Raises
    ------
    ValueError
        If an argument is out of range; when called, if the labels fit the prediction neither as
        whole numbers from 0 to classes - 1 nor in its shape, or there is not one weight per class.

    References
    ----------
    PyTorch's NLLLoss; with smoothing behind log_softmax its CrossEntropyLoss.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import NegativeLogLikelihoodLoss
    >>> loss = NegativeLogLikelihoodLoss()
    >>> round(loss.forward(np.log([[0.25, 0.75], [0.5, 0.5]]), [1, 0]), 6)
    0.490415
    >>> loss.backward()
    array([[-0. , -0.5],
           [-0.5, -0. ]])
    """

    formulas = Formulas("L = −Σ y ⊙ ŷ", ("E = −y",))
    formulas_of_rows = Formulas("L = −Σ q ⊙ ŷ", ("E = −q",))

    def __init__(
        self,
        reduction: str = "mean",
        *,
        label_smoothing: float = 0.0,
        class_weight: Sequence[float] | None = None,
        ignore_index: int | None = None,
    ) -> None:
        super().__init__(
            reduction,
            label_smoothing=label_smoothing,
            class_weight=class_weight,
            ignore_index=ignore_index,
        )

    def against(self, prediction: Any, rows: Any, divisor: float) -> Node:
        """Compute the negative log-likelihood."""
        return negative_log_likelihood(prediction, rows, divisor)


class FocalLoss(_OverClasses):
    """-sum (1 - p)^gamma ln p where y = 1 and p = softmax(x): what is easy counts less.

    Predictions have the shape (samples, classes), or (samples, ..., classes); labels are
    integers without that last axis, or rows in that shape.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the batch is averaged or summed.
    gamma : float, default 2
        How much less; 0 is `SoftMaxCrossEntropyLoss`.
    label_smoothing : float, default 0
        From 0 to 1: so much of each label is spread evenly over all classes.
    class_weight : sequence of float, optional
        How much each class counts, one number per class. The mean is then the weighted one.
    ignore_index : int, optional
        The label of samples, or of steps of sequences, that are left out: -1, say, or a class.

    Raises
    ------
    ValueError
        If an argument is out of range; when called, if the labels fit the prediction neither as
        whole numbers from 0 to classes - 1 nor in its shape, or there is not one weight per class.

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, "Focal loss for dense object detection",
    ICCV 2017, eqs. (4) and (5), whose alpha is `class_weight`.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FocalLoss, SoftMaxCrossEntropyLoss
    >>> scores = np.array([[4.0, 0.0], [0.0, 0.0]])
    >>> round(FocalLoss("sum").forward(scores, [0, 0]), 6)
    0.173293
    >>> round(SoftMaxCrossEntropyLoss("sum").forward(scores, [0, 0]), 6)
    0.711297
    """

    applies_softmax = True
    formulas: Formulas | None = Formulas("L = −Σ y ⊙ (1 − softmax(X))² ⊙ ln softmax(X)")
    formulas_of_rows: Formulas | None = Formulas("L = −Σ q ⊙ (1 − softmax(X))² ⊙ ln softmax(X)")

    def __init__(
        self,
        reduction: str = "mean",
        *,
        gamma: float = 2.0,
        label_smoothing: float = 0.0,
        class_weight: Sequence[float] | None = None,
        ignore_index: int | None = None,
    ) -> None:
        super().__init__(
            reduction,
            label_smoothing=label_smoothing,
            class_weight=class_weight,
            ignore_index=ignore_index,
        )
        self.gamma = number("FocalLoss", "gamma", gamma, least=0)
        if self.gamma != 2.0:
            self.formulas = self.formulas_of_rows = None

    def against(self, prediction: Any, rows: Any, divisor: float) -> Node:
        """Compute the focal loss."""
        logs = log_softmax(prediction)
        weighed = (1.0 - exp(logs)) ** self.gamma * logs
        return negative_log_likelihood(weighed, rows, divisor)
