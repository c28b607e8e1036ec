"""The interactive page in a real browser: light and dark, small and large, pan and zoom."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
from pages import DARK, SMALL, fragment, overlaps, part, viewbox
from test_html import chain
from test_worked_examples import GRAPHS, graph

from autograd_core import Node, scope
from nn import FullyConnected, MeanSquaredError, NeuralNetwork, ReLU
from visualize import draw, neuron

# --- looks ---------------------------------------------------------------------------------------


def background(page):
    return page.locator(".display").evaluate("e => getComputedStyle(e).backgroundColor")


def test_the_toggle(window):
    page = window.show(draw(graph("sum_times")).html())
    assert background(page) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark").click()
    assert background(page) == "rgb(22, 24, 29)"
    colour = page.locator("svg text.value").first.evaluate("e => getComputedStyle(e).fill")
    assert colour == "rgb(95, 211, 95)"
    page.get_by_role("button", name="Dark").click()
    assert background(page) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("window", [DARK], indirect=True)
def test_a_dark_system(window):
    from playwright.sync_api import expect

    page = window.show(draw(graph("sum_times")).html())
    display = expect(page.locator(".display"))
    display.to_have_css("background-color", "rgb(22, 24, 29)")
    page.emulate_media(color_scheme="light")
    display.to_have_css("background-color", "rgb(255, 255, 255)")
    # JupyterLab has a theme of its own.
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    display.to_have_css("background-color", "rgb(22, 24, 29)")


def test_a_dark_theme_stays_dark(window):
    page = window.show(draw(graph("sum_times"), theme="dark").html())
    assert background(page) == "rgb(22, 24, 29)"


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize(
    "options",
    [{}, {"local_gradients": True}, {"rankdir": "TB"}, {"theme": "micrograd"}],
    ids=str,
)
def test_texts_do_not_overlap(window, name, options):
    page = window.show(draw(graph(name), **options).html())
    assert overlaps(page) == []


def network(*sizes):
    """The loss of a network with so many units in each layer."""
    rng = np.random.default_rng(0)
    layers = []
    for before, behind in itertools.pairwise(sizes):
        layers += [FullyConnected(before, behind), ReLU()]
    net = NeuralNetwork(layers[:-1], loss=MeanSquaredError(), seed=0)
    scores = net.forward(rng.normal(size=(4, sizes[0])))
    loss = net.loss(scores, rng.normal(size=(4, sizes[-1])))
    loss.backward()
    return loss


NETWORKS = {
    "2-3-2": (2, 3, 2),
    "784-128-10": (784, 128, 10),
    "ten layers": (5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 2),
}


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("sizes", NETWORKS.values(), ids=NETWORKS)
def test_nothing_overlaps_in_a_network_however_it_is_folded(window, sizes, rankdir):
    page = window.show(draw(network(*sizes), fold=1, rankdir=rankdir).html())
    for _ in range(4):
        assert overlaps(page) == []
        boxes = page.locator(".fold")
        boxes.nth(boxes.count() // 2).dispatch_event("click")
    while page.locator(".fold").count():
        page.locator(".fold").first.dispatch_event("click")
    assert page.locator(".frame").count() == 2 * len(sizes) - 2
    assert overlaps(page) == []


def test_the_measurement_sees_overlaps(window):
    page = window.show(draw(graph("neural_chain")).html())
    page.locator("svg.picture text.value").first.evaluate("t => t.setAttribute('dy', 9)")
    assert any("wire" in found for found in overlaps(page))
    page.locator("svg.picture text.value").nth(1).evaluate("t => t.setAttribute('dy', 20)")
    assert any("wire" not in found for found in overlaps(page))


@pytest.mark.parametrize("window", [SMALL, {}], indirect=True, ids=["small", "large"])
def test_nothing_is_clipped(window):
    page = window.show(draw(graph("neural_chain")).html())
    part(page, "w1").hover()
    wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wider
    cut = page.evaluate(
        """() => [...document.querySelector("div").shadowRoot.querySelectorAll(
            "button, p, td, dd, strong, .count")]
            .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth)
            .map((e) => e.outerHTML)"""
    )
    assert cut == []


# --- pan and zoom --------------------------------------------------------------------------------


def test_zoom_and_pan(window):
    page = window.show(draw(graph("neural_chain")).html())
    before = viewbox(page)
    page.get_by_role("button", name="Zoom in").click()
    closer = viewbox(page)
    assert closer[2] < before[2]
    frame = page.locator(".stage").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + 10
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=3)
    page.mouse.up()
    assert viewbox(page)[0] > closer[0]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    assert viewbox(page)[2] < closer[2]
    page.locator(".stage").focus()
    page.keyboard.press("0")
    assert viewbox(page)[2] >= before[2]


def turn(page, down, right=0):
    page.locator(".stage").hover()
    page.mouse.wheel(right, down)
    page.wait_for_timeout(100)
    return viewbox(page)


def test_the_wheel_zooms_at_the_pointer(window):
    page = window.show(draw(graph("neural_chain")).html())
    target = part(page, "z2, result")
    target.hover()
    before, view = target.bounding_box(), viewbox(page)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(100)
    after = target.bounding_box()
    assert after["width"] > 1.3 * before["width"]
    assert before["x"] < after["x"] + after["width"] / 2 < before["x"] + before["width"]
    assert turn(page, 300)[2] == pytest.approx(view[2], rel=0.01)


def test_the_wheel_sideways_moves(window):
    page = window.show(draw(chain(140), aspect=math.inf).html())
    before = viewbox(page)
    after = turn(page, 0, 200)
    assert after[0] > before[0]
    assert after[2] == before[2]


TALL = "<!DOCTYPE html><meta charset=utf-8><body>{}<div style='height: 3000px'></div>"


def test_the_wheel_scrolls_the_notebook_where_all_is_in_sight(window):
    page = window.show(TALL.format(fragment(graph("neural_chain"))))
    before = viewbox(page)
    assert turn(page, 100) == before
    assert page.evaluate("scrollY") == 100


def test_a_notebook_that_scrolls_goes_on_scrolling_over_a_picture(window):
    page = window.show(TALL.format("<p>above</p>" * 20 + fragment(graph("neural_chain"))))
    before = viewbox(page)
    page.mouse.move(300, 300)
    for _ in range(9):  # until the picture stands under the pointer
        page.mouse.wheel(0, 60)
        page.wait_for_timeout(30)
    frame = page.locator(".stage").bounding_box()
    assert frame["y"] < 300 < frame["y"] + frame["height"]
    page.mouse.wheel(0, -60)
    page.wait_for_timeout(100)
    assert viewbox(page) == before


@pytest.mark.parametrize("html", [True, False], ids=["page", "notebook"])
def test_fit_is_undone_by_a_second_click(window, html):
    root = chain(140)
    page = window.show(draw(root).html() if html else fragment(root))
    fit = page.get_by_role("button", name="Fit everything")
    fit.click()
    everything = viewbox(page)
    assert fit.get_attribute("aria-pressed") == "true"
    assert page.locator(".stage.movable").count() == 0
    fit.click()
    width = page.locator(".stage").bounding_box()["width"]
    assert viewbox(page)[2] == pytest.approx(width / (4 / 3), rel=0.01)  # a point is 4/3 pixels
    fit.click()
    assert viewbox(page) == everything


def test_what_is_out_of_sight_shows(window):
    page = window.show(fragment(chain(140), aspect=math.inf))
    stage = page.locator(".stage")

    def more():
        return set(stage.get_attribute("class").split()) & {"more-left", "more-right"}

    assert more() == {"more-right"}
    rail = page.locator(".rail.x").bounding_box()
    page.mouse.move(rail["x"] + rail["width"] / 2, rail["y"] + 4)
    page.mouse.down()
    assert more() == {"more-left", "more-right"}
    page.mouse.move(rail["x"] + rail["width"], rail["y"] + 4)
    page.mouse.up()
    assert more() == {"more-left"}
    page.get_by_role("button", name="Fit everything").click()
    assert more() == set()
    assert not page.locator(".rail.x").is_visible()


def test_no_empty_strip_under_the_picture_of_a_notebook(window):
    page = window.show(fragment(graph("neural_chain")))
    bottom = page.locator(".display").evaluate("e => e.getBoundingClientRect().bottom")
    hint = page.locator(".panel .hint").bounding_box()
    assert bottom - hint["y"] - hint["height"] < 14
    drawn = page.locator(".picture text").evaluate_all(
        "texts => Math.max(...texts.map(t => t.getBoundingClientRect().bottom))"
    )
    stage = page.locator(".stage").bounding_box()
    assert stage["y"] + stage["height"] < drawn + 25


def test_the_picture_follows_the_steps(window):
    page = window.show(draw(chain(140)).html())
    for step in ("70", "150", "3"):
        page.get_by_role("slider").fill(step)
        frame = page.locator(".stage").bounding_box()
        new = page.locator(".halo.new").first.bounding_box()
        assert frame["x"] <= new["x"] <= frame["x"] + frame["width"] - new["width"]
        assert frame["y"] <= new["y"] <= frame["y"] + frame["height"] - new["height"]


# --- drawings that are no graph ------------------------------------------------------------------


def no_graph(kind):
    layers = [FullyConnected(784, 128), ReLU(), FullyConnected(128, 64), ReLU()]
    if kind == "network":
        return draw(NeuralNetwork([*layers, FullyConnected(64, 10)], loss=MeanSquaredError()))
    if kind == "neurons":
        return draw(NeuralNetwork([FullyConnected(3, 4), ReLU()], loss=None), style="neurons")
    h = Node(0.5, name="h")
    for _ in range(6):
        with scope("step"):
            h = np.tanh(h * Node(0.3, name="w"))
    return draw(h, rolled=True)


@pytest.mark.parametrize("kind", ["network", "neurons", "rolled"])
def test_what_is_no_graph_zooms_and_says_what_it_is(window, kind):
    page = window.show(no_graph(kind).html())
    assert page.locator("img").count() == 0
    assert not page.get_by_role("slider").is_visible()
    before = viewbox(page)
    page.get_by_role("button", name="Zoom in").click()
    assert viewbox(page)[2] < before[2]
    page.get_by_role("button", name="Fit everything").click()
    page.locator('.node[role="button"]').first.hover()
    assert page.locator(".panel strong").inner_text()
    assert overlaps(page) == []


def test_words_far_from_each_other_take_no_pointer_between_them(window):
    page = window.show(no_graph("network").html())
    for box in page.locator(".node[aria-label*='ReLU']").all():
        box.hover()
        assert "ReLU" in page.locator(".panel strong").inner_text()


def is_oblique(path):
    """Whether a wire has a straight piece that runs neither along the flow nor across it."""
    points = [tuple(map(float, at.split())) for at in re.findall(r"[ML](-?[\d.]+ -?[\d.]+)", path)]
    return any(abs(a[0] - b[0]) > 1 and abs(a[1] - b[1]) > 1 for a, b in itertools.pairwise(points))


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_all_wires_of_an_open_page_are_in_one_style(window, rankdir):
    page = window.show(draw(neuron([-1, -2], [2, -3], bias=-3), rankdir=rankdir, fold=1).html())
    while page.locator(".fold").count():
        page.locator(".fold").first.dispatch_event("click")
    paths = page.locator(".stage > svg path").evaluate_all("ps => ps.map(p => p.getAttribute('d'))")
    wires = [d for d in paths if d and not d.endswith(("z", "Z"))]
    assert any("C" in d for d in wires)
    assert not [d for d in wires if "C" not in d and is_oblique(d)]
