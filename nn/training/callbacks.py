"""Callbacks: what happens beside training, such as the progress bar and early stopping."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.files import expanded, write_atomically

from ..calls import explain_constructor
from ..checks import checked_path, cut, flag, number, whole_number
from ..finite import warn
from ..model_file import ending_of
from .history import as_csv, full_name
from .supervision import made_by

if TYPE_CHECKING:
    from ..network import NeuralNetwork
    from .history import History

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "LambdaCallback",
    "ModelCheckpoint",
    "ProgressBar",
    "ReduceOnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]


_ALWAYS = ("loss", "accuracy")
"""Shown all the time, while they run."""

_SECONDS_SHOWN = 0.1
"""So often the figures beside the progress bar change, at most."""


class Callback:
    """Called during `NeuralNetwork.fit`; every method does nothing unless a subclass defines it.

    A callback may read all of the network, and end the training after the current epoch by
    ``network.stop_training = True``.

    Examples
    --------
    >>> from nn import Callback
    >>> class Report(Callback):
    ...     def on_epoch_end(self, network, history):
    ...         print("epoch", history.epochs[-1]["epoch"])
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork
    >>> network = NeuralNetwork([FullyConnected(2, 2)])
    >>> x, y = np.eye(2), np.array([0, 1])
    >>> history = network.fit(
    ...     x, y, epochs=2, batch_size=2, callbacks=[Report()], progress=False
    ... )
    epoch 1
    epoch 2
    """

    wants_graph: bool | None = None
    """Whether it reads gradients: then steps are eager, as only these leave them in ``.grad``, all
    of them if it has an `on_batch_end`, else the last of each epoch. None says that it may, if the
    class is not one of this package."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        explain_constructor(cls)

    @property
    def evaluates(self) -> bool:
        """Whether each epoch's row shall also hold ``evaluated_loss`` and ``evaluated_accuracy``.

        They are what `NeuralNetwork.evaluate` says of the training data after the epoch.
        """
        return False

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, network: NeuralNetwork, epoch: int) -> None:
        """Before each epoch; the first is 1."""

    def on_batch_end(self, network: NeuralNetwork, loss: float, accuracy: float | None) -> None:
        """After each update, with the batch's loss and the epoch's accuracy so far."""

    def on_nonfinite_loss(self, network: NeuralNetwork, loss: Node) -> None:
        """After a batch whose loss is nan or infinite, with its graph."""

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """After each epoch, with its row in ``history.epochs``."""

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """After the last epoch, and also when training ends by an error."""

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return what a checkpoint keeps of the callback; nothing by default."""
        return {}

    def load_state_dict(
        self, network: NeuralNetwork, state: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        """Go on where `state_dict` was called: in a resumed run, after `on_train_begin`."""


def is_from_elsewhere(callback: Callback, method: str) -> bool:
    """Whether a method of a callback does something, and is not one of this package."""
    function = getattr(callback, method)
    function = getattr(function, "__func__", function)
    package = str(getattr(function, "__module__", "")).partition(".")[0]
    return package != __name__.partition(".")[0]


def wants_graph(callback: Callback, method: str) -> bool:
    """Whether a method of a callback may read what only an eager step leaves behind."""
    if callback.wants_graph is None:
        return is_from_elsewhere(callback, method)
    defined = getattr(type(callback), method) is not getattr(Callback, method)
    return callback.wants_graph and defined


class LambdaCallback(Callback):
    """A callback made of functions.

    Parameters
    ----------
    **functions : callable
        By the name of the method that each stands for, such as ``on_epoch_end``.

    Raises
    ------
    TypeError
        If a name is not that of a callback's method, or a value is no function.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, LambdaCallback, NeuralNetwork
    >>> report = LambdaCallback(on_epoch_end=lambda network, history: print(len(history["loss"])))
    >>> network, x, y = NeuralNetwork([FullyConnected(2, 2)]), np.eye(2), np.array([0, 1])
    >>> history = network.fit(x, y, epochs=2, batch_size=2, callbacks=[report], progress=False)
    1
    2
    """

    def __init__(self, **functions: Callable[..., object]) -> None:
        known = [name for name in vars(Callback) if name.startswith("on_")]
        for name, function in functions.items():
            if name not in known or not callable(function):
                raise TypeError(
                    f"LambdaCallback expects functions for {', '.join(known)}; got "
                    f"{name}={function!r}"
                )
            setattr(self, name, function)


class ProgressBar(Callback):
    """One bar per training run: running loss and accuracy, samples per second, time left.

    Behind the running figures stand those of the end of the last epoch, of validation data if there
    are any; else metrics that were measured in it.

    Parameters
    ----------
    samples, batch_size : int
        How many samples an epoch shows, and how many at a time.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork
    >>> from nn.training.callbacks import ProgressBar
    >>> network = NeuralNetwork([FullyConnected(2, 2)])
    >>> x, y = np.eye(2), np.array([0, 1])
    >>> bar = ProgressBar(samples=2, batch_size=2)
    >>> history = network.fit(x, y, epochs=2, batch_size=2, callbacks=[bar], progress=False)
    """

    def __init__(self, samples: int, batch_size: int) -> None:
        self._samples = samples
        self._batch_size = batch_size
        self._bar: Any = None
        self._epochs = 0
        self._figures: tuple[float, float | None] | None = None
        """Of the last batch, until they are shown."""
        self._after: dict[str, str] = {}
        """Of the last epoch's end, and what else was measured in it."""
        self._next = 0.0

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Open the bar."""
        from tqdm.auto import tqdm

        self._epochs = epochs
        total = epochs * self._samples
        self._bar = tqdm(total=total, unit=" samples", unit_scale=True, dynamic_ncols=True)

    def on_epoch_begin(self, network: NeuralNetwork, epoch: int) -> None:
        """Name the epoch; one that is gone on with counts from its start."""
        self._bar.set_description(f"epoch {epoch}/{self._epochs}", refresh=False)
        self._bar.update((epoch - 1) * self._samples - self._bar.n)

    def on_batch_end(self, network: NeuralNetwork, loss: float, accuracy: float | None) -> None:
        """Move on by one batch."""
        self._figures = loss, accuracy
        if time.monotonic() >= self._next:  # nobody reads faster
            self._show()
        left_in_epoch = self._samples - self._bar.n % self._samples
        self._bar.update(min(self._batch_size, left_in_epoch))

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Show the figures of the epoch, and those of the network as it is now."""
        row = history.epochs[-1]
        shown = [name for name in row if name.startswith("validation_")]
        shown = shown or [name for name in row if name.startswith("evaluated_")]
        shown = shown or [name for name in history.measured_during if name not in _ALWAYS]
        self._after = {
            name.replace("_", " "): f"{row[name]:.4f}" for name in shown if "/" not in name
        }
        self._show()

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._show()
            self._bar.close()

    def _show(self) -> None:
        if self._figures is not None:
            loss, accuracy = self._figures
            figures = {"running loss": f"{loss:.4f}"}
            if accuracy is not None:
                figures["running accuracy"] = f"{accuracy:.1%}"
            self._bar.set_postfix(figures | self._after, refresh=False)
            self._figures = None
        self._next = time.monotonic() + _SECONDS_SHOWN


class _Monitor(Callback):
    """Follows one column of the history and tells when it is better than ever."""

    def __init__(self, monitor: str, min_delta: float = 0.0) -> None:
        if not isinstance(monitor, str):
            raise TypeError(
                f"{type(self).__name__}(monitor) expects the name of a figure, such as "
                f"'validation_loss' or 'loss', got {cut(monitor)}"
            )
        self.monitor = full_name(monitor)
        self.min_delta = number(type(self).__name__, "min_delta", min_delta)
        self.best = math.nan
        self._compared = False

    @property
    def evaluates(self) -> bool:
        """Whether it follows the training data, of which the running figures are no use.

        These are from before the updates, and the parameters from after them.
        """
        elsewhere = self.monitor.startswith("validation_") or "/" in self.monitor
        return not elsewhere and self.monitor not in ("epoch", "learning_rate")

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run."""
        self.best, self._compared = math.nan, False

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return the best figure so far, and what it is a figure of."""
        return {
            "best": np.array(self.best),
            "monitor": np.frombuffer(self.monitor.encode(), np.uint8),
        }

    def load_state_dict(
        self, network: NeuralNetwork, state: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        """Compare with the best figure of the run that is gone on with.

        Raises
        ------
        ValueError
            If that run followed another figure.
        """
        if "monitor" in state:
            before = np.asarray(state["monitor"], np.uint8).tobytes().decode(errors="replace")
            if before != self.monitor:
                owner = type(self).__name__
                raise ValueError(
                    f"{owner}(monitor) expects {before!r}, which the run has followed so far, got "
                    f"{self.monitor!r}. Write {owner}(monitor={before!r}), or start a new run"
                )
        self.best = float(state["best"])

    def _improved(self, network: NeuralNetwork, history: History) -> bool:
        row = history.epochs[-1]
        if self.monitor not in row:
            raise ValueError(
                f"{type(self).__name__}(monitor) expects one of {', '.join(row)}, got "
                f"{self.monitor!r}. For validation figures give fit() validation_data"
            )
        figure = row.get(f"evaluated_{self.monitor}", row[self.monitor])
        self._compared = True
        sign = -1.0 if history.grows(self.monitor) else 1.0
        better = math.isnan(self.best) or sign * (self.best - figure) > self.min_delta
        # What is not finite is never the best, and no accuracy speaks for parameters that are not.
        if not better or not math.isfinite(figure) or not _is_finite(network):
            return False
        self.best = figure
        return True

    def _say_that_none_was_best(self, history: History, consequence: str) -> None:
        if self._compared and math.isnan(self.best):
            warn(
                f"{type(self).__name__}: after none of {len(history)} epochs {self.monitor} and "
                f"the parameters were finite, so {consequence}. A smaller learning rate, data on "
                "a common scale or clipping, such as SGD(0.1, clip_norm=1.0), help"
            )


def _is_finite(network: NeuralNetwork) -> bool:
    return all(np.isfinite(array).all() for array in network.state_dict().values())


_BEST = "parameters/"


class EarlyStopping(_Monitor):
    """Ends training when a figure has not improved for a while, and brings back the best network.

    Parameters
    ----------
    monitor : str, default "validation_loss"
        A column of the history; accuracies and most metrics shall grow, all else shrink; see
        `History.grows`. "loss", "accuracy" and metrics stand
        for those of the network as it is after the epoch, on all training data; see Notes.
    patience : int, default 5
        How many epochs without improvement are waited for.
    min_delta : float, default 0
        By how much the figure has to improve to count.
    restore_best : bool, default True
        Whether the parameters of the best epoch are put back at the end.

    Attributes
    ----------
    best : float
        The best figure so far, nan before the first; that of the parameters that are put back.

    Raises
    ------
    TypeError
        If `monitor` is no text.
    ValueError
        If `patience` is below 1; in `fit`, if the history has no such figure.

    Notes
    -----
    The ``loss`` of an epoch in the history is the mean over its batches, each before its update:
    no parameters have that loss. So where "loss" or "accuracy" is followed, the training data are
    evaluated after each epoch (``evaluated_loss``, ``evaluated_accuracy``), which takes about a
    third of the time of training on them. Validation figures are taken after the epoch anyway.

    What is not finite never counts as the best. Where the parameters are not, training ends at
    once: no update brings them back.

    Examples
    --------
    >>> from nn import EarlyStopping, FullyConnected, NeuralNetwork, load_dataset
    >>> data = load_dataset("digits")
    >>> network = NeuralNetwork([FullyConnected(64, 10)])
    >>> callback = EarlyStopping(patience=2)
    >>> history = network.fit(
    ...     data.x_train, data.y_train, epochs=3, batch_size=64, validation_split=0.2,
    ...     callbacks=[callback], progress=False,
    ... )
    >>> bool(callback.best == min(history["validation_loss"]))
    True
    """

    def __init__(
        self,
        monitor: str = "validation_loss",
        *,
        patience: int = 5,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        super().__init__(monitor, min_delta)
        self.patience = whole_number("EarlyStopping", "patience", patience)
        self.restore_best = flag("EarlyStopping", "restore_best", restore_best)
        self._waited = 0
        self._state: dict[str, npt.NDArray[Any]] = {}

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run."""
        super().on_train_begin(network, epochs, batches_per_epoch)
        self._waited, self._state = 0, {}

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return the best figure, how long ago it was, and the parameters of that epoch."""
        parameters = {f"{_BEST}{name}": array for name, array in self._state.items()}
        return super().state_dict() | {"waited": np.array(self._waited)} | parameters

    def load_state_dict(
        self, network: NeuralNetwork, state: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        """Go on waiting; where it was long enough already, training does not go on."""
        super().load_state_dict(network, state)
        self._waited = int(state["waited"])
        self._state = {
            name.removeprefix(_BEST): array
            for name, array in state.items()
            if name.startswith(_BEST)
        }
        network.stop_training = network.stop_training or self._waited >= self.patience

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Compare with the best epoch."""
        if self._improved(network, history):
            self._waited = 0
            self._state = network.state_dict() if self.restore_best else {}
        else:
            self._waited += len(history) > 1  # with the first there was nothing to be better than
            over = self._waited >= self.patience or not _is_finite(network)
            network.stop_training = network.stop_training or over

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """Put the best parameters back."""
        if self._state:
            network.load_state_dict(self._state)
        self._say_that_none_was_best(history, "the network stays as it is")


class ModelCheckpoint(_Monitor):
    """Saves the network after an epoch that is the best so far, or after every epoch.

    Parameters
    ----------
    path : path-like
        The file; ``{epoch}`` in its name is replaced.
    monitor : str, default "validation_loss"
        A column of the history; accuracies and most metrics shall grow, all else shrink; see
        `History.grows`. "loss", "accuracy" and metrics are
        taken after the epoch, and what is not finite is never saved; see `EarlyStopping`.
    save_best_only : bool, default True
        False saves after every epoch.

    Attributes
    ----------
    best : float
        The best figure so far, that of the network in the file; nan before the first.

    Raises
    ------
    TypeError
        If `path` is no path, or `monitor` no text.
    ValueError
        In `fit`, if the history has no such figure.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn import FullyConnected, ModelCheckpoint, NeuralNetwork, load_dataset
    >>> path = Path(tempfile.mkdtemp()) / "best.safetensors"
    >>> data = load_dataset("digits")
    >>> network = NeuralNetwork([FullyConnected(64, 10)])
    >>> callback = ModelCheckpoint(path)
    >>> history = network.fit(
    ...     data.x_train, data.y_train, epochs=3, batch_size=64, validation_split=0.2,
    ...     callbacks=[callback], progress=False,
    ... )
    >>> NeuralNetwork.load(path).predict(data.x_test[:2]).shape
    (2, 10)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        monitor: str = "validation_loss",
        *,
        save_best_only: bool = True,
    ) -> None:
        super().__init__(monitor)
        self.path = checked_path("ModelCheckpoint", "path", path)
        ending_of("ModelCheckpoint", self.path)
        self.save_best_only = flag("ModelCheckpoint", "save_best_only", save_best_only)

    @property
    def evaluates(self) -> bool:
        """Whether it follows the training data; not where every epoch is saved."""
        return self.save_best_only and super().evaluates

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Save, if there is reason to."""
        if not self.save_best_only or self._improved(network, history):
            epoch = str(history.epochs[-1]["epoch"])
            network.save(self.path.with_name(self.path.name.replace("{epoch}", epoch)))

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """Say so where nothing was saved."""
        if self.save_best_only:
            self._say_that_none_was_best(history, f"nothing was saved to {self.path}")


class ReduceOnPlateau(_Monitor):
    """Multiplies the learning rate by a factor when a figure has not improved for a while.

    Parameters
    ----------
    monitor : str, default "validation_loss"
        A column of the history; accuracies shall grow, all else shrink. "loss" and "accuracy" are
        taken after the epoch, see `EarlyStopping`.
    factor : float, default 0.1
        By what the rate is multiplied, above 0 and below 1.
    patience : int, default 5
        How many epochs without improvement are waited for.
    min_delta : float, default 0.0001
        By how much the figure has to improve to count.
    cooldown : int, default 0
        How many epochs after a change are not counted.
    min_rate : float, default 0
        Where the rate stays.

    Attributes
    ----------
    best : float
        The best figure so far, nan before the first.

    Raises
    ------
    TypeError
        If `monitor` is no text.
    ValueError
        If a number is out of its range; in `fit`, if the history has no such figure.

    Notes
    -----
    The history's ``learning_rate`` is that of the epoch's last update; a smaller one shows in the
    next row. The rates of all optimizers fall, of the network's with those of its groups, and of
    layers' own. Where a schedule sets one there is nothing to reduce: `fit` raises then.

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork, ReduceOnPlateau, SGD, load_dataset
    >>> data = load_dataset("digits")
    >>> network = NeuralNetwork([FullyConnected(64, 10)], optimizer=SGD(2.0))
    >>> history = network.fit(
    ...     data.x_train, data.y_train, epochs=8, batch_size=50, progress=False,
    ...     validation_data=(data.x_test, data.y_test),
    ...     callbacks=[ReduceOnPlateau(patience=1, factor=0.5)],
    ... )
    >>> network.optimizer.learning_rate < 2.0
    True
    """

    def __init__(
        self,
        monitor: str = "validation_loss",
        *,
        factor: float = 0.1,
        patience: int = 5,
        min_delta: float = 0.0001,
        cooldown: int = 0,
        min_rate: float = 0.0,
    ) -> None:
        super().__init__(monitor, min_delta)
        self.factor = number("ReduceOnPlateau", "factor", factor, above=0, below=1)
        self.patience = whole_number("ReduceOnPlateau", "patience", patience)
        self.cooldown = whole_number("ReduceOnPlateau", "cooldown", cooldown, least=0)
        self.min_rate = number("ReduceOnPlateau", "min_rate", min_rate, least=0)
        self._waited = self._cooling = 0

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run.

        Raises
        ------
        ValueError
            If a schedule sets the learning rate.
        """
        super().on_train_begin(network, epochs, batches_per_epoch)
        self._waited = self._cooling = 0
        for optimizer in network.optimizers:
            if optimizer.schedule is not None:
                raise ValueError(
                    "ReduceOnPlateau expects a number as learning rate, got "
                    f"{optimizer.schedule!r}, which would overwrite what it sets. Write for "
                    f"example {type(optimizer).__name__}(0.1), or leave the callback out"
                )

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return the best figure, how long ago it was, and how long nothing counts."""
        counted = {"waited": np.array(self._waited), "cooling": np.array(self._cooling)}
        return super().state_dict() | counted

    def load_state_dict(
        self, network: NeuralNetwork, state: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        """Go on waiting; the rate itself is the optimizer's."""
        super().load_state_dict(network, state)
        self._waited, self._cooling = int(state["waited"]), int(state["cooling"])

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Compare with the best epoch."""
        if self._improved(network, history):
            self._waited = 0
        elif not self._cooling:
            self._waited += len(history) > 1  # with the first there was nothing to be better than
        self._cooling = max(self._cooling - 1, 0)
        if self._waited >= self.patience:
            for optimizer in network.optimizers:
                rate = optimizer.learning_rate
                lower = max(rate * self.factor, self.min_rate)
                optimizer.learning_rate = min(rate, lower) or rate  # above 0, ever so small
            self._waited, self._cooling = 0, self.cooldown


class CSVLogger(Callback):
    """Writes the epochs so far into a file after each, for those who watch from elsewhere.

    Parameters
    ----------
    path : path-like
        The file; it is replaced as a whole each time.

    Raises
    ------
    TypeError
        If `path` is neither text nor a path.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn import CSVLogger, FullyConnected, NeuralNetwork, load_dataset
    >>> path = Path(tempfile.mkdtemp()) / "history.csv"
    >>> data = load_dataset("digits")
    >>> network = NeuralNetwork([FullyConnected(64, 10)])
    >>> callback = CSVLogger(path)
    >>> history = network.fit(
    ...     data.x_train, data.y_train, epochs=3, batch_size=64, validation_split=0.2,
    ...     callbacks=[callback], progress=False,
    ... )
    >>> len(path.read_text().splitlines())
    4
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = checked_path("CSVLogger", "path", path)

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Write the file."""
        write_atomically(self.path, as_csv(history.to_dict()))


class TerminateOnNaN(Callback):
    """Ends training by an error at the first loss that is nan or infinite.

    The error names the operation that made the first such value.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from nn import SGD, FullyConnected, NeuralNetwork, TerminateOnNaN
    >>> network = NeuralNetwork([FullyConnected(1, 1)], loss="mse", optimizer=SGD(1e30))
    >>> x = np.ones((4, 1))
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     try:
    ...         network.fit(
    ...             x, 9 * x, epochs=9, batch_size=4, callbacks=[TerminateOnNaN()], progress=False
    ...         )
    ...     except FloatingPointError as error:
    ...         print("made the first value that is not finite" in str(error))
    True
    """

    def on_nonfinite_loss(self, network: NeuralNetwork, loss: Node) -> None:
        """Raise.

        Raises
        ------
        FloatingPointError
            With the name of the operation.
        """
        raise FloatingPointError(f"the loss is {float(loss.value)}{made_by(loss)}")


class TensorBoard(Callback):
    """Writes the figures of each epoch for TensorBoard (extra ``tensorboard``).

    Parameters
    ----------
    folder : path-like
        Where the event files go; show them with ``tensorboard --logdir FOLDER``.

    Raises
    ------
    ImportError
        If tensorboardX is not installed.

    Examples
    --------
    >>> import importlib.util, tempfile
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork, TensorBoard
    >>> network, x, y = NeuralNetwork([FullyConnected(2, 2)]), np.eye(2), np.array([0, 1])
    >>> if importlib.util.find_spec("tensorboardX"):
    ...     with tempfile.TemporaryDirectory() as folder:
    ...         history = network.fit(
    ...             x, y, epochs=2, batch_size=2, callbacks=[TensorBoard(folder)], progress=False
    ...         )
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = checked_path("TensorBoard", "folder", folder)
        self._writer: Any = None

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Open the event file."""
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise ImportError(
                "the TensorBoard callback needs a package that is not installed; "
                "write: pip install 'autograd-core[tensorboard]'"
            ) from None
        self._writer = SummaryWriter(str(expanded(self.folder)))

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Write one point per figure and a histogram per parameter."""
        row = history.epochs[-1]
        epoch = int(row["epoch"])
        for name, figure in row.items():
            if name != "epoch":
                self._writer.add_scalar(name, figure, epoch)
        for name, node in network.parameters().items():
            self._writer.add_histogram(name, np.asarray(node.value), epoch)

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """Close the event file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
