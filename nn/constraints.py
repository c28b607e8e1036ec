"""Constraints: what weights are held to after each update."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from autograd_core import Node

from .checks import cut, number, whole_number
from .registry import Configurable

__all__ = ["Constraint", "MaxNorm", "NonNegative", "UnitNorm"]

_LEAST = 1e-30
"""In place of a norm of 0, by which nothing can be divided."""


class Constraint(Configurable):
    """What a parameter must fulfil; a network applies it after each update.

    A layer holds constraints for its parameters by name in `Layer.constraints`. A subclass says in
    `apply` what becomes of the values, as a NumPy expression, which compiled steps record.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Constraint, FullyConnected
    >>> class Whole(Constraint):
    ...     def apply(self, value):
    ...         return np.rint(value)
    >>> layer = FullyConnected(2, 3)
    >>> layer.constraints = {"weight": Whole()}
    >>> Whole().apply(np.array([0.4, 1.6]))
    array([0., 2.])
    """

    kind: ClassVar[str] = "constraint"

    def apply(self, value: Any) -> Any:
        """Return the values as they have to be.

        Parameters
        ----------
        value : ndarray or Node
            The values after an update; they are not changed in place.
        """
        raise NotImplementedError(f"{type(self).__name__} must define apply(self, value)")


def constraints_of(layers: Iterable[Any], parameters: Mapping[str, Node]) -> dict[str, Constraint]:
    """Return the constraints of layers by the paths of the parameters that they are for."""
    paths = {id(node): path for path, node in parameters.items()}
    found: dict[str, Constraint] = {}
    for layer in layers:
        for name, constraint in layer.constraints.items():
            path = paths.get(id(vars(layer).get(name)))
            if path is None or not isinstance(constraint, Constraint):
                raise ValueError(
                    f"{layer!r} expects constraints of its parameters, got {cut(constraint)} for "
                    f"{name!r}. Write for example layer.constraints = "
                    f'{{"{next(iter(layer.parameters()), "weight")}": MaxNorm(2.0)}}'
                )
            found[path] = constraint
    return found


def hold(parameters: Mapping[str, Node], constraints: Mapping[str, Constraint]) -> None:
    """Bring parameters to what their constraints allow, but for those that are frozen."""
    for name, constraint in constraints.items():
        if (node := parameters[name]).requires_grad:
            value = node._value
            held = np.asarray(constraint.apply(value), value.dtype)
            if type(value) is np.ndarray:
                np.copyto(value, held)
            else:
                node._value = held[()]


class NonNegative(Constraint):
    """No weight below 0: negative ones become 0.

    References
    ----------
    D. D. Lee and H. S. Seung, "Learning the parts of objects by non-negative matrix factorization",
    Nature, 1999.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import NonNegative
    >>> NonNegative().apply(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def apply(self, value: Any) -> Any:
        """Compute max(value, 0)."""
        return np.maximum(value, 0.0)


class _OfNorms(Constraint):
    """A constraint on the Euclidean norms of the weights of each unit."""

    axis: int | tuple[int, ...] | None

    def _set_axis(self, axis: Any) -> None:
        owner = type(self).__name__
        if isinstance(axis, (list, tuple)):
            self.axis = tuple(whole_number(owner, "axis", each, least=-64) for each in axis)
        else:
            self.axis = None if axis is None else whole_number(owner, "axis", axis, least=-64)

    def _norms(self, value: Any) -> Any:
        axis = self.axis
        if axis is None:
            axis = tuple(range(1, value.ndim)) if value.ndim > 2 else 0
        squares = np.sum(value * value, axis=axis, keepdims=True)
        return np.maximum(np.sqrt(squares), _LEAST)


class MaxNorm(_OfNorms):
    """The weights of each unit at most so long: longer ones are scaled down to the limit.

    Parameters
    ----------
    limit : float, default 2.0
        The largest Euclidean norm.
    axis : int or tuple of int, optional
        Along which axes of the parameter the weights of a unit lie. By default its inputs: axis 0
        of a matrix (inputs, outputs), all but the first of a kernel (outputs, inputs, ...); of
        `ConvTranspose2D`, whose kernels are (inputs, outputs, ...), write (0, 2, 3). A bias counts
        as a whole.

    Raises
    ------
    ValueError
        If the limit is not finite and above 0, or an axis is no whole number.

    References
    ----------
    N. Srivastava et al., "Dropout: A simple way to prevent neural networks from overfitting",
    Journal of Machine Learning Research, 2014, section 5.1.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import MaxNorm
    >>> MaxNorm(1.0).apply(np.array([[3.0, 0.3], [4.0, 0.4]]))
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """

    def __init__(self, limit: float = 2.0, axis: int | tuple[int, ...] | None = None) -> None:
        self.limit = number("MaxNorm", "limit", limit, above=0)
        self._set_axis(axis)

    def apply(self, value: Any) -> Any:
        """Scale down what is longer than the limit."""
        return value * np.minimum(self.limit / self._norms(value), 1.0)


class UnitNorm(_OfNorms):
    """The weights of each unit exactly 1 long; all zero they stay.

    Parameters
    ----------
    axis : int or tuple of int, optional
        Along which axes of the parameter the weights of a unit lie. By default its inputs: axis 0
        of a matrix (inputs, outputs), all but the first of a kernel (outputs, inputs, ...); of
        `ConvTranspose2D`, whose kernels are (inputs, outputs, ...), write (0, 2, 3). A bias counts
        as a whole.

    Raises
    ------
    ValueError
        If an axis is no whole number.

    References
    ----------
    T. Salimans and D. P. Kingma, "Weight normalization", NeurIPS 2016, of lengths that are learned.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import UnitNorm
    >>> UnitNorm().apply(np.array([[3.0, 0.3], [4.0, 0.4]]))
    array([[0.6, 0.6],
           [0.8, 0.8]])
    """

    def __init__(self, axis: int | tuple[int, ...] | None = None) -> None:
        self._set_axis(axis)

    def apply(self, value: Any) -> Any:
        """Divide by the norms."""
        return value / self._norms(value)
