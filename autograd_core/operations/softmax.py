"""Softmax and what belongs to it: stable, each a single operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import refuse_complex
from ..node import constant, held
from ..operation import Operation
from ..short_sums import largest_kept, sum_kept
from ..values import DIFFERENTIABLE, as_array
from .activations import sigmoid
from .reductions import kept_shape, spread, widened

__all__ = [
    "log_softmax", "logsumexp", "negative_log_likelihood", "sigmoid_cross_entropy", "softmax",
    "softmax_cross_entropy",
]  # fmt: skip


def _logsumexp(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    x = as_array(x)
    if x.dtype.kind not in DIFFERENTIABLE:
        x = x.astype(np.float64)
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore", over="ignore"):  # the sum of nothing but exp(-inf)
        exponentials = widened(np.exp(x - largest))
        out = np.log(np.sum(exponentials, axis=axis, keepdims=True)) + largest
    out = out.astype(x.dtype)
    return out if keepdims else np.reshape(out, np.shape(np.sum(out, axis=axis)))


def _logsumexp_rule(g: Any, out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    empty = np.reshape(out, kept_shape(x, axis)) == -np.inf  # a sum of nothing
    shares = np.where(empty, 0.0, softmax(np.where(empty, 0.0, x), axis))
    return spread(g, x, axis) * shares


logsumexp = Operation(
    "logsumexp",
    _logsumexp,
    rules=(_logsumexp_rule,),
    real_only=True,
    doc="""log(sum(exp(a))) over all entries or over `axis`, without overflow.

    Gradient: g softmax(a).

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    b : Node or array_like, optional
        Weights of the exponentials, broadcast against a: log(sum(b exp(a))).
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    return_sign : bool, default False
        Whether to return the logarithm of the sum's absolute value, and its sign.

    Returns
    -------
    Node, scalar or ndarray
        One number for each place along the other axes; -inf for a sum of nothing, nan for a
        negative one. With `return_sign` a tuple of it and the sign.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    AxisError
        If there is no such axis.

    See Also
    --------
    scipy.special.logsumexp : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad, logsumexp
    >>> x = np.array([1000.0, 1000.0])
    >>> (logsumexp(x) - 1000.0).round(4), grad(logsumexp)(x)
    (np.float64(0.6931), array([0.5, 0.5]))
    """,
)


@logsumexp.wider
def _weighted_logsumexp(
    a: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Any:
    """log(sum(b exp(a))), called as SciPy's function of that name; see `logsumexp`."""
    if b is None:
        found = logsumexp(a, axis, keepdims=keepdims)
        # A sum of exponentials is never negative, and 0 only where all of them are.
        return (found, np.sign(np.exp(found))) if return_sign else found
    a, b = np.broadcast_arrays(a, b)
    a = np.where(b == 0, -np.inf, a)  # what weighs nothing may be infinite
    largest = constant(np.max(a, axis=axis, keepdims=True, initial=-np.inf))
    largest = np.where(np.isfinite(largest), largest, 0.0)
    total = np.sum(b * np.exp(a - largest), axis=axis, keepdims=True)
    sign = np.sign(total)
    size = np.abs(total) if return_sign else np.where(total < 0, np.nan, total)
    with np.errstate(divide="ignore"):  # the sum of nothing
        found = np.log(size) + largest
    if not keepdims:
        shape = np.shape(np.sum(held(found), axis=axis))
        found, sign = np.reshape(found, shape), np.reshape(sign, shape)
    return (found, sign) if return_sign else found


_vdot, _INF = np.vdot, np.inf


def _at_the_ends(of_moderate: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of moderate floats one of whole, huge, infinite, no and many short ones."""

    def forward(x: Any, axis: Any = -1) -> Any:
        # A finite sum of squares, the quickest question, leaves room for all differences.
        if x.dtype.char in "fdg" and _vdot(x, x) < _INF and x.size:
            return of_moderate(x, axis)
        if x.dtype.kind != "f":
            refuse_complex("softmax", x)
            x = x.astype(np.float64)
        if not x.size:
            return np.exp(x)
        with np.errstate(over="ignore", invalid="ignore"):
            wide = widened(x)  # the sum of many exponentials overflows in half precision
            largest = np.max(wide, axis=axis, keepdims=True)
            # Infinite entries share all; rows of nothing but -inf say nothing and are nan.
            ends = np.where(wide == largest, 0.0, -np.inf)
            some = np.where(largest == np.inf, ends, np.where(largest == -np.inf, np.nan, wide))
            return of_moderate(some.astype(wide.dtype), axis).astype(x.dtype)

    return forward


def _softmax_of_moderate(x: Any, axis: Any) -> Any:
    exponentials = np.exp(x - largest_kept(x, axis))
    return exponentials / sum_kept(exponentials, axis)


_softmax = _at_the_ends(_softmax_of_moderate)


def _softmax_rule(g: Any, out: Any, x: Any, axis: Any) -> Any:
    weighted = g * out
    return weighted - out * sum_kept(weighted, axis)


softmax = Operation(
    "softmax",
    _softmax,
    rules=(_softmax_rule,),
    real_only=True,
    doc="""exp(x) / sum(exp(x)) along `axis`, without overflow (lecture 000, eqs. 10 and 11).

    Gradient: out (g - sum(g out)).

    Parameters
    ----------
    x : Node or array_like
        Real numbers, such as the scores of classes.
    axis : int or tuple of int, default -1
        Along which axes the results sum up to 1.

    Returns
    -------
    Node, scalar or ndarray
        Numbers from 0 to 1, in the same shape; nan in rows of nothing but -inf.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    AxisError
        If there is no such axis.

    See Also
    --------
    scipy.special.softmax : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, softmax
    >>> x = Node([0.0, np.log(3.0)])
    >>> y = softmax(x)
    >>> y[0].backward()
    >>> y.value.round(4), x.grad.round(4)
    (array([0.25, 0.75]), array([ 0.1875, -0.1875]))
    """,
)


def _log_softmax_of_moderate(x: Any, axis: Any) -> Any:
    below = x - largest_kept(x, axis)
    return below - np.log(sum_kept(np.exp(below), axis))


_log_softmax = _at_the_ends(_log_softmax_of_moderate)

log_softmax = Operation(
    "log_softmax",
    _log_softmax,
    rules=(lambda g, out, x, axis: g - np.exp(out) * sum_kept(g, axis),),
    real_only=True,
    doc="""log(softmax(x)) along `axis`, finite where softmax itself rounds to 0.

    Gradient: g - softmax(x) sum(g).

    Parameters
    ----------
    x : Node or array_like
        Real numbers, such as the scores of classes.
    axis : int or tuple of int, default -1
        Along which axes the exponentials of the results sum up to 1.

    Returns
    -------
    Node, scalar or ndarray
        Numbers up to 0, in the same shape; nan in rows of nothing but -inf.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    AxisError
        If there is no such axis.

    See Also
    --------
    scipy.special.log_softmax : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node, log_softmax
    >>> x = Node([0.0, 1000.0])
    >>> y = log_softmax(x)
    >>> y[0].backward()
    >>> y.value, x.grad
    (array([-1000.,     0.]), array([ 1., -1.]))
    """,
)


def _negative_log_likelihood(log_probabilities: Any, targets: Any, divisor: float = 1.0) -> Any:
    if targets.shape != log_probabilities.shape:  # vdot would take any with as many entries
        raise ValueError("the shapes differ")
    out = -np.vdot(targets, log_probabilities) / divisor
    if out != out:  # nan, maybe 0 * -inf: what has no weight costs nothing
        logs = np.where(targets == 0, 0.0, log_probabilities)
        out = -np.vdot(targets, logs) / divisor
    return out


negative_log_likelihood = Operation(
    "negative_log_likelihood",
    _negative_log_likelihood,
    rules=(
        lambda g, out, log_probabilities, targets, divisor: targets * (-g / divisor),
        lambda g, out, log_probabilities, targets, divisor: log_probabilities * (-g / divisor),
    ),
    real_only=True,
    doc="""-sum(targets * log_probabilities) / divisor, over all entries.

    Behind `log_softmax` it is the cross entropy of a batch, lecture 000, eq. 12 without its eps.
    Gradient for the log-probabilities: -g targets / divisor.

    Parameters
    ----------
    log_probabilities : Node or array_like, shape (samples, classes)
        Logarithms of the predicted probabilities; any other shape will do.
    targets : Node or array_like
        One-hot rows (or any weights) in the same shape. What has no weight costs nothing.
    divisor : float, default 1.0
        1 for the sum over the batch, the number of samples for the mean.

    Returns
    -------
    Node or scalar
        The loss.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, log_softmax, negative_log_likelihood
    >>> logits, targets = Node([[0.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> loss = negative_log_likelihood(log_softmax(logits), targets, divisor=2)
    >>> loss.backward()
    >>> loss.value.round(4), logits.grad
    (np.float64(0.6931), array([[-0.25,  0.25],
           [ 0.25, -0.25]]))
    """,
)


def _are_labels(logits: Any, targets: Any) -> bool:
    return np.ndim(targets) == np.ndim(logits) - 1


def _as_weights(targets: Any, logits: Any) -> Any:
    """One-hot rows as floats: int64 ones would turn float32 logits into float64."""
    if targets.dtype.kind in DIFFERENTIABLE:
        return targets
    return targets.astype(np.result_type(logits, np.float16))


def _one_hot(labels: Any, classes: int, axis: int) -> Any:
    """Rows of zeros with a 1 at the label."""
    kept = np.expand_dims(labels, axis)
    shape = [1] * np.ndim(kept)
    shape[axis] = classes
    return kept == np.arange(classes).reshape(shape)


def _softmax_cross_entropy(logits: Any, targets: Any, axis: int = -1) -> Any:
    if not _are_labels(logits, targets):
        if np.shape(logits) != np.shape(targets):
            raise ValueError(
                f"targets have shape {np.shape(targets)}: expected one-hot rows in the shape of "
                "the logits, or integer labels without the axis of the classes"
            )
        weights = _as_weights(as_array(targets), logits)
        # A class of weight 0 costs nothing, where its probability is 0 too: 0 * -inf is nan.
        logs = np.where(weights == 0, 0.0, _log_softmax(logits, axis))
        return -np.sum(weights * logs, axis=axis)
    labels = as_array(targets)
    classes = np.shape(logits)[axis]
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels are whole numbers, of dtype int, not {labels.dtype}")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"labels lie from 0 to {classes - 1}, got {labels.min()} to {labels.max()}"
        )
    picked = np.take_along_axis(_log_softmax(logits, axis), np.expand_dims(labels, axis), axis=axis)
    return -np.squeeze(picked, axis=axis)


def _softmax_cross_entropy_rule(g: Any, out: Any, logits: Any, targets: Any, axis: int) -> Any:
    g = np.expand_dims(g, axis)
    if _are_labels(logits, targets):
        hot = _one_hot(targets, np.shape(logits)[axis], axis)
        return g * softmax(logits, axis) - np.where(hot, g, 0.0)
    weights = _as_weights(targets, logits)
    total = np.sum(weights, axis=axis, keepdims=True)
    return g * (softmax(logits, axis) * total - weights)


def _softmax_cross_entropy_targets_rule(
    g: Any, out: Any, logits: Any, targets: Any, axis: int
) -> Any:
    return -np.expand_dims(g, axis) * log_softmax(logits, axis)


softmax_cross_entropy = Operation(
    "softmax_cross_entropy",
    _softmax_cross_entropy,
    rules=(_softmax_cross_entropy_rule, _softmax_cross_entropy_targets_rule),
    real_only=True,
    doc="""Cross entropy of softmax(logits) with the targets, one number per sample.

    -sum(targets * log_softmax(logits)) along `axis`, without the eps of lecture 000, eq. 12, and
    without overflow. Gradient for one-hot targets: g (softmax(logits) - targets).

    Parameters
    ----------
    logits : Node or array_like, shape (samples, classes)
        The scores of the classes; further axes will do, and none for samples.
    targets : Node or array_like
        One-hot rows (or any weights) in the shape of the logits, or integer labels without the axis
        of the classes.
    axis : int, default -1
        Along which axis the classes stand.

    Returns
    -------
    Node, scalar or ndarray, shape (samples,)
        The loss of each sample.

    Raises
    ------
    TypeError
        If the logits are complex, or labels are no whole numbers.
    ValueError
        If the shapes don't fit together, or a label lies outside of the classes.

    Examples
    --------
    >>> from autograd_core import Node, softmax_cross_entropy
    >>> logits = Node([[0.0, 0.0], [0.0, 20.0]])
    >>> losses = softmax_cross_entropy(logits, [1, 0])  # the second is quite wrong
    >>> losses.sum().backward()
    >>> losses.value.round(4), logits.grad.round(4)
    (array([ 0.6931, 20.    ]), array([[ 0.5, -0.5],
           [-1. ,  1. ]]))
    """,
)


def _sigmoid_cross_entropy(scores: Any, targets: Any) -> Any:
    # Each term is exact where it is small, and costs nothing without weight: 0 * inf is nan.
    yes = np.logaddexp(0.0, np.where(targets == 0, -np.inf, -scores))
    no = np.logaddexp(0.0, np.where(targets == 1, -np.inf, scores))
    return targets * yes + (1.0 - targets) * no


sigmoid_cross_entropy = Operation(
    "sigmoid_cross_entropy",
    _sigmoid_cross_entropy,
    rules=(
        lambda g, out, z, y: g * ((1.0 - y) * sigmoid(z) - y * sigmoid(-z)),
        lambda g, out, z, y: -g * z,
    ),
    elementwise=True,
    doc="""Binary cross entropy of sigmoid(scores) with targets from 0 to 1, entry by entry.

    y softplus(-z) + (1 - y) softplus(z) for scores z and targets y, without overflow. Gradients:
    g (sigmoid(z) - y) for the scores, and -g z for the targets.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, eq. 4.90.

    Examples
    --------
    >>> from autograd_core import Node, sigmoid_cross_entropy
    >>> scores = Node([0.0, 20.0])
    >>> losses = sigmoid_cross_entropy(scores, [1.0, 0.0])  # the second is quite wrong
    >>> losses.sum().backward()
    >>> losses.value.round(4), scores.grad.round(4)
    (array([ 0.6931, 20.    ]), array([-0.5,  1. ]))
    """,
)
