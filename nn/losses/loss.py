"""What all losses share: the check of labels, recording, stepping by hand."""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node, maximum, mean, multiply, reshape, sum, where
from autograd_core.modes import in_scope
from autograd_core.node import raw

from ..checks import choice, refuse_complex, refuse_masked
from ..data.given import refuse_nonfinite
from ..data.preparation import are_classes, check_classes, hot_rows
from ..finite import cast, quiet
from ..formulas import Formulas, WithFormulas
from ..layers import Layer
from ..layers.masking import padding_mask

__all__ = ["Loss"]


class Expected(NamedTuple):
    """What a label is compared with: the shape and the type of a prediction."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Loss(WithFormulas):
    """A function of predictions and labels to one number, recorded in a scope of its own.

    A subclass says in `apply` what it computes, as one number; or in `terms` what each sample
    costs: then samples may have weights, too. `forward` and `backward` step by hand on plain
    arrays; the backward step of a loss starts the recursion of backpropagation.

    Notes
    -----
    A weight of 2 counts as the same sample twice, one of 0 leaves it out: a mean is the weighted
    mean, sum(w l) / sum(w), and 0 where nothing has a weight.

    Examples
    --------
    A loss of your own:

    >>> import numpy as np
    >>> from nn import Loss
    >>> class Cubic(Loss):
    ...     def terms(self, prediction, label):
    ...         return abs(prediction - label) ** 3
    >>> loss = Cubic()
    >>> loss.forward(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]]))
    4.0
    >>> loss.backward()
    array([[6.],
           [0.]])
    >>> loss.forward(np.array([[3.0], [1.0]]), np.array([[1.0], [1.0]]), [3.0, 1.0])
    6.0
    """

    kind: ClassVar[str] = "loss"
    classifies: ClassVar[bool] = False
    """Whether labels are classes, so that an accuracy has a meaning."""
    one_hot_labels: ClassVar[bool] = True
    """Whether a class is a row of zeros with a one; integers are then taken for such rows."""
    applies_softmax: ClassVar[bool] = False
    """Whether it makes probabilities of scores by softmax."""
    advice_on_scores: ClassVar[str | None] = None
    """What to write where a network gives scores and the loss expects something else."""
    expects: ClassVar[str] = "probabilities"
    reduction: str = "mean"
    """Whether samples are summed or averaged."""
    advice_on_terms: ClassVar[str] = (
        "Define terms(self, prediction, label), which returns what each sample costs, and not apply"
    )
    sums_outputs: ClassVar[bool] = False
    """Whether a mean is that of samples, whose outputs are summed, and not that of all entries."""

    def __call__(
        self, prediction: Any, label: npt.ArrayLike, weight: npt.ArrayLike | None = None
    ) -> Node:
        """Record the loss of a batch.

        Parameters
        ----------
        prediction : Node or ndarray, shape (samples, outputs)
            What the network says.
        label : array_like
            What is right: rows like the prediction's, or for classes also integers without the
            axis of the classes.
        weight : array_like, shape (samples,) or (samples, steps), optional
            How much each sample counts, or each step of sequences.

        Returns
        -------
        Node
            The loss, a scalar.
        """
        target = self.checked_label(prediction, label)
        if weight is not None:
            weight = self.checked_weight(prediction, weight)
        return self.compared(prediction, target, weight)

    def compared(self, prediction: Any, target: Any, weight: Any = None) -> Node:
        """Record the loss of a batch with labels and weights that are checked already.

        Steps that only fill sequences up do not count; see `nn.layers.masking`.
        """
        if (mask := padding_mask()) is not None and is_of_steps(prediction, mask):
            weight = _of_steps(mask, weight, prediction.dtype)
        if weight is None:
            formulas = () if self.formulas is None else self.formulas
            return in_scope(self.called, formulas, self._plain, prediction, target)
        formulas = self.formulas_of_weighted or ()
        return in_scope(self.called, formulas, self.weighted, prediction, target, weight)

    @property
    def formulas_of_weighted(self) -> Formulas | None:
        """What is computed where samples have weights."""
        of_all = type(self).formulas
        return None if of_all is None else of_all.weighted()

    def advice_behind(self, last: Layer) -> str | None:
        """Return what to write instead where a network ends with a layer that does not fit."""
        return self.advice_on_scores if last.gives_scores else None

    @property
    def called(self) -> str:
        """What a diagram and messages call the loss."""
        return type(self).__name__

    def _plain(self, prediction: Any, target: Any) -> Node:
        loss = self.apply(prediction, target)
        return loss if not loss.ndim else _reduced(loss, self.reduction)

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the loss with graph operations; the label is checked and shaped already."""
        return _reduced(self.terms(prediction, label), self.reduction)

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute what each sample costs, or each entry of it, samples along the first axis."""
        if type(self).apply is Loss.apply:
            raise NotImplementedError(f"{self.called} must define apply(self, prediction, label)")
        return self.apply(prediction, label)

    def weighted(self, prediction: Any, label: Any, weight: Any) -> Node:
        """Compute the loss of samples, or of steps, of which each has a weight."""
        terms = self.terms(prediction, label)
        if terms.shape[: weight.ndim] != weight.shape:
            raise ValueError(
                f"{self.called} expects one number for each of the {weight.shape} weights where "
                f"samples have weights, got a loss of shape {terms.shape}. {self.advice_on_terms}"
            )
        if type(weight) is np.ndarray:
            weight = Node(weight, name="w", requires_grad=False)  # one wire in a picture
        wide = reshape(weight, (*weight.shape, *(1,) * (terms.ndim - weight.ndim)))
        # What has no weight costs nothing, even where it is infinite.
        total = sum(multiply(where(wide == 0, 0.0, terms), wide))
        if self.reduction == "sum":
            return total
        entries = 1 if self.sums_outputs else math.prod(terms.shape[weight.ndim :])
        return total / not_zero(sum(weight) * float(entries))

    def checked_weight(self, prediction: Any, weight: Any) -> npt.NDArray[Any]:
        """Return weights in the dtype of the prediction, or raise ValueError."""
        return weights_from(self.called, weight, prediction.shape, prediction.dtype)

    def counted(self, label: npt.NDArray[Any], weight: Any = None) -> npt.NDArray[Any] | None:
        """Return how much samples or steps count in accuracies and metrics; None if all do 1."""
        return weight

    def weight_of(self, label: npt.NDArray[Any], weight: Any = None) -> float:
        """Return by what the mean of a batch is divided: what it weighs in the mean of several."""
        return float(len(label)) if weight is None else float(np.sum(weight))

    def checked_label(self, prediction: Any, label: npt.ArrayLike) -> Any:
        """Return the label in the shape and dtype of the prediction, or raise."""
        shape, dtype = prediction.shape, prediction.dtype
        if type(label) is np.ndarray and label.dtype == dtype and label.shape == shape:
            return label  # nothing to do, as in a loop that has prepared its labels
        refuse_masked(label)
        if type(label) is Node and type(prediction) is np.ndarray:
            raise TypeError(f"{self.called} takes the prediction first: loss(prediction, label)")
        target = np.asarray(raw(label))
        if target.dtype.kind == "c" and dtype.kind != "c":
            refuse_complex(f"{type(self).__name__} with real predictions", target)
        takes_integers = self.classifies and self.one_hot_labels and len(shape) >= 2
        if takes_integers and target.shape == shape[:-1] and target.dtype.kind in "iu":
            target = self.rows_of(target, shape[-1], dtype)
        if target.shape != shape:
            of = "(samples,)" if len(shape) == 2 else str(tuple(shape[:-1]))
            classes = f", or integers of shape {of}" if takes_integers else ""
            if takes_integers and shape[-1] == 1:
                advice = (
                    "For one number per sample use MeanSquaredError(), for yes and no "
                    "SigmoidCrossEntropyLoss(), both with labels y[:, None]"
                )
            elif takes_integers and target.size == math.prod(shape[:-1]):
                advice = "For class numbers write labels.astype(int).ravel(), or one_hot() of it"
            elif takes_integers and target.shape == shape[:1] and len(shape) > 2:
                advice = (
                    "For one label per sample end the network with one row of scores: put "
                    "Flatten() or GlobalAveragePool() before its last layer; behind sequences "
                    "return_sequences=False"
                )
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

    def rows_of(self, labels: npt.NDArray[Any], classes: int, dtype: Any) -> npt.NDArray[Any]:
        """Return rows of zeros with a one at the class of each label."""
        if not are_classes(labels, classes):
            self.check_classes(labels, classes)  # raises
        return hot_rows(labels, classes, dtype)

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
        if self.classifies and self.one_hot_labels and outputs:
            if labels.shape[1:] == outputs[:-1] and labels.dtype.kind in "iu":
                self.check_classes(labels, outputs[-1])
                return
            one_axis = labels.ndim == len(outputs) == 1
            if one_axis and (fractions := labels != np.floor(labels)).any():
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

    def check_classes(self, labels: npt.NDArray[Any], classes: int) -> None:
        """Raise ValueError where an integer is no class."""
        check_classes(labels, classes, self.called)

    def count_right(self, prediction: npt.NDArray[Any], label: npt.NDArray[Any]) -> int:
        """Count what `right` says of the samples, or of the steps of sequences.

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
        return int(np.count_nonzero(self.right(prediction, label)))

    def right(self, prediction: npt.NDArray[Any], label: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Return where the largest output is at the label's class; with a nan none is.

        Parameters
        ----------
        prediction : ndarray, shape (samples, classes)
            What the network says.
        label : ndarray, shape (samples,) or (samples, classes)
            The classes, as integers or as rows.

        Returns
        -------
        ndarray of bool, shape (samples,)
            Whether each is right; for losses whose labels are classes.
        """
        classes = label if label.ndim < prediction.ndim else label.argmax(axis=-1)
        right = prediction.argmax(axis=-1) == classes
        if prediction.size and math.isnan(np.minimum.reduce(prediction, None)):
            # Argmax takes the first nan for the largest.
            right &= ~np.isnan(prediction).any(axis=-1)
        return np.asarray(right)

    def forward(
        self,
        prediction: npt.ArrayLike,
        label: npt.ArrayLike,
        weight: npt.ArrayLike | None = None,
    ) -> float:
        """Step forward by hand: the loss of a batch, remembering what `backward` needs.

        Parameters
        ----------
        prediction : array_like
            What the network says.
        label : array_like
            What is right.
        weight : array_like, optional
            How much each sample counts.

        Returns
        -------
        float
            The loss.
        """
        array = np.asarray(prediction)
        refuse_complex(type(self).__name__, array)
        self._stepped_input = Node(array if array.dtype.kind == "f" else array.astype(np.float64))
        with quiet():
            self._stepped_output = self(self._stepped_input, label, weight)
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
    words = f"from {low:g} (no) to 1 (yes)" if high == 1.0 else "from 0, one per class"
    raise ValueError(
        f"{type(loss).__name__} expects labels {words}, got {labels[place]} at index {index}, "
        f"and values from {lowest} to {highest}"
    )


def _reduced(terms: Node, reduction: str) -> Node:
    return mean(terms) if reduction == "mean" else sum(terms)


def is_of_steps(prediction: Any, mask: Any) -> bool:
    """Whether a network says something of each of the steps that a mask is about."""
    return len(prediction.shape) > 2 and prediction.shape[:2] == mask.shape


def _of_steps(mask: Any, weight: Any, dtype: Any) -> Any:
    real = mask.astype(dtype)
    if weight is None:
        return real
    return multiply(real, weight if weight.ndim == 2 else weight[:, None])


def not_zero(total: Any) -> Any:
    """Return a divisor for a sum that is 0 wherever the divisor is."""
    return maximum(total, float(np.finfo(total.dtype).tiny))


def weights_from(
    owner: str, weight: Any, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> npt.NDArray[Any]:
    """Return weights of samples, or of their steps, as an array; or raise ValueError.

    Parameters
    ----------
    owner : str
        What messages begin with.
    weight : array_like
        As given.
    shape : tuple of int
        The shape of the predictions, samples along the first axis.
    dtype : dtype
        The type of the result.
    """
    refuse_masked(weight)
    found = np.asarray(raw(weight))
    if found.ndim == 0 or found.dtype.kind not in "fiub" or found.shape != shape[: found.ndim]:
        steps = f", or {shape[:2]} for one per step" if len(shape) > 2 else ""
        raise ValueError(
            f"{owner} expects one weight per sample, shape ({shape[0]},){steps}; got shape "
            f"{found.shape} of {found.dtype}"
        )
    wrong = ~((found >= 0) & (found < np.inf))
    if wrong.any():
        place = tuple(int(index[0]) for index in np.nonzero(wrong))
        raise ValueError(
            f"{owner} expects weights that are finite numbers from 0, got {found[place]} at index "
            f"{place[0] if len(place) == 1 else place}. A weight of 0 leaves a sample out"
        )
    return found.astype(dtype, copy=False)


class _ReducedLoss(Loss):
    """A loss per sample, summed or averaged over the batch."""

    def __init__(self, reduction: str = "sum") -> None:
        self.reduction = choice(type(self).__name__, "reduction", reduction, ("sum", "mean"))
        if self.reduction == "mean" and self.formulas is not None:
            self.formulas = self.formulas.averaged()


class _Averaged(_ReducedLoss):
    """A loss that is averaged unless asked otherwise."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)
