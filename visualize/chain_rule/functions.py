"""The functions of a graph: what f and f′ are called, how they read, and what they are there."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np

from autograd_core import Node, Operation, Scope
from autograd_core.backpropagation import ancestors
from autograd_core.node import raw

from ..graph import contributions
from ..graph.labels import circle_label
from ..graph.naming import names_of_graph
from ..graph.picture import Box, Picture
from ..live.derivatives import local_gradients
from ..style import LECTURE
from ..text import check_number_format, shown
from .formulas import ONE, formula_of, is_ours, scaled
from .notation import ATOM, NEGATIVE, PRODUCT, Label, Notation, Term
from .symbols import scopes_of

_LETTERS = {
    "sigmoid": "σ", "relu": "ReLU", "leaky_relu": "LeakyReLU", "leakyrelu": "LeakyReLU",
    "elu": "ELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU", "tanh": "tanh", "log": "ln",
    "absolute": "abs",
}  # fmt: skip
"""What lectures write for functions, by the name of an operation or, in small letters, a layer."""

MOST_ROWS = 60
"""Of more functions the table shows the first."""

MOST_MEMBERS = 12
"""The formula of a scope with more operations is left out."""

LONGEST_FORMULA = 160
"""And a longer one."""


def function_names(of: Node | Operation | Box | Scope | str) -> tuple[str, str]:
    """Return what a function and its derivative are called: the halves of a box f | f′.

    Parameters
    ----------
    of : Node, Operation, Box, Scope or str
        The result of an operation, the operation, a box of a picture (a fold is called after its
        scope), a scope, or its name.

    Examples
    --------
    >>> import autograd_core as ac
    >>> function_names(ac.sigmoid), function_names(ac.relu(Node(1.0))), function_names("f1")
    (('σ', 'σ′'), ('ReLU', 'ReLU′'), ('f1', 'f1′'))
    >>> function_names(1 / Node(2.0))
    ('1/x', '(1/x)′')
    """
    if isinstance(of, Box):
        of = of.label if of.folded else of.nodes[0]
    if isinstance(of, Node):
        if of.operation is None:
            raise TypeError("function_names() expects the result of an operation, got a leaf")
        label, absorbed = circle_label(of, LECTURE.number_format)
        of = of.operation if absorbed is None else label
    if isinstance(of, Operation):
        name = _LETTERS.get(of.name, of.symbol) if of.symbol == of.name else of.symbol
    elif isinstance(of, Scope):
        name = of.name
    else:
        name = of
    name = shown(_LETTERS.get(name.lower(), name))
    return name, f"{name}′" if _is_word(name) else f"({name})′"


def _is_word(name: str) -> bool:
    return not any(letter.isspace() or letter in "+-−*/%<>=≤≥≠(),|[]" for letter in name)


def function_derivative(picture: Picture, box: Box) -> Any:
    """Return f′ at the graph's numbers for a box, an operation or a fold, of one variable.

    None where the box has several inputs, or f′ is not one number per entry.

    Examples
    --------
    >>> from autograd_core import scope
    >>> from visualize.graph.picture import picture_of
    >>> z = Node(0.5, name="z")
    >>> with scope("sigmoid"):
    ...     f = 1 / (1 + np.exp(-z))
    >>> picture = picture_of(f, fold="sigmoid")
    >>> function_derivative(picture, picture.boxes[0]).round(4)
    np.float64(0.235)
    """
    variables = [edge for edge in picture.inputs[box] if edge.wire and edge.wire.node.requires_grad]
    if len({edge.wire for edge in variables}) != 1:
        return None
    known = contributions.local_gradients(picture, [box])
    numbers = [known[edge] for edge in variables if edge in known]
    return reduce(add, numbers) if len(numbers) == len(variables) else None


# --- the table -----------------------------------------------------------------------------------


class Function(NamedTuple):
    """One function of a graph: a row of the table.

    `formula` and `derivative` are written in the variable x, and None where they have no short
    form; `value` and `slope` are f and f′ at the graph's numbers, and `at` says where that is.
    """

    name: str
    formula: str | None
    derivative: str | None
    at: str
    value: Any
    slope: Any


class DerivativeTable:
    """f and f′ of every function of one variable in a graph. Make one with `derivative_table`.

    ``str()`` writes it as text; a notebook shows it as a table.

    Parameters
    ----------
    root : Node
        The result of the graph.
    number_format : str
        How numbers are written, as in Python's `format`.

    Attributes
    ----------
    functions : list of Function
        One for each row, in plain text.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from visualize import derivative_table
    >>> len(derivative_table(np.exp(np.sin(Node(0.0, name="x")))).functions)
    2
    """

    _HEADS = ("function", "f(x)", "f′(x)", "x", "f", "f′")

    def __init__(self, root: Node, number_format: str) -> None:
        nodes = ancestors(root)
        names = names_of_graph(root)
        labels = {node: Label(name) for node, name in names.nodes.items()}
        self._writers = [
            _Writer(Notation(labels, number_format, latex, names.arrays)) for latex in (False, True)
        ]
        self._found = _functions(nodes, root)
        self.functions = self._written(latex=False)

    def _written(self, *, latex: bool) -> list[Function]:
        writer = self._writers[latex]
        return [writer.function(*found) for found in self._found[:MOST_ROWS]]

    def _cells(self, *, latex: bool) -> list[list[str]]:
        n = self._writers[latex].n
        return [
            [f.name, f.formula or n.dots, f.derivative or n.dots, f.at, n.value(f.value),
             n.dots if f.slope is None else n.value(f.slope)]
            for f in (self._written(latex=True) if latex else self.functions)
        ]  # fmt: skip

    def _more(self) -> list[str]:
        more = len(self._found) - MOST_ROWS
        return [f"… {more:,} more"] if more > 0 else []

    def __str__(self) -> str:
        if not self.functions:
            return "this graph has no function of one variable"
        rows = [list(self._HEADS), *self._cells(latex=False)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *self._more()])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        if not self.functions:
            return f"<p>{self}</p>"
        head = "".join(f"<th>{cell}</th>" for cell in self._HEADS)
        rows = [[html.escape(cell) for cell in row] for row in self._cells(latex=False)]
        body = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows)
        more = "".join(f"<p>{line}</p>" for line in self._more())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"

    def _repr_latex_(self) -> str:
        n = self._writers[True].n
        heads = [n.words("function"), "f(x)", "f'(x)", "x", "f", "f'"]
        if not self.functions:
            return f"$\\displaystyle {n.words(str(self))}$"
        lines = [
            " & ".join(map(_displayed, row)) + r" \\[2pt]"
            for row in (heads, *self._cells(latex=True))
        ]
        lines += [n.words(line) for line in self._more()]
        body = "\n".join([lines[0] + r" \hline", *lines[1:]])
        return f"$\\displaystyle \\begin{{array}}{{llllll}}\n{body}\n\\end{{array}}$"


def _displayed(cell: str) -> str:
    return rf"\displaystyle {cell}" if r"\frac" in cell else cell


_Found = tuple[str, list[Node], Node, Any]
"""A function: its name, its operations, its variable, f′ at the graph's numbers."""


def _functions(nodes: Sequence[Node], root: Node) -> list[_Found]:
    """Every operation, and every scope of several, that is a function of one variable."""
    found: list[_Found] = []
    for node in nodes:
        variables = [x for x in node.inputs if type(x) is Node and x.requires_grad]
        # With another array it is no f(x) but a comparison, a mask, or the like.
        numbers = [x for x in node.inputs if not (type(x) is Node and x.requires_grad)]
        alone = len(variables) == 1 and all(np.size(raw(x)) == 1 for x in numbers)
        if node.operation is not None and node.operation.elementwise and alone:
            local = next(one for one in local_gradients(node) if one is not None)
            found.append((function_names(node)[0], [node], variables[0], local))
    consumers: dict[Node, list[Node]] = {}
    for node in nodes:
        for x in node.inputs:
            if type(x) is Node:
                consumers.setdefault(x, []).append(node)
    for scope, symbol in scopes_of(nodes).items():
        members, inside = symbol.members, set(symbol.members)
        results = [
            node for node in members
            if node is root or any(user not in inside for user in consumers.get(node, ()))
        ]  # fmt: skip
        if len(members) > 1 and len(symbol.inputs) == 1 and results == members[-1:]:
            (x,) = symbol.inputs
            slope = slope_through(members, x)
            if slope is not None:
                found.append((function_names(scope)[0], members, x, slope))
    return sorted(found, key=lambda one: (one[1][-1].serial, len(one[1])))


def slope_through(members: Sequence[Node], x: Node) -> Any:
    """The slope of the last through operations that all work entry by entry, else None."""
    slopes: dict[Node, Any] = {x: np.ones_like(x.value)[()]}
    for node in members:
        total: Any = None
        for y, local in zip(node.inputs, local_gradients(node), strict=True):
            if type(y) is Node and y in slopes:
                if local is None or node.shape != x.shape:
                    return None
                part = local * slopes[y]
                total = part if total is None else part + total
        if total is not None:
            slopes[node] = total
    return slopes.get(members[-1])


SIGMOIDS = {"1/(1 + exp(-x))", "1/(exp(-x) + 1)", "(1 + exp(-x))^(-1)", "(exp(-x) + 1)^(-1)"}


class _Writer:
    """Writes functions in the variable x."""

    def __init__(self, n: Notation, variable: str = "x") -> None:
        self.n = n
        self.variable = Term(variable)

    def function(self, name: str, members: list[Node], x: Node, slope: Any) -> Function:
        """One row of the table."""
        with np.errstate(all="ignore"):
            value = members[-1].value
        term, derivative = self.formulas(name, members, x)
        operand = self.n.operand(x)
        at = operand.text
        if x.name or x.operation is not None:
            at = f"{at} = {self.n.value(x.value)}"
        return Function(
            self.n.name(name) if _is_word(name) else self.n.words(name.replace("−", "-")),
            _short(term), _short(derivative), at, value, slope,
        )  # fmt: skip

    def formulas(self, name: str, members: list[Node], x: Node) -> tuple[Term | None, Term | None]:
        """How f(x) and f′(x) are written; that of a sigmoid by itself, as in the lecture."""
        term, derivative = self._both(members, x)
        if self._plainly(members, x) in SIGMOIDS:
            f = self.n.function(name, self.variable)
            derivative = self.n.product(f, self.n.difference(ONE, f))
        return term, derivative

    def _plainly(self, members: list[Node], x: Node) -> str:
        plain = _Writer(replace(self.n, latex=False))
        term, _ = plain._both(members, x)
        return term.text if term is not None else ""

    def _both(self, members: list[Node], x: Node) -> tuple[Term | None, Term | None]:
        """f(x), and f′(x) by the chain rule: of each operation a factor."""
        if len(members) > MOST_MEMBERS:
            return None, None
        # The variable is no array here, so that a product is written with a dot.
        terms: dict[Node, Term] = {x: self.variable}
        slopes: dict[Node, Term | None] = {x: ONE}
        for node in members:
            operands = [terms[y] if type(y) is Node and y in terms else self.n.operand(y)
                        for y in node.inputs]  # fmt: skip
            terms[node] = self._applied(node, operands)
            parts: list[Term | None] = []
            for position, y in enumerate(node.inputs):
                if type(y) is Node and y in slopes:
                    local = formula_of(self.n, node, position, terms[node], operands)
                    parts.append(self._times(local, slopes[y]))
            if parts:
                slopes[node] = self._sum(parts)
        return terms[members[-1]], slopes.get(members[-1])

    def _applied(self, node: Node, operands: list[Term]) -> Term:
        operation = node.operation
        assert operation is not None
        if not is_ours(operation):
            return self.n.function(function_names(operation)[0], *operands)
        if operation.name in _FORWARD:
            return _FORWARD[operation.name](self.n, *operands, **node.options)
        return self.n.applied(node, operands)._replace(array=False)

    def _times(self, local: Term | None, inner: Term | None) -> Term | None:
        if local is None or inner is None:
            return None
        terms, negative = [], False
        for term in (local, inner):
            if term.loose == NEGATIVE and term.text.startswith("-"):
                negative = not negative
                term = Term(term.text[1:], PRODUCT if len(term.text) > 2 else ATOM)
            if term != ONE:
                terms.append(term)
        made = self.n.product(*terms) if terms else ONE
        return self.n.negative(made) if negative else made

    def _sum(self, parts: Sequence[Term | None]) -> Term | None:
        total = parts[0]
        for part in parts[1:]:
            if total is None or part is None:
                return None
            total = self.n.sum(total, part)
        return total


def function_formulas(
    n: Notation, name: str, members: Sequence[Node], x: Node, variable: str
) -> tuple[str | None, str | None]:
    """Return how f and f′ read in a variable, for operations from `x` on; None where too long.

    Examples
    --------
    >>> x = Node(2.0, name="x")
    >>> function_formulas(Notation({}, ".4g"), "f", [x**2], x, "z")
    ('z²', '2·z')
    """
    term, derivative = _Writer(n, variable).formulas(name, list(members), x)
    return _short(term), _short(derivative)


def _short(term: Term | None) -> str | None:
    return term.text if term is not None and len(term.text) <= LONGEST_FORMULA else None


_FORWARD: dict[str, Callable[..., Term]] = {
    "sigmoid": lambda n, a: n.fraction(ONE, n.sum(ONE, n.function("exp", n.negative(a)))),
    "relu": lambda n, a: n.where_positive(a, a, Term("0")),
    "leaky_relu": lambda n, a, negative_slope: n.where_positive(
        a, a, n.product(n.constant(negative_slope), a)
    ),
    "elu": lambda n, a, alpha: n.where_positive(
        a, a, scaled(n, alpha, n.difference(n.function("exp", a), ONE))
    ),
    "softplus": lambda n, a: n.function("ln", n.sum(ONE, n.function("exp", a))),
    "sqrt": lambda n, a: n.root(a),
    "square": lambda n, a: n.power(a, Term("2")),
    "reciprocal": lambda n, a: n.fraction(ONE, a),
    "log": lambda n, a: n.function("ln", a),
}
"""How f(x) reads where it is not the operation's name with x in brackets."""


def derivative_table(root: Node, *, number_format: str = ".4g") -> DerivativeTable:
    """Return the functions of a graph as a table: f(x), f′(x), and their values at its numbers.

    A row stands for each operation of one variable (also ``1 + x`` and ``-x``, with their
    constants), and one more for each scope that is a function of one variable, such as four
    operations that are one sigmoid.

    Parameters
    ----------
    root : Node
        The result of an expression of nodes.
    number_format : str, default ".4g"
        How numbers are written.

    Returns
    -------
    DerivativeTable
        Text with ``str()``, a table in a notebook, LaTeX, and the rows in ``.functions``.

    Raises
    ------
    TypeError
        If `root` is no node.

    References
    ----------
    Lecture 003, "Complex Example".

    Examples
    --------
    >>> from autograd_core import scope
    >>> from visualize import derivative_table
    >>> z = Node(0.5, name="z")
    >>> with scope("sigmoid"):
    ...     f = 1 / (1 + np.exp(-z))
    >>> print(derivative_table(f))
    function   f(x)              f′(x)             x                     f        f′
    *-1        -x                -1                z = 0.5               -0.5     -1
    exp        exp(x)            exp(x)            -z = -0.5             0.6065   0.6065
    +1         1 + x             1                 exp(-z) = 0.6065      1.607    1
    1/x        1/x               -1/x²             1 + exp(-z) = 1.607   0.6225   -0.3875
    σ          1/(1 + exp(-x))   σ(x)·(1 - σ(x))   z = 0.5               0.6225   0.235
    """
    if type(root) is not Node:
        raise TypeError(
            f"derivative_table() expects a Node, the result of an expression of nodes, got "
            f"{type(root).__name__}. Write for example: w = Node(1.8, name='w'); "
            "derivative_table(w**2)"
        )
    check_number_format(number_format)
    return DerivativeTable(root, number_format)
