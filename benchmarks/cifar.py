"""CIFAR-10: a small network of convolutions, to the accuracy that courses reach with such."""

import time
from pathlib import Path

from nn import (
    Adam,
    Callback,
    Conv2D,
    Flatten,
    FullyConnected,
    History,
    MaxPool2D,
    NeuralNetwork,
    ReLU,
    load_dataset,
)
from nn.data import DataError, RandomCrop, RandomFlip

from .figures import Figure, print_figures

BATCH = 64
LEAST_ACCURACY = 65.0
"""Percent of the test images after ten epochs."""


class Report(Callback):
    """Prints a line after each epoch."""

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Print the figures of the epoch."""
        row = history.epochs[-1]
        print(
            f"  epoch {row['epoch']:2}   loss {row['loss']:.3f}   test loss "
            f"{row['validation_loss']:.3f}   test accuracy {row['validation_accuracy']:.2%}",
            flush=True,
        )


def small_network(seed: int) -> NeuralNetwork:
    """Three convolutions and two matrices, 122,570 parameters."""
    layers = [
        Conv2D(3, 32, 3), ReLU(), MaxPool2D(2),
        Conv2D(32, 64, 3), ReLU(), MaxPool2D(2),
        Conv2D(64, 64, 3), ReLU(),
        Flatten(), FullyConnected(1024, 64), ReLU(), FullyConnected(64, 10),
    ]  # fmt: skip
    return NeuralNetwork(layers, optimizer=Adam(1e-3), seed=seed)


def run(folder: Path | None, rounds: int, epochs: int) -> list[Figure]:
    """Print the epochs of so many seeds, without augmentation and with, and the accuracies."""
    try:
        data = load_dataset("cifar-10", path=folder, flatten=False, low=-1.0)
    except DataError as error:
        raise SystemExit(str(error)) from None
    print(
        f"CIFAR-10, {len(data.x_train)} images, {epochs} epochs, Adam 1e-3, batch {BATCH}, "
        f"float32, seeds 0 to {rounds - 1}"
    )
    accuracies = {}
    for name, augment in (
        ("as they are", ()),
        ("flipped and shifted", (RandomFlip(), RandomCrop(32, padding=2, fill=-1.0))),
    ):
        found = []
        for seed in range(rounds):
            print(f"{name}, seed {seed}")
            network = small_network(seed)
            start = time.process_time()
            history = network.fit(
                data.x_train,
                data.y_train,
                epochs=epochs,
                batch_size=BATCH,
                validation_data=(data.x_test, data.y_test),
                augment=augment,
                callbacks=[Report()],
                progress=False,
            )
            print(f"  {time.process_time() - start:.0f} s")
            found.append(history.epochs[-1]["validation_accuracy"])
        accuracies[name] = min(found)
    target = LEAST_ACCURACY if epochs >= 10 else None
    return print_figures(
        Figure("CIFAR-10", f"{name}, smallest test accuracy, %", 100 * least, target, at_least=True)
        for name, least in accuracies.items()
    )
