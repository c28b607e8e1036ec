"""What the kernel computes entry by entry."""

from __future__ import annotations

__all__ = ["SCALARS"]

SCALARS = frozenset({
    "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
    "bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "cbrt", "ceil", "copysign", "cos",
    "cosh", "deg2rad", "degrees", "divide", "equal", "erf", "erfc", "erfcx", "exp", "exp2", "expm1",
    "exponent", "fabs", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "fraction",
    "gamma", "gammaln", "gcd", "greater", "greater_equal", "heaviside", "hypot", "invert",
    "isfinite", "isinf", "isnan", "lcm", "ldexp", "left_shift", "less", "less_equal", "log",
    "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or",
    "logical_xor", "mantissa", "maximum", "minimum", "multiply", "negative", "not_equal",
    "positive", "power", "psi", "rad2deg", "radians", "reciprocal", "remainder", "right_shift",
    "rint", "sign", "signbit", "sin", "sinh", "sqrt", "square", "subtract", "tan", "tanh", "trunc",
    "where", "zeta",
})  # fmt: skip
"""Names of its functions: NumPy's, and a few more that operations are made of."""
