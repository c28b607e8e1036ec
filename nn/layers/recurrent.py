"""Layers that walk along the steps of sequences and remember: Elman's network, LSTM and GRU."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node, broadcast_to, expand_dims, flip, getitem
from autograd_core.affine import joining
from autograd_core.modes import in_scope, is_recording
from autograd_core.operations import recurrent
from autograd_core.recorded import here

from ..checks import choice, cut, flag, instance, whole_number
from ..formulas import Formulas
from ..initializers import Initializer, Xavier, Zeros
from .buffers import Buffer
from .layer import Batch, Layer
from .masking import padding_mask, set_padding_mask

__all__ = ["GRU", "LSTM", "RNN"]

State = tuple[Any, ...]
"""What passes from step to step: the state and, of an LSTM, the cell."""


class _Recurrent(Layer):
    """What the three share: all but the step."""

    takes_sequences = True
    weight_input: Node
    weight_hidden: Node
    bias: Node
    joins_units = "weight_input"
    gives_scores = True
    swapped_in_pytorch: ClassVar[tuple[str, ...]] = ("weight_input", "weight_hidden")
    made_by_initialize: tuple[str, ...] = ("weight_input", "weight_hidden", "bias")

    _gates: ClassVar[int] = 1
    _carries: ClassVar[tuple[str, ...]] = ("state",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        return_sequences: bool = False,
        go_backwards: bool = False,
        truncate: int | None = None,
        memorize: int = 0,
        learned_state: bool = False,
        batch_is_sequence: bool = False,
        weight_initializer: Initializer = Xavier(),  # noqa: B008  # they hold no state
        bias_initializer: Initializer = Zeros(),  # noqa: B008
    ) -> None:
        owner = type(self).__name__
        self.input_size = whole_number(owner, "input_size", input_size)
        self.hidden_size = whole_number(owner, "hidden_size", hidden_size)
        self.return_sequences = flag(owner, "return_sequences", return_sequences)
        self.go_backwards = flag(owner, "go_backwards", go_backwards)
        self.truncate = None if truncate is None else whole_number(owner, "truncate", truncate)
        self.learned_state = flag(owner, "learned_state", learned_state)
        self.batch_is_sequence = flag(owner, "batch_is_sequence", batch_is_sequence)
        self.weight_initializer = instance(
            owner, "weight_initializer", weight_initializer, Initializer, "Xavier()"
        )
        self.bias_initializer = instance(
            owner, "bias_initializer", bias_initializer, Initializer, "Zeros()"
        )
        if self.learned_state:
            names = tuple(f"initial_{name}" for name in self._carries)
            self.made_by_initialize = (*type(self).made_by_initialize, *names)
        self.memorize = memorize

    @property
    def memorize(self) -> int:
        """With how many sequences it goes on from batch to batch. It can be set later, too."""
        return self._memorize

    @memorize.setter
    def memorize(self, sequences: int) -> None:
        sequences = int(sequences) if isinstance(sequences, bool) else sequences
        count = whole_number(type(self).__name__, "memorize", sequences, least=0)
        self._refuse_contradictions(count)
        self._memorize = count
        dtype = self.weight_input.dtype if "weight_input" in vars(self) else None
        for name in self._carries:
            kept = f"last_{name}"
            if not count:
                vars(self).pop(kept, None)
            elif kept not in vars(self) or len(getattr(self, kept).value) != count:
                buffer = Buffer(np.zeros((count, self.hidden_size), dtype), name=name)
                setattr(self, kept, buffer)

    def _refuse_contradictions(self, memorize: int) -> None:
        owner = type(self).__name__
        if memorize and self.learned_state:
            raise ValueError(
                f"{owner} expects either memorize, which begins where the batch before has ended, "
                "or learned_state, which begins where it has learned to; got both. Leave one out"
            )
        if memorize and self.go_backwards:
            raise ValueError(
                f"{owner}(memorize) goes on from the end of the batch before, and go_backwards "
                "begins at the end of this one; got both. Leave one out"
            )
        if self.batch_is_sequence and memorize > 1:
            raise ValueError(
                f"{owner}(batch_is_sequence=True) expects memorize=True, as a batch is one "
                f"sequence, got {memorize}"
            )

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make weights and biases anew from a random generator, each gate for itself."""

        def made(name: str, initializer: Initializer, *rows: int, gates: int = 1) -> Node:
            shape = (*rows, self.hidden_size)
            parts = [initializer(shape, generator, dtype) for _ in range(gates)]
            return Node(np.concatenate(parts, axis=-1), name=name)

        weights, biases, gates = self.weight_initializer, self.bias_initializer, self._gates
        self.weight_input = made("W", weights, self.input_size, gates=gates)
        self.weight_hidden = made("U", weights, self.hidden_size, gates=gates)
        self.bias = made("b", biases, gates=gates)
        for name in self.made_by_initialize[3:]:
            starts = name.startswith("initial")
            setattr(self, name, made(name, Zeros()) if starts else made("v", biases))

    @property
    def sample_axes(self) -> tuple[int | str, ...] | None:  # type: ignore[override]
        """Any number of steps; one where the batch is the sequence."""
        return (self.input_size,) if self.batch_is_sequence else ("T", self.input_size)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        if len(shape) > 2 or shape[-1:] != (self.input_size,):
            raise ValueError(
                f"{self!r} expects steps of {self.input_size} numbers, got samples of shape {shape}"
            )
        keeps_steps = self.return_sequences and not self.batch_is_sequence
        return (*shape[: -1 if keeps_steps else -2], self.hidden_size)

    def reset_state(self) -> None:
        """Forget what `memorize` has kept: the next batch begins with zeros."""
        for buffer in self._memory():
            buffer.value = np.zeros_like(buffer.value)

    def _memory(self) -> list[Buffer]:
        return [getattr(self, f"last_{name}") for name in self._carries if self.memorize]

    # --- forward ------------------------------------------------------------------------------

    def apply(self, x: Batch, state: Any = None) -> Node:
        """Walk along the steps, from a state as `run` takes it where one is given."""
        memory = self._memory() if self.training else []
        if memory and not self.batch_is_sequence and x.shape[0] != self.memorize:
            raise ValueError(
                f"{self!r} goes on with {self.memorize} sequences from batch to batch, got a batch "
                f"of {x.shape[0]}. Let all batches have as many, or write memorize={x.shape[0]}"
            )
        before = self._given(x, state) or tuple(buffer.node for buffer in memory) or None
        sequence, last = self._walk(x, before, with_state=bool(memory))
        for buffer, value in zip(memory, last, strict=False):
            buffer.update(value)
        if self.return_sequences and not self.batch_is_sequence:
            return sequence
        index: Any = 0
        if not self.batch_is_sequence:
            set_padding_mask(None)  # there are no steps behind
            index = slice(None), 0 if self.go_backwards else -1
        found: Node = getitem(sequence, index)
        return found

    def run(self, x: Batch, state: Any = None) -> tuple[Node, Any]:
        """Record the layer by hand, with the state before the first step and that after the last.

        Parameters
        ----------
        x : Node or array_like, shape (samples, steps, input_size)
            The batch.
        state : Node or array_like, shape (samples, hidden_size), optional
            The state at the start, of an LSTM a pair of state and cell; as for a batch by default.

        Returns
        -------
        tuple
            The states of all steps, a node (samples, steps, hidden_size), and the last state,
            through which gradients pass, too.

        Examples
        --------
        One letter at a time, as when a text is made:

        >>> import numpy as np
        >>> from nn import GRU
        >>> layer, x, state = GRU(3, 5), np.ones((1, 4, 3), np.float32), None
        >>> for t in range(4):
        ...     _, state = layer.run(x[:, t : t + 1], state)
        >>> bool(np.allclose(state.value, layer.run(x)[1].value))
        True
        """
        if not self.initialized:
            self._make_by_itself()
        x = x if type(x) is Node else np.asarray(x)
        given = self._given(x, state)
        name = self.name or type(self).__name__
        sequence, last = in_scope(name, self.formulas, self._walk, x, given, True)
        return sequence, last if len(last) > 1 else last[0]

    def _given(self, x: Batch, state: Any) -> State | None:
        """The parts of a state that a user gives."""
        if state is None:
            return None
        pair = len(self._carries) > 1
        if pair and not (isinstance(state, (tuple, list)) and len(state) == 2):
            found = f"shape {np.shape(state)}" if hasattr(state, "shape") else cut(state)
            raise ValueError(
                f"{self!r} expects a pair (state, cell) to begin with, got {found}. "
                "Write (state, cell)"
            )
        dtype = np.result_type(x.dtype, self.weight_hidden.dtype)  # as that of all states
        parts = state if pair else (state,)
        given = tuple(part if type(part) is Node else np.asarray(part, dtype) for part in parts)
        shape = (1 if self.batch_is_sequence else x.shape[0], self.hidden_size)
        for part in given:
            if part.shape != shape:
                stacked = part.shape == (1, *shape)
                advice = ". Write state[0] without the axis of the layers" if stacked else ""
                raise ValueError(
                    f"{self!r} expects to begin with shape {shape}, got {part.shape}{advice}"
                )
        return given

    def _walk(self, x: Batch, start: State | None, with_state: bool) -> tuple[Node, State]:
        if self.batch_is_sequence and x.ndim == 2:
            x = expand_dims(x, 0)
        self._check(x)
        samples, steps, _ = x.shape
        mask = padding_mask()
        if mask is None or mask.shape != (samples, steps):
            mask = True  # of other steps, such as those before a layer that makes fewer
        if start is None:
            start = self._start(samples, x.dtype)
        if self.go_backwards:
            x, mask = flip(x, 1), mask if mask is True else flip(mask, 1)
        sequence, last = self._scan(x, start, mask, with_state)
        return flip(sequence, 1) if self.go_backwards else sequence, last

    def _start(self, samples: int, dtype: Any) -> State:
        shape = (samples, self.hidden_size)
        if self.learned_state:
            parts = (getattr(self, f"initial_{name}") for name in self._carries)
            return tuple(broadcast_to(part, shape) for part in parts)
        if not _is_looked_at():
            return (0.0,) * len(self._carries)
        names = (f"{name}_0" for name in "hc"[: len(self._carries)])
        return tuple(Node(np.zeros(shape, dtype), name=n, requires_grad=False) for n in names)

    def _check(self, x: Batch) -> None:
        if x.ndim == 3 and x.shape[2] == self.input_size and x.shape[1]:
            return
        expected = f"(samples, steps, {self.input_size})"
        if self.batch_is_sequence:
            expected = f"(steps, {self.input_size})"
        advice = f"Change input_size to {x.shape[-1] if x.ndim else 1}, or the data"
        if x.ndim == 2 and x.shape[1] == self.input_size:
            advice = (
                "Behind a recurrent layer let that one have return_sequences=True. Else write "
                "x[:, None, :] if these are samples of one step, x[None] if they are the steps of "
                "one sample; batch_is_sequence=True takes each batch for one sequence"
            )
        elif x.ndim == 2 and self.input_size == 1:
            advice = "Write x[:, :, None] for steps of one number each"
        elif x.ndim == 2:
            advice = "Put Reshape((steps, input_size)) before it, or Embedding for whole numbers"
        elif x.ndim == 3 and not x.shape[1]:
            advice = "There has to be a step"
        raise ValueError(f"{self!r} expects a batch of shape {expected}, got {x.shape}. {advice}")

    def _scan(self, x: Any, start: State, mask: Any, with_state: bool) -> tuple[Node, State]:
        """Return the states of all steps and, if it is asked for, what the last step leaves."""
        raise NotImplementedError

    def _options(self) -> dict[str, Any]:
        return {"truncate": self.truncate or 0, "steps": _is_looked_at()}


def _is_looked_at() -> bool:
    """Whether somebody may look at the graph: then each step is recorded for itself."""
    return not joining.get() and not here() and is_recording()


def _last(sequence: Any) -> Any:
    return getitem(sequence, (slice(None), -1))


class RNN(_Recurrent):
    """Elman's recurrent layer: each step sees the input and the state of the step before.

    h_t = tanh(x_t W + h_(t-1) U + b).

    Parameters
    ----------
    input_size : int
        How many numbers a step has.
    hidden_size : int
        How many the state has.
    activation : {"tanh", "relu"}, default "tanh"
        The function of the sum.
    return_sequences : bool, default False
        Whether the states of all steps are returned, (samples, steps, hidden_size), and not the
        last one alone, (samples, hidden_size).
    go_backwards : bool, default False
        Whether to begin at the last step. The states stand at their steps all the same; the last
        one is that at the first step.
    truncate : int, optional
        Truncated backpropagation through time: no gradient passes from a step whose number is a
        multiple of it to the step before.
    memorize : int or bool, default 0
        With how many sequences to go on from batch to batch; True is one. During training each
        batch begins with the state that the one before has left, which `reset_state` forgets. No
        gradient passes between batches. When training is over, each begins anew. It can be set
        later, too: ``layer.memorize = True``.
    learned_state : bool, default False
        Whether the state before the first step is a parameter; else it is 0.
    batch_is_sequence : bool, default False
        Whether a batch is one sequence, its samples the steps, as in FAU's exercise 3: from
        (steps, input_size) to (steps, hidden_size).
    weight_initializer : Initializer, default Xavier()
        How W and U start.
    bias_initializer : Initializer, default Zeros()
        How b starts.

    Attributes
    ----------
    weight_input : Node, shape (input_size, hidden_size)
        W; PyTorch's ``weight_ih_l0``, transposed.
    weight_hidden : Node, shape (hidden_size, hidden_size)
        U; PyTorch's ``weight_hh_l0``, transposed.
    bias : Node, shape (hidden_size,)
        b; the sum of PyTorch's two.
    initial_state : Node, shape (hidden_size,)
        With `learned_state`.
    last_state : Buffer, shape (memorize, hidden_size)
        With `memorize`.

    Raises
    ------
    ValueError
        If a size or `truncate` is below 1, or `activation` not one of those; when called, if the
        batch is not of shape (samples, steps, input_size).

    Notes
    -----
    Where steps are padding (see `Embedding` and `Masking`) the state stands still, so that the last
    one is that of the last real step.

    In training all steps are one operation. In a graph that is recorded to be looked at, each step
    is a scope of its own, and ``draw(..., rolled=True)`` shows it once.

    Several layers are several in the list, all but the last with ``return_sequences=True``. Both
    directions are two layers side by side:
    ``Parallel(LSTM(8, 16), LSTM(8, 16, go_backwards=True), join="concatenate")``.

    References
    ----------
    J. L. Elman, "Finding structure in time", Cognitive Science, 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import RNN
    >>> x = np.ones((2, 5, 3), np.float32)
    >>> RNN(3, 4)(x).shape, RNN(3, 4, return_sequences=True)(x).shape
    ((2, 4), (2, 5, 4))
    """

    formulas = Formulas(
        "Yₜ = tanh(Xₜ W + Yₜ₋₁ U + b)",
        ("Dₜ = (Eₜ + Dₜ₊₁ Uᵀ) ⊙ (1 − Yₜ²)", "E′ₜ = Dₜ Wᵀ", "∂W = Σ Xₜᵀ Dₜ", "∂U = Σ Yₜ₋₁ᵀ Dₜ",
         "∂b = Σ Dₜ"),
    )  # fmt: skip

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        activation: str = "tanh",
        return_sequences: bool = False,
        go_backwards: bool = False,
        truncate: int | None = None,
        memorize: int = 0,
        learned_state: bool = False,
        batch_is_sequence: bool = False,
        weight_initializer: Initializer = Xavier(),  # noqa: B008  # they hold no state
        bias_initializer: Initializer = Zeros(),  # noqa: B008
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            return_sequences=return_sequences,
            go_backwards=go_backwards,
            truncate=truncate,
            memorize=memorize,
            learned_state=learned_state,
            batch_is_sequence=batch_is_sequence,
            weight_initializer=weight_initializer,
            bias_initializer=bias_initializer,
        )
        self.activation = choice("RNN", "activation", activation, ("tanh", "relu"))
        if activation == "relu" and self.formulas is RNN.formulas:
            first, *others = self.formulas.backward
            lines = (first.replace("(1 − Yₜ²)", "(Yₜ > 0)"), *others)
            self.formulas = Formulas("Yₜ = max(Xₜ W + Yₜ₋₁ U + b, 0)", lines)

    def _scan(self, x: Any, start: State, mask: Any, with_state: bool) -> tuple[Node, State]:
        weights = self.weight_input, self.weight_hidden, self.bias
        sequence = recurrent.rnn(
            x, *weights, start[0], mask, activation=self.activation, **self._options()
        )
        return sequence, (_last(sequence),) if with_state else ()


class LSTM(_Recurrent):
    """Long short-term memory: gates decide what a cell takes in, forgets and shows.

    With i, f, g, o side by side in x_t W + h_(t-1) U + b, c_t = σ(f) c_(t-1) + σ(i) tanh(g) and
    h_t = σ(o) tanh(c_t).

    Parameters
    ----------
    input_size : int
        How many numbers a step has.
    hidden_size : int
        How many the state has.
    return_sequences : bool, default False
        Whether the states of all steps are returned, (samples, steps, hidden_size), and not the
        last one alone, (samples, hidden_size).
    go_backwards : bool, default False
        Whether to begin at the last step. The states stand at their steps all the same; the last
        one is that at the first step.
    truncate : int, optional
        Truncated backpropagation through time: no gradient passes from a step whose number is a
        multiple of it to the step before.
    memorize : int or bool, default 0
        With how many sequences to go on from batch to batch; True is one. During training each
        batch begins with the state that the one before has left, which `reset_state` forgets. No
        gradient passes between batches. When training is over, each begins anew. It can be set
        later, too: ``layer.memorize = True``.
    learned_state : bool, default False
        Whether the state before the first step is a parameter; else it is 0.
    batch_is_sequence : bool, default False
        Whether a batch is one sequence, its samples the steps, as in FAU's exercise 3: from
        (steps, input_size) to (steps, hidden_size).
    weight_initializer : Initializer, default Xavier()
        How W and U start.
    bias_initializer : Initializer, default Zeros()
        How b starts.

    Attributes
    ----------
    weight_input : Node, shape (input_size, 4 hidden_size)
        W, of i, f, g and o in this order; PyTorch's ``weight_ih_l0``, transposed.
    weight_hidden : Node, shape (hidden_size, 4 hidden_size)
        U; PyTorch's ``weight_hh_l0``, transposed.
    bias : Node, shape (4 hidden_size,)
        b; the sum of PyTorch's two.
    initial_state, initial_cell : Node, shape (hidden_size,)
        With `learned_state`.
    last_state, last_cell : Buffer, shape (memorize, hidden_size)
        With `memorize`.

    Raises
    ------
    ValueError
        If a size or `truncate` is below 1; when called, if the batch is not of shape (samples,
        steps, input_size).

    See Also
    --------
    RNN : what the arguments mean, and what holds for all three.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation, 1997; with the
    forget gate of F. A. Gers et al., "Learning to forget", 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import LSTM
    >>> x = np.ones((2, 5, 3), np.float32)
    >>> LSTM(3, 4, return_sequences=True)(x).shape
    (2, 5, 4)
    >>> states, (state, cell) = LSTM(3, 4).run(x)
    >>> states.shape, state.shape, cell.shape
    ((2, 5, 4), (2, 4), (2, 4))
    """

    _gates = 4
    _carries = ("state", "cell")
    formulas = Formulas("Cₜ = σ(F) ⊙ Cₜ₋₁ + σ(I) ⊙ tanh(G), Yₜ = σ(O) ⊙ tanh(Cₜ)")

    def _scan(self, x: Any, start: State, mask: Any, with_state: bool) -> tuple[Node, State]:
        weights = self.weight_input, self.weight_hidden, self.bias
        found = recurrent.lstm(
            x, *weights, start[0], start[1], mask, cells=with_state, **self._options()
        )
        if not with_state:
            return found, ()
        states, cells = getitem(found, 0), getitem(found, 1)
        return states, (_last(states), _last(cells))


class GRU(_Recurrent):
    """Gated recurrent units: gates decide how much of the state is new.

    With r, z, n side by side in W, U and b, r = σ(x_t W_r + h_(t-1) U_r + b_r), z the same with
    its own, n = tanh(x_t W_n + b_n + r (h_(t-1) U_n + v)) and h_t = (1 - z) n + z h_(t-1).

    Parameters
    ----------
    input_size : int
        How many numbers a step has.
    hidden_size : int
        How many the state has.
    return_sequences : bool, default False
        Whether the states of all steps are returned, (samples, steps, hidden_size), and not the
        last one alone, (samples, hidden_size).
    go_backwards : bool, default False
        Whether to begin at the last step. The states stand at their steps all the same; the last
        one is that at the first step.
    truncate : int, optional
        Truncated backpropagation through time: no gradient passes from a step whose number is a
        multiple of it to the step before.
    memorize : int or bool, default 0
        With how many sequences to go on from batch to batch; True is one. During training each
        batch begins with the state that the one before has left, which `reset_state` forgets. No
        gradient passes between batches. When training is over, each begins anew. It can be set
        later, too: ``layer.memorize = True``.
    learned_state : bool, default False
        Whether the state before the first step is a parameter; else it is 0.
    batch_is_sequence : bool, default False
        Whether a batch is one sequence, its samples the steps, as in FAU's exercise 3: from
        (steps, input_size) to (steps, hidden_size).
    weight_initializer : Initializer, default Xavier()
        How W and U start.
    bias_initializer : Initializer, default Zeros()
        How b starts.

    Attributes
    ----------
    weight_input : Node, shape (input_size, 3 hidden_size)
        W, of r, z and n in this order; PyTorch's ``weight_ih_l0``, transposed.
    weight_hidden : Node, shape (hidden_size, 3 hidden_size)
        U; PyTorch's ``weight_hh_l0``, transposed.
    bias : Node, shape (3 hidden_size,)
        b; of r and z the sum of PyTorch's two, of n that of the input.
    bias_hidden : Node, shape (hidden_size,)
        v, which r multiplies: the last third of PyTorch's ``bias_hh_l0``.
    initial_state : Node, shape (hidden_size,)
        With `learned_state`.
    last_state : Buffer, shape (memorize, hidden_size)
        With `memorize`.

    Raises
    ------
    ValueError
        If a size or `truncate` is below 1; when called, if the batch is not of shape (samples,
        steps, input_size).

    See Also
    --------
    RNN : what the arguments mean, and what holds for all three.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; r is behind
    the product as in its revised version, and in cuDNN and PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import GRU
    >>> GRU(3, 4)(np.ones((2, 5, 3), np.float32)).shape
    (2, 4)
    """

    bias_hidden: Node
    _gates = 3
    made_by_initialize = ("weight_input", "weight_hidden", "bias", "bias_hidden")
    formulas = Formulas("Yₜ = (1 − Z) ⊙ N + Z ⊙ Yₜ₋₁, N = tanh(Xₜ W + b + R ⊙ (Yₜ₋₁ U + v))")

    def _scan(self, x: Any, start: State, mask: Any, with_state: bool) -> tuple[Node, State]:
        weights = self.weight_input, self.weight_hidden, self.bias, self.bias_hidden
        sequence = recurrent.gru(x, *weights, start[0], mask, **self._options())
        return sequence, (_last(sequence),) if with_state else ()
