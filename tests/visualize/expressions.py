"""The script of the expression page in node, and its Python twin."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import autograd_core
from autograd_core import Node
from autograd_core.program.javascript import kernel_source
from visualize.expression.functions import functions
from visualize.expression.page import _knowledge

SCRIPTS = (
    "page/fill.js",
    *(f"expression/{name}.js" for name in ("lettering", "parser", "assembly", "drawing")),
)

HARNESS = Path(__file__).with_suffix(".js")


@cache
def code():
    parts = [(files("visualize") / name).read_text("utf-8") for name in SCRIPTS]
    return "\n".join([kernel_source(), *parts, HARNESS.read_text("utf-8")])


def read(tmp_path, *expressions):
    """What the script makes of expressions: a text, or a text and the numbers of its leaves."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    given = [(one, {}) if isinstance(one, str) else one for one in expressions]
    data = [{"text": text, "values": values} for text, values in given]
    for name, content in (
        ("code.js", code()),
        ("about.json", json.dumps(dict(_knowledge()))),
        ("expressions.json", json.dumps(data)),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    command = ["node", "code.js", "about.json", "expressions.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


NAMES = {name: getattr(autograd_core, op) for name, (op, _) in functions().items()}
NAMES |= {"np": np, "math": math, "pi": math.pi}


def twin(text, values):
    """The same graph, made by Python of the same text; after backward()."""
    leaves = {name: Node(value, name=name) for name, value in values.items()}
    with np.errstate(all="ignore"):
        root = eval(text, {"__builtins__": {}}, NAMES | leaves)  # a text of the test
        root.backward()
    return root, leaves
