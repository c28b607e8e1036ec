"""Names as mathematics: which are, how wide they are, and how each format sets them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from geometry import sheet_of, texts
from test_hostile_names import NAMES
from test_tikz import compiled, needs_latex, tex

from autograd_core import Node
from visualize import draw
from visualize.formats.svg import spans
from visualize.formats.tikz import latex_runs, latex_text, tikz_of
from visualize.formats.timeline import still
from visualize.lettering import (
    GREEK,
    SMALL,
    Run,
    formula_runs,
    name_runs,
    placed,
    plain,
    text_of,
    width,
)


def written(runs):
    """Runs as one line: _ and ^ before what is lower and higher."""
    marks = {-1: "_", 0: "", 1: "^"}
    return "".join(f"{marks[run.level]}{run.text}" for run in runs)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x", "x"),
        ("x1", "x_1"),
        ("W12", "W_12"),
        ("x_1", "x_1"),
        ("x_i", "x_i"),
        ("w_{11}", "w_11"),
        ("w_{11}^1", "w_11^1"),
        ("w^1_{11}", "w^1_11"),
        ("W^2", "W^2"),
        ("x_{i,j}", "x_i,j"),
        ("x_{i+1}", "x_i+1"),
        ("alpha", "α"),
        ("Delta", "Δ"),
        ("alpha_1", "α_1"),
        ("theta1", "θ_1"),
        ("x_alpha", "x_alpha"),
        ("x_{alpha}", "x_α"),
        ("yhat", "ŷ"),
        ("y_hat", "ŷ"),
        ("f'", "f′"),
        ("f''", "f′′"),
        ("f_1'", "f_1′"),
        ("é1", "é_1"),
        ("x_1_2", "x_1_2"),
    ],
)
def test_names_as_one_writes_them(name, shown):
    assert written(name_runs(name)) == shown


@pytest.mark.parametrize("name", [
    "loss", "target", "logits1", "x y", "x_", "_x", "x__1", "x_{1", "x_1}", "x_{}", "x^^2", "x_1_2",
    "x_{1}_{2}", "x-1", "1x", "x.grad", "w[0]", "alphabet", "x_{a_b}", "$x_1$", "\\alpha",
    "x_{<b>}", "x_{\\input}", "x12345", "", " ", "x_{1234567890123}",
])  # fmt: skip
def test_all_other_names_stay_the_text_that_they_are(name):
    assert name_runs(name) == plain(name)


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=lambda text: ascii(text[:20]))
def test_hostile_names_lose_and_gain_nothing(name, shown):
    assert text_of(name_runs(shown)) == shown
    assert {run.level for run in name_runs(shown)} == {0}


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("∂L/∂W1 = x_1 · 2", "∂L/∂W_1 = x_1 · 2"),
        ("∂L/∂w_{11}^1 = -1.5", "∂L/∂w_11^1 = -1.5"),
        ("dalpha = alpha * 2", "dalpha = α * 2"),
        ("1e5 + x2e", "1e5 + x2e"),
        ("exp(x1)", "exp(x_1)"),
        ("max(0, X)", "max(0, X)"),
        ("Y = X W + b", "Y = X W + b"),
        ("3.5e10", "3.5e10"),
    ],
)
def test_names_in_formulas(formula, shown):
    assert written(formula_runs(formula)) == shown


def test_every_greek_letter():
    assert len(GREEK) == 49
    for name, letter in GREEK.items():
        assert written(name_runs(name)) == letter
        assert "resizebox" not in latex_text(letter), name
        # As an index it stands inside of mathematics.
        assert latex_runs(name_runs(f"x_{{{name}}}")).count("$") == 2


@needs_latex
def test_every_greek_letter_compiles(tmp_path):
    root = Node(1.0, name="start")
    for name in GREEK:
        root = root + Node(2.0, name=name) * Node(1.0, name=f"x_{{{name}}}")
    drawing = draw(root, rankdir="TB")._drawing
    source = tikz_of(still(drawing.sheet, drawing.look.theme), "")
    (tmp_path / "steps.tex").write_text(source, encoding="utf-8")
    assert compiled(tmp_path) == 1


# --- where they stand ----------------------------------------------------------------------------


def test_a_superscript_stands_above_its_subscript():
    letter, lower, upper = placed(name_runs("w_{11}^1"), 10.0)
    assert (letter[1], letter[3]) == (0, 10)
    assert lower[1] == upper[1] == width("w", 10)
    assert lower[2] < 0 < upper[2]
    assert lower[3] == upper[3] == 10 * SMALL
    assert width(name_runs("w_{11}^1"), 10) == width("w", 10) + SMALL * width("11", 10)


def test_what_follows_stands_behind_the_wider_of_both():
    *_, after = placed((*name_runs("w_1^{111}"), *plain(" =")), 10.0)
    assert after[1] == pytest.approx(width("w", 10) + SMALL * width("111", 10))


LETTERS = (
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "+-−=·×/()[]{}<>.,:;'\"!?@#%&*_^~|αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΞΠΣΦΨΩ∂∑∏√∞≤≥≠≈∇∈∘⊙…ᵀ²³₁′"
)


@pytest.mark.parametrize("family", ["DejaVu Sans", "Liberation Sans"])
def test_no_letter_is_wider_than_the_table_says(family):
    """In fonts that are there; the table has to hold in all usual ones."""
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
    from matplotlib.textpath import text_to_path

    if family not in {font.name for font in fontManager.ttflist}:
        pytest.skip(f"{family} is not installed")
    font = FontProperties(family=family, size=100)
    known = get_font(findfont(font))
    for letter in filter(lambda letter: known.get_char_index(ord(letter)), LETTERS):
        ten = text_to_path.get_text_width_height_descent(letter * 10, font, False)[0]
        assert ten / 1000 <= width(letter) + 0.011, letter


# --- in each format ------------------------------------------------------------------------------


def picture():
    w, alpha = Node(2.0, name="w_{11}^1"), Node(3.0, name="alpha")
    y = w * alpha
    y.name = "yhat_1"
    y.backward()
    return y


def test_in_svg_they_are_real_text():
    svg = draw(picture()).svg()
    found = {
        "".join(text.itertext())
        for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    }
    assert {"w111", "α"} <= found
    assert "w<tspan" in svg
    heights = [
        float(dy) for dy in re.findall(r'dy="([-\d.]+)"', spans(name_runs("w_{11}^1"), 13.0))
    ]
    assert heights[0] > 0 > sum(heights)


@pytest.mark.parametrize("name", ["w_{11}^1", "x_1", "W^2", "w^1_{11}", "f_1'"])
def test_what_follows_a_name_in_svg_is_back_on_the_line(name):
    """`dy` adds up: behind an index the next letter needs the way back."""
    made = spans((*name_runs(name), *plain(" =")), 13.0)
    heights = [float(dy) for dy in re.findall(r'dy="([-\d.]+)"', made)]
    assert sum(heights) == pytest.approx(0, abs=0.03)


def test_in_tikz_they_are_mathematics(tmp_path):
    source = tex(picture(), tmp_path)
    assert r"{w$_{\mathsf{11}}^{\mathsf{1}}$};" in source
    assert r"{$\alpha$};" in source


def test_in_pixels_each_run_is_a_text_of_its_own():
    from matplotlib.text import Text

    from visualize.formats.images import _Canvas

    drawing = draw(picture())._drawing
    artists = [
        artist for _, artist in _Canvas(still(drawing.sheet, drawing.look.theme), [0]).artists
    ]
    letters = [artist for artist in artists if isinstance(artist, Text)]
    at = next(n for n, artist in enumerate(letters) if artist.get_text() == "w")
    w, lower, upper = letters[at : at + 3]
    assert [artist.get_text() for artist in (w, lower, upper)] == ["w", "11", "1"]
    assert lower.get_position()[0] == upper.get_position()[0] > w.get_position()[0]
    # y grows downwards.
    assert upper.get_position()[1] < w.get_position()[1] < lower.get_position()[1]
    assert lower.get_fontsize() == upper.get_fontsize() == pytest.approx(SMALL * 13)


def test_beside_the_wire_and_in_captions():
    diagram = draw(picture())
    shapes = [s for s in texts(sheet_of(diagram)) if s.part == "w0" and s.fill == "text"]
    assert [shape.runs for shape in shapes] == [name_runs("w_{11}^1")]
    captions = [
        shape.runs for shape in texts(diagram.frames()[1]._deck.timeline.at(1)) if not shape.part
    ]
    assert any(("11", -1) in runs for runs in captions)


@pytest.mark.parametrize(
    "name", ["x_{<b>}", "x_{&}", "$x_1$", "\\input{x}", "w_{11}^{\\write}", "^1", "_"]
)
def test_what_only_looks_like_mathematics_is_text_everywhere(name, tmp_path):
    x = Node(2.0, name=name)
    svg = draw(x * 2.0).svg()
    found = {
        "".join(text.itertext())
        for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    }
    assert name in found
    source = tex(x * 2.0, tmp_path)
    assert f"{{{latex_text(name)}}};" in source
    assert latex_runs(name_runs(name)) == latex_text(name)
    assert draw(x * 2.0).png().startswith(b"\x89PNG")


def test_an_exponent_with_a_point_stays_on_the_line():
    assert formula_runs("x^1.5") == (Run("x^1.5"),)
