"""Operations in JAX's terms: by their own forward function wherever that can be, else from a list.

A forward function runs on a `Lifted` array (see `program.lifting`). What reads numbers in Python,
writes into arrays or calls compiled code can't, and stands in `LOWERINGS`, written again; what JAX
has no function for stands in `UNSUPPORTED`, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...operation import Operation
from ..errors import UnsupportedOperationError
from ..lifting import Lifted, lower
from ..value import Value, is_own
from .images import IMAGES
from .library import Jax

__all__ = ["LOWERINGS", "UNSUPPORTED", "lowered"]

LOWERINGS: dict[str, Callable[..., Any]] = dict(IMAGES)
"""Name of an operation -> a function of JAX's arrays and of all options, in place of `forward`."""

_JAX = Jax()


def lowered(value: Value, inputs: Sequence[Any]) -> Any:
    """Return what an operation makes of JAX's arrays and of constants.

    Raises
    ------
    UnsupportedOperationError
        If there is no way to say it in JAX; the message names the operation.
    """
    operation = value.operation
    assert operation is not None
    name = operation.name
    own = is_own(operation)
    if own and name in UNSUPPORTED:
        raise _unsupported(name, UNSUPPORTED[name])
    try:
        if own and name in LOWERINGS:
            found = LOWERINGS[name](*inputs, **value.options)
        else:
            found = _by_forward(operation, value, inputs)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _unsupported(name, str(error).splitlines()[0]) from error
    if tuple(found.shape) != value.shape:
        raise _unsupported(name, f"it came out in shape {found.shape}, expected {value.shape}")
    return found if found.dtype == value.dtype else found.astype(value.dtype)


def _by_forward(operation: Operation, value: Value, inputs: Sequence[Any]) -> Any:
    import jax.numpy as jnp

    lifted = [Lifted(x, _JAX) if _JAX.is_array(x) else x for x in inputs]
    return jnp.asarray(lower(operation.forward(*lifted, **value.options)))


def _unsupported(name: str, reason: str) -> UnsupportedOperationError:
    return UnsupportedOperationError(
        f"the back end 'xla' can't run {name!r}: {reason}. Choose backend='numpy', which runs all "
        "operations"
    )


def _lowering(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            LOWERINGS[name] = function
        return function

    return register


# --- entries moved by number ------------------------------------------------------------------


@_lowering("scatter_add")
def _scatter_add(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    import jax.numpy as jnp

    return jnp.zeros(shape, jnp.asarray(x).dtype).at[index].add(x)


def _filled(index: tuple[Any, ...], at: tuple[int, ...], places: tuple[Any, ...]) -> Any:
    """An index with inputs in some of its places."""
    parts = list(index)
    for position, part in zip(at, places, strict=True):
        parts[position] = part
    return tuple(parts)


@_lowering("gather")
def _gather(x: Any, *places: Any, index: Any, at: Any) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(x)[_filled(index, at, places)]


@_lowering("scatter_places")
def _scatter_places(x: Any, *places: Any, index: Any, at: Any, shape: tuple[int, ...]) -> Any:
    return _scatter_add(x, _filled(index, at, places), shape)


@_lowering("add_along_axis")
def _add_along_axis(x: Any, indices: Any, axis: Any, shape: tuple[int, ...]) -> Any:
    import jax.numpy as jnp

    target = jnp.zeros(shape, jnp.asarray(x).dtype)
    if axis is None:
        return target.reshape(-1).at[indices].add(x).reshape(shape)
    # An axis on which the indices have length 1 stands for every place on it.
    axis %= len(shape)
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in shape)])
    grid[axis] = jnp.asarray(indices)
    return target.at[tuple(grid)].add(x)


@_lowering("sort")
def _sort(x: Any, axis: Any, **_: Any) -> Any:
    import jax.numpy as jnp

    return jnp.sort(x, axis)


@_lowering("argsort")
def _argsort(x: Any, axis: Any, **_: Any) -> Any:
    import jax.numpy as jnp

    return jnp.argsort(x, axis, stable=True)


def _running(name: str) -> Callable[..., Any]:
    def running(x: Any, axis: int) -> Any:
        import jax

        return getattr(jax.lax, name)(x, axis % x.ndim)

    return running


LOWERINGS["maximum_accumulate"] = _running("cummax")
LOWERINGS["minimum_accumulate"] = _running("cummin")


@_lowering("add_reduceat")
def _add_reduceat(x: Any, indices: Any, axis: int) -> Any:
    import jax.numpy as jnp

    return jnp.add.reduceat(x, np.asarray(indices), axis=axis)


def _triangle(name: str) -> Callable[..., Any]:
    def triangle(m: Any, k: Any) -> Any:
        import jax.numpy as jnp

        if m.ndim == 1:  # NumPy makes a triangle of its copies
            m = jnp.broadcast_to(m, (m.shape[0], m.shape[0]))
        return getattr(jnp, name)(m, int(k))

    return triangle


LOWERINGS["tril"] = _triangle("tril")
LOWERINGS["triu"] = _triangle("triu")

# --- matrices ---------------------------------------------------------------------------------


def _from_triangle(a: Any, upper: bool) -> Any:
    """The whole matrix of which NumPy reads one triangle."""
    import jax.numpy as jnp

    part = jnp.triu(a) if upper else jnp.tril(a)
    rest = jnp.triu(a, 1) if upper else jnp.tril(a, -1)
    return part + jnp.conjugate(rest.mT)


@_lowering("eigh")
def _eigh(a: Any, UPLO: str) -> Any:  # noqa: N803
    import jax.numpy as jnp

    full = _from_triangle(a, UPLO.upper() == "U")
    values, vectors = jnp.linalg.eigh(full, symmetrize_input=False)
    flat = vectors.reshape(*vectors.shape[:-2], vectors.shape[-1] ** 2)
    return jnp.concatenate([values.astype(flat.dtype), flat], axis=-1)


@_lowering("cholesky")
def _cholesky(a: Any) -> Any:
    import jax.numpy as jnp

    return jnp.linalg.cholesky(_from_triangle(a, False), symmetrize_input=False)


@_lowering("pinv")
def _pinv(a: Any, rcond: Any, rtol: Any) -> Any:
    import jax.numpy as jnp

    if rcond is None and rtol is None:
        rcond = 1e-15  # NumPy's; JAX takes a larger one
    return jnp.linalg.pinv(a, rtol=rcond if rtol is None else rtol)


@_lowering("scipy.linalg.solve_triangular")
def _solve_triangular(
    a: Any, b: Any, trans: Any, lower: bool, unit_diagonal: bool, check_finite: bool
) -> Any:
    import jax.numpy as jnp
    import jax.scipy.linalg

    columns = b[:, None] if b.ndim == 1 else b
    stack = np.broadcast_shapes(a.shape[:-2], columns.shape[:-2])
    a = jnp.broadcast_to(a, stack + a.shape[-2:])
    columns = jnp.broadcast_to(columns, stack + columns.shape[-2:])
    found = jax.scipy.linalg.solve_triangular(
        a, columns, trans=trans, lower=lower, unit_diagonal=unit_diagonal
    )
    return found[..., 0] if b.ndim == 1 else found


@_lowering("scipy.linalg.expm")
def _expm(a: Any) -> Any:
    import jax.scipy.linalg

    return jax.scipy.linalg.expm(a)


@_lowering("scipy.signal.windows")
def _windows(a: Any, b: Any) -> Any:
    import jax

    return jax.lax.conv_general_dilated(a, b, (1,) * (a.ndim - 2), "VALID")


# --- softmax and what belongs to it -----------------------------------------------------------


def _below_largest(x: Any, axis: Any) -> tuple[Any, np.dtype[Any]]:
    """The entries less the largest, in single precision at least; and the type of the result.

    Infinite entries share all; rows of nothing but -inf say nothing and are nan.
    """
    import jax.numpy as jnp

    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    if not x.size:
        return x, x.dtype
    wide = x.astype(np.result_type(x.dtype, np.float32))
    largest = jnp.max(wide, axis=axis, keepdims=True)
    ends = jnp.where(wide == largest, 0.0, -jnp.inf)
    below = jnp.where(
        largest == jnp.inf, ends, jnp.where(largest == -jnp.inf, jnp.nan, wide - largest)
    )
    return below, x.dtype


@_lowering("softmax")
def _softmax(x: Any, axis: Any) -> Any:
    import jax.numpy as jnp

    below, dtype = _below_largest(x, axis)
    exponentials = jnp.exp(below)
    return (exponentials / jnp.sum(exponentials, axis=axis, keepdims=True)).astype(dtype)


@_lowering("log_softmax")
def _log_softmax(x: Any, axis: Any) -> Any:
    import jax.numpy as jnp

    below, dtype = _below_largest(x, axis)
    return (below - jnp.log(jnp.sum(jnp.exp(below), axis=axis, keepdims=True))).astype(dtype)


@_lowering("negative_log_likelihood")
def _negative_log_likelihood(log_probabilities: Any, targets: Any, divisor: float) -> Any:
    import jax.numpy as jnp

    # What has no weight costs nothing, where its logarithm is -inf, too.
    logs = jnp.where(targets == 0, 0.0, log_probabilities)
    return -jnp.vdot(targets, logs) / divisor


@_lowering("softmax_cross_entropy")
def _softmax_cross_entropy(logits: Any, targets: Any, axis: int) -> Any:
    import jax.numpy as jnp

    logs, targets = _log_softmax(jnp.asarray(logits), axis), jnp.asarray(targets)
    if targets.ndim == logs.ndim - 1:  # labels; one that is no class gives nan
        picked = jnp.take_along_axis(logs, jnp.expand_dims(targets, axis), axis, mode="fill")
        return -jnp.squeeze(picked, axis)
    weights = targets.astype(np.result_type(logs.dtype, np.float16))
    weights = targets if targets.dtype.kind in "fc" else weights
    return -jnp.sum(weights * jnp.where(weights == 0, 0.0, logs), axis=axis)


# --- functions that NumPy leaves to Python or to compiled code -----------------------------------


@_lowering("erf")
def _erf(x: Any) -> Any:
    import jax.scipy.special

    return jax.scipy.special.erf(x.astype(np.result_type(x.dtype, np.float16)))


_FLAT = -2e4
"""As in gelu's own forward function: -inf times a closed gate would be nan."""


@_lowering("gelu")
def _gelu(x: Any, approximate: bool) -> Any:
    import jax.numpy as jnp

    high = jnp.maximum(x, _FLAT)
    if approximate:
        near = jnp.clip(x, -30.0, 30.0)
        inner = jnp.tanh(math.sqrt(2.0 / math.pi) * (near + 0.044715 * near * near * near))
        return 0.5 * high * (1.0 + inner)
    return 0.5 * high * (1.0 + _erf(x / math.sqrt(2.0)))


def _special(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return _lowering(f"scipy.special.{name}")


@_special("psi")
def _psi(x: Any) -> Any:
    import jax.scipy.special

    return jax.scipy.special.digamma(x)


@_special("polygamma")
def _polygamma(n: Any, x: Any) -> Any:
    import jax.scipy.special

    return jax.scipy.special.polygamma(n, x)


@_special("multigammaln")
def _multigammaln(a: Any, d: int) -> Any:
    import jax.scipy.special

    return jax.scipy.special.multigammaln(a, d)


@_special("zeta")
def _zeta(x: Any, q: Any, riemann: bool) -> Any:
    import jax.scipy.special

    if riemann:
        raise NotImplementedError("JAX has the sum alone, not what goes on below x = 1")
    return jax.scipy.special.zeta(x, q)


@_special("rgamma")
def _rgamma(x: Any) -> Any:
    import jax.scipy.special

    return 1.0 / jax.scipy.special.gamma(x)


@_special("betaincc")
def _betaincc(a: Any, b: Any, x: Any) -> Any:
    import jax.scipy.special

    return jax.scipy.special.betainc(b, a, 1.0 - x)


@_special("log_expit")
def _log_expit(x: Any) -> Any:
    import jax

    return jax.nn.log_sigmoid(x)


@_special("exp10")
def _exp10(x: Any) -> Any:
    import jax.numpy as jnp

    return jnp.power(10.0, x)


@_special("exprel")
def _exprel(x: Any) -> Any:
    import jax.numpy as jnp

    return jnp.where(x == 0, 1.0, jnp.expm1(x) / jnp.where(x == 0, 1.0, x))


@_special("powm1")
def _powm1(x: Any, y: Any) -> Any:
    import jax.numpy as jnp

    return jnp.where(x > 0, jnp.expm1(y * jnp.log(jnp.where(x > 0, x, 1.0))), x**y - 1.0)


@_special("huber")
def _huber(delta: Any, r: Any) -> Any:
    import jax.numpy as jnp

    far = jnp.abs(r)
    return jnp.where(far <= delta, 0.5 * r * r, delta * (far - 0.5 * delta))


@_special("pseudo_huber")
def _pseudo_huber(delta: Any, r: Any) -> Any:
    import jax.numpy as jnp

    return delta * delta * (jnp.hypot(1.0, r / delta) - 1.0)


_NONE = "JAX has no such function"

UNSUPPORTED: dict[str, str] = {
    "argpartition": "where entries stand beside the k-th is NumPy's own choice",
    "partition": "where entries stand beside the k-th is NumPy's own choice",
    "roots": "how many there are depends on which coefficients are 0",
    "modified_bessel": "it sums its series in Python",
    "scipy.integrate.odeint": "SciPy calls a function of Python",
    "scipy.linalg.logm": _NONE,
    "scipy.linalg.solve_banded": _NONE,
    "scipy.linalg.solve_sylvester": _NONE,
    "scipy.linalg.sqrtm": _NONE,
    **{
        f"scipy.special.{name}": _NONE
        for name in (
            "betainccinv", "betaincinv", "binom", "chdtr", "chdtrc", "cosdg", "cosm1", "cotdg",
            "ellipe", "ellipk", "erfcinv", "erfi", "fdtr", "fdtrc", "gammainccinv", "gammaincinv",
            "hyp0f1", "inv_boxcox", "inv_boxcox1p", "iv", "ive", "j0", "j1", "jv", "jve", "k0",
            "k0e", "k1", "k1e", "kn", "kv", "kve", "ndtri_exp", "pdtr", "pdtrc", "radian",
            "shichi[0]", "shichi[1]", "sindg", "stdtr", "stdtrit", "tandg", "wrightomega", "y0",
            "y1", "yn", "yv", "yve",
        )
    },
}  # fmt: skip
"""Name of an operation -> why it has no lowering."""
