"""The interactive page as a text: what is in it, and that nothing in it breaks out."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import numpy as np
import pytest
from test_hostile_names import NAMES, hostile, registry  # noqa: F401  (a fixture)
from test_worked_examples import GRAPHS, graph

import visualize.layout.detours
import visualize.page.html
import visualize.page.views
from autograd_core import Node, exp, scope
from visualize import draw
from visualize.page.shell import embedded


def content(html):
    """The data inside a page."""
    (found,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.S)
    found = re.sub("[\ue000-\ue002]", "", found)  # where indices begin and end
    return json.loads(found, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def first(html):
    """The sheet that a page shows at first, with the facts about its parts and its steps."""
    data = content(html)
    sheet = data["sheets"][data["first"]["sheet"]]
    steps = [
        {"kind": kind, "wire": wire, "text": data["texts"][text], "chain": data["texts"][chain]}
        for kind, wire, text, chain, _ in sheet.get("steps", [])
    ]
    return sheet | {"parts": data["parts"], "steps": steps, "looks": data["looks"]}


def texts(sheet, part=None):
    """The texts of a sheet, or of a part, each with its look."""
    for name, *shapes in sheet["shapes"]:
        for look, *shape in shapes:
            if sheet["looks"][look]["kind"] == "text" and part in (None, name):
                runs = shape[2] if isinstance(shape[2], str) else "".join(r[0] for r in shape[2])
                yield name, runs, sheet["looks"][look]


def about(html, title):
    """What a page says about the part of that name."""
    (facts,) = (facts for facts in content(html)["parts"].values() if facts["title"] == title)
    return facts


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


def test_numbers_are_those_at_the_time_of_drawing():
    x = Node(np.array([1.0, 2.0]), name="x")
    y = np.sum(x * x)
    y.backward()
    diagram = draw(y)
    before = content(draw(y).html())
    x.value[:] = 7.0
    x.grad = None
    assert content(diagram.html()) == before
    assert about(draw(y, fold=()).html(), "x")["value"]["rows"] == [["7", "7"]]
    assert about(diagram.html(), "x")["gradient"]["rows"] == [["2", "4"]]


# --- what it holds -------------------------------------------------------------------------------


def test_steps_are_those_of_the_lecture():
    sheet = first(draw(graph("sum_times")).html())
    assert [step["kind"] for step in sheet["steps"]] == (
        ["structure", "inputs", "value", "value", "seed"] + ["gradient"] * 4
    )
    assert "∂v/∂q = 1 · (-2) = -2" in [step["text"] for step in sheet["steps"]]
    assert {step["wire"] for step in sheet["steps"]} - {""} <= sheet["wires"].keys()


@pytest.mark.parametrize("theme", ["lecture", "micrograd"])
@pytest.mark.parametrize("local_gradients", [False, True])
def test_every_number_of_the_picture_belongs_to_a_step(theme, local_gradients):
    diagram = draw(graph("neural_chain"), local_gradients=local_gradients, theme=theme)
    sheet = first(diagram.html())
    value = {step["wire"] for step in sheet["steps"] if step["kind"] == "value"}
    value |= {wire for wire, box in sheet["wires"].items() if not box}  # the inputs
    gradient = {step["wire"] for step in sheet["steps"] if step["kind"] in ("seed", "gradient")}
    for part, _, look in texts(sheet):
        if look.get("half") == "v" and part[0] == "w":
            assert part in value
        elif look.get("half") == "g" and part[0] == "w":
            assert part in gradient
        elif look["fill"] in ("value", "gradient", "local"):
            assert part in sheet["edges"] or theme == "micrograd"
    assert value == gradient == sheet["wires"].keys()


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("theme", ["lecture", "colour-blind", "dark"])
def test_values_and_gradients_are_told_apart(rankdir, theme):
    x = Node(np.array([[1.0, np.nan], [3.0, 4.0]]), name="grad")
    root = np.sum(x * 3.0)
    root.backward()
    sheet = first(draw(root, rankdir=rankdir, theme=theme).html())
    (wire,) = (part for part, facts in sheet["parts"].items() if facts["title"] == "grad")
    numbers = {"v": [], "g": []}
    for _, text, look in texts(sheet, wire):
        if "half" in look and text not in "[]":
            numbers[look["half"]].append(text)
    assert sorted(numbers["v"]) == ["1", "3", "4", "nan"]
    assert numbers["g"] == ["3"] * 4


def test_a_sheet_has_no_colours_but_those_of_its_theme():
    html = draw(graph("sum_times")).html()
    for look in content(html)["looks"]:
        assert {look.get("fill"), look.get("stroke")} <= {
            None, "value", "gradient", "text", "line", "fill"
        }  # fmt: skip
    assert len(json.dumps(first(html)["shapes"])) < 0.4 * len(draw(graph("sum_times")).svg())


def test_not_finite_and_missing_numbers_are_json():
    x = Node(np.array([np.nan, np.inf, -np.inf, 0.0]), name="x")
    y = Node(np.inf, name="y") * 1.0
    with np.errstate(all="ignore"):
        root = np.sum(x * y)
    parts = content(draw(root).html())["parts"]
    (about_x,) = (facts for facts in parts.values() if facts["title"] == "x")
    assert about_x["value"]["rows"] == [["nan", "inf", "-inf", "0"]]
    assert about_x["value"]["warning"]
    assert "gradient" not in about_x


def test_a_large_array_says_what_it_holds():
    x = Node(np.arange(200.0).reshape(20, 10), name="X")
    facts = about(draw(np.sum(x)).html(), "X")
    assert facts["about"] == [["shape", "20×10"], ["dtype", "float64"]]
    assert facts["value"]["text"] == "min 0  mean 99.5  max 199  std 57.73"
    rows = facts["value"]["rows"]
    assert rows[0] == ["0", "1", "2", "3", "4", "5", "…"]
    assert (len(rows), rows[-1]) == (7, ["⋮"])


def test_operations_say_what_they_pass_back():
    parts = content(draw(graph("sum_times")).html())["parts"]
    (product,) = (facts for facts in parts.values() if facts["kind"] == "operation multiply")
    assert [row[:3] for row in product["inputs"]] == [
        ["q", "-2", "1 · (-2) = -2"],
        ["z", "4", "1 · 4 = 4"],
    ]
    without = first(draw(graph("sum_times"), gradients=False).html())
    assert "gradient" not in str(without["parts"])
    assert without["steps"][-1]["kind"] == "value"


def test_graphs_too_large_to_read_have_no_steps():
    y = Node(0.5, name="x")
    for _ in range(700):
        y = y * 1.01
    sheet = first(draw(y, fold=()).html())
    assert sheet["steps"] == []
    assert sheet["parts"]["w0"]["title"] == "x"


@pytest.mark.parametrize(("rows", "columns", "shown"), [
    (6, 6, (6, 6)), (7, 6, (7, 6)), (6, 7, (6, 7)), (8, 9, (7, 7))
])  # fmt: skip
def test_the_table_of_an_array_ends_where_the_array_does(rows, columns, shown):
    x = Node(np.arange(float(rows * columns)).reshape(rows, columns), name="X")
    table = about(draw(np.sum(x)).html(), "X")["value"]["rows"]
    assert (len(table), len(table[0])) == shown
    assert (table[-1] == ["⋮"]) == (rows > 6)
    assert (table[0][-1] == "…") == (columns > 6)
    assert table[5][:6] == [f"{columns * 5 + n}" for n in range(6)]


def test_a_wire_that_is_cut_is_the_same_at_its_other_end(monkeypatch):
    monkeypatch.setattr(visualize.layout.detours, "MOST_DETOURS", 0)
    w = Node(2.0, name="w")
    sheet = first(draw(np.tanh(np.tanh(w * 3.0)) * w).html())
    ((cut, wire),) = sheet["same"].items()
    assert sheet["parts"][wire]["title"] == "w"
    assert [text for _, text, _ in texts(sheet, cut)] == ["w"]
    assert cut in [source for source, _ in sheet["edges"].values()]


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


def folds(data, sheet):
    """The names of the boxes of a sheet that open."""
    boxes = data["sheets"][sheet].get("boxes", {})
    return sorted(data["scopes"][box][0] for box in boxes if box in data["sheets"])


def inside(data, name):
    """The sheets of what is in folds of a name."""
    return [
        data["sheets"][fold]
        for fold, (known, _) in data["scopes"].items()
        if known == name and fold in data["sheets"]
    ]


def test_each_fold_has_a_sheet_of_its_own():
    data = content(draw(two_layers(), fold=1).html())
    assert data["first"] == {"sheet": "", "open": []}
    assert folds(data, "") == ["layer 0", "layer 1"]
    assert len(data["sheets"]) == 5
    for layer in (*inside(data, "layer 0"), *inside(data, "layer 1")):
        assert len(layer["boxes"]) == 1
        assert len(layer["ports"]) == 2
        assert len(layer["results"]) == 1
    for sigmoid in inside(data, "sigmoid"):
        assert len({box for _, box in sigmoid["edges"].values()}) == 4


def test_two_layers_of_one_name_are_two():
    x = Node(0.5, name="x")
    for _ in range(3):
        with scope("layer"):
            x = np.tanh(x * 2.0)
    data = content(draw(x, fold=1).html())
    assert folds(data, "") == ["layer"] * 3
    assert len(inside(data, "layer")) == 3


@pytest.mark.parametrize("fold", [0, 1, 2, None])
def test_every_fold_opens_and_closes(fold):
    data = content(draw(two_layers(), fold=fold).html())
    assert folds(data, "") == ([] if fold == 0 else ["layer 0", "layer 1"]) or fold == 0
    opened = {data["scopes"][box][0] for box in data["first"]["open"]}
    assert opened == {
        0: set(), 1: set(), 2: {"layer 0", "layer 1"}, None: {"layer 0", "layer 1", "sigmoid"}
    }[fold]  # fmt: skip
    assert {name for name, _ in data["scopes"].values()} >= {"layer 0", "layer 1", "sigmoid"}
    sheets = data["sheets"].keys() - {"", "first"}
    reached = {box for sheet in data["sheets"].values() for box in sheet.get("boxes", {})}
    assert sheets <= reached
    assert len(sheets) == (5 if fold == 0 else 4)


def test_open_scopes_have_their_frames_in_the_first_view():
    data = content(draw(graph("sigmoid_neuron")).html())
    assert data["first"]["sheet"] == "first"
    ((box, name, left, top, right, bottom),) = data["sheets"]["first"]["frames"]
    assert (name, data["first"]["open"]) == ("sigmoid", [box])
    facts = data["parts"]
    for part, (x0, y0, x1, y1) in data["sheets"]["first"]["units"].items():
        inside = left <= x0 and x1 <= right and top <= y0 and y1 <= bottom
        assert inside == (facts[part].get("scope") == box)


@pytest.mark.parametrize(("entries", "shown"), [(100, True), (101, False)])
def test_local_gradients_of_large_arrays_are_not_computed(entries, shown):
    y = np.tanh(Node(np.linspace(0.0, 1.0, entries), name="x"))
    parts = content(draw(y).html())["parts"].values()
    assert any("inputs" in facts for facts in parts) == shown


def test_brackets_of_arrays_inside_come_with_their_numbers():
    x, w = Node(np.eye(2), name="X"), Node(np.ones((2, 2)), name="W")
    with scope("layer"):
        y = np.tanh(x @ w)
    root = np.sum(y**2)
    root.backward()
    data = content(draw(root, fold=1).html())
    (sheet,) = inside(data, "layer")
    looks = [data["looks"][look] for _, *shapes in sheet["shapes"] for look, *_ in shapes]
    brackets = [look for look in looks if look.get("stroke") in ("value", "gradient")]
    assert len(brackets) == 4  # left and right, of value and gradient
    assert all(look.get("half") == look["stroke"][0] for look in brackets)


def test_operations_between_constants_have_no_table():
    root = Node(3.0, name="x") * Node(2.0, name="c", requires_grad=False)
    kept = Node(1.0, requires_grad=False) * 2.0 + root
    parts = content(draw(kept).html())["parts"].values()
    tables = [facts["inputs"] for facts in parts if "inputs" in facts]
    assert all(any(row[1] not in ("", "constant") for row in table) for table in tables)
    assert len(tables) == 2


@pytest.mark.parametrize(
    ("value", "kept"), [(2.0, []), (np.float32(2.0), ["dtype"]), (np.ones(3), ["shape", "dtype"])]
)
def test_the_panel_says_of_arrays_what_they_are(value, kept):
    data = content(draw(Node(value, name="x") * 2.0).html())
    about = next(facts for facts in data["parts"].values() if facts["title"] == "x")["about"]
    assert [name for name, _ in about if name in ("shape", "dtype")] == kept


def test_a_fold_with_many_parameters_has_them_inside():
    with scope("sum"):
        y = sum(Node(float(n), name=f"p{n}") for n in range(12))
    data = content(draw(y, fold=1).html())
    (sheet,) = inside(data, "sum")
    outer = data["sheets"][""]
    titles = {facts["title"]: part for part, facts in data["parts"].items()}
    stays = {source for source, _ in outer["edges"].values()} & set(sheet["ports"])
    assert stays == {titles["p0"], titles["p1"], titles["p2"]}
    assert titles["p11"] in sheet["wires"]
    assert titles["p11"] not in outer["wires"]


def test_large_graphs_open_as_far_as_there_is_room():
    assert len(content(draw(chain(500)).html())["sheets"]) > 200
    assert len(content(draw(chain(20_000)).html())["sheets"]) == 1


def test_what_has_no_room_stays_closed(monkeypatch):
    monkeypatch.setattr(visualize.page.html, "MOST_LETTERS", 4_000)
    data = content(draw(two_layers(), fold=1).html())
    assert "" in data["sheets"]
    assert len(data["sheets"]) < 5
    data = content(draw(two_layers(), fold=()).html())
    assert (list(data["sheets"]), data["first"]) == ([""], {"sheet": "", "open": []})


def test_large_arrays_are_summed_up_once(monkeypatch):
    monkeypatch.setattr(visualize.page.views, "MOST_ENTRIES", 5)
    with scope("twice"):
        y = Node(np.ones(4), name="x") * 2.0
    assert len(content(draw(y).html())["sheets"]) == 1


def test_a_leaf_of_two_folds_runs_into_both():
    w = Node(2.0, name="w")
    x = Node(0.5, name="x")
    for name in ("one", "two"):
        with scope(name):
            x = np.tanh(x * w)
    data = content(draw(x, fold=1).html())
    titles = {facts["title"]: part for part, facts in data["parts"].items()}
    for name in ("one", "two"):
        (sheet,) = inside(data, name)
        assert titles["w"] in sheet["ports"]


def test_an_array_of_the_expression_runs_into_a_fold():
    x = np.ones((4, 3))
    with scope("layer"):
        y = x @ Node(np.ones((3, 2)), name="W")
    data = content(draw(y, fold=1).html())
    (sheet,) = inside(data, "layer")
    sources = {source for source, _ in data["sheets"][""]["edges"].values()}
    assert sources == sheet["ports"].keys()
    assert sorted(part[0] for part in sources) == ["c", "w"]


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
    assert any(facts.get("title", "")[:39] == shown[:39] for facts in data["parts"].values())
    assert html.count("<script") == html.count("</script>") == 2
    outside = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    assert set(re.findall(r"<(\w+)", outside)) <= {
        "html", "head", "meta", "title", "style", "body", "img"
    }  # fmt: skip


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
