"""LeNet on full MNIST: a step on each back end beside PyTorch, and the accuracy of a few epochs."""

import statistics
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from nn import (
    Adam,
    Conv2D,
    Flatten,
    FullyConnected,
    MaxPool2D,
    NeuralNetwork,
    ReLU,
    SoftMaxCrossEntropyLoss,
)

from .figures import Figure, print_figures, print_times
from .ours import backends
from .timing import compare, ratio
from .training import load
from .workloads import Step

BATCH, RATE, EPOCHS = 64, 1e-3, 3
TORCH = "PyTorch, eager"
TIMES: dict[str, float | None] = {"eager": 1.0, "numpy": 0.75, "native": 0.6, "xla": None}
"""What a step may take at most, in PyTorch's time."""
LEAST_ACCURACY = 98.4
"""Percent of the test images, mean of the seeds."""
TITLE = f"LeNet, batch {BATCH}"


def network(seed: int = 0) -> NeuralNetwork:
    """Two convolutions with pooling, two full connections."""
    return NeuralNetwork(
        [
            Conv2D(1, 8, 5, padding="same"),
            ReLU(),
            MaxPool2D(2),
            Conv2D(8, 16, 5, padding="same"),
            ReLU(),
            MaxPool2D(2),
            Flatten(),
            FullyConnected(784, 64),
            ReLU(),
            FullyConnected(64, 10),
        ],
        loss=SoftMaxCrossEntropyLoss("mean"),
        optimizer=Adam(RATE),
        seed=seed,
    )


def run(folder: Path, rounds: int) -> list[Figure]:
    """Print the times of a step, then the accuracy of so many seeds."""
    x, y, x_test, y_test = load(folder)
    x, x_test = (part.reshape(-1, 1, 28, 28) for part in (x, x_test))
    times = compare(dict(_steps(x[:BATCH], y[:BATCH])), max(rounds, 20))
    print_times(TITLE, times)
    figures = [
        Figure(TITLE, f"{name} / {TORCH}", ratio(times, name, TORCH), TIMES[name])
        for name in times
        if name != TORCH and TORCH in times
    ]
    accuracies = []
    for seed in range(rounds):
        trained = network(seed)
        trained.fit(x, y, epochs=EPOCHS, batch_size=BATCH, progress=False)
        accuracies.append(100 * trained.evaluate(x_test, y_test)["accuracy"])
    print(f"accuracy of seeds 0 to {rounds - 1}: {', '.join(f'{a:.2f} %' for a in accuracies)}")
    wrong = 100 - statistics.mean(accuracies)
    name = f"percent wrong after {EPOCHS} epochs"
    return print_figures([*figures, Figure(TITLE, name, wrong, 100 - LEAST_ACCURACY)])


def _steps(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[str, Step]]:
    for backend in backends():
        yield backend, _step_of(network().compile(backend), x, y)
    if find_spec("torch"):
        yield TORCH, _in_torch(x, y)


def _step_of(trained: NeuralNetwork, x: np.ndarray, y: np.ndarray) -> Step:
    return lambda: trained.train_step(x, y)


def _in_torch(x: np.ndarray, y: np.ndarray) -> Step:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    updates = torch.optim.Adam(model.parameters(), lr=RATE)
    images, labels = torch.from_numpy(x), torch.from_numpy(y)

    def step() -> float:
        updates.zero_grad()
        found = nn.functional.cross_entropy(model(images), labels)
        found.backward()
        updates.step()
        return found.item()

    return step
