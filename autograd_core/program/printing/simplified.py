"""Programs rewritten to be read: what a rule records that a person would not write.

The passes of the back ends aim at time, and keep bits; here the aim is short text, and the numbers
stay the same to rounding.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations import log_softmax
from ...operations.shaping import broadcast_to
from ..passes.common import key_of
from ..passes.rewriting import expressed, rewritten
from ..passes.simplify import without_effect
from ..value import Constant, Value, as_held, dtype_of, own_name, shape_of
from .signs import is_positive

if TYPE_CHECKING:
    from ..program import Program

Found = Any
"""What stands in place of a value; None where it stays."""

SMALL = 64
"""Constants of more entries are not computed in advance."""

MOST_ROUNDS = 10


def simplified(program: Program) -> Program:
    """Return a program with the same numbers to rounding that reads as if written by hand.

    Examples
    --------
    >>> from autograd_core import Program, value_and_grad
    >>> program = Program.record(value_and_grad(lambda x: np.sum(x * x)), np.ones(3))
    >>> [v.operation.name for v in simplified(program).values() if v.operation]
    ['multiply', 'sum', 'multiply']
    """
    program = _one_round(program, _by_their_logarithms(program))
    program = _one_round(program, _in_steps)
    for _ in range(MOST_ROUNDS):
        again = _one_round(program, simpler)
        if _same(again, program):
            break
        program = again
    return again


def _same(new: Program, old: Program) -> bool:
    return len(new.values()) == len(old.values()) and all(
        x.operation is y.operation and len(x.inputs) == len(y.inputs)
        for x, y in zip(new.values(), old.values(), strict=True)
    )


def _one_round(program: Program, rule: Callable[[Value], Found]) -> Program:
    """Each value replaced by what the rule says, equal ones by one, which has a name if one had."""
    seen: dict[Any, Value] = {}
    own: set[int] = set()

    def replaced(value: Value) -> Found:
        found = rule(value)
        found = value if found is None else found
        if type(found) is not Value or found.operation is None:
            return found
        if id(found) not in own:
            found = found.with_inputs(found.inputs)
            found = seen.setdefault(key_of(found), found)
            own.add(id(found))
        found.name = found.name or value.name
        found.scope = found.scope or value.scope
        return found

    return rewritten(program, replaced)


def with_name(value: Value, name: str | None) -> Value:
    """The same value under another name."""
    return Value(
        value.operation, value.inputs, value.options, value.shape, value.dtype, name, value.scope
    )


# --- the rules ------------------------------------------------------------------------------------


def simpler(value: Value) -> Found:
    """What stands in place of a value whose inputs have been simplified; None where it stays."""
    if not any(type(x) is Value for x in value.inputs):
        return _computed(value)
    for rule in (without_effect, _without_new_numbers, _uniform, *_RULES.get(own_name(value), ())):
        found = rule(value)
        if found is not None and _fits(found, value):
            return found
    return None


def _fits(found: Any, value: Value) -> bool:
    if type(found) is Value:
        return found.shape == value.shape and found.dtype == value.dtype
    return not value.shape and np.result_type(found) == value.dtype


def _computed(value: Value) -> Found:
    """The constant that an operation makes of constants."""
    if value.size > SMALL or own_name(value) == "broadcast_to":
        return None
    assert value.operation is not None
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return as_held(value.operation.forward(*value.inputs, **value.options))


def _without_new_numbers(value: Value) -> Found:
    """The input of an operation that changes nothing but where its numbers lie in memory."""
    x = value.inputs[0]
    if type(x) is not Value or x.shape != value.shape or x.dtype != value.dtype:
        return None
    name = own_name(value)
    if name in ("positive", "astype"):
        return x
    if name in ("real", "conjugate") and x.dtype.kind != "c":
        return x
    if name == "getitem" and _is_everything(value.options["index"]):
        return x
    if name in ("power", "divide") and _is_number(value.inputs[1], 1):
        return x
    return None


def _is_everything(index: Any) -> bool:
    """Whether an index takes all entries as they are, given that the shape stays the same."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is Ellipsis or (type(part) is slice and part == slice(None)) for part in parts)


def constant_in(x: Any) -> Any:
    """The number that all entries of a value or constant are; None if there is no such."""
    if own_name(x) == "broadcast_to":
        x = x.inputs[0]
    if type(x) is Value:
        return None
    if isinstance(x, np.ndarray):
        same = x.size and x.size <= SMALL and bool(np.all(x == x.reshape(-1)[0]))
        return x.reshape(-1)[0] if same else None
    return x


def _is_number(x: Any, wanted: float) -> bool:
    found = constant_in(x)
    return found is not None and bool(found == wanted) and not np.signbit(np.real(found)) ^ (
        wanted < 0
    )  # fmt: skip


def _uniform(value: Value) -> Found:
    """Numbers in place of arrays that are filled with one."""
    operation = value.operation
    assert operation is not None
    inputs = list(value.inputs)
    constants = [constant_in(x) for x in inputs]
    if all(x is not None for x in constants):
        if operation.elementwise:
            with np.errstate(all="ignore"):
                found = as_held(operation.forward(*constants, **value.options))
            return _filled(found, value)
        if own_name(value) in ("reshape", "expand_dims", "transpose", "squeeze"):
            return _filled(constants[0], value)
    if not operation.elementwise:
        return None
    for place, (x, number) in enumerate(zip(inputs, constants, strict=True)):
        others = inputs[:place] + inputs[place + 1 :]
        wide = number is not None and bool(shape_of(x))
        if not wide and own_name(x) == "broadcast_to":
            wide, number = True, x.inputs[0]
        if wide and np.broadcast_shapes(*map(shape_of, [*others, number])) == value.shape:
            return value.with_inputs([*inputs[:place], number, *inputs[place + 1 :]])
        if isinstance(x, np.ndarray) and x.shape[:1] == (1,) and _ndim(others) >= x.ndim:
            return value.with_inputs([*inputs[:place], x[0], *inputs[place + 1 :]])
    return None


def _ndim(inputs: list[Any]) -> int:
    return max((len(shape_of(x)) for x in inputs), default=0)


def _filled(number: Any, value: Value) -> Found:
    if np.result_type(number) != value.dtype:
        return None
    return Value(broadcast_to, (number,), {"shape": value.shape}, value.shape, value.dtype)


def _multiply(value: Value) -> Found:
    for x, y in _both_ways(value):
        if _is_number(y, 1):
            return x
        if _is_number(y, -1) and type(x) is Value and x.shape == value.shape:
            return expressed(np.negative, x)
        if own_name(x) == "negative" and constant_in(y) is not None and not shape_of(y):
            return value.with_inputs([x.inputs[0], -y])
        if own_name(x) == "multiply" and _is_scalar(y):
            inner = next((pair for pair in _both_ways(x) if _is_scalar(pair[1])), None)
            if inner is not None:
                return value.with_inputs([inner[1] * y, inner[0]])
    return _sign_outside(value)


def _sign_outside(value: Value) -> Found:
    """The sign of a factor as that of the product, where it may become a difference."""
    for place, x in enumerate(value.inputs):
        if own_name(x) == "negative" and x.name is None:
            inputs = list(value.inputs)
            inputs[place] = x.inputs[0]
            without = with_name(value.with_inputs(inputs), None)  # the name is that of all
            return expressed(np.negative, without)
    return None


def _is_scalar(x: Any) -> bool:
    """Whether something is a single real number of floating point, or of Python."""
    if type(x) is Value or shape_of(x):
        return False
    return type(x) is int or np.result_type(x).kind == "f"


def _both_ways(value: Value) -> Iterable[tuple[Any, Any]]:
    x, y = value.inputs
    return (x, y), (y, x)


def _add(value: Value) -> Found:
    x, y = value.inputs
    if x is y and value.dtype.kind in "fc":
        return expressed(lambda x: 2.0 * x, x)
    if own_name(y) == "negative":
        return expressed(np.subtract, x, y.inputs[0])
    if own_name(x) == "negative":
        return expressed(np.subtract, y, x.inputs[0])
    return None


def _subtract(value: Value) -> Found:
    x, y = value.inputs
    if own_name(y) == "negative":
        return expressed(np.add, x, y.inputs[0])
    found = _gradient_for_labels(value)
    return _cross_entropys_gradient(value) if found is None else found


def _negative(value: Value) -> Found:
    (x,) = value.inputs
    return x.inputs[0] if own_name(x) == "negative" else None


def _divide(value: Value) -> Found:
    x, y = value.inputs
    if own_name(x) == "multiply" and _is_scalar(y):
        inner = next((pair for pair in _both_ways(x) if _is_scalar(pair[1])), None)
        if inner is not None and type(inner[0]) is Value:
            return expressed(np.multiply, inner[0], inner[1] / y)
    return _sign_outside(value)


def _reshape(value: Value) -> Found:
    (x,) = value.inputs
    if own_name(x) in ("reshape", "ravel") and x.options["order"] == "C" == value.options["order"]:
        return expressed(lambda x: np.reshape(x, value.shape), x.inputs[0])
    return None


def _sum(value: Value) -> Found:
    """The sum of one number, many times; and the sign of all terms as that of the sum."""
    (x,) = value.inputs
    if x.dtype.kind in "fc" and own_name(x) == "negative":
        return _sign_outside(value)
    number = constant_in(x)
    if number is None or number is x or not value.size:
        return None
    total = number * np.result_type(number).type(x.size // value.size)
    return total if not value.shape else _filled(total, value)


def _getitem(value: Value) -> Found:
    """A matrix times a vector, which a rule makes a column for the time being."""
    (x,) = value.inputs
    if own_name(x) == "matmul" and _takes_last(value, 0):
        matrix, column = x.inputs
        if (
            own_name(column) == "getitem"
            and _takes_last(column, None)
            and len(shape_of(column.inputs[0])) == 1
        ):
            return expressed(np.matmul, matrix, column.inputs[0])
    return None


def _takes_last(value: Value, last: int | None) -> bool:
    """Whether the index of a value is ``..., last``."""
    index = value.options["index"]
    if type(index) is not tuple or len(index) != 2 or index[0] is not Ellipsis:
        return False
    return index[1] is None if last is None else type(index[1]) is int and index[1] == last


def _guard(value: Value) -> Found:
    """What keeps from 0/0 where the gradient is 0, of a gradient that is not."""
    g, x, *_ = value.inputs
    number = constant_in(g)
    if is_positive(x) or (number is not None and number != 0):
        if type(x) is not Value:
            return _filled(value.dtype.type(x), value) if value.shape and not shape_of(x) else None
        if x.shape == value.shape:
            return x
        return Value(broadcast_to, (x,), {"shape": value.shape}, value.shape, x.dtype)
    return None


def _where(value: Value) -> Found:
    """Without what makes nan of nan: it is there for numbers that went wrong before."""
    condition, x, y = value.inputs
    number = constant_in(x)
    return y if number is not None and number != number and _asks_for_nan(condition) else None


def _or(value: Value) -> Found:
    x, y = value.inputs
    return x if _asks_for_nan(y) else None


def _asks_for_nan(x: Any) -> bool:
    if own_name(x) == "bitwise_and":
        return all(map(_asks_for_nan, x.inputs))
    return own_name(x) == "isnan"


_RULES: dict[str, tuple[Callable[[Value], Found], ...]] = {
    "multiply": (_multiply,),
    "add": (_add,),
    "subtract": (_subtract,),
    "negative": (_negative,),
    "divide": (_divide,),
    "reshape": (_reshape,),
    "sum": (_sum,),
    "getitem": (_getitem,),
    "where": (_where,),
    "bitwise_or": (_or,),
    "away_from_pole": (_guard,),
    "inside_domain": (_guard,),
    "base_inside_domain": (_guard,),
}

# --- softmax and cross entropy --------------------------------------------------------------------


def _by_their_logarithms(program: Program) -> Callable[[Value], Found]:
    """A rule that takes a softmax as exp of a log_softmax, where the program has that, too."""
    logs = {
        (id(value.inputs[0]), value.options["axis"])
        for value in program.values()
        if own_name(value) in ("log_softmax", "softmax_cross_entropy")
    }

    def rule(value: Value) -> Found:
        if own_name(value) != "softmax" or value.dtype.kind != "f":
            return None
        x, axis = value.inputs[0], value.options["axis"]
        if (id(x), axis) not in logs or dtype_of(x) != value.dtype:
            return None
        return _like(value, expressed(lambda x: np.exp(log_softmax(x, axis)), x), "p")

    return rule


def _in_steps(value: Value) -> Found:
    """Softmax and its kin as the steps that they are made of."""
    name = own_name(value)
    if name == "exp" and _is_log_softmax(value.inputs[0]):
        return with_name(value, value.name or "p")
    if not value.size or type(value.inputs[0]) is not Value:
        return None
    if name == "log_softmax":
        return _like(value, _log_softmax(value.inputs[0], value), "log_p")
    if name == "softmax":
        powers = with_name(expressed(np.exp, _below_largest(value.inputs[0], value)), "exps")
        axis = value.options["axis"]
        found = expressed(lambda e: e / np.sum(e, axis=axis, keepdims=True), powers)
        return _like(value, found, "p")
    if name == "softmax_cross_entropy" and value.inputs[0].dtype.kind == "f":
        return _cross_entropy(value)
    return None


def _like(value: Value, found: Value, name: str) -> Value:
    """What stands in place of a value, in its scope and under its name or another."""
    found = with_name(found, value.name or name)
    found.scope = value.scope
    return found


def _is_log_softmax(x: Any) -> bool:
    """Whether a value was written by `_log_softmax`: below - log(sum(exp(below)))."""
    if own_name(x) != "subtract" or own_name(x.inputs[1]) != "log":
        return False
    total = x.inputs[1].inputs[0]
    return own_name(total) == "sum" and own_name(total.inputs[0]) == "exp" and (
        total.inputs[0].inputs[0] is x.inputs[0]
    )  # fmt: skip


def _below_largest(x: Value, value: Value) -> Value:
    """The scores, of which the largest is 0: what they are, in place of a softmax of them."""
    if x.dtype != value.dtype:
        x = expressed(lambda x: x.astype(value.dtype), x)
    axis = value.options["axis"]
    below = with_name(expressed(lambda x: x - np.max(x, axis=axis, keepdims=True), x), "shifted")
    below.scope = value.scope
    return below


def _log_softmax(x: Value, value: Value) -> Value:
    below, axis = _below_largest(x, value), value.options["axis"]
    found: Value = expressed(
        lambda x: x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True)), below
    )
    return found


def _cross_entropy(value: Value) -> Found:
    (x, targets), axis = value.inputs, value.options["axis"]
    logs = with_name(_log_softmax(x, value), "log_p")
    logs.scope = value.scope
    if len(shape_of(targets)) == value.ndim:
        picked = expressed(
            lambda x, labels: np.squeeze(
                np.take_along_axis(x, np.expand_dims(labels, axis), axis), axis
            ),
            logs,
            targets,
        )
        return expressed(np.negative, picked)
    if dtype_of(targets).kind not in "fc":  # whole numbers would make float64 of float32
        targets = expressed(lambda y: y.astype(np.result_type(x.dtype, np.float16)), targets)
    return expressed(lambda x, y: -np.sum(y * x, axis=axis), logs, targets)


def _cross_entropys_gradient(value: Value) -> Found:
    """The gradient y c - p sum(y c), where c is a number, as (p sum(y) - y) times -c."""
    weighted, rest = value.inputs
    if own_name(weighted) != "multiply" or own_name(rest) != "multiply":
        return None
    pair = next((pair for pair in _both_ways(weighted) if _is_scalar(pair[1])), None)
    if pair is None or type(pair[0]) is not Value:
        return None
    targets, factor = pair
    for p, total in _both_ways(rest):
        if own_name(total) == "sum" and total.inputs[0] is weighted:
            found = expressed(
                lambda p, y: p * np.sum(y, **total.options) - y,  # noqa: B023
                p,
                targets,
            )
            return _scaled(found, -factor)
    return None


def _gradient_for_labels(value: Value) -> Found:
    """The gradient c p - where(hot, c, 0), where c is a number, as (p - hot) times c."""
    weighted, chosen = value.inputs
    if own_name(chosen) != "where" or not _is_number(chosen.inputs[2], 0):
        return None
    factor, p = chosen.inputs[1], weighted
    if type(factor) is Value or shape_of(factor):
        return None
    if own_name(weighted) == "multiply":
        p = next((x for x, y in _both_ways(weighted) if _is_scalar(y) and y == factor), None)
    elif factor != 1:
        return None
    if type(p) is not Value:
        return None
    return _scaled(expressed(lambda p, hot: p - hot, p, chosen.inputs[0]), factor)


def _scaled(x: Value, factor: Constant) -> Value:
    """A value times a number, or divided by it where that is the shorter one."""
    if factor == 1:
        return x
    divisor = 1.0 / float(factor)
    whole = round(divisor) if np.isfinite(divisor) else 0
    if whole and abs(divisor - whole) < 1e-12 * abs(whole):
        return expressed(lambda x: x / whole, x)
    return expressed(lambda x: x * factor, x)
