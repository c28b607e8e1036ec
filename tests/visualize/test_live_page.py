"""Live pages as they are written: what they carry, and what can't be one."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from page_data import data_of

from autograd_core import Node, Operation, UnsupportedOperationError
from nn import FullyConnected, NeuralNetwork
from visualize import Theme, draw, lecture_example
from visualize.templates import END, now


def product():
    x, w = Node(3.0, name="x"), Node(-2.0, name="w")
    f = x * w
    f.name = "f"
    f.backward()
    return f


def leaves(diagram):
    return [leaf["name"] for leaf in data_of(diagram.html())["live"]["leaves"]]


# --- which leaves ---------------------------------------------------------------------------------


def test_all_leaves_change_or_those_that_are_named():
    assert leaves(draw(product(), live=True)) == ["x", "w"]
    assert leaves(draw(product(), live=["w"])) == ["w"]
    assert leaves(draw(product(), live="x")) == ["x"]


def test_numbers_of_an_expression_are_no_leaves():
    x = Node(3.0, name="x")
    assert leaves(draw(x * 2.0 + Node(1.0, requires_grad=False), live=True)) == ["x"]


def test_two_leaves_of_one_name_are_two():
    f = Node(3.0, name="x") * Node(4.0, name="x")
    assert leaves(draw(f, live="x")) == ["x", "x"]


@pytest.mark.parametrize(
    ("live", "error", "expected"),
    [
        ("y", ValueError, "no leaf of that name. Its leaves are called 'x', 'w'"),
        (["weight"], ValueError, "live= names 'weight'"),
        (3, TypeError, r"live expects True, or names of leaves such as \['x', 'w'\], got 3"),
        ([], TypeError, r"live expects True, or names"),
        ([1], TypeError, r"live expects True, or names"),
    ],
)
def test_other_leaves_are_refused(live, error, expected):
    with pytest.raises(error, match=expected):
        draw(product(), live=live)


def test_of_data_it_is_said_how_they_become_leaves():
    f = (np.ones((2, 2)) @ Node(np.ones((2, 2)), name="W")).sum()
    with pytest.raises(
        ValueError, match=r"called 'W'\. Data change as nodes: write Node\(x, name='x'\)"
    ):
        draw(f, live="x")


def test_leaves_of_whole_numbers_do_not_change():
    x, n = Node(3.0, name="x"), Node(np.array([1, 2]), name="n", requires_grad=False)
    assert leaves(draw(x * n, live=True)) == ["x"]
    with pytest.raises(TypeError, match="leaves of floating point numbers, and n holds int64"):
        draw(x * n, live=["x", "n"])
    with pytest.raises(ValueError, match="a leaf of floating point numbers, and this one has none"):
        draw(n * n, live=True)


# --- what can't be live ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"symbolic": True}, "symbolic=True shows letters"),
        ({"rolled": True}, "rolled=True shows one repetition"),
        ({"style": "neurons"}, "style='neurons' draws no wires"),
    ],
)
def test_pictures_without_numbers_at_wires_are_refused(options, why):
    with pytest.raises(TypeError, match=f"expects a graph with its numbers, and {why}"):
        draw(product(), live=True, **options)


def test_a_network_without_data_is_refused():
    network = NeuralNetwork([FullyConnected(2, 2)], seed=1)
    with pytest.raises(TypeError, match=r"draw\(network.forward\(x\), live=True\)"):
        draw(network, live=True)
    with pytest.raises(TypeError, match="a live page expects the diagram of a graph"):
        draw(network).live()


def test_an_operation_that_no_page_computes_is_named():
    own = Operation("by_hand", lambda x: np.array([float(v) for v in x]), rules=(lambda g, *_: g,))
    f = own(Node([1.0, 2.0], name="x")).sum()
    f.backward()
    with pytest.raises(UnsupportedOperationError, match=r"javascript.*'by_hand'.*Write draw"):
        draw(f, live=True).html()


def test_a_program_has_no_numbers():
    from autograd_core import Program

    program = Program.record(lambda x: np.sum(x * x), np.ones(3))
    with pytest.raises(TypeError, match="shapes alone"):
        program.draw().live()


def test_only_pages_are_live(tmp_path):
    diagram = draw(product())
    for keywords in ({"path": tmp_path / "a.svg"}, {"path": tmp_path / "a.html", "frames": True}):
        with pytest.raises(ValueError, match=r"save\(live=...\) expects a file ending in .html"):
            diagram.save(live=True, **keywords)


# --- what is written ------------------------------------------------------------------------------


def test_save_makes_a_live_page_of_any_diagram_of_a_graph(tmp_path):
    draw(product()).save(tmp_path / "a.html", live=["x"])
    draw(product(), live=["x"]).save(tmp_path / "b.html")
    a, b = (data_of((tmp_path / name).read_text()) for name in ("a.html", "b.html"))
    assert a["live"] == b["live"]
    draw(product()).save(tmp_path / "c.html")
    assert "live" not in data_of((tmp_path / "c.html").read_text())


def test_a_page_that_does_not_compute_has_no_script_for_it():
    page, live = draw(product()).html(), draw(product(), live=True).html()
    assert "Kernel" not in page
    assert "class Instrument" in live
    assert len(live) > len(page) + 20_000


def test_a_live_page_is_one_file_with_one_script():
    page = draw(product(), live=True).html()
    assert page.count("script-src 'sha256-") == 1
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:)|@import|eval\(|new Function""", page)
    assert len(page) < 250_000


def test_the_page_has_templates_without_the_numbers_of_now():
    page = draw(product(), live=True).html()
    assert END not in page
    assert "\U000f0000" in page
    text = json.dumps(data_of(page)["parts"], ensure_ascii=False)
    assert "-6" not in text


def test_formats_are_those_of_the_numbers():
    diagram = draw(product(), live=True)
    assert now(diagram.svg()) == diagram.svg()
    assert diagram.description == draw(product()).description
    assert repr(diagram) == repr(draw(product()))
    assert [frame.text for frame in diagram.frames()] == [f.text for f in draw(product()).frames()]


def test_the_picture_of_a_live_diagram_is_that_of_its_page():
    def places(shapes):
        return [(shape.kind, shape.points) for shape in shapes]

    diagram = draw(lecture_example("sigmoid neuron"), live=True)
    page = diagram._page.drawing.sheet
    assert places(diagram._drawing.sheet.shapes) == places(page.shapes)


def test_each_number_has_room_for_eight_letters():
    narrow, wide = draw(product())._drawing.sheet, draw(product(), live=True)._drawing.sheet
    assert wide.width > narrow.width + 3 * 10


@pytest.mark.parametrize("name", ["x<script>alert(1)</script>", "\ue011-\U000f0000\ue010", "\"'`"])
def test_hostile_names_stay_names(name):
    x = Node(2.0, name=name)
    f = x * x
    f.backward()
    page = draw(f, live=True).html()
    assert "<script>alert" not in page
    assert len(data_of(page)["live"]["leaves"]) == 1


def test_numbers_that_are_not_finite_are_valid_json():
    x = Node(np.array([np.nan, np.inf, -np.inf]), name="x")
    data = data_of(draw(x * 2.0, live=True).html())
    assert data["live"]["leaves"][0]["start"] == ["nan", "inf", "-inf"]


def test_large_leaves_take_few_letters():
    x = Node(np.random.default_rng(1).normal(size=(100, 50)).astype(np.float32), name="x")
    few = Node(x.value[:5, :5], name="x")  # of so many the page shows no entry either
    small, large = (len(draw((one * one).sum(), live=True).html()) for one in (few, x))
    assert large - small < 2 * 5.5 * x.size  # x, and the ones that go back to it


def test_a_notebook_gets_the_live_page():
    bundle = draw(product(), live=True)._repr_mimebundle_()
    html = bundle["text/html"]
    assert html.startswith("<img")
    assert "class Instrument" in html
    assert bundle["image/png"]


def test_any_look_can_be_live():
    for options in ({"theme": "micrograd"}, {"rankdir": "TB"}, {"gradients": False},
                    {"theme": Theme(font_size=20)}, {"number_format": ".2f"}):  # fmt: skip
        assert leaves(draw(product(), live=True, **options)) == ["x", "w"]


def test_gradients_are_those_of_the_result_alone():
    x = Node(2.0, name="x")
    other, f = x * 3.0, x * x
    other.backward()
    f.backward(accumulate=True)
    assert "7" in repr(draw(f))
    assert "x     -          2      4" in repr(draw(f, live=True))
