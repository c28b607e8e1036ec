"""What can be done with each library: every yes is code that runs; for a no, what was tried.

A library is asked for what it and its documentation offer by themselves, without further packages.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from importlib.util import find_spec

OURS = "autograd-core"
LIBRARIES = {
    OURS: "autograd_core",
    "PyTorch": "torch",
    "JAX": "jax",
    "HIPS autograd": "autograd",
    "MyGrad": "mygrad",
    "micrograd": "micrograd",
}
"""The libraries of the table, and the modules by which they are found."""

IMPORTS = {
    OURS: "import numpy as np; from autograd_core import *; from autograd_core import compile",
    "PyTorch": "import numpy as np; import torch",
    "JAX": "import numpy as np; import jax; import jax.numpy as jnp",
    "HIPS autograd": "import numpy; import autograd; import autograd.numpy as np",
    "MyGrad": "import numpy as np; import mygrad as mg",
    "micrograd": "import numpy as np; from micrograd.engine import Value",
}

FEATURES: dict[str, dict[str, str]] = {
    "arrays": {
        OURS: "x = Node(np.ones(3)); np.sum(x * x).backward(); assert x.grad[2] == 2",
        "PyTorch": "x = torch.ones(3, requires_grad=True); (x * x).sum().backward()",
        "JAX": "jax.grad(lambda x: jnp.sum(x * x))(jnp.ones(3))",
        "HIPS autograd": "autograd.grad(lambda x: np.sum(x * x))(np.ones(3))",
        "MyGrad": "x = mg.tensor([1.0, 1.0]); mg.sum(x * x).backward()",
    },
    "NumPy's own functions record": {
        OURS: "x = Node(2.0); np.exp(x).backward(); assert x.grad == np.exp(2.0)",
        "HIPS autograd": "assert autograd.grad(numpy.exp)(2.0) == numpy.exp(2.0)",
        "MyGrad": "x = mg.tensor(2.0); np.exp(x).backward(); assert x.grad == np.exp(2.0)",
    },
    "second derivatives": {
        OURS: "assert grad(grad(lambda x: x**3))(2.0) == 12",
        "PyTorch": """
            f = torch.func.grad(torch.func.grad(lambda x: x**3))
            assert f(torch.tensor(2.0)) == 12""",
        "JAX": "assert jax.grad(jax.grad(lambda x: x**3))(2.0) == 12",
        "HIPS autograd": "assert autograd.grad(autograd.grad(lambda x: x**3))(2.0) == 12",
    },
    "complex numbers": {
        OURS: "assert grad(lambda z: np.abs(z) ** 2)(1 + 2j) == 2 - 4j",
        "PyTorch": "z = torch.tensor(1 + 2j, requires_grad=True); (z.abs() ** 2).backward()",
        "JAX": "assert abs(jax.grad(lambda z: jnp.abs(z) ** 2)(1 + 2j) - (2 - 4j)) < 1e-6",
        "HIPS autograd": """
            z = autograd.grad(lambda z: np.abs(z) ** 2)(1 + 2j)
            assert abs(z - (2 - 4j)) < 1e-12""",
    },
    "a check against the difference quotient": {
        OURS: "check_gradients(np.sin, 0.5, order=2)",
        "PyTorch": """
            x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
            assert torch.autograd.gradcheck(torch.sin, x)""",
        "JAX": """
            from jax.test_util import check_grads
            check_grads(jnp.sin, (0.5,), order=2)""",
        "HIPS autograd": """
            from autograd.test_util import check_grads
            check_grads(np.sin, order=2)(0.5)""",
    },
    "which operation made the first nan": {
        OURS: """
            with np.errstate(all="ignore"):
                y = np.log(Node(-1.0)) * 2
            assert find_nonfinite(y).operation.name == "log\"""",
        "PyTorch": """
            with torch.autograd.set_detect_anomaly(True):
                x = torch.tensor(0.0, requires_grad=True)
                try:
                    (torch.sqrt(x) * 0).backward()
                    said = ""
                except RuntimeError as error:
                    said = str(error)
            assert "SqrtBackward" in said""",
        "JAX": """
            with jax.debug_nans(True):
                try:
                    jnp.log(-1.0)
                    said = ""
                except FloatingPointError as error:
                    said = str(error)
            assert "log" in said""",
    },
    "a picture of the graph with values and gradients": {
        OURS: """
            from visualize import draw
            x = Node(2.0, name="x")
            f = x * x
            f.backward()
            assert "<svg" in draw(f).svg()""",
    },
    "a page that steps and computes": {
        OURS: """
            from visualize import draw
            x = Node(2.0, name="x")
            assert "<script" in draw(x * x, live=True).html()""",
    },
    "one gradient written out as the chain rule": {
        OURS: """
            from visualize import explain
            x = Node(2.0, name="x")
            assert explain(np.exp(x * x), wrt=x).value == 4 * np.exp(4.0)""",
    },
    "the backward pass as code that one reads": {
        OURS: """
            step = grad(lambda x: np.sum(np.sin(x)))
            assert "np.cos(x)" in Program.record(step, np.ones(3)).source()""",
        "PyTorch": """
            from torch.fx.experimental.proxy_tensor import make_fx
            step = torch.func.grad(lambda x: x.sin().sum())
            assert "cos" in make_fx(step)(torch.ones(3)).code""",
        "JAX": """
            program = jax.make_jaxpr(jax.grad(lambda x: jnp.sum(jnp.sin(x))))(jnp.ones(3))
            assert "cos" in str(program)""",
    },
    "compiled steps": {
        OURS: "assert compile(grad(np.sin))(0.0) == 1",
        "PyTorch": "assert torch.compile(torch.sin, backend='aot_eager')(torch.zeros(1)) == 0",
        "JAX": "assert jax.jit(jax.grad(jnp.sin))(0.0) == 1",
    },
    "layers and optimizers": {
        OURS: "from nn import Adam, FullyConnected; FullyConnected(2, 3), Adam(0.1)",
        "PyTorch": "m = torch.nn.Linear(2, 3); torch.optim.Adam(m.parameters(), lr=0.1)",
        "JAX": "from jax.example_libraries import optimizers, stax; stax.Dense(3)",
        "HIPS autograd": "from autograd.misc.optimizers import adam",
        "micrograd": "from micrograd.nn import MLP; MLP(2, [3, 1])",
    },
    "a training loop; an interrupted run goes on bit for bit": {
        OURS: """
            from nn import FullyConnected, NeuralNetwork
            x = np.arange(8.0).reshape(4, 2) / 8
            def trained(epochs, **options):
                network = NeuralNetwork([FullyConnected(2, 1)], loss="mse", seed=1)
                network.fit(x, x[:, :1], epochs=epochs, batch_size=2, progress=False, **options)
                return network.layers[0].weight.value
            trained(1, checkpoint="run")
            assert (trained(2, resume="run") == trained(2)).all()""",
    },
}  # fmt: skip
"""For each feature, the code by which a library has it. Who is missing was looked for."""

LOOKED_FOR = {
    "NumPy's own functions record": {
        "PyTorch": "np.exp(torch.tensor(2.0, requires_grad=True))",
        "JAX": "jax.grad(np.exp)(2.0)",
        "micrograd": "np.exp(Value(2.0))",
    },
    "arrays": {"micrograd": "Value(np.ones(3)).relu()"},
    "second derivatives": {
        "MyGrad": "x = mg.tensor(2.0); (x**3).backward(); x.grad.backward()",
        "micrograd": "x = Value(2.0); (x**3).backward(); x.grad.backward()",
    },
    "complex numbers": {
        "MyGrad": "mg.abs(mg.tensor(1 + 2j)).backward()",
        "micrograd": "abs(Value(1 + 2j))",
    },
}
"""What was tried where a library has not got it: it raises. The others name nothing to try."""


ELSEWHERE = {
    ("a picture of the graph with values and gradients", "micrograd"): "in a notebook",
    ("layers and optimizers", "HIPS autograd"): "optimizers",
    ("layers and optimizers", "JAX"): "as examples",
    ("layers and optimizers", "micrograd"): "layers",
}
"""Entries that a yes or a no would not do justice."""


SHORT = (
    "a picture of the graph with values and gradients",
    "a page that steps and computes",
    "one gradient written out as the chain rule",
    "NumPy's own functions record",
    "second derivatives",
    "the backward pass as code that one reads",
    "compiled steps",
    "layers and optimizers",
    "a training loop; an interrupted run goes on bit for bit",
)


def tried(library: str, code: str) -> Exception | None:
    """Run code in a library, in a folder of its own and silently; return what it raised."""
    names: dict[str, object] = {}
    before = os.getcwd()  # noqa: PTH109
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        exec(IMPORTS[library], names)
        os.chdir(folder)
        try:
            exec(textwrap.dedent(code), names)
        except Exception as error:
            return error
        finally:
            os.chdir(before)
    return None


def table(libraries: Sequence[str] = tuple(LIBRARIES), features: Iterable[str] = FEATURES) -> str:
    """Return a table in Markdown: all of it in docs/coming-from.md, `SHORT` in the README."""
    shown = list(libraries)
    lines = [f"| | {' | '.join(shown)} |", f"|---|{'---|' * len(shown)}"]
    for feature in features:
        codes = FEATURES[feature]
        marks = (
            ELSEWHERE.get((feature, library), "yes" if library in codes else "–")
            for library in shown
        )
        lines.append(f"| {feature} | {' | '.join(marks)} |")
    return "\n".join(lines)


def wrong(library: str) -> list[str]:
    """Return the entries that are not so: a yes that does not run, a no that does."""
    found = []
    for all_codes, has_it in ((FEATURES, True), (LOOKED_FOR, False)):
        for feature, codes in all_codes.items():
            if library not in codes:
                continue
            error = tried(library, codes[library])
            slip = isinstance(error, (ImportError, NameError, SyntaxError))  # proves no lack
            if (error is None) is not has_it or (slip and not has_it):
                found.append(f"{library}: {feature}: {codes[library]}")
    return found


def run(_rounds: int) -> list[object]:
    """Try every entry for the libraries that are here, and print the table of those."""
    here = [library for library, module in LIBRARIES.items() if find_spec(module)]
    mistakes = [mistake for library in here for mistake in wrong(library)]
    print(table(here))
    if mistakes:
        raise AssertionError("not as the table says:\n" + "\n".join(mistakes))
    return []
