"""SciPy's special functions, as far as a few others make them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lifting import lower
from .functions import Functions, registering

if TYPE_CHECKING:
    from .library import JavaScript

__all__ = ["SPECIAL", "special"]

SPECIAL: Functions = {}
"""SciPy's functions by their names."""

_function = registering(SPECIAL)

_ROOT = math.sqrt(0.5)
_DEGREE = math.pi / 180.0


def special(name: str, library: JavaScript, *inputs: Any) -> Any:
    """A special function of the kernel's, in floating point.

    Parameters
    ----------
    name : str
        As SciPy calls it.
    library : JavaScript
        Where its step is taken.
    *inputs
        Lifted arrays and constants.

    Examples
    --------
    >>> from autograd_core.program.javascript.library import JavaScript
    >>> library = JavaScript()
    >>> x = library.lifted(library.tape.value(np.float32, (3,)))
    >>> special("erf", library, x).dtype, [step.name for step in library.tape.steps]
    (dtype('float32'), ['erf'])
    """
    types = (lower(x).dtype if hasattr(x, "dtype") else x for x in inputs)
    dtype = np.result_type(*types, np.float16)
    dtype = dtype if dtype.itemsize >= 4 else np.dtype(np.float64)
    return library.lifted(
        library.entrywise(name, tuple(library.cast(lower(x), dtype) for x in inputs), dtype)
    )


def _of(name: str) -> Callable[..., Any]:
    return lambda library, *inputs: special(name, library, *inputs)


for _name in ("erf", "erfc", "erfcx", "gamma", "gammaln", "psi", "zeta"):
    SPECIAL[_name] = _of(_name)


def _expression(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let an expression of NumPy's be the function of its name."""
    SPECIAL[function.__name__.strip("_")] = lambda library, *inputs: function(*inputs)
    return function


# --- exponentials and logarithms ------------------------------------------------------------------


@_expression
def _expit(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


@_expression
def _log_expit(x: Any) -> Any:
    return -np.logaddexp(0.0, -x)


@_expression
def _logit(x: Any) -> Any:
    return np.log(x) - np.log1p(-x)


@_expression
def _exp10(x: Any) -> Any:
    return 10.0**x


@_expression
def _exprel(x: Any) -> Any:
    return np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x))


@_expression
def _powm1(x: Any, y: Any) -> Any:
    return np.where(x > 0, np.expm1(y * np.log(np.where(x > 0, x, 1.0))), x**y - 1.0)


@_expression
def _xlogy(x: Any, y: Any) -> Any:
    return np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log(y))


@_expression
def _xlog1py(x: Any, y: Any) -> Any:
    return np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log1p(y))


@_expression
def _boxcox(x: Any, lmbda: Any) -> Any:
    flat = np.equal(lmbda, 0)
    return np.where(flat, np.log(x), np.expm1(lmbda * np.log(x)) / np.where(flat, 1.0, lmbda))


@_expression
def _boxcox1p(x: Any, lmbda: Any) -> Any:
    return _boxcox(1.0 + x, lmbda)


@_expression
def _inv_boxcox(y: Any, lmbda: Any) -> Any:
    return 1.0 + _inv_boxcox1p(y, lmbda)


@_expression
def _inv_boxcox1p(y: Any, lmbda: Any) -> Any:
    flat = np.equal(lmbda, 0)
    return np.expm1(np.where(flat, y, np.log1p(lmbda * y) / np.where(flat, 1.0, lmbda)))


# --- angles in degrees ----------------------------------------------------------------------------


@_expression
def _sindg(x: Any) -> Any:
    return np.sin(x * _DEGREE)


@_expression
def _cosdg(x: Any) -> Any:
    return np.cos(x * _DEGREE)


@_expression
def _tandg(x: Any) -> Any:
    return np.tan(x * _DEGREE)


@_expression
def _cotdg(x: Any) -> Any:
    return 1.0 / np.tan(x * _DEGREE)


@_expression
def _radian(degrees: Any, minutes: Any, seconds: Any) -> Any:
    return (degrees + (minutes + seconds / 60.0) / 60.0) * _DEGREE


@_expression
def _cosm1(x: Any) -> Any:
    half = np.sin(0.5 * x)
    return -2.0 * half * half


# --- entropies and losses -------------------------------------------------------------------------


@_expression
def _entr(x: Any) -> Any:
    return np.where(x < 0, -math.inf, -_xlogy(x, x))


@_expression
def _rel_entr(x: Any, y: Any) -> Any:
    inside = (x > 0) & (y > 0)
    found = x * np.log(np.where(inside, x, 1.0) / np.where(inside, y, 1.0))
    return np.where(inside, found, np.where((x == 0) & (y >= 0), 0.0, math.inf))


@_expression
def _kl_div(x: Any, y: Any) -> Any:
    return _rel_entr(x, y) - x + y


@_expression
def _huber(delta: Any, r: Any) -> Any:
    far = np.abs(r)
    return np.where(far <= delta, 0.5 * r * r, delta * (far - 0.5 * delta))


@_expression
def _pseudo_huber(delta: Any, r: Any) -> Any:
    return delta * delta * (np.hypot(1.0, r / delta) - 1.0)


# --- of the normal distribution, and of the gamma function ---------------------------------------


@_function("ndtr")
def _ndtr(library: JavaScript, x: Any) -> Any:
    return 0.5 * special("erfc", library, x * -_ROOT)


@_function("log_ndtr")
def _log_ndtr(library: JavaScript, x: Any) -> Any:
    left = np.log(0.5 * special("erfcx", library, np.maximum(-x, 0.0) * _ROOT)) - 0.5 * x * x
    right = np.log1p(-0.5 * special("erfc", library, np.maximum(x, 0.0) * _ROOT))
    return np.where(x < 0, left, right)


@_function("gammasgn")
def _gammasgn(library: JavaScript, x: Any) -> Any:
    return np.sign(special("gamma", library, x))


@_function("rgamma")
def _rgamma(library: JavaScript, x: Any) -> Any:
    return np.where((x <= 0) & (x == np.floor(x)), 0.0, 1.0 / special("gamma", library, x))


@_function("loggamma")
def _loggamma(library: JavaScript, x: Any) -> Any:
    return np.where(x < 0, math.nan, special("gammaln", library, x))


@_function("betaln")
def _betaln(library: JavaScript, a: Any, b: Any) -> Any:
    parts = (special("gammaln", library, x) for x in (a, b, a + b))
    return next(parts) + next(parts) - next(parts)


@_function("beta")
def _beta(library: JavaScript, a: Any, b: Any) -> Any:
    parts = (special("gamma", library, x) for x in (a, b, a + b))
    return next(parts) * next(parts) / next(parts)


@_function("poch")
def _poch(library: JavaScript, z: Any, m: Any) -> Any:
    return special("gamma", library, z + m) / special("gamma", library, z)


@_function("binom")
def _binom(library: JavaScript, n: Any, k: Any) -> Any:
    chosen = _beta(library, n - k + 1.0, k + 1.0)
    return 1.0 / ((n + 1.0) * chosen)
