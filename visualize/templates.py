r"""Texts with slots for numbers that may change: written once, in Python, and filled in anywhere.

A template is a string. A slot is one private character that says which number stands there, then
that number as it is now, then an end mark; around pieces of which a number decides how they read (a
minus needs brackets, a factor 1 is left out) stands a group. So a template can be put together,
cut and compared like any other text: `now` is what it reads at present, and the page's
``fill.js`` reads the same marks when a number has changed.

No text of a user's gets this far with such a character in it: `visualize.text.shown` replaces them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

END, OPEN, NEXT, CLOSE = "\ue010", "\ue011", "\ue012", "\ue013"

FIRST_SLOT, MOST_SLOTS = 0xF0000, 0xFFFD

MARKS = "\ue010-\ue01f\U000f0000-\U0010ffff"
"""All marks, as the inside of a class of characters of a regular expression."""

_SLOT = re.compile("[\U000f0000-\U0010ffff]")
_FILLED_SLOT = re.compile(f"({_SLOT.pattern})([^{MARKS}]*){END}")
_PIECES = re.compile(f"([{MARKS}])")


def slot(number: int, text: str) -> str:
    """Return the slot of a number, which reads `text` now.

    Examples
    --------
    >>> now("x = " + slot(0, "1.5"))
    'x = 1.5'
    """
    return f"{chr(FIRST_SLOT + number)}{text}{END}"


def has_slots(text: str) -> bool:
    """Whether a number in a text may change.

    Examples
    --------
    >>> has_slots("x = 1.5"), has_slots("x = " + slot(0, "1.5"))
    (False, True)
    """
    return _SLOT.search(text) is not None


def may_begin_with_slot(text: str) -> bool:
    """Whether a text begins with a number that may change, or with a group.

    Examples
    --------
    >>> may_begin_with_slot(slot(0, "2") + "·x"), may_begin_with_slot("x·" + slot(0, "2"))
    (True, False)
    """
    return text[:1] == OPEN or _SLOT.match(text) is not None


def now(template: str) -> str:
    """Return what a template reads with the numbers of now.

    Examples
    --------
    >>> now(group("-", slot(0, "-2")) + " + 1")
    '(-2) + 1'
    """
    return filled(template, lambda _, text: text) if _PIECES.search(template) else template


def bare(text: str) -> str:
    """Return templates without what they read at present, which the page fills in itself.

    Examples
    --------
    >>> bare("x = " + slot(0, "1.5")) == "x = " + chr(FIRST_SLOT)
    True
    """
    return with_slots(text, lambda number, _: chr(FIRST_SLOT + number))


def with_slots(text: str, change: Callable[[int, str], str]) -> str:
    """Return templates with something in the place of each slot; groups stay.

    Parameters
    ----------
    text : str
        Templates.
    change : callable
        Of the number of a slot and of what it reads now: what takes its place.

    Examples
    --------
    >>> with_slots("x = " + slot(3, "1.5"), lambda number, text: f"<{number}: {text}>")
    'x = <3: 1.5>'
    """
    return _FILLED_SLOT.sub(lambda found: change(ord(found[1]) - FIRST_SLOT, found[2]), text)


def group(kind: str, *parts: str) -> str:
    """Return pieces of which the numbers decide how they read together; see `KINDS`.

    Without a slot in them that is settled at once.

    Examples
    --------
    >>> group("=", " = ", "1", "1")
    '1'
    >>> now(group("=", " = ", slot(0, "1"), "2"))
    '1 = 2'
    """
    text = f"{OPEN}{kind}{NEXT.join(parts)}{CLOSE}"
    return text if any(map(has_slots, parts)) else now(text)


def filled(template: str, read: Callable[[int, str], str]) -> str:
    """Return a template with its numbers.

    Parameters
    ----------
    template : str
        With slots and groups.
    read : callable
        Of the number of a slot and of what it reads now: what it is to read.

    Examples
    --------
    >>> filled("x = " + slot(0, "1.5"), lambda number, text: f"<{number}>")
    'x = <0>'
    """
    stack: list[tuple[str, list[str]]] = [("", [""])]
    mark = ""
    for place, piece in enumerate(_PIECES.split(template)):
        if place % 2:
            mark = piece
            if mark == OPEN:
                stack.append(("", [""]))
            elif mark == NEXT:
                stack[-1][1].append("")
            elif mark == CLOSE:
                kind, parts = stack.pop()
                stack[-1][1][-1] += KINDS[kind](parts)
        elif mark == OPEN:
            stack[-1] = piece[0], [piece[1:]]
        elif _SLOT.fullmatch(mark):
            stack[-1][1][-1] += read(ord(mark) - FIRST_SLOT, piece)
        else:
            stack[-1][1][-1] += piece
    return stack[0][1][0]


# --- groups -------------------------------------------------------------------------------------

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _bracketed(parts: Sequence[str]) -> str:
    (text,) = parts
    return f"({text})" if text.startswith("-") else text


def _once(parts: Sequence[str]) -> str:
    sign, *texts = parts
    return sign.join(dict.fromkeys(text for text in texts if text))


def _chosen(parts: Sequence[str]) -> str:
    one, other, if_equal, otherwise = parts
    return if_equal if one == other else otherwise


def _product(parts: Sequence[str]) -> str:
    most, *texts = parts
    factors = [text for text in texts if text != "1"]
    if len(factors) < 2:
        return ""
    if len(factors) > int(most):
        factors = ["…", *factors[-int(most) :]]
    first, *others = factors
    return " · ".join([first, *(_bracketed([text]) for text in others)])


def _exponent(parts: Sequence[str]) -> str:
    (text,) = parts
    return text.translate(SUPERSCRIPTS) if text.isdecimal() else f"^{_bracketed(parts)}"


def _equation(parts: Sequence[str]) -> str:
    most, indent, left, *sides = parts
    line = left + _once([" = ", *sides])
    if len(line) > int(most):
        line = left + _once([f"\n{indent}{' ' * (len(left) - 2)}= ", *sides])
    return indent + line


def _sum(parts: Sequence[str]) -> str:
    return " + ".join(parts).replace("+ -", "- ")


KINDS: dict[str, Callable[[Sequence[str]], str]] = {
    "-": _bracketed,
    "=": _once,
    "?": _chosen,
    "·": _product,
    "^": _exponent,
    "+": _sum,
    "|": _equation,
}
"""How the parts of a group read; ``fill.js`` has the same.

``-`` stands in brackets if it begins with a minus. Of ``=`` the first part stands between the
others, of which equal ones stand once. Of ``?`` the third part stands if the first two are equal,
else the fourth. ``·`` is the product of numbers, those that are 1 left out: nothing of fewer than
two, and of more than its first part says dots and the last ones. ``^`` is an exponent, ``+`` a sum
in which a minus takes the place of a plus. ``|`` is an equation of more than two sides: of more
letters than its first part says it is broken before its equals signs; the second part stands before
each line, the third is its left side."""
