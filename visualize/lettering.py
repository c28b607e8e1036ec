"""Names as mathematics: text in runs with subscripts, superscripts, Greek letters, and its width.

Every format sets the same runs: spans in SVG and pages, texts one beside the other on paper,
mathematics in TikZ and LaTeX.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

SMALL = 0.7
"""The size of a subscript or superscript beside that of its letter."""

RISES = {-1: -0.22, 0: 0.0, 1: 0.4}
"""How far above the base line a run stands, by its level, in units of the size."""


class Run(NamedTuple):
    """A piece of text on one level: -1 a subscript, 0 the line itself, 1 a superscript."""

    text: str
    level: int = 0


Runs = tuple[Run, ...]

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "varsigma sigma tau upsilon phi chi psi omega"
)
GREEK = {name: chr(0x3B1 + place) for place, name in enumerate(_GREEK_NAMES.split())}
GREEK |= {
    name.capitalize(): chr(ord(letter) - 0x20)
    for name, letter in GREEK.items()
    if name != "varsigma"
}

_SCRIPT = r"[_^](?:\{[A-Za-z0-9,+\-]{1,12}\}|[A-Za-z0-9])"
_NAME = re.compile(rf"([^\W\d_]+?)(_?hat|\d{{1,4}})?((?:{_SCRIPT})*)('*)")
_ONE_SCRIPT = re.compile(_SCRIPT)
_WORD = re.compile(rf"(?<![\w.\\}}])[^\W\d_]+(?:_hat|\d*)(?:{_SCRIPT})*'*(?![A-Za-z0-9_{{\\]|\.\d)")


def plain(text: str) -> Runs:
    """Return a text as it is, without mathematics."""
    return (Run(text),)


@lru_cache(maxsize=4096)
def name_runs(name: str) -> Runs:
    """Return a name as one writes it: ``x_1`` and ``W1`` with indices, ``alpha`` as a letter.

    A name of any other form stays the text that it is.

    Examples
    --------
    >>> name_runs("w_{11}^1")
    (Run(text='w', level=0), Run(text='11', level=-1), Run(text='1', level=1))
    >>> [run.text for run in name_runs("alpha")], [run.text for run in name_runs("loss_1_2")]
    (['α'], ['loss_1_2'])
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return plain(name)
    letter, digits, scripts, primes = found.groups()
    if len(letter) > 1 and letter not in GREEK:
        return plain(name)
    letter = GREEK.get(letter, letter)
    runs = [(_mark(script), GREEK.get(text := script[1:].strip("{}"), text))
            for script in _ONE_SCRIPT.findall(scripts)]  # fmt: skip
    if digits and digits.endswith("hat"):
        letter = unicodedata.normalize("NFC", f"{letter}\u0302")
    elif digits:
        runs.insert(0, (-1, digits))
    levels = [level for level, _ in runs]
    if len(set(levels)) < len(levels):  # two subscripts: the user means something else
        return plain(name)
    made = [Run(letter), *(Run(text, level) for level, text in runs)]
    return tuple([*made, Run("′" * len(primes))] if primes else made)


def _mark(script: str) -> int:
    return -1 if script[0] == "_" else 1


@lru_cache(maxsize=4096)
def formula_runs(text: str) -> Runs:
    """Return a formula of ours with the names in it as `name_runs` writes them.

    Examples
    --------
    >>> [run.text for run in formula_runs("∂L/∂W1 = x_1 · 2")]
    ['∂L/∂W', '1', ' = x', '1', ' · 2']
    """
    found: list[Run] = []
    place = 0
    for word in _WORD.finditer(text):
        found += [Run(text[place : word.start()]), *name_runs(word[0])]
        place = word.end()
    return joined([*found, Run(text[place:])])


def joined(runs: Iterable[Run]) -> Runs:
    """Return runs, neighbours of one level as one."""
    made: list[Run] = []
    for run in runs:
        if made and made[-1].level == run.level:
            made[-1] = Run(made[-1].text + run.text, run.level)
        elif run.text:
            made.append(run)
    return tuple(made) or (Run(""),)


def text_of(runs: Sequence[Run]) -> str:
    """Return the letters of runs, one behind the other.

    Examples
    --------
    >>> text_of(name_runs("w_{11}"))
    'w11'
    """
    return "".join(run.text for run in runs)


_MARKS = {0: "\ue000", -1: "\ue001", 1: "\ue002"}
_UNMARKED = str.maketrans(dict.fromkeys(_MARKS.values(), "\ufffd"))


def marked(runs: Sequence[Run]) -> str:
    r"""Return runs as one string, in which marks say where the level changes; the page reads it.

    Examples
    --------
    >>> marked(name_runs("w_1")), marked(plain("loss"))
    ('w\ue0011', 'loss')
    """
    made, level = "", 0
    for run in runs:
        made += _MARKS[run.level] if run.level != level else ""
        made += run.text.translate(_UNMARKED)
        level = run.level
    return made


def placed(runs: Sequence[Run], size: float) -> Iterator[tuple[Run, float, float, float]]:
    """Yield each run, how far right and above of the start it stands, and its size.

    A superscript right behind a subscript stands above it.
    """
    x = before = end = 0.0
    last = 0
    for run in runs:
        here = size if run.level == 0 else SMALL * size
        wide = letters_width(run.text) * here
        stacked = run.level != 0 and run.level == -last
        start = before if stacked else end
        yield run, start, RISES[run.level] * size, here
        x = start + wide
        end = max(end, x) if stacked else x
        before, last = start, run.level


def width(text: str | Sequence[Run], size: float = 1.0) -> float:
    """Return the width of a text or of runs in a wide font; no usual one needs more.

    Examples
    --------
    >>> width("0.25", 10) < width("10.25", 10), width(name_runs("w_1^2"), 10) < width("w12", 10)
    (True, True)
    """
    if isinstance(text, str):
        return letters_width(text) * size
    return max(
        (x + letters_width(run.text) * here for run, x, _, here in placed(text, size)), default=0.0
    )


@lru_cache(maxsize=8192)
def letters_width(text: str) -> float:
    """Return the width of letters in units of their size."""
    return sum(_WIDTHS.get(letter) or _other(letter) for letter in text)


def _other(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.35
    # A letter with an accent is as wide as the letter.
    return _WIDTHS.get(unicodedata.normalize("NFD", letter)[0], 0.9)


WIDTHS = {
    0.28: "′'ijl‵",
    0.34: " ,.·⋅Iᵢι",
    0.37: "/:;\\f|¦",
    0.42: "-!()[]rt¹²³⁰⁴⁵⁶⁷⁸⁹ⁿ₀₁₂₃₄₅₆₇₈₉ᵀ",
    0.53: '*J"`¨°z‖∣s∂∫',
    0.58: "?L_c§Γεζνξ",
    0.61: "kvxyγκλςυχ•",
    0.64: "FTaeoΤδθοτ",
    0.66: "$0123456789bdghnpquαβημρφ",
    0.70: "ABEKPSVXYZΑΒΔΕΖΚΛΡΥΧπσΣ",
    0.76: "CNRUΝΆψ∐∧∨∇∑",
    0.81: "&DGHOQΗΘΟΠΦΩ",
    0.86: "#+<=>^w~¬±×÷−∓≤≥≠≈∞⊕⊗⊙∘√MωΨ∏",
    0.99: "%Wm∈",
    1.03: "@←→↔—―…⋯⋮",
}
"""Letters by their width in units of their size.

It is the wider of DejaVu Sans and Liberation Sans, whose letters are as wide as Helvetica's."""

_WIDTHS = {letter: share for share, letters in WIDTHS.items() for letter in letters}
