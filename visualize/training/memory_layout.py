"""Where the entries of an array lie in memory, and what their order costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from nn.checks import whole_number

from ..text import check_number_format, literal, number
from .board import Board, longest, tints
from .figure import Axes, finish, font_size, new_grid, palette

__all__ = ["OrderTimes", "measure_orders", "plot_memory_layout"]

MOST_ENTRIES = 24
"""That can be drawn one by one."""

MOST_BESIDE = 8
"""Entries of an array beside which its memory has room; of more it lies below."""

AXES = {2: ("sample", "feature"), 3: ("sample", "row", "column")}


class OrderTimes(NamedTuple):
    """Seconds that it takes to sum each sample of an array by itself, as measured here and now.

    Attributes
    ----------
    contiguous : float
        The batch is the outermost axis in C order: a sample lies in one piece.
    strided : float
        The batch is the innermost axis: the numbers of a sample lie apart.
    shape : tuple of int
        Samples and features.

    Examples
    --------
    >>> from visualize.training import OrderTimes
    >>> times = OrderTimes(contiguous=0.002, strided=0.016, shape=(64, 100_000))
    >>> times.strided / times.contiguous
    8.0
    """

    contiguous: float
    strided: float
    shape: tuple[int, int]


def measure_orders(
    samples: int = 64, features: int = 100_000, *, repetitions: int = 5
) -> OrderTimes:
    """Measure how long it takes to sum each sample by itself, in both orders of memory.

    Parameters
    ----------
    samples, features : int, default 64 and 100,000
        The shape of the array, of float64. One that the processor's caches hold shows little.
    repetitions : int, default 5
        How often each is measured; the median counts.

    Returns
    -------
    OrderTimes
        Both times, in seconds.

    References
    ----------
    Lecture 000, "Memory Layout": "Wrong ordering will cause strided data access".

    Examples
    --------
    >>> times = measure_orders(200, 300)
    >>> times.shape, times.contiguous > 0, times.strided > 0
    ((200, 300), True, True)
    """
    for name, count in (("samples", samples), ("features", features), ("repetitions", repetitions)):
        whole_number("measure_orders", name, count)
    rows = np.ones((samples, features))
    orders = (rows, np.asfortranarray(rows))
    spans: tuple[list[float], list[float]] = ([], [])
    for _ in range(repetitions):  # by turns, so that a busy moment does not meet one of them alone
        for array, found in zip(orders, spans, strict=True):
            start = time.perf_counter()
            for sample in array:
                np.add.reduce(sample)
            found.append(time.perf_counter() - start)
    return OrderTimes(float(np.median(spans[0])), float(np.median(spans[1])), (samples, features))


def plot_memory_layout(
    array: npt.ArrayLike | None = None,
    *,
    measure: Callable[[], OrderTimes] = measure_orders,
    number_format: str = ".4g",
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Show how an array lies in memory in C order and in Fortran order, and what that costs.

    At the left the array and, for each order, the cells of memory one after the other, with how
    many bytes lie between neighbours along each axis (its strides). At the right the time that it
    takes to sum each sample of a large array, measured at this moment on this machine.

    Parameters
    ----------
    array : array_like, shape (samples, features) or (samples, rows, columns), optional
        A small array, of at most 24 entries; 2 samples of 3 features by default.
    measure : callable, optional
        What measures; ``lambda: measure_orders(64, 1000)`` for an array of another size.
    number_format : str, default ".4g"
        How numbers are written.
    ax : array of 2 matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    ndarray of Axes
        The memory and the times.

    Raises
    ------
    ValueError
        If the array has another number of axes, or too many entries to be drawn one by one.

    References
    ----------
    Lecture 000, "Memory Layout": NumPy uses C order, and the batch is to be the outermost loop.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = plot_memory_layout([[1, 2], [3, 4]], ax=Figure(figsize=(9, 4)).subplots(1, 2))
    >>> [text.get_text() for text in axes[0].texts if "order" in text.get_text()]
    ['C order (NumPy): strides (16, 8) bytes', 'Fortran order: strides (8, 16) bytes']
    """
    owner = "plot_memory_layout"
    check_number_format(number_format)
    given = np.arange(1.0, 7.0).reshape(2, 3) if array is None else np.asarray(array)
    if (
        given.ndim not in AXES
        or not 1 <= given.size <= MOST_ENTRIES
        or given.dtype.kind not in "biufc"
    ):
        raise ValueError(
            f"{owner}(array) expects numbers of shape (samples, features) or (samples, rows, "
            f"columns), at most {MOST_ENTRIES} of them to be drawn one by one; got shape "
            f"{given.shape} of {given.dtype}"
        )
    size = (5.2, 3.6) if given.size <= MOST_BESIDE else (6.0, 5.2)
    axes = new_grid(ax, 2, owner, size=size, widths=(1.9, 1.0) if ax is None else None)
    _draw_memory(axes[0], given, number_format)
    _draw_times(axes[1], measure())
    return axes


def _draw_memory(ax: Axes, array: npt.NDArray[Any], number_format: str) -> None:
    entries = [literal(number(entry, number_format)) for entry in array.ravel()]
    letters = longest([entries])
    names = AXES[array.ndim]
    steps = sum(length > 1 for length in array.shape)
    height = 2.3 + 0.75 * steps  # of one order: its heading, its cells, their addresses, the steps
    blocks = array.reshape(len(array), -1, array.shape[-1]) if array.ndim == 3 else array[None]
    down = sum(len(block) + 0.5 for block in blocks) + 0.9
    beside = array.size <= MOST_BESIDE
    # The heading of the array, or its rows and what they are.
    aside = max(array.shape[-1] + 3.6, 0.34 * len(_heading(array)) + 0.6)
    left, first = (aside, 0.0) if beside else (0.0, down)
    # A line of text behind the longest step, of some 25 letters.
    across = left + max(array.size, 0.62 * array.size + 7.5)
    board = Board(ax, across, max(2 * height + first, down), letters)
    words = font_size(0.48 * board.points) / board.size
    _draw_array(board, array, entries, words)
    groups = np.indices(array.shape)[0]
    orders: tuple[tuple[Literal["C", "F"], str], ...] = (
        ("C", "C order (NumPy)"), ("F", "Fortran order"),
    )  # fmt: skip
    for index, (order, name) in enumerate(orders):
        top = first + index * height
        laid = np.array(array, order=order)
        places = np.arange(array.size).reshape(array.shape).ravel(order=order)
        title = f"{name}: strides {laid.strides} bytes"
        board.text(left, top + 0.4, title, size=words, ha="left", weight="bold")
        board.cells(
            left,
            top + 0.8,
            [[entries[place] for place in places]],
            fills=tints(ax, [groups.ravel()[places]]),
        )
        for place in range(array.size):
            address = f"{place * array.itemsize}"
            board.text(
                left + place + 0.5, top + 2.05, address, size=0.7, color=board.colours.neutral
            )
        level = top + 2.65
        for axis in reversed(range(array.ndim)) if order == "C" else range(array.ndim):
            if array.shape[axis] > 1:
                stride = laid.strides[axis]
                end = left + 0.5 + stride / array.itemsize
                board.arrow((left + 0.5, level), (end, level), board.colours.series[0])
                step = f"next {names[axis]}: {stride} bytes"
                board.text(end + 0.2, level, step, size=0.9 * words, ha="left")
                level += 0.7


def _draw_array(board: Board, array: npt.NDArray[Any], entries: list[str], words: float) -> None:
    """Draw the array as its samples, each in a colour of its own."""
    columns = array.shape[-1]
    board.text(0.0, 0.4, _heading(array), size=words, ha="left", weight="bold")
    rows = array.size // max(len(array) * columns, 1)
    top = 0.8
    for sample in range(len(array)):
        first = sample * rows * columns
        block = [
            entries[first + row * columns : first + (row + 1) * columns] for row in range(rows)
        ]
        board.cells(0.0, top, block, fills=tints(board.ax, np.full((rows, columns), sample)))
        board.text(columns + 0.2, top + rows / 2, f"sample {sample}", size=0.9 * words, ha="left")
        top += rows + (0.5 if array.ndim == 3 else 0.0)


def _heading(array: npt.NDArray[Any]) -> str:
    return f"shape {array.shape}, {array.dtype}"


def _draw_times(ax: Axes, times: OrderTimes) -> None:
    colours = palette(ax)
    spans = np.array([times.contiguous, times.strided]) * 1000.0
    labels = ["C order:\na sample in one piece", "Fortran order:\na sample strided"]
    bars = ax.bar([0, 1], spans, width=0.6, color=[colours.series[0], colours.series[1]])
    slower = spans[1] / max(spans[0], 1e-12)
    ax.bar_label(
        bars, [f"{spans[0]:.3g} ms", f"{spans[1]:.3g} ms\n({slower:.2g} times)"], padding=2
    )
    ax.set_xticks([0, 1], labels, fontsize="small")
    ax.set_xlim(-0.6, 1.6)
    ax.set_ylim(0, 1.25 * max(float(spans.max()), 1e-9))
    samples, features = times.shape
    title = f"Measured here: sum each of {samples:,} samples\nof {features:,} numbers (float64)"
    finish(ax, y="milliseconds", title=title, grid="y")
