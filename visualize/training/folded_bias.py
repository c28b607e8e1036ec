"""The bias as one more row of the weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from nn.checks import flag

from ..text import check_number_format
from .board import Board, Entries, longest, tints, written
from .figure import Axes, new_axes

__all__ = ["plot_folded_bias"]

MOST_ROWS = 12
"""Of a matrix, so that its entries can be read."""


class _Matrix(NamedTuple):
    name: str
    entries: Entries
    groups: npt.NDArray[np.int64]
    """What each entry is: 0 the input, 1 a weight, 2 a bias, 3 a one, 4 the result."""


def plot_folded_bias(
    x: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    *,
    samples_in_rows: bool = True,
    symbolic: bool = False,
    number_format: str = ".4g",
    ax: Axes | None = None,
) -> Axes:
    """Show that a layer's bias is one more row of its weights, met by a one in every sample.

    Above stands x W + b, below [x 1] [W; b], with all entries and the same result.

    Parameters
    ----------
    x : array_like or Node, shape (samples, inputs) or (inputs,), optional
        Samples; two of two by default.
    weight : array_like or Node, shape (inputs, outputs), optional
        Weights; four outputs by default, as in lecture 003.
    bias : array_like or Node, shape (outputs,), optional
        A bias per output.
    samples_in_rows : bool, default True
        Whether the batch is the outermost axis, as in this package. False draws the first form of
        lecture 000, where each sample is a column and the ones are a row.
    symbolic : bool, default False
        Whether letters stand in place of numbers.
    number_format : str, default ".4g"
        How numbers are written.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    References
    ----------
    Lecture 000, "Fully Connected Layer", eqs. (1), (4) to (6); lecture 002, "Forward pass with n
    input neurons and m output neurons"; lecture 003, "Fully Connected Layer Dimensions".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_folded_bias([[1, 2]], [[3], [4]], [5], ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.texts][-2:]  # 1 3 + 2 4 + 1 5
    ['16', '(1 × 1)']
    """
    owner = "plot_folded_bias"
    check_number_format(number_format)
    flag(owner, "samples_in_rows", samples_in_rows)
    flag(owner, "symbolic", symbolic)
    arrays = _checked(x, weight, bias, owner)
    sum_of, product = _lines(*arrays, samples_in_rows, symbolic, number_format)
    lines = [sum_of, product]
    letters = 2.5 if symbolic else longest(*(m.entries for m in sum_of[::2]))  # type: ignore[union-attr]
    cell = max(1.0, 0.34 * letters + 0.2)
    heights = [
        max(len(part.entries) for part in line if isinstance(part, _Matrix)) for line in lines
    ]
    widths = [
        sum(len(p.entries[0]) * cell + 0.3 if isinstance(p, _Matrix) else 0.9 for p in line)
        for line in lines
    ]
    width, height = max(widths) + 0.2, sum(heights) + 3.7
    if ax is None:
        inches = min(0.62, 12.0 / width, 9.0 / height)
        ax = new_axes(None, owner, (inches * width, inches * height))
    ax = new_axes(ax, owner)
    board = Board(ax, width, height, letters / cell)
    top = 1.0
    for line, down in zip(lines, heights, strict=True):
        left = 0.2
        for part in line:
            if isinstance(part, str):
                size = 2.4 if part == "·" else 1.4
                board.text(left + 0.3, top + down / 2, part, size=size, weight="bold")
                left += 0.9
                continue
            above = top + (down - len(part.entries)) / 2
            across = len(part.entries[0]) * cell
            board.text(left + across / 2, above - 0.45, part.name, size=1.1)
            board.cells(left, above, part.entries, width=cell, fills=_fills(ax, part.groups))
            shape = f"({len(part.entries)} × {len(part.entries[0])})"
            board.text(left + across / 2, above + len(part.entries) + 0.4, shape, size=0.8)
            left += across + 0.3
        top += down + 1.9
    return ax


_COLOURS = np.array([2, 0, 1, 1, 4])  # the one and the bias that it meets have one colour


def _fills(ax: Axes, groups: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    fills = tints(ax, _COLOURS[groups])
    for place in zip(*np.nonzero((groups == 0) | (groups == 4)), strict=True):
        fills[place] = "none"
    return fills


def _lines(
    x: npt.NDArray[Any],
    weight: npt.NDArray[Any],
    bias: npt.NDArray[Any],
    rows: bool,
    symbolic: bool,
    number_format: str,
) -> tuple[list[_Matrix | str], list[_Matrix | str]]:
    ones = np.ones((len(x), 1))
    result = x @ weight + bias

    def of(name: str, parts: list[tuple[npt.NDArray[Any], str, int]], axis: int) -> _Matrix:
        entries = np.concatenate(
            [
                _letters(array, letter) if symbolic and letter else _text(array, number_format)
                for array, letter, _ in parts
            ],
            axis,
        )
        groups = np.concatenate([np.full(array.shape, group) for array, _, group in parts], axis)
        if not rows:
            entries, groups = entries.T, groups.T
        return _Matrix(name, entries.tolist(), groups)

    inputs, weights = (x, "x", 0), (weight, "w", 1)
    biases, results = (bias[None], "b", 2), (result, r"\hat{y}", 4)
    turned = "" if rows else r"^T"
    y = of(rf"$\hat{{Y}}{turned}$", [results], 0)
    first = of(f"$X{turned}$", [inputs], 0), of(f"$W{turned}$", [weights], 0)
    second = (
        of(r"$[X\ 1]$" if rows else r"$[X\ 1]^T$", [inputs, (ones, "", 3)], 1),
        of(r"$[W;\ b]$" if rows else r"$[W;\ b]^T$", [weights, biases], 0),
    )
    if not rows:
        first, second = first[::-1], second[::-1]
    times = "·"
    return (
        [first[0], times, first[1], "+", of(f"$b{turned}$", [biases], 0), "=", y],
        [second[0], times, second[1], "=", y],
    )


def _text(array: npt.NDArray[Any], number_format: str) -> npt.NDArray[Any]:
    return np.array(written(array, number_format), object)


def _letters(array: npt.NDArray[Any], letter: str) -> npt.NDArray[Any]:
    apart = "," if max(array.shape) > 9 else ""
    letters = np.empty(array.shape, object)
    for i, j in np.ndindex(*array.shape):
        index = f"{j + 1}" if letter == "b" else f"{i + 1}{apart}{j + 1}"
        letters[i, j] = f"${letter}_{{{index}}}$"
    return letters


def _checked(x: Any, weight: Any, bias: Any, owner: str) -> tuple[Any, Any, Any]:
    x, weight, bias = (part.value if isinstance(part, Node) else part for part in (x, weight, bias))
    if weight is None:
        inputs = 2 if x is None else np.shape(x)[-1] if np.ndim(x) else 0
        weight = np.arange(1.0, 4 * inputs + 1).reshape(inputs, 4)
    w = np.asarray(weight, float)
    if w.ndim == 2 and x is None:
        x = [[1.0 + i + 2 * j for j in range(len(w))] for i in range(2)]
    if w.ndim == 2 and bias is None:
        bias = 10.0 * np.arange(1, w.shape[1] + 1)
    samples, b = np.atleast_2d(np.asarray(x, float)), np.asarray(bias, float)
    if w.ndim != 2 or not w.size or samples.ndim != 2 or samples.shape[1] != len(w):
        raise ValueError(
            f"{owner}() expects x of shape (samples, inputs) and weight of shape (inputs, "
            f"outputs), got {np.shape(x)} and {w.shape}"
        )
    b = b.reshape(-1) if b.size == w.shape[1] else b
    if b.shape != (w.shape[1],):
        raise ValueError(
            f"{owner}(bias) expects one number per output, {w.shape[1]}, got shape {b.shape}"
        )
    if max(samples.shape[0], *w.shape) > MOST_ROWS:
        raise ValueError(
            f"{owner}() expects matrices of at most {MOST_ROWS} rows and columns, to be drawn "
            f"entry by entry; got {samples.shape} and {w.shape}. Write x[:2], weight[:3, :4]"
        )
    return samples, w, b
