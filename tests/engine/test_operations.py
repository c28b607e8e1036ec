"""Every case of the table: value, dtype, gradients, memory. See table.py."""

from __future__ import annotations

import numpy as np
import pytest
from cases import Case, as_nodes, in_parts, joined
from table import TABLE

from autograd_core import Node, check_gradients, grad, jacobian, jvp
from autograd_core.backpropagation import ancestors, contribution

every_case = pytest.mark.parametrize("case", TABLE, ids=lambda case: case.id)
DIFFERENTIABLE = [case for case in TABLE if case.order]
every_gradient = pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.id)


def listed(results):
    return list(results) if isinstance(results, (tuple, list)) else [results]


def plain(x):
    return x.value if type(x) is Node else x


def backpropagated(case: Case, dtype=np.float64, arrays=None):
    """The inputs and the result of a case after backward with a seed that is not all ones."""
    nodes = as_nodes(case.arrays(dtype) if arrays is None else arrays)
    root = joined(case.call(*nodes))
    seed = np.cos(np.arange(root.size)).reshape(root.shape).astype(root.dtype)
    root.backward(seed)
    return [x for x in nodes if x.requires_grad], root, seed


@every_case
def test_value_is_numpys(case):
    expected = listed(case.twin(*case.arrays()))
    for results in (case.call(*case.arrays()), case.call(*case.nodes()), case.twin(*case.nodes())):
        assert len(listed(results)) == len(expected)
        for result, value in zip(listed(results), expected, strict=True):
            np.testing.assert_allclose(plain(result), value, rtol=1e-12, atol=1e-13)
            assert np.shape(result) == np.shape(value)


@pytest.mark.parametrize(
    "case",
    # Lists of lists of blocks, and comparisons in the call itself, can't do with lists; and a list
    # of points is a list of their coordinates for histogramdd.
    [case for case in TABLE if case.name not in ("block", "select", "piecewise", "histogramdd")],
    ids=lambda case: case.id,
)
def test_lists_do_as_well(case):
    expected = listed(case.twin(*case.arrays()))
    for result, value in zip(
        listed(case.call(*[x.tolist() for x in case.arrays()])), expected, strict=True
    ):
        np.testing.assert_allclose(result, value, rtol=1e-12, atol=1e-13)


@every_case
def test_result_is_a_node_where_an_input_is(case):
    assert any(type(result) is Node for result in listed(case.call(*case.nodes())))


@every_case
def test_dtype_of_the_value_is_numpys(case):
    expected = listed(case.twin(*case.arrays(np.float32)))
    for result, value in zip(listed(case.call(*case.nodes(np.float32))), expected, strict=True):
        if np.result_type(result).kind == "f":
            # NumPy's own float64 for a list of shares (quantile) or for vander is not taken over.
            assert np.result_type(result) in (np.float32, np.result_type(value))
        else:
            assert np.result_type(result).kind == np.result_type(value).kind


@pytest.mark.parametrize(
    ("case", "order"),
    [
        pytest.param(case, order, id=f"{case.id}-order {order}")
        for case in DIFFERENTIABLE
        for order in range(1, case.order + 1)
    ],
)
def test_gradient_is_the_difference_quotient(case, order):
    function, inputs = case.on_wanted(case.arrays())
    for _ in range(order - 1):
        function = slope(function)
    check_gradients(function, *inputs, atol=1e-6)


def slope(function):
    """A scalar function of the first derivatives: its gradient is of the next order."""

    def sloped(*inputs):
        gradients = grad(lambda *x: weighted(function(*x)), tuple(range(len(inputs))))(*inputs)
        return sum((weighted(g) for g in gradients), start=0.0)

    return sloped


def weighted(x):
    x = in_parts(x)
    return np.sum(x * np.cos(1.0 + np.arange(np.size(x))).reshape(np.shape(x)))


def along_of(case):
    """The function of the floating-point inputs, those, a direction, and the slope along it."""
    function, inputs = case.on_wanted(case.arrays())
    random = np.random.default_rng(3)
    direction = tuple(
        random.standard_normal(x.shape) * (1 + 1j if x.dtype.kind == "c" else 1) for x in inputs
    )
    parts = jacobian(function, tuple(range(len(inputs))))(*inputs)
    change = sum(
        np.real(np.tensordot(part, v, v.ndim)) for part, v in zip(parts, direction, strict=True)
    )
    return function, tuple(inputs), direction, parts, change


@every_gradient
def test_jvp_is_the_jacobian_times_the_direction(case):
    function, inputs, direction, _, change = along_of(case)
    np.testing.assert_allclose(jvp(function, inputs, direction)[1], change, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    "case", [case for case in TABLE if case.order >= 2], ids=lambda case: case.id
)
def test_second_order_where_the_incoming_gradient_is_zero(case):
    """At the minimum of a squared error the Hessian is J^T J, though every gradient is 0."""
    function, inputs, direction, parts, change = along_of(case)
    target = function(*inputs)
    each = tuple(range(len(inputs)))

    def error(*x):
        return 0.5 * np.sum((function(*x) - target) ** 2)

    def slope_along(*x):
        gradients = grad(error, each)(*x)
        pairs = zip(gradients, direction, strict=True)
        return sum((np.real(np.sum(g * v)) for g, v in pairs), start=0.0)

    for found, part in zip(grad(slope_along, each)(*inputs), parts, strict=True):
        expected = np.tensordot(change, part, np.ndim(change))
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


@every_gradient
def test_gradient_has_shape_dtype_and_memory_of_its_own(case):
    for dtype in (np.float32, np.float64):
        leaves, root, seed = backpropagated(case, dtype)
        values = [node.value for node in ancestors(root)]
        gradients = [node.grad for node in ancestors(root) if node.grad is not None]
        for leaf in leaves:
            assert leaf.grad.shape == leaf.shape
            assert leaf.grad.dtype == leaf.dtype
            if leaf.ndim:
                assert leaf.grad.base is None
                assert leaf.grad.flags.writeable
                others = [g for g in gradients if g is not leaf.grad]
                assert sum(g is leaf.grad for g in gradients) == 1
                assert not any(np.may_share_memory(leaf.grad, x) for x in [*values, *others, seed])


@every_gradient
def test_rules_keep_float32(case):
    dtype = np.result_type(joined(case.twin(*case.arrays(np.float32))))
    if dtype == np.float64 or case.name.startswith("histogram"):
        pytest.skip("float64 as asked, or as NumPy makes it")
    root = joined(case.call(*case.nodes(np.float32)))
    for node in ancestors(root):
        if node.operation is None:
            continue
        values = [plain(x) for x in node.inputs]
        g = np.ones_like(node.value)
        for x, rule in zip(node.inputs, node.operation.rules, strict=False):
            if type(x) is Node and x.requires_grad and rule is not None and x.dtype == np.float32:
                part = rule(g, node.value, *values, **node.options)
                assert np.result_type(part) in (np.float32, np.complex64), node.operation


@every_gradient
def test_nothing_is_mutated(case):
    arrays = case.arrays()
    nodes = as_nodes(arrays)
    root = joined(case.call(*nodes))
    before = [np.array(node.value) for node in ancestors(root)]
    options = [str(node.options) for node in ancestors(root)]
    seed = np.ones_like(root.value)
    root.backward(seed)
    root.backward(seed, create_graph=True)
    again = [node.value for node in ancestors(root)]
    for old, new in zip(before, again, strict=True):
        np.testing.assert_array_equal(old, new)
    assert options == [str(node.options) for node in ancestors(root)]
    np.testing.assert_array_equal(seed, np.ones_like(root.value))
    for old, new in zip(case.arrays(), arrays, strict=True):
        np.testing.assert_array_equal(old, new)


def fortran(x):
    return np.asfortranarray(x) if x.ndim else x


def strided(x):
    if not x.ndim:
        return x
    apart = np.zeros(tuple(2 * n for n in x.shape), x.dtype)
    view = apart[tuple(slice(None, None, 2) for _ in x.shape)]
    view[...] = x
    return view


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


@every_gradient
@pytest.mark.parametrize("layout", [strided, fortran, read_only], ids=lambda f: f.__name__)
def test_memory_layout_does_not_matter(case, layout):
    expected, _, _ = backpropagated(case)
    found, root, _ = backpropagated(case, arrays=[layout(x) for x in case.arrays()])
    # As constants beside a node the arrays come in without a copy.
    np.testing.assert_allclose(
        joined(case.call(*[layout(x) for x in case.arrays()])), root.value, rtol=1e-12, atol=1e-13
    )
    for x, y in zip(expected, found, strict=True):
        np.testing.assert_allclose(x.grad, y.grad, rtol=1e-9, atol=1e-12)


@every_gradient
def test_recorded_backward_gives_the_same_gradients(case):
    leaves, root, seed = backpropagated(case)
    expected = [leaf.grad for leaf in leaves]
    root.backward(seed, create_graph=True)
    for leaf, value in zip(leaves, expected, strict=True):
        assert type(leaf.grad) is Node
        np.testing.assert_allclose(leaf.grad.value, value, rtol=1e-10, atol=1e-12)


@every_gradient
def test_contributions_add_up_to_the_gradients(case):
    _, root, _ = backpropagated(case)
    sums = {}
    for node in ancestors(root):
        for position, x in enumerate(node.inputs):
            if type(x) is Node and x.requires_grad and node.grad is not None:
                part = contribution(node, position, node.grad)
                if part is not None:
                    assert part.dtype == x.dtype
                    sums[x] = sums.get(x, 0.0) + part
    for x, gradient in sums.items():
        np.testing.assert_allclose(x.grad, gradient, rtol=1e-10, atol=1e-12, strict=True)


ELEMENTWISE = [case for case in TABLE if case.elementwise]


@pytest.mark.parametrize("case", ELEMENTWISE, ids=lambda case: case.id)
@pytest.mark.parametrize("shape", [(), (1,), (0,), (0, 3)], ids=str)
def test_elementwise_on_small_and_empty_shapes(case, shape):
    arrays = [
        np.resize(x, shape) if 0 not in shape else x.ravel()[:0].reshape(shape)
        for x in case.arrays()
    ]
    value = case.call(*arrays)
    np.testing.assert_allclose(value, case.twin(*arrays), rtol=1e-12)
    nodes = as_nodes(arrays)
    if case.order:
        out = case.call(*nodes)
        out.backward(np.ones(shape))
        for x in nodes:
            if x.requires_grad:
                assert x.grad.shape == shape
                assert x.grad.dtype == x.dtype
                assert isinstance(x.grad, np.generic if shape == () else np.ndarray)


@pytest.mark.parametrize(
    "case",
    [case for case in ELEMENTWISE if case.order and len(case.shapes) == 1],
    ids=lambda case: case.id,
)
def test_local_gradient_is_the_gradient_for_each_entry(case):
    x = case.nodes()[0]
    out = case.call(x)
    out.backward(np.ones(out.shape))
    if len(out.inputs) == 1 and out.inputs[0] is x:
        (local,) = out.local_gradients
        np.testing.assert_allclose(local, x.grad)
        assert local.flags.owndata and local.flags.writeable


@pytest.mark.parametrize("case", ELEMENTWISE, ids=lambda case: case.id)
def test_elementwise_on_python_numbers(case):
    numbers = [x.reshape(-1)[0].item() for x in case.arrays()]
    value = case.call(*numbers)
    assert isinstance(value, np.generic)
    np.testing.assert_allclose(value, case.twin(*numbers), rtol=1e-12)
