"""What other libraries call ``argument=``: an error that says how it is called here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def says_argument(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Decorate a function of ``(f, argument=0)``: other keywords lead to ``argument=``."""
    known = inspect.signature(function).parameters.keys()

    @wraps(function)
    def called(*args: Parameters.args, **keywords: Parameters.kwargs) -> Result:
        for name, value in keywords.items():
            if name not in known:
                instead = "argument=..."
                if name.startswith("arg"):
                    instead = f"argument={tuple(value) if isinstance(value, list) else value!r}"
                raise TypeError(
                    f"{function.__name__}() has no {name}=; it expects the index of a positional "
                    f"argument, or a tuple of indices. Write {function.__name__}(f, {instead})"
                )
        return function(*args, **keywords)

    return called
