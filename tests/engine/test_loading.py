"""What `import autograd_core` leaves for later comes when somebody asks, and changes nothing."""

import subprocess
import sys

import pytest

START = "import numpy as np, autograd_core as ac, sys\nx = ac.Node([1.0, 2.0])\n"
LATE = "autograd_core.operations.linalg"


def told_by(code):
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", START + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_the_import_leaves_most_of_the_table_for_later():
    late = ("operations.linalg", "operations.softmax", "array_api", "program", "files")
    code = f"print([m for m in {late} if 'autograd_core.' + m in sys.modules])"
    assert told_by(code) == "[]"
    heavy = ("numpy.polynomial", "numpy.typing", "scipy")
    assert told_by(f"print([m for m in {heavy} if m in sys.modules])") == "[]"


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("print(ac.softmax)", "Operation('softmax')"),
        ("print(np.exp(x).operation)", "Operation('exp')"),
        ("print(np.stack([x, x]).shape)", "(2, 2)"),
        ("print(np.add.reduceat(x, [0, 1]).shape)", "(2,)"),
        ("print(x.cumsum().value)", "[1. 3.]"),
        ("print(x.sum(dtype=np.float32).dtype)", "float32"),
        ("print(np.sort(x).value)", "[1. 2.]"),
        ("from autograd_core import *\nprint(logsumexp, 'sum' in dir())",
         "Operation('logsumexp') False"),
        ("from autograd_core.operation import REGISTRY\nprint('inv' in REGISTRY)", "True"),
        ("from autograd_core.numpy_protocol import STAND_INS\nprint(np.linalg.inv in STAND_INS)",
         "True"),
        ("import pickle\nprint(pickle.loads(b'cautograd_core.operation\\n_operation_named\\n"
         "(Vinv\\ntR.'))", "Operation('inv')"),
        ("print('softmax' in dir(ac), 'compile' in dir(ac))", "True True"),
        ("print(ac.array_api is x.__array_namespace__(), x.device)", "True cpu"),
        ("print(str(ac.sum.__signature__).split(', ')[3])", "dtype=None"),
        ("print(ac.exp.__doc__.splitlines()[0], ac.Operation.__doc__.splitlines()[0])",
         "exp(x, /) One row of the table of operations: what it computes, and its gradient rules."),
        ("import autograd_core.operations.einsum\nprint(callable(ac.einsum))", "True"),
        ("print(hasattr(ac, 'not_there'), hasattr(ac.operations, 'not_there'))", "False False"),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_there(code, printed):
    assert told_by(code) == printed


def test_an_operation_of_the_users_is_not_replaced_by_what_comes_later():
    code = (
        "mine = ac.Operation('inv', lambda x: x, (lambda g, out, x: g,), numpy=(np.linalg.inv,))\n"
        f"assert {LATE!r} not in sys.modules\n"
        "row = np.linalg.inv(x).operation\n"
        "ac.softmax\n"
        f"assert {LATE!r} in sys.modules\n"
        "from autograd_core.operation import REGISTRY\n"
        "print(row is mine, np.linalg.inv(x).operation is mine, REGISTRY['inv'] is mine)"
    )
    assert told_by(code) == "True True True"


def test_threads_that_ask_at_once_get_the_same():
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    found = list(pool.map(lambda name: getattr(ac, name), ['softmax', 'inv'] * 20))\n"
        "print({str(row) for row in found} == {'Operation(\\'softmax\\')', 'Operation(\\'inv\\')'})"
    )
    assert told_by(code) == "True"
