"""Full MNIST: `NeuralNetwork.fit` beside the same loop written by hand in NumPy."""

import time
from pathlib import Path

import numpy as np

from nn import (
    SGD,
    CrossEntropyLoss,
    FullyConnected,
    NeuralNetwork,
    ReLU,
    SoftMax,
    SoftMaxCrossEntropyLoss,
)
from nn.data import one_hot, read_images_and_labels, scale_pixels

SIZES = (784, 128, 10)
EPOCHS = 10
BATCH = 64
RATE = 0.1
TARGET_RATIO = 1.3
TARGET_ACCURACY = 0.974


def load(folder: Path) -> list[np.ndarray]:
    """Training images and labels, test images and labels."""
    parts: list[np.ndarray] = []
    for prefix in ("train", "t10k"):
        images, labels = read_images_and_labels(
            folder / f"{prefix}-images-idx3-ubyte.gz", folder / f"{prefix}-labels-idx1-ubyte.gz"
        )
        parts += [scale_pixels(images).reshape(len(images), -1), labels.astype(np.int64)]
    return parts


def by_hand(x: np.ndarray, y: np.ndarray, seed: int, epochs: int) -> list[np.ndarray]:
    """Train without any engine; returns the parameters."""
    random = np.random.default_rng(seed)
    n, m, k = SIZES
    w1 = (random.standard_normal((n, m)) * np.sqrt(2 / n)).astype(np.float32)
    w2 = (random.standard_normal((m, k)) * np.sqrt(2 / m)).astype(np.float32)
    b1, b2 = np.zeros(m, np.float32), np.zeros(k, np.float32)
    target = one_hot(y, k)
    for _ in range(epochs):
        order = random.permutation(len(x))
        for start in range(0, len(x), BATCH):
            rows = order[start : start + BATCH]
            inputs = x[rows]
            hidden = np.maximum(inputs @ w1 + b1, 0)
            scores = hidden @ w2 + b2
            scores -= scores.max(axis=1, keepdims=True)
            probabilities = np.exp(scores)
            probabilities /= probabilities.sum(axis=1, keepdims=True)
            error = (probabilities - target[rows]) / len(rows)
            hidden_error = (error @ w2.T) * (hidden > 0)
            w2 -= RATE * (hidden.T @ error)
            b2 -= RATE * error.sum(axis=0)
            w1 -= RATE * (inputs.T @ hidden_error)
            b1 -= RATE * hidden_error.sum(axis=0)
    return [w1, b1, w2, b2]


def network(seed: int, *, separate: bool) -> NeuralNetwork:
    """The same network as layers; `separate` has SoftMax and CrossEntropyLoss of their own."""
    n, m, k = SIZES
    layers = [FullyConnected(n, m), ReLU(), FullyConnected(m, k)]
    if separate:
        layers.append(SoftMax())
    loss = CrossEntropyLoss("mean") if separate else SoftMaxCrossEntropyLoss("mean")
    return NeuralNetwork(layers, loss=loss, optimizer=SGD(RATE), seed=seed)


def run(folder: Path, rounds: int) -> None:
    """Print accuracies, seconds, and the ratio to the loop by hand."""
    x, y, x_test, y_test = load(folder)
    print(f"MNIST, {SIZES}, batch {BATCH}, {EPOCHS} epochs, float32, one thread")
    print(f"{'contender':36}{'accuracy':>10}{'seconds':>9}{'ratio':>8}{'at most':>9}")
    for seed in range(rounds):
        start = time.perf_counter()
        w1, b1, w2, b2 = by_hand(x, y, seed, EPOCHS)
        reference = time.perf_counter() - start
        said = (np.maximum(x_test @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)
        print(f"{'NumPy by hand':36}{np.mean(said == y_test):10.2%}{reference:9.2f}")
        for name, separate in (
            ("SoftMaxCrossEntropyLoss", False),
            ("SoftMax + CrossEntropy", True),
        ):
            ours = network(seed, separate=separate)
            start = time.perf_counter()
            ours.fit(x, y, epochs=EPOCHS, batch_size=BATCH, progress=False)
            seconds = time.perf_counter() - start
            accuracy = ours.evaluate(x_test, y_test)["accuracy"]
            print(
                f"{'fit, ' + name:36}{accuracy:10.2%}{seconds:9.2f}"
                f"{seconds / reference:8.2f}{TARGET_RATIO:9.2f}",
                flush=True,
            )
