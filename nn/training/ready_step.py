"""One kind of batch, recorded and built: what happens in each step around its program."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core import node as nodes
from autograd_core.node import next_serial
from autograd_core.program.drawn import drawing, repeating
from autograd_core.program.executable import Executable
from autograd_core.unused import start_counting, stop_counting

from ..distributed import Share
from ..optimizers.optimizer import PLAIN_RATE
from .accumulation import Part
from .lots import Lot
from .recorded_step import RecordedStep

if TYPE_CHECKING:
    from ..network import NeuralNetwork

MISFIT = "misfit"
"""What a step returns where it is not for the network as it is now."""


class Learned(NamedTuple):
    """What a step tells: the loss before the update, and what the network said."""

    value: float
    prediction: npt.NDArray[Any]
    mask: Any = None
    """Which steps of sequences are real, where some are not."""


class Repeat:
    """The step has to be done eagerly: something is not finite. What was drawn stays."""

    def __init__(self, drawn: Iterable[Any]) -> None:
        self._drawn = tuple(drawn)

    def again(self) -> drawing:
        """Return a manager in which layers draw the same again."""
        return repeating(self._drawn)


class _Scalar:
    """A parameter without axes: its number goes into an array of its own, and back."""

    __slots__ = ("array", "node", "value")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.array = np.array(node._value)
        self.value = node._value

    def give(self) -> None:
        if self.node._value is not self.value:
            self.array[()] = self.node._value

    def take(self, latest: int) -> None:
        self.value = self.node._value = self.array[()]
        self.node.grad = None
        self.node.changed = latest


class ReadyStep:
    """A step that is ready for one kind of batch.

    Parameters
    ----------
    network : NeuralNetwork
        Whose parameters and optimizer's state the program changes, in the arrays in which they are.
    step : RecordedStep
        The program.
    executable : Executable
        What a back end has built of it.

    Attributes
    ----------
    learn : callable
        ``learn(network, x, y, weight, part)`` does the step, and returns the loss before it, the
        prediction and which steps are real; None where it has to be eager, a `Repeat`, or `MISFIT`.
    parameters : list of Node
        What is learned.
    frozen : list of Node
        Parameters that wanted no gradient.
    """

    def __init__(self, network: NeuralNetwork, step: RecordedStep, executable: Executable) -> None:
        self.step, self.executable = step, executable
        self.parameters = list(step.parameters.values())
        self.frozen = [node for node in network.parameters().values() if not node.requires_grad]
        of = {name: lot.optimizer for lot in step.lots for name in lot.names}
        named = {name: node._value for name, node in network.parameters().items()}
        arrays: dict[int, Any] = {}
        bound: list[tuple[Node, Any]] = []
        scalars: list[_Scalar] = []
        remembered: list[tuple[dict[str, Any], str, Any]] = []
        for number, node in step.parameters.items():
            if not node.ndim:
                scalars.append(_Scalar(node))
                arrays[number] = scalars[-1].array
                continue
            if not node._value.flags.c_contiguous:
                node._value = np.ascontiguousarray(node._value)
            arrays[number] = node._value
            bound.append((node, node._value))
        for number, (name, key) in step.state.items():
            of[name].remembered(name, named[name], key)
            state = of[name].state[name]
            if not state[key].flags.c_contiguous:
                state[key] = np.ascontiguousarray(state[key])
            arrays[number] = state[key]
            remembered.append((state, key, state[key]))
        for number, buffer in step.buffers.items():
            arrays[number] = buffer.value
        executable.bind(arrays)
        self.learn = self._function(network, bound, scalars, remembered)

    def _function(
        self,
        network: NeuralNetwork,
        bound: list[tuple[Node, Any]],
        scalars: list[_Scalar],
        remembered: list[tuple[dict[str, Any], str, Any]],
    ) -> Callable[..., Any]:
        # A function of local names: attributes take as long as some networks take in C.
        layers, loss, optimizer = network.layers, network.loss, network.optimizer
        used = dict.fromkeys([optimizer, *(lot.optimizer for lot in self.step.lots)])
        optimizers = [(each, vars(each), each.state) for each in used]
        lots = [(lot.optimizer, lot.rule, _joined_counters(lot)) for lot in self.step.lots]
        number, several = network.dtype.type, network.input_names is not None
        run, draws, frozen = self.executable, self.step.draws, self.frozen
        target, tells_mask = self.step.target, self.step.tells_mask
        dtype = None if layers[0].takes_indices else network.dtype  # places are always checked
        shape, label_dtype = target.shape, target.dtype
        updates = self.step.part is None or self.step.part.updates
        buffers = [(buffer, buffer.value) for buffer in self.step.buffers.values()]

        def learn(
            network: NeuralNetwork, x: Any, y: Any, weight: Any = None, part: Part | None = None
        ) -> Any:
            if (
                network.optimizer is not optimizer
                or network.loss is not loss
                or network.layers is not layers
            ):
                return MISFIT
            for each, _, states in optimizers:
                if each.state is not states:
                    return MISFIT
            nodes.latest_change = latest = next_serial()
            for node, array in bound:
                if node._value is not array or not node.requires_grad:
                    return MISFIT
                node.grad = None  # it would be that of an earlier step
                node.changed = latest
            for state, key, array in remembered:
                if state.get(key) is not array:
                    return MISFIT
            for node in frozen:
                if node.requires_grad:
                    return MISFIT
            for buffer, array in buffers:
                if buffer.value is not array:
                    return MISFIT
            for scalar in scalars:
                if not scalar.node.requires_grad:
                    return MISFIT
                scalar.give()
            for each, _, _ in optimizers if updates else ():
                if each.schedule is not None:
                    each._rate = each.scheduled(each.updates)
            if type(x) is Share:
                x = x.own()
            if several or x.dtype is not dtype:
                x = network.as_batch(x)
            if y.dtype is not label_dtype or y.shape != shape:
                y = loss.checked_label(target, y)
            weights = () if weight is None else (loss.checked_weight(target, weight),)
            numbers = [] if part is None else [number(part.share)]
            for each, rule, counters in lots if updates else ():
                if rule is not each:
                    rule._follow(each)
                if rule._rate > PLAIN_RATE:
                    return None  # nearly everything overflows, which the optimizer says
                count = each.updates if counters is None else counters.item(0)
                numbers += [number(x) for x in rule.numbers(count + 1).values()]
            given = [draw() for draw in draws] if draws else ()
            silence = start_counting()
            try:
                results = run(*(x if several else (x,)), y, *weights, *numbers, *given)
            finally:
                stop_counting(silence)
            if results is None:
                return Repeat(given)
            value = float(results[0])
            for buffer, _ in buffers:
                buffer.forget_copy()
            for scalar in scalars:
                scalar.take(latest)
            for _, _, counters in lots if updates else ():
                if counters is not None:
                    np.add(counters, 1, counters)
            for _, settings, _ in optimizers if updates else ():
                settings["updates"] += 1
            network.losses.append(value)
            return value, results[1], results[2] if tells_mask else None

        return learn


def _joined_counters(lot: Lot) -> npt.NDArray[np.int64] | None:
    """Lay the counters of parameters side by side, so that one addition counts a step."""
    if "steps" not in (lot.optimizer.remembers or ()):
        return None
    states = [lot.optimizer.state.setdefault(name, {}) for name in lot.names]
    counters = [state.setdefault("steps", np.zeros((), np.int64)) for state in states]
    base: npt.NDArray[np.int64] | None = counters[0].base
    if (
        base is not None
        and len(base) == len(counters)
        and all(counter.base is base for counter in counters)
    ):
        return base  # those of steps for another kind of batch
    joined = np.array([int(counter) for counter in counters], np.int64)
    for place, state in enumerate(states):
        state["steps"] = joined[place, ...]
    return joined
