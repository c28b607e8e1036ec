"""The command line: ``python -m nn``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograd_core import __version__

from . import runs
from .configuration import ConfigurationError, read_configuration
from .data import DataError, load_dataset, read_idx, scale_pixels
from .model_file import ModelFileError

_RUN_FAILED = 1
_USAGE = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nn",
        description="Train a network on handwritten digits and look at what it learned.",
        epilog="exit codes: 0 done, 1 the run failed, 2 wrong usage or configuration",
    )
    parser.add_argument("--version", action="version", version=f"autograd-core {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    train = commands.add_parser(
        "train",
        help="train, evaluate, and write the run's folder",
        description="Train a network, evaluate it on unseen images, and write model, history, "
        "curve, diagram and prediction log into a new folder.",
        epilog="examples:\n  python -m nn train\n  python -m nn train my.toml --name wide\n"
        "  python -m nn train --set hidden_size=256 --set num_epochs=5",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("configuration", nargs="?", metavar="CONFIG", help="TOML file")
    train.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change one entry"
    )
    train.add_argument("--name", help="name of the run's folder (default: the data set's)")
    train.add_argument("--runs", type=Path, default=Path("runs"), help="where runs go")
    train.add_argument("--quiet", action="store_true", help="print the result alone")
    train.set_defaults(command=_train)

    evaluate = commands.add_parser("evaluate", help="loss and accuracy of a run on test images")
    evaluate.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    evaluate.set_defaults(command=_evaluate)

    predict = commands.add_parser("predict", help="the digits that a run's network reads in images")
    predict.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    predict.add_argument("images", type=Path, metavar="FILE", help="IDX file of images")
    predict.set_defaults(command=_predict)

    draw = commands.add_parser("draw", help="diagram of one training step of a run")
    draw.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    draw.add_argument("-o", "--output", type=Path, help=".svg, .png, .pdf or .dot")
    draw.set_defaults(command=_draw)
    return parser


def _train(arguments: argparse.Namespace) -> None:
    configuration = read_configuration(arguments.configuration, arguments.set)
    name = configuration.data if arguments.name is None else arguments.name
    if not name or Path(name).name != name or name in (".", ".."):
        raise ConfigurationError(f"--name expects the name of a folder, not a path; got {name!r}")
    folder = runs.new_run_folder(arguments.runs, name)
    network = runs.train(configuration, folder, quiet=arguments.quiet)
    data = load_dataset(configuration.data, dtype=configuration.dtype)
    figures = network.evaluate(data.x_test, data.y_test)
    print(
        f"accuracy on {len(data.x_test)} unseen test images: {figures['accuracy']:.2%}"
        f" (loss {figures['loss']:.4f})"
    )
    try:
        runs.step_diagram(network, data).save(folder / runs.DIAGRAM)
    except RuntimeError as error:  # no program that draws: the run itself is whole
        print(f"no diagram: {error}", file=sys.stderr)
    if not arguments.quiet:
        print(f"written into {folder}:")
        for path in sorted(folder.iterdir()):
            print(f"  {path.name}")


def _evaluate(arguments: argparse.Namespace) -> None:
    network, configuration = runs.load_run(arguments.run)
    figures = runs.evaluate(network, configuration)
    print(f"loss {figures['loss']:.4f}   accuracy {figures['accuracy']:.2%}")


def _predict(arguments: argparse.Namespace) -> None:
    network, _ = runs.load_run(arguments.run)
    images = read_idx(arguments.images)
    x = scale_pixels(images, dtype=network.dtype).reshape(len(images), -1)
    for image, scores in enumerate(network.predict(x)):
        digit = int(scores.argmax())
        print(f"image {image}: {digit} ({scores[digit]:.1%})")


def _draw(arguments: argparse.Namespace) -> None:
    network, configuration = runs.load_run(arguments.run)
    diagram = runs.step_diagram(network, load_dataset(configuration.data))
    path = arguments.output or arguments.run / runs.DIAGRAM
    diagram.save(path)
    print(f"written: {path}")


def main(words: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    words : list of str, optional
        The command's words; the process's own by default.

    Returns
    -------
    int
        The exit code: 0 done, 1 the run failed, 2 wrong usage or configuration.
    """
    arguments = _parser().parse_args(words)
    try:
        arguments.command(arguments)
    except (ConfigurationError, DataError, ModelFileError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _USAGE if isinstance(error, ConfigurationError) else _RUN_FAILED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return _RUN_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
