"""The ways to run a recorded program, for the tests that compare them with the engine itself."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograd_core import Program
from autograd_core.program import interpreter
from autograd_core.program.compiling import BACKENDS, backend_named
from autograd_core.program.javascript import exported, kernel_source
from autograd_core.program.value import dtype_of, shape_of

NAMES = ("interpreter", *BACKENDS, "javascript")

SAME_BITS = {"interpreter", "numpy"}
"""Those that compute what the engine computes, bit for bit; others equal it to rounding."""

OF_REAL_NUMBERS = {"javascript"}
"""Those that have no complex numbers."""

BESIDE_ONE = {"javascript": (1e-12, 2e-5)}
"""How near results have to be, in float64 and float32, as a part of them or of 1."""


def run(name: str, program: Program, arrays: Sequence[Any]) -> list[Any]:
    """The outputs of a program for these inputs; what is not installed is skipped."""
    return built(name, program)(*arrays)


def built(name: str, program: Program) -> Callable[..., list[Any]]:
    """A program ready to be called with its inputs by a back end."""
    if name == "interpreter":
        return lambda *arrays: interpreter.run(program, arrays)
    if name == "javascript":
        data = exported(program)
        return lambda *arrays: in_node([(program, data, arrays)])[0]
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
        if name in BESIDE_ONE:
            near = dict.fromkeys(("rtol", "atol"), BESIDE_ONE[name][int(single)] / 2)  # their sum
        np.testing.assert_allclose(found, expected, **near)


def merged(programs: Sequence[Program]) -> Program:
    """Several programs as one, so that a compiler is called once."""
    inputs: list[Any] = []
    outputs: list[Any] = []
    for program in programs:
        inputs += program.inputs
        outputs += program.outputs
    return Program(inputs, outputs)


# --- programs as data, run by a script ------------------------------------------------------------

Job = tuple[Program, dict[str, Any], Sequence[Any]]
"""A program, itself as data, and the value of each input."""

ANSWER = """
const bytesTo = (array, text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes);
};
const bytesFrom = (array) => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
};
const answer = (jobs) => jobs.map(([data, inputs]) => {
  const built = Kernel.build(data);
  inputs.forEach((text, place) => bytesTo(built.inputs[place], text));
  built.run();
  return built.outputs.map(bytesFrom);
});
"""
"""The script's part in `asked` and `answered`."""


def _held(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """How the script holds numbers of a data type."""
    return np.dtype(np.float64) if dtype.str[1:] in ("i8", "u8") else dtype


def asked(jobs: Sequence[Job]) -> list[Any]:
    """What the script's ``answer`` takes."""
    return [
        [
            data,
            [
                base64.b64encode(np.asarray(x, _held(value.dtype)).tobytes()).decode()
                for value, x in zip(program.inputs, arrays, strict=True)
            ],
        ]
        for program, data, arrays in jobs
    ]


def answered(jobs: Sequence[Job], texts: list[list[str]]) -> list[list[Any]]:
    """The outputs of each program, of what ``answer`` returned."""

    def array(text: str, output: Any) -> Any:
        found = np.frombuffer(base64.b64decode(text), _held(dtype_of(output)))
        return found.astype(dtype_of(output)).reshape(shape_of(output))

    return [
        [array(text, output) for text, output in zip(found, program.outputs, strict=True)]
        for (program, *_), found in zip(jobs, texts, strict=True)
    ]


def in_node(jobs: Sequence[Job]) -> list[list[Any]]:
    """The outputs of programs, by one process of Node.js."""
    texts = run_in_node(
        f"{kernel_source()}{ANSWER}"
        "const { readFileSync } = require('fs');"
        "console.log(JSON.stringify(answer(JSON.parse(readFileSync(0)))));",
        json.dumps(asked(jobs), allow_nan=False),
    )
    return answered(jobs, json.loads(texts))


def run_in_node(script: str, given: str = "") -> str:
    """What a script prints, with a text as its standard input."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed: apt install nodejs")
    done = subprocess.run(
        [node, "-e", script], input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
