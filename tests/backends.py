"""The ways to run a recorded program, for the tests that compare them with the engine itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograd_core import Program
from autograd_core.program import interpreter
from autograd_core.program.compiling import BACKENDS, backend_named

NAMES = ("interpreter", *BACKENDS)

SAME_BITS = {"interpreter", "numpy"}
"""Those that compute what the engine computes, bit for bit; others equal it to rounding."""


def run(name: str, program: Program, arrays: Sequence[Any]) -> list[Any]:
    """The outputs of a program for these inputs; what is not installed is skipped."""
    return built(name, program)(*arrays)


def built(name: str, program: Program) -> Callable[..., list[Any]]:
    """A program ready to be called with its inputs by a back end."""
    if name == "interpreter":
        return lambda *arrays: interpreter.run(program, arrays)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # which says that it is not there
            executable = backend_named(name).build(program)
    except (ImportError, RuntimeWarning) as error:
        pytest.skip(str(error))

    def call(*arrays: Any) -> list[Any]:
        results = executable(*arrays)
        assert results is not None, "nothing is guarded in such a program"
        return results

    return call


def equal(name: str, found: Any, expected: Any) -> None:
    """Check a result against the engine's: its dtype, its shape, and its numbers."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    if name in SAME_BITS:
        np.testing.assert_array_equal(found, expected)
    else:
        single = np.finfo(expected.dtype).eps > 1e-10 if expected.dtype.kind in "fc" else False
        near = {"rtol": 1e-4, "atol": 1e-5} if single else {"rtol": 1e-9, "atol": 1e-11}
        np.testing.assert_allclose(found, expected, **near)


def merged(programs: Sequence[Program]) -> Program:
    """Several programs as one, so that a compiler is called once."""
    inputs: list[Any] = []
    outputs: list[Any] = []
    for program in programs:
        inputs += program.inputs
        outputs += program.outputs
    return Program(inputs, outputs)
