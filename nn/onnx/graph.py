"""A graph of ONNX's while it is written: nodes and constants, each under a name of its own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.program.value import Value

from .batched import Batched, Samples
from .tensors import from_array, type_number

__all__ = ["Graph"]

INPUT, OUTPUT, BATCH = "input", "output", "batch"

_FEW = 64
"""Entries up to which equal constants are one tensor."""


def _identity(name: str) -> Any:
    from onnx import helper

    return helper.make_node("Identity", [name], [OUTPUT], name=OUTPUT)


class Graph:
    """What has been written of a graph.

    Parameters
    ----------
    batched : Batched
        What is to be written.
    start : str
        The name of the input that has the samples along its first axis.

    Attributes
    ----------
    nodes, tensors : list of NodeProto, list of TensorProto
        What has been written.
    """

    def __init__(self, batched: Batched, start: str = INPUT) -> None:
        self.batched = batched
        self._start = start
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self._names: dict[int, str] = {}
        self._constants: dict[Any, str] = {}
        self._counts: Counter[str] = Counter()
        self._held: list[Any] = []  # so that no other array gets the id of one
        self._scope = ""

    # --- names ----------------------------------------------------------------------------------

    def name(self, value: Value, name: str) -> None:
        """Say what a value is called."""
        self._names[id(value)] = name

    def enter(self, value: Value) -> None:
        """Let the next nodes be called after the layer that a value belongs to."""
        self._scope = "" if value.scope is None else f"{value.scope}/"

    def of(self, x: Any, dtype: npt.DTypeLike | None = None) -> str:
        """Return the name of a value or a constant, in a dtype of its own or another."""
        if type(x) is not Value:
            return self.constant(np.asarray(x, x.dtype if dtype is None else dtype))
        name = self._names[id(x)]
        if dtype is None or x.dtype == np.dtype(dtype):
            return name
        return self.node("Cast", name, to=type_number(dtype))

    # --- parts ----------------------------------------------------------------------------------

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Append a node, and return the name of its result."""
        from onnx import helper

        called = self._new(f"{self._scope}{operator}")
        result = self._new(operator.lower())
        self.nodes.append(
            helper.make_node(operator, list(inputs), [result], name=called, **attributes)
        )
        return result

    def end(self, output: Any) -> None:
        """Call the graph's result by its name."""
        last, name = self.nodes[-1] if self.nodes else None, self.of(output)
        if last is not None and list(last.output) == [name]:
            last.output[0] = OUTPUT
        else:  # an input, a constant, or what others take, too
            self.nodes.append(_identity(name))

    def _new(self, stem: str) -> str:
        self._counts[stem] += 1
        return f"{stem}_{self._counts[stem]}"

    def constant(self, array: npt.NDArray[Any], name: str | None = None) -> str:
        """Return the name of a tensor, which is written once."""
        if name is None:
            small = array.size <= _FEW
            content = array.tobytes() if small else id(array)
            key = array.dtype.str, array.shape, content
            if key in self._constants:
                return self._constants[key]
            name = self._constants[key] = self._new("constant")
            self._held.append(array)
        self.tensors.append(from_array(name, array))
        return name

    def whole_numbers(self, *numbers: int) -> str:
        """Return the name of a list of whole numbers, as axes and shapes are given."""
        return self.constant(np.array(numbers, np.int64))

    def shape(self, value: Value, *, inferred: bool = False) -> str:
        """Return the name of a value's shape; one unknown length may be -1 if `inferred`."""
        lengths = self.batched.shape(value)
        growing = [length for length in lengths if isinstance(length, Samples)]
        if inferred and len(growing) == 1 and 0 not in lengths:
            lengths = tuple(-1 if isinstance(length, Samples) else length for length in lengths)
            growing = []
        if not growing:
            return self.whole_numbers(*lengths)  # type: ignore[arg-type]  # none is Samples
        samples = self.node("Shape", self._start, start=0, end=1)
        parts = [
            self.node("Mul", samples, self.whole_numbers(length.each))
            if isinstance(length, Samples)
            else self.whole_numbers(length)
            for length in lengths
        ]
        return self.node("Concat", *parts, axis=0)
