"""How the decision boundary moves while a network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nn import History, NeuralNetwork
from nn.checks import whole_number

from .boundary import Plane, draw_plane, draw_samples, samples_in_plane
from .figure import Axes, class_names, new_axes, new_grid
from .recorder import EpochRecorder, last_of

__all__ = ["BoundaryRecorder", "animate_boundary", "plot_boundary_snapshots"]

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation


class BoundaryRecorder(EpochRecorder[npt.NDArray[np.uint16]]):
    """Records what a network with two inputs sees in the plane, after each epoch of `fit`.

    Parameters
    ----------
    x : array_like, shape (samples, 2)
        Samples, drawn as points.
    y : array_like
        Their classes, as numbers or one-hot.
    resolution : int, default 200
        Points in each direction at which the network is asked.
    at_most : int, default 200
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
        super().__init__(at_most)
        self.x, self.y = samples_in_plane(None, x, y, "BoundaryRecorder")
        self.plane = Plane.around(self.x, resolution, "BoundaryRecorder")

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
        super().on_train_begin(network, epochs, batches_per_epoch)
        samples_in_plane(network, self.x, self.y, "BoundaryRecorder")

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Ask the network."""
        self._keep(history, self.plane.classes(network, "BoundaryRecorder"))


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
        One per epoch, which are returned; those of a new figure by default.

    Returns
    -------
    ndarray of Axes
        One for each picture.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import FullyConnected, NeuralNetwork
    >>> x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    >>> recorder = BoundaryRecorder(x, y, resolution=10)
    >>> network = NeuralNetwork([FullyConnected(2, 2)])
    >>> history = network.fit(x, y, epochs=3, batch_size=2, callbacks=[recorder], progress=False)
    >>> axes = plot_boundary_snapshots(recorder, number=2, ax=Figure().subplots(1, 2))
    >>> [ax.get_title() for ax in axes]
    ['epoch 1', 'epoch 3']
    """
    owner = "plot_boundary_snapshots"
    epochs = _recorded(recorder, owner)
    number = min(whole_number(owner, "number", number), len(epochs))
    chosen = [epochs[round(i)] for i in np.linspace(len(epochs) - 1, 0, number)][::-1]
    axes = new_grid(ax, number, owner, columns=2 if number in (2, 4) else 3)
    names = class_names(classes, recorder.number_of_classes, owner)
    for one, epoch in zip(axes, chosen, strict=True):
        draw_plane(one, recorder.plane, recorder.snapshots[epoch], recorder.number_of_classes)
        draw_samples(
            one, recorder.x, recorder.y, names, legend=classes is not None and one is axes[0]
        )
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
    ax : array of matplotlib Axes, optional
        One per epoch, which are returned; those of a new figure by default.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        Keep it in a variable as long as it is shown. ``animation.save("learning.gif",
        writer="pillow")`` makes a file, ``HTML(animation.to_jshtml())`` shows it in a notebook.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import FullyConnected, NeuralNetwork
    >>> x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    >>> recorder = BoundaryRecorder(x, y, resolution=10)
    >>> network = NeuralNetwork([FullyConnected(2, 2)])
    >>> history = network.fit(x, y, epochs=2, batch_size=2, callbacks=[recorder], progress=False)
    >>> animation = animate_boundary(recorder, ax=Figure().add_subplot())
    >>> "<script" in animation.to_jshtml()
    True
    """
    from matplotlib.animation import FuncAnimation

    owner = "animate_boundary"
    epochs = _recorded(recorder, owner)
    whole_number(owner, "milliseconds", milliseconds)
    names = class_names(classes, recorder.number_of_classes, owner)
    ax = new_axes(ax, owner)
    first = recorder.snapshots[epochs[0]]
    image = draw_plane(ax, recorder.plane, first, recorder.number_of_classes)
    draw_samples(ax, recorder.x, recorder.y, names)
    title = ax.set_title(f"epoch {epochs[0]}")
    seen = [recorder.snapshots[epoch] for epoch in epochs]  # what comes later is not shown

    def show(frame: int) -> list[Any]:
        image.set_data(seen[frame])
        title.set_text(f"epoch {epochs[frame]}")
        return [image, title]

    figure: Any = ax.figure
    return FuncAnimation(figure, show, frames=len(epochs), interval=milliseconds, blit=False)


def _recorded(recorder: Any, owner: str) -> list[int]:
    if not isinstance(recorder, BoundaryRecorder):
        raise TypeError(
            f"{owner}() expects a BoundaryRecorder, got {type(recorder).__name__}. "
            "Write recorder = BoundaryRecorder(x, y) and fit(..., callbacks=[recorder])"
        )
    last_of(recorder.snapshots, owner)
    return list(recorder.snapshots)
