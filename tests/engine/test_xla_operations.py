"""Every operation of the table on XLA, or on the list of those that it can't do."""

from __future__ import annotations

import numpy as np
import pytest
from cases import as_nodes, joined
from table import TABLE
from test_completeness import ROWS

import autograd_core as ac
from autograd_core import Node, Program
from autograd_core.backpropagation import ancestors, backpropagate
from autograd_core.operation import REGISTRY
from autograd_core.program import RecordingError, UnsupportedOperationError, Value
from autograd_core.program.xla import build
from autograd_core.program.xla.lowering import LOWERINGS, UNSUPPORTED, lowered

jax = pytest.importorskip("jax", reason="the back end xla needs JAX: pip install jax")

pytestmark = pytest.mark.filterwarnings("ignore")  # of NumPy at poles, as in the engine's own tests

_EACH = 4
"""Uses of an operation, of different shapes, types or options, that are tried by themselves."""


def _seed(result):
    entries = np.cos(np.arange(result.size)).reshape(result.shape)
    return Node(entries.astype(result.dtype), requires_grad=False)


def _kind(node):
    shapes = tuple((np.shape(x), np.result_type(x), type(x) is Node) for x in node.inputs)
    return str(dict(node.options)), shapes


def _uses():
    """By operation: nodes that it made, in forward or backward passes of the table's cases."""
    found = {}
    for case in TABLE:
        result = joined(case.call(*as_nodes(case.arrays())))
        if type(result) is not Node:
            continue
        results = [result]
        if result.requires_grad:
            gradients = backpropagate(result, _seed(result), keep_intermediate=True)
            results += [g for g in gradients.values() if type(g) is Node]
        for root in results:
            for node in ancestors(root):
                if node.operation is not None:
                    kinds = found.setdefault(node.operation.name, {})
                    if len(kinds) < _EACH:
                        kinds.setdefault(_kind(node), node)
    return {name: list(kinds.values()) for name, kinds in found.items()}


@pytest.fixture(scope="module")
def uses():
    return _uses()


WHILE_RECORDING = {"gather", "scatter_places"}
"""Operations that are made only while a program is recorded."""

COMPOSED = {name for name, row in ROWS.items() if row.composed is not None}
"""Array code, which XLA gets in terms of others; `test_backends` runs them there."""

TAPES = {"gru_tape", "lstm_tape"}
"""What array code leaves to its way back; in terms of others nothing asks for it."""

ALL = sorted(
    {*ROWS, *(name for name in REGISTRY if name.startswith("scipy."))}
    - WHILE_RECORDING
    - COMPOSED
    - TAPES
)


@pytest.mark.parametrize("name", ALL)
def test_every_operation_is_lowered_or_on_the_list(name, uses):
    if name in UNSUPPORTED and name not in uses:
        assert name == "scipy.integrate.odeint"  # whose cases check forward passes alone
        return
    for node in uses[name]:
        arrays = [x.value if type(x) is Node else x for x in node.inputs]
        places = [place for place, x in enumerate(node.inputs) if type(x) is Node]
        value = Value(node.operation, (), node.options, node.shape, node.dtype)

        def on_traced(*traced, arrays=arrays, places=places, value=value):
            inputs = list(arrays)
            for place, x in zip(places, traced, strict=True):
                inputs[place] = x
            return lowered(value, inputs)

        with jax.enable_x64(True):
            if name in UNSUPPORTED:
                with pytest.raises(UnsupportedOperationError, match=name.replace("[", r"\[")):
                    jax.jit(on_traced)(*(arrays[place] for place in places))
                continue
            found = np.asarray(jax.jit(on_traced)(*(arrays[place] for place in places)))
        assert found.dtype == node.dtype
        tolerance = 1e-9 if node.dtype.itemsize >= 8 else 1e-5
        np.testing.assert_allclose(found, node.value, rtol=tolerance, atol=tolerance)


def test_the_lists_name_operations_that_there_are():
    assert set(UNSUPPORTED) <= set(REGISTRY)
    assert set(LOWERINGS) <= set(REGISTRY)
    assert not set(UNSUPPORTED) & set(LOWERINGS)


def test_an_index_may_be_an_input():
    def picked(x, rows):
        return np.sum(x[rows, :] * np.cos(x[:, rows]))

    x, rows = np.arange(12.0).reshape(3, 4) / 7.0, np.array([0, 2, 2])
    program = Program.record(ac.value_and_grad(picked), x[:, :3], rows)
    assert {v.operation.name for v in program.values() if v.operation} >= WHILE_RECORDING
    other = np.array([2, 1, 1])
    found, expected = build(program)(x[:, 1:], other), program(x[:, 1:], other)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


# --- whole programs -------------------------------------------------------------------------------


def _others(arrays):
    """Other numbers of the same kind: those of a recording must not be in the program."""
    random = np.random.default_rng(5)
    return [
        x if x.dtype.kind not in "fc" else x * (1.0 + 0.02 * random.random(x.shape)) for x in arrays
    ]


def _value_and_gradients(case, arrays):
    function, wanted = case.on_wanted(arrays)

    def run(*inputs):
        result = function(*inputs)
        if type(result) is not Node or not result.requires_grad:
            return [result]
        gradients = backpropagate(result, _seed(result), keep_intermediate=False)
        return [result, *(g for g in map(gradients.get, inputs) if g is not None)]

    return run, wanted


@pytest.mark.slow
@pytest.mark.parametrize("case", TABLE, ids=[case.id for case in TABLE])
def test_a_program_equals_the_interpreter_on_other_numbers(case):
    arrays = case.arrays()
    run, wanted = _value_and_gradients(case, arrays)
    try:
        program = Program.record(run, *wanted)
    except RecordingError as error:
        pytest.skip(f"it can't be recorded: {error}")
    needed = {value.operation.name for value in program.values() if value.operation}
    if needed & UNSUPPORTED.keys():
        with pytest.raises(UnsupportedOperationError):
            build(program)
        return
    other = [x if x.ndim else x[()] for x in _others([np.asarray(x) for x in wanted])]
    expected = program(*other)
    given = [*other, *(source() for source in program.sources.values())]
    for found, each in zip(build(program)(*given), expected, strict=True):
        assert found.dtype == each.dtype
        np.testing.assert_allclose(found, each, rtol=1e-9, atol=1e-9)


# --- corners where the forward function decides by reading numbers -------------------------------

_INFINITE = np.array([[1.0, np.inf, 0.0], [-np.inf] * 3, [np.nan, 0.0, 1.0], [1e300, -1e300, 0.0]])


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_softmax_at_the_ends(name):
    program = Program.record(lambda x: REGISTRY[name](x, axis=-1), np.ones((4, 3)))
    (found,) = build(program)(_INFINITE)
    np.testing.assert_allclose(found, program(_INFINITE), rtol=1e-12)


def test_what_has_no_weight_costs_nothing():
    logs, weights = np.array([[0.0, -np.inf]]), np.array([[1.0, 0.0]])
    row = REGISTRY["negative_log_likelihood"]
    program = Program.record(lambda logs, weights: row(logs, weights), np.ones((1, 2)), weights)
    assert build(program)(logs, weights) == [program(logs, weights)] == [0.0]


def test_a_label_that_is_no_class_gives_nan():
    program = Program.record(
        lambda x, labels: ac.softmax_cross_entropy(x, labels), np.ones((2, 3)), np.array([0, 1])
    )
    (found,) = build(program)(np.ones((2, 3)), np.array([0, 7]))
    assert np.isnan(found).tolist() == [False, True]


@pytest.mark.parametrize("triangle", ["L", "U"])
def test_one_triangle_of_a_symmetric_matrix_is_read(triangle):
    a = np.arange(9.0).reshape(3, 3) + 4.0 * np.eye(3)
    program = Program.record(lambda a: ac.eigh(a, triangle)[0], a)
    np.testing.assert_allclose(build(program)(a)[0], program(a), rtol=1e-12)
