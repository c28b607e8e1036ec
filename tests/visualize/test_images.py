"""Shapes as pixels and on pages: each where it belongs, in its colour, in its step."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
from test_worked_examples import graph

from visualize import THEMES, draw
from visualize.formats.frames import Deck
from visualize.formats.images import pdf_of, png_of
from visualize.formats.svg import svg_of
from visualize.formats.timeline import Timed, Timeline, text_width
from visualize.layout.shapes import Shape
from visualize.steps.sequence import Step

SHAPES = {
    "ellipse": Shape("ellipse", ((30.0, 20.0), (20.0, 8.0)), "fill", "line", 2.0),
    "polygon": Shape("polygon", ((60.0, 5.0), (90.0, 5.0), (90.0, 15.0), (60.0, 15.0)), "value"),
    "halo": Shape(
        "polygon",
        ((60.0, 20.0), (90.0, 20.0), (90.0, 30.0), (60.0, 30.0)),
        "gradient",
        opacity=0.16,
    ),
    "polyline": Shape("polyline", ((5.0, 40.0), (5.0, 55.0), (20.0, 55.0)), None, "local", 2.0),
    "path": Shape(
        "path", ((60.0, 40.0), (70.0, 40.0), (80.0, 40.0), (90.0, 40.0)), None, "line", 2
    ),
    "left": Shape("text", ((100.0, 20.0),), "value", text="mmmm", size=12.0),
    "middle": Shape("text", ((120.0, 50.0),), "gradient", text="mmmm", size=12.0, middle=True),
}


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
        ("polygon", {(61, 6): "value", (89, 14): "value", (57, 10): WHITE, (75, 18): WHITE}),
        ("halo", {(75, 25): [247.5, 214.2, 214.2], (75, 33): WHITE}),
        ("polyline", {(5, 45): "local", (15, 55): "local", (15, 45): WHITE, (20, 40): WHITE}),
        ("path", {(62, 40): "line", (88, 40): "line", (95, 40): WHITE, (75, 20): WHITE}),
    ],
)
def test_a_shape_stands_where_it_belongs(name, points):
    image = pixels(SHAPES[name])
    for (x, y), expected in points.items():
        wanted = colour(expected) if isinstance(expected, str) else expected
        np.testing.assert_allclose(image[4 * y, 4 * x], wanted, atol=6, err_msg=str((x, y)))


@pytest.mark.parametrize("name", ["left", "middle"])
def test_a_text_starts_at_its_point_or_has_it_in_the_middle(name):
    shape = SHAPES[name]
    rows, columns = np.nonzero((pixels(shape) < 200).any(axis=-1))
    ((x, y),) = shape.points
    left, right = columns.min() / 4, columns.max() / 4
    assert abs((left if name == "left" else (left + right) / 2) - x) < 2
    assert y - shape.size < rows.min() / 4
    assert abs(rows.max() / 4 - y) < 1.5  # on its base line
    assert 20 < right - left <= text_width(shape.text, shape.size)


@pytest.mark.parametrize(("first", "last", "there"), [
    (0, None, [True, True, True]), (1, None, [False, True, True]),
    (1, 1, [False, True, False]), (0, 1, [True, True, False]),
])  # fmt: skip
def test_a_shape_is_there_in_its_steps(first, last, there):
    timed = Timed(SHAPES["polygon"], first, last)
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
        assert (half.width, half.size) == (one.width / 2, one.size / 2)
        assert replace(half, points=one.points, width=one.width, size=one.size) == one
    assert whole.at_most(150.0) is whole


def test_the_halo_lies_behind_the_whole_number():
    sheet = Deck(draw(graph("neural_chain"))._drawing, 100).timeline
    halos = [timed for timed in sheet.shapes if timed.shape.opacity < 1]
    assert len(halos) >= 10
    for halo in halos:
        (left, top), _, (right, bottom), _ = halo.shape.points
        inside = [
            shape for shape in sheet.at(halo.first)
            if shape.kind == "text" and left < shape.points[0][0] < right
            and top < shape.points[0][1] < bottom
        ]  # fmt: skip
        assert inside, "a number"
        assert all(x + text_width(s.text, s.size) <= right for s in inside for x, _ in s.points)
        assert {shape.fill for shape in inside} <= {halo.shape.fill, "warning"}


def test_an_svg_has_the_same_shapes():
    svg = svg_of(timeline(*SHAPES.values()), 0, "shapes")
    assert 'cx="30.00" cy="20.00" rx="20.00" ry="8.00"' in svg
    assert 'd="M60.00,40.00 C70.00,40.00 80.00,40.00 90.00,40.00"' in svg
    assert svg.count('stroke-width="2"') == 3
    assert svg.count('text-anchor="middle"') == 1
