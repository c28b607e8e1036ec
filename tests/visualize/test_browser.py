"""The interactive page in a real browser."""

from __future__ import annotations

import base64
import re
import time

import numpy as np
import pytest
from test_hostile_names import NAMES, hostile, registry  # noqa: F401  (a fixture)
from test_html import chain, two_layers
from test_worked_examples import GRAPHS, graph

from autograd_core import Node
from visualize import draw

DARK = {"color_scheme": "dark"}
SMALL = {"viewport": {"width": 420, "height": 700}, "has_touch": True}


def text(page):
    return page.locator(".written .text").inner_text()


def count(page):
    return page.locator(".count").inner_text()


def visible(page, colour):
    """The numbers of one colour that can be seen, from left to right."""
    return page.locator(f"svg text.{colour}").evaluate_all(
        """texts => texts.filter(t => getComputedStyle(t).visibility === "visible")
            .sort((a, b) => a.getBoundingClientRect().x - b.getBoundingClientRect().x)
            .map(t => t.textContent)"""
    )


def part(page, label):
    """The part that a screen reader calls so."""
    return page.locator(f'[data-part][aria-label^="{label}"]').first


def viewbox(page):
    return [float(n) for n in page.locator(".stage > svg").get_attribute("viewBox").split()]


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
    assert text(page) == "∂v/∂y = -2 × 1 = -2"
    forward.click()  # there is nothing after the last
    assert count(page) == "8 / 8"


def test_keys(window):
    page = window.show(draw(graph("sum_times")).html())
    page.locator(".stage").focus()
    page.keyboard.press("Home")
    assert count(page) == "0 / 8"
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert text(page) == "∂v/∂q = 1 × -2 = -2"
    assert visible(page, "gradient") == ["-2", "1"]
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
    page.get_by_label("Pace", exact=True).select_option("fast")
    page.get_by_role("button", name="Play").click()
    assert count(page) == "0 / 8"  # from the end it begins again
    page.get_by_role("button", name="Pause").wait_for()
    expect(page.locator(".count")).to_have_text("2 / 8")
    page.locator(".stage").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()
    stopped = count(page)
    page.wait_for_timeout(500)
    assert count(page) == stopped
    page.get_by_role("slider").fill("7")
    page.keyboard.press("Space")
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
    assert any(chain.count("×") >= 2 for chain in chains)


def test_a_step_marks_what_it_works_with(window):
    page = window.show(draw(graph("sum_times")).html())
    page.get_by_role("slider").fill("5")  # ∂v/∂q
    marked = page.locator(".node.now").evaluate_all("nodes => nodes.map(n => n.dataset.part)")
    assert len(marked) == 3
    assert page.locator(".halo.new").count() == 1
    assert page.locator(".halo.used").count() == 1
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
    assert "∂v/∂q = 1 × -2 = -2" in panel.inner_text()
    part(page, "*, operation multiply").hover()
    assert "1 × 4 = 4" in panel.inner_text()
    page.mouse.move(5, 5)
    assert "1 × 4 = 4" in panel.inner_text()  # it stays until something else is picked


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


def test_a_fold_opens_and_closes(window):
    page = window.show(draw(graph("sigmoid_neuron"), fold=1).html())
    assert page.locator("svg ellipse").count() == 4
    part(page, "sigmoid, fold of 4 operations").click()
    assert page.locator("svg ellipse").count() == 8
    page.locator(".frame .hit").click()
    assert page.locator("svg ellipse").count() == 4


def test_folds_by_keys_and_from_the_panel(window):
    page = window.show(draw(two_layers(), fold=1).html())
    page.locator(".stage").focus()
    names = []
    while "layer 0" not in names:
        page.keyboard.press("ArrowDown")
        names.append(page.locator(".panel strong").inner_text())
    page.keyboard.press("Enter")
    assert page.locator(".fold").count() == 2  # now the sigmoid of each layer
    part(page, "*, operation multiply").hover()
    page.get_by_role("button", name="Close layer 0", exact=True).click()
    assert page.locator("svg ellipse").count() == 0


def test_a_fold_keeps_the_step(window):
    page = window.show(draw(graph("sigmoid_neuron"), fold=1).html())
    page.get_by_role("slider").fill("3")
    before = text(page)
    part(page, "sigmoid, fold").click()
    assert text(page) == before
    assert visible(page, "gradient") == []


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
    assert inside == 4 + 3


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


# --- in a notebook -------------------------------------------------------------------------------


def fragment(root, **options):
    return draw(root, **options)._repr_mimebundle_()["text/html"]


def test_two_displays_on_one_page(window):
    html = fragment(graph("sum_times")) + "<p>between</p>" + fragment(graph("neural_chain"))
    page = window.show(f"<!DOCTYPE html><meta charset=utf-8><body>{html}</body>")
    shown = page.locator(".computational-graph")
    assert shown.count() == 2
    first, second = shown.nth(0), shown.nth(1)
    first.get_by_role("slider").fill("0")
    second.get_by_role("slider").fill("3")
    assert first.locator(".count").inner_text().startswith("0 /")
    assert second.locator(".count").inner_text().startswith("3 /")
    assert page.evaluate("document.querySelectorAll('[id]').length") == 0
    assert page.locator("img").count() == 0


def test_the_same_output_shown_twice(window):
    html = fragment(graph("sum_times"))
    page = window.show(f"<!DOCTYPE html><meta charset=utf-8><body>{html}{html}</body>")
    assert page.locator(".computational-graph").count() == 2


def test_as_jupyterlab_inserts_it(window):
    """Set as markup, after which each script is replaced by a copy that runs."""
    page = window.show("<!DOCTYPE html><meta charset=utf-8><body><div id=cell></div></body>")
    page.evaluate(
        """(html) => {
            const cell = document.getElementById("cell");
            cell.innerHTML = html;
            for (const script of [...cell.querySelectorAll("script")]) {
                const copy = document.createElement("script");
                for (const { name, value } of script.attributes) copy.setAttribute(name, value);
                copy.textContent = script.textContent;
                script.replaceWith(copy);
            }
        }""",
        fragment(graph("sum_times")),
    )
    page.get_by_role("button", name="First step").click()
    assert count(page) == "0 / 8"
    height = page.locator(".stage").bounding_box()["height"]
    assert 100 < height < 560


def test_without_scripts_the_image_stays(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(fragment(graph("sum_times")))
    assert page.locator("img").get_attribute("alt").startswith("Computational graph of v")
    assert page.locator("img").bounding_box()["width"] > 200
    assert page.locator(".computational-graph").count() == 0
    context.close()


def test_the_notebook_keeps_its_styles(window):
    style = "<style>button { display: none } svg, p { font-size: 50px; color: red }</style>"
    page = window.show(f"<!DOCTYPE html><meta charset=utf-8>{style}{fragment(graph('sum_times'))}")
    assert page.get_by_role("button", name="Play").is_visible()
    assert page.locator(".written .text").evaluate("e => getComputedStyle(e).fontSize") == "19px"


def test_keys_of_the_display_do_not_reach_the_notebook(window):
    page = window.show(f"<!DOCTYPE html><meta charset=utf-8>{fragment(graph('sum_times'))}")
    page.evaluate("window.heard = []; addEventListener('keydown', (e) => heard.push(e.key))")
    page.locator(".stage").focus()
    for key in ("ArrowLeft", "ArrowDown", "Enter", "x"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["x"]


# --- hostile names -------------------------------------------------------------------------------


ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "\"'><svg onload=alert(1)>",
    "]]><script>alert(1)</script>",
    "</svg><img src=http://page.test/x>",
    "__proto__",
    "\u2028alert(1)\u2029",
]


def test_names_execute_nowhere(window):
    """In notebooks, where no policy of the page helps."""
    names = [*ATTACKS, *NAMES]
    displays = "".join(fragment(hostile(name), fold=1) for name in names)
    page = window.show(f"<!DOCTYPE html><meta charset=utf-8><body>{displays}</body>")
    shown = page.locator(".computational-graph")
    assert shown.count() == len(names)
    for index in range(len(names)):
        display = shown.nth(index)
        display.locator(".stage").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
        display.locator(".fold").first.dispatch_event("click")
        assert display.locator(".frame").count() == 1
    assert page.locator("script").count() == 2 * len(names)
    assert page.locator("img, iframe, object, embed, a").count() == 0


@pytest.mark.parametrize("name", ATTACKS, ids=ascii)
def test_names_execute_nowhere_in_a_file(window, name):
    page = window.show(draw(hostile(name)).html())
    assert page.locator(".written .text").inner_text().startswith("Computational graph of")
    assert page.locator("img, iframe, object, embed, a").count() == 0


# --- speed ---------------------------------------------------------------------------------------


def test_500_operations_are_quick(window):
    html = draw(chain(500), fold=()).html()
    begin = time.perf_counter()
    page = window.show(html)
    page.locator(".stage > svg").wait_for()
    assert time.perf_counter() - begin < 5
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    steps = page.evaluate(
        """() => {
            const root = document.querySelector("div").shadowRoot;
            root.querySelector("button.first").click();
            const forward = root.querySelector("button.forward");
            return [...Array(200)].map(() => {
                const begin = performance.now();
                forward.click();
                root.querySelector("svg").getBoundingClientRect();
                return performance.now() - begin;
            }).sort((a, b) => a - b)[100];
        }"""
    )
    assert steps < 16
    assert paint is None or paint < 3000  # 1 s on a machine that does nothing else


def test_the_image_is_the_picture():
    found = re.match(r'<img src="data:image/svg\+xml;base64,([^"]+)"', fragment(graph("sum_times")))
    assert base64.b64decode(found[1]).decode() == draw(graph("sum_times")).svg()
