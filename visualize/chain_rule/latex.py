"""Names, words and numbers for LaTeX's math mode, in which no string of a user's is a command."""

from __future__ import annotations

import re
import unicodedata

from ..lettering import GREEK, Run, name_runs
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
_NUMBER = re.compile(r"-?[\d.]+")
_GREEK = {letter: rf"\{name}" for name, letter in GREEK.items()}
# What Greek shares with Latin has no command.
_GREEK |= dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", map("\\mathrm{{{}}}".format, "ABEZHIKMNOPTXo"), strict=True))
_SCIENTIFIC = re.compile(r"(-?[\d.]+)e([+-])0*(\d+)")


def latex_name(name: str) -> str:
    r"""Return a user's name for math mode, as `name_runs` reads it; nothing in it is a command.

    Examples
    --------
    >>> print(latex_name("w2"), latex_name("w_{11}^1"), latex_name("alpha"), latex_name("yhat"))
    w_{2} w_{11}^{1} \alpha \hat{y}
    >>> print(latex_name("target"), latex_name(r"\input{x} & <b>"))
    \mathrm{target} \mathrm{\backslash{}input\{x\}\ {\&}\ {<}b{>}}
    """
    first, *rest = name_runs(name)
    letter = _letter(first.text)
    if letter is None:
        return rf"\mathrm{{{_escaped(shown(name))}}}"
    # Primes stand right at the letter: behind a superscript they would be a second one.
    return letter + "".join(map(_script, sorted(rest, key=lambda run: run.level != 0)))


def _letter(text: str) -> str | None:
    """A letter, which may be Greek or have a hat; None for any other text."""
    base, *marks = list(unicodedata.normalize("NFD", text) or " ")
    if marks not in ([], ["\u0302"]):
        return None
    letter = _GREEK.get(base, base if base.isascii() and base.isalpha() else None)
    return rf"\hat{{{letter}}}" if marks and letter else letter


def _script(run: Run) -> str:
    if not run.level:
        return "'" * len(run.text)
    sign = "_" if run.level < 0 else "^"
    return f"{sign}{{{_GREEK.get(run.text, run.text)}}}"


def latex_transposed(text: str) -> str:
    r"""Return the transpose of what is written; LaTeX takes no second superscript.

    Examples
    --------
    >>> print(latex_transposed("W"), latex_transposed("W^{2}"))
    W^\top {W^{2}}^\top
    """
    return rf"{{{text}}}^\top" if "^" in text or "'" in text else rf"{text}^\top"


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
