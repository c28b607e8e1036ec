"""How an operation is called: its inputs, then its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from .node import Node, raw


class Signature:
    """How many inputs an operation takes, and which options with which defaults.

    Parameters
    ----------
    name : str
        The operation's name, for errors.
    forward : callable
        Its forward function.
    arity : int or None
        How many inputs it takes; None for any number.
    options, keyword_options : mapping or None
        As in `Operation`. Where neither is given the further parameters of `forward` are options.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        arity: int | None,
        options: Mapping[str, Any] | None,
        keyword_options: Mapping[str, Any] | None,
    ) -> None:
        self.name = name
        self.arity = arity
        self._forward = forward
        if options is None and keyword_options is None:
            options, keyword_options = self._further()
        if options and arity is None:
            raise TypeError(
                f"Operation({name!r}) takes any number of inputs, so its options need their "
                f"keyword: write keyword_options={dict(options)!r}"
            )
        self.positional = tuple(options or ())
        self.defaults = {**(options or {}), **(keyword_options or {})}

    def _further(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parameters of the forward function after the inputs, and those by keyword."""
        kind, told = inspect.Parameter, _parameters(self._forward)
        parameters = told or []
        if self.arity is None or any(p.kind is kind.VAR_POSITIONAL for p in parameters):
            further = [p for p in parameters if p.kind is kind.KEYWORD_ONLY]
        elif told is not None and len(parameters) < self.arity:
            raise TypeError(
                f"Operation({self.name!r}) has {self.arity} rules, but its forward function takes "
                f"only {len(parameters)} arguments: write one rule (or None) per input"
            )
        else:
            further = parameters[self.arity :]
        missing = [p.name for p in further if p.default is kind.empty]
        if missing:
            raise TypeError(
                f"Operation({self.name!r}) has {self.arity} rules, so the further parameters of "
                f"its forward function are options and need defaults: {', '.join(missing)}"
            )
        options = {p.name: p.default for p in further if p.kind is not kind.KEYWORD_ONLY}
        return options, {p.name: p.default for p in further if p.kind is kind.KEYWORD_ONLY}

    def bind(
        self, inputs: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Split the arguments of a call into inputs and all options; None if they don't fit."""
        arity = len(inputs) if self.arity is None else self.arity
        given = {**self.defaults, **options}
        fits = arity <= len(inputs) <= arity + len(self.positional)
        if len(given) > len(self.defaults) or not fits:
            return None
        for name, option in zip(self.positional, inputs[arity:], strict=False):
            if name in options:
                return None
            given[name] = option
        for name, option in given.items():
            if type(option) is Node:
                given[name] = plain_option(self.name, name, option)
        return inputs[:arity], given

    def mismatch(self, inputs: tuple[Any, ...], options: Mapping[str, Any]) -> str:
        """What the operation takes, and what it got."""
        takes = f"{self.arity} input{'s' if self.arity != 1 else ''}"
        if self.arity is None:
            takes = "any number of inputs"
        if self.defaults:
            takes += f" and the options {', '.join(self.defaults)}"
        got = f"{len(inputs)} positional argument{'s' if len(inputs) != 1 else ''}"
        if options:
            got += f" and {', '.join(f'{key}=' for key in options)}"
        return f"{self.name} takes {takes}, got {got}"

    def shown(self) -> inspect.Signature | None:
        """What `help` shows in the brackets."""
        kind, told = inspect.Parameter, _parameters(self._forward)
        if told is not None and not inspect.isbuiltin(self._forward):
            taken = [p for p in told if p.name not in self.defaults][: self.arity]
            inputs = [kind(p.name, p.kind) for p in taken]
        elif self.arity is not None:
            inputs = [kind(name, kind.POSITIONAL_ONLY) for name in ("x", "y", "z")[: self.arity]]
        else:
            return None
        options = [
            kind(
                name,
                kind.POSITIONAL_OR_KEYWORD if name in self.positional else kind.KEYWORD_ONLY,
                default=default,
            )
            for name, default in self.defaults.items()
        ]
        return inspect.Signature([*inputs, *options])


def plain_option(function: str, name: str, option: Any) -> Any:
    """Return an option's value, which may be given as a node that wants no gradient."""
    if type(option) is Node and option.requires_grad:
        raise TypeError(
            f"{function}({name}=...) is an option and has no gradient: expected a plain value, got "
            f"a node that wants a gradient. Pass {name}=node.value"
        )
    return raw(option)


class _Parameter:
    """What is asked of an `inspect.Parameter`; making one of those takes ten times as long."""

    __slots__ = ("default", "kind", "name")

    def __init__(self, name: str, kind: Any, default: Any = inspect.Parameter.empty) -> None:
        self.name, self.kind, self.default = name, kind, default


def _parameters(forward: Callable[..., Any]) -> list[_Parameter] | None:
    """The parameters of a forward function, where they say what an operation takes."""
    if type(forward) is FunctionType and not forward.__dict__:
        return _of_plain(forward)
    if isinstance(getattr(forward, "func", forward), np.ufunc):  # or a functools.partial of one
        return None
    if getattr(forward, "__module__", None) == "_operator":  # all they take is inputs
        return None
    try:
        found = inspect.signature(forward).parameters.values()
    except ValueError:  # some builtins don't tell
        return None
    return [_Parameter(p.name, p.kind, p.default) for p in found]


def _of_plain(function: FunctionType) -> list[_Parameter]:
    """What `inspect.signature` says of a function of Python's, in a tenth of its time."""
    kind, code = inspect.Parameter, function.__code__
    count, only = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    defaults = function.__defaults__ or ()
    missing = (kind.empty,) * (count - len(defaults))
    found = [
        _Parameter(
            name,
            kind.POSITIONAL_ONLY if place < code.co_posonlyargcount else kind.POSITIONAL_OR_KEYWORD,
            default,
        )
        for place, (name, default) in enumerate(
            zip(names[:count], (*missing, *defaults), strict=True)
        )
    ]
    last = count + only
    if code.co_flags & inspect.CO_VARARGS:
        found.append(_Parameter(names[last], kind.VAR_POSITIONAL))
        last += 1
    by_keyword = function.__kwdefaults__ or {}
    found += [
        _Parameter(name, kind.KEYWORD_ONLY, by_keyword.get(name, kind.empty))
        for name in names[count : count + only]
    ]
    if code.co_flags & inspect.CO_VARKEYWORDS:
        found.append(_Parameter(names[last], kind.VAR_KEYWORD))
    return found
