"""What the script of an interactive page is told."""

from __future__ import annotations

import json
import re


def data_of(page):
    """The data in the text of a page."""
    return json.loads(re.search(r'data-graph="[^"]*">(.*?)</script>', page, re.S)[1])
