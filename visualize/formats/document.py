"""An HTML file of its own, which asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
import html


def document(title: str, head: str, body: str, script: str | None = None) -> str:
    """Return an HTML file; the browser itself refuses to load or run what is not in it.

    Parameters
    ----------
    title : str
        Its title, as plain text.
    head, body : str
        Elements.
    script : str, optional
        What runs at the end of the body.

    Examples
    --------
    >>> document("a < b", "", "<p>hello</p>").count("a &lt; b")
    1
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    element = ""
    if script is not None:
        code = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{code}'"
        element = f"<script>{script}</script>\n"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title, quote=True)}</title>\n{head}\n</head>\n<body>\n"
        f"{body}\n{element}</body>\n</html>\n"
    )
