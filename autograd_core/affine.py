"""``x @ W + b`` as one node: a step of training then holds one array where the two would hold two.

Whoever looks at the graph finds the two operations of the lecture: the node opens in place into
those, and computes the product again, when `ancestors` passes by, and before a backward pass that
is recorded or guarded.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import numpy as np

from .node import NO_OPTIONS, Node, next_serial
from .operation import LOADED, Operation, record
from .operations.arithmetic import add
from .operations.products import matmul
from .short_sums import leading, total

__all__ = ["affine", "joining"]

joining: ContextVar[bool] = ContextVar("autograd_core.joining", default=False)
"""Whether layers record one node: set where nobody looks at the graph of a step."""

_ndarray = np.ndarray
_product: Any = matmul.forward
_to_left: Any = matmul.rules[0]
_to_right: Any = matmul.rules[1]


def affine(x: Any, weight: Node, bias: Node) -> Node:
    """Record ``x @ weight + bias``, as one node inside of `joining`.

    Parameters
    ----------
    x : Node or ndarray, shape (..., n)
        The batch.
    weight : Node, shape (n, m)
        The matrix.
    bias : Node, shape (m,)
        What is added to each row.

    Returns
    -------
    Node, shape (..., m)
        To the same bits, either way.

    Examples
    --------
    >>> from autograd_core.backpropagation import ancestors
    >>> x, w, b = np.ones((1, 2)), Node([[1.0], [2.0]]), Node([0.5])
    >>> token = joining.set(True)
    >>> y = affine(x, w, b)
    >>> joining.reset(token)
    >>> y.operation.name, y.value
    ('affine', array([[3.5]]))
    >>> [node.operation.name for node in ancestors(y) if node.operation]
    ['matmul', 'add']
    """
    if joining.get():
        a = x._value if type(x) is Node else x
        w, b = weight._value, bias._value
        if type(a) is _ndarray and a.ndim > 1 and b.ndim == 1 and a.dtype is w.dtype is b.dtype:
            value = _product(a, w)
            value += b
            next_serial()  # of the product, should it be asked for
            inputs = (x, weight, bias)
            wanted = weight.requires_grad or bias.requires_grad or _wants_gradient(x)
            return record(_AFFINE, inputs, value, NO_OPTIONS, wanted)
    # The operator is faster, but an array on its left would take the long way through NumPy.
    product: Node = x @ weight if type(x) is Node else matmul(x, weight)
    return product + bias


def _wants_gradient(x: Any) -> bool:
    return type(x) is Node and x.requires_grad


def _opened(node: Node) -> None:
    """Make of a node of `affine`, in place, the sum of a product and the bias."""
    x, weight, bias = node.inputs
    product = Node(_product(x._value if type(x) is Node else x, weight._value))
    product.operation, product.inputs = matmul, (x, weight)
    product.requires_grad = weight.requires_grad or _wants_gradient(x)
    product.scope, product.serial = node.scope, node.serial - 1
    if node.grad is not None and product.requires_grad:
        product.grad = node.grad.copy()
    node.operation, node.inputs = add, (product, bias)


_AFFINE = Operation(
    "affine",
    lambda x, weight, bias: _product(x, weight) + bias,
    rules=(
        lambda g, out, x, weight, bias: _to_left(g, out, x, weight),
        lambda g, out, x, weight, bias: _to_right(g, out, x, weight),
        lambda g, out, x, weight, bias: total(g, leading(g.ndim)),
    ),
    symbol="@ +",
    doc="x @ weight + bias, which opens into its two operations when somebody looks.",
)
_AFFINE.opens = _opened
del LOADED[_AFFINE.name]  # nobody calls it, so it is not in the table
