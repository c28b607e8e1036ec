"""The program dot, the library in pygraphviz, and neither."""

from __future__ import annotations

import builtins
import logging
import os
import shutil
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from pathlib import Path

import pytest

import visualize.layout.fonts
import visualize.layout.graphviz
from autograd_core import Node
from visualize import draw

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


@needs_library
@needs_shell
@pytest.mark.parametrize(
    ("script", "note"),
    [
        ("echo broken pipe dream >&2; exit 1", "failed with code 1: broken pipe dream"),
        ("kill -SEGV $$", "failed with code -11"),
        ("cat > /dev/null; echo hello", "gave no picture"),
        ("exit 0", "gave no picture"),
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
def test_dot_that_hangs(diagram, fake_dot, monkeypatch):
    fake_dot("while :; do :; done")
    monkeypatch.setattr(visualize.layout.graphviz, "TIMEOUT", 0.3)
    assert "<svg" in diagram.svg()
    assert "no answer within 0.3 s" in diagram.note


@needs_library
@needs_shell
def test_dot_that_can_not_be_run(diagram, fake_dot, monkeypatch):
    fake_dot("")
    program = Path(shutil.which("dot"))
    program.write_bytes(b"\x7fELF nonsense")
    monkeypatch.setenv("PATH", str(program.parent))
    assert "<svg" in diagram.svg()
    assert "can't be run" in diagram.note


def test_neither(diagram, monkeypatch, tmp_path):
    no_dot(monkeypatch, tmp_path)
    hide(monkeypatch, "pygraphviz")
    for render in (
        diagram.svg, diagram.png, diagram.pdf, diagram.html, diagram.frames()[0].svg,
        lambda: diagram.save(tmp_path / "x.svg"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=r"Install it with: pip install 'pygraphviz>=2.0'"):
            render()
    assert not list(tmp_path.iterdir())
    assert diagram.source.startswith("digraph")
    diagram.save(tmp_path / "x.dot")
    bundle = diagram._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "multiply" in bundle["text/plain"]
    assert "pip install" in bundle["text/plain"]


# --- once ----------------------------------------------------------------------------------------


@pytest.fixture
def layouts(monkeypatch):
    """The formats in which Graphviz was asked for something, in this order."""
    asked = []
    real = visualize.layout.graphviz._by_program

    def counting(source, format, dpi):
        asked.append(format)
        return real(source, format, dpi)

    monkeypatch.setattr(visualize.layout.graphviz, "_by_program", counting)
    return asked


def test_each_format_is_laid_out_once(diagram, layouts):
    for _ in range(3):
        diagram.svg(), diagram.png(), diagram.pdf(), diagram._repr_mimebundle_()
        diagram.html(), [frame.svg() for frame in diagram.frames()]
        visualize.layout.graphviz.kept.clear()
    assert layouts == ["svg", "png", "pdf"]


def test_the_same_picture_is_laid_out_once(layouts):
    for _ in range(3):
        draw(Node(3.0, name="x") * 2.0).svg()
    assert layouts == ["svg"]
    draw(Node(3.0, name="x") * 2.0).pdf()
    draw(Node(3.5, name="x") * 2.0).svg()
    assert layouts == ["svg", "pdf", "svg"]


def test_another_resolution_is_another_picture(layouts):
    source = draw(Node(3.0, name="x")).source
    small, large, again = (visualize.layout.graphviz.render(source, "png", dpi)[0]
                           for dpi in (50, 100, 50))  # fmt: skip
    assert len(small) < len(large)
    assert small == again
    assert layouts == ["png", "png"]


def test_few_pictures_are_kept_and_no_large_ones(monkeypatch, layouts):
    kept = visualize.layout.graphviz.kept
    monkeypatch.setattr(visualize.layout.graphviz, "MOST_KEPT", 2)
    for number in range(5):
        draw(Node(float(number))).svg()
        assert 1 <= len(kept) <= 2
    kept.clear()
    monkeypatch.setattr(visualize.layout.graphviz, "LARGEST_KEPT", 100)
    draw(Node(1.0)).svg()
    assert not kept


def test_what_went_wrong_is_tried_again(diagram, fake_dot, layouts):
    fake_dot("exit 1")
    for _ in range(2):
        assert "code 1" in visualize.layout.graphviz.render(diagram.source, "svg")[1]
    assert layouts == ["svg", "svg"]


def test_nothing_heavy_is_imported_before_it_is_used():
    code = (
        "import sys, visualize; from autograd_core import Node; visualize.draw(Node(1.0)).source; "
        "assert not {'graphviz', 'pygraphviz', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@needs_library
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fontconfig")
def test_fonts_are_configured_for_one_moment(monkeypatch):
    monkeypatch.setattr(visualize.layout.fonts, "_done", False)
    monkeypatch.delenv("FONTCONFIG_FILE", raising=False)
    with visualize.layout.fonts.library_fonts():
        text = Path(os.environ["FONTCONFIG_FILE"]).read_text(encoding="utf-8")
    ET.fromstring(text)
    assert "FONTCONFIG_FILE" not in os.environ
    assert "mpl-data" in text
    monkeypatch.setattr(visualize.layout.fonts, "_done", False)
    monkeypatch.setenv("FONTCONFIG_FILE", "mine.conf")
    with visualize.layout.fonts.library_fonts():
        assert os.environ["FONTCONFIG_FILE"] == "mine.conf"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fontconfig")
def test_remarks_of_fontconfig_are_kept_from_the_terminal(monkeypatch, capfd):
    monkeypatch.setattr(visualize.layout.fonts, "_done", False)
    with visualize.layout.fonts.library_fonts():
        os.write(2, b'Fontconfig warning: "05-sample.conf", line 6: unknown element\nof another\n')
    assert capfd.readouterr().err == "of another\n"


def test_what_keeps_the_library_from_loading_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", "")
    visualize.layout.graphviz.kept.clear()
    with pytest.raises(RuntimeError, match=r"import pygraphviz: .*halted"):
        draw(Node(1.0)).svg()
