"""Samples of a model with several inputs, which go through a run as one thing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["Several", "arrays_of", "inputs_of", "passed", "several_from", "several_in"]


class Several:
    """Several arrays (or nodes) with one row per sample each.

    Parameters
    ----------
    arrays : sequence of ndarray or Node
        In the order in which the model takes them, or that of `names`.
    names : tuple of str, optional
        What they are called, where that was said.

    Attributes
    ----------
    arrays, names : tuple
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

    __slots__ = ("arrays", "names")

    ndim = 2
    """Nobody asks whether these rows are one sample."""

    def __init__(self, arrays: Sequence[Any], names: tuple[str, ...] | None = None) -> None:
        self.arrays, self.names = tuple(arrays), names

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
        return Several([array[rows] for array in self.arrays], self.names)

    def each(self, function: Callable[[Any], Any]) -> Several:
        """Return what a function makes of each."""
        return Several([function(array) for array in self.arrays], self.names)


def arrays_of(samples: Any) -> tuple[Any, ...]:
    """Return the arrays that samples are made of: one, or several."""
    return samples.arrays if type(samples) is Several else (samples,)


def each_array(samples: Any) -> Any:
    """Return samples of one input as an array, or each of several as one: memory maps no longer."""
    return samples.each(np.asarray) if type(samples) is Several else np.asarray(samples)


def passed(layer: Any, x: Any) -> Any:
    """Call a layer on a batch, or on the several ones that it takes."""
    return layer(*x.arrays) if type(x) is Several else layer(x)


def several_in(x: Any, samples: int) -> Several | None:
    """Return the several inputs that samples are, where nobody knows the model; None for one.

    They are a dict, or a tuple (or a list) of arrays with a row per sample each.

    Examples
    --------
    >>> several_in((np.ones((3, 2)), np.ones(3)), 3).shape, several_in([[1.0, 2.0]], 1)
    (((3, 2), (3,)), None)
    """
    if type(x) is Several:
        return x
    if isinstance(x, dict):
        return Several([np.asanyarray(array) for array in x.values()], tuple(x))
    rows = [len(part) if np.ndim(part) else 0 for part in x] if _are_arrays(x) else []
    several = len(rows) > 1 and set(rows) == {samples}
    return Several(x) if several and (isinstance(x, tuple) or len(x) != samples) else None


def _are_arrays(x: Any) -> bool:
    return isinstance(x, (tuple, list)) and all(hasattr(part, "__array__") for part in x)


def stacked_several(samples: Sequence[Any], stack: Callable[[Any], Any]) -> Several | None:
    """Return one sample after the other as several inputs, if each is a dict or tuple of arrays."""
    first = samples[0]
    if isinstance(first, dict):
        return Several([stack([each[name] for each in samples]) for name in first], tuple(first))
    if isinstance(first, tuple) and len(first) > 1 and _are_arrays(first):
        return Several([stack(part) for part in zip(*samples, strict=True)])
    return None


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
    if type(x) is Several and x.names is not None:
        x = dict(zip(x.names, x.arrays, strict=True))
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
