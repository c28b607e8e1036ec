"""Figures by which people see how training goes, and warnings in words where it goes wrong."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, find_nonfinite, no_grad

from ..layers import Layer

if TYPE_CHECKING:
    from ..network import NeuralNetwork
    from .history import Row

__all__ = ["TrainingWarning"]

_INSPECTED_SAMPLES = 512
"""A unit that is silent for so many samples counts as dead."""

MANY_DEAD = 0.5
ENOUGH_SAMPLES = 16
LEARNED = 0.9
VANISHING = 1e-7
UNEVEN = 1e-2
EXPLODING = 1e4
STANDSTILL_EPOCHS = 5
STANDSTILL = 1e-4


class TrainingWarning(UserWarning):
    """Training goes on, but something about it looks wrong; says what, and what helps."""


class Inspection:
    """Measures the layers around one update.

    ``gradient_norm/i`` is the Euclidean norm of the gradients of layer i's parameters,
    ``update_ratio/i`` the norm of the update over the norm of the parameters (about 1e-3 is
    healthy), ``dead_units/i`` the share of a layer's units that are 0 for all of up to 512 samples,
    where these can die (`Layer.units_can_die`).
    """

    def __init__(self, network: NeuralNetwork) -> None:
        self._network = network
        self._before: dict[int, list[npt.NDArray[Any]]] = {}

    def before_update(self) -> None:
        """Remember the parameters."""
        self._before = {
            position: [np.array(node.value) for node in layer.parameters().values()]
            for position, layer in enumerate(self._network.layers)
        }

    def after_update(self, samples: npt.NDArray[Any]) -> Row:
        """Return the figures of the update since `before_update`."""
        figures: Row = {}
        for position, layer in enumerate(self._network.layers):
            parameters = list(layer.parameters().values())
            if not parameters:
                continue
            before = self._before[position]
            changes = [node.value - old for node, old in zip(parameters, before, strict=True)]
            figures[f"gradient_norm/{position}"] = _norm(
                [node.grad for node in parameters if node.grad is not None]
            )
            size = _norm(before)
            figures[f"update_ratio/{position}"] = _norm(changes) / size if size else math.nan
        for position, share in dead_units(self._network, samples).items():
            figures[f"dead_units/{position}"] = share
        return figures


def _norm(arrays: list[Any]) -> float:
    return math.sqrt(sum(float(np.vdot(a, a)) for a in arrays))


def dead_units(network: NeuralNetwork, samples: npt.NDArray[Any]) -> dict[int, float]:
    """Return, per layer whose units can die, the share that is 0 for all samples.

    Parameters
    ----------
    network : NeuralNetwork
        The network.
    samples : ndarray, shape (samples, ...)
        Up to 512 of them are looked at.

    Returns
    -------
    dict of int to float
        Share from 0 to 1 by the layer's position.
    """
    if not any(layer.units_can_die for layer in network.layers):
        return {}
    shares = {}
    with no_grad(), network.evaluating():
        x: Any = np.asarray(samples[:_INSPECTED_SAMPLES], network.dtype)
        for position, layer in enumerate(network.layers):
            x = layer(x)
            if layer.units_can_die:
                shares[position] = float(np.mean(~np.any(x.value > 0, axis=0)))
    return shares


# --- warnings ------------------------------------------------------------------------------------


def warn_about_structure(network: NeuralNetwork) -> None:
    """Warn of what can be seen before the first step."""
    softmaxes = sum(layer.applies_softmax for layer in network.layers)
    if softmaxes + network.loss.applies_softmax > 1:
        warn(
            "probabilities pass through softmax twice, which flattens them and slows learning. "
            "Leave out the SoftMax layer, or use CrossEntropyLoss behind it"
        )
    last = network.layers[-1]
    if network.loss.advice_on_scores is not None and last.gives_scores:
        warn(
            f"{type(network.loss).__name__} expects probabilities, but the network ends with "
            f"{last!r}. {network.loss.advice_on_scores}"
        )
    for position, layer in enumerate(network.layers):
        parameters = layer.parameters()
        if layer.joins_units in parameters and not np.any(parameters[layer.joins_units].value):
            warn(
                f"layer {position}, {layer!r}, starts with weights that are all zero: its units "
                "stay equal for ever, and no gradient passes. Initialise with He() or Xavier()"
            )


class Watch:
    """Warns of each trouble once per training run."""

    def __init__(self, network: NeuralNetwork, samples: int) -> None:
        self._network = network
        # Of one sample about half of the units are 0, and of a few samples some are by chance.
        self._tolerated = MANY_DEAD if samples >= ENOUGH_SAMPLES else 1.0 - 1e-9
        self._said: set[str] = set()

    def after_epoch(self, epochs: list[Row]) -> None:
        """Look at the rows of the epochs so far."""
        if "not finite" in self._said:
            return  # all else follows from that
        row = epochs[-1]
        # What has learned something may come to rest.
        learned = row["loss"] < LEARNED * epochs[0]["loss"] or row.get("accuracy") == 1.0
        norms = [figure for name, figure in row.items() if name.startswith("gradient_norm/")]
        vanishing = min(VANISHING, UNEVEN * max(norms)) if learned and norms else VANISHING
        for name, figure in row.items():
            kind, _, position = name.partition("/")
            if not position:
                continue
            layer = self._network.layers[int(position)]
            if kind == "dead_units" and figure > self._tolerated:
                self._say(
                    f"dead {position}",
                    f"{figure:.0%} of the units of layer {position}, {layer!r}, are dead: 0 for "
                    "all samples, so they don't learn. A smaller learning rate, He() weights, a "
                    "small positive bias or LeakyReLU help",
                )
            if kind == "gradient_norm":
                self._look_at_gradient(position, layer, figure, vanishing)
        before = (
            epochs[-STANDSTILL_EPOCHS]["loss"] if len(epochs) >= STANDSTILL_EPOCHS else math.nan
        )
        still = abs(before - row["loss"]) < STANDSTILL * abs(before)
        if still and not learned:
            self._say(
                "standstill",
                f"the loss has not moved for {STANDSTILL_EPOCHS} epochs, it is {row['loss']:.4g}. "
                "A larger or much smaller learning rate, another initialisation, or data on a "
                "common scale may help",
            )

    def _look_at_gradient(self, position: str, layer: Layer, norm: float, vanishing: float) -> None:
        if norm > EXPLODING or not math.isfinite(norm):
            self._say(
                f"exploding {position}",
                f"the gradient of layer {position}, {layer!r}, explodes: its norm is {norm:.3g}. "
                "A smaller learning rate or clipping, such as SGD(0.1, clip_norm=1.0), helps",
            )
        elif norm < vanishing:
            self._say(
                f"vanishing {position}",
                f"the gradient of layer {position}, {layer!r}, vanishes: its norm is {norm:.3g}, "
                "so the layer hardly learns. ReLU instead of sigmoid or tanh, He() or Xavier() "
                "weights and data on a common scale help",
            )

    def nonfinite_loss(self, loss: Node, value: float) -> None:
        """Look for what made the loss of a batch nan or infinite."""
        self._say(
            "not finite",
            f"the loss is {value}{made_by(loss)}. If gradients explode, a smaller learning rate "
            "or clipping, such as SGD(0.1, clip_norm=1.0), helps; TerminateOnNaN() stops training "
            "here",
        )

    def _say(self, key: str, words: str) -> None:
        if key not in self._said:
            self._said.add(key)
            warn(words)


def made_by(loss: Node) -> str:
    """Return a clause that names the operation that made the first value that is not finite."""
    node = find_nonfinite(loss)
    if node is None:
        return ""
    if node.operation is None:
        name = "a leaf" if node.name is None else f"the leaf {node.name!r}"
        return f"; {name} holds the first value that is not finite"
    scope = f" in {node.scope}" if node.scope else ""
    constants = [each for each in node.inputs if type(each) is not Node]
    if not all(np.isfinite(each).all() for each in constants):
        return f"; the data that went into operation {node.operation.name!r}{scope} are not finite"
    return f"; operation {node.operation.name!r}{scope} made the first value that is not finite"


def warn(words: str) -> None:
    """Warn of trouble in training."""
    warnings.warn(words, TrainingWarning, stacklevel=2)
