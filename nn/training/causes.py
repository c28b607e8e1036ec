"""What lies behind trouble in training: the rate, the data, the start, or the layers themselves."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core import no_grad

from ..data.several import arrays_of, passed
from ..initializers import KernelShape, fans
from ..layers import Layer
from ..layers.layer import is_from_elsewhere, layers_in

if TYPE_CHECKING:
    from ..network import NeuralNetwork

_SEEN_SAMPLES = 512

LARGE_INPUT = 20.0
SMALL_INPUT = 1e-3
LARGE_TARGET = 100.0
LARGE_RATE = 5.0
"""Above it a rate is the first that is suspected."""
LARGE_SUMMED_RATE = 1.0
"""The same where a loss is summed, of the rate times the samples."""
SMALL_RATE = 1e-6
GROWN = 10.0
"""Weights that are so many times as large as they should start were driven there."""
SMALL_START = 1e-2
"""Of the spread that `He` gives: where little gradient arrives, that is why."""
TINY_START = 1e-3
"""Nothing starts learning from that in a while."""
ALIKE = 1e-6
SATURATED = 0.9
NEAR_BOUND = 0.01
CERTAIN = 1e-5
SMALL_CLIP = 1e-4


class Start:
    """How a run began: the range of its data, and how large the weights were.

    Parameters
    ----------
    network : NeuralNetwork
        The network before its first step.
    samples, labels : ndarray
        What it learns from; some of the samples are looked at.
    batch_size : int
        Samples per update.
    """

    def __init__(
        self,
        network: NeuralNetwork,
        samples: npt.NDArray[Any],
        labels: npt.NDArray[Any],
        batch_size: int,
    ) -> None:
        self._network = network
        number = _SEEN_SAMPLES
        if isinstance(samples, np.memmap):  # of which no more than a batch is to be in memory
            number = min(number, batch_size)
        rows = np.unique(np.linspace(0, len(samples) - 1, number).astype(np.intp))
        self._samples: Any = network.as_batch(samples[rows])
        self.labels = labels
        self.batch_size = batch_size
        joining = _joining(network)
        self._spreads = {position: _spread(layer) for position, layer in joining[:-1]}
        self._sizes = {position: _size(layer) for position, layer in joining}
        self._not_finite = [
            name for name, node in network.parameters().items() if not np.isfinite(node.value).all()
        ]

    @property
    def summed(self) -> int:
        """How many samples the loss is summed over; 1 where it is a mean."""
        return self.batch_size if self._network.loss.reduction == "sum" else 1

    @property
    def _summed_in_updates(self) -> int:
        """The same of an update; those of Adam and its like do not grow with the loss."""
        optimizer = self._network.optimizer
        keeps_size = "epsilon" in vars(optimizer) or optimizer.clip_norm is not None
        return 1 if keeps_size else self.summed

    # --- causes, the likeliest first --------------------------------------------------------------

    def cause(self) -> str | None:
        """Say what drives the parameters or the units where they can't learn, if it shows."""
        if self._not_finite:
            return (
                f"the parameter {self._not_finite[0]!r} was not finite before the first step. Make "
                "the network anew, or load parameters that are"
            )
        rate = self._network.optimizer.learning_rate
        if rate >= LARGE_RATE:
            return self._about_rate(rate)
        if cause := self._about_data():
            return cause
        summed = self._summed_in_updates
        if summed > 1 and rate * summed >= LARGE_SUMMED_RATE:
            return self._about_rate(rate)
        return self._about_growth(rate)

    def cause_of_small_gradient(self) -> str | None:
        """Say why hardly any gradient arrives, if it is not the depth of the network."""
        return (
            self.cause()
            or self._about_clipping()
            or self.small_weights(SMALL_START)
            or self._about_saturation()
            or self._about_certainty()
        )

    def cause_of_standstill(self, update_ratios: Sequence[float]) -> str | None:
        """Say why the loss does not move."""
        frozen = self.frozen()
        if frozen:
            return (
                f"{_named(frozen)} frozen (trainable or requires_grad is False), and what is left "
                "to learn may be too little"
            )
        if cause := self.cause_of_small_gradient():
            return cause
        rate = self._network.optimizer.learning_rate
        moved = max((ratio for ratio in update_ratios if math.isfinite(ratio)), default=1.0)
        if rate <= SMALL_RATE or moved < SMALL_RATE:
            return (
                f"the learning rate, {rate:.3g}, is so small that no update changes the parameters "
                f"by more than {moved:.1g} of their size. Write a larger one, such as 0.1"
            )
        if self.labels.size and (self.labels == self.labels[:1]).all():
            return f"all {len(self.labels)} labels are the same: there is nothing to tell apart"
        return None

    def grown(self) -> float:
        """Return how many times as large as at the start, or as He's, the parameters are."""
        return max(
            (
                _size(layer) / max(1.0, self._sizes[position])
                for position, layer in _joining(self._network)
            ),
            default=0.0,
        )

    def frozen(self) -> list[int]:
        """Return the positions of layers of which no parameter wants a gradient."""
        return [
            position
            for position, layer in enumerate(self._network.layers)
            if (nodes := layer.parameters().values())
            and not any(node.requires_grad for node in nodes)
        ]

    def _about_rate(self, rate: float) -> str:
        usual = inspect.signature(type(self._network.optimizer)).parameters.get("learning_rate")
        if self._summed_in_updates > 1:
            return (
                f"the loss is summed over the {self.summed} samples of a batch, so that the "
                f"learning rate, {rate:.3g}, is too large: an update is {self.summed} times as "
                f"large as by their mean, and overshoots. Write {self._network.loss.called}('mean')"
                + (", and a smaller rate" if rate >= LARGE_RATE else "")
                + f", or a learning rate of {min(rate, 1.0) / self.summed:.1g}"
            )
        smaller = rate / 10
        if usual is not None and isinstance(usual.default, float):
            smaller = min(smaller, usual.default)
        return (
            f"the learning rate, {rate:.3g}, is too large: an update overshoots, and throws the "
            f"parameters where they no longer learn. Write a smaller one, such as {smaller:.2g}"
        )

    def _about_data(self) -> str | None:
        # Whole numbers are places in a table, of any size.
        arrays = [x for x in arrays_of(self._samples) if x.size and x.dtype.kind == "f"]
        if not arrays:
            return None
        low = min(float(array.min()) for array in arrays)
        high = max(float(array.max()) for array in arrays)
        size = max(abs(low), abs(high))
        if size == 0.0:
            return "the inputs are all 0, which says nothing of the labels. Look at how x was made"
        if size > LARGE_INPUT or 0.0 < size < SMALL_INPUT:
            return (
                f"the inputs go from {low:.4g} to {high:.4g}, and a network learns best from "
                "numbers of about 1. Scale them: x / 255 for such pixels, standardize(x) for "
                "measurements"
            )
        if not self._network.loss.classifies:
            low, high = float(self.labels.min()), float(self.labels.max())
            if max(abs(low), abs(high)) > LARGE_TARGET:
                return (
                    f"the targets go from {low:.4g} to {high:.4g}, and the first errors are as "
                    "large. Scale them to about 1, and the predictions back"
                )
        return None

    def _about_growth(self, rate: float) -> str | None:
        if self.grown() <= GROWN:
            return None
        for position, layer in enumerate(self._network.layers):
            inside = [each.regularizers.values() for each in layers_in(layer)]
            for regularizer in chain.from_iterable(inside):
                # An update by it alone overshoots 0, by more each time from 2 on.
                if rate * max(map(float, regularizer.arguments().values()), default=0.0) >= 1.0:
                    return (
                        f"{regularizer!r} of layer {position}, times the learning rate, {rate:.3g},"
                        " throws the weights beyond 0 in each update. Write a smaller strength, "
                        "such as 1e-4"
                    )
        return self._about_rate(rate)

    def small_weights(self, limit: float) -> str | None:
        """Say which weights start too small, apart from the last ones."""
        small = [position for position, spread in self._spreads.items() if spread < limit]
        if not small:
            return None
        return (
            f"the weights of {_named(small, verb='')} start so small and alike that all units "
            "compute nearly the same, and next to no gradient passes. Initialise with He() or "
            "Xavier()"
        )

    def saturation(self) -> str | None:
        """Say which units are saturated before the first step, and why.

        Layers from elsewhere may remember or draw something, so these are not asked for it.
        """
        if any(map(is_from_elsewhere, layers_in(self._network.layers))):
            return None
        if saturated := self._about_saturation():
            data = self._about_data()
            return f"{saturated.partition(': ')[0]}. The cause: {data}" if data else saturated
        return None

    def _about_saturation(self) -> str | None:
        with no_grad(), self._network.evaluating(), np.errstate(all="ignore"):
            x: Any = self._samples
            layers = self._network.layers
            bounded = [place for place, each in enumerate(layers) if each.saturates_at is not None]
            for position, layer in enumerate(layers[: max(bounded, default=-1) + 1]):
                x = passed(layer, x)
                if layer.saturates_at is None:
                    continue
                low, high = layer.saturates_at
                near = NEAR_BOUND * (high - low)
                share = float(np.mean((x.value < low + near) | (x.value > high - near)))
                if share > SATURATED:
                    return (
                        f"{share:.0%} of the outputs of layer {position}, {layer!r}, are saturated:"
                        f" at {low:g} or {high:g}, where its slope is next to 0. Smaller weights, "
                        "such as Xavier() gives, and standardize(x) help"
                    )
        return None

    def _about_clipping(self) -> str | None:
        """Say whether the gradients are small because they were cut."""
        most = self._network.optimizer.clip_norm
        if most is None or most > SMALL_CLIP:
            return None
        return (
            f"clip_norm, {most:.3g}, cuts all gradients down to that norm together. Write a larger "
            "one, such as 1.0"
        )

    def _about_certainty(self) -> str | None:
        """Say where softmax is so certain, though wrong, that it has no slope left."""
        last = self._network.layers[-1]
        if not last.applies_softmax:
            return None
        with no_grad(), self._network.evaluating(), np.errstate(all="ignore"):
            highest = np.asarray(self._network.forward(self._samples).value).max(axis=-1)
        certain = float(np.mean(highest > 1.0 - CERTAIN))
        if certain <= SATURATED:
            return None
        return (
            f"for {certain:.0%} of the samples {last!r} gives one class all the probability, right "
            "or wrong, and has no slope there. Leave it out and write SoftMaxCrossEntropyLoss(), "
            "which learns from such errors too; a smaller learning rate and standardize(x) help"
        )


# --- what can be seen before the first step ------------------------------------------------------


def alike(network: NeuralNetwork) -> list[int]:
    """Return the positions of layers whose units are all the same, and stay so for ever.

    All get the same input and all count the same behind: nothing ever tells them apart.
    """
    found = []
    layers = list(_joining(network))
    for (position, layer), (_, behind) in pairwise(layers):
        into, out = _weights(layer), _weights(behind)
        if into.ndim != 2 or out.ndim != 2 or into.shape[1] != out.shape[0] or len(out) < 2:
            continue
        if _same(into.T) and _same(out):
            found.append(position)
    return found


def without_nonlinearity(network: NeuralNetwork) -> list[tuple[int, int]]:
    """Return pairs of layers that mix units with nothing but linear layers between them."""
    pairs, last = [], None
    for position, layer in enumerate(network.layers):
        if not layer.linear:
            last = None
        elif layer.joins_units in layer.parameters():
            if last is not None:
                pairs.append((last, position))
            last = position
    return pairs


def _joining(network: NeuralNetwork) -> list[tuple[int, Layer]]:
    return [
        (position, layer)
        for position, layer in enumerate(network.layers)
        if layer.joins_units in layer.parameters()
    ]


def _weights(layer: Layer) -> npt.NDArray[Any]:
    return np.asarray(layer.parameters()[str(layer.joins_units)].value)


def _he(layer: Layer) -> float:
    shape = _weights(layer).shape
    return math.sqrt(2.0 / max(1, fans(KernelShape(shape) if layer.slides else shape)[0]))


def _spread(layer: Layer) -> float:
    """The standard deviation of the weights, of what `He` gives; 1 where none could be."""
    weights = _weights(layer)
    if not weights.any() or weights.size < 2:  # zeros have a sentence of their own
        return 1.0
    return float(np.std(weights, dtype=np.float64)) / _he(layer)


def _size(layer: Layer) -> float:
    """How large the parameters are, of what `He` gives weights and of 1 for the others."""
    with np.errstate(all="ignore"):
        sizes = [
            float(np.sqrt(np.mean(np.square(node.value, dtype=np.float64))))
            / (_he(layer) if name == layer.joins_units else 1.0)
            for name, node in layer.parameters().items()
            if node.size
        ]
    return max((size if math.isfinite(size) else math.inf for size in sizes), default=0.0)


def _same(rows: npt.NDArray[Any]) -> bool:
    spread = np.abs(rows - rows[:1]).max(initial=0.0)
    return bool(spread <= ALIKE * max(np.abs(rows).max(initial=0.0), 1e-300))


def _named(positions: Sequence[int], verb: str | None = None) -> str:
    several = len(positions) > 1
    words = f"layer{'s' if several else ''} {', '.join(map(str, positions))}"
    return words if verb == "" else f"{words} {'are' if several else 'is'}"
