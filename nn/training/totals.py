"""Loss and accuracy over several batches."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from ..losses import Loss
from .history import Row


class Totals:
    """Loss and accuracy over several batches."""

    def __init__(self, loss: Loss) -> None:
        self._loss = loss
        self.sum = 0.0
        self.samples = 0
        self.right = 0

    def add(self, loss: float, prediction: npt.NDArray[Any], label: npt.NDArray[Any]) -> int | None:
        """Add a batch; return how many samples were right, or None where that means nothing."""
        samples = len(label)
        self.sum += loss * (samples if self._loss.reduction == "mean" else 1)
        self.samples += samples
        if not self._loss.classifies:
            return None
        right = self._loss.count_right(prediction, label)
        self.right += right
        return right

    @property
    def accuracy(self) -> float | None:
        """The share of samples that were right; None where labels are no classes."""
        return self.right / self.samples if self._loss.classifies else None

    def figures(self) -> Row:
        """Return ``loss`` in the loss's own reduction, and ``accuracy`` where there is one."""
        mean = self._loss.reduction == "mean"
        figures = {"loss": self.sum / self.samples if mean else self.sum}
        if self.accuracy is not None:
            figures["accuracy"] = self.accuracy
        return figures
