"""What all distributions share: how they are called, and SciPy's own for the rest."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import scipy.stats

from ...described import with_sections
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
        What ``help`` says, after the line that shows the parameters; see `described`.
    """

    __signature__: inspect.Signature
    placed: ClassVar[dict[str, str]] = {}
    """What may be given for loc and scale, for ``help``."""

    def __init__(self, name: str, parameters: dict[str, float | None], doc: str) -> None:
        self.name = name
        self.parameters = parameters
        self.__signature__ = inspect.Signature(self._given())
        self.__doc__ = f"{name}{self.__signature__}\n\n{inspect.cleandoc(doc)}"

    def _given(self) -> list[inspect.Parameter]:
        """How the parameters are given."""
        kind = inspect.Parameter
        return [
            kind(name, kind.POSITIONAL_OR_KEYWORD, default=kind.empty if value is None else value)
            for name, value in self.parameters.items()
        ]

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


def described(
    name: str, doc: str, meanings: Mapping[str, str], functions: type[Distribution], example: str
) -> str:
    """Return what ``help`` says of a distribution of one number.

    Parameters
    ----------
    name : str
        The name in ``scipy.stats``.
    doc : str
        What the distribution is, and what is differentiable.
    meanings : mapping of str to str
        What each parameter is, by its name; of loc and scale it is known.
    functions : type
        The class whose methods have gradients.
    example : str
        A doctest that finds `grad` and `stats` imported.
    """
    types = dict.fromkeys(meanings, "Node or array_like") | functions.placed
    told = {**meanings, **_PLACED}
    parameters = [f"{key} : {kind}\n    {told[key]}" for key, kind in types.items()]
    methods = []
    for key, function in vars(functions).items():
        if key[0] != "_" and callable(function):
            place = inspect.unwrap(function).__code__.co_varnames[1]
            methods.append(f"{key}({place}, {', '.join(types)})\n    {function.__doc__}")
    sections = {
        "Parameters": parameters,
        "Returns": ["Frozen\n    The distribution with its parameters: functions of the place."],
        "Raises": [_WRONG],
        "Methods": methods,
        "See Also": [
            f"scipy.stats.{name} : the same on plain numbers, and what is not named here."
        ],
        "Examples": [
            ">>> from autograd_core import grad\n>>> from autograd_core.scipy import stats",
            inspect.cleandoc(example),
        ],
    }
    joined = {title: "\n".join(parts) for title, parts in sections.items()}
    return with_sections(inspect.cleandoc(doc), joined)


_PLACED = {
    "loc": "Where the 0 of the standard form lies.",
    "scale": "Its unit, above 0; nan otherwise.",
}
_WRONG = """TypeError
    In its functions, if parameters are missing, unknown or given twice, or no real numbers; if
    what has no derivative, as named above, is a node that wants a gradient."""


class Frozen:
    """A distribution with its parameters, such as ``norm(1.0, 2.0)``: functions of the place.

    Parameters
    ----------
    family : Distribution
        The distribution.
    arguments : tuple
        Its parameters that were given by position.
    named : dict
        Those that were given by name.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy.stats import norm
    >>> mean = Node(1.0)
    >>> norm(mean, 2.0).logpdf([3.0, 5.0]).sum().backward()
    >>> mean.grad  # (2 + 4) / 2**2
    np.float64(1.5)
    """

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
