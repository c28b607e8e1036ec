"""The page with an expression box, as one file that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..formats.document import document
from ..graph.naming import ACTIVATIONS
from ..lettering import WIDTHS
from ..page.html import look_data, page_code
from ..page.live import WORDS
from ..page.shell import asset, data_element, embedded, in_one
from ..style import LECTURE, ROOM
from .fragments import fragment, variants
from .functions import functions
from .messages import MESSAGES
from .sentences import sentences

SCRIPTS = ("lettering.js", "parser.js", "assembly.js", "drawing.js", "box.js")
"""The parts of the page's own script, behind those of a live page."""

EXAMPLES = {
    "Sigmoid neuron": "1/(1+exp(-(x1*w1+x2*w2+w3)))\nx1 = -1; x2 = -2; w1 = 2; w2 = -3; w3 = -3.5",
    "Sum and product": "q = x + y\nv = q*z\nx = 3; y = 1; z = -2",
    "Neural chain": "x2 = relu(x*w1)\ny = (x2*w2)**2\nL = (y - t)**2\n"
    "x = 3; w1 = 0.5; w2 = -1; t = 3",
    "Gradient descent": "L = w**2\nw = 1.8",
    "One value used twice": "x*sin(x) + x**2\nx = 2",
    "Loss of two outputs": "p = exp(a)/(exp(a) + exp(b))\nL = -log(p)\na = 1; b = 2",
    "Rosenbrock's valley": "(1 - x)**2 + 100*(y - x**2)**2\nx = -1; y = 1",
}
"""What there is to choose from."""

DEFAULTS = {
    "values": {"x1": -1.0, "x2": -2.0, "w1": 2.0, "w2": -3.0, "w3": -3.5, "b": 0.5},
    "others": [2.0, -1.0, 0.5, 3.0, -2.0, 1.5, 1.0, -0.5],
}
"""The numbers of names that got none: those of the lecture, else one after the other."""

WORDS_OF_BOX = {
    "title": "Type an expression, drag a number, see every gradient",
    "label": "Expression",
    "examples": "Examples",
    "line": "Line {line}: ",
    "intro": [
        ["Above each wire stands its ", ""], ["value", "value"], [", below it its ", ""],
        ["gradient", "gradient"],
        [": how strongly the result follows it. Where the gradient is 3, a value that grows by "
         "0.01 makes the result grow by about 0.03; where it is negative, the result falls. "
         "Gradients go back from the result, whose own is 1: each is the gradient on the other "
         "side of its operation, the upstream gradient, times the local gradient of the "
         "operation, and where a value is used twice, the parts add. Press play to see it step by "
         "step; drag the number of a leaf to the left or right, or click it and type.", ""],
    ],
    "made up": "{values} {verb} made up: drag {object}.",
    "made up, many": "The numbers of {count} names are made up: drag them.",
}  # fmt: skip


def expression_page(expression: str | None = None) -> str:
    """Return an HTML page in which an expression is typed and becomes a live graph.

    The file needs no network, and no Python. It reads what Python and NumPy users write:
    operators, numbers, names, functions such as ``exp`` or ``np.exp``, several lines with ``=``.

    Parameters
    ----------
    expression : str, optional
        What stands in the box at first; the lecture's neuron by default.

    Returns
    -------
    str
        The page, about 0.3 MB.

    Raises
    ------
    TypeError
        If `expression` is no string.

    Examples
    --------
    >>> from visualize.expression import expression_page
    >>> page = expression_page("x*w + b")
    >>> "x*w + b" in page, "http://" in page.replace("http://www.w3.org/", "")
    (True, False)
    """
    if expression is not None and not isinstance(expression, str):
        raise TypeError(
            f"expression_page() expects a string such as 'x*w + b', got {type(expression).__name__}"
        )
    text = next(iter(EXAMPLES.values())) if expression is None else expression
    data = embedded({**_knowledge(), "text": text})
    title = WORDS_OF_BOX["title"]
    assert isinstance(title, str)
    head = "<style>body { margin: 0 } .old { opacity: 0.5 }</style>"
    body = (
        "<noscript>This page computes by its script, which is turned off here.</noscript>"
        + data_element(data, expression="page")
    )
    return document(title, head, body, _script())


@cache
def _knowledge() -> Mapping[str, Any]:
    """All that the script has to know."""
    page = look_data(LECTURE, whole_page=True)
    return {
        "operations": {variant.key: fragment(variant) for variant in variants()},
        "functions": functions(),
        "constants": {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": "inf"},
        "sentences": sentences(),
        "messages": MESSAGES,
        "activations": sorted(ACTIVATIONS),
        "examples": [{"name": name, "text": text} for name, text in EXAMPLES.items()],
        "defaults": DEFAULTS,
        "words": WORDS_OF_BOX,
        "widths": [*WIDTHS.items()],
        "format": LECTURE.number_format,
        "style": _own("expression.css"),
        "page": page | {"style": page["style"] + _own("below.css")},
        "live": {"format": LECTURE.number_format, "room": ROOM, "words": WORDS},
    }


def _script() -> str:
    return in_one("\n".join([page_code(live=True), *map(_own, SCRIPTS)]))


def _own(name: str) -> str:
    return asset(name, __package__)
