"""The path of gradient descent on a curve and on a surface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, no_grad
from nn import Optimizer

from .descent import Loss, descend, square
from .figure import Axes, finish, new_axes, palette, sequential

__all__ = ["plot_descent", "plot_surface_descent"]

LARGEST = 1e30
"""A descent that diverges is drawn up to there; the rest of it would leave nothing to see."""


def plot_descent(
    loss: Callable[[Any], Any] = square,
    start: float = 1.8,
    *,
    learning_rate: float = 0.3,
    steps: int = 5,
    epsilon: float = 0.001,
    ax: Axes | None = None,
) -> Axes:
    """Draw how gradient descent walks down a curve; L = w^2 from 1.8 as in lecture 003 by default.

    The other parameters are those of `descend`, for one weight.

    Parameters
    ----------
    loss : callable, default w ** 2
        From the weights, a Node, to a scalar.
    start : float or array_like, default 1.8
        The first weights.
    learning_rate : float, default 0.3
        The share of the gradient that is subtracted.
    steps : int, default 5
        How many at most.
    epsilon : float, default 0.001
        The descent ends before a step of which no entry is larger.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The curve is the first line, the path the second.

    Raises
    ------
    ValueError
        If the loss is not a function of one number.

    References
    ----------
    Lecture 003, "1D Gradient Descent".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_descent(ax=Figure().add_subplot())
    >>> ax.lines[1].get_xdata().round(6)
    array([1.8     , 0.72    , 0.288   , 0.1152  , 0.04608 , 0.018432])
    """
    if np.ndim(start):
        raise ValueError(
            f"plot_descent(start) expects one number, got shape {np.shape(start)}. "
            "For two write plot_surface_descent"
        )
    path = descend(loss, start, learning_rate=learning_rate, steps=steps, epsilon=epsilon)
    ax = new_axes(ax, "plot_descent")
    colours = palette(ax)
    drawable = np.abs(path.losses) < LARGEST
    drawable[0] = True
    points, losses = path.points[drawable].astype(float), path.losses[drawable]
    reach = 1.15 * max(float(np.abs(points).max()), 1e-3)
    around = np.linspace(-reach, reach, 201)
    with no_grad(), np.errstate(all="ignore"):
        curve = [float(np.asarray(loss(Node(w)).value)) for w in around]
    ax.plot(around, curve, color=colours.neutral, label="loss L(w)")
    ax.plot(
        points, losses, color=colours.gradient, marker="o", markersize=5, linewidth=1.2,
        label=f"{path.steps} steps, learning rate {learning_rate:g}",
    )  # fmt: skip
    _label_points(ax, points, losses, 2 * reach)
    ax.margins(y=0.15)
    title = f"w from {points[0]:.4g} to {points[-1]:.4g}"
    return finish(ax, "weight w", "loss L", title=title, legend={"loc": "upper center"})


def _label_points(ax: Axes, points: Any, losses: Any, width: float) -> None:
    """Write the weight beside the points that are far enough from those already labelled."""
    height = float(np.ptp(losses)) or 1.0
    labelled: list[tuple[float, float]] = []
    for point, loss in zip(points.tolist(), losses.tolist(), strict=True):
        place = (point / width, loss / height)
        if any(abs(place[0] - a) < 0.17 and abs(place[1] - b) < 0.12 for a, b in labelled):
            continue
        labelled.append(place)
        left = point < 0
        ax.annotate(
            f"{point:.3g}",
            (point, loss),
            xytext=(-6 if left else 6, -2),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            fontsize="small",
            color=palette(ax).gradient,
        )


def plot_surface_descent(
    loss: Callable[[Any], Any],
    start: Sequence[float],
    *,
    learning_rate: float = 0.1,
    steps: int = 50,
    epsilon: float = 0.0,
    optimizer: Optimizer | None = None,
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how gradient descent walks down a surface, seen from above with contour lines.

    The other parameters are those of `descend`, for two weights: a Node of shape (2,).

    Parameters
    ----------
    loss : callable, default w ** 2
        From the weights, a Node, to a scalar.
    start : float or array_like, default 1.8
        The first weights.
    learning_rate : float, default 0.3
        The share of the gradient that is subtracted.
    steps : int, default 5
        How many at most.
    epsilon : float, default 0.001
        The descent ends before a step of which no entry is larger.
    optimizer : nn.Optimizer, optional
        Takes the steps in place of plain descent, such as ``Adam(0.1)``; `learning_rate` then
        does not count.
    label : str, optional
        The path's name in the legend.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default. Axes with a path keep their contour lines, so
        several paths can be compared.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If the loss is not a function of two weights.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> bowl = lambda w: w[0] ** 2 + 4 * w[1] ** 2
    >>> ax = plot_surface_descent(bowl, [2.0, 1.0], steps=3, ax=Figure().add_subplot())
    >>> ax.lines[0].get_xdata().round(3)
    array([2.   , 1.6  , 1.28 , 1.024])
    """
    owner = "plot_surface_descent"
    if np.shape(start) != (2,):
        raise ValueError(
            f"{owner}(start) expects two numbers, such as [2.0, 1.0], got shape {np.shape(start)}"
        )
    path = descend(
        loss, start, learning_rate=learning_rate, steps=steps, epsilon=epsilon, optimizer=optimizer
    )
    ax = new_axes(ax, owner)
    points = path.points[np.all(np.abs(path.points) < LARGEST, axis=1)]
    if not ax.collections:
        draw_surface(ax, loss, points)
    name = label or (type(optimizer).__name__ if optimizer else f"learning rate {learning_rate:g}")
    number = len(ax.lines)
    draw_path(ax, points, f"{name}: {path.steps} steps", palette(ax).series[1 + number % 7])
    ax.legend(fontsize="small", framealpha=0.85)
    return ax


def draw_surface(ax: Axes, loss: Loss, points: npt.NDArray[Any]) -> None:
    """Draw contour lines of a loss around points."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * np.maximum(high - low, 0.25 * float((high - low).max()) or 1.0)
    first, second = (np.linspace(low[i] - margin[i], high[i] + margin[i], 61) for i in (0, 1))
    with no_grad(), np.errstate(all="ignore"):
        heights = np.array(
            [[float(np.asarray(loss(Node(np.array([a, b]))).value)) for a in first] for b in second]
        )
    finite = heights[np.isfinite(heights)]
    bottom, top = float(finite.min()), float(finite.max())
    # Nearer to each other at the bottom, where the slope is small.
    levels = bottom + (max(top - bottom, 1e-9)) * np.linspace(0.0, 1.0, 13) ** 2
    shades = sequential(ax)
    ax.contourf(first, second, heights, levels, cmap=shades, alpha=0.75)
    ax.contour(first, second, heights, levels, colors=palette(ax).neutral, linewidths=0.5)
    ax.set_xlabel("weight 1")
    ax.set_ylabel("weight 2")


def draw_path(ax: Axes, points: npt.NDArray[Any], label: str, colour: str) -> None:
    """Draw a path with its start as a ring and its end as a cross."""
    few = len(points) <= 60
    ax.plot(
        points[:, 0], points[:, 1], color=colour, linewidth=1.4, label=label,
        marker="." if few else None,
    )  # fmt: skip
    ring: dict[str, Any] = {"facecolor": "none", "edgecolor": colour, "linewidth": 1.5}
    cross: dict[str, Any] = {"marker": "X", "color": colour, "edgecolor": palette(ax).text}
    ax.scatter(points[0, 0], points[0, 1], s=40, zorder=4, **ring)
    ax.scatter(points[-1, 0], points[-1, 1], s=50, zorder=5, **cross)
