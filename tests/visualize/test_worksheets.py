"""Worksheets: exercises on paper, and their solutions."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest
from graphs_with_blanks import GRAPHS, fork, matrix, neuron

from autograd_core import Node
from visualize import exercise, worksheet

HOSTILE = r"100% $a_1$ \input{/etc/passwd} #1 {x} ~^&"


def pages(sheet, *, solution=False):
    return sheet._pages(solution)


def texts(sheet, *, solution=False):
    """All that stands on the pages, the letters of each text together."""
    return [t.shape.text for t in pages(sheet, solution=solution).shapes if t.shape.kind == "text"]


def boxes(sheet):
    shapes = [timed.shape for timed in pages(sheet).shapes]
    return [shape for shape in shapes if shape.kind == "rectangle" and shape.half]


@pytest.mark.parametrize("make", GRAPHS)
def test_a_sheet_has_a_box_for_each_number_and_none_of_them(make):
    sheet = worksheet(make(), blank="both", seed=1)
    answers = [x for value in sheet.answers().values() for x in np.ravel(value)]
    assert len(boxes(sheet)) == len(answers)
    assert len({round(box.points[1][0] - box.points[0][0], 3) for box in boxes(sheet)}) == 1
    leaves = [leaf.value for leaf in sheet._task.questions.leaves]
    known = {f"{x:.4g}" for value in leaves for x in np.ravel(value)}
    written = {f"{x:.4g}" for x in answers if len(f"{x:.4g}".lstrip("-0.")) > 2} - known
    assert written
    assert not written & set(texts(sheet))
    assert written <= set(texts(sheet, solution=True))


def test_every_question_has_a_line_and_its_solution_is_written_out():
    sheet = worksheet(fork())
    lines = [f"{n}  {label} =" for n, label in enumerate(sheet.questions, 1)]
    assert set(lines) <= set(texts(sheet))
    solved = texts(sheet, solution=True)
    assert "6  ∂f/∂y = 4 · 3 = 12" in solved
    assert "5  ∂f/∂x = -8 + 3 + 3 + (-6) = -8" in solved
    assert not set(lines) & set(solved)


def test_boxes_are_numbered():
    sheet = worksheet(fork(), blank="both")
    assert {str(n) for n in range(1, 12)} <= set(texts(sheet))


def test_a_seed_gives_the_numbers_of_the_exercise_and_stands_at_the_foot():
    sheet = worksheet(neuron(), seed=7)
    assert sheet.answers() == exercise(neuron(), seed=7).answers()
    for solution in (False, True):
        assert any("numbers of seed 7" in text for text in texts(sheet, solution=solution))
    assert not any("seed" in text for text in texts(worksheet(neuron())))


def test_everything_stands_on_the_paper():
    for make in (*GRAPHS, chain):
        for solution in (False, True):
            timeline = pages(worksheet(make()), solution=solution)
            assert sorted((timeline.width, timeline.height)) == [595, 842]
            for timed in timeline.shapes:
                for x, y in timed.shape.points[: 1 if timed.shape.kind == "ellipse" else None]:
                    assert 20 <= x <= timeline.width - 20
                    assert 20 <= y <= timeline.height - 10


def chain():
    f = Node(0.5, name="x")
    for number in range(25):
        f = f * Node(1.1 + number / 100, name=f"w{number}")
    return f


def test_many_questions_take_several_pages():
    timeline = pages(worksheet(chain()), solution=True)
    assert len(timeline.steps) > 1
    assert any(f"page 2 of {len(timeline.steps)}" in t.shape.text for t in timeline.shapes)
    for number in range(len(timeline.steps)):
        assert any(timed.there(number) for timed in timeline.shapes)


def test_words_of_sentences_are_no_names():
    assert "Above the wires: what comes out of each operation." in texts(
        worksheet(fork(), blank="values")
    )


def test_pdf(tmp_path):
    worksheet(matrix()).save(tmp_path / "sheet.pdf")
    worksheet(chain()).save(tmp_path / "deep" / "solution.pdf", solution=True)
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    solution = (tmp_path / "deep" / "solution.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", solution)) > 1


def test_another_ending_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"ending in \.pdf or \.tex, got '\.docx'"):
        worksheet(fork()).save(tmp_path / "sheet.docx")


def test_tex_is_balanced_and_escaped(tmp_path):
    sheet = worksheet(Node(2.0, name=HOSTILE) * Node(3.0, name="w_1"), title=HOSTILE)
    sheet.save(tmp_path / "sheet.tex", solution=True)
    text = (tmp_path / "sheet.tex").read_text(encoding="utf-8")
    plain = re.sub(r"\\[{}\\]", "", text)
    assert plain.count("{") == plain.count("}")
    assert text.count(r"\begin{tikzpicture}") == text.count(r"\end{tikzpicture}") == 1
    assert r"\input{" not in text
    assert r"\$a\_1\$" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_tex_compiles(tmp_path):
    sheet = worksheet(chain(), title=HOSTILE)
    for name, solution in (("sheet", False), ("solution", True)):
        sheet.save(tmp_path / f"{name}.tex", solution=solution)
        made = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"],
            cwd=tmp_path,
            capture_output=True,
            timeout=120,
            check=False,
        )
        if b".sty' not found" in made.stdout:
            pytest.skip("pdflatex has not the packages of TeX Live")
        assert made.returncode == 0, made.stdout[-1500:]
        count = len(pages(sheet, solution=solution).steps)
        assert f"({count} page".encode() in made.stdout


def test_a_notebook_shows_the_first_page():
    assert worksheet(fork())._repr_png_().startswith(b"\x89PNG")
    assert repr(worksheet(fork(), title="Sheet 3")).startswith("Sheet 3: ∂f/∂u2 = ?, ")
