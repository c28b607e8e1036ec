"""What a notebook shows of diagrams, frames and pages."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from typing import Any, Literal

__all__ = ["set_notebook_format"]

FORMATS = ("page", "svg", "png")
_chosen = "page"


def set_notebook_format(format: Literal["page", "svg", "png"] = "page") -> None:
    """Choose what notebooks show of everything that is drawn from here on.

    An interactive page is about 100 kB in the notebook's file, and web sites that show notebooks
    run no scripts. A notebook that is to be small, or read where nothing runs, takes pictures.

    Parameters
    ----------
    format : {"page", "svg", "png"}, default "page"
        Interactive pages, or pictures: sharp at any size, or made of pixels.

    Raises
    ------
    ValueError
        For any other format.

    Examples
    --------
    >>> from visualize import lecture_example, draw, set_notebook_format
    >>> set_notebook_format("svg")
    >>> sorted(draw(lecture_example("addition"))._repr_mimebundle_())
    ['image/svg+xml', 'text/plain']
    >>> set_notebook_format("page")
    """
    if format not in FORMATS:
        known = ", ".join(map(repr, FORMATS))
        raise ValueError(
            f"set_notebook_format() expects one of {known}, got {format!r}. "
            'Write for example: set_notebook_format("svg")'
        )
    global _chosen
    _chosen = format


def mime_bundle(
    text: str,
    html: Callable[[], str],
    png: Callable[[], bytes] | None,
    include: Collection[str] | None,
    exclude: Collection[str] | None,
    *,
    svg: Callable[[], str],
) -> dict[str, Any]:
    """Return an object in the kinds that are wanted; only those are made."""
    makers: dict[str, Callable[[], str]] = {"text/plain": lambda: text}
    if _chosen == "svg":
        makers["image/svg+xml"] = svg
    if _chosen == "page":
        makers["text/html"] = html
    if _chosen != "svg" and png is not None:
        makers["image/png"] = lambda: base64.b64encode(png()).decode()
    return {
        kind: make()
        for kind, make in makers.items()
        if (include is None or kind in include) and kind not in (exclude or ())
    }
