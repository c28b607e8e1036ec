"""Regularization: what large weights cost, added to the loss."""

from __future__ import annotations

from typing import ClassVar

from autograd_core import Node, sum
from autograd_core.modes import in_scope

from .checks import number
from .registry import Configurable

__all__ = ["L1", "L1L2", "L2", "Regularizer"]


class Regularizer(Configurable):
    """A cost of a parameter, whatever the data.

    A layer holds regularizers for its parameters by name in `Layer.regularizers`;
    `Layer.penalty` adds up what they cost. A subclass says in `apply` what it computes.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from nn import Regularizer
    >>> class Quartic(Regularizer):
    ...     def apply(self, parameter):
    ...         return 0.1 * np.sum(parameter**4)
    >>> w = Node([1.0, 2.0])
    >>> Quartic()(w).backward()
    >>> w.grad
    array([0.4, 3.2])
    """

    kind: ClassVar[str] = "regularizer"

    def __call__(self, parameter: Node) -> Node:
        """Record the cost of a parameter, a scalar, in a scope of its own."""
        return in_scope(type(self).__name__, None, self.apply, parameter)

    def apply(self, parameter: Node) -> Node:
        """Compute the cost with graph operations."""
        raise NotImplementedError(f"{type(self).__name__} must define apply(self, parameter)")


class L1(Regularizer):
    """strength * sum |w|: pulls each weight to 0 by the same force, and leaves many at 0.

    Parameters
    ----------
    strength : float, default 0.0001
        lambda. The gradient is lambda sign(w), and 0 at 0.

    Raises
    ------
    ValueError
        If a strength is not finite and at least 0.

    References
    ----------
    I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", 2016, eqs. 7.18 to 7.20.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import L1
    >>> w = Node([3.0, -2.0, 0.0])
    >>> cost = L1(0.5)(w)
    >>> cost.backward()
    >>> cost.value, w.grad
    (np.float64(2.5), array([ 0.5, -0.5,  0. ]))
    """

    def __init__(self, strength: float = 1e-4) -> None:
        self.strength = number("L1", "strength", strength, least=0)

    def apply(self, parameter: Node) -> Node:
        """Compute strength * sum |w|."""
        return self.strength * sum(abs(parameter))


class L2(Regularizer):
    """strength / 2 * sum w^2: pulls each weight to 0 in proportion to its size.

    Parameters
    ----------
    strength : float, default 0.0001
        lambda. The gradient is lambda w, so that under plain `SGD` it equals a weight decay of
        the same strength.

    Raises
    ------
    ValueError
        If a strength is not finite and at least 0.

    References
    ----------
    I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", 2016, eqs. 7.2 to 7.5.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import L2
    >>> w = Node([3.0, -2.0])
    >>> cost = L2(0.5)(w)
    >>> cost.backward()
    >>> cost.value, w.grad
    (np.float64(3.25), array([ 1.5, -1. ]))
    """

    def __init__(self, strength: float = 1e-4) -> None:
        self.strength = number("L2", "strength", strength, least=0)

    def apply(self, parameter: Node) -> Node:
        """Compute strength / 2 * sum w^2."""
        return 0.5 * self.strength * sum(parameter * parameter)


class L1L2(Regularizer):
    """Both at once: l1 * sum |w| + l2 / 2 * sum w^2.

    Parameters
    ----------
    l1, l2 : float, default 0.0001
        The strengths; see `L1` and `L2`.

    Raises
    ------
    ValueError
        If a strength is not finite and at least 0.

    References
    ----------
    H. Zou and T. Hastie, "Regularization and variable selection via the elastic net", Journal of
    the Royal Statistical Society B, 2005.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from nn import L1L2
    >>> L1L2(l1=0.5, l2=0.1)(Node([3.0, -2.0])).value
    np.float64(3.15)
    """

    def __init__(self, l1: float = 1e-4, l2: float = 1e-4) -> None:
        self.l1 = number("L1L2", "l1", l1, least=0)
        self.l2 = number("L1L2", "l2", l2, least=0)

    def apply(self, parameter: Node) -> Node:
        """Compute l1 * sum |w| + l2 / 2 * sum w^2."""
        squares = sum(parameter * parameter)
        return self.l1 * sum(abs(parameter)) + 0.5 * self.l2 * squares
