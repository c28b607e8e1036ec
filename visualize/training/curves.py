"""Curves over epochs and batches: loss, accuracy, and the epoch that was best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nn.checks import whole_number
from nn.training.history import grows

from ..text import literal
from .figure import (
    Axes,
    Palette,
    columns_of,
    finish,
    ground,
    in_percent,
    new_axes,
    new_grid,
    palette,
    whole_epochs,
)
from .legend import place_legend

__all__ = ["plot_history", "plot_iterations", "plot_metric", "plot_summed_loss"]

if TYPE_CHECKING:  # nn's History draws itself by this file
    from nn import History

    Columns: TypeAlias = History | Mapping[str, npt.ArrayLike]


def plot_history(
    history: Columns, *, log: bool = False, best: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw loss and accuracy over the epochs.

    Where the training data were evaluated at the end of each epoch, as the validation data are,
    these figures are the solid line, and those of while the network was training are dotted.

    Parameters
    ----------
    history : nn.History, or mapping of str to array_like
        What `NeuralNetwork.fit` returned, or its columns.
    log : bool, default False
        Whether the loss has a logarithmic scale.
    best : bool, default True
        Whether the epoch of the smallest validation loss (without validation data, the smallest
        loss) is marked.
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
    return draw_history(history, log, best, new_axes(ax, "plot_history"))[0]


def draw_history(history: Columns, log: bool, best: bool, ax: Axes) -> list[Axes]:
    """Draw as `plot_history` and return the axes; a second one is for the accuracy."""
    columns = columns_of(history, "plot_history")
    _require(columns, "loss", "plot_history")
    colours = palette(ax)
    whole_epochs(ax)
    _draw_column(ax, columns, "loss", log, colours)
    handles = _line_styles(ax, columns, "loss", best)
    axes = [ax]
    if "accuracy" in columns:
        axes.append(ax.twinx())
        _draw_column(axes[1], columns, "accuracy", False, colours)
        axes[1].grid(False)
    for one in axes:
        one.yaxis.label.set_color(one.lines[0].get_color())
    place_legend(axes, handles)
    return axes


def plot_metric(
    history: Columns,
    metric: str = "loss",
    *,
    log: bool = False,
    best: bool = True,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw one column of the history over the epochs, while training and on validation data.

    Parameters
    ----------
    history : nn.History, or mapping of str to array_like
        What `NeuralNetwork.fit` returned, or its columns.
    metric : str, default "loss"
        The column, such as ``"loss"``, ``"accuracy"``, ``"f1"`` or ``"learning_rate"``; the column
        ``validation_...`` of that name is drawn dashed where there is one.
    log : bool, default False
        Whether the loss has a logarithmic scale.
    best : bool, default True
        Whether the best epoch is marked: the largest accuracy (or another metric that shall grow),
        the smallest of all else.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> history = {"loss": [0.9, 0.4, 0.2], "validation_loss": [0.8, 0.5, 0.6]}
    >>> ax = plot_metric(history, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['training', 'validation', 'best: epoch 2\n(loss 0.5)']
    """
    columns = columns_of(history, "plot_metric")
    _require(columns, metric, "plot_metric")
    ax = new_axes(ax, "plot_metric")
    whole_epochs(ax)
    _draw_column(ax, columns, metric, log, palette(ax))
    best = best and metric != "learning_rate"
    place_legend([ax], _line_styles(ax, columns, metric, best))
    return ax


def plot_summed_loss(
    history: Columns,
    samples: int,
    *,
    validation_samples: int | None = None,
    log: bool = False,
    best: bool = True,
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Draw a loss that is summed over the samples as it is, and beside it per sample.

    Sums over different numbers of samples can't be compared, such as those of training and of
    validation; the losses per sample can. The accuracy stands beside the sum where there is one.

    Parameters
    ----------
    history : nn.History, or mapping of str to array_like
        What `NeuralNetwork.fit` returned, or its columns.
    samples : int
        Over how many samples the loss is summed in an epoch.
    validation_samples : int, optional
        The same for the validation data, where the history has any.
    log : bool, default False
        Whether the loss has a logarithmic scale.
    best : bool, default True
        Whether the epoch of the smallest validation loss (without validation data, the smallest
        loss) is marked.
    ax : array of 2 matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    ndarray of Axes
        The sum, and the loss per sample.

    Raises
    ------
    ValueError
        If there is a validation loss and no `validation_samples`.

    References
    ----------
    Lecture 000, eq. (12), sums over the batch.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = plot_summed_loss({"loss": [200.0, 50.0]}, 100, ax=Figure().subplots(1, 2))
    >>> [one.get_ylabel() for one in axes], axes[1].lines[0].get_ydata()
    (['loss, sum over 100 samples', 'loss per sample'], array([2. , 0.5]))
    """
    owner = "plot_summed_loss"
    columns = columns_of(history, owner)
    _require(columns, "loss", owner)
    whole_number(owner, "samples", samples)
    per_sample = {"epoch": columns["epoch"], "loss": columns["loss"] / samples}
    label = f"loss, sum over {samples:,} samples"
    if "evaluated_loss" in columns:
        per_sample["evaluated_loss"] = columns["evaluated_loss"] / samples
    if "validation_loss" in columns:
        if validation_samples is None:
            raise ValueError(
                f"{owner}(validation_samples) expects the number of validation samples, as the "
                "history has a validation loss, got None. Write validation_samples=len(x_test)"
            )
        whole_number(owner, "validation_samples", validation_samples)
        per_sample["validation_loss"] = columns["validation_loss"] / validation_samples
        if validation_samples != samples:
            label += f"\n(dashed: over {validation_samples:,})"
    axes = new_grid(ax, 2, owner, size=(4.8, 3.6))
    # The best epoch is the same in both, for each curve is divided by one number.
    draw_history(columns, log, best, axes[0])
    axes[0].set_ylabel(label)
    draw_history(per_sample, log, best, axes[1])
    axes[1].set_ylabel("loss per sample")
    return axes


def plot_iterations(
    losses: History | npt.ArrayLike,
    *,
    window: int | None = None,
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss of every batch, and its running mean.

    Parameters
    ----------
    losses : nn.History, or array_like of shape (batches,)
        What `NeuralNetwork.fit` returned, or the losses, such as ``network.losses``.
    window : int, optional
        How many batches the running mean covers; a twentieth of them by default.
    log : bool, default False
        Whether the loss has a logarithmic scale.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If there are no losses, or the window is longer than they are.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_iterations([4.0, 2.0, 3.0, 1.0], window=2, ax=Figure().add_subplot())
    >>> ax.lines[1].get_ydata()
    array([3. , 2.5, 2. ])
    """
    figures = np.asarray(getattr(losses, "iteration_loss", losses), float)
    if figures.ndim != 1 or not figures.size:
        raise ValueError(
            "plot_iterations() expects the losses of at least one batch, of shape (batches,), "
            f"got shape {figures.shape}. Write history = network.fit(...) first"
        )
    if window is None:
        window = max(1, len(figures) // 20)
    if not isinstance(window, (int, np.integer)) or not 1 <= window <= len(figures):
        raise ValueError(
            "plot_iterations(window) expects a whole number from 1 to the number of batches, "
            f"{len(figures)}, got {window!r}"
        )
    ax = new_axes(ax, "plot_iterations")
    colours = palette(ax)
    steps = np.arange(1, len(figures) + 1)
    ax.plot(steps, figures, color=colours.neutral, linewidth=0.8, alpha=0.6, label="each batch")
    mean = np.lib.stride_tricks.sliding_window_view(figures, window).mean(axis=1)
    label = f"mean of {window:,} batches" if window > 1 else "mean of 1 batch"
    ax.plot(steps[window - 1 :], mean, color=colours.gradient, label=label)
    _finish_axis(ax, {"loss": figures}, "loss", log)
    return finish(ax, "batch", legend={"framealpha": None})


# --- parts ---------------------------------------------------------------------------------------


def _require(columns: Mapping[str, Any], name: str, owner: str) -> None:
    if name not in columns:
        known = ", ".join(column for column in columns if "/" not in column)
        raise ValueError(f"{owner}() expects a history with {name!r}, got {known}")


_SHARES = {"accuracy", "precision", "recall", "f1"}


def _is_share(metric: str) -> bool:
    return not _SHARES.isdisjoint(metric.split("_"))


def _lines(columns: Mapping[str, Any], name: str) -> dict[str, tuple[Any, str]]:
    """Return the columns of a figure, each with its line style and on what it was measured."""
    after = f"evaluated_{name}" in columns
    lines = {
        name: (":" if after else "-", "while training"),
        f"evaluated_{name}": ("-", "on training data"),
        f"validation_{name}": ("--", "on validation data"),
    }
    return {column: line for column, line in lines.items() if column in columns}


def _draw_column(
    ax: Axes, columns: Mapping[str, Any], name: str, log: bool, colours: Palette
) -> None:
    epochs = columns["epoch"]
    marker = "o" if len(epochs) <= 30 else None
    for column, (style, words) in _lines(columns, name).items():
        ax.plot(
            epochs,
            columns[column],
            color=colours.value if grows(name) else colours.gradient,
            linestyle=style,
            linewidth=1.0 if style == ":" else None,
            marker=None if style == ":" else marker,
            markersize=3,
            label=literal(f"{name.replace('_', ' ')} {words}"),
        )
    _finish_axis(ax, columns, name, log)


def _finish_axis(ax: Axes, columns: Mapping[str, Any], name: str, log: bool) -> None:
    finish(ax, y=name.replace("_", " "))
    figures = np.concatenate([columns[column] for column in _lines(columns, name)])
    figures = figures[np.isfinite(figures)]
    if _is_share(name):
        in_percent(ax.yaxis)
    if log:
        if not np.any(figures > 0):
            raise ValueError(f"log=True expects a {name} above 0 somewhere, got none. Leave it out")
        ax.set_yscale("log")
    elif _is_share(name):
        ax.set_ylim(0, 1.02)
    elif figures.size and figures.min() >= 0 and figures.max() > 0:
        ax.set_ylim(bottom=0)


def _line_styles(ax: Axes, columns: Mapping[str, Any], name: str, best: bool) -> list[Any]:
    """Return what a legend shows of the lines, whatever their colours, and of the best epoch."""
    from matplotlib.lines import Line2D

    neutral = palette(ax).neutral
    words = {"-": "training", "--": "validation", ":": "while training"}
    handles = [
        Line2D([], [], color=neutral, linestyle=style, label=words[style])
        for style, _ in _lines(columns, name).values()
    ]
    return handles + _mark_best(ax, columns, name) if best else handles


def _mark_best(ax: Axes, columns: Mapping[str, Any], name: str) -> list[Any]:
    """Mark the best epoch and return what a legend shows of it; nothing where all is nan."""
    figures = columns.get(f"validation_{name}", columns.get(f"evaluated_{name}", columns[name]))
    if not np.isfinite(figures).any():
        return []
    best = grows(name)
    ranked = np.where(np.isfinite(figures), figures, -np.inf if best else np.inf)
    position = int(ranked.argmax() if best else ranked.argmin())
    epoch, figure = columns["epoch"][position], figures[position]
    written = f"{figure:.1%}" if _is_share(name) else f"{figure:.4g}"
    colours = palette(ax)
    ax.axvline(epoch, color=colours.neutral, linewidth=1, linestyle=":")
    (mark,) = ax.plot(
        [epoch],
        [figure],
        linestyle="none",
        marker="*",
        markersize=11,
        markerfacecolor=colours.warning,
        markeredgecolor=ground(ax),
        zorder=5,
        label=literal(f"best: epoch {epoch:g}\n({name.replace('_', ' ')} {written})"),
    )
    return [mark]
