"""What all distributions share: how they are called, and SciPy's own for the rest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy.stats

from ...errors import refuse_complex
from ...operation import as_operand
from ...operations import where
from ...values import PYTHON_NUMBERS

Function = Callable[..., Any]


class Distribution:
    """A family of distributions under the name that it has in ``scipy.stats``.

    Parameters
    ----------
    name : str
        The name in ``scipy.stats``.
    parameters : dict
        The names of the parameters and their defaults, None for those that have to be given.
    doc : str
        What ``help`` says.
    """

    def __init__(self, name: str, parameters: dict[str, float | None], doc: str) -> None:
        self.name = name
        self.parameters = parameters
        self.__doc__ = doc

    def __repr__(self) -> str:
        return f"<autograd_core.scipy.stats.{self.name}>"

    def __call__(self, *arguments: Any, **named: Any) -> Frozen:
        """The distribution with its parameters: `Frozen`."""
        return Frozen(self, arguments, named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(getattr(scipy.stats, self.name), name)

    def bound(
        self, function: str, x: Any, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> list[Any]:
        """The place and the parameters of a call, in order, each an array or a node.

        Plain numbers take the dtype of the others, and whole ones that of the parameters.
        """
        given = dict(zip(self.parameters, arguments, strict=False))
        twice = given.keys() & named.keys()
        given = {**self.parameters, **given, **named}
        missing = [name for name, value in given.items() if value is None]
        too_many = len(arguments) > len(self.parameters) or len(given) > len(self.parameters)
        if twice or missing or too_many:
            raise TypeError(
                f"{self.name}.{function} expects the parameters {', '.join(self.parameters)}, got "
                f"{len(arguments)} by position and {', '.join(named) or 'none'} by name"
            )
        values = [v if type(v) in PYTHON_NUMBERS else as_operand(v) for v in (x, *given.values())]
        refuse_complex(f"{self.name}.{function}", *values)
        floats = [v.dtype for v in values if hasattr(v, "dtype") and v.dtype.kind == "f"]
        dtype = np.result_type(*floats) if floats else np.dtype(np.float64)
        return [
            v if hasattr(v, "dtype") and v.dtype.kind == "f" else as_operand(v).astype(dtype)
            for v in values
        ]


class Frozen:
    """A distribution with its parameters, such as ``norm(1.0, 2.0)``: functions of the place."""

    def __init__(
        self, family: Distribution, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> None:
        self._family, self._arguments, self._named = family, arguments, named

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not callable(function := getattr(self._family, name)):
            raise AttributeError(name)
        if name in ("rvs", "entropy", "mean", "var", "std", "median"):
            return partial(function, *self._arguments, **self._named)
        return lambda *x, **more: function(*x, *self._arguments, **self._named, **more)


def chosen(*cases: tuple[Any, Any], otherwise: Any) -> Any:
    """The value of the first condition that holds, entry by entry; True and False cost nothing."""
    found = otherwise
    for condition, value in reversed(cases):
        if np.ndim(condition) == 0 and not hasattr(condition, "requires_grad"):
            found = value if condition else found
        else:
            found = where(condition, value, found)
    return found


def nan_unless(valid: Any, value: Any) -> Any:
    """`value`, and nan where the parameters are not allowed, as SciPy gives."""
    return chosen((valid, value), otherwise=np.nan)
