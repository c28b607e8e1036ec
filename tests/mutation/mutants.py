"""The small faults: which parts of a source are changed, and into what."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

BINARY = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
SIBLINGS = [
    *("sin cos", "sinh cosh", "tan tanh", "exp log", "exp ln", "sqrt square", "root square"),
    *("max min", "maximum minimum", "argmax argmin", "sum mean", "any all", "floor ceil"),
    *("zeros ones", "zeros_like ones_like", "left right"),
]
SIBLING = {a: b for pair in SIBLINGS for a, b in (pair.split(), reversed(pair.split()))}
SYMMETRIC = {
    *("max", "min", "add", "multiply", "maximum", "minimum", "hypot", "equal", "not_equal"),
    *("logical_and", "logical_or", "result_type", "broadcast_arrays"),
}
IN_FORMULAS = [
    *(("+", "−"), ("−", "+"), ("⊙", "+"), (" / ", " ⊙ "), (">", "<"), ("≤", ">"), ("²", "")),
    *(("ᵀ", ""), ("Σ ", ""), (" / n", ""), ("1", "2"), ("2", "1"), ("0", "1"), ("exp", "ln")),
    *(("ln", "exp"), ("max", "min"), ("tanh", "exp"), ("softmax", "σ"), ("sign", ""), ("α", "ε")),
    *(("X", "Y"), ("Y", "X"), ("W", "X"), ("E", "Y"), ("ŷ", "y"), (" y", " ŷ")),
]


@dataclass(frozen=True)
class Mutant:
    """A source with one fault, named by the words that change: no line number that goes stale."""

    path: str
    file: str
    function: str
    change: str
    code: CodeType
    lines: range
    row: tuple[str, range, CodeType]
    """Name, lines and code of the statement of the module that holds it."""

    @property
    def id(self) -> str:
        return f"{self.file} | {self.function} | {self.change}"


def mutants_of(source: str, file: str = "", *, formulas_alone: bool = False) -> Iterator[Mutant]:
    """The mutants of a source, in its order.

    Examples
    --------
    >>> [m.change for m in mutants_of("y = x < 1")]
    ['y = x < 1 → y = x <= 1', 'y = x < 1 → y = x >= 1', 'y = x < 1 → y = x < 2']
    >>> [m.change for m in mutants_of("f(x, y=2)")][:2]
    ['f(x, y=2) → x', 'f(x, y=2) → f(x)']
    >>> [m.change for m in mutants_of("rule = 'Y = W'", formulas_alone=True)]
    ["rule = 'Y = W' → rule = 'X = W'", "rule = 'Y = W' → rule = 'Y = X'"]
    """
    path = str(Path(file).absolute())
    tree = ast.parse(source)
    original = compile(tree, path, "exec")
    seen: Counter[tuple[str, str]] = Counter()
    for row in tree.body:
        for owner, field, new, statement, name in _changes_below(row, row, ""):
            old = getattr(owner, field)
            if formulas_alone and not (field == "value" and _is_formula(old)):
                continue
            before = ast.unparse(statement)
            setattr(owner, field, new)
            try:
                code = compile(ast.fix_missing_locations(tree), path, "exec")
                row_code = compile(ast.Module([row], []), path, "exec")
                after = ast.unparse(statement)
            except (SyntaxError, ValueError):  # a change that makes no sense here
                continue
            finally:
                setattr(owner, field, old)
            if same(code, original):
                continue
            change = _difference(before, after if after != before else "pass")
            seen[name, change] += 1
            if seen[name, change] > 1:
                change += f" ({seen[name, change]})"
            where = _head(statement), (_name(row), _lines(row), row_code)
            yield Mutant(path, file, name, change, code, *where)


def inside(code: CodeType) -> list[CodeType]:
    """The codes of the functions that a code makes."""
    return [c for c in code.co_consts if isinstance(c, CodeType)]


def alike(code: CodeType, other: CodeType) -> bool:
    """Whether two codes do the same, apart from those inside of them."""

    def parts(code: CodeType) -> tuple[Any, ...]:
        constants = [repr(c) for c in code.co_consts if not isinstance(c, CodeType)]
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        return code.co_code, constants, names, len(inside(code)), code.co_flags

    return parts(code) == parts(other)


def same(code: CodeType, other: CodeType) -> bool:
    return alike(code, other) and all(map(same, inside(code), inside(other)))


Change = tuple[Any, str, Any, ast.stmt, str]
"""Owner and field, what to set there, and in which statement and function that is."""


def _changes_below(node: Any, statement: ast.stmt, name: str) -> Iterator[Change]:
    if _is_untouched(node):
        return
    if isinstance(node, ast.stmt):
        statement = node
        if isinstance(node, ast.FunctionDef | ast.ClassDef) or not name:
            name = f"{name}.{_name(node)}".lstrip(".")
    yield from ((node, field, new, statement, name) for field, new in _changes_of(node))
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for i, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST) and not _is_untouched(child):
                for new in _in_place_of(child):
                    whole = [*value[:i], new, *value[i + 1 :]] if isinstance(value, list) else new
                    changed = child if isinstance(child, ast.stmt) else statement
                    yield node, field, whole, changed, name
                yield from _changes_below(child, statement, name)


def _is_untouched(node: Any) -> bool:
    """What no test has to notice: texts for people, types, and what fails at once."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Raise() | ast.JoinedStr() | ast.Assert():
            return True
        case ast.Expr(ast.Constant()) | ast.If(ast.Name("TYPE_CHECKING")) | ast.keyword("doc"):
            return True
        case ast.Assign([ast.Name("__all__")]) | ast.Expr(ast.Call(ast.Attribute(_, "add_note"))):
            return True
        case ast.keyword("strict"):
            return True
        case ast.keyword("rules" | "func" | "numpy") if not isinstance(node.value, ast.Tuple):
            return True
    return False


def _changes_of(node: Any) -> Iterator[tuple[str, Any]]:
    """Fields of a node, and what to set there."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in BINARY:
            yield "op", BINARY[type(op)]()
        case ast.BoolOp(op, values):
            yield "op", ast.Or() if isinstance(op, ast.And) else ast.And()
            for i in range(len(values)) if len(values) > 2 else ():
                yield "values", values[:i] + values[i + 1 :]
        case ast.Compare(_, ops):
            for i, op in enumerate(ops):
                for new in COMPARISONS[type(op)]:
                    yield "ops", [*ops[:i], new(), *ops[i + 1 :]]
        case ast.If() | ast.IfExp():
            yield "test", ast.Constant(True)
            yield "test", ast.Constant(False)
        case ast.While():
            yield "test", ast.Constant(False)
        case ast.comprehension(ifs=[_, *_]):
            yield "ifs", []
        case ast.Constant(value):
            for new in _other_values(value):
                yield "value", new
        case ast.Slice():
            yield from ((f, None) for f in ("lower", "upper", "step") if getattr(node, f))
        case ast.Attribute(_, word, ast.Load()) if word in SIBLING:
            yield "attr", SIBLING[word]
        case ast.Return(ast.Tuple([first, second, *rest], context)):
            yield "value", ast.Tuple([second, first, *rest], context)
        case ast.arguments(defaults=defaults, kw_defaults=keywords):
            for field, values in (("defaults", defaults), ("kw_defaults", keywords)):
                for i, value in enumerate(values):
                    if isinstance(value, ast.Constant) and value.value is None:
                        yield field, [*values[:i], ast.Constant(0), *values[i + 1 :]]
        case ast.Call(function, arguments, keywords):
            for i, keyword in enumerate(keywords):
                if keyword.arg not in (None, "doc", "rules", "strict"):
                    yield "keywords", keywords[:i] + keywords[i + 1 :]
            if isinstance(function, ast.Name) and function.id in SIBLING:
                yield "func", ast.Name(SIBLING[function.id], ast.Load())
            match arguments:
                case [first, second, *rest] if _last_word(function) not in SYMMETRIC:
                    yield "args", [second, first, *rest]


def _in_place_of(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in place of a whole expression or statement."""
    match node:
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BoolOp(values=[first, second]):
            yield first
            yield second
        case ast.Call(function, [first, *_]) if not isinstance(first, ast.Starred):
            if _last_word(function) not in ("tuple", "list", "Operation"):
                yield first
        case ast.Expr() | ast.AugAssign() | ast.Delete():
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _other_values(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str() if _is_formula(value):
            for old, new in IN_FORMULAS:
                pieces = value.split(old)
                for i in range(1, len(pieces)):
                    yield old.join(pieces[:i]) + new + old.join(pieces[i:])
        case str() if value in SIBLING:
            yield SIBLING[value]
        case str() if value and " " not in value:  # a name, or letters to choose from
            yield value[:-1] if len(value) > 1 else value + "_"


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and " = " in value and value.isprintable()


def _last_word(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def _name(statement: ast.stmt) -> str:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement.name
    return ast.unparse(statement).partition("\n")[0].partition(" = ")[0].partition(":")[0][:40]


def _lines(node: Any) -> range:
    return range(node.lineno, node.end_lineno + 1)


def _head(statement: Any) -> range:
    """The lines of a statement without those that stand below it."""
    below = getattr(statement, "body", None)
    return range(statement.lineno, below[0].lineno) if below else _lines(statement)


def _difference(before: str, after: str, around: int = 28) -> str:
    """The words that differ, with some of those that stand beside them."""
    before, after = " ".join(before.split()), " ".join(after.split())
    start = _alike_from_the_start(before, after)
    end = _alike_from_the_start(before[start:][::-1], after[start:][::-1])
    start = before.rfind(" ", 0, max(start - around, 0)) + 1
    end = max(end - around, 0)
    while end and before[-end] != " ":
        end -= 1
    return f"{before[start : len(before) - end]} → {after[start : len(after) - end]}"


def _alike_from_the_start(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
