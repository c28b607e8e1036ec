"""The page as a widget: its values in Python, and its module in a host as small as one can be."""

from __future__ import annotations

import copy
import json
import re
import sys
import warnings

import numpy as np
import pytest
from pages import visible

from autograd_core import Node
from visualize import draw


def product(**options):
    """L = x · ΣW, with W in float32."""
    x = Node(3.0, name="x")
    w = Node(np.array([[1.0, 2.0], [3.0, 4.5]], np.float32), name="W")
    loss = x * w.sum()
    loss.name = "L"
    loss.backward()
    return draw(loss, **options)


def twins(**options):
    loss = Node(2.0, name="x") * Node(5.0, name="x")
    loss.backward()
    return draw(loss, **options)


@pytest.fixture
def anywidget():
    return pytest.importorskip("anywidget", reason='not installed: pip install -e ".[widget]"')


# --- in Python -----------------------------------------------------------------------------------


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "visualize.widget", raising=False)
    with pytest.raises(ImportError, match=r'pip install "autograd-core\[widget\]"'):
        product().widget()


def test_values_are_the_leaves(anywidget):
    widget = product(live=True).widget()
    assert widget.values == {"x": 3.0, "W": [[1.0, 2.0], [3.0, 4.5]]}
    assert product(live="x").widget().values == {"x": 3.0}
    assert product().widget().values == {}
    assert twins(live=True).widget().values == {"x": 2.0, "x (2)": 5.0}


def test_some_are_set_and_the_others_stay(anywidget):
    widget = product(live=True).widget()
    widget.values = {"x": 2}
    assert widget.values == {"x": 2.0, "W": [[1.0, 2.0], [3.0, 4.5]]}
    widget.values = {"W": np.array([[0.1, 0], [0, 0]])}
    assert widget.values == {"x": 2.0, "W": [[float(np.float32(0.1)), 0.0], [0.0, 0.0]]}
    with widget.hold_trait_notifications():
        widget.values = {"x": 7.0}
    assert widget.values == {"x": 7.0, "W": [[float(np.float32(0.1)), 0.0], [0.0, 0.0]]}


def test_an_item_is_not_set_in_silence(anywidget):
    widget = product(live=True).widget()
    with pytest.raises(TypeError, match=r"Write: widget\.values = \{'x': 2\.0\}"):
        widget.values["x"] = 2.0
    for copied in (dict(widget.values), copy.deepcopy(widget.values), widget.values.copy()):
        copied["x"] = 2.0
        assert widget.values["x"] == 3.0
    widget.values = copied
    assert widget.values["x"] == 2.0


WRONG = {
    "no leaf": ({"z": 1.0}, ValueError, r"no leaf 'z'\. Its leaves are 'x', 'W'"),
    "shape": ({"W": [1.0, 2.0]}, ValueError, r"'W'\] expects shape \(2, 2\), got \(2,\)\. Write"),
    "shape of a number": ({"x": [1.0]}, ValueError, r"'x'\] expects shape \(\), got \(1,\)"),
    "rows": ({"W": [[1.0], [2.0, 3.0]]}, ValueError, "expects rows of the same length"),
    "nan": ({"x": float("nan")}, ValueError, "expects finite float64 numbers, got nan"),
    "too large": ({"W": np.full((2, 2), 1e300)}, ValueError, "expects finite float32 numbers"),
    "text": ({"x": "3"}, TypeError, "expects real numbers, got '3'"),
    "complex": ({"x": 1j}, TypeError, "expects real numbers, got 1j"),
    "None": ({"x": None}, TypeError, "expects real numbers, got None"),
    "a node": ({"x": Node(3.0, name="n")}, TypeError, r"node\.value"),
}


@pytest.mark.parametrize(("values", "kind", "says"), WRONG.values(), ids=WRONG)
def test_wrong_values(anywidget, values, kind, says):
    widget = product(live=True).widget()
    before = widget.values
    with pytest.raises(kind, match=says):
        widget.values = {"x": 5.0, **values}
    assert widget.values == before == {"x": 3.0, "W": [[1.0, 2.0], [3.0, 4.5]]}


def test_a_page_that_is_not_live_says_so(anywidget):
    with pytest.raises(ValueError, match=r"not live: write draw\(\.\.\., live=True\)\.widget\(\)"):
        product().widget().values = {"x": 1.0}


def test_numbers_that_are_not_finite_come_from_the_page(anywidget):
    """A descent may leave them; JSON has none of them."""
    widget = product(live=True).widget()
    widget.set_state({"values": {"x": "-inf", "W": [["nan", 1], [2, "inf"]]}})
    np.testing.assert_equal(widget.values["x"], -np.inf)
    np.testing.assert_equal(widget.values["W"], [[np.nan, 1.0], [2.0, np.inf]])
    state = widget.get_state("values")["values"]
    assert state == {"x": "-inf", "W": [["nan", 1.0], [2.0, "inf"]]}
    json.dumps(state, allow_nan=False)
    widget.values = {"x": 1.0}
    np.testing.assert_equal(widget.values["W"], [[np.nan, 1.0], [2.0, np.inf]])


def test_an_observer_hears_what_is_set(anywidget):
    widget = product(live=True).widget()
    heard = []
    widget.observe(lambda change: heard.append(change["new"]["x"]), "values")
    widget.values = {"x": 4.0}
    widget.set_state({"values": {"x": 5, "W": [[1, 2], [3, 4.5]]}})
    assert heard == [4.0, 5.0]


def test_where_there_are_no_widgets_the_image_is(anywidget):
    data, _ = product(live=True).widget()._repr_mimebundle_()
    assert data["text/html"].startswith('<img src="data:image/svg+xml;base64,')
    assert "application/vnd.jupyter.widget-view+json" in data


# --- converted by nbconvert, where no kernel is ---------------------------------------------------


def converted(data):
    """A notebook with one output, as HTML."""
    nbformat = pytest.importorskip("nbformat")
    nbconvert = pytest.importorskip("nbconvert")
    output = nbformat.v4.new_output("display_data", data=data)
    cell = nbformat.v4.new_code_cell(outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Jupyter's own
        return nbconvert.HTMLExporter().from_notebook_node(notebook)[0]


@pytest.fixture
def offline(browser):
    """Shows a text; what nbconvert's template asks a network for does not come."""
    context = browser.new_context()

    def shown(html):
        context.route(
            "**/*",
            lambda route: (
                route.fulfill(body=html, content_type="text/html")
                if route.request.url == "http://page.test/"
                else route.abort()
            ),
        )
        page = context.new_page()
        page.goto("http://page.test/")
        return page

    yield shown
    context.close()


def test_a_live_diagram_in_html(offline):
    page = offline(converted(product(live=True)._repr_mimebundle_()))
    assert page.locator("img").count() == 0
    turned(page)
    assert "32.55" in result(page, 0)


def test_a_live_diagram_without_scripts(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(converted(product(live=True)._repr_mimebundle_()))
    image = page.get_by_alt_text("Computational graph of L: 2 operations, result 31.5")
    assert image.bounding_box()["width"] > 200
    context.close()


def test_a_widget_in_html_is_an_image(anywidget, offline):
    page = offline(converted(product(live=True).widget()._repr_mimebundle_()[0]))
    image = page.get_by_alt_text("Computational graph of L: 2 operations, result 31.5")
    assert image.bounding_box()["width"] > 200


# --- its module, in a host of our own ------------------------------------------------------------


def test_the_module_fetches_nothing():
    module = product(live=True)._page.module()
    assert re.findall(r"https?://[^\s\"'`]+", module) == ["http://www.w3.org/2000/svg"]
    asks = r"^\s*import\b|\bimport\s*\(|\bfetch\s*\(|XMLHttpRequest|WebSocket|\beval\(|new Function"
    assert not re.search(asks, module, re.M)
    assert re.findall(r"^export .*", module, re.M) == ["export default { render };"]


HOST = """
<!DOCTYPE html><meta charset=utf-8><body>
<script type="application/json" id="module">%s</script>
<script type="application/json" id="state">%s</script>
<script>
const told = (id) => JSON.parse(document.getElementById(id).textContent);
class Model {
    state = told("state");
    listeners = new Set();
    saved = [];
    get(name) { return this.state[name]; }
    set(name, value) {
        this.state[name] = value;
        for (const [event, listener] of [...this.listeners]) {
            if (event === `change:${name}`) listener();
        }
    }
    save_changes() { this.saved.push(this.state.values); }
    on(event, listener) { this.listeners.add([event, listener]); }
    off(event, listener) {
        for (const one of this.listeners) {
            if (one[0] === event && one[1] === listener) this.listeners.delete(one);
        }
    }
}
const model = new Model();
const address = URL.createObjectURL(new Blob([told("module")], { type: "text/javascript" }));
const ready = import(address).then((found) => (window.widget = found.default));
const views = [];
async function view({ attached = true } = {}) {
    await ready;
    const outside = document.createElement("section");
    const el = document.createElement("div");
    outside.attachShadow({ mode: "open" }).append(el); // as marimo does
    if (attached) document.body.append(outside);
    views.push({ outside, end: await widget.render({ model, el }) });
}
</script>
"""


def values(diagram):
    """What a widget's values are at first; known without anywidget."""
    graph = diagram._page.graph
    return {leaf.name: np.asarray(leaf.value).tolist() for leaf in graph.leaves} if graph else {}


@pytest.fixture
def host(window):
    """Loads a diagram into a host, which mimics what anywidget hands to `render`."""

    def loaded(diagram):
        page = diagram._page
        state = json.dumps({"page": page.json(), "values": values(diagram)})
        escaped = [text.replace("<", "\\u003c") for text in (json.dumps(page.module()), state)]
        return window.show(HOST % tuple(escaped))

    return loaded


def test_a_static_page(host):
    page = host(product())
    page.evaluate("view()")
    page.locator(".computational-graph svg.picture").wait_for()
    assert visible(page, "v")[-1] == "31.5"
    page.get_by_role("button", name="First step").click()
    assert page.locator(".count").inner_text().startswith("0 /")


def test_it_waits_for_a_size(host):
    page = host(product())
    page.evaluate("view({ attached: false })")
    page.wait_for_timeout(100)
    page.evaluate("document.body.append(views[0].outside)")
    page.locator("svg.picture").wait_for()
    assert page.locator(".stage").bounding_box()["height"] > 100
    page.evaluate("views[0].outside.style.display = 'none'")
    page.evaluate("views[0].outside.style.display = ''")
    page.wait_for_timeout(100)
    assert page.locator("svg.picture").count() == 1


def turned(page, place=0, key="ArrowUp"):
    """Turn the number of x in the picture of one view."""
    knob = page.locator(".computational-graph").nth(place).locator('.knob[aria-label^="x"]')
    knob.focus()
    page.keyboard.press(key)


def result(page, place):
    return (
        page.locator(".computational-graph")
        .nth(place)
        .locator("svg.picture")
        .evaluate(
            "picture => [...picture.querySelectorAll('text.v')].map((text) => text.textContent)"
        )
    )


def test_what_is_turned_arrives(host):
    page = host(product(live=True))
    page.evaluate("view()")
    turned(page)
    page.wait_for_function("model.saved.length")
    assert page.evaluate("model.saved") == [{"x": 3.1, "W": [[1, 2], [3, 4.5]]}]
    assert "32.55" in result(page, 0)


def test_while_a_number_turns_messages_are_few_and_the_last_arrives(host):
    page = host(product(live=True))
    page.evaluate("view()")
    for _ in range(30):
        turned(page)
    page.wait_for_function("model.saved.at(-1)?.x === 6")
    assert page.evaluate("model.saved.length") < 30


def test_what_is_set_moves_the_page(host):
    page = host(product(live=True))
    page.evaluate("view()")
    page.locator("svg.picture").wait_for()
    page.evaluate("model.set('values', { x: 2, W: [[1, 1], [1, 1]] })")
    assert "8" in result(page, 0)
    page.wait_for_timeout(100)
    assert page.evaluate("model.saved") == []  # what came from there is not said again


def test_values_from_before_it_was_shown(host):
    page = host(product(live=True))
    page.evaluate("ready.then(() => model.set('values', { x: 2, W: [[1, 1], [1, 1]] }))")
    page.evaluate("view()")
    page.locator("svg.picture").wait_for()
    assert "8" in result(page, 0)


def test_two_views_stay_in_step(host):
    page = host(product(live=True))
    page.evaluate("view().then(() => view())")
    page.locator("svg.picture").nth(1).wait_for()
    turned(page, 0)
    page.wait_for_function("model.saved.length")
    assert result(page, 0) == result(page, 1)
    turned(page, 1)
    page.wait_for_function("model.saved.length > 1")
    page.wait_for_timeout(100)
    assert result(page, 0) == result(page, 1)
    assert [saved["x"] for saved in page.evaluate("model.saved")] == [3.1, 3.2]


def test_an_answer_that_comes_late_does_not_turn_it_back(host):
    page = host(product(live=True))
    page.evaluate("view()")
    page.locator('.knob[aria-label^="x"]').evaluate(
        """knob => {
            knob.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
            model.set("values", { x: 3, W: [[1, 2], [3, 4.5]] }); // before the page has said it
        }"""
    )
    page.wait_for_function("model.saved.length")
    assert page.evaluate("model.saved[0].x") == 3.1
    assert "32.55" in result(page, 0)


def test_numbers_that_are_not_finite(host):
    page = host(product(live=True))
    page.evaluate("view()")
    page.locator("svg.picture").wait_for()
    page.evaluate("model.set('values', { x: '-inf', W: [['nan', 2], [3, 4.5]] })")
    turned(page, key="ArrowUp")
    page.get_by_role("spinbutton", name="W[0, 1]").last.fill("7")
    page.keyboard.press("Enter")
    page.wait_for_function("model.saved.length")
    assert page.evaluate("model.saved.at(-1)") == {"x": "-inf", "W": [["nan", 7], [3, 4.5]]}


def test_what_is_unmounted_is_gone(host):
    page = host(product(live=True))
    page.evaluate("view().then(() => view())")
    page.locator("svg.picture").nth(1).wait_for()
    turned(page, 0)
    page.evaluate("views[0].end()")
    assert page.evaluate("model.saved.at(-1).x") == 3.1  # the last word is not lost
    assert page.evaluate("model.listeners.size") == 1
    assert page.locator(".computational-graph").count() == 1
    page.evaluate("views[1].end()")
    assert page.evaluate("model.listeners.size") == 0
    page.evaluate("model.set('values', { x: 9, W: [[1, 2], [3, 4.5]] })")


def test_unmounted_before_it_had_a_size(host):
    page = host(product(live=True))
    page.evaluate("view({ attached: false })")
    page.evaluate("views[0].end()")
    page.evaluate("document.body.append(views[0].outside)")
    page.wait_for_timeout(100)
    assert page.locator(".computational-graph").count() == 0


THEMES = [
    ("data-jp-theme-light", "false", "dark"),
    ("data-jp-theme-light", "true", "light"),
    ("data-vscode-theme-kind", "vscode-dark", "dark"),
    ("data-vscode-theme-kind", "vscode-high-contrast", "dark"),
    ("data-vscode-theme-kind", "vscode-high-contrast-light", "light"),
    ("data-theme", "dark", "dark"),
    ("data-theme", "light", "light"),
]


@pytest.mark.parametrize(("attribute", "theme", "scheme"), THEMES)
def test_the_theme_of_the_host(host, attribute, theme, scheme):
    page = host(product())
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    page.evaluate("view()")
    page.locator(f'.display[data-scheme="{"light" if scheme == "dark" else "dark"}"]').wait_for()
    page.evaluate("([name, value]) => document.body.setAttribute(name, value)", [attribute, theme])
    page.locator(f'.display[data-scheme="{scheme}"]').wait_for()


def test_the_theme_of_colab(host):
    page = host(product())
    page.evaluate("document.documentElement.setAttribute('theme', 'dark')")
    page.evaluate("view()")
    page.locator('.display[data-scheme="dark"]').wait_for()
