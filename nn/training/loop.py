"""The training loop: epochs of shuffled batches, watched, interruptible, and resumable."""

from __future__ import annotations

import itertools
import math
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from autograd_core import Node

from ..data.preparation import batches
from ..losses import Loss
from . import checkpoint
from .callbacks import Callback
from .history import History, Row
from .supervision import Inspection, Watch, warn_about_structure

if TYPE_CHECKING:
    from ..network import NeuralNetwork

_INSPECT_EVERY = 8
"""Batches, at least, from one look at the layers to the next."""

ValidationData = tuple[npt.NDArray[Any], npt.NDArray[Any]]


class Totals:
    """Loss and accuracy over several batches."""

    def __init__(self, loss: Loss) -> None:
        self._loss = loss
        self.sum = 0.0
        self.samples = 0
        self.right = 0

    def add(self, loss: float, prediction: Node, label: npt.NDArray[Any]) -> int | None:
        """Add a batch; return how many samples were right, or None where that means nothing."""
        samples = len(label)
        self.sum += loss * (samples if self._loss.reduction == "mean" else 1)
        self.samples += samples
        if not self._loss.classifies:
            return None
        right = self._loss.count_right(prediction.value, label)
        self.right += right
        return right

    @property
    def accuracy(self) -> float | None:
        """The share of samples that were right; None where labels are no classes."""
        return self.right / self.samples if self._loss.classifies else None

    def figures(self) -> Row:
        """Return ``loss`` in the loss's own reduction, and ``accuracy`` where there is one."""
        mean = self._loss.reduction == "mean"
        figures = {"loss": self.sum / self.samples if mean else self.sum}
        if self.accuracy is not None:
            figures["accuracy"] = self.accuracy
        return figures


class TrainingRun:
    """One call of `NeuralNetwork.fit`, from its first batch or from where a checkpoint stands.

    Everything that the next batch depends on is in the network, its optimizer, its generators and
    the attributes below, and goes into a checkpoint: a resumed run gives the same bits as one that
    was not interrupted.
    """

    def __init__(
        self,
        network: NeuralNetwork,
        samples: npt.NDArray[Any],
        labels: npt.NDArray[Any],
        *,
        epochs: int,
        batch_size: int,
        validation_data: ValidationData | None,
        callbacks: Sequence[Callback],
        checkpoint_folder: str | os.PathLike[str] | None,
        inspect_every: int | None,
    ) -> None:
        self.network = network
        self.samples = samples
        self.labels = labels
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_data = validation_data
        self.callbacks = callbacks
        self.folder = None if checkpoint_folder is None else Path(checkpoint_folder)
        self.inspect_every = inspect_every
        self.history = History()
        self.totals = Totals(network.loss)
        self.finished_epochs = 0
        self.finished_batches = 0
        """Of the current epoch."""
        self.shuffle_state = network.sampling.bit_generator.state
        """Of the generator at the start of the current epoch."""
        self.callback_states: list[tuple[Callback, Mapping[str, npt.NDArray[Any]]]] = []
        """Of the run that this one goes on with."""
        self._next_checkpoint = 0.0
        self._batches_per_epoch = -(-len(samples) // batch_size)

    def run(self) -> History:
        """Train to the last epoch.

        Raises
        ------
        KeyboardInterrupt
            After the current batch, when interrupted; with a folder for checkpoints, one is
            written first.
        """
        network = self.network
        if self.folder is not None:  # where it can't be made, that shows before the first epoch
            self.folder.mkdir(parents=True, exist_ok=True)
        network.stop_training = False
        network.train()
        warn_about_structure(network)
        watch = Watch(network, len(self.samples))
        try:
            for callback in self.callbacks:
                callback.on_train_begin(network, self.epochs, self._batches_per_epoch)
            for callback, state in self.callback_states:
                callback.load_state_dict(network, state)
            with _deferred_interrupt() as interrupted:
                while self.finished_epochs < self.epochs and not network.stop_training:
                    self._run_epoch(watch, interrupted)
        finally:
            for callback in self.callbacks:
                callback.on_train_end(network, self.history)
        return self.history

    def _run_epoch(self, watch: Watch, interrupted: threading.Event) -> None:
        network = self.network
        epoch = self.finished_epochs + 1
        for callback in self.callbacks:
            callback.on_epoch_begin(network, epoch)
        network.sampling.bit_generator.state = self.shuffle_state
        shuffled = batches(self.samples, self.labels, self.batch_size, network.sampling)
        figures: Row = {}
        for x, y in itertools.islice(shuffled, self.finished_batches, None):
            last = self.finished_batches == self._batches_per_epoch - 1
            # Where epochs have few batches, looking at each of them would cost more than they do.
            of_epoch = last and (epoch - 1) % -(-_INSPECT_EVERY // self._batches_per_epoch) == 0
            wanted = self.inspect_every and len(network.losses) % self.inspect_every == 0
            inspection = Inspection(network) if of_epoch or wanted else None
            row = self._run_batch(x, y, watch, inspection)
            if inspection is not None:
                seen = inspection.after_update(self.samples)
                row |= seen if wanted else {}
                figures = seen if of_epoch else {}
            self.history.add_iteration(**row)
            for callback in self.callbacks:
                callback.on_batch_end(network, row["loss"], self.totals.accuracy)
            if interrupted.is_set() and not last:
                self._stop(epoch)
        self._end_epoch(epoch, figures)
        watch.after_epoch(self.history.epochs)
        for callback in self.callbacks:
            callback.on_epoch_end(network, self.history)
        if interrupted.is_set() and epoch < self.epochs:
            self._stop(epoch)
        if self.folder is not None:
            self._write_checkpoint(self.folder, last=epoch == self.epochs or network.stop_training)

    def _run_batch(
        self,
        x: npt.NDArray[Any],
        y: npt.NDArray[Any],
        watch: Watch,
        inspection: Inspection | None,
    ) -> Row:
        """Learn from a batch; return its figures."""
        network = self.network
        parameters = network.parameters()
        value, prediction, loss = network.differentiate(x, y, parameters)
        if not math.isfinite(value):  # before the update spoils the parameters too
            for callback in self.callbacks:
                callback.on_nonfinite_loss(network, loss)
            watch.nonfinite_loss(loss, value)
        if inspection is not None:
            inspection.before_update()
        network.optimizer.step(parameters)
        self.finished_batches += 1
        right = self.totals.add(value, prediction, y)
        row: Row = {"loss": value}
        if right is not None:
            row["accuracy"] = right / len(y)
        row["learning_rate"] = network.optimizer.learning_rate
        return row

    def _end_epoch(self, epoch: int, figures: Row) -> None:
        network = self.network
        row: Row = {"epoch": epoch, **self.totals.figures()}
        row["learning_rate"] = network.optimizer.learning_rate
        if self.validation_data is not None:
            validation = network.evaluate(*self.validation_data)
            row |= {f"validation_{name}": figure for name, figure in validation.items()}
        self.history.epochs.append(row | figures)
        self.finished_epochs = epoch
        self.finished_batches = 0
        self.totals = Totals(network.loss)
        self.shuffle_state = network.sampling.bit_generator.state

    def _write_checkpoint(self, folder: Path, *, last: bool) -> None:
        """Write a checkpoint, unless that would take more than a tenth of the time."""
        start = time.monotonic()
        if last or start >= self._next_checkpoint:
            checkpoint.write(folder, self)
            end = time.monotonic()
            self._next_checkpoint = end + 10 * (end - start)

    def _stop(self, epoch: int) -> None:
        if self.folder is None:
            raise KeyboardInterrupt(f"training stopped in epoch {epoch}")
        checkpoint.write(self.folder, self)
        raise KeyboardInterrupt(
            f"training stopped in epoch {epoch}; its state is in {self.folder}, "
            f"go on with fit(..., resume={str(self.folder)!r})"
        )


@contextmanager
def _deferred_interrupt() -> Iterator[threading.Event]:
    """Let the first Ctrl-C set a flag, so that no update is cut in half; the second one is at once.

    Only the main thread can do that; elsewhere nothing is changed.
    """
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def once(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    if before is None or before is signal.SIG_IGN:  # set from outside Python, or not wanted
        yield interrupted
        return
    signal.signal(signal.SIGINT, once)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
