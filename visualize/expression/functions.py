"""What may stand in an expression: the functions of the table that take and give a number."""

from __future__ import annotations

UNARY = (
    "negative", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square",
    "reciprocal", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
    "arcsinh", "arccosh", "arctanh", "absolute", "relu", "leaky_relu", "elu", "selu", "sigmoid",
    "softplus", "silu", "gelu", "erf",
)  # fmt: skip
"""Operations of one operand."""

BINARY = (
    "add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "hypot", "arctan2",
    "logaddexp",
)  # fmt: skip
"""Operations of two."""

ALIASES = {
    "ln": "log", "σ": "sigmoid", "abs": "absolute", "fabs": "absolute", "max": "maximum",
    "min": "minimum", "fmax": "maximum", "fmin": "minimum", "pow": "power", "asin": "arcsin",
    "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "swish": "silu", "true_divide": "divide",
}  # fmt: skip
"""Other names: of Python's own functions, of its module `math`, of lectures."""

AT = {"arccosh": 1.7}
"""Where an operation is recorded that has no value at 0.7."""


def functions() -> dict[str, tuple[str, int]]:
    """Return the operation, and the number of operands, for each name of a function.

    Examples
    --------
    >>> functions()["ln"], functions()["maximum"]
    (('log', 1), ('maximum', 2))
    """
    found = {name: (name, 1) for name in UNARY} | {name: (name, 2) for name in BINARY}
    return found | {other: found[name] for other, name in ALIASES.items()}
