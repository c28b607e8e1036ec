"""The training step written out in NumPy, as one would without any engine."""

import numpy as np

from .workloads import RATES, Optimizer, Sizes, Step, make_batch, make_weights

DECAYS = (0.9, 0.999)
EPSILON = 1e-8


def by_hand(samples: int, sizes: Sizes, optimizer: Optimizer = "SGD") -> Step:
    """Forward, softmax cross entropy averaged over the batch, backward, update, in float32."""
    weights = make_weights(sizes)
    means = [tuple(map(np.zeros_like, pair)) for pair in weights]
    squares = [tuple(map(np.zeros_like, pair)) for pair in weights]
    x, labels = make_batch(samples, sizes)
    target = np.eye(sizes[-1], dtype=np.float32)[labels]
    scale = np.float32(1 / samples)
    rate, adam = RATES[optimizer], optimizer == "Adam"
    b1, b2 = DECAYS
    count = 0

    def step() -> object:
        nonlocal count
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
        count += 1
        c1, c2 = 1 - b1**count, (1 - b2**count) ** 0.5
        for position in reversed(range(len(weights))):
            weight, bias = weights[position]
            a = inputs[position]
            weight_gradient, bias_gradient = a.T @ error, error.sum(axis=0)
            if position:
                error = (error @ weight.T) * (a > 0)
            if not adam:
                weight -= rate * weight_gradient
                bias -= rate * bias_gradient
                continue
            for w, g, m, v in zip(
                (weight, bias),
                (weight_gradient, bias_gradient),
                means[position],
                squares[position],
                strict=True,
            ):
                m *= b1
                m += (1 - b1) * g
                v *= b2
                v += (1 - b2) * (g * g)
                w -= (rate / c1) * m / (np.sqrt(v) / c2 + EPSILON)
        return loss

    return step
