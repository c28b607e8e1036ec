"""How the start of the weights decides what arrives at the last layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.checks import whole_number
from nn.initializers import He, Initializer, Normal, Xavier, Zeros
from nn.layers import FullyConnected, Layer, ReLU
from nn.network import NeuralNetwork

from .figure import Axes, draw_curves, filled, finish, new_axes, palette
from .recorder import activations_of, checked_samples

__all__ = ["activation_spreads", "plot_activation_spread", "plot_initializers"]

LECTURE_INITIALIZERS: Mapping[str, Initializer] = {
    "zeros": Zeros(),
    "N(0, 0.4)": Normal(0.0, 0.4),
    "Xavier": Xavier(),
    "He": He(),
}
"""Those of lecture 003, and Xavier's, by their names."""


def activation_spreads(
    initializer: Initializer,
    *,
    layers: int = 8,
    units: int = 100,
    activation: type[Layer] = ReLU,
    x: npt.ArrayLike | None = None,
    seed: int = 0,
) -> npt.NDArray[np.float64]:
    """Compute the standard deviation of what each layer of a fresh network gives.

    Parameters
    ----------
    initializer : nn.Initializer
        How the weights start.
    layers : int, default 8
        Number of fully connected layers, each followed by the activation function.
    units : int, default 100
        Units of each.
    activation : type of Layer, default ReLU
        The activation function.
    x : array_like, shape (samples, features), optional
        What goes in; 500 samples of `units` normally distributed numbers by default.
    seed : int, default 0
        Source of weights and samples.

    Returns
    -------
    ndarray, shape (layers + 1,)
        The input's spread, and the one behind each activation function.

    Raises
    ------
    TypeError
        If `initializer` is none.
    ValueError
        If the samples are not rows of features.

    Examples
    --------
    >>> from nn import Zeros
    >>> activation_spreads(Zeros(), layers=2)[1:]
    array([0., 0.])
    """
    owner = "activation_spreads"
    whole_number(owner, "layers", layers)
    whole_number(owner, "units", units)
    if not isinstance(initializer, Initializer):
        raise TypeError(f"{owner}() expects an initializer such as He(), got {initializer!r}")
    samples = np.random.default_rng(seed).normal(size=(500, units)) if x is None else np.asarray(x)
    if samples.ndim != 2 or not samples.size:
        raise ValueError(
            f"{owner}(x) expects samples of shape (samples, features), got shape {samples.shape}"
        )
    chain: list[Layer] = []
    for width in (samples.shape[1], *[units] * (layers - 1)):
        chain += [FullyConnected(width, units, weight_initializer=initializer), activation()]
    network = NeuralNetwork(chain, seed=seed, dtype=np.float64)
    outputs = list(activations_of(network, samples))[1::2]
    return np.array([float(np.std(values)) for values in (samples, *outputs)])


def plot_initializers(
    initializers: Mapping[str, Initializer] = LECTURE_INITIALIZERS,
    *,
    layers: int = 8,
    units: int = 100,
    activation: type[Layer] = ReLU,
    x: npt.ArrayLike | None = None,
    seed: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """Draw how far activations spread behind each layer of a fresh network, by its start.

    A spread that shrinks layer by layer lets gradients vanish, one that grows lets them explode.
    Where it is 0, which has no place on a logarithmic scale, the line of an initializer runs along
    the bottom and its name says so.

    Parameters
    ----------
    initializers : mapping of str to nn.Initializer, optional
        By their names; zeros, N(0, 0.4), Xavier and He by default.
    layers : int, default 8
        Number of fully connected layers, each followed by the activation function.
    units : int, default 100
        Units of each.
    activation : type of Layer, default ReLU
        The activation function.
    x : array_like, shape (samples, features), optional
        What goes in; 500 samples of `units` normally distributed numbers by default.
    seed : int, default 0
        Source of weights and samples.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    References
    ----------
    Lecture 003, "Weight Initialisation".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_initializers(layers=3, ax=Figure().add_subplot())
    >>> [line.get_label() for line in ax.lines]
    ['zeros (spread 0)', 'N(0, 0.4)', 'Xavier', 'He']
    """
    words = "from names to initializers with at least one entry, such as {'He': He()};"
    filled(initializers, "plot_initializers", words)
    spreads = {
        name: activation_spreads(
            initializer, layers=layers, units=units, activation=activation, x=x, seed=seed
        )
        for name, initializer in initializers.items()
    }
    ax = new_axes(ax, "plot_initializers")
    positive = np.concatenate(list(spreads.values()))
    positive = positive[(positive > 0) & np.isfinite(positive)]
    bottom = float(positive.min()) / 10 if positive.size else 0.1
    curves = {
        f"{name} (spread 0)" if (spread == 0).any() else name: np.where(spread > 0, spread, bottom)
        for name, spread in spreads.items()
    }
    draw_curves(ax, curves, markersize=5, clip_on=False, zorder=3)
    ax.set_yscale("log")
    ax.set_ylim(bottom=bottom)
    ax.set_xlim(-0.2, layers + 0.2)
    title = f"start, {units} {activation.__name__} units per layer"
    return finish(ax, "layer (0 is the input)", "standard deviation", title=title, legend={})


def plot_activation_spread(
    network: NeuralNetwork, x: npt.ArrayLike, *, ax: Axes | None = None
) -> Axes:
    """Draw how the outputs of each layer of a network are distributed, in a box per layer.

    Its middle is the median, the box holds half of the values, the whiskers nine tenths.

    Parameters
    ----------
    network : NeuralNetwork
        The network, fresh or trained.
    x : array_like, shape (samples, ...)
        Samples.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If a layer gives nothing finite.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import FullyConnected, NeuralNetwork, Tanh
    >>> network = NeuralNetwork([FullyConnected(3, 5), Tanh()])
    >>> ax = plot_activation_spread(network, np.eye(3), ax=Figure().add_subplot())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['0', '1']
    """
    samples = checked_samples(x, "plot_activation_spread")
    boxes: list[dict[str, Any]] = []
    for position, values in enumerate(activations_of(network, samples)):
        finite = values[np.isfinite(values)].astype(float)
        if not finite.size:
            raise ValueError(f"layer {position} gives nothing finite for these samples")
        low, lower, middle, upper, high = np.quantile(finite, [0.05, 0.25, 0.5, 0.75, 0.95])
        boxes.append(
            {
                "label": str(position), "whislo": low, "q1": lower, "med": middle, "q3": upper,
                "whishi": high,
            }
        )  # fmt: skip
    ax = new_axes(ax, "plot_activation_spread")
    colours = palette(ax)
    ax.bxp(
        boxes,
        positions=list(range(len(boxes))),
        showfliers=False,
        patch_artist=True,
        boxprops={"facecolor": colours.series[0], "alpha": 0.5, "edgecolor": colours.text},
        medianprops={"color": colours.series[1], "linewidth": 2},
        whiskerprops={"color": colours.text},
        capprops={"color": colours.text},
    )
    return finish(ax, "layer (position)", "output", grid="y")
