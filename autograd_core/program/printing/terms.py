"""Pieces of code that know how tightly they hold together, so that brackets stand where needed."""

from __future__ import annotations

from typing import NamedTuple

COMPARISON, BIT_OR, BIT_XOR, BIT_AND, SHIFT, SUM, PRODUCT, SIGN, POWER, POSTFIX, ATOM = range(11)
"""What binds tighter stands further back: the order of Python's grammar."""


class Term(NamedTuple):
    """An expression as text.

    Attributes
    ----------
    text : str
        The expression.
    level : int
        How tightly its outermost operator binds; `ATOM` for a name or a number.
    depth : int
        How many operations stand in it.
    """

    text: str
    level: int = ATOM
    depth: int = 0

    def within(self, level: int) -> str:
        """The text, in brackets if its operator binds less tightly than `level`.

        Examples
        --------
        >>> Term("a + b", SUM).within(PRODUCT), Term("a * b", PRODUCT).within(SUM)
        ('(a + b)', 'a * b')
        """
        return self.text if self.level >= level else f"({self.text})"


def infix(symbol: str, level: int, left: Term, right: Term) -> Term:
    """Two terms with an operator between them.

    Examples
    --------
    >>> a, b, c = map(Term, "abc")
    >>> infix("-", SUM, a, infix("-", SUM, b, c)).text
    'a - (b - c)'
    >>> infix("-", SUM, infix("-", SUM, a, b), c).text
    'a - b - c'
    >>> infix("**", POWER, prefix("-", a), b).text
    '(-a) ** b'
    """
    if level == POWER:  # the only one that is read from the right
        one, other = left.within(POSTFIX), right.within(SIGN)
    elif level == COMPARISON:  # a < b < c means something else
        one, other = left.within(level + 1), right.within(level + 1)
    else:
        one, other = left.within(level), right.within(level + 1)
    return Term(f"{one} {symbol} {other}", level, 1 + max(left.depth, right.depth))


def prefix(symbol: str, term: Term) -> Term:
    """An operator in front of a term."""
    inner = term.within(POWER if term.text.startswith(symbol) else SIGN)
    return Term(f"{symbol}{inner}", SIGN, 1 + term.depth)


def call(function: str, *arguments: Term | str, **options: str) -> Term:
    """A function called; options are code already.

    Examples
    --------
    >>> call("np.sum", infix("*", PRODUCT, Term("a"), Term("b")), axis="0").text
    'np.sum(a * b, axis=0)'
    """
    parts = [x.text if isinstance(x, Term) else x for x in arguments]
    parts += [f"{name}={option}" for name, option in options.items()]
    return Term(f"{function}({', '.join(parts)})", POSTFIX, 1 + _deepest(arguments))


def method(term: Term, name: str, *arguments: str, **options: str) -> Term:
    """A method of a term called."""
    called = call(f"{term.within(POSTFIX)}.{name}", *arguments, **options)
    return called._replace(depth=1 + term.depth)


def attribute(term: Term, name: str) -> Term:
    """An attribute of a term."""
    return Term(f"{term.within(POSTFIX)}.{name}", POSTFIX, term.depth)


def indexed(term: Term, index: str) -> Term:
    """A term with an index in square brackets."""
    return Term(f"{term.within(POSTFIX)}[{index}]", POSTFIX, 1 + term.depth)


def _deepest(arguments: tuple[Term | str, ...]) -> int:
    return max((x.depth for x in arguments if isinstance(x, Term)), default=0)
