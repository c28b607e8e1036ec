"""``python -m visualize``: write the page with an expression box, and open it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import webbrowser
from pathlib import Path

from autograd_core import __version__
from autograd_core.files import expanded, write_atomically
from nn.command_line.streams import complain, printable, run_sturdily

from .page import expression_page

_FAILED = 1
_USAGE = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m visualize",
        description="Write a page with an expression box and open it in the browser: what is "
        "typed becomes a graph with values and gradients, whose numbers one can turn.",
        epilog="examples:\n"
        "  python -m visualize\n"
        '  python -m visualize "1/(1+exp(-(x1*w1+x2*w2+w3)))"\n'
        '  python -m visualize "L = (x*w - t)**2; x = 2; w = 0.5" -o loss.html --no-open\n'
        "exit codes: 0 done, 1 the page could not be written, 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"autograd-core {__version__}")
    parser.add_argument(
        "expression", nargs="?", help="what stands in the box at first; lines may end in ;"
    )
    parser.add_argument(
        "-o", "--output", type=_page, metavar="PAGE.html",
        help="the file to write; by default a temporary one",
    )  # fmt: skip
    parser.add_argument("--no-open", action="store_true", help="only write the file")
    return parser


def _page(written: str) -> Path:
    path = expanded(written)
    if path.suffix.lower() not in (".html", ".htm"):
        raise argparse.ArgumentTypeError(f"expected a name that ends in .html, got {written}")
    return path


def main(words: list[str] | None = None) -> int:
    """Write the page, and open it.

    Parameters
    ----------
    words : list of str, optional
        The words of the command; the process's own by default.

    Returns
    -------
    int
        The exit code: 0 done, 1 the page could not be written, 2 wrong usage.
    """
    return run_sturdily(lambda: _run(words))


def _run(words: list[str] | None) -> int:
    try:
        arguments = _arguments(words)
    except SystemExit as stop:  # the help or a complaint has been printed
        return int(stop.code or 0)
    path = arguments.output
    try:
        if path is None:
            path = Path(tempfile.mkdtemp(prefix="visualize-")) / "expression.html"
        path = write_atomically(path, expression_page(arguments.expression)).resolve()
    except BrokenPipeError:
        raise
    except OSError as error:
        complain(f"error: {error.filename or path}: {error.strerror}")
        return _FAILED
    except KeyboardInterrupt:
        complain("error: stopped")
        return _FAILED
    print(printable(str(path)))
    if not arguments.no_open and not webbrowser.open(path.as_uri()):
        print("no browser was found: open the file in one", file=sys.stderr)
    return 0


def _arguments(words: list[str] | None) -> argparse.Namespace:
    """The arguments; an expression may begin with a minus, as an option does."""
    parser = _parser()
    arguments, others = parser.parse_known_args(words)
    if len(others) == 1 and arguments.expression is None and not others[0].startswith("--"):
        arguments.expression = others.pop()
    if others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    return arguments
