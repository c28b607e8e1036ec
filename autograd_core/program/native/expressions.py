"""The table of the element-wise operations that are printed as C, and how each is written.

What has no row here is run by its own forward function, between what C does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..value import Value, dtype_of, own_name
from .c_types import C_NAMES, c_name, short_name

__all__ = ["EXPRESSIONS", "LIBRARY", "Expression", "expression_of"]


@dataclass(frozen=True)
class Expression:
    """One entry of a result, written in C.

    Parameters
    ----------
    template : str
        The C, with ``{0}``, ``{1}`` for the entries of the inputs.
    dtypes : tuple of dtype
        The dtypes in which the inputs have to be given.
    dtype : dtype
        What the C computes; it is cast to the value's where that is another.
    """

    template: str
    dtypes: tuple[np.dtype[Any], ...]
    dtype: np.dtype[Any]


Row = Callable[[Value], Expression | None]

_BOOL = np.dtype(bool)


def expression_of(value: Value) -> Expression | None:
    """Return how an entry of a value is written in C; None where NumPy has to compute it.

    Parameters
    ----------
    value : Value
        The result of an operation.

    Examples
    --------
    >>> from autograd_core import add
    >>> x = Value(None, (), {}, (3,), np.float32, "x")
    >>> expression_of(Value(add, (x, 1.0), {}, (3,), np.float32)).template
    '({0} + {1})'
    """
    row = EXPRESSIONS.get(own_name(value))
    if row is None or value.dtype not in C_NAMES:
        return None
    found = row(value)
    if found is None or any(d not in C_NAMES for d in (*found.dtypes, found.dtype)):
        return None
    if any(not _fits(x, d) for x, d in zip(value.inputs, found.dtypes, strict=True)):
        return None
    return found


def _fits(x: Any, dtype: np.dtype[Any]) -> bool:
    """Whether a Python number can be written in a dtype; NumPy has its own way with others."""
    if type(x) is not int or dtype.kind not in "iu":
        return not isinstance(x, complex) and dtype_of(x) in C_NAMES
    limits = np.iinfo(dtype)
    return bool(limits.min <= x <= limits.max)


# --- in which dtype a ufunc computes --------------------------------------------------------------


def _loop(ufunc: np.ufunc, value: Value) -> tuple[np.dtype[Any], ...] | None:
    """The dtypes of the inputs and of the result of the loop that NumPy would choose."""
    given = [type(x) if type(x) in (int, float) else dtype_of(x) for x in value.inputs]
    try:
        return ufunc.resolve_dtypes((*given, None))
    except TypeError:
        return None


def _ufunc(name: str, **kinds: str) -> Row:
    """The row of a NumPy function: what to write for floats, integers and bools.

    ``{n}`` in a template is the short name of the dtype in which it is computed.
    """
    ufunc: np.ufunc = getattr(np, name)

    def row(value: Value) -> Expression | None:
        loop = _loop(ufunc, value)
        if loop is None or len(set(loop[:-1])) != 1:
            return None
        kind = loop[0].kind
        template = kinds.get({"f": "f", "i": "i", "u": "u", "b": "b"}.get(kind, ""))
        if template is None and kind == "u":
            template = kinds.get("i")
        if template is None:
            return None
        return Expression(_named(template, loop[0]), loop[:-1], loop[-1])

    return row


def _named(template: str, dtype: np.dtype[Any]) -> str:
    suffix = "f" if dtype == np.float32 else ""
    template = template.replace("{n}", short_name(dtype)).replace("{s}", suffix)
    return template.replace("(T)", f"({c_name(dtype)})")


def _everywhere(name: str, template: str) -> Row:
    return _ufunc(name, f=template, i=template, b=template)


FEW = 512
"""So many entries at most are given to C's own library, which takes them one by one; NumPy may have
vectors for it."""


def _library(name: str, function: str | None = None) -> Row:
    """A function of C's own library, which math.h has for float and for double."""
    inputs = ", ".join(f"{{{i}}}" for i in range(getattr(np, name).nin))
    row = _ufunc(name, f=f"{function or name}{{s}}({inputs})")
    return lambda value: row(value) if value.size <= FEW or name in _AT_ONCE else None


_AT_ONCE = frozenset({"sqrt", "floor", "ceil", "trunc", "rint", "copysign", "nextafter"})
"""Functions of the library for which a processor has an instruction, or a few."""


def _helper(name: str, kinds: str = "f") -> Row:
    inputs = ", ".join(f"{{{i}}}" for i in range(getattr(np, name).nin))
    return _ufunc(name, **dict.fromkeys(kinds, f"{name}_{{n}}({inputs})"))


# --- operations of ours ---------------------------------------------------------------------------


def _floating(template: str, **options: Callable[[Any], str]) -> Row:
    """The row of an operation that computes in the dtype of its result, which is floating."""

    def row(value: Value) -> Expression | None:
        if value.dtype.kind != "f":
            return None
        written = template
        for name, write in options.items():
            written = written.replace(f"{{{name}}}", write(value.options[name]))
        dtypes = (value.dtype,) * len(value.inputs)
        return Expression(_named(written, value.dtype), dtypes, value.dtype)

    return row


def _number(x: Any) -> str:
    return f"(T){float(x)!r}" if math.isfinite(x) else f"(T)({'-' if x < 0 else ''}INFINITY)"


def _where(value: Value) -> Expression:
    return Expression("({0} ? {1} : {2})", (_BOOL, value.dtype, value.dtype), value.dtype)


def _clip(value: Value) -> Expression:
    name = short_name(value.dtype)
    template = f"minimum_{name}(maximum_{name}({{0}}, {{1}}), {{2}})"
    return Expression(template, (value.dtype,) * 3, value.dtype)


def _relu(value: Value) -> Expression:
    return Expression(f"relu_{short_name(value.dtype)}({{0}})", (value.dtype,), value.dtype)


def _astype(value: Value) -> Expression | None:
    given = dtype_of(value.inputs[0])
    if given.kind == "f" and value.dtype.kind in "iu":
        return None  # what lies outside of the range is NumPy's affair
    return Expression("{0}", (given,), value.dtype)


def _same(value: Value) -> Expression:
    """A real number stays as it is; of complex ones nothing is printed."""
    return Expression("{0}", (dtype_of(value.inputs[0]),), value.dtype)


def _power(value: Value) -> Expression | None:
    loop = _loop(np.power, value)
    if loop is None or loop[0].kind != "f":
        return None
    exponent = value.inputs[1]
    few = None
    if not isinstance(exponent, (Value, np.ndarray)):
        few = _FEW_FACTORS.get(float(exponent))
    if few is None and value.size > FEW:
        return None
    template = few or f"pow{'f' if loop[0] == np.float32 else ''}({{0}}, {{1}})"
    return Expression(template, loop[:-1], loop[-1])


_FEW_FACTORS = {
    1.0: "{0}",
    2.0: "({0} * {0})",
    3.0: "({0} * {0} * {0})",
    4.0: "(({0} * {0}) * ({0} * {0}))",
    -1.0: "(1 / {0})",
    -2.0: "(1 / ({0} * {0}))",
}


def _round(value: Value) -> Expression | None:
    if value.options["decimals"] != 0 or value.dtype.kind != "f":
        return None
    return Expression(_named("rint{s}({0})", value.dtype), (value.dtype,), value.dtype)


_COMPARISONS = {
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
_LIBRARY = (
    "exp2", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos",
    "arctan", "sinh", "cosh", "arcsinh", "arccosh", "arctanh", "cbrt", "sqrt", "floor", "ceil",
    "trunc", "rint", "copysign", "hypot", "fmod", "arctan2", "nextafter",
)  # fmt: skip
_C_NAMES_OF = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "arctan2": "atan2",
}  # fmt: skip
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

LIBRARY = frozenset(
    f"{_C_NAMES_OF.get(name, name)}{suffix}" for name in (*_LIBRARY, "pow") for suffix in ("", "f")
)
"""The names of functions of math.h that are called."""

EXPRESSIONS: dict[str, Row] = {
    "add": _ufunc("add", f="({0} + {1})", i="({0} + {1})", b="({0} | {1})"),
    "subtract": _ufunc("subtract", f="({0} - {1})", i="({0} - {1})"),
    "multiply": _ufunc("multiply", f="({0} * {1})", i="({0} * {1})", b="({0} & {1})"),
    "divide": _ufunc("divide", f="({0} / {1})"),
    "negative": _ufunc("negative", f="(-{0})", i="(0 - {0})"),
    "positive": _same,
    "stop_gradient": _same,
    "real": _same,
    "conjugate": _same,
    "power": _power,
    "float_power": _ufunc("float_power", f="pow{s}({0}, {1})"),
    "square": _ufunc("square", f="({0} * {0})", i="({0} * {0})"),
    "reciprocal": _ufunc("reciprocal", f="(1 / {0})"),
    **{name: _helper(name) for name in ("exp", "expm1", "log", "tanh")},
    **{name: _library(name, _C_NAMES_OF.get(name)) for name in _LIBRARY},
    **{name: _everywhere(name, f"({{0}} {symbol} {{1}})") for name, symbol in _COMPARISONS.items()},
    "maximum": _helper("maximum", "fib"),
    "minimum": _helper("minimum", "fib"),
    "fmax": _helper("fmax"),
    "fmin": _helper("fmin"),
    "absolute": _helper("absolute", "fi"),
    "sign": _helper("sign", "fi"),
    "remainder": _helper("remainder", "fi"),
    "floor_divide": _helper("floor_divide", "fi"),
    "heaviside": _helper("heaviside"),
    "logaddexp": _helper("logaddexp"),
    "logaddexp2": _helper("logaddexp2"),
    "deg2rad": _floating(f"({{0}} * {_number(math.pi / 180)})"),
    "rad2deg": _floating(f"({{0}} * {_number(180 / math.pi)})"),
    "logical_and": _everywhere("logical_and", "(({0} != 0) & ({1} != 0))"),
    "logical_or": _everywhere("logical_or", "(({0} != 0) | ({1} != 0))"),
    "logical_xor": _everywhere("logical_xor", "(({0} != 0) ^ ({1} != 0))"),
    "logical_not": _everywhere("logical_not", "({0} == 0)"),
    "bitwise_and": _ufunc("bitwise_and", i="({0} & {1})", b="({0} & {1})"),
    "bitwise_or": _ufunc("bitwise_or", i="({0} | {1})", b="({0} | {1})"),
    "bitwise_xor": _ufunc("bitwise_xor", i="({0} ^ {1})", b="({0} ^ {1})"),
    "invert": _ufunc("invert", i="(~{0})", b="(!{0})"),
    "isnan": _ufunc("isnan", f="({0} != {0})"),
    "isinf": _ufunc("isinf", f="isinf_{n}({0})"),
    "isfinite": _ufunc("isfinite", f="isfinite_{n}({0})"),
    "signbit": _ufunc("signbit", f="(signbit({0}) != 0)"),
    "round": _round,
    "where": _where,
    "clip": _clip,
    "astype": _astype,
    "away_from_pole": _floating("((({0} == 0) & ({1} == 0)) ? 1 : {1})"),
    "inside_domain": _floating("((({0} == 0) & !({1} > 0)) ? 1 : {1})"),
    "base_inside_domain": _floating(
        "(({0} == 0) & ((({1} == 0) & ({2} < 1)) | (({1} < 0) & (floor{s}({2}) != {2}))) ? 1 : {1})"
    ),
    "relu": _relu,
    "leaky_relu": _floating("({0} > 0 ? {0} : {negative_slope} * {0})", negative_slope=_number),
    "elu": _floating("({0} > 0 ? {0} : {alpha} * expm1_{n}({0} > 0 ? 0 : {0}))", alpha=_number),
    "selu": _floating(
        f"({{0}} > 0 ? {_number(_SELU_SCALE)} * {{0}} : "
        f"{_number(_SELU_SCALE * _SELU_ALPHA)} * expm1{{s}}({{0}} > 0 ? 0 : {{0}}))"
    ),
    "sigmoid": _floating("sigmoid_{n}({0})"),
    "silu": _floating("silu_{n}({0})"),
    "softplus": _floating("logaddexp_{n}({0}, 0)"),
    "erf": _floating("erf_{n}({0})"),
    "gelu": _floating(
        "gelu{approximate}_{n}({0})", approximate=lambda yes: "_by_tanh" if yes else ""
    ),
    "sigmoid_cross_entropy": _floating("sigmoid_cross_entropy_{n}({0}, {1})"),
}
"""How each operation is written, by its name."""
