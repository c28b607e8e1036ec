"""Clipping: gradients that are too long, as a whole, are made shorter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..calls import explains_arguments
from ..checks import number

__all__ = ["clip_gradients"]

Parameters = Mapping[str, Node] | Iterable[Node]
"""What `NeuralNetwork.parameters` gives, or leaves of one's own."""


@explains_arguments
def clip_gradients(parameters: Parameters, max_norm: float) -> float:
    """Scale the gradients of all parameters together, so that their norm is at most `max_norm`.

    The norm is that of one vector made of all entries of all gradients, so that its direction
    stays. Where it is not finite nothing is changed: no scale brings such a gradient back.

    Parameters
    ----------
    parameters : mapping of str to Node, or iterable of Node
        Their ``.grad`` is changed in place.
    max_norm : float
        The largest norm allowed, above 0.

    Returns
    -------
    float
        The norm before.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
    networks", ICML 2013, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from nn import clip_gradients
    >>> w, b = Node([0.0]), Node([0.0])
    >>> w.grad, b.grad = np.array([3.0]), np.array([4.0])
    >>> clip_gradients([w, b], max_norm=1.0)
    5.0
    >>> w.grad, b.grad
    (array([0.6]), array([0.8]))
    """
    limit = number("clip_gradients", "max_norm", max_norm, above=0)
    nodes = parameters.values() if isinstance(parameters, Mapping) else parameters
    clipped = [node for node in nodes if node.grad is not None]
    norm = math.hypot(*[_norm(node.grad) for node in clipped])
    if limit < norm < math.inf:
        scale = limit / norm
        for node in clipped:
            gradient = node.grad
            if type(gradient) is np.ndarray and gradient.flags.writeable:
                gradient *= scale
            else:
                node.grad = gradient * scale
    return norm


def _norm(gradient: Any) -> float:
    values = raw(gradient)
    # One pass without temporaries; the squares of float32 numbers overflow from 2e19.
    square = float(np.vdot(values, values).real)
    if 1e-30 < square < math.inf:
        return math.sqrt(square)
    largest = float(np.max(np.abs(values), initial=0.0))
    if not 0.0 < largest < math.inf:
        return largest
    scaled = np.asarray(np.abs(values), np.float64) / largest
    return largest * math.sqrt(float(np.vdot(scaled, scaled)))
