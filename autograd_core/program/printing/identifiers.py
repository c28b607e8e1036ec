"""Names as Python identifiers: unique, and never code."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable

RESERVED = {*dir(builtins), *keyword.kwlist, "np", "math", "scipy"}
"""What a name of ours must not hide."""

LONGEST = 40


def identifier(name: str, otherwise: str = "x") -> str:
    r"""A name that can stand in code, as near to a given one as can be.

    Examples
    --------
    >>> identifier("W1"), identifier("0.weight"), identifier("lambda"), identifier("θ")
    ('W1', 'x0_weight', 'lambda_', 'θ')
    >>> identifier("x\n; import os"), identifier("")
    ('x_import_os', 'x')
    """
    plain = unicodedata.normalize("NFKC", name)
    plain = re.sub(r"\W+", "_", plain)[:LONGEST].strip("_")
    plain = unicodedata.normalize("NFKC", plain)
    if not plain or not re.sub(r"[\W_]", "", plain):
        return otherwise
    if not plain.isidentifier():
        plain = f"{otherwise}{plain}"
    if not plain.isidentifier():
        return otherwise
    return f"{plain}_" if plain in RESERVED or plain.startswith("__") else plain


def comment(text: str) -> str:
    r"""A text for one line of comment.

    Examples
    --------
    >>> comment("hidden\nimport os")
    'hidden import os'
    """
    line = " ".join(text.split())[:80]
    return "".join(letter if letter.isprintable() else "?" for letter in line)


class Names:
    """The names in one function, each given once.

    Examples
    --------
    >>> names = Names(["np"])
    >>> names.new("z"), names.new("z"), names.new("a1"), names.new("a1"), names.new("t1")
    ('z', 'z2', 'a1', 'a2', 't1')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._next: dict[str, int] = {}

    def new(self, wish: str) -> str:
        """A name that nothing has yet, the wish itself if it is free."""
        name = wish = identifier(wish)
        if name in self.taken:
            match = re.fullmatch(r"(.*?)(\d*)", wish)
            assert match is not None
            letters = match[1] or wish
            number = self._next.get(letters, 2)
            while (name := f"{letters}{number}") in self.taken or not name.isidentifier():
                number += 1
            self._next[letters] = number + 1
        self.taken.add(name)
        return name
