"""`why`: the first cause of a gradient that is zero, missing, not finite or huge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.node import raw

from ..chain_rule.entries import checked_entry
from ..diagram import Diagram
from ..drawing import GraphDrawing
from ..graph.calling import Calling, amount
from ..graph.folding import MOST_BOXES, Fold
from ..graph.frozen import frozen, is_small
from ..graph.naming import Names, names_of_graph
from ..graph.picture import picture_of
from ..layout.detours import cut_long_wires
from ..mistakes.living import source_of_gradient
from ..mistakes.way_back import WayBack, way_back
from ..style import Look, Theme, as_theme
from .following import Found, lost, scaled, spoilt
from .missing import in_another_graph, stopped, unwanted, without_root

Kind = Literal["missing", "not finite", "zero", "huge", "tiny", "ordinary"]

MOST_NAMED = 6
"""Of a longer way the first and the last nodes are named."""

_REMARKS: dict[str, str] = {
    "missing": "the gradient ends here",
    "not finite": "first not finite",
    "zero": "the gradient is lost here",
    "huge": "the gradient grows most here",
    "tiny": "the gradient shrinks most here",
    "ordinary": "",
}


@dataclass(frozen=True, eq=False)
class Cause:
    """What `why` found: sentences from the output to the node; a notebook shows the picture, too.

    Attributes
    ----------
    kind : {"missing", "not finite", "zero", "huge", "tiny", "ordinary"}
        What the gradient is.
    node : Node
        The node that was asked about.
    root : Node or None
        What is differentiated, where that is known.
    at : Node or None
        Where the cause is: the result of the operation to blame, or a leaf.
    reason : str
        The cause, without the way.
    chain : tuple of Node
        From the cause, or where there is none from the output, to the node.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from visualize import why
    >>> w = Node(2.0, name="w")
    >>> f = np.maximum(w * -3.0, 0.0)
    >>> f.backward()
    >>> cause = why(w)
    >>> cause.kind, cause.at is f
    ('zero', True)
    """

    kind: Kind
    node: Node
    root: Node | None
    at: Node | None
    reason: str
    chain: tuple[Node, ...]
    _said: str
    _back: WayBack | None

    def __str__(self) -> str:
        return self._said

    __repr__ = __str__

    def diagram(self, *, fold: Fold = (), theme: str | Theme = "lecture") -> Diagram:
        """The picture of the graph, in which the cause is marked.

        Parameters
        ----------
        fold : int, str or collection of str, default ()
            As of `draw`; a fold is marked that holds the cause. By default all is open, up to 150
            operations.
        theme : str or Theme, default "lecture"
            The look.

        Examples
        --------
        >>> from autograd_core import Node, relu
        >>> from visualize import why
        >>> x = Node(-2.0, name="x")
        >>> y = relu(x)
        >>> "the gradient is lost here" in why(x, y).diagram().svg()
        True
        """
        shown_root = self.root if self.root is not None else self.node
        order = ancestors(shown_root)
        small = is_small(shown_root)
        copy = frozen(shown_root) if small else shown_root
        if not isinstance(fold, (int, str)) and not fold and len(order) > MOST_BOXES:
            fold = None
        copies = dict(zip(order, ancestors(copy), strict=True))
        if small and self._back is not None:
            for node, twin in copies.items():
                twin.grad = raw(self._back.gradients.get(node))
        picture = picture_of(copy, fold, Look(as_theme(theme), names=True))
        if self.at in copies and self.kind != "ordinary":
            picture.mark(copies[self.at], _REMARKS[self.kind])
        cut_long_wires(picture)
        return Diagram(GraphDrawing(picture))

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        bundle = self.diagram()._repr_mimebundle_(include, exclude)
        if "text/plain" in bundle:
            bundle["text/plain"] = str(self)
        if "text/html" in bundle:
            bundle["text/html"] = f"<pre>{escape(str(self))}</pre>{bundle['text/html']}"
        return bundle


def why(node: Node, root: Node | None = None, *, entry: Any = None) -> Cause:
    """Say why a gradient is zero, None, nan, infinite or huge: its first cause.

    Parameters
    ----------
    node : Node
        The node whose gradient is asked about.
    root : Node, optional
        What is differentiated, such as the loss; by default what `backward` was called on, or else
        what was made of the node, if it still exists. With it `backward` need not have run.
    entry : tuple of int, optional
        Of an array: which entry. By default the first that is not finite, else all, or the first
        that is 0.

    Returns
    -------
    Cause
        ``str()`` says it, ``.diagram()`` is the picture with the cause marked.

    Raises
    ------
    TypeError
        If one of them is no node.

    Notes
    -----
    Of a zero, at each operation it is found which entries of the result the entries below depend
    on, so that it is told apart whether an operation passed nothing on (a closed relu, a factor of
    0, what max did not pick), or nothing arrived. Huge is above 1e4, tiny below 1e-7, as for the
    warnings in training.

    Examples
    --------
    >>> from autograd_core import Node, relu
    >>> from visualize import why
    >>> x, w = Node(2.0, name="x"), Node(-1.0, name="w")
    >>> z = x * w
    >>> z.name = "z"
    >>> loss = (relu(z) - 1.0) ** 2
    >>> loss.backward()
    >>> print(why(w))
    The gradient of w is 0.
    From f a gradient arrives at a1 = relu(z) (-2), but the relu was closed: z is -2, not above 0.
    So nothing comes to z and w.
    """
    if type(node) is not Node or (root is not None and type(root) is not Node):
        wrong = node if type(node) is not Node else root
        raise TypeError(
            f"why() expects a Node, and what is differentiated as another, got "
            f"{type(wrong).__name__}. Write for example: why(W, loss)"
        )
    with np.errstate(all="ignore"):
        return _Asked(node, root, entry).cause()


class _Asked:
    """One question."""

    def __init__(self, node: Node, root: Node | None, entry: Any) -> None:
        self.node, self.root = node, root
        self.entry = None if entry is None else checked_entry("why", node, entry)
        self.back: WayBack | None = None
        if root is None:
            self.back = source_of_gradient(node)
            self.root = self.back.root if self.back is not None else None
        elif root.requires_grad:
            self.back = way_back(root)
        known = Names({}) if self.root is None else names_of_graph(self.root)
        unnamed = {node: "the node"} if node.operation is None else {}
        self.calling = Calling(unnamed | known.nodes, known.arrays)
        self.name = self.calling.name(node)

    def cause(self) -> Cause:
        back = self.back
        if back is None or self.node not in back.gradients:
            return self._missing()
        gradient = np.asarray(raw(back.gradients[self.node]))
        kind = self._kind(gradient)
        if kind == "not finite":
            found = spoilt(self.node, back)
        elif kind == "zero":
            return self._zero(gradient == 0, gradient)
        else:
            found = scaled(self.node, back, up=kind != "tiny")
        return self._of(kind, found, gradient)

    def _kind(self, gradient: Any) -> Kind:
        from nn.training.supervision import EXPLODING, VANISHING

        one = gradient if self.entry is None else gradient[self.entry]
        if not np.isfinite(one).all():
            return "not finite"
        size = float(np.abs(one).max(initial=0.0))
        if size > EXPLODING:
            return "huge"
        if size == 0 or (self.entry is None and not np.all(gradient)):
            return "zero"
        return "tiny" if size < VANISHING else "ordinary"

    def _missing(self) -> Cause:
        node, root, calling = self.node, self.root, self.calling
        if not node.requires_grad:
            names = names_of_graph(node)
            found = unwanted(node, Calling({**calling.names, **names.nodes}, names.arrays))
        elif root is None:
            root, found = without_root(node, calling)
            if node.grad is not None:
                return self._left_over(root)
        elif all(x is not node for x in ancestors(root)):
            found = in_another_graph(node, root, calling)
        else:
            found = stopped(node, root, calling)
        of = f" of {self.name}" if self.name != "the node" else ""
        said = f"There is no gradient{of}: {found.reason}."
        return Cause("missing", node, root, found.at, found.reason, found.chain, said, self.back)

    def _left_over(self, root: Node | None) -> Cause:
        """There is a gradient, but what it is of is gone."""
        gradient = np.asarray(raw(self.node.grad))
        reason = (
            "what it is of no longer exists, or a leaf was changed since. Compute it again, and "
            "write why(node, loss)"
        )
        said = f"The gradient of {self.name} is {amount(gradient)}, but {reason}."
        kind = self._kind(gradient)
        return Cause(kind, self.node, root, None, reason, (self.node,), said, None)

    def _zero(self, zero: Any, gradient: Any) -> Cause:
        """All of the gradient, or the first entry that is 0."""
        assert self.back is not None
        mask = np.zeros(gradient.shape, np.bool_)
        whole = bool(zero.all()) and self.entry is None
        index = () if whole else self.entry
        if index is None:
            index = tuple(map(int, np.argwhere(zero)[0]))
        mask[index] = True
        found = lost(self.node, mask, self.back)
        entry = "" if whole or not gradient.ndim else str([*map(int, np.atleast_1d(index))])
        of = f"The gradient of {self.name}{entry} is 0"
        if not whole and gradient.ndim:
            of += f", as of {int(zero.sum())} of {zero.size} entries"
        parts = [self._told(one, mask) for one in found]
        if len(parts) > 1:
            of += f", lost on each of {len(parts)} ways to it"
        reason = "; ".join(one.reason for one in found)
        said = "\n".join([f"{of}.", *parts])
        first = found[0]
        return Cause("zero", self.node, self.root, first.at, reason, first.chain, said, self.back)

    def _told(self, found: Found, mask: Any) -> str:
        """One way on which a gradient is lost, from the output to the node."""
        assert self.back is not None
        at = found.at
        if found.chain[0] is not at or at is self.node or at.operation is None:
            return f"{_capital(found.reason)}."
        up = amount(np.asarray(raw(self.back.gradients[at])))
        where = f"From {self.calling.name(self.back.root)} a gradient arrives at"
        if at is self.back.root:
            where = "The gradient begins at"
        arrives = f"{where} {self.calling.definition(at)} ({up}), but {found.reason}."
        return f"{arrives}\nSo nothing comes to {self._names(found.chain[1:])}."

    def _of(self, kind: Kind, found: Found, gradient: Any) -> Cause:
        """What is not finite, huge, tiny or nothing special."""
        way, entries = self._names(found.chain), amount(gradient)
        goes = "goes" if entries.startswith("from") else "is"
        begin = f"The gradient of {self.name} {goes} {entries}"
        if kind == "not finite":
            bad = gradient[~np.isfinite(gradient)].ravel()
            entries = f" in {bad.size} of {gradient.size} entries" if gradient.ndim else ""
            begin = f"The gradient of {self.name} is {amount(bad[0])}{entries}"
            said = f"{begin}.\nFirst, {found.reason}.\nFrom there it comes to {way}."
        elif kind == "ordinary":
            comes = f"It comes by {way}"
            if len(found.chain) == 1:
                comes = "It is the output itself, where backward begins"
            said = f"{begin}: nothing is wrong with it.\n{comes}."
        else:
            does = "grows" if kind == "huge" else "shrinks"
            said = f"{begin}.\nIt {does} {found.reason}.\nIt comes by {way}."
        at = None if kind == "ordinary" else found.at
        return Cause(kind, self.node, self.root, at, found.reason, found.chain, said, self.back)

    def _names(self, chain: tuple[Node, ...]) -> str:
        names = [self.calling.name(x) for x in chain]
        if len(names) > MOST_NAMED:
            names = [*names[: MOST_NAMED // 2], "…", *names[-MOST_NAMED // 2 :]]
        return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
