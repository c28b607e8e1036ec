"""Gradients of several batches together: one update for all of them, as for one large batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_core import Node

from ..distributed import Share
from ..losses import Loss

if TYPE_CHECKING:
    from ..network import NeuralNetwork

__all__ = ["Part", "parts_of_group", "scaled"]


class Part(NamedTuple):
    """Which part of a group of batches one of them is; the group makes one update together."""

    share: float
    """Of what the mean over the group is divided by."""
    adds: bool
    """Whether there are gradients from before."""
    updates: bool
    """Whether it is the last."""


def parts_of_group(weights: Sequence[float]) -> list[Part | None]:
    """Return which parts the batches of a group are; None where one is a group of its own.

    Parameters
    ----------
    weights : sequence of float
        By what the mean over each batch is divided, as `Loss.weight_of` says: not each has as many
        samples, and of sequences not as many steps.

    Examples
    --------
    >>> parts_of_group([4.0, 2.0])[1]
    Part(share=0.3333333333333333, adds=True, updates=True)
    >>> parts_of_group([4.0])
    [None]
    """
    if len(weights) == 1:
        return [None]
    total, last = sum(weights) or 1.0, len(weights) - 1
    return [Part(each / total, n > 0, n == last) for n, each in enumerate(weights)]


def weight_of(network: NeuralNetwork, x: Any, labels: Any, weight: Any = None) -> float:
    """Return by what the mean over a batch is divided: steps that are padding do not count."""
    first: Any = network.layers[0]
    padding = getattr(first, "padding", None) if first.takes_indices else None
    if padding is not None and labels.ndim > 1:
        x = x.whole() if type(x) is Share else x
        steps = (np.asarray(x) != padding).astype(np.float64)
        weight = steps if weight is None else (weight.T * steps.T).T
    return network.loss.weight_of(labels, weight)


def scaled(loss_of: Loss, loss: Node, objective: Node, share: Any) -> tuple[Node, Any]:
    """Return what a part of a group minimizes, and the gradient to begin with.

    Summed over a group they make the gradient that its samples have as one batch.

    Parameters
    ----------
    loss_of : Loss
        By which the batch was compared: a mean counts by its share, a sum as it is.
    loss, objective : Node
        The loss of the batch, and that with what regularizers cost, which cost it once in a group.
    share : scalar or Node
        The batch's share of the group, in the dtype of the loss.
    """
    if loss_of.reduction == "mean":
        return objective, share
    if objective is not loss:
        objective = loss + share * (objective - loss)
    return objective, None
