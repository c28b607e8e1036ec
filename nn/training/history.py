"""What happened during training, as arrays."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Collection
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
        One row per epoch: ``epoch``, ``learning_rate``; what was measured during the epoch, before
        each update, while the network was changing: ``loss``, ``accuracy`` and metrics, the
        columns that `measured_during` names; what belongs to the network as it is after the epoch:
        ``validation_loss``, ... on validation data, ``evaluated_loss``, ... on all training data
        (where there are validation data, where `fit` was asked to, or where a callback follows
        them, as ``EarlyStopping("loss")``); and figures per layer, which `nn.training.supervision`
        explains: ``gradient_norm/0``, ``update_ratio/0``, ``dead_units/1``. A metric that is a
        matrix has a column for each entry, ``confusion/0/1``.
    iterations : dict of str to list of float
        ``loss`` (in its own reduction), ``accuracy`` and ``learning_rate`` of each batch; where
        `NeuralNetwork.fit` was asked to inspect them, also the figures per layer.
    growing : set of str
        Metrics of which a larger one is better, for the best epoch.

    Examples
    --------
    >>> from nn import History
    >>> history = History()
    >>> history.epochs += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    >>> history["loss"]
    array([0.5 , 0.25])
    """

    def __init__(self) -> None:
        self.epochs: list[Row] = []
        self.iterations: dict[str, list[float]] = {}
        self.growing: set[str] = set()

    if not TYPE_CHECKING:  # for a type checker, a misspelled attribute stays an error

        def __getattr__(self, name: str) -> Any:
            advice = ": write history['loss']" if name == "history" else ""
            raise AttributeError(f"History has no attribute {name!r}{advice}")

    @property
    def measured_during(self) -> tuple[str, ...]:
        """The columns of epochs that no parameters have: taken while they were changing.

        Examples
        --------
        >>> from nn import History
        >>> history = History()
        >>> history.epochs += [{"epoch": 1, "loss": 0.5, "validation_loss": 0.25}]
        >>> history.measured_during
        ('loss',)
        """
        names = dict.fromkeys(name for row in self.epochs for name in row)
        return tuple(
            name
            for name in names
            if name not in ("epoch", "learning_rate")
            and not name.startswith((*_AFTER, *_OF_LAYERS))
        )

    def grows(self, column: str) -> bool:
        """Whether a larger figure is better, as an accuracy; else a smaller one, as a loss."""
        return grows(column, self.growing)

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
        columns, column = self.to_dict(), full_name(column)
        if column not in columns and f"{column}/0/0" in columns:
            return _matrices(column, columns)
        if column not in columns:
            meant = re.sub("^val_", "validation_", re.sub("acc$", "accuracy", column))
            advice = f". Write history[{meant!r}]" if meant in columns else ""
            raise KeyError(f"expected one of {', '.join(columns)}, got {column!r}{advice}")
        return columns[column]

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self.epochs)

    def __repr__(self) -> str:
        if not self.epochs:
            return "History(no epochs)"
        during = self.measured_during
        written = {
            name: f"{name}={value:.4g}"
            for name, value in self.epochs[-1].items()
            if "/" not in name
        }
        after = ", ".join(text for name, text in written.items() if name not in during)
        of_run = ", ".join(text for name, text in written.items() if name in during)
        return f"History({after}; during the epoch: {of_run})"

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

        Examples
        --------
        >>> from nn import History
        >>> history = History()
        >>> history.epochs += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
        >>> history.to_dict()["loss"]
        array([0.5 , 0.25])
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

        Examples
        --------
        >>> import tempfile
        >>> from nn import History
        >>> history = History()
        >>> history.epochs += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     history.to_csv(f"{folder}/history.csv").read_text().split()
        ['epoch,loss', '1,0.5', '2,0.25']
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

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from nn import History
        >>> history = History()
        >>> history.epochs += [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
        >>> axes = history.plot(Figure().add_subplot())
        >>> axes.get_xlabel()
        'epoch'
        """
        from visualize.training.curves import plot_history

        return plot_history(self, ax=ax, **options)


_AFTER = ("validation_", "evaluated_")
_OF_LAYERS = ("gradient_norm/", "update_ratio/", "dead_units/")
_GROWING = {"accuracy", "precision", "recall", "f1", "r2"}


def metric_of(column: str) -> str:
    """Return what a column is a figure of, on whichever data.

    Examples
    --------
    >>> metric_of("validation_f1")
    'f1'
    """
    return column.removeprefix(_AFTER[0]).removeprefix(_AFTER[1])


def full_name(column: str) -> str:
    """Return the name of a column that was written as in Keras, ``val_loss``.

    Examples
    --------
    >>> full_name("val_loss"), full_name("loss")
    ('validation_loss', 'loss')
    """
    return f"validation_{column[4:]}" if column.startswith("val_") else column


def grows(column: str, growing: Collection[str] = ()) -> bool:
    """Whether a larger figure is better; see `History.grows`.

    Examples
    --------
    >>> grows("validation_accuracy"), grows("loss"), grows("f1_macro")
    (True, False, True)
    """
    metric = metric_of(column)
    return metric in growing or not _GROWING.isdisjoint(metric.split("_"))


def _matrices(column: str, columns: dict[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Put the columns of the entries of a metric's matrix together."""
    places = [name.split("/")[1:] for name in columns if name.startswith(f"{column}/")]
    entries = np.stack([columns["/".join([column, *place])] for place in places], axis=-1)
    shape = [len(set(axis)) for axis in zip(*places, strict=True)]
    return entries.reshape(len(entries), *shape)


def as_csv(columns: dict[str, npt.NDArray[Any]]) -> str:
    """Return columns of one length as comma-separated values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()
