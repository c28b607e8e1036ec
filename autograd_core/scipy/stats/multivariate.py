"""Distributions of vectors."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import scipy.stats

from ...errors import refuse_complex
from ...node import Node, raw
from ...operation import as_operand
from ...recorded import depends
from ..special import gammaln, psi, xlogy
from .distribution import Distribution

__all__ = ["dirichlet", "multivariate_normal"]


class MultivariateNormal(Distribution):
    """The normal distribution of vectors of n numbers.

    Functions of the place x, of shape (..., n), of mean and cov, differentiable for all of them.

    Parameters
    ----------
    mean : Node or array_like, optional
        The means, of shape (n,); zeros by default.
    cov : Node or array_like, default 1
        The covariance matrix, of shape (n, n), or the variances, one for each or one for all. All
        of the matrix gets the gradient, so a symmetric one gets a symmetric one.
    allow_singular : bool, default False
        Whether the matrix may be singular, for the density within its subspace; a constant then.

    Returns
    -------
    Frozen
        The distribution with its parameters: functions of the place.

    Raises
    ------
    TypeError
        In its functions, if something holds complex numbers, or a singular cov wants a gradient.
    ValueError
        If cov does not fit to mean, or has negative eigenvalues.
    numpy.linalg.LinAlgError
        If cov is singular and that is not allowed.

    Methods
    -------
    logpdf(x, mean, cov, allow_singular)
        The logarithm of the density at x, of shape (...).
    pdf(x, mean, cov, allow_singular)
        The density at x.
    entropy(mean, cov)
        The differential entropy, in nats.

    See Also
    --------
    scipy.stats.multivariate_normal : the same on plain numbers, and what is not named here.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import stats
    >>> mean, cov = Node([0.0, 0.0]), Node(np.diag([1.0, 4.0]))
    >>> stats.multivariate_normal(mean, cov).logpdf([2.0, 4.0]).backward()
    >>> mean.grad.round(6)  # inv(cov) @ (x - mean)
    array([2., 1.])
    >>> cov.grad.round(6)
    array([[1.5  , 1.   ],
           [1.   , 0.375]])
    """

    def __init__(self) -> None:
        super().__init__(
            "multivariate_normal",
            {"mean": None, "cov": 1.0, "allow_singular": False},
            self.__doc__ or "",
        )

    def _given(self) -> list[inspect.Parameter]:
        given = list(inspect.signature(self.logpdf).parameters.values())[1:]
        return [parameter.replace(annotation=parameter.empty) for parameter in given]

    def _matrix(self, mean: Any, cov: Any) -> tuple[Any, Any]:
        """The mean as a vector and the covariance as a matrix."""
        cov = as_operand(cov)
        refuse_complex("multivariate_normal", cov, mean)
        dim = cov.shape[0] if cov.ndim else 1
        if mean is not None:
            mean = np.ravel(as_operand(mean))
            dim = mean.shape[0]
        if cov.ndim < 2:  # one variance for all, or one for each
            cov = np.eye(dim) * (cov if cov.ndim == 0 or cov.shape == (1,) else cov[:, None])
        if cov.shape != (dim, dim):
            raise ValueError(
                f"multivariate_normal expects cov of shape {(dim, dim)} for {dim} numbers, got "
                f"{cov.shape}"
            )
        return mean, cov

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
        """The logarithm of the density at x, whose last axis holds the numbers of one point."""
        x = as_operand(x)
        refuse_complex("multivariate_normal", x)
        mean, cov = self._matrix(mean, cov)
        dim = cov.shape[0]
        if x.ndim == 0 or (x.ndim == 1 and dim == 1):
            x = x[..., None]
        off = x if mean is None else x - mean
        basis = _basis(cov, allow_singular)
        outside = False
        if basis is not None:  # in the coordinates of the subspace
            inside = off @ basis
            outside = np.linalg.norm(raw(off - inside @ basis.T), axis=-1) > 1e-8
            off, cov = inside, basis.T @ cov @ basis
        solved = np.linalg.solve(cov, off[..., None])[..., 0]
        logs = np.linalg.slogdet(cov)[1] + cov.shape[0] * math.log(2.0 * math.pi)
        found = -0.5 * (np.sum(off * solved, axis=-1) + logs)
        return np.where(outside, -math.inf, found) if np.any(outside) else found

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
        """The density at x."""
        return np.exp(self.logpdf(x, mean, cov, allow_singular))

    def entropy(self, mean: Any = None, cov: Any = 1.0) -> Any:
        """The differential entropy."""
        _, cov = self._matrix(mean, cov)
        _basis(cov, False)
        return 0.5 * (np.linalg.slogdet(cov)[1] + cov.shape[0] * math.log(2.0 * math.pi * math.e))


def _basis(cov: Any, allow_singular: bool) -> Any:
    """The directions in which there is any variance, as columns; None for all."""
    if depends(cov) and not allow_singular:  # for a program it has to be positive definite
        return None
    values, vectors = np.linalg.eigh(raw(cov))
    limit = 1e6 * np.finfo(values.dtype).eps * np.max(np.abs(values), initial=0.0)
    if np.any(values < -limit):
        raise ValueError("multivariate_normal expects a cov that is symmetric and not negative")
    if np.all(values > limit):
        return None
    if not allow_singular:
        raise np.linalg.LinAlgError(
            "multivariate_normal expects a positive definite cov, got a singular one. Write "
            "allow_singular=True for the density within its subspace"
        )
    if type(cov) is Node and cov.requires_grad:
        raise TypeError(
            "multivariate_normal has no derivative with respect to a singular cov. Pass cov.value"
        )
    return vectors[:, values > limit]


class Dirichlet(Distribution):
    """The Dirichlet distribution: density in proportion to the product of all x**(alpha - 1).

    Functions of the place x and of alpha, differentiable for both. The n numbers of x stand along
    its first axis and sum to 1; the last may be left out.

    Parameters
    ----------
    alpha : Node or array_like
        The concentrations, above 0, of shape (n,).

    Returns
    -------
    Frozen
        The distribution with its parameter: functions of the place.

    Raises
    ------
    TypeError
        In its functions, if something holds complex numbers.
    ValueError
        If x does not sum to 1, does not fit to alpha, or alpha is not above 0.

    Methods
    -------
    logpdf(x, alpha)
        The logarithm of the density at x, without its first axis.
    pdf(x, alpha)
        The density at x.
    entropy(alpha)
        The differential entropy, in nats.

    See Also
    --------
    scipy.stats.dirichlet : the same on plain numbers, and what is not named here.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import stats
    >>> alpha = Node([1.0, 2.0])
    >>> stats.dirichlet(alpha).logpdf([0.5, 0.5]).backward()
    >>> alpha.grad.round(6)  # log(x) - psi(alpha) + psi(alpha.sum())
    array([ 0.806853, -0.193147])
    """

    def __init__(self) -> None:
        super().__init__("dirichlet", {"alpha": None}, self.__doc__ or "")

    def logpdf(self, x: Any, alpha: Any) -> Any:
        """The logarithm of the density at x."""
        x, alpha = as_operand(x), as_operand(alpha)
        refuse_complex("dirichlet", x, alpha)
        if not depends(x) and not depends(alpha):
            scipy.stats.dirichlet.logpdf(raw(x), raw(alpha))  # raises where x is no such point
        if x.shape[0] == alpha.shape[0] - 1:
            x = np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)])
        powers = np.reshape(alpha - 1.0, (-1, *(1,) * (x.ndim - 1)))
        return np.sum(xlogy(powers, x), axis=0) - _log_beta(alpha)

    def pdf(self, x: Any, alpha: Any) -> Any:
        """The density at x."""
        return np.exp(self.logpdf(x, alpha))

    def entropy(self, alpha: Any) -> Any:
        """The differential entropy."""
        alpha = as_operand(alpha)
        refuse_complex("dirichlet", alpha)
        total, count = np.sum(alpha), alpha.shape[-1]
        spread = (total - count) * psi(total) - np.sum((alpha - 1.0) * psi(alpha))
        return _log_beta(alpha) + spread


def _log_beta(alpha: Any) -> Any:
    return np.sum(gammaln(alpha)) - gammaln(np.sum(alpha))


multivariate_normal = MultivariateNormal()
dirichlet = Dirichlet()
