r"""The steps as a beamer document in TikZ: a slide whose overlays are the steps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ..layout.sheet import Point, Shape, segments
from ..lettering import GREEK, Runs
from ..style import ROLES, Theme
from .timeline import Timed, Timeline

MOST_OVERLAYS = 100
"""Of more steps, several go on one overlay; LaTeX takes a tenth of a second for each."""

LARGEST = 4000.0
"""Points of the longer side: TeX can't calculate with lengths above 16,383."""

MOST_LETTERS = 120
"""A longer text is cut."""


def tikz_of(timeline: Timeline, description: str) -> str:
    r"""Return a complete document; ``pdflatex`` compiles it with the packages of TeX Live.

    `description`, one sentence about the graph, stands in a comment.
    """
    theme = timeline.theme
    timeline = timeline.at_most(LARGEST)
    last = len(timeline.steps) - 1
    comment = " ".join(description.split())
    lines = [
        f"% {comment}",
        f"% {last + 1} overlays. To use it in slides of your own, copy colours and picture.",
        *_preamble(r"\documentclass[aspectratio=169]{beamer}", theme),
        r"\setbeamertemplate{navigation symbols}{}",
    ]
    if theme.background != "transparent":
        lines.append(r"\setbeamercolor{background canvas}{bg=graphbackground}")
    wide = f"{timeline.width:.6g}bp"
    high = f"{timeline.height:.6g}bp"
    halos = [timed for timed in timeline.shapes if timed.shape.opacity < 1]
    always = [timed for timed in timeline.shapes if _always(timed)]
    lines += [
        # What is on every overlay is set once.
        r"\newsavebox{\graphpicture}",
        r"\begin{document}",
        r"\sbox{\graphpicture}{%",
        *_picture(timeline, [_drawn(timed.shape) for timed in always]),
        "}",
        r"\begin{frame}[plain]",
        r"\centering",
        # As large as the slide allows, and no larger than drawn twice.
        rf"\pgfmathsetmacro{{\graphscale}}{{min(2, min(0.94*\paperwidth/{wide}, 0.92*\paperheight/{high}))}}",  # noqa: E501
        r"\makebox[\textwidth][c]{\scalebox{\graphscale}{%",
    ]
    others = [t for t in timeline.shapes if not _always(t) and t.shape.opacity == 1]
    lines += _picture(
        timeline,
        [
            *(_timed(timed, last) for timed in halos),
            r"\node[anchor=north west] at (0,0) {\usebox{\graphpicture}};",
            *(_timed(timed, last) for timed in others),
        ],
    )
    lines += ["}}", r"\end{frame}", r"\end{document}", ""]
    return "\n".join(lines)


def tikz_pages_of(timeline: Timeline, description: str) -> str:
    r"""Return a document in which each step is a page of the size of the timeline."""
    size = f"paperwidth={timeline.width:.6g}bp,paperheight={timeline.height:.6g}bp"
    lines = [
        f"% {' '.join(description.split())}",
        *_preamble(r"\documentclass{article}", timeline.theme),
        rf"\usepackage[{size},margin=0bp,noheadfoot,nomarginpar]{{geometry}}",
        r"\renewcommand{\familydefault}{\sfdefault}",
        # The first line, and with it the picture, begins in the corner of the page.
        r"\pagestyle{empty}\setlength{\parindent}{0pt}\setlength{\topskip}{0pt}",
        r"\begin{document}",
    ]
    for number in range(len(timeline.steps)):
        shapes = [timed.shape for timed in timeline.shapes if timed.there(number)]
        lines += [r"\null" + _opened("overlay"), *map(_drawn, shapes), r"\end{tikzpicture}\newpage"]
    return "\n".join([*lines, r"\end{document}", ""])


def _preamble(document_class: str, theme: Theme) -> list[str]:
    return [
        # Mathematics in any size, not the nearest of a few.
        r"\RequirePackage{fix-cm}",
        document_class,
        r"\usepackage[T1]{fontenc}",
        r"\usepackage[scaled]{helvet}",
        r"\usepackage{textcomp,amssymb,tikz}",
        *(
            rf"\definecolor{{graph{role}}}{{HTML}}{{{_hex(colour)}}}"
            for role in ROLES
            if (colour := getattr(theme, role)) != "transparent"
        ),
    ]


def _opened(more: str = "") -> str:
    options = "x=1bp, y=-1bp, line width=1bp, inner sep=0pt, outer sep=0pt"
    return rf"\begin{{tikzpicture}}[{options}{more and f', {more}'}]"


def _picture(timeline: Timeline, drawn: list[str]) -> list[str]:
    return [
        _opened(),
        rf"\useasboundingbox (0,0) rectangle ({timeline.width:.6g},{timeline.height:.6g});",
        *drawn,
        r"\end{tikzpicture}%",
    ]


def _always(timed: Timed) -> bool:
    return timed.first == 0 and timed.last is None


def _timed(timed: Timed, last: int) -> str:
    drawn = _drawn(timed.shape)
    first = timed.first + 1
    until = "" if timed.last is None or timed.last >= last else timed.last + 1
    if (first, until) == (1, ""):
        return drawn
    overlays = first if first == until else f"{first}-{until}"
    return rf"\only<{overlays}>{{{drawn}}}"


def _drawn(shape: Shape) -> str:
    at = [_point(point) for point in shape.points]
    if shape.kind == "text":
        anchor = {"start": "base west", "middle": "base", "end": "base east"}[shape.anchor]
        font = rf"\fontsize{{{shape.size:g}bp}}{{{1.2 * shape.size:g}bp}}\selectfont"
        return (
            rf"\node[anchor={anchor}, text={_colour(shape.fill or 'text')}, font={font}] "
            rf"at {at[0]} {{{latex_runs(shape.runs)}}};"
        )
    options = []
    if shape.fill:
        options.append(f"fill={_colour(shape.fill)}")
    if shape.stroke:
        options.append(f"draw={_colour(shape.stroke)}")
        if f"{shape.width:g}" != "1":
            options.append(f"line width={shape.width:g}bp")
    if shape.dashed:
        options.append("dash pattern=on 5bp off 3bp")
    if shape.opacity < 1:
        options.append(f"opacity={shape.opacity:g}")
    if shape.radius:
        options.append(f"rounded corners={shape.radius:.2f}bp")
    path = rf"\path[{', '.join(options)}]"
    if shape.kind == "ellipse":
        rx, ry = shape.points[1]
        return rf"{path} {at[0]} ellipse [x radius={rx:.2f}bp, y radius={ry:.2f}bp];"
    if shape.kind == "rectangle":
        return rf"{path} {at[0]} rectangle {at[1]};"
    return path + path_of(shape) + ";"


def path_of(shape: Shape) -> str:
    """Return the commands of a path as TikZ writes them.

    Examples
    --------
    >>> from visualize.layout.sheet import line
    >>> path_of(line((0, 0), (10.5, 0)))
    ' (0.00,0.00) -- (10.50,0.00)'
    """
    made = ""
    here = (0.0, 0.0)
    for command, points in segments(shape):
        made += _piece(command, here, points)
        here = points[-1] if points else here
    return made


def _towards(corner: Point, middle: Point) -> Point:
    return corner[0] + 2 / 3 * (middle[0] - corner[0]), corner[1] + 2 / 3 * (middle[1] - corner[1])


def _point(point: Point) -> str:
    return f"({point[0]:.2f},{point[1]:.2f})"


def _piece(command: str, here: Point, points: Sequence[Point]) -> str:
    if command == "Q":
        # TikZ knows cubic curves alone.
        middle, end = points
        points = [*(_towards(corner, middle) for corner in (here, end)), end]
    at = [_point(point) for point in points]
    if command == "Z":
        return " -- cycle"
    if command == "M":
        return f" {at[0]}"
    if command == "L":
        return f" -- {at[0]}"
    return f" .. controls {' and '.join(at[:-1])} .. {at[-1]}"


def _colour(role: str) -> str:
    """A role's colour is defined at the top of the document; others are written out."""
    if role in ROLES:
        return f"graph{role}"
    red, green, blue = (int(role[place : place + 2], 16) for place in (1, 3, 5))
    return f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"


def _hex(colour: str) -> str:
    if colour.startswith("#"):
        return colour[1:].upper()
    from matplotlib.colors import to_hex

    try:
        return to_hex(colour.lower())[1:].upper()
    except ValueError:
        return "000000"  # a name that only browsers know


# --- text ----------------------------------------------------------------------------------------

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    # An empty group breaks ligatures: << would become a quotation mark.
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "-": "-{}",
    ",": ",{}",
    " ": "~",
    "×": r"$\times$",
    "−": "$-$",
    "∂": r"$\partial$",
    "⊙": r"$\odot$",
    "→": r"$\rightarrow$",
    "…": r"\dots{}",
    "Σ": r"$\Sigma$",
    "∑": r"$\Sigma$",
    "Π": r"$\Pi$",
    "∏": r"$\Pi$",
    "√": r"$\surd$",
    "∛": r"$^3\!\!\surd$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "∞": r"$\infty$",
    "·": r"$\cdot$",
    "⊗": r"$\otimes$",
    "⊕": r"$\oplus$",
    "⊖": r"$\ominus$",
    "⊻": r"$\veebar$",
    "∗": r"$\ast$",
    "⋆": r"$\star$",
    "⋅": r"$\cdot$",
    "•": r"$\bullet$",
    "′": r"$'$",
    "°": r"$^{\circ}$",
    "¬": r"$\neg$",
    "±": r"$\pm$",
    "÷": r"$\div$",
    "∇": r"$\nabla$",
    "∈": r"$\in$",
    "∉": r"$\notin$",
    "∀": r"$\forall$",
    "∃": r"$\exists$",
    "∪": r"$\cup$",
    "∩": r"$\cap$",
    "∅": r"$\varnothing$",
    "ℝ": r"$\mathbb{R}$",
    "∝": r"$\propto$",
    "∼": r"$\sim$",
    "≡": r"$\equiv$",
    "≪": r"$\ll$",
    "≫": r"$\gg$",
    "∓": r"$\mp$",
    "⟨": r"$\langle$",
    "⟩": r"$\rangle$",
    "∘": r"$\circ$",
    "∫": r"$\int$",
    "≈": r"$\approx$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$",
    "⌉": r"$\rceil$",
    "‖": r"$\Vert$",
    "∣": r"$\mid$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "⇒": r"$\Rightarrow$",
    "↔": r"$\leftrightarrow$",
    "⋮": r"$\vdots$",
    "⋯": r"$\cdots$",
    "∧": r"$\wedge$",
    "∨": r"$\vee$",
    "µ": r"$\mu$",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "„": r"\quotedblbase{}",
    "€": r"\texteuro{}",
    "†": r"\textdagger{}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    "\u00ad": "",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "␠": r"\textvisiblespace{}",
    "\ufffd": "?",
}
_AS_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))
"""Greek letters that LaTeX has no command for: they look like these."""

_ESCAPES |= {
    letter: rf"$\{name}$" for name, letter in GREEK.items() if letter not in _AS_LATIN
} | _AS_LATIN
_ESCAPES["ε"] = r"$\varepsilon$"

_ACCENTS = {
    "\u0300": ("`", "grave"), "\u0301": ("'", "acute"), "\u0302": ("^", "hat"),
    "\u0303": ("~", "tilde"), "\u0304": ("=", "bar"), "\u0306": ("u", "breve"),
    "\u0307": (".", "dot"), "\u0308": ('"', "ddot"), "\u030a": ("r", "mathring"),
    "\u030b": ("H", "ddot"), "\u030c": ("v", "check"), "\u0327": ("c", ""), "\u0328": ("k", ""),
}  # fmt: skip
"""Of a combining accent, the command in text and in mathematics."""
_MINUS = re.compile(r"(?<![\w)])-(?=[\d.(a-zA-Z])|(?<= )-(?= )")


def latex_runs(runs: Runs) -> str:
    r"""Return runs for LaTeX: names with an index as mathematics, the rest as text.

    Examples
    --------
    >>> from visualize.lettering import name_runs
    >>> print(latex_runs(name_runs("w_{11}^1")), latex_runs(name_runs("alpha")))
    w$_{\mathsf{11}}^{\mathsf{1}}$ $\alpha$
    """
    made = ""
    scripts: list[str] = []
    for run in runs:
        if run.level == 0:
            made += _with_scripts(scripts) + latex_text(run.text)
            scripts = []
        else:
            sign = "_" if run.level < 0 else "^"
            scripts.append(f"{sign}{{{_script(run.text)}}}")
    return made + _with_scripts(scripts)


def _with_scripts(scripts: list[str]) -> str:
    return f"${''.join(scripts)}$" if scripts else ""


def _script(text: str) -> str:
    """A subscript or superscript, which holds letters, digits and signs alone."""
    if text in GREEK.values():
        return _ESCAPES[text].strip("$")
    return rf"\mathsf{{{text}}}"


def latex_text(text: str) -> str:
    r"""Return a text that LaTeX sets as it is, whatever it holds.

    Letters that pdflatex's usual fonts do not have are written as their number.

    Examples
    --------
    >>> print(latex_text(r"\input{x} 100% $a_1$"))
    \textbackslash{}input\{x\}~100\%~\$a\_1\$
    >>> print(latex_text("∂L/∂w = -1.5 × 😀"))
    $\partial$L/$\partial$w~=~$-$1.5~$\times$~\resizebox{1em}{!}{\texttt{1F600}}
    """
    if len(text) > MOST_LETTERS:
        text = text[: MOST_LETTERS - 1] + "…"
    # A sign before a number is longer than a hyphen.
    letters = _MINUS.sub("−", unicodedata.normalize("NFC", text))
    return "".join(_letter(*found) for found in _LETTER.findall(letters))


_LETTER = re.compile(f"(.)([{''.join(_ACCENTS)}]?)", re.DOTALL)


def _letter(letter: str, accent: str = "") -> str:
    if accent:
        in_text, in_mathematics = _ACCENTS[accent]
        base = _letter(letter)
        if base.startswith("$") and in_mathematics:
            return rf"$\{in_mathematics}{{{base.strip('$')}}}$"
        return rf"\{in_text}{{{base}}}"
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter in _ACCENTS:
        return rf"\{_ACCENTS[letter][0]}{{}}"
    kind, _, parts = unicodedata.decomposition(letter).partition(" ")
    if kind in ("<super>", "<sub>"):
        script = chr(int(parts.split()[0], 16))
        if script in "+−=()" or (script.isascii() and script.isalnum()):
            written = rf"{{\mathsf{{{script}}}}}" if script.isalpha() else script.replace("−", "-")
            return f"${'^' if kind == '<super>' else '_'}{written}$"
    if " " < letter <= "~" or "¡" <= letter <= "ÿ":
        return letter
    decomposed = unicodedata.normalize("NFD", letter)
    if len(decomposed) == 2 and decomposed[1] in _ACCENTS:
        return _letter(*decomposed)
    # As wide as a letter, or it would run over what stands beside it.
    return rf"\resizebox{{1em}}{{!}}{{\texttt{{{ord(letter):04X}}}}}"
