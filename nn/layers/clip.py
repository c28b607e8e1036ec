"""The layer that keeps entries within bounds."""

from __future__ import annotations

from autograd_core import Node, clip

from ..checks import number
from ..formulas import Formulas
from .layer import Batch, Layer

__all__ = ["Clip", "HardTanh"]


class Clip(Layer):
    """x within bounds, such as the "hard tanh" from -1 to 1; the gradient passes at a bound.

    Entry by entry, on arrays of any shape.

    Parameters
    ----------
    minimum, maximum : float or None, default -1.0 and 1.0
        The bounds; None leaves that side open, but not both.

    Raises
    ------
    ValueError
        If both bounds are None, or they are not finite and in order.

    References
    ----------
    ONNX calls it Clip, PyTorch Hardtanh; from 0 to 6 it is the ReLU6 of A. Krizhevsky,
    "Convolutional deep belief networks on CIFAR-10", 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Clip
    >>> layer = Clip(0.0, 6.0)
    >>> layer.forward(np.array([[-1.0, 2.0, 7.0]]))
    array([[0., 2., 6.]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 5., 0.]])
    """

    formulas = Formulas("Y = clip(X, a, b)", ("E′ = 0 where X > b, else (0 where a > X, else E)",))

    def __init__(self, minimum: float | None = -1.0, maximum: float | None = 1.0) -> None:
        owner = type(self).__name__
        self.minimum = None if minimum is None else number(owner, "minimum", minimum)
        self.maximum = None if maximum is None else number(owner, "maximum", maximum)
        if self.minimum is None and self.maximum is None:
            raise ValueError(f"{owner}(minimum, maximum) expects a bound, got None twice")
        if None not in (self.minimum, self.maximum) and self.minimum > self.maximum:  # type: ignore[operator]
            raise ValueError(
                f"{owner}(minimum, maximum) expects bounds in order, got {minimum} and {maximum}"
            )
        if self.formulas is Clip.formulas and self.maximum is None:
            self.formulas = Formulas("Y = maximum(X, a)", ("E′ = 0 where a > X, else E",))
        if self.formulas is Clip.formulas and self.minimum is None:
            self.formulas = Formulas("Y = minimum(X, b)", ("E′ = 0 where X > b, else E",))

    def apply(self, x: Batch) -> Node:
        """Keep the entries within the bounds."""
        return clip(x, self.minimum, self.maximum)


class HardTanh(Clip):
    """x within -1 and 1, a `Tanh` of straight lines: `Clip` under the name that others use.

    Parameters
    ----------
    minimum, maximum : float or None, default -1.0 and 1.0
        The bounds; None leaves that side open, but not both.

    Raises
    ------
    ValueError
        If both bounds are None, or they are not finite and in order.

    References
    ----------
    R. Collobert, "Large scale machine learning", 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import HardTanh
    >>> layer = HardTanh()
    >>> layer.forward(np.array([[-3.0, 0.5, 3.0]]))
    array([[-1. ,  0.5,  1. ]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0., 1., 0.]])
    """

    short_name = "hard_tanh"
    gives_scores = True
