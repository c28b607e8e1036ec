"""Random numbers in programs: inputs, drawn anew before each run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..node import Node, raw
from ..values import leaf_value

_drawing: ContextVar[Callable[[Callable[[], Any]], Any] | None] = ContextVar(
    "autograd_core.drawing", default=None
)
"""What `drawn` asks for its numbers: a recording, or a step that is repeated."""


def drawn(draw: Callable[[], Any]) -> Any:
    """Return ``draw()``: random numbers of which a recorded program knows that they are random.

    Parameters
    ----------
    draw : callable
        Without arguments; returns an array of the same shape and dtype each time. Python's numbers
        and lists become NumPy's, so that they have one: float64.

    Returns
    -------
    ndarray or Node
        What it returned; while a program is recorded an input of the program, and each run of the
        program draws again.

    Raises
    ------
    TypeError
        If `draw` returns something else than numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program, drawn
    >>> random = np.random.default_rng(0)
    >>> noisy = Program.record(lambda x: x + drawn(lambda: random.random(2)), np.zeros(2))
    >>> noisy(np.zeros(2)).round(3)
    array([0.637, 0.27 ])
    >>> noisy(np.zeros(2)).round(3)
    array([0.041, 0.017])
    """
    drawing = _drawing.get()
    return _held(draw()) if drawing is None else drawing(draw)


def _held(numbers: Any) -> Any:
    known = isinstance(numbers, (np.ndarray, np.generic, Node))
    return numbers if known else leaf_value(numbers, False, "drawn(draw)")


class Draw:
    """The source of a drawn input. What recording drew is the value of the first run."""

    def __init__(self, draw: Callable[[], Any]) -> None:
        self._draw = draw
        example = leaf_value(raw(draw()), False, "drawn(draw)")
        self._shape, self._dtype = example.shape, example.dtype
        self._first: list[Any] = [example]

    @property
    def law(self) -> tuple[Any, ...] | None:
        """What the function that draws says of its numbers, in its attribute ``law``.

        ("uniform", low, high), ("normal", mean, deviation), or ("bernoulli", p, x): x with
        probability p, else 0. Back ends that draw by themselves need it.
        """
        found: tuple[Any, ...] | None = getattr(self._draw, "law", None)
        return found

    @property
    def example(self) -> Any:
        """The numbers of the first run."""
        return self._first[0]

    def __call__(self) -> Any:
        """The numbers of the next run.

        Raises
        ------
        ValueError
            If they have another shape or dtype than those of the first.
        """
        if self._first:
            return self._first.pop()
        numbers = self._draw()
        if type(numbers) is not np.ndarray or not numbers.dtype.isnative:
            numbers = leaf_value(raw(numbers), False, "drawn(draw)")
        if numbers.shape != self._shape or numbers.dtype != self._dtype:
            raise ValueError(
                f"drawn(draw) expects the same shape and dtype each time, {self._shape} and "
                f"{self._dtype} as when it was recorded, got {numbers.shape} and {numbers.dtype}. "
                "Draw arrays of one shape, and choose among their entries by np.where"
            )
        return numbers


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
