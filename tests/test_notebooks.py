"""The committed notebooks as their readers find them; `notebooks/run.py` runs them."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import re
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from visualize.lecture import IMPORTS
from visualize.lecture import SLIDES as MADE

FOLDER = Path(__file__).parent.parent / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [path.stem for path in PATHS]

FENCED = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|<[^>]*>", re.DOTALL)
SECTION_OF_A_LECTURE = re.compile(r"\b\d\.\d (?=[A-Z])")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
TELLING = re.compile(r"(?<![\w.^])(\d{1,3}(?:,\d{3})+|\d+\.\d+|[1-9]\d{2,}|\d+(?= ?%))")
ANY = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+|\d+(?:\.\d*)?(?:e[-+]?\d+)?")


@cache
def notebook(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))


def text_of(cell):
    return "".join(cell["source"])


def shown_by(cell):
    """What a reader reads in a cell of code: its lines, and what they show."""
    texts = [text_of(cell)]
    for output in cell["outputs"]:
        texts.append("".join(output.get("text", "")))
        for kind, data in output.get("data", {}).items():
            if kind.startswith(("text/", "image/svg")):
                texts.append(re.sub(r"<[^>]*>", " ", "".join(data)))
    return " ".join(texts)


def sections(cells):
    """The cells between one heading and the next."""
    found = [[]]
    for cell in cells:
        if cell["cell_type"] == "markdown" and text_of(cell).startswith("#"):
            found.append([])
        found[-1].append(cell)
    return found


def claims(text):
    """The numbers of a text that somebody must have computed."""
    for pattern in (FENCED, SECTION_OF_A_LECTURE, YEAR):
        text = pattern.sub(" ", text)
    return TELLING.findall(text)


def is_shown(claim, shown):
    value = float(claim.replace(",", ""))
    decimals = len(claim.partition(".")[2])
    room = 0.5001 * 10.0**-decimals
    return any(min(abs(value - n), abs(value - 100 * n)) <= room for n in shown)


def numbers_without_source(cells):
    for section in sections(cells):
        code = " ".join(shown_by(cell) for cell in section if cell["cell_type"] == "code")
        shown = [float(number.replace(",", "")) for number in ANY.findall(code)]
        for cell in section:
            if cell["cell_type"] == "markdown":
                yield from (c for c in claims(text_of(cell)) if not is_shown(c, shown))


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_the_text_is_in_the_code_or_its_output(name):
    assert list(numbers_without_source(notebook(name)["cells"])) == []


def test_a_wrong_number_in_the_text_is_found():
    def cells(words):
        return [
            {"cell_type": "markdown", "source": ["# A\n", words]},
            {"cell_type": "code", "source": ["f"], "outputs": [{"text": "0.47001 0.913 1234"}]},
        ]

    right = "0.470 is 91 % of 1,234 in 1.1 Graphs (2010), lecture 003, and `0.5` is code"
    assert list(numbers_without_source(cells(right))) == []
    for wrong in ("0.471", "92 %", "1,235", "2.5"):
        assert list(numbers_without_source(cells(wrong))) == [wrong.removesuffix(" %")]
    elsewhere = [*cells("0.470"), {"cell_type": "markdown", "source": ["# B\n", "0.470"]}]
    assert list(numbers_without_source(elsewhere)) == ["0.470"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_as_it_was_run(name):
    code = [cell for cell in notebook(name)["cells"] if cell["cell_type"] == "code"]
    run = [cell for cell in code if text_of(cell).strip()]
    assert [cell["execution_count"] for cell in run] == list(range(1, len(run) + 1))
    assert any(cell["outputs"] for cell in run) or not run
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    assert (FOLDER / f"{name}.ipynb").stat().st_size <= 400_000


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_called_by_words(name):
    """Other documents point at cells by these names."""
    ids = [cell["id"] for cell in notebook(name)["cells"]]
    assert len(set(ids)) == len(ids)
    assert not [one for one in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", one)]


@pytest.mark.parametrize("name", NAMES)
def test_solutions_are_folded(name):
    for cell in notebook(name)["cells"]:
        tags = cell["metadata"].get("tags", [])
        if "solution" in tags:
            assert cell["cell_type"] == "code"
            assert cell["metadata"]["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
            assert "hide-cell" in tags


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    for cell in notebook(name)["cells"]:
        if cell["cell_type"] == "markdown":
            for target in re.findall(r"\]\(([^)#\s]+)", text_of(cell)):
                if not re.match(r"https?:|attachment:", target):
                    assert (FOLDER / target).exists(), target


# --- the table of the slides ----------------------------------------------------------------------

SLIDES = FOLDER / "SLIDES.md"
ROW = re.compile(r"^\| (.+?) \| \[\d\d\]\((\w+)\.ipynb\) `([\w-]+)` \| `(.+)` \|$", re.MULTILINE)
ROWS = ROW.findall(SLIDES.read_text(encoding="utf-8"))
IDS = [f"{number} {row[0]}" for number, row in enumerate(ROWS)]


@pytest.mark.parametrize(("slide", "name", "cell", "lines"), ROWS, ids=IDS)
def test_a_slide_is_made_by_its_lines(slide, name, cell, lines):
    plt.switch_backend("agg")
    assert cell in {each["id"] for each in notebook(name)["cells"]}
    names: dict = {}
    exec(IMPORTS, names)
    tree = ast.parse(lines)
    *before, last = tree.body
    try:
        exec(compile(ast.Module(before, []), slide, "exec"), names)
        shown = eval(compile(ast.Expression(last.value), slide, "eval"), names)
        assert shown is not None and shown is not False
        if hasattr(shown, "_repr_mimebundle_"):
            assert "<svg" in shown.svg()
    finally:
        plt.close("all")


def test_every_line_of_the_table_is_a_row():
    lines = [line for line in SLIDES.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    assert len(ROWS) == len(lines) - 3  # the heads
    listed = {row[3] for row in ROWS}
    assert {"; ".join(filter(None, made.split("\n"))) for made in MADE.values()} <= listed


# --- the comparison of notebooks/run.py -----------------------------------------------------------


@pytest.fixture(scope="module")
def runner():
    pytest.importorskip("nbclient")
    spec = importlib.util.spec_from_file_location("run", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_last_digits_are_no_difference(runner):
    assert runner.same_text("loss 0.5000, 12 epochs", "loss 0.5003, 12 epochs")
    for other in ("loss 0.52, 12 epochs", "loss 0.5000, 13 epochs", "loss 0.5000, 12 steps"):
        assert not runner.same_text("loss 0.5000, 12 epochs", other)


def test_a_letter_is_a_difference_between_pictures(runner):
    def picture(text, shift=0.0):
        file = io.BytesIO()
        figure, ax = plt.subplots(figsize=(3, 2))
        ax.plot([0, 1], [0, 1 + shift])
        ax.set_title(text)
        figure.savefig(file)
        plt.close(figure)
        return file.getvalue()

    assert runner.same_pixels(picture("loss"), picture("loss", shift=1e-6))
    assert not runner.same_pixels(picture("loss"), picture("lass"))
    assert not runner.same_pixels(picture("loss"), picture("loss", shift=0.5))
