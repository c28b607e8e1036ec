"""Plain functions of predictions and labels, in whichever order they take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

_LABELS = {"y_true", "true", "y", "label", "labels", "target", "targets", "expected"}
_PREDICTIONS = {"y_pred", "pred", "y_hat", "prediction", "predictions", "output", "outputs"}


def of_prediction_and_label(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Return a function that is called with a prediction and a label, in this order.

    One whose arguments say that it takes them the other way round, as ``(y_true, y_pred)`` in Keras
    and scikit-learn, gets them so.

    Examples
    --------
    >>> of_prediction_and_label(lambda y_true, y_pred: y_true - y_pred)(1.0, 3.0)
    2.0
    >>> of_prediction_and_label(lambda a, b: a - b)(1.0, 3.0)
    -2.0
    """
    try:
        names = list(inspect.signature(function).parameters)[:2]
    except (TypeError, ValueError):  # of a function written in C
        return function
    if len(names) == 2 and names[0] in _LABELS and names[1] in _PREDICTIONS:
        return lambda prediction, label: function(label, prediction)
    return function


def name_of(function: Callable[..., Any], instead: str) -> str:
    """Return a function's name; another in place of that of a lambda."""
    name = getattr(function, "__name__", type(function).__name__)
    return instead if name == "<lambda>" else str(name)
