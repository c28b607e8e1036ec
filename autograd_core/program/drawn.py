"""Random numbers in programs: inputs, drawn anew before each run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

_drawing: ContextVar[Callable[[Callable[[], Any]], Any] | None] = ContextVar(
    "autograd_core.drawing", default=None
)
"""What `drawn` asks for its numbers: a recording, or a step that is repeated."""


def drawn(draw: Callable[[], Any]) -> Any:
    """Return ``draw()``: random numbers of which a recorded program knows that they are random.

    Parameters
    ----------
    draw : callable
        Without arguments; returns an array of the same shape and dtype each time.

    Returns
    -------
    ndarray or Node
        What it returned; while a program is recorded an input of the program, and each run of the
        program draws again.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program, drawn
    >>> random = np.random.default_rng(0)
    >>> noisy = Program.record(lambda x: x + drawn(lambda: random.random(2)), np.zeros(2))
    >>> noisy(np.zeros(2))
    array([0.63696169, 0.26978671])
    >>> noisy(np.zeros(2))
    array([0.04097352, 0.01652764])
    """
    drawing = _drawing.get()
    return draw() if drawing is None else drawing(draw)


class Draw:
    """The source of a drawn input. What recording drew is the value of the first run."""

    def __init__(self, draw: Callable[[], Any]) -> None:
        self._draw = draw
        self._first: list[Any] = [draw()]

    @property
    def example(self) -> Any:
        """The numbers of the first run."""
        return self._first[0]

    def __call__(self) -> Any:
        """The numbers of the next run."""
        return self._first.pop() if self._first else self._draw()


class drawing:
    """Let a function get its random numbers from elsewhere while a with block runs."""

    def __init__(self, source: Callable[[Callable[[], Any]], Any]) -> None:
        self._source = source

    def __enter__(self) -> None:
        self._token = _drawing.set(self._source)

    def __exit__(self, *exception: object) -> None:
        _drawing.reset(self._token)


def repeating(values: Iterable[Any]) -> drawing:
    """Return a manager in which `drawn` gives these values one after the other."""
    given: Iterator[Any] = iter(values)
    return drawing(lambda draw: next(given))
