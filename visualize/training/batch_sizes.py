"""Batch against stochastic descent: the same loss, gradients of all samples or of a few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd_core as ac
from autograd_core import Node
from nn.checks import choice, whole_number
from nn.data import batches

from .descent_pictures import LARGEST, draw_path, draw_surface
from .figure import Axes, finish, new_axes, palette

__all__ = ["descend_in_batches", "plot_batch_sizes"]


def descend_in_batches(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    batch_size: int,
    epochs: int = 10,
    learning_rate: float = 0.05,
    start: Sequence[float] = (-1.0, 2.0),
    seed: int = 0,
) -> npt.NDArray[np.float64]:
    """Fit the linear model y = x w by descent on the mean squared error of batches.

    Parameters
    ----------
    x : array_like, shape (samples, weights)
        Samples.
    y : array_like, shape (samples,)
        What the model shall give.
    batch_size : int
        Samples per step: 1 is stochastic, len(x) batch gradient descent.
    epochs : int, default 10
        How often all samples are seen.
    learning_rate : float, default 0.05
        The share of the gradient that is subtracted.
    start : sequence of float, default (-1, 2)
        The first weights.
    seed : int, default 0
        Decides the order of the samples.

    Returns
    -------
    ndarray, shape (steps + 1, weights)
        The weights before, and after each step. It ends early at weights that are not finite.

    Raises
    ------
    ValueError
        If the shapes of samples, targets and start don't fit.

    References
    ----------
    Lecture 003, "Gradient Descent", "Stochastic Gradient Descent" and "Batch Gradient Descent".

    Examples
    --------
    >>> descend_in_batches([[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0], batch_size=1, epochs=3).shape
    (7, 2)
    """
    owner = "descend_in_batches"
    samples, targets = _checked(x, y, owner)
    whole_number(owner, "epochs", epochs)
    if np.shape(start) != (samples.shape[1],):
        raise ValueError(
            f"{owner}(start) expects one weight per column of x, {samples.shape[1]}, got shape "
            f"{np.shape(start)}"
        )
    generator = np.random.default_rng(seed)
    w = Node(np.array(start, float), name="w")
    path = [w.value]
    with np.errstate(all="ignore"):
        for _ in range(epochs):
            for x_batch, y_batch in batches(samples, targets, batch_size, generator):
                _error(w, x_batch, y_batch).backward()
                w = Node(w.value - float(learning_rate) * w.grad, name="w")
                path.append(w.value)
                if not np.isfinite(w.value).all():
                    return np.array(path)
    return np.array(path)


def plot_batch_sizes(
    x: npt.ArrayLike | None = None,
    y: npt.ArrayLike | None = None,
    *,
    batch_sizes: Sequence[int] | None = None,
    epochs: int = 10,
    learning_rate: float = 0.05,
    start: Sequence[float] = (-1.0, 2.0),
    seed: int = 0,
    show: str = "path",
    ax: Axes | None = None,
) -> Axes:
    """Compare batch, mini-batch and stochastic descent on one linear model with two weights.

    Parameters
    ----------
    x : array_like, shape (samples, 2), optional
        Samples; 64 from the seed by default.
    y : array_like, shape (samples,), optional
        What the model x w shall give.
    batch_sizes : sequence of int, optional
        Samples per step, one path for each; all, 8 and 1 by default.
    epochs : int, default 10
        How often all samples are seen.
    learning_rate : float, default 0.05
        The share of the gradient that is subtracted.
    start : sequence of float, default (-1, 2)
        The first weights.
    seed : int, default 0
        Decides the order of the samples.
    show : {"path", "loss"}, default "path"
        The weights on the surface of the loss over all samples, or that loss against the number
        of samples seen.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If one of `x` and `y` is missing, there are not two weights, or there is no batch size.

    References
    ----------
    Lecture 003, "Stochastic vs. Batch".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_batch_sizes(epochs=2, show="loss", ax=Figure().add_subplot())
    >>> [len(line.get_xdata()) - 1 for line in ax.lines]  # steps
    [2, 16, 128]
    """
    owner = "plot_batch_sizes"
    choice(owner, "show", show, ("path", "loss"))
    if (x is None) != (y is None):
        raise ValueError(f"{owner}() expects both x and y, or neither, got one of them")
    if x is None or y is None:
        x, y = _example(seed)
    samples, targets = _checked(x, y, owner)
    if samples.shape[1] != 2:
        raise ValueError(f"{owner}(x) expects 2 columns, one per weight, got {samples.shape[1]}")
    sizes = batch_sizes if batch_sizes is not None else (len(samples), min(8, len(samples)), 1)
    sizes = list(dict.fromkeys(sizes))
    if not sizes:
        raise ValueError(f"{owner}(batch_sizes) expects at least one, such as [64, 1], got none")
    paths = {}
    for size in sizes:
        path = descend_in_batches(
            samples, targets, batch_size=size, epochs=epochs, learning_rate=learning_rate,
            start=start, seed=seed,
        )  # fmt: skip
        paths[size] = path[np.all(np.abs(path) < LARGEST, axis=1)]
    ax = new_axes(ax, owner)
    draw = _draw_paths if show == "path" else _draw_losses
    draw(ax, paths, samples, targets)
    handles, labels = ax.get_legend_handles_labels()
    order = slice(None, None, -1 if show == "path" else 1)
    ax.legend(
        handles[order], labels[order], fontsize="small", framealpha=0.85,
        title="samples per step", title_fontsize="small",
    )  # fmt: skip
    return ax


def _draw_paths(ax: Axes, paths: dict[int, Any], samples: Any, targets: Any) -> None:
    draw_surface(ax, lambda w: _error(w, samples, targets), np.concatenate(list(paths.values())))
    colours = _colours(ax, len(paths))
    # Small batches, asked for last, make long paths: the others lie on them.
    for index, (size, path) in reversed(list(enumerate(paths.items()))):
        draw_path(ax, path, _words(size, len(samples), len(path) - 1), colours[index])


def _draw_losses(ax: Axes, paths: dict[int, Any], samples: Any, targets: Any) -> None:
    colours = _colours(ax, len(paths))
    for index, (size, path) in enumerate(paths.items()):
        losses = [float(np.mean((samples @ w - targets) ** 2)) for w in path]
        per_epoch = -(-len(samples) // size)
        steps = np.arange(len(path))
        in_epoch = np.minimum(steps % per_epoch * size, len(samples))
        seen = steps // per_epoch * len(samples) + in_epoch
        label = _words(size, len(samples), len(path) - 1)
        ax.plot(
            seen, losses, color=colours[index], linewidth=1.4, label=label,
            marker="o" if len(path) <= 30 else None, markersize=4, zorder=3 - 0.1 * index,
        )  # fmt: skip
    if any(np.any(np.asarray(line.get_ydata()) > 0) for line in ax.lines):
        ax.set_yscale("log")
    finish(ax, "samples seen", "loss over all samples")


def _colours(ax: Axes, number: int) -> list[str]:
    colours = palette(ax)
    series = (colours.gradient, colours.text, *colours.series[1:])
    return [series[index % len(series)] for index in range(number)]


def _words(size: int, samples: int, steps: int) -> str:
    kind = "all" if size >= samples else str(size)
    return f"{kind}: {steps:,} step{'s' * (steps != 1)}"


def _error(w: Node, x: Any, y: Any) -> Node:
    error: Node = ac.mean((ac.matmul(x, w) - y) ** 2)
    return error


def _example(seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return samples of y = 1.5 x1 - 0.5 x2 with noise; the columns differ in spread."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(64, 2)) * [1.0, 1.6]
    return x, x @ [1.5, -0.5] + generator.normal(0.0, 0.7, 64)


def _checked(x: Any, y: Any, owner: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    samples, targets = np.asarray(x, float), np.asarray(y, float)
    if samples.ndim != 2 or not samples.size or targets.shape != samples.shape[:1]:
        raise ValueError(
            f"{owner}(x, y) expects x of shape (samples, weights) and y of shape (samples,), got "
            f"{samples.shape} and {targets.shape}"
        )
    return samples, targets
