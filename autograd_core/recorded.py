"""While a program is recorded: which nodes depend on its inputs, and that nobody reads them.

A program runs on other numbers than those that it was recorded with, so whatever reads the value of
a node to go on from there would be wrong in every later run. Nothing of it costs the engine
anything while no program is recorded: readers look at `open_recordings` alone.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock  # threading itself would load much
from contextvars import ContextVar, Token
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from .numpy_calls import spelled

if TYPE_CHECKING:
    from .node import Node


class RecordingError(TypeError):
    """A function can't be written down as a program: it reads numbers, or is another every time.

    Another run of the program has other numbers, so a choice by a number or one that was drawn once
    would be wrong in it. The message names the line and what to write: `numpy.where` in place of
    ``if``, `autograd_core.drawn` for random numbers, an argument for what changes.

    Examples
    --------
    >>> from autograd_core import Program, RecordingError
    >>> def size(x):
    ...     return x if x > 0 else -x
    >>> try:
    ...     Program.record(size, 2.0)
    ... except RecordingError as error:
    ...     print("Write np.where(condition, a, b)" in str(error))
    True
    """


open_recordings = 0
"""How many programs are being recorded at the moment, in all threads together."""

_counting = allocate_lock()


class Recorded:
    """One call of a function that is being recorded: a context manager around it.

    Attributes
    ----------
    inputs : set of Node
        Nodes made inside that are inputs all the same, such as random numbers.
    refused : RecordingError or None
        The first error of a reader; a function that catches it would go on in the wrong way.
    originals : dict of Node to ndarray
        Leaves made inside, and the arrays that they were copied from.
    """

    def __init__(self, since: int) -> None:
        self._since = since
        self.inputs: set[Node] = set()
        self.originals: dict[Node, Any] = {}
        self._constants: set[Node] = set()  # as far as anybody has asked, and so are those
        self._dependent: set[Node] = set()
        self._gradients: dict[Node, Any] = {}
        self._token: Token[Recorded | None] | None = None
        self.refused: RecordingError | None = None

    def __enter__(self) -> Recorded:
        global open_recordings
        with _counting:
            open_recordings += 1
        self._token = _current.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        global open_recordings
        assert self._token is not None
        _current.reset(self._token)
        with _counting:
            open_recordings -= 1
        for node, gradient in self._gradients.items():
            node.grad = gradient
        self._gradients.clear()
        refused, self.refused = self.refused, None
        if refused is not None and exception[0] is None:
            raise refused

    def is_from_outside(self, node: Node) -> bool:
        """Whether a node is an input, or was made before the function was called."""
        return node.serial < self._since or node in self.inputs

    def depends(self, node: Node) -> bool:
        """Whether the value of a node may be another at the next run."""
        path = [(node, iter(node.inputs))]
        while path:
            x, inputs = path[-1]
            if x in self._dependent or self.is_from_outside(x):
                self._dependent.update(y for y, _ in path)
                return True
            if x in self._constants:
                path.pop()
                continue
            y = next((y for y in inputs if hasattr(y, "serial")), None)
            if y is None:  # nothing that it is made of depends on an input
                self._constants.add(x)
            else:
                path.append((y, iter(y.inputs)))
        return False

    def keep_gradient(self, node: Node) -> None:
        """Remember the gradient that a node has: recording leaves nothing behind.

        Not on nodes made inside, either: with gradients that are made of them they would be cycles.
        """
        self._gradients.setdefault(node, node.grad)


_current: ContextVar[Recorded | None] = ContextVar("autograd_core.recorded", default=None)


def current() -> Recorded | None:
    """The recording that runs here and now."""
    return _current.get() if open_recordings else None


def here() -> bool:
    """Whether what runs here and now is recorded as a program."""
    return current() is not None


def depends(x: Any) -> bool:
    """Whether something is a node whose value may be another at the next run of the program.

    False while no program is recorded.
    """
    recording = current()
    return recording is not None and hasattr(x, "serial") and recording.depends(x)


def anything_depends(*nests: Any) -> bool:
    """The same for anything that tuples, lists and slices hold, nested or not."""
    if not here():
        return False
    parts = [(x.start, x.stop, x.step) if isinstance(x, slice) else x for x in nests]
    return any(anything_depends(*x) if isinstance(x, (tuple, list)) else depends(x) for x in parts)


def keep_original(leaf: Node, value: Any) -> None:
    """Remember which array a leaf was copied from, which may have changed at the next run."""
    recording = current()
    if recording is not None and type(value) is np.ndarray and value.ndim:
        recording.originals[leaf] = value


def refuse_reading(node: Node, called: str | None = None) -> None:
    """Raise if a node is read that depends on the inputs of a program being recorded.

    Parameters
    ----------
    node : Node
        What is read.
    called : str, optional
        What reads it, as the user wrote it; by default the stack says.
    """
    if depends(node):
        called = called or _called(sys._getframe(1))
        raise _noted(RecordingError(_says(node, called) + _advice(called)))


def refuse_change(node: Node) -> None:
    """Raise if a value is set while a program is recorded."""
    if here():
        name = "" if node.name is None else f" (node {node.name!r})"
        raise RecordingError(
            f"a value is set while a program is recorded{name}, which a run of the program would "
            "not do. Return the new value, and set it outside: node.value = f(node)"
        )


def refuse(node: Any, called: str, instead: str) -> None:
    """The same, with what to write instead."""
    if depends(node):
        raise _noted(RecordingError(_says(node, called) + instead))


def _noted(error: RecordingError) -> RecordingError:
    """Remember an error, should the function catch it."""
    recording = current()
    if recording is not None and recording.refused is None:
        recording.refused = error
    return error


def _says(node: Node, called: str) -> str:
    name = "" if node.name is None else f" (node {node.name!r})"
    made = "" if node.operation is None else f", the result of {node.operation.name!r}"
    return (
        f"{called} reads the value of a node{name}{made}, while a program is recorded: another run "
        "has other numbers there. "
    )


_COMPUTE = (
    "Go on computing with the node, which stands for the number; return what is to be looked at"
)
_CHOOSE = "Write np.where(condition, a, b) in place of a choice between two ways"
_PICK = (
    "Pick entries by x[node], np.take or np.take_along_axis; whole numbers that shape the program "
    "are arguments, and stay Python's"
)
_SHAPES = (
    "The shape of the result depends on the numbers. Write np.where(mask, x, 0.0), which keeps the "
    "shape, or compute it outside and pass it as an argument"
)
_OUTSIDE = "Compute it outside, and pass it as an argument"

_AS_ARRAY = "array[node], or what else makes a plain array of a node,"

_ADVICE = {
    **dict.fromkeys(
        (_AS_ARRAY, "take"),
        "Write take(array, node, axis) of autograd_core, or np.stack([a, b]) to join nodes",
    ),
    "floor(node)": "Write np.floor(node)",
    "ceil(node)": "Write np.ceil(node)",
    "piecewise": "Write np.select(conditions, values), which computes all of them everywhere",
    "real_if_close": "Whether the result is complex depends on the numbers. Write np.real(z)",
    "polymul": "Leading zeros are left out there. Write np.convolve(a, b), which keeps them",
    "bool(node), as in `if node > 0:`,": _CHOOSE,
    **dict.fromkeys(("int(node)", "node as an index"), _PICK),
    **dict.fromkeys(("nonzero", "flatnonzero", "argwhere", "where", "x[mask]"), _SHAPES),
    **dict.fromkeys(("unique", "unique_all", "unique_counts", "unique_inverse"), _SHAPES),
    **dict.fromkeys(("unique_values", "union1d", "intersect1d", "setdiff1d", "setxor1d"), _SHAPES),
    **dict.fromkeys(("extract", "compress", "trim_zeros", "repeat", "delete", "insert"), _SHAPES),
    "bincount": _SHAPES,
    **dict.fromkeys(
        ("node.value", "node.item()", "float(node)", "complex(node)", "node.tolist()"), _COMPUTE
    ),
}
"""What to write instead, by what reads."""


def _advice(called: str) -> str:
    return _ADVICE.get(called) or _ADVICE.get(called.rpartition(".")[2]) or _OUTSIDE


def _called(frame: FrameType | None) -> str:
    """What the user's line called, in the engine or in NumPy, that reads a value."""
    outermost = None
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        outermost, frame = frame, frame.f_back
    if outermost is None:
        return "this"
    name, found = outermost.f_code.co_name, outermost.f_locals
    for key in ("function", "ufunc"):
        if callable(found.get(key)):
            name = spelled(found[key])
            return name.rpartition(".")[2] if name.startswith("autograd_core.") else name
    if name in ("_array", "__array__"):
        return _AS_ARRAY
    own = getattr(found.get("self"), "name", None)
    if name == "__call__" and own is not None:
        return str(own)
    return f"np.{name}" if outermost.f_globals["__name__"].startswith("numpy") else name


_OURS = frozenset({"autograd_core", "numpy"})
