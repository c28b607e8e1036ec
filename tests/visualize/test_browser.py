"""The interactive page in a real browser: steps, the panel, folds."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pages import SMALL, count, part, text, visible
from test_browser_looks import network
from test_html import two_layers
from test_worked_examples import graph

from autograd_core import Node, scope
from visualize import draw

# --- stepping ------------------------------------------------------------------------------------


def test_opens_complete(window):
    page = window.show(draw(graph("sum_times")).html())
    assert text(page) == "Computational graph of v: 2 operations, result -8"
    assert count(page) == "8 / 8"
    assert sorted(visible(page, "value")) == ["-2", "-8", "1", "3", "4"]
    assert sorted(visible(page, "gradient")) == ["-2", "-2", "-2", "1", "4"]
    assert page.locator("img").count() == 0


def test_buttons(window):
    page = window.show(draw(graph("sum_times")).html())
    page.get_by_role("button", name="First step").click()
    assert (visible(page, "value"), visible(page, "gradient")) == ([], [])
    assert text(page) == "the graph of v: 2 operations"
    forward = page.get_by_role("button", name="Step forward")
    forward.click()
    assert text(page) == "x = 3, y = 1, z = -2"
    assert sorted(visible(page, "value")) == ["-2", "1", "3"]
    forward.click()
    assert text(page) == "q = 3 + 1 = 4"
    page.get_by_role("button", name="Step back").click()
    assert text(page) == "x = 3, y = 1, z = -2"
    assert "4" not in visible(page, "value")
    page.get_by_role("button", name="Last step").click()
    assert text(page) == "∂v/∂y = -2 · 1 = -2"
    forward.click()  # there is nothing after the last
    assert count(page) == "8 / 8"


def test_a_page_of_its_own_steps_wherever_nobody_has_the_focus(window):
    page = window.show(draw(graph("sum_times")).html())
    page.keyboard.press("ArrowLeft")
    assert count(page) == "7 / 8"
    page.keyboard.press("ArrowRight")
    assert count(page) == "8 / 8"


def test_keys(window):
    page = window.show(draw(graph("sum_times")).html())
    page.locator(".stage").focus()
    page.keyboard.press("Home")
    assert count(page) == "0 / 8"
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert text(page) == "∂v/∂z = 1 · 4 = 4"
    assert visible(page, "gradient") == ["4", "1"]
    page.keyboard.press("ArrowLeft")
    assert visible(page, "gradient") == ["1"]
    page.keyboard.press("End")
    assert count(page) == "8 / 8"


def test_slider(window):
    page = window.show(draw(graph("sum_times")).html())
    slider = page.get_by_role("slider", name="Step")
    slider.fill("4")
    assert text(page) == "∂v/∂v = 1"
    assert slider.get_attribute("aria-valuetext") == "4 of 8: ∂v/∂v = 1"
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert count(page) == "5 / 8"
    slider.fill("0")
    assert visible(page, "value") == []
    slider.fill("8")
    assert len(visible(page, "gradient")) == 5


def test_play(window):
    from playwright.sync_api import expect

    page = window.show(draw(graph("sum_times")).html())
    page.get_by_label("Pace", exact=True).select_option("slow")  # so that no step is missed here
    assert count(page) == "8 / 8"
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    expect(page.locator(".count")).to_have_text(re.compile("[1-7] / 8"))  # it began again
    page.locator(".stage").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()
    stopped = count(page)
    page.wait_for_timeout(500)
    assert count(page) == stopped
    page.get_by_role("slider").fill("7")
    page.get_by_label("Pace", exact=True).select_option("fast")
    page.locator(".stage").focus()
    page.keyboard.press("Space")
    expect(page.locator(".count")).to_have_text("8 / 8")
    page.get_by_role("button", name="Play").wait_for()  # it stops by itself at the end
    assert count(page) == "8 / 8"


def test_the_chain_grows_below(window):
    page = window.show(draw(graph("neural_chain")).html())
    page.locator(".stage").focus()
    page.keyboard.press("End")
    chains = []
    for _ in range(6):
        chains.append(page.locator(".written .chain").inner_text())
        page.keyboard.press("ArrowLeft")
    assert any(chain.count("·") >= 2 for chain in chains)


def test_a_step_marks_what_it_works_with(window):
    page = window.show(draw(graph("sum_times")).html())
    page.get_by_role("slider").fill("5")  # ∂v/∂q
    marked = page.locator(".node.now").evaluate_all("nodes => nodes.map(n => n.dataset.part)")
    assert len(marked) == 3
    assert page.locator(".halo.new").count() == 1
    assert page.locator(".halo.used").count() == 1
    lines = page.locator(".picture path.now")
    assert lines.count() == 2  # from the result back, and into the circle
    for line in lines.all():
        assert line.evaluate("e => getComputedStyle(e).stroke") == "rgb(208, 0, 0)"
    page.get_by_role("slider").fill("0")
    assert page.locator(".now, .halo").count() == 0


def test_local_gradients_and_contributions_come_with_their_steps(window):
    a = Node(3.0, name="a")
    c = (a + a) * a
    c.backward()
    page = window.show(draw(c, local_gradients=True).html())
    assert sorted(visible(page, "local")) == ["1", "1", "3", "6"]
    page.get_by_role("slider").fill("0")
    assert visible(page, "local") == visible(page, "gradient") == []
    page.get_by_role("slider").fill("2")
    assert visible(page, "local") == ["1", "1"]


# --- the panel -----------------------------------------------------------------------------------


def test_hover(window):
    page = window.show(draw(graph("sum_times")).html())
    panel = page.locator(".panel")
    part(page, "q, result of add").hover()
    assert panel.locator("header").inner_text().split("\n") == ["q", "result of add"]
    assert "∂v/∂q = 1 · (-2) = -2" in panel.inner_text()
    part(page, "*, operation multiply").hover()
    assert "1 · 4 = 4" in panel.inner_text()
    page.mouse.move(5, 5)
    assert "1 · 4 = 4" in panel.inner_text()  # it stays until something else is picked


def test_the_panel_tells_nothing_before_its_step(window):
    page = window.show(draw(graph("sum_times")).html())
    page.get_by_role("slider").fill("1")
    part(page, "q, result of add").hover()
    panel = page.locator(".panel")
    assert "4" not in panel.inner_text()
    assert panel.inner_text().count("not yet computed") == 3
    assert "value" not in part(page, "q, result of add").get_attribute("aria-label")
    page.get_by_role("slider").fill("8")
    assert "not yet computed" not in panel.inner_text()
    assert part(page, "q").get_attribute("aria-label") == "q, result of add, value 4, gradient -2"


def test_arrays_in_the_panel(window):
    x = Node(np.arange(200.0).reshape(20, 10), name="X")
    root = np.sum(x)
    root.backward()
    page = window.show(draw(root).html())
    part(page, "X, leaf").hover()
    words = page.locator(".panel").inner_text()
    for expected in ("20×10", "float64", "min 0  mean 99.5  max 199  std 57.73"):
        assert expected in words
    assert page.locator(".panel .value td").first.inner_text() == "0"


def test_a_click_keeps_a_part(window):
    page = window.show(draw(graph("sum_times")).html())
    part(page, "q, result").click()
    part(page, "x, leaf").hover()
    assert page.locator(".panel strong").inner_text() == "q"
    page.keyboard.press("Escape")
    assert "Point at a wire" in page.locator(".panel").inner_text()
    part(page, "y, leaf").hover()
    part(page, "x, leaf").hover()
    assert page.locator(".panel strong").inner_text() == "x"


@pytest.mark.parametrize("window", [SMALL], indirect=True)
def test_a_tap(window):
    page = window.show(draw(graph("sum_times")).html())
    part(page, "x, leaf").tap()
    assert page.locator(".panel strong").inner_text() == "x"


def test_parts_are_reached_by_keys(window):
    page = window.show(draw(graph("sum_times")).html())
    page.locator(".stage").focus()
    names = []
    for _ in range(7):
        page.keyboard.press("ArrowDown")
        names.append(page.locator(".panel strong").inner_text())
    assert names == ["x", "y", "z", "q", "v", "+", "*"]
    page.keyboard.press("ArrowUp")
    assert page.locator(".panel strong").inner_text() == "+"
    page.keyboard.press("Enter")
    assert "Esc" in page.locator(".panel").inner_text()


# --- folds ---------------------------------------------------------------------------------------


def shapes(page):
    return page.locator(".picture ellipse").count()


def frames(page):
    return page.locator(".frame").evaluate_all(
        "frames => frames.map(f => f.getAttribute('aria-label')).sort()"
    )


def click(page, label, place=0):
    page.locator(f'.fold[aria-label^="{label}"]').nth(place).dispatch_event("click")


def test_a_fold_opens_and_closes(window):
    page = window.show(draw(graph("sigmoid_neuron"), fold=1).html())
    assert shapes(page) == 4
    part(page, "sigmoid, fold of 4 operations").click()
    assert shapes(page) == 8
    page.locator(".frame .hit").click()
    assert shapes(page) == 4


def three_layers():
    x = Node(0.5, name="x")
    for number in range(3):
        with scope("layer"):
            x = np.tanh(x * Node(2.0, name=f"w{number}"))
    x.backward()
    return x


@pytest.mark.parametrize("fold", [1, ()], ids=str)
def test_each_box_opens_and_closes_by_itself(window, fold):
    page = window.show(draw(three_layers(), fold=fold).html())
    while page.locator(".fold").count():
        click(page, "layer")
    assert frames(page) == ["close layer"] * 3
    assert shapes(page) == 6
    page.locator(".frame").nth(1).dispatch_event("click")
    assert (frames(page), page.locator(".fold").count()) == (["close layer"] * 2, 1)
    assert shapes(page) == 4
    page.locator(".frame").nth(1).dispatch_event("click")
    assert page.locator(".fold").count() == 2
    first = page.locator(".frame").bounding_box()
    for box in page.locator(".fold").all():
        assert box.bounding_box()["x"] > first["x"] + first["width"]


def test_each_layer_of_a_network_has_its_frame(window):
    page = window.show(draw(network(2, 3, 2), fold=()).html())
    assert frames(page) == [
        "close FullyConnected", "close FullyConnected", "close MeanSquaredError", "close ReLU"
    ]  # fmt: skip
    page.locator('.frame[aria-label="close FullyConnected"]').nth(0).dispatch_event("click")
    assert frames(page) == ["close FullyConnected", "close MeanSquaredError", "close ReLU"]
    assert page.locator(".fold").count() == 1


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("sizes", [(784, 128, 10), (5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 2)], ids=len)
def test_all_frames_of_an_open_network_have_room(window, sizes, rankdir):
    page = window.show(draw(network(*sizes), fold=(), rankdir=rankdir).html())
    assert len(frames(page)) == 2 * len(sizes) - 2
    page.get_by_role("button", name="Fit everything").click()
    drawn = page.locator(".picture text").evaluate_all(
        """texts => {
            const boxes = texts.map((t) => t.getBoundingClientRect());
            const span = (low, high) => Math.max(...boxes.map((b) => b[high]))
                - Math.min(...boxes.map((b) => b[low]));
            return [span("left", "right"), span("top", "bottom")];
        }"""
    )
    assert drawn[0] < 2.4 * drawn[1]


def test_inside_of_each_other(window):
    page = window.show(draw(two_layers(), fold=1).html())
    click(page, "layer 1")
    click(page, "sigmoid")
    assert frames(page) == ["close layer 1", "close sigmoid"]
    page.locator('.frame[aria-label="close layer 1"]').dispatch_event("click")
    assert frames(page) == []
    click(page, "layer 1")  # what was open in it is so again
    assert frames(page) == ["close layer 1", "close sigmoid"]
    click(page, "layer 0")
    assert frames(page) == ["close layer 0", "close layer 1", "close sigmoid"]


def test_folds_by_keys_and_from_the_panel(window):
    page = window.show(draw(two_layers(), fold=1).html())
    page.locator(".stage").focus()
    names = []
    while "layer 0" not in names:
        page.keyboard.press("ArrowDown")
        names.append(page.locator(".panel strong").inner_text())
    page.keyboard.press("Enter")
    assert page.locator(".fold").count() == 2  # layer 1, and the sigmoid of this one
    part(page, "*, operation multiply").hover()
    page.get_by_role("button", name="Close layer 0", exact=True).click()
    assert shapes(page) == 0


def test_a_fold_keeps_the_step(window):
    page = window.show(draw(graph("sigmoid_neuron"), fold=1).html())
    page.get_by_role("slider").fill("3")
    before = text(page)
    part(page, "sigmoid, fold").click()
    assert text(page) == before
    assert visible(page, "gradient") == []


def test_steps_go_through_what_is_open(window):
    page = window.show(draw(two_layers(), fold=1).html())
    closed = int(count(page).split()[-1])
    click(page, "layer 0")
    opened = int(count(page).split()[-1])
    assert opened == closed + 2  # the value and the gradient of the product in it
    page.locator(".stage").focus()
    page.keyboard.press("Home")
    said = []
    for _ in range(opened):
        page.keyboard.press("ArrowRight")
        said.append(text(page))
        assert page.locator(".halo.new").count() or "x = 0.5" in said[-1]
    assert len(set(said)) == len(said)
    values = [line for line in said if "∂" not in line]
    assert len(values) == 1 + 3  # the inputs; product, sigmoid, layer 1
    page.keyboard.press("Home")
    assert visible(page, "value") == visible(page, "gradient") == []


def test_wires_of_what_is_open_are_whole(window):
    page = window.show(draw(network(2, 3, 2), fold=1).html())
    click(page, "FullyConnected")
    pieces = page.locator(".picture .wire").evaluate_all(
        """wires => wires.map(w => [w.closest("[data-part]").dataset.part, w.getAttribute("d")])"""
    )
    wires = {}
    for name, path in pieces:
        places = re.findall(r"-?[\d.]+ -?[\d.]+", path)
        wires.setdefault(name, []).append(places)
    crossing = [paths for paths in wires.values() if len(paths) > 1]
    assert len(crossing) == 4  # x or what comes before, W, b, and the result: outside and inside
    for outside, inside in crossing:
        assert inside[0] in outside or outside[0] in inside


def test_frames_hold_their_scope_alone(window):
    page = window.show(draw(graph("sigmoid_neuron")).html())
    page.locator(".frame").wait_for()
    inside = page.evaluate(
        """() => {
            const root = document.querySelector("div").shadowRoot;
            const box = (e) => e.getBoundingClientRect();
            const frame = box(root.querySelector(".frame > rect"));
            return [...root.querySelectorAll(".node .hit")].map(box)
                .filter((b) => b.left < frame.right && b.right > frame.left
                    && b.top < frame.bottom && b.bottom > frame.top).length;
        }"""
    )
    assert inside == 4 + 4
