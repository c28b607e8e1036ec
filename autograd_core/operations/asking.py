"""NumPy's functions that ask for a plain array without asking the node first.

They get an error that names the function and what to write; ``np.r_`` and ``np.c_`` get an array
that remembers the node, since in the end they join what they were given, which nodes can.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

import numpy as np

from ..foreign import advice_for_caller
from ..leaving import called_in
from ..node import Node, named
from ..numpy_protocol import LOADED, load_rest
from ..recorded import depends, refuse, refuse_reading
from .indexing import take
from .shaping import ravel

_JOINING = type(np.r_).__getitem__.__code__
_answered_in_node = Node.__array__


def _array(self: Node, dtype: Any = None, copy: bool | None = None) -> Any:
    if not self.requires_grad:
        return _answered_in_node(self, dtype, copy)
    frame = sys._getframe(1)
    if frame.f_code is _JOINING and frame.f_locals.get("item") is self:
        return _Numbered.of(self)
    advice = _advice(frame)
    if depends(self):
        refuse(self, *advice) if advice else refuse_reading(self)
    if advice is None:
        return _answered_in_node(self, dtype, copy)
    raise TypeError(
        f"{advice[0]} would make a plain array of a node, which would lose its gradient"
        f"{named(self)}. {advice[1]}; or node.value for the number or array alone"
    )


Node.__array__ = _array  # type: ignore[method-assign]


def _advice(frame: FrameType | None) -> tuple[str, str] | None:
    """Which public function of NumPy's asks, and what to write."""
    outermost = None
    while frame is not None and frame.f_globals.get("__name__", "").startswith("numpy."):
        outermost, frame = frame, frame.f_back
    if advice_for_caller(frame):  # another library asked NumPy
        return None
    if outermost is None:
        return _advice_to(called_in(frame)) if frame is not None else None
    module, function = outermost.f_globals["__name__"], outermost.f_code.co_qualname
    for (place, name), advice in _ADVICE.items():
        if module.startswith(place) and name in ("", function):
            return advice
    return _stacked_advice(function)


def _stacked_advice(function: str) -> tuple[str, str] | None:
    """What to write for a function that is covered, but was given a list of nodes."""
    load_rest()
    for called, home in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
        if getattr(home, function, None) in LOADED:
            ours = f", or autograd_core.{function}([a, b])" if called != "np.fft" else ""
            return f"{called}.{function}", (
                f"It does not look for nodes in lists: write {called}.{function}(np.stack([a, b])) "
                f"for {called}.{function}([a, b]){ours}"
            )
    return None


def _advice_to(called: tuple[str, ...]) -> tuple[str, str] | None:
    """The same for what is written in C and asks itself, as the caller's line names it."""
    function = called[-1] if called else ""
    if function in ("arange", "array", "asarray", "asanyarray"):
        return _OF_C.get(function)
    if function.startswith("_") or len(called) < 2:
        return None
    if called[0] in ("np", "numpy"):
        found = _stacked_advice(function)
        if found is not None:
            return found
    return _OF_C["normal"] if hasattr(np.random.Generator, function) else None


_OF_C = {
    "arange": (
        "np.arange",
        "Write start + step * np.arange(n), or np.linspace(start, stop, n)",
    ),
    "normal": (
        "drawing random numbers",
        "Write mean + deviation * generator.normal(size=shape), x[generator.permutation(len(x))] "
        "and alike",
    ),
}
"""Functions written in C -> their names and advice."""

_ADVICE = {
    ("numpy.polynomial", ""): (
        "np.polynomial",
        "Write np.polyval(c[::-1], x), or np.polyadd, np.polymul, np.polyder, np.polyint, "
        "np.polyfit: they take nodes, the highest power first",
    ),
    ("numpy.lib", "vectorize.__call__"): (
        "np.vectorize",
        "Call the function with the node itself, or write np.stack([f(x) for x in node])",
    ),
    ("numpy.lib", "apply_along_axis"): (
        "np.apply_along_axis on an array, not a node,",
        "Write np.stack([f(row) for row in a])",
    ),
    ("numpy.lib", "kaiser"): ("np.kaiser", "Write autograd_core.kaiser(M, beta)"),
    ("numpy.lib", "as_strided"): (
        "as_strided",
        "Write np.lib.stride_tricks.sliding_window_view(x, shape), or x[index]",
    ),
    ("numpy.lib", "ndenumerate.__init__"): (
        "np.ndenumerate",
        "Write for index in np.ndindex(x.shape): x[index]",
    ),
    ("numpy.lib", "AxisConcatenator.__getitem__"): (
        "np.r_",
        "Write its nodes one by one, np.r_[a, b], not in a list; or np.stack([a, b])",
    ),
    ("numpy._core", "full"): ("np.full", "Write np.broadcast_to(x, shape)"),
    ("numpy.testing", ""): (
        "np.testing",
        "Write np.testing.assert_allclose(node.value, expected)",
    ),
    ("numpy.ma.", ""): ("a masked array", "Write np.where(mask, 0.0, x)"),
    ("numpy.matrixlib", ""): ("np.matrix", "A node with two axes is a matrix: write a @ b"),
}
"""Where a function stands in NumPy (its module, and its name or all) -> its name and advice."""


class _Numbered(np.ndarray):
    """The numbers of a node's entries, which `np.r_` arranges before it joins them."""

    node: Node | None

    @classmethod
    def of(cls, node: Node) -> _Numbered:
        """The numbers in the node's shape and, where it can hold them, in its data type."""
        dtype = node.dtype
        if node.size > 2 ** np.finfo(dtype).nmant:
            dtype = np.dtype(np.float64)
        found: _Numbered = np.arange(node.size).astype(dtype).reshape(node.shape).view(cls)
        found.node = node
        return found

    def __array_finalize__(self, source: Any) -> None:
        self.node = getattr(source, "node", None)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Iterable[type],
        arguments: Any,
        options: Any,
    ) -> Any:
        if function is not np.concatenate:
            return super().__array_function__(function, types, arguments, options)
        return np.concatenate([_picked(part) for part in arguments[0]], *arguments[1:], **options)


def _picked(part: Any) -> Any:
    if not isinstance(part, _Numbered):
        return part
    return take(ravel(part.node), np.asarray(part).astype(np.intp))
