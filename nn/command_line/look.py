"""The commands ``evaluate``, ``predict`` and ``draw``, which look at a finished run."""

from __future__ import annotations

import argparse

import numpy as np

from autograd_core import softmax
from autograd_core.files import kind_at

from ..data import DATASETS, read_idx
from . import runs
from .command import RUN, Result, argument, as_path, command
from .configuration import ConfigurationError
from .prediction_log import NO_CLASS, classes_of


@command(
    RUN,
    summary="loss and accuracy of a run on its test samples",
    description="Compute loss and accuracy on the test samples of the data that a run learned "
    "from.",
    examples=("evaluate runs/mnist-sample", "evaluate runs/mnist-sample --json"),
)
def evaluate(arguments: argparse.Namespace) -> Result:
    """Compute loss and accuracy."""
    network, configuration = runs.load_run(arguments.run)
    data = configuration.load_data(progress=not arguments.quiet)
    figures = runs.figures_of(network, data)
    result = {"run": str(arguments.run), **figures, "test_samples": len(data.x_test)}
    return result, f"loss {figures['loss']:.4f}   accuracy {figures['accuracy']:.2%}\n"


@command(
    RUN,
    argument(
        "file",
        type=as_path,
        metavar="FILE",
        help="IDX file of images, of the size of the run's; or beginnings of texts, in lines",
    ),
    summary="what a run's network sees in images, or expects of texts",
    description="Print the class that a run's network finds most probable, for each image of an "
    "IDX file; after a run about texts the next character behind each line of a text file, with "
    "numbers from 0.",
    examples=(
        "predict runs/mnist-sample t10k-images-idx3-ubyte.gz",
        "predict runs/mnist-sample t10k-images-idx3-ubyte.gz --quiet",
        "predict runs/names beginnings.txt",
    ),
)
def predict(arguments: argparse.Namespace) -> Result:
    """Find the most probable class of each image, or what follows each text."""
    network, configuration = runs.load_run(arguments.run)
    data, path = DATASETS[configuration.kind_of_data], arguments.file
    if not path.is_file():
        expected = "a text file" if data.kind == "text" else "an IDX file"
        there = kind_at(path) or "no such file"
        raise ConfigurationError(f"{path}: expected {expected}, found {there}")
    if data.kind == "text":
        scores = runs.scores_behind(network, path, configuration.kind_of_data)
    else:
        scores = network.predict(runs.prepare_new_samples(read_idx(path), path, configuration))
    ends_in_softmax = network.layers[-1].applies_softmax
    probabilities = scores if ends_in_softmax else np.asarray(softmax(scores))
    classes = classes_of(probabilities).tolist()
    shares = probabilities.max(axis=1).tolist()
    if data.kind == "text":
        classes = [kind if kind == NO_CLASS else data.class_names[kind] for kind in classes]
    found = list(zip(classes, shares, strict=True))
    what = "after line" if data.kind == "text" else "image"
    text = "".join(
        f"{kind}\n" if arguments.quiet else f"{what} {number}: {_written(kind, share)}\n"
        for number, (kind, share) in enumerate(found)
    )
    predictions = [
        {"prediction": None if kind == NO_CLASS else kind, "probability": share}
        for kind, share in found
    ]
    return {"run": str(arguments.run), "predictions": predictions}, text


def _written(kind: int | str, share: float) -> str:
    return "no class, the network gives nan" if kind == NO_CLASS else f"{kind} ({share:.1%})"


@command(
    RUN,
    argument("-o", "--output", type=as_path, help=".svg, .png, .pdf or .dot"),
    summary="diagram of one training step of a run",
    description="Draw one training step on three samples: values forward, gradients backward.",
    examples=("draw runs/mnist-sample", "draw runs/mnist-sample -o step.png"),
)
def draw(arguments: argparse.Namespace) -> Result:
    """Draw one training step."""
    network, configuration = runs.load_run(arguments.run)
    diagram = runs.step_diagram(network, configuration.load_data())
    path = arguments.output or arguments.run / runs.DIAGRAM
    try:
        diagram.save(path)
    except ValueError as error:
        raise ConfigurationError(f"--output: {error}") from None
    text = f"{path}\n" if arguments.quiet else f"written: {path}\n"
    return {"run": str(arguments.run), "file": str(path)}, text
