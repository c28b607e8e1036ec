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
    doc="""log(sum(exp(x))) over all entries or over `axis`, without overflow.

    Gradient: g softmax(x).""",
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

    Gradient: out (g - sum(g out)).""",
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

    Gradient: g - softmax(x) sum(g).""",
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

    Behind `log_softmax` it is the cross entropy of a batch: targets are one-hot rows (or any
    weights) in the shape of the log-probabilities, and the divisor is 1 for the sum over the batch
    and the number of samples for the mean.""",
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
    without overflow. Targets are one-hot rows (or any weights) in the shape of the logits, or
    integer labels without the axis of the classes. Gradient for one-hot targets:
    g (softmax(logits) - targets).""",
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

    y softplus(-z) + (1 - y) softplus(z), without overflow. Gradient for the scores:
    g (sigmoid(z) - y).""",
)
