"""Losses: one number that says how far predictions are from the labels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import (
    Node,
    add,
    log,
    log_softmax,
    mean,
    multiply,
    negative_log_likelihood,
    subtract,
    sum,
)
from autograd_core.modes import Scope, mode

from .data.preparation import one_hot
from .registry import Configurable


class Loss(Configurable):
    """A function of predictions and labels to one number, recorded in a scope of its own.

    A subclass says in `apply` what it computes. `forward` and `backward` step by hand on plain
    arrays; the backward step of a loss starts the recursion of backpropagation.
    """

    kind: ClassVar[str] = "loss"
    classifies: ClassVar[bool] = False
    """Whether labels are classes, so that an accuracy has a meaning."""
    reduction: str = "mean"
    """Whether samples are summed or averaged."""

    def __call__(self, prediction: Any, label: npt.ArrayLike) -> Node:
        """Record the loss of a batch.

        Parameters
        ----------
        prediction : Node or ndarray, shape (samples, outputs)
            What the network says.
        label : array_like
            What is right: rows like the prediction's, or for classes also (samples,) integers.

        Returns
        -------
        Node
            The loss, a scalar.
        """
        target = self.checked_label(prediction, label)
        recording, outer = mode.get()
        token = mode.set((recording, Scope(type(self).__name__, outer)))
        try:
            return self.apply(prediction, target)
        finally:
            mode.reset(token)

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the loss with graph operations; the label is checked and shaped already."""
        raise NotImplementedError(
            f"{type(self).__name__} must define apply(self, prediction, label)"
        )

    def checked_label(self, prediction: Any, label: npt.ArrayLike) -> Any:
        """Return the label in the shape and dtype of the prediction, or raise."""
        shape, dtype = prediction.shape, prediction.dtype
        target = label.value if type(label) is Node else np.asarray(label)
        if self.classifies and len(shape) == 2 and target.ndim == 1 and target.dtype.kind in "iu":
            target = one_hot(target, shape[1], dtype)
        if target.shape != shape:
            classes = ", or integers of shape (samples,)" if self.classifies else ""
            raise ValueError(
                f"{type(self).__name__} expects labels in the shape of the predictions, {shape}"
                f"{classes}; got shape {target.shape} of {target.dtype}. To one-hot encode write "
                f"one_hot(labels, classes), to add an axis y[:, None]"
            )
        return target if target.dtype == dtype else target.astype(dtype)

    def forward(self, prediction: npt.ArrayLike, label: npt.ArrayLike) -> float:
        """Step forward by hand: the loss of a batch, remembering what `backward` needs.

        Parameters
        ----------
        prediction : array_like
            What the network says.
        label : array_like
            What is right.

        Returns
        -------
        float
            The loss.
        """
        array = np.asarray(prediction)
        self._stepped_input = Node(array if array.dtype.kind == "f" else array.astype(np.float64))
        self._stepped_output = self(self._stepped_input, label)
        return float(self._stepped_output.value)

    def backward(self) -> npt.NDArray[Any]:
        """Step backward by hand: the error tensor that starts backpropagation.

        Returns
        -------
        ndarray
            The gradient of the loss for the prediction, E_n, in its shape.

        Raises
        ------
        RuntimeError
            If `forward` was not called before.

        References
        ----------
        Lecture 000, eq. (13).
        """
        if not hasattr(self, "_stepped_output"):
            raise RuntimeError(
                f"{type(self).__name__}.backward() expects forward(prediction, label) before it"
            )
        self._stepped_output.backward()
        return self._stepped_input.grad.copy()


class _Reduced(Loss):
    """A loss per sample, summed or averaged over the batch."""

    def __init__(self, reduction: str = "sum") -> None:
        if reduction not in ("sum", "mean"):
            raise ValueError(
                f"{type(self).__name__}(reduction) expects 'sum' or 'mean', got {reduction!r}"
            )
        self.reduction = reduction


class CrossEntropyLoss(_Reduced):
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

    classifies: ClassVar[bool] = True

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the cross entropy."""
        eps = float(np.finfo(prediction.dtype).eps)
        total = -sum(log(add(prediction, eps)) * label)
        return total / float(len(label)) if self.reduction == "mean" else total


class SoftMaxCrossEntropyLoss(_Reduced):
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

    classifies: ClassVar[bool] = True

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the cross entropy of the softmax."""
        divisor = float(len(label)) if self.reduction == "mean" else 1.0
        return negative_log_likelihood(log_softmax(prediction), label, divisor)


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

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the mean squared error."""
        difference = subtract(prediction, label)
        return mean(multiply(difference, difference))
