"""Contributions that nobody asked for: 0 where the upstream gradient is exactly 0.

``where(v < 1, exp(v), 2 * v)`` at v = 1000 has the gradient 2; but the branch that was not taken
contributes 0 * inf = nan. So where a gradient comes out as nan, the walk is repeated, and what an
operation makes of a gradient of exactly 0 is dropped if it is not finite. A pole at which a
gradient arrives stays, and so does everything where the result itself is not finite: there nan is
honest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from .node import Node, raw

_BILINEAR = frozenset(
    {"convolution", "convolution_input", "convolution_kernel", "einsum", "matmul"}
)
"""Operations that sum products of two inputs: 0 * inf hides in the sum there."""

_ndarray = np.ndarray

_SMALL = 4096
"""Up to so many entries argmax, which calls nan the largest, is the fastest way to find one."""


found_invalid = 0
"""Grows with every operation of a walk, in any thread, that NumPy finds invalid: 0 * inf is."""


def _count_invalid(kind: str, flag: int) -> None:
    global found_invalid
    found_invalid += 1


def _start_counting() -> Any:
    state = np.errstate(all="ignore", invalid="call", call=_count_invalid)
    state.__enter__()
    return state


def _stop_counting(state: Any) -> None:
    state.__exit__(None, None, None)


start_counting: Callable[[], Any] = _start_counting
"""Count what is invalid in silence, until `stop_counting` is given what this returns.

What is infinite shows in the gradients, and `find_nonfinite` says where it came from.
"""
stop_counting: Callable[[Any], None] = _stop_counting

_umath: Any = getattr(getattr(np, "_core", None), "umath", None)
if hasattr(_umath, "_make_extobj") and hasattr(_umath, "_extobj_contextvar"):
    # What np.errstate does, in a sixth of its time, which is that of two operations on numbers.
    start_counting = partial(
        _umath._extobj_contextvar.set,
        _umath._make_extobj(all="ignore", invalid="call", call=_count_invalid),
    )
    stop_counting = _umath._extobj_contextvar.reset


def has_nan(gradients: dict[Node, Any], nodes: Iterable[Node]) -> bool:
    """Whether the gradient of any of the nodes holds a nan; None holds none."""
    for node in nodes:
        gradient = gradients.get(node)
        if type(gradient) is Node:
            gradient = gradient._value
        if gradient is None:
            continue
        if type(gradient) is not _ndarray:
            if gradient != gradient:
                return True
        elif gradient.size > _SMALL:
            # A sum of squares of an infinity or beyond the range is not finite, either. Entries as
            # they lie in memory: in another order they would be copied first.
            flat = gradient.ravel("K")
            if not math.isfinite(np.vdot(flat, flat).real) and np.isnan(flat).any():
                return True
        elif gradient.size:
            entry = gradient.item(gradient.argmax())
            if entry != entry:
                return True
    return False


def is_finite_at(root: Node, seed: Any) -> bool:
    """Whether all entries of a result are finite that the gradient at it asks for."""
    return bool(np.all(np.isfinite(root._value) | np.equal(raw(seed), 0)))


def without_unused(
    part: Any, g: Any, node: Node, rule: Callable[..., Any], out: Any, values: tuple[Any, ...]
) -> Any:
    """What a rule returned, without what is not finite although nothing came from above.

    Parameters
    ----------
    part : number, ndarray or Node
        ``rule(g, out, *values, **node.options)``.
    g : number, ndarray or Node
        The gradient at the operation's result, `node`.
    rule, out, values
        The rule and what it was given, for sums of products: they are computed again.
    """
    bad = ~np.isfinite(raw(part))
    unasked = np.equal(raw(g), 0)
    if not np.any(bad) or not np.any(unasked):
        return part
    if np.all(unasked):
        return np.where(bad, 0.0, part)
    operation = node.operation
    assert operation is not None
    if operation.name in _BILINEAR and len(values) == 2:
        return _without_unused_products(part, g, rule, out, values, node.options)
    unasked = _in_shape(unasked, np.shape(bad), node)
    return np.where(bad & unasked, 0.0, part)


def _in_shape(unasked: Any, shape: tuple[int, ...], node: Node) -> Any:
    """For each entry of a contribution: whether no gradient arrived that concerns it."""
    operation, options = node.operation, node.options
    if operation is not None and operation.elementwise:
        return unasked if np.shape(unasked) == shape else False
    if "axis" not in options or not isinstance(axis := options["axis"], (int, tuple, type(None))):
        return False
    if np.shape(unasked) == shape:  # such as softmax: every entry of a row concerns the row
        return np.all(unasked, axis=axis, keepdims=True)
    # A reduction: each entry of the result concerns what it was reduced from.
    kept = np.empty(shape, np.bool_).any(axis=axis, keepdims=True).shape
    return unasked.reshape(kept) if math.prod(kept) == np.size(unasked) else False


def _without_unused_products(
    part: Any, g: Any, rule: Callable[..., Any], out: Any, values: tuple[Any, ...], options: Any
) -> Any:
    """Sums of products again, without those of 0 and what is not finite."""
    bad = [~np.isfinite(raw(x)) for x in values]
    finite = [np.where(b, 0.0, x) if np.any(b) else x for b, x in zip(bad, values, strict=True)]
    asked = (np.not_equal(raw(g), 0) | ~np.isfinite(raw(g))).astype(float)
    met = rule(asked, raw(out), *[b.astype(float) for b in bad], **options)
    return np.where(np.greater(met, 0), part, rule(g, out, *finite, **options))
