"""Pages and widgets in JupyterLab, Notebook 7 and marimo, in a real browser, without a network."""

from __future__ import annotations

import sys

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
