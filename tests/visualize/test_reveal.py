"""The presentation with reveal.js: each key press shows one step, nothing is asked for."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from test_hostile_names import NAMES, hostile
from test_hostile_names import registry as registry  # a fixture for the operations made there
from test_worked_examples import GRAPHS, graph

from autograd_core import Node
from visualize import THEMES, draw
from visualize.formats.frames import Deck
from visualize.formats.reveal import reveal_of
from visualize.formats.svg import elements_of
from visualize.formats.timeline import Timed, Timeline
from visualize.layout.sheet import letters
from visualize.steps.sequence import Step


def page_of(diagram, tmp_path):
    path = tmp_path / "slides.html"
    diagram.save(path, frames=True)
    return path.read_text(encoding="utf-8")


def timeline(diagram):
    return Deck(diagram._drawing, 200).timeline


def expected(shown, step):
    """What stands in a step, as the page should have it."""
    elements = elements_of(shown.at(step).shapes, shown.theme)
    found = ET.fromstring(f"<g>{elements.replace('xml:space', 'space')}</g>")
    return sorted([e.tag, sorted(e.attrib.items()), "".join(e.itertext())] for e in found)


VISIBLE = """() => [...document.querySelectorAll(
        "section svg :is(text, path, circle, ellipse, rect)")]
    .filter(e => e.getAttribute("width") !== "100%" && e.getClientRects().length)
    .filter(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .map(e => [e.localName, [...e.attributes].map(a => [a.localName, a.value]), e.textContent])"""


def visible(page):
    return sorted(
        [tag, sorted(map(tuple, look)), text] for tag, look, text in page.evaluate(VISIBLE)
    )


def matrices():
    x = Node(np.ones((2, 2)), name="x")
    y = np.sum(x @ Node(np.arange(4.0).reshape(2, 2), name="W_1"))
    y.backward()
    return y


DIAGRAMS = {
    **{name: lambda name=name: draw(graph(name)) for name in GRAPHS},
    "dark": lambda: draw(graph("sum_times"), theme="dark", local_gradients=True),
    "matrices": lambda: draw(matrices()),
    "symbolic": lambda: draw(graph("sum_times"), symbolic=True),
    "in rows": lambda: draw(graph("sigmoid_neuron"), aspect=1.0, function_boxes=True, theme="dark"),
    "tall": lambda: draw(graph("neural_chain"), rankdir="TB", theme="micrograd"),
    "one leaf": lambda: draw(Node(3.0, name="x")),
}


# --- in the browser ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIAGRAMS)
def test_each_key_shows_the_next_step_and_back(name, window, tmp_path):
    diagram = DIAGRAMS[name]()
    page = window.show(page_of(diagram, tmp_path))
    shown = timeline(diagram)
    last = len(shown.steps) - 1
    for step in range(last + 1):
        assert visible(page) == expected(shown, step), step
        assert page.locator(".step").inner_text() == f"{step + 1} / {last + 1}"
        page.keyboard.press("ArrowRight")
    assert visible(page) == expected(shown, last)  # there is nothing after the last
    for step in range(last - 1, -1, -1):
        page.keyboard.press("ArrowLeft")
        assert visible(page) == expected(shown, step), step


def test_first_and_last_step_by_one_key(window, tmp_path):
    diagram = draw(graph("sigmoid_neuron"))
    page = window.show(page_of(diagram, tmp_path))
    shown = timeline(diagram)
    page.keyboard.press("End")
    assert visible(page) == expected(shown, 22)
    page.keyboard.press("Home")
    assert visible(page) == expected(shown, 0)


def test_the_picture_stays_where_it_is_and_fits(window, tmp_path):
    page = window.show(page_of(draw(graph("sigmoid_neuron")), tmp_path))
    places = []
    for _ in range(23):
        places.append(page.locator("section svg").bounding_box())
        page.keyboard.press("ArrowRight")
    assert all(place == places[0] for place in places)
    box = places[0]
    assert 50 < box["x"] < 70  # room for the arrows at the edges
    assert box["x"] + box["width"] < 1150
    assert 0 < box["y"] < box["y"] + box["height"] < 760


def test_a_click_on_the_arrow_at_the_edge(window, tmp_path):
    diagram = draw(graph("sum_times"))
    page = window.show(page_of(diagram, tmp_path))
    page.get_by_role("button", name="next slide").first.click()
    assert visible(page) == expected(timeline(diagram), 1)


def test_paper_has_a_page_per_step(window, tmp_path):
    page_of(draw(graph("sum_times")), tmp_path)
    window.page.goto(f"file://{tmp_path}/slides.html?print-pdf")
    window.page.locator(".pdf-page").nth(8).wait_for()
    pdf = window.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 9


def test_paper_has_the_last_step_otherwise(window, tmp_path):
    diagram = draw(graph("sum_times"))
    page = window.show(page_of(diagram, tmp_path))
    page.emulate_media(media="print")
    assert visible(page) == expected(timeline(diagram), 8)
    assert not page.locator(".step").is_visible()
    assert not page.get_by_text("Speaker notes").is_visible()


def test_without_scripts_the_last_step_is_there(browser, tmp_path):
    diagram = draw(graph("sum_times"))
    page_of(diagram, tmp_path)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{tmp_path}/slides.html")
    written = page.locator("section svg text:visible").all_text_contents()
    context.close()
    shapes = timeline(diagram).at(8).shapes
    assert sorted(written) == sorted(shape.text for shape in shapes if shape.kind == "text")


def test_hostile_names_are_text(window, tmp_path):
    graphs = [hostile(name) for name in NAMES]
    page = window.show(page_of(draw(sum(graphs[1:], start=graphs[0])), tmp_path))
    page.keyboard.press("End")
    written = {text for _, _, text in visible(page)}
    assert set(NAMES.values()) <= written
    assert (
        page.locator("section svg :not(g, text, tspan, path, circle, ellipse, rect)").count() == 0
    )


# --- the text ------------------------------------------------------------------------------------


def test_the_browser_may_load_and_run_nothing_else(tmp_path):
    page = page_of(draw(graph("sum_times")), tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    code = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{code}'"
    )
    assert not re.findall(r"""(?:src|href)=|url\((?!["']?data:)|@import|sourceMappingURL""",
                          page.replace(script, ""))  # fmt: skip
    assert "sourceMappingURL" not in script


def test_the_licence_goes_with_it(tmp_path):
    page = page_of(draw(graph("sum_times")), tmp_path)
    assert "reveal.js 5.1.0" in page
    assert "Permission is hereby granted, free of charge" in page
    assert "Hakim El Hattab" in page


def test_one_picture_for_all_steps(tmp_path):
    diagram = draw(graph("sigmoid_neuron"))
    page = page_of(diagram, tmp_path)
    assert page.count("<svg") == 1
    svg = page[page.index("<svg") : page.index("</svg>")]
    frames = [len(frame.svg()) for frame in diagram.frames()]
    assert len(svg) < sum(frames) / 4


@pytest.mark.parametrize("theme", THEMES)
def test_colours_of_the_theme(theme, tmp_path):
    page = page_of(draw(graph("sum_times"), theme=theme), tmp_path)
    assert f"background: {THEMES[theme].background}; color: {THEMES[theme].text}" in page


STEPS = (Step("structure", ""), *[Step("inputs", "")] * 3)


@pytest.mark.parametrize(("first", "last", "groups"), [
    (0, None, ["<g>"]),
    (0, 3, ["<g>"]),
    (2, None, ['<g class="fragment" data-fragment-index="1">']),
    (2, 3, ['<g class="fragment" data-fragment-index="1">']),
    (0, 1, ["<g>", '<g class="fragment fade-out ends" data-fragment-index="1">']),
    (1, 2, ['<g class="fragment" data-fragment-index="0">',
            '<g class="fragment fade-out ends" data-fragment-index="2">']),
    (2, 2, ['<g class="fragment fade-in-then-out ends" data-fragment-index="1">']),
])  # fmt: skip
def test_when_a_shape_is_there(first, last, groups):
    word = letters("here", (1.0, 9.0), 9.0)
    shown = Timeline(THEMES["lecture"], 9.0, 9.0, (Timed(word, first, last),), STEPS)
    page = reveal_of(shown, "a test")
    before = re.search(r"((?:<g[^>]*>)+)<text[^>]*>here", page)[1]
    assert before == "".join(groups)
    # A step in which nothing is new is one all the same.
    assert {"0", "1", "2"} <= set(re.findall(r'data-fragment-index="(\d)"', page))
