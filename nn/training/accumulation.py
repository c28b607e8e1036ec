"""Gradients of several batches together: one update for all of them, as for one large batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd_core import Node

from ..losses import Loss

__all__ = ["Part", "part_of_group", "scaled"]


class Part(NamedTuple):
    """Which part of a group of batches one of them is; the group makes one update together."""

    share: float
    """Of what the mean over the group is divided by."""
    adds: bool
    """Whether there are gradients from before."""
    updates: bool
    """Whether it is the last."""


def part_of_group(
    batches: Sequence[Any], number: int, accumulate: int, weight_of: Callable[[Any], float]
) -> Part | None:
    """Return which part a batch of an epoch is; None where it is a group of its own.

    Parameters
    ----------
    batches : sequence
        Those of the epoch.
    number : int
        Which of them it is, from 0.
    accumulate : int
        Batches of a group; the last one of an epoch has what is left.
    weight_of : callable
        By what the mean over a batch is divided, as `Loss.weight_of` says: not each has as many
        samples, and of sequences not as many steps.

    Examples
    --------
    >>> part_of_group(["ab", "cd", "ef", "gh", "i"], 4, accumulate=3, weight_of=len)
    Part(share=0.3333333333333333, adds=True, updates=True)
    >>> part_of_group(["ab", "cd", "ef", "gh"], 3, accumulate=3, weight_of=len) is None
    True
    """
    place = number % accumulate
    group = batches[number - place : number - place + accumulate]
    if len(group) == 1:
        return None
    weights = [weight_of(batch) for batch in group]
    return Part(weights[place] / (sum(weights) or 1.0), place > 0, place == len(group) - 1)


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
