"""A network recorded for two numbers of samples: what differs is the batch."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd_core import Program
from autograd_core.program.errors import RecordingError, UnsupportedOperationError
from autograd_core.program.passes.composed import composed
from autograd_core.program.value import Value, own_name, same

from ..network import NeuralNetwork
from .simplifying import simplified

__all__ = ["Batched", "Samples", "recorded"]

FEW, MORE = 3, 4
"""Numbers of samples: any two do of which no power of one is a multiple of the other."""

_FROM_SHAPES = frozenset({"reshape", "broadcast_to", "convolution_input"})
"""Operations whose options are the shape of their result, which may contain the batch."""


class Samples(NamedTuple):
    """The length of an axis that grows with the batch: so many entries a sample."""

    each: int


Length: TypeAlias = "int | Samples"


class Batched:
    """A program for a batch of any size, told from two of the same function.

    Parameters
    ----------
    program, other : Program
        For `FEW` and for `MORE` samples; the same program twice where there is no batch.

    Raises
    ------
    RecordingError
        If the function computes something else for another number of samples.
    UnsupportedOperationError
        If a number depends on that of the samples.
    """

    def __init__(self, program: Program, other: Program) -> None:
        self.program = program
        values, others = program.values(), other.values()
        if len(values) != len(others) or any(
            v.operation is not w.operation or v.ndim != w.ndim or v.dtype != w.dtype
            for v, w in zip(values, others, strict=True)
        ):
            raise RecordingError(
                "a file expects a network that computes the same for every number of samples, got "
                f"one that does something else for {MORE} than for {FEW}"
            )
        self._others = {id(v): w for v, w in zip(values, others, strict=True)}
        for v, w in zip(values, others, strict=True):
            _check_constants(v, w)

    def shape(self, value: Value) -> tuple[Length, ...]:
        """Return the shape of a value, with `Samples` for an axis that grows with the batch."""
        other = self._others[id(value)]
        return tuple(
            _length(value, few, more) for few, more in zip(value.shape, other.shape, strict=True)
        )


def recorded(
    network: NeuralNetwork, samples: Sequence[tuple[int, ...]], known: Collection[str] = ()
) -> Batched:
    """Return what a network computes of samples, of a shape for each input, when training is over.

    Operations that are `known` stay whole, also those whose forward function is array code.
    """

    def forward(*inputs: Any) -> Any:
        return network.forward(*inputs) if network.input_names is None else network.forward(inputs)

    def program(number: int) -> Program:
        examples = [np.full((number, *sample), 0.5, network.dtype) for sample in samples]
        if network.layers[0].takes_indices:
            examples = [np.zeros(example.shape, np.int64) for example in examples]
        with network.evaluating(), warnings.catch_warnings():
            # Of numbers that mean nothing, and of arrays that may change: a file is as of now.
            warnings.simplefilter("ignore", RuntimeWarning)
            program = Program.record(forward, *examples)
            return simplified(composed(program, keep=known))

    return Batched(program(FEW), program(MORE))


def _length(value: Value, few: int, more: int) -> Length:
    if few == more:
        return few
    if few * MORE == more * FEW:
        return Samples(few // FEW)
    raise UnsupportedOperationError(
        f"{value!r} has an axis that grows otherwise than with the number of samples: {few} for "
        f"{FEW}, {more} for {MORE}"
    )


def _check_constants(v: Value, w: Value) -> None:
    """Raise where a constant or an option is another for another number of samples."""
    if v.operation is None:
        return
    if not same(_constants_of(v), _constants_of(w)):
        raise UnsupportedOperationError(
            f"{v.operation.name!r} gets a number that depends on how many samples there are, which "
            "ONNX can't be told. Write it by shapes, such as np.mean(x, axis=0) in place of "
            "np.sum(x, axis=0) / len(x)"
        )


def _constants_of(value: Value) -> list[Any]:
    options = {} if own_name(value) in _FROM_SHAPES else dict(value.options)
    return [*(None if type(x) is Value else x for x in value.inputs), options]
