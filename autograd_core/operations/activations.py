"""Activation functions of lecture 003, and their successors, as single operations."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import refuse_complex
from ..operation import Operation
from ..values import as_array
from .guards import may_hold

__all__ = [
    "elu", "erf", "gelu", "leaky_relu", "relu", "selu", "sigmoid", "silu", "softplus",
]  # fmt: skip

_ndarray = np.ndarray


@lru_cache(maxsize=16)
def _zero(dtype: np.dtype[Any]) -> Any:
    """An array without axes: beside a small array it is a quicker operand than Python's 0."""
    zero = np.zeros((), dtype)
    zero.flags.writeable = False
    return zero


def _relu(x: Any) -> Any:
    return np.maximum(x, _zero(x.dtype) if type(x) is _ndarray else 0)


def _relu_rule(g: Any, out: Any, x: Any) -> Any:
    if type(g) is type(x) is _ndarray and g.shape == x.shape and g.dtype is x.dtype:
        # The bits of g * (x > 0), for which NumPy would convert piece by piece.
        part = (x > _zero(x.dtype)).astype(x.dtype)
        part *= g
        return part
    return g * (x > 0)


relu = Operation(
    "relu",
    _relu,
    rules=(_relu_rule,),
    real_only=True,
    elementwise=True,
    doc="""max(x, 0). Gradient: g where x > 0, else 0; so 0 at 0 (lecture 000, eq. 9; lecture 002).

    Examples
    --------
    >>> from autograd_core import Node, relu
    >>> x = Node([-1.0, 0.0, 2.0])
    >>> y = relu(x)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([0., 0., 2.]), array([0., 0., 1.]))
    """,
)


leaky_relu = Operation(
    "leaky_relu",
    lambda x, negative_slope: np.where(x > 0, x, negative_slope * x),
    rules=(lambda g, out, x, negative_slope: np.where(x > 0, g, negative_slope * g),),
    real_only=True,
    options={"negative_slope": 0.01},
    elementwise=True,
    doc="""x where x > 0, else negative_slope * x (lecture 003, "Activation Functions").

    Gradient: g where x > 0, else negative_slope g, at 0 too.

    Parameters
    ----------
    x : Node or array_like
        Real numbers, of any shape.
    negative_slope : float, default 0.01
        The slope left of 0, an option without a gradient.

    Raises
    ------
    TypeError
        If x holds no numbers or complex ones, or the slope is a node that wants a gradient.

    References
    ----------
    A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
    Models", 2013.

    Examples
    --------
    >>> from autograd_core import Node, leaky_relu
    >>> x = Node([-1.0, 2.0])
    >>> y = leaky_relu(x, negative_slope=0.25)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([-0.25,  2.  ]), array([0.25, 1.  ]))
    """,
)

elu = Operation(
    "elu",
    lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0))),
    rules=(lambda g, out, x, alpha: g * np.where(x > 0, 1.0, out + alpha),),
    real_only=True,
    options={"alpha": 1.0},
    elementwise=True,
    doc="""x where x > 0, else alpha * (exp(x) - 1) (lecture 003, "Activation Functions").

    Gradient: g where x > 0, else g alpha exp(x); so alpha g at 0.

    Parameters
    ----------
    x : Node or array_like
        Real numbers, of any shape.
    alpha : float, default 1.0
        The function tends to -alpha far left; an option without a gradient.

    Raises
    ------
    TypeError
        If x holds no numbers or complex ones, or alpha is a node that wants a gradient.

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and Accurate Deep Network Learning by
    Exponential Linear Units (ELUs)", 2015.

    Examples
    --------
    >>> from autograd_core import Node, elu
    >>> x = Node([-1.0, 0.0, 2.0])
    >>> y = elu(x)
    >>> y.sum().backward()
    >>> y.value.round(4), x.grad.round(4)
    (array([-0.6321,  0.    ,  2.    ]), array([0.3679, 1.    , 1.    ]))
    """,
)

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_LEFT = SELU_SCALE * SELU_ALPHA

selu = Operation(
    "selu",
    lambda x: np.where(
        x > 0, SELU_SCALE * np.maximum(x, 0), _SELU_LEFT * np.expm1(np.minimum(x, 0.0))
    ),
    rules=(lambda g, out, x: g * np.where(x > 0, SELU_SCALE, out + _SELU_LEFT),),
    real_only=True,
    elementwise=True,
    doc="""A scaled `elu` that keeps mean 0 and variance 1 through the layers.

    1.0507 x where x > 0, else 1.7581 (exp(x) - 1). Gradient: 1.0507 g, or left of 0 and there
    1.7581 g exp(x).

    References
    ----------
    G. Klambauer et al., "Self-Normalizing Neural Networks", 2017.

    Examples
    --------
    >>> from autograd_core import Node, selu
    >>> x = Node([-1.0, 0.0, 2.0])
    >>> y = selu(x)
    >>> y.sum().backward()
    >>> y.value.round(4), x.grad.round(4)
    (array([-1.1113,  0.    ,  2.1014]), array([0.6468, 1.7581, 1.0507]))
    """,
)


def _sigmoid(x: Any) -> Any:
    refuse_complex("sigmoid", x)
    # exp of a negative number on both sides: no overflow, and no digits lost for large -x. Bytes
    # have no negative numbers: less from 0.0 they are floats.
    return np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(0.0 - np.abs(x)))


sigmoid = Operation(
    "sigmoid",
    _sigmoid,
    rules=(lambda g, out, x: g * out * (1.0 - out),),
    symbol="σ",
    elementwise=True,
    doc="""1 / (1 + exp(-x)), stable both ways. Gradient: g f (1 - f), where f is the result.

    Lecture 003, "Activation Functions".

    Examples
    --------
    >>> from autograd_core import sigmoid, value_and_grad
    >>> value_and_grad(sigmoid)(0.0)
    (np.float64(0.5), np.float64(0.25))
    >>> value_and_grad(sigmoid)(-1000.0)  # saturated: nothing is learnt there
    (np.float64(0.0), np.float64(0.0))
    """,
)


_FLAT = -2e4
"""Below this a gated unit gives 0 in every precision; -inf times a closed gate would be nan."""


def _silu_rule(g: Any, out: Any, x: Any) -> Any:
    gate = sigmoid(x)
    if may_hold(np.isinf, x):
        out = np.where(np.isinf(x), 0.0, out)
    return g * (gate + out * (1.0 - gate))


silu = Operation(
    "silu",
    lambda x: np.maximum(x, _FLAT) * _sigmoid(x),
    rules=(_silu_rule,),
    real_only=True,
    elementwise=True,
    doc="""x sigmoid(x), also called swish. Gradient: g (f + sigmoid(x) (1 - f)), f the result.

    References
    ----------
    S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-Weighted Linear Units for Neural Network Function
    Approximation in Reinforcement Learning", 2018; P. Ramachandran, B. Zoph and Q. V. Le,
    "Searching for Activation Functions", 2017.

    Examples
    --------
    >>> from autograd_core import silu, value_and_grad
    >>> value_and_grad(silu)(0.0)
    (np.float64(0.0), np.float64(0.5))
    >>> silu(-1.0).round(4)  # a little below 0 on the left
    np.float64(-0.2689)
    """,
)
softplus = Operation(
    "softplus",
    lambda x: np.logaddexp(x, 0.0),
    rules=(lambda g, out, x: g * sigmoid(x),),
    elementwise=True,
    doc="""log(1 + exp(x)) without overflow: a smooth relu. Gradient: g sigmoid(x).

    References
    ----------
    C. Dugas et al., "Incorporating Second-Order Functional Knowledge for Better Option Pricing",
    2000.

    Examples
    --------
    >>> from autograd_core import grad, softplus, value_and_grad
    >>> softplus(0.0).round(4), grad(softplus)(0.0)
    (np.float64(0.6931), np.float64(0.5))
    >>> value_and_grad(softplus)(1000.0)
    (np.float64(1000.0), np.float64(1.0))
    """,
)

_erf = np.frompyfunc(math.erf, 1, 1)


def _between(x: Any, edge: float) -> Any:
    """`x`, or the edge: for factors that have vanished there, and whose powers overflow beyond."""
    return np.minimum(np.maximum(x, -edge), edge)


def _bell(x: Any, scale: float) -> Any:
    near = _between(x, 200.0)
    return np.exp(-scale * near * near)


erf = Operation(
    "erf",
    lambda x: as_array(_erf(x)).astype(np.result_type(x, np.float16)),
    rules=(lambda g, out, x: g * (2.0 / math.sqrt(math.pi) * _bell(x, 1.0)),),
    elementwise=True,
    doc="""The error function, from -1 to 1. Gradient: g 2 exp(-x**2) / sqrt(pi).

    See Also
    --------
    scipy.special.erf : the same on plain numbers; math.erf on one.

    Examples
    --------
    >>> from autograd_core import erf, grad
    >>> erf(0.0), grad(erf)(0.0).round(4)
    (np.float64(0.0), np.float64(1.1284))
    """,
)


def _gelu_inner(x: Any) -> Any:
    x = _between(x, 30.0)
    return np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x))


def _gelu(x: Any, approximate: bool = False) -> Any:
    high = np.maximum(x, _FLAT)
    if approximate:
        return 0.5 * high * (1.0 + _gelu_inner(x))
    return 0.5 * high * (1.0 + erf(x / math.sqrt(2.0)))


def _gelu_rule(g: Any, out: Any, x: Any, approximate: bool) -> Any:
    if approximate:
        inner, x = _gelu_inner(x), _between(x, 30.0)
        slope = math.sqrt(2.0 / math.pi) * (1.0 + 3 * 0.044715 * x * x)
        return g * (0.5 * (1.0 + inner) + 0.5 * x * (1.0 - inner * inner) * slope)
    density = _bell(x, 0.5) / math.sqrt(2.0 * math.pi)
    return g * (0.5 * (1.0 + erf(x / math.sqrt(2.0))) + _between(x, 200.0) * density)


gelu = Operation(
    "gelu",
    _gelu,
    rules=(_gelu_rule,),
    real_only=True,
    elementwise=True,
    doc="""x times the standard normal distribution function at x.

    ``approximate=True`` takes the formula with tanh, which is faster and off by up to 5e-4. The
    gradient is g times (the distribution function + x times the density).

    Parameters
    ----------
    x : Node or array_like
        Real numbers, of any shape.
    approximate : bool, default False
        Whether to take the formula with tanh.

    References
    ----------
    D. Hendrycks and K. Gimpel, "Gaussian Error Linear Units", 2016.

    Examples
    --------
    >>> from autograd_core import gelu, value_and_grad
    >>> value_and_grad(gelu)(0.0)
    (np.float64(0.0), np.float64(0.5))
    >>> gelu(1.0).round(4), gelu(1.0, approximate=True).round(4)
    (np.float64(0.8413), np.float64(0.8412))
    """,
)
