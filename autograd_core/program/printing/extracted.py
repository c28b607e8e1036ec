"""The forward function of an operation that somebody added, as a function of its own."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from .literals import Literals, NoCodeError


def extracted(function: Callable[..., Any], name: str) -> str | None:
    """The definition of a function under another name, if it can stand alone.

    Parameters
    ----------
    function : callable
        A function or lambda that uses nothing but its arguments, builtins, ``np``, ``math``, and
        numbers from around it.
    name : str
        What it is to be called.

    Returns
    -------
    str or None
        None if its source is not to be had, or needs more.
    """
    if type(function) is not FunctionType:
        return None
    found = _tree(function)
    if found is None:
        return None
    around = inspect.getclosurevars(function)
    lines = []
    for called, value in {**around.globals, **around.nonlocals}.items():
        if value is np and called == "np":
            continue
        if inspect.ismodule(value) and value.__name__ in ("math", "numpy"):
            lines.append(f"import {value.__name__} as {called}")
            continue
        try:
            lines.append(f"{called} = {_constant(value)}")
        except NoCodeError:
            return None
    if around.unbound - set(dir(builtins)) - _attributes(found):
        return None
    arguments = found.args
    for argument in (
        *arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg,
        arguments.kwarg,
    ):  # fmt: skip
        if argument is not None:
            argument.annotation = None
    body = [ast.Return(found.body)] if isinstance(found, ast.Lambda) else _without_docstring(found)
    inner = [ast.parse(line).body[0] for line in lines]
    definition = ast.parse(f"def {name}(): pass").body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.args, definition.body = arguments, [*inner, *body]
    return ast.unparse(ast.fix_missing_locations(definition))


def _constant(value: Any) -> str:
    if isinstance(value, np.ndarray) or callable(value):
        raise NoCodeError
    return Literals(str).option(value)


def _without_docstring(found: ast.FunctionDef) -> list[ast.stmt]:
    first = found.body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return found.body[said:] or [ast.Pass()]


def _attributes(tree: ast.AST) -> set[str]:
    """Names behind a dot, which `inspect.getclosurevars` takes for globals."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _tree(function: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    """The one definition in the function's source that was compiled to its code."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return None
    trees = _parsed(source)
    fitting = [
        node
        for node in (ast.walk(trees) if trees is not None else ())
        if isinstance(node, (ast.FunctionDef, ast.Lambda)) and _same_code(node, function.__code__)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _parsed(source: str) -> ast.AST | None:
    """The source as a tree; of a lambda within a call only parts of lines may be there."""
    for text in (source, f"({source.strip().rstrip(',')})", source[source.find("lambda") :]):
        try:
            return ast.parse(text)
        except SyntaxError:
            continue
    return None


def _same_code(node: ast.FunctionDef | ast.Lambda, code: CodeType) -> bool:
    """Whether a definition has the arguments, the names and the constants of a code object."""
    is_lambda = isinstance(node, ast.Lambda)
    if is_lambda != (code.co_name == "<lambda>"):
        return False
    module = ast.Module([ast.Expr(node) if isinstance(node, ast.Lambda) else node], type_ignores=[])
    compiled = compile(ast.fix_missing_locations(module), "<source>", "exec")
    inner = next((c for c in compiled.co_consts if type(c) is CodeType), None)
    while inner is not None and inner.co_name != code.co_name:
        inner = next((c for c in inner.co_consts if type(c) is CodeType), None)
    return inner is not None and _spoken_of(inner) == _spoken_of(code)


def _spoken_of(code: CodeType) -> tuple[Any, ...]:
    """What a code object speaks of; names from around are globals once it stands alone."""
    return code.co_varnames, sorted({*code.co_names, *code.co_freevars}), code.co_consts
