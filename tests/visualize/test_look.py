"""The look of the lecture, read back from the SVG."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from geometry import sheet_of
from svg_reader import GRADIENT, LOCAL, VALUE, WARNING, read, tooltips

import autograd_core as ac
from autograd_core import Node
from nn import FullyConnected, NeuralNetwork
from visualize import THEMES, Theme, draw, scalar_network
from visualize.graph.labels import circle_label
from visualize.style import LECTURE


def first_example():
    x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    q = x + y
    q.name = "q"
    v = q * z
    v.name = "v"
    return v


def test_every_node_is_drawn_once():
    drawing = read(draw(first_example()).svg())
    assert drawing.circles == ["+", "*"]
    assert sorted(part.title for part in drawing.parts if not part.circle) == list("qvxyz")
    assert drawing.branches == 5
    assert len(draw(first_example()).svg().split("<path")) == 1 + 5  # one for each wire


def test_nothing_stands_below_a_wire_before_backward():
    v = first_example()
    before = read(draw(v).svg())
    assert not any(part.colour(GRADIENT) for part in before.parts)
    v.backward()
    after = read(draw(v).svg())
    assert [after.wire(name).colour(GRADIENT) for name in "xyzqv"] == [
        ["-2"], ["-2"], ["4"], ["-2"], ["1"]
    ]  # fmt: skip
    assert not any(part.colour(GRADIENT) for part in read(draw(v, gradients=False).svg()).parts)


def test_value_above_gradient_and_name_at_the_left():
    v = first_example()
    v.backward()
    wire = read(draw(v).svg()).wire("x")
    name, value, gradient = wire.texts
    assert (name.content, value.content, gradient.content) == ("x", "3", "-2")
    assert value.y < gradient.y
    assert name.x < value.x
    assert value.y < name.y < gradient.y
    assert (value.colour, gradient.colour) == (VALUE, GRADIENT)
    assert [text.content for text in read(draw(v).svg()).wire("q").texts] == ["q =", "4", "-2"]


def test_the_drawing_shows_the_moment_it_was_made():
    v = first_example()
    diagram = draw(v)
    v.backward()
    assert not any(part.colour(GRADIENT) for part in read(diagram.svg()).parts)


def test_a_plus_a_shows_two_wires():
    a = Node(3.0, name="a")
    drawing = read(draw(a + a).svg())
    assert drawing.circles == ["+"]
    assert drawing.branches == 1 + 2
    assert drawing.wire("a").dots == 1


def test_cells_of_records_have_outlines():
    shapes = sheet_of(draw(first_example(), theme="micrograd")).shapes
    cells = [shape for shape in shapes if shape.kind == "rectangle"]
    assert len(cells) == 5 * 2  # of five wires the name and the value
    assert {(cell.fill, cell.stroke) for cell in cells} == {("fill", "line")}


def test_formulas_of_a_layer_are_smaller_than_its_name():
    layer = FullyConnected(2, 2)
    layer.name = "hidden"
    network = NeuralNetwork([layer], seed=1)
    shapes = sheet_of(draw(network.forward(np.ones((1, 2))), fold=1)).shapes
    sizes = {
        shape.size: shape.text for shape in shapes if shape.kind == "text" and shape.part == "o0"
    }
    assert max(sizes) == 13 > min(sizes)
    assert sizes[13] == "hidden"


def test_zero_has_no_sign():
    texts = read(draw(Node(-0.0, name="x") * 0.5).svg()).texts
    assert texts.count("0") == 2
    assert "-0" not in texts


def test_number_format():
    assert "0.667" in read(draw(Node(2 / 3), number_format=".3f").svg()).texts
    with pytest.raises(ValueError, match=r"number_format expects a format .* got '.4q'"):
        draw(Node(1.0), number_format=".4q")


@pytest.mark.parametrize(
    ("expression", "label"),
    [
        (lambda u: 1 / u, "1/x"),
        (lambda u: 1.0 + u, "+1"),
        (lambda u: u + 1, "+1"),
        (lambda u: u + (-3), "+(-3)"),
        (lambda u: u - 3, "-3"),
        (lambda u: 3 - u, "3-x"),
        (lambda u: -u, "*-1"),
        (lambda u: u * -1, "*-1"),
        (lambda u: 0.5 * u, "*0.5"),
        (lambda u: u / 2, "/2"),
        (lambda u: u**2, "**2"),
        (lambda u: 2**u, "2**x"),
        (lambda u: np.maximum(u, 0), "max(0, x)"),
        (lambda u: ac.exp(u), "exp"),
        (lambda u: u * u, "*"),
    ],
)
def test_constants_fold_into_the_circle(expression, label):
    drawing = read(draw(expression(Node(2.0, name="u"))).svg())
    assert drawing.circles == [label]
    assert len(drawing.parts) == 3


def test_index_stands_in_the_circle():
    x = Node(np.arange(4.0))
    assert read(draw(x[1:3]).svg()).circles == ["[1:3]"]


def test_other_constants_are_plain_text():
    x = Node(np.ones((2, 2)), name="x")
    root = np.sum(x * np.array([[1.0, 2.0], [3.0, 4.0]]) + Node(7.0, requires_grad=False))
    root.backward()
    (matrix,) = [
        p for p in read(draw(root).svg()).parts if p.title == "constant" and len(p.texts) == 4
    ]
    assert [text.content for text in matrix.texts] == ["1", "2", "3", "4"]
    assert {text.colour for text in matrix.texts} == {"#000000"}
    assert ["7"] in [[t.content for t in p.texts] for p in read(draw(root).svg()).parts]


def test_small_arrays_show_their_entries():
    x = Node(np.arange(16.0).reshape(4, 4), name="x")
    np.sum(x * x).backward()
    wire = read(draw(x).svg()).wire("x")
    assert wire.colour(VALUE) == [str(n) for n in range(16)]
    assert wire.colour(GRADIENT) == [str(2 * n) for n in range(16)]


def test_large_arrays_are_summed_up():
    x = Node(np.arange(20.0).reshape(4, 5), name="x")
    np.sum(x).backward()
    wire = read(draw(x).svg()).wire("x")
    assert wire.colour(VALUE) == ["4×5", "0 … 19"]
    assert wire.colour(GRADIENT) == ["1"]


def test_empty_and_deep_arrays_and_other_dtypes():
    for array in (np.zeros((0, 3)), np.zeros((2, 2, 2), np.float32), np.float16(0.5)):
        assert read(draw(Node(array, name="x")).svg()).wire("x").colour(VALUE)
    mask = Node(np.array([1.0, -1.0])) > 0
    assert "True" in read(draw(mask).svg()).texts


def test_tooltip_says_everything():
    x = Node(np.arange(20.0), name="x")
    with ac.scope("layer"):
        y = np.sum(x, axis=0)
    y.backward()
    tips = "\n".join(tooltips(draw(y).svg()))
    for words in ("name: x", "shape: (20,)", "dtype: float64", "mean 9.5", "gradient:",
                  "operation: sum", "axis: 0", "scope: layer"):  # fmt: skip
        assert words in tips, words


def test_not_finite_is_marked():
    x = Node(0.0, name="x")
    with np.errstate(divide="ignore"):
        y = 2.0 * ac.log(x)
    drawing = read(draw(y).svg())
    assert [text for part in drawing.parts for text in part.colour(WARNING) if "inf" in text] == [
        "-inf",
        "-inf",
    ]
    assert "first value that is not finite" in drawing.texts
    assert [part.texts[0].content for part in drawing.parts if part.outline == WARNING] == ["log"]


def test_not_finite_entries_and_gradients():
    assert read(draw(Node([1.0, np.nan], name="x")).svg()).wire("x").colour(WARNING)[-1] == "nan"
    large = Node([*range(9), np.inf], name="x", requires_grad=False)
    assert "1 inf" in read(draw(large + 0.0).svg()).wire("x").texts[-1].content
    x = Node(0.0, name="x")
    with np.errstate(all="ignore"):
        y = x**0.5
        y.backward()
    assert "first gradient that is not finite" in read(draw(y).svg()).texts


def test_local_gradients_and_what_branches_contribute():
    a = Node(3.0, name="a")
    c = (a + a) * a
    c.backward()
    drawing = read(draw(c, local_gradients=True).svg())
    branches = [part for part in drawing.parts if part.colour(LOCAL)]
    assert sorted((p.colour(LOCAL)[0], "".join(p.colour(GRADIENT))) for p in branches) == [
        ("1", "3"), ("1", "3"), ("3", ""), ("6", "6")
    ]  # fmt: skip
    assert drawing.wire("a").colour(GRADIENT) == ["12"]


def test_contributions_are_summed_where_an_input_was_repeated():
    b = Node([1.0, 2.0], name="b")
    x = Node(np.ones((3, 2)), name="x", requires_grad=False)
    root = np.sum((x + b) * b)
    root.backward()
    parts = read(draw(root, local_gradients=True).svg()).parts
    contributions = [p.colour(GRADIENT) for p in parts if p.colour(LOCAL) and p.colour(GRADIENT)]
    total = np.sum([np.array(c, float) for c in contributions], axis=0)
    assert total.tolist() == b.grad.tolist()


def test_the_backward_graph_is_a_graph():
    x = Node(2.0, name="x")
    (x**3).backward(create_graph=True)
    drawing = read(draw(x.grad).svg())
    assert "12" in drawing.texts
    draw(x)  # whose gradient is a node


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("theme", THEMES)
def test_every_direction_in_every_theme(rankdir, theme):
    v = first_example()
    v.backward()
    look = THEMES[theme]
    wire = read(draw(v, rankdir=rankdir, theme=theme, local_gradients=True).svg()).wire("x")
    assert wire.colour(look.value) == ["3"]
    assert wire.colour(look.gradient) == ["-2"]


def test_themes_are_checked():
    assert draw(Node(1.0), theme=Theme(value="#123456")).svg().count("#123456") == 1
    with pytest.raises(ValueError, match=r"theme expects one of 'lecture', .* got 'blue'"):
        draw(Node(1.0), theme="blue")
    with pytest.raises(ValueError, match=r"Theme\(value=...\) expects a colour"):
        Theme(value='red" URL="javascript:alert(1)')
    with pytest.raises(ValueError, match="expects 'line' or 'record'"):
        Theme(wires="double")
    with pytest.raises(ValueError, match="expects points above 0"):
        Theme(font_size=0)


@pytest.mark.parametrize(("argument", "value"), [
    ("number_format", ".2f"), ("rankdir", "TB"), ("leaves", "column"), ("gradients", False),
    ("local_gradients", True), ("aspect", 1.5), ("grid", 8), ("names", True), ("symbolic", True),
    ("function_boxes", True), ("outlines", True),
])  # fmt: skip
def test_each_argument_changes_what_it_says_alone(argument, value):
    look = draw(first_example(), **{argument: value})._drawing.look
    assert look == replace(LECTURE, **{argument: value})


def test_rankdir_is_checked():
    with pytest.raises(ValueError, match="rankdir expects one of LR, RL, TB, BT, got 'left'"):
        draw(Node(1.0), rankdir="left")


@pytest.mark.parametrize("thing", [3.0, np.ones(2), None, "x", [Node(1.0)]])
def test_what_is_no_node(thing):
    with pytest.raises(TypeError, match=r"draw\(\) expects a Node.*Write for example"):
        draw(thing, number_format="zz")  # which is wrong too, but comes second


def test_a_leaf_alone():
    assert read(draw(Node(1.5, name="x")).svg()).texts == ["x", "1.5"]
    assert read(draw(Node(2, requires_grad=False)).svg()).texts == ["2"]


SIGNS = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.power: "**",
    np.floor_divide: "//", np.remainder: "%", np.less: "<", np.less_equal: "≤", np.greater: ">",
    np.greater_equal: "≥", np.equal: "=", np.not_equal: "≠", np.maximum: "max", np.minimum: "min",
}  # fmt: skip
PYTHON = {"=": "==", "≤": "<=", "≥": ">=", "≠": "!="}


@pytest.mark.parametrize("operation", SIGNS, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("x", [2.0, 3.0, 5.0])
def test_what_stands_in_a_circle_is_what_was_computed(operation, first, x):
    node = operation(3.0, Node(x)) if first else operation(Node(x), 3.0)
    label, position = circle_label(node, ".4g")
    assert SIGNS[operation] in label
    assert position == (0 if first else 1)
    text = label if "x" in label.replace("max", "") else f"x{label}"
    for sign, written in PYTHON.items():
        text = text.replace(sign, written)
    assert eval(text, {"x": x, "max": max, "min": min}) == node.value


def test_negative_constants_stand_in_brackets_where_a_sign_is_before_them():
    u = Node(2.0)
    labels = [circle_label(node, ".4g")[0] for node in (u + (-3), u - (-3), u * -3)]
    assert labels == ["+(-3)", "-(-3)", "*-3"]


@pytest.mark.parametrize("value", [np.ones((3, 1)), np.ones((2, 4)), np.ones(4)])
def test_a_matrix_stands_between_brackets(value):
    sheet = draw(Node(value, name="x"))._drawing.sheet
    numbers = [x for shape in sheet.shapes if shape.text == "1" for x, _ in shape.points]
    left, right = (
        s for s in sheet.shapes if s.kind == "path" and s.fill is None and s.stroke == "value"
    )
    assert left.points[0][0] > left.points[1][0] == left.points[2][0]  # its ends point inwards
    assert right.points[0][0] < right.points[1][0] == right.points[2][0]
    assert max(x for x, _ in left.points) < min(numbers)
    assert max(numbers) < min(x for x, _ in right.points)


def test_tooltips_of_numbers_and_folds():
    x, w = Node(3.0, name="x"), Node(2.0, name="w")
    with ac.scope(r"a\N\b"):
        y = x * w * x
    y.backward()
    tips = tooltips(draw(y, fold=1).svg())
    assert "name: w\nshape: scalar   dtype: float64\nvalue: 2\ngradient: 9" in tips
    assert "a\\N\\b\nholds 2 multiply" in tips
    assert not any("gradient" in tip for tip in tooltips(draw(y, gradients=False).svg()))


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_gradients_stand_below_values_or_at_their_right(rankdir):
    v = first_example()
    v.backward()
    wire = read(draw(v, rankdir=rankdir).svg()).wire("x")
    (value,) = (text for text in wire.texts if text.colour == VALUE)
    (gradient,) = (text for text in wire.texts if text.colour == GRADIENT)
    (name,) = (text for text in wire.texts if text.content == "x")
    if rankdir in ("LR", "RL"):
        assert value.y < name.y < gradient.y
        assert (name.x < value.x) == (rankdir == "LR")
    else:
        assert value.x < gradient.x
        assert value.y == gradient.y
        assert (name.y < value.y) == (rankdir == "TB")


@pytest.mark.parametrize("options", [{"fold": 1}, {"symbolic": True}, {"outlines": True}], ids=str)
def test_what_neurons_do_not_show_is_an_error(options):
    (name,) = options
    with pytest.raises(TypeError, match=f"style='neurons'.* expects no {name}=. Leave it out"):
        draw(scalar_network([2, 2]), style="neurons", **options)
