"""A training run: train, evaluate, and leave everything about it in one folder."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node, shadowing
from autograd_core.files import write_atomically

from ..data import (
    DATASETS,
    Characters,
    DataError,
    Dataset,
    load_dataset,
    one_hot,
    prepare_samples,
    split,
    standardize,
)
from ..data.text import IGNORED
from ..model_file import ModelFileError
from ..network import NeuralNetwork
from ..training.callbacks import Callback, LambdaCallback
from ..training.history import History
from .configuration import Configuration, ConfigurationError
from .layer_list import layers_from
from .named_parts import (
    ending_for,
    initializer_from,
    loss_from,
    optimizer_from,
    schedule_from,
)
from .prediction_log import classes_of, prediction_log
from .reading import configuration_of

if TYPE_CHECKING:
    from visualize import Diagram

MODEL = "model.safetensors"
HISTORY = "history.csv"
CURVE = "loss.png"
DIAGRAM = "training-step.svg"

_DRAWN_SAMPLES = 3
_REPORTED_EPOCHS = 100
"""Lines on a run, however many epochs it has."""


class EpochReport(Callback):
    """Prints a line per epoch, or per so many epochs of a very long run."""

    def __init__(self) -> None:
        self._epochs = 0

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Remember how many epochs there are."""
        self._epochs = epochs

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Print the epoch's loss and accuracy."""
        from tqdm.auto import tqdm

        row = history.epochs[-1]
        epoch, every = int(row["epoch"]), -(-self._epochs // _REPORTED_EPOCHS)
        if epoch % every and epoch != self._epochs:
            return
        after = "evaluated_" if "evaluated_loss" in row else ""
        text = (
            f"epoch {epoch:{len(str(self._epochs))}}/{self._epochs}   "
            f"{'' if after else 'running '}loss {row[f'{after}loss']:.4f}"
            f"{_accuracy(row, f'{after}accuracy')}"
        )
        if "validation_loss" in row:
            text += (
                f"   validation loss {row['validation_loss']:.4f}"
                f"{_accuracy(row, 'validation_accuracy')}"
            )
        tqdm.write(text)  # above the progress bar, if there is one


def _accuracy(row: Mapping[str, float], name: str) -> str:
    return f"   accuracy {row[name]:6.2%}" if name in row else ""


# --- data ----------------------------------------------------------------------------------------


def prepare_new_samples(
    samples: npt.NDArray[Any], path: Path, configuration: Configuration
) -> npt.NDArray[Any]:
    """Prepare samples from a file as those were that a run's network learned from."""
    name = configuration.kind_of_data
    shape = DATASETS[name].shape
    if samples.shape[1:] != shape:
        lengths = ", ".join(map(str, shape))
        raise DataError(
            f"{path}: expected samples of shape (n, {lengths}), as the network has learned from, "
            f"found shape {samples.shape}"
        )
    x = prepare_samples(name, samples, dtype=configuration.dtype)
    if DATASETS[name].kind != "measurements":
        return x
    # Such sets ship: what the training data were standardized by is always at hand.
    return standardize(load_dataset(name, dtype=configuration.dtype).x_train, x)[1]


def scores_behind(network: NeuralNetwork, path: Path, name: str) -> npt.NDArray[Any]:
    """Return the scores of what follows the beginnings of texts, which a file has line by line."""
    info, (places,) = DATASETS[name], DATASETS[name].shape
    boundary, *letters = info.class_names
    characters = Characters(letters, boundary=boundary)
    rows = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            tokens = [0, *characters.encode(line)][-places:]
            rows.append(network.predict(np.array([tokens]))[0, -1])
    except UnicodeDecodeError:
        raise DataError(f"{path}: expected a text file in UTF-8, a beginning in a line") from None
    except ValueError as error:
        raise DataError(f"{path}, line {len(rows) + 1}: {error}") from None
    return np.array(rows).reshape(-1, info.classes)


# --- training ------------------------------------------------------------------------------------


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


def build_network(configuration: Configuration) -> NeuralNetwork:
    """Make the configured network; by default lecture 002's, with one hidden layer."""
    data = DATASETS[configuration.kind_of_data]
    texts = data.kind == "text"
    hidden = f"embedding 16 gru {configuration.hidden_size}" if texts else ""
    text = configuration.layers or hidden or f"fc {configuration.hidden_size} relu"
    classes = configuration.classes or data.classes
    initializer = initializer_from(configuration.initializer)
    loss = loss_from(configuration.loss, configuration.reduction, texts=texts)
    rate = schedule_from(configuration.schedule, configuration.learning_rate)
    return NeuralNetwork(
        [*layers_from(text, data.shape, classes, initializer, texts=texts), *ending_for(loss)],
        loss=loss,
        optimizer=optimizer_from(configuration.optimizer, rate),
        seed=configuration.seed,
        dtype=configuration.dtype,
    )


def targets(network: NeuralNetwork, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return class numbers as the loss of a network takes them: rows, where it is no classifier."""
    outputs = network.declared_outputs()
    if network.loss.classifies or outputs is None:
        return labels
    return one_hot(labels, outputs[0], dtype=network.dtype)


def figures_of(network: NeuralNetwork, data: Dataset) -> dict[str, float]:
    """Evaluate a network on the test samples: loss and accuracy, whatever the loss."""
    figures = network.evaluate(data.x_test, targets(network, data.y_test))
    if "accuracy" not in figures:
        right = classes_of(network.predict(data.x_test)) == data.y_test
        figures["accuracy"] = float(right.mean())
    return figures


class Prepared(NamedTuple):
    """A network before its first step, the data of its run, and what it is about to see."""

    network: NeuralNetwork
    data: Dataset
    x: npt.NDArray[Any]
    y: npt.NDArray[Any]
    validation_data: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None


def prepare(configuration: Configuration, *, progress: bool = False) -> Prepared:
    """Load the data, hold back what is validated on, make the network; nothing is written yet.

    Raises
    ------
    ConfigurationError
        If the validation share leaves one part without samples.
    """
    data = configuration.load_data(progress=progress)
    x, y, validation_data = data.x_train, data.y_train, None
    if configuration.validation_share:
        # The network's own streams are the first two of the seed.
        stream = np.random.SeedSequence(configuration.seed).spawn(3)[2]
        generator = np.random.default_rng(stream)
        try:
            share, of_classes = configuration.validation_share, y.ndim == 1
            parts = split(x, y, share, generator, stratified=of_classes)
        except ValueError as error:
            raise ConfigurationError(f"validation_share: {error}") from None
        x, y = parts.x_train, parts.y_train
        validation_data = (parts.x_validation, parts.y_validation)
    network = build_network(configuration)
    if validation_data is not None:
        validation_data = validation_data[0], targets(network, validation_data[1])
    return Prepared(network, data, x, targets(network, y), validation_data)


def train(
    prepared: Prepared,
    configuration: Configuration,
    folder: Path,
    *,
    report: bool = True,
    progress: bool = True,
    resume: bool = False,
    devices: int | None = None,
) -> NeuralNetwork:
    """Train as configured and write all about the run into a folder.

    The folder holds the run's checkpoint too, so that one that was stopped or killed can go on.

    Parameters
    ----------
    prepared, configuration, folder
        What `prepare` returned and was given, and the run's folder.
    report : bool, default True
        Whether a line per epoch is printed.
    progress : bool, default True
        Whether a progress bar is shown.
    resume : bool, default False
        Whether to go on from the folder's checkpoint.
    devices : int, optional
        Over how many devices the back end "xla" spreads each batch.

    Returns
    -------
    NeuralNetwork
        The trained network.
    """

    def keep_configuration(*_: object) -> None:
        write_atomically(folder / configuration.file_name, configuration.to_text())

    callbacks: list[Callback] = [EpochReport()] if report else []
    if resume:  # what stands there stays until the run really goes on
        callbacks.append(LambdaCallback(on_train_begin=keep_configuration))
    else:
        keep_configuration()
    network = prepared.network
    with _naming_the_configuration(configuration) if resume else contextlib.nullcontext():
        history = _fit(prepared, configuration, folder, callbacks, progress, resume, devices)
    network.save(folder / MODEL)
    history.to_csv(folder / HISTORY)
    write_prediction_log(network, prepared.data, configuration, folder)
    _draw_curve(history, prepared, folder / CURVE)
    return network


@contextlib.contextmanager
def _naming_the_configuration(configuration: Configuration) -> Iterator[None]:
    """Say of a checkpoint that doesn't fit where its arguments come from."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(
            f"{error}. If {configuration.file_name} in the run's folder was edited: a run goes on "
            f"with what it began with, apart from {', '.join(sorted(configuration.free_to_change))}"
        ) from None


def _fit(
    prepared: Prepared,
    configuration: Configuration,
    folder: Path,
    callbacks: list[Callback],
    progress: bool,
    resume: bool,
    devices: int | None,
) -> History:
    return prepared.network.fit(
        prepared.x,
        prepared.y,
        epochs=configuration.num_epochs,
        batch_size=configuration.batch_size,
        validation_data=prepared.validation_data,
        callbacks=callbacks,
        progress=progress,
        checkpoint=folder,
        resume=folder if resume else None,
        backend=None if configuration.backend == "auto" else configuration.backend,
        devices=devices,
    )


def train_beside(
    prepared: Prepared, configuration: Configuration, resume: Path | None, devices: int | None
) -> None:
    """Train together with a process that does `train`, and write nothing."""
    with _naming_the_configuration(configuration) if resume else contextlib.nullcontext():
        prepared.network.fit(
            prepared.x,
            prepared.y,
            epochs=configuration.num_epochs,
            batch_size=configuration.batch_size,
            validation_data=prepared.validation_data,
            progress=False,
            checkpoint=resume or Path(),  # of which this process writes nothing
            resume=resume,
            backend=configuration.backend,
            devices=devices,
        )


def write_prediction_log(
    network: NeuralNetwork, data: Dataset, configuration: Configuration, folder: Path
) -> None:
    """Write what the network says of every test sample."""
    predictions = classes_of(network.predict(data.x_test))
    there = data.y_test != IGNORED  # of texts each character is told, and nothing behind the end
    text = prediction_log(predictions[there], data.y_test[there], configuration.batch_size)
    write_atomically(configuration.log_path(folder), text)


def _draw_curve(history: History, prepared: Prepared, path: Path) -> None:
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    summed = prepared.network.loss.reduction == "sum"
    figure = Figure(figsize=(11 if summed else 7, 4), layout="constrained")
    FigureCanvasAgg(figure)  # no window, whatever the machine's default
    if summed:
        from visualize.training.curves import plot_summed_loss

        validation = prepared.validation_data
        plot_summed_loss(
            history,
            len(prepared.x),
            validation_samples=None if validation is None else len(validation[0]),
            ax=figure.subplots(1, 2),
        )
    else:
        history.plot(ax=figure.add_subplot())
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    write_atomically(path, picture.getvalue())


# --- looking at a run ----------------------------------------------------------------------------


def step_diagram(network: NeuralNetwork, data: Dataset) -> Diagram:
    """Draw one training step on a few samples: values forward, gradients backward."""
    shadowing.require("visualize")
    from visualize import draw

    x = data.x_train[:_DRAWN_SAMPLES]
    samples = Node(
        x if x.dtype.kind == "i" else np.asarray(x, network.dtype), name="x", requires_grad=False
    )
    loss = network.loss(network.forward(samples), targets(network, data.y_train[:_DRAWN_SAMPLES]))
    loss.name = "L"
    loss.backward()
    return draw(loss, fold=1)  # a box per layer


def load_run(folder: Path) -> tuple[NeuralNetwork, Configuration]:
    """Read the network and the configuration of a finished run."""
    if not (folder / MODEL).is_file():
        raise ConfigurationError(
            f"{folder}: expected the folder of a finished run, with a {MODEL} in it. "
            "Make one with: python -m nn train"
        )
    network, configuration = NeuralNetwork.load(folder / MODEL), configuration_of(folder)
    name, expected = configuration.kind_of_data, network.layers[0].in_features
    features = math.prod(DATASETS[name].shape)
    if expected not in (None, features):
        raise ConfigurationError(
            f"{folder}: its network has learned from samples of {expected} numbers, and those of "
            f"{name} have {features}. {configuration.file_name} there is not the one of the run: "
            "put back the data set that it named"
        )
    return network, configuration


def fixed_changes(folder: Path, changed: Configuration) -> list[str]:
    """Return the keys, of those that a run can't go on with, that are not as in its folder."""
    before = configuration_of(folder)
    return [
        key
        for key in changed.keys
        if getattr(before, key) != getattr(changed, key) and key not in changed.free_to_change
    ]
