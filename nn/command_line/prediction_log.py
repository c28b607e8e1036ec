"""The prediction log of lecture 002: what the network says of every test image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import whole_number

__all__ = ["prediction_log"]

NO_CLASS = -1
"""What a network says of a sample for which its scores are nan."""


def classes_of(scores: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the class of the largest score of each row, `NO_CLASS` where one is nan."""
    return np.where(np.isnan(scores).any(axis=-1), NO_CLASS, scores.argmax(axis=-1))


def prediction_log(predictions: Iterable[int], labels: Iterable[int], batch_size: int) -> str:
    """Return the log's text, batch by batch; images are numbered through the whole set.

    Parameters
    ----------
    predictions, labels : iterable of int
        Classes, one per image; a prediction of -1 says that the network gave nan.
    batch_size : int
        Images per batch; the last batch may be smaller.

    Returns
    -------
    str
        One line per batch and image, each ended by a newline.

    Raises
    ------
    ValueError
        If there are more labels than predictions or fewer, or `batch_size` is below 1.

    References
    ----------
    Lecture 002, "Evaluation".

    Examples
    --------
    >>> from nn import prediction_log
    >>> print(prediction_log([7, 2, 1], [7, 2, 4], batch_size=2), end="")
    Current batch: 0
     - image 0: Prediction=7. Label=7
     - image 1: Prediction=2. Label=2
    Current batch: 1
     - image 2: Prediction=1. Label=4
    """
    batch_size = whole_number("prediction_log", "batch_size", batch_size)
    lines = []
    for image, (prediction, label) in enumerate(zip(predictions, labels, strict=True)):
        if image % batch_size == 0:
            lines.append(f"Current batch: {image // batch_size}\n")
        lines.append(f" - image {image}: Prediction={int(prediction)}. Label={int(label)}\n")
    return "".join(lines)
