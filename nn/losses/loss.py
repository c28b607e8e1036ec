"""What all losses share: the check of labels, recording, stepping by hand."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.modes import in_scope
from autograd_core.node import raw

from ..checks import choice, refuse_complex, refuse_masked
from ..data.given import refuse_nonfinite
from ..data.preparation import check_classes, hot_rows
from ..finite import cast, quiet
from ..formulas import WithFormulas

__all__ = ["Loss"]


class Expected(NamedTuple):
    """What a label is compared with: the shape and the type of a prediction."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Loss(WithFormulas):
    """A function of predictions and labels to one number, recorded in a scope of its own.

    A subclass says in `apply` what it computes. `forward` and `backward` step by hand on plain
    arrays; the backward step of a loss starts the recursion of backpropagation.

    Examples
    --------
    A loss of your own:

    >>> import numpy as np
    >>> from nn import Loss
    >>> class Cubic(Loss):
    ...     def apply(self, prediction, label):
    ...         return (abs(prediction - label) ** 3).mean()
    >>> loss = Cubic()
    >>> loss.forward(np.array([[3.0]]), np.array([[1.0]]))
    8.0
    >>> loss.backward()
    array([[12.]])
    """

    kind: ClassVar[str] = "loss"
    classifies: ClassVar[bool] = False
    """Whether labels are classes, so that an accuracy has a meaning."""
    one_hot_labels: ClassVar[bool] = True
    """Whether a class is a row of zeros with a one; integers are then taken for such rows."""
    applies_softmax: ClassVar[bool] = False
    """Whether it makes probabilities of scores by softmax."""
    advice_on_scores: ClassVar[str | None] = None
    """What to write where a network gives scores and the loss expects probabilities."""
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
        return self.compared(prediction, self.checked_label(prediction, label))

    def compared(self, prediction: Any, target: Any) -> Node:
        """Record the loss of a batch with labels that `checked_label` returned."""
        formulas = () if self.formulas is None else self.formulas
        return in_scope(type(self).__name__, formulas, self.apply, prediction, target)

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the loss with graph operations; the label is checked and shaped already."""
        raise NotImplementedError(
            f"{type(self).__name__} must define apply(self, prediction, label)"
        )

    def checked_label(self, prediction: Any, label: npt.ArrayLike) -> Any:
        """Return the label in the shape and dtype of the prediction, or raise."""
        shape, dtype = prediction.shape, prediction.dtype
        if type(label) is np.ndarray and label.dtype == dtype and label.shape == shape:
            return label  # nothing to do, as in a loop that has prepared its labels
        refuse_masked(label)
        target = np.asarray(raw(label))
        if target.dtype.kind == "c" and dtype.kind != "c":
            refuse_complex(f"{type(self).__name__} with real predictions", target)
        takes_integers = self.classifies and self.one_hot_labels and len(shape) == 2
        if takes_integers and target.ndim == 1 and target.dtype.kind in "iu":
            target = hot_rows(target, shape[1], dtype)
        if target.shape != shape:
            classes = ", or integers of shape (samples,)" if takes_integers else ""
            if takes_integers and target.size == shape[0]:
                advice = "For class numbers write labels.astype(int).ravel(), or one_hot() of it"
            else:
                advice = (
                    "To one-hot encode write one_hot(labels, classes), to add an axis y[:, None]"
                )
            raise ValueError(
                f"{type(self).__name__} expects labels in the shape of the predictions, {shape}"
                f"{classes}; got shape {target.shape} of {target.dtype}. {advice}"
            )
        if target.dtype == dtype:
            return target
        return cast("y", target, dtype) if target.dtype.kind == "f" else target.astype(dtype)

    def check_labels(self, labels: npt.NDArray[Any], outputs: tuple[int, ...], dtype: Any) -> None:
        """Raise where labels of many samples are not right, before anything is learned from them.

        Parameters
        ----------
        labels : ndarray
            All labels.
        outputs : tuple of int
            The shape of what the network says of one sample.
        dtype : dtype
            In which it says that.

        Raises
        ------
        ValueError
            With the index of the first wrong one.
        """
        if not len(labels):
            return
        refuse_nonfinite("y", labels, np.dtype(dtype))
        if self.classifies and self.one_hot_labels and len(outputs) == 1:
            if labels.ndim == 1 and labels.dtype.kind in "iu":
                check_classes(labels, outputs[0])
                return
            if labels.ndim == 1 and (fractions := labels != np.floor(labels)).any():
                index = int(np.argmax(fractions))
                raise ValueError(
                    f"{type(self).__name__} expects classes as whole numbers from 0 to "
                    f"{outputs[0] - 1}, got {labels[index]} at index {index}. For numbers that are "
                    "no classes use MeanSquaredError()"
                )
            if labels.shape[1:] == outputs and labels.dtype.kind != "b":
                refuse_outside(self, labels, 0.0, np.inf)
        if labels.shape[1:] == outputs:
            labels = labels[:1]  # one says it for all
        self.checked_label(Expected((len(labels), *outputs), np.dtype(dtype)), labels)

    def count_right(self, prediction: npt.NDArray[Any], label: npt.NDArray[Any]) -> int:
        """Count the samples whose largest output is at the label's class; with a nan none is.

        Parameters
        ----------
        prediction : ndarray, shape (samples, classes)
            What the network says.
        label : ndarray, shape (samples,) or (samples, classes)
            The classes, as integers or as rows.

        Returns
        -------
        int
            How many are right; for losses whose labels are classes.
        """
        classes = label if label.ndim < prediction.ndim else label.argmax(axis=-1)
        right = prediction.argmax(axis=-1) == classes
        if prediction.size and math.isnan(np.minimum.reduce(prediction, None)):
            # Argmax takes the first nan for the largest.
            right &= ~np.isnan(prediction).any(axis=-1)
        return int(np.count_nonzero(right))

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
        refuse_complex(type(self).__name__, array)
        self._stepped_input = Node(array if array.dtype.kind == "f" else array.astype(np.float64))
        with quiet():
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
        if "_stepped_output" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.backward() expects forward(prediction, label) before it: "
                "the rules need both. Call loss.forward(prediction, label) first"
            )
        with quiet():
            self._stepped_output.backward()
        return self._stepped_input.grad.copy()


def refuse_outside(loss: Loss, labels: npt.NDArray[Any], low: float, high: float) -> None:
    """Raise ValueError for a label outside of a range, with its index; nan is outside."""
    if not labels.size:
        return
    lowest, highest = labels.min(), labels.max()
    if low <= lowest and highest <= high:
        return
    place = np.unravel_index(int(np.argmax(~((labels >= low) & (labels <= high)))), labels.shape)
    index = int(place[0]) if labels.ndim == 1 else tuple(map(int, place))
    words = "from 0 (no) to 1 (yes)" if high == 1.0 else "from 0, one per class"
    raise ValueError(
        f"{type(loss).__name__} expects labels {words}, got {labels[place]} at index {index}, "
        f"and values from {lowest} to {highest}"
    )


class _ReducedLoss(Loss):
    """A loss per sample, summed or averaged over the batch."""

    def __init__(self, reduction: str = "sum") -> None:
        self.reduction = choice(type(self).__name__, "reduction", reduction, ("sum", "mean"))
        if self.reduction == "mean" and self.formulas is not None:
            self.formulas = self.formulas.averaged()
