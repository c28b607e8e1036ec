"""The interactive page in a real browser: light and dark, small and large, pan and zoom."""

from __future__ import annotations

import pytest
from pages import DARK, SMALL, part, viewbox
from test_html import chain
from test_worked_examples import GRAPHS, graph

from visualize import draw

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


OVERLAPS = """() => {
    const root = document.querySelector(".computational-graph").shadowRoot;
    const texts = [...root.querySelectorAll("svg text")].filter(
        (t) => getComputedStyle(t).visibility === "visible" && t.textContent.trim());
    const boxes = texts.map((t) => {
        // The box of a line of text has air above and below the letters.
        const b = t.getBoundingClientRect(), air = 0.22 * b.height;
        return { text: t.textContent, left: b.left, right: b.right,
                 top: b.top + air, bottom: b.bottom - air };
    });
    const found = [];
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
        if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) {
            found.push(`${a.text} / ${b.text}`);
        }
    }));
    return found;
}"""


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize(
    "options",
    [{}, {"local_gradients": True}, {"rankdir": "TB"}, {"theme": "micrograd"}],
    ids=str,
)
def test_texts_do_not_overlap(window, name, options):
    page = window.show(draw(graph(name), **options).html())
    assert page.evaluate(OVERLAPS) == []


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


def test_the_wheel_alone_scrolls_the_notebook(window):
    page = window.show(draw(graph("neural_chain")).html())
    before = viewbox(page)
    page.locator(".stage").hover()
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(100)
    assert viewbox(page) == before


def test_the_picture_follows_the_steps(window):
    page = window.show(draw(chain(140)).html())
    for step in ("70", "150", "3"):
        page.get_by_role("slider").fill(step)
        frame = page.locator(".stage").bounding_box()
        new = page.locator(".halo.new").first.bounding_box()
        assert frame["x"] <= new["x"] <= frame["x"] + frame["width"] - new["width"]
        assert frame["y"] <= new["y"] <= frame["y"] + frame["height"] - new["height"]
