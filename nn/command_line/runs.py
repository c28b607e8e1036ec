"""A training run: train, evaluate, and leave everything about it in one folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.files import write_atomically

from ..data import (
    DATASETS,
    DataError,
    Dataset,
    load_dataset,
    prepare_samples,
    read_images_and_labels,
    split,
    standardize,
)
from ..initializers import He
from ..layers import FullyConnected, ReLU, SoftMax
from ..losses import CrossEntropyLoss
from ..network import NeuralNetwork
from ..optimizers import SGD
from ..training.callbacks import Callback
from ..training.history import History
from .configuration import COURSE_PATHS, Configuration, ConfigurationError
from .course_configuration import CourseConfiguration, read_configuration
from .prediction_log import prediction_log

if TYPE_CHECKING:
    from visualize import Diagram

CONFIGURATION = "configuration.toml"
COURSE_CONFIGURATION = "configuration.config"
MODEL = "model.safetensors"
HISTORY = "history.csv"
CURVE = "loss.png"
DIAGRAM = "training-step.svg"
PREDICTIONS = "predictions.log"

_COURSE_SHAPE = (28, 28)
_DRAWN_SAMPLES = 3
_REPORTED_EPOCHS = 100
"""Lines on a run, however many epochs it has."""

_FREE_TO_CHANGE = {"num_epochs", "data_path", "download", *COURSE_PATHS}
"""Keys that may change when a run goes on."""

AnyConfiguration = Configuration | CourseConfiguration


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
        text = (
            f"epoch {epoch:{len(str(self._epochs))}}/{self._epochs}   "
            f"loss {row['loss']:.4f}   accuracy {row['accuracy']:6.2%}"
        )
        if "validation_accuracy" in row:
            text += (
                f"   validation loss {row['validation_loss']:.4f}"
                f"   accuracy {row['validation_accuracy']:6.2%}"
            )
        tqdm.write(text)  # above the progress bar, if there is one


# --- data ----------------------------------------------------------------------------------------


def load_data(configuration: AnyConfiguration, *, progress: bool = False) -> Dataset:
    """Load the data that a run is about.

    Parameters
    ----------
    configuration : Configuration or CourseConfiguration
        What to load, and in which type.
    progress : bool, default False
        Whether a download shows a progress bar.

    Returns
    -------
    Dataset
        Samples as rows, pixels from 0 to 1, measurements standardized; labels as class numbers,
        of which the loss makes one-hot rows.
    """
    if isinstance(configuration, CourseConfiguration):
        c = configuration
        return Dataset(
            *_course_part(c.rel_path_train_images, c.rel_path_train_labels),
            *_course_part(c.rel_path_test_images, c.rel_path_test_labels),
        )
    data = load_dataset(
        configuration.data,
        path=configuration.data_path or None,
        download=configuration.download,
        progress=progress,
        dtype=configuration.dtype,
    )
    if _has_pixels(configuration.data):
        return data
    x_train, x_test = standardize(data.x_train, data.x_test)
    return data._replace(x_train=x_train, x_test=x_test)


def _kind(configuration: AnyConfiguration) -> str:
    """The data set whose kind of samples and classes a run is about."""
    return "mnist" if isinstance(configuration, CourseConfiguration) else configuration.data


def _has_pixels(name: str) -> bool:
    return DATASETS[name].white is not None


def _course_part(
    images_path: str, labels_path: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    images, labels = read_images_and_labels(images_path, labels_path)
    if images.shape[1:] != _COURSE_SHAPE or images.dtype != np.uint8 or not len(images):
        raise DataError(
            f"{images_path}: expected images of 28 x 28 pixels from 0 to 255 (uint8), found shape "
            f"{images.shape} of {images.dtype}"
        )
    if labels.max() > 9 or labels.min() < 0:
        raise DataError(
            f"{labels_path}: expected labels from 0 to 9, found {labels.min()} to {labels.max()}"
        )
    x = prepare_samples("mnist", images, dtype=CourseConfiguration.dtype)
    return x, labels.astype(np.int64)


def prepare_new_samples(
    samples: npt.NDArray[Any], path: Path, configuration: AnyConfiguration
) -> npt.NDArray[Any]:
    """Prepare samples from a file as those were that a run's network learned from."""
    name = _kind(configuration)
    shape = DATASETS[name].shape
    if samples.shape[1:] != shape:
        lengths = ", ".join(map(str, shape))
        raise DataError(
            f"{path}: expected samples of shape (n, {lengths}), as the network has learned from, "
            f"found shape {samples.shape}"
        )
    x = prepare_samples(name, samples, dtype=configuration.dtype)
    if _has_pixels(name):
        return x
    # Such sets ship: what the training data were standardized by is always at hand.
    return standardize(load_dataset(name, dtype=configuration.dtype).x_train, x)[1]


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


def build_network(configuration: AnyConfiguration, features: int, classes: int) -> NeuralNetwork:
    """Make the network of lecture 002: FullyConnected, ReLU, FullyConnected, SoftMax."""
    hidden = configuration.hidden_size
    return NeuralNetwork(
        [
            FullyConnected(features, hidden, weight_initializer=He()),
            ReLU(),
            FullyConnected(hidden, classes, weight_initializer=He()),
            SoftMax(),
        ],
        loss=CrossEntropyLoss(reduction=configuration.reduction),
        optimizer=SGD(configuration.learning_rate),
        seed=configuration.seed,
        dtype=configuration.dtype,
    )


class Prepared(NamedTuple):
    """A network before its first step, and what it is about to see."""

    network: NeuralNetwork
    x: npt.NDArray[Any]
    y: npt.NDArray[np.int64]
    validation_data: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None


def prepare(configuration: AnyConfiguration, data: Dataset) -> Prepared:
    """Make the network, and hold back what it is validated on; nothing is written yet.

    Parameters
    ----------
    configuration : Configuration or CourseConfiguration
        What to train and how.
    data : Dataset
        What `load_data` returned for it.

    Returns
    -------
    Prepared
        The network, samples and labels to train on, and to validate on.

    Raises
    ------
    ConfigurationError
        If the validation share leaves one part without samples.
    """
    x, y, validation_data = data.x_train, data.y_train, None
    if configuration.validation_share:
        # The network's own streams are the first two of the seed.
        stream = np.random.SeedSequence(configuration.seed).spawn(3)[2]
        generator = np.random.default_rng(stream)
        try:
            parts = split(x, y, configuration.validation_share, generator, stratified=True)
        except ValueError as error:
            raise ConfigurationError(f"validation_share: {error}") from None
        x, y = parts.x_train, parts.y_train
        validation_data = (parts.x_validation, parts.y_validation)
    classes = DATASETS[_kind(configuration)].classes
    return Prepared(build_network(configuration, x.shape[1], classes), x, y, validation_data)


def train(
    prepared: Prepared,
    data: Dataset,
    configuration: AnyConfiguration,
    folder: Path,
    *,
    report: bool = True,
    progress: bool = True,
    resume: bool = False,
) -> NeuralNetwork:
    """Train as configured and write all about the run into a folder.

    The folder holds the run's checkpoint too, so that one that was stopped or killed can go on.

    Parameters
    ----------
    prepared : Prepared
        What `prepare` returned.
    data : Dataset
        What it was made from.
    configuration : Configuration or CourseConfiguration
        How to train.
    folder : Path
        The run's folder.
    report : bool, default True
        Whether a line per epoch is printed.
    progress : bool, default True
        Whether a progress bar is shown.
    resume : bool, default False
        Whether to go on from the folder's checkpoint.

    Returns
    -------
    NeuralNetwork
        The trained network.
    """
    is_course = isinstance(configuration, CourseConfiguration)
    name = COURSE_CONFIGURATION if is_course else CONFIGURATION
    write_atomically(folder / name, configuration.to_text())
    network = prepared.network
    history = network.fit(
        prepared.x,
        prepared.y,
        epochs=configuration.num_epochs,
        batch_size=configuration.batch_size,
        validation_data=prepared.validation_data,
        callbacks=(EpochReport(),) if report else (),
        progress=progress,
        checkpoint=folder,
        resume=folder if resume else None,
    )
    network.save(folder / MODEL)
    history.to_csv(folder / HISTORY)
    write_prediction_log(network, data, configuration, folder)
    _draw_curve(history, folder / CURVE)
    return network


def log_path(configuration: AnyConfiguration, folder: Path) -> Path:
    """Return where a run's prediction log is."""
    if isinstance(configuration, CourseConfiguration):
        return Path(configuration.rel_path_log_file)
    return folder / PREDICTIONS


def write_prediction_log(
    network: NeuralNetwork, data: Dataset, configuration: AnyConfiguration, folder: Path
) -> None:
    """Write what the network says of every test sample."""
    predictions = network.predict(data.x_test).argmax(axis=1)
    text = prediction_log(predictions, data.y_test, configuration.batch_size)
    write_atomically(log_path(configuration, folder), text)


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


# --- looking at a run ----------------------------------------------------------------------------


def step_diagram(network: NeuralNetwork, data: Dataset) -> Diagram:
    """Draw one training step on a few samples: values forward, gradients backward."""
    from visualize import draw

    samples = Node(
        np.asarray(data.x_train[:_DRAWN_SAMPLES], network.dtype), name="x", requires_grad=False
    )
    loss = network.loss(network.forward(samples), data.y_train[:_DRAWN_SAMPLES])
    loss.name = "L"
    loss.backward()
    return draw(loss)


def load_run(folder: Path) -> tuple[NeuralNetwork, AnyConfiguration]:
    """Read the network and the configuration of a finished run."""
    if not (folder / MODEL).is_file():
        raise ConfigurationError(
            f"{folder}: expected the folder of a finished run, with a {MODEL} in it. "
            "Make one with: python -m nn train"
        )
    return NeuralNetwork.load(folder / MODEL), configuration_of(folder)


def fixed_changes(folder: Path, changed: AnyConfiguration) -> list[str]:
    """Return the keys, of those that a run can't go on with, that are not as in its folder."""
    before, after = (dataclasses.asdict(each) for each in (configuration_of(folder), changed))
    return [key for key in before if before[key] != after[key] and key not in _FREE_TO_CHANGE]


def configuration_of(folder: Path, changes: Sequence[str] = ()) -> AnyConfiguration:
    """Read the configuration in a run's folder, with changes of the form ``key=value``."""
    course = folder / COURSE_CONFIGURATION
    path = course if course.is_file() else folder / CONFIGURATION
    if not path.is_file():
        raise ConfigurationError(
            f"{folder}: expected the folder of a run, with a {CONFIGURATION} in it. "
            "Make one with: python -m nn train"
        )
    return read_configuration(path, list(changes))
