"""What ``help`` says of an operation: its text, and what its row tells of inputs and results."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import numpy_calls

if TYPE_CHECKING:
    from .operation import Operation

_HEADING = re.compile(r"^(\w[\w ]*)\n-+$", re.MULTILINE)
_ORDER = ("Parameters", "Returns", "Raises", "See Also", "Notes", "References", "Examples")


def described(operation: Operation, signature: inspect.Signature | None, about: str) -> str:
    """Return an operation's docstring: how it is called, its text, and numpydoc's sections.

    Sections that the text has are left as they are. The others follow from the row: an operation
    that works entry by entry takes numbers of shapes that fit, and returns one number for each.

    Examples
    --------
    >>> from autograd_core import tan
    >>> [line for line in tan.__doc__.splitlines() if line][:2]
    ['tan(x, /)', 'Tangent of an angle in radians. Gradient: g (1 + tan(x)**2).']
    """
    # As NumPy's functions do, the first line shows how to call it.
    text, *parts = _HEADING.split(inspect.cleandoc(about))
    written = dict(zip(parts[::2], (part.strip("\n") for part in parts[1::2]), strict=True))
    sections = _from_the_row(operation, signature) | written
    called = f"{operation.name}{signature or '(...)'}\n\n{text.strip()}"
    return with_sections(called, {title: sections[title] for title in _ORDER if title in sections})


def with_sections(text: str, sections: Mapping[str, str]) -> str:
    """Return a docstring of a text and numpydoc's sections, in their order."""
    parts = (f"{title}\n{'-' * len(title)}\n{body}" for title, body in sections.items())
    return "\n\n".join([text, *parts])


def _from_the_row(operation: Operation, signature: inspect.Signature | None) -> dict[str, str]:
    taken = (signature or inspect.Signature()).parameters.values()
    inputs = [p.name for p in taken if p.name not in operation.defaults and p.default is p.empty]
    several = len(inputs) != 1
    sections = {"Raises": "TypeError\n    If an input does not hold numbers"}
    sections["Raises"] += ", or holds complex ones." if operation.real_only else "."
    if several:
        sections["Raises"] += "\nValueError\n    If the shapes don't fit together."
    if peers := ", ".join(_peers(operation)):
        records = (
            "; given a Node, it records, too" if peers[:6] == "numpy." else " on plain numbers"
        )
        sections["See Also"] = f"{peers} : the same{records}."
    if operation.elementwise:
        fit = "broadcast against each other" if several else "of any shape"
        shape = "the shape that they have together" if several else "the same shape"
        sections["Parameters"] = f"{', '.join(inputs)} : Node or array_like\n    Numbers, {fit}."
        sections["Returns"] = (
            f"Node, scalar or ndarray\n"
            f"    One number per entry, in {shape}; a Node if an input is one."
        )
    return sections


def _peers(operation: Operation) -> list[str]:
    """Where NumPy and SciPy have the function."""
    if operation.name.startswith("scipy."):
        return [operation.name]
    spelled = (numpy_calls.spelled(function) for function in operation.numpy)
    return [f"numpy{name[2:]}" if name[:3] == "np." else name for name in dict.fromkeys(spelled)]
