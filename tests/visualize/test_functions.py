"""The functions of a graph: their names, f and f′ as a table, what f′ is in a fold."""

from __future__ import annotations

import numpy as np
import pytest
from test_worked_examples import graph
from written_formulas import evaluated, from_latex

import autograd_core as ac
from autograd_core import Node, Operation, scope
from nn import FullyConnected, NeuralNetwork, Sigmoid
from visualize import derivative_table
from visualize.chain_rule.functions import function_derivative, function_names
from visualize.graph.picture import picture_of

WAVE = Operation(
    "wave", np.sin, (lambda g, out, x: g * np.cos(x),), symbol="ψ", derivative="cos(x)"
)


@pytest.mark.parametrize(
    ("of", "names"),
    [
        (ac.sigmoid, ("σ", "σ′")),
        (ac.relu, ("ReLU", "ReLU′")),
        (ac.tanh, ("tanh", "tanh′")),
        (WAVE, ("ψ", "ψ′")),
        ("sigmoid", ("σ", "σ′")),
        ("LeakyReLU", ("LeakyReLU", "LeakyReLU′")),
        ("f1", ("f1", "f1′")),
        ("my f", ("my f", "(my f)′")),
        (Node(2.0) + 1.0, ("+1", "(+1)′")),
        (ac.exp(Node(1.0)), ("exp", "exp′")),
    ],
)
def test_names(of, names):
    assert function_names(of) == names


def test_a_leaf_is_no_function():
    with pytest.raises(TypeError, match="expects the result of an operation"):
        function_names(Node(1.0))


def swish(x):
    with scope("swish"):
        return x * ac.sigmoid(x)


FOLDS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "two ways": lambda z: np.tanh(z) * z,
    "own": lambda z: WAVE(z) + 1.0,
}


@pytest.mark.parametrize("value", [0.5, np.array([0.3, -1.2])], ids=["number", "array"])
@pytest.mark.parametrize("name", FOLDS)
def test_the_derivative_of_a_fold(name, value):
    z = Node(value, name="z")
    with scope("f1"):
        y = FOLDS[name](z)
    picture = picture_of(y, fold="f1")
    (box,) = picture.boxes
    assert function_names(box) == ("f1", "f1′")
    np.sum(y).backward()
    np.testing.assert_allclose(function_derivative(picture, box), z.grad)


def test_a_box_of_several_inputs_has_no_derivative():
    picture = picture_of(Node(1.0, name="x") * Node(2.0, name="w"))
    assert function_derivative(picture, picture.boxes[0]) is None


# --- the table -----------------------------------------------------------------------------------


def test_the_neuron_of_the_lecture():
    z = Node(0.5, name="z")
    with scope("sigmoid"):
        f = 1 / (1 + np.exp(-z))
    lines = str(derivative_table(f)).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["*-1", "exp", "+1", "1/x", "σ"]
    assert " ".join(lines[-1].split()) == ("σ 1/(1 + exp(-x)) σ(x)·(1 - σ(x)) z = 0.5 0.6225 0.235")


EVERY = [
    ac.sigmoid, ac.tanh, ac.relu, ac.leaky_relu, ac.elu, ac.exp, ac.log, ac.sqrt, ac.softplus, WAVE,
    lambda x: x**3, lambda x: 1 / x, lambda x: x * 2.0, lambda x: 3.0 - x, swish,
    lambda x: ac.elu(x, alpha=0.5), lambda x: -x, np.square, np.cosh,
]  # fmt: skip


@pytest.mark.parametrize("latex", [False, True], ids=["text", "latex"])
@pytest.mark.parametrize("position", range(len(EVERY)))
def test_what_is_written_is_what_is_computed(position, latex):
    for at in (-0.6, 0.4, 1.7):
        with np.errstate(all="ignore"):
            root = EVERY[position](Node(at, name="x"))
        if not np.isfinite(root.value):
            continue
        table = derivative_table(root, number_format=".17g")
        for function in table._written(latex=True) if latex else table.functions:
            own = function.name in ("ψ", r"\psi")
            for text, value in (
                (function.formula, function.value), (function.derivative, function.slope),
            ):  # fmt: skip
                if own and text is function.formula:
                    continue
                text = from_latex(text) if latex else text
                assert evaluated(text, {"x": at}) == pytest.approx(value, rel=1e-12), text


def test_a_sum_that_starts_with_a_minus_keeps_its_brackets():
    x = Node(0.7, name="x")
    with scope("bump"):
        y = np.exp(-x + x**2)
    function = derivative_table(y).functions[-1]
    assert function.derivative == "exp(-x + x²)·(-1 + 2·x)"
    assert evaluated(function.derivative, {"x": 0.7}) == pytest.approx(function.slope)


def test_layers_of_a_network():
    net = NeuralNetwork([FullyConnected(2, 3), Sigmoid(), FullyConnected(3, 1), Sigmoid()], seed=0)
    output = net.forward(np.ones((2, 2)))
    table = derivative_table(output)
    assert [function.name for function in table.functions] == ["σ", "σ"]
    out = table.functions[1]
    np.testing.assert_allclose(out.slope, out.value * (1 - out.value), rtol=1e-6)


def test_notebook():
    table = derivative_table(graph("neural_chain"))
    assert table._repr_html_().count("<tr>") == 1 + len(table.functions)
    assert table._repr_latex_().startswith("$\\displaystyle \\begin{array}")
    assert repr(table) == str(table)


def test_hostile_names():
    x = Node(1.0, name="<b>&$")
    with scope("<script>$"):
        y = np.exp(-x)
    assert "<script>" not in derivative_table(y)._repr_html_()
    assert "&lt;b&gt;" in derivative_table(y)._repr_html_()
    assert "<script" not in derivative_table(y)._repr_latex_()


def test_nothing_to_show():
    x = Node(1.0, name="x")
    assert str(derivative_table(x)) == "this graph has no function of one variable"
    assert derivative_table(x)._repr_latex_().startswith("$")
    assert derivative_table(x)._repr_html_().startswith("<p>")


def test_many():
    x = Node(1.0, name="x")
    for _ in range(100):
        x = np.tanh(x)
    assert str(derivative_table(x)).splitlines()[-1] == "… 40 more"


def test_errors():
    with pytest.raises(TypeError, match=r"derivative_table\(\) expects a Node.*got float"):
        derivative_table(1.0)
    with pytest.raises(ValueError, match="number_format"):
        derivative_table(Node(1.0) * 2.0, number_format="x y")
