"""The steps as a beamer document; compiled where pdflatex is there."""

from __future__ import annotations

import ast
import math
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_hostile_names import NAMES, hostile
from test_hostile_names import registry as registry  # a fixture for the operations made there
from test_worked_examples import GRAPHS, graph

import visualize
from autograd_core import Node
from visualize import THEMES, draw
from visualize.formats.tikz import latex_runs, latex_text, tikz_of
from visualize.formats.timeline import Timed, Timeline
from visualize.layout.sheet import Shape, letters, line
from visualize.lettering import GREEK, formula_runs, name_runs
from visualize.steps.sequence import Step


def has_beamer():
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    found = subprocess.run(
        ["kpsewhich", "beamer.cls", "tikz.sty", "helvet.sty"], capture_output=True, text=True
    )
    return len(found.stdout.split()) == 3


needs_latex = pytest.mark.skipif(
    not has_beamer(), reason="pdflatex with beamer, TikZ and helvet is not installed"
)


def tex(root, tmp_path, **options):
    path = tmp_path / "steps.tex"
    draw(root, **options).save(path)
    return path.read_text(encoding="utf-8")


def compiled(tmp_path):
    """The number of pages that pdflatex makes."""
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "steps.tex"],
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
    )
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Missing character" not in (tmp_path / "steps.log").read_text(errors="replace")
    return int(re.search(r"Output written on steps.pdf \((\d+) page", said)[1])


@pytest.mark.parametrize("name", GRAPHS)
def test_overlays_in_order(name, tmp_path):
    source = tex(graph(name), tmp_path)
    steps = draw(graph(name)).frames()
    for number, step in enumerate(steps, start=1):
        lines = [
            line
            for line in source.splitlines()
            if line.endswith(f"{{{latex_runs(formula_runs(step.text))}}};}}") and "graph" in line
        ]
        assert any(line.startswith(rf"\only<{number}") for line in lines), step.text
    # What is always there, and what is not: in two pictures of one size.
    assert source.count(r"\begin{tikzpicture}") == source.count(r"\end{tikzpicture}") == 2
    sizes = re.findall(r"\\useasboundingbox.*", source)
    assert len(sizes) == 2
    assert len(set(sizes)) == 1
    assert max(int(n) for n in re.findall(r"\\only<(\d+)", source)) == len(steps)


def test_what_is_always_there_is_on_no_overlay(tmp_path):
    source = tex(graph("sum_times"), tmp_path)
    (line,) = [line for line in source.splitlines() if line.endswith("{x};")]
    assert line.startswith(r"\node")


@needs_latex
@pytest.mark.parametrize(
    ("name", "theme"),
    [("sigmoid_neuron", "lecture"), ("neural_chain", "micrograd"), ("sum_times", "dark")],
)
def test_a_page_per_step(name, theme, tmp_path):
    root = graph(name)
    tex(root, tmp_path, theme=theme, local_gradients=theme == "dark")
    assert compiled(tmp_path) == len(draw(root).frames())


@needs_latex
def test_hostile_names_compile(tmp_path):
    root = Node(1.0, name="start")
    for name in NAMES:
        root = root + Node(2.0, name=name)
        root.name = name
    tex(root, tmp_path, rankdir="TB")
    assert compiled(tmp_path) == 2 + len(NAMES)


@needs_latex
def test_hostile_operations_compile(tmp_path):
    for name in ("\\input{/etc/passwd}", "$$ ^^41 \\end{frame}", "%{}#&~_^"):
        tex(hostile(name), tmp_path, fold=1)
        assert compiled(tmp_path) == 6


@pytest.mark.parametrize("name", NAMES, ids=lambda text: ascii(text[:20]))
def test_hostile_names_are_escaped(name, tmp_path):
    written = latex_text(draw(hostile(name)).frames()[0].text)
    source = tex(hostile(name), tmp_path)
    assert written in source
    body = source.partition(r"\begin{document}")[2]
    commands = set(re.findall(r"\\[a-zA-Z]+", body))
    assert not commands & {r"\input", r"\alpha", r"\write", r"\N"}
    assert "\x00" not in source


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("100% & #1_a^2~", r"100\%~\&~\#1\_a\textasciicircum{}2\textasciitilde{}"),
        (r"\end{frame}", r"\textbackslash{}end\{frame\}"),
        ("<<'--`", r"\textless{}\textless{}\textquotesingle{}-{}-{}\textasciigrave{}"),
        ("2 × -1.5", r"2~$\times$~$-$1.5"),
        ("x⁴ · (-2)", r"x$^4$~$\cdot$~($-$2)"),
        ("a-b", "a-{}b"),
        ("σ ∂ Σ", r"$\sigma$~$\partial$~$\Sigma$"),
        ("漢", r"\resizebox{1em}{!}{\texttt{6F22}}"),
        ("é", "é"),
    ],
)
def test_text(text, latex):
    assert latex_text(text) == latex


@pytest.mark.parametrize(("name", "latex"), [
    ("x_hat", r"\^{x}"),
    ("alpha_hat", r"$\hat{\alpha}$"),
    ("Alpha", "A"),
    ("Omega", r"$\Omega$"),
    ("Řád", r"\v{R}ád"),
    ("xⁿ", r"x$^{\mathsf{n}}$"),
    ("x⁻¹", "x$^-$$^1$"),
    ("ᵢ", r"$_{\mathsf{i}}$"),
    ("90°", r"90$^{\circ}$"),
    ("∛", r"$^3\!\!\surd$"),
    ("½", "½"),
])  # fmt: skip
def test_letters_of_names(name, latex):
    assert latex_runs(name_runs(name)) == latex


def our_letters():
    """Those of all texts that stand in our sources, and so may stand in a picture."""
    root = Path(visualize.__file__).parents[1]
    found = set(GREEK.values())
    for package in ("autograd_core", "nn", "visualize"):
        for file in (root / package).rglob("*.py"):
            # About letters that others write, and letters that a page replaces by names.
            if file.name in ("lettering.py", "tikz.py") or file.parent.name == "expression":
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and id(node) not in alone:  # no docstring
                    found |= set(node.value) if isinstance(node.value, str) else set()
    return sorted(letter for letter in found if letter.isprintable() and ord(letter) > 126)


def test_our_letters_are_letters():
    assert len(our_letters()) > 80
    assert [letter for letter in our_letters() if "resizebox" in latex_text(letter)] == []


@needs_latex
def test_our_letters_compile(tmp_path):
    texts = [f"x{letter}y" for letter in our_letters()]
    texts += [base + accent for base in " x½{-²αß漢^\xad" for accent in "\u0301\u0302\u0304\u0328"]
    shapes = [letters(text, (9.0, 9.0), 9.0) for text in texts]
    (tmp_path / "steps.tex").write_text(document(*shapes), encoding="utf-8")
    assert compiled(tmp_path) == 1


def test_long_texts_are_cut():
    assert len(latex_text("x" * 10_000)) < 200


@pytest.mark.parametrize("theme", THEMES)
def test_colours_of_the_theme(theme, tmp_path):
    source = tex(graph("sum_times"), tmp_path, theme=theme)
    colour = THEMES[theme].value[1:].upper()
    assert rf"\definecolor{{graphvalue}}{{HTML}}{{{colour}}}" in source


def test_without_gradients(tmp_path):
    x = Node(3.0, name="x")
    source = tex(x * x, tmp_path)
    assert max(int(n) for n in re.findall(r"\\only<(\d+)", source)) == 3


@needs_latex
def test_a_wide_picture_compiles(tmp_path):
    y = Node(1.0, name="x")
    for _ in range(40):
        y = y * 1.01
    source = tex(y, tmp_path, aspect=math.inf)
    assert r"\useasboundingbox (0,0) rectangle (4000," in source
    assert compiled(tmp_path) == 42


def test_many_steps_share_overlays(tmp_path):
    y = Node(1.0, name="x")
    for _ in range(140):
        y = y * 1.01
    source = tex(y, tmp_path)
    assert max(int(n) for n in re.findall(r"\\only<(\d+)", source)) <= 100


def document(*shapes, width=100.0):
    timed = tuple(map(Timed, shapes))
    steps = (Step("structure", ""),)
    return tikz_of(Timeline(THEMES["lecture"], width, 60.0, timed, steps), "a test")


@pytest.mark.parametrize(("shape", "written"), [
    (Shape("path", ((0.0, 0.0), (1.0, 2.0), (3.0, 4.0), (5.0, 6.0)), None, "line", commands="MC"),
     "(0.00,0.00) .. controls (1.00,2.00) and (3.00,4.00) .. (5.00,6.00);"),
    (Shape("path", ((0.0, 0.0), (1.0, 2.0), (3.0, 4.0)), None, "line", commands="MQ"),
     "(0.00,0.00) .. controls (0.67,1.33) and (1.67,2.67) .. (3.00,4.00);"),
    (Shape("path", ((0.0, 0.0), (1.0, 0.0), (0.0, 0.0), (0.0, 1.0)), None, "line", commands="MLML"),
     r"\path[draw=graphline] (0.00,0.00) -- (1.00,0.00) (0.00,0.00) -- (0.00,1.00);"),
    (Shape("path", ((0.0, 0.0), (1.0, 0.0)), None, "line", commands="ML", dashed=True),
     r"\path[draw=graphline, dash pattern=on 5bp off 3bp] (0.00,0.00) -- (1.00,0.00);"),
    (letters("a", (1.0, 2.0), 10.0, "value"), r"\node[anchor=base, text=graphvalue"),
    (letters("a", (1.0, 2.0), 10.0, "value", "start"), r"\node[anchor=base west, text=graphvalue"),
    (letters("a", (1.0, 2.0), 10.0, "value", "end"), r"\node[anchor=base east, text=graphvalue"),
    (letters(name_runs("w_{11}^1"), (1.0, 2.0), 10.0),
     r"at (1.00,2.00) {w$_{\mathsf{11}}^{\mathsf{1}}$};"),
    (letters(name_runs("alpha"), (1.0, 2.0), 10.0), r"{$\alpha$};"),
    (Shape("ellipse", ((1.0, 2.0), (3.0, 4.0)), "fill", "line", 2.0),
     r"\path[fill=graphfill, draw=graphline, line width=2bp] (1.00,2.00) "
     "ellipse [x radius=3.00bp, y radius=4.00bp];"),
    (Shape("rectangle", ((1.0, 2.0), (3.0, 4.0)), "fill", "line", radius=3.0),
     r"\path[fill=graphfill, draw=graphline, rounded corners=3.00bp] (1.00,2.00) "
     "rectangle (3.00,4.00);"),
    (Shape("rectangle", ((1.0, 2.0), (3.0, 4.0)), "#c0392b"),
     r"\path[fill={rgb,255:red,192;green,57;blue,43}] (1.00,2.00) rectangle (3.00,4.00);"),
    (Shape("path", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), "value", commands="MLLZ"),
     r"\path[fill=graphvalue] (0.00,0.00) -- (1.00,0.00) -- (1.00,1.00) -- cycle;"),
])  # fmt: skip
def test_each_kind_of_shape(shape, written):
    assert written in document(shape)


def test_no_length_is_too_large_for_tex():
    shape = line((0.0, 0.0), (50_000.0, 0.0), width=25.0)
    text = document(shape, width=50_000.0)
    assert "rectangle (4000,4.8)" in text
    assert r"\path[draw=graphline, line width=2bp] (0.00,0.00) -- (4000.00,0.00);" in text


@pytest.mark.parametrize(("first", "last", "overlays"), [
    (1, 2, r"\only<2-3>{"), (1, 1, r"\only<2>{"), (1, None, r"\only<2->{"), (1, 3, r"\only<2->{"),
    (0, 1, r"\only<1-2>{"),
])  # fmt: skip
def test_overlays_of_a_shape(first, last, overlays):
    shape = line((0.0, 0.0), (1.0, 0.0))
    sheet = Timeline(
        THEMES["lecture"], 9.0, 9.0, (Timed(shape, first, last),), (Step("structure", ""),) * 4
    )
    assert rf"{overlays}\path[draw=graphline]" in tikz_of(sheet, "a test")
