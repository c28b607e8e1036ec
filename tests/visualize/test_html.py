"""The interactive page as a text: what is in it, and that nothing in it breaks out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import visualize.layout.wires
from test_hostile_names import NAMES, hostile, registry  # noqa: F401  (a fixture)
from test_worked_examples import GRAPHS, graph
from visualize.layout.marked_svg import compact

import visualize.page.html
import visualize.page.views
from autograd_core import Node, exp, scope
from visualize import THEMES, draw
from visualize.layout.graphviz import render
from visualize.page.html import embedded
from visualize.style import Look, marked


def content(html):
    """The data inside a page."""
    (found,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.S)
    return json.loads(found, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def chain(operations):
    y = Node(0.5, name="x")
    for number in range(operations // 2):
        with scope(f"step {number // 10}"):
            y = np.tanh(y * 1.01)
    y.backward()
    return y


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAPHS)
def test_the_page_stands_alone(name):
    html = draw(graph(name)).html()
    assert html.startswith("<!DOCTYPE html>")
    links = set(re.findall(r"https?://[^\s\"'<>)\\\\]+", html))
    assert links <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<link|<iframe|@import|\bsrc=\"(?!data:)|\bon\w+=\"", html)


def test_the_page_allows_its_own_script_alone():
    html = draw(Node(2.0) * 3.0).html()
    allowed = re.search(r"script-src 'sha256-([^']+)'", html)[1]
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.S)
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() == allowed
    assert "default-src 'none'" in html


@pytest.mark.parametrize("fold", [None, ()])
def test_500_operations_are_less_than_a_megabyte(fold):
    assert len(draw(chain(500), fold=fold).html().encode()) <= 1_000_000


def test_the_assets_are_in_the_package():
    for name in (*visualize.page.html.SCRIPTS, "page.css"):
        asset = visualize.page.html._asset(name)
        assert "</" not in asset
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", asset)


def test_numbers_are_those_at_the_time_of_drawing():
    x = Node(np.array([1.0, 2.0]), name="x")
    y = np.sum(x * x)
    y.backward()
    diagram = draw(y)
    before = content(draw(y).html())
    x.value[:] = 7.0
    x.grad = None
    assert content(diagram.html()) == before
    assert before["views"][0]["parts"]["w0"]["gradient"]["rows"] == [["2", "4"]]


# --- what it holds -------------------------------------------------------------------------------


def test_steps_are_those_of_the_lecture():
    view = content(draw(graph("sum_times")).html())["views"][0]
    assert [step["kind"] for step in view["steps"]] == (
        ["structure", "inputs", "value", "value", "seed"] + ["gradient"] * 4
    )
    assert view["steps"][5]["text"] == "∂v/∂z = 1 · 4 = 4"
    known = set(re.findall(r'data-part="([^"]+)"', view["svg"]))
    for step in view["steps"]:
        assert {half.split(".")[0] for half in step["show"] if half[0] == "w"} <= known
        assert set(step["highlighted"]) <= known
        assert set(step["lines"]) <= known


def test_every_number_of_the_picture_belongs_to_a_step():
    for local_gradients in (False, True):
        for theme in ("lecture", "micrograd"):
            diagram = draw(graph("neural_chain"), local_gradients=local_gradients, theme=theme)
            view = content(diagram.html())["views"][0]
            shown = {half for step in view["steps"] for half in step["show"]}
            drawn = set()
            for group in ET.fromstring(view["svg"]).iter("{http://www.w3.org/2000/svg}g"):
                for text in group:
                    words = (text.get("class") or "").split()
                    if words and words[-1] in ("value", "gradient", "local"):
                        drawn.add(f"{group.get('data-part')}.{words[0]}")
            assert drawn <= shown
            assert {half for half in shown if half[0] == "w"} <= drawn


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("theme", THEMES)
def test_values_and_gradients_are_told_apart(rankdir, theme):
    x = Node(np.array([[1.0, np.nan], [3.0, 4.0]]), name="grad")
    root = np.sum(x * 3.0)
    root.backward()
    svg = content(draw(root, rankdir=rankdir, theme=theme).html())["views"][0]["svg"]
    (wire,) = re.findall(r'data-part="w0">(.*?)</g>', svg)
    assert re.findall(r'class="v (?:value|warning)"[^>]*>([^<]*)<', wire)[-4:] == [
        "1", "nan", "3", "4"
    ]  # fmt: skip
    assert re.findall(r'class="g gradient"[^>]*>([^<]*)<', wire) == ["3"] * 4


def test_a_compact_svg_has_no_ids_links_or_colours():
    theme = THEMES["lecture"]
    svg, _ = render(draw(graph("sum_times"), theme=marked(theme)).source, "svg")
    small = compact(svg, Look(theme))
    assert len(small) < 0.6 * len(svg)
    assert not re.search(r"\bid=|href|style|#[0-9a-f]{6}|script", small)


def test_not_finite_and_missing_numbers_are_json():
    x = Node(np.array([np.nan, np.inf, -np.inf, 0.0]), name="x")
    y = Node(np.inf, name="y") * 1.0
    with np.errstate(all="ignore"):
        root = np.sum(x * y)
    parts = content(draw(root).html())["views"][0]["parts"]
    (about_x,) = (facts for facts in parts.values() if facts["title"] == "x")
    assert about_x["value"]["rows"] == [["nan", "inf", "-inf", "0"]]
    assert about_x["value"]["warning"]
    assert "gradient" not in about_x


def test_a_large_array_says_what_it_holds():
    x = Node(np.arange(200.0).reshape(20, 10), name="X")
    parts = content(draw(np.sum(x)).html())["views"][0]["parts"]
    assert parts["w0"]["about"] == [["shape", "20×10"], ["dtype", "float64"]]
    assert parts["w0"]["value"]["text"] == "min 0  mean 99.5  max 199  std 57.73"
    rows = parts["w0"]["value"]["rows"]
    assert rows[0] == ["0", "1", "2", "3", "4", "5", "…"]
    assert (len(rows), rows[-1]) == (7, ["⋮"])


def test_operations_say_what_they_pass_back():
    parts = content(draw(graph("sum_times")).html())["views"][0]["parts"]
    (product,) = (facts for facts in parts.values() if facts["kind"] == "operation multiply")
    assert [row[:3] for row in product["inputs"]] == [
        ["q", "-2", "1 · (-2) = -2"],
        ["z", "4", "1 · 4 = 4"],
    ]
    without = content(draw(graph("sum_times"), gradients=False).html())["views"][0]
    assert "gradient" not in str(without["parts"])
    assert without["steps"][-1]["kind"] == "value"


def test_graphs_too_large_to_read_have_no_steps(monkeypatch):
    y = Node(0.5, name="x")
    for _ in range(700):
        y = y * 1.01
    view = content(draw(y, fold=()).html())["views"][0]
    assert view["steps"] == []
    assert view["parts"]["w0"]["title"] == "x"


@pytest.mark.parametrize(("rows", "columns", "shown"), [
    (6, 6, (6, 6)), (7, 6, (7, 6)), (6, 7, (6, 7)), (8, 9, (7, 7))
])  # fmt: skip
def test_the_table_of_an_array_ends_where_the_array_does(rows, columns, shown):
    x = Node(np.arange(float(rows * columns)).reshape(rows, columns), name="X")
    table = content(draw(np.sum(x)).html())["views"][0]["parts"]["w0"]["value"]["rows"]
    assert (len(table), len(table[0])) == shown
    assert (table[-1] == ["⋮"]) == (rows > 6)
    assert (table[0][-1] == "…") == (columns > 6)
    assert table[5][:6] == [f"{columns * 5 + n}" for n in range(6)]


def test_a_part_knows_the_step_of_its_gradient():
    view = content(draw(graph("sum_times")).html())["views"][0]
    texts = {
        facts["title"]: view["steps"][facts["step"]]["text"].split(" = ")[0]
        for part, facts in view["parts"].items()
        if "step" in facts
    }
    assert texts == {name: f"∂v/∂{name}" for name in "qzxy"}  # v has the 1 that it starts with


def test_a_step_marks_the_lines_that_it_works_with():
    view = content(draw(graph("sum_times")).html())["views"][0]
    parts = {facts["title"]: part for part, facts in view["parts"].items()}
    edges = {wire: edge for edge, wire in view["edges"].items()}
    lines = {step["text"].split(" = ")[0]: set(step["lines"]) for step in view["steps"]}
    q, v, x, y, z = (parts[name] for name in "qvxyz")
    assert lines["q"] == {edges[x], edges[y], f"from_{q}"}
    assert lines["v"] == {edges[q], edges[z], f"from_{v}"}
    assert lines["∂v/∂q"] == {edges[q], f"from_{v}"}
    assert lines["∂v/∂x"] == {edges[x], f"from_{q}"}


def test_a_wire_that_is_cut_is_the_same_at_its_other_end(monkeypatch):
    monkeypatch.setattr(visualize.layout.wires, "MOST_DETOURS", 0)
    w = Node(2.0, name="w")
    diagram = draw(np.tanh(np.tanh(w * 3.0)) * w)
    view = content(diagram.html())["views"][0]
    ((cut, facts),) = ((p, facts) for p, facts in view["parts"].items() if "same" in facts)
    assert view["parts"][facts["same"]]["title"] == "w"
    first = next(step for step in view["steps"] if f"{facts['same']}.v" in step["show"])
    assert f"{cut}.v" in first["show"]


# --- folds ---------------------------------------------------------------------------------------


def two_layers():
    x = Node(0.5, name="x")
    for number in range(2):
        with scope(f"layer {number}"):
            x = x * Node(2.0, name=f"w{number}")
            with scope("sigmoid"):
                x = 1 / (1 + exp(-x))
    x.backward()
    return x


def test_a_click_changes_one_fold_alone():
    root = graph("sigmoid_neuron")
    data = content(draw(root, fold=1).html())
    assert len(data["views"]) == 2
    assert list(data["views"][0]["opens"].values()) == [1]
    (frame,) = data["views"][1]["frames"]
    assert (frame["name"], frame["view"]) == ("sigmoid", 0)
    assert len([part for part in frame["parts"] if part[0] == "o"]) == 4


def test_folds_of_nested_scopes_lead_through_all_levels():
    views = content(draw(two_layers()).html())["views"]
    reached, new = {0}, [0]
    while new:
        view = views[new.pop()]
        for target in [*view["opens"].values(), *(frame["view"] for frame in view["frames"])]:
            if target not in reached:
                reached.add(target)
                new.append(target)
    assert reached == set(range(len(views))) == {0, 1, 2}


def test_large_graphs_open_as_far_as_there_is_room():
    views = content(draw(chain(500)).html())["views"]
    assert 1 <= len(views) <= visualize.page.views.MOST_VIEWS
    y = chain(20_000)
    assert len(content(draw(y).html())["views"]) == 1


def test_large_arrays_are_summed_up_once(monkeypatch):
    monkeypatch.setattr(visualize.page.views, "MOST_ENTRIES", 5)
    with scope("twice"):
        y = Node(np.ones(4), name="x") * 2.0
    assert len(content(draw(y).html())["views"]) == 1


def side_by_side():
    """Two scopes that open one by one."""
    x = Node(0.5, name="x")
    for name in ("one", "two"):
        with scope(name):
            x = np.tanh(x * Node(2.0, name=f"w {name}"))
    return x


def test_a_click_opens_or_closes_one_scope_alone():
    views = content(draw(side_by_side(), fold=1).html())["views"]
    folds = [{view["parts"][box]["title"] for box in view["opens"]} for view in views]
    assert sorted(map(sorted, folds)) == [[], ["one"], ["one", "two"], ["two"]]
    for view, here in zip(views, folds, strict=True):
        for box, target in view["opens"].items():
            assert folds[target] == here - {view["parts"][box]["title"]}
        for frame in view["frames"]:
            assert folds[frame["view"]] == here | {frame["name"]}
        assert {frame["name"] for frame in view["frames"]} == {"one", "two"} - here


def test_a_frame_holds_its_operations_and_the_wires_between_them():
    views = content(draw(side_by_side(), fold=1).html())["views"]
    view = next(view for view in views if not view["opens"])
    (frame,) = (frame for frame in view["frames"] if frame["name"] == "one")
    kinds = sorted(view["parts"][part]["kind"] for part in frame["parts"])
    # The result of tanh goes to the other scope.
    assert kinds == ["operation multiply", "operation tanh", "result of multiply"]
    assert [view["parts"][leaf]["title"] for leaf in frame["leaves"]] == ["x", "w one"]


@pytest.mark.parametrize("fold", [0, 1, 2, None])
def test_every_level_is_reached_from_every_other(fold):
    views = content(draw(two_layers(), fold=fold).html())["views"]
    kinds = [[facts.get("kind", "") for facts in view["parts"].values()] for view in views]
    folds = [sum(kind.startswith("fold of") for kind in each) for each in kinds]
    assert {0, 2} <= set(folds)  # all open, and both layers or both sigmoids folded
    for start in range(len(views)):
        reached, new = {start}, [start]
        while new:
            view = views[new.pop()]
            for target in [*view["opens"].values(), *(f["view"] for f in view["frames"])]:
                if target not in reached:
                    reached.add(target)
                    new.append(target)
        # The graph as one box is no scope: once opened it can't be closed.
        assert reached >= {n for n in range(len(views)) if n or fold != 0}


# --- looks ---------------------------------------------------------------------------------------


def test_light_and_dark():
    data = content(draw(graph("sum_times")).html())
    assert data["scheme"] is None
    assert data["colours"]["light"]["value"] == "#007a00"
    assert data["colours"]["dark"]["value"] == "#5fd35f"
    dark = content(draw(graph("sum_times"), theme="dark").html())
    assert dark["scheme"] == "dark"
    assert dark["colours"] == data["colours"]
    blue = content(draw(graph("sum_times"), theme="colour-blind").html())
    assert blue["colours"]["light"]["value"] == "#0072b2"


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=lambda text: ascii(text[:20]))
def test_names_are_text(name, shown):
    html = draw(hostile(name), fold=1).html()
    html.encode()
    data = content(html)
    assert any(
        facts.get("title", "")[:39] == shown[:39] for facts in data["views"][0]["parts"].values()
    )
    assert html.count("<script") == html.count("</script>") == 2
    outside = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    assert set(re.findall(r"<(\w+)", outside)) <= {
        "html", "head", "meta", "title", "style", "body", "img"
    }  # fmt: skip
    for view in data["views"]:
        elements = {element.tag.rpartition("}")[2] for element in ET.fromstring(view["svg"]).iter()}
        assert elements <= {"svg", "g", "polygon", "polyline", "path", "ellipse", "text"}


def test_nothing_ends_the_script_element():
    evil = "</script><!--<script>\u2028\u2029&amp;\ud800"
    text = embedded({"name": evil, "grad": None})
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == {"name": evil, "grad": None}
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded(float("nan"))


def test_each_display_has_ids_of_its_own():
    diagram = draw(Node(2.0, name="x") * 3.0)
    one, other = (diagram._repr_mimebundle_()["text/html"] for _ in range(2))
    tokens = [re.search(r'data-graph="(\w+)"', text)[1] for text in (one, other)]
    assert tokens[0] != tokens[1]
    assert one.count(tokens[0]) == 2
    assert one.startswith("<img src=")
    assert not re.search(r'\bid="', one)
