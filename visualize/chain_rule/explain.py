"""`explain`: the chain rule for one gradient, path by path."""

from __future__ import annotations

import difflib
import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.values import is_complex

from ..from_torch.graph import graph_to
from ..from_torch.recording import is_tensor
from ..graph.naming import names_of_graph
from ..live.derivatives import contribution, gradients
from ..live.numbers import is_live
from ..text import check_number_format, shape_text, shown
from .derivation import Derivation
from .entries import checked_entry
from .paths import ChainRule, Link, Path, Ways, count_paths, largest_paths, logarithm, ways_to

if TYPE_CHECKING:
    from torch import Tensor

MOST_PATHS = 20
"""So many paths are shown; of more, those of the largest contribution."""

MOST_CANDIDATES = 100
"""Between arrays it is estimated which paths contribute most; so many are computed, then sorted."""


class Explanation(ChainRule):
    """The chain rule for one gradient. Make one with `explain`.

    ``str()`` writes it as plain text; a notebook shows it as formulas.

    Parameters
    ----------
    ways : Ways
        The graph between `root` and `wrt`, from which the paths are read.
    number_format : str
        How numbers are written, as in Python's `format`.

    Attributes
    ----------
    root, wrt : Node
        The gradient is d root / d wrt.
    paths : tuple of Path
        The paths from `root` to `wrt`; where there are more than 20, those of the largest
        contribution.
    count : int
        How many paths there are in all.
    value : numpy scalar or ndarray
        The gradient: the sum over all paths.
    entry : tuple of int or None
        The entry that is written, where only one is.
    index_form : bool
        Whether the matrices are also written in indices.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import explain
    >>> x = Node(2.0, name="x")
    >>> found = explain(x**2 + 3 * x, wrt=x)
    >>> float(found.value), found.count
    (7.0, 2)
    """

    def __str__(self) -> str:
        return "\n".join(Derivation(self, latex=False).lines())

    def __repr__(self) -> str:
        return str(self)

    def _repr_latex_(self) -> str:
        return Derivation(self, latex=True).display()


def explain(
    root: Node | Tensor,
    wrt: Node | Tensor | str,
    *,
    number_format: str = ".4g",
    entry: Any = None,
    index_form: bool = False,
) -> Explanation:
    """Explain a gradient: every path that it comes from, with its local gradients.

    The gradient is the sum, over all paths from the root to the node, of the product of the local
    gradients along the path. Nothing is changed in the graph, and `backward` need not have run.

    Parameters
    ----------
    root : Node or torch.Tensor
        The result that is differentiated, with one entry; of PyTorch's see `record_torch`.
    wrt : Node, torch.Tensor or str
        With respect to what: a node that `root` was made of, or its name; also a made one, z1.
    number_format : str, default ".4g"
        How numbers are written.
    entry : tuple of int, optional
        Of an array: write one entry of the gradient, as the sum of what the next operations pass
        back to it, with the numbers.
    index_form : bool, default False
        Of a network's weight, whose gradient is also written between matrices: once more in
        indices.

    Returns
    -------
    Explanation
        Plain text with ``str()``, formulas in a notebook, and the numbers in ``.paths`` and
        ``.value``.

    Raises
    ------
    TypeError
        If `root` is no node, or `wrt` neither a node nor a name, or a complex number is on the
        way.
    ValueError
        If `root` has several entries, or `wrt` is not in its graph, or wants no gradient.
    IndexError
        If `entry` is not in the array.

    Notes
    -----
    A function in a scope of its own is one factor, such as f2′. What has no name is called as in
    ``draw(..., names=True)``, and what that stands for is said below. Between arrays each step is
    written in matrix form, with the shapes. Of more than 20 paths those with the largest
    contribution are shown; between arrays that order is found with an estimate, from how much the
    whole gradient grows in each step.

    References
    ----------
    Lecture 003, "Neural Chain" and "Neural Network, one hidden layer".

    Examples
    --------
    >>> from autograd_core import Node, relu
    >>> from visualize import explain
    >>> x, w1 = Node(3.0, name="x"), Node(0.5, name="w1")
    >>> w2, target = Node(-1.0, name="w2"), Node(3.0, name="target")
    >>> x2 = relu(x * w1)
    >>> z2 = x2 * w2
    >>> y = z2**2
    >>> loss = (y - target) ** 2
    >>> x2.name, z2.name, y.name, loss.name = "x2", "z2", "y", "L"
    >>> print(explain(loss, wrt=w2))
    ∂L/∂w2 = ∂L/∂y · f2′(z2) · x2 = -1.5 · (-3) · 1.5 = 6.75
      with ∂L/∂y = 2·(y - target) = 2·(-0.75) = -1.5
           f2′(z2) = 2·z2 = 2·(-1.5) = -3

    One entry of the gradient of a product of matrices:

    >>> X, W = Node([[1.0, 2.0], [-2.0, 0.5]], name="X"), Node([[0.5], [1.0]], name="W")
    >>> Y = X @ W
    >>> Y.name = "Y"
    >>> loss = np.sum(Y * Y)
    >>> loss.name = "L"
    >>> print(explain(loss, W, entry=(0, 0)))
    ∂L/∂W[0,0] = Σ_n X[n,0]·∂L/∂Y[n,0] = 1·5 + (-2)·(-1) = 7
      all entries at once: ∂L/∂W = Xᵀ ∂L/∂Y,  2×2 · 2×1 → 2×1
      summed over the rows of X; a product sums over the columns of its left factor: Xᵀ
    """
    if is_tensor(root):
        root, wrt = graph_to(root, wrt)
    if type(root) is not Node:
        raise TypeError(
            f"explain() expects a Node, the result of an expression of nodes, got "
            f"{type(root).__name__}. Write for example: w = Node(1.8, name='w'); explain(w**2, w)"
        )
    check_number_format(number_format)
    if root.size != 1:
        raise ValueError(
            f"explain() expects a scalar at the root, got shape {root.shape}{_named(root)}. "
            "Reduce it first, for example: explain(root.sum(), wrt)"
        )
    wrt = _found(root, wrt)
    if entry is not None:
        entry = checked_entry("explain", wrt, entry)
    with np.errstate(all="ignore"):
        return replace(
            _explained(root, wrt, number_format), entry=entry, index_form=bool(index_form)
        )


def _explained(root: Node, wrt: Node, number_format: str) -> Explanation:
    ways = ways_to(root, wrt)
    found = next((node for node in ways if is_complex(node)), None)
    if found is not None:
        raise TypeError(
            f"explain() writes products of real numbers, got {found.dtype}{_named(found)} on the "
            "way. Write draw(root): it shows complex values and gradients"
        )
    count = count_paths(ways, root)
    one = np.ones_like(root.value)[()]
    passed_back = gradients(root, one) if root.requires_grad else {}
    if all(node.size == 1 for node in ways):
        paths = _of_numbers(ways, root, count)
    else:
        paths = _of_arrays(ways, root, count, passed_back, one)
    if count > MOST_PATHS:
        paths.sort(key=lambda path: -_size(path.value))
    else:
        paths.sort(key=lambda path: [position for _, position, _ in path.steps])
    value = passed_back.get(wrt)
    whole = _own(np.zeros_like(wrt.value) if value is None else value)
    return Explanation(root, wrt, tuple(paths[:MOST_PATHS]), count, whole, ways, number_format)


def _of_numbers(ways: Ways, root: Node, count: int) -> list[Path]:
    """The paths where every local gradient is one number, exactly those of the largest product."""

    @cache
    def locals_of(node: Node) -> dict[int, Any]:
        return _local_numbers(node, ways)

    def weights(node: Node) -> list[float]:
        if count <= MOST_PATHS:  # all are shown
            return [0.0] * len(ways[node])
        return [logarithm(abs(locals_of(node)[position])) for _, position, _ in ways[node]]

    paths = []
    for steps in largest_paths(ways, root, weights, MOST_PATHS):
        factors = tuple(locals_of(node)[position] for node, position, _ in steps)
        product: Any = 1.0
        for factor in factors:
            product = _times(product, factor)
        end = steps[-1][2] if steps else root
        if is_live(product):
            value = product.reshape(end.shape)
        else:
            value = np.full(end.shape, product, end.dtype)[()]
        paths.append(Path(_nodes(root, steps), tuple(steps), factors, value))
    return paths


def _local_numbers(node: Node, ways: Ways) -> dict[int, Any]:
    one = np.ones_like(node.value)[()]
    return {
        position: np.asanyarray(contribution(node, position, one)).item()
        for _, position, _ in ways[node]
    }


def _times(product: Any, factor: Any) -> Any:
    """A product on the way back, which stays 0 at a pole, as the rules have it."""
    if is_live(product):
        return product.unless_zero(product * factor)
    return product * factor if product else 0.0


def _own(value: Any) -> Any:
    """A copy of what may be shared with other gradients."""
    return value if is_live(value) else np.array(value)[()]


def _of_arrays(
    ways: Ways, root: Node, count: int, gradients: dict[Node, Any], one: Any
) -> list[Path]:
    """The paths where gradients are arrays, each passed back along its path alone."""

    def weights(node: Node) -> list[float]:
        upstream = gradients.get(node)
        if count <= MOST_PATHS or upstream is None:
            return [0.0] * len(ways[node])
        size = logarithm(_size(upstream))
        return [
            logarithm(_size(contribution(node, position, upstream))) - size
            for _, position, _ in ways[node]
        ]

    paths: list[Path] = []
    most = MOST_PATHS
    if count > MOST_PATHS:  # fewer candidates where a path is long
        most = min(MOST_CANDIDATES, max(MOST_PATHS, 500_000 // len(ways)))
    for steps in largest_paths(ways, root, weights, most):
        value = one
        for node, position, _ in steps:
            value = contribution(node, position, value)
        paths.append(Path(_nodes(root, steps), tuple(steps), (), _own(value)))
    return paths


def _nodes(root: Node, steps: list[Link]) -> tuple[Node, ...]:
    return (root, *(x for _, _, x in steps))


def _size(value: Any) -> float:
    size = float(np.sqrt(np.sum(np.square(np.asarray(value, np.float64)))))
    return math.inf if math.isnan(size) else size


# --- which node is meant -------------------------------------------------------------------------


def _found(root: Node, wrt: Node | str) -> Node:
    nodes = ancestors(root)
    if isinstance(wrt, str):
        wrt = _node_named(wrt, nodes, root)
    elif type(wrt) is not Node:
        raise TypeError(
            "explain() expects wrt to be a node of the graph, or its name, got "
            f"{type(wrt).__name__}. Write for example: explain(loss, wrt=w)"
        )
    elif all(node is not wrt for node in nodes):
        raise ValueError(_not_in_graph(wrt, nodes))
    if not wrt.requires_grad:
        raise ValueError(
            f"explain() expects wrt to be a node that wants a gradient, but{_named(wrt)} is a "
            "constant, or was made inside no_grad() or by detach()"
        )
    return wrt


def _node_named(name: str, nodes: list[Node], root: Node) -> Node:
    same = [node for node in nodes if node.name == name]
    same = same or [node for node, made in names_of_graph(root).nodes.items() if made == name]
    if len(same) == 1:
        return same[0]
    if same:
        raise ValueError(
            f"{len(same)} nodes of this graph are named {shown(name)!r}, of shapes "
            f"{', '.join(shape_text(node.shape) for node in same[:5])}. Pass the node itself"
        )
    raise ValueError(f"this graph has no node named {shown(name)!r}. {_near(name, nodes)}")


def _not_in_graph(wrt: Node, nodes: list[Node]) -> str:
    message = f"the root does not depend on the node{_named(wrt)}: it is not in its graph. "
    if wrt.name and any(node.name == wrt.name for node in nodes):
        return message + (
            f"There is another node of that name; was {shown(wrt.name)!r} made anew after the "
            "root was computed? Compute the root again"
        )
    return message + _near(wrt.name or "", nodes)


def _near(name: str, nodes: list[Node]) -> str:
    names = list(dict.fromkeys(node.name for node in nodes if node.name))
    near = difflib.get_close_matches(name[:100], names[:1000], n=3, cutoff=0.5) if name else []
    if near:
        return f"Did you mean {' or '.join(repr(shown(one)) for one in near)}?"
    if not names:
        return "Its nodes have no names; give them with: Node(value, name='w')"
    more = ", …" if len(names) > 10 else ""
    return f"It has {', '.join(repr(shown(one)) for one in names[:10])}{more}"


def _named(node: Node) -> str:
    return f" {shown(node.name)!r}" if node.name else ""
