"""What losses over classes share: they cost -sum q f(prediction), with rows q made of labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, multiply, reshape, sum

from ..checks import cut, number, whole_number
from ..data.preparation import hot_rows
from ..formulas import Formulas
from .loss import _ReducedLoss, not_zero


class _OverClasses(_ReducedLoss):
    """A loss over classes that is linear in the rows of the labels.

    A subclass says in `against` what rows cost. Smoothing, weights and the divisor of a mean all go
    into these rows, so that the plain case is as fast as if there were none of them.
    """

    classifies = True
    formulas_of_rows: Formulas | None = None
    """What is computed where the rows q are not the labels themselves."""

    def __init__(
        self,
        reduction: str = "sum",
        *,
        label_smoothing: float = 0.0,
        class_weight: Sequence[float] | None = None,
        ignore_index: int | None = None,
    ) -> None:
        super().__init__(reduction)
        owner = type(self).__name__
        self.label_smoothing = number(owner, "label_smoothing", label_smoothing, least=0, most=1)
        self.class_weight = None if class_weight is None else _of_classes(owner, class_weight)
        self.ignore_index = (
            None
            if ignore_index is None
            else whole_number(owner, "ignore_index", ignore_index, least=-(2**63))
        )
        if not self.takes_labels_alone:
            self.formulas = self.formulas_of_rows

    @property
    def formulas_of_weighted(self) -> Formulas | None:
        """What is computed where samples have weights: all that goes into the rows."""
        return self.formulas_of_rows

    @property
    def takes_labels_alone(self) -> bool:
        """Whether the rows are the labels themselves, one-hot."""
        counts_all = self.class_weight is None and self.ignore_index is None
        return counts_all and not self.label_smoothing

    def against(self, prediction: Any, rows: Any, divisor: float) -> Node:
        """Compute what rows cost, over a divisor."""
        raise NotImplementedError

    def apply(self, prediction: Any, label: Any) -> Node:
        """Compute the loss of a batch."""
        if not self.takes_labels_alone:
            return self.weighted(prediction, label, None)
        return self.against(prediction, label, self._entries(label))

    def _entries(self, label: Any) -> float:
        if self.reduction == "sum":
            return 1.0
        shape = label.shape
        return float(shape[0] if len(shape) == 2 else math.prod(shape[:-1]))

    def weighted(self, prediction: Any, label: Any, weight: Any) -> Node:
        """Compute the loss of samples, or of steps, of which each may have a weight."""
        rows, each = self._smoothed(label), None
        if self.class_weight is not None:
            of_classes = self._of_classes(prediction.shape[-1], prediction.dtype)
            rows, each = rows * of_classes, sum(label * of_classes, axis=-1)
        elif self.ignore_index is not None:
            each = sum(label, axis=-1)
        if weight is not None:
            steps = label.shape[weight.ndim : -1]
            wide = reshape(weight, (*weight.shape, *(1 for _ in steps)))
            rows = rows * wide[..., None]
            each = wide * float(math.prod(steps)) if each is None else multiply(each, wide)
        if self.reduction == "sum":
            return self.against(prediction, rows, 1.0)
        total = self._entries(label) if each is None else not_zero(sum(each))
        return self.against(prediction, rows / total, 1.0)

    def _smoothed(self, label: Any) -> Any:
        if not self.label_smoothing:
            return label
        share = self.label_smoothing / label.shape[-1]
        # Of its own sum, so that the rows of what is left out stay 0.
        return label * (1.0 - self.label_smoothing) + sum(label, axis=-1, keepdims=True) * share

    def _of_classes(self, classes: int, dtype: Any) -> npt.NDArray[Any]:
        assert self.class_weight is not None
        if len(self.class_weight) != classes:
            raise ValueError(
                f"{type(self).__name__}(class_weight) expects {classes} weights, one per class, "
                f"got {len(self.class_weight)}"
            )
        return np.array(self.class_weight, dtype)

    # --- labels -------------------------------------------------------------------------------

    def rows_of(self, labels: npt.NDArray[Any], classes: int, dtype: Any) -> npt.NDArray[Any]:
        """Return rows of zeros with a one at the class of each label; of zeros where ignored."""
        if self.ignore_index is None:
            return super().rows_of(labels, classes, dtype)
        kept = labels != self.ignore_index
        self.check_classes(labels, classes)
        rows = hot_rows(np.where(kept, labels, 0), classes, dtype)
        rows *= kept[..., None]
        return rows

    def check_classes(self, labels: npt.NDArray[Any], classes: int) -> None:
        """Raise ValueError where an integer is no class, and not the one that is left out."""
        if self.ignore_index is not None:
            labels = np.where(labels == self.ignore_index, 0, labels)
        try:
            super().check_classes(labels, classes)
        except ValueError as error:
            lowest = int(labels.min())
            if lowest >= 0:
                raise
            raise ValueError(
                f"{error}. To leave out what is labelled {lowest} write "
                f"{type(self).__name__}(ignore_index={lowest})"
            ) from None
        if self.class_weight is not None:
            self._of_classes(classes, float)

    def counted(self, label: npt.NDArray[Any], weight: Any = None) -> npt.NDArray[Any] | None:
        """Return how much samples or steps count: what is ignored, not at all."""
        if self.ignore_index is None or label.dtype.kind not in "iu":
            return super().counted(label, weight)
        kept = (label != self.ignore_index).astype(np.float64)
        return kept if weight is None else kept * _widened(weight, kept.ndim)

    def weight_of(self, label: npt.NDArray[Any], weight: Any = None) -> float:
        """Return by what the mean of a batch is divided."""
        if self.class_weight is None and self.ignore_index is None:
            return super().weight_of(label, weight)
        each: Any = self.counted(label, weight)
        if self.class_weight is not None:
            of_classes = np.array(self.class_weight)
            if label.dtype.kind in "iu" and not _are_rows(label, len(of_classes)):
                own = of_classes[np.where(label == self.ignore_index, 0, label)]
            else:
                own = label @ of_classes
            each = own if each is None else own * _widened(each, own.ndim)
        return float(len(label) if each is None else np.sum(each))


def _are_rows(label: npt.NDArray[Any], classes: int) -> bool:
    return label.ndim > 1 and label.shape[-1] == classes and bool((label.sum(-1) == 1).all())


def _widened(weight: npt.NDArray[Any], ndim: int) -> npt.NDArray[Any]:
    return weight.reshape(*weight.shape, *(1,) * (ndim - weight.ndim))


def _of_classes(owner: str, given: Any) -> list[float]:
    """Return weights of classes as plain numbers, or raise ValueError."""
    if isinstance(given, (Mapping, str)) or np.ndim(given) != 1:
        raise ValueError(
            f"{owner}(class_weight) expects a list of one number per class, such as [1.0, 5.0], "
            f"got {cut(given)}. A dict or 'balanced' goes to fit(..., class_weight=...)"
        )
    return [
        number(owner, f"class_weight[{place}]", weight, least=0)
        for place, weight in enumerate(np.asarray(given).tolist())
    ]
