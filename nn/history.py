"""What happened during training, as arrays."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class History:
    """Losses and accuracies of a training run.

    Attributes
    ----------
    iteration_loss : list of float
        The loss of each batch before its update, in the loss's own reduction.
    epochs : list of dict
        One row per epoch: ``epoch``, ``loss``, ``accuracy``, and with validation data
        ``validation_loss`` and ``validation_accuracy``. Training figures are running figures:
        they are taken before each update, while the network is changing.

    Examples
    --------
    >>> history = History()
    >>> history.epochs += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    >>> history["loss"]
    array([0.5 , 0.25])
    """

    def __init__(self) -> None:
        self.iteration_loss: list[float] = []
        self.epochs: list[dict[str, float]] = []

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
        last = ", ".join(f"{name}={value:.4g}" for name, value in self.epochs[-1].items())
        return f"History({last})"

    def to_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return the columns of `epochs` as arrays, one entry per epoch."""
        names = list(dict.fromkeys(name for row in self.epochs for name in row))
        return {name: np.array([row.get(name, np.nan) for row in self.epochs]) for name in names}

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the epochs as comma-separated values, with a heading.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Path
            The file.
        """
        columns = self.to_dict()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
        return write_atomically(path, text.getvalue())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw loss and accuracy over the epochs, see `visualize.training.plot_history`."""
        from visualize.training import plot_history

        return plot_history(self, ax=ax)
