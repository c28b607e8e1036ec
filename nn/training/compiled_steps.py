"""Training steps compiled: a program for each kind of batch, run in place of the eager step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core import node as nodes
from autograd_core.node import next_serial
from autograd_core.program import RecordingError
from autograd_core.program.compiling import BACKENDS, MOST_SIGNATURES, backend_named
from autograd_core.program.drawn import drawing, repeating
from autograd_core.program.executable import Executable
from autograd_core.unused import start_counting, stop_counting

from ..distributed import Share
from ..finite import quiet, warn
from ..layers.layer import layers_in
from ..optimizers import Optimizer
from ..optimizers.optimizer import PLAIN_RATE
from ..registry import changes, is_ours
from .recorded_step import RecordedStep, record_step

if TYPE_CHECKING:
    from ..network import NeuralNetwork

BACKEND_NAMES = ("auto", "eager", *BACKENDS)
"""What may run the training steps."""

SAME_BITS = ("auto", "eager", "numpy")
"""Back ends of which one may go on with the run of another."""

_EAGER_FIRST = 2
"""Where nobody asked for a back end, so many batches of a kind are learned before one is recorded:
recording takes as long as some hundred of them."""


class Learned(NamedTuple):
    """What a step tells: the loss before the update, and what the network said."""

    value: float
    prediction: npt.NDArray[Any]


class Repeat(NamedTuple):
    """The step has to be done eagerly: something is not finite. What was drawn stays."""

    drawn: tuple[Any, ...]

    def again(self) -> drawing:
        """Return a manager in which layers draw the same again."""
        return repeating(self.drawn)


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

    def take(self) -> None:
        self.value = self.node._value = self.array[()]


class _Ready(NamedTuple):
    step: RecordedStep
    run: Executable
    parameters: list[tuple[Node, Any]]
    """The parameters, and the arrays that are bound."""
    scalars: list[_Scalar]
    remembered: dict[str, dict[str, Any]]
    """All that the optimizer remembers."""
    state: list[tuple[dict[str, Any], str, Any]]
    """What the optimizer remembers of a parameter, a key, and the array that is bound."""
    counters: list[Any]
    """Arrays that count the steps of a parameter."""


class CompiledSteps:
    """The training steps of a network on one back end.

    Parameters
    ----------
    backend : {"auto", "numpy", "native", "xla"}
        Of `autograd_core.compile`. "auto" is "numpy" where the layers, the loss and the optimizer
        are the package's own, so that nothing that they do is hidden, else none.
    devices : int or sequence, optional
        Over which devices "xla" spreads a batch.
    """

    def __init__(self, backend: str, devices: Any = None) -> None:
        self._given = backend, devices
        self._options = {} if devices is None else {"devices": devices}
        self._resident: Executable | None = None
        self._may_stay = False
        self.backend = "numpy" if backend == "auto" else backend
        self._asked_for = backend != "auto"
        self._build = backend_named(self.backend).build
        self._ready: dict[Any, _Ready] = {}
        self._met: dict[Any, int] = {}
        self._settings: list[Any] = []
        self._changes = -1
        self._possible = True
        self._said: set[str] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        return CompiledSteps, self._given  # a copy of the network records anew

    def __call__(self, network: NeuralNetwork, x: Any, y: Any) -> Learned | Repeat | None:
        """Learn from a batch.

        Returns
        -------
        Learned, Repeat or None
            None where nothing was done, as no program is there: the step has to be eager.
        """
        if type(x) is not np.ndarray and type(x) is not Share:
            x = np.asarray(x)
        if type(y) is not np.ndarray:
            y = np.asarray(y)
        if self._changes != changes.count and not self._is_the_same(network):
            self._forget()
        if not self._possible:
            return None
        key = (x.shape, x.dtype, y.shape, y.dtype)
        ready = self._ready.get(key) or self._made(network, key, x, y)
        return None if ready is None else self._stepped(network, ready, x, y)

    # --- one step ---------------------------------------------------------------------------------

    def _stepped(
        self, network: NeuralNetwork, ready: _Ready, x: Any, y: Any
    ) -> Learned | Repeat | None:
        optimizer = network.optimizer
        for node, array in ready.parameters:
            if node._value is not array or not node.requires_grad:
                return self._again(network, x, y)
        if ready.remembered is not optimizer.state:
            return self._again(network, x, y)
        for state, name, array in ready.state:
            if state.get(name) is not array:
                return self._again(network, x, y)
        if optimizer.schedule is not None:
            optimizer._rate = optimizer.schedule(optimizer.updates)
        if optimizer._rate > PLAIN_RATE:
            return None  # nearly everything overflows, which the optimizer says
        for scalar in ready.scalars:
            scalar.give()
        if ready.run is not self._resident:
            self._settle(ready.run)
        if type(x) is Share:
            x = x.own()
        if x.dtype != network.dtype:
            x = network.as_batch(x)
        target = ready.step.target
        if y.dtype != target.dtype or y.shape != target.shape:
            y = network.loss.checked_label(target, y)
        counters = ready.counters
        count = int(counters[0]) if counters else optimizer.updates
        numbers = optimizer.numbers(count + 1)
        draws = tuple([draw() for draw in ready.step.draws])
        silence = start_counting()
        try:
            results = ready.run(x, y, *map(network.dtype.type, numbers.values()), *draws)
        finally:
            stop_counting(silence)
        if results is None:
            return Repeat(draws)
        loss, prediction = results
        value = float(loss)
        nodes.latest_change = latest = next_serial()
        for node, _ in ready.parameters:
            node.grad = None  # it would be that of an earlier step
            node.changed = latest
        for scalar in ready.scalars:
            scalar.take()
        for counter in ready.counters:
            counter += 1
        vars(optimizer)["updates"] += 1
        network.losses.append(value)
        return Learned(value, prediction)

    def _again(self, network: NeuralNetwork, x: Any, y: Any) -> Learned | Repeat | None:
        """Go on with other arrays: somebody has set a parameter, or loaded a state."""
        trainable = [node for node in network.parameters().values() if node.requires_grad]
        recorded = [node for ready in self._ready.values() for node, _ in ready.parameters]
        if len(set(recorded)) > len(trainable):
            self._forget()
        for key, ready in self._ready.items():
            self._ready[key] = self._with_arrays(network, ready.step, ready.run)
        return self(network, x, y)

    # --- parameters on a device -------------------------------------------------------------------

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Let parameters stay where they are computed from step to step, in a with block.

        Whoever reads or sets them there calls `settle` first.
        """
        self._may_stay = True
        try:
            yield
        finally:
            self.settle()
            self._may_stay = False

    def settle(self) -> None:
        """Bring all parameters, and what the optimizer remembers, into their arrays."""
        self._settle(None)

    def _settle(self, following: Executable | None) -> None:
        if self._resident is not None:
            self._resident.fetch()  # type: ignore[attr-defined]
            self._resident.resident = False  # type: ignore[attr-defined]
        self._resident = None
        if self._may_stay and following is not None and hasattr(following, "resident"):
            following.resident = True
            self._resident = following

    # --- programs ---------------------------------------------------------------------------------

    def _made(self, network: NeuralNetwork, key: Any, x: Any, y: Any) -> _Ready | None:
        met = self._met[key] = self._met.get(key, 0) + 1
        if not self._asked_for and met <= _EAGER_FIRST:
            return None
        if len(self._ready) >= MOST_SIGNATURES:
            self._say(
                "signatures",
                f"training has met batches of {MOST_SIGNATURES} shapes, and learns from others "
                "without a compiled step. Let batches have few shapes",
            )
            return None
        reason = self._obstacle(network)
        if reason is not None:
            if self._asked_for:
                self._say("obstacle", f"the back end {self.backend!r} is not used: {reason}")
            self._possible = False
            return None
        try:
            if type(x) is Share:  # numbers do not matter here
                x = np.zeros(x.shape, network.dtype)
            with quiet():
                step = record_step(network, network.as_batch(x), y)
        except RecordingError:
            if self._asked_for:
                raise
            self._possible = False
            return None
        ready = self._ready[key] = self._bound(network, step)
        return ready

    def _bound(self, network: NeuralNetwork, step: RecordedStep) -> _Ready:
        """Build a program; parameters and state stay in the arrays in which they are."""
        bound = [*step.parameters, *step.state]
        return self._with_arrays(
            network, step, self._build(step.program, bound=bound, reuse=True, **self._options)
        )

    def _with_arrays(
        self, network: NeuralNetwork, step: RecordedStep, executable: Executable
    ) -> _Ready:
        """Let an executable work on the arrays that parameters and state have now."""
        optimizer = network.optimizer
        arrays: dict[int, Any] = {}
        named = {name: node._value for name, node in network.parameters().items()}
        parameters, scalars, state = [], [], []
        for number, node in step.parameters.items():
            if not node.ndim:
                scalars.append(_Scalar(node))
                arrays[number] = scalars[-1].array
                continue
            if not node._value.flags.c_contiguous:
                node._value = np.ascontiguousarray(node._value)
            arrays[number] = node._value
            parameters.append((node, node._value))
        for number, (name, key) in step.state.items():
            optimizer.remembered(name, named[name], key)
            remembered = optimizer.state[name]
            if not remembered[key].flags.c_contiguous:
                remembered[key] = np.ascontiguousarray(remembered[key])
            arrays[number] = remembered[key]
            state.append((remembered, key, remembered[key]))
        executable.bind(arrays)
        counters = self._counters(network)
        return _Ready(step, executable, parameters, scalars, optimizer.state, state, counters)

    def _counters(self, network: NeuralNetwork) -> list[Any]:
        optimizer = network.optimizer
        if "steps" not in (optimizer.remembers or ()):
            return []
        return [
            optimizer.state.setdefault(name, {}).setdefault("steps", np.zeros((), np.int64))
            for name, node in network.parameters().items()
            if node.requires_grad
        ]

    def _obstacle(self, network: NeuralNetwork) -> str | None:
        """Why no step can be compiled, in words; None where one can."""
        optimizer = network.optimizer
        for method in ("differentiate", "learn", "objective"):
            if not is_ours(getattr(type(network), method)):
                return f"{type(network).__name__} defines {method}()"
        kind_of_optimizer = type(optimizer)
        for method in ("step", "update"):
            if getattr(kind_of_optimizer, method) is not getattr(Optimizer, method):
                return f"{kind_of_optimizer.__name__} defines {method}(), not rule()"
        if optimizer.clip_norm is not None:
            return "gradients are clipped"
        counts = {int(counter) for counter in self._counters(network)}
        if len(counts) > 1:
            return "parameters have made different numbers of steps"
        if not self._asked_for:
            parts: list[Any] = [*layers_in(network.layers), network.loss, optimizer]
            if not all(is_ours(type(part)) for part in (network, *parts)):
                return "parts of it are not the package's own"
        return None

    # --- is it still the network that was recorded? -----------------------------------------------

    def look_again(self) -> None:
        """Compare all settings with those that were recorded, also those inside of containers."""
        self._changes = -1

    def _is_the_same(self, network: NeuralNetwork) -> bool:
        """Whether nothing has been set in any part since the programs were recorded."""
        self._changes = changes.count
        now = _settings(network)
        before, self._settings = self._settings, now
        return len(now) == len(before) and all(map(_is_same, now, before))

    def _forget(self) -> None:
        self._ready.clear()
        self._possible = True

    def _say(self, what: str, words: str) -> None:
        if what not in self._said:
            self._said.add(what)
            warn(words)


_FREE = frozenset({"_training", "_rate", "_loaded_updates", "schedule", "state", "updates"})
"""Settings that a program takes as they are at each step."""

_PLAIN = (int, float, str, bytes, type(None))


def _settings(network: NeuralNetwork) -> list[Any]:
    """All that a program of a step holds of the settings of the parts, in a fixed order."""
    found: list[Any] = []
    parts: list[Any] = [*layers_in(network.layers), network.loss, network.optimizer]
    for part in parts:
        found.append(part)
        for name, value in vars(part).items():
            if name in _FREE or name.startswith("_stepped"):
                continue
            found.append(name)
            if isinstance(value, Mapping):
                found += [*value.keys(), *value.values()]
            elif isinstance(value, (list, tuple)):
                found += value
            else:
                found.append(value)
            regularizers = value.values() if name == "regularizers" else ()
            for regularizer in regularizers:
                found += vars(regularizer).values()
    return found


def _is_same(x: Any, y: Any) -> bool:
    return x is y or (isinstance(x, _PLAIN) and type(x) is type(y) and x == y)
