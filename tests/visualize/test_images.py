"""Shapes as pixels and on pages: each where it belongs, in its colour, in its step."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from geometry import overlap, text_box, texts, wires
from test_worked_examples import graph

from visualize import THEMES, draw
from visualize.formats.frames import Deck
from visualize.formats.images import _Canvas, pdf_of, png_of
from visualize.formats.svg import path_data, svg_of
from visualize.formats.tikz import path_of, tikz_of
from visualize.formats.timeline import Timed, Timeline, still, text_width
from visualize.layout.sheet import Shape, letters
from visualize.lettering import name_runs
from visualize.steps.sequence import Step

SHAPES = {
    "ellipse": Shape("ellipse", ((30.0, 20.0), (20.0, 8.0)), "fill", "line", 2.0),
    "box": Shape("rectangle", ((60.0, 5.0), (90.0, 15.0)), "value"),
    "round box": Shape("rectangle", ((60.0, 5.0), (90.0, 25.0)), "value", radius=10.0),
    "halo": Shape("rectangle", ((60.0, 20.0), (90.0, 30.0)), "gradient", opacity=0.16),
    "bracket": Shape(
        "path", ((5.0, 40.0), (5.0, 55.0), (20.0, 55.0)), None, "local", 2.0, commands="MLL"
    ),
    "curve": Shape(
        "path", ((60.0, 40.0), (70.0, 40.0), (80.0, 40.0), (90.0, 40.0)), None, "line", 2.0,
        commands="MC",
    ),
    "branches": Shape(
        "path", ((5.0, 5.0), (20.0, 5.0), (5.0, 5.0), (5.0, 20.0)), None, "line", 2.0,
        commands="MLML",
    ),
    "dashed": Shape("path", ((0.0, 40.0), (150.0, 40.0)), None, "line", 2.0, commands="ML",
                    dashed=True),
    "arrow": Shape(
        "path", ((10.0, 5.0), (40.0, 20.0), (10.0, 35.0)), "line", None, commands="MLLZ"
    ),
    "left": letters("mmmm", (100.0, 20.0), 12.0, "value", "start"),
    "middle": letters("mmmm", (120.0, 50.0), 12.0, "gradient"),
    "right": letters("mmmm", (140.0, 20.0), 12.0, "value", "end"),
    "index": letters(name_runs("x_1^2"), (20.0, 50.0), 12.0, "text"),
}  # fmt: skip


def timeline(*shapes, width=150.0, height=60.0):
    timed = tuple(shape if isinstance(shape, Timed) else Timed(shape) for shape in shapes)
    steps = (Step("structure", ""),) * 3
    return Timeline(THEMES["lecture"], width, height, timed, steps)


def pixels(shape, step=0):
    """What is drawn of a shape: an array of colours, four to a point."""
    from PIL import Image

    with Image.open(io.BytesIO(png_of(timeline(shape), step))) as image:
        return np.asarray(image.convert("RGB").resize((600, 240), Image.Resampling.BOX), float)


def colour(name):
    return [int(getattr(THEMES["lecture"], name)[at : at + 2], 16) for at in (1, 3, 5)]


WHITE = [255, 255, 255]


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("ellipse", {(10, 20): "line", (50, 20): "line", (30, 12): "line", (30, 28): "line"}),
        ("ellipse", {(30, 20): WHITE, (54, 20): WHITE, (30, 33): WHITE}),
        ("box", {(61, 6): "value", (89, 14): "value", (57, 10): WHITE, (75, 18): WHITE}),
        ("round box", {(75, 6): "value", (61, 15): "value", (61, 6): WHITE, (89, 24): WHITE}),
        ("halo", {(75, 25): [247.5, 214.2, 214.2], (75, 33): WHITE}),
        ("bracket", {(5, 45): "local", (15, 55): "local", (15, 45): WHITE, (20, 40): WHITE}),
        ("curve", {(62, 40): "line", (88, 40): "line", (95, 40): WHITE, (75, 20): WHITE}),
        ("branches", {(18, 5): "line", (5, 18): "line", (12, 12): WHITE}),
        ("arrow", {(12, 20): "line", (35, 20): "line", (35, 10): WHITE}),
    ],
)
def test_a_shape_stands_where_it_belongs(name, points):
    image = pixels(SHAPES[name])
    for (x, y), expected in points.items():
        wanted = colour(expected) if isinstance(expected, str) else expected
        np.testing.assert_allclose(image[4 * y, 4 * x], wanted, atol=6, err_msg=str((x, y)))


@pytest.mark.parametrize(("name", "share"), [("left", 0.0), ("middle", 0.5), ("right", 1.0)])
def test_a_text_starts_at_its_point_or_ends_there_or_has_it_in_the_middle(name, share):
    shape = SHAPES[name]
    rows, columns = np.nonzero((pixels(shape) < 200).any(axis=-1))
    ((x, y),) = shape.points
    left, right = columns.min() / 4, columns.max() / 4
    assert abs(left + share * (right - left) - x) < 2
    assert y - shape.size < rows.min() / 4
    assert abs(rows.max() / 4 - y) < 1.5  # on its base line
    assert 20 < right - left <= text_width(shape.text, shape.size)


@pytest.mark.parametrize(("first", "last", "there"), [
    (0, None, [True, True, True]), (1, None, [False, True, True]),
    (1, 1, [False, True, False]), (0, 1, [True, True, False]),
])  # fmt: skip
def test_a_shape_is_there_in_its_steps(first, last, there):
    timed = Timed(SHAPES["box"], first, last)
    assert [(pixels(timed, step) < 255).any() for step in range(3)] == there


def streams(pdf):
    """What is drawn on each page."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    texts = []
    for stream in found:
        try:
            texts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return [text for text in texts if b" re\n" in text or b" rg\n" in text or b"BT" in text]


def test_a_page_shows_its_step_alone():
    sheet = Deck(draw(graph("sum_times"))._drawing, 100).timeline
    steps = (1, 3, 5)
    together = [page.count(b"BT") for page in streams(pdf_of(sheet, steps))]
    alone = [page.count(b"BT") for step in steps for page in streams(pdf_of(sheet, [step]))]
    assert together == alone
    assert len(set(together)) == len(steps)


def test_a_sheet_that_is_too_large_is_made_smaller_as_a_whole():
    whole = timeline(*SHAPES.values())
    small = whole.at_most(75.0)
    assert (small.width, small.height) == (75.0, 30.0)
    for before, after in zip(whole.shapes, small.shapes, strict=True):
        one, half = before.shape, after.shape
        np.testing.assert_allclose(half.points, np.array(one.points) / 2)
        assert (half.width, half.size, half.radius) == (one.width / 2, one.size / 2, one.radius / 2)
        same = {key: getattr(one, key) for key in ("points", "width", "size", "radius")}
        assert replace(half, **same) == one
    assert whole.at_most(150.0) is whole


def test_the_halo_lies_behind_the_whole_number():
    sheet = Deck(draw(graph("neural_chain"))._drawing, 100).timeline
    halos = [timed for timed in sheet.shapes if timed.shape.opacity < 1]
    assert len(halos) >= 10
    for halo in halos:
        (left, top), (right, bottom) = halo.shape.points
        inside = [
            shape for shape in texts(sheet.at(halo.first))
            if overlap(text_box(shape), (left, top, right, bottom)) > 0
        ]  # fmt: skip
        assert inside, "a number"
        for shape in inside:
            box = text_box(shape)
            assert left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom
        assert {shape.fill for shape in inside} <= {halo.shape.fill, "warning"}


def test_an_svg_has_the_same_shapes():
    sheet = timeline(*SHAPES.values()).at(0)
    svg = svg_of(sheet, THEMES["lecture"], "shapes")
    for written in (
        'cx="30" cy="20" rx="20" ry="8"',
        'd="M60 40C70 40 80 40 90 40"',
        'd="M5 5L20 5M5 5L5 20"',
        'd="M10 5L40 20L10 35Z"',
        'x="60" y="5" width="30" height="20" rx="10"',
        'fill="#d00000" opacity="0.16"',
        'stroke-dasharray="5 3"',
        'text-anchor="end" font-size="12" x="140" y="20">mmmm<',
    ):
        assert written in svg
    assert svg.count('stroke-width="2"') == 5
    assert svg.count('text-anchor="middle"') == 2
    assert svg.count("<tspan") == 2


# --- one list of shapes for all formats ----------------------------------------------------------


PICTURES = {
    "local gradients": ("neural_chain", {"local_gradients": True}),
    "TB": ("sigmoid_neuron", {"rankdir": "TB", "theme": "dark"}),
    "records": ("sum_times", {"theme": "micrograd"}),
    "rows": ("sigmoid_neuron", {"aspect": 1.0}),
}


@pytest.mark.parametrize(("name", "options"), PICTURES.values(), ids=PICTURES)
def test_every_format_draws_every_shape_once(name, options):
    from matplotlib.patches import Patch, PathPatch
    from matplotlib.text import Text

    diagram = draw(graph(name), **options)
    drawing = diagram._drawing
    shapes, theme = drawing.sheet.shapes, drawing.look.theme
    kinds = Counter(shape.kind for shape in shapes)
    runs = sum(len(shape.runs) for shape in shapes)

    root = ET.fromstring(diagram.svg())
    tags = Counter(element.tag.rpartition("}")[2] for element in root.iter())
    assert tags["path"] == kinds["path"]
    assert tags["circle"] + tags["ellipse"] == kinds["ellipse"]
    assert tags["rect"] == kinds["rectangle"] + 1  # the ground
    assert tags["text"] == kinds["text"]

    artists = [artist for _, artist in _Canvas(still(drawing.sheet, theme), [0]).artists]
    assert sum(isinstance(artist, PathPatch) for artist in artists) == kinds["path"]
    assert sum(isinstance(artist, Text) for artist in artists) == runs
    assert sum(isinstance(artist, Patch) for artist in artists) == len(shapes) - kinds["text"]

    tex = tikz_of(still(drawing.sheet, theme), "")
    assert tex.count(r"\path[") == len(shapes) - kinds["text"]
    assert tex.count(r"\node[") == kinds["text"] + 1  # the picture itself


@pytest.mark.parametrize(("name", "options"), PICTURES.values(), ids=PICTURES)
def test_a_wire_is_one_path_in_every_format(name, options):
    from matplotlib.patches import PathPatch

    diagram = draw(graph(name), **options)
    drawing = diagram._drawing
    drawn = wires(drawing.sheet)
    assert set(drawn) == {wire.id for wire in drawing.picture.wires}
    tex = tikz_of(still(drawing.sheet, drawing.look.theme), "")
    canvas = _Canvas(still(drawing.sheet, drawing.look.theme), [0])
    patches = [
        (timed.shape, artist) for timed, artist in canvas.artists if timed.shape.part in drawn
    ]
    for part, shape in drawn.items():
        assert f'd="{path_data(shape)}"' in diagram.svg()
        assert f"]{path_of(shape)};" in tex
        (patch,) = (artist for its, artist in patches if its is shape)
        assert isinstance(patch, PathPatch), part
        np.testing.assert_allclose(patch.get_path().vertices, shape.points)


def test_a_name_stands_as_mathematics_in_pixels():
    """A subscript below the base line, a superscript above it and above the subscript."""
    image = (pixels(SHAPES["index"]) < 200).any(axis=-1)
    rows, _ = np.nonzero(image)
    assert rows.max() / 4 > 51.5  # the subscript reaches below the base line at 50
    assert rows.min() / 4 < 42  # the superscript above the x
    letter = image[:, : (4 * 20)]
    assert np.nonzero(letter)[0].max() / 4 < 51
    upper, lower = np.nonzero(image[: 4 * 43])[1], np.nonzero(image[4 * 51 :])[1]
    assert abs(upper.min() - lower.min()) <= 6  # one above the other
