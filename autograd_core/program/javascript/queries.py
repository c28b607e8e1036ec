"""Questions about arrays, which are answered when there are numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .functions import Functions, registering

if TYPE_CHECKING:
    from .library import JavaScript

__all__ = ["QUERIES"]

QUERIES: Functions = {}
"""Functions that answer truth values and whole numbers."""

_function = registering(QUERIES)


@_function("searchsorted")
def _searchsorted(
    library: JavaScript, a: Any, v: Any, side: str = "left", sorter: Any = None
) -> Any:
    a, v = (library.lifted(library.symbol(x)) for x in (a, v))
    if sorter is not None:
        a = np.take_along_axis(a, sorter, 0)
    before = np.less if side == "left" else np.less_equal
    return np.sum(before(a, v[..., None]), axis=-1)


@_function("digitize")
def _digitize(library: JavaScript, x: Any, bins: Any, right: bool = False) -> Any:
    x, bins = (library.lifted(library.symbol(a)) for a in (x, bins))
    x = x[..., None]
    rising = bins < x if right else bins <= x
    falling = bins >= x if right else bins > x
    return np.sum(np.where(bins[0] <= bins[-1], rising, falling), axis=-1)


@_function("count_nonzero")
def _count_nonzero(library: JavaScript, a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(a != 0, axis=axis, keepdims=keepdims)


@_function("isin", "in1d")
def _isin(
    library: JavaScript,
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: Any = None,
) -> Any:
    element, tested = (library.lifted(library.symbol(x)) for x in (element, test_elements))
    found = np.any(element[..., None] == np.ravel(tested), axis=-1)
    return ~found if invert else found


@_function("isclose")
def _isclose(
    library: JavaScript,
    a: Any,
    b: Any,
    rtol: Any = 1e-5,
    atol: Any = 1e-8,
    equal_nan: bool = False,
) -> Any:
    a, b = (library.lifted(library.symbol(x)) for x in (a, b))
    near = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b)
    near = near | (a == b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


@_function("allclose")
def _allclose(library: JavaScript, a: Any, b: Any, **options: Any) -> Any:
    return np.all(_isclose(library, a, b, **options))


@_function("array_equal", "array_equiv")
def _array_equal(library: JavaScript, a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    a, b = (library.lifted(library.symbol(x)) for x in (a1, a2))
    alike = a == b
    return np.all(alike | (np.isnan(a) & np.isnan(b)) if equal_nan else alike)


@_function("isposinf")
def _isposinf(library: JavaScript, x: Any) -> Any:
    return x == np.inf


@_function("isneginf")
def _isneginf(library: JavaScript, x: Any) -> Any:
    return x == -np.inf


@_function("isreal")
def _isreal(library: JavaScript, x: Any) -> Any:
    return np.ones(x.shape, bool)


@_function("iscomplex")
def _iscomplex(library: JavaScript, x: Any) -> Any:
    return np.zeros(x.shape, bool)


def _without_nan(name: str, end: float) -> Callable[..., Any]:
    def found(library: JavaScript, a: Any, *arguments: Any, **options: Any) -> Any:
        return getattr(np, name)(np.where(np.isnan(a), end, a), *arguments, **options)

    return found


QUERIES["nanargmax"] = _without_nan("argmax", -np.inf)
QUERIES["nanargmin"] = _without_nan("argmin", np.inf)
