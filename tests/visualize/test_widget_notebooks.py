"""Pages and widgets in JupyterLab, Notebook 7 and marimo, in a real browser, without a network."""

from __future__ import annotations

from contextlib import ExitStack

import notebook_servers
import pytest
from notebook_servers import Notebook, only_from, served, write_app, write_notebook

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

        def opened(*sources):
            name = f"{request.function.__name__}.ipynb"  # each with a kernel of its own
            write_notebook(folder / name, sources)
            return Notebook(page, address, path.format(name))

        yield opened
        assert elsewhere == []


def shown(place):
    """The numbers of the graph that is shown there."""
    place.locator(".computational-graph svg.picture").wait_for()
    return place.locator("svg.picture text.v").all_text_contents()


def test_the_diagram(notebook):
    opened = notebook(GRAPH + "draw(v)")
    output = opened.run(0)
    assert sorted(shown(output)) == ["1", "12", "3", "4"]
    assert output.locator("img").count() == 0
    output.get_by_role("button", name="First step").click()
    assert output.locator(".count").inner_text() == "0 / 7"


def test_the_widget(notebook):
    opened = notebook(GRAPH + "draw(v).widget()")
    output = opened.run(0)
    assert sorted(shown(output)) == ["1", "12", "3", "4"]
    assert output.locator(".computational-graph").bounding_box()["width"] > 600
    output.get_by_role("button", name="First step").click()
    assert output.locator(".count").inner_text() == "0 / 7"


LIVE = """
w = draw(v, live=True).widget()
"""


def becomes(place, number):
    """Wait until a number stands in the picture."""
    place.locator("svg.picture").get_by_text(number, exact=True).first.wait_for()


def turn(place, times=1):
    """Turn the number of x in the picture."""
    for _ in range(times):
        knob = place.locator('.knob[aria-label^="x"]')
        knob.focus()
        knob.press("ArrowUp")


def test_a_live_diagram(notebook):
    opened = notebook(GRAPH + "draw(v, live=True)")
    output = opened.run(0)
    assert "12" in shown(output)
    turn(output)
    becomes(output, "12.71")


def test_values_both_ways(notebook):
    opened = notebook(
        GRAPH + LIVE + "w", "print(w.values)", "w.values = {'x': 2}", "w", "print(w.values)"
    )
    output = opened.run(0)
    turn(output, 10)
    becomes(output, "20")
    opened.page.wait_for_timeout(1000)  # nothing here says that the kernel has heard it
    assert opened.run(1).inner_text().strip() == "{'x': 4.0, 'y': 1.0}"
    opened.run(2)
    becomes(output, "6")  # (2 + 1) · 2
    again = opened.run(3)  # a second view of the same
    assert sorted(shown(again)) == sorted(shown(output)) == ["1", "2", "3", "6"]
    turn(again, 10)
    becomes(again, "12")
    becomes(output, "12")
    opened.page.wait_for_timeout(1000)
    assert opened.run(4).inner_text().strip() == "{'x': 3.0, 'y': 1.0}"


def drag(page):
    """Drag the number of x with the mouse, in many small moves."""
    box = page.locator('.knob[aria-label^="x"]').bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y, steps=60)
    page.mouse.up()


def x_in(place):
    """The number of x in the fields below the picture."""
    return float(place.locator('.cards input[aria-label="x"]').input_value())


def test_a_number_that_is_dragged_arrives_as_it_was_left(notebook):
    opened = notebook(GRAPH + LIVE + "w", "print(w.values['x'])")
    output = opened.run(0)
    shown(output)
    drag(opened.page)
    left = x_in(output)
    assert left > 3.5
    opened.page.wait_for_timeout(1000)
    assert float(opened.run(1).inner_text()) == pytest.approx(left)
    assert x_in(output) == left


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
    turn(page, 10)
    page.get_by_text("here x is 3.0").wait_for()


def test_a_number_that_is_dragged_in_marimo(marimo):
    page = marimo(
        ("", "import marimo as mo" + GRAPH),
        ("draw, mo, v", "w = mo.ui.anywidget(draw(v, live=True).widget())\nw"),
        ("mo, w", "mo.md(f'here x is {w.values[\"x\"]:.4g}')"),
    )
    shown(page)
    drag(page)
    left = x_in(page)
    assert left > 3.5
    page.get_by_text(f"here x is {left:.4g}").wait_for()
    page.wait_for_timeout(500)
    assert x_in(page) == left
    assert page.get_by_text(f"here x is {left:.4g}").count() == 1
