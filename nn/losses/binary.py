"""Cross entropy of outputs that are yes or no, each for itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, add, log, sigmoid_cross_entropy, subtract, sum
from autograd_core.node import raw
from autograd_core.recorded import current as recorded_now

from ..formulas import Formulas
from .loss import _ReducedLoss, refuse_outside

__all__ = ["BinaryCrossEntropy", "SigmoidCrossEntropyLoss"]


class _Binary(_ReducedLoss):
    """A loss of outputs that are compared with labels from 0 to 1."""

    classifies = True
    one_hot_labels = False
    sums_outputs = True
    threshold = 0.5
    """From where on an output says yes."""
    lowest = 0.0
    """The label that says no."""

    def checked_label(self, prediction: Any, label: npt.ArrayLike) -> Any:
        """Return the label in the shape and dtype of the prediction, or raise."""
        target = np.asarray(raw(label))
        if prediction.shape == (*target.shape, 1):
            target = target[..., None]  # one output: the axis of the outputs may be left out
        target = super().checked_label(prediction, target)
        refuse_outside(self, target, self.lowest, 1.0)
        return target

    def check_labels(self, labels: npt.NDArray[Any], outputs: tuple[int, ...], dtype: Any) -> None:
        """Raise where labels of many samples are not right; see `Loss`."""
        if labels.dtype.kind != "b":
            refuse_outside(self, labels, self.lowest, 1.0)
        super().check_labels(labels, outputs, dtype)

    def right(self, prediction: npt.NDArray[Any], label: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Return where the outputs all say yes or no as the label does; nan says neither."""
        yes = (np.asarray(label) >= 0.5).reshape(len(prediction), -1)
        scores = prediction.reshape(yes.shape)
        right = np.where(yes, scores >= self.threshold, scores < self.threshold)
        return np.asarray(right.all(axis=1))


class BinaryCrossEntropy(_Binary):
    """-sum [y ln(y_hat + eps) + (1 - y) ln(1 - y_hat + eps)], from probabilities as of Sigmoid.

    Parameters
    ----------
    reduction : {"sum", "mean"}, default "sum"
        Whether the samples are summed, as in the lecture, or averaged; the outputs of a sample
        are summed.

    Raises
    ------
    ValueError
        If `reduction` is not one of those; when called, if the prediction is not from 0 to 1, or
        the labels are not from 0 to 1 in its shape.

    Notes
    -----
    eps is the machine epsilon of the prediction's dtype, as in eq. (12). The label is 0 or 1, or a
    probability between, for each output; for one output it is also taken as (samples,). From
    scores `SigmoidCrossEntropyLoss` is more exact.

    References
    ----------
    Lecture 000, eq. (12), for two classes with the probabilities y_hat and 1 - y_hat.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import BinaryCrossEntropy
    >>> loss = BinaryCrossEntropy("mean")
    >>> round(loss.forward(np.array([[0.8], [0.5]]), [1, 0]), 6)
    0.458145
    >>> loss.backward()
    array([[-0.625],
           [ 1.   ]])
    """

    formulas = Formulas(
        "L = −Σ [y ln(ŷ + ε) + (1 − y) ln(1 − ŷ + ε)]",
        ("E = (1 − y) / (1 − ŷ + ε) − y / (ŷ + ε)",),
    )

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the binary cross entropy."""
        yes, no = self._both(prediction, label)
        total = -sum(yes + no)
        return total / float(len(label)) if self.reduction == "mean" else total

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the binary cross entropy of each output."""
        yes, no = self._both(prediction, label)
        return -(yes + no)

    @staticmethod
    def _both(prediction: Any, label: Any) -> tuple[Node, Node]:
        if recorded_now() is None:  # else what is compiled finds nan, and the step is done again
            _refuse_scores(raw(prediction))
        eps = float(np.finfo(prediction.dtype).eps)
        yes = label * log(add(prediction, eps))
        return yes, (1.0 - label) * log(add(subtract(1.0, prediction), eps))


def _refuse_scores(values: npt.NDArray[Any]) -> None:
    if values.size and (values.min() < 0.0 or values.max() > 1.0):
        raise ValueError(
            "BinaryCrossEntropy expects probabilities from 0 to 1, got values from "
            f"{values.min()} to {values.max()}. End the network with Sigmoid(), or leave the "
            "scores as they are and use SigmoidCrossEntropyLoss()"
        )


class SigmoidCrossEntropyLoss(_Binary):
    """Sigmoid and binary cross entropy together, stable, from scores (logits).

    Predictions have the shape (samples, outputs), and labels too, or (samples,) for one output.

    Parameters
    ----------
    reduction : {"sum", "mean"}, default "sum"
        Whether the samples are summed or averaged; the outputs of a sample are summed.

    Raises
    ------
    ValueError
        If `reduction` is not one of those; when called, if the labels are not from 0 to 1 in the
        shape of the prediction.

    Notes
    -----
    y softplus(-z) + (1 - y) softplus(z), whose gradient is sigmoid(z) - y. The network ends with
    its scores then, without a Sigmoid layer; they say yes from 0 on.

    References
    ----------
    I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", 2016, section 6.2.2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import SigmoidCrossEntropyLoss
    >>> loss = SigmoidCrossEntropyLoss()
    >>> round(loss.forward(np.array([[0.0], [1000.0]]), [1, 0]), 4)
    1000.6931
    >>> loss.backward()
    array([[-0.5],
           [ 1. ]])
    """

    threshold = 0.0

    formulas = Formulas("L = −Σ [y ln σ(X) + (1 − y) ln(1 − σ(X))]", ("E = σ(X) − y",))

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the binary cross entropy of the sigmoid."""
        total = sum(self.terms(prediction, label))
        return total / float(len(label)) if self.reduction == "mean" else total

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the binary cross entropy of each output."""
        return sigmoid_cross_entropy(prediction, label)
