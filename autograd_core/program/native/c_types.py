"""NumPy's dtypes in C, and numbers as C writes them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["C_NAMES", "LETTERS", "c_name", "literal", "short_name"]

C_NAMES = {
    np.dtype(name): c_type
    for name, c_type in {
        "float32": "float",
        "float64": "double",
        "bool": "unsigned char",
        "int8": "signed char",
        "int16": "short",
        "int32": "int",
        "int64": "long long",
        "uint8": "unsigned char",
        "uint16": "unsigned short",
        "uint32": "unsigned int",
        "uint64": "unsigned long long",
    }.items()
}
"""The dtypes that are printed. Of others (float16, complex numbers) NumPy does the work."""


LETTERS = (*"ijklmn", *(f"i{axis}" for axis in range(6, 64)))
"""The names of the indices, for as many axes as NumPy has."""


def c_name(dtype: np.dtype[Any]) -> str:
    """Return how C calls a dtype."""
    return C_NAMES[dtype]


def short_name(dtype: np.dtype[Any]) -> str:
    """Return the letter and bits by which helper functions tell dtypes apart, such as f32.

    Examples
    --------
    >>> short_name(np.dtype(np.float64)), short_name(np.dtype(bool))
    ('f64', 'b8')
    """
    return f"{dtype.kind}{8 * dtype.itemsize}"


def literal(x: Any, dtype: np.dtype[Any]) -> str:
    """Return a number as C reads it in a dtype, to the last bit.

    Examples
    --------
    >>> literal(0.1, np.dtype(np.float32)), literal(-np.inf, np.dtype(np.float64))
    ('0.1f', '(-INFINITY)')
    >>> literal(-3, np.dtype(np.int64))
    '(-3LL)'
    """
    with np.errstate(all="ignore"):
        x = np.asarray(x).astype(dtype)[()]
    if dtype.kind == "f":
        if math.isnan(x):
            return "NAN"
        text = "INFINITY" if math.isinf(x) else str(abs(x)) + ("f" if dtype.itemsize == 4 else "")
        return f"(-{text})" if np.signbit(x) else text
    if dtype.kind == "b":
        return str(int(x))
    if dtype.kind == "u":
        return f"{x}ULL"
    if x == np.iinfo(np.int64).min:  # C reads the minus apart from the number, which is too large
        return "(-9223372036854775807LL - 1)"
    return f"(-{abs(int(x))}LL)" if x < 0 else f"{x}LL"
