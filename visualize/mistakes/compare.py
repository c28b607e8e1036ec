"""`compare`: a gradient that was derived by hand beside that of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.node import raw

from ..text import shown
from .comparison import Compared, Comparison
from .living import source_of_gradient
from .way_back import WayBack, way_back


def compare(by_hand: Any, node: Node | npt.ArrayLike, loss: Node | None = None) -> Comparison:
    """Say whether a gradient that was derived by hand is right, and if not, what is wrong with it.

    Parameters
    ----------
    by_hand : array_like or Node
        The gradient by hand.
    node : Node or array_like
        The node that it is of, after ``backward()``; or the right gradient itself, of which less
        can be told.
    loss : Node, optional
        What is differentiated, by default what `backward` was called on, if it is still there.
        With it `backward` need not have run, and nothing is changed in the graph.

    Returns
    -------
    Comparison
        ``.verdict`` is "exact", "close" or "wrong"; ``str()`` says the rest.

    Raises
    ------
    TypeError
        If `by_hand` holds no numbers, or `loss` is no node.
    ValueError
        If the node has no gradient, or `loss` was not made of it.

    Notes
    -----
    The usual mistakes are computed from the graph, at the node and at everything above it: the sum
    over the batch missing, only one path of several, a factor n or 2, the sign, a transposed
    matrix, the other factor, the upstream gradient or the local gradient forgotten, f for f′, of
    a softmax the off-diagonal part. That whose numbers were met is named; two, where two fit.
    The ε of ln(ŷ + ε), which the lecture lets cancel, makes no right gradient wrong.

    References
    ----------
    Lecture 000, "Backpropagation": the gradients of W and b.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from visualize import compare
    >>> x, W = np.array([[1.0, 2.0], [3.0, -1.0]]), Node([[0.5], [1.0]], name="W")
    >>> Y = x @ W
    >>> loss = (Y * Y).sum()
    >>> loss.backward()
    >>> print(compare(x.T @ (2 * Y.value), W))
    exact: the gradient by hand is equal up to rounding.
    The worst entry is [0, 0]: 8 by hand, 8 in the graph, a relative error of 0.0e+00.
    >>> print(compare(-x.T @ (2 * Y.value), W))
    wrong: the sign is wrong.
    The worst entry is [1, 0]: -9 by hand, 9 in the graph, a relative error of 2.0e+00.
    """
    hand = _numbers(by_hand)
    right, back = _right(node, loss)
    with np.errstate(all="ignore"):
        return Compared(hand, right, node if type(node) is Node else None, back).comparison()


# --- what is compared ----------------------------------------------------------------------------


def _numbers(by_hand: Any) -> npt.NDArray[Any]:
    try:
        hand = np.asarray(raw(by_hand))
    except ValueError:  # rows of different lengths
        hand = np.asarray(None)
    if hand.dtype.kind not in "fciub":
        raise TypeError(
            "compare() expects the gradient by hand as a number or an array of numbers, got "
            f"{type(by_hand).__name__}: {shown(str(by_hand), 60)}. Write for example: "
            "compare(x.T @ dY, W)"
        )
    return hand if hand.dtype.kind in "fc" else hand.astype(np.float64)


def _right(node: Any, loss: Any) -> tuple[npt.NDArray[Any], WayBack | None]:
    """The right gradient, with its history where that is known."""
    if type(node) is not Node:
        if loss is not None:
            raise TypeError(
                "compare(..., loss) expects a node of the loss's graph beside it, got "
                f"{type(node).__name__}. Write for example: compare(dW, W, loss)"
            )
        return _numbers(node), None
    named = f" of {shown(node.name)!r}" if node.name else ""
    if loss is None:
        if node.grad is None:
            raise ValueError(
                f"compare() expects a node with a gradient, but that{named} is None. Call "
                "loss.backward() before, or write: compare(dW, W, loss)"
            )
        return np.asarray(raw(node.grad)), source_of_gradient(node)
    if type(loss) is not Node or not loss.requires_grad:
        what = type(loss).__name__ if type(loss) is not Node else "one that wants no gradient"
        raise TypeError(
            f"compare(..., loss) expects a Node that a gradient can be taken of, got {what}"
        )
    if loss.size != 1:
        raise ValueError(
            f"compare() expects a loss with one entry, got shape {loss.shape}. Reduce it first: "
            "compare(dW, W, loss.sum())"
        )
    back = way_back(loss)
    if node not in back.gradients:
        raise ValueError(
            f"no gradient comes from the loss to the node{named}: see why(W, loss) for the reason"
        )
    return np.asarray(raw(back.gradients[node])), back
