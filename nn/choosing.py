"""Losses and optimizers by their names, and functions as losses."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from .checks import cut
from .layers import Layer, LogSoftMax
from .losses import (
    BinaryCrossEntropy,
    CosineLoss,
    CrossEntropyLoss,
    FocalLoss,
    HingeLoss,
    HuberLoss,
    KullbackLeiblerLoss,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    MultiClassHingeLoss,
    NegativeLogLikelihoodLoss,
    SigmoidCrossEntropyLoss,
    SoftMaxCrossEntropyLoss,
)
from .losses.function import FunctionLoss
from .optimizers import SGD, Optimizer
from .registry import known_by_short_name, known_names


def _cross_entropy(last: Layer) -> Loss:
    if last.applies_softmax:
        return CrossEntropyLoss("mean")
    if isinstance(last, LogSoftMax):
        return NegativeLogLikelihoodLoss("mean")
    return SoftMaxCrossEntropyLoss("mean")


def _binary_cross_entropy(last: Layer) -> Loss:
    return (BinaryCrossEntropy if last.saturates_at == (0.0, 1.0) else SigmoidCrossEntropyLoss)(
        "mean"
    )


_LOSSES: dict[str, Callable[[Layer], Loss]] = {
    "cross_entropy": _cross_entropy,
    "softmax_cross_entropy": lambda last: SoftMaxCrossEntropyLoss("mean"),
    "binary_cross_entropy": _binary_cross_entropy,
    "mean_squared_error": lambda last: MeanSquaredError(),
    "mean_absolute_error": lambda last: MeanAbsoluteError(),
    "huber": lambda last: HuberLoss(),
    "hinge": lambda last: HingeLoss(),
    "multi_class_hinge": lambda last: MultiClassHingeLoss(),
    "focal": lambda last: FocalLoss(),
    "kullback_leibler": lambda last: KullbackLeiblerLoss(),
    "cosine": lambda last: CosineLoss(),
    "negative_log_likelihood": lambda last: NegativeLogLikelihoodLoss(),
}

_OTHER_NAMES = {
    "ce": "cross_entropy",
    "crossentropy": "cross_entropy",
    "categorical_crossentropy": "cross_entropy",
    "sparse_categorical_crossentropy": "cross_entropy",
    "log_loss": "cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "bce": "binary_cross_entropy",
    "mse": "mean_squared_error",
    "squared_error": "mean_squared_error",
    "mae": "mean_absolute_error",
    "absolute_error": "mean_absolute_error",
    "smooth_l1": "huber",
    "kl_divergence": "kullback_leibler",
    "kl_div": "kullback_leibler",
    "nll": "negative_log_likelihood",
    "nll_loss": "negative_log_likelihood",
}

_RATES = {"sgd": 0.1}
"""Of optimizers that have no usual one."""


def loss_from(given: Any, last: Layer) -> Any:
    """Return a loss of a name or a function; all else as it is.

    Parameters
    ----------
    given : Loss, str or callable
        As the user gave it. "cross_entropy" fits what the network ends with: scores,
        probabilities as of SoftMax, or their logarithms; so does "binary_cross_entropy".
    last : Layer
        What the network ends with.

    Examples
    --------
    >>> from nn import ReLU, SoftMax
    >>> loss_from("cross_entropy", ReLU()), loss_from("cross_entropy", SoftMax())
    (SoftMaxCrossEntropyLoss(reduction='mean'), CrossEntropyLoss(reduction='mean'))
    """
    if isinstance(given, str):
        name = usual_name(given)
        if given in known_names("loss"):
            advice = f"NeuralNetwork(loss) expects a name such as 'cross_entropy', got {given!r}"
            raise ValueError(f"{advice}. Write loss={given}()")
        if name not in _LOSSES:
            raise ValueError(_unknown("loss", given, [*_LOSSES, *_OTHER_NAMES], list(_LOSSES)))
        return _LOSSES[name](last)
    if callable(given) and not isinstance(given, (Loss, type)):
        return FunctionLoss(given)
    return given


def losses_by_name(last: Layer) -> dict[str, type[Loss]]:
    """Return the losses behind a last layer by their names.

    Examples
    --------
    >>> from nn import SoftMax
    >>> losses_by_name(SoftMax())["cross_entropy"].__name__
    'CrossEntropyLoss'
    """
    return {name: type(make(last)) for name, make in _LOSSES.items()}


def usual_name(loss: str) -> str:
    """Return what a loss is called here that others call otherwise.

    Examples
    --------
    >>> usual_name("MSE"), usual_name("huber")
    ('mean_squared_error', 'huber')
    """
    name = loss.lower().replace("-", "_").replace(" ", "_")
    return _OTHER_NAMES.get(name, name)


def optimizer_from(given: Any, owner: str = "NeuralNetwork") -> Any:
    """Return an optimizer of a name, with its usual learning rate; all else as it is.

    Examples
    --------
    >>> optimizer_from("adam")
    Adam()
    """
    if not isinstance(given, str):
        return given
    known: dict[str, type[Optimizer]] = known_by_short_name("optimizer")
    if given.lower() not in known:
        raise ValueError(_unknown("optimizer", given, list(known), list(known), owner))
    kind = known[given.lower()]
    return SGD(_RATES["sgd"]) if kind is SGD else kind()


def _unknown(
    what: str, given: str, close_to: list[str], known: list[str], owner: str = "NeuralNetwork"
) -> str:
    near = difflib.get_close_matches(given.lower(), close_to, 1)
    meant = f". Write {what}={near[0]!r}" if near else ""
    return f"{owner}({what}) expects one of {', '.join(known)}, got {cut(given)}{meant}"
