"""One entry of a gradient as a sum: what stands there gives the entry."""

from __future__ import annotations

import re

import numpy as np
import pytest
from test_closed_form import GRAPHS, named

import autograd_core as ac
from autograd_core import Node
from visualize import explain


def batch():
    x = Node([[1.0, 2.0], [-2.0, 0.5]], name="X")
    w, b = Node([[0.5, 1.0], [1.0, 3.0]], name="W1"), Node([0.5, -0.5], name="b1")
    z = x @ w + b
    z.name = "z1"
    loss = np.sum(z * np.array([[0.25, 0.5], [1.0, 0.25]]))
    loss.name = "L"
    return loss, x, w, b


def first(root, wrt, entry, **options):
    return str(explain(root, wrt, entry=entry, **options)).splitlines()[0]


def test_where_the_transpose_comes_from():
    loss, x, w, b = batch()
    assert str(explain(loss, w, entry=(0, 1))).splitlines() == [
        "∂L/∂W1[0,1] = Σ_n X[n,0]·∂L/∂z1[n,1] = 1·0.5 + (-2)·0.25 = 0",
        "  all entries at once: ∂L/∂W1 = Xᵀ ∂L/∂z1,  2×2 · 2×2 → 2×2",
        "  summed over the rows of X; a product sums over the columns of its left factor: Xᵀ",
    ]
    assert first(loss, x, (1, 0)) == (
        "∂L/∂X[1,0] = Σ_k ∂L/∂z1[1,k]·W1[0,k] = 1·0.5 + 0.25·1 = 0.75"
    )
    assert "sums over the rows of its right factor: W1ᵀ" in str(explain(loss, x, entry=(1, 0)))
    assert first(loss, b, 1) == "∂L/∂b1[1] = Σ_n ∂L/∂z1[n,1] = 0.5 + 0.25 = 0.75"


def test_columns():
    w, x = named("W", 2, 3), Node([1.0, -2.0], name="x")
    y = w.T @ x
    y.name = "y"
    assert first(np.sum(y * 2.0), w, (1, 2)) == "∂f/∂W[1,2] = x[1]·∂f/∂y[2] = (-2)·2 = -4"
    assert first(np.sum(y * 2.0), x, 0).startswith("∂f/∂x[0] = Σ_k W[0,k]·∂f/∂y[k] = ")


def test_a_function():
    x = Node([[0.5, -1.0]], name="x")
    y = ac.relu(x @ named("W", 2, 2))
    z = y * 1.0
    text = first(np.sum(z * np.array([[2.0, 3.0]])), y.inputs[0], (0, 1))
    assert re.match(r"∂f/∂z1\[0,1\] = ∂f/∂a1\[0,1\]·f1′\(z1\[0,1\]\) = 3·[01] = ", text)


def numbers_in(text):
    """What the sum that stands before the result gives."""
    *_, written, result = text.split(" = ")
    if "[" in written or "∂" in written:  # one number is not written twice
        return float(result), float(result)
    return eval(written.replace("·", "*")), float(result)


@pytest.mark.parametrize("case", GRAPHS)
def test_the_numbers_of_every_entry_give_it(case):
    root, weights = GRAPHS[case]()
    for wrt in weights:
        whole = explain(root, wrt).value
        for entry in np.ndindex(wrt.shape):
            lines = str(explain(root, wrt, entry=entry, number_format=".17g")).splitlines()
            end = next(i for i, line in enumerate([*lines[1:], "  "], 1) if line.strip()[:1] != "=")
            text = " ".join(line.strip() for line in lines[:end])
            assert text.count("∂") >= 1
            if "more …" in text:
                continue
            written, result = numbers_in(text)
            assert result == pytest.approx(whole[entry], rel=1e-5, abs=1e-9), text
            assert written == pytest.approx(whole[entry], rel=1e-5, abs=1e-7), text


def test_long_sums_are_shortened_in_the_middle():
    x, w = Node(np.ones((64, 2)), name="X"), named("W", 2, 2)
    text = str(explain(np.sum(x @ w), w, entry=(0, 0)))
    assert "= 1·1 + 1·1 + 1·1 + 1·1 + … 58 more … + 1·1 + 1·1 = 64" in text


def test_several_ways():
    x, u, w = named("X", 4, 3), named("U", 3, 3), named("W", 3, 3)
    h = x @ u
    text = first(np.sum(h @ w + h * 2.0), h, (0, 1))
    assert text.startswith("∂f/∂u1[0,1] = Σ_k ∂f/∂u2[0,k]·W[1,k] + 2 ∂f/∂u3[0,1] = ")


def test_in_latex():
    loss, _, w, _ = batch()
    latex = explain(loss, w, entry=(0, 1))._repr_latex_()
    assert (
        r"\frac{\partial L}{\partial W_{1}[0,1]} &= \sum_{n} X[n,0] \cdot "
        r"\frac{\partial L}{\partial z_{1}[n,1]} = 1 \cdot 0.5 + (-2) \cdot 0.25 = 0"
    ) in latex
    assert latex.count(r"\begin{aligned}") == 1
    assert not set("ᵀΣ·∂→") & set(latex)


def test_from_behind():
    loss, _, w, b = batch()
    assert first(loss, w, (-2, -1)) == first(loss, w, (0, 1))
    assert first(loss, b, -1) == first(loss, b, (1,))


def test_the_value_stays_the_whole_gradient():
    loss, _, w, _ = batch()
    explanation = explain(loss, w, entry=(0, 1))
    assert explanation.value.shape == (2, 2)
    assert explanation.entry == (0, 1)


def test_where_no_product_of_matrices_passes_it_back():
    b = Node([1.0, 2.0], name="b")
    lines = str(explain(np.sum(np.cumsum(b)), b, entry=0)).splitlines()
    assert lines == [
        "∂f/∂b[0] = 2",
        "  with u1 = cumsum(b)",
        "       f = sum(u1)",
        "  passed back through cumsum, not as a product of matrices",
    ]
    stack = Node(np.ones((2, 2, 2)), name="S")
    assert first(np.sum(stack @ stack), stack, (0, 1, 1)) == "∂f/∂S[0,1,1] = 4"


@pytest.mark.parametrize(
    ("entry", "error", "message"),
    [
        (
            (0, 2),
            IndexError,
            r"'W1', of shape \(2, 2\), got \(0, 2\): axis 1 has indices from 0 to",
        ),
        ((-3, 0), IndexError, "axis 0 has indices from 0 to 1"),
        ((0,), ValueError, r"an entry of 2 indices, because 'W1' has shape \(2, 2\), got \(0,\)"),
        (0, ValueError, r"Write for example: entry=\(0, 0\)"),
        ("a", TypeError, "a tuple of whole numbers, one for each axis, got 'a'"),
        ((0.0, 1), TypeError, r"got \(0.0, 1\)"),
        ((True, 0), TypeError, "whole numbers"),
        (slice(None), TypeError, "whole numbers"),
    ],
)
def test_errors(entry, error, message):
    loss, _, w, _ = batch()
    with pytest.raises(error, match=message):
        explain(loss, w, entry=entry)


def test_a_number_has_the_entry_of_no_index():
    c, x = Node(2.0, name="c"), Node([1.0, 2.0], name="x")
    assert first(np.sum(x * c), c, ()).startswith("∂f/∂c = Σ")
    with pytest.raises(ValueError, match="an entry of 0 indices"):
        explain(np.sum(x * c), c, entry=0)
