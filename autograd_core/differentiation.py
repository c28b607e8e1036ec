"""Derivatives of functions: `grad` and its relatives, to any order by nesting.

A function is evaluated on fresh nodes. Everything older than those counts as a constant of that
differentiation, so a derivative inside a derivative never mixes up the two, even where the inner
function reads a variable of the outer one.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

from .argument_names import says_argument
from .backpropagation import backpropagate, reaches_older
from .containers import leaves, leaves_beside, map_leaves
from .gradients import gradient_seed, owned
from .modes import is_recording, recording
from .node import Node, next_serial
from .operations.arithmetic import positive
from .recorded import depends, here
from .values import DIFFERENTIABLE, is_complex, numpy_value

Function = Callable[..., Any]


class _Trace:
    """One evaluation of a function on fresh nodes in place of some of its arguments."""

    def __init__(
        self,
        function: Function,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        positions: tuple[int, ...],
    ) -> None:
        self.oldest = next_serial()
        outside_records = is_recording()
        self.fresh: list[Any] = []
        traced = list(arguments)
        with recording(self.oldest):
            for position in positions:
                traced[position] = map_leaves(
                    lambda x: _fresh(x, outside_records), arguments[position]
                )
                self.fresh.append(traced[position])
            self.result = function(*traced, **keywords)
        # Something around this evaluation may be differentiated in turn: then the derivative
        # has to be a node too.
        self.recorded = outside_records and (
            any(type(x) is Node for x in leaves(arguments))
            or any(reaches_older(x, self.oldest) for x in leaves(self.result) if type(x) is Node)
        )
        if here():  # every derivative is a part of the program
            self.recorded = True
        self.stops = self.recorded and not outside_records

    def gradients(self, root: Any, seed: Any, recorded: bool) -> list[Any]:
        """The gradient of one result for every fresh node, nested as the arguments were."""
        found = {}
        if type(root) is Node and root.requires_grad:
            if recorded and type(seed) is not Node:
                seed = Node(seed, requires_grad=False)
            with recording(self.oldest if recorded else None):
                found = backpropagate(
                    root,
                    seed,
                    keep_intermediate=True,
                    oldest=self.oldest,
                    ends=leaves(tuple(self.fresh)),
                )
        taken: set[int] = set()

        def gradient(x: Node) -> Any:
            value = owned(found.get(x), x, taken)
            if recorded and type(value) is not Node:
                return Node(value, requires_grad=False)
            return value.detach() if self.stops else value

        return [map_leaves(gradient, container) for container in self.fresh]

    def plain(self, value: Any) -> Any:
        """What the caller gets for a node of the evaluation: the node, or its value alone."""
        if type(value) is Node and self.stops:
            return value.detach()
        if type(value) is Node:
            return value if self.recorded else _copied(value.value)
        return numpy_value(value)


def _fresh(x: Any, outside_records: bool) -> Node:
    if type(x) is not Node:
        return Node(x)
    if (x.requires_grad and outside_records) or depends(x):
        if x.dtype.kind not in DIFFERENTIABLE:
            return Node(x._value, name=x.name)  # raises
        node: Node = positive(x)  # another node with the same history
        node.name, node.requires_grad = x.name, True
        return node
    return Node(x.value, name=x.name)


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _like(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a function the name and the parameters of the one that it differentiates."""
    return wraps(function, assigned=("__name__",), updated=())


def require_function(caller: str, function: Any) -> None:
    """Raise unless there is something to differentiate."""
    if not callable(function):
        raise TypeError(f"{caller}() expects a function, got {type(function).__name__}")


def _checked_positions(caller: str, function: Any, argument: Any, count: int) -> tuple[int, ...]:
    require_function(caller, function)
    positions = argument if isinstance(argument, tuple) else (argument,)
    for position in positions:
        if not isinstance(position, int) or not -count <= position < count:
            raise ValueError(
                f"{caller}(f, argument={argument!r}) expects the index of a positional argument, "
                f"or a tuple of indices; the call has {count} positional arguments"
            )
    if len({position % count for position in positions}) < len(positions):
        raise ValueError(f"{caller}(f, argument={argument!r}) names an argument twice")
    return positions


def _is_number_or_array(result: Any) -> bool:
    return isinstance(result, (numbers.Number, np.generic, np.ndarray, Node))


def refuse_steps(caller: str, result: Any) -> None:
    """Whole numbers and truth values change in steps: a derivative of 0 would only mislead."""
    if not _is_number_or_array(result):
        return
    dtype = result.dtype if type(result) is Node else np.asarray(result).dtype
    if dtype.kind in "iub":
        raise TypeError(
            f"{caller}() expects a function to floating-point numbers, got a result of dtype "
            f"{dtype}: it changes in steps, so that its derivative is 0 wherever it has one. "
            "Return what it was made of, such as x - y for x < y or np.max(x) for np.argmax(x), or "
            "a smooth stand-in; a constant is written as a float: 1.0"
        )


def _check_result(caller: str, result: Any) -> None:
    if not _is_number_or_array(result):
        raise TypeError(
            f"{caller}() expects a function to one number or array, got {type(result).__name__}. "
            "Join several with np.stack or np.concatenate"
        )
    refuse_steps(caller, result)


@says_argument
def value_and_grad(f: Function, argument: int | tuple[int, ...] = 0) -> Function:
    """Return a function that computes f and its gradient in one go.

    Parameters
    ----------
    f : callable
        From numbers, arrays, Nodes, or nested tuples, lists and dicts of them, to a scalar.
    argument : int or tuple of int, default 0
        Which positional argument to differentiate for; a tuple gives a tuple of gradients.

    Returns
    -------
    callable
        ``(*arguments) -> (value, gradient)``. The gradient is nested and shaped like the
        argument. Nodes come out where an argument is a node, so that calls nest.

    Raises
    ------
    ValueError
        When called: if f returns no scalar, or has no such argument.
    TypeError
        When called: as `grad` does, such as for integers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(lambda w: np.sum(w**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    require_function("grad", f)

    @_like(f)
    def differentiated(*arguments: Any, **keywords: Any) -> tuple[Any, Any]:
        positions = _checked_positions("grad", f, argument, len(arguments))
        trace = _Trace(f, arguments, keywords, positions)
        root = trace.result
        seed: Any = 1.0
        if type(root) is Node:
            if root.size != 1:
                raise ValueError(
                    f"grad() expects a function to a scalar, got a result of shape {root.shape}. "
                    "Reduce it, for example with np.sum, or use jacobian()"
                )
            seed = gradient_seed(root, None, "grad()")
        elif not _is_number_or_array(root) or np.size(root) != 1:
            raise TypeError(
                f"grad() expects a function to a scalar, got {type(root).__name__}. "
                "Return one node or number"
            )
        refuse_steps("grad", root)
        found = trace.gradients(root, seed, trace.recorded)
        return trace.plain(root), tuple(found) if isinstance(argument, tuple) else found[0]

    return differentiated


@says_argument
def grad(f: Function, argument: int | tuple[int, ...] = 0) -> Function:
    """Return the gradient function of f; nesting it gives higher orders.

    Parameters
    ----------
    f : callable
        From numbers, arrays, Nodes, or nested tuples, lists and dicts of them, to a scalar.
    argument : int or tuple of int, default 0
        Which positional argument to differentiate for; a tuple gives a tuple of gradients.

    Returns
    -------
    callable
        ``(*arguments) -> gradient``, nested and shaped like the argument.

    Raises
    ------
    ValueError
        When called: if f returns no scalar, or has no such argument.
    TypeError
        When called: if an argument is not floating-point data, the result is complex, or f returns
        a bool or an integer; if f takes a number out of the graph, as ``math.exp(x)`` does; see
        `Node`.

    Notes
    -----
    For a complex argument z = x + iy the gradient is df/dx - i df/dy, see `Node`. So the derivative
    of a holomorphic f is ``grad(lambda z: np.real(f(z)))``.

    Examples
    --------
    >>> from autograd_core import grad, sigmoid
    >>> slope = grad(sigmoid)
    >>> slope(0.0)
    np.float64(0.25)
    >>> grad(grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    both = value_and_grad(f, argument)

    @_like(f)
    def gradient(*arguments: Any, **keywords: Any) -> Any:
        return both(*arguments, **keywords)[1]

    return gradient


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Return f's value and the function that pulls a gradient back through it.

    Parameters
    ----------
    f : callable
        From the primals to one number or array.
    *primals : number, array_like, or nested container of them
        The arguments; all are differentiated for.

    Returns
    -------
    value
        ``f(*primals)``.
    pull_back : callable
        From a gradient at the value, in its shape, to a tuple of gradients, one per primal
        (the vector-Jacobian product). It can be called again and again.

    Raises
    ------
    TypeError
        If a primal is not floating-point data, or f returns integers or several arrays. Of
        `pull_back`: if the gradient does not hold real numbers though the value does.
    ValueError
        Of `pull_back`: if the gradient has another shape than the value.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import vjp
    >>> value, pull_back = vjp(lambda x: x**2, np.array([1.0, 3.0]))
    >>> value
    array([1., 9.])
    >>> pull_back(np.array([1.0, 10.0]))
    (array([ 2., 60.]),)
    """
    positions = _checked_positions("vjp", f, tuple(range(len(primals))), len(primals))
    trace = _Trace(f, primals, {}, positions)
    root = trace.result
    _check_result("vjp", root)
    value = trace.plain(root)

    def pull_back(cotangent: Any) -> tuple[Any, ...]:
        recorded = trace.recorded or (type(cotangent) is Node and is_recording())
        if type(root) is Node:
            cotangent = gradient_seed(root, cotangent, "pull_back()")
        return tuple(trace.gradients(root, cotangent, recorded))

    return value, pull_back


def jvp(f: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return f's value and its derivative along a direction (the Jacobian-vector product).

    Parameters
    ----------
    f : callable
        From the primals to one number or array.
    primals, tangents : tuple
        The arguments and the direction, nested and shaped alike.

    Returns
    -------
    value, tangent
        ``f(*primals)``, and d f(primals + t * tangents) / dt at t = 0 in the same shape.

    Raises
    ------
    TypeError
        If `primals` or `tangents` are no tuples, or a tangent of a real primal is complex.
    ValueError
        If tangents are nested or shaped otherwise than the primals.

    Notes
    -----
    The pull-back u -> J^T u is linear in u, so J t is the gradient of (J^T u) . t for u: two
    reverse passes serve as a forward one, with the same rules.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import jvp
    >>> jvp(np.exp, (0.0,), (2.0,))[1]
    np.float64(2.0)
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise TypeError(
                f"jvp(f, primals, tangents) expects tuples, got {name} of type "
                f"{type(given).__name__}; for one argument write jvp(f, (x,), (t,))"
            )
    positions = _checked_positions("jvp", f, tuple(range(len(primals))), len(primals))
    trace = _Trace(f, primals, {}, positions)
    root = trace.result
    _check_result("jvp", root)
    value = trace.plain(root)
    fresh = tuple(trace.fresh)
    try:
        directions = leaves_beside(fresh, tangents)
    except ValueError as error:
        raise ValueError(f"jvp() expects tangents nested like the primals, but {error}") from None
    shapes = [x.shape for x in leaves(fresh)]
    if [np.shape(t) for t in directions] != shapes:
        raise ValueError(
            f"jvp() expects tangents shaped like the primals, {shapes}, got "
            f"{[np.shape(t) for t in directions]}"
        )
    for x, t in zip(leaves(fresh), directions, strict=True):
        if is_complex(t) and not is_complex(x):
            raise TypeError(
                f"jvp() expects real tangents for a primal of {x.dtype}, got complex ones"
            )
    recorded = trace.recorded or (
        is_recording() and any(type(t) is Node and t.requires_grad for t in directions)
    )
    if type(root) is not Node or not root.requires_grad:
        return value, numpy_value(np.zeros_like(value))
    with recording(trace.oldest):
        # Any u will do; but at a pole the rules treat a gradient of exactly 0 apart.
        probe = Node(np.ones_like(root._value))
        pulled = trace.gradients(root, probe, recorded=True)
        along: Any = 0.0
        for g, t in zip(leaves(tuple(pulled)), directions, strict=True):
            along = along + real_product(g, t)
        if type(along) is not Node or not along.requires_grad:
            return value, numpy_value(np.zeros_like(root._value))
        seed: Any = gradient_seed(along, None, "jvp()")
        if recorded:
            seed = Node(seed, requires_grad=False)
        # Only what was made of u: the pull-back is differentiated, not the function again.
        found = backpropagate(
            along, seed, keep_intermediate=True, oldest=probe.serial, towards=probe, ends=[probe]
        )
    return value, owned(found.get(probe), probe, set())


def real_product(g: Any, t: Any) -> Any:
    """How much a step `t` changes a result whose gradient is `g`."""
    found = np.sum(g * t)
    return np.real(found) if is_complex(found) else found


@says_argument
def jacobian(f: Function, argument: int | tuple[int, ...] = 0) -> Function:
    """Return the function that computes all partial derivatives of f.

    Parameters
    ----------
    f : callable
        From numbers, arrays, Nodes, or nested containers of them, to the same.
    argument : int or tuple of int, default 0
        Which positional argument to differentiate for; a tuple gives a tuple of Jacobians.

    Returns
    -------
    callable
        ``(*arguments) -> array`` of the output's shape, then the input's. For containers, nested
        as the output, and in that as the input. Of complex numbers either the output or the input
        may consist.

    Raises
    ------
    ValueError
        When called: if f has no such argument.
    TypeError
        When called: if an argument is not floating-point data, f returns integers, or both argument
        and result are complex.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import jacobian
    >>> jacobian(lambda x: x**2)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """
    require_function("jacobian", f)

    @_like(f)
    def differentiated(*arguments: Any, **keywords: Any) -> Any:
        positions = _checked_positions("jacobian", f, argument, len(arguments))
        trace = _Trace(f, arguments, keywords, positions)
        # Of several results each has Jacobians of its own.
        return map_leaves(lambda root: of_one(trace, root), trace.result)

    def of_one(trace: _Trace, root: Any) -> Any:
        _check_result("jacobian", root)
        value = root._value if type(root) is Node else numpy_value(root)
        if is_complex(value) and any(is_complex(x) for x in leaves(trace.fresh)):
            raise TypeError(
                "jacobian() of a complex result for complex arguments: such a function has no "
                "single matrix of derivatives, unless it is holomorphic. Write jacobian(lambda z: "
                "np.real(f(z))), which is that of a holomorphic f; or jvp() for one direction"
            )
        rows = [trace.gradients(root, seed, trace.recorded) for seed in _unit_seeds(value)]

        def stacked(position: int, path: int) -> Any:
            parts = [leaves(row[position])[path] for row in rows]
            if is_complex(value):  # i asks for the imaginary part, with the other sign
                parts = [re - 1j * im for re, im in zip(parts[::2], parts[1::2], strict=True)]
            inner = np.shape(leaves(trace.fresh[position])[path])
            if not parts:
                return np.zeros(value.shape + inner, value.dtype)
            whole: Any = np.reshape(np.stack(parts), value.shape + inner)
            return whole if type(whole) is Node else numpy_value(whole)

        found = []
        for position, container in enumerate(trace.fresh):
            paths = iter(range(len(leaves(container))))
            # Called at once, while position and paths are this round's.
            found.append(map_leaves(lambda _: stacked(position, next(paths)), container))  # noqa: B023
        return tuple(found) if isinstance(argument, tuple) else found[0]

    return differentiated


def _unit_seeds(value: Any) -> Iterator[Any]:
    """One seed per entry of the output: 1 there, 0 elsewhere; i as well where it is complex."""
    for entry in range(value.size):
        for unit in (1, 1j) if is_complex(value) else (1,):
            seed = np.zeros(value.size, value.dtype)
            seed[entry] = unit
            yield numpy_value(seed.reshape(value.shape))


@says_argument
def hessian(f: Function, argument: int = 0) -> Function:
    """Return the function that computes the second derivatives of a scalar function.

    Parameters
    ----------
    f : callable
        From numbers, arrays or Nodes to a scalar.
    argument : int, default 0
        Which positional argument to differentiate for.

    Returns
    -------
    callable
        ``(*arguments) -> array`` of the input's shape twice.

    Raises
    ------
    ValueError
        When called: if f returns no scalar, or has no such argument.
    TypeError
        When called: as `grad` does, such as for integers.

    Notes
    -----
    For a product with one vector, ``jvp(grad(f), (x,), (v,))[1]`` costs a few evaluations of f
    instead of one per entry of x.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])
    """
    return jacobian(grad(f, argument), argument)
