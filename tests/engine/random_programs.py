"""Programs made at random, to compare what runs them bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Program, log_softmax, relu, sigmoid, softmax
from autograd_core.node import raw
from autograd_core.program import Value
from autograd_core.program.passes.rewriting import expressed

UNARY = [
    np.exp, np.tanh, np.sin, np.negative, np.square, np.abs, np.positive, relu, sigmoid,
    lambda x: x * 1.0, lambda x: x * 2, lambda x: x + 0.0, lambda x: x - 0.0, lambda x: x / 4.0,
    lambda x: np.maximum(x, 0.25), lambda x: np.sqrt(np.abs(x)), lambda x: x**2, lambda x: x**1,
    lambda x: x**3, lambda x: 0.5 - x, lambda x: np.where(x > 0, x, 0.5 * x),
    lambda x: np.negative(-x),
    lambda x: x * (x > 0), lambda x: np.minimum(x, 1), lambda x: np.array(0.5, "f") * x,
]  # fmt: skip
BINARY = [
    np.add, np.subtract, np.multiply, np.maximum, np.minimum, np.hypot,
    lambda x, y: x / (2.0 + np.abs(y)), lambda x, y: np.where(x > y, x, y),
]  # fmt: skip
ONE_ARRAY = [
    lambda x: x.T, lambda x: x[::2], lambda x: x[::-1], lambda x: x[:, 1:], lambda x: x.T.T,
    lambda x: x.reshape(-1), lambda x: x.reshape(x.shape[::-1]), lambda x: x.reshape(x.shape),
    lambda x: np.expand_dims(x, 1), lambda x: softmax(x), lambda x: log_softmax(x),
    lambda x: np.sum(x, axis=0), lambda x: np.sum(x, axis=(0,)), lambda x: np.sum(x, axis=1),
    lambda x: np.sum(x, axis=-1, keepdims=True), lambda x: np.mean(x, axis=0),
    lambda x: np.mean(x, axis=-1, keepdims=True), lambda x: np.max(x, axis=0, keepdims=True),
    lambda x: np.min(x, axis=-1, keepdims=True), lambda x: np.cumsum(x, axis=0),
    lambda x: np.sum(x, axis=0, keepdims=True), lambda x: np.var(x, axis=1, keepdims=True),
    lambda x: x @ x.T, lambda x: x.T @ x, lambda x: x[[0, 1, 0]], lambda x: np.sort(x, axis=-1),
    lambda x: np.broadcast_to(np.sum(x), x.shape), lambda x: np.concatenate([x, x]),
]  # fmt: skip
TO_NUMBER = [np.sum, np.mean, np.max, lambda x: np.sum(x * x)]


def random_program(seed: int, length: int = 25, rows: int = 37, columns: int = 19) -> Program:
    """A program on two matrices, a row and a number of one dtype, some outputs replacing inputs."""
    random = np.random.default_rng(seed)
    dtype = np.dtype([np.float32, np.float64][seed % 2])
    shapes = [(rows, columns), (rows, columns), (columns,), ()]
    inputs = [Value(None, (), {}, s, dtype, f"x{n}") for n, s in enumerate(shapes)]
    values: list[Any] = list(inputs)
    for _ in range(length):
        recent = values[-12:]
        x = recent[random.integers(len(recent))]
        kind = random.random()
        if kind < 0.35:
            f = UNARY[random.integers(len(UNARY))]
            found = _tried(f, x)
        elif kind < 0.6:
            y = recent[random.integers(len(recent))]
            found = _tried(BINARY[random.integers(len(BINARY))], x, y)
        elif kind < 0.9:
            found = _tried(ONE_ARRAY[random.integers(len(ONE_ARRAY))], x)
        else:
            found = _tried(TO_NUMBER[random.integers(len(TO_NUMBER))], x)
        if type(found) is Value and 0 < found.size < 10_000:
            values.append(found)
    made = [value for value in values if value.operation is not None] or [_tried(np.exp, inputs[0])]
    outputs = [made[random.integers(len(made))] for _ in range(3)] + [made[-1]]
    aliases = {}
    for place in random.permutation(4)[:3]:
        fitting = [x for x in values if (x.shape, x.dtype) == (shapes[place], dtype)]
        aliases[len(outputs)] = int(place)
        outputs.append(fitting[random.integers(len(fitting))])
    return Program(inputs, outputs, aliases)


def _tried(expression: Any, *values: Value) -> Any:
    try:
        return expressed(expression, *values)
    except (ValueError, TypeError, IndexError):
        return None  # such as the rows of a vector


def random_arrays(program: Program, seed: int, ends: bool = False) -> list[Any]:
    """Arrays for its inputs; with zeros of both signs and, at the `ends`, what is not finite."""
    random = np.random.default_rng(seed)
    found = []
    for value in program.inputs:
        array = np.asarray(random.standard_normal(value.shape), value.dtype)
        flat = array.reshape(-1)
        if value.shape:
            flat[random.integers(flat.size, size=3)] = [0.0, -0.0, -0.0]
            if ends:
                flat[random.integers(flat.size, size=3)] = [np.inf, np.nan, -np.inf]
        found.append(array[()])
    return found


def assert_same_bits(found: Any, wanted: Any) -> None:
    """Same shape, dtype and bits; of nan the bits don't count."""
    found, wanted = np.asarray(raw(found)), np.asarray(raw(wanted))
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    missing = wanted != wanted
    assert ((found != found) == missing).all()
    plain = np.where(missing, 0, found), np.where(missing, 0, wanted)
    assert plain[0].tobytes() == plain[1].tobytes()
