"""The keywords of ufuncs, as casts and moves of axes around the call without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .lists import stacked

UFUNC_OPTIONS = frozenset(
    ("out", "where", "casting", "order", "dtype", "subok", "signature", "sig")
) | {"axes", "axis", "keepdims"}
"""What NumPy's ufuncs take besides their inputs."""


def cast(x: Any, dtype: Any, casting: Any = "unsafe", called: str = "") -> Any:
    """Return `x` in a data type; what has it already stays.

    Raises
    ------
    TypeError
        If `casting` forbids it, with the name of the function that was `called`.
    """
    dtype = np.dtype(dtype)
    if type(x) in (bool, int, float) or not hasattr(x, "astype"):
        x = stacked(x)
        x = x if hasattr(x, "astype") else np.asarray(x)
    if casting != "unsafe" and not np.can_cast(x.dtype, dtype, casting):
        raise TypeError(
            f"{called}(dtype={dtype}) can't cast {x.dtype} with casting={casting!r}. Write "
            'casting="unsafe" if that is meant'
        )
    return x if x.dtype == dtype else x.astype(dtype)


def call_with_options(
    ufunc: np.ufunc,
    function: Callable[..., Any],
    inputs: Sequence[Any],
    options: Mapping[str, Any],
) -> Any:
    """Call what stands in for a ufunc as the ufunc itself is called with these keywords.

    The layout in memory (`order`) and subclasses of arrays (`subok`) have no meaning for nodes.
    """
    inputs = [stacked(x) for x in inputs]
    given = {key: value for key, value in options.items() if key not in ("order", "subok")}
    mask = given.pop("where", True)
    if mask is not True:
        raise TypeError(
            f"np.{ufunc.__name__}(where=...) can't take nodes: the entries left out would be "
            f"whatever the memory held; use np.where(mask, np.{ufunc.__name__}(x), other) instead"
        )
    axes = {key: given.pop(key) for key in ("axes", "axis", "keepdims") if key in given}
    types: dict[str, Any] = {
        key: given.pop(key) for key in ("dtype", "signature", "sig", "casting") if key in given
    }
    if given:
        raise TypeError(f"np.{ufunc.__name__} takes no option {', '.join(given)}")
    if types.keys() - {"casting"}:
        inputs, results = _typed(ufunc, inputs, types)
        found = _on_axes(ufunc, function, inputs, **axes)
        if ufunc.nout == 1:
            return cast(found, results[0])
        return tuple(cast(part, dtype) for part, dtype in zip(found, results, strict=True))
    return _on_axes(ufunc, function, inputs, **axes)


def _typed(
    ufunc: np.ufunc, inputs: Sequence[Any], types: Mapping[str, Any]
) -> tuple[list[Any], Sequence[Any]]:
    """The inputs in the data types in which NumPy computes, and those of the results."""
    signature = types.get("signature", types.get("sig"))
    if signature is None:
        signature = (None,) * ufunc.nin + (np.dtype(types["dtype"]),) * ufunc.nout
    casting = {"casting": types["casting"]} if "casting" in types else {}
    inputs = [
        x if type(x) in (int, float) or hasattr(x, "dtype") else np.asarray(x) for x in inputs
    ]
    given = [getattr(x, "dtype", type(x)) for x in inputs] + [None] * ufunc.nout
    dtypes = ufunc.resolve_dtypes(tuple(given), signature=signature, **casting)
    return [cast(x, d) for x, d in zip(inputs, dtypes, strict=False)], dtypes[ufunc.nin :]


def _on_axes(
    ufunc: np.ufunc,
    function: Callable[..., Any],
    inputs: Sequence[Any],
    axes: Any = None,
    axis: Any = None,
    keepdims: bool = False,
) -> Any:
    """The result where vectors and matrices lie along other axes than the last ones."""
    if axes is None and axis is None and not keepdims:
        return function(*inputs)
    called = f"np.{ufunc.__name__}"
    if ufunc.signature is None:
        raise TypeError(f"{called} works entry by entry: it takes no axes=, axis= or keepdims=")
    *cores, result = _core_axes(ufunc, inputs)
    if axis is not None:
        if axes is not None or {*cores, result} - {0, 1}:
            raise TypeError(f"{called} expects axes=, one tuple per argument, in place of axis=")
        axes = [(axis,) * core for core in cores]
    if keepdims and (result or len(set(cores)) > 1):
        raise TypeError(f"{called}(keepdims=...) has no meaning: the result keeps its axes anyway")
    kept: Any = -1 if axis is None else axis
    if keepdims and axes is not None and len(axes) > len(cores):
        kept, axes = _place(axes[-1]), axes[:-1]
    places = [_place(entry) for entry in axes or [range(-core, 0) for core in cores]]
    if len(places) < len(cores) + (result > 0) or any(
        len(place) != core for place, core in zip(places, [*cores, result], strict=False)
    ):
        expected = ", ".join(str(core) for core in [*cores, result])
        raise ValueError(
            f"{called}(axes=...) expects a list of tuples with {expected} axes, got {axes}"
        )
    moved = [
        np.moveaxis(x, place, range(-len(place), 0))
        for x, place in zip(inputs, places, strict=False)
    ]
    found = function(*moved)
    if keepdims:
        return np.expand_dims(found, kept)
    return np.moveaxis(found, range(-result, 0), places[len(cores)]) if result else found


def _place(entry: Any) -> tuple[int, ...]:
    return (int(entry),) if isinstance(entry, (int, np.integer)) else tuple(entry)


def _core_axes(ufunc: np.ufunc, inputs: Sequence[Any]) -> list[int]:
    """How many axes of each input, and of the result, a ufunc takes as one vector or matrix."""
    parts = [part.split(",") for part in re.findall(r"\(([^)]*)\)", str(ufunc.signature))]
    names = [[name.strip() for name in part if name.strip()] for part in parts]
    left_out = {  # an axis with "?" may be missing: matmul takes vectors
        name
        for x, own in zip(inputs, names, strict=False)
        for name in own
        if name.endswith("?") and np.ndim(x) < len(own)
    }
    return [len([name for name in own if name not in left_out]) for own in names]
