"""Recurrences over the steps of sequences: Elman's, LSTM and GRU, each one operation.

In array code a step is one matrix product: with the rows [state | input | 1] the weights of state
and input and the bias are one matrix. The gradients of all weights are one product of all steps.
(What a GRU's n gets of the state is multiplied before it is added, so it is a product of its own.)
The same functions written step by step, `composed`, are what pictures show, what is differentiated
again, and what runs where array code can't.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..joint import JointRule
from ..modes import scope
from ..node import Node
from ..operation import Operation, as_operand
from .activations import relu, sigmoid

__all__ = ["gru", "lstm", "rnn", "stop_gradient"]

Shape = tuple[int, ...]


stop_gradient = Operation(
    "stop_gradient",
    np.positive,
    (None,),
    real_only=True,
    doc="""x itself, through which no gradient passes: `Node.detach` that a program can hold.

    Recurrences stop there when they are truncated.

    References
    ----------
    R. J. Williams and J. Peng, "An Efficient Gradient-Based Algorithm for On-Line Training of
    Recurrent Network Trajectories", 1990.

    Examples
    --------
    >>> from autograd_core import grad, stop_gradient
    >>> grad(lambda x: x * stop_gradient(x))(3.0)  # of x * x it is 6
    np.float64(3.0)
    """,
)

# --- what all share -------------------------------------------------------------------------------


def _rows(x: Any, units: int, h0: Any, dtype: Any, out: Any = None) -> Any:
    """The rows [state | input | 1] of each step, and behind the last its state, (T + 1, N, ...)."""
    samples, steps, features = x.shape
    rows = np.empty((steps + 1, samples, units + features + 1), dtype) if out is None else out
    rows[0, :, :units] = h0
    rows[:-1, :, units:-1] = x.swapaxes(0, 1)
    rows[-1, :, units:-1] = 0.0
    rows[:, :, -1] = 1.0
    return rows


def _parts(flat: Any, *shapes: Shape) -> Iterator[Any]:
    """Views of consecutive pieces of a vector."""
    start = 0
    for shape in shapes:
        stop = start + math.prod(shape)
        yield flat[start:stop].reshape(shape)
        start = stop


def _sequence(rows: Any, units: int) -> Any:
    """The states of all steps, samples first."""
    return np.ascontiguousarray(rows[1:, :, :units].swapaxes(0, 1))


def _still(mask: Any, dtype: Any) -> Any:
    """1 where there is no entry and the state stands still, (T, N, 1); None where all are real."""
    return None if not np.ndim(mask) else np.logical_not(mask).T[..., None].astype(dtype)


def _weight_gradients(rows: Any, slopes: Any) -> Any:
    """The gradient of the one matrix of all weights: rows transposed times slopes, all steps."""
    return _flat(rows[:-1]).T @ _flat(slopes)


def _flat(x: Any) -> Any:
    """All steps of all samples in one axis."""
    return x.reshape(-1, x.shape[-1])


def _walk_back(
    g: Any,
    weights: Any,
    still: Any,
    truncate: int,
    step: Callable[[int, Any], Any],
    stop: Callable[[], object] = lambda: None,
) -> Any:
    """Walk back over the steps; return the gradients of the rows of all steps, (T, N, ...).

    Parameters
    ----------
    g : ndarray, shape (N, T, n)
        The gradient of each state.
    weights : ndarray, shape (rows, gates)
        The one matrix of all weights, without the bias.
    still
        As of `_still`.
    truncate : int
        No gradient passes from a step whose number is a multiple of it to the one before.
    step : callable
        ``step(t, dh)`` returns the gradients before the gates, and what passes by them to the
        state before (or None).
    stop : callable
        What it does where no gradient passes.
    """
    steps, units = g.shape[1], g.shape[2]
    back = np.ascontiguousarray(weights.T)
    rows = np.empty((steps, g.shape[0], len(weights)), back.dtype)
    dh = g[:, -1].astype(back.dtype)
    for t in range(steps - 1, -1, -1):
        if still is not None:
            kept = dh * still[t]
            dh = dh - kept
        slopes, beside = step(t, dh)
        np.matmul(slopes, back, out=rows[t])
        dh = rows[t, :, :units]
        if beside is not None:
            dh += beside
        if still is not None:
            dh += kept
        if t and truncate and t % truncate == 0:
            dh = g[:, t - 1].astype(back.dtype)
            stop()
        elif t:
            dh += g[:, t - 1]
    return rows


def _input_gradients(rows: Any, units: int, h0: Any) -> tuple[Any, Any]:
    """The gradients of the inputs and of the state at the start."""
    return rows[:, :, units:].swapaxes(0, 1), _as_start(rows[0, :, :units], h0)


def _as_start(gradient: Any, start: Any) -> Any:
    return gradient if np.ndim(start) else gradient.sum()


def _first(start: Any, x: Any, u: Any) -> Any:
    """The state at the start as an array, where it is another number than 0."""
    if np.ndim(start) or (type(start) is not Node and start == 0):
        return start
    return np.broadcast_to(start, (x.shape[0], u.shape[0])).astype(u.dtype)


def _from_state(h: Any, u: Any) -> Any:
    return h @ u if np.ndim(h) else 0.0


def _side_by_side(z: Any, count: int) -> list[Any]:
    """The parts of each gate."""
    if not np.ndim(z):
        return [z] * count
    units = z.shape[1] // count
    return [z[:, n * units : (n + 1) * units] for n in range(count)]


def _stopped(state: Any, t: int, truncate: int) -> Any:
    """The state before step t, without its history where that is cut off."""
    return stop_gradient(state) if t and truncate and t % truncate == 0 else state


def _kept(mask: Any, t: int, new: Any, old: Any, letter: str = "h") -> Any:
    """The state after step t: the new one, or where there is no entry the old one."""
    state = np.where(mask[:, t, None], new, old) if np.ndim(mask) else new
    if type(state) is Node:
        state.name = f"{letter}_{t + 1}"
    return state


# --- Elman's network ------------------------------------------------------------------------------


def _rnn(
    x: Any, w: Any, u: Any, b: Any, h0: Any, mask: Any, activation: str = "tanh", truncate: int = 0
) -> Any:
    units = u.shape[0]
    rows = _rows(x, units, h0, np.result_type(x, u))
    weights = np.concatenate([u, w, b[None]])
    still = _still(mask, bool)
    for t in range(len(rows) - 1):
        h = rows[t + 1, :, :units]
        np.matmul(rows[t], weights, out=h)
        if activation == "tanh":
            np.tanh(h, out=h)
        else:
            np.maximum(h, 0.0, out=h)
        if still is not None:
            np.copyto(h, rows[t, :, :units], where=still[t])
    return _sequence(rows, units)


def _rnn_back(
    g: Any,
    out: Any,
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    h0: Any,
    mask: Any,
    activation: str,
    truncate: int,
) -> Any:
    units = u.shape[0]
    slopes = out.swapaxes(0, 1)
    slopes = (1.0 - slopes * slopes) if activation == "tanh" else (slopes > 0).astype(out.dtype)
    slopes = np.ascontiguousarray(slopes)
    weights = np.concatenate([u, w])

    def step(t: int, dh: Any) -> Any:
        slopes[t] *= dh
        return slopes[t], None

    back = _walk_back(g, weights, _still(mask, out.dtype), truncate, step)
    rows = _rows(x, units, h0, out.dtype)
    rows[1:, :, :units] = out.swapaxes(0, 1)
    found = _weight_gradients(rows, slopes)
    dx, dh0 = _input_gradients(back, units, h0)
    return dx, found[units:-1], found[:units], found[-1], dh0, None


def _rnn_steps(
    x: Any, w: Any, u: Any, b: Any, h0: Any, mask: Any, activation: str = "tanh", truncate: int = 0
) -> Any:
    function: Any = np.tanh if activation == "tanh" else relu
    h, states = _first(h0, x, u), []
    for t in range(x.shape[1]):
        with scope("step"):
            h = _stopped(h, t, truncate)
            new = function(x[:, t] @ w + _from_state(h, u) + b)
            h = _kept(mask, t, new, h)
        states.append(h)
    return np.stack(states, axis=1)


_rnn_row = Operation(
    "rnn",
    _rnn,
    JointRule(_rnn_back, inputs=6, constant={5}),
    real_only=True,
    composed=_rnn_steps,
)


# --- LSTM -----------------------------------------------------------------------------------------


def _lstm_shapes(x: Any, u: Any) -> tuple[Shape, ...]:
    """Of the rows, the gates i, f, g, o side by side, the cells, and tanh of the cells."""
    samples, steps, features = x.shape
    units = u.shape[0]
    return (
        (steps + 1, samples, units + features + 1),
        (steps, samples, 4 * units),
        (steps + 1, samples, units),
        (steps, samples, units),
    )


def _lstm_tape(x: Any, w: Any, u: Any, b: Any, h0: Any, c0: Any, mask: Any) -> Any:
    units, shapes = u.shape[0], _lstm_shapes(x, u)
    tape = np.empty(sum(map(math.prod, shapes)), np.result_type(x, u))
    rows, gates, cells, tanhs = _parts(tape, *shapes)
    _rows(x, units, h0, tape.dtype, out=rows)
    cells[0] = c0
    # sigmoid(z) = (tanh(z / 2) + 1) / 2: one tanh serves all gates.
    scale, shift = np.full((2, 4 * units), 0.5, tape.dtype)
    scale[2 * units : 3 * units], shift[2 * units : 3 * units] = 1.0, 0.0
    weights = np.concatenate([u, w, b[None]]) * scale
    still = _still(mask, bool)
    for t, z in enumerate(gates):
        np.matmul(rows[t], weights, out=z)
        np.tanh(z, out=z)
        z *= scale
        z += shift
        i, f, g, o = (z[:, n * units : (n + 1) * units] for n in range(4))
        h, c = rows[t + 1, :, :units], cells[t + 1]
        np.multiply(f, cells[t], out=c)
        c += np.multiply(i, g, out=h)
        np.multiply(o, np.tanh(c, out=tanhs[t]), out=h)
        if still is not None:
            np.copyto(c, cells[t], where=still[t])
            np.copyto(h, rows[t, :, :units], where=still[t])
    return tape


def _lstm(
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    h0: Any,
    c0: Any,
    mask: Any,
    tape: Any,
    truncate: int = 0,
    cells: bool = False,
) -> Any:
    rows, _, c, _ = _parts(tape, *_lstm_shapes(x, u))
    states = _sequence(rows, u.shape[0])
    return np.stack([states, c[1:].swapaxes(0, 1)]) if cells else states


def _lstm_back(
    g: Any,
    out: Any,
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    h0: Any,
    c0: Any,
    mask: Any,
    tape: Any,
    truncate: int,
    cells: bool,
) -> Any:
    samples, steps, units = out.shape[-3:]
    dtype = tape.dtype
    rows, gates, c, tanhs = _parts(tape, *_lstm_shapes(x, u))
    still = _still(mask, dtype)
    of_cells = g[1] if cells else None
    i, f, q, o = (gates[:, :, n * units : (n + 1) * units] for n in range(4))
    # By what the gradients of cell (of i, f, g) and of state (of o) are multiplied.
    slopes = gates * gates
    np.subtract(gates, slopes, out=slopes)
    by_gate = slopes.reshape(steps, samples, 4, units)
    by_gate[:, :, 0] *= q
    by_gate[:, :, 1] *= c[:-1]
    np.subtract(1.0, q * q, out=by_gate[:, :, 2])
    by_gate[:, :, 2] *= i
    by_gate[:, :, 3] *= tanhs
    to_cell = tanhs * tanhs
    np.subtract(1.0, to_cell, out=to_cell)
    to_cell *= o
    dc = np.zeros((samples, units), dtype)

    def step(t: int, dh: Any) -> Any:
        nonlocal dc
        if of_cells is not None:
            dc += of_cells[:, t]
        if still is not None:
            kept = dc * still[t]
            dc -= kept
        to_cell[t] *= dh
        dc += to_cell[t]
        by_gate[t, :, :3] *= dc[:, None]
        by_gate[t, :, 3] *= dh
        dc *= f[t]
        if still is not None:
            dc += kept
        return slopes[t], None

    weights = np.concatenate([u, w])
    back = _walk_back(g[0] if cells else g, weights, still, truncate, step, lambda: dc.fill(0.0))
    found = _weight_gradients(rows, slopes)
    dx, dh0 = _input_gradients(back, units, h0)
    return dx, found[units:-1], found[:units], found[-1], dh0, _as_start(dc, c0), None


def _lstm_steps(
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    h0: Any,
    c0: Any,
    mask: Any,
    truncate: int = 0,
    cells: bool = False,
) -> Any:
    h, c, states, all_cells = _first(h0, x, u), _first(c0, x, u), [], []
    for t in range(x.shape[1]):
        with scope("step"):
            h, c = _stopped(h, t, truncate), _stopped(c, t, truncate)
            i, f, g, o = _side_by_side(x[:, t] @ w + _from_state(h, u) + b, 4)
            new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = _kept(mask, t, sigmoid(o) * np.tanh(new), h)
            c = _kept(mask, t, new, c, "c")
        states.append(h)
        all_cells.append(c)
    out = np.stack(states, axis=1)
    return np.stack([out, np.stack(all_cells, axis=1)]) if cells else out


_lstm_tape_row = Operation("lstm_tape", _lstm_tape, (None,) * 7, real_only=True)
_lstm_row = Operation(
    "lstm",
    _lstm,
    JointRule(_lstm_back, inputs=7, constant={6}, residuals=1),
    real_only=True,
    composed=_lstm_steps,
)


# --- GRU ------------------------------------------------------------------------------------------


def _gru_shapes(x: Any, u: Any) -> tuple[Shape, ...]:
    """Of the rows, and of r, z, n and what r multiplies, side by side."""
    samples, steps, features = x.shape
    units = u.shape[0]
    return (steps + 1, samples, units + features + 1), (steps, samples, 4 * units)


def _gru_tape(x: Any, w: Any, u: Any, b: Any, v: Any, h0: Any, mask: Any) -> Any:
    units, shapes = u.shape[0], _gru_shapes(x, u)
    tape = np.empty(sum(map(math.prod, shapes)), np.result_type(x, u))
    rows, gates = _parts(tape, *shapes)
    _rows(x, units, h0, tape.dtype, out=rows)
    two = 2 * units
    # sigmoid(z) = (tanh(z / 2) + 1) / 2
    weights = np.concatenate([u[:, :two], w[:, :two], b[None, :two]]) * tape.dtype.type(0.5)
    # What n gets of the inputs, all steps at once, waits in its place.
    of_input = np.concatenate([w[:, two:], b[None, two:]])
    np.matmul(_flat(rows[:-1])[:, units:], of_input, out=_flat(gates)[:, two : 3 * units])
    of_state = np.ascontiguousarray(u[:, two:])
    still = _still(mask, bool)
    for t, p in enumerate(gates):
        both = p[:, :two]
        np.matmul(rows[t], weights, out=both)
        np.matmul(rows[t, :, :units], of_state, out=p[:, 3 * units :])
        p[:, 3 * units :] += v
        np.tanh(both, out=both)
        both += 1.0
        both *= 0.5
        r, z, n, q = (p[:, k * units : (k + 1) * units] for k in range(4))
        before, h = rows[t, :, :units], rows[t + 1, :, :units]
        n += np.multiply(r, q, out=h)
        np.tanh(n, out=n)
        np.subtract(before, n, out=h)
        h *= z
        h += n
        if still is not None:
            np.copyto(h, before, where=still[t])
    return tape


def _gru(
    x: Any, w: Any, u: Any, b: Any, v: Any, h0: Any, mask: Any, tape: Any, truncate: int = 0
) -> Any:
    rows, _ = _parts(tape, *_gru_shapes(x, u))
    return _sequence(rows, u.shape[0])


def _gru_back(
    g: Any,
    out: Any,
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    v: Any,
    h0: Any,
    mask: Any,
    tape: Any,
    truncate: int,
) -> Any:
    samples, steps, units = out.shape
    rows, gates = _parts(tape, *_gru_shapes(x, u))
    r, z, n, q = (gates[:, :, k * units : (k + 1) * units] for k in range(4))
    # By what the gradient of the state is multiplied.
    by_gate = np.empty((steps, samples, 4, units), tape.dtype)
    of_r, of_z, of_n, of_q = (by_gate[:, :, k] for k in range(4))
    past = 1.0 - z
    np.multiply(n, n, out=of_n)
    np.subtract(1.0, of_n, out=of_n)
    of_n *= past
    np.multiply(of_n, r, out=of_q)
    np.subtract(1.0, r, out=of_r)
    of_r *= of_q
    of_r *= q
    np.subtract(rows[:-1, :, :units], n, out=of_z)
    past *= z
    of_z *= past
    slopes = by_gate.reshape(steps, samples, 4 * units)
    two = 2 * units
    to_state = np.ascontiguousarray(u[:, two:].T)

    def step(t: int, dh: Any) -> Any:
        beside = dh * z[t]
        by_gate[t] *= dh[:, None]
        beside += by_gate[t, :, 3] @ to_state
        return slopes[t, :, :two], beside

    weights = np.concatenate([u[:, :two], w[:, :two]])
    back = _walk_back(g, weights, _still(mask, tape.dtype), truncate, step)
    back[:, :, units:] += of_n @ w[:, two:].T
    both = _weight_gradients(rows, slopes[:, :, :two])
    of_input = _weight_gradients(rows[:, :, units:], of_n)
    of_state = _weight_gradients(rows[:, :, :units], of_q)
    dx, dh0 = _input_gradients(back, units, h0)
    return (
        dx,
        np.concatenate([both[units:-1], of_input[:-1]], axis=1),
        np.concatenate([both[:units], of_state], axis=1),
        np.concatenate([both[-1], of_input[-1]]),
        of_q.sum((0, 1)),
        dh0,
        None,
    )


def _gru_steps(
    x: Any, w: Any, u: Any, b: Any, v: Any, h0: Any, mask: Any, truncate: int = 0
) -> Any:
    h, states = _first(h0, x, u), []
    for t in range(x.shape[1]):
        with scope("step"):
            h = _stopped(h, t, truncate)
            of_input = _side_by_side(x[:, t] @ w + b, 3)
            of_state = _side_by_side(_from_state(h, u), 3)
            r, z = (sigmoid(of_input[k] + of_state[k]) for k in range(2))
            n = np.tanh(of_input[2] + r * (of_state[2] + v))
            h = _kept(mask, t, n + z * (h - n), h)
        states.append(h)
    return np.stack(states, axis=1)


_gru_tape_row = Operation("gru_tape", _gru_tape, (None,) * 7, real_only=True)
_gru_row = Operation(
    "gru",
    _gru,
    JointRule(_gru_back, inputs=7, constant={6}, residuals=1),
    real_only=True,
    composed=_gru_steps,
)


# --- what is called -------------------------------------------------------------------------------


def _function(
    row: Operation, tape: Operation | None, inputs: tuple[Any, ...], **options: Any
) -> Any:
    """Record one operation, or its steps where somebody may look at the graph."""
    if options.pop("steps"):
        assert row.composed is not None
        return row.composed(*map(as_operand, inputs), **options)
    return row(*inputs, **options) if tape is None else row(*inputs, tape(*inputs), **options)


def rnn(
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    h0: Any = 0.0,
    mask: Any = True,
    *,
    activation: str = "tanh",
    truncate: int = 0,
    steps: bool = False,
) -> Any:
    """Elman's recurrence: h = tanh(x w + h u + b), step by step.

    Parameters
    ----------
    x : Node or ndarray, shape (samples, steps, inputs)
        The sequences.
    w, u, b : Node or ndarray, shapes (inputs, units), (units, units) and (units,)
        The weights of the input and of the state, and the bias.
    h0 : Node or ndarray, shape (samples, units), default 0.0
        The state before the first step.
    mask : Node or ndarray of bool, shape (samples, steps), default True
        Where there is a real entry; elsewhere the state stands still.
    activation : {"tanh", "relu"}, default "tanh"
        The function of the sum.
    truncate : int, default 0
        No gradient passes from a step whose number is a multiple of it to the one before:
        truncated backpropagation through time. 0: it passes all steps.
    steps : bool, default False
        Whether each step is recorded in operations of its own, to look at; else all are one.

    Returns
    -------
    Node or ndarray, shape (samples, steps, units)
        The state after each step.

    Raises
    ------
    ValueError
        If the shapes don't fit together, or the activation is another one.
    TypeError
        If an input does not hold numbers, or holds complex ones.

    References
    ----------
    J. L. Elman, "Finding structure in time", Cognitive Science, 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, rnn
    >>> x, w, u = np.array([[[1.0], [0.0]]]), np.ones((1, 1)), Node([[0.5]])
    >>> states = rnn(x, w, u, np.zeros(1))
    >>> states[:, -1].sum().backward()
    >>> states.value.round(4).tolist(), u.grad.round(4)
    ([[[0.7616], [0.3634]]], array([[0.661]]))
    """
    if activation not in ("tanh", "relu"):
        raise ValueError(f"rnn(activation=...) expects 'tanh' or 'relu', got {activation!r}")
    options = {"activation": activation, "truncate": truncate, "steps": steps}
    return _function(_rnn_row, None, (x, w, u, b, h0, mask), **options)


def lstm(
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    h0: Any = 0.0,
    c0: Any = 0.0,
    mask: Any = True,
    *,
    truncate: int = 0,
    cells: bool = False,
    steps: bool = False,
) -> Any:
    """Long short-term memory: gates decide what a cell takes in, forgets and shows.

    With i, f, g, o = x w + h u + b, side by side, each step is c = σ(f) c + σ(i) tanh(g) and
    h = σ(o) tanh(c).

    Parameters
    ----------
    x : Node or ndarray, shape (samples, steps, inputs)
        The sequences.
    w, u, b : Node or ndarray, shapes (inputs, 4 units), (units, 4 units) and (4 units,)
        The weights of the input and of the state, and the bias.
    h0, c0 : Node or ndarray, shape (samples, units), default 0.0
        The state and the cell before the first step.
    mask : Node or ndarray of bool, shape (samples, steps), default True
        Where there is a real entry; elsewhere state and cell stand still.
    truncate : int, default 0
        Every how many steps the way of gradients is cut; 0: nowhere. See `rnn`.
    cells : bool, default False
        Whether the cells are returned, too.
    steps : bool, default False
        Whether each step is recorded in operations of its own, to look at; else all are one.

    Returns
    -------
    Node or ndarray, shape (samples, steps, units)
        The state after each step; with `cells` (2, samples, steps, units), the cells behind it.

    Raises
    ------
    ValueError
        If the shapes don't fit together.
    TypeError
        If an input does not hold numbers, or holds complex ones.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation, 1997; with the
    forget gate of F. A. Gers et al., "Learning to forget", 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, lstm
    >>> x, w, u, b = Node(np.zeros((1, 2, 1))), np.ones((1, 4)), np.ones((1, 4)), np.zeros(4)
    >>> states = lstm(x, w, u, b)
    >>> states.sum().backward()
    >>> states.shape, x.grad.tolist()  # the first input is in both states
    ((1, 2, 1), [[[0.4375], [0.25]]])
    """
    options = {"truncate": truncate, "cells": cells, "steps": steps}
    return _function(_lstm_row, _lstm_tape_row, (x, w, u, b, h0, c0, mask), **options)


def gru(
    x: Any,
    w: Any,
    u: Any,
    b: Any,
    v: Any,
    h0: Any = 0.0,
    mask: Any = True,
    *,
    truncate: int = 0,
    steps: bool = False,
) -> Any:
    """Gated recurrent units: gates decide how much of the state is new.

    With r, z and n side by side in w, u and b, each step is r = σ(x w_r + h u_r + b_r), z the same
    with its own, n = tanh(x w_n + b_n + r (h u_n + v)) and h = (1 - z) n + z h.

    Parameters
    ----------
    x : Node or ndarray, shape (samples, steps, inputs)
        The sequences.
    w, u, b : Node or ndarray, shapes (inputs, 3 units), (units, 3 units) and (3 units,)
        The weights of the input and of the state, and the bias.
    v : Node or ndarray, shape (units,)
        The bias that r multiplies.
    h0 : Node or ndarray, shape (samples, units), default 0.0
        The state before the first step.
    mask : Node or ndarray of bool, shape (samples, steps), default True
        Where there is a real entry; elsewhere the state stands still.
    truncate : int, default 0
        Every how many steps the way of gradients is cut; 0: nowhere. See `rnn`.
    steps : bool, default False
        Whether each step is recorded in operations of its own, to look at; else all are one.

    Returns
    -------
    Node or ndarray, shape (samples, steps, units)
        The state after each step.

    Raises
    ------
    ValueError
        If the shapes don't fit together.
    TypeError
        If an input does not hold numbers, or holds complex ones.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; r is behind
    the product as in its revised version, and in cuDNN and PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, gru
    >>> x, w, u, b = Node(np.zeros((1, 2, 1))), np.ones((1, 3)), np.ones((1, 3)), np.zeros(3)
    >>> states = gru(x, w, u, b, np.zeros(1))
    >>> states.sum().backward()
    >>> states.shape, x.grad.tolist()  # the first input is in both states
    ((1, 2, 1), [[[0.875], [0.5]]])
    """
    options = {"truncate": truncate, "steps": steps}
    return _function(_gru_row, _gru_tape_row, (x, w, u, b, v, h0, mask), **options)
