"""Lines of the table: recurrences, beside the equations written one step at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, made, mask, real


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _walked(step: Any, x: Any, states: list[Any], real: Any = None) -> list[list[Any]]:
    """What each step leaves, where the entries are real."""
    all_states = []
    for t in range(x.shape[1]):
        after = step(x[:, t], *states)
        if real is not None:
            after = [
                np.where(real[:, t, None], new, old) for new, old in zip(after, states, strict=True)
            ]
        states = after
        all_states.append(states)
    return [np.stack(part, axis=1) for part in zip(*all_states, strict=True)]


def _rnn(function: Any) -> Any:
    def twin(x: Any, w: Any, u: Any, b: Any, h: Any, real: Any = None) -> Any:
        return _walked(lambda x, h: [function(x @ w + h @ u + b)], x, [h], real)[0]

    return twin


def _rnn_from_zero(x: Any, w: Any, u: Any, b: Any) -> Any:
    return _rnn(np.tanh)(x, w, u, b, np.zeros((len(x), len(u))))


def _lstm(x: Any, w: Any, u: Any, b: Any, h: Any, c: Any, real: Any = None) -> Any:
    def step(x: Any, h: Any, c: Any) -> list[Any]:
        i, f, g, o = np.split(x @ w + h @ u + b, 4, axis=1)
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        return [_sigmoid(o) * np.tanh(c), c]

    return np.stack(_walked(step, x, [h, c], real))


def _gru(x: Any, w: Any, u: Any, b: Any, v: Any, h: Any, real: Any = None) -> Any:
    def step(x: Any, h: Any) -> list[Any]:
        (a_r, a_z, a_n), (h_r, h_z, h_n) = (np.split(y, 3, axis=1) for y in (x @ w + b, h @ u))
        r, z = _sigmoid(a_r + h_r), _sigmoid(a_z + h_z)
        n = np.tanh(a_n + r * (h_n + v))
        return [(1 - z) * n + z * h]

    return _walked(step, x, [h], real)[0]


_X = (2, 3, 2)
_MASK = (2, 3)
_RNN = (_X, (2, 2), (2, 2), (2,), (2, 2))
_LSTM = (_X, (2, 8), (2, 8), (8,), (2, 2), (2, 2))
_GRU = (_X, (2, 6), (2, 6), (6,), (2,), (2, 2))


def _masked(name: str, twin: Any, shapes: Any, **options: Any) -> Case:
    domains = (*[real] * len(shapes), mask)
    return made(name, twin, *shapes, _MASK, domains=domains, note="mask", **options)


CASES = [
    made("stop_gradient", np.copy, elementwise=True, order=0),
    made("rnn", _rnn(np.tanh), *_RNN),
    made("rnn", _rnn_from_zero, *_RNN[:4], note="from-zero"),
    made("rnn", _rnn(lambda x: np.maximum(x, 0)), *_RNN, activation="relu"),
    made("rnn", _rnn(np.tanh), *_RNN, steps=True),
    _masked("rnn", _rnn(np.tanh), _RNN),
    made("lstm", lambda *x: _lstm(*x)[0], *_LSTM),
    made("lstm", _lstm, *_LSTM, cells=True),
    made("lstm", lambda *x: _lstm(*x)[0], *_LSTM, steps=True),
    _masked("lstm", _lstm, _LSTM, cells=True),
    made("gru", _gru, *_GRU),
    made("gru", _gru, *_GRU, steps=True),
    _masked("gru", _gru, _GRU),
]
