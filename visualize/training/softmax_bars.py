"""A softmax classifier as bars: scores, their exponentials, probabilities, and the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from nn.checks import flag
from nn.layers import SoftMax
from nn.losses import CrossEntropyLoss

from ..text import check_number_format, literal, number
from .figure import Axes, class_names, finish, label_ticks, new_grid, palette, size_in_points

__all__ = ["plot_softmax"]

MOST_NUMBERED = 20
"""Bars with their numbers."""


def plot_softmax(
    scores: npt.ArrayLike | Node = (1.0, 2.0, 3.0),
    target: int | None = None,
    *,
    classes: Sequence[Any] | None = None,
    shifted: bool = False,
    number_format: str = ".3g",
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Draw what softmax makes of scores, step by step, and the cross entropy of one target.

    Parameters
    ----------
    scores : array_like or Node, shape (classes,) or (1, classes), default (1, 2, 3)
        What the last layer gives for one sample.
    target : int, optional
        The right class, which is marked; the loss is -ln of its probability.
    classes : sequence, optional
        Names of the classes; their numbers by default.
    shifted : bool, default False
        Whether the largest score is subtracted first, which leaves the probabilities as they are
        and keeps the exponentials from overflowing.
    number_format : str, default ".3g"
        How numbers are written.
    ax : array of 3 matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    ndarray of Axes
        Scores, exponentials and probabilities.

    Raises
    ------
    ValueError
        If `target` is no class, or the exponentials overflow; ``shifted=True`` keeps them finite.

    References
    ----------
    Lecture 003, "Softmax" ("Classifier"); lecture 000, eqs. (10) and (12), where eq. (10) is
    printed without the index k. The loss is eq. (12), whose sign lecture 002 leaves out.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = plot_softmax([1.0, 2.0, 3.0], 2, ax=Figure().subplots(1, 3))
    >>> [round(float(bar.get_height()), 4) for bar in axes[2].patches]
    [0.09, 0.2447, 0.6652]
    >>> axes[2].get_title().splitlines()[-1]
    'loss −ln 0.665 = 0.408'
    """
    owner = "plot_softmax"
    check_number_format(number_format)
    flag(owner, "shifted", shifted)
    values = _checked(scores, owner)
    if target is not None and (
        isinstance(target, bool)
        or not isinstance(target, (int, np.integer))
        or not 0 <= target < len(values)
    ):
        raise ValueError(
            f"{owner}(target) expects the number of a class, from 0 to {len(values) - 1}, got "
            f"{target!r}"
        )
    names = class_names(classes, len(values), owner)
    with np.errstate(over="ignore"):
        raised = np.exp(values - values.max() if shifted else values)
    if not np.isfinite(raised).all():
        raise ValueError(
            f"{owner}(scores) expects scores whose exponentials are finite, the largest is "
            f"{values.max():.4g}. Write plot_softmax(..., shifted=True): the probabilities stay"
        )
    probabilities = np.asarray(SoftMax().forward(values[None]))[0]
    axes = new_grid(ax, 3, owner, size=(2.9, 3.0))
    title = "probabilities\n"
    if target is not None:
        loss = CrossEntropyLoss("mean").forward(probabilities[None], np.array([target]))
        share = number(probabilities[target], number_format)
        title += f"loss −ln {share} = {number(float(loss), number_format)}"
    else:
        title += f"sum {number(probabilities.sum(), number_format)}"
    largest = number(values.max(), number_format)
    inside = f"x − {largest}" if shifted and values.max() >= 0 else f"x + {largest[1:]}"
    total = f"sum {number(raised.sum(), number_format)}"
    titles = ("scores x\n", f"exp({inside if shifted else 'x'})\n{total}", title)
    for one, heights, words in zip(axes, (values, raised, probabilities), titles, strict=True):
        _draw(one, heights, names, target, words, number_format)
    axes[2].set_ylim(0, 1.0 + _room(probabilities))
    return axes


def _draw(
    ax: Axes,
    heights: npt.NDArray[np.float64],
    names: Sequence[str],
    target: int | None,
    title: str,
    number_format: str,
) -> None:
    colours = palette(ax)
    shades = [colours.series[0]] * len(heights)
    if target is not None:
        shades[target] = colours.series[1]
    bars = ax.bar(range(len(heights)), heights, color=shades, width=0.7)
    if target is not None:
        bars.patches[target].set_hatch("//")  # colour is never the only difference
    if len(heights) <= MOST_NUMBERED:
        labels = [literal(number(height, number_format)) for height in heights]
        ax.bar_label(bars, labels, padding=3, fontsize="small", rotation=_turned(heights))
    label_ticks(ax, "x", names, size_in_points(ax)[0])
    if heights.min() < 0:
        ax.axhline(0.0, color=colours.text, linewidth=0.8)
    ax.margins(y=_room(heights))
    marked = "" if target is None else f" (hatched: the target, {names[target]})"
    finish(ax, f"class{marked}", title=title, grid="y")


def _turned(heights: npt.NDArray[np.float64]) -> int:
    """Return the angle of the numbers: many stand upright, for want of room beside each other."""
    return 90 if len(heights) > 5 else 0


def _room(heights: npt.NDArray[np.float64]) -> float:
    """Return the share of the height that the numbers take above the bars."""
    return 0.35 if _turned(heights) else 0.15


def _checked(scores: Any, owner: str) -> npt.NDArray[np.float64]:
    array = np.asarray(scores.value if isinstance(scores, Node) else scores)
    values = array[0] if array.ndim == 2 and len(array) == 1 else array
    if values.ndim != 1 or not values.size or values.dtype.kind not in "iuf":
        raise ValueError(
            f"{owner}(scores) expects the scores of one sample, of shape (classes,), got shape "
            f"{array.shape} of {array.dtype}. Of several samples write scores[0]"
        )
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{owner}(scores) expects finite scores, got {values}")
    return values
