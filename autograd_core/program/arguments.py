"""The arguments of a recorded function: which are inputs of its program, and which a part of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..containers import leaves, leaves_beside
from ..node import Node, raw
from ..values import NUMERIC
from .value import Value

if TYPE_CHECKING:
    from .program import Program


def is_input(leaf: Any) -> bool:
    """Whether an argument is an input: what has a dtype, and Python's floating-point numbers."""
    if isinstance(leaf, (Node, np.ndarray)):
        return leaf.dtype.kind in NUMERIC
    return isinstance(leaf, (float, complex, np.inexact))


def as_examples(arguments: Any) -> list[Any]:
    """Return the inputs among nested arguments, as NumPy holds them.

    A Python number has the precision of the arrays that stand beside it, as in an expression.
    """
    found = [leaf for leaf in leaves(arguments) if is_input(leaf)]
    dtypes = [x.dtype for x in found if not isinstance(x, (float, complex)) or hasattr(x, "dtype")]
    floats = [dtype for dtype in dtypes if dtype.kind in "fc"]
    return [_held(raw(x), floats) for x in found]


def _held(x: Any, floats: list[np.dtype[Any]]) -> Any:
    if isinstance(x, (np.ndarray, np.generic)):
        return x
    return np.result_type(*floats, x).type(x)


def arrays_of(program: Program, arguments: tuple[Any, ...]) -> list[Any]:
    """Return what a call gives for the inputs of a program, checked.

    Raises
    ------
    TypeError or ValueError
        If the arguments are nested otherwise than the examples, or have other shapes or dtypes.
    """
    found = []
    try:
        given = leaves_beside(program.arguments, arguments)
    except ValueError as error:
        raise TypeError(
            f"{program.name}() expects arguments nested as the examples were: {error}. Record it "
            "again for others"
        ) from None
    for expected, leaf in zip(leaves(program.arguments), given, strict=True):
        if type(expected) is Value:
            found.append(_checked(program, expected, raw(leaf)))
        elif type(leaf) is not type(expected) or leaf != expected:
            raise TypeError(
                f"{program.name}() was recorded with {expected!r}, which is a part of the program, "
                f"got {leaf!r}. Record it again"
            )
    return found


def _checked(program: Program, expected: Value, leaf: Any) -> Any:
    plain = isinstance(leaf, (bool, int, float, complex)) and not isinstance(leaf, np.generic)
    if plain and np.result_type(leaf, expected.dtype) == expected.dtype:
        array: Any = np.asarray(leaf, expected.dtype)
    else:
        array = np.asarray(leaf)
        if not array.dtype.isnative:  # as nodes hold it
            array = array.astype(expected.dtype)
    if array.shape != expected.shape or array.dtype != expected.dtype:
        raise TypeError(
            f"{program.name}() expects {expected.name} of shape {expected.shape} and dtype "
            f"{expected.dtype}, as it was recorded; got {array.shape} and {array.dtype}. Record it "
            "again, or use compile(f), which does so by itself"
        )
    return array if array.ndim else array[()]


def input_names(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Iterator[str]:
    """The names of the inputs: those of the parameters, with the path inside of them.

    Examples
    --------
    >>> list(input_names(lambda x, weights: None, (1.0, {"w": (2.0, 3.0)})))
    ['x', 'weights_w_0', 'weights_w_1']
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for number, argument in enumerate(arguments):
        if number < len(parameters) and parameters[number].kind is not (
            inspect.Parameter.VAR_POSITIONAL
        ):
            name = parameters[number].name
        else:
            name = f"x{number + 1}"
        yield from _paths(name, argument)


def _paths(name: str, argument: Any) -> Iterator[str]:
    if isinstance(argument, dict):
        for key, part in argument.items():
            yield from _paths(f"{name}_{key}", part)
    elif isinstance(argument, (tuple, list)):
        keys = getattr(argument, "_fields", range(len(argument)))
        for key, part in zip(keys, argument, strict=True):
            yield from _paths(f"{name}_{key}", part)
    elif is_input(argument):
        own = argument.name if type(argument) is Node else None
        yield own or name
