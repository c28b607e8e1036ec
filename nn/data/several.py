"""Samples of a model with several inputs, which go through a run as one thing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["Several", "arrays_of", "inputs_of", "passed", "several_from"]


class Several:
    """Several arrays (or nodes) with one row per sample each.

    Parameters
    ----------
    arrays : sequence of ndarray or Node
        In the order in which the model takes them.

    Attributes
    ----------
    arrays : tuple
        As given.
    shape, dtype : tuple
        Of each.

    Examples
    --------
    >>> import numpy as np
    >>> both = Several([np.ones((3, 2)), np.arange(3.0)])
    >>> len(both), both[:1].shape
    (3, ((1, 2), (1,)))
    """

    __slots__ = ("arrays",)

    ndim = 2
    """Nobody asks whether these rows are one sample."""

    def __init__(self, arrays: Sequence[Any]) -> None:
        self.arrays = tuple(arrays)

    @property
    def shape(self) -> tuple[tuple[int, ...], ...]:
        """The shapes."""
        return tuple(array.shape for array in self.arrays)

    @property
    def dtype(self) -> tuple[Any, ...]:
        """The types."""
        return tuple(array.dtype for array in self.arrays)

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __iter__(self) -> Iterator[Any]:
        return iter(self.arrays)

    def __getitem__(self, rows: Any) -> Several:
        return Several([array[rows] for array in self.arrays])

    def each(self, function: Callable[[Any], Any]) -> Several:
        """Return what a function makes of each."""
        return Several([function(array) for array in self.arrays])


def arrays_of(samples: Any) -> tuple[Any, ...]:
    """Return the arrays that samples are made of: one, or several."""
    return samples.arrays if type(samples) is Several else (samples,)


def passed(layer: Any, x: Any) -> Any:
    """Call a layer on a batch, or on the several ones that it takes."""
    return layer(*x.arrays) if type(x) is Several else layer(x)


def inputs_of(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the names of what a model takes where that is more than one input; else None.

    Arguments with a default are no inputs.

    Examples
    --------
    >>> import numpy as np
    >>> inputs_of(lambda left, right, scale=2.0: left + right), inputs_of(np.tanh)
    (('left', 'right'), None)
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # such as of a ufunc
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(
        each.name for each in parameters if each.kind in kinds and each.default is each.empty
    )
    return names if len(names) > 1 else None


def several_from(names: tuple[str, ...], x: Any, convert: Callable[[Any], Any]) -> Several:
    """Return the inputs of a model in its order, or raise where they are not what it takes.

    Parameters
    ----------
    names : tuple of str
        What the model calls them.
    x : Several, sequence or mapping
        As many, in order or by name.
    convert : callable
        Applied to each.

    Raises
    ------
    TypeError
        If they are not as many, or others.
    ValueError
        If they have different numbers of samples.
    """
    listed = ", ".join(names)
    by_name = ", ".join(f"{name!r}: {name}" for name in names)
    if isinstance(x, Mapping):
        if x.keys() != set(names):
            raise TypeError(
                f"the model takes {listed}, got {', '.join(map(str, x))}. Write {{{by_name}}}"
            )
        x = [x[name] for name in names]
    if not isinstance(x, (Several, tuple, list)) or len(arrays := tuple(x)) != len(names):
        got = f"{len(x)}" if isinstance(x, (Several, tuple, list)) else f"one {type(x).__name__}"
        raise TypeError(
            f"the model takes {len(names)} inputs, {listed}, got {got}. Write for example "
            f"predict(({listed})) or predict({{{by_name}}})"
        )
    found = Several([convert(array) for array in arrays])
    if len({shape[:1] for shape in found.shape}) > 1:
        shapes = " and ".join(map(str, found.shape))
        raise ValueError(f"expected as many samples of each input, got shapes {shapes} of {listed}")
    return found
