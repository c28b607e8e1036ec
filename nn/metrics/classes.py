"""Metrics of classes: all but one are made of the confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import choice, whole_number
from ..losses import Loss
from .metric import Array, Metric, ratio, weights_of

__all__ = ["F1", "Accuracy", "ConfusionMatrix", "Precision", "Recall", "TopKAccuracy"]


def _classes(
    prediction: Array, label: Array, weight: Array | None, loss: Loss
) -> tuple[Array, Array, npt.NDArray[np.float64], int]:
    """Return the predicted and the right class of each decision, its weight, and how many classes.

    Outputs that are yes or no are decisions of their own, of the classes 0 and 1.
    """
    several = prediction.ndim > 1 and prediction.shape[-1] > 1
    if several and loss.one_hot_labels:
        rows = label.shape == prediction.shape
        right = label.argmax(axis=-1) if rows else label.reshape(prediction.shape[:-1])
        said, classes = prediction.argmax(axis=-1), prediction.shape[-1]
        # A nan says nothing; argmax takes the first for the largest.
        said = np.where(np.isnan(prediction).any(axis=-1), classes, said)
    else:
        if np.any(np.abs(label - 0.5) > 0.5) and not np.isin(label, (-1, 1)).all():
            raise ValueError(
                "metrics of classes expect labels that are classes, or yes and no as 1 and 0, got "
                f"labels from {label.min():.4g} to {label.max():.4g} beside predictions of shape "
                f"{prediction.shape}. Of numbers write metrics=['r2', 'mean_absolute_error']"
            )
        threshold = getattr(loss, "threshold", 0.5)
        right = (label.reshape(prediction.shape) >= 0.5).astype(np.intp)
        said = np.where(np.isnan(prediction), 2, prediction >= threshold).astype(np.intp)
        classes = 2
    weights = weights_of(right.shape, weight)
    counts = weights > 0
    return said[counts], np.asarray(right[counts], np.intp), weights[counts], classes


class _OfConfusion(Metric):
    """A figure made of the confusion matrix."""

    def counts(self, prediction: Array, label: Array, weight: Array | None, loss: Loss) -> Array:
        """Return the confusion matrix, with a column more for what is nan."""
        said, right, weights, classes = _classes(prediction, label, weight, loss)
        places = right * (classes + 1) + said
        counted = np.bincount(places, weights, classes * (classes + 1))
        return np.asarray(counted.reshape(classes, classes + 1))


class Accuracy(_OfConfusion):
    """The share of decisions that are right.

    Of predictions (samples, classes) and labels (samples,), or rows of these; also of each
    step.

    References
    ----------
    scikit-learn's accuracy_score.

    Examples
    --------
    >>> from nn import Accuracy
    >>> Accuracy()([[0.2, 0.8], [0.6, 0.4]], [1, 1])
    0.5
    """

    name = "accuracy"

    def figure(self, counted: Array) -> float:
        """Return the share of the diagonal."""
        return float(ratio(np.trace(counted), counted.sum()))


class ConfusionMatrix(_OfConfusion):
    """How often each class (the row) was said to be each class (the column).

    In a history it has a column for each entry, ``confusion/0/1``, and ``history["confusion"]`` is
    all of them, of shape (epochs, classes, classes).

    References
    ----------
    scikit-learn's confusion_matrix.

    Examples
    --------
    >>> from nn import ConfusionMatrix
    >>> ConfusionMatrix()([[0.2, 0.8], [0.6, 0.4]], [1, 1])
    array([[0., 0.],
           [1., 1.]])
    """

    name = "confusion"

    def figure(self, counted: Array) -> Array:
        """Return the matrix."""
        return counted[:, :-1]


class _OfEachClass(_OfConfusion):
    """A figure of each class, and one number made of them; the parameters are `Precision`'s."""

    def __init__(self, average: str = "auto") -> None:
        allowed = ("auto", "binary", "macro", "micro", "weighted")
        self.average = choice(type(self).__name__, "average", average, allowed)

    def figure(self, counted: Array) -> float:
        """Return the figure, 0 where it would be 0/0."""
        right = np.diagonal(counted)
        said, are = counted[:, :-1].sum(axis=0), counted.sum(axis=1)
        average = self.average
        if average == "auto":
            average = "binary" if len(counted) == 2 else "macro"
        if average == "micro":
            return float(self.of(right.sum(), said.sum(), are.sum()))
        each = self.of(right, said, are)
        if average == "binary":
            if len(counted) != 2:
                raise ValueError(
                    f"{type(self).__name__}('binary') expects 2 classes, got {len(counted)}. Write "
                    f"{type(self).__name__}('macro')"
                )
            return float(each[1])
        weights = are if average == "weighted" else (said + are > 0).astype(float)
        return float(ratio(np.sum(each * weights), weights.sum()))

    def of(self, right: Any, said: Any, are: Any) -> Any:
        """Return the figure of how many are right, were said to be of a class, and are."""
        raise NotImplementedError


class Precision(_OfEachClass):
    """Of what was said to be of a class, the share that is.

    Parameters
    ----------
    average : {"auto", "binary", "macro", "micro", "weighted"}, default "auto"
        "binary" is the figure of class 1; "macro" the mean over the classes that occur; "weighted"
        that by how often they do; "micro" counts all decisions together. "auto" is "binary" where
        there are two classes, else "macro".

    Raises
    ------
    ValueError
        If `average` is not one of those.

    References
    ----------
    scikit-learn's precision_score.

    Examples
    --------
    >>> from nn import Precision
    >>> Precision()([[0.9], [0.8], [0.2]], [1, 0, 1])
    0.5
    """

    name = "precision"

    def of(self, right: Any, said: Any, are: Any) -> Any:
        """Return the precision."""
        return ratio(right, said)


class Recall(_OfEachClass):
    """Of what is of a class, the share that was said to be.

    Parameters
    ----------
    average : {"auto", "binary", "macro", "micro", "weighted"}, default "auto"
        "binary" is the figure of class 1; "macro" the mean over the classes that occur; "weighted"
        that by how often they do; "micro" counts all decisions together. "auto" is "binary" where
        there are two classes, else "macro".

    Raises
    ------
    ValueError
        If `average` is not one of those.

    References
    ----------
    scikit-learn's recall_score.

    Examples
    --------
    >>> from nn import Recall
    >>> Recall()([[0.9], [0.8], [0.2], [0.7], [0.4]], [1, 0, 1, 1, 1])
    0.5
    """

    name = "recall"

    def of(self, right: Any, said: Any, are: Any) -> Any:
        """Return the recall."""
        return ratio(right, are)


class F1(_OfEachClass):
    """The harmonic mean of precision and recall.

    Parameters
    ----------
    average : {"auto", "binary", "macro", "micro", "weighted"}, default "auto"
        "binary" is the figure of class 1; "macro" the mean over the classes that occur; "weighted"
        that by how often they do; "micro" counts all decisions together. "auto" is "binary" where
        there are two classes, else "macro".

    Raises
    ------
    ValueError
        If `average` is not one of those.

    References
    ----------
    C. J. van Rijsbergen, "Information retrieval", 1979; scikit-learn's f1_score.

    Examples
    --------
    >>> from nn import F1
    >>> F1()([[0.9], [0.8], [0.2]], [1, 0, 1])
    0.5
    """

    name = "f1"

    def of(self, right: Any, said: Any, are: Any) -> Any:
        """Return 2 p r / (p + r)."""
        return ratio(2.0 * right, said + are)


class TopKAccuracy(Metric):
    """The share of samples whose class is among the `k` largest outputs.

    Of predictions (samples, classes) and labels (samples,), or rows of these; also of each
    step.

    Parameters
    ----------
    k : int, default 5
        How many may be named. Equal outputs count for the class.

    Raises
    ------
    ValueError
        If k is below 1.

    References
    ----------
    scikit-learn's top_k_accuracy_score.

    Examples
    --------
    >>> from nn import TopKAccuracy
    >>> TopKAccuracy(2)([[0.1, 0.3, 0.6], [0.1, 0.3, 0.6]], [1, 0])
    0.5
    """

    def __init__(self, k: int = 5) -> None:
        self.k = whole_number("TopKAccuracy", "k", k)

    @property
    def name(self) -> str:  # type: ignore[override]
        """Such as ``top_5_accuracy``."""
        return f"top_{self.k}_accuracy"

    def counts(self, prediction: Array, label: Array, weight: Array | None, loss: Loss) -> Array:
        """Count what is right, and all."""
        if prediction.ndim < 2 or prediction.shape[-1] < 2:
            raise ValueError(
                f"TopKAccuracy expects an output per class, got predictions of shape "
                f"{prediction.shape}. For yes and no write metrics=['accuracy']"
            )
        classes = label.argmax(axis=-1) if label.shape == prediction.shape else label
        classes = np.asarray(classes.reshape(prediction.shape[:-1]), np.intp)
        weights = weights_of(classes.shape, weight)
        of_label = np.take_along_axis(
            prediction, np.where(weights > 0, classes, 0)[..., None], axis=-1
        )
        larger = np.count_nonzero(~(prediction <= of_label), axis=-1)  # a nan is never right
        return np.array([np.sum(weights * (larger < self.k)), weights.sum()])

    def figure(self, counted: Array) -> float:
        """Return the share."""
        return float(ratio(*counted))
