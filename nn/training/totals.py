"""Loss, accuracy and metrics over several batches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..losses import Loss
from ..losses.loss import is_of_steps
from ..metrics.metric import Metric, weights_of
from ..metrics.numbers import FunctionMetric
from .history import Row

Array = npt.NDArray[Any]


class Totals:
    """Loss, accuracy and metrics over several batches: exact, and no means of their means."""

    def __init__(self, loss: Loss, metrics: Sequence[Metric] = ()) -> None:
        self._loss = loss
        self.metrics = [m for m in metrics if not (loss.classifies and m.name == "accuracy")]
        self.sum = 0.0
        self.samples = 0
        self.weight = 0.0
        """By which the sum of a mean loss is to be divided."""
        self.right = 0.0
        self.counted = 0.0
        """How much the decisions count of which so many were right."""
        self.counts: dict[str, Array] = {}
        """What metrics have counted, by their name."""
        self._kept: list[tuple[Array, Array]] = []
        """Predictions and labels, where functions are to see all of them."""

    def add(
        self,
        loss: float,
        prediction: Array,
        label: Array,
        weight: Array | None = None,
        *,
        sample_weight: Array | None = None,
        mask: Any = None,
    ) -> float | None:
        """Add a batch; return its accuracy, or None where that means nothing.

        Parameters
        ----------
        loss : float
            In its own reduction.
        prediction, label : ndarray
            What the network says, and what is right.
        weight : ndarray, optional
            How much each sample counts in the loss.
        sample_weight : ndarray, optional
            How much it counts in accuracy and metrics: what classes weigh is left aside.
        mask : ndarray of bool, shape (samples, steps), optional
            Which steps are real.
        """
        own = self._loss
        self.samples += len(label)
        if own.reduction == "mean":
            of_batch = own.weight_of(label, masked(prediction, weight, mask))
            self.sum += loss * of_batch if of_batch else 0.0
            self.weight += of_batch
        else:
            self.sum += loss
            self.weight += 1.0
        if not (own.classifies or self.metrics):
            return None
        counted = own.counted(label, masked(prediction, sample_weight, mask))
        for metric in self.metrics:
            self._count(metric, prediction, label, counted)
        if not own.classifies:
            return None
        if counted is None:
            right = float(own.count_right(prediction, label))
            steps = prediction.shape[1:-1] if own.one_hot_labels else ()
            among = float(len(label) * math.prod(steps))
        else:
            decisions = own.right(prediction, label)
            weights = weights_of(decisions.shape, counted)
            right, among = float(np.sum(decisions * weights)), float(weights.sum())
        self.right += right
        self.counted += among
        return right / among if among else 0.0

    def _count(
        self, metric: Metric, prediction: Array, label: Array, counted: Array | None
    ) -> None:
        if isinstance(metric, FunctionMetric):
            if metric is next(m for m in self.metrics if isinstance(m, FunctionMetric)):
                self._kept.append(metric.kept(prediction, label, counted))
            return
        found = metric.counts(prediction, label, counted, self._loss)
        before = self.counts.get(metric.name)
        self.counts[metric.name] = found if before is None else metric.joined(before, found)

    @property
    def accuracy(self) -> float | None:
        """The share of decisions that were right; None where labels are no classes."""
        if not self._loss.classifies:
            return None
        return self.right / self.counted if self.counted else 0.0

    def figures(self) -> dict[str, Any]:
        """Return ``loss`` in the loss's own reduction, ``accuracy`` where there is one, metrics."""
        mean = self._loss.reduction == "mean"
        figures: dict[str, Any] = {"loss": self.sum / (self.weight or 1.0) if mean else self.sum}
        if self.accuracy is not None:
            figures["accuracy"] = self.accuracy
        kept = self._joined_kept()
        for metric in self.metrics:
            if isinstance(metric, FunctionMetric):
                figures[metric.name] = metric.of_all(*kept)
            else:
                figures[metric.name] = metric.figure(self.counts[metric.name])
        return figures

    def _joined_kept(self) -> list[Array]:
        if len(self._kept) > 1:
            self._kept = [tuple(map(np.concatenate, zip(*self._kept, strict=True)))]  # type: ignore[list-item]
        return list(self._kept[0]) if self._kept else []

    # --- in a checkpoint ----------------------------------------------------------------------

    def numbers(self) -> list[float]:
        """Return the sums as plain numbers."""
        return [self.sum, self.samples, self.right, self.weight, self.counted]

    def set_numbers(self, numbers: Sequence[float]) -> None:
        """Go on from what `numbers` returned."""
        total, samples, self.right, self.weight, self.counted = numbers
        self.sum, self.samples = total, int(samples)

    def arrays(self) -> dict[str, Array]:
        """Return what metrics have counted so far."""
        kept = dict(zip(("/prediction", "/label"), self._joined_kept(), strict=False))
        return self.counts | kept

    def set_arrays(self, arrays: dict[str, Array]) -> None:
        """Go on from what `arrays` returned."""
        self.counts = {name: array for name, array in arrays.items() if name[0] != "/"}
        if "/label" in arrays:
            self._kept = [(arrays["/prediction"], arrays["/label"])]


def masked(prediction: Array, weight: Any, mask: Any) -> Any:
    """Return weights of steps: those of samples, where they are real."""
    if mask is None or not is_of_steps(prediction, mask):
        return weight
    mask = np.asarray(mask, np.float64)
    return mask if weight is None else mask * np.asarray(weight).reshape(len(weight), -1)


def flat(figures: dict[str, Any]) -> Row:
    """Return figures as numbers: an entry of a matrix is called ``confusion/0/1``.

    Examples
    --------
    >>> flat({"loss": 0.5, "confusion": np.eye(2)})["confusion/1/1"]
    1.0
    """
    row: Row = {}
    for name, figure in figures.items():
        if np.ndim(figure):
            for place in np.ndindex(np.shape(figure)):
                row["/".join([name, *map(str, place)])] = float(figure[place])
        else:
            row[name] = float(figure)
    return row
