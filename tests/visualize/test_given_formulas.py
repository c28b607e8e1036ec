"""Formulas that users give to their own operations with ``derivative=``."""

from __future__ import annotations

import numpy as np
import pytest
from written_formulas import evaluated, from_latex

from autograd_core import EveryInput, Node, Operation
from autograd_core.backpropagation import ancestors
from visualize import explain
from visualize.chain_rule.formulas import formula
from visualize.chain_rule.notation import Notation, labels_of

X, Y = 0.7, -1.3


def one(rule, text):
    return Operation("own", lambda x: x * 1.0, (rule,), derivative=text, elementwise=True)


def two(first, second, texts):
    return Operation(
        "own", lambda a, b: a + b * 1.0, (first, second), derivative=texts, elementwise=True
    )


ONE_INPUT = {
    "a function": one(lambda g, out, x: g * np.cos(x), "cos(x)"),
    "of NumPy": one(lambda g, out, x: g * np.cos(x), "np.cos(x)"),
    "a product": one(lambda g, out, x: g * 2 * x * np.exp(x), "2*x*exp(x)"),
    "signs of mathematics": one(lambda g, out, x: g * (-2 * x**3), "−2·x³"),
    "a quotient": one(lambda g, out, x: g / (1 + x**2), "1/(1 + x^2)"),
    "of the result": one(lambda g, out, x: g * (1 - out**2), "1 - out**2"),
    "its own names": one(lambda gradient, f, z: gradient * f * (1 - f) * z, "f*(1 - f)*z"),
    "a root": one(lambda g, out, x: g * np.sqrt(np.cosh(x)), "√(cosh(x))"),
    "a choice": one(lambda g, out, x: g * np.where(x < 0.3, 2.0, x), "2 if x < 0.3 else x"),
    "NumPy's choice": one(
        lambda g, out, x: g * np.where(x >= 0.3, 2.0, x), "where(x >= 0.3, 2, x)"
    ),
    "a minus": one(lambda g, out, x: -g * (x - 1), "-(x - 1)"),
}
OPERANDS = {"a name": lambda x: x, "a sum": lambda x: x + 0.5, "a negative": lambda x: -x}


def shown(node, position=0, latex=False):
    labels = labels_of(ancestors(node), node)
    text = formula(Notation(labels, ".17g", latex), node, position).text
    return from_latex(text) if latex else text


@pytest.mark.parametrize("latex", [False, True], ids=["text", "latex"])
@pytest.mark.parametrize("operand", OPERANDS)
@pytest.mark.parametrize("case", ONE_INPUT)
def test_the_text_says_what_the_rule_computes(case, operand, latex):
    x = Node(X, name="x1")
    node = ONE_INPUT[case](OPERANDS[operand](x))
    node.name = "y1"
    text = shown(node, 0, latex)
    said = evaluated(text, {"x1": X, "y1": node.value})
    assert said == pytest.approx(node.local_gradients[0], rel=1e-12), text


PRODUCT = (lambda g, out, a, b: g * b, lambda g, out, a, b: g * a * out)


@pytest.mark.parametrize("texts", [("b", "a*out"), ("y", "x*out"), ["b", "a"]])
def test_several_inputs(texts):
    u, v = Node(X, name="u"), Node(Y, name="v")
    node = two(*PRODUCT, texts)(u, v)
    assert shown(node, 0) == "v"
    assert shown(node, 1) in ("u·own(u, v)", "u")


def test_an_input_without_text_keeps_its_prime():
    u, v = Node(X, name="u"), Node(Y, name="v")
    node = two(*PRODUCT, ("b", None))(u, v)
    assert formula(Notation(labels_of([u, v, node], node), ".4g"), node, 1) is None


def test_an_option_stands_as_its_number():
    stretched = Operation(
        "stretched", lambda x, k: np.sin(k * x), (lambda g, out, x, k: g * k * np.cos(k * x),),
        options={"k": 3.0}, derivative="k*cos(k*x)", elementwise=True,
    )  # fmt: skip
    assert shown(stretched(Node(X, name="z"))) == "3·cos(3·z)"


def test_the_operand_that_stands_there_is_written():
    wave = Operation("wave", np.sin, (lambda g, out, x: g * np.cos(x),), derivative="cos(x)")
    z1 = Node(X, name="z1")
    assert shown(wave(z1)) == "cos(z1)"
    assert shown(wave(z1 + 1.0)) == "cos(z1 + 1)"
    assert "cos(z1) = cos(0.7) = 0.7648" in str(explain(wave(z1) * 2.0, z1))
    assert r"\cos\left(z_{1}\right)" in explain(wave(z1) * 2.0, z1)._repr_latex_()
    array = Node([X, Y], name="z1")
    assert "⊙ cos(z1)" in str(explain(np.sum(wave(array) * 2.0), array))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cosine of x", "cosine of z1"),
        ("the slope at (x)", "the slope at (z1)"),
        ("2x", "2x"),
        ("__import__('os').getcwd()", "__import__('os').getcwd()"),
        ("x" * 300, "x" * 199 + "…"),
        ("(" * 100, "(" * 100),
        ("f'(x)\n", "f'(z1)"),
    ],
)
def test_what_is_no_formula_stays_text(text, expected):
    node = one(lambda g, out, x: g, text)(Node(X, name="z1"))
    assert shown(node) == expected


def test_hostile_text_is_no_command():
    for text in (r"\input{x}", "a$b", "x & <b>", "}{", "exp(x) \\end{aligned}$"):
        z = Node(X, name="z")
        latex = explain(one(lambda g, out, x: g, text)(z) * 2.0, z)._repr_latex_()
        body = latex.removeprefix("$").removesuffix("$")
        assert r"\input" not in latex
        assert "<b" not in latex
        assert all(body[i - 1] == "\\" for i, letter in enumerate(body) if letter == "$")
        assert body.count(r"\end{aligned}") == 1


def test_a_user_s_operation_of_a_built_in_name_has_no_formula_of_ours():
    import autograd_core as ac

    own = Operation("relu", lambda x: 3.0 * x, (lambda g, out, x: 3.0 * g,), elementwise=True)
    x = Node(X, name="x")
    try:
        assert formula(Notation(labels_of([x], x), ".4g"), own(x), 0) is None
    finally:
        from autograd_core.operation import REGISTRY

        REGISTRY["relu"] = ac.relu


def rule(g, out, x):
    return g


@pytest.mark.parametrize(
    ("rules", "given", "message"),
    [
        ((rule,), 3, r"expects derivative to be text .* got 3. Write for example: derivative="),
        ((rule,), "", "text that is not empty"),
        ((rule,), ("a", "b"), r"for each of its 1 inputs, got 2. Write: derivative=\('…',\)"),
        ((rule, rule), "x", r"for each of its 2 inputs, got 1. Write: derivative=\('…', '…'\)"),
        ((rule, None), ("1", "y"), "expects None as the derivative for input 1.* got 'y'"),
        ((rule,), (2.0,), "or a tuple of texts"),
        (EveryInput(lambda position, g, out, *x: g), "x", "takes any number of inputs"),
    ],
)
def test_errors(rules, given, message):
    variadic = isinstance(rules, EveryInput)
    forward = (lambda *x: sum(x)) if variadic else (lambda x: x, lambda x, y: x)[len(rules) - 1]
    with pytest.raises(TypeError, match=message):
        Operation("own", forward, rules, derivative=given)
