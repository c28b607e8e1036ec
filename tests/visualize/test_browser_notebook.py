"""The interactive page in a real browser: displays in a notebook, hostile names, speed."""

from __future__ import annotations

import base64
import re
import time

import pytest
from pages import count, fragment
from test_hostile_names import NAMES, hostile, registry  # noqa: F401  (a fixture)
from test_html import chain
from test_worked_examples import graph

from visualize import draw

# --- in a notebook -------------------------------------------------------------------------------


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
