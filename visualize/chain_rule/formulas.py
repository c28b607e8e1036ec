"""Local gradients in symbols: the derivatives of the operations that lectures meet, as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import Node

from .notation import NEGATIVE, PRODUCT, WORDS, Notation, Term

Formula = Callable[..., Term]
"""``formula(notation, out, *operands)``: a local gradient in symbols."""

_ONE = Term("1")
_TWO = Term("2")
_MINUS_ONE = Term("-1", NEGATIVE)


def _power_of_base(n: Notation, out: Term, a: Term, b: Term) -> Term:
    try:
        less = float(b.text) - 1
    except ValueError:
        return n.product(b, n.power(a, n.sum(b, _ONE, "-")))
    if less == 0:
        return _ONE
    return n.product(
        b, a if less == 1 else n.power(a, Term(f"{less:g}", NEGATIVE if less < 0 else 0))
    )


def _one_minus_square(n: Notation, out: Term, a: Term) -> Term:
    return n.sum(_ONE, n.power(out, _TWO), "-")


FORMULAS: dict[str, tuple[Formula, ...]] = {
    "add": (lambda n, out, a, b: _ONE,) * 2,
    "subtract": (lambda n, out, a, b: _ONE, lambda n, out, a, b: _MINUS_ONE),
    "multiply": (lambda n, out, a, b: b, lambda n, out, a, b: a),
    "divide": (
        lambda n, out, a, b: n.fraction(_ONE, b),
        lambda n, out, a, b: n.negative(n.fraction(a, n.power(b, _TWO))),
    ),
    "power": (
        _power_of_base,
        lambda n, out, a, b: n.product(n.power(a, b), n.function("ln", a)),
    ),
    "negative": (lambda n, out, a: _MINUS_ONE,),
    "positive": (lambda n, out, a: _ONE,),
    "square": (lambda n, out, a: n.product(_TWO, a),),
    "sqrt": (lambda n, out, a: n.fraction(_ONE, n.product(_TWO, n.root(a))),),
    "reciprocal": (lambda n, out, a: n.negative(n.fraction(_ONE, n.power(a, _TWO))),),
    "exp": (lambda n, out, a: n.function("exp", a),),
    "log": (lambda n, out, a: n.fraction(_ONE, a),),
    "log2": (lambda n, out, a: n.fraction(_ONE, n.product(a, n.function("ln", _TWO))),),
    "log10": (lambda n, out, a: n.fraction(_ONE, n.product(a, n.function("ln", Term("10")))),),
    "log1p": (lambda n, out, a: n.fraction(_ONE, n.sum(_ONE, a)),),
    "sin": (lambda n, out, a: n.function("cos", a),),
    "cos": (lambda n, out, a: n.negative(n.function("sin", a)),),
    "tan": (lambda n, out, a: n.fraction(_ONE, n.power(n.function("cos", a), _TWO)),),
    "sinh": (lambda n, out, a: n.function("cosh", a),),
    "cosh": (lambda n, out, a: n.function("sinh", a),),
    "tanh": (_one_minus_square,),
    "sigmoid": (lambda n, out, a: n.product(out, n.sum(_ONE, out, "-")),),
    "arctan": (lambda n, out, a: n.fraction(_ONE, n.sum(_ONE, n.power(a, _TWO))),),
}
"""The local gradient of an operation for each of its inputs."""

_STEPS = {"relu": ("1", "0"), "absolute": ("1", "-1")}

UNITS = {"add", "subtract", "negative", "positive"}
"""Operations whose local gradient is 1 or -1."""

PASSED_ON = {"reshape", "ravel", "expand_dims", "squeeze", "getitem", "copy", "astype"}
"""Operations that pass entries on: so does the gradient."""


def formula(n: Notation, node: Node, position: int) -> Term | None:
    """Return d node / d input in symbols; None for an operation that is not in the table.

    Examples
    --------
    >>> z = Node(0.5, name="z")
    >>> f = 1 / (1 + np.exp(-z))
    >>> formula(Notation({z: ("z", None)}, ".4g", False), f, 1).text
    '-1/(1 + exp(-z))²'
    """
    operation = node.operation
    assert operation is not None
    made_by = operation.name
    if made_by in _STEPS:
        above, below = _STEPS[made_by]
        x = n.operand(node.inputs[0]).text
        return Term(n.words(f"{above} where ") + x + n.words(f" > 0, else {below}"), WORDS)
    rules = FORMULAS.get(made_by)
    if rules is None or node.options:
        return None
    operands = [n.operand(x) for x in node.inputs]
    out = Term(n.label(node)) if node.name else n.function(made_by, *operands)
    return rules[position](n, out, *operands)


def in_matrices(n: Notation, node: Node, position: int, upstream: str) -> tuple[str, str]:
    """Return the gradient that one step passes back, in matrix form, and its shapes in words.

    Parameters
    ----------
    n : Notation
        How to write it.
    node, position : Node, int
        The result of the operation, and which of its inputs the gradient goes to.
    upstream : str
        How the gradient of the result is written; empty where it is the number 1.
    """
    operation = node.operation
    assert operation is not None
    x = node.inputs[position]
    made_by = operation.name
    if made_by == "matmul":
        return _of_matmul(n, node, position, upstream)
    arrow = r"\to" if n.latex else "→"
    shapes = n.shape(x.shape)
    if node.shape != x.shape:
        shapes = f"{n.shape(node.shape)} {arrow} {shapes}"
    product = f"{upstream}{n.times}" if upstream else ""
    if operation.elementwise:
        local = formula(n, node, position)
        text = _entrywise(n, node, position, upstream, local)
        repeated = node.size > x.size
        return n.total(text) if repeated else text, shapes
    if made_by == "sum":
        return (product + "1" if product else "1"), f"{shapes}{n.words(' repeated')}"
    if made_by == "mean":
        count = x.size // max(node.size, 1)
        return f"{upstream or 1} / {count}", f"{shapes}{n.words(' repeated')}"
    if made_by == "transpose" and x.ndim == 2:
        return n.transposed(upstream or "1"), shapes
    if made_by in PASSED_ON:
        return upstream or "1", shapes
    if not upstream:
        return n.words(f"back through {made_by}"), shapes
    if made_by == "softmax":
        out = n.label(node)
        sums = n.total(upstream + n.entrywise + out)
        return f"{out}{n.entrywise}({upstream} - {sums})", shapes
    if made_by == "log_softmax":
        inside = n.function("softmax", n.operand(x)).text
        return f"{upstream} - {inside}{n.entrywise}{n.total(upstream)}", shapes
    return product + n.partial(n.label(node), n.label(x)), shapes


def _entrywise(n: Notation, node: Node, position: int, upstream: str, local: Term | None) -> str:
    """The upstream gradient times a local gradient with one number per entry."""
    x = node.inputs[position]
    if local is None:
        local = Term(n.partial(n.label(node), n.label(x)))
    if local.text in ("1", "-1"):
        return local.text[:-1] + (upstream or "1")
    factor = n.bracketed(local, PRODUCT)
    if not upstream:
        return factor
    numbers = type(x) is not Node or not node.ndim or _is_number(node, position)
    return f"{upstream}{n.times if numbers else n.entrywise}{factor}"


def _is_number(node: Node, position: int) -> bool:
    """Whether the local gradient is a constant number: the other operand of a product."""
    operation = node.operation
    if operation is None or operation.name not in ("multiply", "divide") or position > 1:
        return False
    other: Any = node.inputs[1 - position]
    return not np.ndim(other.value if type(other) is Node else other)


def _of_matmul(n: Notation, node: Node, position: int, upstream: str) -> tuple[str, str]:
    x, other = node.inputs[position], node.inputs[1 - position]
    shape = np.shape(other.value if type(other) is Node else other)
    factor = n.bracketed(n.operand(other), PRODUCT)
    dot, outer, arrow = ("\\cdot ", r" \otimes ", r"\to") if n.latex else ("·", " ⊗ ", "→")
    sign = n.times
    if len(shape) == 1 and x.ndim > 1:
        sign, flipped = outer, shape
    elif len(shape) == 1:  # a number times the other vector
        flipped = shape
    else:
        factor, flipped = n.transposed(factor), (*shape[:-2], shape[-1], shape[-2])
    pair = [(upstream or "1", node.shape), (factor, flipped)]
    if position == 1 and node.ndim:
        pair.reverse()
    text = sign.join(part for part, _ in pair)
    return text, f"{dot.join(n.shape(part) for _, part in pair)} {arrow} {n.shape(x.shape)}"
