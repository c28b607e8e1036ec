"""A graph of ONNX followed from its input to its output, each node becoming a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.files import shown
from autograd_core.program.printing.literals import shortest

from ..layers import Layer
from ..tensor_file import ModelFileError
from .tensors import Tensors

__all__ = ["Call", "Chain"]

BATCH = -1
"""Stands for the number of samples where a shape is computed."""

_FLOAT, _INT, _STRING, _TENSOR, _FLOATS, _INTS = 1, 2, 3, 4, 6, 7
_FIELDS = {_FLOAT: "f", _INT: "i", _TENSOR: "t", _FLOATS: "floats", _INTS: "ints"}


class Chain:
    """The layers up to a node, and what is known of the batch there.

    Parameters
    ----------
    start : str
        The name of the graph's input.
    shape : tuple of int or None, optional
        Its shape, the batch first, with None where an axis has no fixed length; None if not known.
    constants : mapping of str to ndarray
        The initializers.
    opset : int
        Version of the operators.
    tensors : Tensors
        Reads those that stand in nodes.

    Attributes
    ----------
    latest : str
        The name of what the last layer gives.
    shape : tuple of int or None, or None
        Its shape.
    shapes : dict of str to ndarray
        Whole numbers computed from shapes, with `BATCH` for the number of samples.
    layers : list of Layer
    state : dict of str to ndarray
        Their parameters, as `NeuralNetwork.state_dict` names them.
    """

    def __init__(
        self,
        start: str,
        shape: tuple[int | None, ...] | None,
        constants: Mapping[str, npt.NDArray[Any]],
        opset: int,
        tensors: Tensors,
    ) -> None:
        self.latest = start
        self.shape = shape
        self.batch = shape[0] if shape else None
        self.constants = dict(constants)
        self.shapes: dict[str, npt.NDArray[Any]] = {}
        self.opset = opset
        self.tensors = tensors
        self.layers: list[Layer] = []
        self.state: dict[str, npt.NDArray[Any]] = {}
        self.seen = {start}
        # A tensor may serve many nodes, each of which becomes a layer with numbers of its own.
        self._numbers_left = 4096 + 2 * sum(array.size for array in constants.values())

    @property
    def sample(self) -> tuple[int, ...] | None:
        """The shape of one sample; None where any of it is not known."""
        if self.shape is None or None in self.shape[1:]:
            return None
        return tuple(axis for axis in self.shape[1:] if axis is not None)

    def pass_on(self, call: Call) -> None:
        """Take a node's result for what it was given."""
        self.latest = call.outputs[0]
        self.seen.add(self.latest)

    def add(
        self,
        call: Call,
        layer: Layer,
        parameters: Mapping[str, npt.NDArray[Any]] | None = None,
        *,
        behind: tuple[int | None, ...] | None = None,
    ) -> None:
        """Append the layer that a node is.

        `behind` is the shape of its result where that of a sample is not known; by default it
        stays what it was.
        """
        for name, array in (parameters or {}).items():
            self.keep(len(self.layers), name, array)
        sample = self.sample
        self.layers.append(layer)
        if sample is not None:
            self.shape = (self.batch, *layer.output_shape(sample))
        elif behind is not None:
            self.shape = behind
        self.pass_on(call)

    def keep(self, position: int, name: str, array: npt.NDArray[Any]) -> None:
        """Set a parameter of the layer at a position."""
        self._numbers_left -= array.size
        if self._numbers_left < 0:
            raise ModelFileError("expected no more parameters than there are numbers in the file")
        self.state[f"{position}.{name}"] = array


class Call:
    """A node of ONNX's, with the questions that one may ask it."""

    def __init__(self, node: Any, position: int, chain: Chain) -> None:
        self.type = node.op_type
        self.domain = node.domain
        self.inputs = list(node.input)
        self.outputs = list(node.output)
        self.place = f"node {position}, {shown(node.op_type[:80])}" + (
            f" {shown(repr(node.name[:80]))}" if node.name else ""
        )
        self._attributes = {attribute.name: attribute for attribute in node.attribute}
        self._chain = chain

    def check_attributes(self, known: frozenset[str]) -> None:
        """Raise where a node has an attribute that would be passed over."""
        unknown = sorted(self._attributes.keys() - known)
        if unknown:
            raise ModelFileError(
                f"expected no attributes but {', '.join(sorted(known)) or '(none)'}, found "
                f"{shown(unknown[0][:80])}"
            )

    def attribute(self, name: str, default: Any) -> Any:
        """Return a number, a word, or a list of whole numbers, of the default's type."""
        if name not in self._attributes:
            return default
        found = self._attributes[name]
        expected = {float: _FLOAT, int: _INT, str: _STRING, list: _INTS}[type(default)]
        if found.type != expected:
            raise ModelFileError(f"expected {name} of the type of {default!r}")
        if expected == _STRING:
            return found.s.decode("utf-8", "replace")
        value = getattr(found, _FIELDS[expected])
        if expected == _FLOAT:
            return shortest(np.float32(value))
        return list(value) if expected == _INTS else int(value)

    def word(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return an attribute that is one of some words; by default the first of them."""
        if name not in self._attributes:
            return allowed[0]
        found = bytes(self._attributes[name].s)
        for each in allowed:
            if found == each.encode():
                return each
        raise ModelFileError(
            f"expected {name} {' or '.join(allowed)}, found {shown(repr(found[:80]))}"
        )

    def only_attribute(self) -> tuple[str, Any]:
        """Return the name and the value of a node's one attribute."""
        if len(self._attributes) != 1:
            raise ModelFileError(f"expected one attribute, found {len(self._attributes)}")
        ((name, found),) = self._attributes.items()
        if found.type not in _FIELDS:
            raise ModelFileError(f"expected numbers in {shown(name[:80])}")
        return name, getattr(found, _FIELDS[found.type])

    def has(self, name: str) -> bool:
        """Whether the node has an attribute."""
        return name in self._attributes

    def takes_batch(self, *, at: int = 0) -> None:
        """Raise unless an input is what the last layer gives."""
        found = self._input(at)
        if found == self._chain.latest:
            return
        if found in self._chain.seen:
            raise ModelFileError(
                f"expected the result of the node before it, found {shown(repr(found[:80]))} once "
                "more: a network here is a chain, and this graph has branches"
            )
        if found in self._chain.constants:
            raise ModelFileError(
                f"expected the batch as input {at}, found the constant {shown(repr(found[:80]))}"
            )
        raise ModelFileError(f"reads {shown(repr(found[:80]))}, which nothing before it makes")

    def constant(self, at: int) -> npt.NDArray[Any] | None:
        """Return an input that is a constant; None where it is left out."""
        if at >= len(self.inputs) or not self.inputs[at]:
            return None
        name = self.inputs[at]
        if name not in self._chain.constants:
            raise ModelFileError(
                f"expected a constant as input {at}, found {shown(repr(name[:80]))}, which is "
                "computed from the batch"
                if name in self._chain.seen
                else f"reads {shown(repr(name[:80]))}, which nothing before it makes"
            )
        return self._chain.constants[name]

    def needed(self, at: int) -> npt.NDArray[Any]:
        """Return an input that is a constant, and must be there."""
        found = self.constant(at)
        if found is None:
            raise ModelFileError(f"expected at least {at + 1} inputs, found {len(self.inputs)}")
        return found

    def number(self, at: int, default: float) -> float:
        """Return an input that is one constant number, in the fewest digits that tell it."""
        found = self.constant(at)
        if found is None:
            return default
        if found.size != 1 or found.dtype.kind != "f":
            raise ModelFileError(f"expected one number as input {at}, found shape {found.shape}")
        return shortest(found.reshape(-1)[0])

    def whole_numbers(self, at: int) -> list[int]:
        """Return an input that is a constant list of whole numbers, or one computed from shapes."""
        name = self._input(at)
        found = self._chain.shapes.get(name)
        if found is None:
            found = self.needed(at)
        if found.dtype.kind != "i" or found.size > 64:
            raise ModelFileError(f"expected at most 64 whole numbers as input {at}")
        return [int(each) for each in found.reshape(-1)]

    def _input(self, at: int) -> str:
        if at >= len(self.inputs):
            raise ModelFileError(f"expected at least {at + 1} inputs, found {len(self.inputs)}")
        return self.inputs[at]
