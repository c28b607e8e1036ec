"""Gradients of several batches together: one update for all of them, as for one large batch."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd_core import Node

from ..losses import Loss

__all__ = ["Part", "part_of_group", "scaled"]


class Part(NamedTuple):
    """Which part of a group of batches one of them is; the group makes one update together."""

    share: float
    """Of the samples of the group."""
    adds: bool
    """Whether there are gradients from before."""
    updates: bool
    """Whether it is the last."""


def part_of_group(batch: int, samples: int, batch_size: int, accumulate: int) -> Part | None:
    """Return which part a batch of an epoch is; None where it is a group of its own.

    Parameters
    ----------
    batch : int
        Its number in the epoch, from 0.
    samples, batch_size : int
        Samples of the epoch and of a batch.
    accumulate : int
        Batches of a group; the last one of an epoch has what is left.

    Examples
    --------
    >>> part_of_group(4, 50, 10, accumulate=3)  # the second half of the second group
    Part(share=0.5, adds=True, updates=True)
    >>> part_of_group(3, 40, 10, accumulate=3) is None
    True
    """
    place, start = batch % accumulate, batch * batch_size
    first = start - place * batch_size
    end = min(first + accumulate * batch_size, samples)
    stop = min(start + batch_size, samples)
    part = Part((stop - start) / (end - first), place > 0, stop == end)
    return part if part.adds or not part.updates else None


def scaled(loss_of: Loss, loss: Node, objective: Node, share: Any) -> tuple[Node, Any]:
    """Return what a part of a group minimizes, and the gradient to begin with.

    Summed over a group they make the gradient that its samples have as one batch.

    Parameters
    ----------
    loss_of : Loss
        By which the batch was compared: a mean counts by the samples, a sum as it is.
    loss, objective : Node
        The loss of the batch, and that with what regularizers cost, which cost it once in a group.
    share : scalar or Node
        The batch's share of the samples, in the dtype of the loss.
    """
    if loss_of.reduction == "mean":
        return objective, share
    if objective is not loss:
        objective = loss + share * (objective - loss)
    return objective, None
