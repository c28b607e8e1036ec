"""Pages and widgets in JupyterLab, Notebook 7 and marimo, in a real browser, without a network."""

from __future__ import annotations

from contextlib import ExitStack

import notebook_servers
import pytest
from notebook_servers import Notebook, only_from, served, write_app, write_notebook
from pages import fragment

from autograd_core import Node

pytest.importorskip("anywidget", reason='anywidget is not installed: pip install -e ".[widget]"')

GRAPH = """
from autograd_core import Node
from visualize import draw
x, y = Node(3.0, name="x"), Node(1.0, name="y")
v = (x + y) * x
v.name = "v"
v.backward()
"""

JUPYTERS = {
    "jupyterlab": (("jupyterlab", *notebook_servers.JUPYTER), "lab/tree/{}?reset"),
    "notebook": (("notebook", *notebook_servers.JUPYTER), "notebooks/{}"),
}


@pytest.fixture(scope="module", params=JUPYTERS)
def jupyter(request, tmp_path_factory):
    """A server with the notebooks of a folder, and how their addresses read."""
    pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    pytest.importorskip("ipykernel")
    command, path = JUPYTERS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    with served(command, folder, "api") as address:
        yield address, folder, path


@pytest.fixture
def notebook(jupyter, browser, request):
    """Opens a notebook of some cells; it may ask the network for nothing."""
    address, folder, path = jupyter
    with only_from(browser, address) as (page, elsewhere):

        def opened(*sources, html=None):
            name = f"{request.function.__name__}.ipynb"  # each with a kernel of its own
            write_notebook(folder / name, sources, html)
            return Notebook(page, address, path.format(name))

        yield opened
        assert elsewhere == []


def shown(place):
    """The numbers of the graph that is shown there."""
    place.locator(".computational-graph svg.picture").wait_for()
    return place.locator("svg.picture text.v").all_text_contents()


def is_stepped_through(output):
    """Whether the page is there, and not the image alone."""
    assert sorted(shown(output)) == ["1", "12", "3", "4"]
    assert output.locator("img").count() == 0
    output.get_by_role("button", name="First step").click()
    return output.locator(".count").inner_text() == "0 / 7"


def becomes(place, number):
    """Wait until a number stands in the picture."""
    place.locator("svg.picture").get_by_text(number, exact=True).first.wait_for()


def turn(place, times=1):
    """Turn the number of x in the picture by a tenth."""
    for _ in range(times):
        knob = place.locator('.knob[aria-label^="x"]')
        knob.focus()
        knob.press("ArrowUp")


def drag(page, place):
    """Drag the number of x with the mouse, in many small moves; return what it is then."""
    knob = place.locator('.knob[aria-label^="x"]')
    knob.scroll_into_view_if_needed()
    box, mouse = knob.bounding_box(), page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 120, y, steps=60)
    mouse.up()
    return x_in(place)


def x_in(place):
    """The number of x in the fields below the picture."""
    return float(place.locator('.cards input[aria-label="x"]').input_value())


# --- JupyterLab and Notebook ---------------------------------------------------------------------


def test_diagrams_and_widgets_show_the_page(notebook):
    opened = notebook(GRAPH + "draw(v)", "draw(v).widget()", "draw(v, live=True)")
    assert is_stepped_through(opened.run(0))
    assert is_stepped_through(opened.run(1))
    live = opened.run(2)
    assert is_stepped_through(live)
    live.get_by_role("button", name="Last step").click()
    turn(live)
    becomes(live, "12.71")


def test_values_both_ways(notebook):
    shows, asks = "w = draw(v, live=True).widget()\nw", "print(w.values)"
    opened = notebook(GRAPH + shows, asks, "w.values = {'x': 2}", "w", asks)
    output = opened.run(0)
    turn(output, 10)
    becomes(output, "20")
    opened.page.wait_for_timeout(1000)  # nothing here says that the kernel has heard it
    assert opened.run(1).inner_text().strip() == "{'x': 4.0, 'y': 1.0}"
    opened.run(2)
    becomes(output, "6")  # (2 + 1) · 2
    again = opened.run(3)  # a second view of the same
    assert sorted(shown(again)) == sorted(shown(output)) == ["1", "2", "3", "6"]
    left = drag(opened.page, again)
    assert left > 2.5
    opened.page.wait_for_timeout(1000)
    assert opened.run(4).inner_text().strip() == f"{{'x': {left}, 'y': 1.0}}"
    assert x_in(output) == x_in(again) == left  # nothing that came late has turned it back


def test_without_trust_the_image_stays(notebook):
    x = Node(3.0, name="x")
    html = fragment(x * x, live=True)
    opened = notebook("", html=html)
    image = opened.page.get_by_alt_text("Computational graph: 1 operation, result 9")
    assert image.bounding_box()["width"] > 100
    assert opened.page.locator(".computational-graph").count() == 0


# --- marimo --------------------------------------------------------------------------------------


@pytest.fixture
def marimo(browser, tmp_path):
    """Shows an app of some cells, each its parameters and its lines; it may ask no network."""
    pytest.importorskip("marimo", reason="marimo is not installed")
    with ExitStack() as stack:

        def app(*cells):
            write_app(tmp_path / "graphs.py", cells)
            command = ("marimo", "run", "graphs.py", "--headless", "--no-token", "--host=127.0.0.1")
            address = stack.enter_context(served(command, tmp_path, "health"))
            page, asked = stack.enter_context(only_from(browser, address))
            elsewhere.append(asked)
            page.goto(address)
            return page

        elsewhere = []
        yield app
        assert elsewhere == [[]]


def test_marimo_shows_the_image_of_a_diagram_and_the_page_of_a_widget(marimo):
    page = marimo(("", GRAPH), ("draw, v", "draw(v)"), ("draw, v", "draw(v).widget()"))
    assert sorted(shown(page)) == ["1", "12", "3", "4"]
    image = page.get_by_alt_text("Computational graph of v: 2 operations, result 12")
    assert image.bounding_box()["width"] > 200
    page.get_by_role("button", name="First step").click()
    assert page.locator(".count").inner_text() == "0 / 7"


def test_values_both_ways_in_marimo(marimo):
    page = marimo(
        ("", "import marimo as mo" + GRAPH),
        ("draw, mo, v", "g = draw(v, live=True).widget()\nw = mo.ui.anywidget(g)\nw"),
        ("mo, w", "mo.md(f'here x is {w.values[\"x\"]}')"),
        ("mo", "two = mo.ui.button(label='two', value=0, on_click=lambda n: n + 1)\ntwo"),
        ("g, two", "if two.value: g.values = {'x': 2}"),
    )
    page.get_by_text("here x is 3.0").wait_for()
    turn(page, 10)
    becomes(page, "20")
    page.get_by_text("here x is 4.0").wait_for()  # the cell that reads them ran again
    page.get_by_role("button", name="two").click()
    becomes(page, "6")
    left = drag(page, page)
    assert left > 2.5
    page.get_by_text(f"here x is {left}").wait_for()
    page.wait_for_timeout(500)
    assert page.get_by_text(f"here x is {left}").count() == 1
    assert x_in(page) == left
