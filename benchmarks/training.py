"""Full MNIST: `NeuralNetwork.fit` beside the loop by hand in NumPy, scikit-learn and PyTorch."""

import contextlib
import os
import statistics
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from nn import SGD, FullyConnected, NeuralNetwork, ReLU, SoftMaxCrossEntropyLoss
from nn.data import one_hot, read_images_and_labels, scale_pixels

from .figures import Figure, print_figures
from .ours import backends

SIZES = (784, 128, 10)
BATCH = 64
RATE = 0.1
LEAST_ACCURACY = 97.4
"""Percent of the test images."""

Predict = Callable[[np.ndarray], np.ndarray]
Train = Callable[[np.ndarray, np.ndarray, int, int], Predict]
"""Images, labels, seed and epochs -> what tells the class of images."""

HAND, SKLEARN, TORCH = "NumPy by hand", "scikit-learn, MLPClassifier", "PyTorch, DataLoader"
RATIOS: tuple[tuple[str, str, float | None], ...] = (
    ("fit, eager", HAND, 1.15),
    ("fit, auto", HAND, None),
    ("fit, native", HAND, 0.95),
    ("fit, xla", HAND, None),
    ("fit, auto", SKLEARN, 0.7),
    ("fit, native", SKLEARN, None),
    ("fit, auto", TORCH, 0.56),
    ("fit, native", TORCH, None),
)
"""A ratio of times, and what it may be at most."""


def load(folder: Path) -> list[np.ndarray]:
    """Training images and labels, test images and labels."""
    parts: list[np.ndarray] = []
    for prefix in ("train", "t10k"):
        images, labels = read_images_and_labels(
            folder / f"{prefix}-images-idx3-ubyte.gz", folder / f"{prefix}-labels-idx1-ubyte.gz"
        )
        parts += [scale_pixels(images).reshape(len(images), -1), labels.astype(np.int64)]
    return parts


def by_hand(x: np.ndarray, y: np.ndarray, seed: int, epochs: int) -> Predict:
    """Train without any engine."""
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
    return lambda images: (np.maximum(images @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)


def by_fit(backend: str) -> Train:
    """Our `fit` with all that it does by default: its bar, its history, its warnings."""

    def train(x: np.ndarray, y: np.ndarray, seed: int, epochs: int) -> Predict:
        n, m, k = SIZES
        network = NeuralNetwork(
            [FullyConnected(n, m), ReLU(), FullyConnected(m, k)],
            loss=SoftMaxCrossEntropyLoss("mean"),
            optimizer=SGD(RATE),
            seed=seed,
        )
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
            network.fit(x, y, epochs=epochs, batch_size=BATCH, backend=backend)
        return lambda images: network.predict(images).argmax(axis=1)

    return train


def by_sklearn(x: np.ndarray, y: np.ndarray, seed: int, epochs: int) -> Predict:
    """scikit-learn's classifier with the same network, loss, optimizer and batches."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    classifier = MLPClassifier(
        (SIZES[1],),
        solver="sgd",
        alpha=0.0,
        batch_size=BATCH,
        learning_rate_init=RATE,
        momentum=0.0,
        max_iter=epochs,
        tol=0.0,
        n_iter_no_change=epochs,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it would go on for longer
        classifier.fit(x, y)
    return classifier.predict


def by_torch(x: np.ndarray, y: np.ndarray, seed: int, epochs: int) -> Predict:
    """PyTorch's usual loop."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    n, m, k = SIZES
    model = torch.nn.Sequential(torch.nn.Linear(n, m), torch.nn.ReLU(), torch.nn.Linear(m, k))
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    data = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    loader = DataLoader(data, batch_size=BATCH, shuffle=True)
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            criterion(model(images), labels).backward()
            optimizer.step()

    def predict(images: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model(torch.from_numpy(images)).argmax(dim=1).numpy()

    return predict


def contenders() -> dict[str, Train]:
    """Those that are installed."""
    found = {HAND: by_hand, "fit, eager": by_fit("eager"), "fit, auto": by_fit("auto")}
    found |= {f"fit, {name}": by_fit(name) for name in backends() if name in ("native", "xla")}
    if find_spec("sklearn"):
        found[SKLEARN] = by_sklearn
    if find_spec("torch"):
        found[TORCH] = by_torch
    return found


def run(folder: Path, rounds: int, epochs: int) -> list[Figure]:
    """Print the seconds and the accuracy of each contender, a seed a round, and the ratios."""
    x, y, x_test, y_test = load(folder)
    print(
        f"MNIST, {SIZES}, batch {BATCH}, {epochs} epochs, SGD, float32; CPU seconds of the whole\n"
        "training: fit with its bar, its history and its warnings, recording and building its\n"
        f"steps (native: from the cache). Medians of {rounds} seeds, in turn; libraries are loaded "
        "before"
    )
    for train in contenders().values():
        train(x[: 4 * BATCH], y[: 4 * BATCH], 0, 1)
    times: dict[str, list[float]] = {name: [] for name in contenders()}
    accuracies: dict[str, list[float]] = {name: [] for name in times}
    for seed in range(rounds):
        for name, train in contenders().items():
            start = time.process_time()
            predict = train(x, y, seed, epochs)
            times[name].append(time.process_time() - start)
            accuracies[name].append(float(np.mean(predict(x_test) == y_test)))
    print(f"{'':30}{'median s':>10}{'accuracies':>14}")
    for name, seconds in times.items():
        least, most = min(accuracies[name]), max(accuracies[name])
        print(f"  {name:28}{statistics.median(seconds):10.2f}{least:10.2%} to {most:.2%}")
    group = f"MNIST, {epochs} epochs"
    figures = [
        Figure(group, f"{one} / {other}", _ratio(times[one], times[other]), target)
        for one, other, target in RATIOS
        if one in times and other in times
    ]
    if epochs >= 10:
        figures += [
            Figure(
                group,
                f"{name}, smallest test accuracy, %",
                100 * min(found),
                LEAST_ACCURACY,
                at_least=True,
            )
            for name, found in accuracies.items()
            if name.startswith("fit")
        ]
    return print_figures(figures)


def _ratio(one: list[float], other: list[float]) -> float:
    return statistics.median(one) / statistics.median(other)
