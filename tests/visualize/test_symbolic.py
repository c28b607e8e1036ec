"""A graph in letters: what stands above and below its wires, and the steps to it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from test_worked_examples import graph
from written_formulas import evaluated

import autograd_core as ac
from autograd_core import Node, Operation, scope
from visualize import draw, lecture, lecture_example
from visualize.graph.picture import picture_of
from visualize.steps.sequence import steps_of
from visualize.steps.symbolic import symbolic_steps, symbols_of
from visualize.style import Look


def leaf(name, value=0.5):
    return Node(value, name=name)


def named(node, name):
    node.name = name
    return node


def own(name):
    return Operation(
        name, np.sin, rules=(lambda g, out, x: g * np.cos(x),), elementwise=True
    )  # fmt: skip


def functions():
    x = named(own("g")(leaf("y")), "x")
    return named(named(own("f")(x), "z") ** 2, "L")


def layer():
    z = named(leaf("x", np.ones((4, 3))) @ leaf("W", np.ones((3, 2))) + leaf("b", np.ones(2)), "z")
    return named(np.sum(named(ac.sigmoid(z), "y") * 2.0), "L")


def written(root, fold=()):
    symbols = symbols_of(picture_of(root, fold))
    return [above for above, _ in symbols.values()], [below for _, below in symbols.values()]


def test_the_simple_example_of_the_lecture():
    above, below = written(graph("sum_times"))
    assert above == ["x", "y", "z", "q = x + y", "v = q·z"]
    assert below == [
        "∂v/∂x = z · 1", "∂v/∂y = z · 1", "∂v/∂z = q", "∂v/∂q = z", "∂v/∂v = 1",
    ]  # fmt: skip


def test_abstract_functions_of_the_lecture():
    above, below = written(functions())
    assert above == ["y", "x = g(y)", "z = f(x)", "L = z²"]
    assert below == [
        "∂L/∂y = 2·z · f′(x) · g′(y)", "∂L/∂x = 2·z · f′(x)", "∂L/∂z = 2·z", "∂L/∂L = 1",
    ]  # fmt: skip


def test_the_neuron_with_its_sigmoid_folded():
    above, below = written(graph("sigmoid_neuron"), ["sigmoid"])
    assert above[-2:] == ["z = u3 + w3", "f = σ(z)"]
    assert below == [
        "∂f/∂x1 = σ′(z) · w1", "∂f/∂w1 = σ′(z) · x1", "∂f/∂x2 = σ′(z) · w2",
        "∂f/∂w2 = σ′(z) · x2", "∂f/∂w3 = σ′(z)", "∂f/∂u1 = σ′(z)", "∂f/∂u2 = σ′(z)",
        "∂f/∂u3 = σ′(z)", "∂f/∂z = σ′(z)", "∂f/∂f = 1",
    ]  # fmt: skip


def test_matrices():
    above, below = written(layer())
    assert above == ["x", "W", "u1 = x W", "b", "z = u1 + b", "y = σ(z)", "u2 = y·2", "L = sum(u2)"]
    assert below == [
        "∂L/∂x = (∂L/∂u1) Wᵀ", "∂L/∂W = xᵀ (∂L/∂u1)", "∂L/∂u1 = ∂L/∂z", "∂L/∂b = Σ ∂L/∂z",
        "∂L/∂z = ∂L/∂y ⊙ σ′(z)", "∂L/∂y = ∂L/∂u2 · 2", "∂L/∂u2 = 1", "∂L/∂L = 1",
    ]  # fmt: skip


def folded():
    with scope("layer"):
        z = leaf("x", np.ones((2, 2))) @ leaf("W", np.ones((2, 2))) + leaf("b", np.ones(2))
    with scope("norm"):
        h = z - np.mean(z)
    return np.sum(h)


def test_folded_layers():
    above, below = written(folded(), 1)
    assert above[3:] == ["z1 = x W + b", "a1 = norm(z1)", "f = sum(a1)"]
    assert below == [
        "∂f/∂x = (∂f/∂z1) Wᵀ", "∂f/∂W = xᵀ (∂f/∂z1)", "∂f/∂b = Σ ∂f/∂z1",
        "∂f/∂z1 = ∂f/∂a1 · norm′(z1)", "∂f/∂a1 = 1", "∂f/∂f = 1",
    ]  # fmt: skip


def neuron(*, inner=None, count=2):
    with scope("neuron"):
        z = sum(
            (leaf(f"x{i}") * leaf(f"w{i}") for i in range(2, count + 1)), leaf("x1") * leaf("w1")
        )
        z.name = inner
        return np.tanh(z)


@pytest.mark.parametrize(
    ("root", "above"),
    [
        (lambda: neuron(count=1), "f = tanh(z1), z1 = x1·w1"),
        (lambda: neuron(count=3), "f = tanh(z1), z1 = x1·w1 + x2·w2 + x3·w3"),
        (lambda: neuron(count=9), "f = neuron(x1, w1, x2, …)"),
        (lambda: neuron(inner="hidden"), "f = tanh(hidden), hidden = x1·w1 + x2·w2"),
    ],
)
def test_what_a_fold_computes_is_written_if_it_is_short(root, above):
    assert written(root(), 1)[0][-1] == above


LONG = {
    "a chain": lambda: ac.exp(ac.exp(ac.exp(leaf("x") * leaf("w")) * leaf("v")) * leaf("u")),
    "the neuron, open": lambda: graph("sigmoid_neuron"),
    "a fork": lambda: (w := leaf("w")) * w * ac.exp(w * leaf("x")),
    "a quotient": lambda: leaf("a") / (leaf("b") + leaf("c")) * leaf("d"),
    "a difference": lambda: (leaf("a") - leaf("b")) * leaf("c") - leaf("d"),
    "powers": lambda: (leaf("x") ** 3 + leaf("y") ** 2) ** 2,
    "matrices": lambda: np.sum(
        (leaf("x", np.ones((2, 3)) / 3) @ leaf("W", np.ones((3, 2))) - leaf("t", np.eye(2))) ** 2
    ),
    "a mean": lambda: np.mean(leaf("x", np.arange(3.0)) * leaf("w", np.ones(3))),
    "with made names": lambda: Node(3.0) * leaf("w") + Node(2.0),
}


@pytest.mark.parametrize("case", LONG)
def test_the_symbols_say_the_gradient(case):
    root = LONG[case]()
    root.backward()
    picture = picture_of(root, ())
    names = {above.partition(" = ")[0]: id for id, (above, _) in symbols_of(picture).items()}
    nodes = {name: next(w.node for w in picture.wires if w.id == id) for name, id in names.items()}
    values = {name: node.value for name, node in nodes.items()}
    values |= {f"d_{name}": node.grad for name, node in nodes.items() if node.grad is not None}
    checked = 0
    for above, below in symbols_of(picture).values():
        name, _, made = above.partition(" = ")
        if made and "sum" not in made and "mean" not in made:
            np.testing.assert_allclose(evaluated(with_signs(made), values), values[name])
        if below:
            left, _, right = below.partition(" = ")
            assert left.endswith(f"/∂{name}")
            found = evaluated(with_signs(right), values)
            np.testing.assert_allclose(np.broadcast_to(found, values[name].shape), nodes[name].grad)
            checked += 1
    assert checked == len(picture.wires)


def with_signs(text):
    """The same with a sign between matrices, and one name for each derivative."""
    text = re.sub(r"∂\w+/∂(\w+)", r"d_\1", text)
    return re.sub(r"(?<=[\wᵀ)]) (?=[\w(])", " @ ", text)


@pytest.mark.parametrize("case", LONG)
def test_long_products_refer_to_the_gradient_before(case):
    _, below = written(LONG[case]())
    assert max(len(text.partition(" = ")[2]) for text in below) <= 40


def test_names_as_mathematics_stay_in_one_piece():
    above, below = written(named(leaf("x_1") * leaf("w_{11}^1"), "y_1"))
    assert above == ["x_1", "w_{11}^1", "y_1 = x_1·w_{11}^1"]
    assert below[:2] == ["∂y_1/∂x_1 = w_{11}^1", "∂y_1/∂w_{11}^1 = x_1"]


def test_names_of_several_words_have_brackets():
    _, below = written(leaf("the input") * leaf("w"))
    assert below[:2] == ["∂f/∂(the input) = w", "∂f/∂w = the input"]


def test_below_what_has_no_gradient_there_is_nothing():
    root = Node(2.0, name="c", requires_grad=False) * leaf("w") + np.floor(leaf("d"))
    symbols = symbols_of(picture_of(root))
    assert [above for above, below in symbols.values() if not below] == ["c", "d", "u2 = floor(d)"]
    picture = picture_of(root, look=Look(gradients=False))
    assert not any(below for _, below in symbols_of(picture).values())


@pytest.mark.parametrize("name", ["sum_times", "sigmoid_neuron", "neural_chain"])
def test_the_steps_fill_in_what_those_with_numbers_fill_in(name):
    picture = picture_of(graph(name))
    symbols, numbers = symbolic_steps(picture), steps_of(picture)
    parts = [(s.kind, s.values, s.gradients, s.highlighted) for s in symbols]
    assert parts == [(s.kind, s.values, s.gradients, s.highlighted) for s in numbers]


def test_the_steps_need_no_backward_pass():
    steps = symbolic_steps(picture_of(leaf("x") + leaf("y")))
    assert [step.text for step in steps] == [
        "the graph: 1 operation", "x, y", "f = x + y", "∂f/∂f = 1", "∂f/∂x = 1", "∂f/∂y = 1",
    ]  # fmt: skip


def many_ways():
    x, y = leaf("x"), leaf("y")
    with scope("g"):
        return x * y + ac.exp(x) * y + x * x * y


def deep():
    with scope("g"):
        return leaf("u") * leaf("v") * leaf("w") * leaf("x") * leaf("y")


def fork():
    x, y = leaf("x"), leaf("y")
    with scope("g"):
        z = x * y + ac.exp(x)
    return named(named(z, "z") * leaf("w"), "L")


FOLDS = {
    "neuron": (
        lambda: lecture.neuron([-1, -2], [2, -3], bias=-3), "neuron",
        {"x_1": "σ′(z) · w_1", "w_1": "σ′(z) · x_1", "b": "σ′(z)", "y": "1"},
    ),
    "neuron with a loss": (
        lambda: lecture.neuron([-1, -2], [2, -3], bias=-3, target=1), "neuron",
        {"w_2": "2·u7 · σ′(z) · x_2", "b": "2·u7 · σ′(z)", "y": "2·u7", "u7": "2·u7"},
    ),
    "chain": (
        lambda: lecture.neural_chain(3, [0.5, -1], target=3), 1,
        {"x": "∂L/∂x_2 · ReLU′(z_1) · w_1", "x_2": "∂L/∂y · ReLU′(z_2) · w_2", "y": "loss′(y)"},
    ),
    "network": (
        lambda: lecture.scalar_network([2, 2, 2]), ["neuron 1", "neuron 2", "loss"],
        {
            "w_{11}^1": "∂L/∂f_1^1 · σ′(z_1^1) · x_1", "b_1^1": "∂L/∂f_1^1 · σ′(z_1^1)",
            "f_1^1": "∂L/∂y_1 · σ′(z_1^2) · w_{11}^2 + ∂L/∂y_2 · σ′(z_2^2) · w_{12}^2",
            "y_1": "1/2 · 2·(y_1 - yhat_1)",
        },
    ),
    # Of the layer's two neurons a weight leads to one.
    "layers": (
        lambda: lecture.scalar_network([2, 2, 2]), 2,
        {"w_{12}^1": "∂L/∂f_2^1 · σ′(z_2^1) · x_1", "b_1^2": "1/2 · 2·u13 · σ′(z_1^2)"},
    ),
    "matrices": (
        lambda: lecture.matrix_network([2, 2, 2]), 2,
        {"W^1": "xᵀ (∂L/∂f^1 ⊙ σ′(z^1))", "b^2": "∂L/∂y ⊙ σ′(z^2)"},
    ),
    "two ways": (fork, "g", {"x": "w · (y + exp(x))", "y": "w · x", "z": "w"}),
    "more ways": (many_ways, "g", {"x": "∂g/∂x", "y": "∂g/∂y"}),
    "more factors": (deep, "g", {"y": "u·v·w·x", "u": "∂g/∂u"}),
    "no formula": (lambda: np.hypot(leaf("x"), leaf("y")), (), {"x": "∂hypot/∂x"}),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLDS)
def test_a_fold_passes_gradients_back_as_the_product_along_the_way(case):
    make, fold, expected = FOLDS[case]
    below = dict(text.split(" = ", 1) for text in written(make(), fold)[1] if text)
    found = {
        name: next(v for k, v in below.items() if k.endswith(f"/∂{name}")) for name in expected
    }
    assert found == expected


@pytest.mark.parametrize("case", FOLDS)
@pytest.mark.parametrize("fold", [(), 0, 1, 2, 3])
def test_no_derivative_is_said_to_be_itself(case, fold):
    for text in written(FOLDS[case][0](), fold)[1]:
        left, _, right = text.partition(" = ")
        assert left != right or not text


def test_what_stands_in_a_fold_is_said_where_it_ends():
    above, _ = written(lecture.neuron([-1, -2], [2, -3], bias=-3), "neuron")
    assert above[-1] == "y = σ(z), z = x_1·w_1 + x_2·w_2 + b"


LETTERS = {
    "two factors": (lambda x, y: x * y, ["y", "x"]),
    "a sum": (lambda x, y: x + y, ["1", "1"]),
    "a function": (lambda x, y: ac.exp(x), ["exp(x)"]),
    "a fork": (lambda x, y: (x * y) + x, ["y", "x", "1", "1"]),
}


@pytest.mark.parametrize("case", LETTERS)
def test_local_gradients_are_letters_too(case):
    make, expected = LETTERS[case]
    root = make(Node(3.0, name="x"), Node(5.0, name="y"))
    sheet = draw(root, symbolic=True, local_gradients=True)._drawing.sheet
    assert sorted(s.text for s in sheet.shapes if s.fill == "local") == sorted(expected)
    assert not any(char in s.text for s in sheet.shapes for char in "35")


def test_local_gradients_of_matrices_are_their_words():
    x, weight = Node(np.ones((2, 2)), name="x"), Node(np.ones((2, 2)), name="W")
    sheet = draw(x @ weight, symbolic=True, local_gradients=True)._drawing.sheet
    assert [s.text for s in sheet.shapes if s.fill == "local"] == ["· Wᵀ", "xᵀ ·"]


def test_a_product_of_three_functions_is_written_out():
    """As on the slide "Abstract function"."""
    chained = draw(lecture_example("chained functions"), symbolic=True)
    assert "∂L/∂y = L′(z) · f′(x) · g′(y)" in {s.text for s in chained._drawing.sheet.shapes}
