"""Metrics by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..checks import cut
from .classes import F1, Accuracy, ConfusionMatrix, Precision, Recall, TopKAccuracy
from .metric import Metric
from .numbers import R2, AbsoluteError, FunctionMetric, SquaredError

_NAMED: dict[str, type[Metric]] = {
    "accuracy": Accuracy,
    "top_k_accuracy": TopKAccuracy,
    "precision": Precision,
    "recall": Recall,
    "f1": F1,
    "confusion": ConfusionMatrix,
    "r2": R2,
    "mean_absolute_error": AbsoluteError,
    "mean_squared_error": SquaredError,
}

_AVERAGES = ("binary", "macro", "micro", "weighted")

_OTHER_NAMES = {
    "acc": "accuracy",
    "binary_accuracy": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "top_k": "top_k_accuracy",
    "top_k_categorical_accuracy": "top_k_accuracy",
    "sparse_top_k_categorical_accuracy": "top_k_accuracy",
    "f1_score": "f1",
    "confusion_matrix": "confusion",
    "r2_score": "r2",
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
}


def metrics_from(owner: str, given: Any) -> list[Metric]:
    """Return metrics of names, functions and metrics; or raise, and say which there are.

    Examples
    --------
    >>> metrics_from("fit", ["f1", "top_3"])
    [F1(), TopKAccuracy(k=3)]
    """
    if given is None:
        given = ()
    if isinstance(given, (str, Metric)) or callable(given):
        given = [given]
    if not isinstance(given, Iterable):
        raise TypeError(f"{owner}(metrics) expects a list such as ['f1'], got {cut(given)}")
    found = [_metric(owner, each) for each in given]
    names = [metric.name for metric in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"{owner}(metrics) expects each metric once, got {name!r} twice. Give one of them "
                "another name: metric.name = 'f1_macro'"
            )
        if not name or "/" in name or name in ("loss", "epoch", "learning_rate"):
            raise ValueError(f"{owner}(metrics) expects names of their own, got {name!r}")
    return found


def _metric(owner: str, given: Any) -> Metric:
    if isinstance(given, Metric):
        return given
    if isinstance(given, type) and issubclass(given, Metric):
        raise TypeError(f"{owner}(metrics) expects instances. Write {given.__name__}()")
    if isinstance(given, str):
        name = given.lower().replace("-", "_").replace(" ", "_")
        name = _OTHER_NAMES.get(name, name)
        if top := re.fullmatch(r"top_?(\d+)(_accuracy)?", name):
            return TopKAccuracy(int(top[1]))
        if name in _NAMED:
            return _NAMED[name]()
        kind, _, average = name.partition("_")
        if kind in ("f1", "precision", "recall") and average in _AVERAGES:
            metric: Any = _NAMED[kind]
            found: Metric = metric(average)
            found.name = name
            return found
    elif callable(given):
        return FunctionMetric(given)
    raise ValueError(
        f"{owner}(metrics) expects names out of {', '.join(_NAMED)}, metrics such as F1('macro'), "
        f"or functions of (prediction, label); got {cut(given)}"
    )
