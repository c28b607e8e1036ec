"""How the layers do: size of gradients and updates, and ReLU units that are dead."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nn import History, NeuralNetwork

from .figure import (
    Axes,
    columns_of,
    draw_curves,
    finish,
    in_percent,
    label_ticks,
    new_axes,
    palette,
    size_in_points,
    whole_epochs,
)
from .recorder import Histogram, TrainingRecorder, last_of

__all__ = ["plot_dead_units", "plot_gradient_flow", "plot_gradient_norms", "plot_update_ratios"]

HEALTHY_RATIO = 1e-3
"""About how large an update should be, as a share of what it changes."""

_OFTEN_DEAD = 0.5


def plot_gradient_flow(
    source: NeuralNetwork | TrainingRecorder | Mapping[str, npt.ArrayLike],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw mean and maximum of the absolute gradients of each layer, on a logarithmic scale.

    Bars that shrink towards the input are the picture of a vanishing gradient. A gradient that is
    0 everywhere, which has no place on such a scale, is written as 0; one that is not finite as
    nan or inf.

    Parameters
    ----------
    source : NeuralNetwork, TrainingRecorder, or mapping of str to array_like
        A network after a backward pass; or the last epoch that was recorded; or gradients by name.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If there are no gradients.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> gradients = {"W1": [0.001, -0.003], "W2": [0.1, 0.3]}
    >>> ax = plot_gradient_flow(gradients, ax=Figure().add_subplot())
    >>> [round(float(bar.get_height()), 4) for bar in ax.patches]
    [0.002, 0.2, 0.003, 0.3]
    """
    sizes, words = _gradient_sizes(source)
    ax = new_axes(ax, "plot_gradient_flow")
    heights = np.array(list(sizes.values()))
    drawable = np.isfinite(heights) & (heights > 0)
    shown = heights[drawable]
    low = 10.0 ** math.floor(math.log10(shown.min()) - 0.5) if shown.size else 1e-8
    high = 10.0 ** math.ceil(math.log10(shown.max()) + 0.1) if shown.size else 1.0
    high *= (high / low) ** 0.2  # room for the legend
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    colours = palette(ax)
    for index, (label, side) in enumerate((("mean", -0.2), ("largest", 0.2))):
        ax.bar(
            np.arange(len(sizes)) + side,
            np.where(drawable[:, index], heights[:, index], low),
            width=0.36,
            color=colours.series[index],
            label=label,
        )
    # Where the largest has no bar, the mean has none either.
    for place in np.flatnonzero(~drawable[:, 1]).tolist():
        ax.text(
            place,
            0.02,
            f"{heights[place, 1]:.3g}",
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="bottom",
            color=colours.warning,
            weight="bold",
        )
    names = list(sizes)
    label_ticks(ax, "x", names, size_in_points(ax)[0])
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.set_axisbelow(True)
    return finish(ax, words, "|gradient|", grid="y", legend={"loc": "upper left", "ncols": 2})


def _gradient_sizes(source: Any) -> tuple[dict[str, tuple[float, float]], str]:
    """Return mean and largest size of the gradients by name, and what the names are."""
    words = "layer (position)"
    if isinstance(source, TrainingRecorder):
        last = last_of(source.moments, "plot_gradient_flow").gradients
        return {str(n): (h.mean_size, h.largest_size) for n, h in last.items()}, words
    if isinstance(source, Mapping):
        found = {str(name): [gradient] for name, gradient in source.items()}
        words = "parameter"
    elif hasattr(source, "layers"):
        found = {
            str(position): [node.grad for node in layer.parameters().values()]
            for position, layer in enumerate(source.layers)
            if layer.parameters()
        }
    else:
        raise TypeError(
            "plot_gradient_flow() expects a network, a TrainingRecorder or a dict of arrays, got "
            f"{type(source).__name__}"
        )
    if not found or any(gradient is None for parts in found.values() for gradient in parts):
        raise ValueError(
            "plot_gradient_flow() expects gradients, and there are none yet. Write "
            "network.loss(network.forward(x), y).backward() first"
        )
    histograms = {name: Histogram.of(*parts) for name, parts in found.items()}
    return {name: (h.mean_size, h.largest_size) for name, h in histograms.items()}, words


def plot_gradient_norms(
    history: History | Mapping[str, npt.ArrayLike], *, ax: Axes | None = None
) -> Axes:
    """Draw the norm of each layer's gradient over the epochs, on a logarithmic scale.

    These are the columns ``gradient_norm/0``, ... of `history`, a line for each layer.

    Parameters
    ----------
    history : nn.History, or mapping of str to array_like
        What `NeuralNetwork.fit` returned, or its columns.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> history = {"gradient_norm/0": [0.1, 0.05], "gradient_norm/2": [0.4, 0.2]}
    >>> len(plot_gradient_norms(history, ax=Figure().add_subplot()).lines)
    2
    """
    return _over_epochs(history, "gradient_norm", "plot_gradient_norms", "norm of the gradient", ax)


def plot_update_ratios(
    history: History | Mapping[str, npt.ArrayLike], *, ax: Axes | None = None
) -> Axes:
    """Draw how large the updates of each layer are in relation to its weights.

    Far above 1e-3 training is likely to be unstable, far below it is likely to be slow.
    These are the columns ``update_ratio/0``, ... of `history`, a line for each layer, and one at
    1e-3.

    Parameters
    ----------
    history : nn.History, or mapping of str to array_like
        What `NeuralNetwork.fit` returned, or its columns.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> history = {"update_ratio/0": [0.01, 0.005], "update_ratio/2": [0.004, 0.002]}
    >>> plot_update_ratios(history, ax=Figure().add_subplot()).get_ylabel()
    '|update| / |weights|'
    """
    return _over_epochs(
        history, "update_ratio", "plot_update_ratios", "|update| / |weights|", ax,
        line=(HEALTHY_RATIO, "1e-3"),
    )  # fmt: skip


def plot_dead_units(
    history: History | Mapping[str, npt.ArrayLike], *, ax: Axes | None = None
) -> Axes:
    """Draw the share of dead units of each ReLU layer over the epochs.

    A unit is dead when it is 0 for all samples: its gradient is 0 too, so it does not learn.
    These are the columns ``dead_units/1``, ... of `history`, a line for each ReLU layer, and one
    at the share that `fit` warns of.

    Parameters
    ----------
    history : nn.History, or mapping of str to array_like
        What `NeuralNetwork.fit` returned, or its columns.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    References
    ----------
    Lecture 003, "Rectified Linear Unit": dead ReLUs may happen.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_dead_units({"dead_units/1": [0.0, 0.125]}, ax=Figure().add_subplot())
    >>> ax.lines[0].get_ydata()
    array([0.   , 0.125])
    """
    ax = _over_epochs(
        history, "dead_units", "plot_dead_units", "dead units", ax,
        line=(_OFTEN_DEAD, f"many: {_OFTEN_DEAD:.0%}"), scale="linear",
    )  # fmt: skip
    ax.set_ylim(-0.02, 1.02)
    in_percent(ax.yaxis)
    return ax


def _over_epochs(
    history: History | Mapping[str, npt.ArrayLike],
    figure: str,
    owner: str,
    words: str,
    ax: Axes | None,
    *,
    line: tuple[float, str] | None = None,
    scale: str = "log",
) -> Axes:
    """Draw the columns ``figure/0``, ``figure/1``, ... of a history, a curve per layer."""
    columns = columns_of(history, owner)
    layers = {
        int(name.partition("/")[2]): column
        for name, column in columns.items()
        if name.startswith(f"{figure}/")
    }
    if not layers:
        raise ValueError(
            f"{owner}() expects a history with columns such as '{figure}/0', "
            f"got {', '.join(columns)}"
        )
    ax = new_axes(ax, owner)
    curves = {f"layer {position}": column for position, column in sorted(layers.items())}
    epochs = columns["epoch"]
    draw_curves(ax, curves, epochs, markersize=4, markevery=max(1, len(epochs) // 10))
    if line is not None:
        ax.axhline(line[0], color=palette(ax).warning, linestyle="--", label=line[1])
    figures = np.concatenate(list(curves.values()))
    if np.any(figures[np.isfinite(figures)] > 0):
        ax.set_yscale(scale)
    else:  # all zero, as with weights that start at zero
        ax.set_ylim(-0.05, 1.0)
    whole_epochs(ax)
    return finish(ax, y=words, legend={"ncols": 1 if len(ax.lines) <= 5 else 2})
