"""Operations: rows of a table that compute a value, record it, and know their gradient rules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, repeat
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from . import numpy_calls, numpy_protocol, recorded
from .described import described
from .errors import explained, refused_complex
from .lists import stacked, stacking
from .modes import mode
from .node import NO_OPTIONS, Node, Operand, next_serial
from .signature import Signature
from .ufunc_options import UFUNC_OPTIONS
from .values import (
    NUMERIC,
    PLAIN_TYPES,
    PYTHON_NUMBERS,
    as_constant,
    as_result,
    is_complex,
    numpy_value,
)

Rule = Callable[..., Any]
"""``rule(g, out, *inputs, **options)``: the gradient for one input; see `Operation`."""

_new = object.__new__
_current_mode = mode.get
_ndarray, _generic = np.ndarray, np.generic

LOADED: dict[str, Operation] = {}
"""The operations by name, of the parts of the table that are loaded, and the users'."""

if TYPE_CHECKING:
    REGISTRY = LOADED
    """Every operation by name, the built-in ones and the users': whoever reads it loads all parts.
    Of one name the last holds, so that a notebook cell that defines an operation can be run again.
    """


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
    if recording is not True and recording is not False:  # a generator has a mode of its own
        recording, scope = recording.now(scope)
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
    elif (
        recorded.open_recordings and recorded.here()
    ):  # a program needs the history, gradients or not
        node.operation = operation
        node.inputs = inputs
        node.options = options
        node.requires_grad = False
    else:
        node.operation = None
        node.inputs = ()
        node.options = NO_OPTIONS
        node.requires_grad = False
    return node


def as_operand(x: Any) -> Any:
    """Return `x` if it is a node, else the array of it: what has a shape and an index.

    A list that holds nodes is stacked.
    """
    if type(x) is not Node and type(x) is not _ndarray:
        x = stacked(x)
    return x if type(x) is Node else np.asarray(x)


def symmetric(rule: Rule) -> tuple[Rule, Rule]:
    """The rules of an operation whose two inputs may change places, from that of the first."""
    return rule, lambda g, out, x, y: rule(g, out, y, x)


class Rules:
    """What an operation can have in place of a tuple of rules: an iterable of them.

    Attributes
    ----------
    arity : int or None
        For how many inputs; None for any number.
    joint : bool
        Whether one pass gives all gradients: then there is a method `parts` as of `JointRule`.
    """

    arity: int | None = None
    joint: ClassVar[bool] = False

    def belongs_to(self, operation: Operation) -> None:
        """Learn whose rules they are."""

    def __iter__(self) -> Iterator[Rule | None]:
        raise NotImplementedError

    def __getitem__(self, position: int) -> Rule | None:
        raise NotImplementedError


class EveryInput(Rules):
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


class _Told:
    """An attribute of operations that is made when somebody asks; the class has one of its own."""

    def __init__(self, of_operation: Callable[[Operation], Any], of_class: Any = None) -> None:
        self._of_operation = of_operation
        self._of_class = of_class

    def __get__(self, operation: Operation | None, owner: type) -> Any:
        if operation is not None:
            return self._of_operation(operation)
        if self._of_class is None:
            raise AttributeError
        return self._of_class


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
    rules : sequence of callable or None, EveryInput or JointRule
        One gradient rule per input: ``rule(g, out, *inputs, **options)``, where `g` is the
        gradient at the result and `out` the result. None marks an input without a derivative.
        A rule is a plain NumPy expression, so that it runs on arrays and, for higher orders, on
        nodes. It returns the gradient in the shape of `out` or of the input: the engine undoes
        broadcasting and restores the dtype. For any number of inputs (a forward function with
        ``*inputs``) see `EveryInput`; for one pass that gives all gradients, `JointRule`.
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
    real_only : bool, default False
        Whether complex numbers are refused, where an order or a rule would not hold for them.
        Else rules have to: see "Complex numbers" at `Node`.
    numpy : sequence of callable, default ()
        NumPy functions for which the operation stands in when they are called on nodes.
    doc : str, optional
        What ``help`` says about it; the docstring of `forward` by default.
    composed : callable, optional
        The same function of the same inputs and options, but for residuals (see `JointRule`), in
        terms of other operations. It is what a program computes for back ends that can't run
        `forward`, where that is more than NumPy expressions.
    derivative : str or sequence of str or None, optional
        The derivative as pictures and `visualize.explain` write it, such as ``"cos(x)"``; with
        several inputs one for each, or None. The inputs are called as in the rules or in `forward`,
        else x and y; the result as in the rules. It is text alone: nothing evaluates it.

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

    With its derivative in letters, for pictures and explanations:

    >>> wave = Operation(
    ...     "wave", np.sin, (lambda g, out, x: g * np.cos(x),), derivative="cos(x)"
    ... )
    >>> wave.derivative
    ('cos(x)',)
    """

    opens: Callable[[Node], None] | None = None
    """What makes of a node of the operation, in place, the nodes of its parts; see `affine`."""

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        rules: Sequence[Rule | None] | Rules,
        *,
        options: Mapping[str, Any] | None = None,
        keyword_options: Mapping[str, Any] | None = None,
        symbol: str | None = None,
        elementwise: bool | None = None,
        real_only: bool = False,
        numpy: Sequence[Callable[..., Any]] = (),
        doc: str | None = None,
        composed: Callable[..., Any] | None = None,
        derivative: str | Sequence[str | None] | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"Operation() expects a name (a str that is not empty), got {name!r}")
        if not callable(forward):
            raise TypeError(f"Operation({name!r}) expects a callable forward, got {forward!r}")
        if not isinstance(rules, Rules) and (
            not isinstance(rules, Sequence)
            or not all(rule is None or callable(rule) for rule in rules)
        ):
            raise TypeError(
                f"Operation({name!r}) expects a tuple with one rule (a callable, or None) per "
                f"input, got {rules!r}. For one input write: rules=(rule,)"
            )
        self.name = name
        self.forward = forward
        self.composed = composed
        self.rules: tuple[Rule | None, ...] | Rules
        if isinstance(rules, Rules):
            self.rules, self.arity = rules, rules.arity
            rules.belongs_to(self)
        else:
            self.rules, self.arity = tuple(rules), len(rules)
        self.derivative = _derivative(name, derivative, self.rules, self.arity)
        self.differentiable = self.arity is None or None not in self.rules
        self.symbol = name if symbol is None else symbol
        if elementwise is None:
            elementwise = isinstance(forward, np.ufunc) and forward.signature is None
        self.elementwise = elementwise
        self.real_only = real_only
        self.signature = Signature(name, forward, self.arity, options, keyword_options)
        self.defaults = self.signature.defaults
        self._wider: Callable[..., Any] | None = None
        self.numpy = tuple(numpy)
        self.__name__ = name
        self.__module__ = sys._getframe(1).f_globals.get(
            "__name__", ""
        )  # users' may have our names
        self._about = doc or forward.__doc__ or ""
        LOADED[name] = self
        for function in numpy:
            numpy_protocol.LOADED[function] = self

    def wider(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Let a function made of operations take the calls with options that the row has not.

        A decorator. The function is called as the row is, and as NumPy's functions are for which
        the row stands in.
        """
        function.__name__ = self.name
        self._wider = stacking(numpy_calls.as_numpy_calls(function, self.numpy))
        return function

    def _shown(self) -> inspect.Signature | None:
        """How to call it, for `help`."""
        numpy_protocol.load_rest()  # where a row may learn to take more
        if self._wider is None:
            return self.signature.shown()
        shown = inspect.signature(self._wider)
        plain = [p.replace(annotation=p.empty) for p in shown.parameters.values()]
        return shown.replace(parameters=plain, return_annotation=shown.empty)

    def _described(self) -> str:
        return described(self, self._shown(), self._about)

    def __repr__(self) -> str:
        return f"Operation({self.name!r})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return _operation_named, (self.name,)

    def __call__(self, *inputs: Operand, **options: Any) -> Any:
        """Compute on numbers, arrays and nodes; record where a node takes part."""
        if options or len(inputs) != self.arity:
            bound = self.signature.bind(inputs, options)
            if bound is None:
                return self._otherwise(inputs, options)
            inputs, options = bound
        else:
            options = self.defaults  # never changed, so that all nodes may share it
        if len(inputs) == 1 and type(inputs[0]) is Node:  # the commonest, on the shortest way
            (node,) = inputs
            on_nodes, wanted = True, node.requires_grad
            values: Any = (node._value,)
        else:
            on_nodes = wanted = False
            values = []
            for x in inputs:
                if type(x) is Node:
                    on_nodes = True
                    wanted = wanted or x.requires_grad
                    x = x._value
                elif type(x) not in PLAIN_TYPES or (
                    type(x) is _ndarray and x.dtype.kind not in NUMERIC
                ):
                    return self(*self._as_operands(inputs), **options)
                values.append(x)
            if not on_nodes and values and type(values[0]) in PYTHON_NUMBERS:
                values = self._as_numpy(values)
        try:
            value = self.forward(*values, **options) if options else self.forward(*values)
        except (ValueError, TypeError, IndexError) as error:
            raise explained(error, self.name, inputs, options) from error
        if type(value) is _ndarray:
            if not value.ndim:
                value = value[()]
        elif not isinstance(value, _generic):
            value = as_result(value, self.name)
        if value.dtype.kind != "f":
            as_result(value, self.name)  # objects are refused
            if self.real_only and any(is_complex(v) for v in values):
                raise refused_complex(self.name, inputs)
            if value.dtype.kind != "c":
                wanted = False  # whole numbers are steps: like floor, they have no derivative
        if not on_nodes:
            return value
        return record(self, inputs, value, options or NO_OPTIONS, wanted)

    def _as_operands(self, inputs: tuple[Any, ...]) -> list[Any]:
        """The inputs as nodes, numbers and arrays of numbers."""
        operands = [stacked(x) for x in inputs]
        return [x if type(x) is Node else as_constant(x, self.name) for x in operands]

    def _otherwise(self, inputs: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """The call with other arguments than the inputs and options of the row: as NumPy's."""
        numpy_protocol.load_rest()  # where a row may learn to take more
        inputs = tuple(map(stacked, inputs))
        options = {name: stacked(option) for name, option in options.items()}
        if self._wider is not None:
            return self._wider(*inputs, **options)
        first = next(iter(self.numpy), None)
        fits = len(inputs) == self.arity and options.keys() <= UFUNC_OPTIONS
        if isinstance(first, np.ufunc) and fits:
            return numpy_protocol.call_ufunc(first, "__call__", inputs, options)
        like = numpy_calls.signature_of(self.numpy)
        if like is not None:
            call = numpy_calls.NumpyCall(self.name, self, like, self.defaults)
            return call(*inputs, **options)
        raise TypeError(self.signature.mismatch(inputs, options))

    def _as_numpy(self, values: list[Any]) -> list[Any]:
        """Python numbers among themselves as NumPy's: 1 / 0 is inf, (-8) ** (1 / 3) nan."""
        if all(type(value) in PYTHON_NUMBERS for value in values):
            return [as_constant(numpy_value(value), self.name) for value in values]
        return values


# Signatures and texts of all operations would take a fifth of the import.
Operation.__signature__ = _Told(Operation._shown)  # type: ignore[attr-defined]
Operation.__doc__ = _Told(Operation._described, Operation.__doc__)  # type: ignore[assignment]


def _derivative(
    name: str, given: Any, rules: tuple[Rule | None, ...] | Rules, count: int | None
) -> tuple[str | None, ...] | None:
    """The derivative for each input as text, or an error that says what to write."""
    if given is None:
        return None
    if count is None:
        raise TypeError(
            f"Operation({name!r}) takes any number of inputs, so it expects no derivative=, got "
            f"{given!r}. Leave it out"
        )
    texts: Any = (given,) if isinstance(given, str) else given
    if not isinstance(texts, Sequence) or not all(
        text is None or (isinstance(text, str) and text.strip()) for text in texts
    ):
        raise TypeError(
            f"Operation({name!r}) expects derivative to be text that is not empty, or a tuple of "
            f"texts (or None), one per input, got {given!r}. Write for example: "
            'derivative="cos(x)"'
        )
    if len(texts) != count:
        instead = ", ".join(["'…'"] * count) + ("," if count == 1 else "")
        raise TypeError(
            f"Operation({name!r}) expects a derivative (text, or None) for each of its "
            f"{count} inputs, got {len(texts)}. Write: derivative=({instead})"
        )
    without = [place for place, text in enumerate(texts) if text and rules[place] is None]
    if without:
        raise TypeError(
            f"Operation({name!r}) expects None as the derivative for input {without[0]}, which has "
            f"no rule, got {texts[without[0]]!r}"
        )
    return tuple(texts)


def __getattr__(name: str) -> Any:
    if name == "REGISTRY":
        numpy_protocol.load_rest()
        return LOADED
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _operation_named(name: str) -> Operation:
    if name not in LOADED:
        numpy_protocol.load_rest()
    if name not in LOADED:
        raise LookupError(
            f"no operation is named {name!r} here. Make it with Operation({name!r}, ...) before "
            "the pickle is read"
        )
    return LOADED[name]
