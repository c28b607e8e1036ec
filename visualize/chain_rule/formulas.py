"""Local gradients in symbols: the derivatives of the operations that lectures meet, as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_core
from autograd_core import Node, Operation
from autograd_core.node import raw
from autograd_core.values import is_complex

from ..graph.labels import index_text
from ..text import shown
from .given_formulas import given_formula
from .notation import ATOM, NEGATIVE, SUM, WORDS, Notation, Term

Formula = Callable[..., Term]
"""``formula(notation, out, *operands, **options)``: a local gradient in symbols."""

ONE = Term("1")
_TWO = Term("2")
_MINUS_ONE = Term("-1", NEGATIVE)


def _power_of_base(n: Notation, out: Term, a: Term, b: Term) -> Term:
    try:
        less = float("" if b.came_in else b.text) - 1
    except ValueError:
        return n.product(b, n.power(a, n.difference(b, ONE)))
    if less == 0:
        return ONE
    return n.product(b, a if less == 1 else n.power(a, n.constant(less)))


def scaled(n: Notation, factor: float, term: Term) -> Term:
    """Return a term times a number, which is not written if it is 1."""
    return term if factor == 1 else n.product(n.constant(factor), term)


FORMULAS: dict[str, tuple[Formula, ...]] = {
    "add": (lambda n, out, a, b: ONE,) * 2,
    "subtract": (lambda n, out, a, b: ONE, lambda n, out, a, b: _MINUS_ONE),
    "multiply": (lambda n, out, a, b: b, lambda n, out, a, b: a),
    "divide": (
        lambda n, out, a, b: n.fraction(ONE, b),
        lambda n, out, a, b: n.negative(n.fraction(a, n.power(b, _TWO))),
    ),
    "power": (
        _power_of_base,
        lambda n, out, a, b: n.product(n.power(a, b), n.function("ln", a)),
    ),
    "negative": (lambda n, out, a: _MINUS_ONE,),
    "positive": (lambda n, out, a: ONE,),
    "square": (lambda n, out, a: n.product(_TWO, a),),
    "sqrt": (lambda n, out, a: n.fraction(ONE, n.product(_TWO, n.root(a))),),
    "reciprocal": (lambda n, out, a: n.negative(n.fraction(ONE, n.power(a, _TWO))),),
    "exp": (lambda n, out, a: n.function("exp", a),),
    "log": (lambda n, out, a: n.fraction(ONE, a),),
    "log2": (lambda n, out, a: n.fraction(ONE, n.product(a, n.function("ln", _TWO))),),
    "log10": (lambda n, out, a: n.fraction(ONE, n.product(a, n.function("ln", Term("10")))),),
    "log1p": (lambda n, out, a: n.fraction(ONE, n.sum(ONE, a)),),
    "sin": (lambda n, out, a: n.function("cos", a),),
    "cos": (lambda n, out, a: n.negative(n.function("sin", a)),),
    "tan": (lambda n, out, a: n.fraction(ONE, n.power(n.function("cos", a), _TWO)),),
    "sinh": (lambda n, out, a: n.function("cosh", a),),
    "cosh": (lambda n, out, a: n.function("sinh", a),),
    "tanh": (lambda n, out, a: n.difference(ONE, n.power(out, _TWO)),),
    "sigmoid": (lambda n, out, a: n.product(out, n.difference(ONE, out)),),
    "softplus": (lambda n, out, a: n.function("sigmoid", a),),
    "relu": (lambda n, out, a: n.where_positive(ONE, a, Term("0")),),
    "leaky_relu": (
        lambda n, out, a, negative_slope: n.where_positive(ONE, a, n.constant(negative_slope)),
    ),
    "elu": (
        lambda n, out, a, alpha: n.where_positive(ONE, a, scaled(n, alpha, n.function("exp", a))),
    ),
    "absolute": (lambda n, out, a: n.function("sign", a),),
    "arctan": (lambda n, out, a: n.fraction(ONE, n.sum(ONE, n.power(a, _TWO))),),
}
"""The local gradient of an operation for each of its inputs."""

UNITS = {"add", "subtract", "negative", "positive"}
"""Operations whose local gradient is 1 or -1."""

PASSED_ON = {"reshape", "ravel", "expand_dims", "squeeze", "getitem", "copy", "astype"}
"""Operations that pass entries on: so does the gradient."""


def formula(n: Notation, node: Node, position: int) -> Term | None:
    """Return d node / d input in symbols; None where nothing says it.

    It stands in the table above or, of a user's operation, in its ``derivative=``.

    Examples
    --------
    >>> z = Node(0.5, name="z")
    >>> f = 1 / (1 + np.exp(-z))
    >>> formula(Notation({z: ("z", None)}, ".4g"), f, 1).text
    '-1/(1 + exp(-z))²'
    """
    operation = node.operation
    assert operation is not None
    given = n.local(node, position)
    if given is not None:
        return given
    operands = [n.operand(x) for x in node.inputs]
    out = n.result(node, operands)
    return formula_of(n, node, position, out, operands)


def formula_of(
    n: Notation, node: Node, position: int, out: Term, operands: Sequence[Term]
) -> Term | None:
    """Return the same, where the result and the operands are written as given."""
    operation = node.operation
    assert operation is not None
    if operation.derivative is not None:
        text = operation.derivative[position]
        return None if text is None else given_formula(n, node, text, out, operands)
    if not is_ours(operation) or operation.name not in FORMULAS:
        return None
    if operation.name == "absolute" and is_complex(node.inputs[position]):
        return None
    return FORMULAS[operation.name][position](n, out, *operands, **node.options)


def is_ours(operation: Operation) -> bool:
    """Whether an operation is the built-in one of its name, and not a user's of the same."""
    return getattr(autograd_core, operation.name, None) is operation


def in_matrices(n: Notation, node: Node, position: int, upstream: Term) -> tuple[Term, str]:
    """Return the gradient that one step passes back, in matrix form, and its shapes in words.

    It goes from `node` to the input at `position`; `upstream` is how the gradient of the node is
    written, such as 1 at the root.
    """
    operation = node.operation
    assert operation is not None
    x = node.inputs[position]
    made_by = operation.name
    if made_by == "matmul":
        return _of_matmul(n, node, position, upstream)
    before = [] if upstream == ONE else [upstream]
    shapes = n.shape(x.shape)
    if node.shape != x.shape:
        shapes = f"{n.shape(node.shape)}{n.sign('→')}{shapes}"
    if made_by == "where" and node.shape == x.shape and upstream != ONE:
        condition = n.operand(node.inputs[0]).text
        chosen = n.words(" where not " if position == 2 else " where ")
        text = f"{n.bracketed(upstream, SUM)}{chosen}{condition}{n.words(', else 0')}"
        return Term(text, WORDS, True), shapes
    if operation.elementwise:
        local = formula(n, node, position) or _unknown(n, node, x)
        if local.text in ("1", "-1"):
            term = upstream if local == ONE else n.negative(upstream)
        else:
            term = n.chain(*before, local)
        return n.total(term) if node.size > x.size else term, shapes
    if made_by == "sum":
        return upstream, f"{shapes}{n.words(' repeated')}"
    if made_by == "mean":
        share = n.fraction(ONE, Term(str(x.size // max(node.size, 1))))
        return n.chain(*before, share), f"{shapes}{n.words(' repeated')}"
    if made_by == "transpose" and x.ndim == 2:
        return n.transposed(upstream), shapes
    if made_by == "concatenate" and (part := _part_of(node, position)):
        return Term(f"({upstream.text}){n.words(part)}", ATOM, True), shapes
    if made_by == "getitem" and picks(node):
        place = n.words(f" at {place_text(node)}, 0 elsewhere")
        return Term(f"{n.bracketed(upstream, SUM)}{place}", WORDS, True), shapes
    if made_by in PASSED_ON:
        return upstream, shapes
    if made_by == "softmax":
        out = n.label_term(node)
        spread = n.difference(upstream, n.total(n.product(upstream, out)))
        return n.product(out, spread), shapes
    if made_by == "log_softmax":
        probabilities = n.function("softmax", n.operand(x))
        return n.difference(upstream, n.product(probabilities, n.total(upstream))), shapes
    words = n.words(f"{' ' if before else ''}back through {shown(made_by)}")
    return Term("".join([*(term.text for term in before), words]), WORDS, x.ndim > 0), shapes


def _part_of(node: Node, position: int) -> str | None:
    """Where one of several arrays stands that were joined: ``[:, 2:5]``."""
    axis = node.options.get("axis", 0)
    if axis is None or any(np.ndim(raw(x)) != node.ndim for x in node.inputs):
        return None
    axis %= node.ndim
    lengths = [np.shape(raw(x))[axis] for x in node.inputs]
    start = sum(lengths[:position])
    return f"[{':, ' * axis}{start}:{start + lengths[position]}]"


def picks(node: Node) -> bool:
    """Whether an indexing takes some entries, and not all in their order."""
    (x, *_) = node.inputs
    index = node.options.get("index", ())
    parts = index if isinstance(index, tuple) else (index,)
    return node.size != np.size(raw(x)) or not all(
        part is None or part is Ellipsis or part == slice(None) for part in map(_bare, parts)
    )


def _bare(part: Any) -> Any:
    return "" if np.ndim(part) else part


def place_text(node: Node) -> str:
    """The index of an indexing: ``[0, 1:3]``."""
    return f"[{index_text(node.options.get('index', ()))}]"


def _unknown(n: Notation, node: Node, x: Node) -> Term:
    """A local gradient that has no formula."""
    if len(node.inputs) == 1:
        return Term(n.prime(node.operation.name), ATOM, node.size != 1)  # type: ignore[union-attr]
    return n.partial_term(n.label(node), x)


def _of_matmul(n: Notation, node: Node, position: int, upstream: Term) -> tuple[Term, str]:
    x, other = node.inputs[position], node.inputs[1 - position]
    shape = np.shape(other.value if type(other) is Node else other)
    summed = len(shape) > max(x.ndim, 2)
    factor, sign = n.operand(other), "@"
    if len(shape) > 1:
        factor, shape = n.transposed(factor), (*shape[:-2], shape[-1], shape[-2])
    else:  # all products with a vector, or a number times it
        sign = "⊗" if x.ndim > 1 else "·"
    pair = [(upstream, node.shape), (factor, shape)]
    if position == 1 and node.ndim:
        pair.reverse()
    parts = [part for part, _ in pair]
    if upstream == ONE:
        term = factor
    else:
        term = n.chain(*parts) if sign == "·" else n.matrix_product(*parts, sign=sign)
    shapes = (
        f"{n.sign(sign).join(n.shape(part) for _, part in pair)}{n.sign('→')}{n.shape(x.shape)}"
    )
    return n.total(term) if summed else term, shapes
