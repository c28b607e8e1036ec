"""``scipy.integrate`` on nodes: ordinary differential equations, and sums of samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate as _scipy

from .. import operations
from ..differentiation import vjp
from ..flattening import flatten
from ..node import Node, raw
from ..operation import Operation, as_operand
from .rows import falls_back_on

__all__ = ["cumulative_trapezoid", "odeint", "trapezoid"]

__getattr__ = falls_back_on(_scipy, __name__)

trapezoid = operations.trapezoid


def cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: float | None = None
) -> Any:
    """The integral of samples by the trapezoidal rule, up to each of them.

    Parameters
    ----------
    y : Node or array_like
        The samples.
    x : Node or array_like, optional
        Where they were taken: along `axis`, or each.
    dx : float, default 1
        The distance of two, without `x`.
    axis : int, default -1
        Along which axis.
    initial : float, optional
        A value to put first; the integral up to the first sample is left out otherwise.

    Returns
    -------
    Node or ndarray
        In the shape of y, one shorter along `axis` without `initial`; in units of y times those of
        x.

    Raises
    ------
    ValueError
        If there are not as many x as samples.
    numpy.exceptions.AxisError
        If y has no such axis.

    See Also
    --------
    scipy.integrate.cumulative_trapezoid : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy.integrate import cumulative_trapezoid
    >>> y = Node([0.0, 2.0, 4.0])
    >>> areas = cumulative_trapezoid(y, x=[0.0, 1.0, 2.0])
    >>> areas[-1].backward()
    >>> areas.value, y.grad
    (array([1., 4.]), array([0.5, 1. , 0.5]))
    """
    y = np.moveaxis(as_operand(y), axis, -1)
    if x is not None:
        x = as_operand(x)
        dx = np.diff(x) if x.ndim == 1 else np.diff(np.moveaxis(x, axis, -1))
        if dx.shape[-1] != y.shape[-1] - 1:
            raise ValueError(
                f"cumulative_trapezoid expects as many x as there are samples along the axis, "
                f"{y.shape[-1]}, got {dx.shape[-1] + 1}"
            )
    found = np.cumsum(0.5 * dx * (y[..., 1:] + y[..., :-1]), axis=-1)
    if initial is not None:
        first = np.full((*found.shape[:-1], 1), initial, found.dtype)
        found = np.concatenate([first, found], axis=-1)
    return np.moveaxis(found, -1, axis)


Slope = Callable[..., Any]
"""The right side of an equation: of (y, t, its further arguments), in the shape of y."""


def _forward(packed: Any, slope: Slope, unflatten: Any, sizes: tuple[int, int], solver: Any) -> Any:
    y0, times, parameters = _unpacked(packed, sizes)
    given = unflatten(parameters)
    return _scipy.odeint(lambda y, t: raw(slope(y, t, given)), y0, times, **solver)


def _unpacked(packed: Any, sizes: tuple[int, int]) -> tuple[Any, Any, Any]:
    state, times = sizes
    return packed[:state], packed[state : state + times], packed[state + times :]


def _rule(
    g: Any,
    out: Any,
    packed: Any,
    slope: Slope,
    unflatten: Any,
    sizes: tuple[int, int],
    solver: Any,
) -> Any:
    """The adjoint equation, backwards from one time to the one before (L. Pontryagin, 1962)."""
    _, times, parameters = _unpacked(packed, sizes)
    n, steps = sizes
    given = unflatten(parameters)

    def backwards(state: Any, t: Any, given: Any) -> Any:
        """Of y, the gradient at y, and that at the parameters."""
        change, pull_back = vjp(lambda y, given: slope(y, t, given), state[:n], given)
        at_y, at_given = pull_back(-state[n : 2 * n])
        return np.concatenate([change, at_y, flatten(at_given)[0]])

    options = {"slope": backwards, "unflatten": unflatten, "solver": solver}
    options["sizes"] = (2 * n + parameters.shape[0], 2)
    at_y = g[steps - 1]
    at_parameters = np.zeros_like(parameters)
    at_times = []
    for step in range(steps - 1, 0, -1):
        # A later time sees a later point of the same curve.
        at_times.append(np.sum(g[step] * slope(out[step], times[step], given)))
        start = np.concatenate([out[step], at_y, at_parameters])
        span = np.stack([times[step], times[step - 1]])
        found = _odeint(np.concatenate([start, span, parameters]), **options)[1]
        at_y, at_parameters = found[n : 2 * n] + g[step - 1], found[2 * n :]
    # A later start moves the curve back, but for the first point, which stays y0.
    at_start = at_y - g[0]
    at_times.append(-np.sum(at_start * slope(out[0], times[0], given)))
    return np.concatenate([at_y, np.stack(at_times[::-1]), at_parameters])


_odeint = Operation(
    "scipy.integrate.odeint",
    _forward,
    rules=(_rule,),
    keyword_options={"slope": None, "unflatten": None, "sizes": (0, 0), "solver": None},
    symbol="odeint",
    doc="The solution of an ordinary differential equation at given times.",
)


def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    args: tuple[Any, ...] = (),
    *,
    tfirst: bool = False,
    **solver: Any,
) -> Any:
    """Solve dy/dt = func(y, t, ...) from y0 on, and return y at the times t.

    Parameters
    ----------
    func : callable
        ``func(y, t, *args) -> dy/dt``, written so that it runs on nodes.
    y0 : array_like or Node
        The state at ``t[0]``, a vector.
    t : array_like or Node
        The times, in order, a vector; in the unit that `func` counts in.
    args : tuple, default ()
        Further arguments: numbers, arrays, nodes, and nested containers of them. What wants a
        gradient has to come in here, not from around `func`.
    tfirst : bool, default False
        Whether func is ``func(t, y, *args)``.
    **solver : float, int or bool
        SciPy's further options, such as ``rtol`` and ``atol``, 1.5e-8 each by default; gradients,
        for which equations are solved too, are about as exact. ``Dfun``, ``full_output`` and
        options that go with them are not for nodes.

    Returns
    -------
    Node or ndarray
        The states, of shape (times, states).

    Raises
    ------
    TypeError
        If an option is not for nodes, or func reads a node that wants a gradient from outside.
    ValueError
        If func returns not as many numbers as there are in y0, or the times are not in order.

    See Also
    --------
    scipy.integrate.odeint : the same on plain numbers.

    Notes
    -----
    The gradient takes the memory of the result alone, however many steps the solver makes: the
    adjoint equation is solved backwards. R. Chen et al., "Neural ordinary differential equations",
    2018; F. Fröhlich et al., "Scalable inference of ordinary differential equation models of
    biochemical processes", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy.integrate import odeint
    >>> rate = Node(0.5)
    >>> y = odeint(lambda y, t, rate: -rate * y, [1.0], [0.0, 2.0], args=(rate,))
    >>> y[1].backward(np.ones(1))
    >>> round(float(rate.grad), 5)  # -2 exp(-1)
    -0.73576
    """
    refused = sorted(solver.keys() & {"Dfun", "full_output", "col_deriv", "ml", "mu"})
    if any(solver[name] for name in refused):
        raise TypeError(f"odeint({refused[0]}=...) is not for nodes. Leave it out")
    parameters, unflatten = flatten(tuple(args) if isinstance(args, tuple) else (args,))
    start, times = np.ravel(as_operand(y0)), np.ravel(as_operand(t))

    def slope(y: Any, t: Any, given: Any) -> Any:
        found = func(t, y, *given) if tfirst else func(y, t, *given)
        if isinstance(found, (tuple, list)):
            found = np.stack([as_operand(x) for x in found])
        return np.ravel(as_operand(found))

    packed = np.concatenate([start, times, parameters])
    if packed.dtype.kind != "f":
        packed = packed.astype(np.float64)
    sizes = start.shape[0], times.shape[0]
    _check_slope(slope(raw(start), raw(times)[0], unflatten(raw(parameters))), start.shape)
    return _odeint(packed, slope=slope, unflatten=unflatten, sizes=sizes, solver=solver)


def _check_slope(found: Any, shape: tuple[int, ...]) -> None:
    if type(found) is Node and found.requires_grad:
        raise TypeError(
            "odeint expects func to read what wants a gradient from its arguments, and it reads a "
            "node from outside. Write odeint(func, y0, t, args=(node,)), and func of (y, t, node)"
        )
    if found.shape != shape:
        raise ValueError(
            f"odeint expects func to return as many numbers as there are in y0, {shape[0]}, got "
            f"{found.shape[0]}"
        )
