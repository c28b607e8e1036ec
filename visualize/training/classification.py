"""What a classifier mixes up: the confusion matrix, and the images that it gets most wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.checks import whole_number

from .figure import (
    Axes,
    as_classes,
    class_names,
    font_size,
    in_percent,
    label_ticks,
    new_axes,
    readable_on,
    sequential,
    size_in_points,
)
from .images import as_images, mosaic

__all__ = ["confusion_matrix", "plot_confusion_matrix", "plot_most_wrong"]

_LEAST_FONT = 5.0


def confusion_matrix(
    true: npt.ArrayLike, predicted: npt.ArrayLike, *, number_of_classes: int | None = None
) -> npt.NDArray[np.int64]:
    """Count how often each class was taken for each.

    Parameters
    ----------
    true, predicted : array_like
        Classes as numbers of shape (samples,), or rows of shape (samples, classes): one-hot,
        probabilities or scores, of which the largest counts.
    number_of_classes : int, optional
        How many there are; what occurs by default.

    Returns
    -------
    ndarray, shape (classes, classes)
        The row is the true class, the column what was predicted.

    Raises
    ------
    ValueError
        If there are no samples, not as many of both, or a class beyond `number_of_classes`.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    owner = "confusion_matrix"
    rows, columns = as_classes(true, owner, "true"), as_classes(predicted, owner, "predicted")
    if len(rows) != len(columns) or not len(rows):
        raise ValueError(
            f"{owner}(true, predicted) expects at least one sample and as many predictions, got "
            f"{len(rows)} and {len(columns)}"
        )
    widths = [np.shape(labels)[1] for labels in (true, predicted) if np.ndim(labels) == 2]
    least = max(int(rows.max()), int(columns.max())) + 1
    number = max([least, *widths]) if number_of_classes is None else number_of_classes
    if whole_number(owner, "number_of_classes", number) < least:
        raise ValueError(f"{owner}(number_of_classes) expects at least {least}, got {number}")
    counts = np.zeros((number, number), np.int64)
    np.add.at(counts, (rows, columns), 1)
    return counts


def plot_confusion_matrix(
    true: npt.ArrayLike,
    predicted: npt.ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    shares: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw how often each class was taken for each; see `confusion_matrix` for the samples.

    The colour is the share of the true class; numbers are left out where there is no room.

    Parameters
    ----------
    true : array_like
        Classes as numbers of shape (samples,), or rows of shape (samples, classes): one-hot,
        probabilities or scores, of which the largest counts.
    predicted : array_like
        Classes as numbers of shape (samples,), or rows of shape (samples, classes): one-hot,
        probabilities or scores, of which the largest counts.
    classes : sequence, optional
        What the classes are called; their numbers by default.
    shares : bool, default False
        Whether the share of the true class in percent is written instead of the number.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_confusion_matrix([0, 0, 1], [0, 1, 1], ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.texts]
    ['1', '1', '0', '1']
    """
    counts = confusion_matrix(true, predicted)
    if classes is not None and len(classes) > len(counts):
        counts = confusion_matrix(true, predicted, number_of_classes=len(classes))
    names = class_names(classes, len(counts), "plot_confusion_matrix")
    part = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax = new_axes(ax, "plot_confusion_matrix")
    image = ax.imshow(part, cmap=sequential(ax), vmin=0.0, vmax=1.0)
    words = [
        [f"{100 * share:.0f}" if shares else str(count) for share, count in zip(*row, strict=True)]
        for row in zip(part, counts, strict=True)
    ]
    cell = min(size_in_points(ax)) / len(counts)
    size = cell / max(1.4, 0.75 * max(len(word) for row in words for word in row))
    if size >= _LEAST_FONT:
        for place, share in np.ndenumerate(part):
            ax.text(
                place[1],
                place[0],
                words[place[0]][place[1]],
                ha="center",
                va="center",
                fontsize=font_size(size),
                color=readable_on(image.cmap(image.norm(share))),
            )
    for axis in ("x", "y"):
        label_ticks(ax, axis, names, min(size_in_points(ax)))
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    right = float(np.trace(counts) / counts.sum())
    ax.set_title(f"{right:.1%} right" + ("; cells in %" if shares else ""))
    if size < _LEAST_FONT:
        in_percent(ax.figure.colorbar(image, ax=ax, label="of the true class").ax.yaxis)
    return ax


def plot_most_wrong(
    images: npt.ArrayLike,
    true: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    number: int = 8,
    classes: Sequence[Any] | None = None,
    shape: tuple[int, ...] | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""Show the images that were taken for something else, the most certain mistakes first.

    Above each stand the prediction and the true class, each with its probability. The other
    parameters are those of `plot_confusion_matrix` and `plot_first_layer`.

    Parameters
    ----------
    images : array_like, shape (samples, height, width), (samples, height, width, 3) or (samples, n)
        The samples.
    true : array_like
        Their classes, as numbers or one-hot.
    probabilities : array_like, shape (samples, classes)
        What the network said, as `NeuralNetwork.predict` behind a SoftMax gives it.
    number : int, default 8
        How many at most.
    classes : sequence, optional
        What the classes are called; their numbers by default.
    shape : tuple of int, optional
        Height and width of the images, where they are not square.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If the shapes don't fit, or rows of `probabilities` do not sum to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> said = [[0.9, 0.1], [0.2, 0.8]]
    >>> ax = plot_most_wrong(np.eye(4)[:2], [1, 1], said, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.texts]
    ['0: 90 %\nnot 1: 10 %']
    """
    owner = "plot_most_wrong"
    pictures = as_images(images, owner, shape)
    labels = as_classes(true, owner, "true")
    said = np.asarray(probabilities, np.float64)
    if said.ndim != 2 or not len(said) == len(labels) == len(pictures):
        raise ValueError(
            f"{owner}(images, true, probabilities) expects as many of each, and probabilities of "
            f"shape (samples, classes); got {len(pictures)} images, {len(labels)} classes and "
            f"probabilities of shape {said.shape}"
        )
    if len(labels) and labels.max() >= said.shape[1]:
        raise ValueError(
            f"{owner}(true) expects classes below {said.shape[1]}, which is how many columns "
            f"probabilities has; got {labels.max()}"
        )
    if np.any(said < 0) or not np.allclose(said.sum(axis=1), 1.0, atol=1e-3):
        raise ValueError(
            f"{owner}(probabilities) expects rows that sum to 1, got "
            f"{'nan' if np.isnan(said).any() else 'scores'}. Write "
            "autograd_core.softmax(network.predict(x), axis=1)"
        )
    names = class_names(classes, said.shape[1], owner)
    whole_number(owner, "number", number)
    wrong = np.flatnonzero(said.argmax(axis=1) != labels)
    of_true = said[wrong, labels[wrong]]
    chosen = wrong[np.lexsort((wrong, -said[wrong].max(axis=1), of_true))][:number]
    captions = []
    for sample in chosen:
        best, label = int(said[sample].argmax()), int(labels[sample])
        captions.append(
            f"{names[best]}: {100 * said[sample, best]:.0f} %\n"
            f"not {names[label]}: {100 * said[sample, label]:.0f} %"
        )
    ax = new_axes(ax, owner)
    if not len(chosen):
        ax.set_axis_off()
        ax.text(0.5, 0.5, f"all {len(labels):,} right", ha="center", transform=ax.transAxes)
        return ax
    mosaic(ax, pictures[chosen], captions)
    ax.set_title(f"most wrong of {len(wrong):,} mistakes in {len(labels):,}", fontsize="medium")
    return ax
