"""A diagram shows the moment at which it was drawn, and computes only what it is asked for."""

from __future__ import annotations

import re

import numpy as np
import pytest
from test_worked_examples import GRAPHS, graph

import visualize.drawing
import visualize.graph.frozen
import visualize.page.html
import visualize.page.views
from autograd_core import Node, scope
from nn import SGD
from visualize import draw


def root():
    """A root, and its leaf; the expression has arrays, a view, a constant and a fold."""
    w = Node(np.array([[1.0, 2.0], [3.0, -4.0]]), name="w")
    constant = np.array([0.5, 0.25])
    with scope("layer"):
        h = np.tanh(w.T * constant)
    y = np.sum(h * w)
    y.name = "y"
    y.backward()
    return y, w, constant


def train(y, w, constant):
    SGD(learning_rate=0.5).step({"w": w})


def write(y, w, constant):
    w.value[:] = 9.0
    w.grad[:] = 7.0
    constant[:] = 8.0


def forget(y, w, constant):
    w.grad = None
    w.grad, y.grad = np.ones((2, 2)), None


def go_on(y, w, constant):
    (y * y).backward(accumulate=True)


def rename(y, w, constant):
    y.name, w.name = "other", None


SHOWN = {
    "svg": lambda diagram: diagram.svg(),
    "dot": lambda diagram: diagram.source,
    "page": lambda diagram: re.sub(r"<script>.*?</script>", "", diagram.html(), flags=re.S),
    "frames": lambda diagram: [frame.svg() for frame in diagram.frames()],
    "table": repr,
    "description": lambda diagram: diagram.description,
}


@pytest.mark.parametrize("later", [train, write, forget, go_on, rename])
@pytest.mark.parametrize("size", ["small", "large"])
def test_nothing_that_happens_later_is_shown(later, size, monkeypatch):
    if size == "large":  # then all is read at once, and nothing copied
        monkeypatch.setattr(visualize.graph.frozen, "MOST_ENTRIES", 3)
    graph = root()
    at_once, diagram = (draw(graph[0], local_gradients=True, fold=()) for _ in range(2))
    before = {name: show(at_once) for name, show in SHOWN.items()}
    later(*graph)
    assert {name: show(diagram) for name, show in SHOWN.items()} == before


def one_array_twice():
    a = np.array([1.0, 2.0, 3.0])
    x = Node([1.0, 2.0, 3.0], name="x")
    with scope("s"):
        return (x * a + a) * a


@pytest.mark.parametrize("fold", [(), 0, 1])
@pytest.mark.parametrize("name", [*GRAPHS, "layer", "one_array_twice"])
def test_what_is_drawn_is_the_graph_itself(name, fold, monkeypatch):
    y = graph(name) if name in GRAPHS else root()[0] if name == "layer" else one_array_twice()
    of_a_copy = draw(y, fold=fold).source
    monkeypatch.setattr(visualize.graph.frozen, "MOST_OPERATIONS", 0)
    assert of_a_copy == draw(y, fold=fold).source
    if name == "one_array_twice" and fold != ():
        assert of_a_copy.count("-> o0") == 2


@pytest.fixture
def computed(monkeypatch):
    """What is computed, in this order."""
    calls = []

    def count(module, name):
        real = getattr(module, name)

        def counting(*arguments, **options):
            calls.append(name)
            return real(*arguments, **options)

        monkeypatch.setattr(module, name, counting)

    for name in ("lay_out", "steps_of", "table_of", "description_of"):
        count(visualize.drawing, name)
    count(visualize.page.html, "Views")
    count(visualize.page.views, "facts_of")
    count(visualize.page.views, "placed")
    return calls


@pytest.mark.parametrize(
    ("show", "needed"),
    [
        ("svg", {"lay_out", "description_of"}),
        ("dot", {"lay_out"}),
        ("table", {"table_of"}),
        ("description", {"description_of"}),
        ("frames", {"lay_out", "steps_of", "description_of"}),
    ],
)
def test_only_what_is_asked_for_is_computed(show, needed, computed):
    y, *_ = root()
    diagram = draw(y)
    assert computed == []
    for _ in range(2):
        SHOWN[show](diagram)
    assert set(computed) == needed
    assert len(computed) == len(needed)


def test_a_page_computes_each_view_once(computed):
    diagram = draw(root()[0], fold=1)
    diagram.svg()
    diagram.html(), diagram._repr_mimebundle_()
    for name in ("Views", "lay_out", "steps_of"):
        assert computed.count(name) == 1, name
    assert computed.count("placed") == 1  # what is inside of its fold
