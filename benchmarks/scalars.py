"""Graphs of scalars: forward and all gradients, beside micrograd, PyTorch and others."""

import math
import random
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from autograd_core import Node, Program, compile, tanh, value_and_grad
from autograd_core.program.compiling import backend_named

from .figures import Figure, print_figures, print_times
from .ours import backends
from .timing import Times, compare, ratio
from .workloads import Step

CHAIN = 500
FACTOR = 1.0001

STEPS = 440
INPUTS = [0.1 * i - 0.4 for i in range(10)]

CHAIN_TARGETS = {"micrograd": 0.70, "PyTorch": 0.36, "MyGrad": 0.08, "HIPS autograd": None}
"""What the chain may take eagerly at most, as a share of the peer's time."""

GRAPH_TARGETS: dict[tuple[str, str], float | None] = {
    ("numpy", "eager"): 0.07,
    ("numpy, the executable alone", "eager"): None,
    ("native", "eager"): 0.004,
    ("native, one array", "eager"): None,
    ("native, the executable alone", "eager"): None,
    ("native", "micrograd"): 0.002,
    ("native, the executable alone", "micrograd"): None,
    ("eager", "PyTorch"): None,
    ("native", "PyTorch"): None,
}
"""A ratio of times on the graph, and what it may be at most."""


def run(rounds: int) -> list[Figure]:
    """Print both tables and the ratios."""
    times = compare(dict(chains()), rounds)
    title = f"chain of {CHAIN} scalar operations"
    print_times(title, times)
    figures = print_figures(
        Figure(title, f"eager / {peer}", ratio(times, "eager", peer), target)
        for peer, target in CHAIN_TARGETS.items()
        if peer in times
    )
    graphs = dict(graph_contenders())
    check_alike(graphs)
    times = compare(graphs, rounds)
    title = f"scalar graph, {STEPS} steps"
    print_times(f"{title}, value and all gradients", times)
    print(
        "  numpy, native, xla: compile(value_and_grad(f), backend), called with a list of 10\n"
        "  numbers; one array: with an array of 10; the executable alone: what the first calls"
    )
    return figures + print_figures(_graph_figures(title, times))


def _graph_figures(title: str, times: Times) -> Iterator[Figure]:
    for (one, other), target in GRAPH_TARGETS.items():
        if one in times and other in times:
            yield Figure(title, f"{one} / {other}", ratio(times, one, other), target)


# --- a chain -------------------------------------------------------------------------------------


def chain(x: Any) -> Any:
    """X * a + a, over and over: 500 operations."""
    for _ in range(CHAIN // 2):
        x = x * FACTOR
        x = x + FACTOR
    return x


def chains() -> Iterator[tuple[str, Step]]:
    """Forward and backward through the chain, per contender."""
    ours = Node(1.0)
    yield "eager", lambda: chain(ours).backward()
    if find_spec("micrograd"):
        value = _micrograd()[0](1.0)
        yield "micrograd", lambda: chain(value).backward()
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        tensor = torch.tensor(1.0, requires_grad=True)
        yield "PyTorch", lambda: chain(tensor).backward()
    if find_spec("mygrad"):
        import mygrad

        leaf = mygrad.tensor(1.0)
        yield "MyGrad", lambda: chain(leaf).backward()
    if find_spec("autograd"):
        import autograd

        gradient = autograd.grad(chain)
        yield "HIPS autograd", lambda: gradient(1.0)


# --- a graph -------------------------------------------------------------------------------------


def graph(xs: Any, tanh: Callable[[Any], Any]) -> Any:
    """440 random steps of sums, differences, products and tanh, and a sum of the last of them."""
    choose = random.Random(1)
    values = list(xs)
    for _ in range(STEPS):
        a, b, kind = choose.choice(values[-30:]), choose.choice(values[-30:]), choose.random()
        if kind < 0.35:
            values.append(a + b)
        elif kind < 0.7:
            values.append(a * b)
        elif kind < 0.8:
            values.append(a - b)
        elif kind < 0.95:
            values.append(tanh(a))
        else:
            values.append(a * 0.5)
    total = values[-1]
    for value in values[-30:-1]:
        total = total + value * 0.01
    return total


def graph_contenders() -> Iterator[tuple[str, Step]]:
    """The value and all gradients, per contender; each returns the value."""

    def eager() -> object:
        xs = [Node(x) for x in INPUTS]
        root = graph(xs, tanh)
        root.backward(keep_intermediate=False)
        return root.value

    yield "eager", eager
    for backend in backends()[1:]:
        yield from _compiled(backend)
    if find_spec("micrograd"):
        yield "micrograd", _by_micrograd
    if find_spec("torch"):
        yield "PyTorch", _torchs_step()
    if find_spec("jax"):
        yield "JAX, jit", _jaxs_step()


def check_alike(contenders: dict[str, Step]) -> None:
    """Raise if the value is not the same with all."""
    expected = float(contenders["eager"]())  # type: ignore[arg-type]
    for name, step in contenders.items():
        if not math.isclose(float(step()), expected, rel_tol=1e-4):  # type: ignore[arg-type]
            raise AssertionError(f"the graph's value by {name} is {step()}, expected {expected}")


def _compiled(backend: str) -> Iterator[tuple[str, Step]]:
    differentiated = value_and_grad(lambda xs: graph(xs, tanh))
    whole = compile(differentiated, backend)
    yield backend, lambda: whole(INPUTS)[0]
    x = np.array(INPUTS)
    yield f"{backend}, one array", lambda: whole(x)[0]
    if backend == "xla":
        return
    alone = backend_named(backend).build(Program.record(differentiated, INPUTS))
    yield f"{backend}, the executable alone", lambda: alone(*INPUTS)[0]


def _micrograd() -> tuple[Any, Callable[[Any], Any]]:
    """Return micrograd's Value, and the tanh that its lecture adds."""
    from micrograd.engine import Value

    sys.setrecursionlimit(10_000)  # its backward recurses

    def tanh(x: Any) -> Any:
        t = math.tanh(x.data)
        out = Value(t, (x,), "tanh")

        def backward() -> None:
            x.grad += (1 - t * t) * out.grad

        out._backward = backward
        return out

    return Value, tanh


def _by_micrograd() -> object:
    value, tanh = _micrograd()
    root = graph([value(x) for x in INPUTS], tanh)
    root.backward()
    return root.data


def _torchs_step() -> Step:
    import torch

    torch.set_num_threads(1)

    def step() -> object:
        xs = [torch.tensor(x, requires_grad=True, dtype=torch.float64) for x in INPUTS]
        root = graph(xs, torch.tanh)
        root.backward()
        return root.item()

    return step


def _jaxs_step() -> Step:
    import jax

    compiled = jax.jit(jax.value_and_grad(lambda xs: graph(xs, jax.numpy.tanh)))
    return lambda: float(compiled(INPUTS)[0])
