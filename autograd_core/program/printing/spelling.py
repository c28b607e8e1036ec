"""How each operation is written in NumPy: one row per operation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..value import Value, dtype_of, shape_of
from .literals import Literals, NoCodeError, dtype_code, number, shape_code
from .terms import (
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    COMPARISON,
    POSTFIX,
    POWER,
    PRODUCT,
    SHIFT,
    SUM,
    Term,
    attribute,
    call,
    indexed,
    infix,
    method,
    prefix,
)


@dataclass
class Call:
    """An operation to be written.

    Attributes
    ----------
    value : Value
        What it makes.
    terms : list of Term
        Its inputs, written already.
    literals : Literals
        What writes options.
    helpers : set of str
        Where a row notes which functions of `helpers` it calls.
    """

    value: Value
    terms: list[Term]
    literals: Literals
    helpers: set[str]

    def __getitem__(self, option: str) -> Any:
        """The value of an option."""
        return self.value.options[option]

    def has_axes(self, place: int = 0) -> bool:
        """Whether an input is an array that has the methods of one."""
        x = self.value.inputs[place]
        return type(x) is Value and x.ndim > 0

    def options(self, *names: str) -> dict[str, str]:
        """Options as code; without those that stand at their default."""
        operation = self.value.operation
        assert operation is not None
        return {
            name: self.literals.option(self.value.options[name])
            for name in names or self.value.options
            if not _is_default(self.value.options[name], operation.defaults.get(name, ...))
        }

    def help_by(self, helper: str, *arguments: Term | str, **options: str) -> Term:
        """A call of a function that is printed above."""
        self.helpers.add(helper)
        return call(helper, *arguments, **options)


def _is_default(x: Any, default: Any) -> bool:
    return x is default or (type(x) is type(default) and not np.ndim(x) and bool(x == default))


Row = Callable[[Call], Term]
ROWS: dict[str, Row] = {}
"""How each operation is written, by its name."""

NAMED_INPUTS: dict[str, tuple[int, ...]] = {"leaky_relu": (0,), "elu": (0,), "selu": (0,)}
"""Inputs that are written twice, and so need a name."""


def row(*names: str) -> Callable[[Row], Row]:
    """Say how operations are written."""

    def keep(function: Row) -> Row:
        ROWS.update(dict.fromkeys(names, function))
        return function

    return keep


# --- operators ------------------------------------------------------------------------------------

_INFIX = {
    "add": ("+", SUM), "subtract": ("-", SUM), "multiply": ("*", PRODUCT),
    "divide": ("/", PRODUCT), "remainder": ("%", PRODUCT), "floor_divide": ("//", PRODUCT),
    "matmul": ("@", PRODUCT), "power": ("**", POWER),
    "equal": ("==", COMPARISON), "not_equal": ("!=", COMPARISON),
    "less": ("<", COMPARISON), "less_equal": ("<=", COMPARISON),
    "greater": (">", COMPARISON), "greater_equal": (">=", COMPARISON),
    "bitwise_and": ("&", BIT_AND), "bitwise_or": ("|", BIT_OR), "bitwise_xor": ("^", BIT_XOR),
    "left_shift": ("<<", SHIFT), "right_shift": (">>", SHIFT),
}  # fmt: skip
_PREFIX = {"negative": "-", "positive": "+", "stop_gradient": "+", "invert": "~"}


def _in_between(symbol: str, level: int) -> Row:
    def between(c: Call) -> Term:
        left, right = c.terms
        if symbol in _OPPOSITE and right.text[0] == "-" and type(c.value.inputs[1]) is not Value:
            return infix(_OPPOSITE[symbol], level, left, right._replace(text=right.text[1:]))
        return infix(symbol, level, left, right)

    return between


_OPPOSITE = {"+": "-", "-": "+"}


def _in_front(symbol: str) -> Row:
    return lambda c: prefix(symbol, *c.terms)


ROWS.update({name: _in_between(*how) for name, how in _INFIX.items()})
ROWS.update({name: _in_front(symbol) for name, symbol in _PREFIX.items()})


@row("negative")
def _negative(c: Call) -> Term:
    (x,), (term,) = c.value.inputs, c.terms
    product = type(x) is Value and x.operation is not None and x.operation.name in _SIGNED
    if product and term.level == PRODUCT and not term.text.startswith("-"):
        return term._replace(text=f"-{term.text}", depth=term.depth + 1)  # (-a) * b is -(a * b)
    return prefix("-", term)


_SIGNED = {"divide", "matmul", "multiply"}


# --- functions that NumPy has under the name of the operation -------------------------------------

_NUMPYS = """
    float_power square sqrt cbrt reciprocal copysign hypot fmod heaviside maximum minimum fmax
    fmin sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh deg2rad
    rad2deg logical_and logical_or logical_xor logical_not bitwise_count gcd lcm isnan isinf
    isfinite signbit sign floor ceil trunc rint spacing exp exp2 expm1 log log2 log10 log1p
    logaddexp logaddexp2 ldexp nextafter conjugate real imag where convolve i0
    expand_dims squeeze transpose flip rot90 sort prod round argsort argmax argmin all any
    cumsum cumprod tril triu roll
"""


def _named_so(name: str) -> Row:
    return lambda c: call(f"np.{name}", *c.terms, **c.options())


ROWS.update({name: _named_so(name) for name in _NUMPYS.split()})
ROWS["absolute"] = _named_so("abs")


@row("take_along_axis")
def _taken(c: Call) -> Term:
    # Before NumPy 2.3 the axis has no default.
    return call("np.take_along_axis", *c.terms, axis=c.literals.option(c["axis"]))


@row("sum", "mean", "max", "min")
def _reduced(c: Call) -> Term:
    assert c.value.operation is not None
    name = c.value.operation.name
    options = c.options("keepdims")
    axis = c["axis"]
    if axis is not None:
        axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
        options = {"axis": c.literals.option(axis), **options}
    (x,) = c.terms
    if c.has_axes() and x.level >= POSTFIX:
        return method(x, name, **options)
    return call(f"np.{name}", x, **options)


@row("var", "std")
def _spread(c: Call) -> Term:
    assert c.value.operation is not None
    missing = c["ddof"] if c["correction"] is None else c["correction"]
    ddof = {"ddof": c.literals.option(missing)} if missing else {}
    return call(f"np.{c.value.operation.name}", *c.terms, **c.options("axis"), **ddof,
                **c.options("keepdims"))  # fmt: skip


@row("clip")
def _clip(c: Call) -> Term:
    x, low, high = c.terms
    if c.value.dtype.kind == "f":  # open at that side
        low = Term("None") if low.text == "-np.inf" else low
        high = Term("None") if high.text == "np.inf" else high
    return call("np.clip", x, low, high)


@row("argpartition", "partition")
def _partition(c: Call) -> Term:
    assert c.value.operation is not None
    kth = c.literals.option(c["kth"])
    return call(f"np.{c.value.operation.name}", *c.terms, kth, **c.options("axis", "kind"))


# --- shapes ---------------------------------------------------------------------------------------


@row("reshape", "ravel")
def _reshape(c: Call) -> Term:
    (x,) = c.terms
    shape = c.value.options.get("shape", (-1,))
    shape = (int(shape),) if np.ndim(shape) == 0 else tuple(int(n) for n in shape)
    if c["order"] == "K":
        return call("np.ravel", x, order="'K'")
    order = c.options("order")
    if not c.has_axes() or not shape:
        return call("np.reshape", x, repr(shape), **order)
    return method(x, "reshape", *map(str, shape), **order)


@row("transpose")
def _transpose(c: Call) -> Term:
    (x,) = c.terms
    axes = c["axes"]
    if axes is None:
        return attribute(x, "T") if c.has_axes() else x
    axes = [int(axis) % max(c.value.ndim, 1) for axis in np.atleast_1d(axes)]
    if not c.has_axes():
        return call("np.transpose", x, repr(tuple(axes)))
    if axes == [1, 0]:
        return attribute(x, "T")
    n = len(axes)
    if axes == [*range(n - 2), n - 1, n - 2]:
        return attribute(x, "mT")
    return method(x, "transpose", *map(str, axes))


@row("expand_dims")
def _expand_dims(c: Call) -> Term:
    if not c.has_axes():
        return call("np.expand_dims", *c.terms, c.literals.option(c["axis"]))
    new = {int(axis) % c.value.ndim for axis in np.atleast_1d(c["axis"])}
    parts = ["None" if axis in new else ":" for axis in range(c.value.ndim)]
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return indexed(c.terms[0], ", ".join(parts))


@row("broadcast_to")
def _broadcast_to(c: Call) -> Term:
    (x,) = c.value.inputs
    if type(x) is not Value and not shape_of(x):
        shape = shape_code(c.value.shape)
        dtype = () if c.value.dtype == np.float64 else (dtype_code(c.value.dtype),)
        if x == 1:
            return call("np.ones", shape, *dtype)
        return call("np.full", shape, number(x.item() if dtype else float(x)), *dtype)
    return call("np.broadcast_to", *c.terms, shape_code(c.value.shape))


@row("astype")
def _astype(c: Call) -> Term:
    dtype = dtype_code(c["dtype"])
    if c.has_axes():
        return method(c.terms[0], "astype", dtype)
    return call(dtype, *c.terms)


@row("getitem")
def _getitem(c: Call) -> Term:
    return indexed(c.terms[0], c.literals.index(c["index"]))


@row("scatter_add")
def _scatter_add(c: Call) -> Term:
    parts = c["index"] if isinstance(c["index"], tuple) else (c["index"],)
    once = all(
        part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice))
        for part in parts
    )
    index = f"np.s_[{c.literals.index(c['index'])}]"
    return c.help_by("placed" if once else "scatter_add", *c.terms, index, shape_code(c["shape"]))


@row("gather")
def _gather(c: Call) -> Term:
    return indexed(c.terms[0], _index_with_places(c))


@row("scatter_places")
def _scatter_places(c: Call) -> Term:
    index = f"np.s_[{_index_with_places(c)}]"
    return c.help_by("scatter_add", c.terms[0], index, shape_code(c["shape"]))


def _index_with_places(c: Call) -> str:
    """An index of which some parts are inputs."""
    places = dict(zip(c["at"], c.terms[1:], strict=True))
    parts = [
        places[at].text if at in places else c.literals.index(part)
        for at, part in enumerate(c["index"])
    ]
    return ", ".join(parts)


@row("add_along_axis")
def _add_along_axis(c: Call) -> Term:
    return c.help_by("add_along_axis", *c.terms, *map(c.literals.option, (c["axis"], c["shape"])))


@row("concatenate", "stack")
def _joined(c: Call) -> Term:
    assert c.value.operation is not None
    parts = f"[{', '.join(x.text for x in c.terms)}]"
    axis = {"axis": c.literals.option(c["axis"])} if c["axis"] != 0 else {}
    found = call(f"np.{c.value.operation.name}", parts, **axis)
    return found._replace(depth=1 + max(x.depth for x in c.terms))


@row("pad")
def _pad(c: Call) -> Term:
    values = c["constant_values"]
    zeros = not np.any(values) if np.ndim(values) else values == 0
    options = {} if zeros else {"constant_values": c.literals.option(values)}
    return call("np.pad", *c.terms, c.literals.option(c["width"]), **options)


# --- activations and losses -----------------------------------------------------------------------


@row("relu")
def _relu(c: Call) -> Term:
    return call("np.maximum", *c.terms, "0")


@row("leaky_relu")
def _leaky_relu(c: Call) -> Term:
    (x,) = c.terms
    slope = Term(c.literals.option(c["negative_slope"]))
    return call("np.where", f"{x.text} > 0", x, infix("*", PRODUCT, slope, x))


@row("elu")
def _elu(c: Call) -> Term:
    return _exponential_below(c, 1.0, c["alpha"])


@row("selu")
def _selu(c: Call) -> Term:
    scale = 1.0507009873554804934193349852946
    return _exponential_below(c, scale, scale * 1.6732632423543772848170429916717)


def _exponential_below(c: Call, right: float, left: float) -> Term:
    (x,) = c.terms
    above = x if right == 1.0 else infix("*", PRODUCT, number(right), x)
    below = call("np.expm1", call("np.minimum", x, "0"))
    below = below if left == 1.0 else infix("*", PRODUCT, number(left), below)
    return call("np.where", f"{x.text} > 0", above, below)


@row("softplus")
def _softplus(c: Call) -> Term:
    return call("np.logaddexp", *c.terms, "0.0")


@row("negative_log_likelihood")
def _negative_log_likelihood(c: Call) -> Term:
    logs, targets = c.terms
    total = prefix("-", call("np.sum", infix("*", PRODUCT, targets, logs)))
    divisor = c["divisor"]
    return total if divisor == 1 else infix("/", PRODUCT, total, number(shortened(divisor)))


def shortened(x: Any) -> Any:
    """A whole number without its decimal point, as one writes it."""
    return int(x) if isinstance(x, float) and x.is_integer() and abs(x) < 2**53 else x


HELPED = {
    "sigmoid": "sigmoid", "silu": "silu", "erf": "erf", "gelu": "gelu", "logsumexp": "logsumexp",
    "sigmoid_cross_entropy": "sigmoid_cross_entropy", "away_from_pole": "away_from_pole",
    "inside_domain": "inside_domain", "base_inside_domain": "base_inside_domain",
    "finite_where_wanted": "finite_where_wanted", "lerp": "lerp", "cofactors": "cofactors",
    "roots": "real_roots", "modified_bessel": "modified_bessel",
}  # fmt: skip
"""Operations that a function of `helpers` computes, with the same options."""


def _helped(helper: str) -> Row:
    return lambda c: c.help_by(helper, *c.terms, **c.options())


ROWS.update({name: _helped(helper) for name, helper in HELPED.items()})


@row("modified_bessel")
def _modified_bessel(c: Call) -> Term:
    return c.help_by("modified_bessel", *c.terms, c.literals.option(c["order"]))


@row("sinc")
def _sinc(c: Call) -> Term:
    if c["order"] == 0:
        return call("np.sinc", *c.terms)
    return c.help_by("sinc_derivative", *c.terms, c.literals.option(c["order"]))


# --- linear algebra, transforms -------------------------------------------------------------------

_LINALG = "inv det solve cholesky pinv"


def _of_linalg(name: str) -> Row:
    return lambda c: call(f"np.linalg.{name}", *c.terms, **c.options())


ROWS.update({name: _of_linalg(name) for name in _LINALG.split()})


def _part(function: str, place: int) -> Row:
    return lambda c: indexed(call(function, *c.terms), str(place))


ROWS.update(
    sign_of_det=_part("np.linalg.slogdet", 0),
    phase_of_det=_part("np.linalg.slogdet", 0),
    log_abs_det=_part("np.linalg.slogdet", 1),
    fraction=_part("np.modf", 0),
    mantissa=_part("np.frexp", 0),
    exponent=_part("np.frexp", 1),
)


@row("eigh", "eig", "svd", "qr")
def _decomposition(c: Call) -> Term:
    assert c.value.operation is not None
    name = c.value.operation.name
    options = {"full_matrices": "False"} if name == "svd" else c.options()
    return c.help_by("packed", call(f"np.linalg.{name}", *c.terms, **options),
                     str(c.value.ndim - 1))  # fmt: skip


@row("norm")
def _norm(c: Call) -> Term:
    (x,), order = c.terms, c["ord"]
    options = c.options("axis", "keepdims")
    if order == 2:
        return call("np.sqrt", call("np.sum", call("np.square", x), **options))
    raised = infix("**", POWER, call("np.abs", x), number(order))
    return infix("**", POWER, call("np.sum", raised, **options), number(1.0 / order))


@row("einsum")
def _einsum(c: Call) -> Term:
    terms = f"{','.join(c['terms'])}->{c['output']}"
    options = {"optimize": "True"} if len(c.terms) > 2 else {}
    return call("np.einsum", repr(terms), *c.terms, **options)


@row("fft", "ifft", "rfft", "irfft")
def _fft(c: Call) -> Term:
    assert c.value.operation is not None
    return call(f"np.fft.{c.value.operation.name}", *c.terms, **c.options("n", "axis", "norm"))


@row("add_reduceat")
def _add_reduceat(c: Call) -> Term:
    indices = c.literals.option(c["indices"])
    return call("np.add.reduceat", *c.terms, indices, **c.options("axis"))


@row("maximum_accumulate", "minimum_accumulate")
def _accumulated(c: Call) -> Term:
    assert c.value.operation is not None
    name = c.value.operation.name.partition("_")[0]
    return call(f"np.{name}.accumulate", *c.terms, **c.options("axis"))


# --- SciPy, and what users add --------------------------------------------------------------------


@row("scipy.linalg.expm", "scipy.linalg.logm", "scipy.linalg.sqrtm")
def _of_matrix(c: Call) -> Term:
    assert c.value.operation is not None
    if not c.value.operation.name.endswith("expm"):
        _refuse_stacks(c)
    (x,) = c.terms
    single = c.value.dtype == np.float32
    x = method(x, "astype", "np.float64") if single else x
    found = call(c.value.operation.name, x)
    if c.value.dtype.kind != "c":
        found = call("np.real_if_close", found, tol="1e4")
    return method(found, "astype", "np.float32") if single else found


@row("scipy.linalg.solve_triangular", "scipy.linalg.solve_sylvester")
def _scipys_solution(c: Call) -> Term:
    assert c.value.operation is not None
    _refuse_stacks(c)
    return call(c.value.operation.name, *c.terms, **c.options())


@row("scipy.linalg.solve_banded")
def _solve_banded(c: Call) -> Term:
    band = c.literals.option((c["lower"], c["upper"]))
    return call("scipy.linalg.solve_banded", band, *c.terms)


def _refuse_stacks(c: Call) -> None:
    if any(len(shape_of(x)) > 2 for x in c.value.inputs):
        raise NoCodeError("SciPy's function takes one matrix, got a stack of them")


@row("scipy.signal.windows")
def _windows(c: Call) -> Term:
    return c.help_by("windows", *c.terms)


def special(c: Call) -> Term:
    """A function of scipy.special, in the precision of its inputs."""
    assert c.value.operation is not None
    name, _, place = c.value.operation.name.partition("[")
    terms = c.terms
    if name.endswith(".zeta") and c["riemann"]:
        terms = terms[:1]
    options = [c.literals.option(c["d"])] if name.endswith(".multigammaln") else []
    found = call(name, *terms, *options)
    if place:
        found = indexed(found, place.rstrip("]"))
    if c.value.dtype in (np.float64, np.complex128):
        return found
    if c.value.ndim:
        return method(found, "astype", dtype_code(c.value.dtype))
    return call(dtype_code(c.value.dtype), found)


def library_function(forward: Any) -> str | None:
    """Where a function of NumPy is found, such as ``np.linalg.inv``; None if it is not NumPy's.

    Examples
    --------
    >>> library_function(np.sin), library_function(np.linalg.inv), library_function(math.sin)
    ('np.sin', 'np.linalg.inv', 'math.sin')
    """
    name = getattr(forward, "__name__", "")
    for module, called in _modules():
        if name and getattr(module, name, None) is forward:
            return f"{called}.{name}"
    return None


def _modules() -> Iterator[tuple[Any, str]]:
    yield np, "np"
    yield np.linalg, "np.linalg"
    yield np.fft, "np.fft"
    yield math, "math"


def in_precision_of(x: np.generic, others: list[Any]) -> bool:
    """Whether a number is used in its own precision: then its shortest form is the same number."""
    dtypes = [dtype_of(other) for other in others if type(other) is Value or np.ndim(other)]
    return bool(np.result_type(*dtypes) == x.dtype)


def promotes_alike(x: np.generic, others: list[Any]) -> bool:
    """Whether a Python number in place of a NumPy number leaves the dtype of a result the same."""
    dtypes = [dtype_of(other) for other in others if type(other) is Value or np.ndim(other)]
    kinds: dict[str, Any] = {"f": 1.0, "c": 1j, "i": 1, "u": 1}
    if not dtypes or x.dtype.kind not in kinds:
        return False
    try:
        return bool(
            np.result_type(*dtypes, kinds[x.dtype.kind]) == np.result_type(*dtypes, x.dtype)
        )
    except TypeError:
        return False
