"""Programs as NumPy code: one function, forward and then backward, that needs nothing else."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .differentiated import differentiable, differentiated
from .passes.composed import composed
from .printing import helpers
from .printing.identifiers import comment, identifier
from .printing.layout import wrapped
from .printing.simplified import simplified
from .printing.spelling import ROWS
from .printing.writer import HELPERS, Line, Writer
from .value import Value, shape_of

if TYPE_CHECKING:
    from .program import Program


def source(program: Program, backward: bool | None = None) -> str:
    """`Program.source`."""
    return _Code(_shown(program, backward)).text()


def further_arguments(program: Program, backward: bool | None = None) -> dict[str, Any]:
    """`Program.further_arguments`."""
    code = _Code(_shown(program, backward))
    code.text()
    held = {code.writer.inputs[number]: take() for number, take in program.sources.items()}
    return {**held, **code.writer.literals.named}


def _shown(program: Program, backward: bool | None) -> Program:
    if backward not in (None, True, False):
        raise TypeError(f"source(backward=...) expects True, False or None, got {backward!r}")
    if backward or (backward is None and differentiable(program)):
        program = differentiated(program)
    return simplified(composed(program, keep=ROWS))


class _Code:
    """The code of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.writer = Writer(program)

    def text(self) -> str:
        places = [
            line
            for name, code in self.writer.literals.places.items()
            for line in wrapped(f"{name} = {code}")
        ]
        body = [f"    {line}" if line else "" for line in [*places, *self._body()]]
        body = [*self._signature(), *self._comments_on_further(), *body]
        above = "\n\n\n".join([*self._helpers(), "\n".join(body)])
        imports = ["import numpy as np"]
        imports += [f"import scipy.{part}" for part in ("linalg", "special")
                    if f"scipy.{part}." in above]  # fmt: skip
        if re.search(r"\bmath\.", above):
            imports.insert(0, "import math\n")
        return "\n".join(imports) + "\n\n\n" + above

    def _helpers(self) -> Iterator[str]:
        wanted = set(self.writer.helpers)
        texts = {}
        for name in reversed([*vars(helpers)]):  # what another one calls stands before it
            if name in wanted:
                texts[name] = _printed(getattr(helpers, name))
                wanted |= {other for other in vars(helpers) if f"{other}(" in texts[name]}
        yield from reversed(texts.values())
        yield from self.writer.definitions.values()

    def _signature(self) -> list[str]:
        program, writer = self.program, self.writer
        given = [writer.inputs[place] for place in program.given]
        further = [writer.inputs[place] for place in program.sources]
        further += writer.literals.named
        parts = [*given, *(["*"] if further else []), *further]
        name = identifier(program.name, "f")
        while name in writer.definitions or (writer.helpers and name in HELPERS):
            name += "_"  # else it would call itself
        return wrapped(f"def {name}({', '.join(parts)}):", "        ")

    def _body(self) -> Iterator[str]:
        program, sections = self.program, self.writer.sections
        titled = bool(sections.update) or (self._has_backward() and bool(sections.backward))
        parts = [("forward", sections.forward), ("backward", sections.backward)]
        if not self._has_backward():
            parts = [("forward", sections.forward + sections.backward)]
        first = True
        for title, lines in [*parts, ("update", sections.update)]:
            if lines:
                if not first:
                    yield ""
                if titled:
                    yield f"# {title}"
                if title == "update" and program.guard is not None:
                    loss = program.outputs[program.guard]
                    finite = f"np.isfinite({self.writer.term(loss).text})"
                    yield f"if not {finite}{'.all()' if shape_of(loss) else ''}:"
                    yield "    return None"
                yield from _with_scopes(lines)
                first = False
        yield from self._return()

    def _comments_on_further(self) -> Iterator[str]:
        for name, array in self.writer.literals.named.items():
            yield f"    # {name}: {array.dtype}{list(array.shape)}, see Program.further_arguments()"

    def _has_backward(self) -> bool:
        """Whether the first result is a number, and behind it come gradients of what is named."""
        names = {value.name for value in self.program.values()} - {None}
        result = self.program.outputs[0]
        return (
            type(result) is Value
            and not result.shape
            and any(f"d{name}" in names for name in names)
        )

    def _return(self) -> Iterator[str]:
        program, returned = self.program, self.program.returned
        places = [*range(len(program.outputs))]
        shown = [place for place in places if place not in program.aliases]
        holes = 0 if returned is None else _count(returned)
        if holes == len(places):
            shown = places
        texts = [self.writer.result(place).text for place in shown]
        if returned is not None and holes == len(shown):
            nested = iter(texts)
            if type(returned) is tuple:
                texts = [_nest(x, nested) for x in returned]
            else:
                texts = [_nest(returned, nested)]
        one = returned is not None and type(returned) is not tuple
        if len(texts) == 1 and (one or program.aliases):
            yield from wrapped(f"return {texts[0]}")
        elif texts or returned is not None:
            yield from wrapped(f"return {_tuple(texts)}")


def _with_scopes(lines: list[Line]) -> Iterator[str]:
    before = None
    for line in lines:
        if line.scope is not before and line.scope is not None:
            yield f"# {comment(' / '.join(scope.name for scope in line.scope))}"
        before = line.scope
        yield from wrapped(line.text)


def _printed(function: Any) -> str:
    """A function of ours without its types."""
    text = inspect.getsource(function).rstrip()
    return re.sub(r": Any\b|\s*-> Any\b", "", text)


def _count(nest: Any) -> int:
    if isinstance(nest, dict):
        return sum(map(_count, nest.values()))
    if isinstance(nest, (tuple, list)):
        return sum(map(_count, nest))
    return nest is ...


def _nest(nest: Any, texts: Iterator[str]) -> str:
    """What a function returns, with code in place of its results."""
    if nest is ...:
        return next(texts)
    if isinstance(nest, dict):
        return "{" + ", ".join(f"{_key(k)}: {_nest(x, texts)}" for k, x in nest.items()) + "}"
    if isinstance(nest, list):
        return f"[{', '.join(_nest(x, texts) for x in nest)}]"
    if isinstance(nest, tuple):
        return _tuple([_nest(x, texts) for x in nest], brackets=True)
    return _key(nest)


def _key(x: Any) -> str:
    """Something that a function returns, or a key, as code: of other kinds what it is called."""
    plain = (str, int, float, bool, complex, bytes, type(None))
    text = repr(x) if type(x) in plain else repr(str(x))
    return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(text, text)


def _tuple(texts: list[str], brackets: bool = False) -> str:
    inner = ", ".join(texts) + ("," if len(texts) == 1 else "")
    return f"({inner})" if brackets or len(inner) > 80 or not texts else inner
