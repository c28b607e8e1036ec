"""Pictures of training. Each function takes ``ax=`` and returns the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn import History

_LOSS = "#d00000"
_ACCURACY = "#007a00"


def plot_history(history: History, *, ax: Axes | None = None) -> Axes:
    """Draw loss and accuracy over the epochs.

    Parameters
    ----------
    history : nn.History
        What `NeuralNetwork.fit` returned.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The axes of the loss; the accuracy has an axis of its own at the right.

    Raises
    ------
    ValueError
        If the history has no epochs.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from nn import History
    >>> history = History()
    >>> history.epochs += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    >>> plot_history(history, ax=Figure().add_subplot()).get_xlabel()
    'epoch'
    """
    from matplotlib.ticker import MaxNLocator

    columns = history.to_dict()
    if "loss" not in columns:
        raise ValueError("plot_history() expects a history with at least one epoch, got none")
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(layout="constrained")
    _plot_column(ax, columns, "loss", _LOSS)
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss", color=_LOSS)
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(alpha=0.3)
    handles, labels = ax.get_legend_handles_labels()
    if "accuracy" in columns:
        right = ax.twinx()
        _plot_column(right, columns, "accuracy", _ACCURACY)
        right.set_ylabel("accuracy", color=_ACCURACY)
        right.set_ylim(0, 1.02)
        right.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        more_handles, more_labels = right.get_legend_handles_labels()
        right.legend(handles + more_handles, labels + more_labels, loc="center right")
    else:
        ax.legend()
    return ax


def _plot_column(ax: Axes, columns: dict[str, np.ndarray], name: str, colour: str) -> None:
    marker = "o" if len(columns["epoch"]) <= 30 else None
    ax.plot(
        columns["epoch"],
        columns[name],
        color=colour,
        marker=marker,
        markersize=3,
        label=f"{name} while training",
    )
    if f"validation_{name}" in columns:
        ax.plot(
            columns["epoch"],
            columns[f"validation_{name}"],
            color=colour,
            linestyle="--",
            label=f"{name} on validation data",
        )
