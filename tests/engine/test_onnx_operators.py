"""The table of operations as ONNX's operators, run by onnxruntime."""

import warnings

import numpy as np
import pytest
from table import TABLE

from autograd_core import Program
from autograd_core.operation import REGISTRY
from autograd_core.program.errors import RecordingError, UnsupportedOperationError

onnx = pytest.importorskip("onnx", reason="ONNX files need the package onnx")
runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime, which is not installed")

from autograd_core.program.passes.composed import composed  # noqa: E402
from nn.onnx.batched import Batched  # noqa: E402
from nn.onnx.operators import OPERATORS  # noqa: E402
from nn.onnx.simplifying import _PARTS, _PARTS_OF_DOUBLE, simplified  # noqa: E402
from nn.onnx.writing import graph_of, model_of  # noqa: E402

NOT_IMPLEMENTED = runtime.capi.onnxruntime_pybind11_state.NotImplemented
"""What onnxruntime raises; the older the release, the more it has in float32 alone."""

TOLERANCES = {np.float32: 1e-5, np.float64: 1e-9}

NAMES = sorted({*OPERATORS, *_PARTS, *_PARTS_OF_DOUBLE})


def recorded(case, arrays):
    """The case as a program of one result, with all its inputs given; else None."""
    try:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # of indices
            program = Program.record(case.call, *arrays)
    except RecordingError:
        return None
    return program if program.returned is ... and not program.sources else None


def written(program):
    apart = simplified(composed(program, keep=OPERATORS))
    return model_of(graph_of(Batched(apart, apart), {}))


def cases(name):
    """The lines of the table that make a value with an operation."""
    return [case for case in TABLE if case.name.rpartition(".")[2] == name] or [
        case
        for case in TABLE
        if (program := recorded(case, case.arrays())) is not None
        and any(value.operation is REGISTRY[name] for value in program.values())
    ]


def agree(case, dtype):
    """Whether onnxruntime could compute a case; it then found what NumPy does."""
    arrays = case.arrays(dtype)
    program = recorded(case, arrays)
    if program is None:
        return False
    try:
        model = written(program)
    except UnsupportedOperationError:
        return False
    onnx.checker.check_model(model, full_check=True)
    try:
        session = runtime.InferenceSession(model.SerializeToString())
    except NOT_IMPLEMENTED:  # the file is right all the same, as the checker says
        assert dtype is np.float64, "onnxruntime lacks it in single precision"
        return False
    names = [each.name for each in session.get_inputs()]
    found = session.run(None, dict(zip(names, arrays, strict=True)))[0]
    expected = np.asarray(program(*arrays))
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape), case.id
    tolerance = TOLERANCES[dtype]
    np.testing.assert_allclose(found, expected, tolerance, tolerance, err_msg=case.id)
    return True


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_computed_by_onnxruntime(name):
    found = [agree(case, dtype) for case in cases(name) for dtype in TOLERANCES]
    assert any(found), "no line of the table tells"


def test_each_operator_stands_for_an_operation():
    assert set(NAMES) <= set(REGISTRY)


@pytest.mark.parametrize("name", sorted({"sort", "fft", "det", "cumprod"}))
def test_an_operation_without_an_operator_names_itself(name):
    case = cases(name)[0]
    with pytest.raises(UnsupportedOperationError, match=f"the operation '{name}' has no form"):
        written(recorded(case, case.arrays()))


@pytest.mark.parametrize("keepdims", [True, False])
def test_a_softmax_is_found_only_where_it_is_one(keepdims):
    def shares(x):
        exponentials = np.exp(x - np.max(x, axis=1, keepdims=keepdims))
        return exponentials / np.sum(exponentials, axis=1, keepdims=keepdims)

    model = written(Program.record(shares, np.ones((2, 2))))
    assert (model.graph.node[0].op_type == "Softmax") == keepdims


def test_whatever_is_written_of_the_table_is_right():
    """Every line, also of functions that are made of several operations."""
    assert sum(agree(case, np.float32) for case in TABLE) > 700
