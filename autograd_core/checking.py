"""Check gradients against the difference quotient, and find what is not finite."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from .backpropagation import ancestors
from .containers import leaves, map_leaves
from .differentiation import grad, real_product, refuse_steps
from .modes import no_grad
from .node import Node, raw
from .operation import as_operand
from .values import is_complex


def check_gradients(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    eps: float = 1e-6,
    atol: float = 1e-7,
    rtol: float = 1e-5,
    directions: int = 3,
    seed: int = 0,
) -> None:
    """Compare the gradients of f with the difference quotient, in float64.

    Every entry of every input is compared, and the derivative along random directions: those are
    sums over all entries, so an error spread thinly over many still shows.

    Parameters
    ----------
    f : callable
        From numbers, arrays or Nodes to one number or array; for an array, a fixed random
        combination of its entries is checked.
    *inputs : float or array_like, or nested tuples, lists and dicts of them
        Where to check; converted to float64, or complex128. Of a complex number the real part and
        the imaginary part are varied.
    order : int, default 1
        2 checks the second derivatives as well, and so on: those for the upstream
        gradient too, along the random directions.
    eps : float, default 1e-6
        Step of the central difference quotient, relative to max(1, |x|).
    atol, rtol : float, default 1e-7 and 1e-5
        Tolerances: a difference of at most atol + rtol * |numeric| passes.
    directions : int, default 3
        How many random directions.
    seed : int, default 0
        Seed of the directions.

    Raises
    ------
    AssertionError
        If a derivative differs; names the input, the index, and both values. If the two sides of
        the point have different slopes, or the function jumps there, it warns of that instead.
    ValueError
        If `order` is below 1, or `eps` not above 0.

    References
    ----------
    Lecture 003, "Computational Graph", option 2: the difference quotient.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import check_gradients, sigmoid
    >>> check_gradients(lambda x, w: sigmoid(x @ w), np.ones((2, 3)), np.ones((3, 1)), order=2)
    """
    if order < 1:
        raise ValueError(f"check_gradients(order=...) expects 1 or more, got {order}")
    if not eps > 0:
        raise ValueError(f"check_gradients(eps=...) expects a step above 0, got {eps}. Write 1e-6")
    nest = map_leaves(_in_double_precision, inputs)
    check = _Check(eps, atol, rtol)
    for current in range(1, order + 1):
        random = np.random.default_rng([seed, current])
        weights = _weights(f, nest, [seed, current])
        scalar = _Combined(f, weights)
        check.compare(scalar, nest, len(leaves(inputs)), directions, random, current)
        f = _Slope(f, map_leaves(lambda x: _random_like(x, random), nest))  # noqa: B023
        nest = (*nest, weights)


def _weights(f: Callable[..., Any], nest: tuple[Any, ...], seed: list[int]) -> Any:
    """The incoming gradient with which f is checked: random numbers, or 1 for one real number."""
    with no_grad():
        out = f(*nest)
    refuse_steps("check_gradients", out)
    if np.ndim(out) or is_complex(out):
        return np.asarray(_random_like(as_operand(out), np.random.default_rng(seed)))
    return np.array(1.0)


def _in_double_precision(x: Any) -> Any:
    return np.array(raw(x), dtype=np.complex128 if is_complex(np.asarray(raw(x))) else np.float64)


def _random_like(x: Any, random: np.random.Generator) -> Any:
    found = random.standard_normal(x.shape)
    return found + 1j * random.standard_normal(x.shape) if is_complex(x) else found


class _Combined:
    """The scalar function that is checked: a fixed random combination of f's entries."""

    def __init__(self, f: Callable[..., Any], weights: Any) -> None:
        self.f = f
        self.weights = weights
        self.combines = bool(np.ndim(weights)) or is_complex(weights)

    def __call__(self, *arguments: Any) -> Any:
        out = self.f(*arguments)
        return real_product(out, self.weights) if self.combines else out


class _Slope:
    """The slope of f along a fixed direction: its gradient is of the next order.

    The last argument is the upstream gradient. Where it varies, too, a rule that
    takes it for a constant is found.
    """

    def __init__(self, f: Callable[..., Any], direction: tuple[Any, ...]) -> None:
        self.f = f
        self.direction = direction

    def __call__(self, *arguments: Any) -> Any:
        *inputs, weights = arguments
        gradients = grad(
            lambda *inputs: real_product(self.f(*inputs), weights), tuple(range(len(inputs)))
        )(*inputs)
        pairs = zip(leaves(gradients), leaves(self.direction), strict=True)
        return sum((real_product(g, t) for g, t in pairs), start=0.0)


class _Check:
    """Difference quotients and the comparison with them."""

    def __init__(self, eps: float, atol: float, rtol: float) -> None:
        self.eps = eps
        self.atol = atol
        self.rtol = rtol

    def compare(
        self,
        f: Callable[..., Any],
        nest: tuple[Any, ...],
        by_entry: int,
        directions: int,
        random: np.random.Generator,
        order: int,
    ) -> None:
        """Compare along the entries of the first leaves, and along random directions of all."""
        where = leaves(nest)
        analytic = leaves(grad(f, tuple(range(len(nest))))(*nest))
        pairs = zip(where[:by_entry], analytic[:by_entry], strict=True)
        for number, (x, gradient) in enumerate(pairs):
            parts: Any = {1.0: "", 1j: ", imaginary part"} if is_complex(x) else {1.0: ""}
            for index, one in product(np.ndindex(x.shape), parts):
                unit = [np.zeros_like(other) for other in where]
                unit[number][index] = one
                place = f"input {number}" + (f", index {list(index)}" if index else "") + parts[one]
                step = self.eps * max(1.0, abs(x[index]))
                slope = float(np.real(gradient[index] * one))
                self._compare_along(f, nest, unit, slope, step, place, order)
        for _ in range(directions):
            along = [_random_like(x, random) * np.maximum(1, np.abs(x)) for x in where]
            slope = sum(float(real_product(g, t)) for g, t in zip(analytic, along, strict=True))
            self._compare_along(f, nest, along, slope, self.eps, "a random direction", order)
        if not getattr(f, "combines", False):  # else the weights have shown it
            self._require_linear(f, nest, analytic)

    def _require_linear(
        self, f: Callable[..., Any], nest: tuple[Any, ...], analytic: list[Any]
    ) -> None:
        """An upstream gradient of -2 has to give -2 times what a gradient of 1 gives."""
        scaled = leaves(grad(lambda *x: -2.0 * f(*x), tuple(range(len(nest))))(*nest))
        for g, once in zip(scaled, analytic, strict=True):
            if not np.allclose(g, -2.0 * once, self.rtol, self.atol, equal_nan=True):
                raise AssertionError(
                    "a rule is not linear in the upstream gradient: with -2 in place of 1 it "
                    f"gives {g.tolist()}, expected {(-2.0 * once).tolist()}"
                )

    def _compare_along(
        self,
        f: Callable[..., Any],
        nest: tuple[Any, ...],
        direction: list[Any],
        analytic: float,
        step: float,
        place: str,
        order: int,
    ) -> None:
        def at(t: float) -> float:
            moved = iter(direction)
            with no_grad():
                value = f(*map_leaves(lambda x: x + t * next(moved), nest))
            return float(raw(value))

        numeric = (at(step) - at(-step)) / (2 * step)
        if self._agree(analytic, numeric):
            return
        kind = "derivative" if order == 1 else f"derivative of order {order}"
        if self._jumps(at, step):
            warnings.warn(
                f"check_gradients: the function jumps within {step:.1e} of {place}, so that the "
                f"{kind} can't be compared there; by the rule it is {analytic:.6g}. Check at "
                "another point; a pseudo-inverse of low rank as lambda u, v: np.linalg.pinv(u @ v)",
                stacklevel=5,
            )
            return
        kink = self._slopes_at_kink(at, step)
        if kink is not None:
            left, right = kink
            low, high = sorted(kink)
            slack = self.atol + self.rtol * max(abs(low), abs(high))
            if low - slack <= analytic <= high + slack:
                warnings.warn(
                    f"check_gradients: the function has a kink within {step:.1e} of {place}: the "
                    f"{kind} is {left:.6g} on the left and {right:.6g} on the right, and "
                    f"{analytic:.6g} by the rule. Check at another point to be sure of the rule.",
                    stacklevel=5,
                )
                return
        if getattr(f, "combines", False):
            kind += " of a fixed random combination of the results"
        raise AssertionError(
            f"{kind} for {place}: analytic {analytic:.9g}, numeric {numeric:.9g} "
            f"(difference {abs(analytic - numeric):.3g}, allowed "
            f"{self.atol + self.rtol * abs(numeric):.3g})"
        )

    def _agree(self, analytic: float, numeric: float) -> bool:
        return abs(analytic - numeric) <= self.atol + self.rtol * abs(numeric)

    def _jumps(self, at: Callable[[float], float], step: float) -> bool:
        """Whether the value on one side does not come nearer to that at the point.

        As of a pseudo-inverse where the rank changes: 1 / t on both sides of a number.
        """
        here = at(0.0)
        return any(
            near > 0.5 * abs(at(side * step) - here)
            for side in (-1.0, 1.0)
            if (near := abs(at(side * step / 64) - here)) > self.atol + self.rtol * abs(here)
        )

    def _slopes_at_kink(
        self, at: Callable[[float], float], step: float
    ) -> tuple[float, float] | None:
        """The slopes left and right of a kink in the interval of the quotient, if there is one.

        Of the slopes over 16 parts of the interval, two near the kink differ by (almost) as much
        as the outermost do. Where the function is smooth but curved, they change bit by bit.
        """
        values = [at(step * part / 8) for part in range(-8, 9)]
        slopes = np.diff(values) * (8 / step)
        left, right = float(slopes[0]), float(slopes[-1])
        jump = float(np.max(np.abs(slopes[2:] - slopes[:-2])))
        if self._agree(left, right) or jump < 0.5 * abs(right - left):
            return None
        return left, right


def find_nonfinite(root: Node) -> Node | None:
    """Find the operation that made the first NaN or infinity.

    Values are searched first, in the order in which they were computed; then, after `backward`,
    gradients in the order in which they were.

    Parameters
    ----------
    root : Node
        A result, such as the loss.

    Returns
    -------
    Node or None
        The node whose value is not finite though its inputs are; or whose gradient rules made a
        gradient that is not finite of one that was (``node.operation`` is at fault); or a leaf
        that held such a value from the start. None where everything is finite.

    Raises
    ------
    TypeError
        If `root` is no Node.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, find_nonfinite, log
    >>> x = Node(0.0, name="x")
    >>> with np.errstate(divide="ignore"):
    ...     y = 2.0 * log(x)
    >>> find_nonfinite(y).operation.name
    'log'
    """
    if type(root) is not Node:
        raise TypeError(f"find_nonfinite() expects a Node, got {type(root).__name__}")
    order = ancestors(root)
    for node in order:
        # Inputs come before their consumers, so the first one found has finite inputs, unless a
        # constant of the expression is to blame: then the operation that read it is named.
        if not _is_finite(node.value):
            return node
    for node in reversed(order):
        if _has_finite_gradient(node) and not all(
            _has_finite_gradient(x) for x in node.inputs if type(x) is Node
        ):
            return node
    return None if _has_finite_gradient(root) else root


def _has_finite_gradient(node: Node) -> bool:
    return node.grad is None or _is_finite(raw(node.grad))


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):  # np.float64 too; NumPy takes far longer for one number
        return math.isfinite(value)
    return bool(np.all(np.isfinite(value)))
