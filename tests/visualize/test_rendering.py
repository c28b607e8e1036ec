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
    for render in (diagram.svg, diagram.png, diagram.pdf, lambda: diagram.save(tmp_path / "x.svg")):
        with pytest.raises(RuntimeError, match=r"Install it with: pip install 'pygraphviz>=2.0'"):
            render()
    assert not list(tmp_path.iterdir())
    assert diagram.source.startswith("digraph")
    diagram.save(tmp_path / "x.dot")
    bundle = diagram._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "multiply" in bundle["text/plain"]
    assert "pip install" in bundle["text/plain"]


def test_each_format_is_laid_out_once(diagram, monkeypatch):
    calls = []
    real = visualize.layout.graphviz.render

    def counting(source, format, dpi=None):
        calls.append(format)
        return real(source, format, dpi)

    monkeypatch.setattr("visualize.diagram.render", counting)
    for _ in range(3):
        diagram.svg(), diagram.png(), diagram.pdf(), diagram._repr_mimebundle_()
    assert sorted(calls) == ["pdf", "png", "svg"]


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
