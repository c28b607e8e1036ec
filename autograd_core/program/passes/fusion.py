"""Which operations run in one loop: element-wise ones of one shape, and reductions at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from ..value import Value, own_name, shape_of

__all__ = ["Kernel", "Kind", "fused", "kind_of", "root_of"]

Kind = Literal["element-wise", "reduction", "view", "alone"]
"""How an operation takes part: entry by entry; many entries to one; the same entries seen another
way, which is no work; or as a whole, in a kernel of its own."""

MOST = 400
"""So many operations are put into one loop: compilers slow down in long functions."""

VIEWS = frozenset({"reshape", "ravel", "expand_dims", "squeeze", "transpose", "broadcast_to"})
REDUCTIONS = frozenset({"sum", "max", "min", "prod", "all", "any"})


class Kernel:
    """Operations that run together.

    Attributes
    ----------
    shape : tuple of int or None
        Over which the loop goes; None for an operation that stands alone.
    values : list of Value
        What is computed, in order.
    """

    __slots__ = ("shape", "values")

    def __init__(self, shape: tuple[int, ...] | None) -> None:
        self.shape = shape
        self.values: list[Value] = []

    def __repr__(self) -> str:
        names = ", ".join(v.operation.name for v in self.values if v.operation is not None)
        return f"<Kernel {self.shape}: {names}>"


def kind_of(value: Value) -> Kind:
    """Return how an operation takes part in fusion, for a back end that can do all of them."""
    operation = value.operation
    if operation is None:
        return "alone"
    if operation.elementwise:
        return "element-wise"
    if own_name(value) in REDUCTIONS:
        return "reduction"
    return "view" if own_name(value) in VIEWS else "alone"


def root_of(value: Value, kind: Callable[[Value], Kind] = kind_of) -> Value:
    """Return the value whose entries a view shows, or the value itself."""
    while value.operation is not None and kind(value) == "view" and type(value.inputs[0]) is Value:
        value = value.inputs[0]
    return value


def fused(values: Iterable[Value], kind: Callable[[Value], Kind] = kind_of) -> list[Kernel]:
    """Return the kernels that compute values, in an order in which they can run.

    An element-wise operation joins the last loop over its shape, if what it needs is ready by then
    or made in that very loop; a reduction joins the loop over the shape of its input. Nothing that
    a reduction gives, and nothing that is seen through a view, is used in the same loop.

    Parameters
    ----------
    values : iterable of Value
        As `Program.values` returns them.
    kind : callable, optional
        How an operation takes part: "element-wise", "reduction", "view" or "alone".

    Returns
    -------
    list of Kernel
        Views are in none of them.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: np.sum(np.exp(2.0 * x)), np.ones(3))
    >>> fused(program.values())
    [<Kernel (3,): multiply, exp, sum>]
    """
    found: list[Kernel] = []
    place: dict[int, int] = {}
    latest: dict[tuple[int, ...], int] = {}
    for value in values:
        if value.operation is None or (how := kind(value)) == "view":
            continue
        shape = None
        if how != "alone":
            shape = shape_of(value.inputs[0]) if how == "reduction" else value.shape
        need = 0
        for x in value.inputs:
            if type(x) is Value and (root := root_of(x, kind)).operation is not None:
                at = place.get(id(root), -1)  # what is not among the values is there already
                inside = root is x and kind(x) == "element-wise" and x.shape == shape
                need = max(need, at if inside else at + 1)
        at = len(found)
        if shape is not None:
            at = latest.get(shape, -1)
            if at < need or len(found[at].values) >= MOST:
                at = latest[shape] = len(found)
        if at == len(found):
            found.append(Kernel(shape))
        found[at].values.append(value)
        place[id(value)] = at
    return found
