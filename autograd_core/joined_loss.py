"""The cross entropy of scores as one node, in a step of training whose graph nobody looks at.

As `affine` does, the node opens in place into its two operations when somebody looks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .affine import joining
from .node import Node, next_serial
from .operation import LOADED, Operation, record
from .operations.softmax import log_softmax, negative_log_likelihood

__all__ = ["cross_entropy_of_scores"]

_ndarray = np.ndarray
_logs_of: Any = log_softmax.forward
_likelihood: Any = negative_log_likelihood.forward
_to_scores: Any = log_softmax.rules[0]
_to_logs: Any = negative_log_likelihood.rules[0]
_to_targets: Any = negative_log_likelihood.rules[1]


def cross_entropy_of_scores(scores: Any, targets: Any, divisor: float) -> Node:
    """Record ``negative_log_likelihood(log_softmax(scores), targets, divisor)``.

    Parameters
    ----------
    scores : Node or ndarray, shape (samples, classes)
        What a network says.
    targets : ndarray, shape (samples, classes)
        What is right, in the dtype of the scores.
    divisor : float
        What the sum is divided by.

    Returns
    -------
    Node
        A scalar, to the same bits as one node, inside of `joining`, or as two.

    Examples
    --------
    >>> from autograd_core.backpropagation import ancestors
    >>> token = joining.set(True)
    >>> loss = cross_entropy_of_scores(Node([[0.0, 0.0]]), np.array([[0.0, 1.0]]), 1.0)
    >>> joining.reset(token)
    >>> loss.operation.name, loss.value.round(4)
    ('cross_entropy_of_scores', np.float64(0.6931))
    >>> [node.operation.name for node in ancestors(loss) if node.operation]
    ['log_softmax', 'negative_log_likelihood']
    """
    if joining.get() and type(scores) is Node and type(targets) is _ndarray:
        value = scores._value
        if value.dtype is targets.dtype and value.shape == targets.shape:
            logs = _logs_of(value)
            next_serial()  # of the logarithms, should they be asked for
            return record(
                _JOINED,
                (scores, targets),
                _likelihood(logs, targets, divisor),
                {"divisor": divisor, "logs": logs},
                scores.requires_grad,
            )
    loss: Node = negative_log_likelihood(log_softmax(scores), targets, divisor)
    return loss


def _opened(node: Node) -> None:
    """Make of a joined node, in place, the likelihood of the logarithms, which become a node."""
    scores, targets = node.inputs
    divisor, logs = node.options["divisor"], node.options["logs"]
    inner = Node(logs, requires_grad=scores.requires_grad)
    inner.operation, inner.inputs, inner.options = log_softmax, (scores,), log_softmax.defaults
    inner.scope, inner.serial = node.scope, node.serial - 1
    if node.grad is not None and inner.requires_grad:
        inner.grad = _to_logs(node.grad, node._value, logs, targets, divisor)
    node.operation, node.inputs = negative_log_likelihood, (inner, targets)
    node.options = {"divisor": divisor}


_JOINED = Operation(
    "cross_entropy_of_scores",
    lambda scores, targets, divisor=1.0, logs=None: _likelihood(_logs_of(scores), targets, divisor),
    rules=(
        lambda g, out, scores, targets, divisor, logs: _to_scores(
            _to_logs(g, out, logs, targets, divisor), logs, scores, -1
        ),
        lambda g, out, scores, targets, divisor, logs: _to_targets(g, out, logs, targets, divisor),
    ),
    real_only=True,
    doc="The cross entropy of scores, which opens into its two operations when somebody looks.",
)
_JOINED.opens = _opened
del LOADED[_JOINED.name]  # nobody calls it, so it is not in the table
