"""What all metrics share: counts of batches that add up, and a figure made of all of them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..losses import Loss
from ..registry import Configurable

__all__ = ["Metric"]

Array = npt.NDArray[Any]


class Metric(Configurable):
    """A figure of predictions and labels, exact over any number of batches.

    It is no mean of the figures of batches: a subclass counts in `counts` what the figure is made
    of, and makes it in `figure` of what was counted in all batches.

    Attributes
    ----------
    name : str
        Of its column in the history.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Metric
    >>> class Largest(Metric):
    ...     name = "largest"
    ...
    ...     def counts(self, prediction, label, weight, loss):
    ...         return np.array([np.abs(prediction - label).max()])
    ...
    ...     def joined(self, one, other):
    ...         return np.maximum(one, other)
    ...
    ...     def figure(self, counted):
    ...         return float(counted[0])
    >>> Largest()([[1.0], [5.0]], [[2.0], [2.0]])
    3.0
    """

    kind: ClassVar[str] = "metric"
    name: str = ""
    grows: bool = True
    """Whether larger is better, for the best epoch."""

    def counts(self, prediction: Array, label: Array, weight: Array | None, loss: Loss) -> Array:
        """Count in one batch.

        Parameters
        ----------
        prediction : ndarray, shape (samples, ...)
            What the network says.
        label : ndarray
            As the loss takes it: for classes whole numbers, or rows like the prediction's.
        weight : ndarray, shape (samples,) or (samples, steps), or None
            How much each counts; 0 for what is left out.
        loss : Loss
            Of the network: whether labels are classes, and from where on an output says yes.

        Returns
        -------
        ndarray of float64
            Of any shape.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define counts(self, prediction, label, weight, loss)"
        )

    def joined(self, one: Array, other: Array) -> Array:
        """Return what was counted in two sets of batches together: their sum."""
        return np.asarray(one + other)

    def figure(self, counted: Array) -> Any:
        """Return the figure of all that was counted: a number, or an array of them."""
        raise NotImplementedError(f"{type(self).__name__} must define figure(self, counted)")

    def __call__(
        self,
        prediction: npt.ArrayLike,
        label: npt.ArrayLike,
        weight: Any = None,
        *,
        loss: Any = None,
    ) -> Any:
        """Return the figure of predictions that are all there.

        Parameters
        ----------
        prediction, label : array_like
            What a network says, and what is right.
        weight : array_like, optional
            How much each sample counts.
        loss : Loss, optional
            See `counts`; without one, outputs are classes, or yes from 0.5 on.
        """
        weight = None if weight is None else np.asarray(weight)
        counted = self.counts(np.asarray(prediction), np.asarray(label), weight, loss or Loss())
        return self.figure(counted)


def weights_of(shape: tuple[int, ...], weight: Array | None) -> npt.NDArray[np.float64]:
    """Return the weight of each entry of a shape; 1 where there are none."""
    if weight is None:
        return np.ones(shape)
    wide = weight.reshape(*weight.shape, *(1,) * (len(shape) - weight.ndim))
    return np.broadcast_to(wide, shape).astype(np.float64)


def ratio(above: Any, below: Any) -> Any:
    """Divide; 0 where there is nothing to divide by."""
    below = np.asarray(below, np.float64)
    return np.where(below == 0.0, 0.0, above / np.where(below == 0.0, 1.0, below))
