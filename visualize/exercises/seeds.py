"""Numbers for the leaves of an exercise, with which every mistake shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.program.interpreter import run

from .questions import Question, Questions
from .tolerance import near

TRIES = 150
"""So many sets of numbers are looked at."""

ENOUGH = 25
"""Of so many in which every mistake shows the best is taken."""

MOST_ENTRIES = 100
"""Larger leaves stay as they are: nobody computes with them by hand."""

LARGEST_ANSWER, SMALLEST_ANSWER = 500.0, 0.01
"""Answers beyond are no fun by hand."""

_STEPS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.2, 1.4, 1.5, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0]
"""Numbers of one or two digits; neither 0 nor 1, which hide mistakes."""

Numbers = list[npt.NDArray[Any]]


@dataclass(frozen=True)
class Merit:
    """How well numbers suit; the smaller, the better.

    Attributes
    ----------
    hidden : int
        Mistakes that come to the right number by chance.
    awkward : int
        Answers that are very large, very small, or no number.
    idle : int
        Mistakes that come to the right number because there they are none, such as the local
        gradient forgotten where it is 1.
    shared : int
        Mistakes that come to the same wrong number as another.
    """

    hidden: int
    awkward: int
    idle: int
    shared: int

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """What is compared, the weightiest first."""
        return self.hidden, self.awkward, self.idle, self.shared


def leaves_of(root: Node) -> list[Node]:
    """Return the leaves of floating point numbers of 64 or 32 bits, which a page computes with.

    Examples
    --------
    >>> x = Node(3.0, name="x")
    >>> [leaf.name for leaf in leaves_of(x * Node(2, requires_grad=False))]
    ['x']
    """
    leaves = [node for node in ancestors(root) if node.operation is None]
    return [leaf for leaf in leaves if leaf.dtype in (np.float64, np.float32)]


def chosen(asked: Questions, seed: int) -> tuple[Numbers, Merit]:
    """Return numbers for the leaves of an exercise, the same for the same seed.

    Signs and sizes are about those that stand there; what looks like classes in ones and zeros
    stays.
    """
    random = np.random.default_rng(seed)
    given = [np.asarray(leaf.value) for leaf in asked.leaves]
    best: tuple[Numbers, Merit] | None = None
    good = 0
    for _ in range(TRIES):
        numbers = [
            _drawn(random, value) if _may_change(leaf, value) else value
            for leaf, value in zip(asked.leaves, given, strict=True)
        ]
        merit = merit_of(asked, numbers, random)
        if best is None or merit.rank < best[1].rank:
            best = numbers, merit
        good += merit.hidden == 0
        if good >= ENOUGH:
            break
    assert best is not None
    return best


def _drawn(random: np.random.Generator, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers of few digits about as large as those given, with their signs."""
    largest = np.abs(given[np.isfinite(given)]).max() or 1.0
    unit = 10.0 ** np.floor(np.log10(largest))
    fitting = [x for x in _STEPS if 0.2 * largest <= x * unit <= 1.7 * largest]
    # Different ones, as long as there are.
    order = [random.permutation(fitting) for _ in range(-(-given.size // len(fitting)))]
    sizes = np.concatenate(order)[: given.size].reshape(given.shape) * unit
    signs = np.where(given == 0, random.choice([-1.0, 1.0], given.shape), np.sign(given))
    digits = max(0, 1 - int(np.floor(np.log10(unit))))
    drawn: npt.NDArray[Any] = np.round(signs * sizes, digits).astype(given.dtype)
    return drawn


def _may_change(leaf: Node, given: npt.NDArray[Any]) -> bool:
    """Whether numbers are a matter of choice: not one of the expression, not classes, not many."""
    if not (leaf.name or leaf.requires_grad or given.ndim):
        return False
    classes = given.ndim > 0 and not leaf.requires_grad and bool(np.isin(given, (0, 1)).all())
    return not classes and given.size <= MOST_ENTRIES and bool(np.isfinite(given).any())


# --- what is good about numbers ------------------------------------------------------------------


def merit_of(asked: Questions, numbers: Sequence[Any], random: np.random.Generator) -> Merit:
    """Return how well numbers suit an exercise.

    What comes to the right number with numbers close by, too, is no mistake there.
    """
    hidden = awkward = idle = shared = 0
    for _, here, there in _here_and_there(asked, numbers, random):
        right = here[0]
        size = np.abs(right)
        fine = (size >= SMALLEST_ANSWER) & (size <= LARGEST_ANSWER) | (right == 0)
        awkward += int(np.count_nonzero(~fine))
        if len(here) > 1:
            same = _equal(here[1:], right) & _equal(there[1:], there[0])
            # Of an array one entry that differs shows the mistake.
            entries = tuple(range(1, here.ndim))
            idle += int(np.count_nonzero(same.all(axis=entries)))
            hides = (near(here[1:], right) & ~same).reshape(len(here) - 1, -1)
            hidden += int(np.count_nonzero(hides))
            shared += _shared(here[1:][~same.all(axis=entries)])
    return Merit(hidden, awkward, idle, shared)


def hidden_in(asked: Questions, numbers: Sequence[Any]) -> Iterator[tuple[Question, str]]:
    """The mistakes that come to the right number by chance, and in which question."""
    for question, here, there in _here_and_there(asked, numbers, np.random.default_rng(0)):
        for mistake, x, y in zip(question.mistakes, here[1:], there[1:], strict=True):
            if np.any(near(x, here[0]) & ~(_equal(x, here[0]) & _equal(y, there[0]))):
                yield question, mistake.hint


def _here_and_there(
    asked: Questions, numbers: Sequence[Any], random: np.random.Generator
) -> Iterator[tuple[Question, npt.NDArray[Any], npt.NDArray[Any]]]:
    """Each question, its right answer and the wrong ones, and the same for numbers close by."""
    near_by = []
    for leaf, x in zip(asked.leaves, map(np.asarray, numbers), strict=True):
        factor = 1 + 1e-3 * random.uniform(-1, 1, x.shape) * _may_change(leaf, x)
        near_by.append((x * factor).astype(x.dtype))
    yield from zip(asked.all, outputs_of(asked, numbers), outputs_of(asked, near_by), strict=True)


def outputs_of(asked: Questions, numbers: Sequence[Any]) -> list[npt.NDArray[Any]]:
    """Of each question what is right, and behind it what the mistakes give."""
    answers = [np.zeros_like(one.blank.right) for one in asked.all]
    with np.errstate(all="ignore"):
        found = run(asked.program, [*numbers, *answers])
    results, place = [], 0
    for one in asked.all:
        end = place + 2 + len(one.mistakes)
        results.append(np.array([found[place], *found[place + 2 : end]]))
        place = end
    return results


def _equal(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    eps = float(np.finfo(x.dtype).eps)
    equal: npt.NDArray[np.bool_] = np.isclose(x, y, rtol=1e4 * eps, atol=10 * eps)
    return equal


def _shared(wrong: npt.NDArray[Any]) -> int:
    """How many wrong answers are as good as the same as another."""
    rows = wrong.reshape(len(wrong), -1)
    close = near(rows[:, None], rows[None]).all(axis=-1)
    return int(np.count_nonzero(close) - len(rows)) // 2
