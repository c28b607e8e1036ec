"""Names, words and numbers for LaTeX's math mode, in which no string of a user's is a command."""

from __future__ import annotations

import re

from ..text import shown

# Valid in LaTeX's math mode and in MathJax. "<" and "&" never stand before a letter, so that a page
# which takes the text for HTML finds no tag and no entity in it.
_ESCAPES = {
    "\\": r"\backslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\${}",
    "&": r"{\&}",
    "#": r"\#{}",
    "_": r"\_{}",
    "%": r"\%{}",
    "^": r"\hat{\ }",
    "~": r"{\sim}",
    "<": "{<}",
    ">": "{>}",
    " ": r"\ ",
    "-": r"\text{-}",
    "'": r"\text{'}",
    '"': r"\text{''}",
    "`": r"\text{'}",
}
_WITH_INDEX = re.compile(r"([A-Za-z])_?([0-9]{1,4})")
_NUMBER = re.compile(r"-?[\d.]+")
_HAT = re.compile(r"([A-Za-z])_?hat")
_SCIENTIFIC = re.compile(r"(-?[\d.]+)e([+-])0*(\d+)")


def latex_name(name: str) -> str:
    r"""Return a user's name for math mode; nothing in it is a command.

    Examples
    --------
    >>> print(latex_name("w2"), latex_name("target"), latex_name(r"\input{x} & <b>"))
    w_{2} \mathrm{target} \mathrm{\backslash{}input\{x\}\ {\&}\ {<}b{>}}
    """
    if len(name) == 1 and name.isascii() and name.isalpha():
        return name
    if found := _WITH_INDEX.fullmatch(name):
        return f"{found[1]}_{{{found[2]}}}"
    if found := _HAT.fullmatch(name):
        return rf"\hat{{{found[1]}}}"
    return rf"\mathrm{{{_escaped(shown(name))}}}"


def latex_text(text: str) -> str:
    """Return words for math mode."""
    return rf"\mathrm{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return "".join(
        _ESCAPES.get(letter, letter if letter.isascii() else rf"\text{{{letter}}}")
        for letter in text
    )


def latex_number(text: str) -> str:
    r"""Return a written number for math mode.

    Examples
    --------
    >>> latex_number("1.5e-07"), latex_number("2e+20"), latex_number("-inf")
    ('1.5 \\times 10^{-7}', '2 \\times 10^{20}', '-\\infty')
    """
    if found := _SCIENTIFIC.fullmatch(text):
        sign = "-" if found[2] == "-" else ""
        return rf"{found[1]} \times 10^{{{sign}{found[3]}}}"
    named = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}
    if text in named:
        return named[text]
    return text if _NUMBER.fullmatch(text) else latex_text(text)
