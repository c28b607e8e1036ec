"""Callbacks: what happens beside training, such as the progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .history import History
    from .network import NeuralNetwork


class Callback:
    """Called during `NeuralNetwork.fit`; every method does nothing unless a subclass defines it.

    A callback sees the network and may read all of it; it changes no number of the training.

    Examples
    --------
    >>> class Report(Callback):
    ...     def on_epoch_end(self, network, history):
    ...         print(history.epochs[-1]["loss"])
    """

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, network: NeuralNetwork, epoch: int) -> None:
        """Before each epoch; the first is 1."""

    def on_batch_end(self, network: NeuralNetwork, loss: float, accuracy: float | None) -> None:
        """After each update, with the batch's loss and the epoch's accuracy so far."""

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """After each epoch, with its row in ``history.epochs``."""

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """After the last epoch, and also when training ends by an error."""


class ProgressBar(Callback):
    """One bar per training run, with the running loss and accuracy (needs tqdm)."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._epochs = 0

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Open the bar."""
        from tqdm.auto import tqdm

        self._epochs = epochs
        self._bar = tqdm(total=epochs * batches_per_epoch, unit="batch", dynamic_ncols=True)

    def on_epoch_begin(self, network: NeuralNetwork, epoch: int) -> None:
        """Name the epoch."""
        self._bar.set_description(f"epoch {epoch}/{self._epochs}", refresh=False)

    def on_batch_end(self, network: NeuralNetwork, loss: float, accuracy: float | None) -> None:
        """Move on by one batch."""
        figures = {"loss": f"{loss:.4f}"}
        if accuracy is not None:
            figures["accuracy"] = f"{accuracy:.1%}"
        self._bar.set_postfix(figures, refresh=False)
        self._bar.update()

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
