"""Formulas written twice: as plain text, and as LaTeX that every user's string passes escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..graph.labels import index_text
from ..graph.naming import names_in, names_of_graph
from ..graph.picture import Picture
from ..templates import group, may_begin_with_slot, now
from ..text import constant, grid, in_line, number, shape_text, shown
from .latex import latex_name, latex_number, latex_text, latex_transposed

MOST_INPUTS = 4
"""Of an operation with more inputs the first are written."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

_LATEX_SIGNS = {"·": r"\cdot", "⊙": r"\odot", "@": r"\cdot", "⊗": r"\otimes", "→": r"\to"}

_KNOWN_TO_LATEX = {"exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"}


ATOM, POWER, PRODUCT, SHAPE, NEGATIVE, SUM, WORDS = range(7)
"""How loosely a piece of a formula holds together."""


class Term(NamedTuple):
    """A piece of a formula, how loosely it holds together, and whether it stands for an array.

    A number that `came_in` by an input is written also where a constant 1 would be left out. What
    begins with a live number holds together as if that had no minus: `Notation.bracketed`.
    """

    text: str
    loose: int = ATOM
    array: bool = False
    came_in: bool = False


def _made(text: str, loose: int, terms: Iterable[Term]) -> Term:
    return Term(text, loose, any(term.array for term in terms))


def looseness(name: str) -> int:
    """How loosely a user's name holds together: several words, or a minus, need brackets."""
    return WORDS if " " in name or name.startswith("-") else ATOM


def is_closed(text: str) -> bool:
    """Whether a text stands in brackets of its own, as the shape (2,)."""
    return text.startswith("(") and text.find(")") == len(text) - 1


def first_of(inputs: Sequence[Any], write: Callable[[Any], Term]) -> list[Term]:
    """Write the inputs of an operation; of very many the first ones, and dots."""
    terms = [write(x) for x in inputs[:MOST_INPUTS]]
    return [*terms, Term("…")] if len(inputs) > MOST_INPUTS else terms


def _looseness_of_number(text: str) -> int:
    if text.endswith("j"):
        return SUM
    return NEGATIVE if text.startswith("-") else ATOM


class Label(NamedTuple):
    """What a node is called: a name of the user's, or a symbol with a number."""

    name: str
    number: int | None = None


def numbered(names: Sequence[str], taken: Collection[str] = ()) -> list[Label]:
    """Return a label for each name, with a number where it comes again.

    Examples
    --------
    >>> [tuple(label) for label in numbered(["add", "exp", "add"], taken={"x"})]
    [('add', 1), ('exp', None), ('add', 2)]
    """
    times = Counter([*names, *taken])
    seen: Counter[str] = Counter()
    labels = []
    for name in names:
        seen[name] += 1
        labels.append(Label(name, seen[name] if times[name] > 1 else None))
    return labels


def labels_of(nodes: Iterable[Node], root: Node) -> dict[Node, Label]:
    """Return a label for every node that has a name, or is given one by `names_of_graph`.

    Examples
    --------
    >>> x = Node(2.0, name="x")
    >>> root = x * x + x * 3
    >>> [label.name for label in labels_of([x, *root.inputs, root], root).values()]
    ['x', 'u1', 'u2', 'f']
    """
    names = names_of_graph(root).nodes
    return {node: Label(names[node]) for node in nodes if node in names}


_MADE, _SHY = re.compile(r"\w+"), re.compile(r"u\d+")
"""Made names, and those of them that say nothing: results are rather written out, if short."""


@dataclass(frozen=True)
class Notation:
    """Writes formulas about one graph, in plain text or in LaTeX.

    Products of numbers are written with a dot, between arrays with ⊙, products of matrices with @.

    Parameters
    ----------
    labels : mapping of Node to Label
        What the nodes are called.
    format : str
        How numbers are written.
    latex : bool
        Whether in LaTeX, for math mode.
    arrays : mapping of int to str
        What arrays are called that were written into the expression, by ``id``.
    writes_out : bool
        Whether results without a name of the user's are written out where that is short;
        else they are called by their labels.
    used : dict
        What was called by a name that the user did not give: filled while writing.
    shy : re.Pattern
        Names that results are rather written out than called by.
    settled : collection of int
        The ``id`` of results whose names stand in the text anyway.
    known : dict
        Operands that were written before.
    """

    labels: Mapping[Node, Label]
    format: str
    latex: bool = False
    arrays: Mapping[int, str] = field(default_factory=dict)
    writes_out: bool = True
    used: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)
    shy: re.Pattern[str] = _SHY
    settled: Collection[int] = ()
    known: dict[Any, tuple[Term, dict[int, Any]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    deepest: ClassVar[int] = 3
    longest: ClassVar[int] = 28
    """An operand without a name is written out so many operations back, up to so many letters."""

    shyness: ClassVar[tuple[re.Pattern[str], ...]] = _MADE, _SHY
    """In names of the user's alone; with z1 and a1 among them; else by its own made name."""

    @property
    def dots(self) -> str:
        """Where something is left out."""
        return r"\cdots" if self.latex else "…"

    def sign(self, sign: str) -> str:
        """A sign between two pieces."""
        return f" {_LATEX_SIGNS[sign] if self.latex else sign} "

    # --- names and numbers --------------------------------------------------------------------

    def name(self, name: str, number: int | None = None) -> str:
        """A name, with a number where there are several."""
        if not self.latex:
            return shown(name) + ("" if number is None else str(number))
        return self._with_index(latex_name(name), number)

    def _with_index(self, letter: str, number: int | None, prime: str = "") -> str:
        # Two indices, or a prime behind a power, are errors in LaTeX without braces.
        if (prime or number is not None) and ("_" in letter or "^" in letter):
            letter = f"{{{letter}}}"
        return letter + prime + ("" if number is None else f"_{{{number}}}")

    def called(self, node: Node) -> str:
        """What a node is called."""
        return self.label_term(node).text

    def label(self, node: Node) -> str:
        """What a node is called, in brackets where that is several words."""
        return self.bracketed(self.label_term(node), ATOM)

    def number(self, value: Any) -> str:
        """A number."""
        text = number(value, self.format)
        return latex_number(text) if self.latex else text

    def number_term(self, value: Any) -> Term:
        """A number, as a term."""
        text = self.number(value)
        return Term(text, _looseness_of_number(text))

    def value(self, value: Any) -> str:
        """A number, a small array with its entries, or a line about a large one."""
        if not np.ndim(value):
            return self.number(value)
        if not self.latex:
            return in_line(value, self.format)
        rows = grid(value, self.format)
        if rows is None:
            return latex_text(in_line(value, self.format))
        lines = r" \\ ".join(" & ".join(map(latex_number, row)) for row in rows)
        return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"

    def shape(self, shape: tuple[int, ...]) -> str:
        """A shape."""
        text = shape_text(shape)
        if not (self.latex and shape):
            return self.words(text)
        text = text if text.startswith("(") else f"({text})"
        return text.replace("×", r" \times ")

    def words(self, text: str) -> str:
        """Words of ours beside a formula."""
        return latex_text(text) if self.latex else text

    # --- derivatives --------------------------------------------------------------------------

    def partial(self, above: str, below: str) -> str:
        """A partial derivative."""
        if self.latex:
            return rf"\frac{{\partial {above}}}{{\partial {below}}}"
        return f"∂{above}/∂{below}"

    def partial_term(self, above: str, below: Node) -> Term:
        """A partial derivative with respect to a node."""
        return Term(self.partial(above, self.label(below)), POWER, below.size != 1)

    def slot(self, position: int, function: str) -> str:
        """The derivative of a function for one of its places."""
        if self.latex:
            return rf"\partial_{{{position + 1}}} {function}"
        return f"∂{str(position + 1).translate(_SUBSCRIPTS)}{function}"

    def prime(self, name: str, number: int | None = None) -> str:
        """The derivative of a function of one variable: f′."""
        if not self.latex:
            return f"{self.name(name, number)}′"
        return self._with_index(latex_name(name), number, "'")

    def local(self, node: Node, position: int) -> Term | None:
        """A derivative that is not written as its formula; None: it is."""
        return None

    # --- pieces of formulas -------------------------------------------------------------------

    def bracketed(self, term: Term, loosest: int) -> str:
        """A term, in brackets where it holds together less than it has to."""
        if term.loose <= loosest and loosest < NEGATIVE and may_begin_with_slot(term.text):
            return group("-", term.text)
        if term.loose <= loosest or is_closed(term.text):
            return term.text
        return rf"\left({term.text}\right)" if self.latex else f"({term.text})"

    def product(self, *terms: Term) -> Term:
        """Factors in one term."""
        apart = self.latex or any(term.loose == SHAPE for term in terms)
        return self._joined(terms, self.sign("·") if apart else "·")

    def chain(self, *terms: Term) -> Term:
        """Factors of the chain rule."""
        return self._joined(terms, self.sign("·"))

    def _joined(self, terms: Sequence[Term], dot: str) -> Term:
        first, *others = terms
        if not others:
            return first
        sign = self.sign("⊙") if all(term.array for term in terms) else dot
        parts = [self.bracketed(first, NEGATIVE), *(self.bracketed(t, SHAPE) for t in others)]
        loose = PRODUCT if first.loose > NEGATIVE else max(PRODUCT, first.loose)
        return _made(sign.join(parts), loose, terms)

    def matrix_product(self, *terms: Term, sign: str = "@") -> Term:
        """A product of matrices; with ⊗ all products of an entry of each."""
        # Without brackets the product with a sign of its own is the outer one: x @ W ⊙ y.
        loosest = [POWER if term.loose == PRODUCT else SHAPE for term in terms]
        text = self.sign(sign).join(map(self.bracketed, terms, loosest))
        return Term(text, NEGATIVE, True)

    def sum(self, left: Term, right: Term, sign: str = "+") -> Term:
        """A sum or a difference."""
        minus = sign == "-" or right.text.startswith("-")
        last = self.bracketed(right, SHAPE if minus else SUM)
        if may_begin_with_slot(last):
            last = group("-", last)
        return _made(f"{self.bracketed(left, SUM)} {sign} {last}", SUM, (left, right))

    def difference(self, left: Term, right: Term) -> Term:
        """A difference."""
        return self.sum(left, right, "-")

    def negative(self, term: Term) -> Term:
        """A term with a minus before it."""
        return term._replace(text=f"-{self.bracketed(term, PRODUCT)}", loose=NEGATIVE)

    def fraction(self, above: Term, below: Term) -> Term:
        """A quotient."""
        text = f"{self.bracketed(above, PRODUCT)}/{self.bracketed(below, POWER)}"
        if self.latex:
            text = rf"\frac{{{above.text}}}{{{below.text}}}"
        return _made(text, PRODUCT, (above, below))

    def power(self, base: Term, exponent: Term) -> Term:
        """A power."""
        if exponent.text == "1" and not exponent.came_in:
            return base
        below = self.bracketed(base, ATOM)
        if self.latex:
            text = f"{{{below}}}^{{{exponent.text}}}"
        elif exponent.loose in (ATOM, NEGATIVE):
            text = below + group("^", exponent.text)
        else:
            text = f"{below}^{self.bracketed(exponent, ATOM)}"
        return _made(text, POWER, (base, exponent))

    def root(self, term: Term) -> Term:
        """A square root."""
        text = rf"\sqrt{{{term.text}}}" if self.latex else f"√{self.bracketed(term, ATOM)}"
        return term._replace(text=text, loose=ATOM)

    def transposed(self, term: Term) -> Term:
        """A matrix transposed."""
        text = self.bracketed(term, ATOM)
        return Term(latex_transposed(text) if self.latex else f"{text}ᵀ", POWER, True)

    def total(self, term: Term) -> Term:
        """A sum over axes."""
        text = self.bracketed(term, PRODUCT)
        return Term(rf"\sum {text}" if self.latex else f"Σ {text}", PRODUCT, term.array)

    def function(self, name: str, *terms: Term) -> Term:
        """A function of something."""
        inside = ", ".join(term.text for term in terms)
        # The shape (2,) has brackets of its own.
        text = f"{shown(name)}{inside}" if is_closed(inside) else f"{shown(name)}({inside})"
        if self.latex:
            written = f"\\{name}" if name in _KNOWN_TO_LATEX else latex_name(name)
            text = rf"{written}\left({inside}\right)"
        return _made(text, ATOM, terms)

    def where_positive(self, one: Term, term: Term, other: Term) -> Term:
        """One of two, by the sign of a third."""
        words = self.words(" where "), self.words(" > 0, else ")
        return Term(f"{one.text}{words[0]}{term.text}{words[1]}{other.text}", WORDS, term.array)

    # --- operands -----------------------------------------------------------------------------

    def operand(self, x: Any) -> Term:
        """An input of an operation: its name or number, or how it was made, if that is short."""
        if not self.writes_out:
            return self.to_depth(x, 0)
        # A result stands in many formulas of one text.
        if type(x) is not Node or x.operation is None or self.settled:
            return self._operand(x)
        key = (id(x), id(self.labels), self.latex, self.format)
        if key not in self.known:
            writer = replace(self, used={})
            self.known[key] = writer._operand(x), writer.used
        term, used = self.known[key]
        self.used.update(used)
        return term

    def _operand(self, x: Any) -> Term:
        for shy in self.shyness:
            for depth in range(self.deepest, 0, -1):
                trial = replace(self, latex=False, used={}, shy=shy)
                term = trial.to_depth(x, depth)
                if len(now(term.text)) <= self.longest and not any(
                    map(trial.is_shy, trial.used.values())
                ):
                    return replace(self, shy=shy).to_depth(x, depth)
        return self.to_depth(x, 0)

    def to_depth(self, x: Any, depth: int) -> Term:
        """The same, looking so many operations back."""
        if type(x) is not Node:
            return self.constant(x)
        term = self.symbol(x, depth)
        if term is not None:
            return term
        return self.applied(x, first_of(x.inputs, lambda y: self.to_depth(y, depth - 1)))

    def symbol(self, x: Node, depth: int) -> Term | None:
        """What stands for a node instead of how it was made; None where that is written out."""
        operation = x.operation
        if operation is None or x.name or (x in self.labels and not self.is_shy(x)):
            return self.label_term(x)
        if not depth or not self.writes_out or len(x.inputs) > 2:
            return self.label_term(x)
        written = operation.name in (*_SIGNS, "getitem") or (
            operation.elementwise and not x.options
        )
        return None if written else self.label_term(x)

    def is_shy(self, x: Any) -> bool:
        """Whether something is a result that is rather written out than called by its name."""
        if type(x) is not Node or x.operation is None or x.name or id(x) in self.settled:
            return False
        label = self.labels.get(x)
        return label is None or self.shy.fullmatch(label.name) is not None

    def applied(self, node: Node, terms: Sequence[Term]) -> Term:
        """The operation of a node on terms: ``a + b``, ``exp(a)``."""
        name = node.operation.name  # type: ignore[union-attr]
        loose = _ASSOCIATIVE.get(name)
        if loose is not None:  # in x·(y·z), as in x + (y + z), brackets say what comes second
            left, right = terms
            terms = left, right._replace(loose=WORDS) if right.loose == loose else right
        if name == "getitem" and "index" in node.options:
            place = self.words(f"[{index_text(node.options['index'])}]")
            return Term(f"{self.bracketed(terms[0], ATOM)}{place}", ATOM, node.size != 1)
        write = _SIGNS.get(name)
        made = getattr(self, write)(*terms) if write else self.function(name, *terms)
        return made._replace(array=node.size != 1)

    def label_term(self, node: Node) -> Term:
        """What a node is called, as a term; a number of the expression is written."""
        label = self.labels.get(node)
        if not node.name:
            if label is None:
                return self.constant(node.value) if node.operation is None else Term(self.dots)
            self.used[id(node)] = node
        name, number = label or Label(node.name or "")
        return Term(self.name(name, number), looseness(name), node.size != 1)

    def result(self, node: Node, operands: Sequence[Term]) -> Term:
        """What an operation gives: the name of that, if the text has it, else the function."""
        if node.name or id(node) in self.used or (not self.writes_out and node in self.labels):
            return self.label_term(node)
        return self.function(node.operation.name, *operands)  # type: ignore[union-attr]

    def constant(self, value: Any) -> Term:
        """A number of an expression; an array by its name, or its shape."""
        if np.ndim(value):
            name = self.arrays.get(id(value))
            if name is None:
                return Term(self.words(f"[{shape_text(np.shape(value))}]"), ATOM, True)
            self.used[id(value)] = value
            return Term(self.name(name), ATOM, True)
        text = constant(value, self.format)
        written = latex_number(text) if self.latex else text
        return Term(written, _looseness_of_number(text))


class InNumbers(Notation):
    """Writes formulas with numbers in place of what they are made of.

    Examples
    --------
    >>> x = Node(-1.5, name="x")
    >>> n = InNumbers({}, ".4g")
    >>> n.product(n.constant(2.0), n.operand(x)).text
    '2·(-1.5)'
    """

    def operand(self, x: Any) -> Term:
        """The number that comes in."""
        value = raw(x)
        if type(x) is not Node:
            return self.constant(value)
        return self.number_term(value.item())._replace(came_in=True)

    def label_term(self, node: Node) -> Term:
        """The number of a result."""
        return self.operand(node)

    def result(self, node: Node, operands: Sequence[Term]) -> Term:
        """The number that an operation gives."""
        return self.operand(node)


_ASSOCIATIVE = {"add": SUM, "multiply": PRODUCT}
"""Operations that need no brackets in a formula."""

_SIGNS = {
    "add": "sum",
    "subtract": "difference",
    "multiply": "product",
    "divide": "fraction",
    "power": "power",
    "negative": "negative",
    "matmul": "matrix_product",
}
"""Operations that have a sign of their own, and the method that writes it."""


def notation_of(picture: Picture) -> Notation:
    """Return the notation for what stands beside a picture: every wire is called by its one name.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x, w = Node(3.0, name="x"), Node(0.5, name="w")
    >>> y = np.exp(x * w)
    >>> n = notation_of(picture_of(y))
    >>> n.operand(y.inputs[0]).text, n.operand(y).text
    ('u1', 'f')
    """
    names = names_in(picture)
    labels = {node: Label(name) for node, name in names.nodes.items()}
    return Notation(labels, picture.look.number_format, arrays=names.arrays, writes_out=False)
