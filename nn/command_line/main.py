"""The command line: ``python -m nn``."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from autograd_core import __version__

from ..data import DATASETS, DataError, Dataset, find_dataset, read_idx
from ..model_file import ModelFileError
from ..training.supervision import TrainingWarning
from . import runs
from .configuration import Configuration, ConfigurationError
from .course_configuration import read_configuration

_RUN_FAILED = 1
_USAGE = 2

_EXIT_CODES = "exit codes: 0 done, 1 the run failed, 2 wrong usage or configuration"

_TRAIN_HELP = """\
Train a network, evaluate it on unseen samples, and write model, history, curve, diagram and
prediction log into a new folder.

CONFIG is a TOML file; the keys and their defaults:
{defaults}
or a file in the course's text format (*.config, *.txt), with the keys rel_path_train_images,
rel_path_train_labels, rel_path_test_images, rel_path_test_labels, rel_path_log_file, num_epochs,
batch_size, hidden_size, learning_rate. Paths are relative to the working folder."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nn",
        description="Train a network on handwritten digits and look at what it learned.",
        epilog="examples:\n"
        "  python -m nn train\n"
        "  python -m nn evaluate runs/mnist-sample\n"
        "  python -m nn predict runs/mnist-sample images-idx3-ubyte.gz\n"
        "  python -m nn draw runs/mnist-sample -o step.svg\n"
        "  python -m nn datasets\n"
        f"{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"autograd-core {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("--quiet", action="store_true", help="print the result alone")
    output.add_argument("--json", action="store_true", help="print the result alone, as JSON")

    def command(name: str, run: Any, summary: str, description: str, *examples: str) -> Any:
        added = commands.add_parser(
            name,
            parents=[output],
            help=summary,
            description=description,
            epilog="examples:\n" + "\n".join(f"  python -m nn {line}" for line in examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(command=run)
        return added

    defaults = "".join(f"  {line}\n" for line in Configuration().to_text().splitlines())
    train = command(
        "train",
        _train,
        "train, evaluate, and write the run's folder",
        _TRAIN_HELP.format(defaults=defaults),
        "train",
        "train my.toml --name wide",
        "train --set hidden_size=256 --set num_epochs=5",
        "train --set data=mnist --set download=true",
        "train course.config --set num_epochs=1",
        "train --resume runs/mnist-sample",
        "train --resume runs/mnist-sample --set num_epochs=40",
    )
    train.add_argument("configuration", nargs="?", metavar="CONFIG", help="configuration file")
    train.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change one entry"
    )
    train.add_argument(
        "--resume", type=Path, metavar="RUN", help="go on with a run that was stopped or killed"
    )
    train.add_argument("--name", help="name of the run's folder (default: the data set's)")
    train.add_argument("--runs", type=Path, default=Path("runs"), help="where runs go")

    evaluate = command(
        "evaluate",
        _evaluate,
        "loss and accuracy of a run on its test samples",
        "Compute loss and accuracy on the test samples of the data that a run learned from.",
        "evaluate runs/mnist-sample",
        "evaluate runs/mnist-sample --json",
    )
    evaluate.add_argument("run", type=Path, metavar="RUN", help="folder of a run")

    predict = command(
        "predict",
        _predict,
        "what a run's network sees in images",
        "Print the class that a run's network finds most probable, for each image of an IDX file.",
        "predict runs/mnist-sample t10k-images-idx3-ubyte.gz",
        "predict runs/mnist-sample t10k-images-idx3-ubyte.gz --quiet",
    )
    predict.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    predict.add_argument(
        "images", type=Path, metavar="IMAGES", help="IDX file of images, of the size of the run's"
    )

    draw = command(
        "draw",
        _draw,
        "diagram of one training step of a run",
        "Draw one training step on three samples: values forward, gradients backward.",
        "draw runs/mnist-sample",
        "draw runs/mnist-sample -o step.png",
    )
    draw.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    draw.add_argument("-o", "--output", type=Path, help=".svg, .png, .pdf or .dot")

    command(
        "datasets",
        _datasets,
        "the data sets: sizes, licences, and where they are",
        "List the data sets that can be trained on.",
        "datasets",
        "datasets --json",
    )
    return parser


# --- commands: each returns the result as plain data, and as text --------------------------------

_Result = tuple[dict[str, Any], str]


def _train(arguments: argparse.Namespace) -> _Result:
    if arguments.resume is not None:
        return _resume(arguments)
    configuration = read_configuration(arguments.configuration, arguments.set, check_files=True)
    name = arguments.name
    if name is None and isinstance(configuration, Configuration):
        name = configuration.data
    elif name is None:
        name = Path(arguments.configuration).stem
    if not name or Path(name).name != name or name in (".", ".."):
        raise ConfigurationError(f"--name expects the name of a folder, not a path; got {name!r}")
    data = runs.load_data(configuration, progress=not arguments.quiet)
    prepared = runs.prepare(configuration, data)
    folder = runs.new_run_folder(arguments.runs, name)  # not before all that can be wrong is right
    return _train_in(folder, prepared, data, configuration, arguments)


def _resume(arguments: argparse.Namespace) -> _Result:
    if arguments.configuration is not None or arguments.name is not None:
        raise ConfigurationError(
            "--resume RUN goes on in the folder of that run with its own configuration: "
            "leave out CONFIG and --name; --set changes entries, such as num_epochs"
        )
    configuration = runs.configuration_of(arguments.resume, arguments.set)
    least = runs.configuration_of(arguments.resume).num_epochs
    if configuration.num_epochs < least:
        raise ConfigurationError(
            f"--resume goes on with a run of {least} epochs: num_epochs expects at least {least}, "
            f"found {configuration.num_epochs}"
        )
    if fixed := runs.fixed_changes(arguments.resume, configuration):
        raise ConfigurationError(
            f"--set: a run goes on with its own {' and '.join(fixed)}, as its result would be "
            "neither one nor the other; num_epochs can be changed, and where data are. "
            "For a new run leave out --resume"
        )
    data = runs.load_data(configuration, progress=not arguments.quiet)
    prepared = runs.prepare(configuration, data)
    return _train_in(arguments.resume, prepared, data, configuration, arguments)


def _train_in(
    folder: Path,
    prepared: runs.Prepared,
    data: Dataset,
    configuration: runs.AnyConfiguration,
    arguments: argparse.Namespace,
) -> _Result:
    try:
        network = runs.train(
            prepared,
            data,
            configuration,
            folder,
            report=not (arguments.quiet or arguments.json),
            progress=not arguments.quiet,
            resume=arguments.resume is not None,
        )
    except KeyboardInterrupt as stop:
        if not stop.args:
            raise
        raise KeyboardInterrupt(
            f"stopped; to go on: python -m nn train --resume {folder}"
        ) from None
    figures = network.evaluate(data.x_test, data.y_test)
    text = (
        f"accuracy on {len(data.x_test)} unseen test images: {figures['accuracy']:.2%}"
        f" (loss {figures['loss']:.4f})\n"
    )
    try:
        runs.step_diagram(network, data).save(folder / runs.DIAGRAM)
    except RuntimeError as error:  # no program that draws: the run itself is whole
        print(f"no diagram: {error}", file=sys.stderr)
    files = sorted({*folder.iterdir(), runs.log_path(configuration, folder)})
    if not arguments.quiet:
        text += f"written into {folder}:\n"
        text += "".join(
            f"  {path.name if path.parent == folder else path}\n"
            for path in sorted(files, key=lambda path: path.parent != folder)
        )
    result = {"run": str(folder), **figures, "test_samples": len(data.x_test)}
    return result | {"files": [str(path) for path in files]}, text


def _evaluate(arguments: argparse.Namespace) -> _Result:
    network, configuration = runs.load_run(arguments.run)
    data = runs.load_data(configuration, progress=not arguments.quiet)
    figures = network.evaluate(data.x_test, data.y_test)
    result = {"run": str(arguments.run), **figures, "test_samples": len(data.x_test)}
    return result, f"loss {figures['loss']:.4f}   accuracy {figures['accuracy']:.2%}\n"


def _predict(arguments: argparse.Namespace) -> _Result:
    network, configuration = runs.load_run(arguments.run)
    if not arguments.images.is_file():
        there = "a folder" if arguments.images.is_dir() else "no such file"
        raise ConfigurationError(f"{arguments.images}: expected an IDX file, found {there}")
    samples = read_idx(arguments.images)
    x = runs.prepare_new_samples(samples, arguments.images, configuration)
    probabilities = network.predict(x)
    classes = probabilities.argmax(axis=1).tolist()
    shares = probabilities.max(axis=1).tolist()
    found = list(zip(classes, shares, strict=True))
    if arguments.quiet:
        text = "".join(f"{kind}\n" for kind, _ in found)
    else:
        text = "".join(
            f"image {number}: {kind} ({share:.1%})\n" for number, (kind, share) in enumerate(found)
        )
    predictions = [{"prediction": kind, "probability": share} for kind, share in found]
    return {"run": str(arguments.run), "predictions": predictions}, text


def _draw(arguments: argparse.Namespace) -> _Result:
    network, configuration = runs.load_run(arguments.run)
    diagram = runs.step_diagram(network, runs.load_data(configuration))
    path = arguments.output or arguments.run / runs.DIAGRAM
    try:
        diagram.save(path)
    except ValueError as error:
        raise ConfigurationError(f"--output: {error}") from None
    text = f"{path}\n" if arguments.quiet else f"written: {path}\n"
    return {"run": str(arguments.run), "file": str(path)}, text


def _datasets(arguments: argparse.Namespace) -> _Result:
    heading = ("name", "training", "test", "sample", "classes", "licence", "where")
    rows, found = [heading], []
    for name, info in DATASETS.items():
        folder = find_dataset(name)
        place = "in the package" if info.ships else "not here" if folder is None else str(folder)
        sample = " x ".join(map(str, info.shape))
        sizes = (f"{info.train:,}", f"{info.test:,}", sample, str(info.classes))
        rows.append((name, *sizes, info.licence, place))
        found.append(
            {
                "name": name,
                "about": info.about,
                "training_samples": info.train,
                "test_samples": info.test,
                "sample_shape": info.shape,
                "classes": info.classes,
                "licence": info.licence,
                "folder": None if folder is None else str(folder),
            }
        )
    if arguments.quiet:
        return {"datasets": found}, "".join(f"{name}\n" for name in DATASETS)
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    lines = [
        "  ".join(
            cell.rjust(width) if column in (1, 2, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if any(each["folder"] is None for each in found):
        lines += [
            "",
            "To have one that is not here: python -m nn train --set data=mnist --set download=true",
            "or, with its IDX files in a folder: --set data_path=FOLDER, or the environment "
            "variable AUTOGRAD_CORE_DATA",
        ]
    return {"datasets": found}, "\n".join(lines) + "\n"


# --- running one ---------------------------------------------------------------------------------


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
        with _warnings_in_words():
            result, text = arguments.command(arguments)
        sys.stdout.write(json.dumps(_finite(result)) + "\n" if arguments.json else text)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever was reading has seen enough, for example: | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _RUN_FAILED
    except ConfigurationError as error:
        print(f"error: {error}", file=sys.stderr)
        return _USAGE
    except (DataError, ModelFileError, OSError, ValueError, MemoryError) as error:
        print(f"error: {_explained(error)}", file=sys.stderr)
        return _RUN_FAILED
    except KeyboardInterrupt as stop:
        print(stop if stop.args else "stopped", file=sys.stderr)
        return _RUN_FAILED
    return 0


def _explained(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"not enough memory ({error}). A smaller hidden_size or batch_size takes less"
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _finite(value: Any) -> Any:
    """Put null where JSON has no number."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextlib.contextmanager
def _warnings_in_words() -> Iterator[None]:
    """Show what training warns of as a line, above the progress bar."""
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=TrainingWarning)
        other = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, TrainingWarning):
                other(message, category, filename, lineno, file, line)
                return
            from tqdm.auto import tqdm

            tqdm.write(f"warning: {message}", file=sys.stderr)

        warnings.showwarning = show
        yield
