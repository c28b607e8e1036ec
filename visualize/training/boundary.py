"""Which class a network sees where, in the plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nn import NeuralNetwork
from nn.checks import whole_number

from ..text import literal
from .figure import (
    MARKERS,
    Axes,
    as_classes,
    class_colours,
    class_names,
    ground,
    new_axes,
    refuse_nan,
)

__all__ = ["plot_decision_boundary"]

Classifier: TypeAlias = NeuralNetwork | Callable[[npt.NDArray[Any]], npt.ArrayLike]

_MARGIN = 0.1
"""Of the range of the samples, around them."""


@dataclass(frozen=True)
class Plane:
    """Points in rows and columns around samples."""

    extent: tuple[float, float, float, float]
    resolution: int

    @classmethod
    def around(cls, x: npt.NDArray[Any], resolution: int, owner: str) -> Plane:
        """Lay points around samples."""
        whole_number(owner, "resolution", resolution, least=2)
        low, high = x.min(axis=0).astype(float), x.max(axis=0).astype(float)
        margin = np.where(high > low, (high - low) * _MARGIN, 1.0)
        left, bottom = (low - margin).tolist()
        right, top = (high + margin).tolist()
        return cls((left, right, bottom, top), resolution)

    def points(self) -> npt.NDArray[np.float64]:
        """Return the middles of the cells, row by row from below."""
        left, right, bottom, top = self.extent
        shares = (np.arange(self.resolution) + 0.5) / self.resolution
        first, second = np.meshgrid(
            left + (right - left) * shares, bottom + (top - bottom) * shares
        )
        return np.stack([first.ravel(), second.ravel()], axis=1)

    def classes(self, classifier: Classifier, owner: str) -> npt.NDArray[np.uint16]:
        """Return what the classifier says at each point."""
        scores = _scores(classifier, self.points(), owner)
        found = scores[:, 0] > 0.5 if scores.shape[1] == 1 else scores.argmax(axis=1)
        return found.astype(np.uint16).reshape(self.resolution, self.resolution)


def _scores(classifier: Any, points: npt.NDArray[Any], owner: str) -> npt.NDArray[Any]:
    scores = np.asarray(getattr(classifier, "predict", classifier)(points))
    if scores.shape == (len(points),):
        scores = scores[:, None]
    if scores.ndim != 2 or len(scores) != len(points):
        raise ValueError(
            f"{owner}() expects a network or function that gives one row of scores per sample, "
            f"got shape {scores.shape} for {len(points)} samples"
        )
    refuse_nan(scores, owner, "classifier")
    return scores


def plot_decision_boundary(
    classifier: Classifier,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    classes: list[str] | None = None,
    resolution: int = 200,
    ax: Axes | None = None,
) -> Axes:
    """Colour the plane by the class that a network with two inputs sees there.

    Parameters
    ----------
    classifier : NeuralNetwork or callable
        A network, or a function from samples to scores. With one output, above 0.5 is class 1.
    x : array_like, shape (samples, 2)
        Samples, drawn as points.
    y : array_like
        Their classes, as numbers or one-hot.
    classes : list of str, optional
        What the classes are called.
    resolution : int, default 200
        Points in each direction at which the network is asked.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If samples or network have not two features.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0, 1, 1])
    >>> either = lambda points: points.sum(axis=1)  # as a perceptron for OR
    >>> ax = plot_decision_boundary(either, x, y, resolution=20, ax=Figure().add_subplot())
    >>> sorted(set(ax.images[0].get_array().ravel().tolist()))
    [0, 1]
    """
    owner = "plot_decision_boundary"
    samples, labels = samples_in_plane(classifier, x, y, owner)
    plane = Plane.around(samples, resolution, owner)
    seen = plane.classes(classifier, owner)
    ax = new_axes(ax, owner)
    number = int(max(labels.max(), seen.max())) + 1
    names = class_names(classes, number, owner)
    draw_plane(ax, plane, seen, number)
    draw_samples(ax, samples, labels, names)
    return ax


# --- parts ---------------------------------------------------------------------------------------


def samples_in_plane(
    classifier: Any, x: npt.ArrayLike, y: npt.ArrayLike, owner: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return samples and classes, if they and the network have two features."""
    samples = np.asarray(x)
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
        raise ValueError(
            f"{owner}(x) expects samples with 2 features, shape (samples, 2), got shape "
            f"{samples.shape}. Choose two columns, x[:, [0, 1]], and train a network on these"
        )
    if not np.isfinite(samples).all():
        raise ValueError(f"{owner}(x) expects finite numbers, got nan or inf")
    widths = [getattr(layer, "in_features", None) for layer in getattr(classifier, "layers", ())]
    width = next((width for width in widths if width is not None), 2)
    if width != 2:
        raise ValueError(
            f"{owner}() expects a network with 2 inputs, got one with {width}. "
            "Write FullyConnected(2, ...) as its first layer"
        )
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind == "f" and labels.ndim == 1 and np.isin(labels, (0.0, 1.0)).all():
        labels = labels.astype(np.int64)  # targets of a network with one output
    labels = as_classes(labels, owner, "y")
    if len(labels) != len(samples):
        raise ValueError(
            f"{owner}(x, y) expects one class per sample, got {len(samples)} samples and "
            f"{len(labels)} classes"
        )
    return samples, labels


def draw_plane(ax: Axes, plane: Plane, seen: npt.NDArray[np.uint16], number: int) -> Any:
    """Colour the plane by class."""
    from matplotlib.colors import ListedColormap, to_rgb

    paper = np.array(to_rgb(ground(ax)))
    tints = [0.7 * paper + 0.3 * np.array(to_rgb(colour)) for colour in class_colours(ax, number)]
    image = ax.imshow(
        seen,
        cmap=ListedColormap(tints),
        vmin=-0.5,
        vmax=number - 0.5,
        extent=plane.extent,
        origin="lower",
        interpolation="nearest",
        aspect="auto",
    )
    ax.set_xlabel("feature 1")
    ax.set_ylabel("feature 2")
    return image


def draw_samples(
    ax: Axes,
    samples: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    names: list[str],
    legend: bool = True,
) -> None:
    """Draw the samples as points, a marker per class."""
    colours = class_colours(ax, len(names))
    for number in np.unique(labels):
        points = samples[labels == number]
        ax.scatter(
            points[:, 0],
            points[:, 1],
            s=22 if len(samples) <= 500 else 8,
            color=colours[number],
            marker=MARKERS[number % len(MARKERS)],
            edgecolor=ground(ax),
            linewidth=0.5,
            label=literal(names[number] if names[number] != str(number) else f"class {number}"),
        )
    if legend and len(names) <= 10:
        ax.legend(fontsize="small", framealpha=0.85, loc="best" if len(samples) <= 500 else 1)
