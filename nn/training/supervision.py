"""Figures by which people see how training goes, and warnings in words where it goes wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, find_nonfinite, no_grad
from autograd_core.backpropagation import ancestors

from ..checks import cut
from ..data.several import passed
from ..finite import TrainingWarning, quiet, warn
from ..layers.layer import is_from_elsewhere, layers_in
from ..layers.parameters import is_batch
from ..losses import Loss, SigmoidCrossEntropyLoss, SoftMaxCrossEntropyLoss
from ..optimizers import Group
from .causes import TINY_START, Start, alike, without_nonlinearity

if TYPE_CHECKING:
    from ..network import NeuralNetwork
    from ..optimizers import Optimizer
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
GROWN_LOSS = 3.0
THROWN = 1e6
GONE = 1e-3


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
            if not any(node.requires_grad for node in parameters):  # none, or frozen on purpose
                continue
            before = self._before[position]
            with quiet():
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
    with no_grad(), network.evaluating(), quiet():
        x: Any = network.as_batch(samples[:_INSPECTED_SAMPLES])
        for position, layer in enumerate(network.layers):
            x = passed(layer, x)
            if layer.units_can_die:
                shares[position] = float(np.mean(~np.any(x.value > 0, axis=0)))
    return shares


def warn_about_schedule(optimizer: Optimizer, epochs: int) -> None:
    """Say where a learning rate is gone after the first of several epochs: a mixed-up unit."""
    updates, schedule = optimizer.updates_per_epoch, optimizer.schedule
    if schedule is None or updates is None or epochs == 1 or optimizer.updates:
        return
    first, after = (optimizer.scheduled(update) for update in (updates // 4, updates))
    if after < GONE * first:
        unit = "epochs" if schedule.counts_epochs else "updates, not epochs"
        warn(
            f"{schedule!r} counts {unit}: at the end of the first of {epochs} epochs, which has "
            f"{updates} updates, the learning rate is {after:.3g}. Write epochs=... for what is "
            "meant in epochs, as in StepDecay(0.1, epochs=10)"
        )


def warn_about_groups(network: NeuralNetwork) -> None:
    """Say which groups of optimizers hold no parameter: mostly a slip in the pattern."""
    for optimizer, own in network.by_optimizer().items():
        for group in optimizer.groups:
            if not any(map(group.holds, own)):
                wider = Group(f"*{group.pattern}")
                advice = f". Write {wider.pattern!r}" if any(map(wider.holds, own)) else ""
                warn(
                    f"{group!r} holds none of the parameters: its pattern has to fit the whole of "
                    f"a name, and they are called {cut(', '.join(own) or 'nothing')}{advice}"
                )


# --- warnings ------------------------------------------------------------------------------------


def warn_about_structure(network: NeuralNetwork, start: Start) -> bool:
    """Warn of what can be seen before the first step.

    Returns
    -------
    bool
        Whether that explains why units would not learn.
    """
    softmaxes = sum(layer.applies_softmax for layer in network.layers)
    if softmaxes + network.loss.applies_softmax > 1:
        warn(
            "probabilities pass through softmax twice, which flattens them and slows learning. "
            "Leave out the SoftMax layer, or use CrossEntropyLoss behind it"
        )
    last = network.layers[-1]
    if advice := network.loss.advice_behind(last):
        warn(
            f"{network.loss.called} expects {network.loss.expects}, but the network ends with "
            f"{last!r}. {advice}"
        )
    joining = [
        position
        for position, layer in enumerate(network.layers)
        if layer.joins_units in layer.parameters()
    ]
    said = set()
    for position in joining[:-1]:  # behind the last nothing waits for a gradient
        layer = network.layers[position]
        if not np.any(layer.parameters()[str(layer.joins_units)].value):
            said.add(position)
            warn(
                f"layer {position}, {layer!r}, starts with weights that are all zero: its units "
                "start equal, and no gradient passes to what is before it. Initialise with He() or "
                "Xavier()"
            )
    for position in alike(network):
        if position not in said:
            warn(
                f"the units of layer {position}, {network.layers[position]!r}, start with the same "
                "weights and count the same behind it, so they stay equal for ever, like a single "
                "one. Initialise with He() or Xavier()"
            )
            said.add(position)
    if not said and (small := start.small_weights(TINY_START)):
        said.add(-1)
        warn(small)
    if saturated := start.saturation():
        said.add(-1)
        warn(saturated)
    for first, second in without_nonlinearity(network):
        warn(
            f"there is no nonlinearity between the layers {first} and {second}, "
            f"{network.layers[first]!r} and {network.layers[second]!r}: together they can do no "
            "more than one of them. Put one in between, such as ReLU()"
        )
    return bool(said)


def require_something_to_learn(network: NeuralNetwork, called: str = "fit") -> None:
    """Raise ValueError where there is no parameter, or every one is frozen."""
    nodes = network.parameters().values()
    if not nodes and not any(map(is_from_elsewhere, layers_in(network.layers))):
        raise ValueError(
            f"{called}() expects a network with something to learn, but none of its layers has "
            "parameters. Put one in that does, such as FullyConnected(784, 10)"
        )
    if nodes and not any(node.requires_grad for node in nodes):
        by_layer = [place for place, each in enumerate(network.layers) if not each.trainable]
        written = (
            f"network.layers[{by_layer[-1]}].trainable = True"
            if by_layer
            else "network.layers[-1].weight.requires_grad = True"
        )
        raise ValueError(
            f"{called}() expects a network with something to learn, but all of its parameters are "
            f"frozen: requires_grad is False. Write for example {written}"
        )
    if not nodes:
        _warn_of_constants(network)


def _warn_of_constants(network: NeuralNetwork) -> None:
    """Where nothing is learned, say which arrays might have been meant to be."""
    for layer in filter(is_from_elsewhere, layers_in(network.layers)):
        for name, value in vars(layer).items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and name[0] != "_":
                warn(
                    f"nothing in the network is learned, and {name!r} of {layer!r} is a plain "
                    f"array, a constant. For a parameter write self.{name} = Node(...)"
                )


def warn_about_leaves(network: NeuralNetwork, loss: Node) -> None:
    """Say which leaves a loss depends on that want a gradient and are no parameters."""
    learned = set(map(id, network.parameters().values()))
    held = {
        id(value): (layer, name)
        for layer in layers_in(network.layers)
        for name, value in vars(layer).items()
        if type(value) is Node
    }
    said, private = [], ""
    for node in ancestors(loss):
        if node.operation or not node.requires_grad or id(node) in learned or is_batch(node):
            continue
        layer, name = held.get(id(node), (None, node.name))
        called = "" if name is None else f" {name!r}"
        owner = "" if layer is None else f" of {layer!r}"
        said.append(f"the leaf{called}{owner} of shape {node.shape}")
        if layer is not None and str(name).startswith("_"):
            private = f"self.{str(name).lstrip('_')}, as names with an underscore are private"
    if said:
        written = private or (
            "it, or the layer that has it, to a public attribute of a layer, to a list or dict "
            "there, or to parameters= of a function"
        )
        warn(
            f"the loss depends on {', on '.join(said)}, which is no parameter of the network, and "
            f"not learned. Write {written}; for a constant Node(..., requires_grad=False)"
        )


_TWICE: dict[type[Loss], tuple[str, str]] = {
    SoftMaxCrossEntropyLoss: ("SoftMax", "CrossEntropyLoss"),
    SigmoidCrossEntropyLoss: ("Sigmoid", "BinaryCrossEntropy"),
}
"""What these apply to scores themselves, and the loss of what has passed through it."""


def warn_about_end(network: NeuralNetwork, prediction: Node) -> None:
    """Say where a model of one's own ends with what the loss applies once more."""
    name, instead = _TWICE.get(type(network.loss), ("", ""))
    last = [part.name.lower() for part in (prediction.operation, prediction.scope) if part]
    if is_from_elsewhere(network.layers[-1]) and name.lower() in last:
        warn(
            f"the model ends with {name.lower()}, which {network.loss.called} applies once more to "
            f"what it takes for scores. Write loss={instead}('mean'), or leave it out of the model"
        )


class Watch:
    """Warns of each trouble once per training run, and names its cause where that shows.

    Parameters
    ----------
    network : NeuralNetwork
        The network.
    samples : int
        How many samples it learns from.
    start : Start, optional
        How the run began; without it no causes are looked for.
    explained : bool, default False
        Whether it was said already why units do not learn.
    """

    def __init__(
        self,
        network: NeuralNetwork,
        samples: int,
        start: Start | None = None,
        *,
        explained: bool = False,
    ) -> None:
        self._network = network
        self._start = start
        # Of one sample about half of the units are 0, and of a few samples some are by chance.
        self._tolerated = MANY_DEAD if samples >= ENOUGH_SAMPLES else 1.0 - 1e-9
        self._samples = samples
        self._said: set[str] = {"cause"} if explained else set()

    def after_epoch(self, epochs: list[Row], first_loss: float = math.nan) -> None:
        """Look at the rows of the epochs so far, and at the loss before the first update."""
        if {"not finite", "cause"} & self._said:
            return  # all else follows from that
        row = epochs[-1]
        summed = 1 if self._start is None else self._start.summed
        mean = row["loss"] / (self._samples if summed > 1 else 1)
        first_loss /= summed
        # What has learned something may come to rest.
        learned = (
            row["loss"] < LEARNED * epochs[0]["loss"]
            or row.get("accuracy") == 1.0
            or mean < LEARNED * first_loss
        )
        norms = {
            int(position): norm / summed for position, norm in _per_layer(row, "gradient_norm")
        }
        dead = {
            int(position): share
            for position, share in _per_layer(row, "dead_units")
            if share > self._tolerated and self._learns_up_to(int(position))
        }
        highest = max(norms.values(), default=0.0)
        vanishing = min(VANISHING, UNEVEN * highest) if learned and norms else VANISHING
        for position, share in dead.items():
            self._say_dead(position, share)
        for position, norm in norms.items():
            if norm > EXPLODING or not math.isfinite(norm):
                self._say_exploding(position, norm * summed)
            elif norm < vanishing and not any(position < other for other in dead):
                self._say_vanishing(position, norm * summed)
        before = (
            epochs[-STANDSTILL_EPOCHS]["loss"] if len(epochs) >= STANDSTILL_EPOCHS else math.nan
        )
        if abs(before - row["loss"]) < STANDSTILL * abs(before) and not learned:
            self._say_standstill(row)
        if self._start is not None:
            self._look_at_growth(self._start, mean, first_loss)

    def _look_at_growth(self, start: Start, loss: float, first: float) -> None:
        """A loss that is a multiple of what it began with has a cause, or comes down by itself."""
        if loss > GROWN_LOSS * first > 0.0 and (cause := start.cause()):
            self._say("grown", f"the loss has grown from {first:.3g} to {loss:.3g}", cause, "")

    def _learns_up_to(self, position: int) -> bool:
        """Whether anything before a layer is not frozen, so that its units could change."""
        before = [layer.parameters().values() for layer in self._network.layers[: position + 1]]
        return any(node.requires_grad for nodes in before for node in nodes)

    def _say_dead(self, position: int, share: float) -> None:
        layer = self._network.layers[position]
        what = (
            f"{share:.0%} of the units of layer {position}, {layer!r}, are dead: 0 for all "
            "samples, so they don't learn"
        )
        self._say(
            f"dead {position}",
            what,
            self._cause(),
            "A smaller learning rate, He() weights, a small positive bias or LeakyReLU help",
        )

    def _say_exploding(self, position: int, norm: float) -> None:
        layer = self._network.layers[position]
        self._say(
            f"exploding {position}",
            f"the gradient of layer {position}, {layer!r}, explodes: its norm is {norm:.3g}",
            self._cause(),
            "A smaller learning rate or clipping, such as SGD(0.1, clip_norm=1.0), helps",
        )

    def _say_vanishing(self, position: int, norm: float) -> None:
        layer = self._network.layers[position]
        cause = None if self._start is None else self._start.cause_of_small_gradient()
        if cause:
            what = f"layer {position}, {layer!r}, hardly learns: the norm of its gradient is "
            self._say(f"vanishing {position}", f"{what}{norm:.3g}", cause, "")
            return
        bounded = any(each.saturates_at is not None for each in self._network.layers)
        self._say(
            f"vanishing {position}",
            f"the gradient of layer {position}, {layer!r}, vanishes: its norm is {norm:.3g}, so "
            "the layer hardly learns",
            None,
            ("ReLU instead of sigmoid or tanh, " if bounded else "")
            + "He() or Xavier() weights and data on a common scale help",
        )

    def _say_standstill(self, row: Row) -> None:
        explained = any(key.startswith(("dead", "vanish")) for key in self._said)
        if explained and self._start is not None:
            return  # it follows from what was said
        ratios = [ratio for _, ratio in _per_layer(row, "update_ratio")]
        self._say(
            "standstill",
            f"the loss has not moved for {STANDSTILL_EPOCHS} epochs, it is {row['loss']:.4g}",
            None if self._start is None else self._start.cause_of_standstill(ratios),
            "A larger or much smaller learning rate, another initialisation, or data on a common "
            "scale may help",
        )

    def nonfinite_loss(self, loss: Node, value: float) -> None:
        """Look for what made the loss of a batch nan or infinite."""
        self._network.said_not_finite |= {"loss", "parameters", "overflow"}
        clause = made_by(loss)
        if "the data that went" in clause:  # no other cause is to be looked for
            advice = "Leave those samples out, or fill them in"
            self._say("not finite", f"the loss is {value}{clause}", None, advice)
            return
        self._say(
            "not finite",
            f"the loss is {value}{clause}",
            self._cause(),
            "If gradients explode, a smaller learning rate or clipping, such as "
            "SGD(0.1, clip_norm=1.0), helps; TerminateOnNaN() stops training here",
        )

    def look_at_parameters(self) -> None:
        """Say so where the last update has thrown the parameters far away."""
        if {"not finite", "cause"} & self._said:
            return
        what = None
        for name, node in self._network.parameters().items():
            if not np.isfinite(node.value).all():
                what = f"the last update has left the parameter {name!r} not finite"
                break
        if what is None and self._start is not None and self._start.grown() > THROWN:
            what = f"the last updates have made parameters over {THROWN:.0e} times as large"
        if what is not None:
            self._network.said_not_finite |= {"loss", "parameters", "overflow"}
            self._say(
                "thrown",
                what,
                self._cause(),
                "A smaller learning rate or clipping, such as SGD(0.1, clip_norm=1.0), helps",
            )

    def _cause(self) -> str | None:
        return None if self._start is None else self._start.cause()

    def _say(self, key: str, what: str, cause: str | None, advice: str) -> None:
        """Say what happens and why; one cause is named once, however much follows from it."""
        if key in self._said:
            return
        self._said.add(key)
        if not cause:
            warn(f"{what}. {advice}")
        elif "cause" not in self._said:
            self._said.add("cause")
            warn(f"{what}. The cause: {cause}")
        elif key == "not finite":
            warn(what)


def _per_layer(row: Row, kind: str) -> list[tuple[str, float]]:
    found = []
    for name, figure in row.items():
        before, _, position = name.partition("/")
        if before == kind and position:
            found.append((position, figure))
    return found


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
