"""NumPy's calls in JAX's terms, with NumPy's data types.

JAX promotes otherwise than NumPy (int32 with float32 stays float32), so every ufunc is called in
the types that NumPy itself resolves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import UnsupportedOperationError
from ..lifting import REDUCTIONS, WEAK

__all__ = ["Jax"]

_SCANS: dict[np.ufunc, str] = {np.add: "cumsum", np.multiply: "cumprod"}


class Jax:
    """JAX as a `Library`: its traced arrays stand in for NumPy's."""

    name = "XLA"

    def is_array(self, x: Any) -> bool:
        """Whether `x` is JAX's."""
        import jax

        return isinstance(x, jax.Array)

    def ufunc(
        self, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        """A ufunc, or one of its methods."""
        import jax.numpy as jnp

        if method == "__call__":
            return _called(ufunc, inputs, dict(options))
        known = REDUCTIONS if method == "reduce" else _SCANS if method == "accumulate" else {}
        named = known.get(ufunc)
        if named is None:
            raise UnsupportedOperationError(f"XLA has no {ufunc.__name__}.{method}")
        # The first axis, unless told otherwise.
        return getattr(jnp, named)(*inputs, **{"axis": 0, **options})

    def function(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        """A function of NumPy's, by its name."""
        import jax.numpy as jnp

        place = jnp
        for part in (function.__module__ or "").split(".")[1:]:
            place = getattr(place, part, place)
        found = getattr(place, function.__name__, None) or getattr(jnp, function.__name__, None)
        if found is None:
            raise UnsupportedOperationError(f"XLA has no np.{function.__name__}")
        return found(*arguments, **options)

    def getitem(self, array: Any, index: Any) -> Any:
        """``array[index]``; lists are indices, as in NumPy."""
        parts = index if isinstance(index, tuple) else (index,)
        parts = tuple(np.asarray(part) if isinstance(part, list) else part for part in parts)
        return array[parts]


def _called(ufunc: np.ufunc, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    import jax.numpy as jnp

    for said_by_types in ("casting", "subok", "order"):
        options.pop(said_by_types, None)
    asked = options.pop("dtype", None)
    said: dict[str, Any] = {}
    if asked is not None:
        outputs = (np.dtype(asked),) * ufunc.nout
        said = {"signature": (None,) * ufunc.nin + outputs, "casting": "unsafe"}
    inputs = tuple(x if type(x) in WEAK or hasattr(x, "dtype") else np.asarray(x) for x in inputs)
    types = tuple(type(x) if type(x) in WEAK else np.dtype(x.dtype) for x in inputs)
    found = ufunc.resolve_dtypes((*types, *(None,) * ufunc.nout), **said)
    cast = [_in_dtype(x, dtype) for x, dtype in zip(inputs, found, strict=False)]
    results = _named(ufunc)(*cast, **options)
    if ufunc.nout == 1:
        return jnp.asarray(results, found[-1])
    return tuple(
        jnp.asarray(part, dtype) for part, dtype in zip(results, found[ufunc.nin :], strict=True)
    )


def _in_dtype(x: Any, dtype: np.dtype[Any]) -> Any:
    """`x` in the type in which NumPy computes; a Python number stays one, JAX casts it."""
    import jax.numpy as jnp

    if type(x) in WEAK:
        return x if np.result_type(dtype, type(x)) == dtype else dtype.type(x)
    return x if x.dtype == dtype else jnp.asarray(x).astype(dtype)


def _named(ufunc: np.ufunc) -> Callable[..., Any]:
    import jax.numpy as jnp
    import jax.scipy.special

    if ufunc is np.power:
        return _power
    found = getattr(jnp, ufunc.__name__, None) or getattr(jax.scipy.special, ufunc.__name__, None)
    if found is None:
        raise UnsupportedOperationError(f"XLA has no function for {ufunc.__name__}")
    return found


def _power(x: Any, y: Any) -> Any:
    """A power; products and roots where NumPy's operator takes them, too."""
    import jax.numpy as jnp

    if type(y) in (int, float):
        if y == 0.5:
            return jnp.sqrt(x)
        if float(y).is_integer() and abs(y) <= _FEW:
            return jnp.power(x, int(y))
    return jnp.power(x, y)


_FEW = 3
"""Powers as repeated products: more of them would round otherwise than NumPy does."""
