"""A notebook with diagrams runs, and converts to HTML and LaTeX, trusted or not."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CELL = """
from autograd_core import Node
from visualize import draw
x, y, z = Node(3.0, name="x"), Node(1.0, name="y <img onerror>"), Node(-2.0, name="z")
v = (x + y) * z
v.name = "v"
v.backward()
draw(v)
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook with two diagrams, executed by a kernel of its own."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("nbconvert")
    v4 = nbformat.v4
    notebook = v4.new_notebook(cells=[v4.new_code_cell(CELL), v4.new_code_cell("draw(x * x)")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([before] if before else [])])
    try:
        with warnings.catch_warnings():
            # Those of Jupyter's own libraries, which differ from version to version.
            warnings.simplefilter("ignore")
            folder = {"metadata": {"path": str(tmp_path_factory.mktemp("notebook"))}}
            nbclient.NotebookClient(notebook, timeout=120, resources=folder).execute()
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return notebook


def converted(exporter, notebook, **options):
    import nbconvert

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(nbconvert, exporter)(**options).from_notebook_node(notebook)


def test_the_outputs(executed):
    for cell in executed.cells:
        (output,) = cell.outputs
        assert set(output.data) == {"text/html", "image/png", "text/plain"}
        assert output.data["text/html"].startswith("<img src=")
    assert executed.cells[0].outputs[0].data["text/plain"].splitlines()[0].split() == [
        "name", "operation", "value", "gradient"
    ]  # fmt: skip


def test_html_shows_the_page(executed, browser):
    html, _ = converted("HTMLExporter", executed)
    context = browser.new_context()
    # nbconvert's own template asks for MathJax and require.js: they don't come.
    context.route("**/*", lambda route: route.abort() if "page.test/" not in route.request.url
                  else route.fulfill(body=html, content_type="text/html"))  # fmt: skip
    page = context.new_page()
    page.goto("http://page.test/")
    assert page.locator(".computational-graph").count() == 2
    first = page.locator(".computational-graph").first
    first.get_by_role("button", name="First step").click()
    assert first.locator(".count").inner_text() == "0 / 8"
    context.close()


def test_without_trust_the_image_stays(executed, browser):
    """JupyterLab takes scripts out of what it does not trust, with all that is in them."""
    for cell in executed.cells:
        html = cell.outputs[0].data["text/html"]
        kept = re.sub(r"<script.*?</script>", "", html, flags=re.S)
        assert re.fullmatch(r'<img src="[^"]+" alt="[^"]+" style="[^"]+">', kept)
        page = browser.new_page()
        page.set_content(kept)
        assert page.locator("img").bounding_box()["width"] > 100
        page.close()


def test_html_of_a_notebook_without_trust(executed):
    for cell in executed.cells:
        cell.metadata["trusted"] = False
    html, _ = converted("HTMLExporter", executed)
    assert html.count('alt="Computational graph') == 2


def test_latex_shows_the_png(executed):
    tex, resources = converted("LatexExporter", executed)
    body = tex.split(r"\begin{document}")[1]
    assert body.count(r"\adjustimage") == body.count(".png}") == 2
    outputs = resources["outputs"]
    assert sum(content.startswith(b"\x89PNG") for content in outputs.values()) == 2
    assert "shadowRoot" not in tex
