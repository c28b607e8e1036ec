"""Clipping: gradients that are too long, as a whole, are made shorter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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

    Raises
    ------
    ValueError
        If `max_norm` is not finite and above 0.

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
    norm = _norm_of_all([raw(node.grad) for node in clipped])
    if limit < norm < math.inf:
        scale = limit / norm
        for node in clipped:
            gradient = node.grad
            if type(gradient) is np.ndarray and gradient.flags.writeable:
                gradient *= scale
            else:
                node.grad = gradient * scale
    return norm


def clipping_factor(gradients: Sequence[Any], limit: float) -> Any:
    """By what `clip_gradients` multiplies all of them, as an expression for a program.

    Parameters
    ----------
    gradients : sequence of ndarray or Node
        All gradients.
    limit : float
        The largest norm allowed.

    Returns
    -------
    numpy scalar or Node
        A float64; nan where a square is beyond the range, as `clip_gradients` knows better.

    Examples
    --------
    >>> clipping_factor([np.array([3.0]), np.array([4.0])], 1.0)
    np.float64(0.2)
    """
    total: Any = 0.0
    for gradient in gradients:
        total = total + np.vdot(gradient, gradient).astype(np.float64)
    norm = np.sqrt(total)
    return np.where(norm > limit, limit / norm, 1.0) + (norm - norm)


def _norm_of_all(gradients: Sequence[Any]) -> float:
    # One pass without temporaries; the squares of float32 numbers overflow from 2e19.
    squares = [float(np.vdot(values, values).real) for values in gradients]
    if all(1e-30 < square < math.inf or not square for square in squares):
        total = 0.0
        for square in squares:  # sum() would round otherwise than a program does
            total += square
        if total:
            return math.sqrt(total)
    return math.hypot(*map(_norm, gradients))


def _norm(values: Any) -> float:
    """The norm of one gradient, also where squares of its entries are 0 or infinite."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if not 0.0 < largest < math.inf:
        return largest
    scaled = np.asarray(np.abs(values), np.float64) / largest
    return largest * math.sqrt(float(np.vdot(scaled, scaled)))
