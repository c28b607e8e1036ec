"""The program dot, the library in pygraphviz, and neither."""

from __future__ import annotations

import builtins
import logging
import os
import re
import shutil
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from graphs import loss_of, scalar_network
from test_worked_examples import GRAPHS, graph

import visualize.layout.graphviz
import visualize.layout.order
from autograd_core import Node
from visualize import draw
from visualize.layout.graphviz import place

needs_library = pytest.mark.skipif(
    find_spec("pygraphviz") is None, reason="pygraphviz is not installed"
)
needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


@pytest.fixture(autouse=True)
def nothing_kept():
    """Pictures of other tests don't stand in for those that are to be rendered here."""
    visualize.layout.graphviz.kept.clear()
    yield
    visualize.layout.graphviz.kept.clear()


@pytest.fixture
def diagram():
    x = Node(3.0, name="x")
    y = x * x
    y.backward()
    return draw(y)


@pytest.fixture
def fake_dot(tmp_path, monkeypatch):
    """Put a shell script called dot in front of every other."""

    def install(script):
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "dot"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return install


def hide(monkeypatch, *modules):
    real = builtins.__import__

    def without(name, *arguments, **keywords):
        if name.partition(".")[0] in modules:
            raise ImportError(f"No module named {name!r}")
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)


def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def assert_all_formats(diagram):
    assert ET.fromstring(diagram.svg()).tag.endswith("svg")
    assert diagram.png().startswith(b"\x89PNG")
    assert diagram.pdf().startswith(b"%PDF")


def test_as_this_machine_is(diagram):
    assert_all_formats(diagram)
    assert diagram.note is None


@pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")
def test_program_alone(diagram, monkeypatch):
    hide(monkeypatch, "pygraphviz")
    assert_all_formats(diagram)


@needs_library
def test_library_alone(diagram, monkeypatch, tmp_path):
    no_dot(monkeypatch, tmp_path)
    assert_all_formats(diagram)
    assert diagram.note is None


@needs_library
def test_without_the_package_graphviz(diagram, monkeypatch):
    hide(monkeypatch, "graphviz")
    assert_all_formats(diagram)


@pytest.fixture
def large(monkeypatch):
    """Every picture counts as large: then the program comes first, which can be stopped."""
    monkeypatch.setattr(visualize.layout.order, "MOST_UNITS", 0)


@needs_library
@needs_shell
@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("script", "note"),
    [
        ("echo broken pipe dream >&2; exit 1", "failed with code 1: broken pipe dream"),
        ("kill -SEGV $$", "failed with code -11"),
        ("cat > /dev/null; echo hello", "gave no layout"),
        ("exit 0", "gave no layout"),
    ],
)
def test_dot_that_fails(diagram, fake_dot, caplog, script, note):
    fake_dot(script)
    with caplog.at_level(logging.INFO, logger="visualize"):
        assert_all_formats(diagram)
    assert note in diagram.note
    assert note in caplog.text


@needs_library
@needs_shell
@pytest.mark.usefixtures("large")
def test_dot_that_hangs(diagram, fake_dot, monkeypatch):
    fake_dot("while :; do :; done")
    monkeypatch.setattr(visualize.layout.graphviz, "TIMEOUT", 0.3)
    assert "<svg" in diagram.svg()
    assert "no answer within 0.3 s" in diagram.note


@needs_library
@needs_shell
@pytest.mark.usefixtures("large")
def test_dot_that_can_not_be_run(diagram, fake_dot, monkeypatch):
    fake_dot("")
    program = Path(shutil.which("dot"))
    program.write_bytes(b"\x7fELF nonsense")
    monkeypatch.setenv("PATH", str(program.parent))
    assert "<svg" in diagram.svg()
    assert "can't be run" in diagram.note


@needs_library
@needs_shell
def test_a_small_picture_asks_the_library_alone(diagram, fake_dot):
    fake_dot("exit 1")
    assert "<svg" in diagram.svg()
    assert diagram.note is None


def test_neither(diagram, monkeypatch, tmp_path, caplog):
    no_dot(monkeypatch, tmp_path)
    hide(monkeypatch, "pygraphviz")
    with caplog.at_level(logging.INFO, logger="visualize"):
        assert_all_formats(diagram)
    assert diagram.note.startswith("a simpler layout is used: Graphviz is missing")
    assert "Install it with: pip install 'pygraphviz>=2.0'" in diagram.note
    assert diagram.note in caplog.text
    assert diagram.source.startswith("digraph")
    assert not visualize.layout.graphviz.kept


@needs_shell
def test_dot_that_fails_alone(diagram, fake_dot, monkeypatch):
    fake_dot("exit 3")
    hide(monkeypatch, "pygraphviz")
    assert_all_formats(diagram)
    assert "failed with code 3" in diagram.note
    assert "Graphviz is missing" in diagram.note


@needs_shell
def test_dot_that_fails_later(fake_dot, monkeypatch, tmp_path):
    """Between one try to find a better layout and the next."""
    real = shutil.which("dot")
    if real is None:
        pytest.skip("the program dot is not installed")
    fake_dot(f'test -e {tmp_path}/once && exit 3; touch {tmp_path}/once; exec {real} "$@"')
    hide(monkeypatch, "pygraphviz")
    diagram = draw(scalar_network())
    assert "<svg" in diagram.svg()
    assert "failed with code 3" in diagram.note


# --- once ----------------------------------------------------------------------------------------


@pytest.fixture
def layouts(monkeypatch, large):
    """The texts that Graphviz was asked to lay out, in this order."""
    asked = []
    real = visualize.layout.graphviz._by_program

    def counting(source):
        asked.append(source)
        return real(source)

    monkeypatch.setattr(visualize.layout.graphviz, "_by_program", counting)
    return asked


def test_all_formats_share_one_layout(diagram, layouts):
    for _ in range(3):
        diagram.svg(), diagram.png(), diagram.pdf(), diagram._repr_mimebundle_()
        diagram.html(), [frame.svg() for frame in diagram.frames()]
        visualize.layout.graphviz.kept.clear()
    assert layouts == [diagram.source]


def test_the_same_picture_is_laid_out_once(layouts):
    for _ in range(3):
        draw(Node(3.0, name="x") * 2.0).svg()
    assert len(layouts) == 1
    draw(Node(3.0, name="x") * 2.0).pdf()
    draw(Node(3.0, name="longer") * 2.0).svg()
    assert len(layouts) == 2


def test_few_pictures_are_kept_and_no_large_ones(monkeypatch, layouts):
    kept = visualize.layout.graphviz.kept
    monkeypatch.setattr(visualize.layout.graphviz, "MOST_KEPT", 2)
    for number in range(5):
        draw(Node(10.0**number)).svg()
        assert 1 <= len(kept) <= 2
    kept.clear()
    monkeypatch.setattr(visualize.layout.graphviz, "LARGEST_KEPT", 100)
    draw(Node(1.0)).svg()
    assert not kept


@needs_library
@needs_shell
def test_what_went_wrong_is_tried_again(diagram, fake_dot, layouts):
    fake_dot("exit 1")
    for _ in range(2):
        assert "code 1" in place(diagram.source).note
    assert layouts == [diagram.source] * 3


# --- two versions of Graphviz --------------------------------------------------------------------


def looks():
    """Graphs of many kinds, and ways to draw them."""
    for name in GRAPHS:
        yield graph(name), {}
        yield graph(name), {"local_gradients": True, "leaves": "column"}
        yield graph(name), {"rankdir": "TB", "local_gradients": True}
    for sizes in ((2, 3, 2), (784, 128, 10)):
        yield loss_of(*sizes), {}
        yield loss_of(*sizes), {"fold": 1, "rankdir": "BT"}


@needs_library
@pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")
@pytest.mark.parametrize("number", range(len(list(looks()))))
def test_program_and_library_give_one_picture(number, monkeypatch):
    root, options = list(looks())[number]
    by_library = draw(root, **options)
    sheet = by_library._drawing.sheet
    visualize.layout.graphviz.kept.clear()
    hide(monkeypatch, "pygraphviz")
    by_program = draw(root, **options)
    assert by_program.source == by_library.source
    for one, other in zip(by_program._drawing.sheet.shapes, sheet.shapes, strict=True):
        np.testing.assert_allclose(one.points, other.points, atol=0.01)
        assert replace(one, points=other.points, radius=other.radius) == other


def test_nothing_heavy_is_imported_before_it_is_used():
    code = (
        "import sys, visualize; from autograd_core import Node; d = visualize.draw(Node(1.0)); "
        "assert not {'graphviz', 'pygraphviz', 'matplotlib'} & set(sys.modules); "
        "d.svg(); assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_keeps_the_library_from_loading_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", "")
    visualize.layout.graphviz.kept.clear()
    diagram = draw(Node(1.0))
    assert "<svg" in diagram.svg()
    assert re.search(r"import pygraphviz: .*halted", diagram.note)
