"""What was measured beside what was aimed at."""

import statistics
from collections.abc import Iterable
from typing import NamedTuple

from .timing import Times


class Figure(NamedTuple):
    """A number, and how large (or small) it may be.

    Parameters
    ----------
    group, name : str
        What was measured, such as "SGD, 4 x (2-8-2)" and "eager / NumPy by hand".
    value : float
        The number.
    target : float, optional
        What it may be at most; None: it is printed, and nothing was promised.
    unit : str, default ""
        Of both.
    at_least : bool, default False
        Whether the target is what it may be at least.
    """

    group: str
    name: str
    value: float
    target: float | None = None
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the target is reached, as far as the printed digits say."""
        if self.target is None:
            return True
        value = float(_written(self.value))
        return value >= self.target if self.at_least else value <= self.target

    def line(self, width: int, name: str) -> str:
        """Return name, number and target as a line, with a mark if the target was missed."""
        line = f"{name:{width}}{_written(self.value):>8} {self.unit:2}"
        if self.target is not None:
            limit = "at least" if self.at_least else "at most"
            line += f" {limit:>9} {_written(self.target)} {self.unit}"
        return line.rstrip() + ("" if self.met else "  MISSED")


def _written(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 2 if abs(value) >= 0.1 else 3
    return f"{value:.{digits}f}"


def print_times(title: str, times: Times) -> None:
    """Print a table: the median of each contender and its smallest time, in microseconds."""
    print(f"{title:50}{'median us':>12}{'minimum us':>12}")
    for name, seconds in times.items():
        print(f"  {name:48}{statistics.median(seconds) * 1e6:12.1f}{min(seconds) * 1e6:12.1f}")


def print_figures(figures: Iterable[Figure]) -> list[Figure]:
    """Print a line for each and return all of them."""
    figures = list(figures)
    for figure in figures:
        print("  " + figure.line(50, figure.name))
    print(flush=True)
    return figures


def print_missed(figures: Iterable[Figure]) -> None:
    """Print which targets were missed, all of a run together."""
    with_target = [figure for figure in figures if figure.target is not None]
    missed = [figure for figure in with_target if not figure.met]
    print(f"{len(with_target)} figures have a target, {len(missed)} missed it" + ":" * bool(missed))
    for figure in missed:
        print("  " + figure.line(76, f"{figure.group}: {figure.name}"))
