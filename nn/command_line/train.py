"""The command ``train``: a new run, or one that goes on."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..data import DATASETS
from ..distributed import Group, current, join
from ..training.compiled_steps import BACKEND_NAMES
from . import runs
from .command import Result, argument, as_path, command
from .configuration import Configuration, ConfigurationError
from .layer_list import words_known
from .reading import configuration_of, read_configuration
from .toml_configuration import TomlConfiguration

_DEFAULTS = "".join(f"  {line}\n" for line in TomlConfiguration().to_text().splitlines())


@command(
    argument("configuration", nargs="?", metavar="CONFIG", help="configuration file"),
    argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one entry"),
    argument(
        "--resume", type=as_path, metavar="RUN", help="go on with a run that was stopped or killed"
    ),
    argument(
        "--backend",
        choices=BACKEND_NAMES,
        help="what runs the training steps (default: as configured, or as the run began)",
    ),
    argument(
        "--devices", type=int, metavar="N", help="how many devices xla spreads each batch over"
    ),
    argument(
        "--coordinator",
        metavar="HOST:PORT",
        help="of process 0, where several train together by xla; auto under Slurm and its like",
    ),
    argument("--processes", type=int, metavar="N", help="how many processes train together"),
    argument("--process-id", type=int, metavar="I", help="number of this process, from 0"),
    argument("--name", help="name of the run's folder (default: the data set's)"),
    argument("--runs", type=as_path, default=Path("runs"), help="where runs go"),
    summary="train, evaluate, and write the run's folder",
    description=f"""\
Train a network, evaluate it on unseen samples, and write model, history, curve, diagram and
prediction log into a new folder.

CONFIG is a TOML file; the keys and their defaults:
{_DEFAULTS}
or a file in the course's text format (*.config, *.txt), with the keys rel_path_train_images,
rel_path_train_labels, rel_path_test_images, rel_path_test_labels, rel_path_log_file, num_epochs,
batch_size, hidden_size, learning_rate, and of those above layers, initializer, optimizer, loss,
schedule, classes. layers is a list of: {words_known()}; behind them follow a fully connected layer
with an output for each class, and SoftMax. Paths are relative to the working folder.""",
    examples=(
        "train",
        "train my.toml --name wide",
        "train --set hidden_size=256 --set num_epochs=5",
        "train --set data=mnist --set download=true",
        "train --set 'layers=conv 8 5 relu pool 2 fc 64 relu' --set 'optimizer=adam' "
        "--set learning_rate=0.001",
        "train --backend native",
        "train course.config --set num_epochs=1",
        "train --resume runs/mnist-sample",
        "train --resume runs/mnist-sample --set num_epochs=40",
    ),
)
def train(arguments: argparse.Namespace) -> Result:
    """Train a network and leave everything about it in one folder."""
    group = _group(arguments)
    try:
        resumes = arguments.resume is not None
        result = _resume(arguments, group) if resumes else _new(arguments, group)
    except BaseException as error:
        group.leave(130 if isinstance(error, KeyboardInterrupt) else 1)
        raise
    group.wait("trained")  # the first to leave would end the others
    return result


def _group(arguments: argparse.Namespace) -> Group:
    """Join the other processes, if there are any."""
    given = (arguments.processes, arguments.process_id)
    if arguments.coordinator is None and given == (None, None):
        return current()
    if arguments.backend != "xla":
        raise ConfigurationError("--coordinator: several processes train by --backend xla alone")
    try:
        if arguments.coordinator == "auto" and given == (None, None):
            return join()
        return join(arguments.coordinator, *given)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _new(arguments: argparse.Namespace, group: Group) -> Result:
    configuration = read_configuration(arguments.configuration, arguments.set, check_files=True)
    if arguments.backend is not None:
        configuration = configuration.on(arguments.backend)
    name = arguments.name
    if name is None:
        name = configuration.run_name(arguments.configuration)
    if not name or Path(name).name != name or name in (".", ".."):
        raise ConfigurationError(f"--name expects the name of a folder, not a path; got {name!r}")
    prepared = runs.prepare(configuration, progress=not arguments.quiet and group.writes)
    if not group.writes:
        return _train_beside(prepared, configuration, arguments)
    folder = runs.new_run_folder(arguments.runs, name)  # not before all that can be wrong is right
    return _train_in(folder, prepared, configuration, arguments)


def _resume(arguments: argparse.Namespace, group: Group) -> Result:
    if arguments.configuration is not None or arguments.name is not None:
        raise ConfigurationError(
            "--resume RUN goes on in the folder of that run with its own configuration: "
            "leave out CONFIG and --name; --set changes entries, such as num_epochs"
        )
    configuration = configuration_of(arguments.resume, arguments.set)
    if arguments.backend is not None:
        configuration = configuration.on(arguments.backend)
    least = configuration_of(arguments.resume).num_epochs
    if configuration.num_epochs < least:
        raise ConfigurationError(
            f"--resume goes on with a run of {least} epochs: num_epochs expects at least {least}, "
            f"found {configuration.num_epochs}"
        )
    if fixed := runs.fixed_changes(arguments.resume, configuration):
        raise ConfigurationError(
            f"--resume: a run goes on with its own {' and '.join(fixed)}, as its result would be "
            "neither one nor the other; num_epochs can be changed, and where data are. "
            "For a new run leave out --resume"
        )
    prepared = runs.prepare(configuration, progress=not arguments.quiet and group.writes)
    if not group.writes:
        return _train_beside(prepared, configuration, arguments)
    return _train_in(arguments.resume, prepared, configuration, arguments)


def _train_beside(
    prepared: runs.Prepared, configuration: Configuration, arguments: argparse.Namespace
) -> Result:
    """Train together with the process that writes the run's folder and says how it went."""
    runs.train_beside(prepared, configuration, arguments.resume, arguments.devices)
    return {"process": arguments.process_id}, ""


def _train_in(
    folder: Path,
    prepared: runs.Prepared,
    configuration: Configuration,
    arguments: argparse.Namespace,
) -> Result:
    try:
        network = runs.train(
            prepared,
            configuration,
            folder,
            report=not (arguments.quiet or arguments.json),
            progress=not arguments.quiet,
            resume=arguments.resume is not None,
            devices=arguments.devices,
        )
    except KeyboardInterrupt as stop:
        if not stop.args:
            raise
        raise KeyboardInterrupt(
            f"stopped; to go on: python -m nn train --resume {folder}"
        ) from None
    data = prepared.data
    figures = runs.figures_of(network, data)
    samples = "images" if DATASETS[configuration.kind_of_data].kind == "images" else "samples"
    text = (
        f"accuracy on {len(data.x_test)} unseen test {samples}: {figures['accuracy']:.2%}"
        f" (loss {figures['loss']:.4f})\n"
    )
    runs.step_diagram(network, data).save(folder / runs.DIAGRAM)
    files = sorted({*folder.iterdir(), configuration.log_path(folder)})
    if not arguments.quiet:
        text += f"written into {folder}:\n"
        text += "".join(
            f"  {path.name if path.parent == folder else path}\n"
            for path in sorted(files, key=lambda path: path.parent != folder)
        )
    result = {"run": str(folder), **figures, "test_samples": len(data.x_test)}
    return result | {"files": [str(path) for path in files]}, text
