"""Names are text, whatever they hold."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from svg_reader import read, tooltips

import visualize.layout.units
from autograd_core import Node, Operation, scope
from autograd_core.operation import REGISTRY
from visualize import THEMES, draw

NAMES = {
    "<b>bold</b>": "<b>bold</b>",
    "a & b": "a & b",
    '"quoted"': '"quoted"',
    "it's": "it's",
    "back\\slash\\": "back\\slash\\",
    "\\N \\G \\L \\E \\T \\H": "\\N \\G \\L \\E \\T \\H",
    "\\n\\l\\r": "\\n\\l\\r",
    "nul\x00nul": "nul␀nul",
    "new\nline\r\n": "new␊line␍␊",
    "&lt;i&gt; &amp; &#65;": "&lt;i&gt; &amp; &#65;",
    "<TABLE><TR>": "<TABLE><TR>",
    "javascript:alert(1)": "javascript:alert(1)",
    '"><script>alert(1)</script>': '"><script>alert(1)</script>',
    "]]>-->*/": "]]>-->*/",
    "$\\alpha_{1}$ %s {0}": "$\\alpha_{1}$ %s {0}",
    "😀 漢字": "😀 漢字",
    "lone \ud800 \ufffe": "lone � �",
    "over\u202eride": "over�ride",
    "   ": "␠␠␠",
    "-0": "-0",
    "x" * 20_000: "x" * 39 + "…",
}


@pytest.fixture(autouse=True)
def registry():
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def hostile(name):
    add = Operation(name, lambda x, y: x + y, rules=(lambda g, o, x, y: g, lambda g, o, x, y: g))
    with scope(name):
        root = add(Node(1.5, name=name), Node(2.5))
    root.name = name
    root.backward()
    return root


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=lambda text: ascii(text[:20]))
def test_drawn_as_text(name, shown):
    root = hostile(name)
    diagram = draw(root)
    drawing = read(diagram.svg())
    assert shown in drawing.texts
    assert f"{shown} =" in drawing.texts
    short = shown if len(shown) <= 16 else None
    assert short is None or short in drawing.circles
    assert len(drawing.parts) == 4
    assert any(f"name: {shown[:39]}" in tip for tip in tooltips(diagram.svg()))
    assert max(map(len, tooltips(diagram.svg()))) < 2000
    assert diagram.png().startswith(b"\x89PNG")
    assert diagram.pdf().startswith(b"%PDF")
    json.dumps(diagram._repr_mimebundle_()).encode()
    diagram.source.encode()


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize(
    "options",
    [{"fold": 1}, {"theme": "micrograd"}, {"rankdir": "TB"}, {"local_gradients": True}],
    ids=str,
)
def test_in_every_look(name, shown, options):
    svg = draw(hostile(name), **options).svg()
    assert shown in read(svg).texts
    elements = {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}
    assert elements <= {"svg", "g", "title", "rect", "path", "circle", "ellipse", "text"}
    attributes = {key for element in ET.fromstring(svg).iter() for key in element.attrib}
    assert not any("href" in key or key.startswith("on") for key in attributes)


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=lambda text: ascii(text[:20]))
def test_in_plain_labels(name, shown, monkeypatch):
    monkeypatch.setattr(visualize.layout.units, "MOST_PARTS_IN_FULL", 0)
    assert shown in read(draw(hostile(name)).svg()).texts


def test_an_empty_name_is_no_name():
    for theme in THEMES:
        assert read(draw(Node(1.5, name="") * 2.0, theme=theme).svg()).circles == ["*2"]


def test_an_empty_scope_name():
    with scope(""):
        y = Node(1.5) * 2.0
    assert "*2" in read(draw(y, fold=()).svg()).circles
    assert draw(y, fold=1).svg().endswith("</svg>\n")


def test_the_dot_text_says_what_stands_where():
    x = Node(2.0, name='a "quoted" \\N name')
    source = draw(x * 3.0).source
    assert 'comment="a \\"quoted\\" \\\\N name"' in source
    assert 'comment="*3 f ="' in source
    assert 'comment="2' not in source
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tjson0"], input=source.encode(), capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
