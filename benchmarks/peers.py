"""The same work in each peer's own idiom: a function per peer that returns one step to time.

A training step is forward, softmax cross entropy averaged over the batch, backward, and an SGD
update of all parameters, in float32. Peers that are not installed are left out.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise

import numpy as np

Step = Callable[[], object]
Weights = list[tuple[np.ndarray, np.ndarray]]

RATE = 0.01
CHAIN = 500
FACTOR = 1.0001


def make_weights(sizes: tuple[int, ...]) -> Weights:
    """Starting values, the same for every contender."""
    random = np.random.default_rng(0)
    return [
        (
            (random.standard_normal((n, m)) * np.sqrt(2 / n)).astype(np.float32),
            np.zeros(m, np.float32),
        )
        for n, m in pairwise(sizes)
    ]


def make_batch(samples: int, sizes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Samples and integer labels."""
    random = np.random.default_rng(1)
    x = random.standard_normal((samples, sizes[0])).astype(np.float32)
    return x, random.integers(0, sizes[-1], samples)


# --- chains of scalar operations -----------------------------------------------------------------


def chain(x: object, factor: object = FACTOR) -> object:
    """X * a + a, over and over: 500 operations."""
    for _ in range(CHAIN // 2):
        x = x * factor  # type: ignore[operator]
        x = x + factor
    return x


def chains() -> Iterator[tuple[str, Step]]:
    """Forward and backward through the chain, per contender."""
    from autograd_core import Node

    ours = Node(1.0)
    yield "ours", lambda: chain(ours).backward()  # type: ignore[attr-defined]
    if find_spec("micrograd"):
        import sys

        from micrograd.engine import Value

        sys.setrecursionlimit(10_000)  # micrograd's backward recurses
        value = Value(1.0)
        yield "micrograd", lambda: chain(value).backward()  # type: ignore[attr-defined]
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        tensor = torch.tensor(1.0, requires_grad=True)
        yield "PyTorch", lambda: chain(tensor).backward()  # type: ignore[attr-defined]
    if find_spec("mygrad"):
        import mygrad

        leaf = mygrad.tensor(1.0)
        yield "MyGrad", lambda: chain(leaf).backward()  # type: ignore[attr-defined]
    if find_spec("autograd"):
        import autograd

        gradient = autograd.grad(chain)
        yield "HIPS autograd", lambda: gradient(1.0)


# --- training steps ------------------------------------------------------------------------------


def ours(samples: int, sizes: tuple[int, ...], *, separate: bool = False) -> Step:
    """Our step; `separate` ends with SoftMax and CrossEntropyLoss instead of the one operation."""
    from nn import (
        SGD,
        CrossEntropyLoss,
        FullyConnected,
        Layer,
        NeuralNetwork,
        ReLU,
        SoftMax,
        SoftMaxCrossEntropyLoss,
        one_hot,
    )

    layers: list[Layer] = []
    for n, m in pairwise(sizes):
        layers += [FullyConnected(n, m), ReLU()]
    layers.pop()
    if separate:
        layers.append(SoftMax())
    network = NeuralNetwork(
        layers,
        loss=CrossEntropyLoss("mean") if separate else SoftMaxCrossEntropyLoss("mean"),
        optimizer=SGD(RATE),
    )
    state = {}
    for position, (weight, bias) in enumerate(make_weights(sizes)):
        state[f"{2 * position}.weight"], state[f"{2 * position}.bias"] = weight, bias
    network.load_state_dict(state)
    x, labels = make_batch(samples, sizes)
    y = one_hot(labels, sizes[-1])
    return lambda: network.train_step(x, y)


def by_hand(samples: int, sizes: tuple[int, ...]) -> Step:
    """The step written out in NumPy, as one would without any engine."""
    weights = make_weights(sizes)
    x, labels = make_batch(samples, sizes)
    target = np.eye(sizes[-1], dtype=np.float32)[labels]
    scale = np.float32(1 / samples)

    def step() -> object:
        inputs, a = [], x
        for position, (weight, bias) in enumerate(weights):
            inputs.append(a)
            a = a @ weight + bias
            if position < len(weights) - 1:
                a = np.maximum(a, 0)
        shifted = a - a.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=1, keepdims=True)
        loss = -(target * (shifted - np.log(sums))).sum() * scale
        error = (exponentials / sums - target) * scale
        for position in reversed(range(len(weights))):
            weight, bias = weights[position]
            a = inputs[position]
            weight_gradient, bias_gradient = a.T @ error, error.sum(axis=0)
            if position:
                error = (error @ weight.T) * (a > 0)
            weight -= RATE * weight_gradient
            bias -= RATE * bias_gradient
        return loss

    return step


def pytorch(samples: int, sizes: tuple[int, ...]) -> Step:
    """PyTorch, eager."""
    import torch

    torch.set_num_threads(1)
    layers: list[torch.nn.Module] = []
    for weight, bias in make_weights(sizes):
        linear = torch.nn.Linear(*weight.shape)
        linear.weight.data = torch.from_numpy(np.ascontiguousarray(weight.T))
        linear.bias.data = torch.from_numpy(bias)
        layers += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    x, labels = (torch.from_numpy(part) for part in make_batch(samples, sizes))

    def step() -> object:
        optimizer.zero_grad()
        loss = criterion(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def mygrad(samples: int, sizes: tuple[int, ...]) -> Step:
    """MyGrad."""
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    weights = [(mg.tensor(w), mg.tensor(b)) for w, b in make_weights(sizes)]
    x, labels = make_batch(samples, sizes)

    def step() -> object:
        a: object = x
        for position, (weight, bias) in enumerate(weights):
            a = mg.matmul(a, weight) + bias
            if position < len(weights) - 1:
                a = mg.nnet.activations.relu(a)
        loss = softmax_crossentropy(a, labels)
        loss.backward()
        for pair in weights:
            for parameter in pair:
                parameter.data -= RATE * parameter.grad
        return loss.item()

    return step


def hips_autograd(samples: int, sizes: tuple[int, ...]) -> Step:
    """HIPS autograd."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    weights = make_weights(sizes)
    x, labels = make_batch(samples, sizes)
    target = np.eye(sizes[-1], dtype=np.float32)[labels]

    def objective(weights: Weights) -> object:
        a = x
        for position, (weight, bias) in enumerate(weights):
            a = anp.dot(a, weight) + bias
            if position < len(weights) - 1:
                a = anp.maximum(a, 0)
        shifted = a - anp.max(a, axis=1, keepdims=True)
        logs = shifted - anp.log(anp.sum(anp.exp(shifted), axis=1, keepdims=True))
        return -anp.sum(target * logs) / samples

    differentiated = value_and_grad(objective)

    def step() -> object:
        loss, gradients = differentiated(weights)
        for pair, changes in zip(weights, gradients, strict=True):
            for parameter, gradient in zip(pair, changes, strict=True):
                parameter -= RATE * gradient
        return loss

    return step


def jax_jit(samples: int, sizes: tuple[int, ...]) -> Step:
    """JAX, compiled."""
    import jax
    import jax.numpy as jnp

    x, labels = (jnp.asarray(part) for part in make_batch(samples, sizes))

    def objective(weights: Weights) -> object:
        a = x
        for position, (weight, bias) in enumerate(weights):
            a = a @ weight + bias
            if position < len(weights) - 1:
                a = jax.nn.relu(a)
        return -jnp.mean(jax.nn.log_softmax(a)[jnp.arange(samples), labels])

    @jax.jit
    def update(weights: Weights) -> tuple[object, Weights]:
        loss, gradients = jax.value_and_grad(objective)(weights)
        return loss, jax.tree.map(lambda w, g: w - RATE * g, weights, gradients)

    state = {"weights": [tuple(map(jnp.asarray, pair)) for pair in make_weights(sizes)]}

    def step() -> object:
        loss, state["weights"] = update(state["weights"])  # type: ignore[arg-type]
        return float(loss)  # type: ignore[arg-type]  # waits for the result

    return step


TRAINERS: dict[str, tuple[str | None, Callable[[int, tuple[int, ...]], Step]]] = {
    "ours": (None, ours),
    "ours, SoftMax + CrossEntropyLoss": (None, lambda n, sizes: ours(n, sizes, separate=True)),
    "NumPy by hand": (None, by_hand),
    "PyTorch": ("torch", pytorch),
    "MyGrad": ("mygrad", mygrad),
    "HIPS autograd": ("autograd", hips_autograd),
    "JAX, jit": ("jax", jax_jit),
}
"""Contender -> the module it needs, and how to make its step."""


def training_steps(samples: int, sizes: tuple[int, ...]) -> Iterator[tuple[str, Step]]:
    """A training step per contender that is installed."""
    for name, (module, make) in TRAINERS.items():
        if module is None or find_spec(module):
            yield name, make(samples, sizes)
