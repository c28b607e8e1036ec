"""What a command of the command line is: its words for people, its arguments, its handler."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from autograd_core.files import expanded

Result = tuple[dict[str, Any], str]
"""What a command found: as plain data, and as text."""


Argument = Callable[[argparse.ArgumentParser], object]
"""Adds one argument to a parser."""


def argument(*names: str, **options: Any) -> Argument:
    """Describe an argument; see `argparse.ArgumentParser.add_argument`."""
    return lambda parser: parser.add_argument(*names, **options)


def as_path(written: str) -> Path:
    """Read a path from the command line."""
    try:
        return expanded(written)
    except FileNotFoundError as error:
        raise argparse.ArgumentTypeError(f"{written}: {error.strerror}") from None


RUN = argument("run", type=as_path, metavar="RUN", help="folder of a run")


class Command(NamedTuple):
    """A command, made by decorating its handler with `command`."""

    name: str
    summary: str
    description: str
    examples: Sequence[str]
    arguments: Sequence[Argument]
    run: Callable[[argparse.Namespace], Result]

    def add_to(self, commands: Any) -> None:
        """Add the command to the sub-commands of a parser."""
        parser = commands.add_parser(
            self.name,
            help=self.summary,
            description=self.description,
            epilog="examples:\n" + "\n".join(f"  python -m nn {line}" for line in self.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("--quiet", action="store_true", help="print the result alone")
        parser.add_argument("--json", action="store_true", help="print the result alone, as JSON")
        for add in self.arguments:
            add(parser)
        parser.set_defaults(command=self.run)


def command(
    *arguments: Argument, summary: str, description: str, examples: Sequence[str]
) -> Callable[[Callable[[argparse.Namespace], Result]], Command]:
    """Make a command, named like its handler, which takes the parsed words."""
    return lambda run: Command(run.__name__, summary, description, examples, arguments, run)
