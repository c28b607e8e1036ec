"""How far one distribution is from another."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from autograd_core import Node, log, multiply, subtract, sum, where

from ..formulas import Formulas
from .logarithms import _OfLogarithms
from .loss import _Averaged

__all__ = ["KullbackLeiblerLoss"]


class KullbackLeiblerLoss(_OfLogarithms, _Averaged):
    """sum y (ln y - y_hat): of labels that are probabilities, and logarithms as of LogSoftMax.

    Predictions have the shape (samples, classes), or (samples, ..., classes); labels are
    integers without that last axis, or rows in that shape.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
        Whether the samples are averaged or summed; the classes of a sample are summed.

    Raises
    ------
    ValueError
        If `reduction` is not one of those; when called, if the labels are not in the shape of the
        prediction, nor whole numbers, one per sample.

    Notes
    -----
    The gradient is that of `NegativeLogLikelihoodLoss`; the value is 0 where both distributions are
    the same. What the label says is impossible costs nothing: 0 ln 0 is 0.

    References
    ----------
    S. Kullback and R. A. Leibler, "On information and sufficiency", Annals of Mathematical
    Statistics 22, 1951; PyTorch's KLDivLoss, whose "batchmean" is our mean.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import KullbackLeiblerLoss
    >>> loss = KullbackLeiblerLoss()
    >>> loss.forward(np.log([[0.5, 0.5]]), np.array([[0.5, 0.5]]))
    0.0
    >>> round(loss.forward(np.log([[0.5, 0.5]]), np.array([[0.0, 1.0]])), 6)
    0.693147
    >>> loss.backward()
    array([[ 0., -1.]])
    """

    formulas = Formulas("L = Σ y ⊙ (ln y − ŷ)", ("E = −y",))

    def terms(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Compute the divergence of each sample."""
        some = label > 0.0
        logs = log(where(some, label, 1.0))
        # Not y (ln y - y_hat): where y is 0, y_hat may be -inf.
        each = multiply(label, subtract(logs, where(some, prediction, 0.0)))
        return sum(each, axis=-1)
