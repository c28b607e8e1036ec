"""What a notebook shows of a diagram or a frame."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from typing import Any


def mime_bundle(
    text: str,
    html: Callable[[], str],
    png: Callable[[], bytes] | None,
    include: Collection[str] | None,
    exclude: Collection[str] | None,
) -> dict[str, Any]:
    """Return an object in the kinds that are wanted; only those are made."""

    def wanted(kind: str) -> bool:
        return (include is None or kind in include) and kind not in (exclude or ())

    bundle: dict[str, Any] = {"text/plain": text} if wanted("text/plain") else {}
    if wanted("text/html"):
        bundle["text/html"] = html()
    if wanted("image/png") and png is not None:
        bundle["image/png"] = base64.b64encode(png()).decode()
    return bundle
