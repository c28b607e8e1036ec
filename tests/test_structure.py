"""The structure of the packages: imports run one way, and the two maps of it say what is there."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("autograd_core", "nn", "visualize")  # each may import those before it
FILES = {
    path.relative_to(ROOT).as_posix(): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
MODULES = {re.sub(r"(/__init__)?\.py$", "", file).replace("/", "."): file for file in FILES}

UPWARDS = {
    ("autograd_core.program.program", "visualize.program"),  # Program.draw
    ("nn.training.history", "visualize.training.curves"),  # History.plot
    ("nn.command_line.runs", "visualize.draw"),  # the pictures in a run's folder
    ("nn.command_line.runs", "visualize.training.curves"),
    ("nn.command_line.playground", "visualize.playground.playground"),
    ("nn.command_line.playground", "visualize.playground.samples"),
}
"""Imports in functions that may run up: when they run, both packages are loaded."""


# --- public names ---------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [*PACKAGES, "nn.data", "visualize.training"])
def test_what_is_public_is_ours_and_says_what_it_is(package):
    """A file without a list of its own would hand on all that it imports."""
    module = importlib.import_module(package)
    for name in module.__all__:
        thing = getattr(module, name)
        home = getattr(thing, "__module__", package)
        assert home.startswith(PACKAGES), f"{package}.{name} is {home}'s"
        assert inspect.getdoc(thing), f"{package}.{name} has no docstring"


# --- imports --------------------------------------------------------------------------------------


def imported(module: str, *, in_functions: bool) -> Iterator[str]:
    """The modules of ours that a module imports when it runs, not for the type checker."""
    file = MODULES[module]
    package = module if file.endswith("__init__.py") else module.rpartition(".")[0]

    def walk(tree: ast.AST) -> Iterator[str]:
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                continue
            if isinstance(node, (ast.FunctionDef, ast.Lambda)) and not in_functions:
                continue
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                start = ".".join([*(above if node.level else []), *filter(None, [node.module])])
                for alias in node.names:
                    inner = f"{start}.{alias.name}"
                    yield inner if inner in MODULES else start
            else:
                yield from walk(node)

    found = walk(ast.parse(FILES[file].read_text(encoding="utf-8")))
    return (name for name in found if name in MODULES and name != module)


@pytest.mark.parametrize("in_functions", [False, True])
def test_no_circle_of_imports(in_functions):
    graph = {
        module: {
            name
            for name in imported(module, in_functions=in_functions)
            if (module, name) not in UPWARDS
        }
        for module in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_down(module):
    rank = PACKAGES.index(module.partition(".")[0])
    for name in imported(module, in_functions=True):
        below = PACKAGES.index(name.partition(".")[0]) <= rank
        assert below or (module, name) in UPWARDS, f"{module} imports {name}"


def test_the_exceptions_are_there():
    for module, name in UPWARDS:
        assert name in imported(module, in_functions=True), (module, name)
        assert name not in imported(module, in_functions=False), (module, name)


# --- the maps -------------------------------------------------------------------------------------


def table_of_contributing() -> dict[str, list[str]]:
    """The modules that CONTRIBUTING's table names, by folder."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/]+)/` \| (.+) \|$", text, flags=re.MULTILINE)
    return {
        folder: re.findall(r"`([\w.]+\.(?:py|js|css))`", named)
        for folder, named in rows
        if folder.split("/")[0] in PACKAGES
    }


def test_contributing_names_every_module_and_no_other():
    named = [
        f"{folder}/{name}" for folder, names in table_of_contributing().items() for name in names
    ]
    there = {file for file in FILES if not file.endswith("__init__.py")}
    for folder in ("visualize/page", "visualize/playground"):
        there |= {f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.[jc]s*")}
    assert sorted(set(there) - set(named)) == [], "write these into CONTRIBUTING's table"
    assert [name for name in named if not (ROOT / name).is_file()] == []
    assert len(named) == len(set(named))


WALKS = {
    "`a * b`": "a * b",
    "`c.backward()`": "c.backward()",
    "A batch in `fit`": "network.fit(x, y, epochs=1, batch_size=4, progress=False)",
    "A step on a back end": 'network.compile("numpy").train_step(x, y)',
    "A graph in `draw`": "draw(c).svg()",
    "`python -m nn train`": 'main(["train", "--set", "num_epochs=1"])',
}
"""ARCHITECTURE.md's headings, and what is run under each."""

SCRIPT = """
import json, sys
import numpy as np
from autograd_core import Node
from nn import SGD, FullyConnected, NeuralNetwork, ReLU, SoftMaxCrossEntropyLoss
from nn.command_line.main import main
import visualize.training  # its import is no step of a walk
from visualize import draw

a, b = Node(2.0, name="a"), Node(3.0, name="b")
c = a * b
generator = np.random.default_rng(0)
x, y = generator.normal(size=(4, 5)), np.array([0, 1, 2, 0])
layers = [FullyConnected(5, 8), ReLU(), FullyConnected(8, 3)]
network = NeuralNetwork(layers, loss=SoftMaxCrossEntropyLoss(), optimizer=SGD(0.01))

def entered(statement):
    files = {}
    def profile(frame, event, argument):
        if event == "call" and frame.f_code.co_name != "<module>":
            files.setdefault(frame.f_code.co_filename)
    code = compile(statement, "walk", "exec")
    sys.setprofile(profile)
    try:
        exec(code)
    finally:
        sys.setprofile(None)
    return list(files)

walks = {title: entered(statement) for title, statement in json.loads(sys.argv[1]).items()}
print(json.dumps(walks))
"""


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """By walk: our files in the order in which they are first entered, new ones alone.

    What is entered only where the program dot is missing stands in no walk, nor does what waits
    for an import and is asked at each.
    """
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(WALKS)],
        cwd=tmp_path_factory.mktemp("walks"),
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    files = {str(path): file for file, path in FILES.items()}
    seen = {"visualize/layout/fonts.py", "autograd_core/einops_backend.py"}
    walks = {}
    for title, entered in json.loads(done.stdout.splitlines()[-1]).items():
        ours = [files[name] for name in entered if name in files]
        walks[title] = [file for file in ours if file not in seen]
        seen.update(ours)
    return walks


def sections() -> dict[str, str]:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return dict(section.split("\n", 1) for section in text.split("\n## ")[1:])  # type: ignore[misc]


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_is_what_happens(title, entered):
    written = re.findall(r"`([\w/]+\.py)`", sections()[title])
    assert written == entered[title], "write these into ARCHITECTURE.md: " + " ".join(
        f"`{file}`" for file in entered[title]
    )


def test_architecture_names_nothing_that_is_not_there():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for name in re.findall(r"`([\w/]+(?:\.\w+|/))`", text):
        assert (ROOT / name).exists(), name
