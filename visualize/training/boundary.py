"""Which class a network sees where, in the plane, and how that changes while it learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nn.callbacks import Callback

from .figure import MARKERS, as_classes, class_names, ground, new_axes, new_grid, palette
from .recorder import Thinned, at_least, not_training

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

    from nn import History, NeuralNetwork

    Classifier: TypeAlias = NeuralNetwork | Callable[[npt.NDArray[Any]], npt.ArrayLike]

_MARGIN = 0.1
"""Of the range of the samples, around them."""


@dataclass(frozen=True)
class _Plane:
    """Points in rows and columns around samples."""

    extent: tuple[float, float, float, float]
    resolution: int

    @classmethod
    def around(cls, x: npt.NDArray[Any], resolution: int) -> _Plane:
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
    if hasattr(classifier, "predict"):
        with not_training(classifier):
            scores = np.asarray(classifier.predict(points))
    else:
        scores = np.asarray(classifier(points))
    if scores.shape == (len(points),):
        scores = scores[:, None]
    if scores.ndim != 2 or len(scores) != len(points):
        raise ValueError(
            f"{owner}() expects a network or function that gives one row of scores per sample, "
            f"got shape {scores.shape} for {len(points)} samples"
        )
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
        Where it is drawn.

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
    samples, labels = _checked(classifier, x, y, owner)
    plane = _Plane.around(samples, at_least(owner, "resolution", resolution, 2))
    seen = plane.classes(classifier, owner)
    ax = new_axes(ax, owner)
    number = int(max(labels.max(), seen.max())) + 1
    names = class_names(classes, number, owner)
    _draw_plane(ax, plane, seen, number)
    _draw_samples(ax, samples, labels, names)
    return ax


class BoundaryRecorder(Callback):
    """Records what a network with two inputs sees in the plane, after each epoch of `fit`.

    Parameters
    ----------
    x : array_like, shape (samples, 2)
        Samples, which the pictures show.
    y : array_like
        Their classes, as numbers or one-hot.
    resolution : int, default 120
        Points in each direction at which the network is asked.
    at_most : int, default 60
        How many epochs are kept. When there are more, every second one goes, so memory stays
        bounded; the last one is always there.

    Attributes
    ----------
    snapshots : dict of int to ndarray of shape (resolution, resolution)
        Classes in the plane by the epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork
    >>> x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    >>> recorder = BoundaryRecorder(x, y, resolution=10)
    >>> network = NeuralNetwork([FullyConnected(2, 2)])
    >>> history = network.fit(x, y, epochs=3, batch_size=2, callbacks=[recorder], progress=False)
    >>> list(recorder.snapshots)
    [1, 2, 3]
    """

    def __init__(
        self, x: npt.ArrayLike, y: npt.ArrayLike, *, resolution: int = 120, at_most: int = 60
    ) -> None:
        owner = "BoundaryRecorder"
        self.x, self.y = _checked(None, x, y, owner)
        self._at_most = at_least(owner, "at_most", at_most, 2)
        self.plane = _Plane.around(self.x, at_least(owner, "resolution", resolution, 2))
        self._kept: Thinned[npt.NDArray[np.uint16]] = Thinned(self._at_most)

    @property
    def snapshots(self) -> dict[int, npt.NDArray[np.uint16]]:
        """Classes in the plane by the epoch."""
        return self._kept.entries

    @property
    def number_of_classes(self) -> int:
        """How many classes there are among the samples and in the plane."""
        seen = max((int(classes.max()) for classes in self.snapshots.values()), default=0)
        return max(seen, int(self.y.max())) + 1

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run."""
        _checked(network, self.x, self.y, "BoundaryRecorder")
        self._kept = Thinned(self._at_most)

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Ask the network."""
        seen = self.plane.classes(network, "BoundaryRecorder")
        self._kept.add(int(history.epochs[-1]["epoch"]), seen)


def plot_boundary_snapshots(
    recorder: BoundaryRecorder,
    *,
    number: int = 4,
    classes: list[str] | None = None,
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Draw the decision boundary at some epochs, from the first to the last.

    Parameters
    ----------
    recorder : BoundaryRecorder
        The callback, after `fit`.
    number : int, default 4
        How many epochs, if so many were recorded.
    classes : list of str, optional
        What the classes are called.
    ax : array of matplotlib Axes, optional
        As many; a new figure by default.

    Returns
    -------
    ndarray of Axes
        One per epoch.
    """
    owner = "plot_boundary_snapshots"
    epochs = _recorded(recorder, owner)
    number = min(at_least(owner, "number", number, 1), len(epochs))
    chosen = [epochs[round(i)] for i in np.linspace(len(epochs) - 1, 0, number)][::-1]
    axes = new_grid(ax, number, owner, columns=2 if number in (2, 4) else 3)
    names = class_names(classes, recorder.number_of_classes, owner)
    for one, epoch in zip(axes, chosen, strict=True):
        _draw_plane(one, recorder.plane, recorder.snapshots[epoch], recorder.number_of_classes)
        _draw_samples(one, recorder.x, recorder.y, names, legend=one is axes[0])
        one.set_title(f"epoch {epoch}", fontsize="medium")
    return axes


def animate_boundary(
    recorder: BoundaryRecorder,
    *,
    classes: list[str] | None = None,
    milliseconds: int = 150,
    ax: Axes | None = None,
) -> FuncAnimation:
    """Show how the decision boundary moves while the network learns.

    Parameters
    ----------
    recorder : BoundaryRecorder
        The callback, after `fit`.
    classes : list of str, optional
        What the classes are called.
    milliseconds : int, default 150
        How long one epoch is shown.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        Keep it in a variable as long as it is shown. ``animation.save("learning.gif",
        writer="pillow")`` makes a file, ``HTML(animation.to_jshtml())`` shows it in a notebook.
    """
    from matplotlib.animation import FuncAnimation

    owner = "animate_boundary"
    epochs = _recorded(recorder, owner)
    at_least(owner, "milliseconds", milliseconds, 1)
    names = class_names(classes, recorder.number_of_classes, owner)
    ax = new_axes(ax, owner)
    first = recorder.snapshots[epochs[0]]
    image = _draw_plane(ax, recorder.plane, first, recorder.number_of_classes)
    _draw_samples(ax, recorder.x, recorder.y, names)
    title = ax.set_title(f"epoch {epochs[0]}")
    seen = [recorder.snapshots[epoch] for epoch in epochs]  # what comes later is not shown

    def show(frame: int) -> list[Any]:
        image.set_data(seen[frame])
        title.set_text(f"epoch {epochs[frame]}")
        return [image, title]

    figure: Any = ax.figure
    return FuncAnimation(figure, show, frames=len(epochs), interval=milliseconds, blit=False)


# --- parts ---------------------------------------------------------------------------------------


def _checked(
    classifier: Any, x: npt.ArrayLike, y: npt.ArrayLike, owner: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
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


def _recorded(recorder: Any, owner: str) -> list[int]:
    if not isinstance(recorder, BoundaryRecorder):
        raise TypeError(
            f"{owner}() expects a BoundaryRecorder, got {type(recorder).__name__}. "
            "Write recorder = BoundaryRecorder(x, y) and fit(..., callbacks=[recorder])"
        )
    if not recorder.snapshots:
        raise ValueError(
            f"{owner}() expects a recorder that has seen an epoch, got none. "
            "Write network.fit(..., callbacks=[recorder]) first"
        )
    return list(recorder.snapshots)


def _colours(ax: Axes, number: int) -> list[Any]:
    from matplotlib import colormaps

    colours = palette(ax).series
    if number <= len(colours):
        return list(colours)
    return [colormaps["turbo"](share) for share in np.linspace(0.05, 0.95, number)]


def _draw_plane(ax: Axes, plane: _Plane, seen: npt.NDArray[np.uint16], number: int) -> AxesImage:
    from matplotlib.colors import ListedColormap, to_rgb

    paper = np.array(to_rgb(ground(ax)))
    tints = [0.7 * paper + 0.3 * np.array(to_rgb(colour)) for colour in _colours(ax, number)]
    image = ax.imshow(
        seen,
        cmap=ListedColormap(tints[:number]),
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


def _draw_samples(
    ax: Axes,
    samples: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    names: list[str],
    legend: bool = True,
) -> None:
    colours = _colours(ax, len(names))
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
            label=names[number] if names[number] != str(number) else f"class {number}",
        )
    if legend and len(names) <= 10:
        ax.legend(fontsize="small", framealpha=0.85, loc="best" if len(samples) <= 500 else 1)
