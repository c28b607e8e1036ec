"""Operations: rows of a table that compute a value, record it, and know their gradient rules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, repeat
from typing import Any

import numpy as np

from . import numpy_protocol
from .modes import mode
from .node import MASKED, NO_OPTIONS, Node, Operand, next_serial, numpy_value, raw

Rule = Callable[..., Any]
"""``rule(g, out, *inputs, **options)``: the gradient for one input; see `Operation`."""

PLAIN_TYPES = frozenset(
    {float, int, bool, np.ndarray, np.bool_}
    | {np.dtype(code).type for code in np.typecodes["AllInteger"] + np.typecodes["Float"]}
)
"""Types that stand beside a node as they are; others are converted first."""

PYTHON_NUMBERS = frozenset({float, int, bool})

_new = object.__new__
_current_mode = mode.get
_ndarray = np.ndarray

REGISTRY: dict[str, Operation] = {}
"""Every operation by name, the built-in ones and the users'. Of one name the last holds, so that a
notebook cell that defines an operation can be run again."""


def record(
    operation: Operation,
    inputs: tuple[Any, ...],
    value: Any,
    options: Mapping[str, Any],
    wanted: bool,
) -> Node:
    """Return the node of a result: with its history, or without inside `no_grad`.

    `wanted` says whether any input wants a gradient; the result does if one of those has a rule.
    """
    recording, scope = _current_mode()
    node: Node = _new(Node)
    node._value = value
    node.grad = None
    node.name = None
    node.scope = scope
    node.serial = next_serial()
    if recording:
        node.operation = operation
        node.inputs = inputs
        node.options = options
        node.requires_grad = wanted and (
            operation.differentiable
            or any(
                rule is not None and type(x) is Node and x.requires_grad
                for x, rule in zip(inputs, operation.rules, strict=False)
            )
        )
    else:
        node.operation = None
        node.inputs = ()
        node.options = NO_OPTIONS
        node.requires_grad = False
    return node


def as_constant(value: Any, operation: Operation) -> Any:
    """Return what may stand beside nodes: a number or a real array.

    Raises
    ------
    TypeError
        If it is neither, with the name of the operation.
    """
    if type(value) in PLAIN_TYPES:
        if type(value) is _ndarray and value.dtype.kind not in "fiub":
            raise _unsuitable(value, operation)
        return value
    if isinstance(value, (str, bytes, dict, set)) or value is None:
        raise _unsuitable(value, operation)
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(MASKED.format(operation.name))
    try:
        array = np.asarray(value)
    except ValueError:
        raise _unsuitable(value, operation) from None
    if array.dtype.kind not in "fiub":
        raise _unsuitable(value, operation)
    return array if array.ndim else array[()]


def as_operand(x: Any) -> Any:
    """Return `x` if it is a node, else the array of it: what has a shape and an index."""
    return x if type(x) is Node else np.asarray(x)


def plain_option(function: str, name: str, option: Any) -> Any:
    """Return an option's value, which may be given as a node that wants no gradient."""
    if type(option) is Node and option.requires_grad:
        raise TypeError(
            f"{function}({name}=...) is an option and has no gradient: expected a plain value, got "
            f"a node that wants a gradient. Pass {name}=node.value"
        )
    return raw(option)


def _unsuitable(value: Any, operation: Operation) -> TypeError:
    dtype = f" of dtype {value.dtype}" if isinstance(value, np.ndarray) else ""
    return TypeError(
        f"{operation.name} expects nodes, real numbers or real arrays, got "
        f"{type(value).__name__}{dtype}: {str(value)[:60]!r}"
    )


def symmetric(rule: Rule) -> tuple[Rule, Rule]:
    """The rules of an operation whose two inputs may change places, from that of the first."""
    return rule, lambda g, out, x, y: rule(g, out, y, x)


class EveryInput:
    """One gradient rule for all inputs of an operation that takes any number of them.

    Parameters
    ----------
    rule : callable
        ``rule(position, g, out, *inputs, **options)``, where `position` says which of the inputs
        the gradient is for; the rest as in `Operation`.

    Examples
    --------
    >>> from autograd_core import EveryInput, Node, Operation
    >>> total = Operation(
    ...     "total", lambda *numbers: sum(numbers), EveryInput(lambda position, g, out, *numbers: g)
    ... )
    >>> total(Node(1.0), Node(2.0), Node(3.0)).value
    np.float64(6.0)
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __iter__(self) -> Iterator[Rule]:
        """The rule for the first input, for the second, and so on without an end."""
        return map(partial, repeat(self.rule), count())

    def __getitem__(self, position: int) -> Rule:
        """The rule for one input."""
        return partial(self.rule, position)


class Operation:
    """One row of the table of operations: what it computes, and its gradient rules.

    Calling the operation on nodes computes the value and records it; on plain numbers and arrays
    it computes alone. Operations are singletons: a node points to the row that made it.

    Parameters
    ----------
    name : str
        The name, as NumPy spells it where NumPy has it.
    forward : callable
        ``forward(*inputs, **options)`` on plain numbers and arrays.
    rules : sequence of callable or None, or EveryInput
        One gradient rule per input: ``rule(g, out, *inputs, **options)``, where `g` is the
        gradient at the result and `out` the result. None marks an input without a derivative.
        A rule is a plain NumPy expression, so that it runs on arrays and, for higher orders, on
        nodes. It returns the gradient in the shape of `out` or of the input: the engine undoes
        broadcasting and restores the dtype. For any number of inputs (a forward function with
        ``*inputs``) see `EveryInput`.
    options : mapping, optional
        The options that follow the inputs, and their defaults, such as ``{"axis": None}``. By
        default the further parameters of `forward`; those need defaults then.
    keyword_options : mapping, optional
        Options that have to be given by keyword, such as ``{"keepdims": False}``.
    symbol : str, optional
        What a diagram shows in the circle; the name by default.
    elementwise : bool, optional
        Whether the operation works entry by entry, so that a local gradient is one number per
        entry. By default True for NumPy's element-wise functions, else False.
    numpy : sequence of callable, default ()
        NumPy functions for which the operation stands in when they are called on nodes.
    doc : str, optional
        What ``help`` says about it; the docstring of `forward` by default.

    Raises
    ------
    TypeError
        If the parts don't fit together.

    Examples
    --------
    A new operation is its forward function and one rule per input:

    >>> import numpy as np
    >>> from autograd_core import Node, Operation, grad
    >>> cube = Operation("cube", lambda x: x * x * x, rules=(lambda g, out, x: g * 3.0 * x * x,))
    >>> cube(Node(2.0)).value
    np.float64(8.0)
    >>> grad(grad(cube))(2.0)
    np.float64(12.0)
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        rules: Sequence[Rule | None] | EveryInput,
        *,
        options: Mapping[str, Any] | None = None,
        keyword_options: Mapping[str, Any] | None = None,
        symbol: str | None = None,
        elementwise: bool | None = None,
        numpy: Sequence[Callable[..., Any]] = (),
        doc: str | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"Operation() expects a name (a str that is not empty), got {name!r}")
        if not callable(forward):
            raise TypeError(f"Operation({name!r}) expects a callable forward, got {forward!r}")
        variadic = isinstance(rules, EveryInput)
        if not variadic and (
            not isinstance(rules, Sequence)
            or not all(rule is None or callable(rule) for rule in rules)
        ):
            raise TypeError(
                f"Operation({name!r}) expects a tuple with one rule (a callable, or None) per "
                f"input, got {rules!r}. For one input write: rules=(rule,)"
            )
        self.name = name
        self.forward = forward
        self.rules = rules if isinstance(rules, EveryInput) else tuple(rules)
        self.arity = None if isinstance(rules, EveryInput) else len(rules)
        self.differentiable = isinstance(rules, EveryInput) or None not in self.rules
        self.symbol = name if symbol is None else symbol
        if elementwise is None:
            elementwise = isinstance(forward, np.ufunc) and forward.signature is None
        self.elementwise = elementwise
        if options is None and keyword_options is None:
            options, keyword_options = _further_parameters(name, forward, self.arity)
        self.positional = tuple(options or ())
        self.defaults = {**(options or {}), **(keyword_options or {})}
        self.__name__ = name
        self.__signature__ = self._signature()
        about = inspect.cleandoc(doc or forward.__doc__ or "")
        # As NumPy's functions do, the first line shows how to call it.
        self.__doc__ = f"{name}{self.__signature__ or '(...)'}\n\n{about}"
        REGISTRY[name] = self
        for function in numpy:
            numpy_protocol.STAND_INS[function] = self

    def __repr__(self) -> str:
        return f"Operation({self.name!r})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return _operation_named, (self.name,)

    def __call__(self, *inputs: Operand, **options: Any) -> Any:
        """Compute on numbers, arrays and nodes; record where a node takes part."""
        if options or len(inputs) != self.arity:
            inputs, options = self._bound(inputs, options)
        else:
            options = self.defaults  # never changed, so that all nodes may share it
        on_nodes = wanted = False
        values = []
        for x in inputs:
            if type(x) is Node:
                on_nodes = True
                wanted = wanted or x.requires_grad
                x = x._value
            elif type(x) not in PLAIN_TYPES or (type(x) is _ndarray and x.dtype.kind not in "fiub"):
                return self(
                    *[v if type(v) is Node else as_constant(v, self) for v in inputs], **options
                )
            values.append(x)
        if not on_nodes and values and type(values[0]) in PYTHON_NUMBERS:
            values = self._as_numpy(values)
        try:
            value = self.forward(*values, **options) if options else self.forward(*values)
        except (ValueError, TypeError, IndexError) as error:
            raise explained(error, self, inputs, options) from error
        if type(value) is _ndarray:
            if not value.ndim:
                value = value[()]
        elif not isinstance(value, np.generic):
            value = self._checked_result(value)
        if not on_nodes:
            return value
        if wanted and value.dtype.kind != "f":
            self._checked_result(value)
            wanted = False  # whole numbers are steps: like floor, they have no derivative
        return record(self, inputs, value, options or NO_OPTIONS, wanted)

    def _signature(self) -> inspect.Signature | None:
        """What `help` shows in the brackets."""
        kind = inspect.Parameter
        known = _parameters(self.forward)
        if known is not None and not inspect.isbuiltin(self.forward):
            taken = [p for p in known if p.name not in self.defaults][: self.arity]
            inputs = [p.replace(default=p.empty, annotation=p.empty) for p in taken]
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

    def _bound(
        self, inputs: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Split the arguments of a call into inputs and a full set of options."""
        arity = len(inputs) if self.arity is None else self.arity
        given = {**self.defaults, **options}
        if len(given) > len(self.defaults) or len(inputs) < arity:
            raise TypeError(self._signature_error(inputs, options))
        if len(inputs) > arity:
            positional = dict(zip(self.positional, inputs[arity:], strict=False))
            if len(inputs) > arity + len(self.positional) or positional.keys() & options.keys():
                raise TypeError(self._signature_error(inputs, options))
            given.update(positional)
        plain = {name: plain_option(self.name, name, option) for name, option in given.items()}
        return inputs[:arity], plain

    def _as_numpy(self, values: list[Any]) -> list[Any]:
        """Python numbers among themselves as NumPy's: 1 / 0 is inf, (-8) ** (1 / 3) nan."""
        if all(type(value) in PYTHON_NUMBERS for value in values):
            return [as_constant(numpy_value(value), self) for value in values]
        return values

    def _checked_result(self, value: Any) -> Any:
        """What a forward function returned, as a node holds it."""
        try:
            result = numpy_value(value)
            real = result.dtype.kind in "fiub"
        except (ValueError, TypeError, AttributeError):
            real = False
        if not real:
            dtype = f" of dtype {value.dtype}" if isinstance(value, np.ndarray) else ""
            raise TypeError(
                f"the forward function of operation {self.name!r} must return real numbers or a "
                f"real array, got {type(value).__name__}{dtype}"
            )
        return result

    def _signature_error(self, inputs: tuple[Any, ...], options: Mapping[str, Any]) -> str:
        takes = f"{self.arity} input{'s' if self.arity != 1 else ''}"
        if self.arity is None:
            takes = "any number of inputs"
        if self.defaults:
            takes += f" and the options {', '.join(self.defaults)}"
        got = f"{len(inputs)} positional argument{'s' if len(inputs) != 1 else ''}"
        if options:
            got += f" and {', '.join(f'{key}=' for key in options)}"
        return f"{self.name} takes {takes}, got {got}"


def _operation_named(name: str) -> Operation:
    if name not in REGISTRY:
        raise LookupError(
            f"no operation is named {name!r} here. Make it with Operation({name!r}, ...) before "
            "the pickle is read"
        )
    return REGISTRY[name]


def _further_parameters(
    name: str, forward: Callable[..., Any], arity: int | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of a forward function after the inputs, and those by keyword: its options."""
    parameters = _parameters(forward)
    if parameters is None:
        return {}, {}
    if arity is None:
        further = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    elif any(p.kind is p.VAR_POSITIONAL for p in parameters):
        further = []
    elif len(parameters) < arity:
        raise TypeError(
            f"Operation({name!r}) has {arity} rules, but its forward function takes only "
            f"{len(parameters)} arguments: write one rule (or None) per input"
        )
    else:
        further = parameters[arity:]
    missing = [p.name for p in further if p.default is p.empty]
    if missing:
        raise TypeError(
            f"Operation({name!r}) has {arity} rules, so the further parameters of its forward "
            f"function are options and need defaults: {', '.join(missing)}"
        )
    options = {p.name: p.default for p in further if p.kind is not p.KEYWORD_ONLY}
    return options, {p.name: p.default for p in further if p.kind is p.KEYWORD_ONLY}


def _parameters(forward: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """The parameters of a forward function, where they say what an operation takes."""
    if isinstance(getattr(forward, "func", forward), np.ufunc):  # or a functools.partial of one
        return None
    try:
        return list(inspect.signature(forward).parameters.values())
    except ValueError:  # some builtins don't tell
        return None


def explained(
    error: Exception, operation: Operation, inputs: Sequence[Any], options: Mapping[str, Any]
) -> Exception:
    """The error of a forward function again, with the operation and what it was given."""
    received = ", ".join(_described(x) for x in inputs)
    if options:
        received += "".join(f", {key}={str(value)[:80]}" for key, value in options.items())
    advice = ADVICE.get(operation.name, "")
    reason = str(error).splitlines()[0].rstrip(". ")
    message = f"{operation.name} can't work on {received}: {reason}. {advice}"
    # Some of NumPy's errors want other arguments than a message: then the kind that is caught.
    kind = type(error) if type(error) in _WITH_MESSAGE else _kind_caught(error)
    return kind(message.rstrip())


_WITH_MESSAGE = {ValueError, TypeError, IndexError, np.linalg.LinAlgError, np.exceptions.AxisError}


def _kind_caught(error: Exception) -> type[Exception]:
    return next(kind for kind in (TypeError, ValueError, IndexError) if isinstance(error, kind))


ADVICE = {
    "matmul": (
        "It expects (..., n, k) @ (..., k, m): the last axis of the first must equal the "
        "second-last axis of the second. For rows of samples write x @ W with x of shape "
        "(batch, in) and W of shape (in, out); x.T transposes."
    ),
}
"""What to write instead, for operations whose NumPy message does not say it."""


def _described(x: Any) -> str:
    if type(x) is Node:
        name = "" if x.name is None else f" {x.name!r}"
        return f"Node{name} of shape {x.shape} and dtype {x.dtype}"
    if isinstance(x, np.ndarray):
        return f"array of shape {x.shape} and dtype {x.dtype}"
    return f"{type(x).__name__} {x!r}"
