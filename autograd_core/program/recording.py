"""Functions recorded: called on nodes, twice, and what they did written down."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..containers import leaves, map_leaves
from ..modes import recording as recorded
from ..node import Node, named, next_serial
from ..recorded import Recorded
from ..values import DIFFERENTIABLE
from .arguments import as_examples, input_names, is_input
from .drawn import Draw, drawing
from .errors import RecordingError
from .local_names import LearntNames
from .passes.rewriting import rewritten
from .reading import Reading, history, read
from .value import Value, same

if TYPE_CHECKING:
    from .program import Program, Source


@dataclass
class Recorder:
    """One time that a function is called on nodes, to see what it does with them."""

    draws: list[Draw] = field(default_factory=list)
    """Of an earlier time, or none: then the first is made here."""
    drawn_inputs: list[tuple[Node, Value]] = field(default_factory=list)
    since: int = field(default_factory=next_serial)
    calls: list[Recorded] = field(default_factory=list)
    captured: list[Node] = field(default_factory=list)
    """Nodes from outside that turned out to be inputs."""
    names: LearntNames = field(default_factory=LearntNames)

    def call(self, function: Callable[[], Any]) -> Any:
        """Call a function and return what it returns, while all of it is recorded.

        What depends on nodes that were made before can't be read on the way, and gradients of
        those are left as they were.
        """
        self.calls.append(Recorded(next_serial()))
        with recorded(), drawing(self._drawn), self.calls[-1], self.names:
            return function()

    def count_as_input(self, node: Node) -> None:
        """Say while the function is called that a node that it made is an input of the program."""
        self.calls[-1].inputs.add(node)

    def _drawn(self, draw: Callable[[], Any]) -> Node:
        place = len(self.drawn_inputs)
        if place == len(self.draws):
            self.draws.append(Draw(draw))
        node = Node(self.draws[place].example, requires_grad=False)
        name = f"drawn{place + 1}"
        self.count_as_input(node)
        self.drawn_inputs.append((node, Value(None, (), {}, node.shape, node.dtype, name)))
        return node

    def read(self, roots: Iterable[Any], inputs: Iterable[tuple[Node, Value]]) -> Reading:
        """Write down how the roots came about."""
        roots = list(roots)
        given = dict([*inputs, *self.drawn_inputs])
        self.names.give(history(roots, given, self.since))
        reading = read(roots, given, self.since)
        self.captured = [node for node, _ in reading.captured]
        return reading

    @property
    def originals(self) -> dict[int, Any]:
        """The arrays that constants of the program are copies of, by the copies' identity."""
        return {
            id(leaf._value): array
            for call in self.calls
            for leaf, array in call.originals.items()
            if array.dtype == leaf.dtype
        }

    def sources(self, reading: Reading, first: int) -> tuple[list[Value], dict[int, Source]]:
        """The inputs that nobody gives, counted from `first`, and where their values come from."""
        pairs: list[tuple[Value, Source]] = [
            (value, draw) for (_, value), draw in zip(self.drawn_inputs, self.draws, strict=True)
        ]
        pairs += [(value, _held_by(node)) for node, value in reading.captured]
        return [value for value, _ in pairs], {
            first + place: source for place, (_, source) in enumerate(pairs)
        }


def _held_by(node: Node) -> Source:
    return lambda: node._value


def record(kind: type[Program], function: Callable[..., Any], examples: tuple[Any, ...]) -> Program:
    """`Program.record`."""
    if not callable(function):
        raise TypeError(f"Program.record() expects a function, got {type(function).__name__}")
    arrays = as_examples(examples)
    name = getattr(function, "__name__", type(function).__name__)
    if not arrays:
        raise RecordingError(
            f"{name}() has no input: expected at least one number with a decimal point, array or "
            "node among the examples. Write for example Program.record(f, 1.0)"
        )
    return recorded_twice(name, lambda draws: _called(kind, function, examples, arrays, draws))


def recorded_twice(name: str, once: Callable[[list[Draw]], tuple[Program, Recorder]]) -> Program:
    """Record the same thing twice, and return the program if it was the same both times.

    Parameters
    ----------
    name : str
        What errors call it.
    once : callable
        Records it, given what was drawn before (nothing at first), and returns the program and its
        recorder. Arrays from outside that may change become further inputs, behind the others.

    Raises
    ------
    RecordingError
        If it computes something else the second time, or with other numbers.
    """
    first, recorder = once([])
    prints = [_print(recorder.originals.get(id(x), x)) for x in _constants(first)]
    second, other = once(recorder.draws)
    _refuse_state(name, recorder.captured, other.captured)
    captured = _compared(name, (first, recorder), (second, other), prints)
    return _with_captured(first, captured)


def _refuse_state(name: str, first: list[Node], second: list[Node]) -> None:
    """Raise where the second time another node stood in the place of one from outside."""
    for node, again in zip(first, second, strict=False):
        if node is not again:
            raise RecordingError(
                f"{name}() takes another node from outside at its second call{named(again)}, such "
                "as what an earlier call has left: a run of the program would leave nothing. Make "
                "it an argument, and return what the next call is to be given"
            )


def _called(
    kind: type[Program],
    function: Callable[..., Any],
    examples: Any,
    arrays: list[Any],
    draws: list[Draw],
) -> tuple[Program, Recorder]:
    recorder = Recorder(list(draws))
    names = input_names(function, examples)
    inputs: list[tuple[Node, Value]] = []
    given = iter(arrays)

    def node_for(leaf: Any) -> Any:
        if not is_input(leaf):
            return leaf
        array, called = next(given), next(names)
        wanted = leaf.requires_grad if type(leaf) is Node else array.dtype.kind in DIFFERENTIABLE
        node = Node(array, name=called, requires_grad=wanted)
        inputs.append((node, Value(None, (), {}, node.shape, node.dtype, called)))
        return node

    arguments = map_leaves(node_for, examples)
    returned = recorder.call(lambda: function(*arguments))
    roots = [leaf for leaf in leaves(returned) if _is_result(leaf)]
    name = getattr(function, "__name__", type(function).__name__)
    if not any(type(root) is Node for root in roots):
        raise RecordingError(
            f"{name}() returns no node: expected the result of operations on its arguments, or "
            f"nested tuples, lists and dicts of such, got {_said(returned)}. A number that was "
            "taken out of the graph, such as node.value, is the same at every run"
        )
    reading = recorder.read(roots, inputs)
    own, sources = recorder.sources(reading, len(inputs))
    places = iter(value for _, value in inputs)
    nodes = [node for node, _ in [*inputs, *recorder.drawn_inputs, *reading.captured]]
    program = kind(
        [*(value for _, value in inputs), *own],
        reading.outputs,
        sources=sources,
        name=name if name.isidentifier() else "f",
        arguments=map_leaves(lambda leaf: next(places) if is_input(leaf) else leaf, examples),
        returned=map_leaves(lambda leaf: ... if _is_result(leaf) else leaf, returned),
        wanted=[place for place, node in enumerate(nodes) if node.requires_grad],
    )
    return program, recorder


def _is_result(leaf: Any) -> bool:
    return isinstance(leaf, (Node, np.ndarray, np.generic, float, complex, int))


def _said(x: Any) -> str:
    return f"{type(x).__name__}: {str(x)[:60]}"


# --- the same a second time? ----------------------------------------------------------------------


def _constants(program: Program) -> list[Any]:
    """The arrays that stand in a program, in order."""
    return [x for value in program.values() for x in value.inputs if isinstance(x, np.ndarray)]


def _print(array: np.ndarray[Any, Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def _compared(
    name: str,
    one: tuple[Program, Recorder],
    another: tuple[Program, Recorder],
    prints: list[int],
) -> dict[int, Any]:
    """Return the arrays from outside, by identity, or raise where two recordings differ.

    Of a constant that was copied from an array it is the array.
    """
    (first, recorder), (second, other_recorder) = one, another
    of_first, of_second = recorder.originals, other_recorder.originals
    numbers = {id(value): place for place, value in enumerate(first.values())}
    others = {id(value): place for place, value in enumerate(second.values())}
    captured: dict[int, Any] = {}
    before = iter(prints)
    warned = False
    if len(numbers) != len(others) or len(first.outputs) != len(second.outputs):
        raise _other_structure(name, f"{len(numbers)} values, then {len(others)}")
    for value, other in zip(first.values(), second.values(), strict=True):
        made = value.operation
        if (
            made is not other.operation
            or len(value.inputs) != len(other.inputs)
            or value.shape != other.shape
            or value.dtype != other.dtype
        ):
            raise _other_structure(name, f"{value!r}, then {other!r}")
        if value.options is not other.options and not same(
            dict(value.options), dict(other.options)
        ):
            raise _other_numbers(name, f"an option of {made.name!r}" if made else "an option")
        if made and not warned and _holds_outside(value.options, other.options):
            warned = True
            _warn_of_option(name, made.name)
        for x, y in zip(value.inputs, other.inputs, strict=True):
            if type(x) is Value or type(y) is Value:
                if type(x) is not type(y) or numbers[id(x)] != others[id(y)]:
                    raise _other_structure(name, f"{value!r} is made of other values")
            elif isinstance(x, np.ndarray):
                print_before = next(before)
                array, again = of_first.get(id(x), x), of_second.get(id(y), y)
                outside = isinstance(again, np.ndarray) and np.may_share_memory(array, again)
                if outside and (print_before != _print(array) or not same(x, array)):
                    raise RecordingError(
                        f"{name}() writes into an array of shape {x.shape} from outside, which a "
                        "run of the program would not do. Return what is to be kept, and write "
                        "it outside: state[...] = f(x, state)"
                    )
                if not same(x, y):
                    raise _other_numbers(name, f"an array of shape {x.shape}")
                if outside and _may_change(array):
                    captured[id(x)] = array
            elif not same(x, y):
                raise _other_numbers(name, f"the number {x!r}, then {y!r}")
    for x, y in zip(first.outputs, second.outputs, strict=True):
        if type(x) is Value or type(y) is Value:
            if numbers.get(id(x)) != others.get(id(y)):
                raise _other_structure(name, "results in another order")
        elif not same(x, y):
            raise _other_numbers(name, "a result that is no node")
        elif isinstance(x, np.ndarray) and np.may_share_memory(x, y) and _may_change(x):
            captured[id(x)] = x
    return captured


def _holds_outside(x: Any, y: Any) -> bool:
    """Whether options hold an array from outside that may change."""
    if isinstance(x, np.ndarray):
        return np.may_share_memory(x, y) and _may_change(x)
    if isinstance(x, (tuple, list)):
        return any(map(_holds_outside, x, y))
    return isinstance(x, Mapping) and any(_holds_outside(part, y[key]) for key, part in x.items())


def _warn_of_option(name: str, operation: str) -> None:
    warnings.warn(
        f"{name}() takes an array from outside as an option of {operation!r}, such as an index: it "
        "is a part of the program, which does not see when it changes. Make it an argument of the "
        "function, or array.flags.writeable = False if it never changes",
        RuntimeWarning,
        stacklevel=5,
    )


def _may_change(array: Any) -> bool:
    """Whether anybody can write into the memory of an array."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return True
        array = array.base
    return False


def _other_structure(name: str, how: str) -> RecordingError:
    return RecordingError(
        f"{name}() computes something else at its second call: {how}. A program is the same at "
        "every run: choose by np.where(condition, a, b), and keep no state outside of the function"
    )


def _other_numbers(name: str, what: str) -> RecordingError:
    return RecordingError(
        f"{name}() computes with other numbers at its second call: {what}. Random numbers are "
        "drawn anew at each run if they come from drawn(lambda: random.normal(size=3)); what "
        "changes otherwise should be an argument"
    )


def _with_captured(program: Program, captured: dict[int, Any]) -> Program:
    """Make inputs of arrays from outside: whoever changes them finds it in the next run."""
    if not captured:
        return program
    own = {
        key: Value(None, (), {}, array.shape, array.dtype, f"captured{place + 1}")
        for place, (key, array) in enumerate(captured.items())
    }

    def given(value: Value) -> Value | None:
        if not any(id(x) in own for x in value.inputs):
            return None
        return value.with_inputs([own.get(id(x), x) for x in value.inputs])

    sources = dict(program.sources)
    for place, array in enumerate(captured.values()):
        sources[len(program.inputs) + place] = _same_array(array)
    program = rewritten(program, given)
    return program.replaced(
        inputs=[*program.inputs, *own.values()],
        outputs=[own.get(id(x), x) for x in program.outputs],
        sources=sources,
    )


def _same_array(array: Any) -> Source:
    return lambda: array
