"""Text by characters: numbers for them, names and long texts as samples, padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..calls import explains_arguments
from ..checks import cut, whole_number

__all__ = ["Characters", "Sequences", "load_names", "pad_sequences", "windows"]

IGNORED = -1
"""The label of places behind the end of a text."""

_NAMES = Path(__file__).parent / "files" / "names" / "names.txt"

_HELD_OUT = 500
_PLACES = 12


class Sequences(NamedTuple):
    """Characters, and the ones that follow them.

    Attributes
    ----------
    x : ndarray of int64, shape (texts, places)
        Numbers of characters.
    y : ndarray of int64, shape (texts, places)
        At each place the number of the next character; -1 behind the end of a text, where there
        is nothing to learn.

    Examples
    --------
    >>> from nn.data import Characters
    >>> samples = Characters(["ab", "b"]).sequences(["ab", "b"])
    >>> samples.x.tolist(), samples.y.tolist()
    ([[0, 1, 2], [0, 2, 0]], [[1, 2, 0], [2, 0, -1]])
    """

    x: npt.NDArray[np.int64]
    y: npt.NDArray[np.int64]


class Characters:
    """Characters as numbers, and back.

    Parameters
    ----------
    texts : str or iterable of str
        Their characters, sorted, are the vocabulary.
    boundary : str or None, default "."
        A character that the texts do not have: as number 0 it stands where a text starts and
        where it ends. None for one long text without either.

    Attributes
    ----------
    vocabulary : str
        All characters, each at the place of its number.
    boundary : str or None
        As given.

    Raises
    ------
    ValueError
        If there are no characters, or the boundary is one of them.

    References
    ----------
    A. Karpathy, "Neural Networks: Zero to Hero", makemore: one token for start and end.

    Examples
    --------
    >>> from nn.data import Characters
    >>> characters = Characters(["anna", "bob"])
    >>> characters.vocabulary, len(characters)
    ('.abno', 5)
    >>> characters.encode("nab")
    array([3, 1, 2])
    >>> characters.decode([3, 1, 2, 0])
    'nab.'
    """

    @explains_arguments
    def __init__(self, texts: str | Iterable[str], *, boundary: str | None = ".") -> None:
        found = sorted(set().union(*_listed("Characters", texts)))
        if boundary is not None and (not isinstance(boundary, str) or len(boundary) != 1):
            raise ValueError(
                f"Characters(boundary) expects one character or None, got {cut(boundary)}"
            )
        if boundary in found:
            raise ValueError(
                f"Characters(boundary) expects a character that the texts do not have, got "
                f"{boundary!r}, which they have. Write another, such as boundary='\\0', or "
                "boundary=None for one long text"
            )
        if not found:
            raise ValueError("Characters expects texts with characters, got none")
        self.boundary = boundary
        self.vocabulary = (boundary or "") + "".join(found)
        self._numbers = {character: number for number, character in enumerate(self.vocabulary)}

    def __len__(self) -> int:
        """Return how many characters there are, with the boundary."""
        return len(self.vocabulary)

    def __repr__(self) -> str:
        return f"Characters({cut(self.vocabulary[self.boundary is not None :], 60)})"

    def encode(self, text: str) -> npt.NDArray[np.int64]:
        """Return the numbers of a text's characters.

        Raises
        ------
        ValueError
            If a character is not in the vocabulary; says which, and where.
        """
        try:
            return np.array([self._numbers[character] for character in text], np.int64)
        except KeyError as error:
            wrong = error.args[0]
        raise ValueError(
            f"encode() expects characters of {cut(self.vocabulary, 80)}, got {wrong!r} at place "
            f"{text.index(wrong)} of {cut(text, 40)}"
        )

    def decode(self, numbers: npt.ArrayLike) -> str:
        """Return the text of numbers, with a boundary where there is one.

        Raises
        ------
        ValueError
            If a number is none of a character, or there is more than one axis.
        """
        found = np.asarray(numbers)
        if found.ndim > 1 or (found.size and found.dtype.kind not in "iu"):
            raise ValueError(
                "decode() expects one axis of whole numbers, got shape "
                f"{found.shape} of {found.dtype}. Write decode(row) for each row of several texts"
            )
        flat = found.ravel().tolist()
        for place, number in enumerate(flat):
            if not 0 <= number < len(self):
                raise ValueError(
                    f"decode() expects numbers from 0 to {len(self) - 1}, got {number} at place "
                    f"{place}"
                )
        return "".join(self.vocabulary[number] for number in flat)

    @explains_arguments
    def sequences(self, texts: Iterable[str], *, places: int | None = None) -> Sequences:
        """Make of each text one sample, whose label at each place is the next character.

        Parameters
        ----------
        texts : iterable of str
            The texts. A boundary is put before and behind each.
        places : int, optional
            How many places a sample has: longer texts are cut, the places behind shorter ones are
            filled with the boundary. By default as many as the longest takes.

        Returns
        -------
        Sequences
            x and y.

        Raises
        ------
        ValueError
            If the characters have no boundary, or a text has one that is not known.

        Examples
        --------
        >>> from nn.data import Characters
        >>> x, y = Characters(["anna", "bob"]).sequences(["bob", "anna"])
        >>> x
        array([[0, 2, 4, 2, 0],
               [0, 1, 3, 3, 1]])
        >>> y
        array([[ 2,  4,  2,  0, -1],
               [ 1,  3,  3,  1,  0]])
        """
        rows = self._bounded("sequences", texts)
        if places is not None:
            places = whole_number("sequences", "places", places)
            rows = [row[: places + 1] for row in rows]
        return Sequences(
            pad_sequences([row[:-1] for row in rows], length=places),
            pad_sequences([row[1:] for row in rows], length=places, padding=IGNORED),
        )

    @explains_arguments
    def contexts(self, texts: Iterable[str], length: int) -> Sequences:
        """Make of each character a sample: the ones before it, and itself as the label.

        Parameters
        ----------
        texts : iterable of str
            The texts. Before each stand boundaries, behind it one.
        length : int
            How many characters are seen.

        Returns
        -------
        Sequences
            x of shape (characters, length), y of shape (characters,).

        Raises
        ------
        ValueError
            If the characters have no boundary, or a text has one that is not known.

        Examples
        --------
        >>> from nn.data import Characters
        >>> x, y = Characters(["anna", "bob"]).contexts(["bob"], 3)
        >>> x
        array([[0, 0, 0],
               [0, 0, 2],
               [0, 2, 4],
               [2, 4, 2]])
        >>> y
        array([2, 4, 2, 0])
        """
        length = whole_number("contexts", "length", length)
        before = np.zeros(length - 1, np.int64)
        parts = [windows(np.concatenate([before, row]), length) for row in
                 self._bounded("contexts", texts)]  # fmt: skip
        if not parts:
            return Sequences(np.empty((0, length), np.int64), np.empty(0, np.int64))
        return Sequences(
            np.concatenate([part.x for part in parts]),
            np.concatenate([part.y[:, -1] for part in parts]),
        )

    def _bounded(self, owner: str, texts: Iterable[str]) -> list[npt.NDArray[np.int64]]:
        if self.boundary is None:
            raise ValueError(
                f"{owner}() expects characters with a boundary, got None. For one long text write "
                "windows(characters.encode(text), 64)"
            )
        edge = np.zeros(1, np.int64)
        if isinstance(texts, str):  # which would be taken for texts of one character each
            raise TypeError(f"{owner}(texts) expects a list of texts, got one. Write [text]")
        return [np.concatenate([edge, self.encode(text), edge]) for text in _listed(owner, texts)]


def _listed(owner: str, texts: str | Iterable[str]) -> list[str]:
    found = [texts] if isinstance(texts, str) else list(texts)
    for place, text in enumerate(found):
        if not isinstance(text, str):
            raise TypeError(
                f"{owner}(texts) expects texts, got {type(text).__name__} at index {place}"
            )
    return found


@explains_arguments
def windows(numbers: npt.ArrayLike, length: int, *, every: int = 1) -> Sequences:
    """Cut one long text into samples, whose label at each place is the next character.

    Parameters
    ----------
    numbers : array_like of int, shape (n,)
        The text, encoded.
    length : int
        Places of each sample.
    every : int, default 1
        Places from the start of one sample to the start of the next; `length` for samples that
        do not overlap.

    Returns
    -------
    Sequences
        x and y of shape (samples, length), read-only: they are views of the text, which takes its
        memory once.

    Raises
    ------
    ValueError
        If the text is shorter than one sample and the character behind it.

    Examples
    --------
    >>> from nn.data import windows
    >>> x, y = windows([1, 2, 3, 4, 5], 3)
    >>> x
    array([[1, 2, 3],
           [2, 3, 4]])
    >>> y
    array([[2, 3, 4],
           [3, 4, 5]])
    """
    text = np.asarray(numbers)
    length = whole_number("windows", "length", length)
    every = whole_number("windows", "every", every)
    if text.ndim != 1 or text.dtype.kind not in "iu":
        raise ValueError(
            "windows() expects one axis of whole numbers, got shape "
            f"{text.shape} of {text.dtype}. Write characters.encode(text)"
        )
    if len(text) <= length:
        raise ValueError(
            f"windows(length) expects less than the {len(text)} places of the text, got {length}"
        )
    seen = np.lib.stride_tricks.sliding_window_view(text, length)
    return Sequences(seen[:-1:every], seen[1::every])


@explains_arguments
def pad_sequences(
    sequences: Sequence[npt.ArrayLike], *, length: int | None = None, padding: float = 0
) -> npt.NDArray[Any]:
    """Put sequences of unequal length into one array.

    Parameters
    ----------
    sequences : sequence of array_like
        Each with its steps along the first axis, alike in all others.
    length : int, optional
        Steps of the result; longer sequences are cut at their end. By default that of the longest.
    padding : number, default 0
        What stands behind shorter ones.

    Returns
    -------
    ndarray, shape (sequences, length, ...)
        In the sequences' common type.

    Raises
    ------
    ValueError
        If there are none, or they differ in more than their length.

    Examples
    --------
    >>> from nn.data import pad_sequences
    >>> pad_sequences([[1, 2, 3], [4]])
    array([[1, 2, 3],
           [4, 0, 0]])
    """
    rows = [np.asarray(sequence) for sequence in sequences]
    if not rows:
        raise ValueError("pad_sequences() expects at least one sequence, got none")
    for place, row in enumerate(rows):
        if row.ndim == 0 or row.shape[1:] != rows[0].shape[1:]:
            raise ValueError(
                "pad_sequences() expects sequences that differ in their first axis alone, got "
                f"shape {row.shape} at index {place} after {rows[0].shape}"
            )
    steps = max(map(len, rows))
    if length is not None:
        steps = whole_number("pad_sequences", "length", length)
    dtype = np.result_type(*{row.dtype for row in rows if row.size} or {rows[0].dtype})
    result = np.full((len(rows), steps, *rows[0].shape[1:]), padding, dtype)
    for place, row in enumerate(rows):
        result[place, : len(row)] = row[:steps]
    return result


def load_names() -> list[str]:
    """Return 5,163 given names, sorted, in lower case from a to z.

    Returns
    -------
    list of str
        The names.

    Notes
    -----
    All names in the files of female and male first names of the US Census of 1990, which are in
    the public domain. They ship with the package. As samples: ``load_dataset("names")``.

    Examples
    --------
    >>> from nn.data import load_names
    >>> names = load_names()
    >>> len(names), names[:3]
    (5163, ['aaron', 'abbey', 'abbie'])
    """
    return list(_names())


@cache
def _names() -> tuple[str, ...]:
    return tuple(_NAMES.read_text(encoding="ascii").split())


def names_as_samples() -> tuple[npt.NDArray[np.int64], ...]:
    """Return training samples and labels, test samples and labels of the names.

    The test has the first 500 of ``np.random.default_rng(0).permutation(5163)``; start and end
    are one token, 0; the letters are 1 to 26; each sample has 12 places.
    """
    names = _names()
    order = np.random.default_rng(0).permutation(len(names))
    x, y = Characters(names).sequences(names, places=_PLACES)
    test, train = order[:_HELD_OUT], order[_HELD_OUT:]
    return x[train], y[train], x[test], y[test]
