"""Histograms over time, and the spread of activations through the layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.checks import choice

from ..text import literal
from .figure import Axes, filled, new_axes, new_grid, palette, sequential, whole_epochs
from .recorder import Histogram, Moment, TrainingRecorder

__all__ = ["plot_histogram", "plot_histograms"]

KINDS = ("weights", "gradients", "activations")


def plot_histograms(
    recorder: TrainingRecorder, what: str = "weights", *, ax: Any = None
) -> npt.NDArray[Any]:
    """Draw how the values of each layer are distributed, over the epochs.

    Parameters
    ----------
    recorder : TrainingRecorder
        The callback, after `fit`.
    what : {"weights", "gradients", "activations"}, default "weights"
        Which values.
    ax : array of matplotlib Axes, optional
        One per layer that has such values; a new figure by default.

    Returns
    -------
    ndarray of Axes
        One per layer: epochs to the right, values upwards, the colour is the share of values.

    Raises
    ------
    ValueError
        If nothing was recorded.
    TypeError
        If nothing was recorded that has histograms.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import FullyConnected, NeuralNetwork
    >>> x, y = np.eye(2), np.array([0, 1])
    >>> network, recorder = NeuralNetwork([FullyConnected(2, 2)]), TrainingRecorder(x)
    >>> history = network.fit(x, y, epochs=3, batch_size=2, callbacks=[recorder], progress=False)
    >>> (ax,) = plot_histograms(recorder, "activations", ax=Figure().add_subplot())
    >>> ax.get_title()
    '0: FullyConnected'
    """
    choice("plot_histograms", "what", what, KINDS)
    if not isinstance(recorder, TrainingRecorder):
        raise TypeError(
            f"plot_histograms() expects a TrainingRecorder, got {type(recorder).__name__}. "
            "For arrays write plot_histogram({1: values, 2: values})"
        )
    layers = _by_layer(recorder.moments, what)
    if not layers:
        advice = (
            "Write TrainingRecorder(x_test)"
            if what == "activations" and recorder.moments
            else "Write network.fit(..., callbacks=[recorder]) first"
        )
        raise ValueError(f"plot_histograms() expects recorded {what}, got none. {advice}")
    axes = new_grid(ax, len(layers), "plot_histograms")
    for one, (position, histograms) in zip(axes, layers.items(), strict=True):
        _draw(one, histograms, what)
        name = recorder.names[position].partition("(")[0]
        one.set_title(literal(f"{position}: {name}"), fontsize="medium")
    return axes


def plot_histogram(
    values: Mapping[int, npt.ArrayLike], *, label: str = "value", ax: Axes | None = None
) -> Axes:
    """Draw how arrays are distributed, over time, as `plot_histograms` does.

    Parameters
    ----------
    values : mapping of int to array_like
        An array per epoch.
    label : str, default "value"
        What the values are.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_histogram({1: [0.0, 1.0], 2: [0.5, 2.0]}, ax=Figure().add_subplot())
    >>> ax.get_xlabel()
    'epoch'
    """
    filled(values, "plot_histogram", "from epochs to arrays with at least one entry,")
    ax = new_axes(ax, "plot_histogram")
    _draw(ax, {epoch: Histogram.of(array) for epoch, array in values.items()}, label)
    return ax


def _by_layer(moments: Mapping[int, Moment], what: str) -> dict[int, dict[int, Histogram]]:
    layers: dict[int, dict[int, Histogram]] = {}
    for epoch, moment in moments.items():
        for position, histogram in getattr(moment, what).items():
            layers.setdefault(position, {})[epoch] = histogram
    return layers


def _draw(ax: Axes, histograms: Mapping[int, Histogram], label: str) -> None:
    from matplotlib.colors import PowerNorm

    epochs = np.array(sorted(histograms), float)
    ordered = [histograms[int(epoch)] for epoch in epochs]
    low = min(histogram.edges[0] for histogram in ordered)
    high = max(histogram.edges[-1] for histogram in ordered)
    edges = 2.0 * np.linspace(low / 2, high / 2, 61)
    shares = np.array([h.counts_between(edges) / max(h.counts.sum(), 1) for h in ordered])
    ax.pcolormesh(
        _time_edges(epochs),
        edges,
        shares.T,
        cmap=sequential(ax),
        norm=PowerNorm(0.5, 0.0, max(float(shares.max()), 1e-9)),  # small shares stay visible
        rasterized=True,
    )
    whole_epochs(ax)
    ax.set_ylabel(literal(label))
    lost = sum(histogram.not_finite for histogram in ordered)
    if lost:
        ax.text(
            0.03, 0.97, f"{lost:,} nan or inf", transform=ax.transAxes, ha="left", va="top",
            color=palette(ax).warning, fontsize="small", weight="bold",
        )  # fmt: skip


def _time_edges(epochs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return bounds half way between the epochs."""
    if len(epochs) == 1:
        return np.array([epochs[0] - 0.5, epochs[0] + 0.5])
    middles = (epochs[1:] + epochs[:-1]) / 2
    return np.concatenate([[2 * epochs[0] - middles[0]], middles, [2 * epochs[-1] - middles[-1]]])
