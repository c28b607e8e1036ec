"""How each initializer's weights are distributed, beside a small matrix of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.checks import whole_number
from nn.initializers import Initializer

from ..text import check_number_format, literal, number
from .board import WIDE
from .figure import (
    Axes,
    diverging,
    filled,
    finish,
    font_size,
    in_percent,
    label_ticks,
    new_grid,
    palette,
    readable_on,
    size_in_points,
)
from .initialization import LECTURE_INITIALIZERS

__all__ = ["plot_initial_weights"]

LARGEST = 64
"""Rows and columns of a matrix; where the entries have no room, their colours stand alone."""

SMALLEST = 5.0
"""Points of a text that can be read."""

_DRAWN = 10_000
"""Weights in a histogram."""

_BINS = 41  # odd, so that 0 lies in the middle of one


def plot_initial_weights(
    initializers: Mapping[str, Initializer] = LECTURE_INITIALIZERS,
    *,
    shape: tuple[int, int] = (3, 3),
    seed: int = 0,
    number_format: str = ".2f",
    ax: Any = None,
) -> npt.NDArray[Any]:
    r"""Draw what initializers make: a histogram of many weights, and one matrix of them.

    Parameters
    ----------
    initializers : mapping of str to nn.Initializer, optional
        By their names; zeros, N(0, 0.4), Xavier and He by default.
    shape : tuple of int, default (3, 3)
        Inputs and outputs of the layer, on which the spread of some initializers depends. Many
        such matrices make the histogram.
    seed : int, default 0
        Source of the weights.
    number_format : str, default ".2f"
        How weights are written.
    ax : array of 2 n matplotlib Axes, optional
        Where to draw, the histograms first; a new figure by default.

    Returns
    -------
    ndarray of Axes, shape (2, n)
        The histograms, whose titles say the standard deviation of their weights, and the matrices.

    Raises
    ------
    ValueError
        If `shape` is not two small numbers.

    References
    ----------
    Lecture 003, "Weight Initialisation". Its sigma = 1 is that of n_i = 2 inputs, ``shape=(2, 3)``;
    the matrix printed beside it has three.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from nn import He
    >>> figure = Figure(layout="constrained")
    >>> axes = plot_initial_weights({"He": He()}, shape=(2, 3), ax=figure.subplots(2, 1))
    >>> axes[0, 0].get_title(), axes[1, 0].images[0].get_array().shape
    ('He\nσ = 0.998', (2, 3))
    """
    owner = "plot_initial_weights"
    filled(
        initializers,
        owner,
        "from names to initializers with at least one entry, such as {'He': He()};",
    )
    check_number_format(number_format)
    if np.shape(shape) != (2,):
        raise ValueError(f"{owner}(shape) expects (inputs, outputs), got {shape!r}")
    for name, length in zip(("inputs", "outputs"), shape, strict=True):
        whole_number(owner, f"{name} of shape", length)
    if max(shape) > LARGEST:
        raise ValueError(
            f"{owner}(shape) expects at most {LARGEST} inputs and outputs, for one small matrix, "
            f"got {shape}"
        )
    made = {name: _weights(each, tuple(shape), seed, owner) for name, each in initializers.items()}
    largest = max(float(np.abs(weights).max()) for weights in made.values()) or 1.0
    shown = max(float(np.abs(weights[0]).max()) for weights in made.values()) or 1.0
    count = len(made)
    axes = new_grid(ax, 2 * count, owner, columns=count, size=(2.7, 2.6)).reshape(2, count)
    for column, (name, weights) in enumerate(made.items()):
        _draw_histogram(axes[0, column], name, weights, largest)
        _draw_matrix(axes[1, column], weights[0], shown, number_format)
    return axes


def _weights(
    initializer: Any, shape: tuple[int, ...], seed: int, owner: str
) -> npt.NDArray[np.float64]:
    """Return as many matrices as make a histogram; a network of that seed has others."""
    if not isinstance(initializer, Initializer):
        raise TypeError(f"{owner}() expects an initializer such as He(), got {initializer!r}")
    generator = np.random.default_rng(seed)
    times = -(-_DRAWN // (shape[0] * shape[1]))
    return np.array([initializer(shape, generator, np.float64) for _ in range(times)])


def _draw_histogram(ax: Axes, name: str, weights: npt.NDArray[Any], largest: float) -> None:
    edges = np.linspace(-1.05 * largest, 1.05 * largest, _BINS + 1)
    counts, _ = np.histogram(weights, edges)
    ax.bar(
        (edges[1:] + edges[:-1]) / 2, counts / weights.size, width=np.diff(edges),
        color=palette(ax).series[0],
    )  # fmt: skip
    in_percent(ax.yaxis)
    spread = weights.std() if np.ptp(weights) else 0.0  # the mean of equal numbers is rounded
    title = f"{name}\nσ = {number(spread, '.3g')}"
    finish(ax, "weight", "share", title=title)


def _draw_matrix(ax: Axes, matrix: npt.NDArray[Any], largest: float, number_format: str) -> None:
    image = ax.imshow(matrix, cmap=diverging(ax), vmin=-largest, vmax=largest)
    entries = {place: number(weight, number_format) for place, weight in np.ndenumerate(matrix)}
    width, height = size_in_points(ax)
    side = min(width / matrix.shape[1], height / matrix.shape[0])
    size = side / (WIDE * max(map(len, entries.values())))
    for place, entry in entries.items() if size >= SMALLEST else ():
        ink = readable_on(image.cmap(image.norm(matrix[place])))
        ax.text(
            place[1],
            place[0],
            literal(entry),
            ha="center",
            va="center",
            fontsize=font_size(size),
            color=ink,
        )
    for axis, length, points in (("y", matrix.shape[0], height), ("x", matrix.shape[1], width)):
        label_ticks(ax, axis, [str(place + 1) for place in range(length)], points)
    ax.set_xlabel("unit")
    ax.set_ylabel("input")
