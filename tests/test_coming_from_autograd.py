"""What docs/coming-from/autograd.md says to write runs, and is listed completely."""

import re
from pathlib import Path

import numpy as np
import pytest

import autograd_core
import nn
from autograd_core.operation import REGISTRY

TEXT = (Path(__file__).parents[1] / "docs/coming-from/autograd.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.*) \| (.*) \|$", TEXT, re.MULTILINE)
CODE = [
    code for _, right in ROWS for code in re.findall(r"`([^`]+\)|(?:from|import) [^`]+)`", right)
]

public = {name: getattr(autograd_core, name) for name in autograd_core.__all__}


@pytest.mark.parametrize("code", CODE)
def test_what_is_written_here_runs(code):
    if "scipy" in code:
        pytest.importorskip("scipy", reason="SciPy, an optional part, is not installed")
    names = {**public, "np": np, "minimize": nn.minimize, "Adam": nn.Adam}
    names.update(
        f=lambda x: x**2,
        g=lambda x, y: np.sum(x * y**2),
        loss=lambda x: np.sum(np.sin(x)),
        x=np.array([1.0, 2.0]),
        v=np.array([0.5, 1.0]),
        u=np.array([3.0, 4.0]),
    )
    exec(code, names)
    REGISTRY.pop("cube", None)


def test_the_gauss_newton_product():
    code = next(code for code in CODE if code.startswith("vjp") and "jvp(f, (x,)" in code)
    x, v = np.array([1.0, 2.0]), np.array([0.5, 1.0])
    names = {**public, "x": x, "v": v}
    names.update(f=lambda x: x**2, loss=lambda y: np.sum(y**3))
    (found,) = eval(code, names)
    np.testing.assert_allclose(found, 2 * x * (6 * x**2) * (2 * x * v))


def test_there_are_rows():
    assert len(ROWS) > 15
    assert len(CODE) > 15
