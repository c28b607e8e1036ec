"""The command ``playground``, which writes a page in which a run's network trains on."""

from __future__ import annotations

import argparse

from autograd_core import shadowing

from ..data import DATASETS
from . import runs
from .command import RUN, Result, argument, as_path, command
from .configuration import ConfigurationError

PAGE = "playground.html"

_LEARNED_FROM = 0.8
"""Of the room for data; the rest is for test samples, which are held out."""


@command(
    RUN,
    argument("-o", "--output", type=as_path, help=f"the page, .html; by default RUN/{PAGE}"),
    argument(
        "--afresh",
        action="store_true",
        help="start with the weights from before the training, not with those after it",
    ),
    summary="a page in which a run's network trains, without Python",
    description="Write an HTML file in which the network of a run goes on training in the browser, "
    "on as much of its data as fits: 1 MB. The held-out samples are test samples.",
    examples=("playground runs/mnist-sample", "playground runs/mnist-sample -o page.html"),
)
def playground(arguments: argparse.Namespace) -> Result:
    """Write the page."""
    shadowing.require("visualize")
    from visualize.playground.playground import playground as made
    from visualize.playground.samples import MOST_BYTES, chosen_to_fit

    network, configuration = runs.load_run(arguments.run)
    if DATASETS[configuration.kind_of_data].kind == "text":
        raise ConfigurationError(
            f"{arguments.run}: a playground expects a run about images or measurements, found one "
            "about texts. What follows texts: python -m nn predict RUN FILE"
        )
    if arguments.afresh:
        network = runs.prepare(configuration).network
    data = configuration.load_data(progress=not arguments.quiet)
    seed, shape = configuration.seed, DATASETS[configuration.kind_of_data].shape
    room = _LEARNED_FROM * MOST_BYTES
    learned = chosen_to_fit(data.x_train, seed, room)
    held = chosen_to_fit(data.x_test, seed, MOST_BYTES - room)
    page = made(
        network,
        data.x_train[learned],
        data.y_train[learned],
        held_out=(data.x_test[held], data.y_test[held]),
        batch_size=configuration.batch_size,
        seed=seed % 2**32,
        image_shape=shape if len(shape) == 2 else (),
    )
    path = arguments.output or arguments.run / PAGE
    try:
        page.save(path)
    except ValueError as error:
        raise ConfigurationError(f"--output: {error}") from None
    result = {
        "run": str(arguments.run),
        "file": str(path),
        "training_samples": len(learned),
        "test_samples": len(held),
        "seed": seed,
    }
    text = (
        f"written: {path}\n{len(learned):,} of {len(data.x_train):,} training samples and "
        f"{len(held):,} of {len(data.x_test):,} test samples, drawn with seed {seed}\n"
    )
    return result, f"{path}\n" if arguments.quiet else text
