"""The command line: ``python -m nn``."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from autograd_core import __version__

from ..data import DataError
from ..model_file import ModelFileError
from ..starting import end_of_start
from ..training.supervision import TrainingWarning
from .configuration import ConfigurationError
from .datasets import datasets
from .look import draw, evaluate, predict
from .playground import playground
from .streams import complain, printable, run_sturdily
from .train import train

COMMANDS = (train, evaluate, predict, draw, playground, datasets)

_RUN_FAILED = 1
_USAGE = 2


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser, with all commands."""
    made = argparse.ArgumentParser(
        prog="python -m nn",
        description="Train a network on handwritten digits and look at what it learned.",
        epilog="examples:\n"
        "  python -m nn train\n"
        "  python -m nn evaluate runs/mnist-sample\n"
        "  python -m nn predict runs/mnist-sample images-idx3-ubyte.gz\n"
        "  python -m nn draw runs/mnist-sample -o step.svg\n"
        "  python -m nn playground runs/mnist-sample -o page.html\n"
        "  python -m nn datasets\n"
        "exit codes: 0 done, 1 the run failed or was stopped, 2 wrong usage or configuration",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"autograd-core {__version__}")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for each in COMMANDS:
        each.add_to(commands)
    return made


def main(words: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    words : list of str, optional
        The command's words; the process's own by default.

    Returns
    -------
    int
        The exit code: 0 done, 1 the run failed or was stopped, 2 wrong usage or configuration.
    """
    end_of_start()
    return run_sturdily(lambda: _run(words))


def _run(words: list[str] | None) -> int:
    try:
        try:
            arguments = parser().parse_args(words)
        except SystemExit as stop:  # the help or a complaint has been printed
            return int(stop.code or 0)
        with _warnings_in_words():
            result, text = arguments.command(arguments)
        sys.stdout.write(json.dumps(_finite(result)) + "\n" if arguments.json else printable(text))
    except BrokenPipeError:
        raise
    except ConfigurationError as error:
        complain(f"error: {error}")
        return _USAGE
    except (DataError, ModelFileError, ImportError, OSError, ValueError, MemoryError) as error:
        complain(f"error: {_explained(error)}")
        return _RUN_FAILED
    except KeyboardInterrupt as stop:
        complain(str(stop) if stop.args else "stopped")
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

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if not issubclass(category, TrainingWarning):
                other(message, category, *place, **more)
                return
            from tqdm.auto import tqdm

            tqdm.write(printable(f"warning: {message}"), file=sys.stderr)

        warnings.showwarning = show
        yield
