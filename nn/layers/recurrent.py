"""Layers that walk along the steps of sequences and remember: Elman's network, LSTM and GRU."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node, broadcast_to, flip, getitem
from autograd_core.affine import joining
from autograd_core.modes import in_scope, is_recording
from autograd_core.operations import recurrent
from autograd_core.recorded import here

from ..checks import choice, flag, instance, whole_number
from ..formulas import Formulas
from ..initializers import Initializer, Xavier, Zeros
from .layer import Batch, Layer
from .masking import padding_mask, set_padding_mask

__all__ = ["GRU", "LSTM", "RNN"]


class _Recurrent(Layer):
    """What the three share."""

    weight_input: Node
    weight_hidden: Node
    bias: Node
    joins_units = "weight_input"
    gives_scores = True
    swapped_in_pytorch: ClassVar[tuple[str, ...]] = ("weight_input", "weight_hidden")
    made_by_initialize = ("weight_input", "weight_hidden", "bias")

    _gates: ClassVar[int] = 1
    _remembers: ClassVar[tuple[str, ...]] = ("h",)
    """What passes from step to step."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        return_sequences: bool = False,
        go_backwards: bool = False,
        truncate: int | None = None,
        weight_initializer: Initializer = Xavier(),  # noqa: B008  # they hold no state
        bias_initializer: Initializer = Zeros(),  # noqa: B008
    ) -> None:
        owner = type(self).__name__
        self.input_size = whole_number(owner, "input_size", input_size)
        self.hidden_size = whole_number(owner, "hidden_size", hidden_size)
        self.return_sequences = flag(owner, "return_sequences", return_sequences)
        self.go_backwards = flag(owner, "go_backwards", go_backwards)
        self.truncate = None if truncate is None else whole_number(owner, "truncate", truncate)
        self.weight_initializer = instance(
            owner, "weight_initializer", weight_initializer, Initializer, "Xavier()"
        )
        self.bias_initializer = instance(
            owner, "bias_initializer", bias_initializer, Initializer, "Zeros()"
        )

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make the weights and the bias anew from a random generator, each gate for itself."""

        def side_by_side(initializer: Initializer, *rows: int) -> Node:
            shape = (*rows, self.hidden_size)
            parts = [initializer(shape, generator, dtype) for _ in range(self._gates)]
            return Node(np.concatenate(parts, axis=-1))

        self.weight_input = side_by_side(self.weight_initializer, self.input_size)
        self.weight_hidden = side_by_side(self.weight_initializer, self.hidden_size)
        self.bias = side_by_side(self.bias_initializer)
        self.weight_input.name, self.weight_hidden.name, self.bias.name = "W", "U", "b"

    def parameters(self) -> dict[str, Node]:
        return {n: getattr(self, n) for n in self.made_by_initialize}

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        return (*shape[: -1 if self.return_sequences else -2], self.hidden_size)

    def apply(self, x: Batch) -> Node:
        """Walk along the steps."""
        sequence, _ = self._walk(x, None)
        if self.return_sequences:
            return sequence
        set_padding_mask(None)  # there are no steps behind
        last: Node = getitem(sequence, (slice(None), 0 if self.go_backwards else -1))
        return last

    def _walk(self, x: Batch, start: Any) -> Any:
        if x.ndim != 3 or x.shape[2] != self.input_size:
            raise ValueError(
                f"{self!r} expects a batch of shape (samples, steps, {self.input_size}), got "
                f"{x.shape}."
            )
        samples, steps = x.shape[:2]
        mask = padding_mask()
        if mask is None or mask.shape != (samples, steps):
            mask = True
        if self.go_backwards:
            x = flip(x, 1)
            mask = mask if mask is True else flip(mask, 1)
        if start is None:
            start = (np.zeros((samples, self.hidden_size), x.dtype),) * len(self._remembers)
        sequence = self._scan(x, start, mask, _is_looked_at())
        return flip(sequence, 1) if self.go_backwards else sequence, None


def _is_looked_at() -> bool:
    """Whether somebody may look at the graph: then each step is recorded for itself."""
    return not joining.get() and not here() and is_recording()


class RNN(_Recurrent):
    """Elman's recurrent layer."""

    formulas = Formulas("hₜ = tanh(xₜ W + hₜ₋₁ U + b)")

    def _scan(self, x, start, mask, steps):
        return recurrent.rnn(x, self.weight_input, self.weight_hidden, self.bias, *start, mask, truncate=self.truncate or 0, steps=steps)


class LSTM(_Recurrent):
    _gates = 4
    _remembers = ("h", "c")

    def _scan(self, x, start, mask, steps):
        return recurrent.lstm(x, self.weight_input, self.weight_hidden, self.bias, *start, mask, truncate=self.truncate or 0, steps=steps)


class GRU(_Recurrent):
    _gates = 3
    made_by_initialize = ("weight_input", "weight_hidden", "bias", "bias_hidden")
    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        super().initialize(generator, dtype)
        self.bias_hidden = Node(self.bias_initializer((self.hidden_size,), generator, dtype), name="v")

    def _scan(self, x, start, mask, steps):
        return recurrent.gru(x, self.weight_input, self.weight_hidden, self.bias, self.bias_hidden, *start, mask, truncate=self.truncate or 0, steps=steps)
