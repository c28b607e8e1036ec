"""The training step in each peer's own idiom: a function per peer that returns one to time.

It is forward, softmax cross entropy averaged over the batch, backward, and an update of all
parameters by SGD or Adam, in float32; it returns the loss as a number.
"""

import numpy as np

from .workloads import RATES, Optimizer, Sizes, Step, Weights, make_batch, make_weights


def pytorch(samples: int, sizes: Sizes, optimizer: Optimizer = "SGD") -> Step:
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
    updates = getattr(torch.optim, optimizer)(model.parameters(), lr=RATES[optimizer])
    x, labels = (torch.from_numpy(part) for part in make_batch(samples, sizes))

    def step() -> object:
        updates.zero_grad()
        loss = criterion(model(x), labels)
        loss.backward()
        updates.step()
        return loss.item()

    return step


def mygrad(samples: int, sizes: Sizes) -> Step:
    """MyGrad, by SGD."""
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
                parameter.data -= RATES["SGD"] * parameter.grad
        return loss.item()

    return step


def hips_autograd(samples: int, sizes: Sizes) -> Step:
    """HIPS autograd, by SGD."""
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
                parameter -= RATES["SGD"] * gradient
        return loss

    return step


def jax_by_hand(samples: int, sizes: Sizes, optimizer: Optimizer = "SGD") -> Step:
    """JAX, compiled; the batch and the state are on its device before, and the state stays there.

    The old state is given up to the new one (`donate_argnums`), as XLA's manual advises.
    """
    import jax
    import jax.numpy as jnp

    rate, (b1, b2) = RATES[optimizer], (0.9, 0.999)
    x, labels = (jnp.asarray(part) for part in make_batch(samples, sizes))

    def objective(weights: Weights, x: jax.Array, labels: jax.Array) -> jax.Array:
        a = x
        for position, (weight, bias) in enumerate(weights):
            a = a @ weight + bias
            if position < len(weights) - 1:
                a = jax.nn.relu(a)
        return -jnp.mean(jax.nn.log_softmax(a)[jnp.arange(samples), labels])

    def sgd(state: dict, x: jax.Array, labels: jax.Array) -> tuple[jax.Array, dict]:
        loss, gradients = jax.value_and_grad(objective)(state["weights"], x, labels)
        return loss, {
            "weights": jax.tree.map(lambda w, g: w - rate * g, state["weights"], gradients)
        }

    def adam(state: dict, x: jax.Array, labels: jax.Array) -> tuple[jax.Array, dict]:
        loss, gradients = jax.value_and_grad(objective)(state["weights"], x, labels)
        count = state["count"] + 1
        means = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, state["means"], gradients)
        squares = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, state["squares"], gradients)
        c1, c2 = 1 - b1**count, jnp.sqrt(1 - b2**count)
        weights = jax.tree.map(
            lambda w, m, v: w - (rate / c1) * m / (jnp.sqrt(v) / c2 + 1e-8),
            state["weights"],
            means,
            squares,
        )
        return loss, {"weights": weights, "means": means, "squares": squares, "count": count}

    state = {"weights": jax.tree.map(jnp.array, make_weights(sizes))}
    if optimizer == "Adam":
        zeros = [jax.tree.map(jnp.zeros_like, state["weights"]) for _ in range(2)]
        state |= {"means": zeros[0], "squares": zeros[1], "count": jnp.zeros((), jnp.float32)}
    update = jax.jit(sgd if optimizer == "SGD" else adam, donate_argnums=0)

    def step() -> object:
        nonlocal state
        loss, state = update(state, x, labels)
        return float(loss)  # waits for the result

    return step
