"""``python -m visualize``."""

from __future__ import annotations

import subprocess
import sys

import pytest

from visualize.expression import command
from visualize.expression.command import main


@pytest.fixture
def opened(monkeypatch):
    found = []
    monkeypatch.setattr(command.webbrowser, "open", lambda address: found.append(address) or True)
    return found


def test_it_writes_and_opens_a_page(tmp_path, opened, capsys):
    assert main(["x*w + b", "-o", str(tmp_path / "page.html")]) == 0
    path = tmp_path / "page.html"
    assert "x*w + b" in path.read_text("utf-8")
    assert opened == [path.resolve().as_uri()]
    assert capsys.readouterr().out == f"{path.resolve()}\n"


def test_an_expression_may_begin_with_a_minus(tmp_path, opened):
    assert main(["-x*w", "-o", str(tmp_path / "page.html")]) == 0
    assert '"text":"-x*w"' in (tmp_path / "page.html").read_text("utf-8")


def test_without_a_name_it_writes_a_temporary_file(tmp_path, opened, monkeypatch, capsys):
    monkeypatch.setattr(command.tempfile, "tempdir", str(tmp_path))
    assert main([]) == 0
    (written,) = tmp_path.rglob("*.html")
    assert capsys.readouterr().out.strip() == str(written.resolve())
    assert "sigmoid" in written.read_text("utf-8").lower()


def test_it_opens_nothing_when_asked_not_to(tmp_path, opened):
    assert main(["-o", str(tmp_path / "page.html"), "--no-open"]) == 0
    assert opened == []


def test_without_a_browser_the_page_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command.webbrowser, "open", lambda _: False)
    assert main(["-o", str(tmp_path / "page.html")]) == 0
    assert "no browser was found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-o", "page.txt"], 2, "ends in .html"),
        (["x", "y"], 2, "unrecognized arguments: y"),
        (["--opne"], 2, "unrecognized arguments: --opne"),
        (["--no-open", "-o", "{folder}"], 1, "error: "),
        (["--help"], 0, ""),
        (["--version"], 0, ""),
    ],
)
def test_exit_codes(words, code, said, tmp_path, opened, capsys):
    folder = tmp_path / "taken.html"
    folder.mkdir()
    assert main([word.format(folder=folder) for word in words]) == code
    assert said in capsys.readouterr().err
    assert opened == []


def test_a_hostile_expression_stays_text(tmp_path, opened):
    text = "</script><script>alert(1)</script>\u2028"
    assert main([text, "-o", str(tmp_path / "page.html"), "--no-open"]) == 0
    written = (tmp_path / "page.html").read_text("utf-8")
    assert written.count("<script") == 2
    assert "alert(1)<" not in written


def test_as_a_process(tmp_path):
    path = tmp_path / "page.html"
    words = [sys.executable, "-m", "visualize", "x*w", "-o", str(path), "--no-open"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert path.exists()
