"""What the documentation takes from the code: the reference, and live pages."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpydoc.docscrape_sphinx import SphinxDocString

PACKAGES = (
    "autograd_core", "nn", "visualize", "visualize.training", "visualize.lecture", "nn.data",
    "nn.sklearn", "nn.distributed",
)  # fmt: skip
SCIPY = ("integrate", "linalg", "signal", "special", "stats")

ROUTING = [f"set_{name}_request" for name in ("fit", "partial_fit", "predict", "score")]

PAGES = {
    "Nodes, gradients, programs": ("autograd_core.",),
    "Operations": ("autograd_core.operations.",),
    "SciPy's functions": ("autograd_core.scipy.",),
    "Networks": ("nn.",),
    "Layers": ("nn.layers.",),
    "Losses": ("nn.losses.",),
    "Metrics": ("nn.metrics.",),
    "Optimizers and schedules": (
        "nn.optimizers.",
        "nn.schedules",
        "nn.regularization",
        "nn.constraints",
    ),
    "Training": ("nn.training.", "nn.distributed"),
    "Data": ("nn.data.",),
    "scikit-learn": ("nn.sklearn",),
    "Diagrams and pages": ("visualize.",),
    "Graphs of the lectures": ("visualize.lecture.",),
    "Pictures of training": ("visualize.training.",),
}
"""Pages of the reference, and where what stands on them is defined; the longest name counts."""


def make(docs: Path) -> None:
    """Write all of it below the folder of the documentation."""
    reference = docs / "reference"
    reference.mkdir(exist_ok=True)
    for old in reference.glob("*.md"):
        old.unlink()
    written = dict(_reference()) | {"numpy-s-functions": _numpys_functions()}
    written |= {"commands": _commands(), "configuration": _configuration(), "errors": _errors()}
    for name, text in written.items():
        (reference / f"{name}.md").write_text(text, encoding="utf-8")
    (reference / "index.md").write_text(_index(list(written)), encoding="utf-8")
    live = docs / "_made" / "live"
    live.mkdir(parents=True, exist_ok=True)
    _live_pages(live)


# --- the reference --------------------------------------------------------------------------------


def public() -> dict[tuple[str, str], Any]:
    """Return every public thing, once, by where it is imported from and its name."""
    found: dict[tuple[str, str], Any] = {}
    seen: set[int] = set()
    for package in PACKAGES:
        module = importlib.import_module(package)
        names = getattr(module, "__all__", None) or [n for n in vars(module) if n[0].isupper()]
        for name in names:
            thing = getattr(module, name)
            if not inspect.ismodule(thing) and _is_ours(thing) and id(thing) not in seen:
                seen.add(id(thing))
                found[package, name] = thing
    for part in SCIPY:
        module = importlib.import_module(f"autograd_core.scipy.{part}")
        for name in vars(module).get("__all__") or [n for n in vars(module) if n[0] != "_"]:
            if not callable(getattr(module, name)) or not _is_ours(getattr(module, name)):
                continue
            if id(thing := getattr(module, name)) not in seen and not inspect.ismodule(thing):
                seen.add(id(thing))
                found[module.__name__, name] = thing
    return found


def _is_ours(thing: Any) -> bool:
    home = getattr(thing, "__module__", None) or "nn"
    return home.startswith(("autograd_core", "nn", "visualize"))


def page_of(package: str, thing: Any) -> str:
    """Return the page on which a thing stands."""
    home = package if package.startswith("autograd_core.scipy") else _home(package, thing)
    fitting = {
        start: page
        for page, starts in PAGES.items()
        for start in starts
        if f"{home}.".startswith(start)
    }
    return fitting[max(fitting, key=len)]


def _home(package: str, thing: Any) -> str:
    """Return the module in which a thing is defined."""
    return getattr(thing, "__module__", None) or package


def _reference() -> Iterator[tuple[str, str]]:
    pages: dict[str, Any] = defaultdict(lambda: defaultdict(list))  # by page and module
    for (package, name), thing in public().items():
        if isinstance(thing, type) and issubclass(thing, Exception):
            continue  # on a page of their own
        pages[page_of(package, thing)][_home(package, thing)].append((package, name, thing))
    for page in PAGES:
        lines = [
            f"# {page}",
            "",
            *_all_of([each for part in pages[page].values() for each in part]),
        ]
        for home, things in pages[page].items():
            lines += [f"## {_title(home, [name for _, name, _ in things])}", "", "```{eval-rst}"]
            for package, name, thing in things:
                lines += _directive(package, name, thing)
            lines += ["```", ""]
        yield _slug(page), "\n".join(lines)


def _all_of(things: list[tuple[str, str, Any]]) -> list[str]:
    """Return a line of links to all that stands on a page, for one that is long."""
    if len(things) < 20:
        return []
    links = {name: f":py:obj:`{name} <{package}.{name}>`" for package, name, _ in things}
    return ["```{eval-rst}", ",\n".join(links[name] for name in sorted(links)), "```", ""]


def _title(home: str, names: list[str]) -> str:
    """Return what a section is looked for by: its names if they are few, else what it is about."""
    about = (inspect.getdoc(importlib.import_module(home)) or home).partition("\n")[0]
    return _escaped(", ".join(names) if len(names) < 4 else about.partition(":")[0].rstrip("."))


def _directive(package: str, name: str, thing: Any) -> list[str]:
    if inspect.isclass(thing):
        # What a base class has told is not told again; scikit-learn's own has links of its own.
        told = {key for base in thing.__mro__[1:] for key in vars(base)} & set(vars(thing))
        hidden = f"   :exclude-members: {', '.join([*ROUTING, *sorted(told)])}"
        return [f".. autoclass:: {package}.{name}", "   :members:", hidden, ""]
    if inspect.isfunction(thing):
        return [f".. autofunction:: {package}.{name}", ""]
    if callable(thing):  # an operation, whose docstring is its own
        try:
            signature = str(inspect.signature(thing))
        except (TypeError, ValueError):
            signature = "(...)"
        text = inspect.getdoc(thing) or ""
        first, _, rest = text.partition("\n")
        text = rest.strip() if first.startswith(f"{name}(") else text
        described = _with_bars(str(SphinxDocString(text))) if text else ""
        body = [f"   {line}".rstrip() for line in described.splitlines()]
        return [f".. py:function:: {package}.{name}{signature}", "", *body, ""]
    return [f".. py:data:: {package}.{name}", "", f"   {type(thing).__name__}", ""]


def without_substitutions(*event: Any) -> None:
    """Escape the bars of |x| in a docstring's lines, of which there are no others; see Sphinx."""
    lines = event[-1]
    lines[:] = [_with_bars(line) for line in lines]


def _with_bars(line: str) -> str:
    parts = line.split("``")
    return "``".join(p if i % 2 else p.replace("|", r"\|") for i, p in enumerate(parts))


def _slug(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.lower()).replace("--", "-")


def _escaped(text: str) -> str:
    return text.replace("`", "").replace("*", "\\*").replace("_", "\\_")


def _index(names: list[str]) -> str:
    return "\n".join(
        ["# Reference", "", "Every public name, every command and key, every error.", "",
         "```{toctree}", ":maxdepth: 2", "", *names, "```", ""]
    )  # fmt: skip


def _numpys_functions() -> str:
    """Return a page of what happens to each function of NumPy that may meet a node."""
    from autograd_core import Operation, numpy_protocol

    stand_ins = numpy_protocol.STAND_INS
    with_gradient, steps, plain, refused = [], [], [], []
    for name, function in _dispatched():
        if function in numpy_protocol.REFUSED:
            refused.append(f"- `np.{name}`: {numpy_protocol.REFUSED[function]}.")
            continue
        found = stand_ins[function]
        if found.__module__.endswith(".queries"):
            plain.append(f"`{name}`")
        elif isinstance(found, Operation) and not any(_rules(found)):
            steps.append(f"`{name}`")
        else:
            with_gradient.append(f"`{name}`")
    return "\n".join(
        ["# NumPy's functions", "",
         "What happens when one of them meets a node. Nothing is silently left out of a gradient:",
         "what is not here is no function of arrays (`np.random`, `np.zeros`), or an error.", "",
         f"## With a gradient ({len(with_gradient)})", "", ", ".join(with_gradient) + ".", "",
         "## Whole numbers, truth values, steps", "",
         "They return a node that wants no gradient: they are flat wherever they have a slope.",
         "", ", ".join(steps) + ".", "",
         "## Plain results", "",
         "They answer with a number, a truth value, a text, places or a fresh array, never with a",
         "node.", "", ", ".join(plain) + ".", "",
         "## Refused", "", "A `TypeError` says so, and what to write:", "", *refused, ""]
    )  # fmt: skip


def _rules(operation: Any) -> tuple[Any, ...]:
    return operation.rules if isinstance(operation.rules, tuple) else (operation.rules,)


def _dispatched() -> Iterator[tuple[str, Any]]:
    """Yield the functions of NumPy that ask their arguments first."""
    for place, prefix in ((np, ""), (np.linalg, "linalg."), (np.fft, "fft.")):
        for name in sorted(set(dir(place)) - {"test"}):
            thing = getattr(place, name)
            asks = isinstance(thing, np.ufunc) or hasattr(thing, "_implementation")
            if name[0] != "_" and asks:
                yield prefix + name, thing


def _commands() -> str:
    from nn.command_line.main import parser

    lines = ["# Commands", "", "`autograd-core` is the same command as `python -m nn`.", ""]
    for name, text in _helps(parser(), "python -m nn"):
        lines += [f"## {name}", "", "```text", text.rstrip(), "```", ""]
    return "\n".join(lines)


def _helps(parser: Any, name: str) -> Iterator[tuple[str, str]]:
    yield name, parser.format_help()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield from _helps(inner, f"{name} {word}")


def _configuration() -> str:
    return "\n".join(
        ["# Configuration", "", "```{eval-rst}",
         ".. autoclass:: nn.command_line.toml_configuration.TomlConfiguration", "",
         ".. autoclass:: nn.command_line.course_configuration.CourseConfiguration", "", "```", ""]
    )  # fmt: skip


def _errors() -> str:
    imported = {thing: f"{package}.{name}" for (package, name), thing in public().items()
                if isinstance(thing, type)}  # fmt: skip
    kinds = sorted(_exceptions(), key=lambda kind: kind.__name__)
    body = []
    for kind in kinds:
        name = imported.get(kind, f"{kind.__module__}.{kind.__name__}")
        package, _, short = name.rpartition(".")
        bases = ", ".join(f"``{base.__name__}``" for base in kind.__bases__)
        body += [f"``from {package} import {short}``; a kind of {bases}.", ""]
        body += [f".. autoexception:: {name}", ""]
    return "\n".join(
        ["# Errors and warnings", "",
         "Beside these, wrong arguments are `TypeError`, `ValueError` or `IndexError`; each says",
         "what was expected, what came and what to write instead. What warnings mean:",
         "[how to](../how-to/trouble.md).",
         "", "```{eval-rst}", *body, "```", ""]
    )  # fmt: skip


def _exceptions() -> set[type]:
    """Return the exceptions and warnings that the packages define."""
    found = set()
    for package in ("autograd_core", "nn", "visualize"):
        paths = importlib.import_module(package).__path__
        for each in pkgutil.walk_packages(paths, f"{package}."):
            if each.name.endswith("__main__"):
                continue
            with contextlib.suppress(ImportError):  # what needs a library that is not here
                for kind in vars(importlib.import_module(each.name)).values():
                    ours = getattr(kind, "__module__", "") == each.name
                    if ours and isinstance(kind, type) and issubclass(kind, Exception):
                        found |= {kind} if kind.__name__[0] != "_" else set()
    return found


# --- live pages -----------------------------------------------------------------------------------


def _live_pages(folder: Path) -> None:
    from autograd_core import Node
    from visualize import draw, lecture_example

    draw(lecture_example("sigmoid neuron"), live=True).save(folder / "sigmoid-neuron.html")
    w = Node(1.8, name="w")
    loss = w**2
    loss.name = "L"
    loss.backward()
    draw(loss, live=True).save(folder / "gradient-descent.html")
