"""What happened during training, as arrays."""

from __future__ import annotations

import csv
import io
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["History"]

Row = dict[str, float]


class History:
    """Figures of a training run: a row per epoch and a row per iteration.

    Attributes
    ----------
    epochs : list of dict
        One row per epoch: ``epoch``, ``loss``, ``accuracy``, ``learning_rate``, with validation
        data ``validation_loss`` and ``validation_accuracy``, and figures per layer, which
        `nn.training.supervision` explains: ``gradient_norm/0``, ``update_ratio/0``,
        ``dead_units/1``.
        Loss and accuracy are running figures: they are taken before each update, while the
        network is changing. Where a callback follows them, as ``EarlyStopping("loss")``, there are
        also ``evaluated_loss`` and ``evaluated_accuracy``: of the network as it is after the epoch,
        on all training data.
    iterations : dict of str to list of float
        ``loss`` (in its own reduction), ``accuracy`` and ``learning_rate`` of each batch; where
        `NeuralNetwork.fit` was asked to inspect them, also the figures per layer.

    Examples
    --------
    >>> history = History()
    >>> history.epochs += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    >>> history["loss"]
    array([0.5 , 0.25])
    """

    def __init__(self) -> None:
        self.epochs: list[Row] = []
        self.iterations: dict[str, list[float]] = {}

    def add_iteration(self, **figures: float) -> None:
        """Add the figures of one batch; nan stands for those that other batches have alone."""
        columns = self.iterations
        length = len(next(iter(columns.values()), ()))
        for name in figures:
            if name not in columns:
                columns[name] = [math.nan] * length
        for name, column in columns.items():
            column.append(figures.get(name, math.nan))

    @property
    def iteration_loss(self) -> npt.NDArray[np.float64]:
        """The loss of each batch before its update."""
        return np.array(self.iterations.get("loss", []))

    def __getitem__(self, column: str) -> npt.NDArray[Any]:
        columns = self.to_dict()
        if column not in columns:
            raise KeyError(f"expected one of {', '.join(columns)}, got {column!r}")
        return columns[column]

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self.epochs)

    def __repr__(self) -> str:
        if not self.epochs:
            return "History(no epochs)"
        last = ", ".join(
            f"{name}={value:.4g}" for name, value in self.epochs[-1].items() if "/" not in name
        )
        return f"History({last})"

    def to_dict(self, per: str = "epoch") -> dict[str, npt.NDArray[Any]]:
        """Return the columns as arrays.

        Parameters
        ----------
        per : {"epoch", "iteration"}, default "epoch"
            What one entry stands for.

        Returns
        -------
        dict of str to ndarray
            One array per column; nan where a row has no such figure.
        """
        if per == "iteration":
            return {name: np.array(column) for name, column in self.iterations.items()}
        if per != "epoch":
            raise ValueError(f"per expects 'epoch' or 'iteration', got {per!r}")
        names = list(dict.fromkeys(name for row in self.epochs for name in row))
        return {name: np.array([row.get(name, np.nan) for row in self.epochs]) for name in names}

    def to_csv(self, path: str | os.PathLike[str], per: str = "epoch") -> Path:
        """Write the columns as comma-separated values, with a heading.

        Parameters
        ----------
        path : path-like
            The file.
        per : {"epoch", "iteration"}, default "epoch"
            What one line stands for.

        Returns
        -------
        Path
            The file.
        """
        return write_atomically(path, as_csv(self.to_dict(per)))

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw loss and accuracy over the epochs.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        **options
            What else `visualize.training.plot_history` takes, such as ``log=True``.

        Returns
        -------
        Axes
            The axes of the loss.
        """
        from visualize.training.curves import plot_history

        return plot_history(self, ax=ax, **options)


def as_csv(columns: dict[str, npt.NDArray[Any]]) -> str:
    """Return columns of one length as comma-separated values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()
