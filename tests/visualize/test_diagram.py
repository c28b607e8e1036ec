"""What a diagram is apart from its picture: files, notebooks, text."""

from __future__ import annotations

import base64
import math
import os
import re
import struct
import subprocess
import sys

import numpy as np
import pytest
from svg_reader import read, size

import visualize.diagram
from autograd_core import Node
from visualize import draw, set_notebook_format


@pytest.fixture
def diagram():
    x = Node(3.0, name="x")
    y = x * x
    y.name = 'y "<best>"'
    y.backward()
    return draw(y)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.svg", b"<?xml"),
        ("a.png", b"\x89PNG"),
        ("a.pdf", b"%PDF"),
        ("a.html", b"<!DOCTYPE html>"),
        ("a.dot", b"digraph"),
        ("A.SVG", b"<?xml"),
    ],
)
def test_save(diagram, tmp_path, name, start):
    diagram.save(tmp_path / name)
    diagram.save(str(tmp_path / name))  # again, over the first
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["graph.jpg", "graph", "graph.svg.gz", ".svg"])
def test_unknown_ending(diagram, tmp_path, name):
    with pytest.raises(ValueError) as raised:
        diagram.save(tmp_path / name)
    message = str(raised.value)
    assert "expects a file ending in .svg, .png, .pdf, .html or .dot" in message
    assert name in message
    assert "diagram.save('" in message
    assert not list(tmp_path.iterdir())


def test_save_is_all_or_nothing(diagram, tmp_path, monkeypatch):
    target = tmp_path / "graph.svg"
    target.write_text("before")

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        diagram.save(target)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions")
def test_a_saved_file_has_usual_permissions(diagram, tmp_path):
    (tmp_path / "other").write_text("")
    diagram.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_notebook(diagram):
    bundle = diagram._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    found = re.match(
        r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)"', bundle["text/html"]
    )
    svg = base64.b64decode(found[1]).decode()
    assert read(svg).circles == ["*"]
    assert found[2] == "Computational graph of y &quot;&lt;best&gt;&quot;: 1 operation, result 9"
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(diagram)


def test_notebook_asks_for_less(diagram):
    assert set(diagram._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert set(diagram._repr_mimebundle_(exclude=["image/png"])) == {"text/html", "text/plain"}
    assert not hasattr(diagram, "_repr_svg_")


@pytest.mark.parametrize(
    ("chosen", "kinds"),
    [
        ("svg", {"image/svg+xml", "text/plain"}),
        ("png", {"image/png", "text/plain"}),
        ("page", {"text/html", "image/png", "text/plain"}),
    ],
)
def test_notebook_shows_what_was_chosen(diagram, chosen, kinds):
    try:
        set_notebook_format(chosen)
        bundles = [one._repr_mimebundle_() for one in (diagram, diagram.frames()[0])]
    finally:
        set_notebook_format()
    assert [set(bundle) for bundle in bundles] == [kinds] * 2
    if chosen == "svg":
        assert bundles[0]["image/svg+xml"] == diagram.svg()


def test_unknown_notebook_format():
    with pytest.raises(ValueError, match="expects one of 'page', 'svg', 'png', got 'html'"):
        set_notebook_format("html")


def test_table():
    x, w = Node(3.0, name="x"), Node(np.ones(9), name="w")
    loss = np.sum(w * x)
    lines = str(draw(loss)).splitlines()
    assert lines[0].split() == ["name", "operation", "value", "gradient"]
    assert lines[1].split() == ["x", "-", "3", "-"]
    assert lines[2].split(maxsplit=2) == ["w", "-", "(9,)  min 1  mean 1  max 1  -"]
    assert lines[4].split() == ["-", "sum", "27", "-"]
    assert len({line.rindex("-") for line in lines[1:]}) == 1


def test_the_table_has_the_gradients():
    x, w = Node(3.0, name="x"), Node(2.0, name="w")
    y = x * w
    y.backward()
    rows = [line.split() for line in str(draw(y)).splitlines()[1:]]
    assert rows == [["x", "-", "3", "2"], ["w", "-", "2", "3"], ["-", "multiply", "6", "1"]]
    assert [line.split()[3] for line in str(draw(y, gradients=False)).splitlines()[1:]] == ["-"] * 3


def test_table_of_a_large_graph_is_short():
    y = Node(1.0, name="x")
    for _ in range(140):
        y = y * 2.0
    lines = str(draw(y)).splitlines()
    assert len(lines) == 62
    assert "… 81 more …" in lines
    rows = [line.split() for line in lines[1:]]
    assert rows[0] == ["x", "-", "1", "-"]
    assert [row[2] for row in rows[-2:]] == [f"{2.0**n:.4g}" for n in (139, 140)]


def test_svg_has_words_for_screen_readers(diagram):
    svg = diagram.svg()
    assert re.search(r'<svg [^>]*role="img" aria-label="Computational graph of y', svg)
    assert "<title>name: x\nshape: scalar" in svg
    assert not re.search(r"<title>(w|o|e|c)\d", svg)
    assert "<script" not in svg


@pytest.mark.parametrize(("operations", "sharp"), [(1, True), (700, False)])
def test_the_resolution_of_a_png(operations, sharp):
    y = Node(1.0, name="x")
    for _ in range(operations):
        y = y * 1.0
    diagram = draw(y, fold=(), aspect=math.inf)
    pixels = struct.unpack(">II", diagram.png()[16:24])
    dpi = max(pixels) / max(size(diagram.svg())) * 72
    assert dpi == pytest.approx(192, rel=0.01) if sharp else 29_000 < max(pixels) <= 30_000


def test_a_notebook_gets_no_png_of_a_large_picture(diagram, monkeypatch):
    assert "image/png" in diagram._repr_mimebundle_()
    monkeypatch.setattr(visualize.diagram, "LARGEST_INLINE_PNG", 2)
    assert set(diagram._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_png_is_bounded():
    y = Node(1.0, name="x")
    for _ in range(1000):
        y = y * 1.0
    width, height = struct.unpack(">II", draw(y, fold=(), aspect=math.inf).png()[16:24])
    assert max(width, height) <= 32767
    assert width * height <= 26_000_000


def test_the_same_graph_gives_the_same_text():
    def source():
        x = Node(3.0, name="x")
        return draw(x * x + 1.0).source

    assert source() == source()


def test_drawing_changes_nothing():
    x = Node(3.0, name="x")
    y = x * x
    y.backward()
    before = x.grad
    draw(y, local_gradients=True).svg()
    assert x.grad is before
    assert (x.value, y.value) == (3.0, 9.0)


def test_draw_stays_the_function_though_a_module_is_called_so():
    code = (
        "import visualize, visualize.draw, importlib; importlib.import_module('visualize.draw'); "
        "from visualize import draw; assert callable(draw) and draw is visualize.draw"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
