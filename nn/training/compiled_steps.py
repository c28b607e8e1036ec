"""Training steps compiled: a program for each kind of batch, run in place of the eager step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.program import RecordingError
from autograd_core.program.compiling import BACKENDS, MOST_SIGNATURES, backend_named
from autograd_core.program.executable import Executable

from ..checks import cut
from ..distributed import Share
from ..finite import quiet, warn
from ..layers.layer import is_from_elsewhere, layers_in
from ..losses.function import FunctionLoss
from ..optimizers import Optimizer
from ..registry import changes, is_ours
from .accumulation import Part
from .lots import lots_of
from .ready_step import MISFIT, ReadyStep, Repeat
from .recorded_step import RecordedStep, record_step

if TYPE_CHECKING:
    from ..network import NeuralNetwork

BACKEND_NAMES = ("auto", "eager", *BACKENDS)
"""What may run the training steps."""

SAME_BITS = ("auto", "eager", "numpy")
"""Back ends of which one may go on with the run of another."""

_NONE: Any = ((None, None, None, None, None, None), None)
"""In place of the last batch's kind and step."""

_EAGER_FIRST = 2
"""Where nobody asked for a back end, so many batches of a kind are learned before one is recorded:
recording takes as long as some hundred of them."""


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
        if not isinstance(backend, str) or backend not in BACKEND_NAMES:
            names = " or ".join(f'"{name}"' for name in BACKEND_NAMES)
            raise ValueError(f"backend expects {names}, got {cut(backend)}")
        self._given = backend, devices
        self._options = {} if devices is None else {"devices": devices}
        self._resident: Executable | None = None
        self._may_stay = False
        self.backend = "numpy" if backend == "auto" else backend
        self._asked_for = backend != "auto"
        self._build = backend_named(self.backend).build
        self._ready: dict[Any, ReadyStep] = {}
        self._last: Any = _NONE
        self.met: dict[str, int] = {}
        """How many batches of a kind were learned before one was recorded."""
        self._settings: list[Any] = []
        self._changes = -1
        self._grows = False
        """Whether lists or dicts of users hold parts, to which more may be added."""
        self._possible = True
        self._said: set[str] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        return CompiledSteps, self._given  # a copy of the network records anew

    def __call__(
        self,
        network: NeuralNetwork,
        x: Any,
        y: Any,
        weight: Any = None,
        part: Part | None = None,
    ) -> tuple[float, Any] | Repeat | None:
        """Learn from a batch, of which each sample may have a weight, and which may be a part.

        Returns
        -------
        tuple, Repeat or None
            The loss before the update, and the prediction. None where nothing was done, as no
            program is there: the step has to be eager.
        """
        if type(x) is not np.ndarray and type(x) is not Share:
            x = np.asarray(x) if network.input_names is None else network.as_batch(x)
        if type(y) is not np.ndarray:
            y = np.asarray(y)
        weights = None if weight is None else np.shape(weight)
        looks = self._changes != changes.count or (self._grows and not self._may_stay)
        if looks and not self._is_the_same(network):
            self._forget()
        kind, ready = self._last  # most batches are like the one before
        shape, dtype, label_shape, label_dtype, weight_shape, place = kind
        phase = None if part is None else part[1:]
        if not (
            x.dtype is dtype
            and y.dtype is label_dtype
            and x.shape == shape
            and y.shape == label_shape
            and weights == weight_shape
            and phase == place
        ):
            if not self._possible:
                return None
            kind = (x.shape, x.dtype, y.shape, y.dtype, weights, phase)
            found = self._ready.get(kind) or self._made(network, kind, x, y, weight, part)
            if found is None:
                return None
            self._last = kind, found
            ready = found
        if ready.executable is not self._resident:
            self._settle(ready.executable)
        learned = ready.learn(network, x, y, weight, part)
        return self._again(network, x, y, weight, part) if learned is MISFIT else learned

    def _again(
        self, network: NeuralNetwork, x: Any, y: Any, weight: Any, part: Part | None
    ) -> tuple[float, Any] | Repeat | None:
        """Go on with other arrays: somebody has set a parameter, or loaded a state."""
        self.settle()
        self._last = _NONE
        trainable = {node for node in network.parameters().values() if node.requires_grad}
        lots = lots_of(network)
        for kind, ready in self._ready.items():
            same = trainable.issuperset(ready.parameters) and trainable.isdisjoint(ready.frozen)
            if not same or lots != list(ready.step.lots) or not self._is_the_same(network):
                self._forget()
                break
            self._ready[kind] = ReadyStep(network, ready.step, ready.executable)
        return self(network, x, y, weight, part)

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

    def _made(
        self, network: NeuralNetwork, kind: Any, x: Any, y: Any, weight: Any, part: Part | None
    ) -> ReadyStep | None:
        met = self.met[repr(kind)] = self.met.get(repr(kind), 0) + 1
        if not self._asked_for and met <= _EAGER_FIRST:
            return None
        if len(self._ready) >= MOST_SIGNATURES:
            self._say(
                "signatures",
                f"training has met batches of {MOST_SIGNATURES} shapes, and learns from others "
                "without a compiled step. Let batches have few shapes",
            )
            return None
        reason = obstacle_to(network)
        if reason is not None and self._asked_for:
            self._say("obstacle", f"the back end {self.backend!r} is not used: {reason}")
        ours = is_of_ours_alone(network)
        if reason is not None or not (self._asked_for or ours):
            self._possible = False
            return None
        try:
            if type(x) is Share:  # numbers do not matter here
                x = np.zeros(x.shape, network.dtype)
            with quiet():
                step = record_step(
                    network, network.as_batch(x), y, weight, twice=not ours, part=part
                )
        except RecordingError as error:
            if self._asked_for:
                raise RecordingError(
                    f'{error}. Or learn without compiled steps: backend="eager"'
                ) from error
            self._possible = False
            return None
        bound = [*step.parameters, *step.state, *step.buffers]
        executable = self._build(step.program, bound=bound, reuse=True, **self._options)
        ready = self._ready[kind] = ReadyStep(network, step, executable)
        return ready

    # --- is it still the network that was recorded? -----------------------------------------------

    def look_again(self) -> None:
        """Compare all settings with those that were recorded, also those inside of containers."""
        self._changes = -1

    def _is_the_same(self, network: NeuralNetwork) -> bool:
        """Whether nothing has been set in any part since the programs were recorded."""
        self._changes = changes.count
        self._grows = _may_grow(network)
        now = _settings(network)
        before, self._settings = self._settings, now
        return len(now) == len(before) and all(map(_is_same, now, before))

    def _forget(self) -> None:
        self._ready.clear()
        self._last = _NONE
        self._possible = True

    def _say(self, what: str, words: str) -> None:
        if what not in self._said:
            self._said.add(what)
            warn(words)


def obstacle_to(network: NeuralNetwork) -> str | None:
    """Why the steps of a network can't be recorded, in words; None where they can."""
    for method in ("differentiate", "learn", "objective"):
        if not is_ours(getattr(type(network), method)):
            return f"{type(network).__name__} defines {method}()"
    for optimizer in network.optimizers:
        for method in ("step", "update"):
            if getattr(type(optimizer), method) is not getattr(Optimizer, method):
                return f"{type(optimizer).__name__} defines {method}(), not rule()"
    parameters = network.parameters().values()
    arrays = [id(node._value) for node in parameters if node.ndim]
    if len(set(parameters)) < len(parameters) or len(set(arrays)) < len(arrays):
        return "a parameter stands in two places, and learns twice in each step"
    if not any(node.requires_grad for node in parameters):
        return "there is nothing to learn"
    return None


def is_of_ours_alone(network: NeuralNetwork) -> bool:
    """Whether all parts are the package's own, so that nothing that they do is hidden."""
    parts = (network, *layers_in(network.layers), network.loss, *network.optimizers)
    if isinstance(network.loss, FunctionLoss):
        function = network.loss.function
        if isinstance(function, str) or not is_ours(function):
            return False
    kinds = map(type, parts)
    return all(is_ours(kind) and not getattr(kind, "runs_functions", False) for kind in kinds)


def step_aside(network: NeuralNetwork, x: Any, y: Any, *, inner: bool = False) -> RecordedStep:
    """Record a step on a batch, and leave the network as it was; see `NeuralNetwork.program`.

    Parameters
    ----------
    network : NeuralNetwork
        The network.
    x, y : array_like
        Samples and labels.
    inner : bool, default False
        As of `record_step`.
    """
    remembered = [(each, set(each.state)) for each in network.optimizers]
    reason = obstacle_to(network)
    if reason is not None:
        raise ValueError(f"program(x, y) expects a network that can be recorded, but {reason}")
    states = [(layer, layer.random_state()) for layer in layers_in(network.layers)]
    twice = not is_of_ours_alone(network)
    with quiet():
        step = record_step(network, network.as_batch(x), np.asarray(y), twice=twice, inner=inner)
    for optimizer, names in remembered:
        for name in optimizer.state.keys() - names:
            del optimizer.state[name]
    for layer, state in states:
        if state is not None:
            layer.set_random_state(state)
    return step


_FREE = frozenset(
    {"_training", "_pace", "_paced", "_rate", "_loaded_updates", "schedule", "state", "updates"}
)
"""Settings that a program takes as they are at each step."""

_PLAIN = (int, float, str, bytes, type(None))


def _settings(network: NeuralNetwork) -> list[Any]:
    """All that a program of a step holds of the settings of the parts, in a fixed order."""
    found: list[Any] = [
        *network.parameters().keys(),
        *network.parameters().values(),
        *network.buffers().values(),
    ]
    parts: list[Any] = [*layers_in(network.layers), network.loss, *network.optimizers]
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
            for inner in value.values() if name in ("constraints", "regularizers") else ():
                found += getattr(inner, "__dict__", {}).values()
    return found


def _may_grow(network: NeuralNetwork) -> bool:
    """Whether a layer from elsewhere holds something in a list or a dict."""
    return any(
        isinstance(value, (list, dict))
        for layer in layers_in(network.layers)
        if is_from_elsewhere(layer)
        for name, value in vars(layer).items()
        if name[0] != "_"
    )


def _is_same(x: Any, y: Any) -> bool:
    return x is y or (isinstance(x, _PLAIN) and type(x) is type(y) and x == y)
