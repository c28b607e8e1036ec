"""Each batch's own loss: a curve per batch, with a minimum of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.checks import whole_number

from .figure import Axes, curve_colours, finish, new_grid, palette

__all__ = ["plot_batch_losses"]

MOST_NAMED = 4
"""Batches that the legend names one by one."""

FEW = 30
"""So many minima are all within the picture."""


def plot_batch_losses(
    x: npt.ArrayLike | None = None,
    y: npt.ArrayLike | None = None,
    *,
    batch_sizes: int | Sequence[int] | None = None,
    limits: tuple[float, float] | None = None,
    seed: int = 0,
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Draw the mean squared error of each batch over the weight of the model y = x w.

    Every batch has its own curve and its own minimum, towards which its step goes; the fat curve
    is the loss over all samples. The smaller the batches, the further their minima lie apart.

    Parameters
    ----------
    x, y : array_like, shape (samples,), optional
        Samples, and what the model shall give; 12 from the seed by default.
    batch_sizes : int or sequence of int, optional
        Samples per batch, a picture for each; 1 (stochastic), a third and all by default.
    limits : tuple of float, optional
        The weights from where to where; around the minima by default.
    seed : int, default 0
        Decides the samples and their order.
    ax : array of matplotlib Axes, optional
        One per batch size; a new figure by default.

    Returns
    -------
    ndarray of Axes
        One per batch size. The lines are a curve per batch, then that over all samples; each
        minimum is a point of the one collection.

    Raises
    ------
    ValueError
        If the shapes don't fit, or there is no batch size.

    References
    ----------
    Lecture 003, "Gradient Descent" to "Batch Gradient Descent": "Trying to minimize global loss
    function with local cost functions".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = plot_batch_losses([1, 2], [3, 2], batch_sizes=[1], ax=Figure().add_subplot())
    >>> axes[0].collections[0].get_offsets().data  # 3 / 1 and 2 / 2, and 7 / 5 over both
    array([[3. , 0. ],
           [1. , 0. ],
           [1.4, 1.6]])
    """
    owner = "plot_batch_losses"
    samples, targets = _checked(x, y, seed, owner)
    number = len(samples)
    sizes: Any = (1, -(-number // 3), number) if batch_sizes is None else batch_sizes
    sizes = list(dict.fromkeys([sizes] if np.ndim(sizes) == 0 else sizes))
    if not sizes:
        raise ValueError(f"{owner}(batch_sizes) expects at least one, such as [1, 4], got none")
    for size in sizes:
        whole_number(owner, "batch_sizes", size)
    order = np.random.default_rng(seed).permutation(number)
    if x is not None:
        order = np.arange(number)
    batches = {
        size: [order[first : first + size] for first in range(0, number, size)] for size in sizes
    }
    # Of all batches of every size, so that the pictures have one scale.
    minima = [
        minimum
        for found in batches.values()
        for minimum in (_minimum(samples[some], targets[some]) for some in found)
        if minimum is not None
    ]
    low, high = _limits(minima, limits, owner)
    axes = new_grid(ax, len(sizes), owner, size=(3.4, 3.2))
    weights = np.linspace(low, high, 201)
    for one, size in zip(axes, sizes, strict=True):
        _draw(one, weights, samples, targets, batches[size], size)
    top = max(one.get_ylim()[1] for one in axes)
    for one in axes:
        one.set_ylim(-0.04 * top, top)
    return axes


def _draw(
    ax: Axes,
    weights: npt.NDArray[np.float64],
    samples: npt.NDArray[np.float64],
    targets: npt.NDArray[np.float64],
    batches: list[npt.NDArray[np.int64]],
    size: int,
) -> None:
    colours = palette(ax)
    several = len(batches) > 1
    shades = curve_colours(ax, len(batches))
    points, inks = [], []
    named = len(batches) <= MOST_NAMED
    for index, batch in enumerate(batches if several else []):
        x, y = samples[batch], targets[batch]
        label = f"batch {index + 1}" if named else "each batch" if not index else None
        ax.plot(weights, _loss(weights, x, y), color=shades[index], linewidth=1.1, label=label)
        minimum = _minimum(x, y)
        if minimum is not None:
            points.append((minimum, float(_loss(np.array([minimum]), x, y)[0])))
            inks.append(shades[index])
    ax.plot(
        weights, _loss(weights, samples, targets), color=colours.text, linewidth=2.5,
        label="all samples", zorder=3,
    )  # fmt: skip
    minimum = _minimum(samples, targets)
    if minimum is not None:
        points.append((minimum, float(_loss(np.array([minimum]), samples, targets)[0])))
        inks.append(colours.text)
    if points:
        places = np.array(points)
        ax.scatter(
            places[:, 0], places[:, 1], c=inks, s=28, zorder=4, edgecolors=colours.text,
            linewidths=0.6,
        )  # fmt: skip
    ax.set_xlim(weights[0], weights[-1])
    whole = float(np.max(_loss(weights, samples, targets)))
    ax.set_ylim(0.0, 1.6 * whole if whole > 0 else 1.0)  # steep curves of single samples are cut
    words = "stochastic" if size == 1 else "all samples" if not several else "batches"
    title = f"{words}: {size} sample{'s' * (size > 1)} per step"
    if minimum is not None:
        title += f"\nsmallest over all at w = {minimum:.3g}"
    finish(ax, "weight w", "loss", title=title, legend={"loc": "upper center"})


def _loss(weights: npt.NDArray[Any], x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(np.mean((np.outer(weights, x) - y) ** 2, axis=1))


def _minimum(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> float | None:
    """Return the weight of the smallest loss; None where the loss doesn't depend on it."""
    squares = float(x @ x)
    return float(x @ y) / squares if squares > 0 else None


def _limits(minima: list[float], limits: Any, owner: str) -> tuple[float, float]:
    if limits is None:
        middle = float(np.median(minima)) if minima else 0.0
        away = np.abs(np.array([*minima, middle]) - middle)
        # Of many samples, a few near 0 have their minimum far out.
        reach = max(1.0, float(np.quantile(away, 1.0 if len(minima) <= FEW else 0.9)))
        return middle - 1.25 * reach, middle + 1.25 * reach
    given = np.asarray(limits, float)
    if given.shape != (2,) or not np.isfinite(given).all() or given[0] >= given[1]:
        raise ValueError(
            f"{owner}(limits) expects two numbers, the smaller first, such as (-1, 3), got "
            f"{limits!r}"
        )
    return float(given[0]), float(given[1])


def _checked(
    x: Any, y: Any, seed: int, owner: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if (x is None) != (y is None):
        raise ValueError(f"{owner}() expects both x and y, or neither, got one of them")
    if x is None:
        generator = np.random.default_rng(seed)
        x = generator.uniform(0.5, 2.0, 12)
        y = 1.5 * x + generator.normal(0.0, 0.8, 12)
    samples, targets = np.asarray(x, float), np.asarray(y, float)
    if samples.ndim == 2 and samples.shape[1] == 1:
        samples = samples[:, 0]
    if samples.ndim != 1 or not samples.size or targets.shape != samples.shape:
        raise ValueError(
            f"{owner}(x, y) expects x and y of shape (samples,), got {samples.shape} and "
            f"{targets.shape}. For two weights write plot_batch_sizes"
        )
    if not (np.isfinite(samples).all() and np.isfinite(targets).all()):
        raise ValueError(f"{owner}(x, y) expects finite numbers, got nan or inf")
    return samples, targets
