"""What the rows for SciPy's functions are made of."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from ..node import Node
from ..operation import Operation, Rule

_finite_where_wanted = Operation(
    "finite_where_wanted",
    lambda g, slope: np.where((g == 0) & ~np.isfinite(slope), 1.0, slope),
    rules=(None, lambda g, out, h, slope: np.where((h == 0) & ~np.isfinite(slope), 0.0, g)),
    symbol="no 0·∞",
    elementwise=True,
)


def scaled(g: Any, slope: Any) -> Any:
    """``g * slope``, and 0 where g is exactly 0 and the slope is infinite or nan.

    So ``where(x > 0, gammaln(x), x)`` has the right gradient at x = 0.
    """
    if type(slope) is not Node and np.isfinite(slope).all():
        return g * slope
    return g * _finite_where_wanted(g, slope)


def unknown(function: str, argument: str) -> Rule:
    """The rule for an input whose derivative SciPy has no function for."""

    def rule(*arguments: Any, **options: Any) -> Any:
        raise TypeError(
            f"the derivative of {function} with respect to {argument} is not known here. Pass "
            f"{argument}.value, a constant, to differentiate with respect to the others"
        )

    return rule


def silently(rule: Rule | None, position: int = 0) -> Rule | None:
    """A rule without NumPy's warnings at poles, where SciPy's functions give none either.

    What it returns has the dtype of its input: of plain numbers SciPy makes float64.
    """
    if rule is None:
        return None

    @wraps(rule)
    def silent(g: Any, out: Any, *inputs: Any, **options: Any) -> Any:
        with np.errstate(all="ignore"):
            part = rule(g, out, *inputs, **options)
        dtype = inputs[position].dtype
        alike = part.dtype == dtype or part.dtype.kind != dtype.kind
        return part if alike else part.astype(dtype)

    return silent


def _of_several(ufunc: np.ufunc, names: Sequence[str]) -> Callable[..., Any]:
    """A function of several inputs that lets a plain number leave float32 what it is."""

    def forward(*inputs: Any) -> Any:
        found = ufunc(*inputs)
        dtype = np.result_type(*inputs, np.float16)
        return found if found.dtype == dtype or dtype.kind != "f" else found.astype(dtype)

    inputs = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
    forward.__signature__ = inspect.Signature(inputs)  # type: ignore[attr-defined]
    return forward


def _named_by(rules: Sequence[Rule | None]) -> Sequence[str]:
    """What the inputs are called: the arguments of a rule after g and out."""
    codes = [rule.__code__ for rule in rules if rule is not None]
    code = max(codes, key=lambda code: code.co_argcount)
    return code.co_varnames[2 : code.co_argcount]


def row(
    module: ModuleType,
    name: str,
    forward: Callable[..., Any],
    rules: Sequence[Rule | None],
    **more: Any,
) -> Operation:
    """An operation that is called as SciPy's function is, and stands in for it."""
    if isinstance(forward, np.ufunc) and forward.nin > 1:
        forward = _of_several(forward, _named_by(rules))
        more.setdefault("elementwise", True)
    return Operation(
        f"{module.__name__}.{name}",
        forward,
        [silently(rule, position) for position, rule in enumerate(rules)],
        symbol=name,
        numpy=(getattr(module, name),) if isinstance(getattr(module, name), np.ufunc) else (),
        **more,
    )


def falls_back_on(module: Any, of: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a part: what it does not have is SciPy's own."""

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name[:2] != "__" and hasattr(module, name):
            return getattr(module, name)
        raise AttributeError(f"module {of!r} has no attribute {name!r}, nor has SciPy")

    return __getattr__
