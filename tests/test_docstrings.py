"""Docstrings say what a user has to know: arguments, results, errors, sources, and an example."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from autograd_core import Operation

docscrape = pytest.importorskip("numpydoc.docscrape", reason="needs the extra test")

ROOT = Path(__file__).parents[1]
SOURCE = re.compile(
    r"[Ll]ectures? \d{3}|[Ee]xercise|CS231n|\b(?:19|20)\d\d\b|\b(?:numpy|scipy)\.\w+"
    r"|NumPy|SciPy|scikit-learn's|PyTorch's"
)
WITH_A_SOURCE = (  # what computes something that was thought of elsewhere
    "autograd_core.operations.",
    "autograd_core.scipy.",
    "nn.layers.",
    "nn.losses.",
    "nn.metrics.",
    "nn.optimizers.",
    "nn.schedules",
    "nn.regularization",
    "nn.constraints",
)
OURS = {  # bases, and what holds others: nobody else's idea
    *("Buffer", "Constraint", "Lambda", "Loss", "Masking", "Metric", "Optimizer", "Parallel"),
    *("RateFunction", "Regularizer", "Schedule", "Sequential", "Switch"),
}


def pages():
    """The module that finds what is public, for the reference."""
    path = ROOT / "docs" / "pages.py"
    spec = importlib.util.spec_from_file_location("pages_of_the_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PUBLIC = {
    f"{package}.{name}": thing
    for (package, name), thing in pages().public().items()
    if callable(thing)
}


def parsed(thing):
    return docscrape.NumpyDocString(inspect.getdoc(thing) or "")


def named(entries):
    """The names of a section, of which several may share an entry."""
    return {name.lstrip("*") for entry in entries for name in re.split(r",\s*", entry.name)}


def parameters(thing):
    try:
        found = inspect.signature(thing).parameters
    except (TypeError, ValueError):  # of any number of inputs
        return set()
    return {name for name in found if name[0] != "_"} - {"self", "cls"}


def raised(thing):
    """The names of the errors that a function, or the construction of a class, raises itself."""
    if inspect.isclass(thing):
        made_by = [
            vars(thing)[name] for name in ("__init__", "__post_init__") if name in vars(thing)
        ]
        return set().union(*map(raised, made_by))
    code = inspect.unwrap(thing)
    if not inspect.isfunction(code) or code.__code__.co_filename.startswith("<"):
        return set()  # a data class has made it
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(code))).body

    def walk(node):
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
                continue
            if isinstance(inner, ast.Raise) and inner.exc is not None:
                error = inner.exc.func if isinstance(inner.exc, ast.Call) else inner.exc
                yield ast.unparse(error)
            yield from walk(inner)

    return set(walk(tree)) - {"NotImplementedError", "AssertionError"}


def lacking(thing):
    """What a docstring does not say, in words."""
    if inspect.isclass(thing) and not vars(thing).get("__doc__"):
        yield "a docstring of its own"
    text, doc = inspect.getdoc(thing) or "", parsed(thing)
    described = [*doc["Parameters"], *doc["Other Parameters"], *doc["Attributes"]]
    if left_out := parameters(thing) - named(described):
        yield f"the parameters {', '.join(sorted(left_out))}"
    for entry in doc["Parameters"]:
        if not entry.type or not "".join(entry.desc).strip():
            yield f"what {entry.name} is"
    results = [*doc["Returns"], *doc["Yields"]]
    gives = not inspect.isclass(thing) and inspect.get_annotations(
        inspect.unwrap(thing) if inspect.isfunction(thing) else type(thing)
    ).get("return") not in ("None", None, "NoReturn")
    if isinstance(thing, Operation) or gives:
        if not results:
            yield "what it returns"
        for entry in results:
            if not "".join(entry.desc).strip():
                yield f"what the result {entry.type} is"
    said = {entry.type or entry.name for entry in doc["Raises"]}
    for error in raised(thing):
        if not said or (error.endswith(("Error", "Warning")) and error not in " ".join(said)):
            yield f"when it raises {error}"
    if ">>> " not in text:
        yield "an example"
    home = getattr(thing, "__module__", "")
    thought_of = f"{home}.".startswith(WITH_A_SOURCE) and getattr(thing, "__name__", "") not in OURS
    if thought_of and not SOURCE.search(text):
        yield "a source: a lecture with its equation, a paper, or the function of NumPy or SciPy"
    if inspect.isclass(thing):
        for name, method in vars(thing).items():
            yield from lacking_of_a_method(thing, name, method)


def lacking_of_a_method(owner, name, method):
    """A sentence will do for a method, or that of a base class; parameters are told all or none."""
    code = getattr(method, "__func__", method)
    if name[0] == "_" or not inspect.isfunction(code):
        return
    text = inspect.getdoc(getattr(owner, name)) or ""
    if not text:
        yield f"a docstring of {name}()"
    told = named(docscrape.NumpyDocString(text)["Parameters"])
    taken = {
        p.name
        for p in inspect.signature(code).parameters.values()
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in ("self", "cls")
    }
    if told and code.__doc__ and taken - told:
        yield f"the parameters {', '.join(sorted(taken - told))} of {name}()"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_docstring_says_what_one_has_to_know(name):
    missing = list(lacking(PUBLIC[name]))
    assert not missing, f"{name}'s docstring lacks {'; '.join(missing)}"


INSTANCES = [name for name, thing in PUBLIC.items() if not inspect.isroutine(thing)]
INSTANCES = [name for name in INSTANCES if not inspect.isclass(PUBLIC[name])]


@pytest.mark.parametrize("name", INSTANCES)
def test_examples_of_operations_run(name):
    """pytest finds those of functions and classes."""
    examples = doctest.DocTestParser().get_doctest(
        inspect.getdoc(PUBLIC[name]), {}, name, None, None
    )
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(examples, out=told.append)
    assert not told, "".join(told)


def test_what_is_missing_is_found():
    def halved(x: float, exact: bool = False) -> float:
        """Half of a number."""
        if x < 0:
            raise ValueError(x)
        return x / 2

    assert list(lacking(halved)) == [
        "the parameters exact, x",
        "what it returns",
        "when it raises ValueError",
        "an example",
    ]


def test_the_reference_has_each_function_of_numpy_once():
    reference = pages()
    text = reference._numpys_functions()
    sections = dict(
        re.findall(r"^## (\D+?)(?: \(\d+\))?\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.M)
    )
    lists = {
        title: re.findall(r"`(?:np\.)?([\w.]+)`[,.:]", body) for title, body in sections.items()
    }
    listed = [name for names in lists.values() for name in names]
    assert sorted(listed) == sorted(name for name, _ in reference._dispatched())
    assert {"exp", "copysign", "linalg.svd"} <= set(lists["With a gradient"])
    assert {"floor", "argmax"} <= set(lists["Whole numbers, truth values, steps"])
    assert {"shape", "searchsorted"} <= set(lists["Plain results"])
    assert "save" in lists["Refused"]
