"""Matrix products of the machine's BLAS, by the pointers that SciPy publishes for Cython."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import numpy as np

__all__ = ["gemm_pointers"]

_ROUTINES = {"float32": "sgemm", "float64": "dgemm"}
_INTEGERS = "void (char *, char *, int *, int *, int *, "
"""How the signature begins where BLAS counts in C's int. With another one it is not called."""


@functools.cache
def gemm_pointers() -> dict[str, int]:
    """Return the addresses of BLAS's matrix products, by dtype: what C calls.

    `scipy.linalg.cython_blas` is SciPy's documented way to them. Each has been tried on a small
    product of known result.

    Returns
    -------
    dict of str to int
        ``{"float32": address of sgemm, "float64": address of dgemm}``, in Fortran's convention:
        every argument by pointer, matrices column by column, integers of C's int. Empty where
        SciPy is not installed or what it has is not as expected; then NumPy multiplies.

    References
    ----------
    `BLAS functions for Cython <https://docs.scipy.org/doc/scipy/reference/linalg.cython_blas.html>`_.
    """
    try:
        from scipy.linalg import cython_blas
    except ImportError:
        return {}
    found = {}
    for dtype, name in _ROUTINES.items():
        address = _address(cython_blas.__pyx_capi__.get(name))
        if address is None or not _multiplies(address, np.dtype(dtype)):
            return {}
        found[dtype] = address
    return found


def _address(capsule: Any) -> int | None:
    """The pointer in a capsule, whose name is the C signature; None of another signature."""
    if capsule is None:
        return None
    name_of = ctypes.pythonapi.PyCapsule_GetName
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = name_of(capsule)
    if not name or not name.decode().startswith(_INTEGERS):
        return None
    address: int | None = pointer_of(capsule, name)
    return address


def _multiplies(address: int, dtype: np.dtype[Any]) -> bool:
    """Whether a product comes out as NumPy's: with a sum, a factor and a transposed operand."""
    x = np.arange(6.0).reshape(2, 3).astype(dtype)
    y = np.arange(12.0).reshape(4, 3).astype(dtype)
    out = np.ones((2, 4), dtype)
    gemm = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)(address)
    # Row by row is column by column of the transposed: out.T += 2 (y x.T).
    m, n, k = (ctypes.c_int(size) for size in (4, 2, 3))
    two, one = np.array(2, dtype), np.array(1, dtype)
    gemm(
        *(ctypes.cast(ctypes.c_char_p(letter), ctypes.c_void_p) for letter in (b"T", b"N")),
        *(ctypes.addressof(size) for size in (m, n, k)),
        two.ctypes.data,
        *(y.ctypes.data, ctypes.addressof(k)),
        *(x.ctypes.data, ctypes.addressof(k)),
        one.ctypes.data,
        *(out.ctypes.data, ctypes.addressof(m)),
    )
    return bool(np.array_equal(out, 1 + 2 * (x @ y.T)))
