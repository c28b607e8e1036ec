"""The scripts of all pages: what they may not do, and that no name stands for two things."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from visualize.expression.page import SCRIPTS as OF_EXPRESSIONS
from visualize.page.html import LIVE_SCRIPTS, SCRIPTS
from visualize.playground.html import SCRIPTS as OF_PLAYGROUNDS

LIVE = [f"page/{name}" for name in (*SCRIPTS, *LIVE_SCRIPTS)]
PAGES = {
    "live": [*LIVE, "page/widget.js"],
    "exercise": [*LIVE, "exercises/exercise.js"],
    "expression": [*LIVE, *(f"expression/{name}" for name in OF_EXPRESSIONS)],
    "playground": [
        "page/elements.js",
        "page/shell.js",
        *(f"playground/{name}" for name in OF_PLAYGROUNDS),
    ],
}
"""Which files one script is made of, beside the kernel."""

_NAME = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+|[\[{][^=]*[\]}] =)", re.M)


def source(name):
    return (files("visualize") / name).read_text("utf-8")


def names(text):
    """What a script declares for all that stands behind it."""
    return [name for found in _NAME.findall(text) for name in re.findall(r"\w+", found)]


def test_names_are_found():
    assert names("const [A, B] = x;\nasync function f() {\n  const inner = 1;\n}\nclass C {") == [
        "A", "B", "f", "C",
    ]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_no_name_stands_for_two_things(page):
    found = ["Kernel"]
    for name in PAGES[page]:
        found += names(source(name))
    assert sorted(name for name in set(found) if found.count(name) > 1) == []


@pytest.mark.parametrize("name", sorted({name for page in PAGES.values() for name in page}))
def test_text_becomes_no_markup_and_no_code(name):
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|</"
    assert not re.search(forbidden, source(name))
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|\bimport\(|sendBeacon", source(name))
