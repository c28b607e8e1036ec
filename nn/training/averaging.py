"""Averages of weights over training: moving ones (EMA), and of the last epochs (SWA)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core import no_grad

from ..checks import number, whole_number
from ..finite import quiet
from ..layers import BatchNorm
from ..layers.layer import layers_in, training_mode
from .callbacks import Callback

if TYPE_CHECKING:
    from ..network import NeuralNetwork
    from .history import History

__all__ = ["EMA", "SWA", "update_statistics"]

_AVERAGE = "average/"


class _Averaging(Callback):
    """Keeps an average of all that `NeuralNetwork.state_dict` holds."""

    updates_statistics = False
    """Whether batch normalisation is to have its statistics computed anew for the average."""

    def __init__(self, start_epoch: int) -> None:
        self.start_epoch = whole_number(type(self).__name__, "start_epoch", start_epoch)
        self._begin()

    def _begin(self) -> None:
        self.count = 0
        self.average: dict[str, npt.NDArray[Any]] = {}

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run."""
        self._begin()

    def after_epoch(self, network: NeuralNetwork, epoch: int) -> None:
        """Take in the weights after an epoch, before anything is evaluated."""

    def take(self, network: NeuralNetwork, share: float) -> None:
        """Move the average a share of the way to the weights."""
        self.count += 1
        weights = network.state_dict()
        if not self.average:
            self.average = weights
            return
        for name, mean in self.average.items():
            if mean.dtype.kind != "f":  # a count, say
                mean[...] = weights[name]
                continue
            way = np.asarray(weights[name] - mean)
            way *= share
            mean += way

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """Leave the average in the network."""
        if self.average:
            network.load_state_dict(self.average)

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return the average, and of how much it is one."""
        arrays = {f"{_AVERAGE}{name}": array for name, array in self.average.items()}
        return {"count": np.array(self.count), **arrays}

    def load_state_dict(
        self, network: NeuralNetwork, state: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        """Go on with the average of the run that is resumed."""
        self.count = int(state["count"])
        self.average = {
            name.removeprefix(_AVERAGE): np.array(array)
            for name, array in state.items()
            if name.startswith(_AVERAGE)
        }


class EMA(_Averaging):
    """Exponential moving average of the weights, over all updates of a training.

    After each update the average moves the share 1 - decay of the way to the weights; the first
    update it is given it takes as it is.

    Parameters
    ----------
    decay : float, default 0.999
        How much of the average is kept; it looks back over about 1 / (1 - decay) updates.
    start_epoch : int, default 1
        The first epoch that counts.

    Attributes
    ----------
    average : dict of str to ndarray
        The average so far, named as in `NeuralNetwork.state_dict`.

    Raises
    ------
    ValueError
        If the decay is not from 0 to below 1, or the epoch below 1.

    Notes
    -----
    Training itself goes on with the weights as they are. The figures after an epoch
    (``validation_loss``, ``evaluated_loss``) are those of the average, `EarlyStopping` and
    `ModelCheckpoint` keep the average, and when `fit` has ended the average is what the network
    has: `predict`, `evaluate` and `save` use it. Running statistics, such as those of
    batch normalisation, are averaged as weights are; `update_statistics` computes them anew.

    References
    ----------
    B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM
    Journal on Control and Optimization, 1992; in the exponential form in common use.

    Examples
    --------
    >>> from nn import EMA, Adam, FullyConnected, NeuralNetwork, load_dataset
    >>> data = load_dataset("digits")
    >>> network = NeuralNetwork([FullyConnected(64, 10)], optimizer=Adam(0.01))
    >>> history = network.fit(
    ...     data.x_train, data.y_train, epochs=20, batch_size=50, callbacks=[EMA(0.9)],
    ...     progress=False,
    ... )
    >>> network.evaluate(data.x_test, data.y_test)["accuracy"] > 0.85
    True
    """

    def __init__(self, decay: float = 0.999, start_epoch: int = 1) -> None:
        super().__init__(start_epoch)
        self.decay = number("EMA", "decay", decay, least=0, below=1)
        self._epoch = self._seen = 0

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run."""
        super().on_train_begin(network, epochs, batches_per_epoch)
        self._seen = network.optimizer.updates

    def on_epoch_begin(self, network: NeuralNetwork, epoch: int) -> None:
        """Remember which epoch it is."""
        self._epoch, self._seen = epoch, network.optimizer.updates

    def on_batch_end(self, network: NeuralNetwork, loss: float, accuracy: float | None) -> None:
        """Take in the weights, if they were updated."""
        if self._epoch >= self.start_epoch and network.optimizer.updates > self._seen:
            self._seen = network.optimizer.updates
            network.settle()
            self.take(network, 1.0 - self.decay)


class SWA(_Averaging):
    """Stochastic weight averaging: the plain mean of the weights after each of the last epochs.

    Parameters
    ----------
    start_epoch : int
        The first epoch after which the weights count, such as the one at three quarters of the
        training. From there on the learning rate should be constant and not too small, as in
        ``SGD(Switch(CosineDecay(0.1, epochs=75, final=0.05), epochs=75, then=0.05))``.

    Attributes
    ----------
    average : dict of str to ndarray
        The average so far, named as in `NeuralNetwork.state_dict`.

    Raises
    ------
    ValueError
        If the epoch is below 1.

    Notes
    -----
    Which weights are evaluated, kept and left at the end is said at `EMA`; here it is the average
    from `start_epoch` on. Where there is batch normalisation, its statistics are computed anew for
    these weights after each of these epochs, by `update_statistics` on the training data (without
    `augment`).

    References
    ----------
    P. Izmailov et al., "Averaging weights leads to wider optima and better generalization",
    UAI 2018, algorithm 1, and its last line on batch normalisation.

    Examples
    --------
    >>> from nn import SWA
    >>> SWA(start_epoch=75).start_epoch
    75
    """

    updates_statistics = True

    def __init__(self, start_epoch: int) -> None:
        super().__init__(start_epoch)

    def after_epoch(self, network: NeuralNetwork, epoch: int) -> None:
        """Take in the weights after an epoch."""
        if epoch >= self.start_epoch:
            self.take(network, 1.0 / (self.count + 1))


def update_statistics(network: NeuralNetwork, batches: Iterable[Any]) -> None:
    """Compute the statistics of all batch normalisation anew: the means over some batches.

    Parameters
    ----------
    network : NeuralNetwork
        Whose weights have become others without training, as by averaging.
    batches : iterable of array_like
        The samples of each batch, such as ``(x for x, y in loader)``. Each counts the same; the
        layers compute as during training.

    References
    ----------
    As ``torch.optim.swa_utils.update_bn``.

    Examples
    --------
    >>> from nn import BatchNorm, NeuralNetwork, update_statistics
    >>> network = NeuralNetwork([BatchNorm(1)])
    >>> update_statistics(network, [[[1.0], [3.0]], [[5.0], [7.0]]])
    >>> network.layers[0].running_mean.value, network.layers[0].running_var.value
    (array([4.], dtype=float32), array([2.], dtype=float32))
    """
    normalizing = [each for each in layers_in(network.layers) if isinstance(each, BatchNorm)]
    if not normalizing:
        return
    random = [layer.random_state() for layer in network.layers]
    try:
        with no_grad(), training_mode(True), quiet():
            for number, x in enumerate(batches, start=1):
                for layer in normalizing:
                    vars(layer)["_share"] = 1.0 / number
                network.forward(x)
    finally:
        for layer in normalizing:
            vars(layer).pop("_share", None)
        for each, state in zip(network.layers, random, strict=True):
            if state is not None:
                each.set_random_state(state)


@contextmanager
def averaged(
    network: NeuralNetwork,
    callbacks: Iterable[Callback],
    epoch: int,
    batches: Callable[[], Iterable[Any]],
) -> Iterator[None]:
    """Let a network have the average of its weights in a with block after an epoch, if one is kept.

    `batches` gives those of samples to learn from, where statistics are computed anew.

    Raises
    ------
    ValueError
        If more than one of the callbacks keeps one.
    """
    keepers = [callback for callback in callbacks if isinstance(callback, _Averaging)]
    if len(keepers) > 1:
        raise ValueError(
            "fit(callbacks) expects at most one average of the weights, got "
            f"{' and '.join(type(keeper).__name__ for keeper in keepers)}"
        )
    for keeper in keepers:
        keeper.after_epoch(network, epoch)
    average = keepers[0].average if keepers else {}
    if not average:
        yield
        return
    weights = network.state_dict()
    network.load_state_dict(average)
    try:
        if keepers[0].updates_statistics:
            update_statistics(network, batches())
            average |= {name: buffer.value.copy() for name, buffer in network.buffers().items()}
        yield
    finally:
        network.load_state_dict(weights)


def averages_first(callbacks: Iterable[Callback]) -> list[Callback]:
    """Return callbacks in the order of their end: what others put back stays."""
    return sorted(callbacks, key=lambda callback: not isinstance(callback, _Averaging))
