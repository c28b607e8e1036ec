"""What leaves the graph raises and says what to write; what has a derivative is differentiated."""

from __future__ import annotations

import array
import cmath
import copy
import math
import operator
import pickle
import re
import struct
from itertools import pairwise

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node, grad, hessian, jacobian, jvp, no_grad, value_and_grad, vjp


def fill(x):
    target = np.zeros(2)
    target.fill(x)
    return np.sum(target)


def set_item(x):
    target = np.zeros(2)
    operator.setitem(target, 0, x)
    return np.sum(target)


def assign(x):
    target = np.zeros(2)
    target[0] = x
    return np.sum(target)


def assign_flat(x):
    target = np.zeros(2)
    target.flat[0] = x
    return np.sum(target)


LEAVES = [
    ("math.exp", lambda x: math.exp(x) * x, "np.exp"),
    ("math.pow", lambda x: math.pow(x, 2.0), "np.pow"),
    ("math.hypot", lambda x: math.hypot(x, 1.0), "np.hypot"),
    ("math.fabs", lambda x: math.fabs(x), "np.abs"),
    ("math.fsum", lambda x: math.fsum([x, x]), "np.sum"),
    ("math.dist", lambda x: math.dist([x], [0.0]), "np.linalg.norm"),
    ("math.lgamma", lambda x: math.lgamma(x), "math's functions know numbers only"),
    ("another name", lambda x: next(f(x) for f in (math.sin,)), "node.value"),
    ("what a call returned", lambda x: operator.attrgetter("exp")(math)(x), "float(node) takes"),
    ("copy.copy", lambda x: copy.copy(x) * x, "node.value"),
    ("copy.deepcopy", lambda x: copy.deepcopy({"w": x})["w"] * x, "node.value"),
    ("pickle", lambda x: pickle.loads(pickle.dumps(x)) * x, "node.value"),  # noqa: S301
    ("map", lambda x: sum(map(math.sin, [x])), "node.value"),
    ("cmath", lambda x: cmath.exp(x).real, "node.value"),
    ("float", lambda x: float(x) ** 2, "node.value"),
    ("complex", lambda x: complex(x).real, "node.value"),
    ("item", lambda x: x.item() * x, "node.value"),
    ("tolist", lambda x: x.tolist() * x, "node.value"),
    ("copy", lambda x: copy.copy(x) * x, "node."),
    ("deepcopy", lambda x: copy.deepcopy([x])[0] * x, "node."),
    ("pickle", lambda x: pickle.loads(pickle.dumps(x)) * x, "node."),  # noqa: S301
    ("np.float64", lambda x: np.float64(x) * x, "node.value"),
    ("np.float32", lambda x: np.float32(x) * x, "node.value"),
    ("array.array", lambda x: array.array("d", [x])[0], "node.value"),
    ("np.asarray", lambda x: np.asarray(x) * x, "node.value"),
    ("np.array of a list", lambda x: np.sum(np.array([x, 1.0])), "np.stack"),
    ("np.full", lambda x: np.sum(np.full(3, x)), "node.value"),
    ("np.full, with a dtype", lambda x: np.sum(np.full(3, x, dtype=float)), "np.where"),
    ("np.full_like", lambda x: np.sum(np.full_like(np.ones(3), x)), "np.broadcast_to"),
    ("np.arange", lambda x: np.sum(np.arange(x)), "node.value"),
    ("random", lambda x: np.random.default_rng(0).normal(x), "node.value"),
    ("np.copyto", lambda x: np.copyto(np.zeros(2), x), "np.where"),
    ("np.place", lambda x: np.place(np.zeros(2), [True, False], x), "np.where"),
    ("np.putmask", lambda x: np.putmask(np.zeros(2), [True, False], x), "np.where"),
    ("np.put", lambda x: np.put(np.zeros(2), 0, x), "np.where"),
    ("put_along_axis", lambda x: np.put_along_axis(np.zeros(2), np.array([0]), x, 0), "np.where"),
    ("np.fill_diagonal", lambda x: np.fill_diagonal(np.zeros((2, 2)), x), "node.value"),
    ("a slice", lambda x: operator.setitem(np.zeros(2), slice(1), x), "node.value"),
    ("array.put", lambda x: np.zeros(2).put(0, x), "node.value"),
    # NumPy puts its own sentence before ours.
    ("fill", fill, "np.broadcast_to"),
    ("setitem", set_item, "np.broadcast_to"),
    ("array[0]", assign, "np.where"),
    ("fromiter", lambda x: np.sum(np.fromiter((v for v in (x, x)), float)), "np.stack"),
]  # fmt: skip

in_a_function = pytest.mark.parametrize(
    ("function", "instead"), [line[1:] for line in LEAVES], ids=[line[0] for line in LEAVES]
)


def sentence(caught):
    return f"{caught.value} {caught.value.__cause__}"


@in_a_function
@pytest.mark.parametrize(
    "differentiate",
    [
        grad,
        value_and_grad,
        jacobian,
        hessian,
        lambda f: lambda x: vjp(f, x),
        lambda f: lambda x: jvp(f, (x,), (1.0,)),
        lambda f: grad(lambda y: grad(f)(y) + y),
        # A variable of the outer function, read by the inner one.
        lambda f: grad(lambda y: grad(lambda z: z * f(y))(1.0)),
    ],
    ids=["grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp", "nested", "closed over"],
)
def test_what_leaves_a_function_raises(function, instead, differentiate):
    with pytest.raises((TypeError, ValueError)) as caught:
        differentiate(function)(1.5)
    assert instead in sentence(caught)


STORES = [line[1] for line in LEAVES if line[0] in ("fill", "setitem", "array[0]", "fromiter")]


@pytest.mark.parametrize("store", STORES, ids=["fill", "setitem", "array[0]", "fromiter"])
def test_what_stores_a_number_raises_outside_too(store):
    with pytest.raises(ValueError, match="setting an array element") as caught:
        store(Node(1.5, name="w"))
    assert "(node 'w')" in sentence(caught)


@pytest.mark.parametrize("function", [assign_flat, lambda x: struct.pack("d", x)])
def test_what_raises_without_our_sentence(function):
    with pytest.raises((TypeError, ValueError, struct.error)):
        grad(function)(1.5)


def test_the_sentence_names_the_call_and_the_node():
    x = Node(1.5, name="width")
    with pytest.raises(TypeError, match=re.escape("math.exp(node) takes")) as caught:
        grad(lambda x: math.exp(x))(x)
    assert "(node 'width')" in str(caught.value)


KEPT = [
    ("bool", lambda x: x if x else 0.0, 1.0),
    ("comparison", lambda x: x if x > 1.0 else 0.0, 1.0),
    ("int", lambda x: int(x) * x, 1.0),
    ("math.floor", lambda x: math.floor(x) * x, 1.0),
    ("math.ceil", lambda x: math.ceil(x) * x, 2.0),
    ("math.trunc", lambda x: math.trunc(x) * x, 1.0),
    ("math.isnan", lambda x: 0.0 if math.isnan(x) else x, 1.0),
    ("math.isclose", lambda x: 3.0 * x if math.isclose(x, 1.5) else x, 3.0),
    ("max", lambda x: max(x, 0.5), 1.0),
    ("sum", lambda x: sum([x, x]), 2.0),
    ("math.prod", lambda x: math.prod([x, x]), 3.0),
    ("sorted", lambda x: sorted([x, 2 * x])[1], 2.0),
    ("str", lambda x: x * len(str(x)) / len(str(x)), 1.0),
    ("printed", lambda x: x if f"{x:.2f} {x} {x!r}" and "%.3f" % x == "1.500" else 0.0, 1.0),  # noqa: UP031
    ("format", lambda x: x if "{:.2f}".format(x) == "1.50" else 0.0, 1.0),  # noqa: UP032
    ("value", lambda x: x.value * x, 1.5),
    ("detached", lambda x: float(x.detach()) * x, 1.5),
    ("floor", lambda x: float(np.floor(x)) * x, 1.0),
    ("a constant", lambda x: float(Node(2.0, requires_grad=False)) * x, 2.0),
    ("np.ones_like", lambda x: np.ones_like(x) * x, 1.0),
    ("np.zeros_like", lambda x: np.zeros_like(x) + x, 1.0),
    ("np.full_like", lambda x: np.sum(np.full_like(np.stack([x, x, x]), x)), 3.0),
    ("ac.full_like", lambda x: np.sum(ac.full_like(np.ones(3), x)), 3.0),
    ("np.linspace", lambda x: np.sum(np.linspace(0.0, x, 3)), 1.5),
    ("np.unique", lambda x: np.sum(np.unique(np.stack([x, 2 * x, x]))), 3.0),
    ("np.histogram", lambda x: np.histogram([1, 2], 2, weights=np.stack([x, 2 * x]))[0][1], 2.0),
    ("its edges", lambda x: np.sum(np.histogram_bin_edges(np.stack([x, 2 * x]), 2)), 4.5),
    ("np.float_power", lambda x: np.float_power(x, 2.0), 3.0),
    ("like=", lambda x: np.sum(np.ones(3, like=x)) * x, 3.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "expected"), [line[1:] for line in KEPT], ids=[line[0] for line in KEPT]
)
def test_what_has_no_derivative_to_lose_stays(function, expected):
    assert grad(function)(1.5) == expected


def without_recording(x):
    with no_grad():
        size = float(x) + x.item()
    return x * size


def test_inside_no_grad_a_number_may_be_taken():
    assert grad(without_recording)(1.5) == 3.0


def test_outside_of_a_function_a_result_becomes_a_number():
    w = Node(2.0)
    loss = w * w
    assert (float(loss), loss.item(), loss.tolist(), math.sqrt(loss)) == (4.0, 4.0, 4.0, 2.0)
    assert (f"{loss:.1f}", "%.1f" % loss) == ("4.0", "4.0")  # noqa: UP031


def test_what_was_made_before_the_function_is_a_constant_of_it():
    scale = Node(3.0)
    assert grad(lambda x: float(scale) * x)(1.0) == 3.0


def test_after_an_error_numbers_may_be_taken_again():
    with pytest.raises(TypeError, match="math"):
        grad(lambda x: math.exp(x))(1.0)
    assert float(Node(1.0) * 2.0) == 2.0


def test_a_rule_that_leaves_the_graph_fails_where_it_is_recorded():
    squared = ac.Operation(
        "test_leaving_rule", lambda x: x * x, (lambda g, out, x: g * 2.0 * float(x),)
    )
    assert grad(squared)(3.0) == 6.0
    for derivative in (grad(grad(squared)), lambda x: jvp(squared, (x,), (1.0,))):
        with pytest.raises(TypeError, match="being differentiated"):
            derivative(3.0)


# --- a function to whole numbers has no gradient -------------------------------------------------

STEPS = [
    ("allclose", lambda x: np.allclose(x, 1.0)),
    ("argmax", lambda x: np.argmax(x)),
    ("comparison", lambda x: x > 1.0),
    ("bool", lambda x: True),
    ("int", lambda x: 3),
    ("int()", lambda x: int(x)),
    ("np.bool", lambda x: np.bool_(True)),
    ("np.int64", lambda x: np.int64(3)),
    ("an array of int", lambda x: np.array([1])),
    ("astype", lambda x: x.astype(int)),
    ("count_nonzero", lambda x: np.count_nonzero(x)),
]


@pytest.mark.parametrize("function", [line[1] for line in STEPS], ids=[line[0] for line in STEPS])
@pytest.mark.parametrize(
    "differentiate",
    [
        grad,
        value_and_grad,
        jacobian,
        hessian,
        lambda f: lambda x: vjp(f, x),
        lambda f: lambda x: jvp(f, (x,), (1.0,)),
        lambda f: lambda x: ac.check_gradients(f, x),
    ],
    ids=["grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp", "check_gradients"],
)
def test_a_function_to_whole_numbers_is_refused(function, differentiate):
    with pytest.raises(TypeError, match="steps"):
        differentiate(function)(1.5)


def test_a_constant_function_has_the_gradient_zero():
    assert grad(lambda x: 3.0)(1.0) == 0.0


def test_each_result_of_a_jacobian_is_looked_at():
    with pytest.raises(TypeError, match="steps"):
        jacobian(lambda x: (x, x > 0))(np.ones(2))


# --- what wants no gradient may leave ------------------------------------------------------------

N = Node([0.5, 1.5, 2.5])
WHOLE = np.floor(N).astype(int)

MAY_LEAVE = [
    ("indices", lambda: np.arange(5.0)[WHOLE], [0.0, 1.0, 2.0]),
    ("an index", lambda: np.arange(5.0)[np.argmax(N)], 2.0),
    ("an index beside a slice", lambda: np.eye(3)[np.argmax(N), 1:], [0.0, 1.0]),
    ("a list of indices", lambda: np.arange(5.0)[[np.argmax(N), np.argmin(N)]], [2.0, 0.0]),
    ("a mask", lambda: np.arange(3.0)[N > 1], [1.0, 2.0]),
    ("a mask of one entry", lambda: np.arange(3.0)[(N > 1)[0]].shape, (0, 3)),
    ("np.asarray", lambda: np.asarray(N.detach()), [0.5, 1.5, 2.5]),
    ("np.array of nodes", lambda: np.array([N.detach(), N.detach()]).shape, (2, 3)),
    ("dtype", lambda: np.asarray(N.detach(), np.float32), [0.5, 1.5, 2.5]),
    ("no copy", lambda: np.array(N.detach(), copy=False), [0.5, 1.5, 2.5]),
    ("a list's index", lambda: [10, 20, 30][np.argmax(N)], 30),
    ("range", lambda: list(range(np.argmax(N))), [0, 1]),
    ("a shape", lambda: np.zeros(np.argmax(N)), [0.0, 0.0]),
    ("pairwise", lambda: [bool(a < b) for a, b in pairwise(WHOLE)], [True, True]),
    ("a function without gradient", lambda: np.bincount(WHOLE), [1, 1, 1]),
    ("a ufunc without gradient", lambda: np.bitwise_count(WHOLE), [0, 1, 1]),
    ("np.full", lambda: np.full(2, N.detach()[1]), [1.5, 1.5]),
    ("np.packbits", lambda: np.packbits(N > 1), [96]),
]


@pytest.mark.parametrize(
    ("leave", "expected"), [line[1:] for line in MAY_LEAVE], ids=[line[0] for line in MAY_LEAVE]
)
def test_a_node_that_wants_no_gradient_becomes_an_array(leave, expected):
    np.testing.assert_array_equal(leave(), expected)


def test_results_of_no_grad_become_arrays():
    with no_grad():
        doubled = 2.0 * N
    np.testing.assert_array_equal(np.asarray(doubled), [1.0, 3.0, 5.0])


def test_an_array_takes_a_node_that_wants_no_gradient():
    target = np.zeros(3)
    target[1] = N.detach()[2]
    target[N < 1] = np.argmax(N)
    np.copyto(target[2:], N.detach()[:1])
    np.testing.assert_array_equal(target, [2.0, 2.5, 0.5])


def test_the_array_of_a_node_is_a_copy():
    node = N.detach()
    np.asarray(node)[:] = 7.0
    np.testing.assert_array_equal(node.value, [0.5, 1.5, 2.5])


@pytest.mark.parametrize(
    "store",
    [
        lambda node: np.copyto(node, 0.0),
        lambda node: np.put(node, 0, 0.0),
        lambda node: np.fill_diagonal(node, 0.0),
        lambda node: np.add.at(node, 0, 1.0),
    ],
)
def test_a_node_is_never_overwritten(store):
    node = Node(np.ones((2, 2)), requires_grad=False)
    with pytest.raises(TypeError):
        store(node)
    np.testing.assert_array_equal(node.value, np.ones((2, 2)))


def test_picks_by_a_step_pass_the_gradient():
    def f(x):
        return np.sum(np.arange(3.0)[np.floor(x).astype(int)] * x * (np.asarray(x > 1.0)))

    np.testing.assert_array_equal(grad(f)(np.array([0.5, 1.5, 2.5])), [0.0, 1.0, 2.0])


def test_an_optimizer_of_scipy_takes_what_an_objective_returns():
    optimize = pytest.importorskip("scipy.optimize")

    def objective(x):
        difference = Node(x, name="x") - np.array([1.0, 2.0])
        return np.sum(difference * difference)

    found = optimize.minimize(objective, np.zeros(2))
    np.testing.assert_allclose(found.x, [1.0, 2.0], atol=1e-4)
    with pytest.raises(ValueError, match="scalar") as caught:  # SciPy's sentence, of ours
        grad(lambda x: optimize.minimize(lambda y: x * y[0] ** 2, np.ones(1)).fun)(1.0)
    assert "node.value" in str(caught.value.__cause__)


def test_matplotlib_draws_what_wants_no_gradient_and_says_what_to_write_of_the_rest():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = pytest.importorskip("matplotlib.figure").Figure().subplots()
    (line,) = axes.plot(N.detach())
    np.testing.assert_array_equal(line.get_ydata(), N.value)
    axes.scatter(N.detach(), N.detach())
    for draw in (axes.plot, axes.hist, lambda n: axes.scatter(n, n), lambda n: axes.bar(n, n)):
        with pytest.raises(TypeError, match=r"node\.(value|detach)"):
            draw(N)


@pytest.mark.parametrize("store", [np.save, np.savetxt])
def test_files_hold_numbers(store, tmp_path):
    with pytest.raises(TypeError, match=r"node\.value"):
        store(tmp_path / "node", N)
    store(tmp_path / "detached", N.detach())


def test_a_format_for_one_number():
    assert f"{N[0]:.3f}" == "0.500"
    with pytest.raises(TypeError, match="array2string"):
        f"{N:.3f}"


# --- row = x[0]; row *= 2 -------------------------------------------------------------------------

IN_PLACE = [
    operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow,
    operator.ifloordiv, operator.imod, operator.imatmul,
]  # fmt: skip


@pytest.mark.parametrize("in_place", IN_PLACE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("index", [0, slice(1), (slice(None), 0), ..., (None, 1)], ids=str)
def test_changing_a_part_in_place_says_what_to_write(in_place, index):
    x = Node(np.ones((2, 2)), name="x")
    with pytest.raises(TypeError, match=r"np\.where"):
        in_place(x[index], np.ones(2))


def test_other_nodes_are_rebound_in_place():
    x = Node(np.ones((2, 2)))
    total = x[0, 0]
    total += 1.0
    picked = x[[0, 1]]
    picked *= 2.0
    other = total
    other -= 1.0
    assert (total.value, other.value) == (2.0, 1.0)
    np.testing.assert_array_equal(picked.value, np.full((2, 2), 2.0))
    np.testing.assert_array_equal(x.value, np.ones((2, 2)))
