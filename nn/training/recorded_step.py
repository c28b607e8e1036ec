"""A training step of a network as a program: forward, backward, update."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.backpropagation import backpropagate
from autograd_core.program import Program, Value
from autograd_core.program.drawn import Draw
from autograd_core.program.recording import Recorder, recorded_twice

from ..data.several import Several, arrays_of, passed
from ..layers import Buffer
from ..layers.buffers import recording_buffers
from ..layers.layer import training_mode
from ..layers.masking import masked_call, padding_mask
from ..optimizers import Optimizer
from ..optimizers.clipping import clipping_factor
from ..optimizers.optimizer import ACCUMULATED
from .accumulation import Part, scaled
from .lots import Lot, lots_of
from .one_entry import updated_at_one_entry
from .without_numbers import forget, without_numbers

if TYPE_CHECKING:
    from ..network import NeuralNetwork

Remembered = dict[tuple[str, str], Node]


class RecordedStep(NamedTuple):
    """The program of a step, and what its inputs stand for.

    The inputs are the samples, the labels as the loss takes them, their weights where they have
    any, the numbers of the optimizer, what layers draw, and then, bound, the parameters, what is
    remembered of them, and the buffers that layers change. The outputs are the loss and the
    prediction; those behind them replace what is bound.
    """

    program: Program
    lots: tuple[Lot, ...]
    """Which parameters take the same numbers."""
    numbers: tuple[str, ...]
    """Names of the optimizers' numbers, lot by lot; see `Optimizer.numbers`."""
    draws: tuple[Any, ...]
    """Where the inputs come from that are drawn, and those from outside that may change."""
    target: Value
    """The labels as the loss takes them."""
    parameters: dict[int, Node]
    """The parameters by the number of their input."""
    state: dict[int, tuple[str, str]]
    """What is remembered, as a parameter's name and a key, by the number of its input."""
    buffers: dict[int, Buffer]
    """What layers remember, by the number of its input."""
    layers: tuple[tuple[int, int | None], ...]
    """If asked for: the numbers of the outputs that are each layer's result, and its gradient."""
    gradients: dict[int, int]
    """If asked for: the number of the output that is the gradient, by a parameter's input."""
    part: Part | None = None
    """Where it is for a part of a group; then the share is the first of the numbers."""
    tells_mask: bool = False
    """Whether the next output that replaces nothing says which steps of sequences are real."""


def record_step(
    network: NeuralNetwork,
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    weight: npt.NDArray[Any] | None = None,
    *,
    twice: bool,
    inner: bool = False,
    part: Part | None = None,
) -> RecordedStep:
    """Record a step on a batch; nothing is learned from it.

    Parameters
    ----------
    network : NeuralNetwork
        Its parameters stay as they are.
    x, y : ndarray
        A batch: samples in the network's dtype, and labels.
    weight : ndarray, optional
        How much each sample counts.
    twice : bool
        Whether parts are from elsewhere, so that it has to be seen whether they do the same twice.
    inner : bool, default False
        Whether the last outputs are what the layers return, and all gradients, for those who
        want to see them.
    part : Part, optional
        Where the batch is one of a group that makes an update together.

    Raises
    ------
    RecordingError
        If a part reads numbers, or does something else the second time.
    """
    recordings: list[_Recording] = []

    def once(draws: list[Draw]) -> tuple[Program, Recorder]:
        recordings.append(
            _Recording(network, x, y, weight, draws, is_checked=twice, inner=inner, part=part)
        )
        return recordings[-1].program, recordings[-1].recorder

    program = recorded_twice("step", once) if twice else once([])[0]
    return recordings[0].described(program)


class _Recording:
    """One time that a step is computed on nodes."""

    def __init__(
        self,
        network: NeuralNetwork,
        x: npt.NDArray[Any],
        y: npt.NDArray[Any],
        weight: npt.NDArray[Any] | None,
        draws: list[Draw],
        *,
        is_checked: bool,
        inner: bool,
        part: Part | None,
    ) -> None:
        self._is_checked = is_checked  # then its numbers are looked at
        self._inner = inner
        self._passed: list[Node] = []
        self._seen: list[tuple[Node, Any]] = []
        self._gradients: dict[str, Any] = {}
        self._network, self._y = network, y
        names = network.input_names or ("x",)
        self._samples = [_input(*each) for each in zip(names, arrays_of(x), strict=True)]
        self._weight = weight
        self._weights: list[tuple[Node, Value]] = []
        """The node of the weights, if there are any."""
        self._part, self._updates = part, part is None or part.updates
        one = network.dtype.type(1)
        self._share = None if part is None else _input("share", one)
        self._lots = lots_of(network)
        self._lot = {name: place for place, lot in enumerate(self._lots) for name in lot.names}
        self._rates = [
            {name: _input(f"{name}{place + 1 if place else ''}", one) for name in lot.numbers()}
            for place, lot in enumerate(self._lots)
            if self._updates
        ]
        self._parameters = {
            name: parameter
            for name, parameter in network.parameters().items()
            if parameter.requires_grad
        }
        self._names = _called(self._parameters)
        self._remembered = dict(self._state())
        self._buffers = {
            buffer: _input(name, buffer.value) for name, buffer in network.buffers().items()
        }
        self._new_buffers: dict[Buffer, Node] = {}
        self.recorder = Recorder(list(draws))
        self._bound: dict[int, Node] = {}
        self._of_state: dict[int, tuple[str, str]] = {}
        self.program = self._as_program(*self.recorder.call(self._step))

    def _state(self) -> Iterator[tuple[tuple[str, str], tuple[Node, Value]]]:
        for name, parameter in self._parameters.items():
            optimizer = self._lots[self._lot[name]].optimizer
            keys = optimizer.state_keys() if self._updates else ()
            keys += (ACCUMULATED,) * (self._part is not None)
            arrays = optimizer.remembered(name, np.asarray(parameter._value), *keys)
            for key, array in zip(keys, arrays, strict=True):
                yield (name, key), _input(f"{self._names[name]}/{key}", array)

    def _step(self) -> tuple[Node, Node, dict[str, Node], Remembered]:
        network = self._network
        buffers: dict[Buffer, Any] = {buffer: x for buffer, (x, _) in self._buffers.items()}
        with training_mode(True), masked_call(), recording_buffers(buffers):
            prediction = self._prediction()
            self._labels = _input("y", network.loss.checked_label(prediction, self._y))
            self.recorder.count_as_input(self._labels[0])
            weight = None
            if self._weight is not None:
                checked = network.loss.checked_weight(prediction, self._weight)
                self._weights = [_input("weight", checked)]
                weight = self._weights[0][0]
                self.recorder.count_as_input(weight)
            loss, objective = network.objective(prediction, self._labels[0], weight)
            self._mask = padding_mask()
        self._new_buffers = {
            buffer: _fitted(buffers[buffer], x)
            for buffer, (x, _) in self._buffers.items()
            if buffers[buffer] is not x
        }
        seed = None
        if self._share is not None:
            objective, seed = scaled(network.loss, loss, objective, self._share[0])
        if seed is None:
            seed = Node(objective.dtype.type(1), requires_grad=False)
        with nullcontext() if self._is_checked else without_numbers(objective):
            found = backpropagate(objective, seed, keep_intermediate=self._inner, ends=())
        gradients = {
            name: found[parameter]
            for name, parameter in self._parameters.items()
            if found.get(parameter) is not None
        }
        if self._inner:
            self._seen = [(node, found.get(node)) for node in self._passed]
            self._gradients = gradients
        updated, state = self._updated(gradients)
        for name, constraint in network.constraints().items():
            if name in updated:
                updated[name] = _fitted(constraint.apply(updated[name]), self._parameters[name])
        return loss, prediction, updated, state

    def _prediction(self) -> Node:
        nodes = [node for node, _ in self._samples]
        x: Any = nodes[0] if self._network.input_names is None else Several(nodes)
        if self._is_checked and not self._inner:
            return self._network.forward(x)
        for layer in self._network.layers:
            x = passed(layer, x)
            self._passed += [x] * self._inner
            if not self._is_checked:
                forget(x)
        prediction: Node = x
        return prediction

    def _updated(self, gradients: dict[str, Any]) -> tuple[dict[str, Node], Remembered]:
        """The parameters after the step, and what the optimizer remembers then."""
        if self._part is not None:
            before = {name: self._remembered[name, ACCUMULATED][0] for name in gradients}
            if self._part.adds:
                gradients = {name: before[name] + g for name, g in gradients.items()}
            if not self._updates:
                return {}, {
                    (name, ACCUMULATED): _fitted(g, before[name]) for name, g in gradients.items()
                }
        gradients = self._clipped(gradients)
        updated: dict[str, Node] = {}
        state: Remembered = {}
        for name, gradient in gradients.items():
            parameter, place = self._parameters[name], self._lot[name]
            rule = self._lots[place].rule
            numbers = {number: x for number, (x, _) in self._rates[place].items()}
            own = {key: self._remembered[name, key][0] for key in rule.state_keys()}
            if rule.elementwise and parameter.ndim:
                new = updated_at_one_entry(rule, parameter, gradient, own, numbers)
            else:
                new = rule.recorded_rule(parameter, gradient, own, numbers)
            value, after = new
            updated[name] = _fitted(value, parameter)
            state |= {(name, key): _fitted(after[key], old) for key, old in own.items()}
        return updated, state

    def _clipped(self, gradients: dict[str, Any]) -> dict[str, Any]:
        """The gradients, those of each optimizer that clips scaled together."""
        own: dict[Optimizer, list[str]] = {}
        for name in gradients:
            own.setdefault(self._lots[self._lot[name]].optimizer, []).append(name)
        clipped = dict(gradients)
        for optimizer, names in own.items():
            if optimizer.clip_norm is not None:
                factor = clipping_factor([gradients[name] for name in names], optimizer.clip_norm)
                clipped |= {name: gradients[name] * factor.astype(gradients[name].dtype)
                            for name in names}  # fmt: skip
        return clipped

    def _as_program(
        self, loss: Node, prediction: Node, updated: dict[str, Node], state: Remembered
    ) -> Program:
        share = [] if self._share is None else [self._share]
        rates = [number for numbers in self._rates for number in numbers.values()]
        given = [*self._samples, self._labels, *self._weights, *share, *rates]
        # Parameters that are not learned are read at each run, as leaves from outside.
        learned = [
            (self._parameters[name], _value(self._names[name], self._parameters[name]))
            for name in (updated if self._updates else self._parameters)
        ]
        read = self._part is not None and self._part.adds
        places = [*state, *((name, ACCUMULATED) for name in updated if read)]
        remembered = [self._remembered[place] for place in places]
        roots = [loss, prediction, *updated.values(), *state.values(), *self._new_buffers.values()]

        def numbered(x: Any) -> int:
            roots.append(x)
            return len(roots) - 1

        self._layers = [
            (numbered(x), None if gradient is None else numbered(gradient))
            for x, gradient in self._seen
        ]
        gradients = {name: numbered(x) for name, x in self._gradients.items()}
        self._tells_mask = type(self._mask) is Node and not self._inner
        if self._tells_mask:
            numbered(self._mask)
        inputs = [*given, *learned, *self._remembered.values(), *self._buffers.values()]
        reading = self.recorder.read(roots, inputs)
        own, sources = self.recorder.sources(reading, len(given))
        first = len(given) + len(own)
        self._bound = {first + n: node for n, (node, _) in enumerate(learned)}
        self._of_bound = {
            first + n: gradients[name] for n, name in enumerate(updated) if name in gradients
        }
        self._of_state = {first + len(learned) + n: place for n, place in enumerate(places)}
        # What layers remember and leave as it is may be changed by others: it is bound, too.
        kept = [buffer for buffer in self._buffers if buffer not in self._new_buffers]
        buffers = [*self._new_buffers, *kept]
        start = first + len(learned) + len(places)
        self._of_buffer = {start + n: buffer for n, buffer in enumerate(buffers)}
        changed = [self._buffers[buffer] for buffer in buffers]
        bound = [value for _, value in (*learned, *remembered, *changed)]
        arguments = [value for _, value in given] + bound
        replaced = [
            *range(first, first + len(updated)),
            *[*self._of_state][: len(state)],
            *[*self._of_buffer][: len(self._new_buffers)],
        ]
        return Program(
            [*arguments[: len(given)], *own, *bound],
            reading.outputs,
            {2 + n: number for n, number in enumerate(replaced)},
            sources=sources,
            guard=0,
            name="step",
            arguments=tuple(arguments),
        )

    def described(self, program: Program) -> RecordedStep:
        """Return what the inputs of the program stand for."""
        sources = tuple(program.sources.values())
        target = self._labels[1]
        return RecordedStep(
            program,
            tuple(self._lots),
            tuple(name for numbers in self._rates for name in numbers),
            sources,
            target,
            self._bound,
            self._of_state,
            self._of_buffer,
            tuple(self._layers),
            self._of_bound,
            self._part,
            self._tells_mask,
        )


def _fitted(new: Any, old: Node) -> Node:
    """What an eager step leaves in the array of the old value: in its dtype and its shape."""
    if type(new) is not Node:
        new = Node(np.asarray(new, old.dtype), requires_grad=False)
    if new.dtype != old.dtype:
        new = new.astype(old.dtype)
    fitted: Any = new if new.shape == old.shape else np.broadcast_to(new, old.shape)
    return fitted


def _called(parameters: dict[str, Node]) -> dict[str, str]:
    """What the program calls the parameters: as diagrams do, if that tells them apart."""
    names = {path: node.name or path for path, node in parameters.items()}
    return names if len(set(names.values())) == len(names) else {path: path for path in names}


def _value(name: str, x: Any) -> Value:
    return Value(None, (), {}, np.shape(x), x.dtype, name)


def _input(name: str, array: Any) -> tuple[Node, Value]:
    return Node(array, name=name, requires_grad=False), _value(name, array)
