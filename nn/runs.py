"""A training run: train, evaluate, and leave everything about it in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autograd_core import Node
from autograd_core.files import write_atomically

from .callbacks import Callback
from .configuration import Configuration, ConfigurationError, read_configuration
from .data import Dataset, load_dataset
from .history import History
from .initializers import He
from .layers import FullyConnected, ReLU, SoftMax
from .losses import CrossEntropyLoss
from .network import NeuralNetwork
from .optimizers import SGD
from .prediction_log import prediction_log

if TYPE_CHECKING:
    from visualize import Diagram

CONFIGURATION = "configuration.toml"
MODEL = "model.safetensors"
HISTORY = "history.csv"
CURVE = "loss.png"
DIAGRAM = "training-step.svg"
PREDICTIONS = "predictions.log"

_CLASSES = 10
_DRAWN_SAMPLES = 3


class EpochReport(Callback):
    """Prints one line per epoch."""

    def __init__(self) -> None:
        self._epochs = 0

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Remember how many epochs there are."""
        self._epochs = epochs

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Print the epoch's loss and accuracy."""
        from tqdm.auto import tqdm

        row = history.epochs[-1]
        width = len(str(self._epochs))
        # Above the progress bar, if there is one.
        tqdm.write(
            f"epoch {row['epoch']:{width}}/{self._epochs}   "
            f"loss {row['loss']:.4f}   accuracy {row['accuracy']:6.2%}"
        )


def new_run_folder(parent: Path, name: str) -> Path:
    """Make a folder for a run; a number is appended where the name is taken."""
    for number in range(1, 10**6):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{parent / name}: a million runs of that name; choose another")


def build_network(configuration: Configuration, features: int) -> NeuralNetwork:
    """Make the network of lecture 002: FullyConnected, ReLU, FullyConnected, SoftMax."""
    hidden = configuration.hidden_size
    return NeuralNetwork(
        [
            FullyConnected(features, hidden, weight_initializer=He()),
            ReLU(),
            FullyConnected(hidden, _CLASSES, weight_initializer=He()),
            SoftMax(),
        ],
        loss=CrossEntropyLoss(reduction="mean"),
        optimizer=SGD(configuration.learning_rate),
        seed=configuration.seed,
        dtype=configuration.dtype,
    )


def train(configuration: Configuration, folder: Path, *, quiet: bool = False) -> NeuralNetwork:
    """Train as configured and write all about the run into a folder."""
    write_atomically(folder / CONFIGURATION, configuration.to_toml())
    data = _data(configuration)
    network = build_network(configuration, data.x_train.shape[1])
    history = network.fit(
        data.x_train,
        data.y_train,
        epochs=configuration.num_epochs,
        batch_size=configuration.batch_size,
        callbacks=() if quiet else (EpochReport(),),
        progress=not quiet,
    )
    network.save(folder / MODEL)
    history.to_csv(folder / HISTORY)
    write_prediction_log(network, data, configuration, folder)
    _draw_curve(history, folder / CURVE)
    return network


def write_prediction_log(
    network: NeuralNetwork, data: Dataset, configuration: Configuration, folder: Path
) -> None:
    """Write what the network says of every test image."""
    predictions = network.predict(data.x_test).argmax(axis=1)
    text = prediction_log(predictions, data.y_test, configuration.batch_size)
    write_atomically(folder / PREDICTIONS, text)


def _draw_curve(history: History, path: Path) -> None:
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)  # no window, whatever the machine's default
    history.plot(ax=figure.add_subplot())
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    write_atomically(path, picture.getvalue())


def step_diagram(network: NeuralNetwork, data: Dataset) -> Diagram:
    """Draw one training step on a few images: values forward, gradients backward."""
    from visualize import draw

    images = Node(
        np.asarray(data.x_train[:_DRAWN_SAMPLES], network.dtype), name="x", requires_grad=False
    )
    loss = network.loss(network.forward(images), data.y_train[:_DRAWN_SAMPLES])
    loss.name = "L"
    loss.backward()
    return draw(loss)


def evaluate(network: NeuralNetwork, configuration: Configuration) -> dict[str, float]:
    """Loss and accuracy on the test images."""
    data = _data(configuration)
    return network.evaluate(data.x_test, data.y_test)


def load_run(folder: Path) -> tuple[NeuralNetwork, Configuration]:
    """Read the network and the configuration of a finished run."""
    if not (folder / MODEL).is_file():
        raise ConfigurationError(
            f"{folder}: expected the folder of a finished run, with a {MODEL} in it. "
            "Make one with: python -m nn train"
        )
    configuration = read_configuration(folder / CONFIGURATION, [])
    return NeuralNetwork.load(folder / MODEL), configuration


def _data(configuration: Configuration) -> Dataset:
    return load_dataset(configuration.data, dtype=configuration.dtype)
