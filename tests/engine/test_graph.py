"""The graph: nodes, backward and its options, depth, memory, threads, scopes, copies."""

from __future__ import annotations

import copy
import gc
import operator
import pickle
import threading
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import EveryInput, Node, Operation, grad, no_grad, scope
from autograd_core.backpropagation import ancestors
from autograd_core.modes import in_scope
from autograd_core.operation import REGISTRY

# --- nodes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shape", "dtype"),
    [
        (2.0, (), np.float64),
        (np.float32(2.0), (), np.float32),
        (np.array(2.0), (), np.float64),
        ([1.0, 2.0], (2,), np.float64),
        (((1.0,), (2.0,)), (2, 1), np.float64),
        (np.zeros((0, 3), np.float16), (0, 3), np.float16),
        (np.array([1.0], dtype=">f4"), (1,), np.float32),
    ],
)
def test_a_node_holds_numbers_and_arrays(value, shape, dtype):
    node = Node(value)
    assert (node.shape, node.dtype, node.ndim, node.size) == (
        shape,
        dtype,
        len(shape),
        int(np.prod(shape)),
    )
    assert type(node.value) is (np.ndarray if shape else np.dtype(dtype).type)
    assert node.dtype.isnative
    assert node.grad is None
    assert (node.inputs, node.operation, dict(node.options)) == ((), None, {})


def test_a_leaf_copies_its_array():
    data = np.array([1.0, 2.0])
    x = Node(data)
    y = (x * x).sum()
    data[:] = 100.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Node(3), TypeError, r"integers have no derivative. Write Node\(3.0\)"),
        (lambda: Node([1, 2]), TypeError, r"got int64 \(shape \(2,\)\).*Node\(\[1.0, 2.0\]\)"),
        (lambda: Node([1, 2, 3, 4]), TypeError, r"Write Node\(\[1.0, 2.0, 3.0, 4.0\]\)"),
        (lambda: Node([1, 2, 3, 4, 5]), TypeError, r"Write Node\(data.astype\(float\)\)"),
        (lambda: Node(True), TypeError, "got bool"),
        (lambda: Node("text"), TypeError, "expects numbers, got str"),
        (lambda: Node(None), TypeError, "expects numbers, got NoneType"),
        (lambda: Node([[1.0], [1.0, 2.0]]), ValueError, "rectangular"),
        (lambda: Node(Node(1.0)), TypeError, "node.detach()"),
        (lambda: Node(np.ma.ones(3)), TypeError, r"got a masked array.*array.filled"),
        (lambda: Node(1.0) * np.ma.ones(3), TypeError, "multiply expects .* a masked array"),
        (lambda: Node(1.0, name=3), TypeError, r"Node\(name=...\) expects a str, got int"),
        (lambda: Node([1.0, 2.0], name="w").item(), ValueError, r"shape \(2,\) \(node 'w'\)"),
        (lambda: Node([1.0], name="w").mT, ValueError, r"mT expects at least 2 axes"),
        (lambda: len(Node(1.0, name="w")), TypeError, "scalar node"),
        (lambda: float(Node([1.0, 2.0])), TypeError, r"float\(\) expects a node with one entry"),
        (lambda: int(Node([1.0, 2.0])), TypeError, r"int\(\) expects a node with one entry"),
        (lambda: bool(Node([1.0, 2.0])), TypeError, r"bool\(\) expects a node with one entry"),
        (lambda: np.array([Node(1.0)]), TypeError, r"np.stack\(\[a, b\]\)"),
        (lambda: np.asarray(Node(1.0, name="w")), TypeError, r"node.value.*"),
        (lambda: Node(1.0) + "text", TypeError, "unsupported operand"),
        (lambda: Node(1.0) + None, TypeError, "unsupported operand"),
        (lambda: Node(1.0) + np.array(["text"]), TypeError, "add expects nodes, numbers"),
        (lambda: ac.exp(None), TypeError, "exp expects nodes, numbers .* NoneType"),
        (lambda: ac.exp(Node(1.0), 2.0), TypeError, "exp takes 1 input, got 2 positional"),
        (lambda: ac.exp(), TypeError, "exp takes 1 input, got 0 positional arguments"),
        (lambda: np.exp(Node(1.0), out=np.zeros(())), TypeError, r"np.exp\(out=...\)"),
        (lambda: np.exp(Node(1.0), where=np.array(False)), TypeError, r"np.where\(mask, np.exp"),
        (lambda: np.add.at(Node([1.0]), [0], 1.0), TypeError, "np.add.at can.t .*scatter_add"),
        (lambda: np.packbits(Node([1.0])), TypeError, "integer or boolean"),
        (lambda: Node(np.ones((2, 3))) @ Node(np.ones((2, 3))), ValueError, "(batch, in)"),
        (lambda: Node([1.0, 2.0]) + Node([1.0, 2.0, 3.0]), ValueError, "add can't work on Node"),
        (lambda: Node([1.0])[3], IndexError, "getitem can't work on Node of shape"),
        (lambda: list(Node(1.0)), TypeError, "a scalar node has no entries to iterate over"),
        (lambda: [1, 2][Node(1.0)], TypeError, "an index expects a whole number"),
        (lambda: Node([[1.0]]).ravel("Z"), ValueError, "expected 'C' .* got 'Z'"),
        (lambda: ac.softmax(Node([1.0]), axis=2), np.exceptions.AxisError, "softmax can't"),
        (lambda: np.linalg.inv(Node(np.zeros((2, 2)))), np.linalg.LinAlgError, "inv can't"),
        (lambda: np.linalg.svd(Node(np.ones((2, 3)))), ValueError, "full_matrices=False"),
        (lambda: np.split(Node(np.ones(3)), 2), ValueError, "array_split"),
        (lambda: np.pad(Node([1.0]), 1, mode="empty"), TypeError, "'empty'.* no derivative"),
        (lambda: ac.softmax_cross_entropy(Node(np.ones((2, 3))), np.array([0, 3])), ValueError,
         "labels lie from 0 to 2, got 0 to 3"),
        (lambda: ac.softmax_cross_entropy(Node(np.ones((2, 3))), np.ones((2, 2))), ValueError,
         "one-hot rows in the shape of the logits"),
        (lambda: ac.softmax_cross_entropy(Node(np.ones((2, 3))), np.ones(2)), TypeError,
         "labels are whole numbers"),
        (lambda: scope(3), TypeError, "expects a name"),
        (lambda: type("Mine", (Node,), {}), TypeError, "Node can't be subclassed"),
        (lambda: ac.leaky_relu(Node(1.0), Node(0.1)), TypeError, "option and has no gradient"),
        (lambda: np.interp(1.0, Node([1.0]), [0.1]), TypeError, "Pass xp=node.value"),
    ],
)  # fmt: skip
def test_errors_say_what_to_write(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_item_assignment_says_what_to_write():
    x = Node(1.0, name="w")
    with pytest.raises(ValueError, match="setting an array element") as caught:
        np.zeros(2)[0] = x  # NumPy puts an error of its own in front
    assert "cut the gradient (node 'w'). Build the array from nodes" in str(caught.value.__cause__)
    with pytest.raises(TypeError, match=r"can't be assigned.*np.where"):
        Node([1.0, 2.0])[0] = 1.0


@pytest.mark.parametrize(
    ("name", "forward", "rules", "says"),
    [
        ("", np.exp, (None,), "expects a name"),
        ("f", 3, (None,), "callable forward"),
        ("f", np.exp, lambda g, out, x: g, r"rules=\(rule,\)"),
        ("f", np.exp, (3,), "a callable, or None"),
        ("f", lambda x: x, (None, None), "2 rules, but .* takes only 1"),
        ("f", lambda x, y: x, (None,), "options and need defaults: y"),
    ],
)
def test_operation_says_which_part_does_not_fit(name, forward, rules, says):
    with pytest.raises(TypeError, match=says):
        Operation(name, forward, rules)
    assert name not in REGISTRY


def test_a_rule_of_a_wrong_shape_is_named():
    bad = Operation("test_bad", lambda x: x * 1.0, (lambda g, out, x: np.ones(5),))
    try:
        with pytest.raises(ValueError, match=r"'test_bad' returned shape \(5,\).* \(2,\)"):
            bad(Node([1.0, 2.0])).sum().backward()
    finally:
        del REGISTRY["test_bad"]


@pytest.mark.parametrize("result", [None, "text", (1.0, [1.0, 2.0])])
def test_forward_and_rules_return_numbers(result):
    forward = Operation("test_forward", lambda x: result, (lambda g, out, x: g,))
    rule = Operation("test_rule", lambda x: x * 1.0, (lambda g, out, x: result,))
    try:
        with pytest.raises(TypeError, match="forward function of operation 'test_forward' must"):
            forward(Node([1.0, 2.0]))
        with pytest.raises((TypeError, ValueError)) as caught:
            rule(Node([1.0, 2.0])).sum().backward()
        assert "'test_rule'" in caught.value.__notes__[0]
    finally:
        del REGISTRY["test_forward"], REGISTRY["test_rule"]


def test_a_partial_ufunc_is_a_forward_function():
    double = Operation("test_double", partial(np.multiply, 2.0), (lambda g, out, x: g * 2.0,))
    del REGISTRY["test_double"]
    assert double(Node(3.0)).value == 6.0


@pytest.fixture
def line():
    yield Operation(
        "test_line",
        lambda x, slope, height: slope * x + height,
        (lambda g, out, x, slope, height: g * slope,),
        options={"slope": 1.0},
        keyword_options={"height": 0.0},
    )
    del REGISTRY["test_line"]


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        ((), {}, 2.0), ((3.0,), {}, 6.0), ((), {"slope": 3.0}, 6.0), ((3.0,), {"height": 1.0}, 7.0),
        ((), {"slope": Node(3.0, requires_grad=False)}, 6.0),
    ],
)  # fmt: skip
def test_options_have_defaults(line, arguments, options, expected):
    assert str(line.__signature__) == "(x, slope=1.0, *, height=0.0)"
    assert line(Node(2.0), *arguments, **options).value == expected


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((), {}), ((2.0, 3.0, 1.0), {}), ((2.0, 3.0), {"slope": 3.0}), ((2.0,), {"width": 3.0}),
        ((), {"slope": 3.0}),
    ],
)  # fmt: skip
def test_a_call_that_does_not_fit_says_what_an_operation_takes(line, arguments, options):
    with pytest.raises(TypeError, match="test_line takes 1 input and the options slope, height"):
        line(*arguments, **options)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
@pytest.mark.parametrize(
    ("python", "function", "passes"),
    [
        (operator.add, ac.add, (True, True)), (operator.sub, ac.subtract, (True, True)),
        (operator.mul, ac.multiply, (True, True)), (operator.truediv, ac.divide, (True, True)),
        (operator.pow, ac.power, (True, True)), (operator.mod, ac.remainder, (True, True)),
        (operator.lt, ac.less, (False, False)), (operator.eq, ac.equal, (False, False)),
        (operator.floordiv, ac.floor_divide, (False, False)),
        (np.copysign, ac.copysign, (True, False)), (np.heaviside, ac.heaviside, (False, True)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_a_result_wants_a_gradient_where_an_input_does(python, function, passes, first, second):
    x, y = Node(2.0, requires_grad=first), Node(3.0, requires_grad=second)
    for call in (python, function):
        assert call(x, y).requires_grad == ((first and passes[0]) or (second and passes[1]))
        assert call(x, 3.0).requires_grad == call(x, [3.0]).requires_grad == (first and passes[0])
        assert call(2.0, y).requires_grad == call([2.0], y).requires_grad == (second and passes[1])


def test_whole_numbers_have_no_gradient():
    x = Node([1.5, 2.5])
    assert not x.astype(int).requires_grad
    (x * x.astype(np.int64)).sum().backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: ac.divide(1, 0), np.inf), (lambda: ac.power(-8.0, 1 / 3), np.nan),
        (lambda: ac.remainder(1.0, 0.0), np.nan), (lambda: ac.add(1, 2), 3),
    ],
)  # fmt: skip
def test_python_numbers_among_themselves_are_numpys(call, expected):
    with np.errstate(all="ignore"):
        assert isinstance(call(), np.generic)
        np.testing.assert_equal(call(), expected)


def test_a_rule_that_raises_names_the_operation_and_leaves_no_gradients():
    def rule(g, out, x):
        raise RuntimeError("broken")

    broken = Operation("test_broken", lambda x: x * 1.0, (rule,))
    try:
        x = Node(1.0)
        y = Node(2.0)
        with pytest.raises(RuntimeError, match="broken") as caught:
            (
                broken(
                    x,
                )
                * y
            ).backward()
        assert "test_broken" in caught.value.__notes__[0]
        assert x.grad is y.grad is None
    finally:
        del REGISTRY["test_broken"]


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        (lambda x: x + 1, 3.5), (lambda x: 1 + x, 3.5), (lambda x: x - 1, 1.5),
        (lambda x: 1 - x, -1.5), (lambda x: x * 2, 5.0), (lambda x: 2 * x, 5.0),
        (lambda x: x / 2, 1.25), (lambda x: 5 / x, 2.0), (lambda x: x**2, 6.25),
        (lambda x: 4**x, 32.0), (lambda x: -x, -2.5), (lambda x: +x, 2.5),
        (lambda x: abs(-x), 2.5), (lambda x: x // 1, 2.0), (lambda x: 6 // x, 2.0),
        (lambda x: divmod(x, 2.0)[1], 0.5),
        (lambda x: x % 1, 0.5), (lambda x: 6 % x, 1.0), (lambda x: x < 3, True),
        (lambda x: x >= 3, False), (lambda x: (x > 1) & (x < 2), False),
        (lambda x: (x > 1) | (x < 2), True), (lambda x: (x > 1) ^ (x < 3), False),
        (lambda x: ~(x > 1), False), (lambda x: True & (x > 1), True), (lambda x: x == 2.5, True),
        (lambda x: x != 2.5, False), (lambda x: np.float64(2.0) * x, 5.0),
        (lambda x: np.array([2.0]) * x, [5.0]), (lambda x: [2.0] * x, [5.0]),
    ],
)  # fmt: skip
def test_python_operators(python, expected):
    out = python(Node(2.5))
    assert type(out) is Node
    np.testing.assert_array_equal(out.value, expected)


METHODS = {
    "sum": (), "mean": (1,), "prod": (0,), "max": (1,), "min": (), "var": (0,), "std": (),
    "cumsum": (1,), "cumprod": (), "all": (), "any": (1,), "argmax": (0,), "argmin": (),
    "argsort": (0,), "clip": (-0.5, 0.5), "round": (1,), "reshape": (3, 2), "ravel": (),
    "flatten": (), "squeeze": (), "transpose": (1, 0), "swapaxes": (0, 1), "repeat": (2, 1),
    "take": ([0, 2],), "diagonal": (), "trace": (), "astype": (np.float32,), "copy": (),
    "dot": (np.ones((3, 2)),),
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_methods_are_those_of_arrays(method):
    array = np.array([[0.3, -1.2, 2.5], [-0.7, 0.9, 1.1]])
    found = getattr(Node(array), method)(*METHODS[method])
    expected = getattr(array, method)(*METHODS[method])
    np.testing.assert_allclose(found.value, expected, rtol=1e-14)
    assert found.dtype == np.asarray(expected).dtype


def test_iteration_and_transposes():
    x = Node(np.arange(6.0).reshape(2, 3))
    assert [row.value.tolist() for row in x] == x.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (x.T.shape, x.mT.shape, len(x)) == ((3, 2), (3, 2), 2)
    first, second = x
    (first * second).sum().backward()
    np.testing.assert_array_equal(x.grad, [[3, 4, 5], [0, 1, 2]])


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (np.shape, (2, 2)), (np.ndim, 2), (np.size, 4), (np.result_type, np.float64),
        (lambda x: np.zeros_like(x).tolist(), [[0, 0], [0, 0]]),
        (lambda x: np.full_like(x, 7).tolist(), [[7, 7], [7, 7]]),
        (lambda x: np.array_equal(x, x), True), (lambda x: np.allclose(x, x + 1e-12), True),
        (np.count_nonzero, 3), (lambda x: np.unique(x).tolist(), [0, 1, 2, 3]),
        (lambda x: np.flatnonzero(x > 1).tolist(), [2, 3]),
        (lambda x: np.searchsorted([0.5, 1.5], x[1, 0]), 2), (np.isrealobj, True),
        (np.linalg.matrix_rank, 2), (lambda x: np.add.reduce(x).tolist(), [2, 4]),
        (lambda x: np.maximum.reduce(x, axis=1).tolist(), [1, 3]),
        (lambda x: np.minimum.reduce(x, axis=None).item(), 0),
        (lambda x: np.multiply.accumulate(x).tolist(), [[0, 1], [0, 3]]),
        (lambda x: np.add.accumulate(x, axis=1).tolist(), [[0, 1], [2, 5]]),
        (lambda x: np.multiply.outer(x[1], x[1]).tolist(), [[4, 6], [6, 9]]),
        (lambda x: np.multiply.outer(x[1], x)[0].tolist(), [[0, 2], [4, 6]]),
        (lambda x: np.sum(x, axis=0, out=None, where=True).tolist(), [2, 4]),
        (lambda x: f"{x[0, 1].item():.1f}", "1.0"),
        (lambda x: [5, 6, 7, 8][np.argmax(x)], 8), (lambda x: list(range(np.argmax(x[1]))), [0]),
        (lambda x: np.arange(4.0)[np.argmax(x)], 3.0),
        (lambda x: np.reshape(x, (4,), order="F").tolist(), [0, 2, 1, 3]),
        (lambda x: x.flatten("F").tolist(), [0, 2, 1, 3]),
    ],
)  # fmt: skip
def test_questions_are_answered(ask, answer):
    assert ask(Node(np.arange(4.0).reshape(2, 2))) == answer


def test_format():
    assert f"{Node(0.12345):.2f}" == "0.12"
    assert f"{Node(0.5)}" == "Node(0.5)"


# --- backward -------------------------------------------------------------------------------------


def test_gradients_are_set_afresh():
    x = Node(3.0)
    y = x * x
    for _ in range(3):
        y.backward()
        assert x.grad == 6.0


def test_accumulate_adds_over_roots():
    x = Node([1.0, 2.0])
    (x * x).sum().backward()
    first = x.grad
    (3.0 * x).sum().backward(accumulate=True)
    np.testing.assert_array_equal(x.grad, [5.0, 7.0])
    np.testing.assert_array_equal(first, [2.0, 4.0])  # the old array is not written into


def test_accumulate_adds_at_inner_nodes_too():
    x = Node(3.0)
    y = 2.0 * x
    root = y * y
    root.backward()
    root.backward(accumulate=True)
    assert (x.grad, y.grad, root.grad) == (48.0, 24.0, 2.0)


def test_a_seed_that_is_a_node_keeps_its_value_to_itself():
    x, seed = Node([1.0, 2.0]), Node([3.0, 4.0])
    root = x + 0.0
    root.backward(seed)
    root.grad[0] = x.grad[1] = 100.0
    np.testing.assert_array_equal(seed.value, [3.0, 4.0])


def test_seed():
    x = Node([1.0, 2.0])
    y = x * x
    seed = np.array([1.0, 10.0])
    y.backward(seed)
    np.testing.assert_array_equal(x.grad, [2.0, 40.0])
    assert y.grad is not seed
    with pytest.raises(ValueError, match=r"seed in the shape of the root, \(2,\), got \(3,\)"):
        y.backward(np.ones(3))
    with pytest.raises(ValueError, match=r"expects a scalar at the root, got shape \(2,\)"):
        y.backward()


@pytest.mark.parametrize("seed", ["text", [1j, 1.0], [None, 1.0], [[1.0], [1.0, 2.0]]])
def test_a_seed_of_something_else_is_refused(seed):
    with pytest.raises(TypeError, match="seed of real numbers"):
        (Node([1.0, 2.0]) * 2.0).backward(seed)


def test_a_seed_takes_the_dtype_of_the_root():
    x = Node(np.ones(2, np.float32))
    y = x * 2
    for seed in (np.ones(2), [1, 1], Node([1.0, 1.0])):
        y.backward(seed)
        assert (x.grad.dtype, y.grad.dtype) == (np.float32, np.float32)


def test_root_with_one_entry_needs_no_seed():
    x = Node([[3.0]])
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, [[6.0]])


def test_keep_intermediate():
    x = Node(3.0)
    y = x * x
    z = y * 2.0
    z.backward()
    assert (x.grad, y.grad, z.grad) == (12.0, 2.0, 1.0)
    z.backward(keep_intermediate=False)
    assert (x.grad, y.grad, z.grad) == (12.0, None, None)


def test_create_graph():
    x = Node(2.0, name="x")
    (x**3).backward(create_graph=True)
    assert type(x.grad) is Node
    first = x.grad
    first.backward()
    assert (first.value, x.grad) == (12.0, 12.0)


def test_nothing_to_differentiate():
    for node, says in (
        (Node(1.0, requires_grad=False), "constant"),
        (np.floor(Node(1.5)), "'floor' has a derivative"),
        (Node(1.5).detach() * 2.0, "no input of its operation 'multiply'"),
    ):
        with pytest.raises(RuntimeError, match=says):
            node.backward()


def test_no_gradient_where_none_is_wanted():
    x, c = Node(2.0), Node(3.0, requires_grad=False)
    (x * c).backward()
    assert x.grad == 3.0
    assert c.grad is None


def test_several_consumers_are_summed():
    x = Node([1.0, 2.0])
    y = x + x + x * x + np.exp(x) - np.exp(x)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, 2.0 + 2.0 * x.value)


def test_both_inputs_the_same_node():
    x = Node([1.0, 2.0])
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])
    y = Node(np.eye(2) + 1.0)
    (y @ y).sum().backward()
    np.testing.assert_array_equal(y.grad, np.ones((2, 2)) @ y.value.T + y.value.T @ np.ones((2, 2)))


def test_local_gradients():
    x, y = Node([2.0, 3.0]), Node(4.0)
    one, other = (x * y).local_gradients
    np.testing.assert_array_equal(one, [4.0, 4.0])
    np.testing.assert_array_equal(other, [2.0, 3.0])
    assert (x * 2.0).local_gradients[1] is None
    assert x.local_gradients == ()
    assert (x @ x).local_gradients == (None, None)
    assert np.stack([x, x]).local_gradients == (None, None)


@pytest.mark.parametrize("recorded", [False, True])
def test_each_gradient_has_the_dtype_of_its_input(recorded):
    nodes = [Node(np.ones(2, dtype)) for dtype in (np.float16, np.float32, np.float64)]
    x, y, z = nodes
    ((x * y + y) * z).sum().backward(create_graph=recorded)
    assert [node.grad.dtype for node in nodes] == [node.dtype for node in nodes]


def test_augmented_assignment_makes_a_new_node():
    x = y = Node([1.0, 2.0])
    y += 1.0
    y *= x
    assert y is not x
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * x.value + 1.0)
    array = np.ones(2)
    with pytest.raises(TypeError, match=r"x = x \+ y for x \+= y"):
        array += x


# --- depth, memory, threads -----------------------------------------------------------------------


def test_a_million_operations_deep():
    x = y = Node(1.0)
    for _ in range(500_000):
        y = y * 1.000001
        y = y + 1e-9
    y.backward()
    assert x.grad == pytest.approx(1.000001**500_000, rel=1e-9)
    last = weakref.ref(y)
    del y  # frees the chain without recursion
    assert last() is None


def test_deep_recorded_backward():
    x = y = Node(0.5)
    for _ in range(5_000):
        y = y * x + 0.1
    y.backward(create_graph=True)
    x.grad.backward()
    assert np.isfinite(x.grad)


def step(w, x):
    loss = np.mean((ac.relu(x @ w) - 1.0) ** 2)
    loss.backward(keep_intermediate=False)
    return Node(w.value - 0.1 * w.grad)


def all_kinds_of_graphs(w, x):
    for _ in range(20):
        w = step(w, x)
    grad(grad(lambda x: np.sum(np.sin(x) ** 2) * 1.0))(1.0)
    y = np.sort(w).sum() + np.linalg.norm(w)
    y.backward()
    y.backward(create_graph=True)
    w.grad = None
    np.block([[w], [w]])
    np.linalg.multi_dot([w, w.T, w])


def test_no_cyclic_garbage():
    x, w = np.ones((4, 3)), Node(np.ones((3, 2)))
    all_kinds_of_graphs(w, x)  # what is made at first use, such as signatures, is made now
    gc.collect()
    gc.disable()
    try:
        all_kinds_of_graphs(w, x)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_dropping_the_root_frees_the_graph():
    x = Node(np.ones(10))
    y = np.exp(x)
    root = y.sum()
    root.backward()
    inner = weakref.ref(y)
    del y, root
    assert inner() is None


def test_memory_does_not_grow_with_the_steps():
    x, w = np.ones((64, 32)), Node(np.ones((32, 16)) * 0.01)
    for _ in range(20):
        w = step(w, x)
    tracemalloc.start()
    try:
        for _ in range(50):
            w = step(w, x)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(500):
            w = step(w, x)
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def test_gradients_of_inner_nodes_are_freed_on_the_way():
    x = Node(np.ones(100_000))
    y = x
    for _ in range(50):
        y = y * 1.01
    root = y.sum()
    tracemalloc.start()
    try:
        root.backward(keep_intermediate=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * x.value.nbytes  # 50 gradients would be 50 times as much


def test_eight_threads_give_the_serial_results():
    def work(seed):
        random = np.random.default_rng(seed)
        w = Node(random.standard_normal((3, 2)))
        x = random.standard_normal((4, 3))
        for number in range(50):
            with scope(f"step {number} of {seed}"):
                if number % 10 == 0:
                    with no_grad():
                        assert not (x @ w).requires_grad
                w = step(w, x)
                y = np.sum(np.tanh(x @ w))
                assert str(y.scope) == f"step {number} of {seed}"
        return w.value, grad(grad(lambda t: np.sum(np.sin(t * w.value))))(0.3)

    serial = [work(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(work, range(8)))
    for (w, g), (w2, g2) in zip(serial, parallel, strict=True):
        np.testing.assert_array_equal(w, w2)
        assert g == g2


# --- modes ----------------------------------------------------------------------------------------


def test_no_grad_holds_in_its_thread_alone():
    recorded = []
    inside, done = threading.Event(), threading.Event()

    def other():
        inside.wait(5)
        recorded.append((Node(2.0) * 2.0).requires_grad)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad():
        inside.set()
        done.wait(5)
        assert not (Node(2.0) * 2.0).requires_grad
    thread.join()
    assert recorded == [True]


def test_threads_may_share_a_manager():
    shared, silent = scope("shared"), no_grad()
    together = threading.Barrier(2, timeout=5)

    def work(_):
        with shared, silent:
            together.wait()
            inside = Node(2.0) * 2.0
            together.wait()
        after = Node(2.0) * 2.0
        return str(inside.scope), inside.requires_grad, after.scope, after.requires_grad

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, range(2))) == [("shared", False, None, True)] * 2


def test_no_grad_as_decorator_and_nested():
    @no_grad
    def bare(x):
        return x * x

    @no_grad()
    def called(x):
        with no_grad():
            pass
        return x * x

    x = Node(2.0)
    for function in (bare, called):
        out = function(x)
        assert not out.requires_grad
        assert out.inputs == ()
    assert (x * x).requires_grad


def test_no_grad_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), no_grad():
        _ = 1 / 0
    assert (Node(1.0) * 2.0).requires_grad


def test_scopes_nest_and_change_no_number():
    x = Node(0.5)
    with scope("outer"):
        a = x * 2.0
        with scope("inner"):
            b = a + 1.0
        with scope("inner"):
            c = b + 1.0
    assert x.scope is None
    assert [str(node.scope) for node in (a, b, c)] == ["outer", "outer/inner", "outer/inner"]
    assert b.scope is not c.scope  # two entries, two boxes
    assert b.scope.parent is a.scope
    assert [s.name for s in c.scope] == ["outer", "inner"]
    assert c.value == 3.0


def test_scope_as_decorator():
    @scope("sigmoid")
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    one, two = sigmoid(Node(0.5)), sigmoid(Node(0.5))
    assert str(one.scope) == "sigmoid"
    assert one.scope is not two.scope
    assert {node.scope for node in ancestors(one) if node.operation} == {one.scope}


def test_a_scope_does_not_end_no_grad():
    x = Node(2.0)
    with no_grad():
        with scope("inside"):
            assert not (x * x).requires_grad
        assert not in_scope("inside", None, lambda: x * x).requires_grad


def test_in_scope_nests_and_ends_with_an_error():
    with scope("outer"):
        node = in_scope("inner", "formulas", lambda x: x * x, Node(2.0))
        with pytest.raises(ZeroDivisionError):
            in_scope("inner", None, lambda: 1 / 0)
        after = node * node
    assert (str(node.scope), node.scope.formulas) == ("outer/inner", "formulas")
    assert str(after.scope) == "outer"


# --- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],  # noqa: S301
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_leaf_can_be_copied(copied):
    for x in (Node([1.0, 2.0], name="w"), Node(np.float32(1), requires_grad=False)):
        y = copied(x)
        np.testing.assert_array_equal(x.value, y.value)
        assert (x.name, x.requires_grad, x.dtype) == (y.name, y.requires_grad, y.dtype)
        assert y is not x
        assert not np.shares_memory(x.value, y.value)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_an_inner_node_can_not_be_copied(copied):
    with pytest.raises(TypeError, match=r"'exp' \(node 'y'\).*node.detach\(\)"):
        y = np.exp(Node(1.0))
        y.name = "y"
        copied(y)


def test_operations_are_singletons():
    assert copy.deepcopy(ac.exp) is ac.exp
    assert pickle.loads(pickle.dumps(ac.exp)) is ac.exp  # noqa: S301
    gone = pickle.dumps(Operation("test_gone", np.exp, (None,)))
    del REGISTRY["test_gone"]
    with pytest.raises(LookupError, match="no operation is named 'test_gone'"):
        pickle.loads(gone)  # noqa: S301


def test_detach():
    x = Node([1.0, 2.0], name="x")
    y = x.detach()
    assert (y.requires_grad, y.operation, y.name) == (False, None, "x")
    assert not np.shares_memory(x.value, y.value)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Node(2.0), "Node(2.0)"),
        (Node([1.0, 2.0], name="x"), "Node([1., 2.], name='x')"),
        (Node(np.float32(1)) * 2, "Node(2.0, dtype=float32, operation='multiply')"),
        (Node(1, requires_grad=False), "Node(1, dtype=int64, requires_grad=False)"),
    ],
)
def test_repr(node, text):
    assert repr(node) == text


@pytest.mark.parametrize("new", [5, 5.0, np.float32(5), np.array(5.0), True * 5])
def test_the_value_of_a_leaf_can_be_set(new):
    x = ac.Node(2.0)
    x.value = new
    assert (type(x.value), x.value) == (np.float64, 5.0)
    y = x * x
    y.backward()
    assert (y.value, x.grad) == (25.0, 10.0)


def test_a_value_that_is_set_keeps_the_dtype_and_is_copied():
    x, new = ac.Node(np.ones(2, np.float32)), np.array([3.0, 4.0])
    x.value = new
    new[0] = 9.0
    assert (x.dtype, x.value.tolist()) == (np.float32, [3.0, 4.0])
    array = x.value
    x.value -= np.float64(1)
    assert x.value is array
    assert x.value.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("make", "new", "error"),
    [
        (lambda: ac.Node(2.0), "a", TypeError),
        (lambda: ac.Node(2.0), [1.0, 2.0], ValueError),
        (lambda: ac.Node([1.0, 2.0]), 3.0, ValueError),
        (lambda: ac.Node([1.0, 2.0]), [1.0, 2.0, 3.0], ValueError),
        (lambda: ac.Node(2.0) * 1.0, 3.0, TypeError),
        (lambda: ac.Node(2, requires_grad=False), 2.5, TypeError),
    ],
)
def test_a_value_that_does_not_fit_is_refused(make, new, error):
    node = make()
    before = node.value
    with pytest.raises(error):
        node.value = new
    assert node.value is before


@pytest.mark.parametrize("keep_intermediate", [True, False])
def test_an_error_in_backward_leaves_all_gradients_as_they_were(keep_intermediate):
    def refuses(g, out, x):
        raise ArithmeticError("no")

    refuse = Operation("refuse", lambda x: 2.0 * x, rules=(refuses,))
    x = Node(2.0)
    y = x * x
    z = y * 3.0
    z.backward()
    before = [node.grad for node in (x, y, z)]
    with pytest.raises(ArithmeticError):
        (refuse(x) + z).backward(keep_intermediate=keep_intermediate)
    assert [node.grad for node in (x, y, z)] == before == [12.0, 3.0, 1.0]


def test_the_array_of_a_result_can_not_be_changed_through_its_value():
    y = Node([1.0, 2.0]) * 2.0
    with pytest.raises(TypeError, match="value of a result can't be set"):
        y.value += 1.0


def test_options_behind_any_number_of_inputs_need_their_keyword():
    rules = (lambda g, out, a, b, scale: g * scale,) * 2
    weighted = Operation("weighted", lambda *a, scale=1.0: scale * (a[0] + a[1]), rules)
    assert weighted(Node(1.0), 2.0, scale=3.0).value == 9.0
    with pytest.raises(TypeError, match=r"write keyword_options=.'axis': 0"):
        Operation("total", lambda *a, axis=0: sum(a), EveryInput(rules[0]), options={"axis": 0})


STACK = r"a plain array.*np\.stack"


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.array([x]),
        lambda x: np.where([x], 1.0, 2.0),
        lambda x: np.exp([x]),
    ],
)
def test_a_list_of_nodes_is_told_how_to_become_one(call):
    with pytest.raises(TypeError, match=STACK):
        call(Node(1.0))


def test_the_value_of_a_leaf_is_no_node():
    x = Node(1.0)
    with pytest.raises(TypeError, match="got a Node"):
        x.value = Node(2.0)
    assert x.value == 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("exponent", [0.5, -0.5, -1.7])
def test_a_number_and_an_array_of_it_have_the_same_gradient_of_a_power(exponent, dtype):
    values = np.random.default_rng(0).uniform(0.1, 9.0, 200).astype(dtype)
    together = grad(lambda x: np.sum(x**exponent))(values)
    for value, found in zip(values, together, strict=True):
        alone = grad(lambda x: x**exponent)(value)
        assert alone.dtype == dtype
        assert alone == found
